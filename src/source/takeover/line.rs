//! From the files of a folder to a line of revisions: their order, their ids, their declarations.
//!
//! Ids must not change when files are added, since databases stand at them. So a folder's numbers are
//! the ids unless a folder listed before it counts in the same way; then all of them have the
//! folder's label before them. What has no number of its own stands beside the line, without a
//! parent: a file that is added between two that are applied would otherwise count as applied.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, FixedOffset, NaiveDateTime};
use sha2::{Digest, Sha256};

use super::tree::{File, Part};
use super::{Step, Takeover, TakeoverProblem};
use crate::declaration::{Claim, Declaration, Format, Tool};
use crate::id::{KEYWORDS, MAX_LENGTH, RESERVED};
use crate::script::Foreign;
use crate::source::error::SourceError;

/// The place of a file in its line.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Order {
    pub(super) numbers: Vec<u128>,
    pub(super) text: String,
}

impl Order {
    pub(super) fn number(number: u128) -> Self {
        let numbers = vec![number];
        let text = String::new();
        Self { numbers, text }
    }

    pub(super) fn text(text: &str) -> Self {
        let numbers = Vec::new();
        let text = text.to_owned();
        Self { numbers, text }
    }
}

/// A migration as a format found it, not yet part of a line.
#[derive(Clone, Debug, Default)]
pub(super) struct Draft {
    /// Its place in the line; none for one that stands beside it.
    pub(super) order: Option<Order>,
    /// Its number as written, where it has one.
    pub(super) number: String,
    /// What it is called, without the number.
    pub(super) title: String,
    /// What its tool knows it by.
    pub(super) version: String,
    /// What its tool calls it.
    pub(super) name: String,
    /// The file that leads up, or that holds both ways.
    pub(super) up: Part,
    /// The file that leads down, where it is one of its own.
    pub(super) down: Option<Part>,
    /// Whether something beside the file says how it is run.
    pub(super) transaction: Option<bool>,
    /// Whether its text is taken as it stands.
    pub(super) literal: bool,
    /// When it was made, in milliseconds since 1970, where something but the number says so.
    pub(super) when: Option<i64>,
    /// Why it cannot be run.
    pub(super) foreign: Option<Foreign>,
}

impl Draft {
    /// One whose file is read; what is wrong with it is reported, and keeps it from being run.
    pub(super) fn of(file: &File, errors: &mut Vec<SourceError>) -> Self {
        let mut draft = Self::default();
        match file.part() {
            Ok(part) => draft.up = part,
            Err(error) => {
                draft.up.path.clone_from(&file.path);
                draft.foreign = Some(Foreign {
                    line: error.line,
                    reason: "has a file that cannot be read".to_owned(),
                });
                errors.push(error);
            }
        }
        draft
    }

    /// Adds the file that leads down.
    pub(super) fn lead_down(&mut self, file: &File, errors: &mut Vec<SourceError>) {
        match file.part() {
            Ok(part) => self.down = Some(part),
            Err(error) => errors.push(error),
        }
    }
}

/// Gives files that lead down to those that lead up, by their place in the line.
pub(super) fn pair(
    drafts: &mut [Draft],
    downs: Vec<(Order, String, &File)>,
    errors: &mut Vec<SourceError>,
) {
    let mut by_order: HashMap<Order, usize> = HashMap::new();
    for (index, draft) in drafts.iter().enumerate() {
        if let Some(order) = &draft.order {
            by_order.entry(order.clone()).or_insert(index);
        }
    }
    for (order, number, file) in downs {
        let Some(draft) = by_order.get(&order).map(|index| &mut drafts[*index]) else {
            let problem = TakeoverProblem::DownWithoutUp.into();
            errors.push(SourceError::new(&file.path, 0, problem));
            continue;
        };
        if let Some(first) = &draft.down {
            errors.push(duplicate(number, &file.path, &first.path));
            continue;
        }
        draft.lead_down(file, errors);
    }
}

fn duplicate(number: String, path: &Path, first: &Path) -> SourceError {
    let first = first.file_name().unwrap_or_default();
    let first = first.to_string_lossy().into_owned();
    SourceError::new(path, 0, TakeoverProblem::Duplicate { number, first }.into())
}

