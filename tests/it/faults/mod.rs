//! What the program survives: kills, lost connections, rivals, limits and Ctrl-C.
//!
//! Each test ends by holding the version table, the ledger, the journal and the schema against each
//! other, all read in one snapshot, and by letting the next run finish. No verdict depends on time:
//! the tests wait for what they need to see on the server.

mod cut;
mod interrupted;
mod killed;
mod limits;
mod repeats;
mod together;

use std::thread;
use std::time::{Duration, Instant};

use postgres::Client;

use crate::support::{Database, Project, project};

/// How long something that must happen may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// The advisory lock of the program for the schema `public`, taken for a session.
const LOCK: &str = "SELECT pg_advisory_lock(x'6c696d62'::int, hashtext('public'))";

/// Waits until something is so.
#[track_caller]
fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < PATIENCE, "{what}: never");
        thread::sleep(Duration::from_millis(2));
    }
}

/// A straight line of revisions, of which some have a part outside of transactions.
///
/// Each creates the table `t_<id>` and writes its id into the table `ran`, which the first one
/// creates; those with such a part build the index `i_<id>` concurrently in between.
#[derive(Clone, Copy)]
struct Line {
    revisions: usize,
    concurrently: fn(usize) -> bool,
}

/// The place of the statement in the revision that builds its index.
const STATEMENTS_BEFORE_INDEX: i32 = 2;

impl Line {
    /// A line without parts outside of transactions.
    fn plain(revisions: usize) -> Self {
        Self {
            revisions,
            concurrently: |_| false,
        }
    }

    fn id(number: usize) -> String {
        format!("r{number:04}")
    }

    /// Makes a project of it.
    fn project(self, database: &Database) -> Project {
        (1..=self.revisions).fold(project().database(database), |project, number| {
            let path = format!("versions/{}.sql", Self::id(number));
            project.file(&path, self.text(number))
        })
    }

    fn text(self, number: usize) -> String {
        let id = Self::id(number);
        let (parent, ran, gone) = match number {
            1 => (
                String::new(),
                "CREATE TABLE ran (revision text)",
                "DROP TABLE ran".to_owned(),
            ),
            _ => (
                Self::id(number - 1),
                "SELECT",
                format!("DELETE FROM ran WHERE revision = '{id}'"),
            ),
        };
        let (index, no_index) = if (self.concurrently)(number) {
            (
                format!(
                    "-- limbeck: upgrade no-transaction\n\
                     CREATE INDEX CONCURRENTLY i_{id} ON t_{id} (id);\n\
                     -- limbeck: upgrade\nCOMMENT ON TABLE t_{id} IS 'done';\n"
                ),
                format!("-- limbeck: downgrade no-transaction\nDROP INDEX CONCURRENTLY i_{id};\n"),
            )
        } else {
            (String::new(), String::new())
        };
        let ran = match ran {
            "SELECT" => String::new(),
            sql => format!("{sql};\n"),
        };
        format!(
            "-- revision: {id}\n-- down_revision: {parent}\n-- message: step {number}\n\n\
             -- limbeck: upgrade\n{ran}CREATE TABLE t_{id} (id int);\n\
             INSERT INTO ran VALUES ('{id}');\n{index}\
             {no_index}-- limbeck: downgrade\nDROP TABLE t_{id};\n{gone};\n"
        )
    }

    /// Asserts that everything in the database says the same, and returns how many revisions are
    /// applied.
    #[track_caller]
    fn agreed(self, database: &Database) -> usize {
        let state = State::of(&mut database.client());
        if let Err(problem) = self.check(&state) {
            panic!("{problem}\n{state:#?}");
        }
        state.applied()
    }

    fn check(self, state: &State) -> Result<(), String> {
        let ids = |upto: usize| (1..=upto).map(Self::id).collect::<Vec<_>>();
        let same = |what: &str, found: &[String], expected: &[String]| {
            if found == expected {
                return Ok(());
            }
            Err(format!("{what}: {found:?} rather than {expected:?}"))
        };
        if state.heads.len() > 1 {
            return Err("several heads".to_owned());
        }
        let applied = state.applied();
        same(
            "applied in the ledger",
            &state.applied_in_ledger,
            &ids(applied),
        )?;
        let mut begun = applied;
        let mut being_built = None;
        let mut noted_as_built = None;
        for half in &state.journal {
            let number = applied + 1;
            if half.revision != Self::id(number) || !(self.concurrently)(number) {
                return Err(format!("the journal's revision, with {applied} applied"));
            }
            // Before the index, while it is built, or with the index done and noted.
            let built = half.statements_done == STATEMENTS_BEFORE_INDEX + 1 && !half.running;
            if half.statements_done != STATEMENTS_BEFORE_INDEX && !built {
                return Err("the journal's statements".to_owned());
            }
            begun = number;
            being_built = half.running.then(|| Self::id(number));
            noted_as_built = built.then_some(number);
        }
        if state.journal.len() > 1 {
            return Err("several journals".to_owned());
        }
        same("tables", &state.tables, &ids(begun))?;
        same("which ran", &state.ran, &ids(begun))?;
        let valid: Vec<_> = (1..=applied)
            .filter(|number| (self.concurrently)(*number))
            .chain(noted_as_built)
            .map(Self::id)
            .collect();
        let mut found = Vec::new();
        for (id, is_valid) in &state.indexes {
            match &being_built {
                Some(other) if other == id => {}
                _ if !is_valid => return Err(format!("the index of {id} is invalid")),
                _ => found.push(id.clone()),
            }
        }
        same("indexes", &found, &valid)
    }

