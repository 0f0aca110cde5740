//! golang-migrate: `000001_name.up.sql` and `000001_name.down.sql`, told apart by their number.
//!
//! It sends a file as it is, in one message and without a transaction of its own, so that a lone
//! `CREATE INDEX CONCURRENTLY` works without a mark. With `x-multi-statement` it sends a file
//! statement by statement.

use super::line::{self, Draft, Order, Way, digits, direction, number};
use super::recognise::Claim;
use super::sending::Sending;
use super::tree::{File, Tree};
use super::{Bodies, Step, Takeover, ToolFormat, file_name};
use crate::declaration::Tool;
use crate::script::Foreign;
use crate::source::error::SourceError;

pub(super) struct GolangMigrate;

impl ToolFormat for GolangMigrate {
    fn claim(&self, tree: &Tree) -> Option<Claim> {
        let mut names = tree.top().map(|(_, name)| name);
        names
            .any(|name| parts(name).is_some())
            .then_some(Claim::Named)
    }

    fn drafts(&self, _: &Takeover, tree: &Tree, errors: &mut Vec<SourceError>) -> Vec<Draft> {
        let mut drafts = up_and_down(Tool::GolangMigrate, tree, errors, parts);
        for draft in &mut drafts {
            if file_name(&draft.up.path).ends_with(GO) {
                draft.foreign = Some(Foreign {
                    line: 1,
                    reason: "is written in Go, which limbeck does not run".to_owned(),
                });
            }
        }
        drafts
    }

    fn bodies(&self, step: &Step) -> Bodies {
        let sending = match step.source.multi_statement {
            true => Sending::Divided,
            false => Sending::Whole,
        };
        step.two_files(|_| sending)
    }

    fn table(&self) -> &'static str {
        "schema_migrations"
    }
}

/// Some projects have taught it to run such files.
const GO: &str = ".go";

/// A name in its parts: `^([0-9]+)_(.*)\.(down|up)\.(.*)$`.
fn parts(name: &str) -> Option<(&str, &str, Way)> {
    let stem = name.strip_suffix(".sql").or(name.strip_suffix(GO))?;
    let (number, rest) = digits(stem)?;
    let (title, way) = direction(rest.strip_prefix('_')?);
    Some((number, title, way?))
}

/// Finds migrations that have a file for each way under one number.
pub(super) fn up_and_down(
    tool: Tool,
    tree: &Tree,
    errors: &mut Vec<SourceError>,
    parts: impl Fn(&str) -> Option<(&str, &str, Way)>,
) -> Vec<Draft> {
    let mut drafts = Vec::new();
    let mut downs: Vec<(Order, String, &File)> = Vec::new();
    for (file, name) in tree.top() {
        let Some((digits, title, way)) = parts(name) else {
            continue;
        };
        let number = match number(digits, &file.path, tool) {
            Ok(number) => number,
            Err(error) => {
                errors.push(error);
                continue;
            }
        };
        let order = Order::number(number);
        match way {
            Way::Up => drafts.push(Draft {
                order: Some(order),
                number: digits.to_owned(),
                title: title.to_owned(),
                version: number.to_string(),
                name: title.to_owned(),
                ..Draft::of(file, errors)
            }),
            Way::Down => downs.push((order, digits.to_owned(), file)),
        }
    }
    line::pair(&mut drafts, downs, errors);
    drafts
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::super::testing::folder;

    #[test]
    fn files_pair_by_their_number_and_stand_in_its_order() {
        let folder = folder(&[
            (
                "m/000001_initial_schema.up.sql",
                "BEGIN;\nCREATE TABLE t ();\nCOMMIT;\n",
            ),
            ("m/000001_first.down.sql", "DROP TABLE t"),
            ("m/000010_c.up.sql", "SELECT 10"),
            ("m/9_b.up.sql", "CREATE INDEX CONCURRENTLY i ON t (a)"),
            ("m/9_b.down.sql", ""),
            ("m/README.md", "# about"),
            ("m/.keep", ""),
            ("m/000011_notes.txt", ""),
            ("m/seed.sql", "SELECT 0"),
            ("m/000012_in_go.up.go", "package migrations"),
            ("m/000012_in_go.down.go", "package migrations"),
        ]);
        assert_snapshot!(folder.read(), @r"
         > 000001 @m golang-migrate, initial schema: [2:CREATE TABLE t ()] / [1:DROP TABLE t]
        000001 > 9 golang-migrate, b: (1:CREATE INDEX CONCURRENTLY i ON t (a)) / nothing
        9 > 000010 golang-migrate, c: [1:SELECT 10] / none
        000010 > 000012 golang-migrate, in go: is written in Go, which limbeck does not run (line 1) / is written in Go, which limbeck does not run (line 1)
        ");
        let legacy = &folder.legacies(folder.source())[1];
        assert_eq!(
            (legacy.table.as_str(), legacy.version.as_str()),
            ("schema_migrations", "9")
        );
        assert_eq!(legacy.checksum, None);
    }

    #[test]
    fn a_file_with_an_index_among_others_needs_the_option_that_the_tool_needs() {
        let folder = folder(&[(
            "m/000001_a.up.sql",
            "SELECT 1;\n\nCREATE INDEX CONCURRENTLY i ON t (a);\n",
        )]);
        assert_snapshot!(folder.read(), @" > 000001 @m golang-migrate, a: m/000001_a.up.sql:3: CREATE INDEX CONCURRENTLY cannot run inside a transaction, in which golang-migrate runs it; give the statement a file of its own, or set `multi_statement = true` in its [[source]]");
        let mut source = folder.source();
        source.multi_statement = true;
        assert_snapshot!(folder.read_as(source), @" > 000001 @m golang-migrate, a: (1:SELECT 1; 3:CREATE INDEX CONCURRENTLY i ON t (a)) / none");
    }

    #[test]
    fn what_does_not_add_up_is_told_and_the_rest_is_read() {
        let folder = folder(&[
            ("m/1_a.up.sql", "SELECT 1"),
            ("m/1_b.up.sql", "SELECT 2"),
            ("m/1_a.down.sql", "SELECT 1"),
            ("m/01_b.down.sql", "SELECT 2"),
            ("m/2_c.down.sql", "SELECT 3"),
            (
                "m/99999999999999999999999999999999999999999_d.up.sql",
                "SELECT 4",
            ),
        ]);
        folder.write("m/3_e.up.sql", b"SELECT 1;\nSELECT '\xff';\n");
        folder.write("m/4_f.up.sql", "\u{feff}SELECT 1;\r\nSELECT 2;\r\n");
        assert_snapshot!(folder.read(), @r"
         > 1 @m golang-migrate, a: [1:SELECT 1] / [1:SELECT 2]
        1 > 3 golang-migrate, e: has a file that cannot be read (line 2) / has a file that cannot be read (line 2)
        3 > 4 golang-migrate, f: [1:SELECT 1; 2:SELECT 2] / none
        m/3_e.up.sql:2: the file is not UTF-8: byte 18 begins no character
          save the file as UTF-8
        m/99999999999999999999999999999999999999999_d.up.sql: `99999999999999999999999999999999999999999` is no version that golang-migrate takes
        m/1_a.down.sql: the number 1 is already that of `01_b.down.sql`
          the order of two files with one number is not known: number one of them anew
        m/2_c.down.sql: it leads down, and there is no file that leads up to it
          add the file that leads up, or delete this one
        m/1_b.up.sql: the number 1 is already that of `1_a.up.sql`
          the order of two files with one number is not known: number one of them anew
        ");
    }
}
