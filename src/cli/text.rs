//! Revisions as text, in Alembic's words, so that whatever reads Alembic's output reads this.

use std::fmt::Write as _;
use std::path::Path;

use super::paint::Paint;
use crate::catalog::Catalog;
use crate::database::conninfo::Location;
use crate::graph::Node;
use crate::heads::Heads;
use crate::id::{Label, RevisionId};
use crate::script::{Direction, Foreign};

/// What is written of a revision.
#[derive(Clone, Copy, Debug, Default)]
pub struct Words<'a> {
    /// The parents in front of it.
    pub parents: bool,
    /// The labels of its line.
    pub labels: bool,
    /// Whether it is a branch point or merge point.
    pub shape: bool,
    /// Its message.
    pub message: bool,
    /// What it depends on, where the parents are not written.
    pub depends_on: bool,
    /// Where to look whether a revision in Python is translated, and so whether that is written.
    pub untranslated: Option<&'a Catalog>,
    /// The rows of the version table, where a database was asked.
    pub current: Option<&'a Heads>,
    /// The colours.
    pub paint: Paint,
}

/// Returns who and where a database is; the settings of the connection are not asked for.
#[must_use]
pub fn place(location: &Location) -> String {
    let text = location.to_string();
    text.split('?').next().unwrap_or_default().to_owned()
}

impl Words<'_> {
    /// What stands beside a revision in a drawn graph.
    #[must_use]
    pub fn drawn() -> Self {
        Self {
            labels: true,
            shape: true,
            message: true,
            depends_on: true,
            ..Self::default()
        }
    }

    /// Writes a revision, without a line end: `a -> b (label) (head), message`.
    pub fn write(self, out: &mut String, node: &Node) {
        let paint = self.paint;
        if self.parents {
            match node.down_revisions() {
                [] => out.push_str("<base>"),
                parents => list(out, parents),
            }
            if !node.depends_on().is_empty() {
                out.push_str(" (");
                list(out, node.depends_on());
                out.push(')');
            }
            out.push_str(" -> ");
        }
        put(out, paint.revision(node.id()));
        if self.labels && !node.branch_names().is_empty() {
            out.push_str(" (");
            put(out, paint.label(labels(node)));
            out.push(')');
        }
        self.marks(out, node);
        if let Some(mark) = self
            .untranslated
            .and_then(|catalog| untranslated(catalog, node))
        {
            put(out, paint.mark(format_args!(" ({mark})")));
        }
        if self.depends_on && !node.depends_on().is_empty() {
            out.push_str(" (depends on ");
            list(out, node.depends_on());
            out.push(')');
        }
        if self.message {
            out.push_str(", ");
            out.push_str(message(node));
        }
    }

    fn marks(self, out: &mut String, node: &Node) {
        let paint = self.paint;
        if node.is_real_head() {
            put(out, paint.mark(" (head)"));
        } else if node.is_effective_head() {
            put(out, paint.mark(" (effective head)"));
        }
        if self.is_current(node) {
            put(out, paint.current(" (current)"));
        }
        if self.shape && node.is_branch_point() {
            put(out, paint.mark(" (branchpoint)"));
        }
        if self.shape && node.is_merge_point() {
            put(out, paint.mark(" (mergepoint)"));
        }
    }

    /// Returns whether it is a row of the version table.
    #[must_use]
    pub fn is_current(self, node: &Node) -> bool {
        self.current
            .is_some_and(|heads| heads.contains(node.id().as_str()))
    }

    /// Writes a revision as a block of lines, with its whole message at the end.
    pub fn write_block(self, out: &mut String, catalog: &Catalog, node: &Node) {
        let paint = self.paint;
        out.push_str("Rev: ");
        put(out, paint.revision(node.id()));
        if node.is_head() {
            put(out, paint.mark(" (head)"));
        }
        if node.is_branch_point() {
            put(out, paint.mark(" (branchpoint)"));
        }
        if node.is_merge_point() {
            put(out, paint.mark(" (mergepoint)"));
        }
        if self.is_current(node) {
            put(out, paint.current(" (current)"));
        }
        out.push_str(if node.is_merge_point() {
            "\nMerges: "
        } else {
            "\nParent: "
        });
        match node.down_revisions() {
            [] => out.push_str("<base>"),
            parents => list(out, parents),
        }
        out.push('\n');
        if !node.depends_on().is_empty() {
            out.push_str("Also depends on: ");
            list(out, node.depends_on());
            out.push('\n');
        }
        if node.is_branch_point() {
            out.push_str("Branches into: ");
            for (i, child) in catalog.graph().children(node).enumerate() {
                out.push_str(if i == 0 { "" } else { ", " });
                out.push_str(child.id().as_str());
            }
            out.push('\n');
        }
        if !node.branch_names().is_empty() {
            out.push_str("Branch names: ");
            put(out, paint.label(labels(node)));
            out.push('\n');
        }
        if let Some(path) = node.path() {
            put(out, format_args!("Path: {}\n", path.display()));
        }
        for it in catalog.untranslated(node) {
            let Foreign { line, reason } = &it.why;
            let path = node.path().unwrap_or_else(|| Path::new("")).display();
            let (direction, what) = (it.direction, capital(it.in_short()));
            put(
                out,
                format_args!("{what}: {direction}, {path}:{line}: it {reason}\n"),
            );
        }
        // An author's own words have the date in them, and more.
        if let Some(doc) = catalog.doc(node.id()) {
            out.push('\n');
            for line in doc.lines() {
                put(out, format_args!("    {line}\n"));
            }
            out.push('\n');
            return;
        }
        put(out, format_args!("\n    {}\n", message(node)));
        if let Some(created) = node.created() {
            put(out, format_args!("\n    Create Date: {created}\n"));
        }
        out.push('\n');
    }
}

/// Returns the message, or words that say that there is none.
#[must_use]
pub fn message(node: &Node) -> &str {
    match node.message() {
        "" => "empty message",
        message => message,
    }
}

/// Returns the words for a revision in Python of which a function is not translated: the worst of what
/// there is to say.
fn untranslated(catalog: &Catalog, node: &Node) -> Option<String> {
    let all = catalog.untranslated(node);
    let first = all.iter().find(|it| it.certain).or(all.first())?;
    let words = first.in_short();
    Some(match first.direction {
        Direction::Downgrade => format!("downgrade {words}"),
        Direction::Upgrade | Direction::Stamp => words.to_owned(),
    })
}

/// Begins a line with a word.
fn capital(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

/// Returns the labels of a revision's line, separated by commas.
#[must_use]
pub fn labels(node: &Node) -> String {
    let names = node.branch_names().iter().map(Label::as_str);
    names.collect::<Vec<_>>().join(", ")
}

/// Returns a number with the word it counts: `1 step`, `2 steps`, `3 indexes`.
#[must_use]
pub fn count(number: usize, word: &str) -> String {
    if number == 1 {
        return format!("{number} {word}");
    }
    // Some are many already: statistics, default privileges.
    if word.ends_with('s') {
        return format!("{number} {word}");
    }
    if let Some(stem) = word.strip_suffix('y') {
        return format!("{number} {stem}ies");
    }
    let plural = if word.ends_with('x') { "es" } else { "s" };
    format!("{number} {word}{plural}")
}

fn list(out: &mut String, ids: &[RevisionId]) {
    for (i, id) in ids.iter().enumerate() {
        out.push_str(if i == 0 { "" } else { ", " });
        out.push_str(id.as_str());
    }
}

fn put(out: &mut String, text: impl std::fmt::Display) {
    write!(out, "{text}").expect("writing to a string cannot fail");
}
