//! `db`: test, config, create, drop and wait, on servers of all kinds and on none.

use std::net::TcpListener;
use std::process::Command;

use insta::assert_snapshot;

use crate::support::limbeck::{Project, revision};
use crate::support::{Cut, Database, Server, Settings, database, project};

fn line(database: &Database) -> Project {
    let version = database.rows("SHOW server_version").remove(0);
    project()
        .database(database)
        .masked(version, "[VERSION]")
        .file("limbeck.toml", "")
        .line_of_revisions(2)
}

/// A database that nobody has created, dropped when the test ends.
struct Absent(&'static Server, String);

impl Absent {
    fn new() -> Self {
        let template = database();
        let name = template.name().replace("limbeck", "absent");
        Self(Server::shared(), name)
    }

    fn project(&self) -> Project {
        project()
            .env("DATABASE_URL", self.0.url(&self.1))
            .masked(&self.1, "[ABSENT]")
            .masked(self.0.port().to_string(), "[PORT]")
            .file("limbeck.toml", "")
            .line_of_revisions(1)
    }
}

impl Drop for Absent {
    fn drop(&mut self) {
        let drop = format!("DROP DATABASE IF EXISTS {}", self.1);
        self.0.client("postgres").batch_execute(&drop).unwrap();
    }
}

#[test]
fn test_tells_who_answers_and_what_is_allowed() {
    let database = database();
    let project = line(&database);
    assert_snapshot!(project.run("db test"), @"
    server      PostgreSQL [VERSION] at 127.0.0.1:[PORT], primary, takes writes
    database    [DATABASE], UTF8
    user        postgres, superuser
    encrypted   no (sslmode=prefer)
    tables      version table not there yet, ledger not there yet
    ------- stderr -------
    connected and answered in [TIME]
    ");
    assert_snapshot!(project.run("db test --format json"), @r#"{"ready":true,"server":{"host":"127.0.0.1:[PORT]","version":"[VERSION]","standby":false,"read_only":false},"database":"[DATABASE]","encoding":"UTF8","user":"postgres","session_user":"postgres","tls":{"encrypted":false,"version":null,"cipher":null,"sslmode":"prefer"},"rights":{"superuser":true,"create_databases":true,"create_schemas":true,"create_tables":true},"schema":"public","version_table":false,"ledger":false,"obstacles":[],"duration_ms":[TIME]}"#);
    assert_eq!(database.tables(), [""; 0]);
    project.ok("upgrade head");
    let tables = "tables      version table there, ledger there\n";
    assert!(project.ok("db test").stdout.contains(tables));
}

#[test]
fn test_tells_what_is_in_the_way_of_a_run() {
    let database = database();
    let role = database.role(None);
    let project = line(&database)
        .masked(&role.name, "[ROLE]")
        .env("DATABASE_URL", &role.url);
    database.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC");
    assert_snapshot!(project.run("db test"), @"
    server      PostgreSQL [VERSION] at 127.0.0.1:[PORT], primary, takes writes
    database    [DATABASE], UTF8
    user        [ROLE], may not create tables in public, schemas, databases
    encrypted   no (sslmode=prefer)
    tables      version table not there yet, ledger not there yet
    in the way  no right to create limbeck's tables in `public`
    ------- stderr -------
    connected and answered in [TIME]
    [exit status: 4]
    ");
    assert_snapshot!(project.run("db test --format json"), @r#"
    {"ready":false,"server":{"host":"127.0.0.1:[PORT]","version":"[VERSION]","standby":false,"read_only":false},"database":"[DATABASE]","encoding":"UTF8","user":"[ROLE]","session_user":"[ROLE]","tls":{"encrypted":false,"version":null,"cipher":null,"sslmode":"prefer"},"rights":{"superuser":false,"create_databases":false,"create_schemas":false,"create_tables":false},"schema":"public","version_table":false,"ledger":false,"obstacles":[{"code":"no_rights","message":"no right to create limbeck's tables in `public`"}],"duration_ms":[TIME]}
    [exit status: 4]
    "#);
    database.execute("CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY)");
    let grant = format!("GRANT SELECT ON alembic_version TO {}", role.name);
    database.execute(&grant);
    assert_snapshot!(project.run("db test -q"), @"
    server      PostgreSQL [VERSION] at 127.0.0.1:[PORT], primary, takes writes
    database    [DATABASE], UTF8
    user        [ROLE], may not create tables in public, schemas, databases
    encrypted   no (sslmode=prefer)
    tables      version table there, ledger not there yet
    in the way  no right to create limbeck's tables in `public`
    in the way  no right to read and write `public.alembic_version`
    [exit status: 4]
    ");
    let rights = format!(
        "GRANT INSERT, UPDATE, DELETE ON alembic_version TO {0}; GRANT CREATE ON SCHEMA public TO {0}",
        role.name
    );
    database.execute(&rights);
    assert_snapshot!(project.run("db test -q"), @"
    server      PostgreSQL [VERSION] at 127.0.0.1:[PORT], primary, takes writes
    database    [DATABASE], UTF8
    user        [ROLE], may create tables in public; may not create schemas, databases
    encrypted   no (sslmode=prefer)
    tables      version table there, ledger not there yet
    ");
    project.ok("upgrade head");
    let project = project.env("PGOPTIONS", "-c default_transaction_read_only=on");
    assert_snapshot!(project.run("db test -q"), @"
    server      PostgreSQL [VERSION] at 127.0.0.1:[PORT], primary, read-only
    database    [DATABASE], UTF8
    user        [ROLE], may create tables in public; may not create schemas, databases
    encrypted   no (sslmode=prefer)
    tables      version table there, ledger there
    in the way  transactions may only read: `default_transaction_read_only` is on
    [exit status: 4]
    ");
    let project = project.env("PGOPTIONS", "-c search_path=nowhere");
    assert_snapshot!(project.run("db test -q"), @"
    server      PostgreSQL [VERSION] at 127.0.0.1:[PORT], primary, takes writes
    database    [DATABASE], UTF8
    user        [ROLE], may not create tables, schemas, databases
    encrypted   no (sslmode=prefer)
    tables      version table not there yet, ledger not there yet
    in the way  there is no schema for the version table: the search_path names none
    [exit status: 4]
    ");
    let project = project.env("LIMBECK_VERSION_TABLE_SCHEMA", "audit");
    assert_snapshot!(project.run("db test -q"), @"
    server      PostgreSQL [VERSION] at 127.0.0.1:[PORT], primary, takes writes
    database    [DATABASE], UTF8
    user        [ROLE], may not create tables, schemas, databases
    encrypted   no (sslmode=prefer)
    tables      version table not there yet, ledger not there yet
    in the way  there is no schema `audit` for the version table
    [exit status: 4]
    ");
}

#[test]
fn a_standby_is_told() {
    let server = Server::start_own();
    let _database = server.database();
    let replica = server.start_replica();
    let project = project()
        .env("DATABASE_URL", replica.url("postgres"))
        .file("limbeck.toml", "")
        .line_of_revisions(1);
    let output = project.run("db test");
    assert_eq!(output.code(), Some(4), "{output}");
    assert!(output.stdout.contains(", standby, read-only\n"), "{output}");
    let told = project.run("db test --format json").json();
    assert_eq!(told["server"]["standby"], true);
    assert_eq!(told["obstacles"][0]["code"], "read_only");
}

#[test]
fn encryption_is_told_with_version_and_cipher() {
    let server = Server::start_tls();
    let ca = server.file("ca.crt").display().to_string();
    let url = |mode: &str| format!("{}?sslmode={mode}&sslrootcert={ca}", server.url("postgres"));
    let project = project()
        .env("DATABASE_URL", url("verify-full"))
        .file("limbeck.toml", "")
        .line_of_revisions(1);
    let output = project.ok("db test");
    assert!(
        output
            .stdout
            .contains("encrypted   TLSv1.3, TLS_AES_256_GCM_SHA384 (sslmode=verify-full)\n"),
        "{output}"
    );
    let told = project.ok("db test --format json").json();
    assert_eq!(told["tls"]["encrypted"], true);
    assert_eq!(told["tls"]["version"], "TLSv1.3");
    let project = project.env("DATABASE_URL", url("disable"));
    assert_eq!(project.run("db test").code(), Some(1));
}

#[test]
fn where_nobody_answers_the_errors_are_those_of_every_command() {
    let project = project()
        .file("limbeck.toml", "")
        .env("DATABASE_URL", "postgresql://me:secret@127.0.0.1:1/x");
    for command in ["test", "create", "drop --database-name x"] {
        let output = project.run(&format!("db {command}"));
        assert_eq!(output.code(), Some(1), "{output}");
        let error = "error: nothing listens on 127.0.0.1:1 (database `";
        assert!(output.stderr.starts_with(error), "{output}");
        assert!(!output.to_string().contains("secret"), "{output}");
    }
}

#[test]
fn config_shows_each_value_and_who_said_so() {
    let project = project()
        .file(
            "limbeck.toml",
            "version_locations = ['db/versions']\nconnect_timeout = '3s'\n[name.staging]\n\
             url = 'host=a,b port=1 user=ada password=secret dbname=shop sslmode=verify-ca'\n",
        )
        .env("LIMBECK_LOCK_WAIT", "5s")
        .env("PGSSLROOTCERT", "/ca.crt");
    let output = project.ok("-n staging -x version_table=heads db config");
    let lines = output.stdout.lines();
    let said = lines.filter(|line| !line.ends_with("the default") && !line.ends_with("  -"));
    assert_snapshot!(said.collect::<Vec<_>>().join("\n"), @r#"
    version_locations            ["db/versions"]                    limbeck.toml:1
    url                          postgresql://ada:***@a:1,b:1/shop  limbeck.toml:4
    version_table                heads                              -x
    lock_wait                    5s                                 the variable LIMBECK_LOCK_WAIT
    connect_timeout              3s                                 limbeck.toml:2

    host              a,b        limbeck.toml:4
    port              1,1        limbeck.toml:4
    dbname            shop       limbeck.toml:4
    user              ada        limbeck.toml:4
    password          ***        limbeck.toml:4
    connect_timeout   3          limbeck.toml:2
    sslmode           verify-ca  limbeck.toml:4
    sslrootcert       /ca.crt    the variable PGSSLROOTCERT
    "#);
    let told = project.ok("-n staging db config --format json").json();
    assert_eq!(told["file"], "limbeck.toml");
    let setting = |list: &str, name: &str| {
        let settings = told[list].as_array().unwrap();
        let found = settings.iter().find(|setting| setting["name"] == name);
        found.unwrap().to_string()
    };
    assert_snapshot!(setting("settings", "version_locations"), @r#"{"name":"version_locations","value":["db/versions"],"origin":"limbeck.toml:1"}"#);
    assert_snapshot!(setting("settings", "recursive_version_locations"), @r#"{"name":"recursive_version_locations","value":false,"origin":"the default"}"#);
    assert_snapshot!(setting("settings", "version_table_schema"), @r#"{"name":"version_table_schema","value":null,"origin":null}"#);
    assert_snapshot!(setting("settings", "truncate_slug_length"), @r#"{"name":"truncate_slug_length","value":40,"origin":"the default"}"#);
    assert_snapshot!(setting("connection", "password"), @r#"{"name":"password","value":"***","origin":"limbeck.toml:4"}"#);
    assert_snapshot!(setting("connection", "application_name"), @r#"{"name":"application_name","value":"limbeck","origin":"the default"}"#);
}

#[test]
fn config_without_a_file_is_libpqs() {
    let project = project()
        .env("PGHOST", "/run/pg")
        .env("PGDATABASE", "shop")
        .env("PGUSER", "ada")
        .env("PGPASSWORD", "secret")
        .env("PGAPPNAME", "deploy");
    let output = project.ok("db config");
    let (_, connection) = output.stdout.split_once("\n\n").unwrap();
    assert_snapshot!(connection, @"
    host              /run/pg  the variable PGHOST
    port              5432     the default
    dbname            shop     the variable PGDATABASE
    user              ada      the variable PGUSER
    password          ***      the variable PGPASSWORD
    sslmode           prefer   the default
    connect_timeout   10       the default
    application_name  deploy   the variable PGAPPNAME
    ");
    assert!(!output.to_string().contains("secret"), "{output}");
    let project = project.env("DATABASE_URL", "postgresql://me:secret@h:x/d");
    assert_snapshot!(project.run("db config"), @"
    ------- stderr -------
    error: the port in the URL is no number from 1 to 65535
    hint: in a password, write `/` as `%2F`, `?` as `%3F` and `%` as `%25`; in a database name, `@` as `%40`
    [exit status: 1]
    ");
    let project = project.env("DATABASE_URL", "embedded:./pgdata");
    let output = project.ok("db config");
    let (_, connection) = output.stdout.split_once("\n\n").unwrap();
    assert_snapshot!(connection, @"embedded  ./pgdata  the variable DATABASE_URL");
}

#[test]
fn config_tells_of_a_password_file_and_of_an_alembic_ini() {
    let project = project()
        .file("alembic/versions/x.sql", "-- revision: a\n-- limbeck: upgrade\n")
        .file(
            "alembic.ini",
            "[alembic]\nscript_location = alembic\nsqlalchemy.url = postgresql+asyncpg://ada:pw@h/shop\n",
        );
    let output = project.ok("db config");
    assert!(
        output.stdout.contains("postgresql://ada:***@h:5432/shop"),
        "{output}"
    );
    assert!(output.stdout.contains("  alembic.ini:3\n"), "{output}");
    let home = project.home().join(".pgpass");
    std::fs::write(&home, "*:*:*:*:secret\n").unwrap();
    Command::new("chmod")
        .arg("600")
        .arg(&home)
        .status()
        .unwrap();
    let output = project.ok("--url host=h db config");
    assert!(
        output
            .stdout
            .lines()
            .any(|line| line.starts_with("password ") && line.ends_with("the password file")),
        "{output}"
    );
    Command::new("chmod")
        .arg("644")
        .arg(&home)
        .status()
        .unwrap();
    let output = project.ok("--url host=h db config");
    assert!(output.stderr.contains("others may read it"), "{output}");
}

#[test]
fn create_creates_what_is_missing() {
    let absent = Absent::new();
    let project = absent.project();
    assert_snapshot!(project.run("upgrade head"), @"
    ------- stderr -------
    error: database `[ABSENT]` does not exist on 127.0.0.1:[PORT] (user `postgres`)
    hint: `limbeck db create` creates it
    [exit status: 1]
    ");
    assert_snapshot!(project.run("db create"), @"
    ------- stderr -------
    created the database [ABSENT]
    ");
    assert_snapshot!(project.run("db create"), @"
    ------- stderr -------
    the database [ABSENT] is there
    ");
    assert_snapshot!(project.run("db create --format json"), @r#"{"database":"[ABSENT]","created":false}"#);
    project.ok("upgrade head");
    let template = database();
    let role = template.role(None);
    let other = role.url.rsplit_once('/').unwrap().0.to_owned() + "/" + &absent.1 + "_2";
    let project = project.env("DATABASE_URL", other);
    let output = project.run("db create --format json");
    assert_eq!(
        output.json_error()["error"]["code"],
        "no_rights",
        "{output}"
    );
    let output = project.run("--url embedded:x db create");
    assert_eq!(output.code(), Some(1), "{output}");
}

#[test]
fn waiting_goes_on_where_the_connection_is_lost() {
    let database = database();
    let proxy = database.proxy();
    let project = project()
        .database(&database)
        .file("versions/a.sql", revision("a", "", ""));
    project.ok("upgrade head");
    let project = project.env("DATABASE_URL", database.url_through(&proxy));
    // The first two turns begin the session.
    proxy.cut(Cut::BeforeAnswer(3));
    let output = project.ok("db wait --for head");
    assert!(
        output.stderr.contains("waiting: the connection"),
        "{output}"
    );
}

#[test]
fn several_at_once_create_one() {
    let absent = Absent::new();
    let outputs = absent.project().run_at_once(8, "db create --format json");
    let created = outputs.iter().map(|output| {
        assert_eq!(output.code(), Some(0), "{output}");
        output.json()["created"] == true
    });
    assert_eq!(created.filter(|created| *created).count(), 1);
}

#[test]
fn drop_wants_the_name_once_more() {
    let absent = Absent::new();
    let project = absent.project();
    assert_snapshot!(project.run("db drop"), @"
    ------- stderr -------
    there is no database [ABSENT]
    ");
    project.ok("db create");
    assert_snapshot!(project.run("db drop"), @"
    ------- stderr -------
    error: not confirmed: this drops the database `[ABSENT]` with all that is in it: postgresql://postgres@127.0.0.1:[PORT]/[ABSENT]
    hint: `--database-name [ABSENT]` confirms it where nobody can be asked
    [exit status: 1]
    ");
    assert_snapshot!(project.run("db drop --format json"), @r#"
    ------- stderr -------
    {"error":{"code":"not_confirmed","message":"not confirmed: this drops the database `[ABSENT]` with all that is in it: postgresql://postgres@127.0.0.1:[PORT]/[ABSENT]","candidates":[],"hints":["`--database-name [ABSENT]` confirms it where nobody can be asked"]}}
    [exit status: 1]
    "#);
    assert_snapshot!(project.run("db drop --database-name other"), @"
    ------- stderr -------
    error: `--database-name` says `other`, and the connection leads to `[ABSENT]`
    hint: `limbeck db config` shows where it leads, and why
    [exit status: 1]
    ");
    let held = absent.0.client(&absent.1);
    let named = format!("db drop --database-name {}", absent.1);
    assert_snapshot!(project.run(&named), @"
    ------- stderr -------
    error: database `[ABSENT]` is in use: There is 1 other session using the database.
    hint: `--force` ends the sessions of others
    [exit status: 1]
    ");
    let output = project.run(&format!("{named} --format json"));
    assert_eq!(output.json_error()["error"]["code"], "in_use", "{output}");
    assert_snapshot!(project.run(&format!("{named} --force")), @"
    ------- stderr -------
    dropped the database [ABSENT]
    ");
    assert_snapshot!(project.run(&format!("{named} --format json")), @r#"{"database":"[ABSENT]","dropped":false}"#);
    drop(held);
}

/// Runs the program on a terminal at which this is typed.
fn typed(project: &Project, line: &str, typed: &str) -> (Option<i32>, String) {
    let program = project.command().get_program().to_owned();
    let mut command = project.command();
    let script = format!(
        "printf '{typed}\\n' | script -qec '{} {line}' /dev/null",
        program.display()
    );
    let environment: Vec<_> = command
        .get_envs()
        .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())))
        .collect();
    let directory = command.get_current_dir().unwrap().to_owned();
    command = Command::new("sh");
    command
        .args(["-c", &script])
        .env_clear()
        .envs(environment)
        .current_dir(directory);
    let output = project.start(command, line).wait();
    (output.code(), output.to_string())
}

#[test]
fn on_a_terminal_the_name_is_typed() {
    let absent = Absent::new();
    let project = absent.project();
    project.ok("db create");
    let (code, told) = typed(&project, "db drop", "y");
    assert_eq!(code, Some(1), "{told}");
    assert!(
        told.contains("type the database's name to go on: "),
        "{told}"
    );
    assert!(told.contains("nothing was done"), "{told}");
    let (code, told) = typed(&project, "db drop", &absent.1);
    assert_eq!(code, Some(0), "{told}");
    assert!(told.contains("dropped the database"), "{told}");
}

#[test]
fn wait_ends_when_the_server_answers_or_the_time_runs_out() {
    let database = database();
    let project = line(&database);
    assert_snapshot!(project.run("db wait"), @"
    ------- stderr -------
    the server takes connections, after [TIME]
    ");
    let gone = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = gone.local_addr().unwrap().port();
    drop(gone);
    let project = project
        .masked(port.to_string(), "[GONE]")
        .env("DATABASE_URL", format!("postgres://me@127.0.0.1:{port}/x"));
    assert_snapshot!(project.run("db wait --timeout 300ms"), @"
    ------- stderr -------
    waiting: nothing listens on 127.0.0.1:[GONE] (database `x`, user `me`)
    not ready after [TIME]: nothing listens on 127.0.0.1:[GONE] (database `x`, user `me`)
    [exit status: 4]
    ");
    assert_snapshot!(project.run("db wait --timeout 100ms --format json"), @r#"
    {"for":"server","ready":false,"reason":"nothing listens on 127.0.0.1:[GONE] (database `x`, user `me`)","duration_ms":[TIME]}
    [exit status: 4]
    "#);
    assert_snapshot!(project.run("db wait --timeout 60"), @"
    ------- stderr -------
    error: invalid value '60' for '--timeout <TIME>': a time such as [TIME], [TIME] or [TIME]

    For more information, try '--help'.
    [exit status: 2]
    ");
    let absent = Absent::new();
    assert_snapshot!(absent.project().run("db wait"), @"
    ------- stderr -------
    the server takes connections, but has no database `[ABSENT]`, after [TIME]
    ");
}

#[test]
fn a_silent_server_is_not_waited_for_any_longer_than_asked() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let project = project()
        .file("limbeck.toml", "connect_timeout = '10min'")
        .env("DATABASE_URL", format!("postgres://me@127.0.0.1:{port}/x"));
    let output = project.run("db wait --timeout 200ms");
    assert_eq!(output.code(), Some(4), "{output}");
    assert!(output.stderr.contains(": no answer within "), "{output}");
}

#[test]
fn wait_goes_on_while_a_server_starts() {
    let server = Server::start_own();
    server.stop();
    let project = project()
        .env("DATABASE_URL", server.url("postgres"))
        .file("limbeck.toml", "");
    let mut waiting = project.spawn("db wait");
    waiting.wait_for("waiting: nothing listens on");
    server.start_again();
    let output = waiting.wait();
    assert_eq!(output.code(), Some(0), "{output}");
}

#[test]
fn what_waiting_does_not_help_is_an_error_at_once() {
    let server = Settings::default()
        .rule("host all all 127.0.0.1/32 scram-sha-256")
        .start();
    let project = project()
        .env("DATABASE_URL", server.url("postgres"))
        .file("limbeck.toml", "")
        .line_of_revisions(1);
    for line in ["db wait", "db wait --for head"] {
        let output = project.run(&format!("{line} --format json"));
        assert_eq!(output.code(), Some(1), "{output}");
        assert_eq!(output.json_error()["error"]["code"], "connection");
    }
}

#[test]
fn wait_for_head_ends_when_all_revisions_are_applied() {
    let database = database();
    let mut project = line(&database);
    project.ok("upgrade +1");
    assert_snapshot!(project.run("db wait --for head --timeout 100ms"), @"
    ------- stderr -------
    waiting: 1 of 2 revisions pending
    not ready after [TIME]: 1 of 2 revisions pending
    [exit status: 4]
    ");
    let mut waiting = project.spawn("db wait --for head");
    waiting.wait_for("waiting: 1 of 2 revisions pending");
    project.ok("upgrade head");
    let output = waiting.wait();
    assert_eq!(output.code(), Some(0), "{output}");
    // One that another checkout has applied does not matter, where the ledger knows what is below it.
    project.write(
        "versions/r0003.sql",
        "-- revision: r0003\n-- down_revision: r0002\n-- limbeck: upgrade\n",
    );
    project.ok("upgrade head");
    std::fs::remove_file(project.path("versions/r0003.sql")).unwrap();
    assert_snapshot!(project.run("db wait --for head --format json"), @r#"{"for":"head","ready":true,"reason":null,"duration_ms":[TIME]}"#);
    database.execute("UPDATE alembic_version SET version_num = 'x'");
    assert_snapshot!(project.run("db wait --for head --timeout 100ms"), @"
    ------- stderr -------
    waiting: it is not known whether 2 of 2 revisions are applied
    not ready after [TIME]: it is not known whether 2 of 2 revisions are applied
    [exit status: 4]
    ");
    let absent = Absent::new();
    let output = absent.project().run("db wait --for head --timeout 100ms");
    assert_eq!(output.code(), Some(4), "{output}");
}

#[test]
fn a_signal_ends_the_waiting() {
    let gone = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = gone.local_addr().unwrap().port();
    drop(gone);
    let project = project()
        .file("limbeck.toml", "")
        .env("DATABASE_URL", format!("postgres://me@127.0.0.1:{port}/x"));
    for signal in ["INT", "TERM"] {
        let mut waiting = project.spawn("db wait --timeout 10min");
        waiting.wait_for("waiting: nothing listens");
        waiting.signal(signal);
        let output = waiting.wait();
        assert_eq!(output.code(), Some(1), "{output}");
        assert!(output.stderr.ends_with("error: interrupted\n"), "{output}");
    }
}
