//! Throw-away databases: made beside another one, and gone when nobody needs them any more.
//!
//! One is empty, has the encoding and locale of the database beside it and the settings that a
//! revision's text depends on, and is dropped with the value that stands for it, after an error or
//! Ctrl-C as well. A program that is killed leaves it behind; its name begins with
//! `limbeck_scratch_`.

use crate::database::session::{Session, SessionError};
use crate::database::{Database, Interrupt, OpenError};
use crate::sql::quote::{ident, literal};

/// What the name of a throw-away database begins with.
pub const PREFIX: &str = "limbeck_scratch_";

/// Settings of a database that decide what a revision's text means.
const SETTINGS: [&str; 4] = ["search_path", "datestyle", "intervalstyle", "timezone"];

/// Why there is no throw-away database.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScratchError {
    /// Occurs when the role may not create databases.
    #[error("the role `{role}` may not create a throw-away database")]
    Rights {
        /// The role.
        role: String,
    },
    /// Occurs when the server is a standby, or takes no writes.
    #[error("the server takes no writes, so no throw-away database can be made on it")]
    ReadOnly,
    /// Occurs when the server cannot be reached a second time, or not under the new name.
    #[error("the throw-away database cannot be reached")]
    Open(#[from] OpenError),
    /// Occurs when the system gives no random name.
    #[error("the system gives no random number: {reason}")]
    Random {
        /// What the system said.
        reason: String,
    },
    /// Occurs when the server fails otherwise.
    #[error("the throw-away database failed: {0}")]
    Session(#[from] SessionError),
}

/// What the database at hand has set for its sessions and a throw-away one should have, too: the
/// search path, above all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Surroundings(Vec<(String, String)>);

impl Surroundings {
    /// Reads what is set for this database, and for the role in this database.
    ///
    /// # Errors
    /// Fails when the server does.
    pub fn read(database: &mut Database) -> Result<Self, SessionError> {
        let sql = "SELECT pg_catalog.unnest(s.setconfig) FROM pg_catalog.pg_db_role_setting s WHERE \
             s.setdatabase = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = \
             pg_catalog.current_database()) AND (s.setrole = 0 OR s.setrole = (SELECT r.oid FROM \
             pg_catalog.pg_roles r WHERE r.rolname = current_user)) ORDER BY s.setrole";
        let sets = database.session().rows(sql)?;
        let rows = sets.into_iter().next().unwrap_or_default().rows;
        let settings = rows
            .iter()
            .filter_map(|row| row.first()?.as_ref()?.split_once('='));
        let settings = settings
            .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
            .filter(|(name, _)| SETTINGS.contains(&name.as_str()));
        Ok(Self(settings.collect()))
    }
}

/// A throw-away database; dropped on the server when the value is.
pub struct Scratch {
    /// A connection to another database of the server. Nobody can interrupt it: it has to live
    /// until the throw-away one is gone.
    admin: Database,
    name: String,
    dropped: bool,
}

impl std::fmt::Debug for Scratch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scratch")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl Scratch {
    /// Makes an empty one on the server of another database.
    ///
    /// # Errors
    /// Fails when the role may not create databases, or the server fails.
    pub fn beside(database: &Database, surroundings: &Surroundings) -> Result<Self, ScratchError> {
        let mut admin = administrator(database)?;
        let options = encoding_and_locale(admin.session())?;
        let mut scratch = Self::create(admin, &options)?;
        for (name, value) in &surroundings.0 {
            let set = format!(
                "SELECT pg_catalog.set_config({}, {}, false)",
                literal(name),
                literal(value)
            );
            let session = scratch.admin.session();
            session.rows(&set)?;
            // A list would be taken for one name if it were written as a text.
            let keep = format!("ALTER DATABASE {} SET {name} FROM CURRENT", scratch.name);
            session.send(&keep).map_err(|stopped| stopped.error)?;
        }
        if let Some(schema) = database.table().schema.clone() {
            let mut inside = scratch.connect(Interrupt::default())?;
            let create = format!("CREATE SCHEMA IF NOT EXISTS {}", ident(&schema));
            let sent = inside.session().send(&create);
            sent.map_err(|stopped| stopped.error)?;
        }
        Ok(scratch)
    }

    /// Makes another one that begins as this one is. Nobody may be connected to it.
    ///
    /// # Errors
    /// Fails as [`Scratch::beside`], or when somebody is connected.
    pub fn copy(&self) -> Result<Self, ScratchError> {
        let admin = administrator(&self.admin)?;
        Self::create(admin, &format!("TEMPLATE {}", self.name))
    }

    fn create(mut admin: Database, options: &str) -> Result<Self, ScratchError> {
        let mut random = [0; 8];
        getrandom::fill(&mut random).map_err(|error| ScratchError::Random {
            reason: error.to_string(),
        })?;
        let name = format!("{PREFIX}{:016x}", u64::from_ne_bytes(random));
        let create = format!("CREATE DATABASE {name} {options}");
        let sent = admin.session().send(&create);
        match sent.map_err(|stopped| stopped.error) {
            Ok(()) => Ok(Self {
                admin,
                name,
                dropped: false,
            }),
            Err(error) => Err(match error.sqlstate() {
                Some("42501") => ScratchError::Rights {
                    role: admin.connect_info().user().to_owned(),
                },
                Some("25006") => ScratchError::ReadOnly,
                _ => error.into(),
            }),
        }
    }

    /// Connects to it.
    ///
    /// # Errors
    /// Fails when the server cannot be reached under the new name, as through a pooler that has a
    /// fixed list of databases.
    pub fn connect(&self, interrupt: Interrupt) -> Result<Database, OpenError> {
        self.admin.sibling(&self.name, interrupt)
    }

    /// Drops it and says whether that worked; dropping the value does the same in silence.
    ///
    /// # Errors
    /// Fails when the server does.
    pub fn remove(mut self) -> Result<(), ScratchError> {
        Ok(self.drop_database()?)
    }

    fn drop_database(&mut self) -> Result<(), SessionError> {
        if std::mem::replace(&mut self.dropped, true) {
            return Ok(());
        }
        // Older servers wait a few seconds for sessions to end, and ours have.
        let force = match self.admin.session().major() >= 13 {
            true => " WITH (FORCE)",
            false => "",
        };
        let drop = format!("DROP DATABASE IF EXISTS {}{force}", self.name);
        let Err(stopped) = self.admin.session().send(&drop) else {
            return Ok(());
        };
        // Somebody may have ended the session; the database is to go all the same.
        let Ok(mut admin) = administrator(&self.admin) else {
            return Err(stopped.error);
        };
        let sent = admin.session().send(&drop);
        sent.map_err(|stopped| stopped.error)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // Whoever wants to know calls `remove`.
        let _ = self.drop_database();
    }
}

