//! `detect`: which revision made a schema.

use insta::assert_snapshot;

use super::without_fingerprints;
use crate::support::limbeck::Project;
use crate::support::{Database, database, project};

/// Two lines that part, each with something of its own, and join again.
fn diamond(database: &Database) -> Project {
    project()
        .database(database)
        .file("limbeck.toml", "")
        .revisions(&[
            ("a1", "", ""),
            ("b1", "a1", "branch_labels: shop"),
            ("c1", "a1", "branch_labels: support"),
            ("d1", "b1, c1", ""),
        ])
        .file(
            "versions/e1.sql",
            "-- revision: e1\n-- down_revision: d1\n-- message: data alone\n\n-- limbeck: upgrade\n\
             INSERT INTO t_a1 VALUES (1);\n\n-- limbeck: downgrade\nDELETE FROM t_a1;\n",
        )
}

#[test]
fn an_unstamped_database_is_found_in_the_graph() {
    let database = database();
    let project = diamond(&database);
    assert_snapshot!(project.run("detect"), @"
    <base>          the same
    a1, add t_a1    3 objects differ
    c1, add t_c1    6 objects differ
    b1, add t_b1    6 objects differ
    b1, c1          9 objects differ
    d1, add t_d1    12 objects differ
    e1, data alone  12 objects differ
    ------- stderr -------
    the schema is that of an empty database
    ");
    database.execute("CREATE TABLE t_a1 (id bigint PRIMARY KEY)");
    assert_snapshot!(project.run("detect"), @"
    <base>          3 objects differ
    a1, add t_a1    the same
    c1, add t_c1    3 objects differ
    b1, add t_b1    3 objects differ
    b1, c1          6 objects differ
    d1, add t_d1    9 objects differ
    e1, data alone  9 objects differ
    ------- stderr -------
    the schema is that of revision a1
    next: limbeck stamp a1
    ");
    database.execute("CREATE TABLE t_c1 (id bigint PRIMARY KEY)");
    assert_snapshot!(project.run("detect"), @"
    <base>          6 objects differ
    a1, add t_a1    3 objects differ
    c1, add t_c1    the same
    b1, add t_b1    6 objects differ
    b1, c1          3 objects differ
    d1, add t_d1    6 objects differ
    e1, data alone  6 objects differ
    ------- stderr -------
    the schema is that of revision c1
    next: limbeck stamp c1
    ");
    assert_snapshot!(project.run("stamp --verify c1"), @"
    ------- stderr -------
    the database is as revision c1
    stamp  -> c1, add t_c1
    1 step done in [TIME]; 2 of 5 revisions applied
    ");
    database.execute("CREATE TABLE t_b1 (id bigint PRIMARY KEY)");
    assert_snapshot!(project.run("detect"), @"
    <base>          9 objects differ
    a1, add t_a1    6 objects differ
    c1, add t_c1    3 objects differ
    b1, add t_b1    3 objects differ
    b1, c1          the same
    d1, add t_d1    3 objects differ
    e1, data alone  3 objects differ
    ------- stderr -------
    the schema is that of revisions b1, c1
    next: limbeck stamp b1 c1
    ");
    database.execute("CREATE TABLE t_d1 (id bigint PRIMARY KEY)");
    assert_snapshot!(project.run("detect"), @"
    <base>          12 objects differ
    a1, add t_a1    9 objects differ
    c1, add t_c1    6 objects differ
    b1, add t_b1    6 objects differ
    b1, c1          3 objects differ
    d1, add t_d1    the same
    e1, data alone  the same
    ------- stderr -------
    the schema is that of revision e1
    note: it is also that of revision d1
    next: limbeck stamp e1
    ");
    let answer = project.ok("detect --format json").json();
    assert_eq!(answer["matches"], serde_json::json!([["d1"], ["e1"]]));
    assert_eq!(answer["nearest"]["heads"], serde_json::json!(["e1"]));
    assert_eq!(answer["places"].as_array().map(Vec::len), Some(7));
}

#[test]
fn where_none_matches_the_nearest_is_shown() {
    let database = database();
    let project = diamond(&database);
    database.execute(
        "CREATE TABLE t_a1 (id bigint PRIMARY KEY); CREATE TABLE t_b1 (id integer PRIMARY KEY);
         CREATE TABLE schema_migrations (version bigint)",
    );
    assert_snapshot!(project.run("detect"), @"
    <base>          8 objects differ
    a1, add t_a1    5 objects differ
    c1, add t_c1    8 objects differ
    b1, add t_b1    3 objects differ
    b1, c1          6 objects differ
    d1, add t_d1    9 objects differ
    e1, data alone  9 objects differ

    nearest: revision b1
    +  table   public.schema_migrations  1 column
    ~  column  public.t_b1.id            type: bigint → integer
    ------- stderr -------
    2 differences between revision b1 and the database
    [exit status: 4]
    ");
    let answer = project.run("detect --without schema_migrations --format json");
    assert_eq!(answer.code(), Some(4));
    assert_snapshot!(without_fingerprints(&answer), @r#"{"fingerprint":"[FINGERPRINT]","matches":[],"nearest":{"heads":["b1"],"differences":[{"change":"changed","kind":"column","name":"public.t_b1.id","attributes":[{"name":"type","expected":"bigint","actual":"integer"}]}]},"places":[{"heads":[],"fingerprint":"[FINGERPRINT]","equal":false,"different_objects":6},{"heads":["a1"],"fingerprint":"[FINGERPRINT]","equal":false,"different_objects":3},{"heads":["c1"],"fingerprint":"[FINGERPRINT]","equal":false,"different_objects":6},{"heads":["b1"],"fingerprint":"[FINGERPRINT]","equal":false,"different_objects":1},{"heads":["b1","c1"],"fingerprint":"[FINGERPRINT]","equal":false,"different_objects":4},{"heads":["d1"],"fingerprint":"[FINGERPRINT]","equal":false,"different_objects":7},{"heads":["e1"],"fingerprint":"[FINGERPRINT]","equal":false,"different_objects":7}]}"#);
}

#[test]
fn a_throw_away_database_has_the_search_path_of_the_real_one() {
    let database = database();
    database.execute(&format!(
        "CREATE SCHEMA app; CREATE SCHEMA \"Own\"; ALTER DATABASE {} SET search_path = \"Own\", app",
        database.name()
    ));
    let project = project()
        .database(&database)
        .file("limbeck.toml", "version_table_schema = 'app'")
        .file(
            "versions/a.sql",
            "-- revision: a\n\n-- limbeck: upgrade\nCREATE SCHEMA IF NOT EXISTS \"Own\";\n\
             CREATE TABLE t (id bigint);\n",
        );
    project.ok("upgrade head");
    assert!(database.has("\"Own\".t"));
    assert_snapshot!(project.run("diff"), @"
    ------- stderr -------
    the database is as revision a
    ");
    assert_snapshot!(project.run("detect"), @"
    <base>            3 objects differ
    a, empty message  the same
    ------- stderr -------
    the schema is that of revision a
    next: limbeck stamp a
    ");
}

#[test]
fn an_empty_graph_has_one_place() {
    let database = database();
    let project = project()
        .database(&database)
        .file("limbeck.toml", "")
        .file("versions/.keep", "");
    assert_snapshot!(project.run("detect"), @"
    <base>  the same
    ------- stderr -------
    the schema is that of an empty database
    ");
}
