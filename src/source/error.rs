//! What can be wrong with a revision file, with file, line and what to do about it.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use super::takeover::TakeoverProblem;
use crate::sql::split::SplitError;

/// What is wrong with one file or folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceError {
    /// The file or folder, as it should be shown to a person.
    pub path: PathBuf,
    /// The line (1-based); 0 where no line is meant.
    pub line: u32,
    /// What is wrong there.
    pub problem: Problem,
}

impl SourceError {
    /// An error about a line of a file; line 0 means the file as a whole.
    #[must_use]
    pub fn new(path: &Path, line: u32, problem: Problem) -> Self {
        let path = path.to_owned();
        Self {
            path,
            line,
            problem,
        }
    }

    /// Returns the error's name for programs, in snake case.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self.problem {
            Problem::Unreadable { .. } | Problem::NoFolder => "unreadable_source",
            Problem::Stale | Problem::Gone => "stale_program",
            Problem::NotRewritable { .. } => "not_rewritable",
            Problem::Changed => "file_changed",
            Problem::Unwritable { .. } => "io",
            Problem::Takeover(ref problem) => problem.code(),
            _ => "invalid_revision_file",
        }
    }

    /// Returns what a person can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        self.problem.hint()
    }
}

impl fmt::Display for SourceError {
    /// `path:line: what is wrong`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.path.display())?;
        if self.line > 0 {
            write!(f, "{}:", self.line)?;
        }
        write!(f, " {}", self.problem)
    }
}

impl std::error::Error for SourceError {}

/// Everything that is wrong in the sources, in the order of the files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceErrors(pub Vec<SourceError>);

impl fmt::Display for SourceErrors {
    /// One error a line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, error) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{error}")?;
        }
        Ok(())
    }
}

impl std::error::Error for SourceErrors {}

/// What is wrong with a revision file, apart from where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// Occurs when the operating system refuses to read a file or folder.
    #[error("cannot be read: {message}")]
    Unreadable {
        /// The operating system's kind of error.
        kind: io::ErrorKind,
        /// Its sentence.
        message: String,
    },
    /// Occurs when a folder of revisions does not exist.
    #[error("there is no such folder of revisions")]
    NoFolder,
    /// Occurs when a file is not UTF-8.
    #[error("the file is not UTF-8: byte {offset} begins no character")]
    NotUtf8 {
        /// Where the first wrong byte stands, counted from 0.
        offset: usize,
    },
    /// Occurs when a file holds nothing but white space.
    #[error("the file is empty")]
    Empty,
    /// Occurs when a `.sql` file has no header at all.
    #[error("the file has no header of a revision; it begins with `{first}`")]
    NoHeader {
        /// The first line that is not empty.
        first: String,
    },
    /// Occurs when a header has a key that is none.
    #[error("unknown header key `{key}`")]
    UnknownKey {
        /// The key as written.
        key: String,
        /// The key that was probably meant.
        suggestion: Option<&'static str>,
    },
    /// Occurs when a header has a key twice.
    #[error("header key `{key}` is already given on line {first}")]
    DuplicateKey {
        /// The key.
        key: &'static str,
        /// The line of the first one.
        first: u32,
    },
    /// Occurs when a header does not say the revision's id.
    #[error("the header has no `revision`")]
    NoId,
    /// Occurs when a header's `revision` names several.
    #[error("`{value}` is not one revision id: it has a comma")]
    SeveralIds {
        /// The value as written.
        value: String,
    },
    /// Occurs when a date is none.
    #[error("`{value}` is no date and time with an offset")]
    Created {
        /// The value as written.
        value: String,
    },
    /// Occurs when a `-- limbeck:` line has words that name no section.
    #[error("`{words}` names no section")]
    UnknownSection {
        /// What follows `limbeck:`.
        words: String,
        /// What was probably meant.
        suggestion: Option<&'static str>,
    },
    /// Occurs when SQL stands above the first section line.
    #[error("a statement stands before the first section")]
    BeforeSection,
    /// Occurs when a file has no upgrade section.
    #[error("the file has no upgrade section")]
    NoUpgrade,
    /// Occurs when a section cannot be split into statements.
    #[error("{0}")]
    Split(SplitError),
    /// Occurs when a section begins or ends a transaction itself.
    #[error("`{statement}` interferes with the transaction that limbeck keeps")]
    TransactionControl {
        /// The statement, cut where it is long.
        statement: String,
    },
    /// Occurs when a transactional section has a statement that PostgreSQL refuses there.
    #[error("{what} cannot run inside a transaction")]
    NeedsNoTransaction {
        /// The kind of statement.
        what: &'static str,
        /// The direction of the section: `upgrade` or `downgrade`.
        section: &'static str,
    },
    /// Occurs when a `.rs` file has no constant `REVISION` at its outer level.
    #[error("the file has no `const REVISION`")]
    NoRevision,
    /// Occurs when a `.rs` file has no function `upgrade` at its outer level.
    #[error("the file has no `fn upgrade`")]
    NoFunction,
    /// Occurs when a `REVISION` cannot be read without compiling it.
    #[error("{what} must be written out, so that it can be read without compiling")]
    NotLiteral {
        /// The part that is not literal.
        what: String,
    },
    /// Occurs when a `REVISION` is built with a word that is none.
    #[error("`Revision` has no word `{word}`")]
    UnknownWord {
        /// The word as written.
        word: String,
        /// The word that was probably meant.
        suggestion: Option<&'static str>,
    },
    /// Occurs when a `REVISION`, or the file in which it cannot be found, is no Rust.
    #[error("this is not valid Rust: {message}")]
    Syntax {
        /// The parser's sentence.
        message: String,
    },
    /// Occurs when an Alembic revision does not say what it must, or not in its own text.
    #[error("{message}")]
    Alembic {
        /// What is wrong.
        message: String,
    },
    /// Occurs when a `.py` file is not Python 3.
    #[error("{message}")]
    NotPython {
        /// What is wrong.
        message: String,
    },
    /// Occurs when a declaration of an Alembic revision is not known from the file alone.
    #[error("{message}")]
    OnlyPythonKnows {
        /// What is wrong.
        message: String,
        /// The key that settles it.
        key: String,
    },
    /// Occurs when a revision that stands in for one in Python says something else of itself.
    #[error(
        "`{variable}` is not as in {}, which has the same id: there it is `{value}`",
        python.display()
    )]
    NotAsInPython {
        /// The word or variable.
        variable: &'static str,
        /// What it is in Python.
        value: String,
        /// The file in Python.
        python: PathBuf,
    },
    /// Occurs when a file cannot be given other parents without touching what stands beside them.
    #[error("the parents cannot be rewritten: {reason}")]
    NotRewritable {
        /// What stands in the way.
        reason: String,
    },
    /// Occurs when a file is another than it was a moment ago.
    #[error("the file was changed by somebody else in the meantime")]
    Changed,
    /// Occurs when the operating system refuses to write a file.
    #[error("cannot be written: {message}")]
    Unwritable {
        /// Its sentence.
        message: String,
    },
    /// Occurs when a folder of another tool, or a file in it, cannot be taken over.
    #[error("{0}")]
    Takeover(TakeoverProblem),
    /// Occurs when a file on disk differs from what this program was compiled with.
    #[error("the file has changed since this program was compiled")]
    Stale,
    /// Occurs when this program was compiled with a file that its folder no longer has.
    #[error("this program was compiled with this file, and the file is gone")]
    Gone,
}