fn administrator(database: &Database) -> Result<Database, ScratchError> {
    let name = database.connect_info().database().to_owned();
    let mut admin = database.sibling(&name, Interrupt::default())?;
    // A role may have a limit, and a copy takes its time.
    let sent = admin.session().send("SET statement_timeout = 0");
    sent.map_err(|stopped| stopped.error)?;
    Ok(admin)
}

/// Returns the options with which a new database has the encoding and locale of this one.
fn encoding_and_locale(session: &mut Session) -> Result<String, SessionError> {
    let (provider, locale, rules) = match session.major() {
        0..=14 => ("'c'", "NULL", "NULL"),
        15 => ("d.datlocprovider", "d.daticulocale", "NULL"),
        16 => ("d.datlocprovider", "d.daticulocale", "d.daticurules"),
        _ => ("d.datlocprovider", "d.datlocale", "d.daticurules"),
    };
    let sets = session.rows(&format!(
        "SELECT pg_catalog.pg_encoding_to_char(d.encoding), d.datcollate, d.datctype, {provider}, \
         {locale}, {rules} FROM pg_catalog.pg_database d WHERE d.datname = \
         pg_catalog.current_database()"
    ))?;
    let row = sets.first().and_then(|set| set.rows.first());
    let text = |at: usize| row.and_then(|row| row.get(at).cloned().flatten());
    let provider = text(3);
    let is = |letter: &str| provider.as_deref() == Some(letter);
    let mut options = "TEMPLATE template0".to_owned();
    if is("i") {
        options.push_str(" LOCALE_PROVIDER icu");
    } else if is("b") {
        options.push_str(" LOCALE_PROVIDER builtin");
    }
    let words = [
        ("ENCODING", text(0)),
        ("LC_COLLATE", text(1)),
        ("LC_CTYPE", text(2)),
        ("ICU_LOCALE", text(4).filter(|_| is("i"))),
        ("ICU_RULES", text(5).filter(|_| is("i"))),
        ("BUILTIN_LOCALE", text(4).filter(|_| is("b"))),
    ];
    for (word, value) in words {
        if let Some(value) = value {
            options.push_str(&format!(" {word} {}", literal(&value)));
        }
    }
    Ok(options)
}
