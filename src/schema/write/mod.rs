//! Writes a schema down as the statements that create it in an empty database, and as those that
//! drop it again.
//!
//! The order is one that the server accepts: what is needed comes first, and a circle (a table whose
//! check calls a function that takes the table's rows) is broken by adding one of its parts later.
//! Where the server leaves it open, kinds and names decide, so that one schema gives one text.

mod calls;
mod complete;
mod drop;
mod layout;
mod names;
mod object;
mod order;
mod phrase;
mod step;
mod table;
mod text;
mod writable;
mod writer;

use super::model::{Identity, Model};
use layout::Layout;
use order::Ordered;
use writable::writable;
use writer::Writer;

/// How a schema is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// Whether owners are written; else everything belongs to the one who runs it.
    pub owners: bool,
    /// Whether privileges are left out.
    pub no_grants: bool,
    /// The search path that functions count on; none for that of a session of the database.
    pub search_path: Option<String>,
    /// A schema that is there before and stays afterwards, since the version table is in it.
    pub kept_schema: Option<String>,
}

/// Something that is in the schema and not in what was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// What it is.
    pub identity: Identity,
    /// Why it is left out.
    pub reason: String,
}

/// A statement of a baseline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The statement; all names in it are qualified.
    pub text: String,
    /// The search path for what it runs, as in `SET search_path`; none for an empty one.
    pub search_path: Option<String>,
}

/// A schema as SQL.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    /// What creates it, one statement each.
    pub upgrade: Vec<Statement>,
    /// What drops it, one statement each.
    pub downgrade: Vec<Statement>,
    /// What could not be written.
    pub left_out: Vec<LeftOut>,
    /// The schema that the statements create: the one that was given, without what is left out.
    pub written: Model,
}

/// Writes a schema.
#[must_use]
pub fn write(model: &Model, style: &Style) -> Baseline {
    let (written, mut left_out) = writable(model);
    let layout = Layout::new(&written);
    let Ordered { nodes, circles } = order::order(step::steps(&layout, style));
    let writer = Writer::new(&layout, style, &nodes);
    left_out.extend(circles.into_iter().map(|step| LeftOut {
        identity: written.objects[step.object()].identity.clone(),
        reason: "it is written, but needs something that needs it".to_owned(),
    }));
    let upgrade = nodes.iter().flat_map(|node| {
        let search_path = calls::search_path(&layout, style, node.step);
        let texts = writer.up(node.step).into_iter();
        texts.map(move |text| Statement {
            text,
            search_path: search_path.clone(),
        })
    });
    let downgrade = drop::downgrade(&writer, &nodes).into_iter();
    let downgrade = downgrade.map(|text| Statement {
        text,
        search_path: None,
    });
    Baseline {
        upgrade: upgrade.collect(),
        downgrade: downgrade.collect(),
        left_out,
        written,
    }
}
