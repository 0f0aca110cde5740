//! The statements of kinds that one object says everything of.

use super::phrase;
use super::text::{block, parameters, server_options, trimmed};
use crate::schema::grants::{Grant, Grantee};
use crate::schema::model::{self, Body, Kind, Object, qualified};
use crate::sql::quote::{ident, literal};

pub(super) fn comment(object: &Object) -> Option<String> {
    let text = object.comment.as_ref()?;
    if let Body::Extension(extension) = &object.body
        && extension.usual_comment.as_ref() == Some(text)
    {
        return None;
    }
    if is_usual_public(object) {
        return None;
    }
    let phrase = phrase::phrase(object)?;
    Some(format!("COMMENT ON {phrase} IS {}", literal(text)))
}

/// What every new database says of its schema `public`.
pub(super) const PUBLIC_COMMENT: &str = "standard public schema";

fn is_usual_public(object: &Object) -> bool {
    object.identity.kind == Kind::Schema
        && object.identity.name() == "public"
        && object.comment.as_deref() == Some(PUBLIC_COMMENT)
}

pub(super) fn index_comment(object: &Object, constraint: &model::Constraint) -> Option<String> {
    let text = constraint.index_comment.as_ref()?;
    let name = phrase::in_schema(&object.identity.path)?;
    Some(format!("COMMENT ON INDEX {name} IS {}", literal(text)))
}

pub(super) fn create_extension(name: &str, extension: &model::Extension) -> String {
    let mut sql = format!(
        "CREATE EXTENSION IF NOT EXISTS {name} WITH SCHEMA {}",
        ident(&extension.schema)
    );
    // The usual one follows the server; another one was chosen.
    if extension.usual_version.as_ref() != Some(&extension.version) {
        sql.push_str(&format!(" VERSION {}", literal(&extension.version)));
    }
    sql
}

/// Collations, range types and operators, which are a name and options.
pub(super) fn create_by_options(object: &Object, options: &[String]) -> String {
    let options = block(options);
    let path = &object.identity.path;
    match (object.identity.kind, &path[..]) {
        (Kind::Operator, [schema, name, _]) => {
            format!("CREATE OPERATOR {}.{name} {options}", ident(schema))
        }
        (Kind::Range, path) => format!("CREATE TYPE {} AS RANGE {options}", qualified(path)),
        (_, path) => format!("CREATE COLLATION {} {options}", qualified(path)),
    }
}

pub(super) fn create_server(name: &str, server: &model::Server) -> String {
    let mut sql = format!("CREATE SERVER {name}");
    if let Some(text) = &server.r#type {
        sql.push_str(&format!(" TYPE {}", literal(text)));
    }
    if let Some(text) = &server.version {
        sql.push_str(&format!(" VERSION {}", literal(text)));
    }
    let wrapper = ident(&server.wrapper);
    sql.push_str(&format!(" FOREIGN DATA WRAPPER {wrapper}"));
    sql + &server_options(&server.options)
}

pub(super) fn create_sequence(name: &str, sequence: &model::Sequence) -> String {
    let unlogged = if sequence.unlogged { "UNLOGGED " } else { "" };
    let mut words = vec![format!("CREATE {unlogged}SEQUENCE {name}")];
    words.extend(sequence_options(sequence));
    words.join(" ")
}

/// Returns what is not as a sequence has it by default.
pub(super) fn sequence_options(sequence: &model::Sequence) -> Vec<String> {
    let mut words = Vec::new();
    if sequence.r#type != "bigint" {
        words.push(format!("AS {}", sequence.r#type));
    }
    words.extend(number_options(sequence));
    words
}

/// The same without the type, which for an identity is the column's.
pub(super) fn number_options(sequence: &model::Sequence) -> Vec<String> {
    let (lowest, highest) = match sequence.r#type.as_str() {
        "smallint" => (i64::from(i16::MIN), i64::from(i16::MAX)),
        "integer" => (i64::from(i32::MIN), i64::from(i32::MAX)),
        _ => (i64::MIN, i64::MAX),
    };
    let (minimum, maximum) = match sequence.increment > 0 {
        true => (1, highest),
        false => (lowest, -1),
    };
    let start = match sequence.increment > 0 {
        true => sequence.minimum,
        false => sequence.maximum,
    };
    let numbers = [
        ("START WITH", sequence.start, start),
        ("INCREMENT BY", sequence.increment, 1),
        ("MINVALUE", sequence.minimum, minimum),
        ("MAXVALUE", sequence.maximum, maximum),
        ("CACHE", sequence.cache, 1),
    ];
    let chosen = numbers.iter().filter(|(_, value, usual)| value != usual);
    let mut words: Vec<String> = chosen
        .map(|(word, value, _)| format!("{word} {value}"))
        .collect();
    if sequence.cycle {
        words.push("CYCLE".to_owned());
    }
    words
}

