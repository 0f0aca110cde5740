//! Dropping what the revisions of a graph have made, so that all of them can be run again.
//!
//! What they made is read off their SQL and off the ledger's, never off what merely lies around: a
//! schema that holds anything else is left alone, unless the caller has seen it and says so. All is
//! dropped in one transaction, which also empties the version table, and which is refused where
//! something outside would go along. The ledger stays, and says that nothing is applied any more.

use std::collections::BTreeSet;
use std::fmt;

use super::event::{Event, Observer};
use super::failure::RunError;
use super::{Options, entry, kept, mirrored, own_tables, prepare, stamp};
use crate::catalog::{Catalog, ScriptError};
use crate::database::Database;
use crate::database::held::{self, Doomed, Held, There};
use crate::database::ledger;
use crate::database::lock::{self, LockError};
use crate::database::repeats;
use crate::database::session::{ServerError, SessionError};
use crate::database::version_table::State;
use crate::heads::Heads;
use crate::plan::{AppliedAt, Request};
use crate::script::{Direction, Statement};
use crate::sql::objects::{Kind, Made, Touched};
use crate::sql::quote::literal;
use crate::target::Target;

/// Why a database cannot be reset.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ResetError {
    /// Occurs when the revisions cannot all be run again, or the database cannot be asked.
    #[error(transparent)]
    Run(#[from] RunError),
    /// Occurs when the schemas hold something that no revision made.
    #[error("{}", unknown(.0))]
    Unknown(Vec<Held>),
    /// Occurs when revisions create roles without asking whether they are there: those are every
    /// database's, and stay.
    #[error("{}", roles(.0))]
    Roles(Vec<String>),
    /// Occurs when the database changed after it was looked at.
    #[error("the database changed after it was looked at")]
    Changed,
    /// Occurs when something that stays depends on what is dropped.
    #[error("what is dropped would take along {others}")]
    Others {
        /// What, in the server's words.
        others: String,
    },
    /// Occurs when the server refuses to drop something.
    #[error("`{statement}` is refused: {server}")]
    Refused {
        /// The statement.
        statement: String,
        /// The server's words.
        server: Box<ServerError>,
    },
    /// Occurs when the connection is lost before the server says whether it is done.
    #[error("the connection was lost, and with it whether the reset took place: {reason}")]
    Lost {
        /// What was said last.
        reason: String,
    },
}

fn unknown(objects: &[Held]) -> String {
    match objects {
        [one] => format!("no revision makes the {} {}", one.kind, one.identity),
        _ => format!("no revision makes {} of the objects there", objects.len()),
    }
}

fn roles(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    let (plural, are) = if names.len() == 1 {
        ("", "is")
    } else {
        ("s", "are")
    };
    format!(
        "revisions create the role{plural} {}, which {are} there",
        names.join(", ")
    )
}

impl From<SessionError> for ResetError {
    fn from(error: SessionError) -> Self {
        Self::Run(error.into())
    }
}

/// What there is to reset in a database.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Survey {
    /// The schemas that go as a whole, those that are emptied, and the extensions that go.
    pub doomed: Doomed,
    /// Everything that goes, inside of schemas that go as well.
    pub objects: Vec<Held>,
    /// What of it no revision makes.
    pub unknown: Vec<Held>,
    /// The database's heads.
    pub heads: Heads,
    /// How many revisions will be run again.
    pub revisions: usize,
}

impl Survey {
    /// Returns true where the database is as new.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let Doomed {
            schemas,
            extensions,
            ..
        } = &self.doomed;
        self.objects.is_empty()
            && schemas.is_empty()
            && extensions.is_empty()
            && self.heads.is_base()
    }
}

