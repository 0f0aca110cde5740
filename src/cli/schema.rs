//! What the commands that look at a schema have in common.

use clap::{Args, ValueEnum};

use super::context::Context;
use super::failure::Failure;
use super::live;
use super::run::options;
use super::ui::Ui;
use crate::catalog::Catalog;
use crate::database::{Database, Interrupt};
use crate::execute::Options;
use crate::heads::Heads;
use crate::replay::{Detection, Replay, Sought};
use crate::schema::model::{Kind, Model};
use crate::schema::{self, Aspect, Aspects, Scope, TableFilter};
use crate::scratch::Surroundings;

/// Which part of a database is looked at.
#[derive(Clone, Debug, Default, Args)]
pub struct ScopeArgs {
    /// Look at this schema alone; may be repeated
    #[arg(long, value_name = "NAME")]
    pub schema: Vec<String>,

    /// Leave out this table, such as the tracking table of another tool; may be repeated
    #[arg(long, value_name = "[SCHEMA.]TABLE", value_parser = table_filter)]
    pub without: Vec<TableFilter>,
}

impl ScopeArgs {
    /// Returns what is looked at.
    #[must_use]
    pub fn scope(&self) -> Scope {
        Scope {
            schemas: self.schema.clone(),
            without: self.without.clone(),
        }
    }
}

/// Reads `table` or `schema.table`; names stand as they are, without quotes.
fn table_filter(text: &str) -> Result<TableFilter, String> {
    let (schema, name) = match text.split_once('.') {
        Some((schema, name)) => (Some(schema.to_owned()), name),
        None => (None, text),
    };
    if name.is_empty() || schema.as_deref() == Some("") {
        return Err("a table is written `table` or `schema.table`".to_owned());
    }
    let name = name.to_owned();
    Ok(TableFilter { schema, name })
}

/// What two schemas may differ in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Ignored {
    /// Privileges
    Grants,
    /// Comments
    Comments,
    /// The order of a table's columns
    ColumnOrder,
    /// The versions of extensions
    ExtensionVersions,
}

/// What is compared.
#[derive(Clone, Debug, Default, Args)]
pub struct AspectArgs {
    /// Do not compare this; may be repeated
    #[arg(long, value_name = "WHAT")]
    pub ignore: Vec<Ignored>,

    /// Compare owners as well
    #[arg(long)]
    pub owners: bool,
}

impl AspectArgs {
    /// Returns what is not compared.
    #[must_use]
    pub fn aspects(&self) -> Aspects {
        let ignored = self.ignore.iter().map(|ignored| match ignored {
            Ignored::Grants => Aspect::Grants,
            Ignored::Comments => Aspect::Comments,
            Ignored::ColumnOrder => Aspect::ColumnOrder,
            Ignored::ExtensionVersions => Aspect::ExtensionVersions,
        });
        let aspects = ignored.fold(Aspects::default(), Aspects::ignoring);
        match self.owners {
            true => aspects.comparing(Aspect::Owners),
            false => aspects,
        }
    }
}

/// Reads the schema of a database.
///
/// # Errors
/// Fails when the server does.
pub fn read(database: &mut Database, scope: &Scope) -> Result<Model, Failure> {
    schema::read(database, scope).map_err(|error| Failure::of_read(&error))
}

/// Refuses a scope of schemas that are not there.
///
/// # Errors
/// Fails where one is not there.
pub fn refuse_unknown(model: &Model, scope: &Scope) -> Result<(), Failure> {
    let is_there = |name: &&String| {
        let mut objects = model.objects.iter();
        objects
            .any(|object| object.identity.kind == Kind::Schema && object.identity.name() == **name)
    };
    match scope.schemas.iter().find(|name| !is_there(name)) {
        Some(name) => Err(
            Failure::new("no_schema", format!("there is no schema `{name}`"))
                .hint("names stand as they are in the catalog, in upper and lower case"),
        ),
        None => Ok(()),
    }
}

/// Where revisions are replayed.
#[derive(Clone, Debug, Default, Args)]
pub struct ScratchArgs {
    /// Make the throw-away database on this server instead of the database's own
    #[arg(long, value_name = "URL")]
    pub scratch: Option<String>,
}