    /// Asserts that everything agrees and that all of it is applied, each revision once.
    #[track_caller]
    fn finished(self, database: &Database) {
        assert_eq!(self.agreed(database), self.revisions);
        let twice = database.rows(
            "SELECT revision, count(*) FROM limbeck_ledger GROUP BY revision HAVING count(*) > 1",
        );
        assert!(twice.is_empty(), "{twice:?}");
    }
}

/// What a database says, read in one snapshot: another session may be at work in it.
#[derive(Debug, Default, PartialEq, Eq)]
struct State {
    heads: Vec<String>,
    /// By the newest entry of each revision.
    applied_in_ledger: Vec<String>,
    journal: Vec<Half>,
    tables: Vec<String>,
    indexes: Vec<(String, bool)>,
    ran: Vec<String>,
}

#[derive(Debug, PartialEq, Eq)]
struct Half {
    revision: String,
    statements_done: i32,
    running: bool,
}

impl State {
    fn of(client: &mut Client) -> Self {
        let mut snapshot = client
            .build_transaction()
            .isolation_level(postgres::IsolationLevel::RepeatableRead)
            .start()
            .unwrap();
        let mut rows = |sql: &str| snapshot.query(sql, &[]).unwrap();
        // From the catalog as the snapshot sees it: `to_regclass` would see what came later.
        let relations: Vec<String> = rows(
            "SELECT relname::text FROM pg_class WHERE relkind = 'r' AND relnamespace = \
             'public'::regnamespace ORDER BY 1",
        )
        .iter()
        .map(|row| row.get(0))
        .collect();
        let has = |name: &str| relations.iter().any(|relation| relation == name);
        let mut texts = |table: &str, sql: &str| -> Vec<String> {
            if !has(table) {
                return Vec::new();
            }
            rows(sql).iter().map(|row| row.get(0)).collect()
        };
        let mut state = Self {
            heads: texts(
                "alembic_version",
                "SELECT version_num::text FROM alembic_version ORDER BY 1",
            ),
            applied_in_ledger: texts(
                "limbeck_ledger",
                "SELECT revision FROM (SELECT DISTINCT ON (revision) revision, applied FROM \
                 limbeck_ledger ORDER BY revision, id DESC) AS newest WHERE applied ORDER BY 1",
            ),
            ran: texts("ran", "SELECT revision FROM ran ORDER BY 1"),
            tables: relations
                .iter()
                .filter_map(|relation| relation.strip_prefix("t_").map(str::to_owned))
                .collect(),
            ..Self::default()
        };
        if has("limbeck_journal") {
            state.journal = rows(
                "SELECT revision, statements_done::int, running FROM limbeck_journal ORDER BY 1",
            )
            .iter()
            .map(|row| Half {
                revision: row.get(0),
                statements_done: row.get(1),
                running: row.get(2),
            })
            .collect();
        }
        state.indexes = rows(
            "SELECT substr(c.relname::text, 3), i.indisvalid FROM pg_index i JOIN pg_class c ON \
             c.oid = i.indexrelid WHERE c.relname LIKE 'i\\_%' ORDER BY 1",
        )
        .iter()
        .map(|row| (row.get(0), row.get(1)))
        .collect();
        state
    }

    fn applied(&self) -> usize {
        self.heads
            .first()
            .map_or(0, |head| head[1..].parse().unwrap())
    }
}

/// Returns how many sessions of a database run a statement that holds this text.
fn running(database: &Database, text: &str) -> usize {
    let count = database.rows(&format!(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = \
         'active' AND query LIKE '%{text}%' AND pid <> pg_backend_pid()"
    ));
    count[0].parse().unwrap()
}

/// Returns how many sessions of a database wait for the advisory lock 42, with which a test holds a
/// run up at a place of its choice. The server keeps too little of a long message to look for it there.
fn held_up(database: &Database) -> usize {
    let count = database.rows(
        "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database WHERE d.datname = \
         current_database() AND locktype = 'advisory' AND objid = 42 AND NOT granted",
    );
    count[0].parse().unwrap()
}

/// Returns how many sessions of a database sleep.
fn sleeping(database: &Database) -> usize {
    let count = database.rows(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = \
         'PgSleep'",
    );
    count[0].parse().unwrap()
}

/// Returns how many sessions of a database wait for a lock in a statement that holds this text.
fn blocked(database: &Database, text: &str) -> usize {
    let count = database.rows(&format!(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND \
         wait_event_type = 'Lock' AND query LIKE '%{text}%' AND pid <> pg_backend_pid()"
    ));
    count[0].parse().unwrap()
}

/// A SQL revision on top of another with this upgrade, whose sections begin with their lines.
fn revision(id: &str, parent: &str, sections: &str) -> String {
    format!("-- revision: {id}\n-- down_revision: {parent}\n-- message: step {id}\n\n{sections}")
}