/// The leading digits of a name and the rest of it.
pub(super) fn digits(name: &str) -> Option<(&str, &str)> {
    let end = name
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(name.len());
    (end > 0).then(|| name.split_at(end))
}

/// The number that digits stand for.
pub(super) fn number(digits: &str, path: &Path, tool: Tool) -> Result<u128, SourceError> {
    digits.parse().map_err(|_| bad_version(digits, path, tool))
}

pub(super) fn bad_version(number: &str, path: &Path, tool: Tool) -> SourceError {
    let number = number.to_owned();
    let problem = TakeoverProblem::BadVersion { number, tool };
    SourceError::new(path, 0, problem.into())
}

/// What the ids of one folder look like, for those listed after it.
#[derive(Debug, Default)]
pub(super) struct Numbering {
    ids: HashSet<String>,
    /// The lengths of numbers that count up; dates are longer.
    widths: BTreeSet<usize>,
}

/// A number with more digits is a date or a time.
const COUNTED: usize = 7;
/// Numbers that are written without zeros before them reach so many digits.
const UNPADDED: usize = 3;

impl Numbering {
    fn of(drafts: &[Draft]) -> Self {
        let numbers = drafts.iter().map(|draft| draft.number.as_str());
        let numbers = numbers.filter(|number| !number.is_empty());
        let lengths = numbers.clone().map(str::len);
        let mut widths: BTreeSet<usize> = lengths.filter(|length| *length <= COUNTED).collect();
        if widths.contains(&1) {
            widths.extend(1..=UNPADDED);
        }
        let ids = numbers.map(str::to_owned).collect();
        Self { ids, widths }
    }

    /// Tells whether a number of the one can be a number of the other, now or later.
    fn meets(&self, other: &Self) -> bool {
        !self.widths.is_disjoint(&other.widths) || !self.ids.is_disjoint(&other.ids)
    }
}

/// Puts the migrations of a folder in order and makes them revisions: those beside the line first,
/// and the last of them at the top, so that they are applied after the line and in their order.
pub(super) fn revisions(
    source: &Arc<Takeover>,
    tool: Tool,
    mut drafts: Vec<Draft>,
    earlier: &mut Vec<Numbering>,
    errors: &mut Vec<SourceError>,
) -> Vec<Step> {
    // Those beside the line come after it.
    drafts.sort_by(|a, b| {
        let place = |draft: &Draft| (draft.order.is_none(), draft.order.clone());
        place(a)
            .cmp(&place(b))
            .then_with(|| a.up.path.cmp(&b.up.path))
    });
    refuse_duplicates(&mut drafts, errors);
    let numbering = Numbering::of(&drafts);
    let label = source.label();
    let prefix = earlier
        .iter()
        .any(|other| other.meets(&numbering))
        .then_some(label.as_str());
    earlier.push(numbering);
    let mut ids = Ids {
        prefix,
        taken: HashSet::new(),
    };
    let mut before: Option<String> = None;
    let mut version_before: Option<String> = None;
    let mut steps = Vec::with_capacity(drafts.len());
    let mut beside = Vec::new();
    for draft in drafts {
        let id = ids.of(&draft);
        let mut declaration = Declaration::new(Claim::new(&id, 0), Format::Tool(tool));
        declaration.message = message(&draft.title);
        declaration.created = created(&draft);
        declaration.path = Some(draft.up.path.as_path().into());
        let is_in_line = draft.order.is_some();
        let parent = if is_in_line { before.replace(id) } else { None };
        match parent {
            Some(parent) => declaration.down_revision.push(Claim::new(parent, 0)),
            None => {
                let names = source.depends_on.iter();
                declaration.depends_on = names.map(|name| Claim::new(name, 0)).collect();
                if is_in_line {
                    declaration.branch_labels.push(Claim::new(&label, 0));
                }
            }
        }
        let version = draft.version.clone();
        let step = Step {
            tool,
            source: Arc::clone(source),
            declaration,
            draft,
            before: match is_in_line {
                true => version_before.replace(version),
                false => None,
            },
        };
        if is_in_line {
            steps.push(step);
        } else {
            beside.push(step);
        }
    }
    beside.into_iter().rev().chain(steps).collect()
}

