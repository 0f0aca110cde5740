//! How the objects of a schema lie together: which parts a table has, in what order, and what tables
//! have from their parents.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::table::not_null_name;
use crate::schema::model::{self, Body, Column, Kind, Model, Object, Qualified, Table};

/// How a table comes by what it has in common with its parents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Descent {
    /// It has no parents.
    None,
    /// `PARTITION OF`.
    Partition,
    /// `INHERITS`.
    Child,
    /// It is created whole, and attached or made to inherit afterwards.
    Later,
}

/// A model with what is looked up in it again and again.
pub(super) struct Layout<'m> {
    pub(super) model: &'m Model,
    /// The positions of relations and domains by their path.
    tables: HashMap<&'m [String], usize>,
    /// The positions of what belongs to each of them, columns in their order.
    parts: HashMap<usize, Vec<usize>>,
    /// The sequences of identity columns, by the columns' paths.
    identities: HashMap<&'m [String], usize>,
    /// Tables whose checks come after their children.
    held_back: HashSet<usize>,
    /// The default partitions by the paths of the partitioned tables.
    default_partitions: HashMap<&'m [String], usize>,
    /// Schemas and names of constraints whose names somebody chose.
    chosen: HashSet<(&'m str, &'m str)>,
}

impl<'m> Layout<'m> {
    pub(super) fn new(model: &'m Model) -> Self {
        let objects = model.objects.iter().enumerate();
        let tables: HashMap<_, _> = objects
            .filter(|(_, object)| object.identity.kind.has_parts())
            .map(|(at, object)| (&object.identity.path[..], at))
            .collect();
        let mut layout = Self {
            model,
            parts: parts(model, &tables),
            tables,
            identities: identities(model),
            held_back: HashSet::new(),
            default_partitions: default_partitions(model),
            chosen: HashSet::new(),
        };
        for (at, object) in model.objects.iter().enumerate() {
            if let Body::Table(table) = &object.body
                && table.bound.is_none()
                && layout.descent(at, table) == Descent::Later
            {
                layout.held_back.extend(layout.ancestors(table));
            }
        }
        layout.chosen = layout.chosen();
        layout
    }