pub(super) fn own_sequence(object: &Object) -> Vec<String> {
    let Body::Sequence(sequence) = &object.body else {
        return Vec::new();
    };
    let column = sequence.owned_by.as_deref().map(qualified);
    let column = column.unwrap_or_else(|| "NONE".to_owned());
    let name = &object.identity;
    vec![format!("ALTER SEQUENCE {name} OWNED BY {column}")]
}

/// Returns a check that has a name until the foreign key comes that it is for.
pub(super) fn reserve_name(object: &Object) -> Vec<String> {
    let Some(table) = object.identity.owner_path().map(qualified) else {
        return Vec::new();
    };
    let name = ident(object.identity.name());
    vec![format!(
        "ALTER TABLE {table}\n    ADD CONSTRAINT {name} CHECK (true)"
    )]
}

/// Returns what enables or disables a trigger or rule where that is not as usual.
pub(super) fn enable(object: &Object, word: &str, enabled: Option<&str>) -> Option<String> {
    let table = qualified(object.identity.owner_path()?);
    let name = ident(object.identity.name());
    Some(format!("ALTER TABLE {table} {} {word} {name}", enabled?))
}

pub(super) fn create_policy(object: &Object, policy: &model::Policy) -> String {
    let table = qualified(object.identity.owner_path().unwrap_or_default());
    let name = ident(object.identity.name());
    let mut sql = format!("CREATE POLICY {name} ON {table}");
    if policy.restrictive {
        sql.push_str(" AS RESTRICTIVE");
    }
    if let Some(command) = &policy.command {
        sql.push_str(&format!(" FOR {command}"));
    }
    if !policy.roles.is_empty() {
        let roles: Vec<String> = policy.roles.iter().map(|role| ident(role)).collect();
        sql.push_str(&format!(" TO {}", roles.join(", ")));
    }
    for (word, expression) in [("USING", &policy.using), ("WITH CHECK", &policy.check)] {
        if let Some(expression) = expression {
            sql.push_str(&format!("\n    {word} ({expression})"));
        }
    }
    sql
}

pub(super) fn create_publication(name: &str, publication: &model::Publication) -> String {
    let mut sql = format!("CREATE PUBLICATION {name}");
    let mut list = Vec::new();
    if !publication.tables.is_empty() {
        // Those that inherit from a table are named, too, where they are in it.
        list.push(format!("TABLE ONLY {}", publication.tables.join(", ONLY ")));
    }
    if !publication.schemas.is_empty() {
        let schemas: Vec<String> = publication.schemas.iter().map(|name| ident(name)).collect();
        list.push(format!("TABLES IN SCHEMA {}", schemas.join(", ")));
    }
    if publication.all_tables {
        list.push("ALL TABLES".to_owned());
    }
    if !list.is_empty() {
        sql.push_str(&format!(" FOR {}", list.join(", ")));
    }
    if !publication.options.is_empty() {
        sql.push_str(&format!(" WITH ({})", publication.options.join(", ")));
    }
    sql
}

pub(super) fn create_event_trigger(name: &str, trigger: &model::EventTrigger) -> Vec<String> {
    let mut sql = format!("CREATE EVENT TRIGGER {name} ON {}", trigger.event);
    if !trigger.tags.is_empty() {
        let tags: Vec<String> = trigger.tags.iter().map(|tag| literal(tag)).collect();
        sql.push_str(&format!("\n    WHEN TAG IN ({})", tags.join(", ")));
    }
    sql.push_str(&format!("\n    EXECUTE FUNCTION {}()", trigger.function));
    let enabled = trigger.enabled.as_ref();
    let enable = enabled.map(|enabled| format!("ALTER EVENT TRIGGER {name} {enabled}"));
    std::iter::once(sql).chain(enable).collect()
}

/// Returns a view's statement; `create` is `CREATE` or `CREATE OR REPLACE`.
pub(super) fn view_as(object: &Object, view: &model::View, create: &str) -> String {
    let mut sql = format!("{create} VIEW {}", object.identity);
    if !view.options.is_empty() {
        sql.push_str(&format!(" WITH ({})", parameters(&view.options)));
    }
    sql.push_str(&format!(" AS\n{}", trimmed(&view.definition)));
    sql
}

