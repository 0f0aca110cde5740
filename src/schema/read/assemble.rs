//! Makes a model of the rows that the queries returned.
//!
//! The server's numbers end here: they become positions in the model, first of the object that a
//! number stands for, and where it stands for a detail (a row type, a default, the index of a
//! constraint) of the object that the detail belongs to.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use super::query::{QUERIES, Rows};
use crate::database::session::ResultSet;
use crate::schema::ReadError;
use crate::schema::grants::{Grant, List};
use crate::schema::model::{self, Body, Identity, Kind, Model, Object};
use crate::sql::settled;

/// A number of the server: a row of one of its catalogs.
type Key = (usize, u32);

/// Makes a model; `sets` are the answers to [`QUERIES`].
pub(super) fn assemble(
    major: u32,
    search_path: String,
    sets: impl Iterator<Item = ResultSet>,
) -> Result<Model, ReadError> {
    let mut reading = Reading {
        major,
        ..Reading::default()
    };
    let mut comments = ResultSet::default();
    let mut dependencies = ResultSet::default();
    for ((rows, _), set) in QUERIES.iter().zip(sets) {
        match rows {
            Rows::Objects(kind, catalog) => reading.take(*kind, catalog, set)?,
            Rows::Comments => comments = set,
            Rows::Dependencies => dependencies = set,
        }
    }
    reading.sort();
    reading.comment(&comments);
    reading.connect(&dependencies);
    Ok(Model {
        objects: reading
            .objects
            .into_iter()
            .map(|read| read.object)
            .collect(),
        server: major,
        search_path,
        outside: Vec::new(),
    })
}

/// An object and the numbers that stand for it.
struct Read {
    object: Object,
    key: Key,
    /// The number of a column; 0 for all else.
    sub: u32,
    /// The number of a column's default.
    default: Option<u32>,
}

#[derive(Default)]
struct Reading {
    major: u32,
    catalogs: Vec<String>,
    objects: Vec<Read>,
    /// Positions in `objects`, once they are sorted.
    by_key: HashMap<Key, usize>,
    columns: HashMap<(Key, u32), usize>,
    defaults: HashMap<u32, usize>,
    members: Vec<(Key, usize)>,
}

impl Reading {
    fn catalog(&mut self, name: &str) -> usize {
        let found = self.catalogs.iter().position(|known| known == name);
        found.unwrap_or_else(|| {
            self.catalogs.push(name.to_owned());
            self.catalogs.len() - 1
        })
    }

    fn take(&mut self, kind: Kind, catalog: &str, set: ResultSet) -> Result<(), ReadError> {
        for row in set.rows {
            let cell = |at: usize| row.get(at).and_then(Option::as_deref);
            let number = |at: usize| cell(at).and_then(|text| text.parse().ok());
            let path: Vec<String> = parsed(kind, cell(1))?;
            let owner = cell(2).map(str::to_owned);
            let grants = self.grants(kind, &path, &owner, (cell(3), cell(4)))?;
            // The same privileges in another order.
            if kind == Kind::Member && grants.is_empty() {
                continue;
            }
            let kind = variety(kind, cell(5))?;
            let mut body = body(kind, &path, cell(5))?;
            settle(&mut body);
            let catalog = match (kind, cell(6)) {
                (Kind::Uncovered | Kind::Member, Some(catalog)) => self.catalog(catalog),
                _ => self.catalog(catalog),
            };
            let is_column = kind == Kind::Column;
            self.objects.push(Read {
                object: Object {
                    identity: Identity { kind, path },
                    // A part's owner is its table's.
                    owner: owner.filter(|_| !kind.is_part()),
                    comment: None,
                    grants,
                    body,
                    needs: Vec::new(),
                    default_needs: Vec::new(),
                    calls: Vec::new(),
                },
                key: (catalog, number(0).unwrap_or_default()),
                sub: number(6).filter(|_| is_column).unwrap_or_default(),
                default: number(7).filter(|_| is_column),
            });
        }
        Ok(())
    }

