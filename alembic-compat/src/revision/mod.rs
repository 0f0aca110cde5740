//! What a revision file declares, read from its syntax tree.
//!
//! The variables `revision`, `down_revision`, `branch_labels` and `depends_on` are worth what the
//! module's own text makes of them. The docstring gives the message and the date, and never an id:
//! in many real files it no longer says what the code says.

mod constant;
mod function;

use std::fmt;

use ruff_python_ast::{Expr, Stmt};
use ruff_python_parser::parse_unchecked_source;
use ruff_text_size::TextSize;

use self::constant::{Scope, Unknown, Value};

pub use function::Function;

/// A text and the line it stands on (1-based).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// What it says.
    pub value: String,
    /// The line.
    pub line: u32,
}

/// What one file declares.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Revision {
    /// `revision`
    pub id: Text,
    /// `down_revision`: the parents; empty for a base.
    pub down_revision: Vec<Text>,
    /// `branch_labels`
    pub branch_labels: Vec<Text>,
    /// `depends_on`: ids or labels of what must be applied first.
    pub depends_on: Vec<Text>,
    /// The docstring, white space around it trimmed; empty where there is none.
    pub doc: String,
    /// `upgrade()`
    pub upgrade: Function,
    /// `downgrade()`
    pub downgrade: Function,
}

impl Revision {
    /// Returns the docstring up to its first empty line, which may be several lines.
    #[must_use]
    pub fn message(&self) -> &str {
        self.doc.split("\n\n").next().unwrap_or_default()
    }

    /// Returns what the docstring has after `Create Date:`, as it stands there.
    #[must_use]
    pub fn created(&self) -> Option<&str> {
        let mut lines = self.doc.lines();
        let date = lines.find_map(|line| line.trim().strip_prefix("Create Date:"))?;
        Some(date.trim()).filter(|date| !date.is_empty())
    }
}

/// What was read, and what could not be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Read {
    /// The revision; none where its id or its parents are not known.
    pub revision: Option<Revision>,
    /// What is wrong, in the order of the lines.
    pub faults: Vec<Fault>,
}

/// What is wrong in a file, and on which line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The line (1-based); 0 where the file as a whole is meant.
    pub line: u32,
    /// What is wrong there.
    pub problem: Problem,
}

impl fmt::Display for Fault {
    /// `line: what is wrong`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line > 0 {
            write!(f, "{}: ", self.line)?;
        }
        write!(f, "{}", self.problem)
    }
}

/// What can be wrong with a declaration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// Occurs when a file is not Python 3.
    #[error("this is not valid Python: {message}")]
    Syntax {
        /// The parser's sentence.
        message: String,
    },
    /// Occurs when a file does not set a variable that it must have.
    #[error("the file does not set `{variable}`")]
    Missing {
        /// The variable.
        variable: &'static str,
    },
    /// Occurs when what a variable is worth is not known from the file alone.
    #[error("what `{variable}` is cannot be read without running Python: {reason}")]
    Unknown {
        /// The variable.
        variable: &'static str,
        /// What stands in the way.
        reason: String,
    },
    /// Occurs when a variable is something else than the texts it should be.
    #[error("`{variable}` is {found}, not {expected}")]
    Type {
        /// The variable.
        variable: &'static str,
        /// What it is.
        found: &'static str,
        /// What it should be.
        expected: &'static str,
    },
}

/// What is said of a file from outside, in the place of what it sets itself.
///
/// It settles what cannot be known from the file alone, such as labels that are constants of the
/// project.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Declared {
    /// `revision`
    pub revision: Option<String>,
    /// `down_revision`
    pub down_revision: Option<Vec<String>>,
    /// `branch_labels`
    pub branch_labels: Option<Vec<String>>,
    /// `depends_on`
    pub depends_on: Option<Vec<String>>,
}

impl Declared {
    /// Returns what is said of a variable.
    fn of(&self, variable: &str) -> Option<&[String]> {
        match variable {
            "revision" => self.revision.as_ref().map(std::slice::from_ref),
            "down_revision" => self.down_revision.as_deref(),
            "branch_labels" => self.branch_labels.as_deref(),
            _ => self.depends_on.as_deref(),
        }
    }
}

/// Reads a file; its name stands in for the id in files of Alembic 0.1, which set none.
#[must_use]
pub fn read(name: &str, source: &str) -> Read {
    read_declared(name, source, &Declared::default())
}

