//! node-pg-migrate: `1700000000000_name.sql` with `-- Up Migration` and `-- Down Migration`, or a file
//! for each way. Migrations in JavaScript have their place in the line and cannot be run here.
//!
//! A section is sent whole, in a transaction. A number of 17 digits is a time, which counts as the
//! milliseconds that it stands for; files with one number are in the order of their names.

use chrono::NaiveDateTime;

use super::line::{Draft, Order, Way, digits, direction, number, pair};
use super::recognise::Claim;
use super::sending::{Sending, segments};
use super::tree::{File, Part, Tree};
use super::{Bodies, Step, Takeover, TakeoverProblem, ToolFormat, split_fault};
use crate::declaration::Tool;
use crate::script::{Body, Foreign};
use crate::source::error::SourceError;
use crate::source::sql::Fault;
use crate::sql::split::split;

const CODE: [&str; 6] = [".js", ".ts", ".cjs", ".mjs", ".cts", ".mts"];
/// The digits that `node-pg-migrate create` writes: milliseconds, or a time.
const WRITTEN: [usize; 2] = [13, 17];

pub(super) struct NodePgMigrate;

impl ToolFormat for NodePgMigrate {
    fn claim(&self, tree: &Tree) -> Option<Claim> {
        let ours = || {
            tree.top()
                .filter_map(|(file, name)| Some((file, parts(name)?)))
        };
        let is_marked = |file: &File| file.plain().lines().any(|line| mark(line).is_some());
        if ours().any(|(file, name)| !name.is_code && is_marked(file)) {
            return Some(Claim::Marked);
        }
        let is_written = |name: &Name<'_>| WRITTEN.contains(&name.digits.len());
        ours()
            .any(|(_, name)| is_written(&name))
            .then_some(Claim::Named)
    }

    fn drafts(&self, _: &Takeover, tree: &Tree, errors: &mut Vec<SourceError>) -> Vec<Draft> {
        let mut drafts = Vec::new();
        let mut downs: Vec<(Order, String, &File)> = Vec::new();
        for (file, name) in tree.top() {
            let Some(name) = parts(name) else {
                continue;
            };
            let number = match milliseconds(name.digits, file) {
                Ok(number) => number,
                Err(error) => {
                    errors.push(error);
                    continue;
                }
            };
            let order = Order {
                numbers: vec![number],
                text: name.title.to_owned(),
            };
            if name.way == Some(Way::Down) {
                downs.push((order, name.digits.to_owned(), file));
                continue;
            }
            let mut draft = Draft {
                order: Some(order),
                number: name.digits.to_owned(),
                title: name.title.trim_start_matches(['_', '-']).to_owned(),
                version: format!("{}{}", name.digits, name.title),
                ..Draft::of(file, errors)
            };
            if name.is_code {
                draft.foreign = Some(Foreign {
                    line: 1,
                    reason: "is written in JavaScript, which limbeck does not run".to_owned(),
                });
            }
            drafts.push(draft);
        }
        pair(&mut drafts, downs, errors);
        drafts
    }

    fn bodies(&self, step: &Step) -> Bodies {
        let up = &step.draft.up;
        if let Some(down) = &step.draft.down {
            let whole = |part: &Part| body(part, part.plain(), 1);
            return Bodies {
                up: whole(up),
                down: whole(down),
            };
        }
        let text = up.plain();
        let marked = |way| {
            let mut lines = text.lines().zip(1..);
            lines.find_map(|(line, number)| (mark(line)? == way).then_some(number))
        };
        let section = |from: u32, to: Option<u32>| {
            let offset = |line: u32| offset(text, line);
            let end = to.filter(|to| *to > from).map_or(text.len(), offset);
            body(up, &text[offset(from)..end], from)
        };
        match (marked(Way::Up), marked(Way::Down)) {
            (begin, None) => Bodies {
                up: section(begin.unwrap_or(1), None),
                down: Ok(Body::Absent),
            },
            (Some(begin), Some(back)) => Bodies {
                up: section(begin, Some(back)),
                down: section(back, Some(begin)),
            },
            // The tool would run all of it, the way back as well.
            (None, Some(back)) => {
                let problem = TakeoverProblem::Marks {
                    message: "the file has `-- Down Migration` and no `-- Up Migration`".to_owned(),
                    hint: "write `-- Up Migration` above the statements that lead up",
                };
                Bodies::broken(SourceError::new(&up.path, back, problem.into()))
            }
        }
    }

    fn table(&self) -> &'static str {
        "pgmigrations"
    }
}

struct Name<'n> {
    digits: &'n str,
    title: &'n str,
    way: Option<Way>,
    is_code: bool,
}