    fn grants(
        &self,
        kind: Kind,
        path: &[String],
        owner: &Option<String>,
        (list, usual): (Option<&str>, Option<&str>),
    ) -> Result<Vec<Grant>, ReadError> {
        let is_public = kind == Kind::Schema && path == ["public"];
        if list.is_none() && !is_public {
            return Ok(Vec::new());
        }
        let owner = owner.as_deref().unwrap_or_default();
        let parse = |text: Option<&str>| -> Result<List, ReadError> {
            let items: Vec<String> =
                text.map_or(Ok(Vec::new()), |text| parsed(kind, Some(text)))?;
            Ok(List::parse(&items, owner))
        };
        let usual = if is_public {
            List::of_public_schema(self.major)
        } else {
            parse(usual)?
        };
        let list = match list {
            Some(list) => parse(Some(list))?,
            None => List::of_public_schema(self.major),
        };
        Ok(list.since(&usual))
    }

    /// Leaves out parts of what is not there, such as of an extension's tables, and sorts.
    fn sort(&mut self) {
        let wholes: HashSet<Vec<String>> = self
            .objects
            .iter()
            .filter(|read| read.object.identity.kind.has_parts())
            .map(|read| read.object.identity.path.clone())
            .collect();
        let mut order: HashMap<Vec<String>, Vec<String>> = HashMap::new();
        self.objects.retain(|read| {
            let identity = &read.object.identity;
            let Some(owner) = identity.owner_path() else {
                return true;
            };
            let kept = wholes.contains(owner);
            if kept && identity.kind == Kind::Column {
                let columns = order.entry(owner.to_vec()).or_default();
                columns.push(identity.name().to_owned());
            }
            kept
        });
        self.objects
            .sort_by(|a, b| a.object.identity.cmp(&b.object.identity));
        for (position, read) in self.objects.iter_mut().enumerate() {
            match &mut read.object.body {
                Body::Table(model::Table { column_order, .. })
                | Body::View(model::View { column_order, .. })
                | Body::Composite(model::Composite { column_order }) => {
                    let columns = order.remove(&read.object.identity.path);
                    *column_order = columns.unwrap_or_default();
                }
                _ => {}
            }
            if read.object.identity.kind == Kind::Member {
                // Who needs one needs its extension.
                self.members.push((read.key, position));
            } else if read.sub == 0 {
                self.by_key.insert(read.key, position);
            } else {
                self.columns.insert((read.key, read.sub), position);
            }
            if let Some(default) = read.default {
                self.defaults.insert(default, position);
            }
        }
    }

    fn comment(&mut self, comments: &ResultSet) {
        for row in &comments.rows {
            let Some((key, sub)) = self.reference(row, 0) else {
                continue;
            };
            let Some(text) = row.get(3).cloned().flatten() else {
                continue;
            };
            let found = match sub {
                0 => self.by_key.get(&key),
                sub => self.columns.get(&(key, sub)),
            };
            // Others are on an extension's members, or are read with what they belong to.
            if let Some(position) = found {
                self.objects[*position].object.comment = Some(text);
            }
        }
    }

    /// Reads catalog, number and column from three cells of a row.
    fn reference(&mut self, row: &[Option<String>], at: usize) -> Option<(Key, u32)> {
        let catalog = self.catalog(row.get(at)?.as_deref()?);
        let number = |at: usize| row.get(at)?.as_deref()?.parse::<u32>().ok();
        Some(((catalog, number(at + 1)?), number(at + 2)?))
    }

