//! Looking names up: exact ids, branch labels, prefixes, and names that look alike.

use super::{Node, RevisionGraph};
use crate::id::Label;

/// Names shorter than this are only ever found whole.
const SHORTEST_WITH_PREFIX: usize = 4;

/// What a name stands for: the revision at a position, by its id or by a label that it declares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Name {
    Revision(u32),
    Label(u32),
}

impl Name {
    pub(super) fn index(self) -> u32 {
        match self {
            Self::Revision(index) | Self::Label(index) => index,
        }
    }
}

impl RevisionGraph {
    /// Returns the branch labels with the revisions that declare them, in file order.
    pub fn labels(&self) -> impl Iterator<Item = (&Label, &Node)> {
        self.nodes
            .iter()
            .flat_map(|node| node.labels.iter().map(move |label| (label, node)))
    }

    /// Returns the revision that declares a branch label.
    #[must_use]
    pub fn label(&self, label: &str) -> Option<&Node> {
        match self.names.get(label)? {
            Name::Label(index) => Some(self.node(*index)),
            Name::Revision(_) => None,
        }
    }

    /// Returns the revision with this id or branch label.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&Node> {
        let index = self.names.get(name)?.index();
        Some(self.node(index))
    }

    /// Returns the ids and labels that begin with a prefix, ids first, in file order.
    ///
    /// Names of up to three characters are only found whole, as in Alembic.
    pub fn with_prefix(&self, prefix: &str) -> impl Iterator<Item = (&str, &Node)> {
        self.all_names().filter(move |(name, _)| {
            name.starts_with(prefix) && name.chars().nth(SHORTEST_WITH_PREFIX - 1).is_some()
        })
    }

    /// Returns up to three ids and labels that a mistyped name could have meant, nearest first.
    #[must_use]
    pub fn similar(&self, name: &str) -> Vec<String> {
        similar(name, self.all_names().map(|(name, _)| name))
    }

    fn all_names(&self) -> impl Iterator<Item = (&str, &Node)> {
        let ids = self.nodes.iter().map(|node| (node.id.as_str(), node));
        ids.chain(self.labels().map(|(label, node)| (label.as_str(), node)))
    }
}

/// Up to three of the names that are a few edits away, nearest first, ties in the order given.
pub(super) fn similar<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let length = name.chars().count();
    let most = (length / 3).clamp(1, 3);
    let mut near: Vec<(usize, &str)> = names
        .filter(|other| other.chars().count().abs_diff(length) <= most)
        .map(|other| (strsim::osa_distance(name, other), other))
        .filter(|&(distance, _)| distance <= most && distance < length)
        .collect();
    near.sort_by_key(|&(distance, _)| distance);
    near.truncate(3);
    near.into_iter()
        .map(|(_, other)| other.to_owned())
        .collect()
}
