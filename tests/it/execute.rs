//! The executor on a real server, through the library: what commits together, what a failure says,
//! and what is left behind.

use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

use limbeck::catalog::Catalog;
use limbeck::database::conninfo::Environment;
use limbeck::database::lock::LockError;
use limbeck::database::{Database as Reached, Interrupt, Location, Settings};
use limbeck::declaration::{Claim, Declaration, Format};
use limbeck::execute::{
    Adopted, Answer, Cause, During, Event, Failure, Impossible, Options, Report, Request, RunError,
    Silent, TransactionMode, run,
};
use limbeck::heads::Heads;
use limbeck::id::RevisionId;
use limbeck::op::{CompiledCode, CompiledRevision, OpFn};
use limbeck::plan::AppliedAt;
use limbeck::prelude::{Op, Result as OpResult, Revision, column, table};
use limbeck::script::Direction;
use limbeck::source::{Code, Loaded, Loading, Source};
use limbeck::target::Target;

use crate::support::{Database, Server, Settings as ServerSettings, database};

/// Revisions held in memory.
#[derive(Default)]
struct Texts(Vec<Loaded>);

impl Source for Texts {
    fn load(&self) -> Loading {
        Loading {
            loaded: self.0.clone(),
            ..Loading::default()
        }
    }
}

impl Texts {
    /// A SQL revision on top of the last one; `body` begins with its first section line.
    fn sql(mut self, id: &str, body: &str) -> Self {
        let declaration = self.next(id, Format::Sql);
        let code = Code::Sql(format!("-- revision: {id}\n{body}").into());
        self.0.push(Loaded { declaration, code });
        self
    }

    fn compiled(mut self, compiled: &'static CompiledRevision) -> Self {
        let CompiledCode::Rust { revision, .. } = compiled.code else {
            unreachable!("the tests compile Rust only");
        };
        let declaration = self.next(revision.revision, Format::Rust);
        let code = Code::Compiled(compiled);
        self.0.push(Loaded { declaration, code });
        self
    }

    fn next(&self, id: &str, format: Format) -> Box<Declaration> {
        let mut declaration = Box::new(Declaration::new(Claim::new(id, 1), format));
        declaration.path = Some(Path::new(&format!("versions/{id}")).into());
        let parent = self.0.last().map(|l| l.declaration.revision.clone());
        declaration.down_revision = parent.into_iter().collect();
        declaration
    }

    fn catalog(&self) -> Catalog {
        let catalog = Catalog::load(&[self]).unwrap();
        assert!(catalog.faults().is_empty(), "{:?}", catalog.faults());
        catalog
    }
}

/// A Rust-coded revision as `limbeck::versions!()` would list it.
const fn compiled(
    revision: Revision,
    path: &'static str,
    upgrade: OpFn,
    downgrade: Option<OpFn>,
) -> CompiledRevision {
    CompiledRevision {
        path,
        source: "",
        code: CompiledCode::Rust {
            revision,
            upgrade,
            downgrade,
        },
    }
}

/// A line of tables t1 … tn.
fn tables(count: usize) -> Texts {
    (1..=count).fold(Texts::default(), |texts, n| {
        texts.sql(
            &format!("r{n}"),
            &format!(
                "-- limbeck: upgrade\nCREATE TABLE t{n} (id int);\n-- limbeck: downgrade\nDROP TABLE t{n};\n"
            ),
        )
    })
}

fn reach(url: &str) -> Reached {
    reach_with(url, Interrupt::default())
}

fn reach_with(url: &str, interrupt: Interrupt) -> Reached {
    let location = Location::parse(url, &Environment::default()).unwrap();
    let mut settings = Settings::new(location);
    settings.interrupt = interrupt;
    Reached::connect(settings).unwrap()
}

fn request(direction: Direction, target: &str) -> Request {
    Request::new(direction, vec![Target::parse(target).unwrap()])
}

fn go(url: &str, texts: &Texts, request: &Request, options: &Options) -> Result<Report, RunError> {
    run(
        &mut reach(url),
        &texts.catalog(),
        request,
        options,
        &mut Silent,
    )
}

fn upgrade(database: &Database, texts: &Texts) -> Result<Report, RunError> {
    let request = request(Direction::Upgrade, "heads");
    go(&database.url(), texts, &request, &Options::default())
}

fn downgrade(database: &Database, texts: &Texts, target: &str) -> Result<Report, RunError> {
    let request = request(Direction::Downgrade, target);
    go(&database.url(), texts, &request, &Options::default())
}

#[track_caller]
fn failure(result: Result<Report, RunError>) -> Box<Failure> {
    match result {
        Err(RunError::Step(failure)) => failure,
        other => panic!("a step should have failed: {other:?}"),
    }
}

/// What the ledger, the version table and the schema say, which must always agree.
#[track_caller]
fn assert_applied(database: &Database, revisions: &[&str], head: &[&str]) {
    assert_eq!(database.heads(), head);
    let ledger = database.rows(
        "SELECT revision FROM (SELECT DISTINCT ON (revision) * FROM limbeck_ledger ORDER BY \
         revision, id DESC) AS newest WHERE applied ORDER BY id",
    );
    assert_eq!(ledger, revisions);
}

#[test]
fn what_was_taken_over_for_other_heads_is_refused() {
    let database = database();
    let texts = tables(3);
    let from = |from| {
        Request::Adopt(Adopted {
            targets: vec![Target::parse("r1").unwrap()],
            from,
            applied_at: AppliedAt::new(),
            told: Vec::new(),
        })
    };
    let _ = upgrade(&database, &texts).unwrap();
    let stamp = from(Heads::base());
    let refused = go(&database.url(), &texts, &stamp, &Options::default());
    assert!(matches!(refused, Err(RunError::HeadsMoved { heads }) if heads.to_string() == "r3"));
    assert_applied(&database, &["r1", "r2", "r3"], &["r3"]);
    let stamp = from(database_heads("r3"));
    let _ = go(&database.url(), &texts, &stamp, &Options::default()).unwrap();
    assert_eq!(database.heads(), ["r1"]);
}

fn database_heads(id: &str) -> Heads {
    [RevisionId::from_database(id)].into_iter().collect()
}

