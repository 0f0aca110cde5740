//! Objects that revisions of both sides of a merge touch.
//!
//! Of revisions where one is below the other, the order is settled. Of all others it is not: what
//! each was written for may not be what it finds.

use std::collections::{BTreeMap, BTreeSet};

use super::Unchecked;
use super::finding::{Finding, Site};
use super::merge::Merge;
use crate::catalog::Entry;
use crate::graph::{Edges, Node, RevisionGraph};
use crate::sql::objects::{Key, Object, Touched};

/// The new revisions of each side; none of either where one has none.
pub(super) struct Sides<'m> {
    graph: &'m RevisionGraph,
    reference: &'m str,
    here: Vec<Revision<'m>>,
    there: Vec<Revision<'m>>,
}

/// A revision with what it touches.
struct Revision<'m> {
    entry: Entry<'m>,
    touched: Touched,
}

impl<'m> Sides<'m> {
    pub(super) fn of(merge: &'m Merge<'_>) -> Self {
        let ids = beside(merge);
        let is_new = |entry: &Entry<'_>| merge.new_here.contains(entry.id());
        let mut here = merge.ours.entries();
        here.retain(is_new);
        let is_beside = |entry: &Entry<'_>| ids.contains(entry.id());
        let mut there = merge.theirs.entries();
        there.retain(is_beside);
        if here.is_empty() || there.is_empty() {
            here.clear();
            there.clear();
        }
        let read = |entries: Vec<Entry<'m>>| {
            let read = |entry: Entry<'m>| Revision {
                entry,
                touched: entry.touched(),
            };
            entries.into_iter().map(read).collect()
        };
        Self {
            graph: merge.merged.graph(),
            reference: merge.reference(),
            here: read(here),
            there: read(there),
        }
    }

    /// Returns the objects that both sides touch, with the revisions whose order is not settled.
    pub(super) fn shared(&self) -> Vec<Finding> {
        let of_there = by_object(&self.there);
        let mut findings = Vec::new();
        for (key, (object, here)) in &by_object(&self.here) {
            let Some((_, there)) = of_there.get(key) else {
                continue;
            };
            let (here, there) = (self.open(here, there), self.open(there, here));
            if !here.is_empty() {
                findings.push(Finding::SharedObject {
                    object: (*object).clone(),
                    here,
                    there,
                    reference: self.reference.to_owned(),
                });
            }
        }
        findings
    }

    /// Returns the revisions of which it is not known what they touch.
    pub(super) fn unread(&self) -> Vec<Unchecked> {
        let unread = |revision: &Revision<'_>| {
            let line = *revision.touched.unread.first()?;
            let place = revision.entry.place_of_line(line);
            let revision = revision.entry.id().to_owned();
            let site = Site { revision, place };
            Some(Unchecked::Touched { site })
        };
        let revisions = self.here.iter().chain(&self.there);
        revisions.filter_map(unread).collect()
    }

    /// Returns those that are neither below nor above some of the others.
    fn open(&self, these: &[Site], those: &[Site]) -> Vec<Site> {
        let is_open = |site: &&Site| {
            let mut others = those.iter();
            others.any(|other| !self.are_in_order(&site.revision, &other.revision))
        };
        these.iter().filter(is_open).cloned().collect()
    }

    fn are_in_order(&self, one: &str, other: &str) -> bool {
        let (Some(one), Some(other)) = (self.graph.get(one), self.graph.get(other)) else {
            return false;
        };
        let is_below = |a, b| self.graph.ancestors([b], Edges::All).contains(a);
        is_below(one, other) || is_below(other, one)
    }
}

/// Returns the revisions of the other side that this one was written without, or beside: the new
/// ones, and those that stand on what the ones of this side stand on.
///
/// The latter matter where this side has taken in the other one already, as the merges have that
/// servers make to check them.
fn beside<'a>(merge: &'a Merge<'_>) -> BTreeSet<&'a str> {
    let graph = merge.merged.graph();
    let is_new = |node: &Node| merge.new_here.contains(node.id().as_str());
    let new = merge.new_here.iter().filter_map(|id| graph.get(id));
    let forks: Vec<&Node> = new
        .flat_map(|node| graph.parents(node))
        .filter(|parent| !is_new(parent))
        .collect();
    let above = graph.descendants(forks.iter().copied(), Edges::Lineage);
    let above = graph.members(&above);
    let above = above.filter(|node| !is_new(node) && !forks.contains(node));
    let above = above.map(|node| node.id().as_str());
    above
        .chain(merge.new_there.iter().map(String::as_str))
        .collect()
}

type ByObject<'a> = BTreeMap<Key<'a>, (&'a Object, Vec<Site>)>;

fn by_object<'a>(revisions: &'a [Revision<'a>]) -> ByObject<'a> {
    let mut objects = ByObject::new();
    for Revision { entry, touched } in revisions {
        for (object, line) in &touched.objects {
            let (_, sites) = objects.entry(object.key()).or_insert((object, Vec::new()));
            if sites.last().is_none_or(|last| last.revision != entry.id()) {
                sites.push(Site {
                    revision: entry.id().to_owned(),
                    place: entry.place_of_line(*line),
                });
            }
        }
    }
    objects
}
