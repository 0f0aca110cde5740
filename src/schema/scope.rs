//! What part of a database is looked at.

use std::collections::HashSet;

use super::model::{Body, Identity, Kind, Model, Object};

/// A table to leave out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableFilter {
    /// Its schema; none for any.
    pub schema: Option<String>,
    /// Its name.
    pub name: String,
}

impl TableFilter {
    fn matches(&self, path: &[String]) -> bool {
        let [schema, name] = path else {
            return false;
        };
        self.name == *name && self.schema.as_ref().is_none_or(|wanted| wanted == schema)
    }
}

/// What part of a database is looked at: all of it by default, apart from the system's schemas,
/// the members of extensions, and the tables that limbeck keeps for itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// These schemas alone, with the extensions that they need; all where empty.
    pub schemas: Vec<String>,
    /// Tables to leave out, with all that belongs to them, and with the schema that one names where
    /// nothing else is in it.
    pub without: Vec<TableFilter>,
}

/// Something within the scope that needs something outside of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outside {
    /// What is within.
    pub object: Identity,
    /// What it needs.
    pub needs: Identity,
}

impl Scope {
    /// Finds what is within and needs a table that is left out by its name.
    fn needed(&self, model: &Model, wanted: impl Fn(&Object) -> bool) -> Vec<Outside> {
        let is_named = |object: &Object| {
            let mut filters = self.without.iter();
            filters.any(|filter| filter.matches(&object.identity.path))
        };
        let mut outside = Vec::new();
        if self.without.is_empty() {
            return outside;
        }
        for object in model.objects.iter().filter(|object| wanted(object)) {
            for need in object.needs.iter().chain(&object.default_needs) {
                let need = &model.objects[*need];
                if matches!(need.body, Body::Table(_)) && is_named(need) {
                    outside.push(Outside {
                        object: object.identity.clone(),
                        needs: need.identity.clone(),
                    });
                }
            }
        }
        outside
    }

    /// Leaves out schemas that only what was left out was in, such as that of another tool's table.
    fn without_emptied(&self, model: Model) -> Model {
        let named = self.without.iter().filter_map(|it| it.schema.as_deref());
        let mut emptied: HashSet<String> = named.map(str::to_owned).collect();
        emptied.remove("public");
        for Object { identity, .. } in &model.objects {
            if let Some(schema) = identity.schema().filter(|_| identity.kind != Kind::Schema) {
                emptied.remove(schema);
            }
        }
        let is_emptied = |object: &Object| {
            object.identity.kind == Kind::Schema && emptied.contains(object.identity.name())
        };
        match emptied.is_empty() {
            true => model,
            false => model.filter(|_, object| !is_emptied(object)),
        }
    }

    /// Leaves out what is not looked at.
    pub(super) fn apply(&self, model: Model, own: &[TableFilter]) -> Model {
        let is_out = |path: &[String]| {
            let filters = self.without.iter().chain(own);
            filters.into_iter().any(|filter| filter.matches(path))
        };
        let wanted = |object: &Object| {
            let identity = &object.identity;
            let table = match &object.body {
                Body::Table(_) => Some(&identity.path[..]),
                Body::Sequence(sequence) => sequence.owned_by.as_ref().and_then(|by| by.get(..2)),
                Body::Statistics(statistics) => Some(&statistics.table[..]),
                _ => identity.owner_path(),
            };
            !table.is_some_and(is_out)
        };
        let outside = self.needed(&model, wanted);
        let mut whole = self.without_emptied(model.filter(|_, object| wanted(object)));
        whole.outside = outside;
        if self.schemas.is_empty() {
            return whole;
        }
        let mut kept: HashSet<usize> = HashSet::new();
        let mut extensions: HashSet<usize> = HashSet::new();
        for (at, object) in whole.objects.iter().enumerate() {
            let schema = match &object.body {
                Body::Extension(extension) => Some(extension.schema.as_str()),
                _ => object.identity.schema(),
            };
            if schema.is_some_and(|schema| self.schemas.iter().any(|wanted| wanted == schema)) {
                kept.insert(at);
                extensions.extend(object.needs.iter().chain(&object.default_needs));
            }
        }
        extensions.retain(|at| whole.objects[*at].identity.kind == Kind::Extension);
        kept.extend(extensions);
        let mut part = whole.filter(|at, _| kept.contains(&at));
        for (at, object) in whole.objects.iter().enumerate() {
            if !kept.contains(&at) {
                continue;
            }
            let needs = object.needs.iter().chain(&object.default_needs);
            for need in needs.filter(|need| !kept.contains(need)) {
                let needs = whole.objects[*need].identity.clone();
                // The schema of an extension, which has its own ways to make one.
                if object.identity.kind != Kind::Extension {
                    let object = object.identity.clone();
                    part.outside.push(Outside { object, needs });
                }
            }
        }
        part
    }
}
