//! Graphs for tests, drawn as text: one revision per line, in file order.
//!
//! `c (users) <- a, b ~ x` is revision `c` with label `users`, parents `a` and `b`, depending on `x`.

use std::path::Path;

use super::{Built, RevisionGraph};
use crate::declaration::{Claim, Declaration, Format};

/// Reads a picture; the revision on line n is in file `n.sql`, and each part has a line of its own.
pub(crate) fn declarations(picture: &str) -> Vec<Declaration> {
    let lines = picture.lines().map(str::trim).filter(|l| !l.is_empty());
    lines
        .enumerate()
        .map(|(i, line)| declaration(i + 1, line))
        .collect()
}

fn declaration(number: usize, line: &str) -> Declaration {
    let (line, depends_on) = line.split_once('~').unwrap_or((line, ""));
    let (line, parents) = line.split_once("<-").unwrap_or((line, ""));
    let (id, labels) = line.split_once('(').unwrap_or((line, ""));
    let claims = |list: &str, line| {
        let names = list.split(',').map(str::trim).filter(|n| !n.is_empty());
        names.map(|name| Claim::new(name, line)).collect()
    };
    let mut declaration = Declaration::new(Claim::new(id.trim(), 1), Format::Sql);
    declaration.down_revision = claims(parents, 2);
    declaration.depends_on = claims(depends_on, 3);
    declaration.branch_labels = claims(labels.trim_end().trim_end_matches(')'), 4);
    declaration.message = format!("make {}", id.trim());
    declaration.path = Some(Path::new(&format!("{number}.sql")).into());
    declaration
}

/// Builds a picture, sound or not.
pub(crate) fn built(picture: &str) -> Built {
    RevisionGraph::build(declarations(picture))
}

/// Builds a picture that must be sound.
pub(crate) fn graph(picture: &str) -> RevisionGraph {
    let built = built(picture);
    assert_eq!(built.faults, []);
    built.graph
}
