//! What a revision file declares, read from its syntax tree.
//!
//! The variables `revision`, `down_revision`, `branch_labels` and `depends_on` are worth what the
//! module's own text makes of them. The docstring gives the message and the date, and never an id:
//! in many real files it no longer says what the code says.

mod calls;
mod constant;
mod function;
mod parents;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use ruff_python_ast::{Expr, Stmt};
use ruff_text_size::TextSize;

use self::constant::{Scope, Unknown, Value};

pub use calls::{Argument, Call, calls};
pub use function::Function;
pub use parents::{Literal, Parents, Unwritable, parents};

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
    /// Occurs when a file nests without end.
    #[error("{message}")]
    Deep {
        /// How deep is too deep.
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

/// What a person says of variables whose values are not known from the file alone: values under
/// `FILE.py.VARIABLE` or `REVISION.VARIABLE`, several separated by commas, none for `None`.
pub type Settled = BTreeMap<String, String>;

/// Reads a file; its name stands in for the id in files of Alembic 0.1, which set none.
#[must_use]
pub fn read(name: &str, source: &str) -> Read {
    read_settled(name, source, &Settled::new())
}

/// Reads a file of which a person knows more than it says.
#[must_use]
pub fn read_settled(name: &str, source: &str, settled: &Settled) -> Read {
    let source = source.strip_prefix('\u{feff}').unwrap_or(source);
    let parsed = match crate::python::parse(source) {
        Ok(parsed) => parsed,
        Err(deep) => {
            let message = deep.to_string();
            return Read {
                revision: None,
                faults: vec![Fault {
                    line: deep.line,
                    problem: Problem::Deep { message },
                }],
            };
        }
    };
    let mut reader = Reader {
        source,
        settled,
        known_as: vec![name.to_owned()],
        faults: Vec::new(),
    };
    if let Some(error) = parsed.errors().first() {
        let message = error.error.to_string();
        reader.fault(error.location.start(), Problem::Syntax { message });
    }
    let body = parsed.suite();
    let scope = Scope::of(body);
    let id = match scope.get("revision") {
        Some(_) => reader.one(&scope, "revision"),
        None => of_name(name).or_else(|| {
            reader.missing("revision");
            None
        }),
    };
    reader
        .known_as
        .extend(id.as_ref().map(|id| id.value.clone()));
    let down_revision = match scope.get("down_revision") {
        Some(_) => reader.several(&scope, "down_revision"),
        None => {
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

fn line_of(source: &str, offset: TextSize) -> u32 {
    let before = source.as_bytes().iter().take(offset.to_usize());
    let breaks = before.filter(|byte| **byte == b'\n').count();
    u32::try_from(breaks).unwrap_or(u32::MAX).saturating_add(1)
}

struct Reader<'a> {
    source: &'a str,
    settled: &'a Settled,
    /// The name of the file and, once it is known, the id.
    known_as: Vec<String>,
    faults: Vec<Fault>,
}

impl Reader<'_> {
    fn line(&self, offset: TextSize) -> u32 {
        line_of(self.source, offset)
    }

    fn fault(&mut self, offset: TextSize, problem: Problem) {
        let line = self.line(offset);
        self.faults.push(Fault { line, problem });
    }

    fn missing(&mut self, variable: &'static str) {
        let problem = Problem::Missing { variable };
        self.faults.push(Fault { line: 0, problem });
    }

    /// Returns what a person says of a variable, as if it stood in the file.
    fn settled(&self, variable: &str, offset: TextSize) -> Option<Value> {
        let mut keys = self.known_as.iter().map(|it| format!("{it}.{variable}"));
        let text = keys.find_map(|key| self.settled.get(&key))?;
        let names = text.split(',').map(str::trim);
        let mut items: Vec<Value> = names
            .filter(|name| !name.is_empty())
            .map(|name| Value::Text {
                offset,
                text: name.to_owned(),
            })
            .collect();
        Some(match items.len() {
            0 => Value::None { offset },
            1 => items.remove(0),
            _ => Value::Several {
                offset,
                items,
                mutable: false,
            },
        })
    }

    fn value<'s>(&mut self, scope: &'s Scope, variable: &'static str) -> Option<Cow<'s, Value>> {
        match scope.get(variable)? {
            Ok(value) => Some(Cow::Borrowed(value)),
            Err(Unknown { offset, reason }) => {
                if let Some(value) = self.settled(variable, *offset) {
                    return Some(Cow::Owned(value));
                }
                let reason = reason.to_string();
                self.fault(*offset, Problem::Unknown { variable, reason });
                None
            }
        }
    }

    fn one(&mut self, scope: &Scope, variable: &'static str) -> Option<Text> {
        let value = self.value(scope, variable)?;
        let found = self.text(&value);
        if found.is_none() {
            self.wrong(variable, &value, "a string");
        }
        found
    }

    /// Reads a text, several, or none; nothing where it is unknown, and no texts where it is not
    /// set.
    fn several(&mut self, scope: &Scope, variable: &'static str) -> Option<Vec<Text>> {
        if scope.get(variable).is_none() {
            return Some(Vec::new());
        }
        let expected = "a string, several, or None";
        let value = self.value(scope, variable)?;
        let items = match &*value {
            Value::None { .. } => return Some(Vec::new()),
            Value::Several { items, .. } => items.as_slice(),
            other => std::slice::from_ref(other),
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
