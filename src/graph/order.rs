//! The order in which Alembic lists revisions, newest first.
//!
//! Alembic keeps a list of places, each holding one revision, and walks down from one place at a
//! time: a revision is listed as soon as no other place holds a descendant of it, and otherwise the
//! walk goes on at the first place that does. The order of a subset is therefore not the order of
//! the whole with gaps, and every list is walked anew. Alembic asks "is it an ancestor" with sets
//! and needs quadratic time; here a revision counts its descendants that are still to come, and the
//! first place above a revision is remembered for as long as that place has only moved straight
//! down. Linear but for revisions that must be asked again after a merge.

use super::set::{Adjacency, RevisionSet};

const NONE: u32 = u32::MAX;

/// The edges that decide the order: parents first, then dependencies that no ancestor has too.
pub(super) struct Edges<'a> {
    pub(super) down: &'a Adjacency,
    pub(super) up: &'a Adjacency,
}

/// Lists the revisions of a set, newest first, walking from the tips.
///
/// Members that no tip leads to (which a set with gaps can have) are walked from afterwards.
pub(super) fn newest_first(edges: &Edges<'_>, set: &RevisionSet, tips: &[u32]) -> Vec<u32> {
    let mut walk = Walk::new(edges, set);
    let mut tips: Vec<u32> = tips.iter().copied().filter(|&t| set.has(t)).collect();
    tips.sort_unstable();
    tips.dedup();
    for tip in tips {
        walk.open(tip);
    }
    walk.run();
    walk.listed
}

struct Walk<'a> {
    edges: &'a Edges<'a>,
    set: &'a RevisionSet,
    /// Not listed yet, or a gap that has members above it which are not listed yet.
    alive: Vec<bool>,
    /// The number of children alive.
    pending: Vec<u32>,
    /// The place that holds a revision.
    place_of: Vec<u32>,
    /// The first place that held the revision or a descendant when last asked; it only rises.
    first_place: Vec<u32>,
    /// `Place::turns` at that time; while they agree, `first_place` is exact.
    first_turns: Vec<u32>,
    places: Vec<Place>,
    front: u32,
    back: u32,
    listed: Vec<u32>,
}

struct Place {
    holds: u32,
    /// How often the place left descendants behind that it stood above.
    turns: u32,
    prev: u32,
    next: u32,
}

impl<'a> Walk<'a> {
    fn new(edges: &'a Edges<'a>, set: &'a RevisionSet) -> Self {
        let size = edges.down.len();
        let above = edges.up.reach(set.indices());
        let mut alive = vec![false; size];
        let mut hull = edges.down.reach(set.indices());
        hull.intersect(&above);
        let mut pending = vec![0; size];
        for index in hull.indices() {
            alive[index as usize] = true;
            for &parent in edges.down.of(index) {
                pending[parent as usize] += 1;
            }
        }
        Self {
            edges,
            set,
            alive,
            pending,
            place_of: vec![NONE; size],
            first_place: vec![0; size],
            first_turns: vec![NONE; size],
            places: Vec::new(),
            front: NONE,
            back: NONE,
            listed: Vec::with_capacity(set.len()),
        }
    }

    fn open(&mut self, holds: u32) {
        let place = self.places.len() as u32;
        self.places.push(Place {
            holds,
            turns: 0,
            prev: self.back,
            next: NONE,
        });
        match self.back {
            NONE => self.front = place,
            back => self.places[back as usize].next = place,
        }
        self.back = place;
        self.place_of[holds as usize] = place;
    }

    /// Removes a place and returns the one where the walk goes on.
    fn close(&mut self, place: u32) -> u32 {
        let Place { prev, next, .. } = self.places[place as usize];
        match prev {
            NONE => self.front = next,
            _ => self.places[prev as usize].next = next,
        }
        match next {
            NONE => self.back = prev,
            _ => self.places[next as usize].prev = prev,
        }
        self.places[place as usize].turns += 1;
        if prev == NONE { next } else { prev }
    }

