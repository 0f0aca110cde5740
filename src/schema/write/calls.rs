//! Which statements run functions, and the search path that they run with.
//!
//! The names in a statement are qualified, but those in the body of a function may not be: they are
//! found by the search path of whoever calls it. The server plans an index, a key or what a column is
//! generated from when it makes one, and then it reads such bodies.

use std::collections::BTreeSet;

use super::Style;
use super::layout::Layout;
use super::step::Step;
use crate::schema::model::{Body, Object, Table};
use crate::sql::quote::ident;

/// Returns the search path for a step that runs functions: that of a session, and the schemas that
/// the functions are in; none for a step that runs none.
pub(super) fn search_path(layout: &Layout<'_>, style: &Style, step: Step) -> Option<String> {
    let called = called(layout, step);
    if called.is_empty() && !matches!(step, Step::Refresh(_)) {
        return None;
    }
    let of_session = style.search_path.as_ref();
    let of_session = of_session.unwrap_or(&layout.model.search_path).trim();
    // Two quotes are what the server has for none.
    let mut path = match of_session {
        r#""""# => String::new(),
        path => path.to_owned(),
    };
    for at in called {
        let object = layout.object(at);
        let schema = match &object.body {
            Body::Extension(extension) => Some(&extension.schema[..]),
            _ => object.identity.schema(),
        };
        let Some(schema) = schema.map(ident) else {
            continue;
        };
        if !path.split(',').any(|known| known.trim() == schema) {
            let comma = if path.is_empty() { "" } else { ", " };
            path.push_str(&format!("{comma}{schema}"));
        }
    }
    match path.is_empty() {
        true => Some("''".to_owned()),
        false => Some(path),
    }
}

/// The functions and operators that a step runs, or the extensions that they came with.
pub(super) fn called(layout: &Layout<'_>, step: Step) -> BTreeSet<usize> {
    let at = step.object();
    let object = layout.object(at);
    match (step, &object.body) {
        (Step::Create(_), Body::Table(table)) => called_by_table(layout, at, table),
        // Nothing is looked at.
        (Step::Create(_), Body::Constraint(constraint)) if !constraint.valid => BTreeSet::new(),
        (Step::Create(_) | Step::AttachIndex(_), Body::Index(_) | Body::Constraint(_)) => {
            calls(object)
        }
        (Step::Refresh(_), _) => {
            let mut views = layout.views_read_by(at);
            views.insert(at);
            let views = views.into_iter().map(|at| layout.object(at));
            views.flat_map(calls).collect()
        }
        _ => BTreeSet::new(),
    }
}

fn calls(object: &Object) -> BTreeSet<usize> {
    object.calls.iter().copied().collect()
}

/// What is called by the key of a table, by what its columns are generated from, and by exclusions.
/// For a partition the server looks through the keys and checks above it, and through the default
/// partition for rows that are to go.
fn called_by_table(layout: &Layout<'_>, at: usize, table: &Table) -> BTreeSet<usize> {
    let mut called = calls(layout.object(at));
    let is_partition = table.bound.is_some();
    let wholes = std::iter::once(at).chain(layout.ancestors(table));
    let wholes = wholes.chain(layout.default_partition(table));
    for whole in wholes {
        if is_partition {
            called.extend(calls(layout.object(whole)));
        }
        for part in layout.parts(whole).iter().map(|at| layout.object(*at)) {
            let is_run = match &part.body {
                Body::Column(column) => column.generated.is_some(),
                Body::Constraint(constraint) => match &constraint.r#type[..] {
                    "exclude" => whole == at,
                    "check" => is_partition,
                    _ => false,
                },
                _ => false,
            };
            if is_run {
                called.extend(calls(part));
            }
        }
    }
    called
}
