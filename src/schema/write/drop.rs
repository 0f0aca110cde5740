//! The way back: what was created is dropped in the opposite order.
//!
//! Parts of a table go with it. They are dropped by themselves only where something that they need
//! has to go before the table does.

use std::collections::HashMap;

use super::object::{PUBLIC_COMMENT, default_privileges_of};
use super::order::Node;
use super::phrase;
use super::step::Step;
use super::writer::Writer;
use crate::schema::grants::Grant;
use crate::schema::model::{Body, Kind, Object, qualified};
use crate::sql::quote::{ident, literal};

/// Returns the statements that take all steps back.
pub(super) fn downgrade(writer: &Writer<'_>, nodes: &[Node]) -> Vec<String> {
    let created: HashMap<usize, usize> = nodes
        .iter()
        .enumerate()
        .filter_map(|(place, node)| match node.step {
            Step::Create(at) => Some((at, place)),
            _ => None,
        })
        .collect();
    // Where in the order a node goes: with its table, unless something that it needs, and that came
    // after the table, has to go before that.
    let mut goes: Vec<usize> = (0..nodes.len()).collect();
    for (place, node) in nodes.iter().enumerate() {
        let whole = whole(writer, node.step).and_then(|at| created.get(&at).copied());
        if let Some(whole) =
            whole.filter(|whole| node.needs.iter().all(|need| goes[*need] <= *whole))
        {
            goes[place] = whole;
        }
    }
    let mut statements = Vec::new();
    for (place, node) in nodes.iter().enumerate().rev() {
        let object = writer.object(node.step.object());
        let goes_along = goes[place] != place;
        match node.step {
            Step::Create(_) => {
                let is_owned = matches!(&object.body, Body::Sequence(sequence)
                    if sequence.owned_by.is_some() && !is_shared(writer, nodes, place, &created));
                if !goes_along && !is_owned {
                    statements.extend(drop(writer, object));
                }
            }
            Step::OwnSequence(at) => {
                let sequence = created.get(&at).copied();
                if sequence.is_some_and(|place| is_shared(writer, nodes, place, &created)) {
                    let name = &object.identity;
                    statements.push(format!("ALTER SEQUENCE {name} OWNED BY NONE"));
                }
            }
            Step::SetDefault(_) => {
                if !goes_along && let Some(table) = object.identity.owner_path() {
                    let (table, name) = (qualified(table), ident(object.identity.name()));
                    statements.push(format!(
                        "ALTER TABLE ONLY {table} ALTER COLUMN {name} DROP DEFAULT"
                    ));
                }
            }
            Step::CompleteView(at) => {
                let hollow = writer.hollow_view(at);
                let hollow = hollow.strip_prefix("CREATE ").unwrap_or(&hollow);
                statements.push(format!("CREATE OR REPLACE {hollow}"));
            }
            Step::Grant(_) => statements.extend(revoke(object)),
            Step::AttachIndex(_)
            | Step::ReserveName(_)
            | Step::ChooseIndex(_)
            | Step::Refresh(_) => {}
        }
    }
    statements
}

/// The relation with which a part goes.
fn whole(writer: &Writer<'_>, step: Step) -> Option<usize> {
    let object = writer.object(step.object());
    let path = match &object.body {
        Body::Statistics(statistics) => &statistics.table[..],
        _ => object.identity.owner_path()?,
    };
    writer.layout.table(path)
}

/// Returns whether a sequence that goes with a column is needed by something besides its table.
fn is_shared(
    writer: &Writer<'_>,
    nodes: &[Node],
    place: usize,
    created: &HashMap<usize, usize>,
) -> bool {
    let object = writer.object(nodes[place].step.object());
    let Body::Sequence(sequence) = &object.body else {
        return false;
    };
    let owner = sequence.owned_by.as_ref().and_then(|by| by.get(..2));
    let owner = owner.and_then(|owner| created.get(&writer.layout.table(owner)?));
    let needing = nodes.iter().enumerate();
    let mut needing = needing.filter(|(_, node)| node.needs.contains(&place));
    needing.any(|(at, node)| {
        Some(&at) != owner && matches!(node.step, Step::Create(_) | Step::SetDefault(_))
    })
}

fn drop(writer: &Writer<'_>, object: &Object) -> Vec<String> {
    if object.identity.kind == Kind::DefaultPrivileges {
        return default_privileges_of(object, Grant::reversed);
    }
    drop_one(writer, object).into_iter().collect()
}

fn drop_one(writer: &Writer<'_>, object: &Object) -> Option<String> {
    let identity = &object.identity;
    let name = ident(identity.name());
    Some(match identity.kind {
        Kind::Schema if identity.name() == "public" => {
            let usual = literal(PUBLIC_COMMENT);
            let is_usual = object.comment.as_deref() == Some(PUBLIC_COMMENT);
            return (!is_usual && object.comment.is_some())
                .then(|| format!("COMMENT ON SCHEMA public IS {usual}"));
        }
        Kind::Schema if writer.style.kept_schema.as_deref() == Some(identity.name()) => {
            return None;
        }
        Kind::Constraint => {
            let table = qualified(identity.owner_path()?);
            format!("ALTER TABLE {table} DROP CONSTRAINT {name}")
        }
        Kind::DomainConstraint => {
            let domain = qualified(identity.owner_path()?);
            format!("ALTER DOMAIN {domain} DROP CONSTRAINT {name}")
        }
        Kind::Trigger if matches!(&object.body, Body::Trigger(trigger) if trigger.inherited) => {
            return None;
        }
        _ => format!("DROP {}", phrase::phrase(object)?),
    })
}

/// Privileges go with what they are on, except where that may stay.
fn revoke(object: &Object) -> Vec<String> {
    let is_public = object.identity.kind == Kind::Schema && object.identity.name() == "public";
    let Some(granted) = phrase::granted(object) else {
        return Vec::new();
    };
    if !is_public && object.identity.kind != Kind::Member {
        return Vec::new();
    }
    let columns = phrase::granted_columns(object);
    let grants = object.grants.iter().rev();
    grants
        .map(|grant| grant.reversed().to_sql(&granted, &columns))
        .collect()
}
