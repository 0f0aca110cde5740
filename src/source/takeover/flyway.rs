//! Flyway: `V1__name.sql`, `U1__name.sql` that takes it back, and `R__name.sql` without a number.
//!
//! Statements are sent one by one, in a transaction unless one of them cannot be in one, which Flyway
//! finds out by itself, or the `.conf` beside the file says otherwise. Repeatable migrations stand
//! beside the line. A baseline migration counts only where there is nothing below it. Callbacks are
//! no migrations.

use super::line::{Draft, Order, bad_version, pair};
use super::recognise::Claim;
use super::sending::{Sending, segments};
use super::tree::{File, Part, Tree};
use super::{Step, Takeover, TakeoverProblem, ToolFormat, split_fault};
use crate::declaration::Tool;
use crate::script::{Body, Foreign};
use crate::source::error::SourceError;
use crate::source::sql::Fault;
use crate::sql::classify::needs_no_transaction;
use crate::sql::split::split;

pub(super) struct Flyway;

/// What a file is, by the letter that its name begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Versioned,
    Undo,
    Repeatable,
    Baseline,
}

impl ToolFormat for Flyway {
    fn claim(&self, tree: &Tree) -> Option<Claim> {
        let names: Vec<_> = tree
            .files
            .iter()
            .filter_map(|file| parts(file.split().1))
            .collect();
        let versions = |kind| names.iter().filter(move |name| name.kind == kind);
        let only_ours = |name: &Name<'_>| match name.kind {
            Kind::Repeatable | Kind::Baseline => true,
            Kind::Undo => versions(Kind::Versioned).any(|v| v.version == name.version),
            Kind::Versioned => name.version.contains('_') || name.title.contains([' ', '-', '.']),
        };
        if names.iter().any(only_ours) || tree.files.iter().any(|f| f.name.ends_with(".sql.conf")) {
            return Some(Claim::Marked);
        }
        let is_code = |name: &Name<'_>| name.is_code;
        (!names.is_empty() && !names.iter().all(is_code)).then_some(Claim::Named)
    }

    fn is_deep(&self) -> bool {
        true
    }

    fn drafts(&self, _: &Takeover, tree: &Tree, errors: &mut Vec<SourceError>) -> Vec<Draft> {
        let mut drafts = Vec::new();
        let mut baselines = Vec::new();
        let mut undo: Vec<(Order, String, &File)> = Vec::new();
        for file in &tree.files {
            let Some(name) = parts(file.split().1) else {
                continue;
            };
            let order = match name.order() {
                Some(order) => order,
                None => {
                    errors.push(bad_version(name.version, &file.path, Tool::Flyway));
                    continue;
                }
            };
            match name.kind {
                Kind::Undo => undo.push((order, name.version.to_owned(), file)),
                Kind::Baseline => baselines.push(draft(&name, Some(order), file, tree, errors)),
                Kind::Versioned => drafts.push(draft(&name, Some(order), file, tree, errors)),
                Kind::Repeatable => drafts.push(draft(&name, None, file, tree, errors)),
            }
        }
        if let Some(baseline) = baselines.into_iter().max_by(|a, b| a.order.cmp(&b.order)) {
            let is_below = |draft: &Draft| draft.order.is_some() && draft.order <= baseline.order;
            if !drafts.iter().any(is_below) {
                drafts.push(baseline);
            }
        }
        pair(&mut drafts, undo, errors);
        drafts
    }

    fn bodies(&self, step: &Step) -> Result<(Body, Body), SourceError> {
        let down = step.draft.down.as_ref();
        let down = down.map_or(Ok(Body::Absent), |part| body(step, part, None))?;
        Ok((body(step, &step.draft.up, step.draft.transaction)?, down))
    }

    /// The CRC-32 of the lines without their ends.
    fn checksum(&self, step: &Step) -> Option<String> {
        let mut hasher = crc32fast::Hasher::new();
        for line in step.draft.up.plain().split(['\n', '\r']) {
            hasher.update(line.as_bytes());
        }
        Some(hasher.finalize().cast_signed().to_string())
    }

    fn table(&self) -> &'static str {
        "flyway_schema_history"
    }
}

struct Name<'n> {
    kind: Kind,
    version: &'n str,
    title: &'n str,
    is_code: bool,
}

impl Name<'_> {
    /// `1.0` is `1`, and `_` is as good as a point. A repeatable migration has none, which is fine.
    fn order(&self) -> Option<Order> {
        if self.kind == Kind::Repeatable {
            return Some(Order::default());
        }
        let numbers = self.version.split(['.', '_']).map(|part| part.parse().ok());
        let mut numbers: Vec<u128> = numbers.collect::<Option<_>>()?;
        while numbers.len() > 1 && numbers.last() == Some(&0) {
            numbers.pop();
        }
        let text = String::new();
        Some(Order { numbers, text })
    }
}

