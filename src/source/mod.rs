//! Where revisions come from: folders of files, what a program was compiled with, the ledger.
//!
//! A source hands in declarations, not yet believed, each with the code it belongs to; whether the
//! declarations fit together is the graph's concern. Headers are read at once, bodies when asked
//! for: most commands never look at one.

mod alembic;
mod error;
mod folder;
mod gate;
mod instead;
mod ledger;
mod read;
pub mod reparent;
mod rust;
mod snapshot;
mod sql;
pub mod takeover;
pub mod template;
mod touched;
mod translation;
mod versions;

use std::borrow::Cow;
use std::ffi::OsStr;
use std::path::Path;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::declaration::Declaration;
use crate::op::{self, CompiledCode, CompiledRevision};
use crate::script::{Body, Checksum, Script};

pub use alembic::{Draft, Python};
pub use error::{Problem, SourceError, SourceErrors};
pub use folder::{Folders, Location};
pub use gate::{Gate, Opener};
pub use ledger::LedgerRevision;
pub use snapshot::Snapshot;
pub use sql::{Section, is_section_line, sections};
pub use takeover::{Legacy, Repeat, Repeatable, Takeover, Takeovers};

/// Something that revisions can be loaded from.
pub trait Source {
    /// Reads what is there.
    ///
    /// What is wrong stops nothing: the healthy part is loaded, and all that is wrong is reported
    /// beside it.
    fn load(&self) -> Loading;
}

/// What was read once can be handed in again.
impl Source for Loading {
    fn load(&self) -> Loading {
        self.clone()
    }
}

/// What a source had, and what was wrong with it.
#[derive(Clone, Debug, Default)]
pub struct Loading {
    /// In the order of the files.
    pub loaded: Vec<Loaded>,
    /// Files that run again and again, in the order in which they run.
    pub repeatables: Vec<Repeatable>,
    /// In the order of the files.
    pub errors: Vec<SourceError>,
}

impl Loading {
    /// Adds what another source had.
    pub(crate) fn join(&mut self, mut other: Self) {
        self.errors.append(&mut other.errors);
        self.repeatables.append(&mut other.repeatables);
        if self.loaded.is_empty() {
            self.loaded = other.loaded;
        } else {
            self.loaded.append(&mut other.loaded);
        }
    }

    /// Lets revisions of limbeck stand in for those in Python that have the same ids, which are
    /// returned.
    pub(crate) fn let_stand_in(&mut self) -> Vec<Loaded> {
        instead::of_python(self)
    }
}

/// One revision as a source handed it in.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// What it says of itself.
    pub declaration: Box<Declaration>,
    /// What it runs.
    pub code: Code,
}

/// The code of a revision, not yet taken apart.
#[derive(Clone, Debug)]
pub enum Code {
    /// The text of a SQL revision.
    Sql(Box<str>),
    /// A revision that this program was compiled with.
    Compiled(&'static CompiledRevision),
    /// The text of an Alembic revision, and what is known of its project.
    Alembic(Box<str>, Arc<Python>),
    /// The text of a Rust-coded revision that this program was not compiled with.
    NotCompiled(Box<str>),
    /// The text of a Rust-coded revision that differs from what this program was compiled with.
    Stale(Box<str>),
    /// A migration of another tool.
    Tool(Box<takeover::Step>),
    /// What the ledger kept.
    Ledger(Box<LedgerRevision>),
}

impl Code {
    /// Takes a text as the code of a file with this name.
    fn of_file(name: &OsStr, text: Box<str>, python: &Arc<Python>) -> Self {
        if read::is_sql(name) {
            Self::Sql(text)
        } else if read::is_python(name) {
            Self::Alembic(text, Arc::clone(python))
        } else {
            Self::NotCompiled(text)
        }
    }

    /// Returns the text of the file, with plain line ends; none where there is no file.
    #[must_use]
    pub fn text(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Sql(text)
            | Self::Alembic(text, _)
            | Self::NotCompiled(text)
            | Self::Stale(text) => Some(Cow::Borrowed(text)),
            Self::Compiled(compiled) => Some(normal(compiled.source)),
            Self::Tool(step) => Some(Cow::Borrowed(step.text())),
            Self::Ledger(_) => None,
        }
    }

    /// Returns whether the way down is what a program makes of the way up when it is compiled.
    pub(crate) fn derives_downgrade(&self) -> bool {
        match self {
            Self::NotCompiled(text) | Self::Stale(text) => {
                limbeck_build::outline(text).downgrade.is_none()
            }
            Self::Sql(_)
            | Self::Alembic(..)
            | Self::Compiled(_)
            | Self::Tool(_)
            | Self::Ledger(_) => false,
        }
    }

    /// Takes the code apart; `path` is where it came from.
    ///
    /// # Errors
    /// Fails with the first thing that is wrong in the body, and when the program is stale.
    pub fn script(&self, path: &Path) -> Result<Script, SourceError> {
        match self {
            Self::Sql(text) => {
                let mut script = sql::script(path, text)?;
                script.checksum = checksum(text);
                Ok(script)
            }
            Self::Alembic(text, python) => Ok(alembic::script(text, python, checksum(text))),
            Self::Compiled(compiled) => match compiled.code {
                CompiledCode::Rust {
                    upgrade, downgrade, ..
                } => Ok(Script {
                    upgrade: Body::Code(op::Code::new(upgrade)),
                    downgrade: match downgrade {
                        Some(downgrade) => Body::Code(op::Code::new(downgrade)),
                        None => Body::Reversed(op::Code::new(upgrade)),
                    },
                    downgrade_path: None,
                    verify: Vec::new(),
                    checksum: self.checksum().to_string(),
                }),
                CompiledCode::Sql => {
                    let mut script = sql::script(path, &normal(compiled.source))?;
                    script.checksum = self.checksum().to_string();
                    Ok(script)
                }
            },
            Self::NotCompiled(text) => Ok(Script {
                upgrade: Body::NotCompiled,
                downgrade: Body::NotCompiled,
                downgrade_path: None,
                verify: Vec::new(),
                checksum: checksum(text),
            }),
            Self::Stale(_) => Err(SourceError::new(path, 0, Problem::Stale)),
            Self::Tool(step) => step.script(),
            Self::Ledger(entry) => entry.script(path),
        }
    }

