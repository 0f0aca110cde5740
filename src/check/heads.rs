//! Whether there are no more heads than a project allows.

use std::collections::HashSet;

use super::finding::{Finding, Site};
use super::{AllowedHeads, Rules};
use crate::catalog::{Catalog, Entry};
use crate::graph::{Node, Place, RevisionGraph};
use crate::resolve;
use crate::target::Target;

/// Returns the heads that there should not be.
pub(super) fn findings(catalog: &Catalog, rules: &Rules) -> Vec<Finding> {
    let below = below_what_is_left_out(catalog);
    let is_head = |node: &&Node| !below.contains(node.id().as_str());
    let graph = catalog.graph();
    match &rules.heads {
        AllowedHeads::One => {
            let heads: Vec<_> = graph.heads().into_iter().filter(is_head).collect();
            several(None, &heads).into_iter().collect()
        }
        AllowedHeads::Lines { names, place } => of_lines(graph, names, place, is_head),
    }
}

/// Returns the parents of revisions that are not in the graph: without their fault, these would be
/// no heads.
fn below_what_is_left_out(catalog: &Catalog) -> HashSet<String> {
    let is_left_out = |entry: &Entry<'_>| catalog.node(entry.id()).is_none();
    let left_out = catalog.entries().into_iter().filter(is_left_out);
    let parents = left_out.flat_map(|entry| &entry.declaration().down_revision);
    parents.map(|parent| parent.value.clone()).collect()
}

fn several(branch: Option<&str>, heads: &[&Node]) -> Option<Finding> {
    (heads.len() > 1).then(|| Finding::MultipleHeads {
        branch: branch.map(str::to_owned),
        heads: heads.iter().map(|head| Site::of(head)).collect(),
        rebase: None,
    })
}

fn of_lines(
    graph: &RevisionGraph,
    names: &[String],
    place: &Place,
    is_head: impl Fn(&&Node) -> bool,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut allowed = Vec::new();
    for name in names {
        // As `name@heads` means it everywhere else.
        let heads = Target::parse(&format!("{name}@heads")).map_err(|_| Vec::new());
        let heads = heads.and_then(|target| {
            let heads = resolve::revisions(graph, None, &target);
            heads.map_err(|error| error.candidates())
        });
        match heads {
            Ok(mut heads) => {
                heads.retain(&is_head);
                findings.extend(several(Some(name), &heads));
                allowed.extend(heads);
            }
            Err(candidates) => findings.push(Finding::UnknownLine {
                name: name.clone(),
                candidates,
                place: place.clone(),
            }),
        }
    }
    let others = graph
        .heads()
        .into_iter()
        .filter(|head| is_head(head) && !allowed.contains(head));
    findings.extend(others.map(|head| Finding::UnexpectedHead {
        head: Site::of(head),
        allowed: names.to_vec(),
    }));
    findings
}
