//! Holds back a thread that would read along, while something else needs the processor more.
//!
//! A connection takes little time but is waited for at every turn. Where readers keep all
//! processors busy, a scheduler lets it, and a server on the same machine, begin when all is read.

use std::sync::{Arc, Condvar, Mutex, PoisonError};

/// Closed until an [`Opener`] is dropped; clones are the same gate.
#[derive(Clone, Debug, Default)]
pub struct Gate(Arc<(Mutex<bool>, Condvar)>);

/// Opens its gate when it is dropped, in whatever way its owner ends.
#[derive(Debug)]
#[must_use]
pub struct Opener(Gate);

impl Gate {
    /// Returns what opens the gate in the end.
    pub fn opener(&self) -> Opener {
        Opener(self.clone())
    }

    /// Waits until it is open.
    pub(super) fn pass(&self) {
        let (open, opened) = &*self.0;
        let mut is_open = open.lock().unwrap_or_else(PoisonError::into_inner);
        while !*is_open {
            is_open = opened.wait(is_open).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Drop for Opener {
    fn drop(&mut self) {
        let (open, opened) = &*self.0.0;
        *open.lock().unwrap_or_else(PoisonError::into_inner) = true;
        opened.notify_all();
    }
}
