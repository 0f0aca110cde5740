//! Cycles among declarations: found in linear time, named by their members in order.
//!
//! A healthy graph has none, and that is seen without looking for one: what has nothing below or
//! nothing above it is taken away until nothing is left.

use std::collections::HashMap;

use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};

use super::build::Builder;
use super::fault::{CycleKind, CycleMember, Fault};
use super::set::Adjacency;
use crate::declaration::Claim;

impl Builder {
    pub(super) fn find_cycles(&mut self) {
        let candidates = self.not_peeled_off();
        if candidates.is_empty() {
            return;
        }
        for knot in self.knots(&candidates, CycleKind::Mixed) {
            let mut found = Vec::new();
            for kind in [CycleKind::DownRevision, CycleKind::DependsOn] {
                let knots = self.knots(&knot, kind);
                found.extend(knots.into_iter().map(|members| (kind, members)));
            }
            if found.is_empty() {
                found.push((CycleKind::Mixed, knot.clone()));
            }
            for (kind, members) in found {
                let cycle = self.shortest_cycle(&members, kind);
                let members = self.cycle_members(&cycle, kind);
                self.faults.push(Fault::Cycle { kind, members });
            }
            for index in knot {
                self.drafts[index as usize].faulty = true;
            }
        }
    }

    /// What is left after taking away, again and again, what has nothing below or nothing above it:
    /// all cycles and what lies between them, which in a healthy graph is nothing.
    fn not_peeled_off(&self) -> Vec<u32> {
        let mut down = Adjacency::new();
        for index in 0..self.drafts.len() as u32 {
            down.push(self.references(index, CycleKind::Mixed));
        }
        let up = down.reversed();
        let mut left: Vec<bool> = vec![true; self.drafts.len()];
        for (from, to) in [(&down, &up), (&up, &down)] {
            let mut open: Vec<usize> = (0..left.len() as u32)
                .map(|i| from.of(i).iter().filter(|&&t| left[t as usize]).count())
                .collect();
            let mut stack: Vec<u32> = (0..left.len() as u32)
                .filter(|&i| left[i as usize] && open[i as usize] == 0)
                .collect();
            while let Some(index) = stack.pop() {
                left[index as usize] = false;
                for &next in to.of(index) {
                    open[next as usize] -= 1;
                    if open[next as usize] == 0 && left[next as usize] {
                        stack.push(next);
                    }
                }
            }
        }
        (0..left.len() as u32)
            .filter(|&i| left[i as usize])
            .collect()
    }

    pub(super) fn references(&self, index: u32, kind: CycleKind) -> impl Iterator<Item = u32> + '_ {
        let parents: &[u32] = match kind {
            CycleKind::DependsOn => &[],
            CycleKind::DownRevision | CycleKind::Mixed => self.parents.of(index),
        };
        let dependencies: &[u32] = match kind {
            CycleKind::DownRevision => &[],
            CycleKind::DependsOn | CycleKind::Mixed => self.dependencies.of(index),
        };
        parents.iter().chain(dependencies).copied()
    }

    /// The groups of revisions that reach each other, each sorted, in file order.
    ///
    /// Kosaraju's algorithm and not Tarjan's, which petgraph implements with recursion: a cycle of
    /// twenty thousand revisions must not exhaust the stack.
    fn knots(&self, members: &[u32], kind: CycleKind) -> Vec<Vec<u32>> {
        let position: HashMap<u32, NodeIndex> = members
            .iter()
            .enumerate()
            .map(|(i, &member)| (member, NodeIndex::new(i)))
            .collect();
        let mut graph: DiGraph<u32, ()> = DiGraph::new();
        for &member in members {
            graph.add_node(member);
        }
        for &member in members {
            for target in self.references(member, kind) {
                if let Some(&target) = position.get(&target) {
                    graph.add_edge(position[&member], target, ());
                }
            }
        }
        let mut knots: Vec<Vec<u32>> = kosaraju_scc(&graph)
            .into_iter()
            .filter(|knot| knot.len() > 1 || graph.contains_edge(knot[0], knot[0]))
            .map(|knot| {
                let mut knot: Vec<u32> = knot.into_iter().map(|i| graph[i]).collect();
                knot.sort_unstable();
                knot
            })
            .collect();
        knots.sort_unstable();
        knots
    }

    /// A shortest way from the first member of a knot back to itself.
    fn shortest_cycle(&self, knot: &[u32], kind: CycleKind) -> Vec<u32> {
        let start = knot[0];
        let mut came_from: HashMap<u32, u32> = HashMap::new();
        let mut ring = vec![start];
        while !came_from.contains_key(&start) && !ring.is_empty() {
            let mut next_ring = Vec::new();
            for index in ring {
                for target in self.references(index, kind) {
                    if knot.binary_search(&target).is_ok() && !came_from.contains_key(&target) {
                        came_from.insert(target, index);
                        next_ring.push(target);
                    }
                }
            }
            ring = next_ring;
        }
        let mut cycle = vec![start];
        let mut at = start;
        while let Some(&before) = came_from.get(&at).filter(|&&before| before != start) {
            cycle.push(before);
            at = before;
        }
        cycle[1..].reverse();
        cycle
    }

    fn cycle_members(&self, cycle: &[u32], kind: CycleKind) -> Vec<CycleMember> {
        let next = cycle.iter().cycle().skip(1);
        let member = |(&index, &next): (&u32, &u32)| {
            let draft = &self.drafts[index as usize];
            let target = &self.drafts[next as usize];
            let names = |claim: &&Claim| {
                target
                    .id
                    .as_ref()
                    .is_some_and(|id| *id == *claim.value.as_str())
                    || target.labels.iter().any(|l| *l == *claim.value.as_str())
            };
            let claims = match kind {
                CycleKind::DependsOn => [&draft.declaration.depends_on, &[][..]],
                _ => [
                    &draft.declaration.down_revision[..],
                    &draft.declaration.depends_on,
                ],
            };
            let claim = claims.into_iter().flatten().find(names);
            let revision = draft.id.clone()?;
            let place = claim.map_or_else(|| draft.own_place(), |c| draft.place(c));
            Some(CycleMember { revision, place })
        };
        cycle.iter().zip(next).filter_map(member).collect()
    }
}