#[test]
fn an_upgrade_and_a_downgrade_are_noted_with_their_sql() {
    let database = database();
    let texts = tables(3);
    let report = upgrade(&database, &texts).unwrap();
    assert_eq!(report.heads.to_string(), "r3");
    assert_applied(&database, &["r1", "r2", "r3"], &["r3"]);
    let row = database.rows(
        "SELECT direction, applied, down_revision, upgrade_sql, downgrade_sql, duration IS NOT \
         NULL, done_by FROM limbeck_ledger WHERE revision = 'r2'",
    );
    assert_eq!(
        row,
        [
            "upgrade | t | {r1} | -- limbeck: upgrade\nCREATE TABLE t2 (id int);\n | -- limbeck: \
          downgrade\nDROP TABLE t2;\n | t | postgres"
        ]
    );
    let _ = downgrade(&database, &texts, "r1").unwrap();
    assert_applied(&database, &["r1"], &["r1"]);
    assert!(!database.has("t2"));
    let _ = downgrade(&database, &texts, "base").unwrap();
    assert_applied(&database, &[], &[]);
}

#[test]
fn what_stands_before_a_failing_revision_stays_and_the_failure_names_its_line() {
    let database = database();
    let texts = tables(6)
        .sql(
            "bad",
            "-- limbeck: upgrade\nCREATE TABLE one (id int PRIMARY KEY);\nINSERT INTO one\n  \
             VALUES (1), (1);\n",
        )
        .sql("after", "-- limbeck: upgrade\nCREATE TABLE two (id int);\n");
    let failure = failure(upgrade(&database, &texts));
    assert_eq!(
        (failure.position, failure.step.revision.as_str()),
        (6, "bad")
    );
    assert!(failure.changed);
    assert_eq!(failure.heads.as_ref().unwrap().to_string(), "r6");
    let Cause::Sql {
        server,
        place,
        during,
    } = &failure.cause
    else {
        panic!("{:?}", failure.cause);
    };
    assert_eq!((server.code.as_str(), *during), ("23505", During::Body));
    // The server gives no position for it: the statement's own line is the place.
    let place = place.as_ref().unwrap();
    assert_eq!((place.line, place.text.as_str()), (4, "INSERT INTO one"));
    assert!(!database.has("one") && !database.has("two"));
    assert_applied(&database, &["r1", "r2", "r3", "r4", "r5", "r6"], &["r6"]);
}

#[test]
fn a_text_that_the_server_cannot_read_does_not_take_its_neighbours_with_it() {
    let database = database();
    let texts = tables(6).sql(
        "bad",
        "-- limbeck: upgrade\nCREATE TABLE one (id int);\nCREATE\n  TABEL two (id int);\n",
    );
    let failure = failure(upgrade(&database, &texts));
    assert_eq!(
        (failure.position, failure.step.revision.as_str()),
        (6, "bad")
    );
    let Cause::Sql { server, place, .. } = &failure.cause else {
        panic!("{:?}", failure.cause);
    };
    let place = place.as_ref().unwrap();
    assert_eq!(server.code, "42601");
    assert_eq!((place.line, place.span), (5, Some((3, 5))));
    assert_eq!(place.text, "  TABEL two (id int)");
    assert_applied(&database, &["r1", "r2", "r3", "r4", "r5", "r6"], &["r6"]);
}

#[test]
fn a_first_revision_that_fails_leaves_nothing_at_all() {
    let database = database();
    let texts = Texts::default().sql("bad", "-- limbeck: upgrade\nSELECT 1/0;\n");
    let failure = failure(upgrade(&database, &texts));
    assert!(!failure.changed);
    assert!(database.tables().is_empty(), "{:?}", database.tables());
}

#[test]
fn a_deferred_constraint_fails_at_the_commit_of_its_revision() {
    let database = database();
    let texts = tables(1)
        .sql(
            "bad",
            "-- limbeck: upgrade\nCREATE TABLE p (id int PRIMARY KEY);\nCREATE TABLE c (p int \
             REFERENCES p DEFERRABLE INITIALLY DEFERRED);\nINSERT INTO c VALUES (7);\n",
        )
        .sql("after", "-- limbeck: upgrade\nCREATE TABLE two (id int);\n");
    let failure = failure(upgrade(&database, &texts));
    let Cause::Sql { server, during, .. } = &failure.cause else {
        panic!("{:?}", failure.cause);
    };
    assert_eq!((server.code.as_str(), *during), ("23503", During::Commit));
    assert!(!database.has("c") && !database.has("two"));
    assert_applied(&database, &["r1"], &["r1"]);
}

#[test]
fn a_revision_that_does_not_verify_is_rolled_back() {
    let database = database();
    let texts = tables(1).sql(
        "bad",
        "-- limbeck: upgrade\nCREATE TABLE v (id int);\n-- limbeck: verify\nSELECT true;\nSELECT \
         count(*) > 0 FROM v;\n",
    );
    let failure = failure(upgrade(&database, &texts));
    let Cause::DoesNotHold { answer, place } = &failure.cause else {
        panic!("{:?}", failure.cause);
    };
    assert_eq!(*answer, Answer::NotTrue { rows: 1 });
    assert_eq!(place.as_ref().unwrap().line, 6);
    assert!(!database.has("v"));
}

#[test]
fn one_transaction_for_all_is_all_or_nothing() {
    let database = database();
    let all = Options {
        transaction: TransactionMode::All,
        ..Options::default()
    };
    let up = request(Direction::Upgrade, "heads");
    let texts = tables(5).sql("bad", "-- limbeck: upgrade\nSELECT 1/0;\n");
    let failure = failure(go(&database.url(), &texts, &up, &all));
    assert!(!failure.changed);
    assert_eq!(failure.heads.as_ref().unwrap().to_string(), "<base>");
    assert!(database.tables().is_empty());
    let _ = go(&database.url(), &tables(5), &up, &all).unwrap();
    assert_applied(&database, &["r1", "r2", "r3", "r4", "r5"], &["r5"]);
    let outside = tables(5).sql("out", "-- limbeck: upgrade no-transaction\nVACUUM;\n");
    assert!(matches!(
        go(&database.url(), &outside, &up, &all),
        Err(RunError::Impossible(Impossible::NoTransactionInOne {
            line: 3,
            ..
        }))
    ));
}

fn up_outside(op: &mut Op) -> OpResult<()> {
    op.no_transaction(|op| op.execute("VACUUM"))
}

static OUTSIDE: CompiledRevision = compiled(
    Revision::new("outside"),
    "versions/outside",
    up_outside,
    None,
);

#[test]
fn a_rust_coded_part_outside_of_transactions_does_not_split_a_run_that_is_to_be_one() {
    let database = database();
    let all = Options {
        transaction: TransactionMode::All,
        ..Options::default()
    };
    let up = request(Direction::Upgrade, "heads");
    let texts = tables(2).compiled(&OUTSIDE);
    let failure = failure(go(&database.url(), &texts, &up, &all));
    assert!(
        matches!(failure.cause, Cause::Code { .. }),
        "{:?}",
        failure.cause
    );
    assert!(!failure.changed && database.tables().is_empty());
    let _ = upgrade(&database, &texts).unwrap();
    assert_applied(&database, &["r1", "r2", "outside"], &["outside"]);
}