    fn connect(&mut self, dependencies: &ResultSet) {
        let mut edges = Vec::with_capacity(dependencies.rows.len());
        let mut wholes = HashMap::new();
        for row in &dependencies.rows {
            let (Some(from), Some(to)) = (self.reference(row, 0), self.reference(row, 3)) else {
                continue;
            };
            match row.get(6).and_then(Option::as_deref) {
                // A member stands for its extension, a detail for what it is a detail of.
                Some("e" | "i") => {
                    wholes.entry(from.0).or_insert(to);
                    edges.push((from, to, true));
                }
                _ => edges.push((from, to, false)),
            }
        }
        let default_catalog = self.catalog("pg_attrdef");
        let called = [self.catalog("pg_proc"), self.catalog("pg_operator")];
        for (from, to, is_detail) in edges {
            let column = to.1;
            let of = to.0.0;
            let is_default = from.0.0 == default_catalog;
            let from = if is_default {
                self.defaults.get(&from.0.1).copied()
            } else {
                self.find(from, &wholes)
            };
            // Who needs a column needs its table.
            let (Some(from), Some(to)) = (from, self.find((to.0, 0), &wholes)) else {
                continue;
            };
            // A view that reads itself can be had, by replacing it.
            let is_view = self.objects[to].object.identity.kind == Kind::View;
            let reads_itself = is_view && column > 0 && !is_detail;
            if from != to || reads_itself {
                self.need(from, to, is_default);
            }
            if from != to && called.contains(&of) {
                self.objects[from].object.calls.push(to);
            }
        }
        for (key, member) in std::mem::take(&mut self.members) {
            if let Some(extension) = self.find((key, 0), &wholes) {
                self.need(member, extension, false);
            }
        }
        for read in &mut self.objects {
            let Object {
                needs,
                default_needs,
                calls,
                ..
            } = &mut read.object;
            for needs in [needs, default_needs, calls] {
                needs.sort_unstable();
                needs.dedup();
            }
        }
    }

    fn need(&mut self, from: usize, to: usize, is_default: bool) {
        let (object, needed) = (&self.objects[from].object, &self.objects[to].object);
        let of_sequence =
            object.identity.kind == Kind::Sequence && needed.identity.kind.has_parts();
        let of_own = object.identity.owner_path() == Some(&needed.identity.path[..])
            && needed.identity.kind.has_parts();
        // A sequence goes with the column that owns it, but has to be there first.
        if of_sequence || (of_own && object.identity.kind == Kind::Column) {
            return;
        }
        let object = &mut self.objects[from].object;
        if is_default {
            object.default_needs.push(to);
        } else {
            object.needs.push(to);
        }
    }

    /// Finds the object that a number stands for, by way of what it is a detail of.
    fn find(&self, reference: (Key, u32), wholes: &HashMap<Key, (Key, u32)>) -> Option<usize> {
        if let Some(column) = self.columns.get(&reference) {
            return Some(*column);
        }
        let mut key = reference.0;
        // The longest way is from an array of a multirange to its range.
        for _ in 0..8 {
            if let Some(position) = self.by_key.get(&key) {
                return Some(*position);
            }
            key = wholes.get(&key)?.0;
        }
        None
    }
}

/// What tells kinds apart that one query returns.
#[derive(Deserialize)]
struct Variety {
    #[serde(default)]
    procedure: bool,
    #[serde(default)]
    materialized: bool,
    #[serde(default)]
    domain: bool,
    #[serde(default)]
    server: Option<IgnoredAny>,
}

/// Settles the kind of an object where a query returns several.
fn variety(kind: Kind, text: Option<&str>) -> Result<Kind, ReadError> {
    let told = || parsed::<Variety>(kind, text);
    Ok(match kind {
        Kind::Function if told()?.procedure => Kind::Procedure,
        Kind::View if told()?.materialized => Kind::MaterializedView,
        Kind::Constraint if told()?.domain => Kind::DomainConstraint,
        Kind::Table if told()?.server.is_some() => Kind::ForeignTable,
        kind => kind,
    })
}

