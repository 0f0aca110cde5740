//! Tells what a statement is from its first words: transaction control, or one that PostgreSQL
//! refuses inside a transaction.
//!
//! Words only, no grammar: enough to refuse a revision before anything runs. What these functions
//! do not recognise the server still refuses, and then the revision's transaction is rolled back.

use super::words::{Word, Words};

/// An index that a `CREATE INDEX CONCURRENTLY` makes or a `DROP INDEX CONCURRENTLY` drops.
///
/// A failed build leaves it behind, invalid, and a retry must drop it first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConcurrentIndex {
    /// The schema of the index's table, where the statement names it.
    pub schema: Option<String>,
    /// The name as the catalog holds it: unquoted, folded to lower case where it had no quotes.
    pub name: String,
}

/// A statement that begins or ends a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control {
    /// A plain `BEGIN`.
    Begin,
    /// A plain `COMMIT`.
    Commit,
    /// One that does more, or something else: `ROLLBACK`, `BEGIN ISOLATION LEVEL …`.
    Other,
}

/// Returns what a statement does to a transaction as a whole.
#[must_use]
pub fn control(statement: &str) -> Option<Control> {
    if !is_transaction_control(statement) {
        return None;
    }
    let mut words = Words::new(statement);
    let begins = words.take("begin") || words.take("start");
    let commits = !begins && (words.take("commit") || words.take("end"));
    if !words.take("work") {
        words.take("transaction");
    }
    Some(match (begins, commits, words.word()) {
        (true, _, None) => Control::Begin,
        (_, true, None) => Control::Commit,
        _ => Control::Other,
    })
}

/// Tells whether a statement may end a transaction from within, so that it needs to be outside of
/// one: a procedure can, and so can a block that says so.
#[must_use]
pub fn may_commit(statement: &str) -> bool {
    let mut words = Words::new(statement);
    let says = |word| says(statement, word);
    words.take("call") || words.take("do") && (says("commit") || says("rollback"))
}

fn says(statement: &str, word: &str) -> bool {
    let mut parts = statement.as_bytes().windows(word.len());
    parts.any(|part| part.eq_ignore_ascii_case(word.as_bytes()))
}

/// Tells whether a statement adds a value to an enum, which cannot be used before it is committed.
#[must_use]
pub fn adds_enum_value(statement: &str) -> bool {
    let mut words = Words::new(statement);
    if !(words.take("alter") && words.take("type")) {
        return false;
    }
    while let Some(word) = words.word() {
        if word.is("add") {
            return words.take("value");
        }
    }
    false
}

