//! Building a graph: believing declarations, or saying what is wrong with them.
//!
//! Every check runs over all declarations, so that one run names all faults. All work is on
//! positions in the given order; the graph's own positions are made at the end, when what is left
//! out is known. Time is linear, but for dependencies that several revisions of a line repeat.

use std::sync::Arc;

use super::fault::{CycleKind, Fault, Place};
use super::names::{self, Names};
use super::set::{Adjacency, RevisionSet};
use super::{Built, Node, RevisionGraph, order};
use crate::declaration::{Claim, Declaration};
use crate::id::{Label, RevisionId};

/// A declaration as far as it is believed.
pub(super) struct Draft {
    pub(super) declaration: Box<Declaration>,
    pub(super) id: Option<RevisionId>,
    pub(super) labels: Vec<Label>,
    pub(super) faulty: bool,
}

impl Draft {
    pub(super) fn place(&self, claim: &Claim) -> Place {
        Place {
            path: self.declaration.path.clone(),
            line: claim.line,
        }
    }

    pub(super) fn own_place(&self) -> Place {
        self.place(&self.declaration.revision)
    }
}

pub(super) fn build(declarations: impl Iterator<Item = Box<Declaration>>) -> Built {
    let mut builder = Builder::new(declarations);
    builder.read_ids();
    builder.read_labels();
    builder.read_references();
    builder.find_cycles();
    builder.leave_out_what_stands_above();
    let faults = std::mem::take(&mut builder.faults);
    let (graph, left_out) = builder.finish();
    Built {
        graph,
        faults,
        left_out,
    }
}

pub(super) struct Builder {
    pub(super) drafts: Vec<Draft>,
    pub(super) parents: Adjacency,
    pub(super) dependencies: Adjacency,
    names: Names,
    pub(super) faults: Vec<Fault>,
}

impl Builder {
    fn new(declarations: impl Iterator<Item = Box<Declaration>>) -> Self {
        let draft = |declaration| Draft {
            declaration,
            id: None,
            labels: Vec::new(),
            faulty: false,
        };
        let drafts: Vec<_> = declarations.map(draft).collect();
        Self {
            names: Names::for_revisions(drafts.len()),
            drafts,
            parents: Adjacency::new(),
            dependencies: Adjacency::new(),
            faults: Vec::new(),
        }
    }

    fn read_ids(&mut self) {
        for index in 0..self.drafts.len() {
            let draft = &self.drafts[index];
            let id = match RevisionId::parse(&draft.declaration.revision.value) {
                Ok(id) => id,
                Err(error) => {
                    let place = draft.own_place();
                    self.faults.push(Fault::IllegalId { error, place });
                    self.drafts[index].faulty = true;
                    continue;
                }
            };
            match self.names.revisions.get(&id) {
                Some(&first) => {
                    let first = first as usize;
                    self.faults.push(Fault::DuplicateRevision {
                        revision: id.clone(),
                        first: self.drafts[first].own_place(),
                        second: draft.own_place(),
                    });
                    self.drafts[first].faulty = true;
                    self.drafts[index].faulty = true;
                }
                None => {
                    self.names.revisions.insert(id.clone(), index as u32);
                }
            }
            self.drafts[index].id = Some(id);
        }
    }

    fn read_labels(&mut self) {
        for index in 0..self.drafts.len() {
            for claim in 0..self.drafts[index].declaration.branch_labels.len() {
                self.read_label(index, claim);
            }
        }
    }

    fn read_label(&mut self, index: usize, claim: usize) {
        let draft = &self.drafts[index];
        let Some(revision) = draft.id.clone() else {
            return;
        };
        let claim = &draft.declaration.branch_labels[claim];
        let place = draft.place(claim);
        let label = match Label::parse(&claim.value) {
            Ok(label) => label,
            Err(error) => {
                self.faults.push(Fault::IllegalId { error, place });
                return;
            }
        };
        if let Some(&taken) = self.names.revisions.get(label.as_str()) {
            let taken = self.drafts[taken as usize].own_place();
            self.faults.push(Fault::LabelIsRevision {
                label,
                revision,
                place,
                taken,
            });
            return;
        }
        if let Some(&first) = self.names.labels.get(&label) {
            let draft = &self.drafts[first as usize];
            let Some(first) = draft.id.clone() else {
                return;
            };
            let claims = &draft.declaration.branch_labels;
            let claim = claims.iter().find(|c| label == *c.value.as_str());
            self.faults.push(Fault::DuplicateLabel {
                first,
                first_place: claim.map_or_else(|| draft.own_place(), |c| draft.place(c)),
                second: revision,
                second_place: place,
                label,
            });
            return;
        }
        self.names.labels.insert(label.clone(), index as u32);
        self.drafts[index].labels.push(label);
    }

