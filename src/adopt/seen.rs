//! What the schema says of a folder. Nothing is guessed: where several places in the graph have the
//! schema of the database, what they do not have in common is a conflict, and where none has it, all
//! is.

use super::{Place, State, Tracked, Verdict};
use crate::graph::{Edges, RevisionGraph, RevisionSet};

/// One verdict for each revision of a folder.
pub(super) fn by_schema(graph: &RevisionGraph, source: &Tracked, places: &[Place]) -> Vec<Verdict> {
    let matches = places.iter().filter(|place| place.different == 0);
    let matches: Vec<RevisionSet> = matches
        .map(|place| {
            let heads = place.heads.iter().filter_map(|id| graph.get(id.as_str()));
            graph.ancestors(heads, Edges::All)
        })
        .collect();
    let verdicts = source.revisions.iter().map(|(id, _)| {
        let own = places
            .iter()
            .filter(|place| place.last.as_ref() == Some(id));
        let reason = match own.map(|place| place.different).min() {
            None => String::new(),
            Some(0) => "after it, the schema is the same".to_owned(),
            Some(1) => "after it, 1 object differs".to_owned(),
            Some(different) => format!("after it, {different} objects differ"),
        };
        let Some(node) = graph.get(id.as_str()) else {
            return Verdict::new(State::Pending, reason);
        };
        let with = matches.iter().filter(|it| it.contains(node)).count();
        if with == 0 && !matches.is_empty() {
            Verdict::new(State::Pending, reason)
        } else if with == 0 {
            Verdict::new(State::Conflict, reason)
        } else if with < matches.len() {
            Verdict::new(
                State::Conflict,
                "the schema is the same with and without it",
            )
        } else {
            Verdict::new(State::Applied, reason)
        }
    });
    verdicts.collect()
}
