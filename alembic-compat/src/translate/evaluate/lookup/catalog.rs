//! The queries that answer for SQLAlchemy's inspector: each returns one text of JSON, shaped as the
//! inspector returns it.

/// Writes a text as a literal of SQL.
pub(super) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Tells which schema a relation must be in: a given one, or one that is searched.
fn within(schema: Option<&str>) -> String {
    match schema {
        Some(schema) => format!("n.nspname = {}", literal(schema)),
        None => "pg_catalog.pg_table_is_visible(c.oid) AND n.nspname <> 'pg_catalog'".to_owned(),
    }
}

const RELATIONS: &str =
    "FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace";

/// The names of relations of some kinds.
pub(super) fn relations(kinds: &str, schema: Option<&str>) -> String {
    let within = within(schema);
    format!(
        "SELECT coalesce(json_agg(c.relname ORDER BY c.oid), '[]')::text {RELATIONS} \
         WHERE c.relkind IN ({kinds}) AND c.relpersistence <> 't' AND {within}"
    )
}

/// Whether there is a relation of some kinds.
pub(super) fn has_relation(kinds: &str, name: &str, schema: Option<&str>) -> String {
    let (name, within) = (literal(name), within(schema));
    format!(
        "SELECT EXISTS (SELECT {RELATIONS} \
         WHERE c.relkind IN ({kinds}) AND c.relname = {name} AND {within})::text"
    )
}

/// The names of the schemas.
pub(super) const SCHEMAS: &str = "SELECT coalesce(json_agg(nspname ORDER BY nspname), '[]')::text \
     FROM pg_catalog.pg_namespace WHERE nspname NOT LIKE 'pg\\_%'";

/// Whether there is a schema.
pub(super) fn has_schema(name: &str) -> String {
    let name = literal(name);
    format!("SELECT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = {name})::text")
}

/// The enumerations of a schema.
pub(super) fn enums(schema: Option<&str>) -> String {
    let within = match schema {
        Some("*") => "true".to_owned(),
        Some(schema) => format!("n.nspname = {}", literal(schema)),
        None => "pg_catalog.pg_type_is_visible(t.oid)".to_owned(),
    };
    format!(
        "SELECT coalesce(json_agg(json_build_object('name', t.typname, 'schema', n.nspname, \
         'visible', pg_catalog.pg_type_is_visible(t.oid), 'labels', (SELECT coalesce(\
         json_agg(e.enumlabel ORDER BY e.enumsortorder), '[]') FROM pg_catalog.pg_enum e \
         WHERE e.enumtypid = t.oid)) ORDER BY n.nspname, t.typname), '[]')::text \
         FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace \
         WHERE t.typtype = 'e' AND {within}"
    )
}

/// What one table has: no row where there is no such table.
pub(super) fn of_table(what: &str, name: &str, schema: Option<&str>) -> String {
    let (name, within) = (literal(name), within(schema));
    format!(
        "SELECT ({what})::text {RELATIONS} \
         WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm') AND c.relname = {name} AND {within} LIMIT 1"
    )
}

pub(super) const COLUMNS: &str = "SELECT coalesce(json_agg(json_build_object(\
     'name', a.attname, \
     'type', pg_catalog.format_type(a.atttypid, a.atttypmod), \
     'nullable', NOT a.attnotnull, \
     'default', CASE WHEN a.attgenerated = '' THEN pg_catalog.pg_get_expr(d.adbin, d.adrelid) END, \
     'autoincrement', a.attidentity <> '' OR coalesce(\
         pg_catalog.pg_get_expr(d.adbin, d.adrelid) LIKE 'nextval(%', false), \
     'comment', pg_catalog.col_description(c.oid, a.attnum), \
     'labels', (SELECT json_agg(e.enumlabel ORDER BY e.enumsortorder) \
         FROM pg_catalog.pg_enum e JOIN pg_catalog.pg_type t ON t.oid = e.enumtypid \
         WHERE t.oid = a.atttypid OR t.typarray = a.atttypid)\
     ) ORDER BY a.attnum), '[]') \
     FROM pg_catalog.pg_attribute a LEFT JOIN pg_catalog.pg_attrdef d \
     ON d.adrelid = a.attrelid AND d.adnum = a.attnum \
     WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped";

/// The columns of a constraint, in its order.
const CONSTRAINED: &str = "(SELECT coalesce(json_agg(a.attname ORDER BY k.place), '[]') \
     FROM unnest(o.conkey) WITH ORDINALITY k (number, place) \
     JOIN pg_catalog.pg_attribute a ON a.attrelid = o.conrelid AND a.attnum = k.number)";

pub(super) fn primary_key() -> String {
    format!(
        "SELECT coalesce((SELECT json_build_object('name', o.conname, \
         'constrained_columns', {CONSTRAINED}, \
         'comment', pg_catalog.obj_description(o.oid, 'pg_constraint')) \
         FROM pg_catalog.pg_constraint o WHERE o.conrelid = c.oid AND o.contype = 'p'), \
         '{{\"constrained_columns\": [], \"name\": null}}')"
    )
}