impl From<TakeoverProblem> for Problem {
    fn from(problem: TakeoverProblem) -> Self {
        Self::Takeover(problem)
    }
}

impl Problem {
    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::NoFolder => "`limbeck init` makes it".to_owned(),
            Self::NotUtf8 { .. } => "save the file as UTF-8".to_owned(),
            Self::Empty | Self::NoHeader { .. } | Self::NoId => {
                "begin the file with a line such as `-- revision: 9f3c1a7be204`; \
                 `limbeck revision --sql -m \"…\"` writes a whole file"
                    .to_owned()
            }
            Self::UnknownKey { suggestion, .. } => meant(
                *suggestion,
                "the keys are revision, down_revision, branch_labels, depends_on, created, message",
            ),
            Self::SeveralIds { .. } => "parents are named by `-- down_revision:`".to_owned(),
            Self::Created { .. } => "write it as 2026-11-20T09:12:44Z".to_owned(),
            Self::UnknownSection { suggestion, .. } => meant(
                *suggestion,
                "the sections are upgrade and downgrade, each also with no-transaction or \
                 new-transaction, and verify",
            ),
            Self::BeforeSection | Self::NoUpgrade => {
                "write `-- limbeck: upgrade` on a line above the statements".to_owned()
            }
            Self::Split(error) => error.hint()?.to_owned(),
            Self::Takeover(problem) => problem.hint()?,
            Self::TransactionControl { .. } => {
                "delete it; a section runs in one transaction, or without one after \
                 `-- limbeck: upgrade no-transaction`"
                    .to_owned()
            }
            Self::NeedsNoTransaction { section, .. } => {
                format!("write `-- limbeck: {section} no-transaction` on a line above it")
            }
            Self::NoRevision => {
                "write `pub const REVISION: Revision = Revision::new(\"…\");`".to_owned()
            }
            Self::NoFunction => {
                "write `pub fn upgrade(op: &mut Op) -> Result<()> { Ok(()) }`".to_owned()
            }
            Self::NotLiteral { .. } => {
                "`Revision::new(\"b\").down_revision(\"a\")`, with lists as `&[\"a\", \"b\"]`"
                    .to_owned()
            }
            Self::UnknownWord { suggestion, .. } => meant(
                *suggestion,
                "the words are down_revision, down_revisions, branch_labels, depends_on, created, \
                 message",
            ),
            Self::Stale | Self::Gone => "build the program again".to_owned(),
            Self::NotPython { .. } => "limbeck reads Python 3".to_owned(),
            Self::NotAsInPython { .. } => {
                "a revision with the same id as one in Python stands in for it, at the same place \
                 of the graph; give it another id where it is another revision"
                    .to_owned()
            }
            Self::OnlyPythonKnows { key, .. } => {
                format!(
                    "`\"{key}\" = \"…\"` below `[alembic.declarations]` in limbeck.toml settles it"
                )
            }
            Self::NotRewritable { .. } => "change them by hand".to_owned(),
            Self::Alembic { .. } => {
                "`revision = \"b\"` and `down_revision = \"a\"`, with several as `(\"a\", \"b\")`"
                    .to_owned()
            }
            Self::Changed => "run the command again".to_owned(),
            Self::Unreadable { .. }
            | Self::DuplicateKey { .. }
            | Self::Syntax { .. }
            | Self::Unwritable { .. } => {
                return None;
            }
        };
        Some(hint)
    }
}

fn meant(suggestion: Option<&str>, all: &str) -> String {
    suggestion.map_or_else(|| all.to_owned(), |word| format!("did you mean `{word}`?"))
}

/// Returns the word that a mistyped one probably stands for.
pub(super) fn suggest(typed: &str, words: &[&'static str]) -> Option<&'static str> {
    let typed = typed.to_lowercase();
    words
        .iter()
        .map(|word| (strsim::damerau_levenshtein(&typed, word), *word))
        .filter(|(distance, word)| *distance <= 1 + word.len() / 5)
        .min()
        .map(|(_, word)| word)
}