impl fmt::Display for Survey {
    /// `2 tables, 1 view in public; the schema audit with 1 table`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        for schema in &self.doomed.emptied {
            let inside = self.count(schema);
            if !inside.is_empty() {
                parts.push(format!("{inside} in {schema}"));
            }
        }
        for schema in &self.doomed.schemas {
            let inside = self.count(schema);
            parts.push(match inside.as_str() {
                "" => format!("the schema {schema}"),
                _ => format!("the schema {schema} with {inside}"),
            });
        }
        let extensions = self.doomed.extensions.iter();
        parts.extend(extensions.map(|name| format!("the extension {name}")));
        match parts.is_empty() {
            true => f.write_str("nothing but the rows of the version table"),
            false => f.write_str(&parts.join("; ")),
        }
    }
}

impl Survey {
    fn count(&self, schema: &str) -> String {
        let mut counts: Vec<(&str, usize)> = Vec::new();
        for object in self.objects.iter().filter(|object| object.schema == schema) {
            match counts.iter_mut().find(|(kind, _)| *kind == object.kind) {
                Some((_, count)) => *count += 1,
                None => counts.push((&object.kind, 1)),
            }
        }
        let counts = counts.into_iter().map(|(kind, count)| match (count, kind) {
            (1, _) | (_, "statistics") => format!("{count} {kind}"),
            (_, "operator class") => format!("{count} operator classes"),
            (_, "operator family") => format!("{count} operator families"),
            (_, "text search dictionary") => format!("{count} text search dictionaries"),
            _ => format!("{count} {kind}s"),
        });
        counts.collect::<Vec<_>>().join(", ")
    }
}

/// Looks what a reset would drop, and whether all revisions could be run again.
///
/// # Errors
/// Fails when they could not, or the database cannot be asked.
pub fn survey(
    database: &mut Database,
    catalog: &Catalog,
    options: &Options,
) -> Result<Survey, ResetError> {
    let state = database.inspect().map_err(RunError::from)?;
    refuse_what_cannot_run(catalog, options)?;
    let made = made(database, catalog, &state, options)?;
    let there = there(database, &made, options)?;
    let roles = roles_in_the_way(&made, &there);
    if !roles.is_empty() {
        return Err(ResetError::Roles(roles));
    }
    let doomed = doomed(&made, &there, &state);
    let schemas: Vec<String> = doomed
        .schemas
        .iter()
        .chain(&doomed.emptied)
        .cloned()
        .collect();
    let objects = held::held(database.session(), &schemas, &state.table)?;
    let known = known(&made, &there);
    let kept = mirrored::tables(database, catalog).map_err(RunError::from)?;
    let is_unknown = |object: &&Held| {
        let key = (
            class(&object.kind),
            object.schema.clone(),
            object.name.clone(),
        );
        !known.contains(&key) && !kept.contains(&object.identity)
    };
    Ok(Survey {
        unknown: objects.iter().filter(is_unknown).cloned().collect(),
        doomed,
        objects,
        heads: state.heads,
        revisions: catalog.graph().len(),
    })
}

/// The way up from nothing must be open before anything is dropped.
fn refuse_what_cannot_run(catalog: &Catalog, options: &Options) -> Result<(), RunError> {
    let plan = everything().plan(catalog.graph(), &Heads::base(), &[])?;
    prepare::all(catalog, &plan, options, &[])?;
    Ok(())
}

/// The request to run every revision.
#[must_use]
pub fn everything() -> Request {
    let heads = Target::parse("heads").expect("it is a word of the target language");
    Request::new(Direction::Upgrade, vec![heads])
}

/// What the revisions make, and what was sent when they were applied.
fn made(
    database: &mut Database,
    catalog: &Catalog,
    state: &State,
    options: &Options,
) -> Result<Vec<Made>, RunError> {
    let mut touched = Touched::default();
    for node in catalog.graph().revisions() {
        let script = catalog.script(node.id())?;
        if let Some(Ok(segments)) = entry::offline(&script.upgrade, options) {
            let statements = segments.iter().flat_map(|segment| &segment.statements);
            statements.for_each(|statement: &Statement| touched.add(statement));
        }
    }
    for file in catalog.repeatables() {
        let segments = file.segments().map_err(ScriptError::from)?;
        let statements = segments.iter().flat_map(|segment| &segment.statements);
        statements.for_each(|statement| touched.add(statement));
    }
    if state.ledger_exists {
        let kept = ledger::kept(database.session(), &state.table)?;
        for upgrade in kept.iter().filter_map(|kept| kept.upgrade_sql.as_deref()) {
            touched.add_text(upgrade, 0);
        }
    }
    Ok(touched.made)
}

