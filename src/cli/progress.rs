//! What a person sees while a plan is carried out: a line for each step, and one in the end.
//!
//! All of it is talk, on stderr. On a terminal the step that is running is shown on a line of its
//! own, which the next line replaces. For programs nothing is said; they get the report.

use std::time::Duration;

use super::text::count;
use super::ui::Ui;
use crate::execute::{Event, Observer};
use crate::graph::RevisionGraph;
use crate::plan::Step;

/// Tells of a run.
pub struct Progress<'a> {
    ui: &'a mut Ui,
    graph: &'a RevisionGraph,
    durations: Vec<Option<Duration>>,
}

impl<'a> Progress<'a> {
    /// A run that is told to this person.
    pub fn new(ui: &'a mut Ui, graph: &'a RevisionGraph) -> Self {
        Self {
            ui,
            graph,
            durations: Vec::new(),
        }
    }

    /// Returns how long each finished step took, where that is known.
    #[must_use]
    pub fn durations(self) -> Vec<Option<Duration>> {
        self.durations
    }

    fn line(&self, step: &Step) -> String {
        step.display(self.graph).to_string()
    }
}

impl Observer for Progress<'_> {
    fn event(&mut self, event: &Event<'_>) {
        match *event {
            Event::WaitingForLock { holder } => {
                let holder = holder
                    .map(|holder| format!(": {holder}"))
                    .unwrap_or_default();
                self.ui
                    .talk(&format!("waiting for another run to end{holder}"));
            }
            Event::Planned { plan } => {
                let steps = count(plan.steps.len(), "step");
                self.ui.status(&format!("{steps} to go …"));
            }
            Event::Started { steps, .. } => {
                let Some(first) = steps.first() else {
                    return;
                };
                let line = match steps.len() {
                    1 => self.line(first),
                    more => format!("{} and {} more", self.line(first), more - 1),
                };
                self.ui.status(&format!("{line} …"));
            }
            Event::Finished { step, duration, .. } => {
                self.durations.push(duration);
                let took = duration.map(|time| format!("  ({})", short(time)));
                let line = self.line(step);
                self.ui.talk(&format!("{line}{}", took.unwrap_or_default()));
            }
            Event::Resumed {
                step,
                statements_done,
            } => {
                let done = count(statements_done, "statement");
                let revision = &step.revision;
                self.ui.talk(&format!(
                    "{revision} was stopped after {done} and goes on from there"
                ));
            }
            Event::InvalidIndexDropped { index } => {
                self.ui.talk(&format!(
                    "dropped the invalid index {index} of an earlier try"
                ));
            }
        }
    }
}

/// What a run came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tally {
    /// The steps that were carried out.
    pub steps: usize,
    /// The revisions that are applied now.
    pub applied: usize,
    /// All revisions there are.
    pub total: usize,
    /// How long it took.
    pub duration: Duration,
}

impl Tally {
    /// Tells it in one line.
    #[must_use]
    pub fn line(self) -> String {
        let Self {
            steps,
            applied,
            total,
            duration,
        } = self;
        if steps == 0 {
            return format!(
                "nothing to do: {applied} of {} applied",
                count(total, "revision")
            );
        }
        format!(
            "{} done in {}; {applied} of {} applied",
            count(steps, "step"),
            short(duration),
            count(total, "revision"),
        )
    }
}

/// Returns a time as a person would say it: `0.4 ms`, `12 ms`, `3.4 s`, `5 min 2 s`.
#[must_use]
pub fn short(time: Duration) -> String {
    let seconds = time.as_secs();
    if seconds >= 60 {
        return format!("{} min {} s", seconds / 60, seconds % 60);
    }
    if seconds >= 1 {
        return format!("{:.1} s", time.as_secs_f64());
    }
    match time.as_millis() {
        0..10 => format!("{:.1} ms", time.as_secs_f64() * 1e3),
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

    #[test]
    fn the_last_line_counts_in_words() {
        let mut tally = Tally {
            steps: 1,
            applied: 13,
            total: 13,
            duration: Duration::from_millis(210),
        };
        assert_eq!(
            tally.line(),
            "1 step done in 210 ms; 13 of 13 revisions applied"
        );
        tally.steps = 0;
        assert_eq!(tally.line(), "nothing to do: 13 of 13 revisions applied");
    }
}
