//! Numbered SQL files with a folder `rollbacks` of files that lead back, in it or beside it.
//!
//! There is no common convention: `rb-20250101-name.sql`, `001_rollback_name.sql`, `001_rollback.sql`
//! and `001_name.down.sql` all occur. A rollback belongs to the file with its number, or else to the
//! one with its name.

use super::line::{Draft, digits, number};
use super::numbered;
use super::recognise::Claim;
use super::tree::{Depth, File, Tree};
use super::{Bodies, Gate, Step, Takeover, TakeoverProblem, ToolFormat, file_name};
use crate::declaration::Tool;
use crate::source::checksum;
use crate::source::error::SourceError;

const FOLDERS: [&str; 2] = ["rollbacks", "rollback"];
const BEFORE: [&str; 6] = ["rb-", "rb_", "rollback-", "rollback_", "down-", "down_"];
const BEHIND: [&str; 6] = [
    ".down",
    ".rollback",
    "_rollback",
    "-rollback",
    "_down",
    "-down",
];

pub(super) struct Rollbacks;

impl ToolFormat for Rollbacks {
    fn claim(&self, tree: &Tree) -> Option<Claim> {
        let has_numbers = tree.top().any(|(_, name)| numbered::parts(name).is_some());
        (has_numbers && !tree.rollbacks.is_empty()).then_some(Claim::Marked)
    }

    fn drafts(&self, _: &Takeover, tree: &Tree, errors: &mut Vec<SourceError>) -> Vec<Draft> {
        let mut drafts = numbered::drafts(Tool::Rollbacks, tree, errors);
        for file in &tree.rollbacks {
            let stem = stem(file);
            let found: Vec<usize> = match digits(stem) {
                Some((digits, _)) => {
                    let number = match number(digits, &file.path, Tool::Rollbacks) {
                        Ok(number) => number,
                        Err(error) => {
                            errors.push(error);
                            continue;
                        }
                    };
                    places(&drafts, |draft| {
                        let order = draft.order.as_ref();
                        order.is_some_and(|order| order.numbers == [number])
                    })
                }
                None => places(&drafts, |draft| draft.title == stem || draft.name == stem),
            };
            roll_back(&mut drafts, &found, file, errors);
        }
        drafts
    }

    fn bodies(&self, step: &Step) -> Bodies {
        numbered::bodies(step)
    }

    fn checksum(&self, step: &Step) -> Option<String> {
        Some(checksum(step.draft.up.text.written()))
    }

    fn table(&self) -> &'static str {
        "migrations"
    }
}

/// Finds the files that lead back.
pub(super) fn files(
    source: &Takeover,
    tree: &Tree,
    gate: Option<&Gate>,
) -> Result<Vec<File>, SourceError> {
    let sql = |tree: Tree| {
        let files = tree.files.into_iter();
        let files = files.filter(|file| file.top().is_some_and(|name| name.ends_with(".sql")));
        files.collect::<Vec<_>>()
    };
    if let Some(folder) = &source.rollbacks {
        let path = source.path.join(folder);
        return Ok(sql(Tree::read(&path, Depth::Two, gate)?));
    }
    let inside = |folder: &str| {
        let below = tree.folders().find(|(name, _)| *name == folder);
        let files = below.map_or(&[][..], |(_, files)| files).iter();
        files
            .filter(|file| file.name.ends_with(".sql"))
            .cloned()
            .collect::<Vec<_>>()
    };
    let found = FOLDERS
        .map(inside)
        .into_iter()
        .find(|files| !files.is_empty());
    if let Some(files) = found {
        return Ok(files);
    }
    for folder in FOLDERS {
        let beside = match source.path.parent() {
            Some(parent) => parent.join(folder),
            None => continue,
        };
        if beside.is_dir() && beside != source.path {
            return Ok(sql(Tree::read(&beside, Depth::Two, gate)?));
        }
    }
    Ok(Vec::new())
}

/// The name of a rollback without what says that it is one.
fn stem(file: &File) -> &str {
    let name = file.split().1;
    let stem = name.strip_suffix(".sql").unwrap_or(name);
    let stem = BEFORE
        .iter()
        .find_map(|before| stem.strip_prefix(before))
        .unwrap_or(stem);
    BEHIND
        .iter()
        .find_map(|behind| stem.strip_suffix(behind))
        .unwrap_or(stem)
}

