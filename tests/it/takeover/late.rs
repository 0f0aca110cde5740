//! Files that are added below what is applied: no tool's line may pass over them in silence.

use insta::assert_snapshot;

use super::legacy;
use crate::support::database;

const FIRST: (&str, &str) = ("20250101000000_a.up.sql", "CREATE TABLE a (id int);\n");
const LATE: (&str, &str) = ("20250102000000_b.up.sql", "CREATE TABLE b (id int);\n");
const LAST: (&str, &str) = ("20250103000000_c.up.sql", "CREATE TABLE c (id int);\n");

#[test]
fn a_file_below_what_is_applied_is_told_of() {
    let database = database();
    let go = (
        "../go.mod",
        "require github.com/golang-migrate/migrate/v4 v4.18.1\n",
    );
    let mut project = legacy(&database, &[go, FIRST, LAST]);
    assert_snapshot!(project.run("upgrade head"), @r"
    ------- stderr -------
    upgrade  -> 20250101000000, a  ([TIME])
    upgrade 20250101000000 -> 20250103000000, c  ([TIME])
    2 applied, 0 already applied, 2 total ([TIME])
    ");
    project.write(&format!("migrations/{}", LATE.0), LATE.1);
    assert_snapshot!(project.run("upgrade head"), @r"
    ------- stderr -------
    0 applied, 3 already applied, 3 total ([TIME])
    warning: revision `20250102000000` never ran here: it came below revisions that are applied
      migrations/20250102000000_b.up.sql
    hint: number its file anew, so that it comes last, or run it by hand
    ");
    assert_snapshot!(project.run("upgrade head --format json"), @r#"
    {"direction":"upgrade","from":["20250103000000"],"to":["20250103000000"],"steps":[],"applied_before":3,"applied_after":3,"total":3,"repeated":[],"verified":[],"duration_ms":[TIME]}
    ------- stderr -------
    {"warning":{"code":"late_revision","message":"revision `20250102000000` never ran here: it came below revisions that are applied","candidates":[],"hints":["number its file anew, so that it comes last, or run it by hand"],"details":["migrations/20250102000000_b.up.sql"]}}
    "#);
    assert_snapshot!(project.run("status --exit-code"), @r"
    applied  20250101000000  a  [DATE] in [TIME]
    applied  20250103000000  c  [DATE] in [TIME]
    late     20250102000000  b, never ran: it came below what is applied
    ------- stderr -------
    2 applied, 0 pending; the database stands at 20250103000000, 1 late
    [exit status: 4]
    ");
    assert_snapshot!(project.run("status --format json"), @r#"
    {"database":{"heads":["20250103000000"]},"applied":[{"revision":"20250101000000","applied_at":"[DATE]","duration_ms":[TIME],"checksum_ok":true},{"revision":"20250103000000","applied_at":"[DATE]","duration_ms":[TIME],"checksum_ok":true}],"pending":[],"late":[{"revision":"20250102000000","message":"b","path":"migrations/20250102000000_b.up.sql"}],"unclear":[],"unknown":[],"stopped":[],"repeated":[]}
    "#);
    // Whoever has run it by hand says so.
    project.ok("stamp 20250102000000");
    project.ok("stamp head");
    assert_snapshot!(project.run("status --exit-code"), @r"
    applied  20250101000000  a  [DATE] in [TIME]
    applied  20250102000000  b  not in the ledger
    applied  20250103000000  c  [DATE]
    ------- stderr -------
    3 applied, 0 pending; the database stands at 20250103000000
    ");
}

#[test]
fn what_another_program_applied_below_is_not_late() {
    let database = database();
    let go = (
        "../go.mod",
        "require github.com/golang-migrate/migrate/v4 v4.18.1\n",
    );
    let project = legacy(&database, &[go, FIRST, LATE, LAST]);
    database.execute(
        "CREATE TABLE alembic_version (version_num varchar(32) NOT NULL, CONSTRAINT \
         alembic_version_pkc PRIMARY KEY (version_num)); \
         INSERT INTO alembic_version VALUES ('20250102000000')",
    );
    assert_snapshot!(project.run("upgrade head -q"), @"");
    assert_snapshot!(project.run("status"), @r"
    applied  20250101000000  a  not in the ledger
    applied  20250102000000  b  not in the ledger
    applied  20250103000000  c  [DATE] in [TIME]
    ------- stderr -------
    3 applied, 0 pending; the database stands at 20250103000000
    ");
}
