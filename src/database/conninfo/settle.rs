//! Makes checked settings out of strings: precedence, defaults, and what each value may be.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::environment::Environment;
use super::error::{ConnectInfoError as Error, Origin};
use super::keyword::{KEYWORDS, Keyword, SETTING_VARIABLES, Treatment};
use super::passfile::Passfile;
use super::text::{Setting, Settings};
use super::{
    ChannelBinding, ConnectInfo, DEFAULT_PORT, FileSetting, Host, Keepalive, Place, Roots, Secret,
    SessionAttrs, SslMode, TlsSettings, TlsVersion, service,
};

/// Where servers put their sockets, Debian's place first.
const SOCKET_DIRECTORIES: [&str; 2] = ["/var/run/postgresql", "/tmp"];

/// Keywords that the printed URL shows elsewhere or that were used up.
const SHOWN_ELSEWHERE: [&str; 9] = [
    "user",
    "password",
    "host",
    "hostaddr",
    "port",
    "dbname",
    "service",
    "servicefile",
    "sslpassword",
];

/// Completes and checks what the connection string says.
pub(super) fn settle(
    mut settings: Settings,
    environment: &Environment,
) -> Result<ConnectInfo, Error> {
    let variables = variables(environment)?;
    let of_service = {
        let either = |keyword| settings.value(keyword).or_else(|| variables.value(keyword));
        match either("service") {
            Some(name) => Some(service::read(name, either("servicefile"), environment)?),
            None => None,
        }
    };
    settings.fill(of_service.unwrap_or_default());
    settings.fill(variables);
    let settings = &settings;

    let user = settings
        .value("user")
        .or(environment.user.as_deref())
        .ok_or(Error::NoUser)?
        .to_owned();
    let database = settings.value("dbname").unwrap_or(&user).to_owned();
    let password = settings.value("password").map(Secret::new);
    let mut warnings = Vec::new();
    let passfile = match &password {
        Some(_) => None,
        None => {
            let path = match settings.value("passfile") {
                Some(path) => Some(PathBuf::from(path)),
                None => environment.in_home(".pgpass"),
            };
            path.and_then(|path| {
                Passfile::read(&path).unwrap_or_else(|warning| {
                    warnings.push(warning);
                    None
                })
            })
        }
    };
    let application_name = settings
        .value("application_name")
        .or_else(|| settings.value("fallback_application_name"))
        .unwrap_or("limbeck")
        .to_owned();

    Ok(ConnectInfo {
        hosts: hosts(settings)?,
        user,
        database,
        password,
        passfile,
        application_name,
        options: options(settings, environment),
        connect_timeout: seconds(settings, "connect_timeout")?,
        keepalive: keepalive(settings)?,
        tls: tls(settings, environment)?,
        channel_binding: word(settings, "channel_binding", CHANNEL_BINDINGS)?
            .unwrap_or(ChannelBinding::Prefer),
        session: word(settings, "target_session_attrs", SESSIONS)?.unwrap_or(SessionAttrs::Any),
        shuffle_hosts: word(settings, "load_balance_hosts", BALANCES)?.unwrap_or(false),
        require_peer: settings.value("requirepeer").map(str::to_owned),
        others: others(settings),
        origins: origins(settings),
        warnings,
    })
}

fn variables(environment: &Environment) -> Result<Settings, Error> {
    let mut settings = Settings::default();
    for keyword in KEYWORDS {
        if let Some(variable) = keyword.variable
            && let Some(value) = environment.get(variable)
        {
            settings.set(keyword.name, value.to_owned(), Origin::Variable(variable))?;
        }
    }
    Ok(settings)
}

fn others(settings: &Settings) -> Vec<(&'static str, String)> {
    KEYWORDS
        .iter()
        .filter(|known| known.treatment == Treatment::Honoured)
        .filter(|known| !SHOWN_ELSEWHERE.contains(&known.name))
        .filter_map(|known| Some((known.name, settings.value(known.name)?.to_owned())))
        .collect()
}

fn origins(settings: &Settings) -> BTreeMap<&'static str, Origin> {
    let found = |keyword: &Keyword| {
        let setting = settings.get(keyword.name)?;
        Some((keyword.name, setting.origin.clone()))
    };
    KEYWORDS.iter().filter_map(found).collect()
}

