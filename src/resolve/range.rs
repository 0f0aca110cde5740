//! Ranges of the history: `a:b`, either end left out, relative or `current`.
//!
//! A relative end counts up from the start; a relative start counts down from the graph's heads,
//! or from the database's where the range ends at `current`. Counting past the last revision stops
//! there.

use super::{ResolveError, Resolver, not_applied};
use crate::graph::{Edges, Node, RevisionGraph, RevisionSet};
use crate::heads::Heads;
use crate::target::{Range, Steps, Symbol, Target};

/// Returns the revisions from the start to the end of a range, both included, newest first.
///
/// # Errors
/// Fails when an end names nothing, or the start is not below the end.
pub fn range<'g>(
    graph: &'g RevisionGraph,
    heads: Option<&Heads>,
    range: &Range,
) -> Result<Vec<&'g Node>, ResolveError> {
    let heads = heads.filter(|_| range.needs_database());
    let mut resolver = Resolver::new(graph, heads)?;
    resolver.clamped = true;
    let start = match range.start() {
        Some(start) => resolver.range_start(start, range.end())?,
        None => Vec::new(),
    };
    let mut ends = match range.end() {
        Some(end) => resolver.range_end(end, &start)?,
        None => graph.real_heads(),
    };
    if let Some(target) = range.start().filter(|start| start.branch().is_some()) {
        resolver.keep_branch(target, &mut ends)?;
    }
    let below_end = graph.ancestors(ends.iter().copied(), Edges::All);
    if start.iter().any(|node| !below_end.contains(node)) {
        return Err(ResolveError::NotAncestor {
            start: range.start().map_or("base", Target::text).to_owned(),
            end: range.end().map_or("heads", Target::text).to_owned(),
        });
    }
    let mut listed = below_end;
    if !start.is_empty() {
        listed.subtract(&graph.ancestors(start.iter().copied(), Edges::All));
        for node in &start {
            listed.insert(node);
        }
        listed.intersect(&graph.descendants(start.iter().copied(), Edges::Lineage));
    }
    Ok(graph.newest_first(&listed, &ends))
}

impl<'g> Resolver<'g> {
    fn range_start(
        &self,
        start: &Target,
        end: Option<&Target>,
    ) -> Result<Vec<&'g Node>, ResolveError> {
        match (start.symbol(), start.steps()) {
            (None, Some(&Steps::Down(steps, _))) => {
                let from_current =
                    end.filter(|end| matches!(end.symbol(), Some(Symbol::Current(_))));
                let mut tips = match from_current {
                    Some(end) => self.goal(end)?.points,
                    None => self.graph.real_heads(),
                };
                let current = tips.clone();
                self.keep_branch(start, &mut tips)?;
                if let (Some(_), Some(branch), []) = (from_current, start.branch(), &tips[..]) {
                    return Err(not_applied(start, branch, &current));
                }
                let mut points: Vec<&Node> = Vec::new();
                for tip in tips {
                    let walked = self.walk_down(start, Some(tip), steps)?;
                    points.extend(walked.points);
                }
                Ok(points)
            }
            (None, Some(&Steps::Up(steps, _))) => self.counted_up(start, &[], steps),
            _ => Ok(self.goal(start)?.points),
        }
    }

    fn range_end(&self, end: &Target, start: &[&'g Node]) -> Result<Vec<&'g Node>, ResolveError> {
        match (end.symbol(), end.steps()) {
            (None, Some(&Steps::Up(steps, _))) => self.counted_up(end, start, steps),
            (None, Some(&Steps::Down(_, _))) => self.range_start(end, None),
            _ => Ok(self.goal(end)?.points),
        }
    }

    fn counted_up(
        &self,
        target: &Target,
        from: &[&'g Node],
        steps: u32,
    ) -> Result<Vec<&'g Node>, ResolveError> {
        let branch = self.branch(target)?;
        let start = self.start_up(target, branch, from, steps)?;
        let (end, _) = self.walk_up(target, branch, start, steps)?;
        Ok(end.into_iter().collect())
    }

    /// Keeps the revisions that are part of the branch which a target names.
    fn keep_branch(&self, target: &Target, nodes: &mut Vec<&'g Node>) -> Result<(), ResolveError> {
        let (Some(word), Some(branch)) = (target.branch(), self.branch(target)?) else {
            return Ok(());
        };
        let label = self.graph.label(&word.text).is_some();
        let lineage: RevisionSet = self.graph.lineage(branch);
        nodes.retain(|node| match label {
            true => node.branch_names().iter().any(|name| *name == *word.text),
            false => lineage.contains(node),
        });
        Ok(())
    }
}