/// Writes expressions as the server does once it has read what it wrote.
fn settle(body: &mut Body) {
    let (text, more) = match body {
        Body::Domain(domain) => (domain.default.as_mut(), None),
        Body::Routine(routine) => (Some(&mut routine.definition), None),
        Body::Table(table) => (table.partition_by.as_mut(), None),
        Body::View(view) => (Some(&mut view.definition), None),
        Body::Column(column) => (column.default.as_mut(), column.generated.as_mut()),
        Body::Constraint(constraint) => (Some(&mut constraint.definition), None),
        Body::Index(index) => (Some(&mut index.definition), None),
        Body::Statistics(statistics) => (Some(&mut statistics.definition), None),
        Body::Trigger(trigger) => (Some(&mut trigger.definition), None),
        Body::Rule(rule) => (Some(&mut rule.definition), None),
        Body::Policy(policy) => (policy.using.as_mut(), policy.check.as_mut()),
        _ => (None, None),
    };
    for text in text.into_iter().chain(more) {
        if let Cow::Owned(settled) = settled(text) {
            *text = settled;
        }
    }
}

/// Reads the description of an object.
fn body(kind: Kind, path: &[String], text: Option<&str>) -> Result<Body, ReadError> {
    Ok(match kind {
        Kind::Schema | Kind::Member | Kind::DefaultPrivileges => Body::Nothing {},
        Kind::Extension => Body::Extension(parsed(kind, text)?),
        Kind::Collation | Kind::Range | Kind::Operator => Body::Options(parsed(kind, text)?),
        Kind::Enum => Body::Enum(parsed(kind, text)?),
        Kind::Composite => Body::Composite(parsed(kind, text)?),
        Kind::Domain => Body::Domain(parsed(kind, text)?),
        Kind::Function | Kind::Procedure => {
            let mut routine: model::Routine = parsed(kind, text)?;
            // A file is read with plain line ends, and the languages read either.
            routine.definition = routine.definition.replace("\r\n", "\n");
            Body::Routine(routine)
        }
        Kind::Aggregate => Body::Aggregate(parsed(kind, text)?),
        Kind::Cast => Body::Cast(parsed(kind, text)?),
        Kind::Dictionary => Body::Dictionary(parsed(kind, text)?),
        Kind::Configuration => Body::Configuration(parsed(kind, text)?),
        Kind::Server => Body::Server(parsed(kind, text)?),
        Kind::Sequence => Body::Sequence(parsed(kind, text)?),
        Kind::Table | Kind::ForeignTable => Body::Table(parsed(kind, text)?),
        Kind::View | Kind::MaterializedView => Body::View(parsed(kind, text)?),
        Kind::Column => {
            let mut column: model::Column = parsed(kind, text)?;
            if let [_, table, name] = path {
                let usual = format!("{table}_{name}_not_null");
                column.not_null_name = column.not_null_name.filter(|name| *name != usual);
            }
            Body::Column(column)
        }
        Kind::Constraint | Kind::DomainConstraint => Body::Constraint(parsed(kind, text)?),
        Kind::Index => Body::Index(parsed(kind, text)?),
        Kind::Statistics => Body::Statistics(parsed(kind, text)?),
        Kind::Trigger => Body::Trigger(parsed(kind, text)?),
        Kind::Rule => Body::Rule(parsed(kind, text)?),
        Kind::Policy => Body::Policy(parsed(kind, text)?),
        Kind::Publication => Body::Publication(parsed(kind, text)?),
        Kind::EventTrigger => Body::EventTrigger(parsed(kind, text)?),
        Kind::Uncovered => Body::Uncovered(parsed(kind, text)?),
    })
}

fn parsed<T: DeserializeOwned>(kind: Kind, text: Option<&str>) -> Result<T, ReadError> {
    serde_json::from_str(text.unwrap_or("null")).map_err(|error| ReadError::Row {
        kind: kind.as_str(),
        reason: error.to_string(),
    })
}
