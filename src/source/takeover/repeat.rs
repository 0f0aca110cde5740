//! Files that are run again and again: they have no place in the graph, and run after its revisions.

use std::path::Path;
use std::sync::Arc;

use super::line::Draft;
use super::tree::Tree;
use super::{Legacy, Step, Takeover, TakeoverProblem};
use crate::declaration::{Claim, Declaration, Format, Tool};
use crate::script::{Body, Segment};
use crate::source::error::SourceError;

/// When the files of a folder run again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// At every upgrade.
    Always,
    /// At the first upgrade, and at the next one after the file changed.
    OnChange,
}

impl Repeat {
    /// Returns the value of the setting.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Always => "always",
            Self::OnChange => "on-change",
        }
    }
}

/// A file that is run again and again.
#[derive(Clone, Debug)]
pub struct Repeatable {
    name: String,
    repeat: Repeat,
    step: Step,
}

impl Repeatable {
    /// Returns its name: the label of its folder and the file's name within that, as in
    /// `startup/001_views.sql`. It is what the database knows the file by.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.step.draft.up.path
    }

    /// Returns when it runs again.
    #[must_use]
    pub const fn repeat(&self) -> Repeat {
        self.repeat
    }

    /// Returns what its tool is to be told of it; none where its table is not kept in step.
    #[must_use]
    pub fn mirrored(&self) -> Option<Legacy> {
        self.step.is_mirrored().then(|| self.step.legacy())
    }

    /// Returns what its tool knows of it.
    #[must_use]
    pub fn legacy(&self) -> Legacy {
        self.step.legacy()
    }

    /// Returns the checksum of its text.
    #[must_use]
    pub fn checksum(&self) -> String {
        self.step.checksum()
    }

    /// Returns what it runs.
    ///
    /// # Errors
    /// Fails with the first thing wrong in the file.
    pub fn segments(&self) -> Result<Vec<Segment>, SourceError> {
        match self.step.bodies().up? {
            Body::Sql(segments) => Ok(segments),
            // Such files stay beside the line: see `part`.
            _ => Ok(Vec::new()),
        }
    }
}

/// Refuses the setting for tools whose files all have a version of their own, and to keep a table in
/// step that has no row of such files.
pub(super) fn refuse(source: &Takeover, tool: Tool) -> Result<(), SourceError> {
    let problem = match tool {
        _ if source.repeat.is_none() => return Ok(()),
        Tool::Numbered if source.mirror => TakeoverProblem::NoRows,
        Tool::Numbered | Tool::Flyway => return Ok(()),
        _ => TakeoverProblem::Versioned { tool },
    };
    Err(SourceError::new(&source.path, 0, problem.into()))
}

/// The tool of a folder that is run again and again, where nobody says: such files need no numbers.
pub(super) fn tool(tree: &Tree) -> Tool {
    match tree.files.iter().any(|file| file.name.starts_with("R__")) {
        true => Tool::Flyway,
        false => Tool::Numbered,
    }
}

/// Takes the files that are run again and again from the migrations of a folder: all numbered files,
/// and those of Flyway that have no version.
pub(super) fn part(
    source: &Arc<Takeover>,
    tool: Tool,
    drafts: Vec<Draft>,
) -> (Vec<Draft>, Vec<Repeatable>) {
    let Some(repeat) = source.repeat else {
        return (drafts, Vec::new());
    };
    let is_repeated = |draft: &Draft| {
        draft.foreign.is_none() && (tool == Tool::Numbered || draft.order.is_none())
    };
    let (mut again, once): (Vec<_>, Vec<_>) = drafts.into_iter().partition(is_repeated);
    again.sort_by(|a, b| {
        let place = |draft: &Draft| (draft.order.is_none(), draft.order.clone());
        let by_path = || a.up.path.cmp(&b.up.path);
        place(a).cmp(&place(b)).then_with(by_path)
    });
    let label = source.label();
    let repeatable = |draft: Draft| {
        let file = draft.up.path.strip_prefix(&source.path);
        let file = file.unwrap_or(&draft.up.path).display();
        let name = format!("{label}/{file}");
        let mut declaration = Declaration::new(Claim::new(&name, 0), Format::Tool(tool));
        declaration.path = Some(draft.up.path.as_path().into());
        let source = Arc::clone(source);
        Repeatable {
            name,
            repeat,
            step: Step {
                tool,
                source,
                declaration,
                before: None,
                draft,
            },
        }
    };
    (once, again.into_iter().map(repeatable).collect())
}
