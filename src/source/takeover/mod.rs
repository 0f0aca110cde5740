//! Folders of other migration tools, read in place: each becomes a line of revisions with a label.
//!
//! A format says which files count, in which order, and how its tool sends them; the rest is the same
//! for all. Nothing in such a folder is ever written. What the tool's own table would have of each
//! migration is kept beside it as [`Legacy`].

mod dbmate;
mod diesel;
mod drizzle;
mod flyway;
mod golang_migrate;
mod goose;
mod line;
mod node_pg_migrate;
mod numbered;
mod problem;
mod recognise;
mod refinery;
mod repeat;
mod rollbacks;
mod sending;
mod sqlx;
#[cfg(test)]
mod testing;
mod tree;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use self::line::{Draft, Numbering};
use self::recognise::Claim;
use self::sending::Sending;
use self::tree::{Depth, Part, Tree};
use super::error::{Problem, SourceError};
use super::gate::Gate;
use super::sql::Fault;
use super::{Code, Loaded, Loading, Source, checksum};
use crate::declaration::{Declaration, Tool};
use crate::script::{Body, Script};
use crate::sql::split::split;

pub use problem::TakeoverProblem;
pub use repeat::{Repeat, Repeatable};

/// A folder of another migration tool.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Takeover {
    /// The folder.
    pub path: PathBuf,
    /// The project it is part of, within which manifests may tell what the tool is.
    pub project: Option<PathBuf>,
    /// Further folders whose files count as this one's.
    pub locations: Vec<PathBuf>,
    /// The tool; none has it recognised.
    pub tool: Option<Tool>,
    /// The label of its line; none takes the folder's name.
    pub label: Option<String>,
    /// Revisions or labels that must be applied before anything of it.
    pub depends_on: Vec<String>,
    /// The table in which the tool keeps what is applied; none for its usual one.
    pub table: Option<String>,
    /// The folder of files that lead back, relative to the folder.
    pub rollbacks: Option<PathBuf>,
    /// Whether a file is sent statement by statement where one of them cannot be in a transaction.
    pub multi_statement: bool,
    /// Whether its files have no place in the graph, and run again and again.
    pub repeat: Option<Repeat>,
    /// What stands for `${name}` in the files of Flyway.
    pub placeholders: BTreeMap<String, String>,
    /// Whether the tool's table is kept in step.
    pub mirror: bool,
}

impl Takeover {
    /// A folder whose tool is recognised.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            ..Self::default()
        }
    }

    /// Returns the label of its line.
    #[must_use]
    pub fn label(&self) -> String {
        self.label.clone().unwrap_or_else(|| {
            let real = || self.path.canonicalize().ok();
            let name = self.path.file_name().map(ToOwned::to_owned);
            let name = name.or_else(|| Some(real()?.file_name()?.to_owned()));
            let name = name.unwrap_or_default();
            line::cut(&line::legal(&name.to_string_lossy()))
        })
    }
}

/// Some folders of other tools, as one source: the ids of their revisions differ.
///
/// ```no_run
/// use limbeck::catalog::Catalog;
/// use limbeck::source::{Folders, Location, Takeover, Takeovers};
///
/// # fn main() -> Result<(), limbeck::Error> {
/// let own = Folders::new(vec![Location::new("versions")], &[]);
/// let before = Takeovers::new(vec![Takeover::new("backend/migrations")]);
/// let catalog = Catalog::load(&[&own, &before])?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct Takeovers {
    folders: Vec<Takeover>,
    gate: Option<Gate>,
}

impl Takeovers {
    /// The folders, in the order in which they were added to the project.
    ///
    /// A folder's ids depend on those before it, never on those after it.
    #[must_use]
    pub const fn new(folders: Vec<Takeover>) -> Self {
        let gate = None;
        Self { folders, gate }
    }

    /// Leaves a processor free until the gate opens.
    #[must_use]
    pub fn behind(self, gate: Gate) -> Self {
        let gate = Some(gate);
        Self { gate, ..self }
    }
}

impl Source for Takeovers {
    fn load(&self) -> Loading {
        let mut loading = Loading::default();
        let mut lines = Vec::with_capacity(self.folders.len());
        let mut earlier: Vec<Numbering> = Vec::new();
        for folder in &self.folders {
            let found = find(folder, self.gate.as_ref(), &mut loading.errors);
            let (tool, drafts) = match found {
                Ok(found) => found,
                Err(error) => {
                    loading.errors.push(error);
                    continue;
                }
            };
            let folder = Arc::new(folder.clone());
            let (drafts, again) = repeat::part(&folder, tool, drafts);
            loading.repeatables.extend(again);
            let steps = line::revisions(&folder, tool, drafts, &mut earlier, &mut loading.errors);
            let loaded = steps.into_iter().map(|step| Loaded {
                declaration: Box::new(step.declaration.clone()),
                code: Code::Tool(Box::new(step)),
            });
            lines.push(loaded);
        }
        // What nothing ties together is applied in the reverse order of the files.
        loading.loaded = lines.into_iter().rev().flatten().collect();
        loading
    }
}

