//! What schemas hold, so that it can be dropped, and what else would go with it.
//!
//! What belongs to something else in the schema goes with that: an index, a column's sequence, a
//! partition. What belongs to an extension is the extension's, and limbeck's own tables are never
//! listed.

use super::session::{ServerError, Session, SessionError};
use super::version_table::VersionTable;
use super::{ledger, repeats};
use crate::sql::quote::{ident, literal};

/// An object that stands in a schema by itself.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Held {
    /// What it is, as `DROP` names it in lower case.
    pub kind: String,
    /// Its schema.
    pub schema: String,
    /// Its name, without arguments.
    pub name: String,
    /// The name as `DROP` takes it: with its schema, and with arguments where it has them.
    pub identity: String,
}

impl Held {
    /// Returns the statement that drops it with what depends on it.
    #[must_use]
    pub fn drop(&self) -> String {
        let kind = self.kind.to_ascii_uppercase();
        format!("DROP {kind} IF EXISTS {} CASCADE", self.identity)
    }
}

/// What is to be dropped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Doomed {
    /// Schemas that go as a whole.
    pub schemas: Vec<String>,
    /// Schemas of which everything goes that is not limbeck's or an extension's.
    pub emptied: Vec<String>,
    /// Extensions.
    pub extensions: Vec<String>,
}

/// Lists what schemas hold, sorted.
///
/// # Errors
/// Fails when the server does.
pub fn held(
    session: &mut Session,
    schemas: &[String],
    table: &VersionTable,
) -> Result<Vec<Held>, SessionError> {
    if schemas.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "SELECT o.kind, o.schema, o.name, (pg_catalog.pg_identify_object(o.class, o.oid, 0)).identity \
         FROM (SELECT d.classid AS class, d.objid AS oid, n.nspname::text AS schema, {KIND} AS kind, \
         coalesce(c.relname, p.proname, t.typname, (pg_catalog.pg_identify_object(d.classid, \
         d.objid, 0)).name)::text AS name FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_namespace n \
         ON n.oid = d.refobjid LEFT JOIN pg_catalog.pg_class c ON d.classid = \
         'pg_catalog.pg_class'::regclass AND c.oid = d.objid LEFT JOIN pg_catalog.pg_proc p ON \
         d.classid = 'pg_catalog.pg_proc'::regclass AND p.oid = d.objid LEFT JOIN pg_catalog.pg_type \
         t ON d.classid = 'pg_catalog.pg_type'::regclass AND t.oid = d.objid WHERE d.refclassid = \
         'pg_catalog.pg_namespace'::regclass AND d.objsubid = 0 AND n.nspname IN ({}) AND NOT EXISTS \
         (SELECT FROM pg_catalog.pg_depend b WHERE b.classid = d.classid AND b.objid = d.objid AND \
         b.objsubid = 0 AND b.deptype <> 'n' AND b.refclassid <> d.refclassid)) AS o WHERE o.kind IS \
         NOT NULL AND NOT ({}) ORDER BY o.schema, o.kind, o.name, 4",
        literals(schemas),
        own(table, "o.schema", "o.kind = 'table' AND o.name"),
    );
    let sets = session.rows(&sql)?;
    let rows = sets.into_iter().next().unwrap_or_default().rows;
    let held = rows.into_iter().map(|row| {
        let mut values = row.into_iter().map(Option::unwrap_or_default);
        let mut next = || values.next().unwrap_or_default();
        Held {
            kind: next(),
            schema: next(),
            name: next(),
            identity: next(),
        }
    });
    Ok(held.collect())
}

/// What an object is, as `DROP` names it; null for what is not listed.
const KIND: &str = "CASE WHEN c.relkind IN ('r', 'p') THEN 'table' WHEN c.relkind = 'v' THEN 'view' \
     WHEN c.relkind = 'm' THEN 'materialized view' WHEN c.relkind = 'f' THEN 'foreign table' WHEN \
     c.relkind = 'S' THEN 'sequence' WHEN p.prokind = 'a' THEN 'aggregate' WHEN p.oid IS NOT NULL \
     THEN 'routine' WHEN t.typtype = 'd' THEN 'domain' WHEN t.oid IS NOT NULL THEN 'type' WHEN \
     d.classid IN ('pg_catalog.pg_collation'::regclass, 'pg_catalog.pg_conversion'::regclass, \
     'pg_catalog.pg_operator'::regclass, 'pg_catalog.pg_opclass'::regclass, \
     'pg_catalog.pg_opfamily'::regclass, 'pg_catalog.pg_ts_config'::regclass, \
     'pg_catalog.pg_ts_dict'::regclass, 'pg_catalog.pg_ts_parser'::regclass, \
     'pg_catalog.pg_ts_template'::regclass) THEN (pg_catalog.pg_identify_object(d.classid, d.objid, \
     0)).type WHEN d.classid = 'pg_catalog.pg_statistic_ext'::regclass THEN 'statistics' END";

