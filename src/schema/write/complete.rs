//! The steps beyond creating: what attaches, chooses, grants and fills what was created.

use std::collections::{BTreeSet, HashMap};

use super::Style;
use super::order::{Node, Rank};
use super::step::{Building, Step, phase};
use crate::schema::model::{Body, Kind};

impl<'m> Building<'m> {
    pub(super) fn push(&mut self, step: Step, rank: Rank, needs: BTreeSet<usize>) -> usize {
        self.nodes.push(Node {
            step,
            rank,
            needs,
            after: BTreeSet::new(),
            loose: Vec::new(),
        });
        self.nodes.len() - 1
    }

    /// Adds the steps beyond creating.
    pub(super) fn complete(&mut self, style: &Style) {
        self.wait_for_children();
        let indexes = self.indexes();
        for (at, object) in self.layout.model.objects.iter().enumerate() {
            let Some(node) = self.created.get(&at).copied() else {
                continue;
            };
            self.attach(at, node, &indexes);
            self.choose_index(at, node, &indexes);
            self.own_sequence(at, node);
            let is_default = object.identity.kind == Kind::DefaultPrivileges;
            if !object.grants.is_empty() && !style.no_grants && !is_default {
                let path = object.identity.path.clone();
                let rank = (phase::GRANTS, path, 1, String::new());
                self.push(Step::Grant(at), rank, BTreeSet::from([node]));
            }
        }
        self.refresh();
    }

    /// The nodes that create indexes, by schema and name.
    fn indexes(&self) -> HashMap<(&'m str, &'m str), usize> {
        let mut indexes = HashMap::new();
        for (at, object) in self.layout.model.objects.iter().enumerate() {
            if let (Body::Index(_) | Body::Constraint(_), [schema, _, name]) =
                (&object.body, &object.identity.path[..])
                && let Some(node) = self.created.get(&at)
            {
                indexes.insert((schema.as_str(), name.as_str()), *node);
            }
        }
        indexes
    }

    /// An index of a partitioned table comes after all partitions are attached: else the server
    /// would give each one an index of its own choice. Checks that are held back come after all that
    /// inherits them.
    fn wait_for_children(&mut self) {
        let mut children: HashMap<usize, Vec<usize>> = HashMap::new();
        for (at, object) in self.layout.model.objects.iter().enumerate() {
            if let Body::Table(table) = &object.body {
                for ancestor in self.layout.ancestors(table) {
                    children.entry(ancestor).or_default().push(at);
                }
            }
        }
        for node in 0..self.nodes.len() {
            let object = self.object(self.nodes[node].step.object());
            let waits = match &object.body {
                Body::Index(_) => true,
                Body::Constraint(constraint) => constraint.has_index() || self.is_held_back(object),
                _ => false,
            };
            let table = self.layout.whole(object).filter(|_| waits);
            let children = table.and_then(|table| children.get(&table));
            for child in children.into_iter().flatten() {
                let needs = self.created.get(child).copied();
                self.nodes[node].after.extend(needs);
            }
        }
    }

    fn attach(&mut self, at: usize, node: usize, indexes: &HashMap<(&str, &str), usize>) {
        let object = self.object(at);
        let parent = match &object.body {
            Body::Index(index) => index.parent.as_ref(),
            Body::Constraint(constraint) => constraint.parent.as_ref(),
            _ => None,
        };
        let Some([schema, parent]) = parent.map(Vec::as_slice) else {
            return;
        };
        // The partitioned table's may be left out, and its partitions' not.
        let Some(whole) = indexes.get(&(schema.as_str(), parent.as_str())) else {
            return;
        };
        let needs = BTreeSet::from([node, *whole]);
        let path = object.identity.path.clone();
        let rank = (phase::INDEXES, path, 1, String::new());
        self.push(Step::AttachIndex(at), rank, needs);
    }

    fn choose_index(&mut self, at: usize, node: usize, indexes: &HashMap<(&str, &str), usize>) {
        let object = self.object(at);
        let chosen = match &object.body {
            Body::Table(table) => [&table.clustered_on, &table.identified_by],
            Body::View(view) => [&view.clustered_on, &None],
            _ => return,
        };
        let path = object.identity.path.clone();
        let chosen: Vec<_> = chosen.into_iter().flatten().collect();
        if chosen.is_empty() {
            return;
        }
        let mut needs = BTreeSet::from([node]);
        for index in chosen {
            needs.extend(indexes.get(&(path[0].as_str(), index.as_str())));
        }
        let phase = self.nodes[node].rank.0;
        self.push(
            Step::ChooseIndex(at),
            (phase, path, 4, String::new()),
            needs,
        );
    }

    fn own_sequence(&mut self, at: usize, node: usize) {
        let object = self.object(at);
        let Body::Sequence(sequence) = &object.body else {
            return;
        };
        let table = sequence.owned_by.as_ref().and_then(|by| by.get(..2));
        let owner = table.and_then(|table| self.created.get(&self.layout.table(table)?));
        if let (Some(table), Some(owner), false) = (table, owner, sequence.identity) {
            let needs = BTreeSet::from([node, *owner]);
            let name = object.identity.path.join(".");
            let rank = (phase::TABLES, table.to_vec(), 1, name);
            self.push(Step::OwnSequence(at), rank, needs);
        }
    }

    /// Fills materialized views that hold rows, those first that others read.
    fn refresh(&mut self) {
        let mut nodes = HashMap::new();
        let filled: Vec<usize> = (0..self.layout.model.objects.len())
            .filter(|at| matches!(&self.object(*at).body, Body::View(view) if view.populated))
            .collect();
        for at in &filled {
            let Some(created) = self.created.get(at).copied() else {
                continue;
            };
            let path = self.object(*at).identity.path.clone();
            let rank = (phase::REFRESHES, path, 0, String::new());
            let node = self.push(Step::Refresh(*at), rank, BTreeSet::from([created]));
            nodes.insert(*at, node);
        }
        for at in &filled {
            let read = self.layout.views_read_by(*at);
            let needs: Vec<usize> = read
                .iter()
                .filter_map(|at| nodes.get(at).copied())
                .collect();
            if let Some(node) = nodes.get(at) {
                self.nodes[*node].needs.extend(needs);
            }
        }
    }
}
