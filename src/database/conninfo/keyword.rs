//! Every keyword that libpq knows, with its environment variable and what becomes of it here.
//!
//! A keyword is honoured, ignored because leaving it out changes nothing that matters, or refused
//! because leaving it out would break a promise that the user asked for. A table, no behaviour:
//! what a value means is decided when the settings are settled.

/// What becomes of a keyword.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Treatment {
    /// It takes effect.
    Honoured,
    /// It is accepted, and nothing follows from it.
    Ignored,
    /// It is refused unless it is empty or says one of these words, which ask for nothing.
    Refused(&'static [&'static str], &'static str),
}

/// A connection keyword.
#[derive(Debug)]
pub(super) struct Keyword {
    /// Its name in connection strings and service files.
    pub name: &'static str,
    /// The variable that sets it, where there is one.
    pub variable: Option<&'static str>,
    /// What becomes of it.
    pub treatment: Treatment,
}

const fn honoured(name: &'static str, variable: &'static str) -> Keyword {
    Keyword {
        name,
        variable: Some(variable),
        treatment: Honoured,
    }
}

const fn plain(name: &'static str, treatment: Treatment) -> Keyword {
    Keyword {
        name,
        variable: None,
        treatment,
    }
}

const fn with(name: &'static str, variable: &'static str, treatment: Treatment) -> Keyword {
    Keyword {
        name,
        variable: Some(variable),
        treatment,
    }
}

use Treatment::{Honoured, Ignored, Refused};

const OAUTH: Treatment = Refused(&[], "signing in with OAuth is not supported");
const SCRAM_KEY: Treatment = Refused(&[], "give `password` instead");
const CRL: Treatment = Refused(&[], "certificate revocation lists are not checked");

/// The keywords, in libpq's order.
pub(super) static KEYWORDS: &[Keyword] = &[
    honoured("service", "PGSERVICE"),
    honoured("servicefile", "PGSERVICEFILE"),
    honoured("user", "PGUSER"),
    honoured("password", "PGPASSWORD"),
    honoured("passfile", "PGPASSFILE"),
    honoured("channel_binding", "PGCHANNELBINDING"),
    honoured("connect_timeout", "PGCONNECT_TIMEOUT"),
    honoured("dbname", "PGDATABASE"),
    honoured("host", "PGHOST"),
    honoured("hostaddr", "PGHOSTADDR"),
    honoured("port", "PGPORT"),
    // The wire is always UTF-8; what the server stores does not depend on it.
    with("client_encoding", "PGCLIENTENCODING", Ignored),
    honoured("options", "PGOPTIONS"),
    honoured("application_name", "PGAPPNAME"),
    plain("fallback_application_name", Honoured),
    plain("keepalives", Honoured),
    plain("keepalives_idle", Honoured),
    plain("keepalives_interval", Honoured),
    plain("keepalives_count", Honoured),
    plain("tcp_user_timeout", Honoured),
    honoured("sslmode", "PGSSLMODE"),
    honoured("sslnegotiation", "PGSSLNEGOTIATION"),
    with("sslcompression", "PGSSLCOMPRESSION", Ignored),
    honoured("sslcert", "PGSSLCERT"),
    honoured("sslkey", "PGSSLKEY"),
    honoured("sslcertmode", "PGSSLCERTMODE"),
    // It has a meaning for encrypted keys only, and those are refused when they are read.
    plain("sslpassword", Ignored),
    honoured("sslrootcert", "PGSSLROOTCERT"),
    with("sslcrl", "PGSSLCRL", CRL),
    with("sslcrldir", "PGSSLCRLDIR", CRL),
    honoured("sslsni", "PGSSLSNI"),
    honoured("requirepeer", "PGREQUIREPEER"),
    with(
        "require_auth",
        "PGREQUIREAUTH",
        Refused(
            &[],
            "the authentication method cannot be restricted; `channel_binding=require` allows \
             only SCRAM over TLS",
        ),
    ),
    with("min_protocol_version", "PGMINPROTOCOLVERSION", Ignored),
    with("max_protocol_version", "PGMAXPROTOCOLVERSION", Ignored),
    honoured("ssl_min_protocol_version", "PGSSLMINPROTOCOLVERSION"),
    honoured("ssl_max_protocol_version", "PGSSLMAXPROTOCOLVERSION"),
    with(
        "gssencmode",
        "PGGSSENCMODE",
        Refused(
            &["disable", "prefer"],
            "GSSAPI encryption is not supported; `sslmode=require` encrypts with TLS",
        ),
    ),
    with("krbsrvname", "PGKRBSRVNAME", Ignored),
    with("gsslib", "PGGSSLIB", Ignored),
    with("gssdelegation", "PGGSSDELEGATION", Ignored),
    plain(
        "replication",
        Refused(
            &["false", "off", "no", "0"],
            "a replication connection cannot run revisions",
        ),
    ),
    honoured("target_session_attrs", "PGTARGETSESSIONATTRS"),
    honoured("load_balance_hosts", "PGLOADBALANCEHOSTS"),
    plain("scram_client_key", SCRAM_KEY),
    plain("scram_server_key", SCRAM_KEY),
    plain("oauth_issuer", OAUTH),
    plain("oauth_client_id", OAUTH),
    plain("oauth_client_secret", OAUTH),
    plain("oauth_scope", OAUTH),
    plain(
        "sslkeylogfile",
        Refused(&[], "TLS keys are not written to files"),
    ),
    // Old spellings that libpq still takes.
    with("requiressl", "PGREQUIRESSL", Honoured),
    plain("authtype", Ignored),
    plain("tty", Ignored),
];

