//! What a person or a program is told when a command does not succeed.
//!
//! Errors of the library carry data; here they become one shape that [`super::ui`] can print as
//! text or as JSON. What to do about them is decided in [`super::hint`].

use std::error::Error;
use std::io;
use std::path::Path;

use super::exit::Exit;

/// A revision that may have been meant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Candidate {
    /// Its id, or what else can be typed.
    pub name: String,
    /// Its message.
    pub message: String,
    /// The labels of its line.
    pub labels: String,
}

impl Candidate {
    /// A candidate of which there is only a name to tell.
    #[must_use]
    pub fn named(name: impl Into<String>) -> Self {
        let name = name.into();
        Self {
            name,
            ..Self::default()
        }
    }
}

/// Why a command did not succeed, ready to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// How the run ends.
    pub exit: Exit,
    /// A name for programs, in snake case.
    pub code: &'static str,
    /// One sentence, or several lines of which the first is one.
    pub message: String,
    /// Lines below it: places, excerpts, what was done before.
    pub details: Vec<String>,
    /// What may have been meant.
    pub candidates: Vec<Candidate>,
    /// What to do about it.
    pub hints: Vec<String>,
    /// The sentence of the error itself and of each that led to it, for `--raiseerr`.
    pub chain: Vec<String>,
}

impl Failure {
    /// A failure that left everything as it was.
    #[must_use]
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            exit: Exit::Failed,
            code,
            message: message.into(),
            details: Vec::new(),
            candidates: Vec::new(),
            hints: Vec::new(),
            chain: Vec::new(),
        }
    }

    /// A command line that makes no sense.
    #[must_use]
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new("usage", message).exit(Exit::Usage)
    }

    /// Something that the file system refused.
    #[must_use]
    pub fn io(doing: &str, path: &Path, error: &io::Error) -> Self {
        let message = format!("cannot {doing} `{}`: {error}", path.display());
        Self::new("io", message)
    }

    /// The same with an error that led to it, and with what led to that one.
    #[must_use]
    pub fn because(mut self, error: &(dyn Error + 'static)) -> Self {
        self.chain = vec![error.to_string()];
        let mut cause = error.source();
        while let Some(error) = cause {
            self.chain.push(error.to_string());
            cause = error.source();
        }
        self
    }

    /// The same, ending otherwise.
    #[must_use]
    pub fn exit(mut self, exit: Exit) -> Self {
        self.exit = exit;
        self
    }

    /// The same with one more hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// The same with more hints.
    #[must_use]
    pub fn hints(mut self, hints: impl IntoIterator<Item = String>) -> Self {
        self.hints.extend(hints);
        self
    }

    /// The same with one more line below the message.
    #[must_use]
    pub fn detail(mut self, line: impl Into<String>) -> Self {
        self.details.push(line.into());
        self
    }

    /// The same with these candidates.
    #[must_use]
    pub fn candidates(mut self, candidates: Vec<Candidate>) -> Self {
        self.candidates = candidates;
        self
    }
}

/// Returns an error's sentence followed by those of its causes.
#[must_use]
pub fn sentence(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let inner = error.to_string();
        // Some libraries print their cause and return it as well.
        if !text.contains(&inner) {
            text.push_str(": ");
            text.push_str(&inner);
        }
        cause = error.source();
    }
    text
}