impl ScratchArgs {
    /// Connects to the server on which throw-away databases are made; none where it is the
    /// database's own.
    fn host(
        &self,
        context: &Context<'_>,
        interrupt: &Interrupt,
    ) -> Result<Option<Database>, Failure> {
        let Some(text) = self.scratch.as_deref() else {
            return Ok(None);
        };
        let opened = live::open_other(context, text, interrupt.clone());
        opened.map(Some).map_err(|failure| match failure.code {
            "embedded" => failure.hint("without `--scratch` it is made beside the database itself"),
            _ => failure,
        })
    }
}

/// Where revisions are replayed, and what is compared then.
#[derive(Clone, Debug, Default, Args)]
pub struct ReplayArgs {
    /// Where the revisions are run
    #[command(flatten)]
    pub scratch: ScratchArgs,

    /// What part of the database is compared
    #[command(flatten)]
    pub scope: ScopeArgs,

    /// What is compared
    #[command(flatten)]
    pub aspects: AspectArgs,
}

impl ReplayArgs {
    /// Refuses what was said of a comparison where the option that asks for one is missing.
    ///
    /// # Errors
    /// Fails where anything was said.
    pub fn refuse(&self, option: &str) -> Result<(), Failure> {
        let (scope, aspects) = (&self.scope, &self.aspects);
        let names = !scope.schema.is_empty() || !scope.without.is_empty();
        let ignores = !aspects.ignore.is_empty() || aspects.owners;
        match names || ignores || self.scratch.scratch.is_some() {
            true => Err(Failure::usage(format!(
                "`--scratch`, `--schema`, `--without`, `--ignore` and `--owners` go with `{option}`"
            ))),
            false => Ok(()),
        }
    }
}

/// Replays revisions as the settings and the person say.
pub struct Replaying<'c> {
    catalog: &'c Catalog,
    scope: Scope,
    interrupt: Interrupt,
    options: Options,
    surroundings: Surroundings,
    /// The server of the throw-away databases, where it is another one.
    host: Option<Database>,
}

impl<'c> Replaying<'c> {
    /// Gets ready to replay beside a database.
    ///
    /// # Errors
    /// Fails when the database cannot be read, or the other server cannot be reached.
    pub fn new(
        catalog: &'c Catalog,
        scope: &Scope,
        (database, scratch): (&mut Database, &ScratchArgs),
        context: &Context<'_>,
    ) -> Result<Self, Failure> {
        let interrupt = database.interrupt();
        let surroundings =
            Surroundings::read(database).map_err(|error| Failure::of_read(&error.into()))?;
        Ok(Self {
            host: scratch.host(context, &interrupt)?,
            catalog,
            scope: scope.clone(),
            interrupt,
            options: options(context, None),
            surroundings,
        })
    }

    fn replay(&self) -> Replay<'_> {
        Replay {
            catalog: self.catalog,
            options: &self.options,
            scope: &self.scope,
            surroundings: &self.surroundings,
            interrupt: self.interrupt.clone(),
        }
    }

    /// Returns what the revisions up to these heads make of an empty database.
    ///
    /// # Errors
    /// Fails when no throw-away database can be made, or a revision fails.
    pub fn schema(&self, database: &Database, heads: &Heads) -> Result<Model, Failure> {
        let host = self.host.as_ref().unwrap_or(database);
        let replayed = self.replay().schema(host, heads);
        replayed.map_err(|error| Failure::of_replay(&error, self.catalog))
    }

    /// Compares a schema with all that the revisions make on their way.
    ///
    /// # Errors
    /// As [`Replaying::schema`].
    pub fn detect(
        &self,
        database: &Database,
        sought: &Sought<'_>,
        ui: &mut Ui,
    ) -> Result<Detection, Failure> {
        let host = self.host.as_ref().unwrap_or(database);
        let mut progress = |done, of| ui.status(&format!("replaying: {done} of {of} places …"));
        let detected = self.replay().detect(host, sought, &mut progress);
        ui.status("");
        detected.map_err(|error| Failure::of_replay(&error, self.catalog))
    }
}