/// Variables that libpq turns into server settings, with the setting.
pub(super) static SETTING_VARIABLES: &[(&str, &str)] = &[
    ("PGDATESTYLE", "datestyle"),
    ("PGTZ", "timezone"),
    ("PGGEQO", "geqo"),
];

/// Words that other tools put into their URLs, and what to write instead.
static FOREIGN: &[(&str, &str)] = &[
    ("schema", "options=-csearch_path%3DNAME"),
    ("currentSchema", "options=-csearch_path%3DNAME"),
    ("search_path", "options=-csearch_path%3DNAME"),
    ("database", "dbname"),
    ("db", "dbname"),
    ("username", "user"),
    ("pass", "password"),
    ("pwd", "password"),
    ("hostname", "host"),
    ("server", "host"),
    ("timeout", "connect_timeout"),
    ("appname", "application_name"),
    ("keepalives_retries", "keepalives_count"),
];

/// Finds a keyword by its exact name.
pub(super) fn find(name: &str) -> Option<&'static Keyword> {
    KEYWORDS.iter().find(|keyword| keyword.name == name)
}

/// Returns what was probably meant by a keyword that does not exist.
pub(super) fn suggest(name: &str) -> Option<&'static str> {
    if let Some((_, instead)) = FOREIGN.iter().find(|(foreign, _)| *foreign == name) {
        return Some(instead);
    }
    let lower = name.to_ascii_lowercase();
    KEYWORDS
        .iter()
        .map(|keyword| {
            (
                strsim::damerau_levenshtein(&lower, keyword.name),
                keyword.name,
            )
        })
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, meant)| *distance * 3 <= meant.len().max(3))
        .map(|(_, meant)| meant)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typo_gets_the_nearest_keyword_and_nonsense_gets_none() {
        assert_eq!(suggest("sslmod"), Some("sslmode"));
        assert_eq!(suggest("SSLMODE"), Some("sslmode"));
        assert_eq!(suggest("aplication_name"), Some("application_name"));
        assert_eq!(suggest("hots"), Some("host"));
        assert_eq!(suggest("database"), Some("dbname"));
        assert_eq!(suggest("zzzzzzzz"), None);
    }

    #[test]
    fn no_keyword_and_no_variable_is_listed_twice() {
        let mut names: Vec<_> = KEYWORDS.iter().map(|k| k.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), KEYWORDS.len());
    }
}
