//! What a process's surroundings say about connections, as a value.
//!
//! The library reads no environment. Whoever does (the command line, in one function) fills an
//! [`Environment`] in; a test or an application may fill it with what it likes.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use super::keyword::{KEYWORDS, SETTING_VARIABLES};

/// The variables, home directory and user that connection settings fall back to.
///
/// The default is empty: nothing is taken from anywhere.
#[derive(Clone, Default)]
pub struct Environment {
    /// Environment variables; only those that [`Environment::variable_names`] lists are looked at.
    pub variables: BTreeMap<String, String>,
    /// The home directory, where `.pgpass`, `.pg_service.conf` and `.postgresql/` are looked for.
    pub home: Option<PathBuf>,
    /// The operating system's name of the user, the default for `user`.
    pub user: Option<String>,
}

impl Environment {
    /// Returns the names of the variables that matter, for whoever fills this in.
    pub fn variable_names() -> impl Iterator<Item = &'static str> {
        KEYWORDS
            .iter()
            .filter_map(|keyword| keyword.variable)
            .chain(SETTING_VARIABLES.iter().map(|(variable, _)| *variable))
            .chain(["PGSYSCONFDIR"])
    }

    /// Returns a variable's value; an empty one counts as not set.
    pub(super) fn get(&self, variable: &str) -> Option<&str> {
        self.variables
            .get(variable)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    /// Returns a path in the home directory.
    pub(super) fn in_home(&self, path: &str) -> Option<PathBuf> {
        self.home.as_ref().map(|home| home.join(path))
    }
}

impl fmt::Debug for Environment {
    /// Names the variables without their values: one of them may be a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Environment")
            .field("variables", &self.variables.keys().collect::<Vec<_>>())
            .field("home", &self.home)
            .field("user", &self.user)
            .finish()
    }
}
