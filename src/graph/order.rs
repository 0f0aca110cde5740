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
    /// The first child that may be alive.
    first_child: Vec<u32>,
    /// The place that holds a revision.
    place_of: Vec<u32>,
    /// For each revision the first place that held a descendant of it when last asked.
    memory: Vec<Memory>,
    places: Vec<Place>,
    front: u32,
    back: u32,
    listed: Vec<u32>,
}

/// The first place above a revision never falls, so what was true is a lower bound later.
#[derive(Clone, Copy)]
struct Memory {
    place: u32,
    /// `Place::turns` at that time, or `NONE` for a mere lower bound.
    turns: u32,
}

/// One place of the list; places keep their order, and new ones come last.
struct Place {
    holds: u32,
    /// How often the place left descendants behind that it stood above.
    turns: u32,
    closed: bool,
    /// Where everything went that a closed place stood above, if to one place.
    heir: Memory,
    /// This place while it is open, else one that is not behind the first open one after it.
    open_from: u32,
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
            first_child: vec![0; size],
            memory: vec![Memory::AT_LEAST_FIRST; size],
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
            closed: false,
            heir: Memory::AT_LEAST_FIRST,
            open_from: place,
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
    fn close(&mut self, place: u32, heir: Memory) -> u32 {
        let closed = &mut self.places[place as usize];
        closed.turns += 1;
        closed.closed = true;
        closed.heir = heir;
        closed.open_from = place + 1;
        let Place { prev, next, .. } = *closed;
        match prev {
            NONE => self.front = next,
            _ => self.places[prev as usize].next = next,
        }
        match next {
            NONE => self.back = prev,
            _ => self.places[next as usize].prev = prev,
        }
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
            let heir = match *parents {
                [parent] if self.place_of[parent as usize] != NONE => {
                    self.exactly(self.place_of[parent as usize])
                }
                _ => Memory::AT_LEAST_FIRST,
            };
            return self.close(place, heir);
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

    fn exactly(&self, place: u32) -> Memory {
        let turns = self.places[place as usize].turns;
        Memory { place, turns }
    }

    /// The first open place from this one on; `NONE` where there is none.
    fn open_from(&mut self, place: u32) -> u32 {
        let end = self.places.len() as u32;
        let mut open = place;
        while open < end && self.places[open as usize].closed {
            open = self.places[open as usize].open_from;
        }
        let mut at = place;
        while at < open {
            let closed = &mut self.places[at as usize];
            at = std::mem::replace(&mut closed.open_from, open);
        }
        if open < end { open } else { NONE }
    }

    /// Brings what is remembered of a revision up to date, and returns it.
    fn recall(&mut self, index: u32) -> Memory {
        let old = self.memory[index as usize];
        let mut heir = old;
        while heir.turns != NONE {
            let place = &self.places[heir.place as usize];
            if !place.closed || place.turns != heir.turns + 1 {
                break;
            }
            heir = place.heir;
        }
        let first = self.open_from(old.place);
        let exact = heir.turns != NONE
            && heir.place == first
            && self.places[first as usize].turns == heir.turns
            && self.place_of[index as usize] != first;
        let new = Memory {
            place: first,
            turns: if exact { heir.turns } else { NONE },
        };
        if first != NONE {
            self.memory[index as usize] = new;
        }
        new
    }

    /// The first place that holds a descendant of a revision, itself left out.
    fn first_above(&mut self, index: u32) -> Option<u32> {
        let start = self.recall(index);
        if start.turns != NONE {
            return Some(start.place);
        }
        let edges = self.edges;
        let mut stack = vec![Question {
            index,
            next: self.first_child[index as usize] as usize,
            at_least: start.place,
            best: NONE,
        }];
        let mut answer = NONE;
        while let Some(question) = stack.last_mut() {
            let children = edges.up.of(question.index);
            let child = children.get(question.next).copied();
            let (Some(child), true) = (child, question.best > question.at_least) else {
                answer = question.best;
                let index = question.index as usize;
                stack.pop();
                if answer != NONE {
                    self.memory[index] = self.exactly(answer);
                }
                if let Some(below) = stack.last_mut() {
                    below.best = below.best.min(answer);
                }
                continue;
            };
            if !self.alive[child as usize] {
                let first = &mut self.first_child[question.index as usize];
                *first += u32::from(*first as usize == question.next);
                question.next += 1;
                continue;
            }
            question.next += 1;
            question.best = question.best.min(self.place_of[child as usize]);
            let best = question.best;
            let known = self.recall(child);
            if known.turns != NONE {
                if let Some(question) = stack.last_mut() {
                    question.best = best.min(known.place);
                }
            } else if known.place < best {
                stack.push(Question {
                    index: child,
                    next: self.first_child[child as usize] as usize,
                    at_least: known.place,
                    best: NONE,
                });
            }
        }
        (answer != NONE).then_some(answer)
    }
}

impl Memory {
    const AT_LEAST_FIRST: Self = Self {
        place: 0,
        turns: NONE,
    };
}

/// A revision whose first place above is being looked for.
struct Question {
    index: u32,
    /// The next child to look at.
    next: usize,
    /// No place before this one is the answer.
    at_least: u32,
    best: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same order found the slow way: whole sets of ancestors, asked at every step.
    fn slowly(down: &Adjacency, set: &RevisionSet, tips: &[u32]) -> Vec<u32> {
        let ancestors = |index| down.reach([index]);
        let mut held: Vec<u32> = tips.to_vec();
        let mut listed = Vec::new();
        let mut at = 0;
        while !held.is_empty() {
            let candidate = held[at];
            let covers = |&i: &usize| i != at && ancestors(held[i]).has(candidate);
            if let Some(first) = (0..held.len()).find(covers) {
                at = first;
                continue;
            }
            listed.push(candidate);
            let waits = |p: &&u32| set.has(**p) && !listed.contains(p) && !held.contains(p);
            let next: Vec<u32> = down.of(candidate).iter().filter(waits).copied().collect();
            match next.split_first() {
                None => {
                    held.remove(at);
                    at = at.saturating_sub(1);
                }
                Some((first, rest)) => {
                    held[at] = *first;
                    held.extend(rest);
                }
            }
        }
        listed
    }