/// Returns true where a statement begins or ends a transaction.
///
/// Savepoints, `ROLLBACK TO` and `SET TRANSACTION` live inside one and are none of that.
#[must_use]
pub fn is_transaction_control(statement: &str) -> bool {
    let mut words = Words::new(statement);
    let Some(first) = words.word() else {
        return false;
    };
    let second = words.word();
    let second_is = |keyword| second.is_some_and(|word: Word<'_>| word.is(keyword));
    if first.is("rollback") {
        // `ROLLBACK [WORK | TRANSACTION] TO [SAVEPOINT] name`
        let optional = second_is("work") || second_is("transaction");
        let to = second_is("to") || (optional && words.take("to"));
        return !to && !second_is("prepared");
    }
    first.is("begin")
        || (first.is("commit") && !second_is("prepared"))
        || first.is("end")
        || first.is("abort")
        || (first.is("start") && second_is("transaction"))
        || (first.is("prepare") && second_is("transaction"))
}

/// Returns true where a statement only changes a setting of the session.
///
/// What is set for a transaction (`SET LOCAL`, `SET TRANSACTION`, `SET CONSTRAINTS`) is none.
#[must_use]
pub fn is_session_setting(statement: &str) -> bool {
    let mut words = Words::new(statement);
    let Some(first) = words.word() else {
        return false;
    };
    let Some(second) = words.word() else {
        return false;
    };
    first.is("reset")
        || (first.is("set")
            && !["local", "transaction", "constraints"]
                .iter()
                .any(|word| second.is(word)))
}

/// Returns true where a statement sets what later transactions of the session begin with: whether
/// they may write, and how far they are apart.
#[must_use]
pub fn sets_later_transactions(statement: &str) -> bool {
    is_session_setting(statement) && says(statement, "transaction")
}

/// Returns true where a statement may leave what follows, in its transaction or in the session, with
/// another `search_path` or role: a setting of either, or a query, as `pg_dump` has one.
#[must_use]
pub fn leaves_path_or_role(statement: &str) -> bool {
    let mut words = Words::new(statement);
    if words.take("select") {
        return says(statement, "set_config") && says(statement, "search_path");
    }
    let sets = words.take("set") || words.take("reset");
    sets && (says(statement, "search_path") || says(statement, "role"))
}

/// Returns what a statement is where PostgreSQL refuses to run it inside a transaction.
#[must_use]
pub fn needs_no_transaction(statement: &str) -> Option<&'static str> {
    let mut words = Words::new(statement);
    let first = words.word()?;
    if first.is("create") {
        return create(words);
    }
    if first.is("drop") {
        return drop(words);
    }
    if first.is("alter") {
        return alter(words);
    }
    if first.is("vacuum") {
        return Some("VACUUM");
    }
    if first.is("reindex") {
        return reindex(words);
    }
    if first.is("cluster") {
        // Without a table it clusters all of them, each in a transaction of its own.
        words.take("verbose");
        return words.word().is_none().then_some("CLUSTER of all tables");
    }
    if first.is("commit") && words.take("prepared") {
        return Some("COMMIT PREPARED");
    }
    if first.is("rollback") && words.take("prepared") {
        return Some("ROLLBACK PREPARED");
    }
    (first.is("discard") && words.take("all")).then_some("DISCARD ALL")
}

