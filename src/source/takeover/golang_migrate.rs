//! golang-migrate: `000001_name.up.sql` and `000001_name.down.sql`, told apart by their number.
//!
//! It sends a file as it is, in one message and without a transaction of its own, so that a lone
//! `CREATE INDEX CONCURRENTLY` works without a mark. With `x-multi-statement` it sends a file
//! statement by statement.

use super::line::{self, Draft, Order, Way, digits, direction, number};
use super::recognise::Claim;
use super::sending::Sending;
use super::tree::{File, Tree};
use super::{Step, Takeover, ToolFormat};
use crate::declaration::Tool;
use crate::script::Body;
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
        up_and_down(Tool::GolangMigrate, tree, errors, parts)
    }

    fn bodies(&self, step: &Step) -> Result<(Body, Body), SourceError> {
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

/// A name in its parts: `^([0-9]+)_(.*)\.(down|up)\.(.*)$`, of which only SQL is for PostgreSQL.
fn parts(name: &str) -> Option<(&str, &str, Way)> {
    let stem = name.strip_suffix(".sql")?;
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
