//! From what each table says to what is to be done: what is applied here already, what a person
//! decided, and what cannot be applied because something below it is not.

use std::collections::{BTreeSet, HashMap, HashSet};

use chrono::{DateTime, FixedOffset};

use super::compare::compare;
use super::seen::by_schema;
use super::shared::share_tables;
use super::{State, Taken, Tracked, Verdict};
use crate::declaration::Tool;
use crate::graph::{Edges, Node, RevisionGraph, RevisionSet};
use crate::heads::Heads;
use crate::id::RevisionId;
use crate::source::Legacy;
use crate::tracking::Row;

/// What limbeck itself knows of a database.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// The rows of the version table.
    pub heads: Heads,
    /// Revisions that limbeck took back, and when: the old table no longer counts, unless it is kept in
    /// step or says that the tool applied them later.
    pub taken_back: HashMap<RevisionId, DateTime<FixedOffset>>,
}

/// What a person decided.
#[derive(Clone, Debug, Default)]
pub struct Marks {
    /// These are applied.
    pub applied: BTreeSet<RevisionId>,
    /// These are not.
    pub pending: BTreeSet<RevisionId>,
}

/// Says of each revision what is to become of it.
#[must_use]
pub fn settle(
    graph: &RevisionGraph,
    sources: Vec<Tracked>,
    known: &Known,
    marks: &Marks,
) -> Vec<Taken> {
    let before = below(graph, &known.heads);
    let taken = sources.into_iter().map(|source| taken(graph, source));
    let mut taken: Vec<Taken> = taken.collect();
    share_tables(&mut taken);
    for Taken {
        source, verdicts, ..
    } in &mut taken
    {
        for ((id, legacy), verdict) in source.revisions.iter().zip(verdicts) {
            let is_before = graph.get(id.as_str()).is_some_and(|it| before.contains(it));
            let is_half_done = is_half_done(legacy, &source.rows);
            if is_before && is_half_done {
                *verdict = match marks.applied.contains(id) {
                    true => Verdict {
                        is_untold: true,
                        ..Verdict::new(State::Applied, "marked by hand")
                    },
                    false => Verdict::new(
                        State::Conflict,
                        "it is applied here, and half-done by the tool's table",
                    ),
                };
            } else if is_before && is_untold(legacy, verdict) {
                *verdict = match marks.applied.contains(id) {
                    true => Verdict {
                        is_untold: true,
                        ..Verdict::new(State::Applied, "marked by hand")
                    },
                    false => Verdict::new(
                        State::Conflict,
                        "it is applied here; the tool took it back, or was never told",
                    ),
                };
            } else if is_before {
                let is_said = verdict.state == State::Applied && verdict.reason.is_empty();
                verdict.state = State::Applied;
                verdict.reason = match is_said {
                    true => String::new(),
                    false => "the version table has it already".to_owned(),
                };
            } else if marks.applied.contains(id) {
                verdict.state = State::Applied;
                verdict.reason = "marked by hand".to_owned();
            } else if marks.pending.contains(id) {
                *verdict = Verdict {
                    is_untold: is_half_done,
                    ..Verdict::new(State::Pending, "marked by hand")
                };
            } else if source.places.is_none()
                && verdict.state == State::Applied
                && is_stale(known, id, legacy, verdict)
            {
                *verdict = Verdict::new(State::Pending, "limbeck took it back");
            }
        }
    }
    refuse_gaps(graph, &before, &mut taken);
    taken
}

/// Tells whether a tool that is kept in step has left a revision half-done.
fn is_half_done(legacy: &Legacy, rows: &[Row]) -> bool {
    let mut dirty = rows.iter().filter(|row| row.is_dirty);
    legacy.is_mirrored && dirty.any(|row| row.is_of(legacy))
}

/// Tells whether a tool that is kept in step does not know of what is applied. Flyway has no rows of
/// what lies below its baseline.
fn is_untold(legacy: &Legacy, verdict: &Verdict) -> bool {
    legacy.is_mirrored && legacy.tool != Tool::Flyway && verdict.state == State::Pending
}

/// Tells whether a row is from before limbeck took its revision back.
fn is_stale(known: &Known, id: &RevisionId, legacy: &Legacy, verdict: &Verdict) -> bool {
    match (known.taken_back.get(id), verdict.applied_at) {
        (Some(taken_back), Some(applied_at)) => applied_at < *taken_back,
        (Some(_), None) => !legacy.is_mirrored,
        (None, _) => false,
    }
}

