//! What a person sees while a plan is carried out: a line for each step.
//!
//! All of it is talk, on stderr. On a terminal the step that is running is shown on a line of its
//! own, which the next line replaces. For programs nothing is said; they get the report.

use std::time::Duration;

use super::failure::Failure;
use super::text::count;
use super::ui::Ui;
use crate::database::repeats::State;
use crate::execute::{Event, Observer, Repeated, short};
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

    fn repeated(&mut self, repeated: &Repeated) {
        let Repeated { name, reason, .. } = repeated;
        let took = short(repeated.duration);
        match repeated.state {
            State::Ran if repeated.already_there == 0 => {
                self.ui.talk(&format!("repeat {name}  ({took})"));
            }
            State::Ran => {
                let (there, of) = (repeated.already_there, repeated.statements);
                let line = format!("repeat {name}, {there} of {of} were there already  ({took})");
                self.ui.talk(&line);
            }
            State::AlreadyThere => self.ui.talk(&format!("repeat {name}, already there")),
            State::Waiting => {
                let reason = reason.as_deref().unwrap_or_default();
                let ran = match repeated.partly {
                    true => "what it commits before that stays",
                    false => "nothing of it ran",
                };
                let warning = Failure::new("repeat_waits", format!("{name} waits: {reason}"))
                    .hint(format!("{ran}; the next upgrade tries again"));
                self.ui.warn(&warning);
            }
        }
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
            Event::Asked { .. } | Event::HandedOver { .. } => {}
            Event::Repeated { repeated } => self.repeated(repeated),
            Event::InvalidIndexDropped { index } => {
                self.ui.talk(&format!(
                    "dropped the invalid index {index} of an earlier try"
                ));
            }
        }
    }
}