fn hosts(settings: &Settings) -> Result<Vec<Host>, Error> {
    let list = |keyword| -> Vec<&str> {
        let value = settings.value(keyword);
        value.map_or_else(Vec::new, |value| value.split(',').map(str::trim).collect())
    };
    let (names, addresses, ports) = (list("host"), list("hostaddr"), list("port"));
    let count = names.len().max(addresses.len()).max(1);
    for (keyword, values) in [("host", &names), ("hostaddr", &addresses)] {
        if !values.is_empty() && values.len() != count {
            let (count, hosts) = (values.len(), count);
            return Err(Error::Count {
                keyword,
                count,
                hosts,
            });
        }
    }
    if ports.len() > 1 && ports.len() != count {
        return Err(Error::Count {
            keyword: "port",
            count: ports.len(),
            hosts: count,
        });
    }

    let ports: Vec<u16> = ports
        .iter()
        .map(|port| match *port {
            "" => Ok(DEFAULT_PORT),
            port => port
                .parse()
                .ok()
                .filter(|port| *port > 0)
                .ok_or_else(|| wrong(settings, "port", "a number from 1 to 65535")),
        })
        .collect::<Result<_, _>>()?;
    let at = |values: &[&str], index: usize| -> String {
        values.get(index).copied().unwrap_or("").to_owned()
    };
    (0..count)
        .map(|index| {
            let port = match ports.as_slice() {
                [] => DEFAULT_PORT,
                [port] => *port,
                ports => ports[index],
            };
            let place = place(settings, &at(&names, index), &at(&addresses, index), port)?;
            Ok(Host { place, port })
        })
        .collect()
}

fn place(settings: &Settings, name: &str, address: &str, port: u16) -> Result<Place, Error> {
    if !address.is_empty() {
        let Ok(parsed) = address.parse::<IpAddr>() else {
            return Err(wrong(
                settings,
                "hostaddr",
                "IP addresses; names go into `host`",
            ));
        };
        let name = if name.is_empty() { address } else { name };
        return Ok(Place::Tcp {
            name: name.to_owned(),
            address: Some(parsed),
        });
    }
    if name.starts_with('@') {
        return Err(wrong(
            settings,
            "host",
            "no abstract socket: those are not supported",
        ));
    }
    if name.starts_with('/') {
        return Ok(Place::Socket(name.into()));
    }
    if name.is_empty() {
        let existing = SOCKET_DIRECTORIES.iter().find(|directory| {
            Path::new(directory)
                .join(format!(".s.PGSQL.{port}"))
                .exists()
        });
        if let Some(directory) = existing {
            return Ok(Place::Socket(directory.into()));
        }
        return Ok(Place::Tcp {
            name: "localhost".to_owned(),
            address: None,
        });
    }
    Ok(Place::Tcp {
        name: name.to_owned(),
        address: name.parse().ok(),
    })
}

/// `options`, after those settings that libpq takes from variables of their own.
fn options(settings: &Settings, environment: &Environment) -> Option<String> {
    let mut words: Vec<String> = SETTING_VARIABLES
        .iter()
        .filter_map(|(variable, setting)| {
            let value = environment.get(variable)?;
            // libpq's own word for leaving the setting alone.
            if value.eq_ignore_ascii_case("default") {
                return None;
            }
            let value = value.replace('\\', r"\\").replace(' ', r"\ ");
            Some(format!("-c {setting}={value}"))
        })
        .collect();
    words.extend(settings.value("options").map(str::to_owned));
    (!words.is_empty()).then(|| words.join(" "))
}

fn keepalive(settings: &Settings) -> Result<Keepalive, Error> {
    let milliseconds = number(settings, "tcp_user_timeout")?.unwrap_or(0);
    Ok(Keepalive {
        enabled: number(settings, "keepalives")?.is_none_or(|value| value != 0),
        idle: seconds(settings, "keepalives_idle")?,
        interval: seconds(settings, "keepalives_interval")?,
        count: number(settings, "keepalives_count")?
            .and_then(|count| u32::try_from(count).ok())
            .filter(|count| *count > 0),
        user_timeout: u64::try_from(milliseconds)
            .ok()
            .filter(|milliseconds| *milliseconds > 0)
            .map(Duration::from_millis),
    })
}

