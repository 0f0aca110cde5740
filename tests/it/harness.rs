//! The harness itself: what the other tests rest on is tested before they rest on it.

use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use insta::assert_snapshot;
use postgres::{Client, NoTls};

use crate::support::server::runs;
use crate::support::{Cut, Server, Settings, database, project};

#[test]
fn each_test_has_its_own_database() {
    let (one, other) = (database(), database());
    one.execute("CREATE TABLE bots (id bigint); INSERT INTO bots VALUES (1), (NULL)");
    assert_eq!(one.rows("SELECT id, 'x' FROM bots"), ["1 | x", "- | x"]);
    assert_eq!(one.tables(), ["public.bots"]);
    assert_eq!(other.tables(), [""; 0]);
    assert_eq!(other.heads(), [""; 0]);

    let name = one.name().to_owned();
    let left_open = one.client();
    drop(one);
    drop(left_open);
    let found = other.rows(&format!(
        "SELECT 1 FROM pg_database WHERE datname = '{name}'"
    ));
    assert_eq!(found, [""; 0]);
}

#[test]
fn a_database_begins_as_a_copy_of_another() {
    let original = database();
    original.execute("CREATE TABLE bots (id bigint)");
    let copy = original.server().database_from(original.name());
    assert_eq!(copy.tables(), ["public.bots"]);
}

#[test]
fn a_role_with_a_password_must_show_it() {
    let database = database();
    let role = database.role(Some("p@ss:w%rd/'"));
    let mut client = Client::connect(&role.url, NoTls).unwrap();
    let user: String = client
        .query_one("SELECT current_user::text", &[])
        .unwrap()
        .get(0);
    assert_eq!(user, role.name);
    let wrong = role.url.replace("%70", "%71");
    let refused = Client::connect(&wrong, NoTls).err().unwrap();
    assert_eq!(refused.as_db_error().unwrap().code().code(), "28P01");

    let free = database.role(None);
    Client::connect(&free.url, NoTls).unwrap();
}