pub(super) fn complete_view(object: &Object) -> Vec<String> {
    match &object.body {
        Body::View(view) => vec![view_as(object, view, "CREATE OR REPLACE")],
        _ => Vec::new(),
    }
}

/// Returns the default of a column as a statement of its own.
pub(super) fn set_default(object: &Object) -> Vec<String> {
    let (Body::Column(column), Some(table)) = (&object.body, object.identity.owner_path()) else {
        return Vec::new();
    };
    let change = match &column.default {
        Some(default) => format!("SET DEFAULT {default}"),
        None => "DROP DEFAULT".to_owned(),
    };
    let name = ident(object.identity.name());
    vec![format!(
        "ALTER TABLE ONLY {} ALTER COLUMN {name} {change}",
        qualified(table)
    )]
}

pub(super) fn attach_index(object: &Object) -> Vec<String> {
    let parent = match &object.body {
        Body::Index(index) => index.parent.as_deref(),
        Body::Constraint(constraint) => constraint.parent.as_deref(),
        _ => None,
    };
    let name = phrase::in_schema(&object.identity.path);
    let (Some(parent), Some(name)) = (parent, name) else {
        return Vec::new();
    };
    vec![format!(
        "ALTER INDEX {} ATTACH PARTITION {name}",
        qualified(parent)
    )]
}

pub(super) fn choose_index(object: &Object) -> Vec<String> {
    let (clustered, identified) = match &object.body {
        Body::Table(table) => (table.clustered_on.as_ref(), table.identified_by.as_ref()),
        Body::View(view) => (view.clustered_on.as_ref(), None),
        _ => (None, None),
    };
    let what = match object.identity.kind {
        Kind::MaterializedView => "MATERIALIZED VIEW",
        _ => "TABLE",
    };
    let name = &object.identity;
    let cluster = clustered.map(|index| format!("ALTER {what} {name} CLUSTER ON {}", ident(index)));
    let identify = identified.map(|index| {
        let index = ident(index);
        format!("ALTER TABLE ONLY {name} REPLICA IDENTITY USING INDEX {index}")
    });
    cluster.into_iter().chain(identify).collect()
}

pub(super) fn grant(object: &Object) -> Vec<String> {
    let Some(granted) = phrase::granted(object) else {
        return Vec::new();
    };
    let columns = phrase::granted_columns(object);
    let grants = object.grants.iter();
    grants
        .map(|grant| grant.to_sql(&granted, &columns))
        .collect()
}

pub(super) fn default_privileges(object: &Object) -> Vec<String> {
    default_privileges_of(object, Grant::clone)
}

/// Returns default privileges as statements; `change` may turn them round.
pub(super) fn default_privileges_of(
    object: &Object,
    change: impl Fn(&Grant) -> Grant,
) -> Vec<String> {
    let [role, schema, objects] = &object.identity.path[..] else {
        return Vec::new();
    };
    let mut alter = format!("ALTER DEFAULT PRIVILEGES FOR ROLE {}", ident(role));
    if !schema.is_empty() {
        alter.push_str(&format!(" IN SCHEMA {}", ident(schema)));
    }
    let grants = object.grants.iter().map(|grant| {
        let mut grant = change(grant);
        // Here the owner is not whoever is at work.
        if grant.grantee == Grantee::Owner {
            grant.grantee = Grantee::Role(role.clone());
        }
        format!("{alter} {}", grant.to_sql(objects, ""))
    });
    grants.collect()
}

/// Returns a column's type with its collation.
pub(super) fn type_of(column: &model::Column) -> String {
    match &column.collation {
        Some(collation) => format!(" {} COLLATE {collation}", column.r#type),
        None => format!(" {}", column.r#type),
    }
}

/// Returns a constraint as it stands behind its name.
pub(super) fn definition(constraint: &model::Constraint) -> String {
    let definition = &constraint.definition;
    // An exclusion constraint tells the parameters of its index itself.
    let of_index = ["primary key", "unique"].contains(&constraint.r#type.as_str());
    if constraint.options.is_empty() || !of_index {
        return definition.clone();
    }
    let deferrable = [" DEFERRABLE INITIALLY DEFERRED", " DEFERRABLE"];
    let tail = deferrable.iter().find(|tail| definition.ends_with(*tail));
    let tail = tail.copied().unwrap_or_default();
    let head = &definition[..definition.len() - tail.len()];
    format!("{head} WITH ({}){tail}", parameters(&constraint.options))
}
