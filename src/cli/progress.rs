//! What a person sees while a plan is carried out: a line for each step.
//!
//! All of it is talk, on stderr. On a terminal the step that is running is shown on a line of its
//! own, which the next line replaces. For programs nothing is said; they get the report.

use std::time::Duration;

use super::text::count;
use super::ui::Ui;
use crate::execute::{Event, Observer, short};
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

    /// Says something by the way.
    pub fn say(&mut self, line: &str) {
        self.ui.talk(line);
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
