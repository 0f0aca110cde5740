//! goose: `00001_name.sql` with `-- +goose Up` and `-- +goose Down`.
//!
//! Statements are sent one by one, in a transaction unless the file says `NO TRANSACTION` anywhere;
//! what stands between `StatementBegin` and `StatementEnd` is sent as one. Migrations coded in Go
//! have their place in the line and cannot be run here.

use super::line::{self, Draft, Order, number};
use super::recognise::Claim;
use super::sending::of_messages;
use super::tree::Tree;
use super::{Bodies, Step, Takeover, TakeoverProblem, ToolFormat, split_fault};
use crate::declaration::Tool;
use crate::script::{Body, Foreign, Statement};
use crate::source::error::SourceError;
use crate::source::sql::Fault;
use crate::sql::split::split_at;

const HINT: &str = "the comments of goose are `-- +goose` and Up, Down, StatementBegin, \
                    StatementEnd or NO TRANSACTION; Up comes first";

pub(super) struct Goose;

impl ToolFormat for Goose {
    fn claim(&self, tree: &Tree) -> Option<Claim> {
        let mut files = tree
            .top()
            .filter_map(|(file, name)| Some((file, parts(name)?)));
        files
            .any(|(file, name)| match name.is_code {
                true => file.plain().contains("goose"),
                false => file.plain().lines().any(|line| mark(line).is_some()),
            })
            .then_some(Claim::Marked)
    }

    fn drafts(&self, _: &Takeover, tree: &Tree, errors: &mut Vec<SourceError>) -> Vec<Draft> {
        let mut drafts = Vec::new();
        for (file, name) in tree.top() {
            let Some(name) = parts(name) else {
                continue;
            };
            let number = match number(name.digits, &file.path, Tool::Goose) {
                Ok(number) => number,
                Err(error) => {
                    errors.push(error);
                    continue;
                }
            };
            let mut draft = Draft {
                order: Some(Order::number(number)),
                number: name.digits.to_owned(),
                title: name.title.to_owned(),
                version: number.to_string(),
                name: name.title.to_owned(),
                ..Draft::of(file, errors)
            };
            if name.is_code {
                draft.foreign = Some(Foreign {
                    line: 1,
                    reason: "is written in Go, which limbeck does not run".to_owned(),
                });
            } else if let Some(line) = substitutes(draft.up.plain()) {
                draft.foreign = Some(Foreign {
                    line,
                    reason: "has variables of the environment in its text, which limbeck does not put in".to_owned(),
                });
            }
            drafts.push(draft);
        }
        drafts
    }

    fn bodies(&self, step: &Step) -> Bodies {
        let part = &step.draft.up;
        let at = |Fault { line, problem }| SourceError::new(&part.path, line, problem);
        let reading = match sections(part.plain()) {
            Ok(reading) => reading,
            Err(fault) => return Bodies::broken(at(fault)),
        };
        let begun = !reading.outside;
        let body = |messages: Option<Messages>| match messages {
            Some(messages) => of_messages(messages, begun, Tool::Goose)
                .map(Body::Sql)
                .map_err(at),
            None => Ok(Body::Absent),
        };
        Bodies {
            up: body(reading.up),
            down: body(reading.down),
        }
    }

    fn table(&self) -> &'static str {
        "goose_db_version"
    }
}

struct Name<'n> {
    digits: &'n str,
    title: &'n str,
    is_code: bool,
}

fn parts(name: &str) -> Option<Name<'_>> {
    let (stem, is_code) = match name.strip_suffix(".go") {
        Some(stem) if stem.ends_with("_test") => return None,
        Some(stem) => (stem, true),
        None => (name.strip_suffix(".sql")?, false),
    };
    let (digits, rest) = line::digits(stem)?;
    let title = rest.strip_prefix('_')?;
    Some(Name {
        digits,
        title,
        is_code,
    })
}

/// Returns what a line asks of goose.
fn mark(line: &str) -> Option<&str> {
    let words = line.trim().strip_prefix("--")?;
    let (before, words) = words.split_once("+goose")?;
    before
        .chars()
        .all(|c| c == '-' || c.is_whitespace())
        .then(|| words.trim())
}