const TWO: &str = "-- limbeck: upgrade\nALTER TYPE mood ADD VALUE 'so-so';\n\
                   -- limbeck: upgrade new-transaction\nINSERT INTO moods VALUES ('so-so');\n\
                   -- limbeck: downgrade\nDELETE FROM moods;\n";

#[test]
fn a_section_that_begins_a_transaction_commits_what_stands_before_it() {
    let database = database();
    database.execute("CREATE TYPE mood AS ENUM ('good')");
    let texts = tables(1).sql("two", TWO);
    let all = Options {
        transaction: TransactionMode::All,
        ..Options::default()
    };
    let up = request(Direction::Upgrade, "head");
    assert!(matches!(
        go(&database.url(), &texts, &up, &all),
        Err(RunError::Impossible(Impossible::SeveralInOne {
            line: 5,
            ..
        }))
    ));
    let stopped = failure(upgrade(&database, &texts));
    assert!(stopped.changed && stopped.partly);
    assert_eq!(
        database.rows("SELECT revision, statements_done, running FROM limbeck_journal"),
        ["two | 1 | f"]
    );
    database.execute("CREATE TABLE moods (mood mood)");
    let _ = upgrade(&database, &texts).unwrap();
    assert_eq!(database.rows("SELECT * FROM moods"), ["so-so"]);
    assert_eq!(database.rows("SELECT * FROM limbeck_journal"), [""; 0]);
    assert_applied(&database, &["r1", "two"], &["two"]);
    let kept = database.rows("SELECT upgrade_sql FROM limbeck_ledger WHERE revision = 'two'");
    assert!(kept[0].contains("-- limbeck: upgrade new-transaction"));
}

const UNIQUE: &str = "-- limbeck: upgrade\nINSERT INTO t1 VALUES (1), (1);\n\
                      -- limbeck: upgrade no-transaction\n\
                      CREATE UNIQUE INDEX CONCURRENTLY only_one ON t1 (id);\n\
                      -- limbeck: upgrade\nCREATE TABLE last (id int);\n\
                      -- limbeck: downgrade\nDROP TABLE last;\n\
                      -- limbeck: downgrade no-transaction\n\
                      DROP INDEX CONCURRENTLY only_one;\n";

#[test]
fn a_revision_that_stopped_between_its_statements_goes_on_there() {
    let database = database();
    let texts = tables(1).sql("u", UNIQUE);
    let failure = failure(upgrade(&database, &texts));
    assert!(failure.changed);
    assert_eq!(failure.heads.as_ref().unwrap().to_string(), "r1");
    // The first part is committed, the index is there and invalid, the head has not moved.
    assert_eq!(
        database.rows("SELECT revision, statements_done, running FROM limbeck_journal"),
        ["u | 1 | t"]
    );
    let valid = "SELECT indisvalid FROM pg_index WHERE indexrelid = 'only_one'::regclass";
    assert_eq!(database.rows(valid), ["f"]);

    // The way down is closed, and so is a text that is another one in the part that is done.
    assert!(matches!(
        downgrade(&database, &texts, "base"),
        Err(RunError::Impossible(Impossible::HalfDone { .. }))
    ));
    let edited = tables(1).sql("u", &UNIQUE.replace("(1), (1)", "(2)"));
    assert!(matches!(
        upgrade(&database, &edited),
        Err(RunError::Impossible(Impossible::Edited {
            statements_done: 1,
            ..
        }))
    ));

    database.execute("DELETE FROM t1 WHERE ctid = (SELECT min(ctid) FROM t1)");
    let _ = upgrade(&database, &texts).unwrap();
    assert_eq!(database.rows(valid), ["t"]);
    assert!(database.has("last"));
    assert!(database.rows("SELECT * FROM limbeck_journal").is_empty());
    assert_applied(&database, &["r1", "u"], &["u"]);
    let _ = downgrade(&database, &texts, "-1").unwrap();
    assert_applied(&database, &["r1"], &["r1"]);
    assert!(!database.has("only_one"));
}

#[test]
fn heads_that_another_program_moved_after_the_plan_are_not_moved_again() {
    let database = database();
    let texts = tables(3);
    let _ = go(
        &database.url(),
        &texts,
        &request(Direction::Upgrade, "r1"),
        &Options::default(),
    )
    .unwrap();
    let result = run(
        &mut reach(&database.url()),
        &texts.catalog(),
        &request(Direction::Upgrade, "heads"),
        &Options::default(),
        &mut |event: &Event<'_>| {
            if let Event::Planned { .. } = event {
                database.execute("UPDATE alembic_version SET version_num = 'r2'");
            }
        },
    );
    let failure = failure(result);
    assert!(
        matches!(failure.cause, Cause::HeadsMoved),
        "{:?}",
        failure.cause
    );
    assert_eq!(failure.heads.as_ref().unwrap().to_string(), "r2");
    assert!(!database.has("t2") && !database.has("t3"));
}

#[test]
fn what_a_revision_does_to_the_session_does_not_reach_the_next() {
    let database = database();
    let role = database.role(None);
    database.execute(&format!(
        "ALTER ROLE {0} SET statement_timeout = '50ms'; GRANT CREATE ON SCHEMA public TO {0}",
        role.name
    ));
    let texts = Texts::default()
        .sql(
            "dump",
            "-- limbeck: upgrade\nSELECT pg_catalog.set_config('search_path', '', false);\nCREATE \
             TABLE public.a (id int);\nSET lock_timeout = '1ms';\nSELECT pg_sleep(0.2);\n",
        )
        .sql(
            "next",
            "-- limbeck: upgrade\nCREATE TABLE b AS SELECT current_setting('search_path') AS path, \
             current_setting('lock_timeout') AS lock;\n",
        );
    let up = request(Direction::Upgrade, "heads");
    let _ = go(&role.url, &texts, &up, &Options::default()).unwrap();
    assert_eq!(database.rows("SELECT * FROM b"), ["\"$user\", public | 0"]);
}

#[test]
fn a_role_that_a_revision_sets_does_not_keep_the_heads_from_moving() {
    let database = database();
    let other = database.role(None);
    let texts = Texts::default()
        .sql(
            "role",
            &format!(
                "-- limbeck: upgrade\nGRANT CREATE ON SCHEMA public TO {0};\nSET ROLE {0};\nCREATE \
                 TABLE owned (id int);\n",
                other.name
            ),
        )
        .sql("next", "-- limbeck: upgrade\nCREATE TABLE mine (id int);\n");
    let _ = upgrade(&database, &texts).unwrap();
    let owners = "SELECT tableowner FROM pg_tables WHERE tablename IN ('owned', 'mine') ORDER BY \
                  tablename";
    assert_eq!(database.rows(owners), ["postgres", other.name.as_str()]);
}

