//! Writes a schema down as the statements that create it in an empty database, and as those that
//! drop it again.
//!
//! The order is one that the server accepts: what is needed comes first, and a circle (a table whose
//! check calls a function that takes the table's rows) is broken by adding one of its parts later.
//! Where the server leaves it open, kinds and names decide, so that one schema gives one text.

mod complete;
mod drop;
mod layout;
mod object;
mod order;
mod phrase;
mod step;
mod table;
mod text;
mod writer;

use super::model::{Identity, Model};
use layout::Layout;
use order::Ordered;
use step::Steps;
use writer::Writer;

/// How a schema is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// Whether owners are written; else everything belongs to the one who runs it.
    pub owners: bool,
    /// Whether privileges are left out.
    pub no_grants: bool,
    /// A schema that is there before and stays afterwards, since the version table is in it.
    pub kept_schema: Option<String>,
}

/// Something that is in the schema and not in what was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// What it is.
    pub identity: Identity,
    /// Why it is left out.
    pub reason: &'static str,
}

/// A schema as SQL.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    /// What creates it, one statement each.
    pub upgrade: Vec<String>,
    /// What drops it, one statement each.
    pub downgrade: Vec<String>,
    /// What could not be written.
    pub left_out: Vec<LeftOut>,
}

/// Writes a schema.
#[must_use]
pub fn write(model: &Model, style: &Style) -> Baseline {
    let layout = Layout::new(model);
    let steps = Steps::of(&layout, style);
    let Ordered { nodes, circles } = order::order(steps.nodes);
    let writer = Writer::new(&layout, style, &nodes);
    let mut left_out = steps.left_out;
    left_out.extend(circles.into_iter().map(|step| LeftOut {
        identity: model.objects[step.object()].identity.clone(),
        reason: "it is written, but needs something that needs it",
    }));
    Baseline {
        upgrade: nodes.iter().flat_map(|node| writer.up(node.step)).collect(),
        downgrade: drop::downgrade(&writer, &nodes),
        left_out,
    }
}
