//! What a merge into another branch would make of the revisions.
//!
//! Files are merged as a version control system merges them, a whole file at a time: what only one
//! side has changed is taken from that side. Then the outcome is looked at as any other folder is,
//! and what is wrong with neither side alone is a finding.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::finding::{Finding, Rebase, Site};
use super::shared::Sides;
use super::{Rules, Unchecked, heads};
use crate::catalog::{Catalog, Entry};
use crate::declaration::Declaration;
use crate::graph::{Edges, Node, Place, RevisionGraph};
use crate::source::Snapshot;

/// The branch that the revisions are to be merged into, and the files of both sides.
#[derive(Clone, Debug)]
pub struct Upstream {
    /// Its name, as a person typed it.
    pub reference: String,
    /// The revision files of this side.
    pub ours: Snapshot,
    /// Its revision files.
    pub theirs: Snapshot,
    /// The revision files where the two histories parted; none where that is not known.
    pub base: Option<Snapshot>,
}

/// Both sides and the outcome.
pub(super) struct Merge<'a> {
    upstream: &'a Upstream,
    pub(super) ours: &'a Catalog,
    pub(super) theirs: Catalog,
    pub(super) merged: Catalog,
    /// The ids of the revisions that only this side has.
    pub(super) new_here: BTreeSet<&'a str>,
    /// The ids of the revisions that the other side has and this one never had.
    pub(super) new_there: BTreeSet<String>,
}

impl<'a> Merge<'a> {
    pub(super) fn new(ours: &'a Catalog, upstream: &'a Upstream) -> Self {
        // Files of other tools are on all sides as they are here.
        let tools = ours.taken_over();
        let theirs = Catalog::load_healthy(&[&upstream.theirs, &tools]);
        let base = upstream.base.as_ref();
        let base = base.map(|base| Catalog::load_healthy(&[base, &tools]));
        let merged = Catalog::load_healthy(&[&merged(upstream), &tools]);
        let ids_here = ids(ours);
        let ids_there = ids(&theirs);
        let ids_before = base.as_ref().map(ids).unwrap_or_default();
        let is_new = |id: &&str| !ids_there.contains(id);
        let new_here = ids_here.iter().copied().filter(is_new).collect();
        let new_there = ids_there
            .iter()
            .filter(|id| !ids_here.contains(*id) && !ids_before.contains(*id))
            .map(|id| (*id).to_owned())
            .collect();
        Self {
            upstream,
            ours,
            theirs,
            merged,
            new_here,
            new_there,
        }
    }

