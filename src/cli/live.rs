//! The commands' way to the database: where it is, how long to try, and what it says of itself.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use super::config::{Config, Origin};
use super::context::Context;
use super::environment::Environment;
use super::failure::{Failure, sentence};
use super::project::{Kept, Reading};
use chrono::{DateTime, FixedOffset};

use crate::catalog::Catalog;
use crate::database::connect::Retry;
use crate::database::conninfo::{self, Location};
use crate::database::ledger::{self, Journal, Records};
use crate::database::version_table::{State, TableName};
use crate::database::{Database, Interrupt, Settings};
use crate::execute;
use crate::heads::Heads;
use crate::id::RevisionId;
use crate::source::Gate;

/// Connects to the database.
///
/// # Errors
/// Fails when it is not clear which one is meant, or it cannot be reached.
pub fn open(context: &Context<'_>, interrupt: Interrupt) -> Result<Database, Failure> {
    let (database, ()) = connect(settings(context, interrupt)?, |_| Ok(()))?;
    Ok(database)
}

/// Connects to a database that is named beside the usual one.
///
/// # Errors
/// Fails when the connection string cannot be read, or it cannot be reached.
pub fn open_other(
    context: &Context<'_>,
    text: &str,
    interrupt: Interrupt,
) -> Result<Database, Failure> {
    let surroundings = surroundings(context.environment, context.config);
    let location =
        Location::parse(text, &surroundings).map_err(|error| Failure::of_connect_info(&error))?;
    let settings = settings_for(context, location, interrupt);
    let (database, ()) = connect(settings, |_| Ok(()))?;
    Ok(database)
}

/// Returns how to connect to the database.
///
/// # Errors
/// Fails when it is not clear which one is meant.
pub fn settings(context: &Context<'_>, interrupt: Interrupt) -> Result<Settings, Failure> {
    Ok(settings_for(context, location(context)?, interrupt))
}

/// What is asked of a database as soon as it is open.
pub type First<T> = fn(&mut Database) -> Result<T, Failure>;

/// A connection, with what was asked first, that is made while something else is looked at.
pub enum Opening<T> {
    /// It was tried.
    Tried(Box<Result<(Database, T), Failure>>),
    /// It is tried when it is needed.
    Later(Settings, First<T>),
}

impl<T> Opening<T> {
    /// Returns the database and what it answered.
    ///
    /// # Errors
    /// Fails as [`open`] and as what was asked.
    pub fn finish(self) -> Result<(Database, T), Failure> {
        match self {
            Self::Tried(result) => *result,
            Self::Later(settings, first) => connect(settings, first),
        }
    }
}

/// Reads the revisions and asks the database at the same time, for neither needs the other.
///
/// What is wrong with the database is told when it is needed, after the revisions were accepted.
/// `meanwhile` is done with the revisions while the database may still be busy.
///
/// # Errors
/// Fails when there is no folder of revisions.
pub fn read_and_open<T: Send>(
    context: &Context<'_>,
    interrupt: Interrupt,
    first: First<T>,
    meanwhile: fn(&Catalog),
) -> Result<(Kept, Opening<T>), Failure> {
    let reading = Reading::of(context);
    let settings = match location(context) {
        Ok(location) => settings_for(context, location, interrupt),
        Err(failure) => return Ok((reading.load()?, Opening::Tried(Box::new(Err(failure))))),
    };
    // An embedded server is not started for nothing, as before handing over to another program.
    if matches!(settings.location, Location::Embedded(_)) {
        return Ok((reading.load()?, Opening::Later(settings, first)));
    }
    // The first thread reads, which takes the more memory: it is the fastest to get some.
    let gate = Gate::default();
    let (catalog, database) = thread::scope(|scope| {
        let opener = gate.opener();
        let database = scope.spawn(move || {
            let _opener = opener;
            connect(settings, first)
        });
        // Where the new thread was put behind this one, it is to go first: it will soon wait.
        thread::yield_now();
        let catalog = reading.behind(&gate).load();
        if let Ok(catalog) = &catalog {
            meanwhile(catalog);
        }
        (catalog, database.join())
    });
    let catalog = catalog?;
    let database = database.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    Ok((catalog, Opening::Tried(Box::new(database))))
}

/// Returns whether somebody said which database is meant, and it is not only libpq's defaults.
#[must_use]
pub fn is_named(context: &Context<'_>) -> bool {
    let names = ["PGDATABASE", "PGHOST", "PGHOSTADDR", "PGSERVICE"];
    let is_set = |name| context.environment.get(name).is_some();
    context.config.url.is_some() || names.into_iter().any(is_set)
}

/// Reads the rows of the version table; base where there is none.
///
/// # Errors
/// Fails when the database cannot be reached or read.
pub fn heads(context: &Context<'_>) -> Result<Heads, Failure> {
    let mut database = open(context, Interrupt::default())?;
    database.heads().map_err(|e| Failure::of_version_table(&e))
}

