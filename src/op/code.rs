//! What a revision runs, where that is code.

use std::fmt;
use std::sync::Arc;

use super::{Op, Result};

/// A function of a Rust-coded revision.
pub type OpFn = for<'a, 'r> fn(&'a mut Op<'r>) -> Result<()>;

/// Code that is given the handle: a function of a revision, or what stands for one.
#[derive(Clone)]
pub struct Code(Arc<Run>);

type Run = dyn for<'a, 'r> Fn(&'a mut Op<'r>) -> Result<()> + Send + Sync;

impl Code {
    /// What runs when it is called.
    pub fn new(
        code: impl for<'a, 'r> Fn(&'a mut Op<'r>) -> Result<()> + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(code))
    }

    /// Runs it.
    ///
    /// # Errors
    /// Fails as the code does.
    pub fn call(&self, op: &mut Op<'_>) -> Result<()> {
        (self.0)(op)
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code")
    }
}