/// Finds the migrations of a folder.
fn find(
    source: &Takeover,
    gate: Option<&Gate>,
    errors: &mut Vec<SourceError>,
) -> Result<(Tool, Vec<Draft>), SourceError> {
    let mut tree = read(source, Depth::Two, gate)?;
    if matches!(source.tool, None | Some(Tool::Rollbacks)) {
        tree.rollbacks = rollbacks::files(source, &tree, gate)?;
    }
    let tool = match source.tool {
        Some(tool) => tool,
        None if source.repeat.is_some() => repeat::tool(&tree),
        None => recognise::tool(source, &tree)?,
    };
    refuse_options(source, tool)?;
    repeat::refuse(source, tool)?;
    let format = format(tool);
    if format.is_deep() {
        tree = read(source, Depth::All, gate)?;
    }
    let before = errors.len();
    let drafts = format.drafts(source, &tree, errors);
    if drafts.is_empty() && errors.len() == before && tree.has_sql() {
        let problem = TakeoverProblem::NothingOf { tool };
        return Err(SourceError::new(&source.path, 0, problem.into()));
    }
    Ok((tool, drafts))
}

fn read(source: &Takeover, depth: Depth, gate: Option<&Gate>) -> Result<Tree, SourceError> {
    let mut tree = Tree::read(&source.path, depth, gate)?;
    for path in &source.locations {
        tree.files.extend(Tree::read(path, depth, gate)?.files);
    }
    Ok(tree)
}

fn refuse_options(source: &Takeover, tool: Tool) -> Result<(), SourceError> {
    let whole = matches!(tool, Tool::GolangMigrate | Tool::Numbered | Tool::Rollbacks);
    let options = [
        (
            "locations",
            source.locations.is_empty() || tool != Tool::Drizzle,
        ),
        (
            "rollbacks",
            source.rollbacks.is_none() || tool == Tool::Rollbacks,
        ),
        ("multi_statement", !source.multi_statement || whole),
        (
            "placeholders",
            source.placeholders.is_empty() || tool == Tool::Flyway,
        ),
    ];
    match options.into_iter().find(|(_, is_fine)| !is_fine) {
        Some((option, _)) => {
            let problem = TakeoverProblem::OptionOfAnother { option, tool };
            Err(SourceError::new(&source.path, 0, problem.into()))
        }
        None => Ok(()),
    }
}

/// How the folders of one tool are read.
trait ToolFormat: Sync {
    /// Tells whether a folder could be the tool's, by its names and by what stands in its files.
    fn claim(&self, tree: &Tree) -> Option<Claim>;

    /// Tells whether folders below the next one count, too.
    fn is_deep(&self) -> bool {
        false
    }

    /// Finds the migrations, in any order.
    fn drafts(&self, source: &Takeover, tree: &Tree, errors: &mut Vec<SourceError>) -> Vec<Draft>;

    /// Takes a migration apart.
    fn bodies(&self, step: &Step) -> Bodies;

    /// Returns the checksum that the tool would have written down.
    fn checksum(&self, _: &Step) -> Option<String> {
        None
    }

    /// Returns the table in which the tool keeps what is applied, unless it was told otherwise.
    fn table(&self) -> &'static str;
}

/// What runs upwards and downwards, or what is wrong with either: a way down that nobody goes need
/// not be sound.
struct Bodies {
    up: Result<Body, SourceError>,
    down: Result<Body, SourceError>,
}

impl Bodies {
    /// Those of a file that cannot be read in either way.
    fn broken(error: SourceError) -> Self {
        Self {
            up: Err(error.clone()),
            down: Err(error),
        }
    }
}

fn format(tool: Tool) -> &'static dyn ToolFormat {
    match tool {
        Tool::GolangMigrate => &golang_migrate::GolangMigrate,
        Tool::Drizzle => &drizzle::Drizzle,
        Tool::Numbered => &numbered::Numbered,
        Tool::Rollbacks => &rollbacks::Rollbacks,
        Tool::Refinery => &refinery::Refinery,
        Tool::Sqlx => &sqlx::Sqlx,
        Tool::Diesel => &diesel::Diesel,
        Tool::Dbmate => &dbmate::Dbmate,
        Tool::Goose => &goose::Goose,
        Tool::Flyway => &flyway::Flyway,
        Tool::NodePgMigrate => &node_pg_migrate::NodePgMigrate,
    }
}

/// Returns the table in which a tool keeps what is applied, unless it was told otherwise.
#[must_use]
pub fn usual_table(tool: Tool) -> &'static str {
    format(tool).table()
}

