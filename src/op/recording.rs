//! What a revision's function recorded: operations in order, each with its place and line.

use super::error::Error;
use super::operation::Operation;

/// Whether an operation runs inside the revision's transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Inside.
    Transaction,
    /// Outside of any transaction, written inside of `no_transaction`.
    NoTransaction,
}

/// One operation as recorded.
#[derive(Clone, Debug, PartialEq)]
pub struct Recorded {
    /// The operation.
    pub operation: Operation,
    /// Inside or outside the transaction.
    pub place: Place,
    /// The line of the call in the revision file, or in the helper function that it used.
    pub line: u32,
}

/// What was recorded, in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Recording(Vec<Recorded>);

impl Recording {
    /// Returns true where nothing was recorded.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the number of operations.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns the operations in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Recorded> {
        self.0.iter()
    }

    pub(crate) fn push(&mut self, recorded: Recorded) {
        self.0.push(recorded);
    }

    /// Returns what undoes it: the reverse of each operation, last first, in its place.
    ///
    /// # Errors
    /// Fails with the last operation that has no reverse.
    pub fn reverse(&self) -> Result<Self, Error> {
        let mut reversed = Self::default();
        for recorded in self.0.iter().rev() {
            let reverse = recorded.operation.reverse();
            let operation = reverse.map_err(|irreversible| Error::Irreversible {
                irreversible,
                line: recorded.line,
            })?;
            reversed.0.extend(operation.map(|operation| Recorded {
                operation,
                ..*recorded
            }));
        }
        Ok(reversed)
    }
}

impl<'a> IntoIterator for &'a Recording {
    type Item = &'a Recorded;
    type IntoIter = std::slice::Iter<'a, Recorded>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
