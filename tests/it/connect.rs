//! Connecting to real servers: passwords, TLS and certificates, late servers, and each refusal.
//!
//! What a connection string means is tested beside its parser; here a server has the last word.

use std::fs;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use limbeck::database::connect::{ConnectError, Connected, Options, Retry, connect};
use limbeck::database::conninfo::{ConnectInfo, Environment};
use limbeck::database::tls::CertificateProblem;
use tokio_postgres::SimpleQueryMessage;

use crate::support::server::make_private;
use crate::support::{Server, Settings, database};

fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(future)
}

fn settings(text: &str, environment: &Environment) -> ConnectInfo {
    ConnectInfo::parse(text, environment).unwrap()
}

/// Connects with these options and returns the one value of a query.
fn ask(text: &str, environment: &Environment, query: &str) -> Result<String, ConnectError> {
    ask_with(text, environment, &Options::default(), query)
}

fn ask_with(
    text: &str,
    environment: &Environment,
    options: &Options,
    query: &str,
) -> Result<String, ConnectError> {
    let info = settings(text, environment);
    block_on(async {
        let Connected {
            client, mut driver, ..
        } = connect(&info, options).await?;
        let answer = driver.run(client.simple_query(query)).await.unwrap();
        let value = answer.iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
            _ => None,
        });
        Ok(value.unwrap_or_default())
    })
}

/// Connects and returns the user, or the error.
fn user(text: &str) -> Result<String, ConnectError> {
    ask(text, &Environment::default(), "SELECT current_user")
}

const ENCRYPTED: &str = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";

#[test]
fn a_password_of_any_characters_signs_in() {
    let database = database();
    for password in ["@%:/ '\"\\", "p@ss#w?rd&=", "käse", "***"] {
        let role = database.role(Some(password));
        assert_eq!(user(&role.url).unwrap(), role.name, "{password}");

        let quoted = password.replace('\\', r"\\").replace('\'', r"\'");
        let words = format!(
            "host=127.0.0.1 port={} dbname={} user={} password='{quoted}'",
            database.server().port(),
            database.name(),
            role.name
        );
        assert_eq!(user(&words).unwrap(), role.name, "{password}");
    }
}