fn tls(settings: &Settings, environment: &Environment) -> Result<TlsSettings, Error> {
    let roots = match settings.value("sslrootcert") {
        Some("system") => Roots::System,
        _ => Roots::File(file(settings, "sslrootcert", environment, "root.crt")),
    };
    let asked = word(settings, "sslmode", SSL_MODES)?;
    let old = word(settings, "requiressl", SWITCH)?.and_then(|on| on.then_some(SslMode::Require));
    let mode = match (asked.or(old), &roots) {
        (None, Roots::System) => SslMode::VerifyFull,
        (None, Roots::File(_)) => SslMode::Prefer,
        (Some(mode), Roots::System) if mode < SslMode::VerifyFull => {
            return Err(Error::Contradiction(format!(
                "`sslrootcert=system` needs `sslmode=verify-full`: with `{mode}`, anyone could \
                 present a certificate of their own"
            )));
        }
        (Some(mode), _) => mode,
    };
    let direct = word(settings, "sslnegotiation", NEGOTIATIONS)?.unwrap_or(false);
    if direct && mode < SslMode::Require {
        return Err(Error::Contradiction(format!(
            "`sslnegotiation=direct` needs `sslmode=require` or stronger, and the mode is `{mode}`"
        )));
    }

    let lowest = word(settings, "ssl_min_protocol_version", VERSIONS)?;
    let highest = word(settings, "ssl_max_protocol_version", VERSIONS)?;
    let versions = (
        lowest.flatten().unwrap_or(TlsVersion::V1_2),
        highest.unwrap_or(Some(TlsVersion::V1_3)),
    );
    let versions = match versions {
        (lowest, Some(highest)) if lowest <= highest => (lowest, highest),
        _ => {
            return Err(Error::Contradiction(
                "TLS 1.2 and 1.3 are spoken, and the protocol versions that are asked for leave \
                 neither"
                    .to_owned(),
            ));
        }
    };
    let certificate = file(settings, "sslcert", environment, "postgresql.crt");
    let with_certificate = word(settings, "sslcertmode", CERTIFICATE_MODES)?.unwrap_or(true);
    Ok(TlsSettings {
        mode,
        direct,
        roots,
        certificate: with_certificate.then_some(certificate),
        key: file(settings, "sslkey", environment, "postgresql.key"),
        server_name_indication: word(settings, "sslsni", SWITCH)?.unwrap_or(true),
        versions,
    })
}

fn file(
    settings: &Settings,
    keyword: &'static str,
    environment: &Environment,
    usual: &str,
) -> FileSetting {
    match settings.value(keyword) {
        Some(path) => FileSetting::Named(path.into()),
        None => environment
            .in_home(".postgresql")
            .map_or(FileSetting::Unknown, |folder| {
                FileSetting::Usual(folder.join(usual))
            }),
    }
}

const SSL_MODES: &[(&str, SslMode)] = &[
    ("disable", SslMode::Disable),
    ("allow", SslMode::Allow),
    ("prefer", SslMode::Prefer),
    ("require", SslMode::Require),
    ("verify-ca", SslMode::VerifyCa),
    ("verify-full", SslMode::VerifyFull),
];
const CHANNEL_BINDINGS: &[(&str, ChannelBinding)] = &[
    ("disable", ChannelBinding::Disable),
    ("prefer", ChannelBinding::Prefer),
    ("require", ChannelBinding::Require),
];
const SESSIONS: &[(&str, SessionAttrs)] = &[
    ("any", SessionAttrs::Any),
    ("read-write", SessionAttrs::ReadWrite),
    ("read-only", SessionAttrs::ReadOnly),
    ("primary", SessionAttrs::Primary),
    ("standby", SessionAttrs::Standby),
    ("prefer-standby", SessionAttrs::PreferStandby),
];
const BALANCES: &[(&str, bool)] = &[("disable", false), ("random", true)];
const NEGOTIATIONS: &[(&str, bool)] = &[("postgres", false), ("direct", true)];
const SWITCH: &[(&str, bool)] = &[("0", false), ("1", true)];
// `require` would have to know whether the server asked for the certificate.
const CERTIFICATE_MODES: &[(&str, bool)] = &[("disable", false), ("allow", true)];
const VERSIONS: &[(&str, Option<TlsVersion>)] = &[
    ("TLSv1", None),
    ("TLSv1.1", None),
    ("TLSv1.2", Some(TlsVersion::V1_2)),
    ("TLSv1.3", Some(TlsVersion::V1_3)),
];

/// Returns what a word stands for, or an error that lists the words.
fn word<T: Copy>(
    settings: &Settings,
    keyword: &'static str,
    words: &[(&str, T)],
) -> Result<Option<T>, Error> {
    let Some(value) = settings.value(keyword) else {
        return Ok(None);
    };
    if let Some((_, meant)) = words.iter().find(|(name, _)| *name == value) {
        return Ok(Some(*meant));
    }
    let names: Vec<_> = words.iter().map(|(name, _)| *name).collect();
    Err(wrong(settings, keyword, &names.join(", ")))
}

fn number(settings: &Settings, keyword: &'static str) -> Result<Option<i64>, Error> {
    let value = settings
        .value(keyword)
        .map(|value| value.trim().parse::<i32>());
    match value {
        None => Ok(None),
        Some(Ok(number)) => Ok(Some(number.into())),
        Some(Err(_)) => Err(wrong(settings, keyword, "a whole number")),
    }
}

