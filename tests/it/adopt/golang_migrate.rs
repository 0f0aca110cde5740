//! golang-migrate: one row with a version and a flag.

use insta::assert_snapshot;

use super::{ledger, source};
use crate::support::database;
use crate::support::limbeck::Project;

const TABLE: &str = "CREATE TABLE schema_migrations (version bigint NOT NULL PRIMARY KEY, dirty \
                     boolean NOT NULL);";

const FILES: [(&str, &str); 5] = [
    ("000001_users.up.sql", "CREATE TABLE users (id int);"),
    ("000001_users.down.sql", "DROP TABLE users;"),
    ("000002_names.up.sql", "ALTER TABLE users ADD name text;"),
    ("000004_posts.up.sql", "CREATE TABLE posts (id int);"),
    ("000004_posts.down.sql", "DROP TABLE posts;"),
];

fn adopting(rows: &str) -> (crate::support::Database, Project) {
    let database = database();
    database.execute(TABLE);
    if !rows.is_empty() {
        database.execute(&format!("INSERT INTO schema_migrations VALUES {rows}"));
    }
    let project = source(&database, "", &FILES);
    (database, project)
}

#[test]
fn a_database_is_taken_over_once() {
    let (database, project) = adopting("(2, false)");
    database.execute("CREATE TABLE users (id int, name text);");
    assert_snapshot!(project.run("adopt"), @r"
    migrations (golang-migrate), table public.schema_migrations
    APPLIED   000001  users: below version 2; the table says no more of it
    APPLIED   000002  names
    PENDING   000004  posts
    ------- stderr -------
    2 applied, 1 pending, 0 conflicts
    hint: `limbeck adopt --apply` notes down what is applied
    ");
    assert_eq!(
        database.tables(),
        ["public.schema_migrations", "public.users"]
    );
    assert_snapshot!(project.run("adopt --apply"), @r"
    migrations (golang-migrate), table public.schema_migrations
    APPLIED   000001  users: below version 2; the table says no more of it
    APPLIED   000002  names
    PENDING   000004  posts
    ------- stderr -------
    stamp  -> 000002, names
    2 applied, 1 pending, 0 conflicts
    noted down 2 revisions; the database stands at 000002
    ");
    assert_eq!(database.heads(), ["000002"]);
    assert_eq!(
        ledger(&database),
        ["000001 stamp t now", "000002 stamp t now"]
    );
    assert_snapshot!(project.run("adopt --apply"), @r"
    migrations (golang-migrate), table public.schema_migrations
    APPLIED   000001  users: the version table has it already
    APPLIED   000002  names
    PENDING   000004  posts
    ------- stderr -------
    2 applied, 1 pending, 0 conflicts
    nothing to note down: the database stands at 000002
    ");
    assert_eq!(ledger(&database).len(), 2);
    assert_snapshot!(project.run("adopt --mark-pending 000001"), @r"
    ------- stderr -------
    error: revision `000001` is in the version table already
    hint: `limbeck downgrade` takes it back, `limbeck stamp` only notes that down
    [exit status: 1]
    ");
    assert_snapshot!(project.run("upgrade head"), @r"
    ------- stderr -------
    upgrade 000002 -> 000004, posts  ([TIME])
    1 applied, 2 already applied, 3 total ([TIME])
    ");
    assert_snapshot!(project.run("adopt"), @r"
    migrations (golang-migrate), table public.schema_migrations
    APPLIED   000001  users: the version table has it already
    APPLIED   000002  names
    APPLIED   000004  posts: the version table has it already
    ------- stderr -------
    3 applied, 0 pending, 0 conflicts
    nothing to note down: the database stands at 000004
    ");
    // What limbeck takes back is not applied because of a table that nobody keeps any more.
    project.ok("downgrade 000002 -q");
    project.ok("stamp 000001");
    assert_snapshot!(project.run("adopt"), @r"
    migrations (golang-migrate), table public.schema_migrations
    APPLIED   000001  users: the version table has it already
    PENDING   000002  names: limbeck took it back
    PENDING   000004  posts
    ------- stderr -------
    1 applied, 2 pending, 0 conflicts
    nothing to note down: the database stands at 000001
    ");
    assert_eq!(
        database.rows("SELECT version FROM schema_migrations"),
        ["2"]
    );
}

#[test]
fn a_dirty_flag_is_for_a_person_to_decide() {
    let (database, project) = adopting("(2, true)");
    assert_snapshot!(project.run("adopt"), @r"
    migrations (golang-migrate), table public.schema_migrations, dirty
    APPLIED   000001  users: below version 2; the table says no more of it
    CONFLICT  000002  names: the dirty flag is set: the tool stopped on its way up to it, or down to it
    CONFLICT  000004  posts: the dirty flag is set at 2: the tool may have stopped while it took this back
    ------- stderr -------
    1 applied, 0 pending, 2 conflicts
    hint: decide with `--mark-applied REVISION` or `--mark-pending REVISION`
    [exit status: 4]
    ");
    assert_snapshot!(project.run("adopt --apply"), @r"
    ------- stderr -------
    error: nothing was noted down: 2 revisions cannot be decided from the table
      000002: the dirty flag is set: the tool stopped on its way up to it, or down to it
      000004: the dirty flag is set at 2: the tool may have stopped while it took this back
    hint: decide with `--mark-applied REVISION` or `--mark-pending REVISION`
    [exit status: 1]
    ");
    assert_eq!(database.tables(), ["public.schema_migrations"]);
    assert_snapshot!(project.run("adopt --apply --format json"), @r#"
    ------- stderr -------
    {"error":{"code":"adopt_conflict","message":"nothing was noted down: 2 revisions cannot be decided from the table","candidates":[],"hints":["decide with `--mark-applied REVISION` or `--mark-pending REVISION`"],"details":["000002: the dirty flag is set: the tool stopped on its way up to it, or down to it","000004: the dirty flag is set at 2: the tool may have stopped while it took this back"]}}
    [exit status: 1]
    "#);
    assert_snapshot!(project.run("adopt --mark-applied 000002"), @r"
    migrations (golang-migrate), table public.schema_migrations, dirty
    APPLIED   000001  users: below version 2; the table says no more of it
    APPLIED   000002  names: marked by hand
    CONFLICT  000004  posts: the dirty flag is set at 2: the tool may have stopped while it took this back
    ------- stderr -------
    2 applied, 0 pending, 1 conflict
    hint: decide with `--mark-applied REVISION` or `--mark-pending REVISION`
    [exit status: 4]
    ");
    assert_snapshot!(project.run("adopt --apply --mark-pending 000002 000004"), @r"
    migrations (golang-migrate), table public.schema_migrations, dirty
    APPLIED   000001  users: below version 2; the table says no more of it
    PENDING   000002  names: marked by hand
    PENDING   000004  posts: marked by hand
    ------- stderr -------
    stamp  -> 000001, users
    1 applied, 2 pending, 0 conflicts
    noted down 1 revision; the database stands at 000001
    ");
    assert_eq!(database.heads(), ["000001"]);
}

#[test]
fn a_table_without_a_row_and_none_at_all_leave_everything_pending() {
    let (database, project) = adopting("");
    assert_snapshot!(project.run("adopt --format json"), @r#"{"sources":[{"name":"migrations","path":"migrations","format":"golang-migrate","table":"public.schema_migrations","dirty":false,"revisions":[{"revision":"000001","file":"migrations/000001_users.up.sql","state":"pending","applied_at":null,"reason":""},{"revision":"000002","file":"migrations/000002_names.up.sql","state":"pending","applied_at":null,"reason":""},{"revision":"000004","file":"migrations/000004_posts.up.sql","state":"pending","applied_at":null,"reason":""}],"rows_without_file":[]}],"detection":null,"stamped":null}"#);
    database.execute("DROP TABLE schema_migrations");
    assert_snapshot!(project.run("adopt"), @r"
    migrations (golang-migrate), no table schema_migrations
    PENDING   000001  users: there is no table `schema_migrations`
    PENDING   000002  names: there is no table `schema_migrations`
    PENDING   000004  posts: there is no table `schema_migrations`
    ------- stderr -------
    0 applied, 3 pending, 0 conflicts
    nothing to note down: the database stands at <base>
    ");
    assert_snapshot!(project.run("adopt --apply"), @r"
    migrations (golang-migrate), no table schema_migrations
    PENDING   000001  users: there is no table `schema_migrations`
    PENDING   000002  names: there is no table `schema_migrations`
    PENDING   000004  posts: there is no table `schema_migrations`
    ------- stderr -------
    0 applied, 3 pending, 0 conflicts
    nothing to note down: the database stands at <base>
    ");
    assert_eq!(database.tables(), [""; 0]);
}

#[test]
fn a_version_without_a_file_is_told_of() {
    let (_database, project) = adopting("(3, false)");
    assert_snapshot!(project.run("adopt --format json"), @r#"{"sources":[{"name":"migrations","path":"migrations","format":"golang-migrate","table":"public.schema_migrations","dirty":false,"revisions":[{"revision":"000001","file":"migrations/000001_users.up.sql","state":"applied","applied_at":null,"reason":"below version 3; the table says no more of it"},{"revision":"000002","file":"migrations/000002_names.up.sql","state":"applied","applied_at":null,"reason":"below version 3; the table says no more of it"},{"revision":"000004","file":"migrations/000004_posts.up.sql","state":"pending","applied_at":null,"reason":""}],"rows_without_file":["3"]}],"detection":null,"stamped":null}"#);
}

#[test]
fn a_table_of_another_shape_is_refused() {
    let (database, project) = adopting("(1, false), (2, false)");
    assert_snapshot!(project.run("adopt"), @r#"
    ------- stderr -------
    error: `public.schema_migrations` is not as the table of the format `golang-migrate` is: it has 2 rows, and golang-migrate keeps one
    hint: `table = "…"` in the [[source]] of `migrations` names another one, `format = "…"` another tool
    [exit status: 1]
    "#);
    database.execute("DROP TABLE schema_migrations");
    database.execute("CREATE TABLE schema_migrations (version varchar PRIMARY KEY)");
    assert_snapshot!(project.run("adopt"), @r#"
    ------- stderr -------
    error: `public.schema_migrations` is not as the table of the format `golang-migrate` is: its column `version` is not a number
      it looks like that of dbmate
    hint: `table = "…"` in the [[source]] of `migrations` names another one, `format = "…"` another tool
    [exit status: 1]
    "#);
    database.execute("DROP TABLE schema_migrations");
    database.execute("CREATE TABLE \"Bookkeeping\" (version bigint, dirty boolean)");
    database.execute("INSERT INTO \"Bookkeeping\" VALUES (4, false)");
    let project = source(&database, "table = '\"Bookkeeping\"'\n", &FILES);
    assert_snapshot!(project.run("adopt --apply"), @r#"
    migrations (golang-migrate), table public."Bookkeeping"
    APPLIED   000001  users: below version 4; the table says no more of it
    APPLIED   000002  names: below version 4; the table says no more of it
    APPLIED   000004  posts
    ------- stderr -------
    stamp  -> 000004, posts
    3 applied, 0 pending, 0 conflicts
    noted down 3 revisions; the database stands at 000004
    "#);
    assert_eq!(database.heads(), ["000004"]);
}