    fn run(&mut self) {
        let mut at = self.front;
        loop {
            if at == NONE {
                let Some(left) = self.next_unreached() else {
                    return;
                };
                self.open(left);
                at = self.back;
            }
            let candidate = self.places[at as usize].holds;
            if self.pending[candidate as usize] == 0 {
                at = self.list(candidate, at);
            } else if let Some(place) = self.first_above(candidate) {
                at = place;
            } else {
                // Only members that no tip leads to stand above it: they go first.
                at = NONE;
            }
        }
    }

    fn next_unreached(&self) -> Option<u32> {
        if self.listed.len() == self.set.len() {
            return None;
        }
        self.set.indices().find(|&i| {
            let i = i as usize;
            self.alive[i] && self.pending[i] == 0 && self.place_of[i] == NONE
        })
    }

    /// Lists a revision and puts its parents in its place; returns the place to go on at.
    fn list(&mut self, index: u32, place: u32) -> u32 {
        self.listed.push(index);
        self.place_of[index as usize] = NONE;
        self.release(index);
        let edges = self.edges;
        let parents = edges.down.of(index);
        let mut moved = false;
        for &parent in parents {
            let waits = self.set.has(parent) && self.alive[parent as usize];
            if !waits || self.place_of[parent as usize] != NONE {
                continue;
            }
            if moved {
                self.open(parent);
            } else {
                self.places[place as usize].holds = parent;
                self.place_of[parent as usize] = place;
                moved = true;
            }
        }
        if !moved {
            return self.close(place);
        }
        if parents.len() > 1 {
            self.places[place as usize].turns += 1;
        }
        place
    }

    /// Marks a revision as done with, and with it the gaps below that have nothing above any more.
    fn release(&mut self, index: u32) {
        let mut stack = vec![index];
        while let Some(index) = stack.pop() {
            self.alive[index as usize] = false;
            for &parent in self.edges.down.of(index) {
                let pending = &mut self.pending[parent as usize];
                *pending -= 1;
                if *pending == 0 && self.alive[parent as usize] && !self.set.has(parent) {
                    stack.push(parent);
                }
            }
        }
    }

    /// What is known of the first place at or above a revision, where it is still exact.
    fn remembered(&self, index: u32) -> Option<u32> {
        let place = self.first_place[index as usize];
        let turns = self.first_turns[index as usize];
        let exact = turns != NONE && self.places[place as usize].turns == turns;
        exact.then_some(place)
    }

    /// The first place that holds a descendant of a revision, itself left out.
    fn first_above(&mut self, index: u32) -> Option<u32> {
        let edges = self.edges;
        let mut best = NONE;
        // One entry per revision under question: itself, the next child to look at, the best so far.
        let mut stack: Vec<(u32, usize, u32)> = Vec::new();
        for &child in edges.up.of(index) {
            if !self.alive[child as usize] {
                continue;
            }
            stack.push((child, 0, self.place_of[child as usize]));
            while let Some((node, next, found)) = stack.pop() {
                let known = self.first_place[node as usize];
                let child = edges.up.of(node).get(next).copied();
                let (Some(child), false) = (child, found == known) else {
                    if found != NONE {
                        self.first_place[node as usize] = found;
                        self.first_turns[node as usize] = self.places[found as usize].turns;
                    }
                    match stack.last_mut() {
                        Some(below) => below.2 = below.2.min(found),
                        None => best = best.min(found),
                    }
                    continue;
                };
                if !self.alive[child as usize] {
                    stack.push((node, next + 1, found));
                } else if let Some(place) = self.remembered(child) {
                    stack.push((node, next + 1, found.min(place)));
                } else if self.first_place[child as usize] >= found {
                    stack.push((node, next + 1, found));
                } else {
                    stack.push((node, next + 1, found));
                    stack.push((child, 0, self.place_of[child as usize]));
                }
            }
        }
        (best != NONE).then_some(best)
    }
}