    /// Returns the sections of a SQL revision as they are written; none for any other.
    pub(crate) fn sections(&self) -> Option<Vec<(Section, String)>> {
        match self {
            Self::Sql(text) => sql::written(text),
            Self::Compiled(compiled) if matches!(compiled.code, CompiledCode::Sql) => {
                sql::written(&normal(compiled.source))
            }
            _ => None,
        }
    }

    /// The same revision with another text.
    pub(crate) fn with_text(&self, text: &str) -> Self {
        match self {
            Self::Sql(_) => Self::Sql(text.into()),
            Self::Alembic(_, python) => Self::Alembic(text.into(), Arc::clone(python)),
            Self::NotCompiled(_) => Self::NotCompiled(text.into()),
            Self::Compiled(compiled) if matches!(compiled.code, CompiledCode::Sql) => {
                Self::Sql(text.into())
            }
            Self::Compiled(_) | Self::Stale(_) => Self::Stale(text.into()),
            Self::Tool(_) | Self::Ledger(_) => self.clone(),
        }
    }

    /// Returns the SHA-256 of the text as lower-case hex, whatever its line ends were.
    #[must_use]
    pub fn checksum(&self) -> Checksum {
        match (self, self.text()) {
            (Self::Ledger(entry), _) => Checksum::parse(&entry.checksum),
            (_, text) => {
                let text = text.unwrap_or_default();
                Checksum::Sha256(Sha256::digest(text.as_bytes()).into())
            }
        }
    }

    /// Returns all that the author wrote of it, where that is more than a message.
    pub(crate) fn doc(&self, path: &Path) -> Option<String> {
        match self {
            Self::Alembic(text, _) => alembic::doc(path, text),
            Self::Sql(_)
            | Self::Compiled(_)
            | Self::NotCompiled(_)
            | Self::Stale(_)
            | Self::Tool(_)
            | Self::Ledger(_) => None,
        }
    }

    /// Tells why a way down that a file has is none.
    ///
    /// Only for files that hold both ways and are sound or not as a whole there is nothing to tell.
    ///
    /// # Errors
    /// Fails with the first thing that is wrong there.
    pub(crate) fn check_downgrade(&self) -> Result<(), SourceError> {
        match self {
            Self::Tool(step) => step.check_downgrade(),
            _ => Ok(()),
        }
    }

    /// Whether the table of the tool that a migration comes from is kept in step.
    pub(crate) fn is_mirrored(&self) -> bool {
        matches!(self, Self::Tool(step) if step.is_mirrored())
    }

    /// Returns what the tool that a migration comes from knows of it.
    pub(crate) fn legacy(&self) -> Option<Legacy> {
        match self {
            Self::Tool(step) => Some(step.legacy()),
            _ => None,
        }
    }

    /// Returns what is known of the two functions of a revision in Python, `upgrade()` first.
    pub(crate) fn drafts(&self) -> Option<[Option<Draft>; 2]> {
        match self {
            Self::Alembic(text, python) => Some(alembic::drafts(text, python)),
            _ => None,
        }
    }

    /// Reads the declaration once more, for a graph that is built anew.
    pub(crate) fn declare(&self, path: &Path) -> Option<Box<Declaration>> {
        let declaration = match self {
            Self::Sql(text) => sql::declare(path, text, &mut Vec::new()),
            Self::Alembic(text, python) => alembic::declare(path, text, python, &mut Vec::new()),
            Self::Compiled(compiled) => declare_compiled(compiled, &mut Vec::new()),
            Self::NotCompiled(text) | Self::Stale(text) => {
                rust::declare(path, text, &mut Vec::new())
            }
            Self::Tool(step) => Some(step.declaration().clone()),
            Self::Ledger(entry) => Some(entry.declare()),
        };
        declaration.map(Box::new)
    }
}

fn declare_compiled(
    compiled: &CompiledRevision,
    errors: &mut Vec<SourceError>,
) -> Option<Declaration> {
    let path = Path::new(compiled.path);
    match compiled.code {
        CompiledCode::Rust { .. } => rust::declare(path, compiled.source, errors),
        CompiledCode::Sql => sql::declare(path, &normal(compiled.source), errors),
    }
}

fn checksum(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()))
}

/// Writes bytes as lower-case hex.
fn hex(bytes: &[u8]) -> String {
    let mut hex = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        for half in [byte >> 4, byte & 15] {
            hex.push(char::from(b"0123456789abcdef"[usize::from(half)]));
        }
    }
    hex
}

/// Returns a text without byte order mark and with plain line ends.
fn normal(text: &str) -> Cow<'_, str> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.as_bytes().contains(&b'\r') {
        text.replace("\r\n", "\n").into()
    } else {
        text.into()
    }
}
