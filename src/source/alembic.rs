//! The revisions of an Alembic project: Python files, read and never run.
//!
//! What a file declares is read from its syntax tree by `alembic_compat`; what its functions do is its
//! translation.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use alembic_compat::revision::{self, Function, Revision, Text};
use alembic_compat::translate::{Change, Direction, Settings, Translator, change};
use chrono::{DateTime, FixedOffset, NaiveDateTime};

use super::error::{Problem, SourceError};
use super::translation;
use super::{Code, Loaded};
use crate::declaration::{Claim, Declaration, Format};
use crate::script::{Body, Foreign, Script, Segment};

/// What a person says of an Alembic project, beside its revisions.
#[derive(Clone, Debug, Default)]
pub struct Python {
    /// Declarations whose values are not known from the files alone, under
    /// `REVISION.VARIABLE` or `FILE.py.VARIABLE`.
    declarations: revision::Settled,
    /// What the translation of its functions relies on, and the modules that it has read.
    translator: Arc<Mutex<Translator>>,
}

impl Python {
    /// What is known of a project.
    #[must_use]
    pub fn new(declarations: revision::Settled, translation: Settings) -> Self {
        Self {
            declarations,
            translator: Arc::new(Mutex::new(Translator::new(translation))),
        }
    }

    /// Returns what is known of revisions that are loaded beside this, which changes SQLAlchemy.
    fn beside(&self, what: &str) -> Arc<Self> {
        let mut settings = self.translator().settings().clone();
        settings.changed = Some(what.to_owned());
        Arc::new(Self::new(self.declarations.clone(), settings))
    }