fn up_accounts(op: &mut Op) -> OpResult<()> {
    op.create_table(table("account").column(column("id", "int").primary_key()))?;
    op.execute("INSERT INTO account SELECT generate_series(1, 3)")?;
    let rows = op.query("SELECT id FROM account WHERE id > $1 ORDER BY id", &[&1i32])?;
    for row in rows {
        let id: i32 = row.try_get(0)?;
        op.execute(format!(
            "UPDATE account SET id = {} WHERE id = {id}",
            id + 10
        ))?;
    }
    Ok(())
}

fn down_accounts(op: &mut Op) -> OpResult<()> {
    op.drop_table("account")
}

static ACCOUNTS: CompiledRevision = compiled(
    Revision::new("accounts"),
    "versions/accounts",
    up_accounts,
    Some(down_accounts),
);

#[test]
fn a_revision_that_reads_rows_is_one_transaction_with_its_neighbours_around_it() {
    let database = database();
    let texts = tables(2).compiled(&ACCOUNTS).sql(
        "after",
        "-- limbeck: upgrade\nCREATE TABLE last (id int);\n-- limbeck: downgrade\nDROP TABLE last;\n",
    );
    let _ = upgrade(&database, &texts).unwrap();
    assert_eq!(
        database.rows("SELECT id FROM account ORDER BY id"),
        ["1", "12", "13"]
    );
    assert_applied(&database, &["r1", "r2", "accounts", "after"], &["after"]);
    let sent = database.rows("SELECT upgrade_sql FROM limbeck_ledger WHERE revision = 'accounts'");
    assert!(
        sent[0].contains("CREATE TABLE account") && sent[0].contains("SET id = 13"),
        "{sent:?}"
    );
    let _ = downgrade(&database, &texts, "base").unwrap();
    assert!(!database.has("account"));
}

fn up_argument(op: &mut Op) -> OpResult<()> {
    let tenant = op.argument("tenant").unwrap_or("nobody").to_owned();
    op.execute(format!("CREATE TABLE of_{tenant} (id int)"))
}

static ARGUMENT: CompiledRevision = compiled(
    Revision::new("argument"),
    "versions/argument",
    up_argument,
    None,
);

#[test]
fn a_value_handed_in_reaches_the_code() {
    let database = database();
    let options = Options {
        arguments: [("tenant".to_owned(), "ann".to_owned())].into(),
        ..Options::default()
    };
    let up = request(Direction::Upgrade, "heads");
    let texts = Texts::default().compiled(&ARGUMENT);
    let _ = go(&database.url(), &texts, &up, &options).unwrap();
    assert!(database.has("of_ann"));
}

fn up_refuses(op: &mut Op) -> OpResult<()> {
    op.create_table(table("refused").column(column("id", "int")))?;
    let rows = op.query("SELECT count(*) FROM refused", &[])?;
    let count: i64 = rows[0].try_get(0)?;
    Err(limbeck::op::Error::message(format!(
        "{count} rows are too few"
    )))
}

static REFUSES: CompiledRevision = compiled(
    Revision::new("refuses"),
    "versions/refuses",
    up_refuses,
    None,
);

#[test]
fn a_revision_that_refuses_is_rolled_back_with_its_own_words() {
    let database = database();
    let texts = tables(2).compiled(&REFUSES);
    let failure = failure(upgrade(&database, &texts));
    assert_eq!(failure.cause.to_string(), "0 rows are too few");
    assert!(!database.has("refused"));
    assert_applied(&database, &["r1", "r2"], &["r2"]);
}

fn up_wrong_query(op: &mut Op) -> OpResult<()> {
    let _ = op.query("SELECT nothing FROM nowhere", &[])?;
    Ok(())
}

static WRONG_QUERY: CompiledRevision = compiled(
    Revision::new("wrong"),
    "versions/wrong",
    up_wrong_query,
    None,
);

#[test]
fn a_query_that_fails_names_its_line_in_the_code() {
    let database = database();
    let failure = failure(upgrade(&database, &Texts::default().compiled(&WRONG_QUERY)));
    let Cause::Sql { server, place, .. } = &failure.cause else {
        panic!("{:?}", failure.cause);
    };
    assert_eq!(server.code, "42P01");
    let place = place.as_ref().unwrap();
    assert_eq!(place.text, "SELECT nothing FROM nowhere");
    assert_eq!(place.span, Some((21, 7)));
    assert!(
        place.line > 300,
        "the line of the call in this file: {}",
        place.line
    );
}

#[test]
fn a_rollback_works_from_the_ledger_when_the_files_are_gone() {
    let database = database();
    let _ = upgrade(&database, &tables(4)).unwrap();
    // An older checkout: it knows two of the four.
    let older = tables(2);
    assert!(matches!(upgrade(&database, &older), Err(RunError::Plan(_))));
    let report = downgrade(&database, &older, "r2").unwrap();
    assert_eq!(report.plan.steps.len(), 2);
    assert_applied(&database, &["r1", "r2"], &["r2"]);
    assert!(!database.has("t3") && !database.has("t4") && database.has("t2"));
}

#[test]
fn a_rollback_of_rust_code_works_from_the_ledger_where_there_is_no_compiler() {
    let database = database();
    let _ = upgrade(&database, &tables(1).compiled(&ACCOUNTS)).unwrap();
    let mut texts = tables(1).compiled(&ACCOUNTS);
    texts.0[1].code = Code::NotCompiled("".into());
    let _ = downgrade(&database, &texts, "r1").unwrap();
    assert_applied(&database, &["r1"], &["r1"]);
    assert!(!database.has("account"));
    assert!(matches!(
        upgrade(&database, &texts),
        Err(RunError::Impossible(Impossible::NotCompiled { .. }))
    ));
}

#[test]
fn a_stamp_moves_the_heads_and_the_ledger_and_runs_nothing() {
    let database = database();
    let texts = tables(3);
    let to = |target| request(Direction::Stamp, target);
    let _ = go(&database.url(), &texts, &to("r3"), &Options::default()).unwrap();
    assert!(!database.has("t1"));
    assert_applied(&database, &["r1", "r2", "r3"], &["r3"]);
    let _ = go(&database.url(), &texts, &to("r1"), &Options::default()).unwrap();
    assert_applied(&database, &["r1"], &["r1"]);
    let _ = go(&database.url(), &texts, &to("base"), &Options::default()).unwrap();
    assert_applied(&database, &[], &[]);
}

