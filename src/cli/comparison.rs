//! How two schemas differ, as a table and as JSON.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr;

use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;
use super::paint::Paint;
use super::text;
use crate::heads::Heads;
use crate::schema::model::Model;
use crate::schema::{Aspects, Change, Difference, compare, fingerprint};

/// A schema, and what it is called.
#[derive(Clone, Debug)]
pub struct Side<'a> {
    /// Such as `revision 0003`.
    pub name: String,
    /// The schema.
    pub model: &'a Model,
}

impl Side<'_> {
    fn json(&self, ignored: &Aspects) -> Value {
        json!({ "name": self.name, "fingerprint": fingerprint(self.model, ignored) })
    }
}

/// Returns what a schema is called that the revisions up to these heads make.
#[must_use]
pub fn name_of(heads: &Heads) -> String {
    match heads.len() {
        0 => "an empty database".to_owned(),
        1 => format!("revision {heads}"),
        _ => format!("revisions {heads}"),
    }
}

/// Compares two schemas and tells how they differ; exits with 4 where they do.
///
/// # Errors
/// Fails when stdout cannot be written.
pub fn answer(
    expected: &Side<'_>,
    actual: &Side<'_>,
    ignored: &Aspects,
    context: &mut Context<'_>,
) -> Result<Exit, Failure> {
    let differences = compare(expected.model, actual.model, ignored);
    warn_of_versions(expected.model.server, actual.model.server, context);
    let compared = Compared {
        expected: &expected.name,
        actual: &actual.name,
        differences: &differences,
    };
    if context.ui.json {
        context.ui.answer_json(&json!({
            "equal": differences.is_empty(),
            "expected": expected.json(ignored),
            "actual": actual.json(ignored),
            "differences": compared.json(),
        }))?;
    } else {
        let table = compared.table(context.ui.paint);
        context.ui.answer(&table)?;
        context.ui.talk(&compared.summary());
    }
    Ok(match differences.is_empty() {
        true => Exit::Done,
        false => Exit::No,
    })
}

/// Warns where two schemas were read on servers of different versions.
pub fn warn_of_versions(one: u32, other: u32, context: &mut Context<'_>) {
    if one != other {
        let message = format!("PostgreSQL {one} and {other} describe some things in other words");
        context.ui.warn(&Failure::new("versions_differ", message));
    }
}

/// Two schemas that were compared.
#[derive(Debug)]
pub struct Compared<'a> {
    /// What the first is called.
    pub expected: &'a str,
    /// What the second is called.
    pub actual: &'a str,
    /// How they differ.
    pub differences: &'a [Difference],
}

impl Compared<'_> {
    /// Returns the differences as a table; `+` is only in the second, `-` only in the first.
    #[must_use]
    pub fn table(&self, paint: Paint) -> String {
        let mut rows = Vec::new();
        for difference in self.differences {
            add_rows(difference, &mut rows);
        }
        let width = |cell: fn(&Row) -> &str| {
            let widths = rows.iter().map(|row| cell(row).width());
            widths.max().unwrap_or(0)
        };
        let (kinds, names) = (width(|row| &row.kind), width(|row| &row.name));
        let mut text = String::new();
        for row in &rows {
            let pad = |cell: &str, width: usize| " ".repeat(width - cell.width() + 2);
            let line = format!(
                "{}  {}{}{}{}{}",
                row.sign,
                row.kind,
                pad(&row.kind, kinds),
                row.name,
                pad(&row.name, names),
                row.what
            );
            let line = line.trim_end();
            match row.sign {
                '+' => text.push_str(&paint.label(line).to_string()),
                '-' => text.push_str(&paint.error(line).to_string()),
                _ => text.push_str(line),
            }
            text.push('\n');
            for line in &row.lines {
                text.push_str(&format!("     {line}\n"));
            }
        }
        text
    }

    /// Returns how many differences there are, and between what.
    #[must_use]
    pub fn summary(&self) -> String {
        let Self {
            expected, actual, ..
        } = self;
        match self.differences.len() {
            0 => format!("{actual} is as {expected}"),
            count => format!(
                "{} between {expected} and {actual}",
                text::count(count, "difference")
            ),
        }
    }

    /// Returns the differences for programs.
    #[must_use]
    pub fn json(&self) -> Value {
        self.differences.iter().map(object).collect()
    }
}