fn taken(graph: &RevisionGraph, source: Tracked) -> Taken {
    let (by_table, rows_without_file) = compare(&source);
    let verdicts = match &source.places {
        Some(places) => by_schema(graph, &source, places),
        None => by_table,
    };
    Taken {
        source,
        verdicts,
        rows_without_file,
        rivals: BTreeSet::new(),
    }
}

/// What is applied here already.
fn below(graph: &RevisionGraph, heads: &Heads) -> RevisionSet {
    let known = heads.iter().filter_map(|id| graph.get(id.as_str()));
    graph.ancestors(known, Edges::All)
}

/// The version table takes all that lies below a row as applied; so what is below something applied
/// and is not applied itself is for a person to decide.
fn refuse_gaps(graph: &RevisionGraph, before: &RevisionSet, taken: &mut [Taken]) {
    let mut applied = graph.nothing();
    let nodes: Vec<&Node> = nodes(graph, taken, State::Applied);
    for node in &nodes {
        applied.insert(node);
    }
    let mut foreign: HashSet<RevisionId> = HashSet::new();
    let all: HashSet<RevisionId> = taken
        .iter()
        .flat_map(|taken| taken.revisions().map(|(id, _)| id.clone()))
        .collect();
    let needed = graph.ancestors(nodes, Edges::All);
    let mut missing = needed.clone();
    missing.subtract(&applied);
    missing.subtract(before);
    for node in graph.members(&missing) {
        if !all.contains(node.id()) {
            foreign.insert(node.id().clone());
        }
    }
    for taken in taken {
        let revisions = taken.source.revisions.iter();
        for ((id, _), verdict) in revisions.zip(&mut taken.verdicts) {
            let Some(node) = graph.get(id.as_str()) else {
                continue;
            };
            if verdict.state == State::Pending && missing.contains(node) {
                let above = graph.descendants([node], Edges::All);
                let mut above = graph.revisions().filter(|it| above.contains(it));
                let above = above.find(|it| applied.contains(it) && it.id() != id);
                let above = above.map(|it| it.id().as_str()).unwrap_or_default();
                let mut reason = format!("not applied, yet `{above}`, which stands on it, is");
                if !verdict.reason.is_empty() {
                    reason = format!("{reason}; {}", verdict.reason);
                }
                *verdict = Verdict::new(State::Conflict, reason);
            } else if verdict.state == State::Applied && !before.contains(node) {
                let below = graph.ancestors([node], Edges::All);
                let own = graph.members(&below).find(|it| foreign.contains(it.id()));
                if let Some(own) = own {
                    verdict.state = State::Conflict;
                    let own = own.id();
                    verdict.reason = format!(
                        "it stands on `{own}`, which is not applied: upgrade to that first"
                    );
                }
            }
        }
    }
}

fn nodes<'g>(graph: &'g RevisionGraph, taken: &[Taken], state: State) -> Vec<&'g Node> {
    let revisions = taken.iter().flat_map(Taken::revisions);
    let of_state = revisions.filter(|(_, verdict)| verdict.state == state);
    of_state
        .filter_map(|(id, _)| graph.get(id.as_str()))
        .collect()
}

/// Returns the revisions that are applied and that the version table does not have yet.
#[must_use]
pub fn news<'g>(graph: &'g RevisionGraph, taken: &[Taken], known: &Known) -> Vec<&'g Node> {
    let before = below(graph, &known.heads);
    let mut news = nodes(graph, taken, State::Applied);
    news.retain(|node| !before.contains(node));
    news
}

/// Returns where the database stands by what is applied; rows that no file has are not in it.
#[must_use]
pub fn standing(graph: &RevisionGraph, taken: &[Taken], known: &Known) -> Heads {
    let rows = known.heads.iter().filter_map(|id| graph.get(id.as_str()));
    let applied = rows.chain(news(graph, taken, known));
    let applied: Vec<&Node> = applied.collect();
    let tips = targets(graph, &applied).into_iter();
    tips.map(|node| node.id().clone()).collect()
}

/// Returns where a stamp of these leads: those that none of the others stands on.
#[must_use]
pub fn targets<'g>(graph: &RevisionGraph, news: &[&'g Node]) -> Vec<&'g Node> {
    let parents = news
        .iter()
        .flat_map(|node| graph.parents(node).chain(graph.dependencies(node)));
    let below = graph.ancestors(parents, Edges::All);
    let tips = news.iter().filter(|node| !below.contains(node));
    tips.copied().collect()
}