fn refuse_duplicates(drafts: &mut Vec<Draft>, errors: &mut Vec<SourceError>) {
    let mut first: Option<(Order, PathBuf)> = None;
    drafts.retain(|draft| {
        let Some(order) = &draft.order else {
            return true;
        };
        if let Some((_, path)) = first.as_ref().filter(|(before, _)| before == order) {
            errors.push(duplicate(draft.number.clone(), &draft.up.path, path));
            return false;
        }
        first = Some((order.clone(), draft.up.path.clone()));
        true
    });
}

/// Makes the ids of one folder.
struct Ids<'s> {
    prefix: Option<&'s str>,
    taken: HashSet<String>,
}

impl Ids<'_> {
    fn of(&mut self, draft: &Draft) -> String {
        let long = match (draft.number.as_str(), draft.title.as_str()) {
            ("", title) => title.to_owned(),
            (number, "") => number.to_owned(),
            (number, title) => format!("{number}_{title}"),
        };
        let short = match draft.number.as_str() {
            "" => long.clone(),
            number => number.to_owned(),
        };
        // Where a tool lets two files have one number, the later one has more of its name.
        let again = (2..).map(|count| format!("{long}_{count}"));
        let mut names = [short, long.clone()].into_iter().chain(again);
        loop {
            let id = self.fit(&names.next().unwrap_or_default());
            if self.taken.insert(id.clone()) {
                return id;
            }
        }
    }

    fn fit(&self, name: &str) -> String {
        let name = legal(name);
        let Some(prefix) = self.prefix else {
            return cut(&name);
        };
        let room = MAX_LENGTH.saturating_sub(name.chars().count() + 1);
        if prefix.chars().count() <= room || room < 4 {
            return cut(&format!("{prefix}_{name}"));
        }
        let prefix: String = prefix.chars().take(room).collect();
        format!("{prefix}_{name}")
    }
}

/// Returns a text as part of a name: without what targets need for themselves.
pub(super) fn legal(text: &str) -> String {
    let is_legal = |c: char| !(RESERVED.contains(&c) || c.is_control() || c.is_whitespace());
    let mut name: String = text
        .chars()
        .map(|c| if is_legal(c) { c } else { '_' })
        .collect();
    if name.is_empty() || KEYWORDS.contains(&name.as_str()) {
        name.push('_');
    }
    name
}

/// Returns a name that fits the version table: its beginning, and a few digits that stand for the
/// rest.
pub(super) fn cut(name: &str) -> String {
    const MARK: usize = 5;
    if name.chars().count() <= MAX_LENGTH {
        return name.to_owned();
    }
    let digest = Sha256::digest(name.as_bytes());
    let begin: String = name.chars().take(MAX_LENGTH - MARK).collect();
    format!("{begin}_{:02x}{:02x}", digest[0], digest[1])
}

fn message(title: &str) -> String {
    let words = title.split(['_', '-', ' ']).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

/// Reads the time that a number of many digits stands for.
fn created(draft: &Draft) -> Option<DateTime<FixedOffset>> {
    let number = draft.number.as_str();
    let milliseconds = || {
        number
            .parse()
            .ok()
            .and_then(DateTime::from_timestamp_millis)
    };
    let utc = match (draft.when, number.len()) {
        (Some(when), _) => DateTime::from_timestamp_millis(when),
        (None, 14) => NaiveDateTime::parse_from_str(number, "%Y%m%d%H%M%S")
            .ok()
            .map(|time| time.and_utc()),
        (None, 17) => NaiveDateTime::parse_from_str(number, "%Y%m%d%H%M%S%3f")
            .ok()
            .map(|time| time.and_utc()),
        (None, 13) => milliseconds(),
        (None, 10) => number
            .parse()
            .ok()
            .and_then(|seconds| DateTime::from_timestamp(seconds, 0)),
        _ => None,
    };
    utc.map(|time| time.fixed_offset())
}

/// What a name says of files that lead up and down under one number.
pub(super) fn direction(rest: &str) -> (&str, Option<Way>) {
    let stem = rest.strip_suffix(".sql").unwrap_or(rest);
    if let Some(stem) = stem.strip_suffix(".up") {
        (stem, Some(Way::Up))
    } else if let Some(stem) = stem.strip_suffix(".down") {
        (stem, Some(Way::Down))
    } else {
        (stem, None)
    }
}

/// Where a file leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Up,
    Down,
}