fn create(mut words: Words<'_>) -> Option<&'static str> {
    if words.take("database") {
        return Some("CREATE DATABASE");
    }
    if words.take("tablespace") {
        return Some("CREATE TABLESPACE");
    }
    if words.take("subscription") {
        // These options can make it legal; the server then decides.
        let options = words.any(&["create_slot", "connect"]);
        return (!options).then_some("CREATE SUBSCRIPTION");
    }
    words.take("unique");
    (words.take("index") && words.take("concurrently")).then_some("CREATE INDEX CONCURRENTLY")
}

fn drop(mut words: Words<'_>) -> Option<&'static str> {
    if words.take("database") {
        return Some("DROP DATABASE");
    }
    if words.take("tablespace") {
        return Some("DROP TABLESPACE");
    }
    (words.take("index") && words.take("concurrently")).then_some("DROP INDEX CONCURRENTLY")
}

fn alter(mut words: Words<'_>) -> Option<&'static str> {
    if words.take("system") {
        return Some("ALTER SYSTEM");
    }
    if words.take("database") {
        words.word();
        return (words.take("set") && words.take("tablespace"))
            .then_some("ALTER DATABASE SET TABLESPACE");
    }
    if words.take("subscription") {
        words.word();
        return words
            .take("refresh")
            .then_some("ALTER SUBSCRIPTION REFRESH");
    }
    if words.take("table") {
        let detaches = words.any(&["detach"]) && words.any(&["concurrently"]);
        return detaches.then_some("DETACH PARTITION CONCURRENTLY");
    }
    None
}

fn reindex(mut words: Words<'_>) -> Option<&'static str> {
    if words.take("(") {
        let mut on = false;
        while let Some(word) = words.word().filter(|word| !word.is(")")) {
            if word.is("concurrently") {
                let value = words.peek();
                let off = ["false", "off", "0", "'false'", "'off'"];
                on = !value.is_some_and(|value| off.iter().any(|w| value.is(w)));
            }
        }
        if on {
            return Some("REINDEX CONCURRENTLY");
        }
    }
    let object = words.word()?;
    if words.take("concurrently") {
        return Some("REINDEX CONCURRENTLY");
    }
    ["schema", "database", "system"]
        .iter()
        .any(|kind| object.is(kind))
        .then_some("REINDEX of more than one table")
}

/// Returns the index that a statement makes where it is a named `CREATE INDEX CONCURRENTLY`.
#[must_use]
pub fn concurrent_index(statement: &str) -> Option<ConcurrentIndex> {
    let mut words = Words::new(statement);
    if !words.take("create") {
        return None;
    }
    words.take("unique");
    if !(words.take("index") && words.take("concurrently")) {
        return None;
    }
    if words.take("if") && !(words.take("not") && words.take("exists")) {
        return None;
    }
    let name = words.word().filter(|word| !word.is("on"))?.name()?;
    if !words.take("on") {
        return None;
    }
    words.take("only");
    let first = words.word()?.name();
    let schema = if words.take(".") { first } else { None };
    Some(ConcurrentIndex { schema, name })
}

/// Returns the index that a statement drops where it is a `DROP INDEX CONCURRENTLY`.
#[must_use]
pub fn dropped_index(statement: &str) -> Option<ConcurrentIndex> {
    let mut words = Words::new(statement);
    if !(words.take("drop") && words.take("index") && words.take("concurrently")) {
        return None;
    }
    if words.take("if") && !words.take("exists") {
        return None;
    }
    let first = words.word()?.name()?;
    if !words.take(".") {
        let schema = None;
        return Some(ConcurrentIndex {
            schema,
            name: first,
        });
    }
    Some(ConcurrentIndex {
        schema: Some(first),
        name: words.word()?.name()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_session_is_left_with_is_set_or_asked_for() {
        for (sql, leaves) in [
            (
                "SELECT pg_catalog.set_config('search_path', '', false)",
                true,
            ),
            ("SET search_path = app", true),
            ("set role owner", true),
            ("RESET ROLE", true),
            ("SET LOCAL ROLE owner", true),
            ("SET lock_timeout = '5s'", false),
            ("SELECT 'search_path'", false),
            (
                "CREATE FUNCTION f() RETURNS int SET search_path = '' RETURN 1",
                false,
            ),
        ] {
            assert_eq!(leaves_path_or_role(sql), leaves, "{sql}");
        }
    }

    #[test]
    fn what_later_transactions_begin_with_is_set_in_two_ways() {
        for (sql, sets) in [
            ("SET default_transaction_read_only = on", true),
            ("set session characteristics as transaction read only", true),
            ("RESET default_transaction_isolation", true),
            ("SET TRANSACTION READ ONLY", false),
            ("SET LOCAL default_transaction_read_only = on", false),
            ("SET lock_timeout = '5s'", false),
        ] {
            assert_eq!(sets_later_transactions(sql), sets, "{sql}");
        }
    }

    #[test]
    fn what_begins_or_ends_a_transaction_is_control_and_savepoints_are_not() {
        for sql in [
            "BEGIN",
            "/* x */ begin work",
            "START TRANSACTION READ ONLY",
            "COMMIT",
            "commit and chain",
            "END",
            "ABORT",
            "ROLLBACK",
            "ROLLBACK WORK",
            "-- x\nROLLBACK TRANSACTION AND CHAIN",
            "PREPARE TRANSACTION 'x'",
        ] {
            assert!(is_transaction_control(sql), "{sql}");
        }
        for sql in [
            "",
            "SAVEPOINT a",
            "RELEASE a",
            "ROLLBACK TO a",
            "ROLLBACK WORK TO SAVEPOINT a",
            "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE",
            "PREPARE p AS SELECT 1",
            "COMMIT PREPARED 'x'",
            "\"begin\"",
        ] {
            assert!(!is_transaction_control(sql), "{sql}");
        }
    }

    #[test]
    fn only_a_plain_begin_or_commit_can_be_followed() {
        for sql in [
            "BEGIN",
            "begin work",
            "BEGIN TRANSACTION",
            "START TRANSACTION",
        ] {
            assert_eq!(control(sql), Some(Control::Begin), "{sql}");
        }
        for sql in ["COMMIT", "end", "/* x */ COMMIT WORK", "END TRANSACTION"] {
            assert_eq!(control(sql), Some(Control::Commit), "{sql}");
        }
        for sql in [
            "BEGIN ISOLATION LEVEL SERIALIZABLE",
            "COMMIT AND CHAIN",
            "ROLLBACK",
            "ABORT",
            "PREPARE TRANSACTION 'x'",
        ] {
            assert_eq!(control(sql), Some(Control::Other), "{sql}");
        }
        assert_eq!(control("SAVEPOINT a"), None);
    }

    #[test]
    fn what_commits_by_itself_or_is_of_use_only_then_is_recognised() {
        assert!(may_commit("CALL p()"));
        assert!(may_commit("DO $$ BEGIN DELETE FROM t; COMMIT; END $$"));
        assert!(!may_commit("DO $$ BEGIN DELETE FROM t; END $$"));
        assert!(!may_commit("INSERT INTO t VALUES ('commit')"));
        assert!(adds_enum_value(
            "ALTER TYPE s.e ADD VALUE IF NOT EXISTS 'x' AFTER 'y'"
        ));
        assert!(!adds_enum_value("ALTER TYPE e RENAME VALUE 'x' TO 'y'"));
    }

    #[test]
    fn what_postgresql_refuses_in_a_transaction_is_recognised() {
        for sql in [
            "CREATE INDEX CONCURRENTLY ON t (a)",
            "create /* */ unique index\nconcurrently i on t (a)",
            "DROP INDEX CONCURRENTLY i",
            "REINDEX TABLE CONCURRENTLY t",
            "REINDEX (VERBOSE, CONCURRENTLY) TABLE t",
            "REINDEX SCHEMA s",
            "VACUUM ANALYZE t",
            "CREATE DATABASE d",
            "DROP DATABASE d",
            "ALTER DATABASE d SET TABLESPACE x",
            "ALTER SYSTEM SET work_mem = 1",
            "CREATE TABLESPACE x LOCATION '/x'",
            "DROP TABLESPACE x",
            "CLUSTER",
            "CLUSTER VERBOSE",
            "CREATE SUBSCRIPTION s CONNECTION '' PUBLICATION p",
            "ALTER SUBSCRIPTION s REFRESH PUBLICATION",
            "ALTER TABLE t DETACH PARTITION p CONCURRENTLY",
            "COMMIT PREPARED 'x'",
            "ROLLBACK PREPARED 'x'",
            "DISCARD ALL",
        ] {
            assert!(needs_no_transaction(sql).is_some(), "{sql}");
        }
        for sql in [
            "CREATE INDEX concurrently_x ON t (a)",
            "CREATE INDEX i ON t (a)",
            "DROP INDEX i",
            "REINDEX TABLE t",
            "REINDEX (CONCURRENTLY false) TABLE t",
            "REFRESH MATERIALIZED VIEW CONCURRENTLY v",
            "ALTER TYPE e ADD VALUE 'x'",
            "ALTER DATABASE d SET work_mem = 1",
            "CLUSTER t USING i",
            "CREATE SUBSCRIPTION s CONNECTION '' PUBLICATION p WITH (connect = false)",
            "ALTER TABLE t DETACH PARTITION p",
            "DISCARD TEMP",
            "",
        ] {
            assert_eq!(needs_no_transaction(sql), None, "{sql}");
        }
    }

    #[test]
    fn a_concurrent_index_is_named_as_the_catalog_holds_it() {
        let index = |sql| concurrent_index(sql).map(|i| (i.schema, i.name));
        let some =
            |schema: Option<&str>, name: &str| Some((schema.map(str::to_owned), name.to_owned()));
        assert_eq!(
            index("CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS Abc ON ONLY s.t (a)"),
            some(Some("s"), "abc")
        );
        assert_eq!(
            index("CREATE INDEX CONCURRENTLY \"A\"\"b\" ON \"S\" . t (a)"),
            some(Some("S"), "A\"b")
        );
        assert_eq!(
            index("CREATE INDEX CONCURRENTLY i ON t (a)"),
            some(None, "i")
        );
        assert_eq!(index("CREATE INDEX CONCURRENTLY ON t (a)"), None);
        assert_eq!(index("CREATE INDEX i ON t (a)"), None);
        let dropped = |sql| dropped_index(sql).map(|i| (i.schema, i.name));
        assert_eq!(
            dropped("DROP INDEX CONCURRENTLY IF EXISTS \"S\".i RESTRICT"),
            some(Some("S"), "i")
        );
        assert_eq!(dropped("drop index concurrently I"), some(None, "i"));
        assert_eq!(dropped("DROP INDEX i"), None);
    }
}
