//! SQL files with a number, `001_name.sql`, run by a program of the project itself.
//!
//! Nobody knows how such a program sends a file; it is taken to send it whole, as most do. Files
//! without a number, which such programs run after the others, stand beside the line.

use super::golang_migrate::up_and_down;
use super::line::{Draft, Way, digits, direction};
use super::recognise::Claim;
use super::sending::Sending;
use super::tree::Tree;
use super::{Bodies, Step, Takeover, ToolFormat, file_name};
use crate::declaration::Tool;
use crate::source::checksum;
use crate::source::error::SourceError;

pub(super) struct Numbered;

impl ToolFormat for Numbered {
    fn claim(&self, tree: &Tree) -> Option<Claim> {
        let mut names = tree.top().map(|(_, name)| name);
        let ours = |name: &str| matches!(parts(name), Some((_, _, Way::Up))) && !is_up(name);
        names.any(ours).then_some(Claim::Named)
    }

    fn drafts(&self, _: &Takeover, tree: &Tree, errors: &mut Vec<SourceError>) -> Vec<Draft> {
        drafts(Tool::Numbered, tree, errors)
    }

    fn bodies(&self, step: &Step) -> Bodies {
        bodies(step)
    }

    fn checksum(&self, step: &Step) -> Option<String> {
        Some(checksum(step.draft.up.text.written()))
    }

    fn table(&self) -> &'static str {
        "schema_migrations"
    }
}

pub(super) fn bodies(step: &Step) -> Bodies {
    let sending = match step.source.multi_statement {
        true => Sending::Divided,
        false => Sending::Whole,
    };
    step.two_files(|_| sending)
}

/// Finds the files of a folder, those without a number as well.
pub(super) fn drafts(tool: Tool, tree: &Tree, errors: &mut Vec<SourceError>) -> Vec<Draft> {
    let mut drafts = up_and_down(tool, tree, errors, parts);
    for (file, name) in tree.top() {
        let Some(stem) = name.strip_suffix(".sql") else {
            continue;
        };
        if digits(stem).is_none() {
            drafts.push(Draft {
                title: stem.to_owned(),
                ..Draft::of(file, errors)
            });
        }
    }
    for draft in &mut drafts {
        // Such tables hold the file's name, with its ending or without.
        draft.version = file_name(&draft.up.path);
        draft.name = draft.version.trim_end_matches(".sql").to_owned();
    }
    drafts
}

/// A name in its parts: a number, and anything behind a sign that is no letter.
pub(super) fn parts(name: &str) -> Option<(&str, &str, Way)> {
    let stem = name.strip_suffix(".sql")?;
    let (number, rest) = digits(stem)?;
    // Of postgrator.
    for (sign, way) in [(".do", Way::Up), (".undo", Way::Down)] {
        match rest.strip_prefix(sign) {
            Some("") => return Some((number, "", way)),
            Some(title) if title.starts_with('.') => return Some((number, &title[1..], way)),
            _ => {}
        }
    }
    let (title, way) = direction(rest);
    let title = title.trim_start_matches(['_', '-', '.', ' ']);
    Some((number, title, way.unwrap_or(Way::Up)))
}

fn is_up(name: &str) -> bool {
    name.ends_with(".up.sql")
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::super::testing::folder;

    #[test]
    fn numbers_are_compared_as_numbers_and_names_without_one_stand_beside() {
        let folder = folder(&[
            ("m/001_init_schema.sql", "CREATE TABLE t ();\nSELECT 1;"),
            ("m/0002-next.sql", "SELECT 2"),
            ("m/00010-last.sql", "SELECT 10"),
            ("m/00010.down.sql", "SELECT -10"),
            ("m/create_report_queue.sql", "SELECT 'q'"),
            ("m/add-indexes.sql", "SELECT 'i'"),
            ("m/README.md", ""),
            ("m/0011.do.of-postgrator.sql", "SELECT 11"),
            ("m/0011.undo.of-postgrator.sql", "SELECT -11"),
        ]);
        assert_snapshot!(folder.read(), @r"
         > create_report_queue numbered, create report queue: [1:SELECT 'q'] / none
         > add_indexes numbered, add indexes: [1:SELECT 'i'] / none
         > 001 @m numbered, init schema: [1:CREATE TABLE t (); 2:SELECT 1] / none
        001 > 0002 numbered, next: [1:SELECT 2] / none
        0002 > 00010 numbered, last: [1:SELECT 10] / [1:SELECT -10]
        00010 > 0011 numbered, of postgrator: [1:SELECT 11] / [1:SELECT -11]
        ");
        let legacy = &folder.legacies(folder.source())[2];
        assert_eq!(legacy.version, "001_init_schema.sql");
        assert_eq!(legacy.name, "001_init_schema");
    }

    #[test]
    fn two_files_with_one_number_have_no_order() {
        let folder = folder(&[("m/001_a.sql", ""), ("m/1_b.sql", ""), ("m/002_c.sql", "")]);
        assert_snapshot!(folder.read(), @r"
         > 001 @m numbered, a: nothing / none
        001 > 002 numbered, c: nothing / none
        m/1_b.sql: the number 1 is already that of `001_a.sql`
          the order of two files with one number is not known: number one of them anew
        ");
    }
}