fn there(database: &mut Database, made: &[Made], options: &Options) -> Result<There, SessionError> {
    let names: BTreeSet<&String> = made.iter().map(|made| &made.object.name).collect();
    let names: Vec<String> = names.into_iter().cloned().collect();
    let path = options.search_path.as_deref();
    held::there(database.session(), &names, path)
}

/// Whether one of the revisions makes it without asking whether it is there.
fn is_made_plainly(made: &[Made], kind: &'static str, name: &str) -> bool {
    made.iter().any(|made| {
        made.object.kind == Kind::Other(kind) && made.object.name == name && !made.unless_there
    })
}

fn roles_in_the_way(made: &[Made], there: &There) -> Vec<String> {
    let roles = there.roles.iter();
    roles
        .filter(|name| is_made_plainly(made, "role", name))
        .cloned()
        .collect()
}

fn doomed(made: &[Made], there: &There, state: &State) -> Doomed {
    let home = &state.table.schema;
    let is_made = |name: &&String| is_made_plainly(made, "schema", name) && *name != home;
    let schemas: Vec<String> = there.schemas.iter().filter(is_made).cloned().collect();
    let in_schema = made
        .iter()
        .filter(|made| !matches!(made.object.kind, Kind::Other(_)));
    let named = in_schema.filter_map(|made| {
        let schema = made.object.schema.as_ref();
        schema.or(there.default_schema.as_ref())
    });
    let asked_for = made
        .iter()
        .filter(|made| made.object.kind == Kind::Other("schema"));
    let asked_for = asked_for.map(|made| &made.object.name);
    let is_systems = |name: &str| name.starts_with("pg_") || name == "information_schema";
    let emptied: BTreeSet<&String> = named
        .chain(asked_for)
        .filter(|name| !schemas.contains(name) && !is_systems(name))
        .collect();
    let extensions = there.extensions.iter();
    let extensions = extensions.filter(|name| is_made_plainly(made, "extension", name));
    Doomed {
        extensions: extensions.cloned().collect(),
        emptied: emptied.into_iter().cloned().collect(),
        schemas,
    }
}

/// What two names of one object have in common.
type Key = (&'static str, String, String);

fn class(kind: &str) -> &'static str {
    match kind {
        "table" | "view" | "materialized view" | "foreign table" | "sequence" => "relation",
        "type" | "domain" => "type",
        "routine" | "aggregate" => "routine",
        "collation" => "collation",
        "statistics" => "statistics",
        "text search configuration" => "text search configuration",
        "text search dictionary" => "text search dictionary",
        "text search parser" => "text search parser",
        "text search template" => "text search template",
        _ => "",
    }
}

fn known(made: &[Made], there: &There) -> BTreeSet<Key> {
    let key = |made: &Made| {
        let class = match made.object.kind {
            Kind::Relation(_) => "relation",
            Kind::Type(_) => "type",
            Kind::Routine(_) => "routine",
            Kind::Other(word) => word,
        };
        let schema = made.object.schema.as_ref();
        let schema = schema.or(there.default_schema.as_ref())?;
        Some((class, schema.clone(), made.object.name.clone()))
    };
    made.iter().filter_map(key).collect()
}

/// What happens to objects that no revision makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strangers {
    /// Nothing is dropped while there are any.
    Refuse,
    /// They are dropped as well.
    Drop,
}

/// What is to be dropped.
#[derive(Clone, Copy, Debug)]
pub struct Reset<'a> {
    /// What was looked at.
    pub survey: &'a Survey,
    /// What happens to what no revision makes.
    pub strangers: Strangers,
    /// How to run.
    pub options: &'a Options,
}

