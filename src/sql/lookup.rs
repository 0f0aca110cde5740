//! Tells whether a query asks for nothing but the schema: then its answer in a database without rows
//! is the one that it gets in any other database with the same schema.
//!
//! Words only, no grammar, and only what is known to be such: relations and functions by name, in a
//! plain `SELECT`. Everything else counts as a question about rows.

use super::words::{Word, Words};

/// Relations of `pg_catalog` that hold definitions, and neither statistics nor values.
const CATALOG: [&str; 28] = [
    "pg_am",
    "pg_attrdef",
    "pg_attribute",
    "pg_class",
    "pg_collation",
    "pg_constraint",
    "pg_depend",
    "pg_description",
    "pg_enum",
    "pg_event_trigger",
    "pg_extension",
    "pg_index",
    "pg_indexes",
    "pg_inherits",
    "pg_language",
    "pg_matviews",
    "pg_namespace",
    "pg_operator",
    "pg_opclass",
    "pg_partitioned_table",
    "pg_policies",
    "pg_policy",
    "pg_proc",
    "pg_rewrite",
    "pg_tables",
    "pg_trigger",
    "pg_type",
    "pg_views",
];

/// Those of `information_schema`.
const INFORMATION: [&str; 17] = [
    "check_constraints",
    "columns",
    "constraint_column_usage",
    "constraint_table_usage",
    "domain_constraints",
    "domains",
    "element_types",
    "key_column_usage",
    "parameters",
    "referential_constraints",
    "routines",
    "schemata",
    "sequences",
    "table_constraints",
    "tables",
    "triggers",
    "views",
];

/// Functions whose result depends on their arguments, the schema and the server's version alone.
const FUNCTIONS: [&str; 51] = [
    "array_agg",
    "array_length",
    "array_position",
    "array_to_string",
    "bool_and",
    "bool_or",
    "btrim",
    "coalesce",
    "col_description",
    "concat",
    "count",
    "current_database",
    "current_schema",
    "current_schemas",
    "format_type",
    "json_agg",
    "json_build_object",
    "length",
    "lower",
    "max",
    "min",
    "nullif",
    "obj_description",
    "pg_function_is_visible",
    "pg_get_constraintdef",
    "pg_get_expr",
    "pg_get_function_arguments",
    "pg_get_function_identity_arguments",
    "pg_get_functiondef",
    "pg_get_indexdef",
    "pg_get_serial_sequence",
    "pg_get_triggerdef",
    "pg_get_viewdef",
    "pg_table_is_visible",
    "pg_type_is_visible",
    "position",
    "quote_ident",
    "regexp_replace",
    "replace",
    "split_part",
    "string_agg",
    "strpos",
    "substr",
    "to_regclass",
    "to_regnamespace",
    "to_regproc",
    "to_regprocedure",
    "to_regtype",
    "unnest",
    "upper",
    "version",
];

/// Words of the language and types after which a parenthesis calls no function.
const BEFORE_PARENTHESES: [&str; 33] = [
    "all",
    "and",
    "any",
    "array",
    "as",
    "between",
    "by",
    "case",
    "cast",
    "char",
    "distinct",
    "else",
    "except",
    "exists",
    "filter",
    "having",
    "ilike",
    "in",
    "intersect",
    "like",
    "not",
    "numeric",
    "on",
    "or",
    "over",
    "select",
    "some",
    "then",
    "union",
    "using",
    "varchar",
    "when",
    "where",
];

/// Words that no such query has: it would do something, lock something, read something else, or ask
/// for the time and for estimates.
const NEVER: [&str; 29] = [
    "analyze",
    "call",
    "current_date",
    "current_role",
    "current_time",
    "current_timestamp",
    "current_user",
    "delete",
    "execute",
    "for",
    "insert",
    "into",
    "lateral",
    "localtime",
    "localtimestamp",
    "merge",
    "only",
    "perform",
    "relallvisible",
    "relpages",
    "reltuples",
    "session_user",
    "table",
    "tablesample",
    "truncate",
    "update",
    "user",
    "values",
    "with",
];