    fn read_references(&mut self) {
        let mut parents = Vec::new();
        let mut dependencies = Vec::new();
        for index in 0..self.drafts.len() {
            parents.clear();
            dependencies.clear();
            let draft = &self.drafts[index];
            let Some(revision) = &draft.id else {
                self.parents.push([]);
                self.dependencies.push([]);
                continue;
            };
            let mut missing = Vec::new();
            for claim in &draft.declaration.down_revision {
                match self.names.revisions.get(claim.value.as_str()) {
                    Some(&parent) => push_new(&mut parents, parent),
                    None => missing.push(Fault::MissingParent {
                        revision: revision.clone(),
                        parent: claim.value.clone(),
                        place: draft.place(claim),
                        similar: self.similar(&claim.value),
                    }),
                }
            }
            for claim in &draft.declaration.depends_on {
                match self.names.find(&claim.value) {
                    Some(dependency) => push_new(&mut dependencies, dependency),
                    None => missing.push(Fault::MissingDependency {
                        revision: revision.clone(),
                        dependency: claim.value.clone(),
                        place: draft.place(claim),
                        similar: self.similar_names(&claim.value),
                    }),
                }
            }
            self.parents.push(parents.iter().copied());
            self.dependencies.push(dependencies.iter().copied());
            self.drafts[index].faulty |= !missing.is_empty();
            self.faults.append(&mut missing);
        }
    }

    fn similar(&self, name: &str) -> Vec<String> {
        let ids = self.drafts.iter().filter_map(|d| d.id.as_ref());
        names::similar(name, ids.map(RevisionId::as_str))
    }

    fn similar_names(&self, name: &str) -> Vec<String> {
        let ids = self.drafts.iter().filter_map(|d| d.id.as_ref());
        let labels = self.drafts.iter().flat_map(|d| &d.labels);
        let names = ids.map(RevisionId::as_str);
        names::similar(name, names.chain(labels.map(Label::as_str)))
    }

    fn leave_out_what_stands_above(&mut self) {
        if self.drafts.iter().all(|draft| !draft.faulty) {
            return;
        }
        let mut down = Adjacency::new();
        for index in 0..self.drafts.len() as u32 {
            down.push(self.references(index, CycleKind::Mixed));
        }
        let faulty = (0..).zip(&self.drafts).filter(|(_, d)| d.faulty);
        let above = down.reversed().reach(faulty.map(|(i, _)| i));
        for (index, draft) in (0..).zip(&mut self.drafts) {
            draft.faulty = above.has(index);
        }
    }

    fn finish(self) -> (RevisionGraph, Vec<(Box<Declaration>, usize)>) {
        let mut position = vec![u32::MAX; self.drafts.len()];
        let mut healthy = 0;
        for (draft, position) in self.drafts.iter().zip(&mut position) {
            if !draft.faulty {
                *position = healthy;
                healthy += 1;
            }
        }
        let ids: Vec<Option<RevisionId>> = self.drafts.iter().map(|d| d.id.clone()).collect();
        let mut parents = Adjacency::new();
        let mut dependencies = Adjacency::new();
        let mut nodes: Vec<Node> = Vec::with_capacity(healthy as usize);
        let mut left_out = Vec::new();
        let unlabelled = Arc::from([]);
        for (index, draft) in (0..).zip(self.drafts) {
            let (Some(id), false) = (draft.id, draft.faulty) else {
                left_out.push((draft.declaration, index as usize));
                continue;
            };
            let (above, needed) = (self.parents.of(index), self.dependencies.of(index));
            let names = |indices: &[u32]| -> Vec<RevisionId> {
                let mut names = Vec::with_capacity(indices.len());
                names.extend(indices.iter().filter_map(|&i| ids[i as usize].clone()));
                names
            };
            parents.push(above.iter().map(|&i| position[i as usize]));
            dependencies.push(needed.iter().map(|&i| position[i as usize]));
            nodes.push(Node {
                index: nodes.len() as u32,
                position: index,
                id,
                down_revisions: names(above),
                depends_on: names(needed),
                labels: draft.labels,
                branch_names: Arc::clone(&unlabelled),
                declaration: draft.declaration,
                children: 0,
                dependents: 0,
            });
        }
        let mut names = self.names;
        names.move_to(&position);
        let graph = assemble(nodes, names, parents, dependencies);
        (graph, left_out)
    }
}

fn push_new(list: &mut Vec<u32>, index: u32) {
    if !list.contains(&index) {
        list.push(index);
    }
}

