//! What of a schema can be written: all but the kinds that there is no statement for, and what leans
//! on those.

use std::collections::{HashMap, HashSet, VecDeque};

use super::LeftOut;
use crate::schema::model::{Body, Identity, Kind, Model, Object, qualified};

/// Why an object is left out.
#[derive(Clone, Copy)]
enum Cause {
    /// By itself.
    Itself(&'static str),
    /// For want of another one.
    Needs(usize),
    /// It goes with what it is a part of, and nobody has to be told.
    PartOf,
}

/// Returns the part of a schema that can be written, and tells what is not in it.
///
/// A column whose default cannot be written stays without it. Takes time in proportion to objects and
/// needs.
pub(super) fn writable(model: &Model) -> (Model, Vec<LeftOut>) {
    let leaning = Leaning::of(model);
    let mut causes: HashMap<usize, Cause> = HashMap::new();
    let mut defaults: HashMap<usize, usize> = HashMap::new();
    let mut next = VecDeque::new();
    for (at, object) in model.objects.iter().enumerate() {
        if let Some(reason) = not_written(object) {
            causes.insert(at, Cause::Itself(reason));
            next.push_back(at);
        }
    }
    while let Some(out) = next.pop_front() {
        let found = leaning.by_need.get(&out).into_iter().flatten();
        let needing = found.map(|at| (*at, Cause::Needs(out)));
        let found = leaning.by_whole.get(&out).into_iter().flatten();
        let parts = found.map(|at| (*at, Cause::PartOf));
        for (at, cause) in needing.chain(parts) {
            causes.entry(at).or_insert_with(|| {
                next.push_back(at);
                cause
            });
        }
        for column in leaning.by_default.get(&out).into_iter().flatten() {
            defaults.entry(*column).or_insert(out);
        }
    }
    let left_out = told(model, &causes, &defaults);
    let mut kept = model.filter(|at, _| !causes.contains_key(&at));
    let bare = defaults.keys().map(|at| &model.objects[*at].identity);
    let bare: HashSet<&Identity> = bare.collect();
    for object in &mut kept.objects {
        if let Body::Column(column) = &mut object.body
            && bare.contains(&object.identity)
        {
            column.default = None;
        }
    }
    forget_indexes(&mut kept, model, &causes);
    (kept, left_out)
}

/// Tells what is left out, but for the parts of what is told already.
fn told(
    model: &Model,
    causes: &HashMap<usize, Cause>,
    defaults: &HashMap<usize, usize>,
) -> Vec<LeftOut> {
    let name = |at: usize| {
        let mut at = at;
        // A table goes with its column, but people look for what the column needs.
        while let (Kind::Column, Some(Cause::Needs(need))) =
            (model.objects[at].identity.kind, causes.get(&at))
        {
            at = *need;
        }
        let identity = &model.objects[at].identity;
        format!("{} {identity}", identity.kind_name())
    };
    let gone = causes.keys().map(|at| &model.objects[*at].identity);
    let gone = gone.filter(|identity| identity.kind.has_parts());
    let gone: HashSet<&[String]> = gone.map(|identity| &identity.path[..]).collect();
    let mut left_out = Vec::new();
    for (at, Object { identity, .. }) in model.objects.iter().enumerate() {
        let is_part = identity
            .owner_path()
            .is_some_and(|whole| gone.contains(whole));
        let reason = match (causes.get(&at), defaults.get(&at)) {
            (Some(Cause::Itself(reason)), _) => (*reason).to_owned(),
            (Some(Cause::Needs(need)), _) if !is_part => format!("it needs {}", name(*need)),
            (None, Some(need)) => format!("its default, which needs {}", name(*need)),
            _ => continue,
        };
        let identity = identity.clone();
        left_out.push(LeftOut { identity, reason });
    }
    left_out
}

/// Which objects go when another one does.
#[derive(Default)]
struct Leaning {
    by_need: HashMap<usize, Vec<usize>>,
    /// Columns whose default needs it.
    by_default: HashMap<usize, Vec<usize>>,
    by_whole: HashMap<usize, Vec<usize>>,
}

impl Leaning {
    fn of(model: &Model) -> Self {
        let mut leaning = Self::default();
        let objects = || model.objects.iter().enumerate();
        let wholes = objects().filter(|(_, object)| object.identity.kind.has_parts());
        let wholes: HashMap<&[String], usize> = wholes
            .map(|(at, object)| (&object.identity.path[..], at))
            .collect();
        let tables: HashMap<String, usize> = wholes
            .iter()
            .map(|(path, at)| (qualified(path), *at))
            .collect();
        for (at, object) in objects() {
            for need in &object.needs {
                leaning.by_need.entry(*need).or_default().push(at);
            }
            let has_default =
                matches!(&object.body, Body::Column(column) if column.default.is_some());
            let by_default = match has_default {
                true => &mut leaning.by_default,
                false => &mut leaning.by_need,
            };
            for need in &object.default_needs {
                by_default.entry(*need).or_default().push(at);
            }
            let whole = match &object.body {
                // It goes with its column.
                Body::Sequence(sequence) => sequence.owned_by.as_ref().and_then(|by| by.get(..2)),
                Body::Publication(publication) => {
                    for line in &publication.tables {
                        let of_line = tables.iter().filter(|(name, _)| is_of(line, name));
                        for (_, table) in of_line {
                            leaning.by_need.entry(*table).or_default().push(at);
                        }
                    }
                    None
                }
                _ => object.identity.owner_path(),
            };
            let Some(whole) = whole.and_then(|path| wholes.get(path).copied()) else {
                continue;
            };
            leaning.by_whole.entry(whole).or_default().push(at);
            if object.identity.kind == Kind::Column {
                leaning.by_need.entry(at).or_default().push(whole);
            }
        }
        leaning
    }
}

/// Returns whether a line of a publication, which may go on with columns and a condition, is about a
/// table.
fn is_of(line: &str, table: &str) -> bool {
    let rest = line.strip_prefix(table);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
}

/// Tables cannot be clustered on indexes that are left out, or identify rows by them.
fn forget_indexes(kept: &mut Model, model: &Model, causes: &HashMap<usize, Cause>) {
    let gone = causes.keys().map(|at| &model.objects[*at]);
    let gone = gone.filter(|object| matches!(object.body, Body::Index(_) | Body::Constraint(_)));
    let gone: HashSet<&[String]> = gone.map(|object| &object.identity.path[..]).collect();
    for Object { identity, body, .. } in &mut kept.objects {
        let is_gone = |index: &mut String| {
            let path = [&identity.path[..], std::slice::from_ref(index)].concat();
            gone.contains(&path[..])
        };
        match body {
            Body::Table(table) => {
                table.clustered_on.take_if(is_gone);
                table.identified_by.take_if(is_gone);
            }
            Body::View(view) => {
                view.clustered_on.take_if(is_gone);
            }
            _ => {}
        }
    }
}

/// Says why there is no statement for an object.
fn not_written(object: &Object) -> Option<&'static str> {
    match &object.body {
        Body::Uncovered(_) => Some("limbeck does not write objects of its kind"),
        Body::Index(index) if index.invalid => {
            Some("it is invalid: its build failed; drop it, or `REINDEX` it")
        }
        _ => None,
    }
}
