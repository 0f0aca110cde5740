//! What a run came to, as data and as one line for a log.

use std::fmt;
use std::time::Duration;

use crate::catalog::Catalog;
use crate::execute::Repeated;
use crate::graph::{Edges, Node};
use crate::heads::Heads;
use crate::plan::{Plan, Way};

/// What a run did.
#[derive(Clone, Debug)]
#[must_use]
#[non_exhaustive]
pub struct Report {
    /// The plan that was carried out, all of it.
    pub plan: Plan,
    /// The heads of the database afterwards.
    pub heads: Heads,
    /// How many revisions of the files were applied before.
    pub applied_before: usize,
    /// How many are afterwards.
    pub applied_after: usize,
    /// How many there are.
    pub total: usize,
    /// The files that were due to run again, in the order in which they did.
    pub repeated: Vec<Repeated>,
    /// The tables that were looked for afterwards, all of which are there.
    pub verified: Vec<String>,
    /// How long the run took, connecting left out.
    pub duration: Duration,
}

impl Report {
    /// `known` has what the ledger knows as well, where the plan is about it.
    pub(super) fn new(plan: Plan, catalog: &Catalog, known: &Catalog, duration: Duration) -> Self {
        let graph = known.graph();
        let is_in_a_file = |node: &&Node| catalog.graph().get(node.id().as_str()).is_some();
        let applied = |heads: &Heads| {
            let rows = heads.iter().filter_map(|id| graph.get(id.as_str()));
            let below = graph.ancestors(rows, Edges::All);
            graph.members(&below).filter(is_in_a_file).count()
        };
        let applied_after = applied(&plan.to);
        Self {
            applied_before: match plan.is_empty() {
                true => applied_after,
                false => applied(&plan.from),
            },
            applied_after,
            total: catalog.graph().len(),
            repeated: Vec::new(),
            verified: Vec::new(),
            heads: plan.to.clone(),
            plan,
            duration,
        }
    }

    /// Returns the report as one line: of an upgrade `17 applied, 0 already applied, 17 total
    /// (1.2 s)`.
    #[must_use]
    pub fn summary(&self) -> impl fmt::Display + '_ {
        Summary(self)
    }
}

struct Summary<'a>(&'a Report);

impl fmt::Display for Summary<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Report {
            plan,
            applied_before,
            applied_after,
            total,
            duration,
            ..
        } = self.0;
        let steps = plan.steps.len();
        let took = short(*duration);
        if plan.way == Way::Upgrade {
            return write!(
                f,
                "{steps} applied, {applied_before} already applied, {total} total ({took})"
            );
        }
        let plural = |number: usize| if number == 1 { "" } else { "s" };
        match steps {
            0 => f.write_str("nothing to do: ")?,
            steps => write!(f, "{steps} step{} done in {took}; ", plural(steps))?,
        }
        write!(
            f,
            "{applied_after} of {total} revision{} applied",
            plural(*total)
        )
    }
}

/// Returns a time as a person would say it: `0.4 ms`, `12 ms`, `3.4 s`, `5 min 2 s`.
#[must_use]
pub(crate) fn short(time: Duration) -> String {
    let seconds = time.as_secs();
    if seconds >= 60 {
        return format!("{} min {} s", seconds / 60, seconds % 60);
    }
    if seconds >= 1 {
        return format!("{:.1} s", time.as_secs_f64());
    }
    match time.as_millis() {
        0..10 => {
            // By hand: thousands of lines have one, and fractions take the longest to write.
            let tenths = (time.as_nanos() + 50_000) / 100_000;
            format!("{}.{} ms", tenths / 10, tenths % 10)
        }
        milliseconds => format!("{milliseconds} ms"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_short() {
        let told = |milliseconds| short(Duration::from_millis(milliseconds));
        assert_eq!(told(0), "0.0 ms");
        assert_eq!(told(12), "12 ms");
        assert_eq!(told(3_440), "3.4 s");
        assert_eq!(told(302_000), "5 min 2 s");
    }
}
