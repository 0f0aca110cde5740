//! Reading the project's revisions, and finding those that a name stands for.

use std::path::Path;

use super::context::Context;
use super::failure::Failure;
use super::hint::Asking;
use super::live;
use crate::catalog::Catalog;
use crate::graph::{Node, RevisionGraph};
use crate::resolve;
use crate::target::Target;

/// Reads the revisions; faults are the caller's to tell.
///
/// # Errors
/// Fails when there is no folder of revisions or a file cannot be read.
pub fn with_faults(context: &Context<'_>) -> Result<Catalog, Failure> {
    let config = context.config;
    let directory = &context.environment.directory;
    let is_missing = |location: &&std::path::PathBuf| !directory.join(location).is_dir();
    // A binary with revisions in it runs where its sources are not.
    if context.compiled.is_empty()
        && let Some(missing) = config.version_locations.iter().find(is_missing)
    {
        return Err(no_folder(missing, config.file.as_deref()));
    }
    Catalog::load(&config.version_locations, config.recursive, context.compiled)
        .map_err(|error| Failure::of_source(&error))
}

fn no_folder(missing: &Path, file: Option<&Path>) -> Failure {
    match file {
        Some(file) => {
            let message = format!("there is no folder `{}`", missing.display());
            Failure::new("no_version_location", message).hint(format!(
                "`version_locations` in {} names the folders of revisions",
                file.display()
            ))
        }
        None => Failure::new(
            "no_project",
            "there is no limbeck.toml here or above, and no folder `versions` here",
        )
        .hint("`limbeck init` begins a project here"),
    }
}

/// Reads the revisions and warns of those at fault.
///
/// # Errors
/// As [`with_faults`].
pub fn healthy_part(context: &mut Context<'_>) -> Result<Catalog, Failure> {
    let catalog = with_faults(context)?;
    for fault in catalog.faults() {
        context.ui.warn(&Failure::of_fault(fault));
    }
    Ok(catalog)
}

/// Reads the revisions and accepts no fault.
///
/// # Errors
/// As [`with_faults`], and for the first fault.
pub fn whole(context: &Context<'_>) -> Result<Catalog, Failure> {
    let catalog = with_faults(context)?;
    let mut faults = catalog.faults().iter();
    let Some(first) = faults.next() else {
        return Ok(catalog);
    };
    let failure = Failure::of_fault(first);
    Err(match faults.count() {
        0 => failure,
        more => failure
            .detail(format!("and {more} more"))
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
    let heads = if target.needs_current() {
        Some(live::heads(context)?)
    } else {
        None
    };
    resolve::revisions(graph, heads.as_ref(), &target)
        .map_err(|error| Failure::of_resolve(&error, graph, asking))
}
