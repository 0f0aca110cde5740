//! Databases that cannot be reached, or not be used.

use insta::assert_snapshot;

use super::{Case, error_of};
use crate::support::limbeck::Project;
use crate::support::{Server, Settings, database, project};

fn line(project: Project) -> Project {
    project.line_of_revisions(2)
}

/// A project whose database is named by a URL that is typed.
fn away(url: &str) -> Case {
    Case::alone(line(
        project().file("limbeck.toml", "").env("DATABASE_URL", url),
    ))
}

#[test]
fn a_database_that_there_is_not() {
    let database = database();
    let project = line(project().database(&database).file("limbeck.toml", ""));
    let url = database.server().url("nowhere");
    let case = Case::alone(project.env("DATABASE_URL", url));
    assert_snapshot!(case.refused("upgrade head", "connection"), @"
    ------- stderr -------
    error: database `nowhere` does not exist on 127.0.0.1:[PORT] (user `postgres`)
    hint: `limbeck db create` creates it
    [exit status: 1]
    ");
    assert_snapshot!(case.refused("current", "connection"), @"
    ------- stderr -------
    error: database `nowhere` does not exist on 127.0.0.1:[PORT] (user `postgres`)
    hint: `limbeck db create` creates it
    [exit status: 1]
    ");
}

#[test]
fn a_wrong_password() {
    let database = database();
    let role = database.role(Some("p@ss%word:1"));
    let wrong = role.url.replace("%31@", "%32s3cret@");
    assert_ne!(wrong, role.url);
    let project = line(project().database(&database).file("limbeck.toml", ""))
        .env("DATABASE_URL", wrong)
        .masked(&role.name, "[ROLE]");
    let case = Case::alone(project);
    assert_snapshot!(case.refused("upgrade head", "connection"), @"
    ------- stderr -------
    error: wrong password, or no such user, for 127.0.0.1:[PORT] (database `[DATABASE]`, user `[ROLE]`)
    hint: in a URL, write `@` in a password as `%40`, `:` as `%3A`, `/` as `%2F` and `%` as `%25`
    [exit status: 1]
    ");
}

#[test]
fn a_password_that_is_not_given() {
    let database = database();
    let role = database.role(Some("secret"));
    let url = format!(
        "postgres://{}@127.0.0.1:{}/{}",
        role.name,
        database.server().port(),
        database.name()
    );
    let project = line(project().database(&database).file("limbeck.toml", ""))
        .env("DATABASE_URL", url)
        .masked(&role.name, "[ROLE]");
    assert_snapshot!(Case::alone(project).refused("upgrade head", "connection"), @"
    ------- stderr -------
    error: 127.0.0.1:[PORT] (database `[DATABASE]`, user `[ROLE]`) asks for a password, and none is given
    hint: put it into the URL, into `PGPASSWORD` or into `~/.pgpass`
    [exit status: 1]
    ");
}

#[test]
fn a_user_that_there_is_not() {
    let database = database();
    let url = format!(
        "postgres://nobody@127.0.0.1:{}/{}",
        database.server().port(),
        database.name()
    );
    let project =
        line(project().database(&database).file("limbeck.toml", "")).env("DATABASE_URL", url);
    assert_snapshot!(Case::alone(project).refused("current", "connection"), @r#"
    ------- stderr -------
    error: user `nobody` cannot log in on 127.0.0.1:[PORT] (database `[DATABASE]`): role "nobody" does not exist
    hint: `createuser -h 127.0.0.1 -p [PORT] nobody` creates one, `ALTER ROLE … LOGIN` lets an old one in
    [exit status: 1]
    "#);
}

#[test]
fn no_server() {
    assert_snapshot!(away("postgres://app:s3cret@127.0.0.1:1/app").refused("upgrade head", "connection"), @"
    ------- stderr -------
    error: nothing listens on 127.0.0.1:1 (database `app`, user `app`)
    hint: `pg_isready -h 127.0.0.1 -p 1` asks again
    [exit status: 1]
    ");
    assert_snapshot!(away("postgres:///app?host=/nowhere&user=app").refused("upgrade head", "connection"), @"
    ------- stderr -------
    error: there is no socket /nowhere/.s.PGSQL.5432 (database `app`, user `app`)
    hint: name the server with `host=HOST`, or the socket's directory with `host=/DIRECTORY`
    [exit status: 1]
    ");
    assert_snapshot!(away("postgres://app@127.0.0.1:1,127.0.0.1:2/app").refused("upgrade head", "connection"), @"
    ------- stderr -------
    error: none of 2 hosts takes the connection
      nothing listens on 127.0.0.1:1 (database `app`, user `app`)
      nothing listens on 127.0.0.1:2 (database `app`, user `app`)
      nothing listens on 127.0.0.1:1 (database `app`, user `app`)
      nothing listens on 127.0.0.1:2 (database `app`, user `app`)
    hint: `pg_isready -h 127.0.0.1 -p 1` asks again
    hint: `pg_isready -h 127.0.0.1 -p 2` asks again
    [exit status: 1]
    ");
}

#[test]
fn a_host_that_has_no_address() {
    let case = away("postgres://app:s3cret@nowhere.invalid/app");
    let told = case.refused("upgrade head", "connection");
    // The system's own words follow, and differ.
    let known =
        "error: no address is known for nowhere.invalid:5432 (database `app`, user `app`): ";
    assert!(told.stderr.starts_with(known), "{told}");
}

#[test]
fn a_host_that_does_not_answer() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let case = Case::alone(
        line(project().file("limbeck.toml", "connect_timeout = '1s'\n"))
            .env(
                "DATABASE_URL",
                format!("postgres://app@127.0.0.1:{port}/app"),
            )
            .masked(port.to_string(), "[PORT]"),
    );
    assert_snapshot!(case.refused("current", "connection"), @"
    ------- stderr -------
    error: no answer within [TIME] from 127.0.0.1:[PORT] (database `app`, user `app`)
    [exit status: 1]
    ");
}

#[test]
fn encryption_that_the_server_does_not_have() {
    let database = database();
    let url = format!("{}?sslmode=require", database.url());
    let project =
        line(project().database(&database).file("limbeck.toml", "")).env("DATABASE_URL", url);
    assert_snapshot!(Case::alone(project).refused("upgrade head", "connection"), @"
    ------- stderr -------
    error: `sslmode=require` asks for TLS, and 127.0.0.1:[PORT] (database `[DATABASE]`, user `postgres`) does not speak it
    hint: `ssl = on` in `postgresql.conf` lets the server speak it; `sslmode=prefer` does without
    [exit status: 1]
    ");
}

#[test]
fn no_database_is_named() {
    let case = Case::alone(
        line(project().file("limbeck.toml", "").env("PGUSER", "me")).env("PGHOST", "/nowhere"),
    );
    assert_snapshot!(case.refused("upgrade head", "connection"), @"
    ------- stderr -------
    error: there is no socket /nowhere/.s.PGSQL.5432 (database `me`, user `me`)
    hint: name the server with `host=HOST`, or the socket's directory with `host=/DIRECTORY`
    [exit status: 1]
    ");
}

#[test]
fn connection_strings_that_say_nothing() {
    assert_snapshot!(away("mysql://root@localhost/app").refused("current", "connection"), @"
    ------- stderr -------
    error: `mysql://` is no PostgreSQL address
    hint: write `postgresql://USER:PASSWORD@HOST:PORT/DATABASE` or `host=HOST dbname=DATABASE user=USER`
    [exit status: 1]
    ");
    assert_snapshot!(away("postgres://app:s3cret@localhost:port/app").refused("current", "connection"), @"
    ------- stderr -------
    error: the port in the URL is no number from 1 to 65535
    hint: in a password, write `/` as `%2F`, `?` as `%3F` and `%` as `%25`; in a database name, `@` as `%40`
    [exit status: 1]
    ");
    assert_snapshot!(away("postgres://app:s3cr%zz@localhost/app").refused("current", "connection"), @"
    ------- stderr -------
    error: the password in the URL has a `%` that does not begin a valid escape
    hint: write a literal `%` in the password as `%25`
    [exit status: 1]
    ");
    assert_snapshot!(away("postgres://localhost/app?sslmod=require").refused("current", "connection"), @"
    ------- stderr -------
    error: the connection string has the unknown keyword `sslmod`
    hint: did you mean `sslmode`?
    [exit status: 1]
    ");
    assert_snapshot!(away("postgres://localhost/app?sslmode=on").refused("current", "connection"), @"
    ------- stderr -------
    error: `sslmode=on`, from the connection string: expected disable, allow, prefer, require, verify-ca, verify-full
    [exit status: 1]
    ");
    assert_snapshot!(away("host=localhost pasword=s3cret").refused("current", "connection"), @"
    ------- stderr -------
    error: the connection string has the unknown keyword `pasword`
    hint: did you mean `password`?
    [exit status: 1]
    ");
    assert_snapshot!(away("host=localhost password='s3cret").refused("current", "connection"), @r"
    ------- stderr -------
    error: a quoted value in the connection string does not end: `password='…`
    hint: inside quotes, write `'` as `\'` and `\` as `\\`
    [exit status: 1]
    ");
    assert_snapshot!(away("service=nowhere").refused("current", "connection"), @"
    ------- stderr -------
    error: there is no service `nowhere` in [HOME]/.pg_service.conf or /etc/postgresql-common/pg_service.conf
    [exit status: 1]
    ");
}

#[test]
fn no_right_to_create_tables() {
    let database = database();
    database.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC");
    let role = database.role(None);
    let project = line(project().database(&database).file("limbeck.toml", ""))
        .env("DATABASE_URL", &role.url)
        .masked(&role.name, "[ROLE]");
    let case = Case {
        project,
        database: Some(database),
    };
    assert_snapshot!(case.project.run("current"), @"");
    assert_snapshot!(case.project.run("status"), @"
    pending  r0001  add t_r0001
    pending  r0002  add t_r0002
    ------- stderr -------
    0 applied, 2 pending; the database stands at <base>
    ");
    assert_snapshot!(case.refused("upgrade head", "sql_failed"), @r#"
    ------- stderr -------
    error: step 1 of 2 failed and was rolled back: upgrade r0001, add t_r0001
      versions/r0001.sql:7
      7 | CREATE TABLE public."t_r0001" (id bigint PRIMARY KEY)
        |              ^^^^^^ 42501 permission denied for schema public
      done before it: nothing; the database stands at <base>
    [exit status: 1]
    "#);
    assert_snapshot!(case.refused("stamp head", "sql_failed"), @"
    ------- stderr -------
    error: step 1 of 1 failed and was rolled back: stamp r0002, add t_r0002
      42501 permission denied for schema public
      while creating the version table or the ledger
      done before it: nothing; the database stands at <base>
    [exit status: 1]
    ");
    assert_snapshot!(case.refused("ensure-version", "no_rights"), @"
    ------- stderr -------
    error: permission denied for schema public
    hint: `GRANT` it, or connect as a user who has the right
    [exit status: 1]
    ");
}

#[test]
fn no_right_to_read_the_version_table() {
    let database = database();
    let role = database.role(None);
    let project = line(project().database(&database).file("limbeck.toml", ""));
    project.ok("upgrade head");
    let project = project
        .env("DATABASE_URL", &role.url)
        .masked(&role.name, "[ROLE]");
    let case = Case {
        project,
        database: Some(database),
    };
    assert_snapshot!(case.refused("current", "no_rights"), @"
    ------- stderr -------
    error: no right to read the version table `alembic_version`: permission denied for table alembic_version
    hint: `GRANT SELECT ON alembic_version TO …` lets it read
    [exit status: 1]
    ");
    assert_snapshot!(case.refused("status", "no_rights"), @"
    ------- stderr -------
    error: no right to read the version table `alembic_version`: permission denied for table alembic_version
    hint: `GRANT SELECT ON alembic_version TO …` lets it read
    [exit status: 1]
    ");
    assert_snapshot!(case.refused("upgrade head", "no_rights"), @"
    ------- stderr -------
    error: no right to read the version table `alembic_version`: permission denied for table alembic_version
    hint: `GRANT SELECT ON alembic_version TO …` lets it read
    [exit status: 1]
    ");
    case.database()
        .execute(&format!("GRANT SELECT ON alembic_version TO {}", role.name));
    assert_snapshot!(case.project.run("current"), @"r0002 (head)");
    assert_snapshot!(case.refused("status", "no_rights"), @"
    ------- stderr -------
    error: permission denied for table limbeck_ledger
    hint: `GRANT` it, or connect as a user who has the right
    [exit status: 1]
    ");
    assert_snapshot!(case.refused("downgrade base", "no_rights"), @"
    ------- stderr -------
    error: permission denied for table limbeck_journal
    hint: `GRANT` it, or connect as a user who has the right
    [exit status: 1]
    ");
    case.database().execute(&format!(
        "GRANT SELECT ON limbeck_ledger, limbeck_journal TO {}",
        role.name
    ));
    assert_snapshot!(case.project.run("status"), @"
    applied  r0001  add t_r0001  [DATE] in [TIME]
    applied  r0002  add t_r0002  [DATE] in [TIME]
    ------- stderr -------
    2 applied, 0 pending; the database stands at r0002
    ");
    assert_snapshot!(case.refused("downgrade base", "sql_failed"), @r#"
    ------- stderr -------
    error: step 1 of 2 failed and was rolled back: downgrade r0002, add t_r0002
      versions/r0002.sql:10
      10 | DROP TABLE public."t_r0002"
         | 42501 must be owner of table t_r0002
      done before it: nothing; the database stands at r0002
    [exit status: 1]
    "#);
}

#[test]
fn a_database_that_is_read_only() {
    let case = Case::new(line).after("upgrade r0001");
    let name = case.database().name();
    case.database().execute(&format!(
        "ALTER DATABASE {name} SET default_transaction_read_only = on"
    ));
    assert_snapshot!(case.project.run("current"), @"r0001");
    assert_snapshot!(case.refused("upgrade head", "read_only"), @"
    ------- stderr -------
    error: the database is read-only: it is a standby, or `default_transaction_read_only` is on
    hint: connect to the primary: `target_session_attrs=read-write` finds it among several hosts
    [exit status: 1]
    ");
    assert_snapshot!(case.refused("stamp head", "read_only"), @"
    ------- stderr -------
    error: the database is read-only: it is a standby, or `default_transaction_read_only` is on
    hint: connect to the primary: `target_session_attrs=read-write` finds it among several hosts
    [exit status: 1]
    ");
    assert_snapshot!(case.project.run("ensure-version"), @"
    ------- stderr -------
    the table alembic_version is there
    ");
    let mut owner = case.database().client();
    owner
        .batch_execute("SET default_transaction_read_only = off")
        .unwrap();
    owner.batch_execute("DROP TABLE alembic_version").unwrap();
    assert_snapshot!(case.refused("ensure-version", "read_only"), @"
    ------- stderr -------
    error: the database is read-only: it is a standby, or `default_transaction_read_only` is on
    hint: connect to the primary: `target_session_attrs=read-write` finds it among several hosts
    [exit status: 1]
    ");
}

#[test]
fn a_standby() {
    let primary = Server::start_own();
    let database = primary.database();
    let project = line(project().database(&database).file("limbeck.toml", ""));
    project.ok("upgrade r0001");
    let replica = primary.start_replica();
    let project = project
        .env("DATABASE_URL", replica.url(database.name()))
        .masked(replica.port().to_string(), "[PORT2]");
    let case = Case {
        project,
        database: Some(database),
    };
    assert_snapshot!(case.project.run("current"), @"r0001");
    assert_snapshot!(case.project.run("status"), @"
    applied  r0001  add t_r0001  [DATE] in [TIME]
    pending  r0002  add t_r0002
    ------- stderr -------
    1 applied, 1 pending; the database stands at r0001
    ");
    assert_snapshot!(case.refused("upgrade head", "read_only"), @"
    ------- stderr -------
    error: the database is read-only: it is a standby, or `default_transaction_read_only` is on
    hint: connect to the primary: `target_session_attrs=read-write` finds it among several hosts
    [exit status: 1]
    ");
}

#[test]
fn too_many_connections() {
    let server = Settings::default()
        .set("max_connections", "5")
        .set("superuser_reserved_connections", "0")
        .start();
    let database = server.database();
    let project = line(project().database(&database).file("limbeck.toml", ""));
    let mut held = Vec::new();
    while let Ok(client) = server.connect("postgres") {
        held.push(client);
    }
    assert_snapshot!(Case::alone(project).refused("current", "connection"), @"
    ------- stderr -------
    error: 127.0.0.1:[PORT] (database `[DATABASE]`, user `postgres`) has too many connections: sorry, too many clients already
    [exit status: 1]
    ");
}

#[test]
fn a_version_table_with_two_columns() {
    let case = Case::new(line).after_sql(
        "CREATE TABLE alembic_version (version_num varchar(32), note text);
         INSERT INTO alembic_version VALUES ('r0001', 'x')",
    );
    assert_snapshot!(case.refused("current", "not_a_version_table"), @"
    ------- stderr -------
    error: table `alembic_version` has the columns version_num, note; a version table has one, `version_num`
    hint: `version_table` in limbeck.toml names another table
    [exit status: 1]
    ");
    assert_snapshot!(case.refused("upgrade head", "not_a_version_table"), @"
    ------- stderr -------
    error: table `alembic_version` has the columns version_num, note; a version table has one, `version_num`
    hint: `version_table` in limbeck.toml names another table
    [exit status: 1]
    ");
    assert_snapshot!(case.refused("status", "not_a_version_table"), @"
    ------- stderr -------
    error: table `alembic_version` has the columns version_num, note; a version table has one, `version_num`
    hint: `version_table` in limbeck.toml names another table
    [exit status: 1]
    ");
}

#[test]
fn a_version_table_of_numbers() {
    let case = Case::new(line).after_sql(
        "CREATE TABLE alembic_version (version_num bigint); INSERT INTO alembic_version VALUES (7)",
    );
    assert_snapshot!(case.project.run("current"), @"7 (unknown)");
    assert_snapshot!(case.refused("upgrade head", "unknown_in_database"), @"
    ------- stderr -------
    error: the database stands at `7`, which is in no revision file
    hint: this checkout may be older than the database: update it, or build from the newer one
    hint: `limbeck downgrade 7@-1` takes it back with what the ledger kept of it
    [exit status: 1]
    ");
}

#[test]
fn a_version_table_that_is_a_view() {
    let case = Case::new(line)
        .after_sql("CREATE VIEW alembic_version AS SELECT 'r0001'::varchar AS version_num");
    assert_snapshot!(case.refused("upgrade head", "sql_failed"), @r#"
    ------- stderr -------
    error: step 1 of 1 failed and was rolled back: upgrade r0002, add t_r0002
      55000 cannot update view "alembic_version"
      detail: Views that do not select from a single table or view are not automatically updatable.
      while noting the step down in the version table and the ledger
      done before it: nothing; the database stands at r0001
    hint: To enable updating the view, provide an INSTEAD OF UPDATE trigger or an unconditional ON UPDATE DO INSTEAD rule.
    [exit status: 1]
    "#);
}

#[test]
fn a_row_that_is_no_revision() {
    let case = Case::new(line).after_sql(
        "CREATE TABLE alembic_version (version_num varchar(40)); INSERT INTO alembic_version VALUES ('not a-revision')",
    );
    assert_snapshot!(case.project.run("current"), @"not a-revision (unknown)");
    assert_snapshot!(case.refused("upgrade head", "unknown_in_database"), @"
    ------- stderr -------
    error: the database stands at `not a-revision`, which is in no revision file
    hint: this checkout may be older than the database: update it, or build from the newer one
    hint: `limbeck downgrade not a-revision@-1` takes it back with what the ledger kept of it
    [exit status: 1]
    ");
}

#[test]
fn a_row_that_stands_twice() {
    let case = Case::new(line).after_sql(
        "CREATE TABLE alembic_version (version_num varchar(32)); INSERT INTO alembic_version VALUES ('r0001'), ('r0001')",
    );
    assert_snapshot!(case.refused("current", "not_a_version_table"), @"
    ------- stderr -------
    error: the version table `alembic_version` has the row `r0001` twice
    hint: delete one of the two, then `ALTER TABLE alembic_version ADD PRIMARY KEY (version_num)`; `r0001` is one head
    [exit status: 1]
    ");
    assert_snapshot!(case.refused("upgrade head", "not_a_version_table"), @"
    ------- stderr -------
    error: the version table `alembic_version` has the row `r0001` twice
    hint: delete one of the two, then `ALTER TABLE alembic_version ADD PRIMARY KEY (version_num)`; `r0001` is one head
    [exit status: 1]
    ");
}

#[test]
fn rows_of_which_one_is_below_the_other() {
    let case = Case::new(line).after_sql(
        "CREATE TABLE alembic_version (version_num varchar(32)); INSERT INTO alembic_version VALUES ('r0001'), ('r0002')",
    );
    assert_snapshot!(case.project.run("current"), @"
    r0001
    r0002 (head)
    ");
    assert_snapshot!(case.project.run("downgrade base"), @r#"
    ------- stderr -------
    error: step 1 of 2 failed and was rolled back: downgrade r0002, add t_r0002
      versions/r0002.sql:10
      10 | DROP TABLE public."t_r0002"
         |                   ^^^^^^^^^ 42P01 table "t_r0002" does not exist
      done before it: nothing; the database stands at r0001, r0002
    [exit status: 1]
    "#);
}

#[test]
fn a_ledger_that_is_another_program_s() {
    let case = Case::new(line).after_sql("CREATE TABLE limbeck_ledger (id int)");
    assert_snapshot!(case.refused("status", "ledger"), @r#"
    ------- stderr -------
    error: the ledger is not as limbeck makes it
      42703 column "revision" does not exist
    hint: a table of another program may have the name `limbeck_ledger`
    [exit status: 1]
    "#);
    assert_snapshot!(case.refused("upgrade head", "ledger"), @r#"
    ------- stderr -------
    error: the ledger is not as limbeck makes it
      42P01 relation "public.limbeck_journal" does not exist
    hint: a table of another program may have the name `limbeck_ledger`
    [exit status: 1]
    "#);
}

#[test]
fn a_schema_that_there_is_not() {
    let mut case = Case::new(line);
    case.project
        .write("limbeck.toml", "version_table_schema = 'Nowhere'\n");
    assert_snapshot!(case.project.run("current"), @"");
    assert_snapshot!(case.refused("upgrade head", "no_schema"), @r#"
    ------- stderr -------
    error: schema `Nowhere` for the version table does not exist
    hint: `CREATE SCHEMA "Nowhere"` makes it
    [exit status: 1]
    "#);
    assert_snapshot!(case.refused("stamp head", "no_schema"), @r#"
    ------- stderr -------
    error: schema `Nowhere` for the version table does not exist
    hint: `CREATE SCHEMA "Nowhere"` makes it
    [exit status: 1]
    "#);
    assert_snapshot!(case.refused("ensure-version", "no_schema"), @r#"
    ------- stderr -------
    error: schema `Nowhere` for the version table does not exist
    hint: `CREATE SCHEMA "Nowhere"` makes it
    [exit status: 1]
    "#);
}

#[test]
fn an_empty_search_path() {
    let case = Case::new(line);
    let name = case.database().name();
    case.database()
        .execute(&format!("ALTER DATABASE {name} SET search_path = ''"));
    assert_snapshot!(case.project.run("current"), @"");
    assert_snapshot!(case.refused("upgrade head", "no_schema"), @"
    ------- stderr -------
    error: there is no schema for the version table: the search_path names none that exists
    hint: `version_table_schema` in limbeck.toml names one
    [exit status: 1]
    ");
}

#[test]
fn another_runner_at_work() {
    let mut case = Case::new(|project| {
        line(project).file(
            "versions/x.sql",
            "-- revision: x1\n-- down_revision: r0002\n-- limbeck: upgrade\nSELECT pg_sleep(30);\n",
        )
    })
    .after("upgrade r0002");
    case.project.write("limbeck.toml", "lock_wait = '700ms'\n");
    let other = case.project.spawn("upgrade head");
    let asleep = "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = \
                  current_database()";
    while case.database().rows(asleep).is_empty() {}
    let told = case.refused("upgrade head", "locked").to_string();
    let process = regex::Regex::new(r"process \d+").unwrap();
    assert_snapshot!(process.replace_all(&told, "process [PID]"), @"
    ------- stderr -------
    waiting for another run to end: process [PID], user postgres, limbeck, since [DATE]
    error: another run holds the lock: process [PID], user postgres, limbeck, since [DATE]
      waited for [TIME]
    hint: `lock_wait` in limbeck.toml says how long to wait
    [exit status: 1]
    ");
    other.signal("INT");
    assert_snapshot!(other.wait(), @"
    ------- stderr -------
    error: step 1 of 1 was interrupted and rolled back: upgrade x1
      done before it: nothing; the database stands at r0002
    [exit status: 1]
    ");
}

#[test]
fn interrupted() {
    let case = Case::new(|project| {
        project.file(
            "versions/x.sql",
            "-- revision: x1\n-- limbeck: upgrade\nSELECT pg_sleep(30);\n",
        )
    });
    let running = case.project.spawn("upgrade head --format json");
    let asleep = "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = \
                  current_database()";
    while case.database().rows(asleep).is_empty() {}
    running.signal("TERM");
    let told = running.wait();
    assert_eq!(error_of(&told)["code"], "interrupted");
    assert_snapshot!(told, @r#"
    ------- stderr -------
    {"error":{"code":"interrupted","message":"step 1 of 1 was interrupted and rolled back: upgrade x1","candidates":[],"hints":[],"details":["done before it: nothing; the database stands at <base>"]}}
    [exit status: 1]
    "#);
    assert_eq!(case.database().heads(), [""; 0]);
}
