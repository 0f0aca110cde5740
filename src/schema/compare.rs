//! How two schemas differ, object by object and attribute by attribute.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::model::{Body, Identity, Kind, Model, Object};

/// Something that two schemas may differ in without anybody minding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Aspect {
    /// Who owns an object.
    Owners,
    /// Privileges, and default privileges.
    Grants,
    /// Comments.
    Comments,
    /// The order of a table's columns.
    ColumnOrder,
    /// The versions of extensions.
    ExtensionVersions,
}

/// What is not compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aspects(BTreeSet<Aspect>);

impl Default for Aspects {
    /// Owners alone: one schema has another owner in another database.
    fn default() -> Self {
        Self(BTreeSet::from([Aspect::Owners]))
    }
}

impl Aspects {
    /// Returns what is ignored with this one as well.
    #[must_use]
    pub fn ignoring(mut self, aspect: Aspect) -> Self {
        self.0.insert(aspect);
        self
    }

    /// Returns what is ignored without this one.
    #[must_use]
    pub fn comparing(mut self, aspect: Aspect) -> Self {
        self.0.remove(&aspect);
        self
    }

    fn ignores(&self, aspect: Aspect) -> bool {
        self.0.contains(&aspect)
    }

    /// Returns all there is to compare of an object, by name; none where it is ignored altogether.
    pub(super) fn attributes(&self, object: &Object) -> Option<Map<String, Value>> {
        let kind = object.identity.kind;
        let is_grants = matches!(kind, Kind::DefaultPrivileges | Kind::Member);
        if is_grants && self.ignores(Aspect::Grants) {
            return None;
        }
        let mut attributes = object.attributes();
        if self.ignores(Aspect::ColumnOrder) {
            attributes.remove(COLUMN_ORDER);
        }
        if self.ignores(Aspect::ExtensionVersions) && kind == Kind::Extension {
            attributes.remove("version");
        }
        if let (Some(owner), false) = (&object.owner, self.ignores(Aspect::Owners)) {
            attributes.insert("owner".to_owned(), owner.as_str().into());
        }
        if let (Some(comment), false) = (&object.comment, self.ignores(Aspect::Comments)) {
            attributes.insert("comment".to_owned(), comment.as_str().into());
        }
        if self.ignores(Aspect::Comments) {
            attributes.remove("index_comment");
        }
        if !object.grants.is_empty() && !self.ignores(Aspect::Grants) {
            let grants = object.grants.iter().map(|grant| grant.to_string());
            attributes.insert("grants".to_owned(), grants.collect::<Vec<_>>().into());
        }
        Some(attributes)
    }
}

/// The attribute that is compared as far as both sides have the columns.
const COLUMN_ORDER: &str = "column_order";

/// An attribute that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttributeChange {
    /// Its name.
    pub name: String,
    /// What the first schema has; null for nothing.
    pub before: Value,
    /// What the second schema has; null for nothing.
    pub after: Value,
}

/// How an object differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Only the second schema has it, with so many parts of each kind.
    Added(BTreeMap<&'static str, usize>),
    /// Only the first schema has it, with so many parts of each kind.
    Removed(BTreeMap<&'static str, usize>),
    /// Both have it, and these attributes differ.
    Changed(Vec<AttributeChange>),
}

/// An object that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Which.
    pub identity: Identity,
    /// How.
    pub change: Change,
}

impl Difference {
    /// Returns how much it weighs when the nearest of several schemas is looked for: the number of
    /// objects that differ.
    #[must_use]
    pub fn weight(&self) -> usize {
        match &self.change {
            Change::Added(parts) | Change::Removed(parts) => 1 + parts.values().sum::<usize>(),
            Change::Changed(_) => 1,
        }
    }
}

/// Compares two schemas. Parts of a table that only one of them has are counted with the table.
#[must_use]
pub fn compare(before: &Model, after: &Model, ignored: &Aspects) -> Vec<Difference> {
    let mut pairs: BTreeMap<&Identity, (Option<&Object>, Option<&Object>)> = BTreeMap::new();
    for object in &before.objects {
        pairs.entry(&object.identity).or_default().0 = Some(object);
    }
    for object in &after.objects {
        pairs.entry(&object.identity).or_default().1 = Some(object);
    }
    let mut lone: BTreeMap<(&[String], bool), BTreeMap<&'static str, usize>> = BTreeMap::new();
    let mut differences = Vec::new();
    for (identity, pair) in pairs {
        match pair {
            (Some(one), Some(other)) => {
                let changes = changes(one, other, ignored);
                if !changes.is_empty() {
                    let identity = identity.clone();
                    let change = Change::Changed(changes);
                    differences.push(Difference { identity, change });
                }
            }
            (one, other) => {
                let Some(object) = one.or(other) else {
                    continue;
                };
                if ignored.attributes(object).is_none() {
                    continue;
                }
                let is_added = other.is_some();
                // Relations come before their parts.
                if let Some(owner) = identity.owner_path()
                    && let Some(parts) = lone.get_mut(&(owner, is_added))
                {
                    *parts.entry(identity.kind.as_str()).or_default() += 1;
                    continue;
                }
                if identity.kind.has_parts() {
                    lone.insert((&identity.path, is_added), BTreeMap::new());
                }
                let change = match is_added {
                    true => Change::Added(BTreeMap::new()),
                    false => Change::Removed(BTreeMap::new()),
                };
                let identity = identity.clone();
                differences.push(Difference { identity, change });
            }
        }
    }
    for difference in &mut differences {
        let (parts, is_added) = match &mut difference.change {
            Change::Added(parts) => (parts, true),
            Change::Removed(parts) => (parts, false),
            Change::Changed(_) => continue,
        };
        let path = &difference.identity.path[..];
        if difference.identity.kind.has_parts()
            && let Some(counted) = lone.remove(&(path, is_added))
        {
            *parts = counted;
        }
    }
    differences
}

fn changes(one: &Object, other: &Object, ignored: &Aspects) -> Vec<AttributeChange> {
    if one.body == other.body
        && one.comment == other.comment
        && one.grants == other.grants
        && one.owner == other.owner
    {
        return Vec::new();
    }
    let (Some(mut before), Some(mut after)) = (ignored.attributes(one), ignored.attributes(other))
    else {
        return Vec::new();
    };
    if let (Some(one), Some(other)) = (columns(&one.body), columns(&other.body)) {
        let common = |these: &[String], those: &[String]| -> Value {
            let common = these.iter().filter(|name| those.contains(name));
            common.map(|name| Value::from(name.as_str())).collect()
        };
        let (first, second) = (common(one, other), common(other, one));
        if first == second {
            before.remove(COLUMN_ORDER);
            after.remove(COLUMN_ORDER);
        }
    }
    let names: BTreeSet<String> = before.keys().chain(after.keys()).cloned().collect();
    let mut changes = Vec::new();
    for name in names {
        let before = before.get(&name).cloned().unwrap_or_default();
        let after = after.get(&name).cloned().unwrap_or_default();
        if before != after {
            changes.push(AttributeChange {
                name,
                before,
                after,
            });
        }
    }
    changes
}

fn columns(body: &Body) -> Option<&[String]> {
    match body {
        Body::Table(table) => Some(&table.column_order),
        Body::Composite(composite) => Some(&composite.column_order),
        _ => None,
    }
}
