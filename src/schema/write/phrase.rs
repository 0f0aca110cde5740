//! How statements name an object: `TABLE shop.orders`, `CONSTRAINT total ON shop.orders`.

use crate::schema::model::{Body, Identity, Kind, Object, qualified};
use crate::sql::quote::ident;

/// Returns an object as `COMMENT ON`, `ALTER … OWNER TO` and `DROP` name it; none for what has no
/// such name.
pub(super) fn phrase(object: &Object) -> Option<String> {
    let Identity { kind, path } = &object.identity;
    let of_relation = |word: &str| {
        let owner = qualified(path.get(..2)?);
        Some(format!("{word} {} ON {owner}", ident(path.last()?)))
    };
    let plain = |word: &str| Some(format!("{word} {}", qualified(path)));
    match kind {
        Kind::Schema => plain("SCHEMA"),
        Kind::Extension => plain("EXTENSION"),
        Kind::Collation => plain("COLLATION"),
        Kind::Enum | Kind::Composite | Kind::Range => plain("TYPE"),
        Kind::Domain => plain("DOMAIN"),
        Kind::DomainConstraint => {
            let (name, domain) = (ident(path.last()?), qualified(path.get(..2)?));
            Some(format!("CONSTRAINT {name} ON DOMAIN {domain}"))
        }
        Kind::Function => Some(format!("FUNCTION {}", object.identity)),
        Kind::Procedure => Some(format!("PROCEDURE {}", procedure(object)?)),
        Kind::Aggregate => Some(format!("AGGREGATE {}", aggregate(object)?)),
        Kind::Operator => Some(format!("OPERATOR {}", object.identity)),
        Kind::Cast => Some(format!("CAST {}", object.identity)),
        Kind::Dictionary => plain("TEXT SEARCH DICTIONARY"),
        Kind::Configuration => plain("TEXT SEARCH CONFIGURATION"),
        Kind::Server => plain("SERVER"),
        Kind::Sequence => plain("SEQUENCE"),
        Kind::Table => plain("TABLE"),
        Kind::ForeignTable => plain("FOREIGN TABLE"),
        Kind::View => plain("VIEW"),
        Kind::MaterializedView => plain("MATERIALIZED VIEW"),
        Kind::Column => plain("COLUMN"),
        Kind::Constraint => of_relation("CONSTRAINT"),
        Kind::Index => Some(format!("INDEX {}", in_schema(path)?)),
        Kind::Statistics => plain("STATISTICS"),
        Kind::Trigger => of_relation("TRIGGER"),
        Kind::Rule => of_relation("RULE"),
        Kind::Policy => of_relation("POLICY"),
        Kind::Publication => plain("PUBLICATION"),
        Kind::EventTrigger => plain("EVENT TRIGGER"),
        Kind::Member | Kind::DefaultPrivileges | Kind::Uncovered => None,
    }
}

/// Returns an object as `GRANT … ON` names it.
pub(super) fn granted(object: &Object) -> Option<String> {
    let path = &object.identity.path;
    Some(match object.identity.kind {
        Kind::Table | Kind::ForeignTable | Kind::View | Kind::MaterializedView => {
            format!("TABLE {}", qualified(path))
        }
        Kind::Column => format!("TABLE {}", qualified(path.get(..2)?)),
        Kind::Aggregate => format!("FUNCTION {}", object.identity),
        Kind::Domain => format!("TYPE {}", qualified(path)),
        Kind::Server => format!("FOREIGN SERVER {}", qualified(path)),
        Kind::Member => {
            let word = match path.first().map_or("", String::as_str) {
                "function" | "aggregate" => "FUNCTION",
                "procedure" => "PROCEDURE",
                "sequence" => "SEQUENCE",
                "schema" => "SCHEMA",
                "type" => "TYPE",
                "language" => "LANGUAGE",
                "foreign-data wrapper" => "FOREIGN DATA WRAPPER",
                _ => "TABLE",
            };
            format!("{word} {}", path.get(1)?)
        }
        _ => phrase(object)?,
    })
}

/// Returns what stands behind each privilege on an object: the column, where it is one.
pub(super) fn granted_columns(object: &Object) -> String {
    let Identity { kind, path } = &object.identity;
    match (kind, &path[..]) {
        (Kind::Column, [.., name]) | (Kind::Member, [_, _, name]) => format!(" ({})", ident(name)),
        _ => String::new(),
    }
}

/// Returns a procedure with all of its arguments: the types of those that are put in may be the same
/// as another one's in and out.
fn procedure(object: &Object) -> Option<String> {
    let Body::Routine(routine) = &object.body else {
        return None;
    };
    let name = qualified(object.identity.path.get(..2)?);
    let arguments = routine.arguments.as_deref().unwrap_or_default();
    Some(format!("{name}({arguments})"))
}

/// Returns an aggregate with its arguments as its own statements have them.
pub(super) fn aggregate(object: &Object) -> Option<String> {
    let Body::Aggregate(aggregate) = &object.body else {
        return None;
    };
    let name = qualified(object.identity.path.get(..2)?);
    Some(format!("{name}({})", aggregate.arguments))
}

/// Returns an index, or what else has a name of its own in its table's schema.
pub(super) fn in_schema(path: &[String]) -> Option<String> {
    let [schema, _, name] = path else {
        return None;
    };
    Some(format!("{}.{}", ident(schema), ident(name)))
}
