//! Numbered SQL files with a folder `rollbacks` of files that lead back, in it or beside it.
//!
//! There is no common convention: `rb-20250101-name.sql`, `001_rollback_name.sql`, `001_rollback.sql`
//! and `001_name.down.sql` all occur. A rollback belongs to the file with its number, or else to the
//! one with its name.

use super::line::{Draft, digits, number};
use super::numbered;
use super::recognise::Claim;
use super::tree::{Depth, File, Tree};
use super::{Gate, Step, Takeover, TakeoverProblem, ToolFormat, file_name};
use crate::declaration::Tool;
use crate::script::Body;
use crate::source::error::SourceError;

const FOLDERS: [&str; 2] = ["rollbacks", "rollback"];
const BEFORE: [&str; 6] = ["rb-", "rb_", "rollback-", "rollback_", "down-", "down_"];
const BEHIND: [&str; 6] = [".down", ".rollback", "_rollback", "-rollback", "_down", "-down"];

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

    fn bodies(&self, step: &Step) -> Result<(Body, Body), SourceError> {
        numbered::bodies(step)
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
    let found = FOLDERS.map(inside).into_iter().find(|files| !files.is_empty());
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
