//! Turns `upgrade()` and `downgrade()` of a revision into SQL, without Python.
//!
//! The script is followed over its syntax tree, and what it does to its database, a list of
//! [actions](value::Action), is written as SQLAlchemy and Alembic write it for PostgreSQL
//! ([`render`]). Nothing is guessed: what cannot be followed is [`Untranslated`], with the line and the
//! reason.
//!
//! ```
//! use alembic_compat::translate::{Direction, Settings, Translator};
//!
//! let translator = Translator::new(Settings::default());
//! let revision = "from alembic import op\n\ndef upgrade():\n    op.drop_table('users')\n";
//! let script = translator.translate(revision, Direction::Upgrade, None)?;
//! assert_eq!(script.segments[0].statements[0].text, "DROP TABLE users");
//! # Ok::<(), alembic_compat::translate::Untranslated>(())
//! ```

pub mod render;
pub mod value;

mod evaluate;
mod host;
mod script;
mod settings;

use std::cell::RefCell;
use std::sync::Arc;

use crate::revision::Function;

pub use self::host::{Column, Host, HostError, Rows};
pub use self::script::{Outlook, Script, Segment, Statement};
pub use self::settings::Settings;

/// Which of the two functions of a revision is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// `upgrade()`
    Upgrade,
    /// `downgrade()`
    Downgrade,
}

impl Direction {
    /// Returns the name of the function.
    #[must_use]
    pub fn function(self) -> &'static str {
        match self {
            Self::Upgrade => "upgrade",
            Self::Downgrade => "downgrade",
        }
    }
}

/// Why a script could not be translated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{line}: {reason}")]
pub struct Untranslated {
    /// The line of the script (1-based); 0 where the file as a whole is meant.
    pub line: u32,
    /// What stands in the way, as the end of a sentence that begins with the revision: "calls
    /// `uuid4()`, whose result differs each time".
    pub reason: String,
    /// Whether the script could be followed further with a database to ask.
    pub needs_database: bool,
}

impl Untranslated {
    /// Something that no database would help with.
    pub fn new(line: u32, reason: impl Into<String>) -> Self {
        Self {
            line,
            reason: reason.into(),
            needs_database: false,
        }
    }

    /// Something that only a database knows.
    fn unanswered(line: u32) -> Self {
        Self {
            needs_database: true,
            ..Self::new(line, "depends on what the database holds")
        }
    }
}

/// What cannot be translated of a function that asks its database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Obstacle {
    /// What it is.
    pub untranslated: Untranslated,
    /// Whether every run comes to it; otherwise some do.
    pub certain: bool,
}

/// What a script changes of SQLAlchemy or Alembic when it is loaded, which one run of Alembic does with
/// all scripts of a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The line of the script (1-based).
    pub line: u32,
    /// What it does, as in "calls `compiles()` for `Table`".
    pub what: String,
}

/// Says what a script changes for the scripts that are loaded beside it.
///
/// What it sets anew, such as `sa.GUID`, is of no matter for those that do not set it.
#[must_use]
pub fn change(source: &str) -> Option<Change> {
    evaluate::change(source)
}

/// Translates the revisions of one project.
///
/// It keeps the modules of the project that it had to read, so that they are read once, and the last
/// script, of which mostly both functions are asked for.
#[derive(Debug, Default)]
pub struct Translator {
    settings: Settings,
    library: evaluate::Library,
    last: RefCell<Option<(String, Arc<evaluate::Source>)>>,
}

impl Translator {
    /// A translator of a project of which this is known.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            ..Self::default()
        }
    }

    /// Returns what is known of the project.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Parses a script, unless it is the last one.
    fn source(&self, text: &str) -> Result<Arc<evaluate::Source>, Untranslated> {
        let mut last = self.last.borrow_mut();
        match &*last {
            Some((of, source)) if of == text => return Ok(Arc::clone(source)),
            _ => {}
        }
        let source = Arc::new(evaluate::Source::parse("", false, text)?);
        *last = Some((text.to_owned(), Arc::clone(&source)));
        Ok(source)
    }

    /// Says what there is of a function; it is code where the script cannot be read.
    pub fn function(&self, source: &str, direction: Direction) -> Function {
        match self.source(source) {
            Ok(source) => {
                let line = |offset| source.line(offset);
                Function::find(source.body(), direction.function(), line)
            }
            Err(refused) => Function::Code { line: refused.line },
        }
    }

    /// Follows a script and returns what it does to its database, with no database to ask.
    ///
    /// # Errors
    /// Fails with what could not be followed.
    pub fn actions(
        &self,
        source: &str,
        direction: Direction,
    ) -> Result<Vec<value::Action>, Untranslated> {
        let known = (&self.settings, &self.library);
        let source = self.source(source)?;
        let (actions, followed) = evaluate::evaluate(&source, direction, known, None);
        followed.map(|()| actions)
    }
}

#[cfg(test)]
mod tests;
