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
            let grants = object.grants.iter().map(ToString::to_string);
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
    let differences = without_columns_of_views(differences);
    without_owned_sequences(differences, before, after)
}

/// The columns of a view are those of its query, which is told already where it differs.
fn without_columns_of_views(mut differences: Vec<Difference>) -> Vec<Difference> {
    let is_other_query = |difference: &&Difference| match &difference.change {
        Change::Changed(attributes) => {
            let is_view = matches!(
                difference.identity.kind,
                Kind::View | Kind::MaterializedView
            );
            is_view && attributes.iter().any(|change| change.name == "definition")
        }
        _ => false,
    };
    let views = differences.iter().filter(is_other_query);
    let views: BTreeSet<Vec<String>> = views.map(|it| it.identity.path.clone()).collect();
    differences.retain(|difference| {
        let is_there = matches!(difference.change, Change::Changed(_));
        let owner = difference.identity.owner_path();
        let of_view = owner.is_some_and(|owner| views.contains(owner));
        is_there || !of_view || difference.identity.kind != Kind::Column
    });
    differences
}

/// A sequence that comes or goes with its column is told with it.
fn without_owned_sequences(
    mut differences: Vec<Difference>,
    before: &Model,
    after: &Model,
) -> Vec<Difference> {
    let is_lone = |difference: &&Difference| !matches!(difference.change, Change::Changed(_));
    let is_identity = |difference: &&Difference| match &difference.change {
        Change::Changed(attributes) => attributes.iter().any(|change| change.name == "identity"),
        Change::Added(_) | Change::Removed(_) => true,
    };
    let of_kind = |kinds: &'static [Kind]| {
        let differences = differences.iter();
        differences.filter(|it| kinds.contains(&it.identity.kind))
    };
    let path = |difference: &Difference| difference.identity.path.clone();
    let tables = of_kind(&[Kind::Table]).filter(is_lone).map(path);
    let tables: BTreeSet<Vec<String>> = tables.collect();
    let columns = of_kind(&[Kind::Column]).filter(is_identity).map(path);
    let columns: BTreeSet<Vec<String>> = columns.collect();
    differences.retain(|difference| {
        let identity = &difference.identity;
        let object = before.get(identity).or_else(|| after.get(identity));
        let Some(Body::Sequence(sequence)) = object.map(|object| &object.body) else {
            return true;
        };
        let Some(by) = sequence.owned_by.as_deref().filter(|by| by.len() == 3) else {
            return true;
        };
        let is_told = tables.contains(&by[..2]) || columns.contains(by);
        !(is_lone(&difference) && is_told)
    });
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::fingerprint;
    use crate::schema::grants::List;
    use crate::schema::model::{Column, Table, View};

    fn object(kind: Kind, path: &[&str], body: Body) -> Object {
        Object {
            identity: Identity {
                kind,
                path: path.iter().map(ToString::to_string).collect(),
            },
            owner: Some("one".to_owned()),
            comment: None,
            grants: Vec::new(),
            body,
            needs: Vec::new(),
            default_needs: Vec::new(),
            calls: Vec::new(),
        }
    }

    /// A table with integer columns.
    fn table(name: &str, columns: &[&str]) -> Vec<Object> {
        let table = Body::Table(Table {
            column_order: columns.iter().map(ToString::to_string).collect(),
            ..Table::default()
        });
        let mut objects = vec![object(Kind::Table, &["s", name], table)];
        for column in columns {
            let body = Body::Column(Column {
                r#type: "integer".to_owned(),
                ..Column::default()
            });
            objects.push(object(Kind::Column, &["s", name, column], body));
        }
        objects
    }

    fn model(tables: &[Vec<Object>]) -> Model {
        let mut objects = tables.concat();
        objects.sort_by(|a, b| a.identity.cmp(&b.identity));
        Model {
            objects,
            ..Model::default()
        }
    }

    /// The differences, one a line; and a check that the fingerprints agree with them.
    fn told(before: &Model, after: &Model, ignored: &Aspects) -> String {
        let differences = compare(before, after, ignored);
        let same = fingerprint(before, ignored) == fingerprint(after, ignored);
        assert_eq!(differences.is_empty(), same);
        let lines = differences.iter().map(|difference| {
            let what = match &difference.change {
                Change::Added(parts) => format!("added {parts:?}"),
                Change::Removed(parts) => format!("removed {parts:?}"),
                Change::Changed(changes) => {
                    let changes = changes.iter();
                    let changes = changes.map(|c| format!("{} {} {}", c.name, c.before, c.after));
                    changes.collect::<Vec<_>>().join(", ")
                }
            };
            let identity = &difference.identity;
            format!("{} {identity}: {what}", identity.kind_name())
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_table_that_one_side_has_is_one_difference_with_its_parts_counted() {
        let (one, two) = (table("a", &["x"]), table("b", &["x", "y"]));
        let (before, after) = (model(std::slice::from_ref(&one)), model(&[two]));
        insta::assert_snapshot!(told(&before, &after, &Aspects::default()), @r#"
        table s.a: removed {"column": 1}
        table s.b: added {"column": 2}
        "#);
        let weights = compare(&before, &after, &Aspects::default());
        let weights: Vec<_> = weights.iter().map(Difference::weight).collect();
        assert_eq!(weights, [2, 3]);
        assert_eq!(told(&before, &model(&[one]), &Aspects::default()), "");
    }

    #[test]
    fn the_order_of_columns_is_compared_as_far_as_both_sides_have_them() {
        let model = |columns: &[&str]| model(&[table("t", columns)]);
        let told = |a, b| told(&model(a), &model(b), &Aspects::default());
        insta::assert_snapshot!(told(&["a", "b"], &["a", "x", "b"]), @"column s.t.x: added {}");
        insta::assert_snapshot!(told(&["a", "b"], &["b", "x", "a"]), @r#"
        table s.t: column_order ["a","b"] ["b","x","a"]
        column s.t.x: added {}
        "#);
    }

    #[test]
    fn what_is_ignored_makes_no_difference() {
        let before = model(&[table("t", &["a", "b"])]);
        let mut after = model(&[table("t", &["b", "a"])]);
        let table = &mut after.objects[0];
        table.owner = Some("another".to_owned());
        table.comment = Some("a comment".to_owned());
        table.grants = List::parse(&["r=r/o"], "o").since(&List::default());
        let owners = Aspects::default();
        insta::assert_snapshot!(told(&before, &after, &owners), @r#"table s.t: column_order ["a","b"] ["b","a"], comment null "a comment", grants null ["GRANT SELECT TO r"]"#);
        let with_owners = Aspects::default().comparing(Aspect::Owners);
        assert!(told(&before, &after, &with_owners).contains(r#"owner "one" "another""#));
        let nothing = [Aspect::Comments, Aspect::Grants, Aspect::ColumnOrder];
        let nothing = nothing.into_iter().fold(owners, Aspects::ignoring);
        assert_eq!(told(&before, &after, &nothing), "");
    }

    #[test]
    fn another_query_says_all_of_a_views_columns() {
        let view = |query: &str, column: &str| {
            let view = Body::View(View {
                definition: query.to_owned(),
                ..View::default()
            });
            let column = object(
                Kind::Column,
                &["s", "v", column],
                Body::Column(Column::default()),
            );
            model(&[vec![object(Kind::View, &["s", "v"], view), column]])
        };
        let differences = told(
            &view("SELECT a", "a"),
            &view("SELECT b", "b"),
            &Aspects::default(),
        );
        insta::assert_snapshot!(differences, @r#"view s.v: definition "SELECT a" "SELECT b""#);
    }
}