/// Drops what was looked at, and empties the version table, in one transaction. To run the revisions
/// again is the caller's next step: [`everything`].
///
/// # Errors
/// Fails when there is something that no revision makes and it is not to be dropped, when the
/// database changed meanwhile, or the server refuses; then nothing was dropped.
pub fn clear(
    database: &mut Database,
    catalog: &Catalog,
    reset: &Reset<'_>,
    observer: &mut dyn Observer,
) -> Result<(), ResetError> {
    let Reset {
        survey,
        strangers,
        options,
    } = *reset;
    let mut waiting = |holder: Option<&str>| observer.event(&Event::WaitingForLock { holder });
    let lock = database
        .lock(options.lock_wait, &mut waiting)
        .map_err(RunError::from)?;
    let reconnected = database.reconnect_if_closed();
    reconnected.map_err(|error| RunError::from(LockError::Open(error)))?;
    let state = database.inspect().map_err(RunError::from)?;
    if state.read_only {
        return Err(RunError::ReadOnly.into());
    }
    if self::survey(database, catalog, options)? != *survey {
        return Err(ResetError::Changed);
    }
    if strangers == Strangers::Refuse && !survey.unknown.is_empty() {
        return Err(ResetError::Unknown(survey.unknown.clone()));
    }
    let mut settings = format!("SELECT {}", lock.fence());
    let idle = database.session().transaction_timeouts();
    let idle = idle.iter().map(|name| (*name, "0".to_owned()));
    let quiet = ("client_min_messages", "warning".to_owned());
    for (name, value) in idle.chain(options.settings()).chain([quiet]) {
        settings.push_str(&format!(
            ", pg_catalog.set_config('{name}', {}, true)",
            literal(&value)
        ));
    }
    let mut statements = vec!["BEGIN".to_owned(), settings];
    let is_emptied = |object: &&Held| survey.doomed.emptied.contains(&object.schema);
    let objects: Vec<Held> = survey.objects.iter().filter(is_emptied).cloned().collect();
    let known = kept::with_ledger(database, catalog, &state)?;
    let changes = stamp::changes(&known, &state.heads, &Heads::base(), &AppliedAt::new())?;
    // Where their tables stay, other tools are told; where they go, nothing is left to tell.
    statements.extend(changes.mirror(database)?.rows.into_iter().flatten());
    statements.extend(survey.doomed.drop(&objects, &state.table));
    statements.extend(forget(database, &changes, &state, options)?);
    statements.push("COMMIT".to_owned());
    send(database, &statements)
}

/// The statements that leave the version table without rows, and say so in the ledger.
fn forget(
    database: &mut Database,
    changes: &stamp::Changes,
    state: &State,
    options: &Options,
) -> Result<Vec<String>, RunError> {
    let mut statements = Vec::new();
    if !state.exists {
        return Ok(statements);
    }
    statements.extend(own_tables(database, state)?);
    statements.push(format!("DELETE FROM {}", state.table.to_sql()));
    statements.extend(changes.live(&state.table, options));
    statements.push(ledger::forget(&state.table, None));
    if repeats::exists(database.session(), &state.table)? {
        statements.push(repeats::forget(&state.table));
    }
    Ok(statements)
}

fn send(database: &mut Database, statements: &[String]) -> Result<(), ResetError> {
    let Err(stopped) = database.session().send(&statements.join(";\n")) else {
        return Ok(());
    };
    database.session().roll_back();
    let server = match stopped.error {
        SessionError::Lost { reason } => return Err(ResetError::Lost { reason }),
        SessionError::Server(server) => server,
        error => return Err(error.into()),
    };
    if lock::is_refused(&server) {
        return Err(ResetError::Changed);
    }
    if let Some(others) = held::refused(&server) {
        let others = others.to_owned();
        return Err(ResetError::Others { others });
    }
    let statement = statements.get(stopped.completed).cloned();
    let statement = statement.unwrap_or_default();
    Err(ResetError::Refused { statement, server })
}