#[test]
fn an_interrupt_cancels_the_statement_and_says_what_was_done() {
    let database = database();
    let texts = tables(2).sql(
        "slow",
        "-- limbeck: upgrade\nCREATE TABLE s (id int);\nSELECT pg_sleep(60);\n",
    );
    let interrupt = Interrupt::default();
    let from_outside = interrupt.clone();
    let url = database.url();
    let waiter = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(600));
        from_outside.trigger();
    });
    let result = run(
        &mut reach_with(&url, interrupt),
        &texts.catalog(),
        &request(Direction::Upgrade, "heads"),
        &Options::default(),
        &mut Silent,
    );
    waiter.join().unwrap();
    let failure = failure(result);
    assert!(
        matches!(failure.cause, Cause::Interrupted),
        "{:?}",
        failure.cause
    );
    assert_eq!(failure.position, 2);
    assert!(failure.duration < Duration::from_secs(20));
    assert!(!database.has("s"));
    assert_applied(&database, &["r1", "r2"], &["r2"]);
    // Nothing sleeps on.
    let busy = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query \
                LIKE '%pg_sleep(60)%' AND state = 'active' AND pid <> pg_backend_pid()";
    assert_eq!(database.rows(busy), ["0"]);
}

#[test]
fn a_second_run_waits_for_the_first_and_gives_up_when_told_to() {
    let database = database();
    let slow = tables(1).sql("slow", "-- limbeck: upgrade\nSELECT pg_sleep(1.5);\n");
    let url = database.url();
    let started = Mutex::new(false);
    std::thread::scope(|scope| {
        let first = scope.spawn(|| {
            run(
                &mut reach(&url),
                &slow.catalog(),
                &request(Direction::Upgrade, "heads"),
                &Options::default(),
                &mut |event: &Event<'_>| {
                    *started.lock().unwrap() |= matches!(event, Event::Planned { .. });
                },
            )
        });
        while !*started.lock().unwrap() {
            std::thread::sleep(Duration::from_millis(5));
        }
        let impatient = Options {
            lock_wait: Some(Duration::from_millis(100)),
            ..Options::default()
        };
        let up = request(Direction::Upgrade, "heads");
        let refused = go(&url, &slow, &up, &impatient);
        let Err(RunError::Lock(LockError::Held { holder, .. })) = refused else {
            panic!("{refused:?}");
        };
        assert!(holder.unwrap().contains("limbeck"), "the holder is named");
        let mut waited = false;
        let second = run(
            &mut reach(&url),
            &slow.catalog(),
            &up,
            &Options::default(),
            &mut |event: &Event<'_>| waited |= matches!(event, Event::WaitingForLock { .. }),
        );
        assert!(waited);
        assert!(second.unwrap().plan.is_empty());
        assert_eq!(first.join().unwrap().unwrap().plan.steps.len(), 2);
    });
    assert_applied(&database, &["r1", "slow"], &["slow"]);
}

#[test]
fn a_server_that_dies_in_mid_statement_is_reported_as_lost() {
    let server = ServerSettings::default().start();
    let database = server.database();
    let texts = tables(1).sql(
        "slow",
        "-- limbeck: upgrade\nCREATE TABLE s (id int);\nSELECT pg_sleep(60);\n",
    );
    let url = database.url();
    let result = std::thread::scope(|scope| {
        let running = scope.spawn(|| {
            let up = request(Direction::Upgrade, "heads");
            go(&url, &texts, &up, &Options::default())
        });
        std::thread::sleep(Duration::from_millis(700));
        server.kill();
        running.join().unwrap()
    });
    let failure = failure(result);
    assert!(
        matches!(failure.cause, Cause::ConnectionLost { .. }),
        "{:?}",
        failure.cause
    );
    assert!(failure.heads.is_none(), "nobody can tell");
    server.start_again();
    assert_applied(&database, &["r1"], &["r1"]);
    assert!(!database.has("s"));
}

#[test]
fn a_database_that_takes_no_writes_is_refused_before_anything_runs() {
    let database = database();
    database.execute(&format!(
        "ALTER DATABASE {} SET default_transaction_read_only = on",
        database.name()
    ));
    assert!(matches!(
        upgrade(&database, &tables(1)),
        Err(RunError::ReadOnly)
    ));
    let _: &Server = database.server();
}

#[test]
fn a_statement_that_is_done_is_not_run_again_after_the_part_behind_it_failed() {
    let database = database();
    let body = |last: &str| {
        format!(
            "-- limbeck: upgrade no-transaction\nINSERT INTO t1 VALUES (7);\n-- limbeck: upgrade\n{last};\n"
        )
    };
    let f = failure(upgrade(&database, &tables(1).sql("n", &body("SELECT 1/0"))));
    assert!(f.changed);
    let _ = upgrade(&database, &tables(1).sql("n", &body("SELECT 1"))).unwrap();
    assert_eq!(database.rows("SELECT count(*) FROM t1"), ["1"]);
}

#[test]
fn a_statement_before_a_part_that_failed_is_not_run_again() {
    let database = database();
    let body = |last: &str| {
        format!(
            "-- limbeck: upgrade no-transaction\nINSERT INTO t1 VALUES (7);\n-- limbeck: upgrade\n{last};\n-- limbeck: upgrade no-transaction\nVACUUM t1;\n"
        )
    };
    failure(upgrade(&database, &tables(1).sql("n", &body("SELECT 1/0"))));
    let _ = upgrade(&database, &tables(1).sql("n", &body("SELECT 1"))).unwrap();
    assert_eq!(database.rows("SELECT count(*) FROM t1"), ["1"]);
}

#[test]
fn a_half_done_revision_without_parts_outside_any_more_goes_on_too() {
    let database = database();
    let body = |outside: &str, index: &str| {
        format!(
            "-- limbeck: upgrade\nINSERT INTO t1 VALUES (1), (1);\n-- limbeck: upgrade{outside}\nCREATE {index} ON t1 (id);\n-- limbeck: downgrade\nDELETE FROM t1;\n"
        )
    };
    failure(upgrade(
        &database,
        &tables(1).sql("u", &body(" no-transaction", "UNIQUE INDEX CONCURRENTLY i")),
    ));
    let edited = tables(1).sql("u", &body("", "INDEX j"));
    let _ = upgrade(&database, &edited).unwrap();
    assert_eq!(database.rows("SELECT count(*) FROM t1"), ["2"]);
    assert_eq!(database.rows("SELECT * FROM limbeck_journal"), [""; 0]);
    let _ = downgrade(&database, &edited, "-1").unwrap();
}

#[test]
fn what_a_first_statement_outside_leaves_behind_is_a_change() {
    let database = database();
    let texts = tables(1)
        .sql(
            "d",
            "-- limbeck: upgrade\nINSERT INTO t1 VALUES (1), (1);\n",
        )
        .sql(
            "u",
            "-- limbeck: upgrade no-transaction\nCREATE UNIQUE INDEX CONCURRENTLY i ON t1 (id);\n",
        );
    let _ = go(
        &database.url(),
        &texts,
        &request(Direction::Upgrade, "d"),
        &Options::default(),
    )
    .unwrap();
    let f = failure(upgrade(&database, &texts));
    assert!(database.has("i"));
    assert!(f.changed);
}

