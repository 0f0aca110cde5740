//! What surrounds the process: arguments, variables, working directory, terminals.
//!
//! The one place in this crate that reads the process environment. Everything else is given an
//! [`Environment`], so that it can be tried with one that a test made up.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;
use std::io::{self, IsTerminal};
use std::path::PathBuf;

/// A picture of the process environment, taken once at the start.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// The command line, the program's name first.
    pub arguments: Vec<OsString>,
    /// The working directory.
    pub directory: PathBuf,
    /// Whether stdin is a terminal.
    pub stdin_terminal: bool,
    /// Whether stdout is a terminal.
    pub stdout_terminal: bool,
    /// Whether stderr is a terminal.
    pub stderr_terminal: bool,
    variables: BTreeMap<String, String>,
    /// Asked for once: the system reads several files to tell.
    user: OnceCell<Option<String>>,
}

impl Environment {
    /// Reads the environment of this process.
    ///
    /// Variables that are not UTF-8 are left out: none that limbeck looks at may be.
    #[must_use]
    pub fn of_process() -> Self {
        let text = |(name, value): (OsString, OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        Self {
            arguments: env::args_os().collect(),
            directory: env::current_dir().unwrap_or_default(),
            stdin_terminal: io::stdin().is_terminal(),
            stdout_terminal: io::stdout().is_terminal(),
            stderr_terminal: io::stderr().is_terminal(),
            variables: env::vars_os().filter_map(text).collect(),
            user: OnceCell::new(),
        }
    }

    /// Returns a variable; one that is set to nothing counts as not set.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.variables
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    /// Returns the variables that have this value.
    pub fn having<'e>(&'e self, value: &'e str) -> impl Iterator<Item = &'e str> {
        let all = self.variables.iter();
        all.filter(move |(_, it)| *it == value)
            .map(|(name, _)| name.as_str())
    }

    /// Returns the operating system's name of the user, whatever the variables say.
    #[must_use]
    pub fn user(&self) -> Option<String> {
        self.user.get_or_init(|| whoami::username().ok()).clone()
    }

    /// Returns the same environment with one more variable.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Decides whether a stream that is, or is not, a terminal gets colours.
    ///
    /// `--color` has decided before this is asked; here are the variables that people set once.
    #[must_use]
    pub fn wants_color(&self, terminal: bool) -> bool {
        if self.get("NO_COLOR").is_some() {
            return false;
        }
        if self.get("CLICOLOR_FORCE").is_some_and(|value| value != "0") {
            return true;
        }
        terminal && self.get("TERM") != Some("dumb")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_color_beats_a_terminal_and_force_beats_a_pipe() {
        let plain = Environment::default();
        assert!(plain.wants_color(true));
        assert!(!plain.wants_color(false));
        assert!(!plain.clone().with("NO_COLOR", "1").wants_color(true));
        assert!(plain.clone().with("NO_COLOR", "").wants_color(true));
        assert!(plain.clone().with("CLICOLOR_FORCE", "1").wants_color(false));
        assert!(!plain.with("TERM", "dumb").wants_color(true));
    }
}