/// SQL that is true for limbeck's own tables.
fn own(table: &VersionTable, schema: &str, name: &str) -> String {
    let names = [
        table.name.as_str(),
        ledger::TABLE,
        ledger::JOURNAL,
        ledger::HISTORY,
        repeats::TABLE,
    ];
    format!(
        "{schema} = {} AND {name} IN ({})",
        literal(&table.schema),
        literals(&names)
    )
}

fn literals<S: AsRef<str>>(texts: &[S]) -> String {
    let quoted: Vec<String> = texts.iter().map(|text| literal(text.as_ref())).collect();
    match quoted[..] {
        [] => "NULL".to_owned(),
        _ => quoted.join(", "),
    }
}

/// What the text of a statement begins with that was refused because it would have taken more along.
const REFUSED: &str = "limbeck: this would go as well: ";

/// Returns what else would have gone, where that is why the server refused.
#[must_use]
pub fn refused(error: &ServerError) -> Option<&str> {
    let (_, rest) = error.message.split_once(REFUSED)?;
    Some(rest.trim_end_matches('"'))
}

impl Doomed {
    /// Returns the statements that drop all of it, and refuse where anything else would go along.
    /// They belong into one transaction.
    #[must_use]
    pub fn drop(&self, objects: &[Held], table: &VersionTable) -> Vec<String> {
        let others = self.others(table);
        let mut statements = vec![format!(
            "SELECT pg_catalog.set_config('limbeck.others', coalesce(pg_catalog.json_agg(\
             pg_catalog.json_build_array(o.class::bigint, o.oid::bigint, o.part, \
             pg_catalog.pg_describe_object(o.class, o.oid, o.part)))::text, '[]'), true) FROM \
             ({others}) AS o"
        )];
        let schemas = self.schemas.iter();
        statements.extend(schemas.map(|name| format!("DROP SCHEMA {} CASCADE", ident(name))));
        statements.extend(objects.iter().map(Held::drop));
        let extensions = self.extensions.iter();
        statements.extend(extensions.map(|name| format!("DROP EXTENSION {} CASCADE", ident(name))));
        // The cast fails with the text in the message.
        statements.push(format!(
            "SELECT ({} || pg_catalog.string_agg(b.before ->> 3, ', '))::int FROM \
             pg_catalog.json_array_elements(pg_catalog.current_setting('limbeck.others')::json) AS \
             b(before) LEFT JOIN ({others}) AS o ON o.class::bigint = (b.before ->> 0)::bigint AND \
             o.oid::bigint = (b.before ->> 1)::bigint AND o.part = (b.before ->> 2)::int WHERE o.oid \
             IS NULL AND (b.before ->> 2 = '0' OR EXISTS (SELECT FROM pg_catalog.pg_class c WHERE \
             c.oid = (b.before ->> 1)::oid)) HAVING pg_catalog.count(*) > 0",
            literal(REFUSED)
        ));
        statements
    }

