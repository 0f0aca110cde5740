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
use super::{Bodies, Step, Takeover, TakeoverProblem, ToolFormat, split_fault};
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
        let names = names(tree);
        let only_ours = |name: &Name<'_>| match name.kind {
            Kind::Repeatable | Kind::Baseline => true,
            Kind::Undo => false,
            Kind::Versioned => name.version.contains('_') || name.title.contains([' ', '-', '.']),
        };
        if undoes(tree)
            || names.iter().any(only_ours)
            || tree.files.iter().any(|f| f.name.ends_with(".sql.conf"))
        {
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

    fn bodies(&self, step: &Step) -> Bodies {
        let down = step.draft.down.as_ref();
        Bodies {
            up: body(step, &step.draft.up, step.draft.transaction),
            down: down.map_or(Ok(Body::Absent), |part| body(step, part, None)),
        }
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

/// The names that Flyway can read.
fn names(tree: &Tree) -> Vec<Name<'_>> {
    let names = tree.files.iter().filter_map(|file| parts(file.split().1));
    names.filter(|name| name.order().is_some()).collect()
}

/// Tells whether a file with `U` takes back one with `V`, as only Flyway has it.
pub(super) fn undoes(tree: &Tree) -> bool {
    let names = names(tree);
    let of = |kind| names.iter().filter(move |name| name.kind == kind);
    of(Kind::Undo).any(|undo| of(Kind::Versioned).any(|v| v.order() == undo.order()))
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
                });
            }
            (key, _) => {
                let message =
                    format!("`{key}` takes true or false, and Flyway knows no other keys");
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

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::super::testing::folder;
    use super::*;

    #[test]
    fn versions_have_parts_and_repeatable_migrations_stand_beside() {
        let folder = folder(&[
            ("m/V1__init.sql", "CREATE TABLE t ();\nSELECT 1;"),
            ("m/V1_1__more.sql", "SELECT 1.1"),
            (
                "m/V1.10__later.sql",
                "CREATE INDEX CONCURRENTLY i ON t (a);",
            ),
            ("m/V002__two.sql", "SELECT 2;\nCOMMIT;\nSELECT 3;"),
            ("m/sub/V3__deep/V3__three.sql", "SELECT 3"),
            ("m/U1.1__more.sql", "SELECT -1.1"),
            ("m/R__views.sql", "SELECT 'v'"),
            ("m/R__Grants_of_all.sql", "SELECT 'g'"),
            ("m/V4__code.java", "class V4__code {}"),
            ("m/beforeMigrate.sql", "SELECT 'callback'"),
            ("m/V5__set.SQL", "VACUUM"),
            ("m/V6__forced.sql", "SELECT 6; SELECT 7"),
            (
                "m/V6__forced.sql.conf",
                "# about\nexecuteInTransaction=false\n",
            ),
        ]);
        assert_snapshot!(folder.read(), @r"
         > views flyway, views: [1:SELECT 'v'] / none
         > Grants_of_all flyway, Grants of all: [1:SELECT 'g'] / none
         > 1 @m flyway, init: [1:CREATE TABLE t (); 2:SELECT 1] / none
        1 > 1.1 flyway, more: [1:SELECT 1.1] / [1:SELECT -1.1]
        1.1 > 1.10 flyway, later: (1:CREATE INDEX CONCURRENTLY i ON t (a)) / none
        1.10 > 002 flyway, two: [1:SELECT 2] (3:SELECT 3) / none
        002 > 3 flyway, three: [1:SELECT 3] / none
        3 > 4 flyway, code: is written in Java, which limbeck does not run (line 1) / is written in Java, which limbeck does not run (line 1)
        4 > 5 flyway, set: (1:VACUUM) / none
        5 > 6 flyway, forced: (1:SELECT 6; 1:SELECT 7) / none
        ");
        let legacy = folder.legacies(folder.source());
        let more = legacy.iter().find(|legacy| legacy.name == "more").unwrap();
        assert_eq!(
            (more.version.as_str(), more.table.as_str()),
            ("1.1", "flyway_schema_history")
        );
    }

    #[test]
    fn a_checksum_is_that_of_the_lines() {
        let checksum = |text: &str| {
            let folder = folder(&[("m/V1__a.sql", text), ("m/R__b.sql", "")]);
            let legacies = folder.legacies(folder.source());
            legacies[1].checksum.clone()
        };
        // CRC-32 of `123456789`, as a signed number.
        assert_eq!(checksum("12345\r\n6789\n"), Some("-873187034".to_owned()));
        assert_eq!(checksum("\u{feff}12345\n6789"), checksum("123456789\r"));
    }

    #[test]
    fn a_placeholder_needs_a_value() {
        let folder = folder(&[
            ("m/V1__a.sql", "SELECT 1;\nALTER TABLE t OWNER TO ${owner};"),
            ("m/V1.1__b.sql", "SELECT '${owner'"),
            ("m/V1.2__c.sql", "SELECT '${x}'"),
            ("m/V1.2__c.sql.conf", "placeholderReplacement=false"),
        ]);
        assert_snapshot!(folder.read(), @r#"
         > 1 @m flyway, a: m/V1__a.sql:2: the placeholder `${owner}` has no value; `placeholders = { owner = "…" }` in its [[source]] gives it one; "${owner}" leaves it as it is
        1 > 1.1 flyway, b: [1:SELECT '${owner'] / none
        1.1 > 1.2 flyway, c: [1:SELECT '${x}'] / none
        "#);
        let mut source = folder.source();
        source
            .placeholders
            .insert("owner".to_owned(), "app".to_owned());
        assert_snapshot!(folder.read_as(source), @r"
         > 1 @m flyway, a: [1:SELECT 1; 2:ALTER TABLE t OWNER TO app] / none
        1 > 1.1 flyway, b: [1:SELECT '${owner'] / none
        1.1 > 1.2 flyway, c: [1:SELECT '${x}'] / none
        ");
    }

    #[test]
    fn a_baseline_counts_where_nothing_is_below_it() {
        let files = [
            ("m/B5__all.sql", "SELECT 'b'"),
            ("m/V6__six.sql", "SELECT 6"),
        ];
        assert_snapshot!(folder(&files).read(), @r"
         > 5 @m flyway, all: [1:SELECT 'b'] / none
        5 > 6 flyway, six: [1:SELECT 6] / none
        ");
        let folder = folder(&files);
        folder.write("m/V5__five.sql", "SELECT 5");
        assert_snapshot!(folder.read(), @r"
         > 5 @m flyway, five: [1:SELECT 5] / none
        5 > 6 flyway, six: [1:SELECT 6] / none
        ");
    }

    #[test]
    fn what_flyway_refuses_is_refused() {
        let folder = folder(&[
            ("m/V1__a.sql", ""),
            ("m/V1.0__b.sql", ""),
            ("m/V1x__c.sql", ""),
            ("m/U2__d.sql", ""),
            ("m/V3__e.sql", ""),
            (
                "m/V3__e.sql.conf",
                "executeInTransaction=perhaps\n\nshouldExecute=${env}==prod\n",
            ),
            ("m/V4__f.sql", "VACUUM"),
            ("m/V4__f.sql.conf", "executeInTransaction=true"),
        ]);
        let mut source = folder.source();
        source.tool = Some(Tool::Flyway);
        assert_snapshot!(folder.read_as(source), @r"
         > 1.0 @m flyway, b: nothing / none
        1.0 > 3 flyway, e: is run under a condition, which limbeck does not evaluate (line 0) / is run under a condition, which limbeck does not evaluate (line 0)
        3 > 4 flyway, f: m/V4__f.sql:1: VACUUM cannot run inside a transaction, in which flyway runs it; write `executeInTransaction=false` into the .conf beside it
        m/V1x__c.sql: `1x` is no version that flyway takes
        m/V3__e.sql.conf:1: `executeInTransaction` takes true or false, and Flyway knows no other keys
        m/U2__d.sql: it leads down, and there is no file that leads up to it
          add the file that leads up, or delete this one
        m/V1__a.sql: the number 1 is already that of `V1.0__b.sql`
          the order of two files with one number is not known: number one of them anew
        ");
    }
}