fn parts(name: &str) -> Option<Name<'_>> {
    let (stem, is_code) = match name.strip_suffix(".java").or(name.strip_suffix(".kt")) {
        Some(stem) => (stem, true),
        None => {
            let at = name.len().checked_sub(4)?;
            let (stem, ending) = name.split_at_checked(at)?;
            (ending.eq_ignore_ascii_case(".sql").then_some(stem)?, false)
        }
    };
    let kind = match stem.as_bytes().first()? {
        b'V' => Kind::Versioned,
        b'U' => Kind::Undo,
        b'R' => Kind::Repeatable,
        b'B' => Kind::Baseline,
        _ => return None,
    };
    let (version, title) = stem[1..].split_once("__").unwrap_or((&stem[1..], ""));
    let begins_well = match kind {
        Kind::Repeatable => version.is_empty() && !title.is_empty(),
        _ => version.starts_with(|c: char| c.is_ascii_digit()),
    };
    begins_well.then_some(Name {
        kind,
        version,
        title,
        is_code,
    })
}

fn draft(
    name: &Name<'_>,
    order: Option<Order>,
    file: &File,
    tree: &Tree,
    errors: &mut Vec<SourceError>,
) -> Draft {
    let version = name.version.replace('_', ".");
    let mut draft = Draft {
        order,
        number: version.clone(),
        title: name.title.to_owned(),
        version,
        name: name.title.replace('_', " "),
        ..Draft::of(file, errors)
    };
    if name.is_code {
        draft.foreign = Some(Foreign {
            line: 1,
            reason: "is written in Java, which limbeck does not run".to_owned(),
            runner: "Flyway",
        });
    }
    if let Some(settings) = tree.get(&format!("{}.conf", file.name)) {
        configure(&mut draft, settings, errors);
    }
    draft
}

/// Reads what stands in the `.conf` beside a file.
fn configure(draft: &mut Draft, settings: &File, errors: &mut Vec<SourceError>) {
    let part = match settings.part() {
        Ok(part) => part,
        Err(error) => {
            errors.push(error);
            return;
        }
    };
    for (line, number) in part.plain().lines().zip(1..) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (key, value) = line.split_once('=').unwrap_or((line, ""));
        let switch = match value.trim().to_ascii_lowercase().as_str() {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        };
        match (key.trim(), switch) {
            ("executeInTransaction", Some(on)) => draft.transaction = Some(on),
            ("placeholderReplacement", Some(on)) => draft.literal = !on,
            ("encoding", _) => {}
            ("shouldExecute", Some(true)) => {}
            ("shouldExecute", _) => {
                draft.foreign = Some(Foreign {
                    line: 0,
                    reason: "is run under a condition, which limbeck does not evaluate".to_owned(),
                    runner: "Flyway",
                });
            }
            (key, _) => {
                let message = format!("`{key}` takes true or false, and Flyway knows no other keys");
                let problem = TakeoverProblem::Settings { message };
                errors.push(SourceError::new(&settings.path, number, problem.into()));
            }
        }
    }
}

fn body(step: &Step, part: &Part, transaction: Option<bool>) -> Result<Body, SourceError> {
    let at = |Fault { line, problem }| SourceError::new(&part.path, line, problem);
    let text = match step.draft.literal {
        true => part.plain().to_owned(),
        false => replaced(part.plain(), step).map_err(at)?,
    };
    let statements = split(&text, 1).map_err(|error| at(split_fault(error)))?;
    let found_out = || {
        let mut texts = statements.iter().map(|statement| &statement.text);
        !texts.any(|text| needs_no_transaction(text).is_some())
    };
    let sending = match transaction.unwrap_or_else(found_out) {
        true => Sending::WrappedEach,
        false => Sending::Each,
    };
    Ok(Body::Sql(
        segments(statements, sending, Tool::Flyway).map_err(at)?,
    ))
}

/// Puts values in the places of `${name}`, wherever that stands.
fn replaced(text: &str, step: &Step) -> Result<String, Fault> {
    let values = &step.source.placeholders;
    let mut whole = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((name, behind)) = after.split_once('}') else {
            break;
        };
        whole.push_str(before);
        let Some(value) = values.get(name) else {
            let at = text.len() - after.len();
            let ends = text[..at].matches('\n').count();
            let problem = TakeoverProblem::Placeholder {
                name: name.to_owned(),
            };
            return Err(Fault {
                line: u32::try_from(ends + 1).unwrap_or(u32::MAX),
                problem: problem.into(),
            });
        };
        whole.push_str(value);
        rest = behind;
    }
    whole.push_str(rest);
    Ok(whole)
}
