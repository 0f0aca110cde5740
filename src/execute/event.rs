//! What a run tells its observer while it goes on.
//!
//! Observers only listen: nothing they do changes the run.

use std::time::Duration;

use super::repeat::Repeated;
use crate::op::Query;
use crate::plan::{Plan, Step};
use crate::script::Foreign;

/// Something that happened during a run.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// Another run holds the lock; this one waits.
    WaitingForLock {
        /// Who holds it, where the server says.
        holder: Option<&'a str>,
    },
    /// The plan is fixed and the first step is about to run.
    Planned {
        /// The plan.
        plan: &'a Plan,
    },
    /// Steps are sent to the server; several travel together.
    Started {
        /// The position of the first of them in the plan, from 0.
        first: usize,
        /// The steps.
        steps: &'a [Step],
    },
    /// A step is committed.
    Finished {
        /// Its position in the plan, from 0.
        position: usize,
        /// The step.
        step: &'a Step,
        /// How long it took, where it travelled alone.
        duration: Option<Duration>,
    },
    /// A revision asks the database, to decide what it does.
    Asked {
        /// The step.
        step: &'a Step,
        /// What it asks.
        query: Query<'a>,
    },
    /// A revision turns out, while it runs, to be for another program.
    HandedOver {
        /// The step.
        step: &'a Step,
        /// Why.
        why: &'a Foreign,
    },
    /// A revision that stopped between its non-transactional statements is taken up again.
    Resumed {
        /// The step.
        step: &'a Step,
        /// How many statements were completed earlier.
        statements_done: usize,
    },
    /// A file that runs again and again is done with, or waits.
    Repeated {
        /// What became of it.
        repeated: &'a Repeated,
    },
    /// An invalid index that an earlier try of this revision left behind is dropped.
    InvalidIndexDropped {
        /// The index, as SQL.
        index: &'a str,
    },
}

/// Listens to a run.
pub trait Observer {
    /// Takes note of an event.
    fn event(&mut self, event: &Event<'_>);
}

impl<F: FnMut(&Event<'_>)> Observer for F {
    fn event(&mut self, event: &Event<'_>) {
        self(event);
    }
}

/// An observer that does not listen.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Observer for Silent {
    fn event(&mut self, _: &Event<'_>) {}
}