fn places(drafts: &[Draft], fits: impl Fn(&Draft) -> bool) -> Vec<usize> {
    let fitting = drafts.iter().enumerate().filter(|(_, draft)| fits(draft));
    fitting.map(|(place, _)| place).collect()
}

fn roll_back(drafts: &mut [Draft], found: &[usize], file: &File, errors: &mut Vec<SourceError>) {
    let mut refuse = |problem: TakeoverProblem| {
        errors.push(SourceError::new(&file.path, 0, problem.into()));
    };
    match found {
        [] => refuse(TakeoverProblem::DownWithoutUp),
        [one] => {
            let draft = &mut drafts[*one];
            if let Some(first) = &draft.down {
                refuse(TakeoverProblem::Duplicate {
                    number: draft.number.clone(),
                    first: file_name(&first.path),
                });
                return;
            }
            draft.lead_down(file, errors);
        }
        several => refuse(TakeoverProblem::AmbiguousRollback {
            candidates: several
                .iter()
                .map(|place| format!("`{}`", file_name(&drafts[*place].up.path)))
                .collect(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::super::testing::folder;

    #[test]
    fn rollbacks_lie_in_the_folder_or_beside_it() {
        let inside = folder(&[
            ("m/000_create_migrations_table.sql", "SELECT 0"),
            ("m/001_create_users_table.sql", "SELECT 1"),
            ("m/rollbacks/001_rollback_users_table.sql", "SELECT -1"),
            ("m/rollbacks/README.md", ""),
        ]);
        assert_snapshot!(inside.read(), @r"
         > 000 @m rollbacks, create migrations table: [1:SELECT 0] / none
        000 > 001 rollbacks, create users table: [1:SELECT 1] / [1:SELECT -1]
        ");
        let postgrate = folder(&[
            ("m/1700000000001-users.sql", "SELECT 1"),
            ("m/1700000000002-groups.sql", "SELECT 2"),
            ("rollbacks/rb-1700000000001-users.sql", "SELECT -1"),
            ("rollbacks/rb-1700000000002-groups.sql", "SELECT -2"),
        ]);
        assert_snapshot!(postgrate.read(), @r"
         > 1700000000001 @m rollbacks, users: [1:SELECT 1] / [1:SELECT -1]
        1700000000001 > 1700000000002 rollbacks, groups: [1:SELECT 2] / [1:SELECT -2]
        ");
        let named = folder(&[
            ("m/001_users.sql", "SELECT 1"),
            ("m/queue.sql", "SELECT 2"),
            ("back/users.down.sql", "SELECT -1"),
            ("back/queue_rollback.sql", "SELECT -2"),
        ]);
        let mut source = named.source();
        source.rollbacks = Some("../back".into());
        assert_snapshot!(named.read_as(source), @r"
        > queue rollbacks, queue: [1:SELECT 2] / [1:SELECT -2]
        > 001 @m rollbacks, users: [1:SELECT 1] / [1:SELECT -1]
        ");
    }

    #[test]
    fn what_cannot_be_told_apart_is_refused() {
        let folder = folder(&[
            ("m/001_users.sql", ""),
            ("m/002_users.sql", ""),
            ("m/003_a.sql", ""),
            ("m/rollbacks/users.sql", ""),
            ("m/rollbacks/003_x.sql", ""),
            ("m/rollbacks/003_y.sql", ""),
            ("m/rollbacks/004_z.sql", ""),
        ]);
        assert_snapshot!(folder.read(), @r"
         > 001 @m rollbacks, users: nothing / none
        001 > 002 rollbacks, users: nothing / none
        002 > 003 rollbacks, a: nothing / nothing
        m/rollbacks/003_y.sql: the number 003 is already that of `003_x.sql`
          the order of two files with one number is not known: number one of them anew
        m/rollbacks/004_z.sql: it leads down, and there is no file that leads up to it
          add the file that leads up, or delete this one
        m/rollbacks/users.sql: it is not clear which file it rolls back: `001_users.sql` or `002_users.sql`
          begin its name with the number of the file it rolls back
        ");
    }
}