    pub(super) fn translator(&self) -> MutexGuard<'_, Translator> {
        // What it keeps is written once, and whole.
        self.translator
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads the declaration of an Alembic revision.
///
/// Returns one where the revision's id and parents are known, errors or not.
pub(super) fn declare(
    path: &Path,
    text: &str,
    python: &Python,
    errors: &mut Vec<SourceError>,
) -> Option<Declaration> {
    let read = revision::read_settled(&name(path), text, &python.declarations);
    for fault in read.faults {
        let message = fault.problem.to_string();
        let problem = match fault.problem {
            revision::Problem::Unknown { variable, .. } => Problem::OnlyPythonKnows {
                message,
                key: match &read.revision {
                    Some(revision) => format!("{}.{variable}", revision.id.value),
                    None => format!("{}.{variable}", name(path)),
                },
            },
            revision::Problem::Syntax { .. } => Problem::NotPython { message },
            _ => Problem::Alembic { message },
        };
        errors.push(SourceError::new(path, fault.line, problem));
    }
    let revision = read.revision?;
    let message = revision.message().split_whitespace();
    Some(Declaration {
        message: message.collect::<Vec<_>>().join(" "),
        created: revision.created().and_then(date),
        revision: claim(revision.id),
        down_revision: claims(revision.down_revision),
        depends_on: claims(revision.depends_on),
        branch_labels: claims(revision.branch_labels),
        path: Some(path.into()),
        format: Format::Alembic,
    })
}

/// Tells the revisions in Python what one of them changes of SQLAlchemy for all others: Alembic loads
/// them together.
pub(super) fn tell_changes(loaded: &mut [Loaded]) {
    let changes = loaded.iter().enumerate().filter_map(|(at, loaded)| {
        let Code::Alembic(text, _) = &loaded.code else {
            return None;
        };
        let changes = text.lines().any(may_change);
        let change = changes.then(|| change(text)).flatten()?;
        let path = loaded
            .declaration
            .path
            .as_deref()
            .map_or_else(String::new, name);
        let Change { line, what } = change;
        Some((at, format!("`{path}`, line {line}, which {what}")))
    });
    let changes: Vec<(usize, String)> = changes.collect();
    if changes.is_empty() {
        return;
    }
    // One for all that are told the same.
    let mut told: HashMap<usize, Arc<Python>> = HashMap::new();
    for (at, loaded) in loaded.iter_mut().enumerate() {
        let other = changes.iter().find(|(other, _)| *other != at);
        if let (Code::Alembic(_, python), Some((other, what))) = (&mut loaded.code, other) {
            let told = told.entry(*other).or_insert_with(|| python.beside(what));
            *python = Arc::clone(told);
        }
    }
}

/// Tells whether a line at the module's own level may change what is not the module's, so that few
/// files have to be parsed for it.
fn may_change(line: &str) -> bool {
    if line.starts_with([' ', '\t', '#', ')', ']', '}']) {
        return false;
    }
    let target = line.split(['=', '(', '[', ' ']).next().unwrap_or_default();
    let after = line[target.len()..].trim_start();
    let sets = target.contains('.') && after.starts_with('=') && !after.starts_with("==");
    let calls = [
        "compiles(",
        "listen(",
        "listens_for(",
        "implementation_for(",
        "setattr(",
    ];
    sets || line.contains('(') && calls.iter().any(|call| line.contains(call))
}

/// Returns what there is to run: the translation, or why there is none.
pub(super) fn script(text: &str, python: &Python, checksum: String) -> Script {
    let translator = python.translator();
    let body = |direction| match translator.function(text, direction) {
        Function::Absent => Body::Absent,
        Function::Empty { .. } => Body::Sql(Vec::new()),
        Function::Raises { line } => Body::Raises { line },
        Function::Code { .. } => translation::body(text, direction, &translator),
    };
    Script {
        upgrade: body(Direction::Upgrade),
        downgrade: body(Direction::Downgrade),
        downgrade_path: None,
        verify: Vec::new(),
        checksum,
    }
}

/// What is known of a function, for a person who writes it once more.
#[derive(Clone, Debug)]
pub struct Draft {
    /// What it does, up to what cannot be translated.
    pub segments: Vec<Segment>,
    /// What cannot be, where there is something.
    pub stopped: Option<Foreign>,
}

/// Returns what is known of `upgrade()` and `downgrade()`; none where the file has no such function,
/// or one that only raises an exception.
pub(super) fn drafts(text: &str, python: &Python) -> [Option<Draft>; 2] {
    let translator = python.translator();
    let draft = |direction| match translator.function(text, direction) {
        Function::Absent | Function::Raises { .. } => None,
        Function::Empty { .. } => Some(Draft {
            segments: Vec::new(),
            stopped: None,
        }),
        Function::Code { .. } => Some(translation::draft(text, direction, &translator)),
    };
    [draft(Direction::Upgrade), draft(Direction::Downgrade)]
}

/// Returns the docstring.
pub(super) fn doc(path: &Path, text: &str) -> Option<String> {
    parse(path, text).map(|revision| revision.doc)
}

fn parse(path: &Path, text: &str) -> Option<Revision> {
    revision::read(&name(path), text).revision
}

fn name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

fn claim(text: Text) -> Claim {
    Claim::new(text.value, text.line)
}

fn claims(texts: Vec<Text>) -> Vec<Claim> {
    texts.into_iter().map(claim).collect()
}

/// Reads a date as Python writes one; one without an offset is taken as UTC.
fn date(text: &str) -> Option<DateTime<FixedOffset>> {
    let text = text.replacen('T', " ", 1);
    let with_offset = DateTime::parse_from_str(&text, "%Y-%m-%d %H:%M:%S%.f%:z");
    with_offset.ok().or_else(|| {
        let local = NaiveDateTime::parse_from_str(&text, "%Y-%m-%d %H:%M:%S%.f");
        Some(local.ok()?.and_utc().fixed_offset())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATH: &str = "versions/a.py";

    #[test]
    fn a_declaration_is_read_with_the_line_of_each_claim() {
        let text = "'''add\nusers\n\nCreate Date: 2025-01-15 10:00:00.1234567\n'''\n\
                    revision = 'b'\ndown_revision = ('a', 'x')\nbranch_labels = 'users'\n\
                    def upgrade(): pass\ndef downgrade():\n  raise Exception\n";
        let mut errors = Vec::new();
        let read = declare(Path::new(PATH), text, &Python::default(), &mut errors).unwrap();
        assert_eq!(errors, []);
        assert_eq!(read.revision, Claim::new("b", 6));
        assert_eq!(read.down_revision, [Claim::new("a", 7), Claim::new("x", 7)]);
        assert_eq!(read.branch_labels, [Claim::new("users", 8)]);
        assert_eq!(read.message, "add users");
        assert!(read.created.is_some());
        let script = script(text, &Python::default(), String::new());
        assert!(matches!(script.upgrade, Body::Sql(ref segments) if segments.is_empty()));
        assert!(matches!(script.downgrade, Body::Raises { line: 11 }));
    }

    #[test]
    fn what_is_not_known_is_an_error_with_its_line() {
        let mut errors = Vec::new();
        let text = "revision = 'a'\ndown_revision = f()\n";
        assert_eq!(
            declare(Path::new(PATH), text, &Python::default(), &mut errors),
            None
        );
        assert_eq!(
            errors[0].to_string(),
            "versions/a.py:2: what `down_revision` is cannot be read without running Python: a call \
             has to be evaluated"
        );
    }

    #[test]
    fn dates_are_read_in_each_form_that_python_writes() {
        for (text, expected) in [
            (
                "2025-01-15 10:00:00.123456",
                "2025-01-15T10:00:00.123456+00:00",
            ),
            ("2025-01-15 10:00:00", "2025-01-15T10:00:00+00:00"),
            ("2025-01-15T10:00:00", "2025-01-15T10:00:00+00:00"),
            (
                "2025-01-15 10:00:00.1234567",
                "2025-01-15T10:00:00.123456700+00:00",
            ),
            (
                "2025-01-15 10:00:00.5+11:00",
                "2025-01-15T10:00:00.500+11:00",
            ),
        ] {
            assert_eq!(date(text).unwrap().to_rfc3339(), expected);
        }
        assert_eq!(date("yesterday"), None);
    }
}