    pub(super) fn reference(&self) -> &'a str {
        &self.upstream.reference
    }

    /// Looks for what would be wrong, and for what one side did to the other's revisions.
    pub(super) fn look(&self, rules: &Rules) -> (Vec<Finding>, Vec<Unchecked>) {
        let reference = self.reference().to_owned();
        let mut findings = self.after_merge(rules);
        let mut unchecked = Vec::new();
        match &self.upstream.base {
            _ if self.upstream.theirs.is_empty() => {
                unchecked.push(Unchecked::Upstream { reference });
            }
            None => unchecked.push(Unchecked::History { reference }),
            Some(base) => findings.extend(self.changed(base)),
        }
        let sides = Sides::of(self);
        findings.extend(sides.shared());
        unchecked.extend(sides.unread());
        (findings, unchecked)
    }

    /// Says of two heads, one of each side, how one could be put on top of the other.
    pub(super) fn propose_rebase(&self, findings: &mut [Finding]) {
        for finding in findings {
            self.propose(self.ours.graph(), finding);
        }
    }

    fn after_merge(&self, rules: &Rules) -> Vec<Finding> {
        let found = |catalog: &Catalog| {
            let faults = catalog.faults().iter().cloned().map(Finding::Fault);
            let mut found: Vec<_> = faults.collect();
            found.extend(heads::findings(catalog, rules));
            found
        };
        let mut known = found(self.ours);
        known.extend(found(&self.theirs));
        let is_new = |finding: &Finding| !known.iter().any(|known| is_same(known, finding));
        let mut findings = found(&self.merged);
        findings.retain(is_new);
        for finding in &mut findings {
            self.propose(self.merged.graph(), finding);
        }
        let wrap = |finding| Finding::AfterMerge {
            reference: self.reference().to_owned(),
            finding: Box::new(finding),
        };
        findings.into_iter().map(wrap).collect()
    }

    fn propose(&self, graph: &RevisionGraph, finding: &mut Finding) {
        let Finding::MultipleHeads { heads, rebase, .. } = finding else {
            return;
        };
        let is_new = |id: &str| self.new_here.contains(id);
        heads.sort_by_key(|head| !is_new(&head.revision));
        let (here, there): (Vec<_>, Vec<_>) = heads.iter().partition(|head| is_new(&head.revision));
        let ([here], [there]) = (here.as_slice(), there.as_slice()) else {
            return;
        };
        let below = graph.ancestors(graph.get(&here.revision), Edges::Lineage);
        let stands_on_new = |node: &Node| graph.parents(node).any(|up| is_new(up.id().as_str()));
        let lowest: Vec<_> = graph
            .members(&below)
            .filter(|node| is_new(node.id().as_str()) && !stands_on_new(node))
            .collect();
        if let [lowest] = lowest.as_slice() {
            *rebase = Some(Rebase {
                revision: lowest.id().to_string(),
                onto: there.revision.clone(),
            });
        }
    }

    /// Returns the revisions of the other side that were changed or deleted on this one.
    fn changed(&self, base: &Snapshot) -> Vec<Finding> {
        let Upstream { ours, theirs, .. } = self.upstream;
        let here: HashMap<_, _> = self
            .ours
            .entries()
            .into_iter()
            .map(|e| (e.id(), e))
            .collect();
        let texts: HashSet<&[u8]> = ours.files().map(|(_, text)| text).collect();
        let reference = || self.reference().to_owned();
        let mut findings = Vec::new();
        for (path, text) in theirs.files() {
            let before = base.get(path);
            let finding = match ours.get(path) {
                Some(now) if now == text || before == Some(now) => continue,
                Some(_) => declared(ours, path)
                    .or_else(|| declared(theirs, path))
                    .map(|site| (site, true)),
                // New on the other side, or moved on this one.
                None if before.is_none_or(|before| texts.contains(before)) => continue,
                None if texts.contains(text) => continue,
                None => declared(theirs, path).map(|site| match here.get(&*site.revision) {
                    Some(entry) => (Site::of_entry(*entry), true),
                    None => (site, false),
                }),
            };
            let reference = reference();
            findings.extend(finding.map(|(site, is_there)| match is_there {
                true => Finding::ChangedRevision { site, reference },
                false => Finding::DeletedRevision { site, reference },
            }));
        }
        findings
    }
}

/// Merges file by file.
fn merged(upstream: &Upstream) -> Snapshot {
    let Upstream {
        ours, theirs, base, ..
    } = upstream;
    let texts: HashSet<&[u8]> = ours.files().map(|(_, text)| text).collect();
    let paths = ours.files().chain(theirs.files()).map(|(path, _)| path);
    let paths: BTreeSet<&Path> = paths.collect();
    let mut merged = Snapshot::new(Arc::clone(ours.python()));
    for path in paths {
        let (here, there) = (ours.get(path), theirs.get(path));
        let taken = match base.as_ref().map(|base| base.get(path)) {
            Some(before) if before == here => there,
            Some(before) if before == there => here,
            // Where both have changed it, the merge itself will ask.
            Some(_) => here.or(there),
            // Without a base, a file that was moved must not count twice.
            None => here.or(there.filter(|text| !texts.contains(text))),
        };
        if let Some(text) = taken {
            merged.insert(PathBuf::from(path), text.to_vec());
        }
    }
    merged
}

/// Returns the revision that a file declares.
fn declared(snapshot: &Snapshot, path: &Path) -> Option<Site> {
    let Declaration { revision, path, .. } = snapshot.declaration(path)?;
    Some(Site {
        revision: revision.value,
        place: Place {
            path,
            line: revision.line,
        },
    })
}

/// Tells whether two findings say the same, of whichever side.
fn is_same(one: &Finding, other: &Finding) -> bool {
    match (one, other) {
        (
            Finding::MultipleHeads {
                branch: a,
                heads: x,
                ..
            },
            Finding::MultipleHeads {
                branch: b,
                heads: y,
                ..
            },
        ) => {
            let ids = |sites: &[Site]| -> BTreeSet<String> {
                sites.iter().map(|site| site.revision.clone()).collect()
            };
            a == b && ids(x) == ids(y)
        }
        _ => one == other,
    }
}

fn ids(catalog: &Catalog) -> HashSet<&str> {
    catalog.entries().into_iter().map(Entry::id).collect()
}
