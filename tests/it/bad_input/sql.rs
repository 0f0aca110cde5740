//! Statements that the server refuses: what it says, where in the file, and what was done before.

use insta::assert_snapshot;

use super::Case;

/// A good revision, and one with an upgrade that fails.
fn upgrade(sql: &str) -> Case {
    Case::new(|project| {
        project.revisions(&[("a1", "", "")]).file(
            "versions/b1.sql",
            format!("-- revision: b1\n-- down_revision: a1\n-- message: do it\n\n-- limbeck: upgrade\n{sql}"),
        )
    })
    .after("upgrade a1")
}

#[test]
fn a_syntax_error() {
    let case = upgrade(
        r##"CREATE TABLE b (id int);
SELECT *
FORM b;
"##,
    );
    assert_snapshot!(case.refused("upgrade head", "sql_failed"), @r#"
    ------- stderr -------
    error: step 1 of 1 failed and was rolled back: upgrade b1, do it
      versions/b1.sql:8
      8 | FORM b
        | ^^^^ 42601 syntax error at or near "FORM"
      done before it: nothing; the database stands at a1
    [exit status: 1]
    "#);
}

#[test]
fn a_mistyped_first_word() {
    let case = upgrade(
        r##"CREAT TABLE b (id int);
"##,
    );
    assert_snapshot!(case.refused("upgrade head", "sql_failed"), @r#"
    ------- stderr -------
    error: step 1 of 1 failed and was rolled back: upgrade b1, do it
      versions/b1.sql:6
      6 | CREAT TABLE b (id int)
        | ^^^^^ 42601 syntax error at or near "CREAT"
      done before it: nothing; the database stands at a1
    [exit status: 1]
    "#);
}

#[test]
fn a_missing_table() {
    let case = upgrade(
        r##"CREATE TABLE b (id int);
SELECT id,
       total
FROM sums;
"##,
    );
    assert_snapshot!(case.refused("upgrade head", "sql_failed"), @r#"
    ------- stderr -------
    error: step 1 of 1 failed and was rolled back: upgrade b1, do it
      versions/b1.sql:9
      9 | FROM sums
        |      ^^^^ 42P01 relation "sums" does not exist
      done before it: nothing; the database stands at a1
    [exit status: 1]
    "#);
}

#[test]
fn a_missing_column_with_a_hint() {
    let case = upgrade(
        r##"CREATE TABLE b (identity int);
UPDATE b
SET identiti = 2;
"##,
    );
    assert_snapshot!(case.refused("upgrade head", "sql_failed"), @r#"
    ------- stderr -------
    error: step 1 of 1 failed and was rolled back: upgrade b1, do it
      versions/b1.sql:8
      8 | SET identiti = 2
        |     ^^^^^^^^ 42703 column "identiti" of relation "b" does not exist
      done before it: nothing; the database stands at a1
    [exit status: 1]
    "#);
}

#[test]
fn a_unique_violation() {
    let case = upgrade(
        r##"CREATE TABLE b (id int PRIMARY KEY);
INSERT INTO b VALUES (1), (2);
INSERT INTO b VALUES
  (3), (2);
"##,
    );
    assert_snapshot!(case.refused("upgrade head", "sql_failed"), @r#"
    ------- stderr -------
    error: step 1 of 1 failed and was rolled back: upgrade b1, do it
      versions/b1.sql:8
      8 | INSERT INTO b VALUES
        | 23505 duplicate key value violates unique constraint "b_pkey"
      detail: Key (id)=(2) already exists.
      done before it: nothing; the database stands at a1
    [exit status: 1]
    "#);
}

#[test]
fn an_error_in_a_do_block() {
    let case = upgrade(
        r##"DO $$
BEGIN
    PERFORM 1;
    RAISE EXCEPTION 'no bots' USING HINT = 'add one', DETAIL = 'there are 0', ERRCODE = 'P0042';
END $$;
"##,
    );
    assert_snapshot!(case.refused("upgrade head", "sql_failed"), @"
    ------- stderr -------
    error: step 1 of 1 failed and was rolled back: upgrade b1, do it
      versions/b1.sql:6
      6 | DO $$
        | P0042 no bots
      detail: there are 0
      context: PL/pgSQL function inline_code_block line 4 at RAISE
      done before it: nothing; the database stands at a1
    hint: add one
    [exit status: 1]
    ");
}

#[test]
fn an_error_in_a_statement_of_a_do_block() {
    let case = upgrade(
        r##"DO $$
BEGIN
    UPDATE nowhere SET id = 1;
END $$;
"##,
    );
    assert_snapshot!(case.refused("upgrade head", "sql_failed"), @r#"
    ------- stderr -------
    error: step 1 of 1 failed and was rolled back: upgrade b1, do it
      versions/b1.sql:6
      6 | DO $$
        | 42P01 relation "nowhere" does not exist
      query: UPDATE nowhere SET id = 1
      context: PL/pgSQL function inline_code_block line 3 at SQL statement
      done before it: nothing; the database stands at a1
    [exit status: 1]
    "#);
}

#[test]
fn an_error_in_a_function() {
    let case = upgrade(
        r##"CREATE FUNCTION half(n int) RETURNS int LANGUAGE plpgsql AS $$
BEGIN
    RETURN n / 0;
END $$;
SELECT half(4);
"##,
    );
    assert_snapshot!(case.refused("upgrade head", "sql_failed"), @"
    ------- stderr -------
    error: step 1 of 1 failed and was rolled back: upgrade b1, do it
      versions/b1.sql:10
      10 | SELECT half(4)
         | 22012 division by zero
      context: PL/pgSQL function half(integer) line 3 at RETURN
      done before it: nothing; the database stands at a1
    [exit status: 1]
    ");
}

#[test]
fn a_deferred_constraint() {
    let case = upgrade(
        r##"CREATE TABLE p (id int PRIMARY KEY);
CREATE TABLE c (p int REFERENCES p DEFERRABLE INITIALLY DEFERRED);
INSERT INTO c VALUES (7);
"##,
    );
    assert_snapshot!(case.refused("upgrade head", "sql_failed"), @r#"
    ------- stderr -------
    error: step 1 of 1 failed and was rolled back: upgrade b1, do it
      23503 insert or update on table "c" violates foreign key constraint "c_p_fkey"
      detail: Key (p)=(7) is not present in table "p".
      while committing
      done before it: nothing; the database stands at a1
    [exit status: 1]
    "#);
}

#[test]
fn tabs_and_wide_characters() {
    let case = upgrade(
        r##"SELECT
	'日本' AS "é",	nothing	FROM (SELECT 1) AS t;
"##,
    );
    assert_snapshot!(case.refused("upgrade head", "sql_failed"), @r#"
    ------- stderr -------
    error: step 1 of 1 failed and was rolled back: upgrade b1, do it
      versions/b1.sql:7
      7 |  '日本' AS "é", nothing FROM (SELECT 1) AS t
        |                 ^^^^^^^ 42703 column "nothing" does not exist
      done before it: nothing; the database stands at a1
    [exit status: 1]
    "#);
}

#[test]
fn an_emoji_in_front() {
    let case = upgrade(
        r##"SELECT '👩‍👩‍👧' || nothing;
"##,
    );
    assert_snapshot!(case.refused("upgrade head", "sql_failed"), @r#"
    ------- stderr -------
    error: step 1 of 1 failed and was rolled back: upgrade b1, do it
      versions/b1.sql:6
      6 | SELECT '👩‍👩‍👧' || nothing
        |                ^^^^^^^ 42703 column "nothing" does not exist
      done before it: nothing; the database stands at a1
    [exit status: 1]
    "#);
}

#[test]
fn a_word_in_wide_characters() {
    let case = upgrade(
        r##"SELECT 表 FROM (SELECT 1) AS t;
"##,
    );
    assert_snapshot!(case.refused("upgrade head", "sql_failed"), @r#"
    ------- stderr -------
    error: step 1 of 1 failed and was rolled back: upgrade b1, do it
      versions/b1.sql:6
      6 | SELECT 表 FROM (SELECT 1) AS t
        |        ^^ 42703 column "表" does not exist
      done before it: nothing; the database stands at a1
    [exit status: 1]
    "#);
}

#[test]
fn a_default_that_cannot_be_cast() {
    let case = upgrade(
        r##"CREATE TABLE b (id int DEFAULT 'x');
"##,
    );
    assert_snapshot!(case.refused("upgrade head", "sql_failed"), @r#"
    ------- stderr -------
    error: step 1 of 1 failed and was rolled back: upgrade b1, do it
      versions/b1.sql:6
      6 | CREATE TABLE b (id int DEFAULT 'x')
        |                                ^^^ 22P02 invalid input syntax for type integer: "x"
      done before it: nothing; the database stands at a1
    [exit status: 1]
    "#);
}

#[test]
fn a_message_of_two_lines() {
    let case = upgrade(
        r##"DO $$BEGIN RAISE EXCEPTION E'first\nsecond'; END$$;
"##,
    );
    assert_snapshot!(case.refused("upgrade head", "sql_failed"), @r"
    ------- stderr -------
    error: step 1 of 1 failed and was rolled back: upgrade b1, do it
      versions/b1.sql:6
      6 | DO $$BEGIN RAISE EXCEPTION E'first\nsecond'; END$$
        | P0001 first
        | second
      context: PL/pgSQL function inline_code_block line 1 at RAISE
      done before it: nothing; the database stands at a1
    [exit status: 1]
    ");
}

#[test]
fn a_division_by_zero_in_the_middle_of_a_long_file() {
    let mut sql = String::new();
    for n in 0..40 {
        if n == 20 {
            sql.push_str("-- the one that fails\nSELECT\n  1 / (20 - 20);\n");
        }
        sql.push_str(&format!("CREATE TABLE b{n} (id int);\n"));
    }
    assert_snapshot!(upgrade(&sql).refused("upgrade head", "sql_failed"), @"
    ------- stderr -------
    error: step 1 of 1 failed and was rolled back: upgrade b1, do it
      versions/b1.sql:27
      27 | SELECT
         | 22012 division by zero
      done before it: nothing; the database stands at a1
    [exit status: 1]
    ");
}

#[test]
fn a_line_longer_than_a_terminal() {
    let values: Vec<String> = (0..400).map(|n| n.to_string()).collect();
    let (before, after) = values.split_at(200);
    let sql = format!(
        "SELECT ARRAY[{}, nothing, {}];\n",
        before.join(", "),
        after.join(", ")
    );
    assert_snapshot!(upgrade(&sql).refused("upgrade head", "sql_failed"), @r#"
    ------- stderr -------
    error: step 1 of 1 failed and was rolled back: upgrade b1, do it
      versions/b1.sql:6
      6 | …192, 193, 194, 195, 196, 197, 198, 199, nothing, 200, 201, 202, 203, 204, 205, 206, 207, 208, 209, 2…
        |                                          ^^^^^^^ 42703 column "nothing" does not exist
      done before it: nothing; the database stands at a1
    [exit status: 1]
    "#);
    let sql = format!(
        "CREATE TABLE c (id int CHECK (id < 0));\nINSERT INTO c SELECT unnest(ARRAY[{}]);\n",
        values.join(", ")
    );
    assert_snapshot!(upgrade(&sql).refused("upgrade head", "sql_failed"), @r#"
    ------- stderr -------
    error: step 1 of 1 failed and was rolled back: upgrade b1, do it
      versions/b1.sql:7
      7 | INSERT INTO c SELECT unnest(ARRAY[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, …
        |             ^ 23514 new row for relation "c" violates check constraint "c_id_check"
      detail: Failing row contains (0).
      done before it: nothing; the database stands at a1
    [exit status: 1]
    "#);
}

#[test]
fn a_verify_that_does_not_hold() {
    let case = upgrade(
        "CREATE TABLE b (id int);\n\n-- limbeck: verify\nSELECT count(*) = 0 FROM b;\nSELECT count(*) > 0\nFROM b;\n",
    );
    assert_snapshot!(case.refused("upgrade head", "verify_failed"), @"
    ------- stderr -------
    error: step 1 of 1 failed and was rolled back: upgrade b1, do it
      versions/b1.sql:10
      10 | SELECT count(*) > 0
         | does not hold: its row is not true
      done before it: nothing; the database stands at a1
    [exit status: 1]
    ");
}

#[test]
fn a_verify_that_is_no_question() {
    let case = upgrade("CREATE TABLE b (id int);\n\n-- limbeck: verify\nSELECT count(*) FROM b;\n");
    assert_snapshot!(case.refused("upgrade head", "verify_failed"), @"
    ------- stderr -------
    error: step 1 of 1 failed and was rolled back: upgrade b1, do it
      versions/b1.sql:9
      9 | SELECT count(*) FROM b
        | does not hold: its column is no boolean
      done before it: nothing; the database stands at a1
    [exit status: 1]
    ");
}

#[test]
fn a_verify_of_two_columns() {
    let case = upgrade("CREATE TABLE b (id int);\n\n-- limbeck: verify\nSELECT true, false;\n");
    assert_snapshot!(case.refused("upgrade head", "verify_failed"), @r"
    ------- stderr -------
    error: step 1 of 1 failed and was rolled back: upgrade b1, do it
      versions/b1.sql:9
      9 | SELECT true, false
        |        ^^^^ does not hold: it does not have one column
      done before it: nothing; the database stands at a1
    [exit status: 1]
    ");
}

#[test]
fn a_verify_that_fails() {
    let case =
        upgrade("CREATE TABLE b (id int);\n\n-- limbeck: verify\nSELECT count(*) = 0 FROM bb;\n");
    assert_snapshot!(case.refused("upgrade head", "verify_failed"), @r#"
    ------- stderr -------
    error: step 1 of 1 failed and was rolled back: upgrade b1, do it
      versions/b1.sql:9
      9 | SELECT count(*) = 0 FROM bb
        |                          ^^ 42P01 relation "bb" does not exist
      a query of its verify section
      done before it: nothing; the database stands at a1
    [exit status: 1]
    "#);
}

#[test]
fn a_verify_without_a_row() {
    let case = upgrade("CREATE TABLE b (id int);\n\n-- limbeck: verify\nSELECT true FROM b;\n");
    assert_snapshot!(case.refused("upgrade head", "verify_failed"), @"
    ------- stderr -------
    error: step 1 of 1 failed and was rolled back: upgrade b1, do it
      versions/b1.sql:9
      9 | SELECT true FROM b
        | does not hold: it has no row
      done before it: nothing; the database stands at a1
    [exit status: 1]
    ");
}

#[test]
fn what_was_done_before_is_told() {
    let case = Case::new(|project| {
        project
            .line_of_revisions(3)
            .file(
                "versions/x.sql",
                "-- revision: x1\n-- down_revision: r0003\n-- message: fail\n-- limbeck: upgrade\nSELECT 1/0;\n",
            )
            .file("versions/y.sql", "-- revision: y1\n-- down_revision: x1\n-- limbeck: upgrade\n")
    });
    assert_snapshot!(case.project.run("upgrade head"), @"
    ------- stderr -------
    upgrade  -> r0001, add t_r0001  ([TIME])
    upgrade r0001 -> r0002, add t_r0002
    upgrade r0002 -> r0003, add t_r0003
    error: step 4 of 5 failed and was rolled back: upgrade x1, fail
      versions/x.sql:5
      5 | SELECT 1/0
        | 22012 division by zero
      done before it: 3 steps; the database stands at r0003
    [exit status: 3]
    ");
    assert_eq!(case.database().heads(), ["r0003"]);
    assert_snapshot!(case.project.run("upgrade head --format json"), @r#"
    ------- stderr -------
    {"error":{"code":"sql_failed","message":"step 1 of 2 failed and was rolled back: upgrade x1, fail","candidates":[],"hints":[],"details":["versions/x.sql:5","5 | SELECT 1/0","  | 22012 division by zero","done before it: nothing; the database stands at r0003"]}}
    [exit status: 1]
    "#);
}

#[test]
fn in_one_transaction_nothing_stays() {
    let case = Case::new(|project| {
        project
            .file("limbeck.toml", "transaction = 'all'\n")
            .line_of_revisions(3)
            .file(
                "versions/x.sql",
                "-- revision: x1\n-- down_revision: r0003\n-- message: fail\n-- limbeck: upgrade\nSELECT 1/0;\n",
            )
    });
    assert_snapshot!(case.refused("upgrade head", "sql_failed"), @"
    ------- stderr -------
    error: step 4 of 4 failed and was rolled back: upgrade x1, fail
      versions/x.sql:5
      5 | SELECT 1/0
        | 22012 division by zero
      done before it: 3 steps, rolled back as well; the database stands at <base>
    [exit status: 1]
    ");
}

#[test]
fn outside_of_a_transaction_the_beginning_stays() {
    let case = Case::new(|project| {
        project.file(
            "versions/x.sql",
            "-- revision: x1\n-- message: index\n-- limbeck: upgrade\nCREATE TABLE t (id int);\nINSERT INTO t VALUES (1), (1);\n\
             -- limbeck: upgrade no-transaction\nCREATE UNIQUE INDEX CONCURRENTLY t_idx\nON t (id);\n",
        )
    });
    assert_snapshot!(case.project.run("upgrade head"), @r#"
    ------- stderr -------
    error: step 1 of 1 failed: upgrade x1, index
      versions/x.sql:7
      7 | CREATE UNIQUE INDEX CONCURRENTLY t_idx
        |                                  ^^^^^ 23505 could not create unique index "t_idx"
      detail: Key (id)=(1) is duplicated.
      what ran outside of a transaction stays; the next run goes on after it
      done before it: nothing; the database stands at <base>
    [exit status: 3]
    "#);
    assert_snapshot!(case.project.run("status"), @"
    pending  x1  index
    stopped  x1  half-way through its upgrade, after 2 statements; `limbeck upgrade x1` goes on
    ------- stderr -------
    0 applied, 1 pending; the database stands at <base>
    ");
    assert_snapshot!(case.project.run("upgrade head"), @r#"
    ------- stderr -------
    x1 was stopped after 2 statements and goes on from there
    dropped the invalid index public.t_idx of an earlier try
    error: step 1 of 1 failed: upgrade x1, index
      versions/x.sql:7
      7 | CREATE UNIQUE INDEX CONCURRENTLY t_idx
        |                                  ^^^^^ 23505 could not create unique index "t_idx"
      detail: Key (id)=(1) is duplicated.
      what ran outside of a transaction stays; the next run goes on after it
      done before it: nothing; the database stands at <base>
    [exit status: 3]
    "#);
    let mut case = case;
    case.project.write(
        "versions/x.sql",
        "-- revision: x1\n-- message: index\n-- limbeck: upgrade\nCREATE TABLE t2 (id int);\n\
         -- limbeck: upgrade no-transaction\nCREATE UNIQUE INDEX CONCURRENTLY t_idx\nON t (id);\n",
    );
    assert_snapshot!(case.refused("upgrade head", "edited_half_way"), @r"
    ------- stderr -------
    error: revision `x1` stopped after 2 statements, which were edited since
    hint: undo the edit, and the next run goes on
    hint: or finish or undo it by hand, then `limbeck resolve x1 --applied` or `--not-applied`
    [exit status: 1]
    ");
    assert_snapshot!(case.project.run("stamp head"), @"
    ------- stderr -------
    stamp  -> x1, index
    1 step done in [TIME]; 1 of 1 revision applied
    ");
}

#[test]
fn half_a_downgrade() {
    let case = Case::new(|project| {
        project.revisions(&[("a1", "", "")]).file(
            "versions/x.sql",
            "-- revision: x1\n-- down_revision: a1\n-- limbeck: upgrade\nCREATE TABLE t (id int);\n\
             -- limbeck: downgrade no-transaction\nDROP TABLE t;\nSELECT 1/0;\n",
        )
    })
    .after("upgrade head");
    assert_snapshot!(case.project.run("downgrade -1"), @"
    ------- stderr -------
    error: step 1 of 1 failed: downgrade x1
      versions/x.sql:7
      7 | SELECT 1/0
        | 22012 division by zero
      what ran outside of a transaction stays; the next run goes on after it
      done before it: nothing; the database stands at x1
    [exit status: 3]
    ");
    assert_snapshot!(case.project.run("upgrade head"), @r"
    ------- stderr -------
    error: revision `x1` stopped half-way through its downgrade
    hint: `limbeck downgrade x1-1` goes on with it
    hint: or finish or undo it by hand, then `limbeck resolve x1 --applied` or `--not-applied`
    [exit status: 1]
    ");
    assert_snapshot!(case.project.run("status"), @"
    applied  a1  add t_a1       [DATE] in [TIME]
    applied  x1  empty message  [DATE] in [TIME]
    stopped  x1  half-way through its downgrade, after 1 statement; `limbeck downgrade x1@-1` goes on
    ------- stderr -------
    2 applied, 0 pending; the database stands at x1
    ");
    assert_snapshot!(case.project.run("downgrade x1@-1"), @"
    ------- stderr -------
    x1 was stopped after 1 statement and goes on from there
    error: step 1 of 1 failed: downgrade x1
      versions/x.sql:7
      7 | SELECT 1/0
        | 22012 division by zero
      what ran outside of a transaction stays; the next run goes on after it
      done before it: nothing; the database stands at x1
    [exit status: 3]
    ");
}

#[test]
fn a_transaction_for_all_takes_no_sections_outside() {
    let case = Case::new(|project| {
        project.file("limbeck.toml", "transaction = 'all'\n").file(
            "versions/x.sql",
            "-- revision: x1\n-- limbeck: upgrade\nCREATE TABLE t (id int);\n\
             -- limbeck: upgrade no-transaction\nCREATE INDEX CONCURRENTLY ON t (id);\n",
        )
    });
    assert_snapshot!(case.refused("upgrade head", "no_transaction_in_one"), @r#"
    ------- stderr -------
    error: revision `x1` has a part that runs outside of transactions, and the whole run is to be one
      versions/x.sql:5
    hint: `transaction = "revision"` gives each revision a transaction of its own
    [exit status: 1]
    "#);
}

#[test]
fn a_downgrade_that_fails() {
    let case = Case::new(|project| {
        project.file(
            "versions/x.sql",
            "-- revision: x1\n-- limbeck: upgrade\nCREATE TABLE t (id int PRIMARY KEY);\nCREATE TABLE u (id int REFERENCES t);\n\
             -- limbeck: downgrade\nDROP TABLE t;\n",
        )
    })
    .after("upgrade head");
    assert_snapshot!(case.refused("downgrade base", "sql_failed"), @"
    ------- stderr -------
    error: step 1 of 1 failed and was rolled back: downgrade x1
      versions/x.sql:6
      6 | DROP TABLE t
        | 2BP01 cannot drop table t because other objects depend on it
      detail: constraint u_id_fkey on table u depends on table t
      done before it: nothing; the database stands at x1
    hint: Use DROP ... CASCADE to drop the dependent objects too.
    [exit status: 1]
    ");
}

#[test]
fn a_statement_that_waits_too_long() {
    let case = upgrade("SELECT pg_sleep(20);\n");
    let mut case = case;
    case.project
        .write("limbeck.toml", "statement_timeout = '50ms'\n");
    assert_snapshot!(case.refused("upgrade head", "sql_failed"), @"
    ------- stderr -------
    error: step 1 of 1 failed and was rolled back: upgrade b1, do it
      versions/b1.sql:6
      6 | SELECT pg_sleep(20)
        | 57014 canceling statement due to statement timeout
      done before it: nothing; the database stands at a1
    hint: `statement_timeout` in limbeck.toml says how long a statement may take
    [exit status: 1]
    ");
}

#[test]
fn a_lock_that_is_not_to_be_had() {
    let mut case = upgrade("DROP TABLE t_a1;\n");
    case.project
        .write("limbeck.toml", "lock_timeout = '50ms'\n");
    let mut other = case.database().client();
    let mut transaction = other.transaction().unwrap();
    transaction
        .batch_execute("LOCK TABLE t_a1 IN ACCESS SHARE MODE")
        .unwrap();
    assert_snapshot!(case.refused("upgrade head", "sql_failed"), @"
    ------- stderr -------
    error: step 1 of 1 failed and was rolled back: upgrade b1, do it
      versions/b1.sql:6
      6 | DROP TABLE t_a1
        | 55P03 canceling statement due to lock timeout
      done before it: nothing; the database stands at a1
    hint: another session holds a lock on it; `lock_timeout` in limbeck.toml says how long to wait
    [exit status: 1]
    ");
}

#[test]
fn a_revision_that_is_half_applied_is_not_taken_back() {
    let case = Case::new(|project| {
        project.file(
            "versions/x.sql",
            "-- revision: x1\n-- limbeck: upgrade no-transaction\nCREATE TABLE t (id int);\nSELECT 1/0;\n\
             -- limbeck: downgrade\nDROP TABLE t;\n",
        )
    });
    assert_snapshot!(case.stopped("upgrade head", "sql_failed"), @"
    ------- stderr -------
    error: step 1 of 1 failed: upgrade x1
      versions/x.sql:4
      4 | SELECT 1/0
        | 22012 division by zero
      what ran outside of a transaction stays; the next run goes on after it
      done before it: nothing; the database stands at <base>
    [exit status: 3]
    ");
    assert_snapshot!(case.project.run("downgrade base"), @r"
    ------- stderr -------
    error: revision `x1` stopped half-way through its upgrade
    hint: `limbeck upgrade x1` goes on with it
    hint: or finish or undo it by hand, then `limbeck resolve x1 --applied` or `--not-applied`
    [exit status: 1]
    ");
    // As a stamp by Alembic would leave it, which knows of no journal.
    case.database()
        .execute("INSERT INTO alembic_version VALUES ('x1')");
    assert_snapshot!(case.refused("downgrade base", "half_done"), @r"
    ------- stderr -------
    error: revision `x1` stopped half-way through its upgrade
    hint: `limbeck upgrade x1` goes on with it
    hint: or finish or undo it by hand, then `limbeck resolve x1 --applied` or `--not-applied`
    [exit status: 1]
    ");
}