#[test]
fn an_index_of_that_name_that_was_there_before_is_not_the_one() {
    let database = database();
    let texts = tables(2)
        .sql("i", "-- limbeck: upgrade\nCREATE INDEX i ON t2 (id);\n")
        .sql(
            "c",
            "-- limbeck: upgrade no-transaction\nCREATE INDEX CONCURRENTLY i ON t1 (id);\n",
        );
    let f = failure(upgrade(&database, &texts));
    assert_eq!(f.step.revision.as_str(), "c");
    let again = upgrade(&database, &texts);
    assert!(
        again.is_err(),
        "t1 has no index, yet: {:?}",
        database.heads()
    );
}

#[test]
fn an_index_that_is_gone_already_is_not_dropped_again() {
    let database = database();
    let texts = tables(1).sql("c", "-- limbeck: upgrade no-transaction\nCREATE INDEX CONCURRENTLY i ON t1 (id);\n-- limbeck: downgrade no-transaction\nDROP INDEX CONCURRENTLY i;\n");
    let _ = upgrade(&database, &texts).unwrap();
    // As a run that was killed when the statement was done leaves it.
    database.execute("INSERT INTO limbeck_journal (version_table, revision, direction, statements_done, done_checksum, running) VALUES ('alembic_version', 'c', 'downgrade', 0, 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', true)");
    database.execute("DROP INDEX i");
    let _ = downgrade(&database, &texts, "-1").unwrap();
    assert_applied(&database, &["r1"], &["r1"]);
}

fn up_reads_then_outside(op: &mut Op) -> OpResult<()> {
    op.execute("INSERT INTO t1 VALUES (1)")?;
    let _ = op.query("SELECT 1", &[])?;
    op.no_transaction(|op| op.execute("CREATE INDEX CONCURRENTLY k ON t1 (nothing)"))
}

static READS_OUTSIDE: CompiledRevision = compiled(
    Revision::new("ro"),
    "versions/ro",
    up_reads_then_outside,
    None,
);

#[test]
fn a_revision_that_read_rows_has_no_part_outside() {
    let database = database();
    let texts = tables(1).compiled(&READS_OUTSIDE);
    let f = failure(upgrade(&database, &texts));
    assert!(matches!(f.cause, Cause::Code { .. }), "{:?}", f.cause);
    assert_eq!(database.rows("SELECT count(*) FROM t1"), ["0"]);
    assert_eq!(database.rows("SELECT * FROM limbeck_journal"), [""; 0]);
}

#[test]
fn heads_moved_names_its_own_step() {
    let database = database();
    let texts = tables(3);
    let _ = go(
        &database.url(),
        &texts,
        &request(Direction::Upgrade, "r1"),
        &Options::default(),
    )
    .unwrap();
    let result = run(
        &mut reach(&database.url()),
        &texts.catalog(),
        &request(Direction::Upgrade, "heads"),
        &Options::default(),
        &mut |event: &Event<'_>| {
            if let Event::Planned { .. } = event {
                database.execute("UPDATE alembic_version SET version_num = 'r2'");
            }
        },
    );
    let f = failure(result);
    assert!(matches!(f.cause, Cause::HeadsMoved));
    assert_eq!(
        (f.position, f.step.revision.as_str(), f.changed),
        (0, "r2", false)
    );
}

#[test]
fn a_lost_server_may_have_committed() {
    let database = database();
    let role = database.role(None);
    database.execute(&format!("GRANT CREATE ON SCHEMA public TO {}", role.name));
    let proxy = database.proxy();
    let direct = database.server().port().to_string();
    let url = role.url.replace(&direct, &proxy.port().to_string());
    let _ = go(
        &role.url,
        &tables(9),
        &request(Direction::Upgrade, "r1"),
        &Options::default(),
    )
    .unwrap();
    let result = run(
        &mut reach(&url),
        &tables(9).catalog(),
        &request(Direction::Upgrade, "heads"),
        &Options::default(),
        &mut |event: &Event<'_>| {
            if let Event::Planned { .. } = event {
                database.execute(&format!("ALTER ROLE {} CONNECTION LIMIT 0", role.name));
                proxy.cut(crate::support::Cut::BeforeAnswer(1));
            }
        },
    );
    let f = failure(result);
    assert!(
        f.changed || database.heads() == ["r1"],
        "database {:?}",
        database.heads()
    );
}

#[test]
fn a_client_encoding_does_not_reach_the_next_revision() {
    let database = database();
    let texts = tables(2)
        .sql(
            "a",
            "-- limbeck: upgrade\nSET client_encoding = 'LATIN1';\n",
        )
        .sql(
            "b",
            "-- limbeck: upgrade\nCREATE TABLE x AS SELECT 'é'::text AS v;\n",
        );
    let _ = upgrade(&database, &texts).unwrap();
    assert_eq!(database.rows("SELECT length(v) FROM x"), ["1"]);
}

#[test]
fn standard_conforming_strings_do_not_reach_the_next_revision() {
    let database = database();
    let texts = tables(2)
        .sql(
            "a",
            "-- limbeck: upgrade\nSET standard_conforming_strings = off;\n",
        )
        .sql(
            "b",
            "-- limbeck: upgrade\nCREATE TABLE x AS SELECT 'C:\\temp'::text AS v;\n",
        );
    let _ = upgrade(&database, &texts).unwrap();
    assert_eq!(database.rows("SELECT length(v) FROM x"), ["7"]);
}

#[test]
fn a_temporary_table_does_not_reach_the_next_revision() {
    let database = database();
    let one = "-- limbeck: upgrade\nCREATE TEMP TABLE ids AS SELECT 1 AS id;\n";
    let texts = tables(1).sql("a", one).sql("b", one);
    let r = upgrade(&database, &texts);
    assert!(r.is_ok(), "{r:?}");
}

#[test]
fn what_later_transactions_are_to_be_like_does_not_reach_the_next_revision() {
    let database = database();
    // The first two of these travel together, and so do the last two.
    let texts = tables(1)
        .sql(
            "a",
            "-- limbeck: upgrade\nSET default_transaction_read_only = on;\n",
        )
        .sql("b", "-- limbeck: upgrade\nCREATE TABLE b (id int);\n")
        .sql(
            "c",
            "-- limbeck: upgrade\nSET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL \
             SERIALIZABLE;\n",
        )
        .sql(
            "d",
            "-- limbeck: upgrade\nCREATE TABLE d AS SELECT current_setting('transaction_isolation') \
             AS isolation;\n",
        );
    let _ = upgrade(&database, &texts).unwrap();
    assert_eq!(database.rows("SELECT * FROM d"), ["read committed"]);
}

