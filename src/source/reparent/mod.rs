//! Other parents for a revision file, and every other byte as it was.
//!
//! Each format says where its parents stand; the text that comes out is read like any other file and
//! must declare what the old one did, but for the parents.

mod edit;
mod file;
mod python;
mod rust;
mod sql;

use std::path::Path;

pub use file::Rewrite;

use super::error::{Problem, SourceError};
use super::{Code, normal};
use crate::declaration::Declaration;
use crate::id::RevisionId;
use crate::op::CompiledCode;

/// Which parents go, and which one comes in their place.
#[derive(Clone, Copy, Debug)]
pub struct Change<'a> {
    /// Parents that the revision has.
    pub gone: &'a [RevisionId],
    /// What stands where the first of them stood, or alone where there was none.
    pub new: Option<&'a RevisionId>,
}

impl Change<'_> {
    /// Returns the parents after the change.
    #[must_use]
    pub fn of(&self, parents: &[RevisionId]) -> Vec<RevisionId> {
        let mut new = self.new;
        let mut after = Vec::with_capacity(parents.len());
        for parent in parents {
            match self.gone.contains(parent) {
                true => after.extend(new.take().cloned()),
                false => after.push(parent.clone()),
            }
        }
        if parents.is_empty() {
            after.extend(new.cloned());
        }
        after
    }

    fn takes(&self, name: &str) -> bool {
        self.gone.iter().any(|gone| *gone == *name)
    }
}

/// Why a file cannot be given other parents, as the end of a sentence about it.
type Reason = String;

/// Returns the text of a revision file with other parents.
///
/// `raw` is the text as it stands in the file; its byte order mark and its line ends stay. `code` says
/// what it is written in.
///
/// # Errors
/// Fails when the parents are not written where they can be replaced without touching anything else.
pub fn reparent(
    path: &Path,
    raw: &str,
    code: &Code,
    change: &Change<'_>,
) -> Result<String, SourceError> {
    let error = |reason| SourceError::new(path, 0, Problem::NotRewritable { reason });
    let text = &*normal(raw);
    let edits = match code {
        Code::Alembic(..) => python::edits(text, change),
        Code::NotCompiled(_) | Code::Stale(_) => rust::edits(text, change),
        Code::Compiled(compiled) if matches!(compiled.code, CompiledCode::Rust { .. }) => {
            rust::edits(text, change)
        }
        Code::Sql(_) | Code::Compiled(_) | Code::Ledger(_) => sql::edits(text, change),
        Code::Tool(_) => Err("they follow from the numbers of the files".to_owned()),
    };
    let after = edit::apply(raw, edits.map_err(error)?);
    let unlike = || error("its header would not read as meant".to_owned());
    let declared = |text: &str| code.with_text(text).declare(path).ok_or_else(unlike);
    let mut expected = declared(text)?;
    let mut found = declared(&normal(&after))?;
    let parents = |declaration: &mut Declaration| {
        let parents = std::mem::take(&mut declaration.down_revision).into_iter();
        let ids = parents.map(|claim| RevisionId::from_database(&claim.value));
        ids.collect::<Vec<_>>()
    };
    let before = parents(&mut expected);
    if parents(&mut found) != change.of(&before) || !is_alike(*expected, *found) {
        return Err(unlike());
    }
    Ok(after)
}

/// Whether two declarations say the same, on whatever lines.
fn is_alike(mut one: Declaration, mut other: Declaration) -> bool {
    for declaration in [&mut one, &mut other] {
        declaration.revision.line = 0;
        let lists = [
            &mut declaration.down_revision,
            &mut declaration.depends_on,
            &mut declaration.branch_labels,
        ];
        for claim in lists.into_iter().flatten() {
            claim.line = 0;
        }
    }
    one == other
}

/// Returns a name as the literal of a programming language, written as another literal is.
///
/// Python and Rust agree on what has to be escaped.
fn literal_like(written: &str, says: &str, name: &str) -> String {
    let plain = |name: &str| !name.contains(['"', '\'', '\\']);
    match written.split_once(says) {
        Some((before, after)) if plain(name) && plain(says) && !says.is_empty() => {
            format!("{before}{name}{after}")
        }
        _ => format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\"")),
    }
}

#[cfg(test)]
mod tests;
