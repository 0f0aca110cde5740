//! The layout: a layer for each revision, and lanes for the lines between them.
//!
//! The layers are the rows of the history, so that text can stand beside each revision and no line
//! ever goes up. From one row to the next a line may change its lane; all other rows it passes
//! straight. Lines to one revision share a lane as soon as they can, and a lane that nothing needs
//! any more goes to the next line, the leftmost first. Time is that of the lines, times the
//! logarithm of the lanes.

use std::collections::BTreeSet;

use super::{Chart, Kind};

/// Where everything is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Lanes {
    /// The lane of each row.
    pub(super) of_row: Vec<usize>,
    /// The lines, as far as they are drawn by themselves.
    pub(super) lines: Vec<Route>,
    /// How many lanes there are.
    pub(super) count: usize,
}

/// The way of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Route {
    /// The row and the lane that it comes from.
    pub(super) from: (usize, usize),
    /// The lane that it goes down in.
    pub(super) lane: usize,
    /// The row and the lane that it leads to.
    pub(super) to: (usize, usize),
    /// What it stands for.
    pub(super) kind: Kind,
    /// Whether it ends where nothing is drawn.
    pub(super) open: bool,
}

/// A line on its way.
struct Open {
    from: (usize, usize),
    lane: usize,
    kind: Kind,
}

/// Finds a place for everything.
pub(super) fn lay_out(chart: &Chart) -> Lanes {
    let rows = &chart.rows;
    let mut layout = Layout {
        lanes: Lanes::default(),
        free: BTreeSet::new(),
        ending: Vec::new(),
        arriving: (0..rows.len()).map(|_| Vec::new()).collect(),
    };
    for (row, revision) in rows.iter().enumerate() {
        layout.give_back(row);
        let from = (row, layout.arrive(row));
        let mut goes_on = false;
        for line in &revision.lines {
            goes_on |= match line.to {
                Some(to) => layout.leave(from, to, line.kind, goes_on),
                None => layout.end(from, goes_on),
            };
        }
        if !goes_on {
            layout.free.insert(from.1);
        }
    }
    layout.lanes
}

struct Layout {
    lanes: Lanes,
    /// Lanes below `count` that no line is in.
    free: BTreeSet<usize>,
    /// Those of lines that end where nothing is drawn, and the row of that.
    ending: Vec<(usize, usize)>,
    /// For each row the lines that lead to it and have a lane of their own.
    arriving: Vec<Vec<Open>>,
}

impl Layout {
    fn take(&mut self) -> usize {
        self.free.pop_first().unwrap_or_else(|| {
            self.lanes.count += 1;
            self.lanes.count - 1
        })
    }

    /// Frees the lanes of lines that have ended above a row.
    fn give_back(&mut self, row: usize) {
        let free = &mut self.free;
        self.ending.retain(|&(end, lane)| {
            let ends_here = end >= row;
            if !ends_here {
                free.insert(lane);
            }
            ends_here
        });
    }

    /// Places a row where the first line to it arrives, and ends all lines there.
    fn arrive(&mut self, row: usize) -> usize {
        let arriving = std::mem::take(&mut self.arriving[row]);
        let first = arriving.iter().map(|line| (line.kind, line.lane)).min();
        let own = match first {
            Some((_, lane)) => lane,
            None => self.take(),
        };
        self.lanes.of_row.push(own);
        for Open { from, lane, kind } in arriving {
            if lane != own {
                self.free.insert(lane);
            }
            self.lanes.lines.push(Route {
                from,
                lane,
                to: (row, own),
                kind,
                open: false,
            });
        }
        own
    }

    /// Begins a line down to a row, and returns whether it goes on in the revision's own lane.
    fn leave(&mut self, from: (usize, usize), to: usize, kind: Kind, own_is_taken: bool) -> bool {
        let shared = self.arriving[to].iter().find(|line| line.kind == kind);
        if let Some(lane) = shared.map(|line| line.lane) {
            let next = from.0 + 1;
            // In the row above its end there is no lane to join any more.
            if next < to {
                self.lanes.lines.push(Route {
                    from,
                    lane,
                    to: (next, lane),
                    kind,
                    open: false,
                });
                return false;
            }
        }
        let is_own = !own_is_taken && kind != Kind::Dependency;
        let lane = match is_own {
            true => from.1,
            false => self.take(),
        };
        self.arriving[to].push(Open { from, lane, kind });
        is_own
    }

    /// Lets a line end below a revision, and returns whether it does so in the revision's own lane.
    fn end(&mut self, from: (usize, usize), own_is_taken: bool) -> bool {
        let lane = match own_is_taken {
            true => self.take(),
            false => from.1,
        };
        let end = from.0 + 1;
        self.ending.push((end, lane));
        self.lanes.lines.push(Route {
            from,
            lane,
            to: (end, lane),
            kind: Kind::Below,
            open: true,
        });
        !own_is_taken
    }
}