    /// A graph drawn from a seed: positions are shuffled, so that they say nothing of the order.
    fn drawn(seed: u64, size: u32) -> Adjacency {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut below = |bound: u32| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state % u64::from(bound)) as u32
        };
        let mut position: Vec<u32> = (0..size).collect();
        for i in (1..size).rev() {
            position.swap(i as usize, below(i + 1) as usize);
        }
        let mut parents: Vec<Vec<u32>> = vec![Vec::new(); size as usize];
        for i in 1..size {
            let count = [0, 1, 1, 1, 1, 1, 1, 2, 2, 3][below(10) as usize];
            for _ in 0..count {
                let near = if below(2) == 0 { i.min(3) } else { i };
                let parent = position[(i - 1 - below(near)) as usize];
                let list = &mut parents[position[i as usize] as usize];
                if !list.contains(&parent) {
                    list.push(parent);
                }
            }
        }
        let mut down = Adjacency::new();
        for list in parents {
            down.push(list);
        }
        down
    }

    #[test]
    fn the_order_is_the_one_found_with_whole_sets_of_ancestors() {
        for seed in 0..300 {
            let size = 2 + (seed % 60) as u32;
            let down = drawn(seed, size);
            let up = down.reversed();
            let edges = Edges {
                down: &down,
                up: &up,
            };
            let tips: Vec<u32> = (0..size).filter(|&i| up.of(i).is_empty()).collect();
            let all = down.reach(0..size);
            let found = newest_first(&edges, &all, &tips);
            assert_eq!(found, slowly(&down, &all, &tips), "all of graph {seed}");

            // What an upgrade of some tips needs when something is applied already.
            let applied = down.reach([seed as u32 % size]);
            let some: Vec<u32> = tips.iter().copied().step_by(2).collect();
            let mut needed = down.reach(some.iter().copied());
            needed.subtract(&applied);
            let some: Vec<u32> = some.into_iter().filter(|&t| needed.has(t)).collect();
            let found = newest_first(&edges, &needed, &some);
            assert_eq!(found, slowly(&down, &needed, &some), "part of graph {seed}");
        }
    }
}
