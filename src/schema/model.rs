//! A schema as plain data: what is in a database apart from its rows.
//!
//! A [`Model`] is a sorted list of objects without the server's numbers in it, so that two databases
//! with the same schema have equal models. Definitions are the server's own words with every name
//! qualified. Parts of a table (columns, constraints, …) are objects of their own: differences are
//! told part by part.

use std::fmt;

use serde_json::{Map, Value};

pub use super::body::*;
use super::grants::Grant;
use super::scope::Outside;
use crate::sql::quote::ident;

/// What kind of thing an object is, in the order in which a model lists them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A schema; path: its name.
    Schema,
    /// An extension, whose members are left out; path: its name.
    Extension,
    /// A collation; path: schema, name.
    Collation,
    /// An enumerated type; path: schema, name.
    Enum,
    /// A composite type; path: schema, name.
    Composite,
    /// A range type; path: schema, name.
    Range,
    /// A domain; path: schema, name.
    Domain,
    /// A constraint of a domain; path: schema, domain, name.
    DomainConstraint,
    /// A function; path: schema, name, argument types in parentheses.
    Function,
    /// A procedure; path as a function's.
    Procedure,
    /// An aggregate; path as a function's.
    Aggregate,
    /// An operator; path: schema, name, argument types in parentheses.
    Operator,
    /// A cast; path: both types in parentheses.
    Cast,
    /// A text search dictionary; path: schema, name.
    Dictionary,
    /// A text search configuration; path: schema, name.
    Configuration,
    /// A foreign server; path: its name.
    Server,
    /// A sequence; path: schema, name.
    Sequence,
    /// A table, partitioned or not, or a partition; path: schema, name.
    Table,
    /// A foreign table; path: schema, name.
    ForeignTable,
    /// A view; path: schema, name.
    View,
    /// A materialized view; path: schema, name.
    MaterializedView,
    /// A column of any of these and of composite types; path: schema, relation, name.
    Column,
    /// A constraint of a table; path: schema, table, name.
    Constraint,
    /// An index that no constraint made; path: schema, table, name.
    Index,
    /// A statistics object; path: schema, name.
    Statistics,
    /// A trigger; path: schema, relation, name.
    Trigger,
    /// A rule; path: schema, relation, name.
    Rule,
    /// A policy of row security; path: schema, table, name.
    Policy,
    /// A publication; path: its name.
    Publication,
    /// An event trigger; path: its name.
    EventTrigger,
    /// A member of an extension, or an object of the system, whose privileges were changed; path: the
    /// server's word for its kind, and its name as in SQL; or `column`, its relation's and its own.
    Member,
    /// Default privileges; path: role, schema or nothing, kind of objects.
    DefaultPrivileges,
    /// Something that is known to exist and not read further; path: its kind, its name.
    Uncovered,
}

impl Kind {
    /// Returns the kind's name for people and programs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Schema => "schema",
            Self::Extension => "extension",
            Self::Collation => "collation",
            Self::Enum => "enum",
            Self::Composite => "composite type",
            Self::Range => "range type",
            Self::Domain => "domain",
            Self::DomainConstraint => "domain constraint",
            Self::Function => "function",
            Self::Procedure => "procedure",
            Self::Aggregate => "aggregate",
            Self::Operator => "operator",
            Self::Cast => "cast",
            Self::Dictionary => "text search dictionary",
            Self::Configuration => "text search configuration",
            Self::Server => "server",
            Self::Sequence => "sequence",
            Self::Table => "table",
            Self::ForeignTable => "foreign table",
            Self::View => "view",
            Self::MaterializedView => "materialized view",
            Self::Column => "column",
            Self::Constraint => "constraint",
            Self::Index => "index",
            Self::Statistics => "statistics",
            Self::Trigger => "trigger",
            Self::Rule => "rule",
            Self::Policy => "policy",
            Self::Publication => "publication",
            Self::EventTrigger => "event trigger",
            Self::Member => "member",
            Self::DefaultPrivileges => "default privileges",
            Self::Uncovered => "object",
        }
    }

    /// Returns whether objects of this kind belong to a relation or domain, whose path theirs
    /// begins with.
    #[must_use]
    pub const fn is_part(self) -> bool {
        matches!(
            self,
            Self::Column
                | Self::Constraint
                | Self::DomainConstraint
                | Self::Index
                | Self::Trigger
                | Self::Rule
                | Self::Policy
        )
    }

    /// Returns whether the paths of parts begin with that of objects of this kind.
    #[must_use]
    pub const fn has_parts(self) -> bool {
        matches!(
            self,
            Self::Table
                | Self::ForeignTable
                | Self::View
                | Self::MaterializedView
                | Self::Composite
                | Self::Domain
        )
    }

    /// Returns whether the path begins with a schema.
    const fn is_in_schema(self) -> bool {
        !matches!(
            self,
            Self::Extension
                | Self::Cast
                | Self::Server
                | Self::Publication
                | Self::EventTrigger
                | Self::Member
                | Self::DefaultPrivileges
                | Self::Uncovered
        )
    }
}

