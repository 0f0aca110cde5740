//! The queries, and the one message that they are sent in.

use crate::database::version_table::{TableName, schema_expression};
use crate::schema::model::Kind;

/// What a query's rows stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rows {
    /// Objects of one kind, known to the server by a number in this catalog.
    Objects(Kind, &'static str),
    /// Comments.
    Comments,
    /// Which object needs which.
    Dependencies,
}

macro_rules! queries {
    ($($file:literal => $rows:expr,)*) => {
        &[$(($rows, include_str!(concat!($file, ".sql")))),*]
    };
}

/// All queries, in the order in which they are sent.
pub(super) const QUERIES: &[(Rows, &str)] = queries! {
    "schemas" => Rows::Objects(Kind::Schema, "pg_namespace"),
    "extensions" => Rows::Objects(Kind::Extension, "pg_extension"),
    "collations" => Rows::Objects(Kind::Collation, "pg_collation"),
    "enums" => Rows::Objects(Kind::Enum, "pg_type"),
    "composites" => Rows::Objects(Kind::Composite, "pg_type"),
    "ranges" => Rows::Objects(Kind::Range, "pg_type"),
    "domains" => Rows::Objects(Kind::Domain, "pg_type"),
    "functions" => Rows::Objects(Kind::Function, "pg_proc"),
    "aggregates" => Rows::Objects(Kind::Aggregate, "pg_proc"),
    "operators" => Rows::Objects(Kind::Operator, "pg_operator"),
    "casts" => Rows::Objects(Kind::Cast, "pg_cast"),
    "dictionaries" => Rows::Objects(Kind::Dictionary, "pg_ts_dict"),
    "configurations" => Rows::Objects(Kind::Configuration, "pg_ts_config"),
    "servers" => Rows::Objects(Kind::Server, "pg_foreign_server"),
    "sequences" => Rows::Objects(Kind::Sequence, "pg_class"),
    "tables" => Rows::Objects(Kind::Table, "pg_class"),
    "views" => Rows::Objects(Kind::View, "pg_class"),
    "columns" => Rows::Objects(Kind::Column, "pg_class"),
    "constraints" => Rows::Objects(Kind::Constraint, "pg_constraint"),
    "indexes" => Rows::Objects(Kind::Index, "pg_class"),
    "statistics" => Rows::Objects(Kind::Statistics, "pg_statistic_ext"),
    "triggers" => Rows::Objects(Kind::Trigger, "pg_trigger"),
    "rules" => Rows::Objects(Kind::Rule, "pg_rewrite"),
    "policies" => Rows::Objects(Kind::Policy, "pg_policy"),
    "publications" => Rows::Objects(Kind::Publication, "pg_publication"),
    "event_triggers" => Rows::Objects(Kind::EventTrigger, "pg_event_trigger"),
    "default_privileges" => Rows::Objects(Kind::DefaultPrivileges, "pg_default_acl"),
    "members" => Rows::Objects(Kind::Member, ""),
    "uncovered" => Rows::Objects(Kind::Uncovered, ""),
    "labels" => Rows::Objects(Kind::Uncovered, ""),
    "comments" => Rows::Comments,
    "dependencies" => Rows::Dependencies,
};

/// What holds while the queries run: texts come out the same whatever the role's settings are.
const SETTINGS: &[(&str, &str)] = &[
    // Last, so that a temporary table cannot stand for one of the system's.
    ("search_path", "pg_catalog, pg_temp"),
    ("bytea_output", "'hex'"),
    ("datestyle", "'ISO, YMD'"),
    ("extra_float_digits", "3"),
    ("intervalstyle", "'postgres'"),
    ("quote_all_identifiers", "off"),
    ("timezone", "'UTC'"),
    ("statement_timeout", "0"),
    // Large plans of small catalogs are slower compiled.
    ("jit", "off"),
];

/// Returns the message; its first row tells the schema of the version table, and the search path.
pub(super) fn message(major: u32, table: &TableName) -> String {
    let mut message = String::from("BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY");
    // Before the search path is another one: it may have a say here.
    message.push_str(&format!(
        ";\nSELECT {}, pg_catalog.current_setting('search_path')",
        schema_expression(table)
    ));
    for (name, value) in SETTINGS {
        message.push_str(&format!(";\nSET LOCAL {name} = {value}"));
    }
    for (_, sql) in QUERIES {
        message.push_str(";\n");
        message.push_str(&expand(sql, major));
    }
    message.push_str(";\nCOMMIT");
    message
}

/// Makes a query of a file's text for a server.
fn expand(text: &str, major: u32) -> String {
    let lines = text.lines().filter_map(|line| of_version(line, major));
    let text = lines.collect::<Vec<_>>().join("\n");
    let schemas = "ARRAY(SELECT s.oid FROM pg_namespace s WHERE s.nspname !~ '^pg_' AND s.nspname \
                   <> 'information_schema')";
    let text = text.replace("user_schemas", schemas);
    let text = call(&text, "is_member(", "e");
    call(&text, "is_internal(", "i")
}

/// Returns a line without its mark (`-- >=14`, `-- <14`, `-- 15-16`) where it is for this version.
fn of_version(line: &str, major: u32) -> Option<&str> {
    let Some((code, mark)) = line.rsplit_once(" -- ") else {
        return Some(line);
    };
    let number = |text: &str| text.parse::<u32>().unwrap_or_default();
    let holds = if let Some(first) = mark.strip_prefix(">=") {
        major >= number(first)
    } else if let Some(first) = mark.strip_prefix('<') {
        major < number(first)
    } else {
        let (first, last) = mark.split_once('-')?;
        (number(first)..=number(last)).contains(&major)
    };
    holds.then_some(code)
}

/// Replaces `function(catalog, object)` by whether the object has a dependency of a kind.
fn call(text: &str, function: &str, kind: &str) -> String {
    let mut parts = text.split(function);
    let mut expanded = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (arguments, rest) = part.split_once(')').unwrap_or((part, ""));
        let (catalog, object) = arguments.split_once(", ").unwrap_or((arguments, ""));
        expanded.push_str(&format!(
            "EXISTS (SELECT FROM pg_depend member WHERE member.classid = {catalog}::regclass AND \
             member.objid = {object} AND member.deptype = '{kind}'){rest}"
        ));
    }
    expanded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_for_the_versions_of_its_mark() {
        let text = "a\nb -- >=14\nc -- <14\nd -- 15-16\n";
        let lines = |major| expand(text, major).replace('\n', "");
        assert_eq!(lines(13), "ac");
        assert_eq!(lines(14), "ab");
        assert_eq!(lines(16), "abd");
        assert_eq!(lines(17), "ab");
    }

    #[test]
    fn no_mark_is_left_and_no_function_is_ours() {
        for major in 12..=18 {
            let message = message(major, &TableName::default());
            assert!(!message.contains(" -- "), "{message}");
            assert!(!message.contains("is_member("), "{message}");
            assert!(!message.contains("user_schemas"), "{message}");
        }
    }
}
