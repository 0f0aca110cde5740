//! SQL files with a number, `001_name.sql`, run by a program of the project itself.
//!
//! Nobody knows how such a program sends a file; it is taken to send it whole, as most do. Files
//! without a number, which such programs run after the others, stand beside the line.

use super::golang_migrate::up_and_down;
use super::line::{Draft, Way, digits, direction};
use super::recognise::Claim;
use super::sending::Sending;
use super::tree::Tree;
use super::{Step, Takeover, ToolFormat, file_name};
use crate::declaration::Tool;
use crate::script::Body;
use crate::source::error::SourceError;

pub(super) struct Numbered;

impl ToolFormat for Numbered {
    fn claim(&self, tree: &Tree) -> Option<Claim> {
        let mut names = tree.top().map(|(_, name)| name);
        let ours = |name: &str| matches!(parts(name), Some((_, _, Way::Up))) && !is_up(name);
        names.any(ours).then_some(Claim::Named)
    }

    fn drafts(&self, _: &Takeover, tree: &Tree, errors: &mut Vec<SourceError>) -> Vec<Draft> {
        drafts(Tool::Numbered, tree, errors)
    }

    fn bodies(&self, step: &Step) -> Result<(Body, Body), SourceError> {
        bodies(step)
    }

    fn table(&self) -> &'static str {
        "schema_migrations"
    }
}

pub(super) fn bodies(step: &Step) -> Result<(Body, Body), SourceError> {
    let sending = match step.source.multi_statement {
        true => Sending::Divided,
        false => Sending::Whole,
    };
    step.two_files(|_| sending)
}

/// Finds the files of a folder, those without a number as well.
pub(super) fn drafts(tool: Tool, tree: &Tree, errors: &mut Vec<SourceError>) -> Vec<Draft> {
    let mut drafts = up_and_down(tool, tree, errors, parts);
    for (file, name) in tree.top() {
        let Some(stem) = name.strip_suffix(".sql") else {
            continue;
        };
        if digits(stem).is_none() {
            drafts.push(Draft {
                title: stem.to_owned(),
                ..Draft::of(file, errors)
            });
        }
    }
    for draft in &mut drafts {
        // Such tables hold the file's name, with its ending or without.
        draft.version = file_name(&draft.up.path);
        draft.name = draft.version.trim_end_matches(".sql").to_owned();
    }
    drafts
}

/// A name in its parts: a number, and anything behind a sign that is no letter.
pub(super) fn parts(name: &str) -> Option<(&str, &str, Way)> {
    let stem = name.strip_suffix(".sql")?;
    let (number, rest) = digits(stem)?;
    let (title, way) = direction(rest);
    let title = title.trim_start_matches(['_', '-', '.', ' ']);
    Some((number, title, way.unwrap_or(Way::Up)))
}

fn is_up(name: &str) -> bool {
    name.ends_with(".up.sql")
}