/// Reads a file of which something is said from outside.
#[must_use]
pub fn read_declared(name: &str, source: &str, declared: &Declared) -> Read {
    let source = source.strip_prefix('\u{feff}').unwrap_or(source);
    let parsed = parse_unchecked_source(source, ruff_python_ast::PySourceType::Python);
    let mut reader = Reader {
        source,
        declared,
        faults: Vec::new(),
    };
    if let Some(error) = parsed.errors().first() {
        let message = error.error.to_string();
        reader.fault(error.location.start(), Problem::Syntax { message });
    }
    let body = parsed.suite();
    let scope = Scope::of(body);
    let sets = |variable| scope.get(variable).is_some() || declared.of(variable).is_some();
    let id = match sets("revision") {
        true => reader.one(&scope, "revision"),
        false => of_name(name).or_else(|| {
            reader.missing("revision");
            None
        }),
    };
    let down_revision = match sets("down_revision") {
        true => reader.several(&scope, "down_revision"),
        false => {
            reader.missing("down_revision");
            None
        }
    };
    let revision = id.zip(down_revision).map(|(id, down_revision)| Revision {
        id,
        down_revision,
        branch_labels: reader.several(&scope, "branch_labels").unwrap_or_default(),
        depends_on: reader.several(&scope, "depends_on").unwrap_or_default(),
        doc: docstring(body),
        upgrade: Function::find(body, "upgrade", |offset| reader.line(offset)),
        downgrade: Function::find(body, "downgrade", |offset| reader.line(offset)),
    });
    let mut faults = reader.faults;
    faults.sort_by_key(|fault| fault.line);
    Read { revision, faults }
}

/// Reads the id from a name such as `1975ea83b712.py`.
fn of_name(name: &str) -> Option<Text> {
    let end = name.find(|c: char| !matches!(c, '0'..='9' | 'a'..='f'))?;
    let (id, rest) = name.split_at(end);
    let value = id.to_owned();
    (rest == ".py" && !id.is_empty()).then_some(Text { value, line: 0 })
}

fn docstring(body: &[Stmt]) -> String {
    match body.first() {
        Some(Stmt::Expr(first)) => match &*first.value {
            Expr::StringLiteral(text) => text.value.to_str().trim().to_owned(),
            _ => String::new(),
        },
        _ => String::new(),
    }
}

struct Reader<'a> {
    source: &'a str,
    declared: &'a Declared,
    faults: Vec<Fault>,
}

impl Reader<'_> {
    fn line(&self, offset: TextSize) -> u32 {
        let before = self.source.as_bytes().iter().take(offset.to_usize());
        let breaks = before.filter(|byte| **byte == b'\n').count();
        u32::try_from(breaks).unwrap_or(u32::MAX).saturating_add(1)
    }

    fn fault(&mut self, offset: TextSize, problem: Problem) {
        let line = self.line(offset);
        self.faults.push(Fault { line, problem });
    }

    fn missing(&mut self, variable: &'static str) {
        let problem = Problem::Missing { variable };
        self.faults.push(Fault { line: 0, problem });
    }

    fn value<'s>(&mut self, scope: &'s Scope, variable: &'static str) -> Option<&'s Value> {
        match scope.get(variable)? {
            Ok(value) => Some(value),
            Err(Unknown { offset, reason }) => {
                let reason = reason.to_string();
                self.fault(*offset, Problem::Unknown { variable, reason });
                None
            }
        }
    }

    /// Returns what is said of a variable from outside, with the line on which the file sets it.
    fn settled(&self, scope: &Scope, variable: &'static str) -> Option<Vec<Text>> {
        let line = match scope.get(variable) {
            Some(Ok(value)) => self.line(value.offset()),
            Some(Err(unknown)) => self.line(unknown.offset),
            None => 0,
        };
        let texts = self.declared.of(variable)?.iter();
        let texts = texts.map(|value| Text {
            value: value.clone(),
            line,
        });
        Some(texts.collect())
    }

    fn one(&mut self, scope: &Scope, variable: &'static str) -> Option<Text> {
        if let Some(settled) = self.settled(scope, variable) {
            return settled.into_iter().next();
        }
        let value = self.value(scope, variable)?;
        let found = self.text(value);
        if found.is_none() {
            self.wrong(variable, value, "a string");
        }
        found
    }

    /// Reads a text, several, or none; nothing where it is unknown, and no texts where it is not
    /// set.
    fn several(&mut self, scope: &Scope, variable: &'static str) -> Option<Vec<Text>> {
        if let Some(settled) = self.settled(scope, variable) {
            return Some(settled);
        }
        if scope.get(variable).is_none() {
            return Some(Vec::new());
        }
        let expected = "a string, several, or None";
        let value = self.value(scope, variable)?;
        let (items, _) = match value {
            Value::None { .. } => return Some(Vec::new()),
            Value::Several { items, mutable, .. } => (items.as_slice(), mutable),
            other => (std::slice::from_ref(other), &false),
        };
        let mut texts = Vec::with_capacity(items.len());
        for item in items {
            match self.text(item) {
                Some(text) => texts.push(text),
                None => {
                    self.wrong(variable, item, expected);
                    return None;
                }
            }
        }
        Some(texts)
    }

    fn text(&self, value: &Value) -> Option<Text> {
        match value {
            Value::Text { offset, text } => Some(Text {
                value: text.clone(),
                line: self.line(*offset),
            }),
            _ => None,
        }
    }

    fn wrong(&mut self, variable: &'static str, value: &Value, expected: &'static str) {
        let found = value.kind();
        self.fault(
            value.offset(),
            Problem::Type {
                variable,
                found,
                expected,
            },
        );
    }
}

#[cfg(test)]
mod tests;