/// What an object is called: two models' objects of one identity are the same thing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identity {
    /// Its kind.
    pub kind: Kind,
    /// Its name, with the names of what it is in before it; see [`Kind`].
    pub path: Vec<String>,
}

impl Identity {
    /// Returns the schema that the object is in, or is.
    #[must_use]
    pub fn schema(&self) -> Option<&str> {
        match self.kind {
            Kind::DefaultPrivileges => self.path.get(1).filter(|schema| !schema.is_empty()),
            kind => self.path.first().filter(|_| kind.is_in_schema()),
        }
        .map(String::as_str)
    }

    /// Returns the path of the relation or domain that the object is a part of.
    #[must_use]
    pub fn owner_path(&self) -> Option<&[String]> {
        self.path.get(..2).filter(|_| self.kind.is_part())
    }

    /// Returns the last name of the path.
    #[must_use]
    pub fn name(&self) -> &str {
        self.path.last().map_or("", String::as_str)
    }

    /// Returns the kind's name; the server's word where the kind is none of ours.
    #[must_use]
    pub fn kind_name(&self) -> &str {
        match (self.kind, self.path.first()) {
            (Kind::Uncovered | Kind::Member, Some(kind)) => kind,
            (kind, _) => kind.as_str(),
        }
    }
}

/// Returns names joined by dots, each quoted where it needs it.
#[must_use]
pub fn qualified(path: &[String]) -> String {
    let quoted: Vec<String> = path.iter().map(|name| ident(name)).collect();
    quoted.join(".")
}

impl fmt::Display for Identity {
    /// The name without the kind, as SQL has it: `shop.orders.total`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.kind, &self.path[..]) {
            (Kind::Function | Kind::Procedure | Kind::Aggregate, [names @ .., arguments]) => {
                write!(f, "{}{arguments}", qualified(names))
            }
            (Kind::Operator, [schema, name, arguments]) => {
                write!(f, "{}.{name} {arguments}", ident(schema))
            }
            (Kind::DefaultPrivileges, [role, schema, objects]) => {
                write!(f, "{} of {}", objects.to_lowercase(), ident(role))?;
                match schema.as_str() {
                    "" => Ok(()),
                    schema => write!(f, " in {}", ident(schema)),
                }
            }
            (Kind::Uncovered | Kind::Member, [_, name]) => f.write_str(name),
            (Kind::Member, [_, relation, column]) => write!(f, "{relation}.{}", ident(column)),
            (Kind::Cast, [types]) => f.write_str(types),
            (_, path) => f.write_str(&qualified(path)),
        }
    }
}

/// An object of a schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// What it is called.
    pub identity: Identity,
    /// The role that owns it; none for what has no owner of its own.
    pub owner: Option<String>,
    /// Its comment.
    pub comment: Option<String>,
    /// What differs from the privileges on a new object.
    pub grants: Vec<Grant>,
    /// Everything else.
    pub body: Body,
    /// Positions in the model of what has to exist before it.
    pub needs: Vec<usize>,
    /// Positions of what a column's default needs.
    pub default_needs: Vec<usize>,
    /// Positions of the functions and operators that its expressions call, or of the extensions that
    /// those came with.
    pub calls: Vec<usize>,
}

impl Object {
    /// Returns what there is to compare of the body, by name; what is not there has no entry.
    #[must_use]
    pub fn attributes(&self) -> Map<String, Value> {
        let Ok(Value::Object(mut attributes)) = serde_json::to_value(&self.body) else {
            return Map::new();
        };
        attributes.retain(|_, value| match value {
            Value::Null | Value::Bool(false) => false,
            Value::Array(items) => !items.is_empty(),
            _ => true,
        });
        attributes
    }
}

/// A schema.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Model {
    /// The objects, sorted by identity.
    pub objects: Vec<Object>,
    /// The major version of the server, which has a say in what a new database looks like.
    pub server: u32,
    /// The search path of a session, as in `SET search_path`: functions may count on it.
    pub search_path: String,
    /// What is needed and outside of what was looked at.
    pub outside: Vec<Outside>,
}

impl Model {
    /// Finds an object.
    #[must_use]
    pub fn get(&self, identity: &Identity) -> Option<&Object> {
        let found = self
            .objects
            .binary_search_by(|object| object.identity.cmp(identity));
        found.ok().map(|at| &self.objects[at])
    }

    /// Keeps the objects for which `keep` returns true.
    #[must_use]
    pub fn filter(&self, keep: impl Fn(usize, &Object) -> bool) -> Self {
        let mut new = vec![None; self.objects.len()];
        let kept = self.objects.iter().enumerate();
        let kept: Vec<_> = kept.filter(|(at, object)| keep(*at, object)).collect();
        for (position, (at, _)) in kept.iter().enumerate() {
            new[*at] = Some(position);
        }
        let moved = |needs: &[usize]| needs.iter().filter_map(|at| new[*at]).collect();
        let objects = kept.iter().map(|(_, object)| Object {
            needs: moved(&object.needs),
            default_needs: moved(&object.default_needs),
            calls: moved(&object.calls),
            ..Object::clone(object)
        });
        Self {
            objects: objects.collect(),
            server: self.server,
            search_path: self.search_path.clone(),
            outside: self.outside.clone(),
        }
    }
}