#[test]
fn a_server_survives_its_kill() {
    let server = Server::start_own();
    let database = server.database();
    database.execute("CREATE TABLE bots (id bigint)");
    server.kill();
    Client::connect(&database.url(), NoTls).err().unwrap();
    server.start_again();
    assert_eq!(database.tables(), ["public.bots"]);
    server.stop();
    server.begin_again();
    let begun = Instant::now();
    while Client::connect(&database.url(), NoTls).is_err() {
        assert!(
            begun.elapsed() < Duration::from_secs(30),
            "{}",
            server.log()
        );
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_server_ends_with_its_test() {
    let server = Settings::default().set("work_mem", "1234kB").start();
    let mut client = server.client("postgres");
    let setting: String = client.query_one("SHOW work_mem", &[]).unwrap().get(0);
    assert_eq!(setting, "1234kB");
    let pid = std::fs::read_to_string(server.file("pid")).unwrap();
    let pid = pid.trim().parse().unwrap();
    let dir = server.socket_dir().to_owned();
    assert!(runs(pid) && dir.exists());
    drop(client);
    drop(server);
    assert!(!runs(pid) && !dir.exists());
}

#[test]
fn a_replica_follows_and_refuses_to_write() {
    let server = Server::start_own();
    let database = server.database();
    database.execute("CREATE TABLE bots (id bigint)");
    let replica = server.start_replica();
    let mut client = Client::connect(&replica.url(database.name()), NoTls).unwrap();
    let refused = client
        .batch_execute("INSERT INTO bots VALUES (1)")
        .unwrap_err();
    assert_eq!(refused.as_db_error().unwrap().code().code(), "25006");
}

#[test]
fn a_server_with_tls_has_certificates() {
    let server = Server::start_tls();
    Client::connect(&server.url("postgres"), NoTls)
        .err()
        .unwrap();
    let try_psql = |options: &str| {
        let target = format!("port={} dbname=postgres {options}", server.port());
        let mut command = Command::new("psql");
        command.args([
            "-XAtc",
            "SELECT current_user, ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()",
        ]);
        let output = command.arg("-d").arg(target).env_clear().output().unwrap();
        (
            String::from_utf8_lossy(&output.stdout).trim().to_owned(),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        )
    };
    let ca = server.file("ca.crt").display().to_string();
    let verified = format!("sslmode=verify-full sslrootcert={ca}");
    assert_eq!(
        try_psql(&format!("host=localhost user=postgres {verified}")).0,
        "postgres|t"
    );
    assert_eq!(
        try_psql(&format!("host=127.0.0.1 user=postgres {verified}")).0,
        "postgres|t"
    );
    let elsewhere = try_psql(&format!("host=127.0.0.2 user=postgres {verified}"));
    assert!(elsewhere.1.contains("127.0.0.2"), "{}", elsewhere.1);
    let other = server.file("other-ca.crt").display().to_string();
    let unknown = format!("host=localhost user=postgres sslmode=verify-ca sslrootcert={other}");
    assert!(try_psql(&unknown).1.contains("verify failed"));
    assert!(
        try_psql(&format!("host=localhost user=certain {verified}"))
            .1
            .contains("certificate")
    );
    let (certificate, key) = (server.file("client.crt"), server.file("client.key"));
    let (certificate, key) = (certificate.display(), key.display());
    let shown =
        format!("host=localhost user=certain {verified} sslcert={certificate} sslkey={key}");
    assert_eq!(try_psql(&shown).0, "certain|t");
}

#[test]
fn a_turn_is_a_question_and_its_answer() {
    let database = database();
    let proxy = database.proxy();
    let url = database.url_through(&proxy);
    let mut client = Client::connect(&url, NoTls).unwrap();
    client.batch_execute("SELECT 1").unwrap();
    client
        .batch_execute("BEGIN; CREATE TABLE bots (id text); COMMIT; BEGIN; SELECT 2; COMMIT")
        .unwrap();
    assert_snapshot!(proxy.story(), @r"
    connection 0: startup
    connection 0: Q SELECT 1
    connection 0: Q BEGIN; CREATE TABLE bots (id text); COMMIT; BEGIN; SELECT 2; COMMIT
    ");
    proxy.reset();
    client.query("SELECT $1::bigint", &[&1_i64]).unwrap();
    assert_eq!(proxy.turns(), 2, "prepare, execute: {}", proxy.story());
    proxy.reset();

    let long = format!(
        "SELECT length('{}'), repeat('y', 200000)",
        "x".repeat(400_000)
    );
    client.simple_query(&long).unwrap();
    assert_eq!(proxy.turns(), 1, "{}", proxy.story());
    let mut copy = client.copy_in("COPY bots FROM STDIN").unwrap();
    std::io::Write::write_all(&mut copy, &b"row\n".repeat(50_000)).unwrap();
    copy.finish().unwrap();
    // The client closes its statement without waiting; this waits for it.
    client.batch_execute("SELECT 3").unwrap();
    proxy.reset();
    client.batch_execute("SELECT 4").unwrap();
    assert_eq!(proxy.turns(), 1, "{}", proxy.story());
    drop(client);
    Client::connect(&url, NoTls)
        .unwrap()
        .batch_execute("SELECT 5")
        .unwrap();
    assert_eq!(proxy.turns_of_connections(), [1, 2], "{}", proxy.story());
}

#[test]
fn a_password_is_two_more_turns() {
    let database = database();
    let proxy = database.proxy();
    let role = database.role(Some("secret"));
    let direct = database.server().port().to_string();
    let url = role.url.replace(&direct, &proxy.port().to_string());
    Client::connect(&url, NoTls).unwrap();
    assert_eq!(proxy.turns(), 3, "{}", proxy.story());
}

#[test]
fn a_line_can_be_long() {
    let database = database();
    let proxy = database.proxy();
    let mut client = Client::connect(&database.url_through(&proxy), NoTls).unwrap();
    proxy.set_latency(Duration::from_millis(5));
    let begun = Instant::now();
    for _ in 0..10 {
        client.batch_execute("SELECT 1").unwrap();
    }
    assert!(begun.elapsed() >= Duration::from_millis(100));
}

#[test]
fn a_line_can_be_cut() {
    let database = database();
    let proxy = database.proxy();
    let url = database.url_through(&proxy);
    let insert = "INSERT INTO bots VALUES (1)";
    database.execute("CREATE TABLE bots (id bigint)");
    let count = || database.rows("SELECT count(*) FROM bots").join("");

    let mut client = Client::connect(&url, NoTls).unwrap();
    proxy.cut(Cut::BeforeRequest(2));
    client.batch_execute(insert).unwrap();
    assert!(!proxy.was_cut());
    client.batch_execute(insert).unwrap_err();
    assert!(proxy.was_cut());
    assert_eq!(count(), "1");

    let mut client = Client::connect(&url, NoTls).unwrap();
    proxy.cut(Cut::BeforeAnswer(1));
    client.batch_execute(insert).unwrap_err();
    assert_eq!(count(), "2");

    let mut client = Client::connect(&url, NoTls).unwrap();
    proxy.cut(Cut::AfterBytes(10));
    client.batch_execute(insert).unwrap_err();
    assert_eq!(count(), "2");
}

#[test]
fn an_answer_is_one_text() {
    let project = project()
        .file("limbeck.toml", "# 0123456789ab\n")
        .masked("8765", "[PORT]");
    let script = r#"
        pwd; echo "$HOME"; ls; env | grep -c PG
        echo 2026-11-20T09:12:44.123456Z in 1.25 s, 13 ms, on port 8765, "2026-11-20 09:12"
        echo 0123456789ab ffffffffffff aaaaaaaaaaaa ffffffffffff
        echo oops >&2
        printf x
        exit 3
    "#;
    let mut command = Command::new("sh");
    command.args(["-c", script]).current_dir(project.path("."));
    command
        .env_clear()
        .env("HOME", project.home())
        .env("PATH", std::env::var("PATH").unwrap());
    project.run("--version aaaaaaaaaaaa");
    let output = project.start(command, "").wait();
    assert_eq!(output.code(), Some(3));
    assert_snapshot!(output, @"
    [PROJECT]
    [HOME]
    limbeck.toml
    0
    [DATE] in [TIME], [TIME], on port [PORT], [DATE]
    0123456789ab [ID1] aaaaaaaaaaaa [ID1]
    x[no newline]
    ------- stderr -------
    oops
    [exit status: 3]
    ");
}

#[test]
fn a_running_program_can_be_met() {
    let project = project();
    let mut command = Command::new("sh");
    command.args([
        "-c",
        // Not INT: a shell that is started with it ignored, as in the background, cannot trap it.
        "trap 'echo bye >&2; exit 143' TERM; echo ready; while :; do sleep 0.01; done",
    ]);
    let mut running = project.start(command, "");
    running.wait_for("ready");
    assert!(running.is_running());
    running.signal("TERM");
    assert_snapshot!(running.wait(), @"
    ready
    ------- stderr -------
    bye
    [exit status: 143]
    ");

    let mut command = Command::new("sleep");
    command.arg("60");
    let mut running = project.start(command, "");
    running.kill();
    assert_snapshot!(running.wait(), @"[signal: 9]");
}

#[test]
fn the_program_runs() {
    let database = database();
    let project = project()
        .database(&database)
        .revisions(&[
            ("a", "", ""),
            ("b", "a", "branch_labels: left\ndepends_on: c"),
            ("c", "a", ""),
        ])
        .line_of_revisions(2);
    assert_eq!(
        project.files(),
        ["a", "b", "c", "r0001", "r0002"].map(|id| format!("versions/{id}.sql"))
    );
    assert_snapshot!(project.read("versions/b.sql"), @r#"
    -- revision: b
    -- down_revision: a
    -- branch_labels: left
    -- depends_on: c
    -- created: 2026-01-02T03:04:05Z
    -- message: add t_b

    -- limbeck: upgrade
    CREATE TABLE public."t_b" (id bigint PRIMARY KEY);

    -- limbeck: downgrade
    DROP TABLE public."t_b";
    "#);
    let answers = project.within("src/deep").run_at_once(3, "--version");
    assert_eq!(answers.len(), 3);
    for answer in answers {
        assert_eq!(answer.code(), Some(0), "{answer}");
    }
}