#[test]
fn a_date_style_set_inside_does_not_matter() {
    let database = database();
    let role = database.role(None);
    database.execute(&format!(
        "ALTER ROLE {0} SET DateStyle = 'SQL, DMY'; GRANT CREATE ON SCHEMA public TO {0}",
        role.name
    ));
    let texts = tables(1).sql("d", "-- limbeck: upgrade\nSET DateStyle = 'ISO, MDY';\n");
    let r = go(
        &role.url,
        &texts,
        &request(Direction::Upgrade, "heads"),
        &Options::default(),
    );
    assert!(r.is_ok(), "{r:?}");
    let r = database.rows("SELECT duration > '0' AND duration < '1 min' FROM limbeck_ledger");
    assert_eq!(r, ["t", "t"]);
}

#[test]
fn a_date_style_with_a_name_of_two_zones() {
    let database = database();
    database.execute(&format!("ALTER DATABASE {0} SET DateStyle = 'SQL, DMY'; ALTER DATABASE {0} SET TimeZone = 'Asia/Kolkata'", database.name()));
    let r = go(
        &database.url(),
        &tables(1),
        &request(Direction::Upgrade, "heads"),
        &Options::default(),
    );
    assert!(r.is_ok(), "{r:?}");
    let r = database.rows("SELECT duration > '0' AND duration < '1 min' FROM limbeck_ledger");
    assert_eq!(r, ["t"]);
}

#[test]
fn a_text_refused_without_a_position_is_found_all_the_same() {
    let database = database();
    let texts = tables(8).sql(
        "bad",
        "-- limbeck: upgrade\nCREATE TABLE x (a text);\nINSERT INTO x VALUES (E'\\xff');\n",
    );
    let f = failure(upgrade(&database, &texts));
    assert_eq!(f.step.revision.as_str(), "bad");
    assert_eq!(database.heads(), ["r8"]);
}

fn up_wrong_type(op: &mut Op) -> OpResult<()> {
    let _ = op.query("SELECT $1::int", &[&"text"])?;
    Ok(())
}

static WRONG_TYPE: CompiledRevision =
    compiled(Revision::new("wt"), "versions/wt", up_wrong_type, None);

#[test]
fn a_parameter_of_the_wrong_type_is_no_lost_connection() {
    let database = database();
    let f = failure(upgrade(&database, &tables(1).compiled(&WRONG_TYPE)));
    assert!(
        !matches!(f.cause, Cause::ConnectionLost { .. }),
        "{}",
        f.cause
    );
}

fn up_too_many(op: &mut Op) -> OpResult<()> {
    let _ = op.query("SELECT 1", &[&"text"])?;
    Ok(())
}

static TOO_MANY: CompiledRevision = compiled(Revision::new("tm"), "versions/tm", up_too_many, None);

#[test]
fn a_parameter_too_many_is_no_lost_connection() {
    let database = database();
    let f = failure(upgrade(&database, &tables(1).compiled(&TOO_MANY)));
    assert!(
        !matches!(f.cause, Cause::ConnectionLost { .. }),
        "{}",
        f.cause
    );
}

fn up_rolls_back(op: &mut Op) -> OpResult<()> {
    op.execute("CREATE TABLE half (id int)")?;
    let _ = op.query("ROLLBACK", &[])?;
    Ok(())
}

static ROLLS_BACK: CompiledRevision =
    compiled(Revision::new("rb"), "versions/rb", up_rolls_back, None);

#[test]
fn a_query_does_not_end_the_transaction() {
    let database = database();
    let failure = failure(upgrade(&database, &tables(1).compiled(&ROLLS_BACK)));
    assert!(
        matches!(failure.cause, Cause::Code { .. }),
        "{}",
        failure.cause
    );
    assert_eq!(database.heads(), ["r1"]);
}

#[test]
fn a_session_that_may_not_idle_waits_for_the_lock() {
    let database = database();
    let role = database.role(None);
    database.execute(&format!(
        "ALTER ROLE {0} SET idle_session_timeout = '300ms'; GRANT CREATE ON SCHEMA public TO {0}",
        role.name
    ));
    let slow = tables(1).sql("slow", "-- limbeck: upgrade\nSELECT pg_sleep(2);\n");
    let url = role.url.clone();
    std::thread::scope(|scope| {
        let first = scope.spawn(|| {
            go(
                &url,
                &slow,
                &request(Direction::Upgrade, "heads"),
                &Options::default(),
            )
        });
        std::thread::sleep(Duration::from_millis(700));
        let second = go(
            &url,
            &slow,
            &request(Direction::Upgrade, "heads"),
            &Options::default(),
        );
        let first = first.join().unwrap();
        assert!(first.is_ok(), "{first:?}");
        assert!(second.is_ok(), "{second:?}");
    });
}

#[test]
fn a_stamp_where_it_stands_forgets_what_was_half_done() {
    let database = database();
    let texts = tables(1).sql("u", "-- limbeck: upgrade\nINSERT INTO t1 VALUES (1), (1);\n-- limbeck: upgrade no-transaction\nCREATE UNIQUE INDEX CONCURRENTLY i ON t1 (id);\n");
    failure(upgrade(&database, &texts));
    // Undone by hand, and declared so.
    database.execute("DROP INDEX i; DELETE FROM t1");
    let _ = go(
        &database.url(),
        &texts,
        &request(Direction::Stamp, "r1"),
        &Options::default(),
    )
    .unwrap();
    assert_eq!(database.rows("SELECT * FROM limbeck_journal"), [""; 0]);
    let _ = downgrade(&database, &texts, "base").unwrap();
}

