//! Reading the project's revisions, and finding those that a name stands for.

use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};

use super::config::{Config, Origin};
use super::context::Context;
use super::failure::Failure;
use super::hint::Asking;
use super::live;
use super::text::count;
use super::ui::Ui;
use crate::catalog::Catalog;
use crate::graph::{Node, RevisionGraph};
use crate::op::CompiledRevision;
use crate::resolve;
use crate::source::{Folders, Gate, Location, Takeovers};
use crate::target::Target;

/// The revisions, kept until the process ends: to take them apart would take as long as to build
/// them.
pub type Kept = ManuallyDrop<Catalog>;

/// What is needed to read the revisions.
#[derive(Clone, Copy)]
pub struct Reading<'a> {
    config: &'a Config,
    directory: &'a Path,
    compiled: &'static [CompiledRevision],
    x: &'a [(String, String)],
    offline: bool,
    gate: Option<&'a Gate>,
}

impl<'a> Reading<'a> {
    /// What a command was given for it.
    #[must_use]
    pub fn of(context: &Context<'a>) -> Self {
        Self {
            config: context.config,
            directory: &context.environment.directory,
            compiled: context.compiled,
            x: &context.global.x,
            offline: false,
            gate: None,
        }
    }

    /// Has revisions told that what they do is only written down.
    #[must_use]
    pub fn offline(self) -> Self {
        let offline = true;
        Self { offline, ..self }
    }

    /// Leaves a processor free until the gate opens.
    #[must_use]
    pub fn behind(self, gate: &'a Gate) -> Self {
        let gate = Some(gate);
        Self { gate, ..self }
    }

    /// Reads the revisions; what is wrong with them is the caller's to tell.
    ///
    /// # Errors
    /// Fails when there is no folder of revisions.
    pub fn load(self) -> Result<Kept, Failure> {
        let mut folders = Folders::new(self.locations()?, self.compiled);
        folders = folders.with_python(self.config.python.source(self.offline, self.x));
        let mut takeovers = Takeovers::new(self.config.takeovers.clone());
        if let Some(gate) = self.gate {
            folders = folders.behind(gate.clone());
            takeovers = takeovers.behind(gate.clone());
        }
        // What nothing ties together is applied in the reverse order: first what was there before.
        Ok(Kept::new(Catalog::load_healthy(&[&folders, &takeovers])))
    }

    /// Returns the folders that hold the revisions.
    ///
    /// # Errors
    /// Fails when there is none.
    pub fn locations(self) -> Result<Vec<Location>, Failure> {
        let config = self.config;
        let is_missing = |location: &&PathBuf| !self.directory.join(location).is_dir();
        let mut folders: Vec<&PathBuf> = config.version_locations.iter().collect();
        if config.is_alembic {
            let first = folders.first().copied();
            // Alembic does without a folder that is not there yet, though not without the script's.
            folders.retain(|location| !is_missing(location));
            let above = first.and_then(|first| first.parent());
            if let (true, Some(first), Some(above)) = (folders.is_empty(), first, above)
                && !self.directory.join(above).is_dir()
            {
                return Err(no_folder(first, config.file.as_deref()));
            }
        } else if !config.takeovers.is_empty()
            && *config.origin("version_locations") == Origin::Default
        {
            // New revisions make the folder; what there is may all be in another tool's.
            folders.retain(|location| !is_missing(location));
        } else if self.compiled.is_empty() {
            // A binary with revisions in it runs where its sources are not.
            if let Some(missing) = folders.iter().copied().find(is_missing) {
                return Err(no_folder(missing, config.file.as_deref()));
            }
        }
        let locations = folders.into_iter().map(|path| {
            let location = Location::new(path);
            if config.recursive {
                location.recursive()
            } else {
                location
            }
        });
        Ok(locations.collect())
    }
}

/// Returns everything that is wrong with the revisions: files first, then how they fit together.
#[must_use]
pub fn faults(catalog: &Catalog) -> Vec<Failure> {
    let files = catalog.errors().iter().map(Failure::of_source);
    let graph = catalog.faults().iter().map(Failure::of_fault);
    files.chain(graph).collect()
}

fn no_folder(missing: &Path, file: Option<&Path>) -> Failure {
    match file {
        Some(file) => {
            let message = match missing.exists() {
                true => format!("`{}` is no folder", missing.display()),
                false => format!("there is no folder `{}`", missing.display()),
            };
            let is_ini = file.extension().is_some_and(|ending| ending == "ini");
            let key = match is_ini || file.ends_with("pyproject.toml") {
                true => "script_location",
                false => "version_locations",
            };
            Failure::new("no_version_location", message).hint(format!(
                "`{key}` in {} names the folders of revisions",
                file.display()
            ))
        }
        None => Failure::new(
            "no_project",
            "there is no limbeck.toml here or above, and neither an alembic.ini nor a folder `versions` here",
        )
        .hint("`limbeck init` begins a project here"),
    }
}

/// Reads the revisions and warns of those at fault.
///
/// # Errors
/// Fails when there is no folder of revisions.
pub fn healthy_part(context: &mut Context<'_>) -> Result<Kept, Failure> {
    let catalog = Reading::of(context).load()?;
    warn(context.ui, &catalog);
    Ok(catalog)
}

/// Warns of what is wrong with the revisions.
pub fn warn(ui: &mut Ui, catalog: &Catalog) {
    for fault in faults(catalog) {
        ui.warn(&fault);
    }
}

/// Reads the revisions and accepts no fault.
///
/// # Errors
/// Fails when there is no folder of revisions, and for the first fault.
pub fn whole(context: &Context<'_>) -> Result<Kept, Failure> {
    accept(Reading::of(context).load()?)
}

/// Accepts revisions without a fault.
///
/// # Errors
/// Fails for the first fault.
pub fn accept(catalog: Kept) -> Result<Kept, Failure> {
    let mut faults = faults(&catalog).into_iter();
    let Some(first) = faults.next() else {
        return Ok(catalog);
    };
    Err(match faults.len() {
        0 => first,
        more => first
            .detail(format!("and {}", count(more, "more fault")))
            .hint("`limbeck check` shows all of them"),
    })
}

/// Finds the revisions that a name stands for; `base` stands for none.
///
/// # Errors
/// Fails when there is no such revision, or one is wanted and there are several.
pub fn named<'g>(
    context: &mut Context<'_>,
    graph: &'g RevisionGraph,
    text: &str,
    asking: Asking,
) -> Result<Vec<&'g Node>, Failure> {
    let target = Target::parse(text).map_err(|error| Failure::of_target(&error, asking))?;
    let heads = if target.needs_database() {
        Some(live::heads(context)?)
    } else {
        None
    };
    resolve::revisions(graph, heads.as_ref(), &target)
        .map_err(|error| Failure::of_resolve(&error, graph, asking))
}
