//! SIGKILL: of the program, of the server, of one of the program's two connections.

use std::sync::Mutex;
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::{Line, State, blocked, held_up, revision, until};
use crate::support::{Database, Project, Server, database, project};

const LINE: Line = Line {
    revisions: 200,
    concurrently: |number| number % 23 == 0,
};

/// Numbers that look random and are the same again for the same seed.
struct Random(u64);

impl Random {
    /// A seed from the clock, or the one to be tried again.
    fn seed() -> u64 {
        match std::env::var("LIMBECK_TEST_SEED") {
            Ok(seed) => seed.parse().unwrap(),
            Err(_) => {
                let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
                now.as_secs() << 20 | u64::from(now.subsec_micros())
            }
        }
    }

    /// SplitMix64.
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).unwrap()
    }

    fn micros(&mut self, below: usize) -> Duration {
        Duration::from_micros(self.below(below) as u64)
    }
}

/// How often runs were killed before they changed anything, in the midst, and at the end.
#[derive(Debug, Default)]
struct Landed {
    before: usize,
    midst: usize,
    end: usize,
}

/// Starts an upgrade and returns when a random point of it is reached, which is one soon after the
/// start, or some revisions further on, or the last one.
fn run_until_random_point(
    project: &Project,
    database: &Database,
    random: &mut Random,
) -> crate::support::Running {
    let mut watcher = database.client();
    let mut tables = move || -> usize {
        let sql = "SELECT count(*) FROM pg_class WHERE relkind = 'r' AND relname LIKE 't\\_r%'";
        let count: i64 = watcher.query_one(sql, &[]).unwrap().get(0);
        usize::try_from(count).unwrap()
    };
    let begun_with = tables();
    let mut running = project.spawn("upgrade head");
    if random.below(6) == 0 {
        thread::sleep(random.micros(60_000));
        return running;
    }
    let target = LINE.revisions.min(begun_with + 1 + random.below(45));
    while running.is_running() && tables() < target {}
    thread::sleep(random.micros(3_000));
    running
}

/// Kills upgrades of one line after the other, so many times in all.
fn kill_upgrades(times: usize, random: &mut Random) -> Landed {
    let mut landed = Landed::default();
    let mut killed = 0;
    while killed < times {
        let database = database();
        let project = LINE.project(&database);
        let mut applied = 0;
        while applied < LINE.revisions && killed < times {
            let mut running = run_until_random_point(&project, &database, random);
            running.kill();
            let output = running.wait();
            assert!(
                matches!(output.code(), None | Some(0)),
                "the run ended by itself\n{output}"
            );
            killed += 1;
            let before = std::mem::replace(&mut applied, LINE.agreed(&database));
            match applied {
                now if now == before => landed.before += 1,
                now if now == LINE.revisions => landed.end += 1,
                _ => landed.midst += 1,
            }
        }
        // At once: what the server still does for the dead run is the next one's concern.
        let _ = project.ok("upgrade head");
        LINE.finished(&database);
    }
    landed
}

#[test]
fn a_hundred_upgrades_that_are_killed_leave_what_the_next_run_takes_up() {
    let seed = Random::seed();
    let workers = 5_u64;
    let landed = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for worker in 0..workers {
            let landed = &landed;
            scope.spawn(move || {
                let mut random = Random(seed.wrapping_add(worker << 56));
                let _told = OnPanic(format!("LIMBECK_TEST_SEED={seed}"));
                landed.lock().unwrap().push(kill_upgrades(20, &mut random));
            });
        }
    });
    let landed = landed.into_inner().unwrap();
    let sum = |of: fn(&Landed) -> usize| landed.iter().map(of).sum::<usize>();
    let (before, midst, end) = (sum(|l| l.before), sum(|l| l.midst), sum(|l| l.end));
    assert_eq!(before + midst + end, 100);
    assert!(midst >= 40, "LIMBECK_TEST_SEED={seed}: {landed:?}");
    assert!(
        before > 0 && end > 0,
        "LIMBECK_TEST_SEED={seed}: {landed:?}"
    );
}

/// Prints a text where the test stops early.
struct OnPanic(String);

#[expect(
    clippy::print_stdout,
    reason = "the harness shows it where the test fails"
)]
impl Drop for OnPanic {
    fn drop(&mut self) {
        if thread::panicking() {
            println!("{}", self.0);
        }
    }
}

