//! Where a database stands that several lines have a part in, each applied as far as it happens to be.
//!
//! All combinations would be too many. As long as lines make different objects, what is nearest in one
//! does not depend on the others, so they are looked at one after the other, each on top of the nearest
//! places of those before it. Whatever is found to be the same was made and compared as a whole.

use super::{Detection, Replay, ReplayError, Sought, Standing, Walk};
use crate::database::Database;
use crate::graph::{Edges, Node, RevisionGraph, RevisionSet};
use crate::heads::Heads;

/// A place with the schema of the one that the search went on from.
struct Twin<'s> {
    line: &'s RevisionSet,
    /// Where it is.
    heads: Heads,
    /// Where the search went on.
    of: Heads,
}

/// What was seen in all lines.
#[derive(Default)]
struct Seen {
    detection: Detection,
}

impl Seen {
    /// Adds what another walk found; of what is as near, the later one counts.
    fn add(&mut self, walked: Detection) {
        let seen = &mut self.detection;
        let weight = |detection: &Detection| {
            let nearest = detection.standings.get(detection.nearest);
            nearest.map_or(usize::MAX, |standing| standing.weight)
        };
        let is_nearer = weight(&walked) <= weight(seen);
        let nearest = walked.standings.get(walked.nearest).cloned();
        for standing in walked.standings {
            if !seen
                .standings
                .iter()
                .any(|known| known.heads == standing.heads)
            {
                seen.standings.push(standing);
            }
        }
        if let Some(nearest) = nearest.filter(|_| is_nearer) {
            let mut known = seen.standings.iter();
            let position = known.position(|known| known.heads == nearest.heads);
            seen.nearest = position.unwrap_or_default();
            seen.differences = walked.differences;
        }
        seen.server = walked.server;
    }

    fn is_found(&self) -> bool {
        self.detection.matches().next().is_some()
    }
}

impl Replay<'_> {
    pub(super) fn detect_in_lines(
        &self,
        host: &Database,
        sought: &Sought<'_>,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<Detection, ReplayError> {
        let graph = self.catalog.graph();
        let mut seen = Seen::default();
        let mut twins = Vec::new();
        let mut reached = vec![sought.from.clone()];
        for line in &sought.lines {
            let mut nearest: Vec<Standing> = Vec::new();
            for from in &reached {
                let mut among = line.clone();
                among.subtract(&below(graph, from));
                // Where a file does not run on top of these, the database does not stand above it.
                let walk = Walk::over(graph, &among);
                let walked = self.walk(host, sought, (from, &walk), progress)?.detection;
                nearest.extend(walked.standings.iter().cloned());
                seen.add(walked);
            }
            let least = nearest.iter().map(|standing| standing.weight).min();
            nearest.retain(|standing| Some(standing.weight) == least);
            reached = Vec::new();
            let is_last_alike = |at: usize| {
                let mut later = nearest[at + 1..].iter();
                later.all(|other| other.fingerprint != nearest[at].fingerprint)
            };
            for at in (0..nearest.len()).filter(|at| is_last_alike(*at)) {
                let alike = nearest.iter().take(at);
                let alike = alike.filter(|other| other.fingerprint == nearest[at].fingerprint);
                twins.extend(alike.map(|other| Twin {
                    line,
                    heads: other.heads.clone(),
                    of: nearest[at].heads.clone(),
                }));
                reached.push(nearest[at].heads.clone());
            }
        }
        if seen.is_found() {
            let mut detection = seen.detection;
            let found: Vec<Standing> = detection.matches().cloned().collect();
            for standing in found {
                for twin in &twins {
                    let twin = instead(graph, &standing, twin);
                    let mut known = detection.standings.iter();
                    let is_new = |twin: &Standing| known.all(|it| it.heads != twin.heads);
                    let twin = twin.filter(is_new);
                    detection.standings.extend(twin);
                }
            }
            return Ok(detection);
        }
        // One line may have changed what another one made: all of each in their order.
        let mut all = graph.nothing();
        for node in sought.lines.iter().flat_map(|line| graph.members(line)) {
            all.insert(node);
        }
        let walk = Walk::through(graph, &all);
        let walked = self.walk(host, sought, (&sought.from, &walk), progress)?;
        seen.add(walked.into_detection()?);
        Ok(seen.detection)
    }
}

/// The same place with another one instead of that from which the search went on in a line: the same
/// schema, with the same on top of it.
fn instead(graph: &RevisionGraph, standing: &Standing, twin: &Twin<'_>) -> Option<Standing> {
    let mut applied = below(graph, &standing.heads);
    let of = below(graph, &twin.of);
    if graph.members(&of).any(|node| !applied.contains(node)) {
        return None;
    }
    let mut gone = of;
    gone.intersect(twin.line);
    gone.subtract(&below(graph, &twin.heads));
    applied.subtract(&gone);
    let needed = graph
        .members(&applied)
        .flat_map(|node| graph.requirements(node));
    let needed: Vec<&Node> = needed.collect();
    let needed = graph.ancestors(needed, Edges::All);
    // Something on top may need what is gone.
    if graph.members(&gone).any(|node| needed.contains(node)) {
        return None;
    }
    let tips = graph
        .members(&applied)
        .filter(|node| !needed.contains(node));
    Some(Standing {
        heads: tips.map(|node| node.id().clone()).collect(),
        last: None,
        ..standing.clone()
    })
}

/// What is applied where these are the heads.
fn below(graph: &RevisionGraph, heads: &Heads) -> RevisionSet {
    let heads = heads.iter().filter_map(|id| graph.get(id.as_str()));
    graph.ancestors(heads, Edges::All)
}
