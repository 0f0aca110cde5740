//! Counting steps: where a walk begins, and where it leads.
//!
//! Walks follow `down_revision` only. Up from nothing leads to the bases, down from a base to
//! nothing. A walk down may end on a merge's parents, all of them at once, but not go on from there.

use super::{ResolveError, Resolver, not_applied, one_head};
use crate::graph::{Edges, Node};
use crate::target::{Symbol, Target};

/// Where a walk down ended.
pub(super) struct Walked<'g> {
    /// The revisions; empty for the base.
    pub(super) points: Vec<&'g Node>,
    /// The last revision that was stepped off.
    pub(super) stepped_off: Option<&'g Node>,
    /// The steps that could be made.
    pub(super) steps: u32,
}

impl<'g> Resolver<'g> {
    /// The end of a walk up from where the target says.
    pub(super) fn above(
        &self,
        target: &Target,
        branch: Option<&'g Node>,
        steps: u32,
    ) -> Result<Vec<&'g Node>, ResolveError> {
        let start = match target.symbol() {
            None | Some(Symbol::Current(_)) => {
                let current = self.current(target)?;
                self.start_up(target, branch, current, steps)?
            }
            // As in Alembic, the branch tells which way to go and not where to begin.
            Some(Symbol::Name(word)) => Some(self.named(target, word, None)?),
            Some(_) => one_head(target, self.place(target, branch)?)?.pop(),
        };
        let (end, walked) = self.walk_up(target, branch, start, steps)?;
        if walked < steps && !self.clamped {
            return Err(too_far(target, walked));
        }
        Ok(end.into_iter().collect())
    }

    /// The end of a walk down from where the target says.
    pub(super) fn below(
        &self,
        target: &Target,
        branch: Option<&'g Node>,
        steps: u32,
    ) -> Result<Walked<'g>, ResolveError> {
        let start = match target.symbol() {
            None | Some(Symbol::Current(_)) => self.start_down(target, branch, steps)?,
            Some(_) => one_head(target, self.place(target, branch)?)?.pop(),
        };
        let walked = self.walk_down(target, start, steps)?;
        if walked.steps < steps && !self.clamped {
            return Err(too_far(target, walked.steps));
        }
        Ok(walked)
    }

    /// Where a walk up from the given revisions begins; none for the base.
    ///
    /// On a branch it is the revision of its lineage among them, else the newest below them, so
    /// that a branch not begun yet is entered from its branch point.
    pub(super) fn start_up(
        &self,
        target: &Target,
        branch: Option<&'g Node>,
        from: &[&'g Node],
        steps: u32,
    ) -> Result<Option<&'g Node>, ResolveError> {
        let mut starts = from.to_vec();
        if let Some(branch) = branch {
            let lineage = self.graph.lineage(branch);
            starts.retain(|node| lineage.contains(node));
            if starts.is_empty() {
                let mut active = self.graph.ancestors(from.iter().copied(), Edges::All);
                active.intersect(&lineage);
                let mut below = self.graph.nothing();
                for node in self.graph.members(&active) {
                    for parent in self.graph.requirements(node) {
                        below.insert(parent);
                    }
                }
                active.subtract(&below);
                starts = self.graph.members(&active).collect();
            }
        }
        match starts.as_slice() {
            [] => Ok(None),
            [one] => Ok(Some(one)),
            several => Err(ResolveError::AmbiguousWalk {
                target: target.text().to_owned(),
                at: None,
                candidates: several
                    .iter()
                    .map(|s| format!("{}+{steps}", s.id()))
                    .collect(),
            }),
        }
    }

    /// Where a walk down from the database's heads begins.
    fn start_down(
        &self,
        target: &Target,
        branch: Option<&'g Node>,
        steps: u32,
    ) -> Result<Option<&'g Node>, ResolveError> {
        let current = self.current(target)?;
        let Some((branch, word)) = branch.zip(target.branch()) else {
            return match current {
                [] => Ok(None),
                [one] => Ok(Some(one)),
                several => Err(self.which_way_down(target, several, steps)),
            };
        };
        let lineage = self.graph.lineage(branch);
        let mut starts: Vec<&Node> = current
            .iter()
            .copied()
            .filter(|n| lineage.contains(n))
            .collect();
        if starts.is_empty() {
            // No row of its own: the line is applied only because a row depends on it.
            let applied = self.applied(target)?;
            let is_tip = |node: &&Node| {
                lineage.contains(node) && !self.graph.children(node).any(|c| applied.contains(c))
            };
            starts = self.graph.members(&applied).filter(is_tip).collect();
        }
        match starts.as_slice() {
            [] => Err(not_applied(target, word, current)),
            [one] => Ok(Some(one)),
            several => Err(self.which_way_down(target, several, steps)),
        }
    }

    /// The error for several beginnings, with a target for each: by label where that tells it apart.
    fn which_way_down(&self, target: &Target, starts: &[&'g Node], steps: u32) -> ResolveError {
        let name = |start: &&'g Node| {
            let own = start.branch_names().iter().find(|label| {
                let branch = self.graph.label(label.as_str());
                let lineage = branch.map(|branch| self.graph.lineage(branch));
                lineage.is_some_and(|set| starts.iter().filter(|s| set.contains(s)).count() == 1)
            });
            match own {
                Some(label) => format!("{label}@-{steps}"),
                None => format!("{}@-{steps}", start.id()),
            }
        };
        ResolveError::AmbiguousWalk {
            target: target.text().to_owned(),
            at: None,
            candidates: starts.iter().map(name).collect(),
        }
    }

    /// Walks up, along the branch where one is given; stops early where nothing is above.
    pub(super) fn walk_up(
        &self,
        target: &Target,
        branch: Option<&'g Node>,
        start: Option<&'g Node>,
        steps: u32,
    ) -> Result<(Option<&'g Node>, u32), ResolveError> {
        let lineage = branch.map(|branch| self.graph.lineage(branch));
        let mut at = start;
        for walked in 0..steps {
            let above: Vec<&Node> = match at {
                Some(node) => self.graph.children(node).collect(),
                None => self.graph.bases(),
            };
            let mut above = above;
            above.retain(|node| lineage.as_ref().is_none_or(|set| set.contains(node)));
            match above.as_slice() {
                [] => return Ok((at, walked)),
                [one] => at = Some(one),
                several => {
                    let left = steps - walked - 1;
                    let way = |node: &&Node| match left {
                        0 => node.id().to_string(),
                        _ => format!("{}+{left}", node.id()),
                    };
                    return Err(ResolveError::AmbiguousWalk {
                        target: target.text().to_owned(),
                        at: at.map(|node| node.id().clone()),
                        candidates: several.iter().map(way).collect(),
                    });
                }
            }
        }
        Ok((at, steps))
    }

    /// Walks down; stops early at the base.
    pub(super) fn walk_down(
        &self,
        target: &Target,
        start: Option<&'g Node>,
        steps: u32,
    ) -> Result<Walked<'g>, ResolveError> {
        let mut walked = Walked {
            points: start.into_iter().collect(),
            stepped_off: None,
            steps: 0,
        };
        while walked.steps < steps {
            match walked.points.as_slice() {
                [] => break,
                [one] => {
                    walked.stepped_off = Some(one);
                    walked.points = self.graph.parents(one).collect();
                }
                several => {
                    let left = steps - walked.steps;
                    let way = |node: &&Node| format!("{}-{left}", node.id());
                    return Err(ResolveError::AmbiguousWalk {
                        target: target.text().to_owned(),
                        at: walked.stepped_off.map(|node| node.id().clone()),
                        candidates: several.iter().map(way).collect(),
                    });
                }
            }
            walked.steps += 1;
        }
        Ok(walked)
    }
}

fn too_far(target: &Target, possible: u32) -> ResolveError {
    ResolveError::WalkedTooFar {
        target: target.text().to_owned(),
        possible,
    }
}
