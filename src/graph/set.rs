//! Sets of a graph's revisions, one byte each; and adjacency lists in two flat arrays.

use super::Node;

/// A set of revisions of one graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevisionSet {
    members: Vec<bool>,
    len: usize,
}

impl RevisionSet {
    pub(super) fn empty(size: usize) -> Self {
        let members = vec![false; size];
        Self { members, len: 0 }
    }

    pub(super) fn has(&self, index: u32) -> bool {
        self.members[index as usize]
    }

    pub(super) fn add(&mut self, index: u32) -> bool {
        let slot = &mut self.members[index as usize];
        let new = !*slot;
        *slot = true;
        self.len += usize::from(new);
        new
    }

    pub(super) fn indices(&self) -> impl Iterator<Item = u32> {
        (0..)
            .zip(&self.members)
            .filter(|&(_, m)| *m)
            .map(|(i, _)| i)
    }

    /// Returns the number of members.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Returns true where there is no member.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Returns true where the revision is a member.
    #[must_use]
    pub fn contains(&self, node: &Node) -> bool {
        self.members.get(node.index()) == Some(&true)
    }

    /// Adds a revision, and returns true where it was not a member.
    pub fn insert(&mut self, node: &Node) -> bool {
        self.add(node.index)
    }

    /// Removes a revision, and returns true where it was a member.
    pub fn remove(&mut self, node: &Node) -> bool {
        let was = std::mem::take(&mut self.members[node.index()]);
        self.len -= usize::from(was);
        was
    }

    /// Keeps the members for which the other set agrees with `keep`.
    fn filter(&mut self, other: &Self, keep: bool) {
        let mut len = 0;
        for (member, other) in self.members.iter_mut().zip(&other.members) {
            *member &= *other == keep;
            len += usize::from(*member);
        }
        self.len = len;
    }

    /// Keeps the members that are also in the other set.
    pub fn intersect(&mut self, other: &Self) {
        self.filter(other, true);
    }

    /// Removes the members of the other set.
    pub fn subtract(&mut self, other: &Self) {
        self.filter(other, false);
    }
}

/// For each revision a short list of others, kept in order.
#[derive(Clone, Debug, Default)]
pub(super) struct Adjacency {
    starts: Vec<u32>,
    targets: Vec<u32>,
}

impl Adjacency {
    pub(super) fn new() -> Self {
        let starts = vec![0];
        Self {
            starts,
            targets: Vec::new(),
        }
    }

    /// Appends the list of the next revision.
    pub(super) fn push(&mut self, list: impl IntoIterator<Item = u32>) {
        self.targets.extend(list);
        self.starts.push(self.targets.len() as u32);
    }

    pub(super) fn len(&self) -> usize {
        self.starts.len() - 1
    }

    pub(super) fn of(&self, index: u32) -> &[u32] {
        let index = index as usize;
        &self.targets[self.starts[index] as usize..self.starts[index + 1] as usize]
    }

    /// The same edges seen from the other end; each list in rising order.
    pub(super) fn reversed(&self) -> Self {
        let mut starts = vec![0; self.starts.len()];
        for &target in &self.targets {
            starts[target as usize + 1] += 1;
        }
        for i in 1..starts.len() {
            starts[i] += starts[i - 1];
        }
        let mut next = starts.clone();
        let mut targets = vec![0; self.targets.len()];
        for source in 0..self.len() as u32 {
            for &target in self.of(source) {
                let slot = &mut next[target as usize];
                targets[*slot as usize] = source;
                *slot += 1;
            }
        }
        Self { starts, targets }
    }

    /// Everything reachable from the seeds, seeds included.
    pub(super) fn reach(&self, seeds: impl IntoIterator<Item = u32>) -> RevisionSet {
        let mut reached = RevisionSet::empty(self.len());
        let mut stack: Vec<u32> = seeds.into_iter().filter(|&s| reached.add(s)).collect();
        while let Some(index) = stack.pop() {
            stack.extend(self.of(index).iter().filter(|&&next| reached.add(next)));
        }
        reached
    }
}
