//! sqlx: `20250101000000_name.sql`, or `.up.sql` and `.down.sql` for each.
//!
//! A file runs in a transaction unless its first line begins with `-- no-transaction`.

use sha2::{Digest, Sha384};

use super::golang_migrate::up_and_down;
use super::line::{Draft, Way, digits, direction};
use super::recognise::Claim;
use super::sending::Sending;
use super::tree::{Part, Tree};
use super::{Step, Takeover, ToolFormat};
use crate::declaration::Tool;
use crate::script::Body;
use crate::source::error::SourceError;
use crate::source::hex;

const NO_TRANSACTION: &str = "-- no-transaction";
/// `sqlx migrate add` writes the time to the second, unless it is told to count.
const WRITTEN: usize = 14;

pub(super) struct Sqlx;

impl ToolFormat for Sqlx {
    fn claim(&self, tree: &Tree) -> Option<Claim> {
        let ours = || {
            tree.top()
                .filter_map(|(file, name)| Some((file, parts(name)?.0)))
        };
        if ours().any(|(file, _)| file.plain().starts_with(NO_TRANSACTION)) {
            return Some(Claim::Marked);
        }
        // What sqlx counts is as others count, and then only a manifest tells.
        let mut widths = ours().map(|(_, number)| number.len());
        widths.any(|width| width == WRITTEN).then_some(Claim::Named)
    }

    fn drafts(&self, _: &Takeover, tree: &Tree, errors: &mut Vec<SourceError>) -> Vec<Draft> {
        let mut drafts = up_and_down(Tool::Sqlx, tree, errors, parts);
        for draft in &mut drafts {
            draft.name = draft.title.replace('_', " ");
        }
        drafts
    }

    fn bodies(&self, step: &Step) -> Result<(Body, Body), SourceError> {
        let sending = |part: &Part| match part.plain().starts_with(NO_TRANSACTION) {
            true => Sending::Outside,
            false => Sending::Wrapped,
        };
        step.two_files(sending)
    }

    fn checksum(&self, step: &Step) -> Option<String> {
        let digest = Sha384::digest(step.draft.up.text.written().as_bytes());
        Some(hex(&digest))
    }

    fn table(&self) -> &'static str {
        "_sqlx_migrations"
    }
}

fn parts(name: &str) -> Option<(&str, &str, Way)> {
    let stem = name.strip_suffix(".sql")?;
    let (number, rest) = digits(stem)?;
    let (title, way) = direction(rest.strip_prefix('_')?);
    Some((number, title, way.unwrap_or(Way::Up)))
}