/// The line from which on variables are put in.
fn substitutes(text: &str) -> Option<u32> {
    let is_asked = |line: &str| mark(line).is_some_and(|m| m.eq_ignore_ascii_case("envsub on"));
    let place = text.lines().position(is_asked)?;
    u32::try_from(place + 1).ok()
}

/// What goose sends, each in one go.
type Messages = Vec<Vec<Statement>>;

/// What was read so far.
#[derive(Default)]
struct Reading {
    up: Option<Messages>,
    down: Option<Messages>,
    /// Whether what follows is sent as one.
    block: Option<u32>,
    outside: bool,
}

fn sections(text: &str) -> Result<Reading, Fault> {
    let parts = split_at(text, 1, |comment| mark(comment).is_some()).map_err(split_fault)?;
    let mut reading = Reading::default();
    for part in parts {
        if let Some(marker) = part.marker {
            let words = mark(marker.text).unwrap_or_default();
            reading.take(words, marker.line)?;
        }
        reading.statements(part.statements)?;
    }
    if let Some(line) = reading.block {
        return Err(marks(line, "this `StatementBegin` has no `StatementEnd`"));
    }
    if reading.up.is_none() {
        return Err(marks(0, "the file has no `-- +goose Up`"));
    }
    Ok(reading)
}

fn marks(line: u32, message: &str) -> Fault {
    let message = message.to_owned();
    let problem = TakeoverProblem::Marks {
        message,
        hint: HINT,
    };
    Fault {
        line,
        problem: problem.into(),
    }
}

impl Reading {
    fn take(&mut self, words: &str, line: u32) -> Result<(), Fault> {
        match words.to_ascii_lowercase().as_str() {
            "up" if self.up.is_some() => return Err(marks(line, "`Up` stands here again")),
            "up" => self.up = Some(Vec::new()),
            "down" if self.up.is_none() => {
                return Err(marks(line, "`Down` stands before `Up`"));
            }
            "down" if self.down.is_some() => return Err(marks(line, "`Down` stands here again")),
            "down" => self.down = Some(Vec::new()),
            "statementbegin" if self.up.is_none() => {
                return Err(marks(line, "`StatementBegin` stands before `Up`"));
            }
            "statementbegin" => self.block = Some(line),
            "statementend" if self.block.take().is_none() => {
                return Err(marks(line, "`StatementEnd` follows no `StatementBegin`"));
            }
            "statementend" | "envsub off" => {}
            "no transaction" => self.outside = true,
            _ => return Err(marks(line, &format!("`{words}` is no comment of goose"))),
        }
        Ok(())
    }

