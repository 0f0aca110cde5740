//! A schema as plain data: what is in a database apart from its rows.
//!
//! A [`Model`] is a sorted list of objects without the server's numbers in it, so that two databases
//! with the same schema have equal models. Definitions are the server's own words with every name
//! qualified. Parts of a table (columns, constraints, …) are objects of their own: differences are
//! told part by part.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

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

    /// Returns the kind's name; that of the server where the kind is not covered.
    #[must_use]
    pub fn kind_name(&self) -> &str {
        match (self.kind, self.path.first()) {
            (Kind::Uncovered, Some(kind)) => kind,
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
            (Kind::Uncovered, [_, name]) => f.write_str(name),
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
            ..Object::clone(object)
        });
        Self {
            objects: objects.collect(),
            server: self.server,
            outside: self.outside.clone(),
        }
    }
}

/// What an object is, apart from its name, owner, comment and privileges.
///
/// Fields that begin with `usual_`, and others that say so, are for writing and not compared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
#[expect(missing_docs, reason = "each variant is named as its kind is")]
pub enum Body {
    Extension(Extension),
    /// A kind that is described by options alone, in SQL.
    Options(Options),
    Enum(Enum),
    Composite(Composite),
    Domain(Domain),
    Routine(Routine),
    Aggregate(Aggregate),
    Cast(Cast),
    Dictionary(Dictionary),
    Configuration(Configuration),
    Server(Server),
    Sequence(Sequence),
    Table(Table),
    View(View),
    Column(Column),
    Constraint(Constraint),
    Index(Index),
    Statistics(Statistics),
    Trigger(Trigger),
    Rule(Rule),
    Policy(Policy),
    Publication(Publication),
    EventTrigger(EventTrigger),
    Uncovered(Uncovered),
    /// Schemas and default privileges: all is said of them elsewhere.
    Nothing {},
}

/// Reads `null` as what is there when nothing is.
fn or_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(
    from: D,
) -> Result<T, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

macro_rules! bodies {
    ($($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty,)* })*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
            pub struct $name {
                $(
                    $(#[$field_doc])*
                    #[serde(default, deserialize_with = "or_default")]
                    pub $field: $type,
                )*
            }
        )*
    };
}

/// A name with its schema.
pub type Qualified = Vec<String>;