/// The script that leads from these heads to all others.
fn script(catalog: &Catalog, from: &Heads, options: &Options) -> String {
    let plan = request(Direction::Upgrade, "heads").plan(catalog.graph(), from, &[]);
    let mut out = Vec::new();
    limbeck::execute::write(
        &limbeck::execute::Script {
            catalog,
            plan: &plan.unwrap(),
            table: &limbeck::database::version_table::TableName::default(),
            options,
            guard: true,
            ledger: true,
        },
        &mut out,
    )
    .unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn what_a_revision_does_to_the_session_does_not_reach_what_follows_in_a_script() {
    let dump = "-- limbeck: upgrade\nSELECT pg_catalog.set_config('search_path', '', false);\nCREATE \
                TABLE public.t (n int);\n";
    let catalog = |role: &str| {
        let role = format!("-- limbeck: upgrade\nSET LOCAL ROLE {role};\n");
        let path = "-- limbeck: upgrade\nCREATE TABLE u AS SELECT current_setting('search_path') AS \
                    path, current_user::text AS who;\n";
        let texts = Texts::default().sql("dump", dump).sql("role", &role);
        texts.sql("path", path).catalog()
    };
    for (transaction, search_path, expected) in [
        (TransactionMode::Revision, None, "\"$user\", public"),
        (TransactionMode::All, None, "\"$user\", public"),
        (TransactionMode::Revision, Some("app"), "app"),
        (TransactionMode::All, Some("app"), "app"),
    ] {
        let database = database();
        database.execute("CREATE SCHEMA app");
        let role = database.role(None);
        let options = Options {
            transaction,
            search_path: search_path.map(str::to_owned),
            ..Options::default()
        };
        let text = script(&catalog(&role.name), &Heads::base(), &options);
        let mut client = database.client();
        client
            .batch_execute(&text)
            .unwrap_or_else(|error| panic!("{error:?}\n{text}"));
        let made = client.query_one("SELECT u.path, u.who FROM u", &[]);
        let made = made.or_else(|_| client.query_one("SELECT path, who FROM app.u", &[]));
        let made = made.unwrap();
        assert_eq!(made.get::<_, &str>(0), expected, "{text}");
        assert_eq!(made.get::<_, &str>(1), "postgres");
    }
}

#[test]
fn a_percent_in_a_guard_and_a_comment_at_the_end_of_a_view() {
    let database = database();
    let texts = Texts::default()
        .sql("50%", "-- limbeck: upgrade\nSELECT 1;\n")
        .sql("b", "-- limbeck: upgrade\nSELECT 2;\n")
        .compiled(&VIEW);
    let catalog = texts.catalog();
    let _ = go(
        &database.url(),
        &texts,
        &request(Direction::Upgrade, "50%"),
        &Options::default(),
    )
    .unwrap();
    let heads: Heads = [RevisionId::from_database("50%")].into_iter().collect();
    let text = script(&catalog, &heads, &Options::default());
    let mut client = database.client();
    client.batch_execute(&text).unwrap();
    assert_eq!(database.heads(), ["view"]);
}

fn up_view(op: &mut Op) -> OpResult<()> {
    op.create_view(limbeck::prelude::view("v", "SELECT 1 AS a -- one"))?;
    op.create_view(limbeck::prelude::view("w", "SELECT 1 AS a;"))
}

static VIEW: CompiledRevision = compiled(Revision::new("view"), "versions/view", up_view, None);

#[test]
fn an_interrupt_leaves_no_transaction_open() {
    let database = database();
    let interrupt = Interrupt::default();
    let all = Options {
        transaction: TransactionMode::All,
        ..Options::default()
    };
    let mut reached = reach_with(&database.url(), interrupt.clone());
    let result = run(
        &mut reached,
        &tables(20).catalog(),
        &request(Direction::Upgrade, "heads"),
        &all,
        &mut |event: &Event<'_>| {
            if let Event::Started { first: 3.., .. } = event {
                interrupt.trigger();
            }
        },
    );
    let failure = failure(result);
    assert!(matches!(failure.cause, Cause::Interrupted) && !failure.changed);

    let idle = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND \
                state LIKE 'idle in transaction%' AND query NOT LIKE '%advisory%'";
    assert_eq!(database.rows(idle), ["0"]);
}

#[test]
fn the_version_table_can_be_made_by_several_at_once() {
    for _ in 0..5 {
        let database = database();
        let url = database.url();
        std::thread::scope(|scope| {
            let make = || limbeck::execute::ensure_version_table(&mut reach(&url)).unwrap();
            let runs: Vec<_> = (0..6).map(|_| scope.spawn(make)).collect();
            let made = runs.into_iter().filter_map(|run| run.join().ok());
            assert_eq!(made.filter(|made| *made).count(), 1);
        });
    }
}

fn up_two_in_one(op: &mut Op) -> OpResult<()> {
    let query = "SELECT 1 AS a; CREATE TABLE sneaked (id int); COMMIT";
    op.create_view(limbeck::prelude::view("v", query))
}

static TWO_IN_ONE: CompiledRevision =
    compiled(Revision::new("two"), "versions/two", up_two_in_one, None);

#[test]
fn the_text_of_an_operation_is_one_statement() {
    let database = database();
    let failure = failure(upgrade(&database, &tables(2).compiled(&TWO_IN_ONE)));
    assert!(
        matches!(failure.cause, Cause::Code { .. }),
        "{:?}",
        failure.cause
    );
    assert!(!database.has("sneaked"));
    assert_applied(&database, &["r1", "r2"], &["r2"]);
}

#[test]
fn plain_strings_keep_their_backslashes_whatever_the_database_has_set() {
    let database = database();
    database.execute(&format!(
        "ALTER DATABASE {} SET standard_conforming_strings = off",
        database.name()
    ));
    let texts = tables(1).sql(
        "b",
        "-- limbeck: upgrade\nCREATE TABLE x AS SELECT 'C:\\temp'::text AS v;\n",
    );
    let _ = upgrade(&database, &texts).unwrap();
    assert_eq!(database.rows("SELECT length(v) FROM x"), ["7"]);
}

#[test]
fn a_setting_holds_for_the_next_statement_of_its_section() {
    let database = database();
    let texts = tables(1).sql(
        "s",
        "-- limbeck: upgrade no-transaction\nSET work_mem = '7MB';\nCREATE TABLE w AS SELECT \
         current_setting('work_mem') AS m;\n-- limbeck: upgrade\nCREATE TABLE v AS SELECT \
         current_setting('work_mem') <> '7MB' AS m;\n",
    );
    let _ = upgrade(&database, &texts).unwrap();
    assert_eq!(database.rows("SELECT w.m, v.m FROM w, v"), ["7MB | t"]);
}

#[test]
fn a_database_that_is_half_way_down_is_not_where_it_should_be() {
    let database = database();
    let texts = tables(1).sql(
        "c",
        "-- limbeck: upgrade no-transaction\nCREATE INDEX CONCURRENTLY i ON t1 (id);\n\
         -- limbeck: downgrade no-transaction\nDROP INDEX CONCURRENTLY i;\n\
         -- limbeck: downgrade\nSELECT 1/0;\n",
    );
    let _ = upgrade(&database, &texts).unwrap();
    // Nothing to do, although the journal was written to.
    assert!(upgrade(&database, &texts).unwrap().plan.is_empty());
    let _ = failure(downgrade(&database, &texts, "-1"));
    assert!(!database.has("i"));
    assert!(matches!(
        upgrade(&database, &texts),
        Err(RunError::Impossible(Impossible::HalfDone { .. }))
    ));
}