#[cfg(test)]
mod tests {
    use super::super::Takeovers;
    use super::super::testing::{Folder, folder};
    use super::*;
    use crate::source::Source;

    fn ids(folder: &Folder, names: &[&str]) -> Vec<String> {
        let sources = names.iter().map(|name| {
            let mut source = Takeover::new(folder.path().join(name));
            source.tool = Some(Tool::Numbered);
            source
        });
        let loading = Takeovers::new(sources.collect()).load();
        assert_eq!(loading.errors, []);
        // As they were listed.
        let mut ids: Vec<_> = loading
            .loaded
            .iter()
            .map(|loaded| {
                let path = loaded.declaration.path.as_deref().unwrap().to_owned();
                let place = names
                    .iter()
                    .position(|name| path.starts_with(folder.path().join(name)));
                (place, path, loaded.declaration.revision.value.clone())
            })
            .collect();
        ids.sort();
        ids.into_iter().map(|(_, _, id)| id).collect()
    }

    fn files(names: &[&str]) -> Folder {
        let files: Vec<_> = names.iter().map(|name| (*name, "")).collect();
        folder(&files)
    }

    #[test]
    fn a_folder_that_counts_as_an_earlier_one_does_has_its_label_before_its_numbers() {
        let folder = files(&["a/001_x.sql", "b/001_y.sql", "b/002_y.sql", "c/0001_z.sql"]);
        assert_eq!(
            ids(&folder, &["a", "b", "c"]),
            ["001", "b_001", "b_002", "0001"]
        );
        assert_eq!(
            ids(&folder, &["b", "a", "c"]),
            ["001", "002", "a_001", "0001"]
        );
    }

    #[test]
    fn a_file_more_changes_no_id() {
        // As soon as both count in three digits, they can meet.
        let folder = files(&[
            "a/001_x.sql",
            "b/002_y.sql",
            "c/1_z.sql",
            "d/20250101_t.sql",
        ]);
        let before = ids(&folder, &["a", "b", "c", "d"]);
        assert_eq!(before, ["001", "b_002", "c_1", "20250101"]);
        folder.write("a/002_x.sql", "");
        folder.write("c/100_z.sql", "");
        let after = ids(&folder, &["a", "b", "c", "d"]);
        assert_eq!(after, ["001", "002", "b_002", "c_100", "c_1", "20250101"]);
    }

    #[test]
    fn ids_fit_the_version_table_and_targets() {
        let long = "very long words that say what it does";
        let folder = files(&["head.sql", "a-b c.sql", &format!("m/{long}.sql")]);
        let ids = ids(&folder, &["m"]);
        assert_eq!(ids, ["very_long_words_that_say_wh_1e76"]);
        assert_eq!(legal("head"), "head_");
        assert_eq!(legal("a-b c:d"), "a_b_c_d");
        let ids = Ids {
            prefix: Some("a_label_of_thirty_two_characters"),
            taken: HashSet::new(),
        };
        assert_eq!(
            ids.fit("20250101000000"),
            "a_label_of_thirty_20250101000000"
        );
        assert_eq!(ids.fit("001").chars().count(), MAX_LENGTH);
    }

    #[test]
    fn a_line_may_depend_on_what_another_one_has() {
        let folder = folder(&[("m/001_a.sql", ""), ("m/002_b.sql", ""), ("m/c.sql", "")]);
        let mut source = folder.source();
        source.depends_on = vec!["drizzle".to_owned()];
        source.label = Some("app".to_owned());
        insta::assert_snapshot!(folder.read_as(source), @r"
        drizzle > c numbered, c: nothing / none
        drizzle > 001 @app numbered, a: nothing / none
        001 > 002 numbered, b: nothing / none
        ");
    }

    #[test]
    fn a_number_of_many_digits_is_a_time() {
        let created = |number: &str| {
            let draft = Draft {
                number: number.to_owned(),
                ..Draft::default()
            };
            created(&draft).map(|at| at.to_rfc3339())
        };
        for number in [
            "20250115100000",
            "1736935200000",
            "1736935200",
            "20250115100000000",
        ] {
            assert_eq!(
                created(number).as_deref(),
                Some("2025-01-15T10:00:00+00:00"),
                "{number}"
            );
        }
        assert_eq!(created("20251315100000"), None);
        assert_eq!(created("000007"), None);
    }
}