bodies! {
    /// An extension.
    Extension {
        /// The schema of its members.
        schema: String,
        /// Its version.
        version: String,
        /// The version that this server installs unless told otherwise; not compared.
        #[serde(skip_serializing)]
        usual_version: Option<String>,
        /// The comment that it comes with; not compared.
        #[serde(skip_serializing)]
        usual_comment: Option<String>,
    }

    /// Collations, range types and operators.
    Options {
        /// `name = value`, as between the parentheses of `CREATE`.
        options: Vec<String>,
    }

    /// An enumerated type.
    Enum {
        /// Its values, in order.
        labels: Vec<String>,
    }

    /// A composite type, without its columns.
    Composite {
        /// Their order; compared as far as both sides have them.
        column_order: Vec<String>,
    }

    /// A domain, without its check constraints.
    Domain {
        /// The type underneath.
        r#type: String,
        /// The collation, where it is not the type's.
        collation: Option<String>,
        /// The default.
        default: Option<String>,
        /// Whether NULL is refused.
        not_null: bool,
        /// What the server calls that, from PostgreSQL 17 on; not compared.
        #[serde(skip_serializing)]
        not_null_name: Option<String>,
    }

    /// A function or procedure.
    Routine {
        /// The whole `CREATE OR REPLACE` statement.
        definition: String,
    }

    /// An aggregate.
    Aggregate {
        /// Its arguments, as between the parentheses behind its name.
        arguments: String,
        /// `name = value`, as in `CREATE AGGREGATE`.
        options: Vec<String>,
    }

    /// A cast.
    Cast {
        /// `WITH FUNCTION …`, `WITHOUT FUNCTION` or `WITH INOUT`.
        method: String,
        /// `AS ASSIGNMENT` or `AS IMPLICIT`.
        context: Option<String>,
    }

    /// A text search dictionary.
    Dictionary {
        /// The template.
        template: String,
        /// Its options, as in `CREATE TEXT SEARCH DICTIONARY`.
        options: Option<String>,
    }

    /// A text search configuration.
    Configuration {
        /// The parser.
        parser: String,
        /// `token WITH dictionaries`, for each kind of token.
        mappings: Vec<String>,
    }

    /// A foreign server.
    Server {
        /// The foreign-data wrapper.
        wrapper: String,
        /// Its type.
        r#type: Option<String>,
        /// Its version.
        version: Option<String>,
        /// `name=value`.
        options: Vec<String>,
    }

    /// A sequence; where it stands is no part of a schema.
    Sequence {
        /// The type of its numbers.
        r#type: String,
        /// The first number.
        start: i64,
        /// The step.
        increment: i64,
        /// The lowest number.
        minimum: i64,
        /// The highest number.
        maximum: i64,
        /// How many a session takes at once.
        cache: i64,
        /// Whether it begins again at its end.
        cycle: bool,
        /// Whether it does without the write-ahead log.
        unlogged: bool,
        /// Whether it is that of an identity column.
        identity: bool,
        /// Schema, table and column with which it goes.
        owned_by: Option<Vec<String>>,
    }

    /// A table or foreign table.
    Table {
        /// The order of its columns; compared as far as both sides have them.
        column_order: Vec<String>,
        /// Whether it does without the write-ahead log.
        unlogged: bool,
        /// Strategy and key of a partitioned table.
        partition_by: Option<String>,
        /// The bound of a partition.
        bound: Option<String>,
        /// The tables that it is a partition of or inherits from.
        parents: Vec<Qualified>,
        /// The composite type that it is a table of.
        of_type: Option<String>,
        /// The access method, where it is not `heap`.
        access_method: Option<String>,
        /// Storage parameters, `name=value`.
        options: Vec<String>,
        /// Whether row security is on.
        row_security: bool,
        /// Whether it holds for the owner, too.
        force_row_security: bool,
        /// `FULL` or `NOTHING`, where the replica identity is that.
        replica_identity: Option<String>,
        /// The index that is the replica identity.
        identified_by: Option<String>,
        /// The index that `CLUSTER` uses.
        clustered_on: Option<String>,
        /// The foreign server.
        server: Option<String>,
        /// `name=value`, for the foreign server.
        server_options: Vec<String>,
    }

    /// A view or materialized view.
    View {
        /// The query.
        definition: String,
        /// `name=value`.
        options: Vec<String>,
        /// The access method, where it is not `heap`.
        access_method: Option<String>,
        /// The index that `CLUSTER` uses.
        clustered_on: Option<String>,
        /// Whether a materialized view holds rows; not compared.
        #[serde(skip_serializing)]
        populated: bool,
    }

    /// A column.
    Column {
        /// Its type.
        r#type: String,
        /// The collation, where it is not the type's.
        collation: Option<String>,
        /// Whether NULL is refused.
        not_null: bool,
        /// What the constraint is called, from PostgreSQL 18 on and where not as usual.
        not_null_name: Option<String>,
        /// Whether the constraint is not handed down; from PostgreSQL 18 on.
        not_null_no_inherit: bool,
        /// Whether the constraint was not checked for all rows; from PostgreSQL 18 on.
        not_null_not_valid: bool,
        /// Whether the constraint came from a parent table alone; not compared.
        #[serde(skip_serializing)]
        not_null_inherited: bool,
        /// The comment on the constraint; from PostgreSQL 18 on.
        not_null_comment: Option<String>,
        /// The default.
        default: Option<String>,
        /// `(expression) STORED` or `(expression) VIRTUAL`.
        generated: Option<String>,
        /// `ALWAYS` or `BY DEFAULT`.
        identity: Option<String>,
        /// The storage, where it is not the type's.
        storage: Option<String>,
        /// The compression method, where one is chosen.
        compression: Option<String>,
        /// The statistics target, where one is chosen.
        statistics: Option<i64>,
        /// `name=value`.
        options: Vec<String>,
        /// `name=value`, for the foreign server.
        server_options: Vec<String>,
        /// Whether the table itself declares it, and not a parent alone; not compared.
        #[serde(skip_serializing)]
        local: bool,
    }

    /// A constraint of a table or domain.
    Constraint {
        /// `primary key`, `unique`, `exclude`, `foreign key` or `check`.
        r#type: String,
        /// What follows its name.
        definition: String,
        /// Storage parameters of its index, `name=value`.
        options: Vec<String>,
        /// The comment on its index.
        index_comment: Option<String>,
        /// Whether all rows were checked; also part of the definition, and not compared.
        #[serde(skip_serializing)]
        valid: bool,
        /// The index of the partitioned table that its index is a part of.
        parent: Option<Qualified>,
    }

    /// An index.
    Index {
        /// The whole `CREATE INDEX` statement.
        definition: String,
        /// Statistics targets of expressions: `column SET STATISTICS target`.
        statistics: Vec<String>,
        /// The index of the partitioned table that it is a part of.
        parent: Option<Qualified>,
        /// Whether its build failed.
        invalid: bool,
    }

    /// A statistics object.
    Statistics {
        /// The table; also part of the definition, and not compared.
        #[serde(skip_serializing)]
        table: Qualified,
        /// The statistics target, where one is chosen.
        target: Option<i64>,
        /// The whole `CREATE STATISTICS` statement.
        definition: String,
    }

    /// A trigger.
    Trigger {
        /// The whole `CREATE TRIGGER` statement.
        definition: String,
        /// `DISABLE`, `ENABLE REPLICA` or `ENABLE ALWAYS`; none for what is usual.
        enabled: Option<String>,
        /// Whether the partitioned table has it, and it is here because it is enabled otherwise.
        inherited: bool,
    }

    /// A rule.
    Rule {
        /// The whole `CREATE RULE` statement.
        definition: String,
        /// As a trigger's.
        enabled: Option<String>,
    }

    /// A policy.
    Policy {
        /// Whether it restricts what others permit.
        restrictive: bool,
        /// The command that it is for; none for all.
        command: Option<String>,
        /// The roles that it is for; none for all.
        roles: Vec<String>,
        /// What rows can be seen.
        using: Option<String>,
        /// What rows can be written.
        check: Option<String>,
    }

    /// A publication.
    Publication {
        /// Whether it is for all tables.
        all_tables: bool,
        /// The schemas whose tables it is for.
        schemas: Vec<String>,
        /// The tables that it is for, with columns and condition.
        tables: Vec<String>,
        /// `name = value`.
        options: Vec<String>,
    }

    /// An event trigger.
    EventTrigger {
        /// The event.
        event: String,
        /// The commands that it is for; none for all.
        tags: Vec<String>,
        /// The function.
        function: String,
        /// As a trigger's.
        enabled: Option<String>,
    }

    /// Something that is not read further.
    Uncovered {
        /// What little is known of it.
        definition: Option<String>,
    }
}

impl Column {
    /// Returns whether it has a default or is generated.
    #[must_use]
    pub const fn has_expression(&self) -> bool {
        self.default.is_some() || self.generated.is_some()
    }
}