/// A line of the table, and what stands below it.
struct Row {
    sign: char,
    kind: String,
    name: String,
    what: String,
    lines: Vec<String>,
}

fn add_rows(difference: &Difference, rows: &mut Vec<Row>) {
    let identity = &difference.identity;
    let row = |sign, what| Row {
        sign,
        kind: identity.kind_name().to_owned(),
        name: identity.to_string(),
        what,
        lines: Vec::new(),
    };
    let parts = |parts: &BTreeMap<&str, usize>| {
        let parts = parts
            .iter()
            .map(|(kind, number)| text::count(*number, kind));
        parts.collect::<Vec<_>>().join(", ")
    };
    match &difference.change {
        Change::Added(with) => rows.push(row('+', parts(with))),
        Change::Removed(with) => rows.push(row('-', parts(with))),
        Change::Changed(attributes) => {
            for attribute in attributes {
                let name = attribute.name.replace('_', " ");
                let before = shown(&attribute.before, &attribute.after);
                let after = shown(&attribute.after, &attribute.before);
                let is_short = |text: &str| !text.contains('\n') && text.width() <= 60;
                if is_short(&before) && is_short(&after) {
                    rows.push(row('~', format!("{name}: {before} → {after}")));
                } else {
                    let mut row = row('~', format!("{name}:"));
                    row.lines = changed_lines(&attribute.before, &attribute.after);
                    rows.push(row);
                }
            }
        }
    }
}

/// Returns a value as a person reads it; what stands on the other side says what nothing means.
fn shown(value: &Value, other: &Value) -> String {
    match (value, other) {
        (Value::Null, Value::Bool(_)) => "no".to_owned(),
        (Value::Null, _) => "none".to_owned(),
        (Value::Bool(_), _) => "yes".to_owned(),
        (Value::String(text), _) => text.trim().to_owned(),
        (Value::Array(items), _) => {
            let items = items.iter().map(|item| shown(item, &Value::Null));
            items.collect::<Vec<_>>().join(", ")
        }
        (value, _) => value.to_string(),
    }
}

/// The lines of a text, or the items of a list.
fn lines(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => items.iter().map(|item| shown(item, &Value::Null)).collect(),
        value => shown(value, &Value::Null)
            .lines()
            .map(str::to_owned)
            .collect(),
    }
}

/// Returns the lines that differ, without those before and after that both have.
fn changed_lines(before: &Value, after: &Value) -> Vec<String> {
    let (before, after) = (lines(before), lines(after));
    let same = before
        .iter()
        .zip(&after)
        .take_while(|(a, b)| a == b)
        .count();
    let rest = before.len().min(after.len()) - same;
    let backwards = before.iter().rev().zip(after.iter().rev());
    let end = backwards.take(rest).take_while(|(a, b)| a == b).count();
    let gone = before[same..before.len() - end].iter();
    let come = after[same..after.len() - end].iter();
    let gone = gone.map(|line| format!("- {line}"));
    gone.chain(come.map(|line| format!("+ {line}"))).collect()
}

fn object(difference: &Difference) -> Value {
    let identity = &difference.identity;
    let mut object = json!({
        "change": "changed",
        "kind": identity.kind_name(),
        "name": identity.to_string(),
    });
    match &difference.change {
        Change::Added(parts) => {
            object["change"] = "added".into();
            object["parts"] = json!(parts);
        }
        Change::Removed(parts) => {
            object["change"] = "removed".into();
            object["parts"] = json!(parts);
        }
        Change::Changed(attributes) => {
            let attributes = attributes.iter().map(|attribute| {
                json!({
                    "name": attribute.name,
                    "expected": attribute.before,
                    "actual": attribute.after,
                })
            });
            object["attributes"] = attributes.collect();
        }
    }
    object
}
