//! Which objects a revision touches on its way up, read off its text and never run.
//!
//! SQL is read statement by statement. Of revisions in Rust and Python the calls of `op` are looked
//! at; what they are given must be written out, or be a constant of the file.

mod python;
mod rust;

use std::path::Path;

use super::{Code, normal, sql};
use crate::op::CompiledCode;
use crate::script::{Body, Segment};
use crate::sql::objects::{Kind, Object, Touched};

const TABLE: Kind = Kind::Relation("table");

impl Code {
    /// Returns the objects that the way up creates, changes or drops.
    pub(crate) fn touched(&self, path: &Path) -> Touched {
        match self {
            Self::Sql(text) => of_sections(text),
            Self::Compiled(compiled) => match compiled.code {
                CompiledCode::Rust { .. } => rust::touched(compiled.source),
                CompiledCode::Sql => of_sections(&normal(compiled.source)),
            },
            Self::NotCompiled(text) | Self::Stale(text) => rust::touched(text),
            Self::Alembic(text, _) => match self.script(path).map(|script| script.upgrade) {
                Ok(Body::Sql(segments)) => of_segments(&segments),
                _ => python::touched(text),
            },
            Self::Tool(_) => match self.script(path).map(|script| script.upgrade) {
                Ok(Body::Sql(segments)) => of_segments(&segments),
                _ => Touched::default(),
            },
            Self::Ledger(entry) => of_sections(entry.upgrade.as_deref().unwrap_or_default()),
        }
    }
}

fn of_sections(text: &str) -> Touched {
    match sql::bodies(text) {
        Ok(bodies) => of_segments(&bodies.upgrade.unwrap_or_default()),
        Err(fault) => Touched {
            unread: vec![fault.line],
            ..Touched::default()
        },
    }
}

fn of_segments(segments: &[Segment]) -> Touched {
    let mut touched = Touched::default();
    for statement in segments.iter().flat_map(|segment| &segment.statements) {
        touched.add(statement);
    }
    touched
}

fn add(touched: &mut Touched, kind: Kind, (schema, name): (Option<String>, String), line: u32) {
    let object = Object { kind, schema, name };
    touched.objects.push((object, line));
}

#[cfg(test)]
fn told(touched: &Touched) -> Vec<String> {
    let objects = touched.objects.iter();
    let objects = objects.map(|(object, line)| format!("{line} {object}"));
    let unread = touched.unread.iter().map(|line| format!("{line} ?"));
    objects.chain(unread).collect()
}