#[test]
fn a_server_that_is_killed_comes_back_with_what_the_next_run_takes_up() {
    let seed = Random::seed();
    let _told = OnPanic(format!("LIMBECK_TEST_SEED={seed}"));
    let mut random = Random(seed);
    let server = Server::start_own();
    let database = server.database();
    let project = LINE.project(&database);
    let mut midst = 0;
    for _ in 0..6 {
        let before = LINE.agreed(&database);
        let running = run_until_random_point(&project, &database, &mut random);
        server.kill();
        let output = running.wait();
        server.start_again();
        let now = LINE.agreed(&database);
        midst += usize::from(before < now && now < LINE.revisions);
        if output.code() == Some(0) {
            assert_eq!(now, LINE.revisions, "{output}");
            break;
        }
        // Nobody can tell while the server is down, and then "unchanged" is not claimed.
        let fits = match output.code() {
            Some(1) => now == before,
            code => code == Some(3),
        };
        assert!(fits, "{before} {now}\n{output}");
    }
    assert!(midst > 0);
    let _ = project.ok("upgrade head");
    LINE.finished(&database);
}

/// A second revision that waits for the test's advisory lock 42, with others around it.
fn held_in_the_second(database: &Database) -> Project {
    let table =
        |id: &str| format!("CREATE TABLE t_{id} (id int);\nINSERT INTO ran VALUES ('{id}');\n");
    let text = |id: &str, parent: &str, first: &str| {
        let table = table(id);
        revision(id, parent, &format!("-- limbeck: upgrade\n{first}{table}"))
    };
    project()
        .database(database)
        .file(
            "versions/1.sql",
            text("r0001", "", "CREATE TABLE ran (revision text);\n"),
        )
        .file(
            "versions/2.sql",
            text("r0002", "r0001", "SELECT pg_advisory_xact_lock(42);\n"),
        )
        .file("versions/3.sql", text("r0003", "r0002", ""))
        .file("versions/4.sql", text("r0004", "r0003", ""))
}

/// Returns a session that holds the advisory lock 42 until it is dropped.
fn holder(database: &Database) -> postgres::Client {
    let mut client = database.client();
    client.batch_execute("SELECT pg_advisory_lock(42)").unwrap();
    client
}

#[test]
fn a_run_waits_for_the_statement_that_the_server_still_runs_for_a_dead_one() {
    let database = database();
    let project = held_in_the_second(&database);
    let holder = holder(&database);
    let mut first = project.spawn("upgrade head");
    until("the statement", || held_up(&database) == 1);
    first.kill();
    let _ = first.wait();
    let mut second = project.spawn("upgrade head");
    second.wait_for("waiting for another run to end: process");
    assert_eq!(Line::plain(4).agreed(&database), 1);
    drop(holder);
    let output = second.wait();
    assert_eq!(output.code(), Some(0), "{output}");
    Line::plain(4).finished(&database);
}

#[test]
fn a_run_waits_for_the_index_that_the_server_still_builds_for_a_dead_one() {
    let database = database();
    let project = project()
        .database(&database)
        .file(
            "versions/1.sql",
            revision(
                "r0001",
                "",
                "-- limbeck: upgrade\nCREATE TABLE ran (id int);\n",
            ),
        )
        .file(
            "versions/2.sql",
            revision(
                "r0002",
                "r0001",
                "-- limbeck: upgrade no-transaction\nCREATE INDEX CONCURRENTLY slow ON ran (id);\n",
            ),
        );
    let _ = project.ok("upgrade r0001");
    // An open transaction that wrote to the table keeps the index from being built, and its end
    // lets the build go on.
    let mut writer = database.client();
    writer
        .batch_execute("BEGIN; INSERT INTO ran VALUES (1)")
        .unwrap();
    let mut first = project.spawn("upgrade head");
    until("the index", || {
        blocked(&database, "CREATE INDEX CONCURRENTLY") == 1
    });
    first.kill();
    let _ = first.wait();
    let mut second = project.spawn("upgrade head");
    second.wait_for("waiting for another run to end: process");
    writer.batch_execute("COMMIT").unwrap();
    let output = second.wait();
    assert_eq!(output.code(), Some(0), "{output}");
    assert_eq!(database.heads(), ["r0002"]);
    assert_eq!(
        database.rows("SELECT indisvalid FROM pg_index WHERE indexrelid = 'slow'::regclass"),
        ["t"]
    );
    assert!(database.rows("SELECT * FROM limbeck_journal").is_empty());
}

