//! dbmate: `20250101000000_name.sql` with `-- migrate:up` and `-- migrate:down`.
//!
//! A section is sent whole, in a transaction unless it says `transaction:false`. A file may have
//! several pairs of sections; each is a transaction, in the order of the file on both ways.

use super::line::{Draft, Order, digits};
use super::recognise::Claim;
use super::sending::{Sending, segments};
use super::tree::Tree;
use super::{Step, Takeover, TakeoverProblem, ToolFormat, split_fault};
use crate::declaration::Tool;
use crate::script::{Body, Segment};
use crate::source::error::SourceError;
use crate::source::sql::Fault;
use crate::sql::split::split_at;

const HINT: &str = "`-- migrate:up` stands above the statements, and `-- migrate:down` above those that lead back";

pub(super) struct Dbmate;

impl ToolFormat for Dbmate {
    fn claim(&self, tree: &Tree) -> Option<Claim> {
        let mut files = tree.top().filter(|(_, name)| stem(name).is_some());
        files
            .any(|(file, _)| file.plain().lines().any(|line| mark(line).is_some()))
            .then_some(Claim::Marked)
    }

    fn drafts(&self, _: &Takeover, tree: &Tree, errors: &mut Vec<SourceError>) -> Vec<Draft> {
        let files = tree.top().filter_map(|(file, name)| {
            let (version, title) = stem(name)?;
            Some(Draft {
                // Files are sorted by name, and only the number is known to the table.
                order: Some(Order::text(version)),
                number: version.to_owned(),
                title: title.to_owned(),
                version: version.to_owned(),
                name: name.to_owned(),
                ..Draft::of(file, errors)
            })
        });
        files.collect()
    }

    fn bodies(&self, step: &Step) -> Result<(Body, Body), SourceError> {
        let part = &step.draft.up;
        sections(part.plain())
            .map_err(|Fault { line, problem }| SourceError::new(&part.path, line, problem))
    }

    fn table(&self) -> &'static str {
        "schema_migrations"
    }
}

/// A name in its parts: `^(\d+).*\.sql$`.
fn stem(name: &str) -> Option<(&str, &str)> {
    let (version, title) = digits(name.strip_suffix(".sql")?)?;
    Some((version, title.trim_start_matches(['_', '-'])))
}

/// A line that begins a section: whether it leads up, and its options.
fn mark(line: &str) -> Option<(bool, &str)> {
    let words = line.strip_prefix("--")?.trim_start();
    let words = words.strip_prefix("migrate:")?;
    let up = words.strip_prefix("up").map(|options| (true, options));
    let found = up.or_else(|| Some((false, words.strip_prefix("down")?)));
    found.filter(|(_, options)| options.is_empty() || options.starts_with(char::is_whitespace))
}

fn sections(text: &str) -> Result<(Body, Body), Fault> {
    let parts = split_at(text, 1, |comment| mark(comment).is_some()).map_err(split_fault)?;
    let marks = |line, message: &str| Fault {
        line,
        problem: TakeoverProblem::Marks {
            message: message.to_owned(),
            hint: HINT,
        }
        .into(),
    };
    let mut ways: [Option<Vec<Segment>>; 2] = [None, None];
    let mut last = None;
    for part in parts {
        let Some(marker) = part.marker else {
            if let Some(statement) = part.statements.first() {
                let message = "a statement stands before `-- migrate:up`";
                return Err(marks(statement.line, message));
            }
            continue;
        };
        let (up, options) = mark(marker.text).unwrap_or((true, ""));
        if !up && last.replace(up) != Some(true) {
            let message = "a `-- migrate:down` does not follow a `-- migrate:up`";
            return Err(marks(marker.line, message));
        }
        last = Some(up);
        let outside = options.split_whitespace().any(|o| o == "transaction:false");
        let sending = match outside {
            true => Sending::Outside,
            false => Sending::Wrapped,
        };
        let segments = segments(part.statements, sending, Tool::Dbmate)?;
        ways[usize::from(!up)]
            .get_or_insert_default()
            .extend(segments);
    }
    let [Some(up), down] = ways else {
        return Err(marks(0, "the file has no `-- migrate:up`"));
    };
    Ok((Body::Sql(up), down.map_or(Body::Absent, Body::Sql)))
}
