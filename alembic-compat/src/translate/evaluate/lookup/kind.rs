//! The column types of a database as SQLAlchemy's inspector returns them.

use crate::translate::evaluate::local::named;
use crate::translate::value::{Arguments, Kind, Object, Value};

/// Makes the type that SQLAlchemy has for what `format_type` says; `labels` are those of an
/// enumeration.
pub(super) fn of(written: &str, labels: &Value, line: u32) -> Value {
    if let Some(item) = written.strip_suffix("[]") {
        let item = of(item, labels, line);
        return call("dialects.postgresql.ARRAY", vec![item], Vec::new(), line);
    }
    if let Value::List(labels) = labels {
        let (schema, name) = match written.rsplit_once('.') {
            Some((schema, name)) => (Some(schema), name),
            None => (None, written),
        };
        let plain = |name: &str| Value::Text(name.trim_matches('"').replace("\"\"", "\"").into());
        let mut given = vec![("name".to_owned(), plain(name))];
        given.extend(schema.map(|schema| ("schema".to_owned(), plain(schema))));
        let labels = labels.borrow().clone();
        return call("dialects.postgresql.ENUM", labels, given, line);
    }
    let (base, sizes) = split(written);
    let size = |index: usize, name: &str| {
        let size = sizes.get(index)?;
        Some((name.to_owned(), Value::Int(*size)))
    };
    let timezone = || vec![("timezone".to_owned(), Value::Bool(true))];
    let precision = || size(0, "precision").into_iter().collect::<Vec<_>>();
    let (name, given) = match base.as_str() {
        "integer" => ("INTEGER", Vec::new()),
        "bigint" => ("BIGINT", Vec::new()),
        "smallint" => ("SMALLINT", Vec::new()),
        "boolean" => ("BOOLEAN", Vec::new()),
        "text" => ("TEXT", Vec::new()),
        "character varying" => ("VARCHAR", size(0, "length").into_iter().collect()),
        "character" => ("CHAR", size(0, "length").into_iter().collect()),
        "numeric" => {
            let sizes = [size(0, "precision"), size(1, "scale")];
            ("NUMERIC", sizes.into_iter().flatten().collect())
        }
        "real" => ("REAL", Vec::new()),
        "double precision" => ("DOUBLE_PRECISION", Vec::new()),
        "uuid" => ("UUID", Vec::new()),
        "date" => ("DATE", Vec::new()),
        "timestamp without time zone" => ("dialects.postgresql.TIMESTAMP", precision()),
        "timestamp with time zone" => {
            let given = timezone().into_iter().chain(precision()).collect();
            ("dialects.postgresql.TIMESTAMP", given)
        }
        "time without time zone" => ("dialects.postgresql.TIME", precision()),
        "time with time zone" => {
            let given = timezone().into_iter().chain(precision()).collect();
            ("dialects.postgresql.TIME", given)
        }
        "interval" => ("dialects.postgresql.INTERVAL", precision()),
        "bytea" => ("dialects.postgresql.BYTEA", Vec::new()),
        "json" => ("dialects.postgresql.JSON", Vec::new()),
        "jsonb" => ("dialects.postgresql.JSONB", Vec::new()),
        "inet" => ("dialects.postgresql.INET", Vec::new()),
        "cidr" => ("dialects.postgresql.CIDR", Vec::new()),
        "tsvector" => ("dialects.postgresql.TSVECTOR", Vec::new()),
        "citext" => ("dialects.postgresql.CITEXT", Vec::new()),
        "hstore" => ("dialects.postgresql.HSTORE", Vec::new()),
        _ => ("types.NullType", Vec::new()),
    };
    call(name, Vec::new(), given, line)
}

/// Takes the sizes out of a type: `numeric(10,2)`, `timestamp(3) with time zone`.
fn split(written: &str) -> (String, Vec<i64>) {
    let Some((before, rest)) = written.split_once('(') else {
        return (written.to_owned(), Vec::new());
    };
    let (sizes, after) = rest.split_once(')').unwrap_or((rest, ""));
    let sizes = sizes.split(',').filter_map(|size| size.trim().parse().ok());
    (format!("{before}{after}"), sizes.collect())
}

fn call(name: &str, positional: Vec<Value>, named_: Vec<(String, Value)>, line: u32) -> Value {
    let kind = Kind::Call {
        callee: named(line, format!("sqlalchemy.{name}")),
        arguments: Arguments {
            positional,
            named: named_,
        },
    };
    Value::Object(std::rc::Rc::new(Object { line, kind }))
}