/// A migration of another tool as a revision.
#[derive(Clone, Debug)]
pub struct Step {
    tool: Tool,
    source: Arc<Takeover>,
    declaration: Declaration,
    draft: Draft,
    /// What the tool knows the migration by that stands before it in the line.
    before: Option<String>,
}

impl Step {
    pub(super) fn declaration(&self) -> &Declaration {
        &self.declaration
    }

    /// The text of what leads up, with plain line ends.
    pub(super) fn text(&self) -> &str {
        self.draft.up.plain()
    }

    /// The checksum of what leads up: the other way is mended when it turns out not to work.
    pub(super) fn checksum(&self) -> String {
        checksum(self.text())
    }

    fn bodies(&self) -> Bodies {
        let Some(foreign) = &self.draft.foreign else {
            return format(self.tool).bodies(self);
        };
        let body = || Ok(Body::Foreign(foreign.clone()));
        Bodies {
            up: body(),
            down: body(),
        }
    }

    /// What is wrong with the way down, where that keeps it from being one.
    pub(super) fn check_downgrade(&self) -> Result<(), SourceError> {
        self.bodies().down.map(drop)
    }

    pub(super) fn script(&self) -> Result<Script, SourceError> {
        let bodies = self.bodies();
        Ok(Script {
            upgrade: bodies.up?,
            downgrade: bodies.down.unwrap_or(Body::Absent),
            downgrade_path: self.draft.down.as_ref().map(|part| part.path.clone()),
            verify: Vec::new(),
            checksum: self.checksum(),
        })
    }

    pub(super) fn is_mirrored(&self) -> bool {
        self.source.mirror
    }

    /// Returns what the tool knows of it.
    #[must_use]
    pub fn legacy(&self) -> Legacy {
        let format = format(self.tool);
        let table = self.source.table.clone();
        Legacy {
            tool: self.tool,
            table: table.unwrap_or_else(|| format.table().to_owned()),
            version: self.draft.version.clone(),
            name: self.draft.name.clone(),
            checksum: format.checksum(self),
            when: self.draft.when,
            label: self.source.label(),
            folder: self.source.path.clone(),
            leads_back: self.draft.down.is_some(),
            before: self.before.clone(),
            file: self.file(),
            is_mirrored: self.source.mirror,
        }
    }

    /// The file within its folder, or within the one of the further folders that has it.
    fn file(&self) -> String {
        let path = &self.draft.up.path;
        let mut folders = std::iter::once(&self.source.path).chain(&self.source.locations);
        let below = folders.find_map(|folder| path.strip_prefix(folder).ok());
        let parts = below.unwrap_or(path).components();
        let parts = parts.map(|part| part.as_os_str().to_string_lossy());
        parts.collect::<Vec<_>>().join("/")
    }

    /// The two files of a migration that has one for each way, as its tool sends them.
    fn two_files(&self, sending: impl Fn(&Part) -> Sending) -> Bodies {
        let body = |part| self.body(part, sending(part));
        Bodies {
            up: body(&self.draft.up),
            down: self.draft.down.as_ref().map_or(Ok(Body::Absent), body),
        }
    }

    fn body(&self, part: &Part, sending: Sending) -> Result<Body, SourceError> {
        let at = |Fault { line, problem }| SourceError::new(&part.path, line, problem);
        let statements = split(part.plain(), 1).map_err(|error| at(split_fault(error)))?;
        let segments = sending::segments(statements, sending, self.tool).map_err(at)?;
        Ok(Body::Sql(segments))
    }
}

fn split_fault(error: crate::sql::split::SplitError) -> Fault {
    Fault {
        line: error.line(),
        problem: Problem::Split(error),
    }
}

/// What the tool that a revision comes from knows of it: by this its table can be read and kept.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Legacy {
    /// The tool.
    pub tool: Tool,
    /// The table in which it keeps what is applied, with its schema where it is not the first of
    /// the search path.
    pub table: String,
    /// What it tells migrations apart by: a number as it writes it, or a file's name.
    pub version: String,
    /// What it calls the migration beside that; may be empty.
    pub name: String,
    /// The checksum of the file, as it writes it; none for tools that make none.
    pub checksum: Option<String>,
    /// The time that stands in its table in the place of a version, in milliseconds since 1970.
    pub when: Option<i64>,
    /// The label of the line that its folder is.
    pub label: String,
    /// Its folder.
    pub folder: PathBuf,
    /// Whether it has a file of its own that leads back.
    pub leads_back: bool,
    /// The version of the migration before it in the line.
    pub before: Option<String>,
    /// The file within the folder, with `/` between.
    pub file: String,
    /// Whether the tool's table is kept in step.
    pub is_mirrored: bool,
}

impl Legacy {
    /// Returns the number that the version begins with; empty where it begins with none.
    #[must_use]
    pub fn number(&self) -> &str {
        let end = self.version.find(|c: char| !c.is_ascii_digit());
        &self.version[..end.unwrap_or(self.version.len())]
    }
}

/// The name of a file without folders.
fn file_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}
