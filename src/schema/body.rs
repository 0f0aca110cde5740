//! What there is to say of an object of each kind.

use serde::{Deserialize, Deserializer, Serialize};

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
    /// Schemas, members of extensions and default privileges: all is said of them elsewhere.
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
        /// All arguments of a procedure, those for output as well; also part of the definition, and
        /// not compared.
        #[serde(skip_serializing)]
        arguments: Option<String>,
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
        /// The order of its columns, which the query has as well; not compared.
        #[serde(skip_serializing)]
        column_order: Vec<String>,
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

impl Constraint {
    /// Returns whether it comes with an index.
    #[must_use]
    pub fn has_index(&self) -> bool {
        !["check", "foreign key"].contains(&self.r#type.as_str())
    }
}