    pub(super) fn object(&self, at: usize) -> &'m Object {
        &self.model.objects[at]
    }

    /// The position of a relation or domain.
    pub(super) fn table(&self, path: &[String]) -> Option<usize> {
        self.tables.get(path).copied()
    }

    /// The position of what an object is a part of.
    pub(super) fn whole(&self, object: &Object) -> Option<usize> {
        self.table(object.identity.owner_path()?)
    }

    /// The positions of what belongs to a relation or domain, columns in their order.
    pub(super) fn parts(&self, at: usize) -> &[usize] {
        self.parts.get(&at).map_or(&[], Vec::as_slice)
    }

    /// The columns of a relation in their order, each with its position in the model.
    pub(super) fn columns(&self, at: usize) -> Vec<(usize, &'m Object, &'m Column)> {
        let parts = self.parts(at).iter();
        parts
            .filter_map(|at| match &self.object(*at).body {
                Body::Column(column) => Some((*at, self.object(*at), column)),
                _ => None,
            })
            .collect()
    }

    /// The sequence of an identity column; a partition shares that of the partitioned table.
    pub(super) fn identity_sequence(
        &self,
        column: &Object,
    ) -> Option<(&'m Object, &'m model::Sequence)> {
        let object = self.object(*self.identities.get(&column.identity.path[..])?);
        match &object.body {
            Body::Sequence(sequence) => Some((object, sequence)),
            _ => None,
        }
    }

    /// The checks that a table hands down, whenever they are added.
    pub(super) fn checks(&self, at: usize) -> Vec<(&'m Object, &'m model::Constraint)> {
        let parts = self.parts(at).iter();
        parts
            .filter_map(|at| match &self.object(*at).body {
                Body::Constraint(constraint) => Some((self.object(*at), constraint)),
                _ => None,
            })
            .filter(|(_, constraint)| {
                constraint.r#type == "check" && !constraint.definition.ends_with(" NO INHERIT")
            })
            .collect()
    }

    /// Returns whether the checks of a table are added when its children are there: one that was made
    /// to inherit would have them as its own.
    pub(super) fn holds_back(&self, at: usize) -> bool {
        self.held_back.contains(&at)
    }

    /// The names of constraints but for those that tables have from their parents, which come first.
    fn chosen(&self) -> HashSet<(&'m str, &'m str)> {
        let is_of_parents = |object: &Object, name: &str| {
            let whole = self.whole(object).map(|at| &self.object(at).body);
            let Some(Body::Table(table)) = whole else {
                return false;
            };
            let mut inherited = self.columns_of(&table.parents).into_iter();
            inherited.any(|(_, parent, column)| not_null_name(parent, column) == name)
        };
        let constraints = self.model.objects.iter().filter_map(|object| {
            let path = &object.identity.path;
            let name = match &object.body {
                Body::Column(column) => {
                    let name = column.not_null_name.as_ref()?;
                    (!is_of_parents(object, name)).then_some(name)
                }
                Body::Constraint(_) => path.last(),
                _ => None,
            };
            Some((path.first()?.as_str(), name?.as_str()))
        });
        constraints.collect()
    }

    /// Returns whether a constraint in the schema has the name that the server gives to what refuses
    /// NULL in a column, from PostgreSQL 18 on.
    pub(super) fn is_name_taken(&self, column: &Object) -> bool {
        match &column.identity.path[..] {
            [schema, table, name] if self.model.server >= 18 => {
                let usual = format!("{table}_{name}_not_null");
                self.chosen.contains(&(schema.as_str(), usual.as_str()))
            }
            _ => false,
        }
    }

    /// All tables that a table inherits from.
    pub(super) fn ancestors(&self, table: &Table) -> Vec<usize> {
        let mut found: Vec<usize> = Vec::new();
        let mut next: Vec<&Qualified> = table.parents.iter().collect();
        while let Some(path) = next.pop() {
            if let Some(at) = self.table(path)
                && !found.contains(&at)
            {
                found.push(at);
                if let Body::Table(table) = &self.object(at).body {
                    next.extend(&table.parents);
                }
            }
        }
        found
    }

    /// The default partition beside a partition.
    pub(super) fn default_partition(&self, table: &Table) -> Option<usize> {
        let parent = table.parents.first().filter(|_| table.bound.is_some())?;
        self.default_partitions.get(&parent[..]).copied()
    }

    /// The views that a view reads, directly or by way of others.
    pub(super) fn views_read_by(&self, view: usize) -> BTreeSet<usize> {
        let mut seen = BTreeSet::new();
        let mut next = vec![view];
        while let Some(at) = next.pop() {
            for need in &self.object(at).needs {
                let is_view = matches!(self.object(*need).body, Body::View(_));
                if is_view && *need != view && seen.insert(*need) {
                    next.push(*need);
                }
            }
        }
        seen
    }

    /// Finds out how a table can be written.
    pub(super) fn descent(&self, at: usize, table: &Table) -> Descent {
        if table.parents.is_empty() {
            return Descent::None;
        }
        let own = self.columns(at);
        let mut inherited: Vec<(&Object, &Column)> = Vec::new();
        for (_, object, column) in self.columns_of(&table.parents) {
            let name = object.identity.name();
            if inherited
                .iter()
                .all(|(known, _)| known.identity.name() != name)
            {
                inherited.push((object, column));
            }
        }
        let is_as_inherited = own.iter().all(|(_, object, column)| {
            let name = object.identity.name();
            let mut parents = inherited.iter();
            let Some((of, parent)) = parents.find(|(known, _)| known.identity.name() == name)
            else {
                return column.local;
            };
            parent.storage == column.storage
                && parent.compression == column.compression
                && parent.generated == column.generated
                && (!parent.not_null || self.has_inherited_name((object, column), (of, parent)))
                && !column.not_null_not_valid
        });
        let names = inherited.iter().map(|(object, _)| object.identity.name());
        let mut names: Vec<&str> = names.collect();
        for (_, object, _) in &own {
            let name = object.identity.name();
            if !names.contains(&name) {
                names.push(name);
            }
        }
        let in_order = own
            .iter()
            .map(|(_, object, _)| object.identity.name())
            .eq(names);
        match (is_as_inherited && in_order, &table.bound) {
            (false, _) => Descent::Later,
            (true, Some(_)) => Descent::Partition,
            (true, None) => Descent::Child,
        }
    }

    /// Returns whether what refuses NULL has the name that a child inherits; from PostgreSQL 18 on it
    /// has one.
    fn has_inherited_name(
        &self,
        (object, column): (&Object, &Column),
        (of, parent): (&Object, &Column),
    ) -> bool {
        let is_said = column.local && !self.is_partition(object);
        self.model.server < 18
            || is_said
            || not_null_name(object, column) == not_null_name(of, parent)
    }

    fn is_partition(&self, column: &Object) -> bool {
        let owner = column.identity.owner_path();
        let table = owner.and_then(|owner| self.table(owner));
        let body = table.map(|at| &self.object(at).body);
        matches!(body, Some(Body::Table(table)) if table.bound.is_some())
    }

    pub(super) fn columns_of(&self, tables: &[Qualified]) -> Vec<(usize, &Object, &Column)> {
        let found = tables.iter().filter_map(|path| self.table(path));
        found.flat_map(|at| self.columns(at)).collect()
    }
}

/// The positions of what belongs to each relation or domain.
fn parts(model: &Model, tables: &HashMap<&[String], usize>) -> HashMap<usize, Vec<usize>> {
    let mut parts: HashMap<usize, Vec<usize>> = HashMap::new();
    for (at, object) in model.objects.iter().enumerate() {
        let owner = object.identity.owner_path();
        if let Some(whole) = owner.and_then(|owner| tables.get(owner)) {
            parts.entry(*whole).or_default().push(at);
        }
    }
    for (whole, parts) in &mut parts {
        let order = match &model.objects[*whole].body {
            Body::Table(table) => &table.column_order[..],
            Body::Composite(composite) => &composite.column_order,
            Body::View(view) => &view.column_order,
            _ => &[],
        };
        let order = order.iter().enumerate();
        let place: HashMap<&str, usize> =
            order.map(|(place, name)| (name.as_str(), place)).collect();
        parts.sort_by_key(|at| {
            let identity = &model.objects[*at].identity;
            let place = place.get(identity.name());
            let place = place.filter(|_| identity.kind == Kind::Column);
            (identity.kind, place.copied())
        });
    }
    parts
}

fn default_partitions(model: &Model) -> HashMap<&[String], usize> {
    let objects = model.objects.iter().enumerate();
    let tables = objects.filter_map(|(at, object)| match &object.body {
        Body::Table(table) if table.bound.as_deref() == Some("DEFAULT") => {
            Some((&table.parents.first()?[..], at))
        }
        _ => None,
    });
    tables.collect()
}

fn identities(model: &Model) -> HashMap<&[String], usize> {
    let objects = model.objects.iter().enumerate();
    objects
        .filter_map(|(at, object)| match &object.body {
            Body::Sequence(sequence) if sequence.identity => {
                Some((&sequence.owned_by.as_ref()?[..], at))
            }
            _ => None,
        })
        .collect()
}