#[test]
fn password_and_service_files_say_what_the_string_leaves_out() {
    let database = database();
    let role = database.role(Some("a:b\\c"));
    let home = tempfile::tempdir().unwrap();
    let passfile = home.path().join(".pgpass");
    let (port, name) = (database.server().port(), database.name());
    fs::write(
        &passfile,
        format!("127.0.0.1:{port}:*:{}:a\\:b\\\\c\n", role.name),
    )
    .unwrap();
    let service = format!(
        "[shop]\nhost=127.0.0.1\nport={port}\ndbname={name}\nuser={}\n",
        role.name
    );
    fs::write(home.path().join(".pg_service.conf"), service).unwrap();
    let environment = Environment {
        variables: [("PGSERVICE".to_owned(), "shop".to_owned())].into(),
        home: Some(home.path().to_owned()),
        user: None,
    };

    make_private(&passfile);
    let found = ask("", &environment, "SELECT current_database()").unwrap();
    assert_eq!(found, name);

    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(&passfile, fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(settings("", &environment).warnings().len(), 1);
    let error = ask("", &environment, "SELECT 1").unwrap_err();
    assert!(
        matches!(error, ConnectError::PasswordMissing { .. }),
        "{error}"
    );
}

#[test]
fn each_refusal_is_an_error_of_its_own_and_names_host_database_and_user() {
    let server = Settings::default()
        .rule("host all turned_away all reject")
        .start();
    let database = server.database();
    let role = database.role(Some("right"));
    let (port, name) = (server.port(), database.name());
    database.execute("CREATE ROLE full LOGIN CONNECTION LIMIT 0");

    let at = |user: &str, database: &str| format!("postgres://{user}@127.0.0.1:{port}/{database}");
    let wrong = user(&at(&format!("{}:hunter2", role.name), name)).unwrap_err();
    assert!(
        matches!(wrong, ConnectError::WrongPassword { .. }),
        "{wrong}"
    );
    assert!(!format!("{wrong} {wrong:?} {:?}", wrong.hints()).contains("hunter2"));
    let missing = user(&at(&role.name, name)).unwrap_err();
    assert!(
        matches!(missing, ConnectError::PasswordMissing { .. }),
        "{missing}"
    );
    let absent = user(&at("postgres", "absent")).unwrap_err();
    assert!(
        matches!(absent, ConnectError::NoSuchDatabase { .. }),
        "{absent}"
    );
    let ghost = user(&at("ghost", name)).unwrap_err();
    assert!(matches!(ghost, ConnectError::NoSuchRole { .. }), "{ghost}");
    let rejected = user(&at("turned_away", name)).unwrap_err();
    assert!(
        matches!(rejected, ConnectError::Rejected { .. }),
        "{rejected}"
    );
    let full = user(&at("full", name)).unwrap_err();
    assert!(
        matches!(full, ConnectError::TooManyConnections { .. }),
        "{full}"
    );
    let plain = user(&format!("{}?sslmode=require", at("postgres", name))).unwrap_err();
    assert!(matches!(plain, ConnectError::TlsRefused { .. }), "{plain}");
    let silent = user("postgres://u@127.0.0.1:1/d").unwrap_err();
    assert!(matches!(silent, ConnectError::Refused { .. }), "{silent}");
    let socket = user("host=/nonexistent user=u dbname=d").unwrap_err();
    assert!(
        matches!(socket, ConnectError::SocketMissing { .. }),
        "{socket}"
    );
    let lost = user("postgres://u@no.such.host.invalid/d").unwrap_err();
    assert!(matches!(lost, ConnectError::HostNotFound { .. }), "{lost}");

    for error in [
        wrong, missing, absent, ghost, rejected, full, plain, silent, socket, lost,
    ] {
        let endpoint = error.endpoint().unwrap();
        let message = error.to_string();
        assert_eq!(error.code(), "connection");
        for part in [
            &endpoint.host.to_string(),
            &endpoint.database,
            &endpoint.user,
        ] {
            assert!(message.contains(part.as_str()), "{message}");
        }
    }
    database.execute("DROP ROLE full");
}

#[test]
fn the_certificate_is_checked_as_far_as_the_mode_says() {
    let server = Server::start_tls();
    let at = |host: &str, query: &str| {
        let port = server.port();
        let text = format!("postgres://postgres@{host}:{port}/postgres?{query}");
        ask(&text, &Environment::default(), ENCRYPTED)
    };
    let ca = format!("sslrootcert={}", server.file("ca.crt").display());
    let other = format!("sslrootcert={}", server.file("other-ca.crt").display());
    let problem = |result: Result<String, ConnectError>| match result {
        Err(ConnectError::Certificate { problem, .. }) => problem,
        result => panic!("{result:?}"),
    };

    for query in ["", "sslmode=prefer", "sslmode=require", "sslmode=allow"] {
        assert_eq!(at("127.0.0.2", query).unwrap(), "t", "{query}");
    }
    for host in ["localhost", "127.0.0.1"] {
        assert_eq!(at(host, &format!("sslmode=verify-full&{ca}")).unwrap(), "t");
    }
    assert_eq!(
        at("127.0.0.2", &format!("sslmode=verify-ca&{ca}")).unwrap(),
        "t"
    );
    let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
    assert_eq!(
        problem(at("127.0.0.2", &format!("sslmode=verify-full&{ca}"))),
        CertificateProblem::WrongName(names)
    );
    for mode in ["require", "verify-ca", "verify-full"] {
        assert_eq!(
            problem(at("localhost", &format!("sslmode={mode}&{other}"))),
            CertificateProblem::UnknownIssuer
        );
    }

    let refused = at("localhost", "sslmode=disable").unwrap_err();
    assert!(
        matches!(refused, ConnectError::Rejected { .. }),
        "{refused}"
    );
    let unset = at("localhost", "sslmode=verify-full").unwrap_err();
    assert!(matches!(unset, ConnectError::Tls { .. }), "{unset}");
}

#[test]
fn a_client_certificate_signs_in() {
    let server = Server::start_tls();
    let at = |query: &str| {
        let port = server.port();
        user(&format!(
            "postgres://certain@localhost:{port}/postgres?{query}"
        ))
    };
    let pair = format!(
        "sslcert={}&sslkey={}",
        server.file("client.crt").display(),
        server.file("client.key").display()
    );
    assert_eq!(at(&pair).unwrap(), "certain");
    let without = at("sslmode=require").unwrap_err();
    assert!(
        matches!(without, ConnectError::Rejected { .. }),
        "{without}"
    );
    let turned_off = at(&format!("{pair}&sslcertmode=disable&sslmode=require")).unwrap_err();
    assert!(
        matches!(turned_off, ConnectError::Rejected { .. }),
        "{turned_off}"
    );
}

#[test]
fn a_server_that_starts_late_is_waited_for_if_asked() {
    let server = Server::start_own();
    server.stop();
    let tcp = server.url("postgres");
    let socket = format!(
        "host={} port={} user=postgres dbname=postgres",
        server.socket_dir().display(),
        server.port()
    );
    assert!(matches!(user(&tcp), Err(ConnectError::Refused { .. })));
    assert!(matches!(
        user(&socket),
        Err(ConnectError::SocketMissing { .. })
    ));

    let tries = Arc::new(Mutex::new(Vec::new()));
    let waiting: Vec<_> = [tcp, socket]
        .into_iter()
        .map(|text| {
            let tries = Arc::clone(&tries);
            let options = Options {
                retry: Retry {
                    within: Duration::from_secs(60),
                },
                retrying: Some(Arc::new(move |error: &ConnectError| {
                    tries.lock().unwrap().push(error.to_string());
                })),
                notices: None,
            };
            std::thread::spawn(move || {
                ask_with(&text, &Environment::default(), &options, "SELECT 1")
            })
        })
        .collect();
    while tries.lock().unwrap().len() < 4 {
        std::thread::sleep(Duration::from_millis(5));
    }
    server.begin_again();
    for thread in waiting {
        assert_eq!(thread.join().unwrap().unwrap(), "1");
    }
}

#[test]
fn a_server_that_says_nothing_is_given_up_and_the_next_one_is_asked() {
    // It takes connections as far as the kernel does it, and never answers.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = listener.local_addr().unwrap().port();
    let port = Server::shared().port();
    let start = Instant::now();
    let hosts = format!("127.0.0.1:{silent},127.0.0.1:{port}");
    let text = format!("postgres://postgres@{hosts}/postgres?connect_timeout=1");
    assert_eq!(user(&text).unwrap(), "postgres");
    assert!(start.elapsed() >= Duration::from_secs(1));

    let alone = format!("postgres://postgres@127.0.0.1:{silent}/postgres?connect_timeout=1");
    let error = user(&alone).unwrap_err();
    assert!(matches!(error, ConnectError::TimedOut { .. }), "{error}");
}

#[test]
fn of_several_hosts_the_one_of_the_right_kind_is_taken() {
    let primary = Server::start_own();
    let replica = primary.start_replica();
    let (first, second) = (replica.port(), primary.port());
    for (wanted, standby) in [
        ("any", "t"),
        ("read-write", "f"),
        ("primary", "f"),
        ("read-only", "t"),
        ("standby", "t"),
        ("prefer-standby", "t"),
    ] {
        let text = format!(
            "postgres://postgres@127.0.0.1:{first},127.0.0.1:{second}/postgres\
             ?target_session_attrs={wanted}"
        );
        let query = "SELECT pg_is_in_recovery()";
        let answer = ask(&text, &Environment::default(), query).unwrap();
        assert_eq!(answer, standby, "{wanted}");
    }
    let alone =
        format!("postgres://postgres@127.0.0.1:{second}/postgres?target_session_attrs=standby");
    assert!(matches!(
        user(&alone),
        Err(ConnectError::SessionAttrs { .. })
    ));
}

#[test]
fn a_cancellation_reaches_the_server_over_the_same_kind_of_connection() {
    let server = Server::start_tls();
    let port = server.port();
    let socket = server.socket_dir().display();
    for (text, encrypted) in [
        (
            format!("postgres://postgres@localhost:{port}/postgres"),
            true,
        ),
        (format!("host={socket} port={port} user=postgres"), false),
    ] {
        let info = settings(&text, &Environment::default());
        let code = block_on(async {
            let Connected {
                client,
                mut driver,
                peer,
                cancel,
            } = connect(&info, &Options::default()).await.unwrap();
            assert_eq!(peer.encrypted, encrypted);
            let other = std::thread::spawn(move || {
                std::thread::sleep(Duration::from_millis(200));
                block_on(cancel.cancel()).unwrap();
            });
            let answer = driver
                .run(client.batch_execute("SELECT pg_sleep(60)"))
                .await;
            other.join().unwrap();
            answer.unwrap_err().code().unwrap().code().to_owned()
        });
        assert_eq!(code, "57014");
    }
}

#[test]
fn what_the_server_says_unasked_is_handed_on() {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let hook = Arc::clone(&heard);
    let options = Options {
        notices: Some(Arc::new(move |notice| hook.lock().unwrap().push(notice))),
        ..Options::default()
    };
    let query = "DO $$ BEGIN RAISE WARNING 'mind the gap' USING ERRCODE = '01ABC'; END $$";
    let url = Server::shared().url("postgres");
    ask_with(&url, &Environment::default(), &options, query).unwrap();
    let heard = heard.lock().unwrap();
    assert_eq!(heard.len(), 1);
    assert_eq!(heard[0].severity, "WARNING");
    assert_eq!(heard[0].code, "01ABC");
    assert_eq!(heard[0].message, "mind the gap");
}