/// What ends the list of relations that a query reads.
const AFTER_FROM: [&str; 11] = [
    "except",
    "fetch",
    "group",
    "having",
    "intersect",
    "limit",
    "offset",
    "order",
    "union",
    "where",
    "window",
];

/// Settings that say what the server is.
const VERSION: [&str; 2] = ["server_version", "server_version_num"];

/// Tells whether a query asks for nothing but the schema, or the server's version.
#[must_use]
pub fn asks_for_schema(query: &str) -> bool {
    let mut words = Words::new(query);
    let words: Vec<Word<'_>> = std::iter::from_fn(|| words.word()).collect();
    let words = match words.split_last() {
        Some((last, rest)) if last.text == ";" => rest,
        _ => &words[..],
    };
    match words {
        [show, setting] if show.is("show") => is_one(*setting, &VERSION),
        [select, ..] if select.is("select") => Reading { words, at: 0 }.asks_for_schema(),
        _ => false,
    }
}

fn is_one(word: Word<'_>, list: &[&str]) -> bool {
    word.name().is_some_and(|name| list.contains(&&*name))
}

/// A query, and how much of it was read.
struct Reading<'q, 's> {
    words: &'q [Word<'s>],
    at: usize,
}

impl Reading<'_, '_> {
    fn asks_for_schema(mut self) -> bool {
        // For each open parenthesis, whether relations are being listed in it.
        let mut lists = vec![false];
        while let Some(word) = self.words.get(self.at).copied() {
            self.at += 1;
            let listing = lists.last_mut();
            let Some(listing) = listing else {
                return false;
            };
            let sound = match word.text {
                "(" => {
                    lists.push(false);
                    true
                }
                ")" => lists.pop().is_some(),
                "," if *listing => self.relation(),
                ";" => false,
                _ if word.is("from") || word.is("join") => {
                    *listing = true;
                    self.relation()
                }
                _ if is_one(word, &NEVER) => false,
                _ => {
                    if is_one(word, &AFTER_FROM) {
                        *listing = false;
                    }
                    self.is_known_before_parenthesis(word)
                }
            };
            if !sound {
                return false;
            }
        }
        lists.len() == 1
    }

    fn text(&self, ahead: usize) -> &str {
        self.words.get(self.at + ahead).map_or("", |word| word.text)
    }

    fn name(&self, ahead: usize) -> Option<String> {
        self.words.get(self.at + ahead)?.name()
    }

    /// Takes a relation that holds nothing but definitions, or goes into a query in its place.
    fn relation(&mut self) -> bool {
        if self.text(0) == "(" {
            return self
                .words
                .get(self.at + 1)
                .is_some_and(|word| word.is("select"));
        }
        let Some(first) = self.name(0) else {
            return false;
        };
        let (schema, name, taken) = match self.text(1) {
            "." => match self.name(2) {
                Some(name) => (first, name, 3),
                None => return false,
            },
            _ => ("pg_catalog".to_owned(), first, 1),
        };
        let known = match schema.as_str() {
            "pg_catalog" => CATALOG.contains(&name.as_str()),
            "information_schema" => INFORMATION.contains(&name.as_str()),
            _ => false,
        };
        self.at += taken;
        known && self.text(0) != "(" && self.text(0) != "."
    }

    /// Tells whether a word that was just taken, where a parenthesis follows, is known to read
    /// nothing else.
    fn is_known_before_parenthesis(&self, word: Word<'_>) -> bool {
        let Some(name) = word.name() else {
            return true;
        };
        if self.text(0) != "(" {
            return true;
        }
        let before = |back: usize| self.at.checked_sub(back).map(|at| self.words[at]);
        let is_qualified = before(2).is_some_and(|word| word.text == ".");
        let by_server = before(3).is_some_and(|word| is_one(word, &["pg_catalog"]));
        if is_qualified && !by_server {
            return false;
        }
        if name == "current_setting" {
            let setting = self.text(1).trim_matches('\'');
            return VERSION.contains(&setting);
        }
        let name = name.as_str();
        FUNCTIONS.contains(&name) || !is_qualified && BEFORE_PARENTHESES.contains(&name)
    }
}