#[test]
fn what_became_of_a_revision_is_declared_only_after_the_server_is_done_with_it() {
    let database = database();
    let index = "-- limbeck: upgrade no-transaction\nCREATE INDEX CONCURRENTLY slow ON ran (id);\n";
    let project = project()
        .database(&database)
        .file("versions/1.sql", revision("r0001", "", index));
    database.execute("CREATE TABLE ran (id int)");
    let mut writer = database.client();
    writer
        .batch_execute("BEGIN; INSERT INTO ran VALUES (1)")
        .unwrap();
    let mut first = project.spawn("upgrade head");
    until("the index", || {
        blocked(&database, "CREATE INDEX CONCURRENTLY") == 1
    });
    first.kill();
    let _ = first.wait();
    let mut impatient = project.spawn("resolve r0001 --applied");
    impatient.wait_for("waiting for another run to end: process");
    impatient.signal("INT");
    let output = impatient.wait();
    assert_eq!(output.code(), Some(1), "{output}");
    assert_eq!(database.rows("SELECT * FROM limbeck_journal").len(), 1);
    let mut patient = project.spawn("resolve r0001 --applied");
    patient.wait_for("waiting for another run to end: process");
    writer.batch_execute("COMMIT").unwrap();
    let output = patient.wait();
    assert_eq!(output.code(), Some(0), "{output}");
    assert_eq!(database.heads(), ["r0001"]);
    assert!(database.rows("SELECT * FROM limbeck_journal").is_empty());
}

/// Ends the session whose newest statement holds a text, and waits for its end.
fn terminate(database: &Database, text: &str) {
    let session = format!(
        "FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%{text}%' AND \
         pid <> pg_backend_pid()"
    );
    let ended = database.rows(&format!("SELECT pg_terminate_backend(pid) {session}"));
    assert_eq!(ended, ["t"], "{text}");
    until("its end", || {
        database.rows(&format!("SELECT count(*) {session}")) == ["0"]
    });
}

#[test]
fn the_loss_of_the_lock_alone_ends_the_run_at_the_next_revision() {
    let database = database();
    let project = held_in_the_second(&database);
    let holder = holder(&database);
    let run = project.spawn("upgrade head");
    until("the statement", || held_up(&database) == 1);
    terminate(&database, "BEGIN ISOLATION LEVEL READ COMMITTED");
    drop(holder);
    let output = run.wait();
    insta::assert_snapshot!(output, @r"
    ------- stderr -------
    upgrade  -> r0001, step r0001  ([TIME])
    upgrade r0001 -> r0002, step r0002
    error: step 3 of 4 failed and was rolled back: upgrade r0003, step r0003
      the connection that holds the lock was lost
      done before it: 2 steps; the database stands at r0002
    hint: `limbeck status` shows what was done
    [exit status: 3]
    ");
    assert_eq!(Line::plain(4).agreed(&database), 2);
    let _ = project.ok("upgrade head");
    Line::plain(4).finished(&database);
}

#[test]
fn the_loss_of_the_lock_has_a_code_of_its_own() {
    let database = database();
    let project = held_in_the_second(&database);
    let holder = holder(&database);
    let run = project.spawn("upgrade head --format json");
    until("the statement", || held_up(&database) == 1);
    terminate(&database, "BEGIN ISOLATION LEVEL READ COMMITTED");
    drop(holder);
    let output = run.wait();
    assert_eq!(output.code(), Some(3), "{output}");
    assert_eq!(output.json_error()["error"]["code"], "lock_lost");
}

#[test]
fn the_loss_of_the_working_connection_alone_ends_the_run() {
    let database = database();
    let project = held_in_the_second(&database);
    let holder = holder(&database);
    let run = project.spawn("upgrade head");
    until("the statement", || held_up(&database) == 1);
    terminate(&database, "pg_advisory_xact_lock(42)");
    let output = run.wait();
    insta::assert_snapshot!(output, @r"
    ------- stderr -------
    upgrade  -> r0001, step r0001  ([TIME])
    error: step 2 of 4 failed and was rolled back: upgrade r0002, step r0002
      the connection to the server was lost: terminating connection due to administrator command
      done before it: 1 step; the database stands at r0001
    hint: `limbeck status` shows what was done
    [exit status: 3]
    ");
    assert_eq!(Line::plain(4).agreed(&database), 1);
    drop(holder);
    let _ = project.ok("upgrade head");
    Line::plain(4).finished(&database);
}

#[test]
fn a_snapshot_of_an_empty_database_is_base() {
    let database = database();
    assert_eq!(State::of(&mut database.client()), State::default());
}