/// What a database says of itself.
pub struct Told {
    /// Where the tables are, and the rows of the version table.
    pub state: State,
    /// What the ledger notes of each revision.
    pub records: Records,
    /// The revisions that were left half-done.
    pub stopped: Vec<Journal>,
}

impl Told {
    /// Returns the revisions that were taken back, and when.
    pub fn taken_back(&self) -> HashMap<RevisionId, DateTime<FixedOffset>> {
        let taken_back = self.records.iter().filter(|record| !record.applied);
        taken_back
            .map(|record| (record.revision.clone(), record.done_at))
            .collect()
    }
}

/// Asks the database what is applied, and the ledger when it was.
///
/// # Errors
/// Fails when they cannot be read.
pub fn ask(database: &mut Database) -> Result<Told, Failure> {
    let state = database
        .inspect()
        .map_err(|error| Failure::of_version_table(&error))?;
    let records = if state.ledger_exists {
        ledger::records(database.session(), &state.table)
            .map_err(|error| Failure::of_ledger(&error))?
    } else {
        Records::default()
    };
    let stopped = if state.journal_written {
        ledger::journal(database.session(), &state.table)
            .map_err(|error| Failure::of_ledger(&error))?
    } else {
        Vec::new()
    };
    Ok(Told {
        state,
        records,
        stopped,
    })
}

/// Returns the revisions together with those that only the ledger still has, where a row needs
/// them.
///
/// # Errors
/// Fails when the ledger cannot be read.
pub fn extended(
    database: &mut Database,
    state: &State,
    catalog: &Catalog,
) -> Result<Option<Catalog>, Failure> {
    let is_known = |id: &RevisionId| catalog.graph().get(id.as_str()).is_some();
    if !state.ledger_exists || state.heads.iter().all(is_known) {
        return Ok(None);
    }
    let kept = ledger::kept(database.session(), &state.table)
        .map_err(|error| Failure::of_ledger(&error))?;
    let kept = kept.into_iter().map(execute::revision_of).collect();
    Ok(Some(catalog.with_ledger(kept)))
}

/// Returns the name of the version table as the settings have it.
#[must_use]
pub fn table(config: &Config) -> TableName {
    TableName {
        schema: config.version_table_schema.clone(),
        name: config.version_table.clone(),
    }
}

fn connect<T>(settings: Settings, first: First<T>) -> Result<(Database, T), Failure> {
    let mut database = Database::connect(settings).map_err(|error| Failure::of_open(&error))?;
    let answer = first(&mut database)?;
    Ok((database, answer))
}

/// Returns where the database is.
///
/// # Errors
/// Fails when that is not clear.
pub fn location(context: &Context<'_>) -> Result<Location, Failure> {
    let config = context.config;
    let surroundings = surroundings(context.environment, config);
    let text = config.url.as_deref().unwrap_or_default();
    let location =
        Location::parse(text, &surroundings).map_err(|error| Failure::of_connect_info(&error))?;
    Ok(match location {
        // As every path of the file, it is relative to the file.
        Location::Embedded(path) if matches!(config.origin("url"), Origin::File { .. }) => {
            Location::Embedded(below(&config.root, path))
        }
        location => location,
    })
}

fn below(root: &Path, path: PathBuf) -> PathBuf {
    if root.as_os_str().is_empty() {
        path
    } else {
        root.join(path)
    }
}

/// What libpq would find in the environment, and what stands in for its defaults.
fn surroundings(environment: &Environment, config: &Config) -> conninfo::Environment {
    let mut surroundings = conninfo::Environment {
        home: environment.get("HOME").map(PathBuf::from),
        user: environment.user(),
        ..conninfo::Environment::default()
    };
    let variables = &mut surroundings.variables;
    for name in conninfo::Environment::variable_names() {
        if let Some(value) = environment.get(name) {
            variables.insert(name.to_owned(), value.to_owned());
        }
    }
    let mut default = |name: &str, value: String| {
        variables.entry(name.to_owned()).or_insert(value);
    };
    default("PGAPPNAME", "limbeck".to_owned());
    let seconds = config.connect_timeout.as_millis().div_ceil(1000);
    if seconds > 0 {
        default("PGCONNECT_TIMEOUT", seconds.to_string());
    }
    surroundings
}

fn settings_for(context: &Context<'_>, location: Location, interrupt: Interrupt) -> Settings {
    let config = context.config;
    let (retrying, notices) = (context.ui.talker(), context.ui.talker());
    let mut settings = Settings::new(location);
    settings.table = table(config);
    settings.retry = Retry {
        within: config.connect_retry,
    };
    settings.retrying = Some(Arc::new(move |error| {
        retrying.talk(&format!("trying again: {}", sentence(error)));
    }));
    settings.notices = Some(Arc::new(move |notice| {
        notices.talk(&format!(
            "{}: {}",
            notice.severity.to_lowercase(),
            notice.message
        ));
    }));
    settings.interrupt = interrupt;
    settings
}