    fn statements(&mut self, statements: Vec<Statement>) -> Result<(), Fault> {
        let Some(first) = statements.first() else {
            return Ok(());
        };
        let messages = match (&mut self.down, &mut self.up) {
            (Some(messages), _) | (None, Some(messages)) => messages,
            (None, None) => {
                return Err(marks(
                    first.line,
                    "a statement stands before `-- +goose Up`",
                ));
            }
        };
        if self.block.is_some() {
            messages.push(statements);
        } else {
            messages.extend(statements.into_iter().map(|one| vec![one]));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::super::testing::folder;

    #[test]
    fn annotations_are_honoured_whatever_their_case() {
        let folder = folder(&[
            (
                "m/00001_users.sql",
                "-- +goose Up\nCREATE TABLE users ();\n-- +goose StatementBegin\n\
                 CREATE FUNCTION f() RETURNS void AS $$\nBEGIN\n  PERFORM 1;\nEND $$ LANGUAGE plpgsql;\n\
                 -- +goose StatementEnd\n\n-- +goose Down\nDROP TABLE users;\n",
            ),
            (
                "m/00002_index.sql",
                "-- +goose up\n-- +goose no transaction\nCREATE INDEX CONCURRENTLY i ON t (a);\n\
                 -- +goose statementbegin\nSELECT 1; SELECT 2;\n-- +goose statementend\n",
            ),
            ("m/00003_in_go.go", "package migrations\n"),
            ("m/00003_in_go_test.go", "package migrations\n"),
            ("m/helpers.go", "package migrations\n"),
            (
                "m/00004_env.sql",
                "-- +goose Up\n-- +goose ENVSUB ON\nCREATE ROLE ${ROLE};\n-- +goose ENVSUB OFF\n",
            ),
            (
                "m/20250101000000_late.sql",
                "-- +goose Up\n-- +goose Down\n",
            ),
        ]);
        assert_snapshot!(folder.read(), @r"
         > 00001 @m goose, users: [2:CREATE TABLE users (); 4:CREATE FUNCTION f() RETURNS void AS $$ BEGIN   PERFORM 1; END $$ LANGUAGE plpgsql] / [11:DROP TABLE users]
        00001 > 00002 goose, index: (3:CREATE INDEX CONCURRENTLY i ON t (a)) [5:SELECT 1; 5:SELECT 2] / none
        00002 > 00003 goose, in go: is written in Go, which limbeck does not run (line 1) / is written in Go, which limbeck does not run (line 1)
        00003 > 00004 goose, env: has variables of the environment in its text, which limbeck does not put in (line 2) / has variables of the environment in its text, which limbeck does not put in (line 2)
        00004 > 20250101000000 goose, late: nothing / nothing
        ");
        let legacy = &folder.legacies(folder.source())[0];
        assert_eq!(
            (legacy.version.as_str(), legacy.table.as_str()),
            ("1", "goose_db_version")
        );
    }

    #[test]
    fn annotations_in_a_wrong_order_are_refused() {
        let folder = folder(&[
            ("m/1_a.sql", "SELECT 1;\n-- +goose Up\n"),
            ("m/2_b.sql", "-- +goose Down\n"),
            (
                "m/3_c.sql",
                "-- +goose Up\n-- +goose StatementBegin\nSELECT 1;\n",
            ),
            ("m/4_d.sql", "-- +goose Up\n-- +goose StatementEnd\n"),
            ("m/5_e.sql", "-- +goose Up\n-- +goose Upwards\n"),
            ("m/6_f.sql", "-- +goose Up\nVACUUM;\n"),
            ("m/7_g.sql", "SELECT 1;\n"),
            ("m/7_h.sql", "-- +goose Up\n"),
        ]);
        assert_snapshot!(folder.read(), @r"
         > 1 @m goose, a: m/1_a.sql:1: a statement stands before `-- +goose Up`; the comments of goose are `-- +goose` and Up, Down, StatementBegin, StatementEnd or NO TRANSACTION; Up comes first
        1 > 2 goose, b: m/2_b.sql:1: `Down` stands before `Up`; the comments of goose are `-- +goose` and Up, Down, StatementBegin, StatementEnd or NO TRANSACTION; Up comes first
        2 > 3 goose, c: m/3_c.sql:2: this `StatementBegin` has no `StatementEnd`; the comments of goose are `-- +goose` and Up, Down, StatementBegin, StatementEnd or NO TRANSACTION; Up comes first
        3 > 4 goose, d: m/4_d.sql:2: `StatementEnd` follows no `StatementBegin`; the comments of goose are `-- +goose` and Up, Down, StatementBegin, StatementEnd or NO TRANSACTION; Up comes first
        4 > 5 goose, e: m/5_e.sql:2: `Upwards` is no comment of goose; the comments of goose are `-- +goose` and Up, Down, StatementBegin, StatementEnd or NO TRANSACTION; Up comes first
        5 > 6 goose, f: m/6_f.sql:2: VACUUM cannot run inside a transaction, in which goose runs it; write `-- +goose NO TRANSACTION` at the top of the file
        6 > 7 goose, g: m/7_g.sql:1: a statement stands before `-- +goose Up`; the comments of goose are `-- +goose` and Up, Down, StatementBegin, StatementEnd or NO TRANSACTION; Up comes first
        m/7_h.sql: the number 7 is already that of `7_g.sql`
          the order of two files with one number is not known: number one of them anew
        ");
    }
}