#[cfg(test)]
mod tests {
    use super::asks_for_schema;

    #[test]
    fn what_asks_the_catalogs_alone_is_about_the_schema() {
        for query in [
            "SELECT version()",
            "show server_version_num",
            "SELECT current_setting('server_version_num')::int",
            "select 1",
            "SELECT 1 FROM pg_type WHERE typname = 'state';",
            "SELECT EXISTS (SELECT FROM information_schema.tables WHERE table_name = 'users')",
            "SELECT column_name, data_type FROM information_schema.columns -- users\n\
             WHERE table_schema = current_schema() AND table_name IN ('a', 'b') ORDER BY 1",
            "SELECT t.typname, e.enumlabel FROM pg_catalog.pg_type t \
             JOIN pg_enum AS e ON e.enumtypid = t.oid, pg_namespace n WHERE n.oid = t.typnamespace",
            "SELECT to_regclass('public.users') IS NOT NULL",
            "SELECT conname FROM pg_constraint WHERE conrelid = 'users'::regclass \
             AND pg_catalog.pg_get_constraintdef(oid) LIKE '%(id)%'",
            "SELECT count(*) FROM (SELECT indexname FROM pg_indexes UNION ALL \
             SELECT \"tablename\" FROM \"pg_tables\") AS x",
            "SELECT 1 FROM pg_extension WHERE extname = 'FROM users'",
        ] {
            assert!(asks_for_schema(query), "{query}");
        }
    }

    #[test]
    fn everything_else_is_about_rows() {
        for query in [
            "",
            "SELECT id FROM users",
            "SELECT 1 FROM pg_type, users",
            "SELECT 1 FROM pg_type t JOIN users u ON true",
            "SELECT 1 FROM pg_type WHERE EXISTS (SELECT FROM users)",
            "SELECT 1 FROM pg_type WHERE oid IN (SELECT (SELECT 1 FROM users), 2 FROM pg_class)",
            "SELECT 1 FROM (pg_class CROSS JOIN users)",
            "SELECT 1 FROM public.pg_type",
            "SELECT 1 FROM \"Pg_type\"",
            "SELECT 1 FROM mine.information_schema.tables",
            "SELECT 1 FROM pg_class.columns",
            "SELECT 1 FROM tables",
            "SELECT 1 FROM pg_roles",
            "SELECT 1 FROM pg_stat_user_tables",
            "SELECT last_value FROM pg_sequences",
            "SELECT reltuples FROM pg_class",
            "SELECT 1 FROM pg_type UNION TABLE users",
            "TABLE users",
            "SELECT * INTO x FROM pg_class",
            "SELECT 1 FROM pg_class FOR UPDATE",
            "SELECT pg_relation_size('users')",
            "SELECT query_to_xml('SELECT 1', true, true, '')",
            "SELECT mine.version()",
            "SELECT my_count()",
            "SELECT nextval('s')",
            "SELECT setval('s', 1) FROM pg_class",
            "SELECT now()",
            "SELECT current_date",
            "SELECT current_user",
            "SELECT current_setting('app.tenant')",
            "SHOW search_path",
            "WITH x AS (DELETE FROM users RETURNING id) SELECT 1 FROM pg_type",
            "SELECT 1 FROM pg_type; DELETE FROM users",
            "INSERT INTO users DEFAULT VALUES RETURNING id",
            "SELECT 1 FROM unnest(ARRAY(SELECT 1))",
            "SELECT 1 FROM pg_class) FROM users",
            "SELECT 1 FROM",
        ] {
            assert!(!asks_for_schema(query), "{query}");
        }
    }
}