pub(super) fn unique_constraints() -> String {
    format!(
        "SELECT coalesce(json_agg(json_build_object('name', o.conname, \
         'column_names', {CONSTRAINED}, \
         'comment', pg_catalog.obj_description(o.oid, 'pg_constraint')) \
         ORDER BY o.conname), '[]') \
         FROM pg_catalog.pg_constraint o WHERE o.conrelid = c.oid AND o.contype = 'u'"
    )
}

pub(super) const CHECK_CONSTRAINTS: &str = "SELECT coalesce(json_agg(json_build_object(\
     'name', o.conname, \
     'sqltext', regexp_replace(pg_catalog.pg_get_constraintdef(o.oid, true), \
         '^CHECK\\s*\\((.*)\\)( NOT VALID| NO INHERIT)*$', '\\1'), \
     'comment', pg_catalog.obj_description(o.oid, 'pg_constraint')) \
     ORDER BY o.conname), '[]') \
     FROM pg_catalog.pg_constraint o WHERE o.conrelid = c.oid AND o.contype = 'c'";

pub(super) fn foreign_keys(schema: Option<&str>) -> String {
    let own = schema.map_or_else(|| "NULL".to_owned(), literal);
    let rule = |column: &str| {
        format!(
            "CASE o.{column} WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL' \
             WHEN 'd' THEN 'SET DEFAULT' WHEN 'r' THEN 'RESTRICT' END"
        )
    };
    let (onupdate, ondelete) = (rule("confupdtype"), rule("confdeltype"));
    format!(
        "SELECT coalesce(json_agg(json_build_object('name', o.conname, \
         'constrained_columns', {CONSTRAINED}, \
         'referred_schema', CASE WHEN NOT pg_catalog.pg_table_is_visible(r.oid) \
         OR s.nspname = {own} THEN s.nspname END, \
         'referred_table', r.relname, \
         'referred_columns', (SELECT coalesce(json_agg(a.attname ORDER BY k.place), '[]') \
         FROM unnest(o.confkey) WITH ORDINALITY k (number, place) \
         JOIN pg_catalog.pg_attribute a ON a.attrelid = o.confrelid AND a.attnum = k.number), \
         'options', json_strip_nulls(json_build_object(\
         'onupdate', {onupdate}, 'ondelete', {ondelete}, \
         'deferrable', CASE WHEN o.condeferrable THEN true END, \
         'initially', CASE WHEN o.condeferred THEN 'DEFERRED' END)), \
         'comment', pg_catalog.obj_description(o.oid, 'pg_constraint')) \
         ORDER BY o.conname), '[]') \
         FROM pg_catalog.pg_constraint o \
         JOIN pg_catalog.pg_class r ON r.oid = o.confrelid \
         JOIN pg_catalog.pg_namespace s ON s.oid = r.relnamespace \
         WHERE o.conrelid = c.oid AND o.contype = 'f' AND o.conparentid = 0"
    )
}

/// A list of an index's columns, from one place to another.
fn indexed(from: &str, to: &str, column: &str) -> String {
    format!(
        "(SELECT coalesce(json_agg({column} ORDER BY k.place), '[]') \
         FROM unnest(x.indkey::int2[]) WITH ORDINALITY k (number, place) \
         LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = k.number \
         AND k.number <> 0 WHERE k.place > {from} AND k.place <= {to})"
    )
}

pub(super) fn indexes() -> String {
    let names = indexed("0", "x.indnkeyatts", "a.attname");
    let included = indexed("x.indnkeyatts", "x.indnatts", "a.attname");
    let expressions = indexed(
        "0",
        "x.indnkeyatts",
        "coalesce(a.attname, pg_catalog.pg_get_indexdef(x.indexrelid, k.place::int, true))",
    );
    format!(
        "SELECT coalesce(json_agg(i.described ORDER BY i.relname), '[]') FROM (\
         SELECT ic.relname, json_strip_nulls(json_build_object(\
         'name', ic.relname, 'unique', x.indisunique, \
         'expressions', CASE WHEN x.indexprs IS NOT NULL THEN {expressions} END, \
         'duplicates_constraint', o.conname, \
         'include_columns', {included}))::jsonb || jsonb_build_object('column_names', {names}, \
         'dialect_options', json_strip_nulls(json_build_object(\
         'postgresql_include', {included}, \
         'postgresql_using', CASE WHEN m.amname <> 'btree' THEN m.amname END, \
         'postgresql_where', pg_catalog.pg_get_expr(x.indpred, x.indrelid)))) AS described \
         FROM pg_catalog.pg_index x \
         JOIN pg_catalog.pg_class ic ON ic.oid = x.indexrelid \
         JOIN pg_catalog.pg_am m ON m.oid = ic.relam \
         LEFT JOIN pg_catalog.pg_constraint o ON o.conindid = x.indexrelid \
         AND o.conrelid = x.indrelid AND o.contype IN ('u', 'x') \
         WHERE x.indrelid = c.oid AND NOT x.indisprimary) i"
    )
}

pub(super) const COMMENT: &str =
    "SELECT json_build_object('text', pg_catalog.obj_description(c.oid, 'pg_class'))";