fn assemble(
    mut nodes: Vec<Node>,
    names: Names,
    parents: Adjacency,
    dependencies: Adjacency,
) -> RevisionGraph {
    let children = parents.reversed();
    let dependents = dependencies.reversed();
    for node in &mut nodes {
        node.children = children.of(node.index).len() as u32;
        let dependents = dependents.of(node.index).iter();
        // A revision may name its parent as a dependency too; that makes no other head of it.
        let others = dependents.filter(|d| !children.of(node.index).contains(d));
        node.dependents = others.count() as u32;
    }
    let down = down_edges(&parents, &children, &dependencies, &dependents);
    let up = down.reversed();
    let mut everything = RevisionSet::empty(nodes.len());
    for node in &nodes {
        everything.add(node.index);
    }
    let tips: Vec<u32> = nodes
        .iter()
        .filter(|n| n.is_real_head())
        .map(|n| n.index)
        .collect();
    let edges = order::Edges {
        down: &down,
        up: &up,
    };
    let newest_first = order::newest_first(&edges, &everything, &tips);
    inherit_labels(&mut nodes, &newest_first, &parents);
    RevisionGraph {
        nodes,
        names,
        parents,
        children,
        dependencies,
        dependents,
        down,
        up,
        newest_first,
    }
}

/// Parents, then dependencies, without those that an ancestor in the line depends on as well.
fn down_edges(
    parents: &Adjacency,
    children: &Adjacency,
    dependencies: &Adjacency,
    dependents: &Adjacency,
) -> Adjacency {
    // (revision, dependency) pairs that an ancestor repeats, sorted for look-up.
    let mut repeated: Vec<(u32, u32)> = Vec::new();
    for dependency in 0..dependents.len() as u32 {
        let who = dependents.of(dependency);
        if who.len() > 1 {
            let above = children.reach(who.iter().flat_map(|&w| children.of(w)).copied());
            let repeats = who.iter().filter(|&&w| above.has(w));
            repeated.extend(repeats.map(|&w| (w, dependency)));
        }
    }
    repeated.sort_unstable();
    let mut down = Adjacency::new();
    let mut list = Vec::new();
    for index in 0..parents.len() as u32 {
        list.clear();
        list.extend_from_slice(parents.of(index));
        for &dependency in dependencies.of(index) {
            if repeated.binary_search(&(index, dependency)).is_err() {
                push_new(&mut list, dependency);
            }
        }
        down.push(list.iter().copied());
    }
    down
}

/// Gives every revision the labels of the lines it is part of, sharing equal lists.
fn inherit_labels(nodes: &mut [Node], newest_first: &[u32], parents: &Adjacency) {
    let mut declared: Vec<Label> = Vec::new();
    let mut lists: Vec<Vec<u32>> = vec![Vec::new()];
    let mut list_of: Vec<usize> = vec![0; nodes.len()];
    let mut own: Vec<Vec<u32>> = Vec::with_capacity(nodes.len());
    for node in nodes.iter() {
        let first = declared.len() as u32;
        declared.extend(node.labels.iter().cloned());
        own.push((first..declared.len() as u32).collect());
    }
    if declared.is_empty() {
        return;
    }
    for &index in newest_first.iter().rev() {
        let mut sources: Vec<usize> = Vec::new();
        for &parent in parents.of(index) {
            let list = list_of[parent as usize];
            if list != 0 && !sources.contains(&list) {
                sources.push(list);
            }
        }
        let own = &own[index as usize];
        list_of[index as usize] = match (sources.as_slice(), own.as_slice()) {
            ([], []) => 0,
            ([one], []) => *one,
            (several, own) => {
                let inherited = several.iter().flat_map(|&s| lists[s].iter());
                let mut list: Vec<u32> = inherited.chain(own).copied().collect();
                list.sort_unstable();
                list.dedup();
                let known = several.iter().copied().find(|&s| lists[s] == list);
                known.unwrap_or_else(|| {
                    lists.push(list);
                    lists.len() - 1
                })
            }
        };
    }
    // The plain line below a head shares the head's labels.
    for head in 0..nodes.len() {
        if !nodes[head].is_head() {
            continue;
        }
        let list = list_of[head];
        let mut at = head;
        loop {
            let node = &nodes[at];
            if node.children + node.dependents > 1 || node.is_merge_point() {
                break;
            }
            list_of[at] = list;
            let Some(&parent) = parents.of(at as u32).first() else {
                break;
            };
            at = parent as usize;
        }
    }
    let shared: Vec<Arc<[Label]>> = lists
        .iter()
        .map(|list| list.iter().map(|&i| declared[i as usize].clone()).collect())
        .collect();
    for (node, list) in nodes.iter_mut().zip(list_of) {
        node.branch_names = Arc::clone(&shared[list]);
    }
}
