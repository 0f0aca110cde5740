//! The commands' way to the database: where it is, how long to try, and what it says of itself.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use super::config::{Config, Origin};
use super::context::Context;
use super::environment::Environment;
use super::failure::{Failure, sentence};
use super::project::Reading;
use crate::catalog::Catalog;
use crate::database::connect::Retry;
use crate::database::conninfo::{self, Location};
use crate::database::ledger::{self, Record};
use crate::database::version_table::TableName;
use crate::database::{Database, Interrupt, Settings};
use crate::execute;
use crate::heads::Heads;

/// Connects to the database.
///
/// # Errors
/// Fails when it is not clear which one is meant, or it cannot be reached.
pub fn open(context: &Context<'_>, interrupt: Interrupt) -> Result<Database, Failure> {
    connect(settings(context, location(context)?, interrupt))
}

/// A connection that is under way while something else is looked at first.
pub enum Opening {
    /// It was tried.
    Tried(Box<Result<Database, Failure>>),
    /// It is tried when it is needed.
    Later(Settings),
}

impl Opening {
    /// Returns the database.
    ///
    /// # Errors
    /// Fails as [`open`].
    pub fn finish(self) -> Result<Database, Failure> {
        match self {
            Self::Tried(result) => *result,
            Self::Later(settings) => connect(settings),
        }
    }
}

/// Reads the revisions and connects at the same time, for neither needs the other.
///
/// What is wrong with the connection is told when it is needed, after the revisions were accepted.
///
/// # Errors
/// Fails when there is no folder of revisions.
pub fn read_and_open(
    context: &Context<'_>,
    interrupt: Interrupt,
) -> Result<(Catalog, Opening), Failure> {
    let reading = Reading::of(context);
    let settings = match location(context) {
        Ok(location) => settings(context, location, interrupt),
        Err(failure) => return Ok((reading.load()?, Opening::Tried(Box::new(Err(failure))))),
    };
    // An embedded server is not started for nothing, as before handing over to another program.
    if matches!(settings.location, Location::Embedded(_)) {
        return Ok((reading.load()?, Opening::Later(settings)));
    }
    // Reading takes the more memory of the two, which the first thread is the fastest to get.
    let (catalog, database) = thread::scope(|scope| {
        let database = scope.spawn(|| connect(settings));
        (reading.load(), database.join())
    });
    let catalog = catalog?;
    let database = database.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    Ok((catalog, Opening::Tried(Box::new(database))))
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
    /// The rows of the version table.
    pub heads: Heads,
    /// What the ledger notes of each revision, sorted by it.
    pub records: Vec<Record>,
    /// The revisions together with those that only the ledger still has, where a row needs them.
    pub extended: Option<Catalog>,
}

/// Asks the database what is applied, and the ledger when it was.
///
/// # Errors
/// Fails when they cannot be read.
pub fn ask(database: &mut Database, catalog: &Catalog) -> Result<Told, Failure> {
    let state = database
        .inspect()
        .map_err(|error| Failure::of_version_table(&error))?;
    let mut told = Told {
        heads: state.heads,
        records: Vec::new(),
        extended: None,
    };
    if !state.ledger_exists {
        return Ok(told);
    }
    let session = database.session();
    told.records =
        ledger::records(session, &state.table).map_err(|error| Failure::of_ledger(&error))?;
    // The server sorts by its own collation.
    told.records.sort_by(|a, b| a.revision.cmp(&b.revision));
    let graph = catalog.graph();
    if told.heads.iter().any(|id| graph.get(id.as_str()).is_none()) {
        let kept =
            ledger::kept(session, &state.table).map_err(|error| Failure::of_ledger(&error))?;
        let kept = kept.into_iter().map(execute::revision_of).collect();
        told.extended = Some(catalog.with_ledger(kept));
    }
    Ok(told)
}

/// Returns the name of the version table as the settings have it.
#[must_use]
pub fn table(config: &Config) -> TableName {
    TableName {
        schema: config.version_table_schema.clone(),
        name: config.version_table.clone(),
    }
}

fn connect(settings: Settings) -> Result<Database, Failure> {
    Database::connect(settings).map_err(|error| Failure::of_open(&error))
}

fn location(context: &Context<'_>) -> Result<Location, Failure> {
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

fn settings(context: &Context<'_>, location: Location, interrupt: Interrupt) -> Settings {
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