fn parts(name: &str) -> Option<Name<'_>> {
    if let Some(stem) = CODE.iter().find_map(|ending| name.strip_suffix(ending)) {
        let (digits, title) = digits(stem)?;
        let is_declaration = title.ends_with(".d");
        return (!is_declaration).then_some(Name {
            digits,
            title,
            way: None,
            is_code: true,
        });
    }
    let (digits, rest) = digits(name.strip_suffix(".sql")?)?;
    let (title, way) = direction(rest);
    Some(Name {
        digits,
        title,
        way,
        is_code: false,
    })
}

fn milliseconds(digits: &str, file: &File) -> Result<u128, SourceError> {
    let time = (digits.len() == 17)
        .then(|| NaiveDateTime::parse_from_str(digits, "%Y%m%d%H%M%S%3f").ok())
        .flatten();
    match time.and_then(|time| u128::try_from(time.and_utc().timestamp_millis()).ok()) {
        Some(milliseconds) => Ok(milliseconds),
        None => number(digits, &file.path, Tool::NodePgMigrate),
    }
}

/// A line that begins a section: `--`, more of that and white space, a word, and `migration`.
fn mark(line: &str) -> Option<Way> {
    let words = line.trim_start().strip_prefix("--")?;
    let words = words.trim_start_matches(|c: char| c == '-' || c.is_whitespace());
    let mut words = words.split_whitespace();
    let way = match words.next()?.to_ascii_lowercase().as_str() {
        "up" => Way::Up,
        "down" => Way::Down,
        _ => return None,
    };
    let migration = words.next()?.to_ascii_lowercase();
    migration.starts_with("migration").then_some(way)
}

/// Where a line begins.
fn offset(text: &str, line: u32) -> usize {
    let before = text.split_inclusive('\n').take(line as usize - 1);
    before.map(str::len).sum()
}

fn body(part: &Part, text: &str, line: u32) -> Result<Body, SourceError> {
    let at = |Fault { line, problem }| SourceError::new(&part.path, line, problem);
    let statements = split(text, line).map_err(|error| at(split_fault(error)))?;
    let segments = segments(statements, Sending::Wrapped, Tool::NodePgMigrate).map_err(at)?;
    Ok(Body::Sql(segments))
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::super::testing::folder;

    #[test]
    fn sections_are_found_by_their_comments() {
        let folder = folder(&[
            (
                "m/1700000000001_create-users.sql",
                "-- Up Migration\nCREATE TABLE users ();\n\n---- down  migration ----\nDROP TABLE users;\n",
            ),
            ("m/1700000000002_plain.sql", "SELECT 1;\nSELECT 2;\n"),
            (
                "m/1700000000002_also.sql",
                "-- Down Migration\nSELECT -1;\n-- Up Migration\nSELECT 1;\n",
            ),
            ("m/20231114221320500_time.sql", "SELECT 'between'"),
            ("m/1700000000900_code.js", "exports.up = (pgm) => {};"),
            ("m/1700000001000_two.up.sql", "SELECT 1"),
            ("m/1700000001000_two.down.sql", "SELECT -1"),
            ("m/tsconfig.json", "{}"),
        ]);
        assert_snapshot!(folder.read(), @r"
         > 1700000000001 @m node-pg-migrate, create users: [2:CREATE TABLE users ()] / [5:DROP TABLE users]
        1700000000001 > 1700000000002 node-pg-migrate, also: [4:SELECT 1] / [2:SELECT -1]
        1700000000002 > 1700000000002_plain node-pg-migrate, plain: [1:SELECT 1; 2:SELECT 2] / none
        1700000000002_plain > 20231114221320500 node-pg-migrate, time: [1:SELECT 'between'] / none
        20231114221320500 > 1700000000900 node-pg-migrate, code: is written in JavaScript, which limbeck does not run (line 1) / is written in JavaScript, which limbeck does not run (line 1)
        1700000000900 > 1700000001000 node-pg-migrate, two: [1:SELECT 1] / [1:SELECT -1]
        ");
        let legacy = &folder.legacies(folder.source())[0];
        assert_eq!(legacy.version, "1700000000001_create-users");
    }

    #[test]
    fn what_the_tool_would_do_wrong_is_refused() {
        let folder = folder(&[
            (
                "m/1700000000001_a.sql",
                "SELECT 1;\n-- Down Migration\nSELECT -1;\n",
            ),
            ("m/1700000000002_b.sql", "-- Up Migration\nVACUUM;\n"),
            ("m/1700000000003_c.down.sql", ""),
        ]);
        assert_snapshot!(folder.read(), @r"
         > 1700000000001 @m node-pg-migrate, a: m/1700000000001_a.sql:2: the file has `-- Down Migration` and no `-- Up Migration`; write `-- Up Migration` above the statements that lead up
        1700000000001 > 1700000000002 node-pg-migrate, b: m/1700000000002_b.sql:2: VACUUM cannot run inside a transaction, in which node-pg-migrate runs it; make it a revision of limbeck's: `-- limbeck: upgrade no-transaction`
        m/1700000000003_c.down.sql: it leads down, and there is no file that leads up to it
          add the file that leads up, or delete this one
        ");
    }
}