    /// SQL for everything in the database that is to stay: class, oid and part of each object.
    fn others(&self, table: &VersionTable) -> String {
        let of_extension = |class: &str, oid: &str, which: &str| {
            format!(
                "EXISTS (SELECT FROM pg_catalog.pg_depend e JOIN pg_catalog.pg_extension x ON x.oid \
                 = e.refobjid WHERE e.classid = '{class}'::regclass AND e.objid = {oid} AND e.deptype \
                 = 'e' AND e.refclassid = 'pg_catalog.pg_extension'::regclass{which})"
            )
        };
        let going = literals(&self.extensions);
        let stays = |class: &str, oid: &str, is_own: &str| {
            format!(
                "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND (n.nspname IN ({})) IS \
                 NOT TRUE AND ((n.nspname IN ({})) IS NOT TRUE OR {is_own} OR {}) AND NOT {}",
                literals(&self.schemas),
                literals(&self.emptied),
                of_extension(class, oid, ""),
                of_extension(class, oid, &format!(" AND x.extname IN ({going})")),
            )
        };
        let relation = own(table, "n.nspname", "c.relname");
        let space = |column: &str| format!("JOIN pg_catalog.pg_namespace n ON n.oid = {column}");
        let relations = "pg_catalog.pg_class";
        // What has a schema of its own.
        let by_itself = |class: &str, space_of: &str| {
            let class = format!("pg_catalog.{class}");
            format!(
                "SELECT '{class}'::regclass::oid, o.oid, 0 FROM {class} o {} WHERE {}",
                space(&format!("o.{space_of}")),
                stays(&class, "o.oid", "false"),
            )
        };
        // What stands and falls with its table.
        let of_table = |class: &str, table: &str, which: &str| {
            let class = format!("pg_catalog.{class}");
            format!(
                "SELECT '{class}'::regclass::oid, o.oid, 0 FROM {class} o JOIN {relations} c ON c.oid \
                 = o.{table} {} WHERE {which} AND {}",
                space("c.relnamespace"),
                stays(relations, "c.oid", "false"),
            )
        };
        [
            format!(
                "SELECT '{relations}'::regclass::oid AS class, c.oid, 0 AS part FROM {relations} c {} \
                 WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S') AND {}",
                space("c.relnamespace"),
                stays(relations, "c.oid", &format!("({relation})")),
            ),
            format!(
                "SELECT '{relations}'::regclass::oid, c.oid, a.attnum::int FROM {relations} c JOIN \
                 pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT \
                 a.attisdropped {} WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm') AND {}",
                space("c.relnamespace"),
                stays(relations, "c.oid", &format!("({relation})")),
            ),
            of_table("pg_constraint", "conrelid", "true"),
            format!(
                "{} AND o.conrelid = 0",
                by_itself("pg_constraint", "connamespace")
            ),
            format!(
                "SELECT '{relations}'::regclass::oid, o.indexrelid, 0 FROM pg_catalog.pg_index o JOIN \
                 {relations} c ON c.oid = o.indrelid {} WHERE {}",
                space("c.relnamespace"),
                stays(relations, "c.oid", "false"),
            ),
            by_itself("pg_proc", "pronamespace"),
            format!(
                "{} AND o.typrelid = 0 AND o.typelem = 0",
                by_itself("pg_type", "typnamespace")
            ),
            by_itself("pg_operator", "oprnamespace"),
            by_itself("pg_opclass", "opcnamespace"),
            by_itself("pg_opfamily", "opfnamespace"),
            by_itself("pg_statistic_ext", "stxnamespace"),
            of_table("pg_attrdef", "adrelid", "true"),
            of_table("pg_trigger", "tgrelid", "NOT o.tgisinternal"),
            of_table("pg_policy", "polrelid", "true"),
            // The rule of a view is the view.
            of_table("pg_rewrite", "ev_class", "c.relkind NOT IN ('v', 'm')"),
            format!(
                "SELECT 'pg_catalog.pg_extension'::regclass::oid, x.oid, 0 FROM \
                 pg_catalog.pg_extension x WHERE (x.extname IN ({going})) IS NOT TRUE"
            ),
        ]
        .join(" UNION ALL ")
    }
}

/// What is there of the names that revisions give outside of schemas.
#[derive(Clone, Debug, Default)]
pub struct There {
    /// Where a name without a schema is put.
    pub default_schema: Option<String>,
    /// Schemas.
    pub schemas: Vec<String>,
    /// Extensions.
    pub extensions: Vec<String>,
    /// Roles.
    pub roles: Vec<String>,
}

/// Asks which of these names there are, of schemas, extensions and roles; and where a name without
/// a schema is put, given the search_path that runs set.
///
/// # Errors
/// Fails when the server does.
pub fn there(
    session: &mut Session,
    names: &[String],
    search_path: Option<&str>,
) -> Result<There, SessionError> {
    let names = literals(names);
    let set = search_path.map_or_else(String::new, |path| {
        format!(
            "SELECT pg_catalog.set_config('search_path', {}, true); ",
            literal(path)
        )
    });
    let sql = format!(
        "{set}SELECT pg_catalog.current_schema()::text; SELECT nspname::text FROM \
         pg_catalog.pg_namespace WHERE nspname IN ({names}) ORDER BY 1; SELECT extname::text FROM \
         pg_catalog.pg_extension WHERE extname IN ({names}) ORDER BY 1; SELECT rolname::text FROM \
         pg_catalog.pg_roles WHERE rolname IN ({names}) ORDER BY 1"
    );
    let mut sets = session.rows(&sql)?;
    let mut last = || {
        let rows = sets.pop().unwrap_or_default().rows;
        rows.into_iter()
            .filter_map(|mut row| row.pop()?)
            .collect::<Vec<String>>()
    };
    Ok(There {
        roles: last(),
        extensions: last(),
        schemas: last(),
        default_schema: last().pop(),
    })
}
