//! The sections of a revision that was in Python: what each function does, or as much as is known of
//! it and why not all.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::path::Path;

use crate::op::Reads;
use crate::replay::{Question, Tried};
use crate::script::{Body, Direction, Foreign};
use crate::source::{Draft, Section, sections};

/// What became of a function.
pub(super) struct Written {
    pub(super) direction: Direction,
    pub(super) outcome: Outcome,
}

/// How much of a function is written.
pub(super) enum Outcome {
    /// All that it does, whatever database it runs on.
    Whole,
    /// What it did in a database made from the graph alone, which it asked for the schema.
    Tried,
    /// The beginning; the rest is for a person.
    Left(Reason, Foreign),
}

/// Why a function is not written as a whole.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Reason {
    /// It cannot be translated.
    Untranslated,
    /// It asks the database, and none was asked.
    Asks,
    /// It asks for more than the schema.
    ReadsRows,
    /// It cannot run on a database without rows.
    Fails,
    /// What it stands on cannot run there, so that it was not tried.
    Behind,
}

impl Reason {
    /// Returns the word for programs.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Untranslated => "not_translated",
            Self::Asks => "asks_database",
            Self::ReadsRows => "reads_rows",
            Self::Fails => "fails",
            Self::Behind => "not_tried",
        }
    }
}

/// A function in Python that is written once more.
pub(super) struct Source<'a> {
    pub(super) direction: Direction,
    /// The file.
    pub(super) path: &'a Path,
    /// Its text.
    pub(super) text: &'a str,
    /// What is known of it without a database.
    pub(super) draft: Draft,
    /// What is run of it.
    pub(super) body: Body,
    /// What became of it where it was tried.
    pub(super) tried: Option<&'a Tried>,
}

impl Source<'_> {
    /// Returns its section.
    pub(super) fn write(&self) -> (String, Written) {
        let (text, outcome) = match (&self.draft.stopped, self.tried) {
            (None, _) => (self.begun(), Outcome::Whole),
            (Some(_), Some(Tried::Sent { sql, asked })) => (self.told(sql, asked), Outcome::Tried),
            (Some(stopped), tried) => {
                let (reason, why) = self.why(stopped, tried);
                let text = self.begun() + &self.rest(stopped.line, &why);
                (text, Outcome::Left(reason, why))
            }
        };
        let direction = self.direction;
        (text, Written { direction, outcome })
    }

    fn section(&self) -> Section {
        match self.direction {
            Direction::Downgrade => Section::Downgrade,
            Direction::Upgrade | Direction::Stamp => Section::Upgrade,
        }
    }

    fn file(&self) -> String {
        let name = self.path.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    }

    /// What is known without a database.
    fn begun(&self) -> String {
        sections(&self.draft.segments, self.section())
    }

    /// A statement that says what is missing when it is run.
    fn rest(&self, line: u32, why: &Foreign) -> String {
        let file = self.file();
        let direction = self.direction;
        let mut reason = one_line(&why.reason);
        if why.line != line && why.line != 0 {
            let _ = write!(reason, " (line {})", why.line);
        }
        format!(
            "-- {file}:{line}: from here on it is for a person to write, since it\n-- {reason}.\n\
             DO $limbeck$ BEGIN RAISE EXCEPTION 'the rest of this {direction} is not written yet'; \
             END $limbeck$;\n"
        )
    }

    /// What was sent, with what was asked before it at the head.
    fn told(&self, sql: &str, asked: &[Question]) -> String {
        let file = self.file();
        let (first, rest) = sql.split_once('\n').unwrap_or((sql, ""));
        let mut text = format!(
            "{first}\n-- {file} asks the database what to do. This is what it did in one made from the\n\
             -- revisions alone, which it asked:\n"
        );
        let mut seen = HashSet::new();
        for question in asked {
            let line = format!("--   {}: {}\n", question.line, self.words(question));
            if !seen.contains(&line) {
                text.push_str(&line);
                seen.insert(line);
            }
        }
        text.push_str(rest);
        text
    }

    /// Returns a question as its author wrote it: an inspector's is the line of Python.
    fn words(&self, question: &Question) -> String {
        let at = usize::try_from(question.line).unwrap_or_default();
        let line = at.checked_sub(1).and_then(|at| self.text.lines().nth(at));
        match line.map(str::trim) {
            Some(line) if question.reads == Reads::Catalog && !line.is_empty() => one_line(line),
            _ => one_line(&question.sql),
        }
    }

    fn why(&self, stopped: &Foreign, tried: Option<&Tried>) -> (Reason, Foreign) {
        let because = |line, reason| Foreign { line, reason };
        match tried {
            Some(Tried::ReadRows(question)) => {
                let sql = one_line(&question.sql);
                let reason = format!("decides by more than the schema, with `{sql}`");
                (Reason::ReadsRows, because(question.line, reason))
            }
            Some(Tried::Failed(why)) => {
                let line = match why.line {
                    0 => stopped.line,
                    line => line,
                };
                (Reason::Fails, because(line, why.reason.clone()))
            }
            Some(Tried::Behind(revision)) => {
                let reason = format!(
                    "asks the database, and was not tried, since `{revision}` cannot run on a \
                     throw-away one"
                );
                (Reason::Behind, because(stopped.line, reason))
            }
            _ => match &self.body {
                Body::Asking { .. } => (Reason::Asks, stopped.clone()),
                Body::Foreign(why) => (Reason::Untranslated, why.clone()),
                _ => (Reason::Untranslated, stopped.clone()),
            },
        }
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
