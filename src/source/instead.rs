//! Revisions of limbeck that stand in for one of an Alembic project which has the same id.
//!
//! What Python does cannot always be translated. Such a revision is written once more in SQL or
//! Rust; the graph stays as it was, for the two must say the same of themselves.

use std::collections::HashMap;

use super::error::{Problem, SourceError};
use super::{Loaded, Loading};
use crate::declaration::{Claim, Format};

/// Puts each of them where the revision in Python stood; what it has no word for stays.
///
/// What is wrong with those that say something else of themselves is an error, and they are left out.
/// Returns the revisions in Python that others stand in for.
pub(super) fn of_python(loading: &mut Loading) -> Vec<Loaded> {
    let Loading { loaded, errors, .. } = loading;
    let is_python = |entry: &Loaded| entry.declaration.format == Format::Alembic;
    if !loaded.iter().any(is_python) {
        return Vec::new();
    }
    let mut others: HashMap<String, usize> = HashMap::new();
    for (index, entry) in loaded.iter().enumerate().filter(|(_, it)| !is_python(it)) {
        let id = entry.declaration.revision.value.clone();
        others.entry(id).or_insert(index);
    }
    let mut replaced = Vec::new();
    let mut moved = Vec::new();
    for index in 0..loaded.len() {
        let python = &loaded[index];
        if !is_python(python) {
            continue;
        }
        // Taken only once: a second file in Python with the same id is a fault of the graph.
        let Some(other) = others.remove(&python.declaration.revision.value) else {
            continue;
        };
        moved.push(other);
        match difference(python, &loaded[other]) {
            None => {
                let mut other = loaded[other].clone();
                let python = &python.declaration;
                if other.declaration.message.is_empty() {
                    other.declaration.message.clone_from(&python.message);
                }
                other.declaration.created = other.declaration.created.or(python.created);
                replaced.push(std::mem::replace(&mut loaded[index], other));
            }
            Some(error) => errors.push(error),
        }
    }
    moved.sort_unstable();
    let mut index = 0;
    loaded.retain(|_| {
        let stays = moved.binary_search(&index).is_err();
        index += 1;
        stays
    });
    replaced
}

/// What a revision says under one word.
type Claims = fn(&Loaded) -> &[Claim];

/// Compares what the two say, apart from message and date.
fn difference(python: &Loaded, other: &Loaded) -> Option<SourceError> {
    let path = other.declaration.path.as_deref()?;
    let variables: [(&'static str, Claims); 3] = [
        ("down_revision", |it| &it.declaration.down_revision),
        ("branch_labels", |it| &it.declaration.branch_labels),
        ("depends_on", |it| &it.declaration.depends_on),
    ];
    let (variable, of) = variables.into_iter().find(|(_, of)| {
        let names = |claims: &[Claim]| {
            let mut names: Vec<String> = claims.iter().map(|it| it.value.clone()).collect();
            names.sort_unstable();
            names
        };
        names(of(python)) != names(of(other))
    })?;
    let claims = of(python).iter().map(|claim| claim.value.as_str());
    let line = of(other)
        .first()
        .unwrap_or(&other.declaration.revision)
        .line;
    let problem = Problem::NotAsInPython {
        variable,
        value: claims.collect::<Vec<_>>().join(", "),
        python: python.declaration.path.as_deref()?.to_owned(),
    };
    Some(SourceError::new(path, line, problem))
}