/// Returns a time of at least a second; zero and less mean none, as in libpq.
fn seconds(settings: &Settings, keyword: &'static str) -> Result<Option<Duration>, Error> {
    let number = number(settings, keyword)?;
    Ok(number
        .and_then(|seconds| u64::try_from(seconds).ok())
        .filter(|seconds| *seconds > 0)
        .map(Duration::from_secs))
}

fn wrong(settings: &Settings, keyword: &'static str, expected: &str) -> Error {
    let (value, origin) = match settings.get(keyword) {
        Some(Setting { value, origin }) => (value.clone(), origin.clone()),
        None => (String::new(), Origin::Text),
    };
    let expected = expected.to_owned();
    Error::Value {
        keyword,
        value,
        origin,
        expected,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::database::conninfo::Location;

    fn environment(variables: &[(&str, &str)]) -> Environment {
        let pairs = variables.iter();
        Environment {
            variables: pairs.map(|(k, v)| ((*k).into(), (*v).into())).collect(),
            home: Some("/nonexistent".into()),
            user: Some("ada".into()),
        }
    }

    /// The settings as a URL, or the error.
    fn shown(text: &str, variables: &[(&str, &str)]) -> String {
        match ConnectInfo::parse(text, &environment(variables)) {
            Ok(info) => info.to_string(),
            Err(error) => format!("error: {error}"),
        }
    }

    #[test]
    fn what_is_left_out_comes_from_variables_and_then_from_defaults() {
        let port = ("PGPORT", "1");
        for (text, variables, url) in [
            ("", &[port][..], "postgresql://ada@localhost:1/ada"),
            ("shop", &[port], "postgresql://ada@localhost:1/shop"),
            ("postgres://h", &[], "postgresql://ada@h:5432/ada"),
            ("postgres://h", &[port], "postgresql://ada@h:1/ada"),
            ("postgres://h:2", &[port], "postgresql://ada@h:2/ada"),
            ("postgres://bob@h", &[], "postgresql://bob@h:5432/bob"),
            (
                "postgres://h1,h2:2,h3",
                &[port],
                "postgresql://ada@h1:5432,h2:2,h3:5432/ada",
            ),
            ("host=h1,h2", &[port], "postgresql://ada@h1:1,h2:1/ada"),
            (
                "",
                &[("PGHOST", "/s"), ("PGUSER", "u"), ("PGDATABASE", "d")],
                "postgresql://u@%2Fs:5432/d",
            ),
            ("postgres://[::1]/d", &[], "postgresql://ada@[::1]:5432/d"),
            (
                "hostaddr=127.0.0.1",
                &[],
                "postgresql://ada@127.0.0.1:5432/ada",
            ),
            (
                "host=h",
                &[("PGSSLMODE", "require")],
                "postgresql://ada@h:5432/ada?sslmode=require",
            ),
            (
                "host=h sslmode=disable",
                &[("PGSSLMODE", "require")],
                "postgresql://ada@h:5432/ada?sslmode=disable",
            ),
            (
                "host=h",
                &[("PGSSLMODE", "")],
                "postgresql://ada@h:5432/ada",
            ),
            (
                "host=h",
                &[("PGCLIENTENCODING", "LATIN1"), ("PGGSSENCMODE", "prefer")],
                "postgresql://ada@h:5432/ada",
            ),
            (
                "host=h password=secret",
                &[],
                "postgresql://ada:***@h:5432/ada",
            ),
            (
                "host=h",
                &[("PGPASSWORD", "secret")],
                "postgresql://ada:***@h:5432/ada",
            ),
            (
                "host=h sslpassword=secret",
                &[],
                "postgresql://ada@h:5432/ada",
            ),
        ] {
            assert_eq!(shown(text, variables), url, "{text} {variables:?}");
        }
    }

    #[test]
    fn a_value_that_cannot_be_says_what_can() {
        for (text, message) in [
            (
                "host=h port=70000",
                "`port=70000`, from the connection string: expected a number \
              from 1 to 65535",
            ),
            (
                "host=a,b port=1,2,3",
                "3 `port` values do not match 2 hosts",
            ),
            (
                "host=a,b hostaddr=127.0.0.1",
                "1 `hostaddr` values do not match 2 hosts",
            ),
            (
                "host=h hostaddr=db",
                "`hostaddr=db`, from the connection string: expected IP \
              addresses; names go into `host`",
            ),
            (
                "host=h sslmode=on",
                "`sslmode=on`, from the connection string: expected disable, \
              allow, prefer, require, verify-ca, verify-full",
            ),
            (
                "host=h connect_timeout=soon",
                "`connect_timeout=soon`, from the connection string: \
              expected a whole number",
            ),
            (
                "host=h sslnegotiation=direct",
                "`sslnegotiation=direct` needs `sslmode=require` or \
              stronger, and the mode is `prefer`",
            ),
            (
                "host=h ssl_max_protocol_version=TLSv1.1",
                "TLS 1.2 and 1.3 are spoken, and the \
              protocol versions that are asked for leave neither",
            ),
            (
                "host=h sslcrl=/x",
                "`sslcrl`, from the connection string, is not supported: \
              certificate revocation lists are not checked",
            ),
        ] {
            assert_eq!(shown(text, &[]), format!("error: {message}"), "{text}");
        }
        assert_eq!(
            shown("host=h", &[("PGREQUIREAUTH", "scram-sha-256")]),
            "error: `require_auth`, from the variable `PGREQUIREAUTH`, is not supported: the \
             authentication method cannot be restricted; `channel_binding=require` allows only \
             SCRAM over TLS"
        );
        let nobody = ConnectInfo::parse("host=h", &Environment::default());
        assert!(matches!(nobody, Err(Error::NoUser)));
    }

    #[test]
    fn a_service_fills_what_the_string_leaves_out_and_goes_before_variables() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("services");
        fs::write(
            &file,
            "[shop]\nhost=db\nport=7\nuser=bob\npassword=secret\n",
        )
        .unwrap();
        let file = file.display().to_string();
        let variables = [
            ("PGSERVICEFILE", file.as_str()),
            ("PGPORT", "1"),
            ("PGDATABASE", "d"),
        ];
        assert_eq!(
            shown("service=shop user=eve", &variables),
            "postgresql://eve:***@db:7/d"
        );
        assert_eq!(
            shown(
                &format!("postgres:///x?service=shop&servicefile={file}"),
                &[]
            ),
            "postgresql://bob:***@db:7/x"
        );
    }

    #[test]
    fn no_way_of_printing_shows_a_password() {
        let environment = environment(&[("PGPASSWORD", "hunter2")]);
        for text in [
            "host=h",
            "postgres://u:hunter2@h/d",
            "host=h sslpassword=hunter2",
        ] {
            let info = ConnectInfo::parse(text, &environment).unwrap();
            let host = info.hosts()[0].clone();
            let password = info.password(&host);
            assert_eq!(password.as_ref().unwrap().expose(), "hunter2");
            let all = format!("{info} {info:?} {password:?} {environment:?}");
            assert!(!all.contains("hunter"), "{all}");
        }
    }

    #[test]
    fn variables_of_the_session_become_options_before_those_given() {
        let variables = [
            ("PGTZ", "Europe/Paris"),
            ("PGDATESTYLE", "ISO, DMY"),
            ("PGGEQO", "default"),
        ];
        let info = ConnectInfo::parse("host=h options='-c a=b'", &environment(&variables)).unwrap();
        assert_eq!(
            info.options(),
            Some(r"-c datestyle=ISO,\ DMY -c timezone=Europe/Paris -c a=b")
        );
    }

    #[test]
    fn what_is_printed_reads_as_the_same_settings() {
        let text = "host=/s,h port=1,2 user='u @/' dbname='d ?' sslmode=require \
                    options='-c search_path=a,b' connect_timeout=3";
        let once = shown(text, &[]);
        assert_eq!(shown(&once, &[]), once);
    }

    #[test]
    fn an_embedded_directory_is_a_place_of_its_own() {
        let environment = environment(&[("PGHOST", "h")]);
        for (text, place) in [
            ("embedded:./pg", "embedded:./pg"),
            ("embedded:///srv/pg", "embedded:/srv/pg"),
            ("embedded:~/pg", "embedded:/nonexistent/pg"),
            ("postgres://h/d", "postgresql://ada@h:5432/d"),
        ] {
            let location = Location::parse(text, &environment).unwrap();
            assert_eq!(location.to_string(), place);
        }
        assert!(matches!(
            Location::parse("embedded:", &environment),
            Err(Error::EmbeddedPath)
        ));
    }

    #[test]
    fn the_system_certificates_mean_full_verification() {
        let parse = |text: &str| ConnectInfo::parse(text, &environment(&[]));
        let info = parse("host=h sslrootcert=system").unwrap();
        assert_eq!(info.tls().mode, SslMode::VerifyFull);
        assert!(parse("host=h sslrootcert=system sslmode=require").is_err());
        assert_eq!(
            parse("host=h requiressl=1").unwrap().tls().mode,
            SslMode::Require
        );
    }
}
