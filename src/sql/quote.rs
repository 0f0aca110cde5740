//! Identifiers and literals, quoted so that PostgreSQL reads back exactly what was given.
//!
//! Literals do not depend on `standard_conforming_strings`: one with a backslash is written `E'…'`.

use crate::op::{QualifiedName, Value};

/// Words that are no plain identifier in some place, from PostgreSQL 13 to 18, sorted.
///
/// All keywords that `pg_get_keywords()` does not call unreserved; `quote_ident` uses the same rule.
#[rustfmt::skip]
const KEYWORDS: &[&str] = &[
    "all", "analyse", "analyze", "and", "any", "array", "as", "asc", "asymmetric", "authorization",
    "between", "bigint", "binary", "bit", "boolean", "both", "case", "cast", "char", "character",
    "check", "coalesce", "collate", "collation", "column", "concurrently", "constraint", "create",
    "cross", "current_catalog", "current_date", "current_role", "current_schema", "current_time",
    "current_timestamp", "current_user", "dec", "decimal", "default", "deferrable", "desc",
    "distinct", "do", "else", "end", "except", "exists", "extract", "false", "fetch", "float",
    "for", "foreign", "freeze", "from", "full", "grant", "greatest", "group", "grouping", "having",
    "ilike", "in", "initially", "inner", "inout", "int", "integer", "intersect", "interval", "into",
    "is", "isnull", "join", "json", "json_array", "json_arrayagg", "json_exists", "json_object",
    "json_objectagg", "json_query", "json_scalar", "json_serialize", "json_table", "json_value",
    "lateral", "leading", "least", "left", "like", "limit", "localtime", "localtimestamp",
    "merge_action", "national", "natural", "nchar", "none", "normalize", "not", "notnull", "null",
    "nullif", "numeric", "offset", "on", "only", "or", "order", "out", "outer", "overlaps",
    "overlay", "placing", "position", "precision", "primary", "real", "references", "returning",
    "right", "row", "select", "session_user", "setof", "similar", "smallint", "some", "substring",
    "symmetric", "system_user", "table", "tablesample", "then", "time", "timestamp", "to",
    "trailing", "treat", "trim", "true", "union", "unique", "user", "using", "values", "varchar",
    "variadic", "verbose", "when", "where", "window", "with", "xmlattributes", "xmlconcat",
    "xmlelement", "xmlexists", "xmlforest", "xmlnamespaces", "xmlparse", "xmlpi", "xmlroot",
    "xmlserialize", "xmltable",
];

/// Quotes an identifier where it needs it.
#[must_use]
pub fn ident(name: &str) -> String {
    let plain = name.starts_with(|c: char| c == '_' || c.is_ascii_lowercase())
        && name
            .bytes()
            .all(|b| b == b'_' || b.is_ascii_lowercase() || b.is_ascii_digit());
    if plain && KEYWORDS.binary_search(&name).is_err() {
        return name.to_owned();
    }
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Quotes a name with its schema.
#[must_use]
pub fn qualified(name: &QualifiedName) -> String {
    match name.schema() {
        Some(schema) => format!("{}.{}", ident(schema), ident(name.name())),
        None => ident(name.name()),
    }
}

/// Writes a text as a literal. A carriage return is escaped: files are read without.
#[must_use]
pub fn literal(text: &str) -> String {
    let quoted = text.replace('\'', "''");
    if quoted.contains(['\\', '\r']) {
        let escaped = quoted.replace('\\', "\\\\").replace('\r', "\\r");
        return format!("E'{escaped}'");
    }
    format!("'{quoted}'")
}

/// Writes a value as a literal or, where it is one, as the expression it is.
#[must_use]
pub fn value(value: &Value) -> String {
    match value {
        Value::Null => "NULL".to_owned(),
        Value::Bool(true) => "true".to_owned(),
        Value::Bool(false) => "false".to_owned(),
        Value::Int(number) => number.to_string(),
        Value::Float(number) if number.is_finite() => format!("{number:?}"),
        Value::Float(number) if number.is_nan() => "'NaN'".to_owned(),
        Value::Float(number) if *number > 0.0 => "'Infinity'".to_owned(),
        Value::Float(_) => "'-Infinity'".to_owned(),
        Value::Text(text) => literal(text),
        Value::Json(json) => literal(&json.to_string()),
        Value::Bytes(bytes) => {
            let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            literal(&format!("\\x{hex}"))
        }
        Value::Sql(expression) => expression.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::KEYWORDS;

    #[test]
    fn keywords_are_sorted_so_that_they_can_be_found() {
        assert!(KEYWORDS.is_sorted());
    }
}
