//! Statements of a script: the methods of `op`, by themselves and in blocks.

use super::columns::{
    column, constraint, exclude, identity, index_options, key_options, maybe_schema,
    server_default, table,
};
use super::data;
use super::expressions::condition;
use super::names::{comment, literal, maybe_settled, name, names, quoted, rule_name};
use super::python::{Python, call, named, text};
use super::random::Random;
use super::types::{enumeration, kind};

/// A statement.
pub fn statement(random: &mut Random) -> Python {
    match random.below(30) {
        0..=6 => create_table(random),
        7 | 8 => {
            let table = table(random);
            method(random, &Place::op(), "add_column", vec![table])
        }
        9 => drop_table(random),
        10 => rename_table(random),
        11 => batch(random),
        12..=14 => data::statement(random),
        15 => types_by_themselves(random),
        16 => execute(random),
        17 => autocommit(random),
        _ => {
            let what = *random.pick(METHODS);
            let table = table(random);
            method(random, &Place::op(), what, vec![table])
        }
    }
}

const METHODS: &[&str] = &[
    "add_column",
    "drop_column",
    "alter_column",
    "alter_column",
    "alter_column",
    "create_index",
    "create_index",
    "drop_index",
    "create_unique_constraint",
    "create_primary_key",
    "create_foreign_key",
    "create_check_constraint",
    "create_exclude_constraint",
    "drop_constraint",
    "create_table_comment",
    "drop_table_comment",
];

/// Where a method is called: of `op`, or of a block.
struct Place {
    object: &'static str,
    block: bool,
}

impl Place {
    fn op() -> Self {
        Self {
            object: "op",
            block: false,
        }
    }

    fn schema(&self, random: &mut Random, name: &str) -> Vec<Python> {
        match self.block {
            true => Vec::new(),
            false => maybe_schema(random, name),
        }
    }
}

fn create_table(random: &mut Random) -> Python {
    let count = 1 + random.below(5);
    let columns = names(random, count);
    let required = vec![table(random)];
    let mut optional: Vec<Python> = Vec::new();
    for name in &columns {
        optional.push(column(random, name));
    }
    let constraints = random.below(3);
    for _ in 0..constraints {
        let constraint = constraint(random, &columns);
        let primary = |it: &Python| it.to_string().starts_with("sa.PrimaryKeyConstraint");
        if !primary(&constraint) || !optional.iter().any(primary) {
            optional.push(constraint);
        }
    }
    optional.extend(maybe_schema(random, "schema"));
    if random.percent(15) {
        optional.push(named("comment", comment(random)));
    }
    if random.percent(10) {
        optional.push(named("if_not_exists", *random.pick(&["True", "False"])));
    }
    if random.percent(5) {
        optional.push(named("prefixes", "['UNLOGGED']"));
    }
    for (option, value) in [
        ("postgresql_partition_by", "'RANGE (a)'"),
        ("postgresql_inherits", "'Parent'"),
        ("postgresql_using", "'heap'"),
        ("postgresql_with_oids", "False"),
        ("postgresql_on_commit", "'preserve_rows'"),
        ("postgresql_tablespace", "'Fast'"),
        ("postgresql_ignore_search_path", "True"),
        ("mysql_engine", "'InnoDB'"),
        ("sqlite_autoincrement", "True"),
        ("info", "{}"),
    ] {
        if random.percent(4) {
            optional.push(named(option, value));
        }
    }
    call("op.create_table", required, optional)
}

fn drop_table(random: &mut Random) -> Python {
    let mut optional = maybe_schema(random, "schema");
    if random.percent(30) {
        optional.push(named("if_exists", *random.pick(&["True", "False"])));
    }
    call("op.drop_table", vec![table(random)], optional)
}

fn rename_table(random: &mut Random) -> Python {
    let required = vec![table(random), table(random)];
    call("op.rename_table", required, maybe_schema(random, "schema"))
}

/// One of the methods that a block has, too; its table comes before the rest unless it is a block's.
fn method(random: &mut Random, place: &Place, what: &str, mut table: Vec<Python>) -> Python {
    if place.block {
        table = Vec::new();
    }
    let function = format!("{}.{what}", place.object);
    let mut optional = Vec::new();
    match what {
        "add_column" => {
            let name = name(random);
            table.push(column(random, &name));
            optional.extend(place.schema(random, "schema"));
            if place.block && random.percent(15) {
                optional.push(named("insert_after", "'a'"));
            }
            for option in ["if_not_exists", "inline_references", "inline_primary_key"] {
                if random.percent(8) {
                    optional.push(named(option, *random.pick(&["True", "False"])));
                }
            }
            call(function, table, optional)
        }
        "drop_column" => {
            table.push(quoted(&name(random)));
            optional.extend(place.schema(random, "schema"));
            if random.percent(15) {
                optional.push(named("if_exists", "True"));
            }
            if random.percent(10) {
                optional.push(named("mssql_drop_default", "True"));
            }
            call(function, table, optional)
        }
        "alter_column" => {
            table.push(quoted(&name(random)));
            optional.extend(alter_options(random));
            optional.extend(place.schema(random, "schema"));
            call(function, table, optional)
        }
        "create_index" => {
            let columns = names(random, 3);
            let mut required = vec![maybe_settled(random)];
            required.extend(table);
            required.push(text(format!(
                "[{}]",
                index_parts(random, &columns).join(", ")
            )));
            optional.extend(index_options(random, &columns[..1]));
            optional.retain(|it| !matches!(it, Python::Named(name, _) if place.block && name == "if_not_exists"));
            if random.percent(10) {
                optional.push(named("if_not_exists", "True"));
            }
            optional.extend(place.schema(random, "schema"));
            call(function, required, optional)
        }
        "drop_index" => {
            let mut required = vec![text(literal(&rule_name(random)))];
            if random.percent(80) {
                optional.extend(table.into_iter().map(|table| named("table_name", table)));
            }
            optional.extend(place.schema(random, "schema"));
            for (option, value) in [
                ("if_exists", "True"),
                ("postgresql_concurrently", "True"),
                ("postgresql_using", "'gin'"),
                ("postgresql_where", "sa.text('a')"),
                ("unique", "True"),
            ] {
                if random.percent(12) {
                    optional.push(named(option, value));
                }
            }
            required.truncate(1);
            call(function, required, optional)
        }
        "create_unique_constraint" | "create_primary_key" => {
            let count = 1 + random.below(2);
            let columns: Vec<_> = names(random, count).iter().map(|it| literal(it)).collect();
            let mut required = vec![maybe_settled(random)];
            required.extend(table);
            required.push(text(format!("[{}]", columns.join(", "))));
            if what == "create_unique_constraint" {
                if random.percent(15) {
                    optional.push(named("deferrable", "True"));
                }
                if random.percent(15) {
                    optional.push(named("postgresql_nulls_not_distinct", "True"));
                }
            }
            optional.extend(place.schema(random, "schema"));
            call(function, required, optional)
        }
        "create_foreign_key" => {
            let count = 1 + random.below(2);
            let local: Vec<_> = names(random, count).iter().map(|it| literal(it)).collect();
            let remote: Vec<_> = names(random, count).iter().map(|it| literal(it)).collect();
            let mut required = vec![maybe_settled(random)];
            required.extend(table);
            required.push(quoted(random.pick::<&str>(&["o", "User", "order"])));
            required.push(text(format!("[{}]", local.join(", "))));
            required.push(text(format!("[{}]", remote.join(", "))));
            optional.extend(key_options(random, false));
            optional.extend(place.schema(random, "source_schema"));
            optional.extend(maybe_schema(random, "referent_schema"));
            call(function, required, optional)
        }
        "create_check_constraint" => {
            let mut required = vec![maybe_settled(random)];
            required.extend(table);
            required.push(condition(random));
            optional.extend(place.schema(random, "schema"));
            if random.percent(10) {
                optional.push(named("postgresql_not_valid", "True"));
            }
            call(function, required, optional)
        }
        "create_exclude_constraint" => {
            let mut before = vec![maybe_settled(random)];
            before.extend(table);
            let columns = names(random, 2);
            exclude(random, &function, &columns, before)
        }
        "drop_constraint" => {
            let mut required = vec![maybe_settled(random)];
            required.extend(table);
            if random.percent(70) {
                let kind = *random.pick(&["'foreignkey'", "'unique'", "'check'", "'primary'"]);
                optional.push(named("type_", kind));
            }
            if !place.block {
                optional.extend(maybe_schema(random, "schema"));
                if random.percent(10) {
                    optional.push(named("if_exists", "True"));
                }
            }
            call(function, required, optional)
        }
        "create_table_comment" => {
            table.push(comment(random));
            optional.extend(place.schema(random, "schema"));
            if random.percent(20) {
                optional.push(named("existing_comment", "'old'"));
            }
            call(function, table, optional)
        }
        _ => {
            optional.extend(place.schema(random, "schema"));
            call(function, table, optional)
        }
    }
}

fn alter_options(random: &mut Random) -> Vec<Python> {
    let mut options = Vec::new();
    let kinds = |random: &mut Random| match random.percent(20) {
        true => enumeration(random),
        false => kind(random),
    };
    if random.percent(40) {
        options.push(named("type_", kinds(random)));
        if random.percent(20) {
            options.push(named("postgresql_using", "'c::text::integer'"));
        }
    }
    if random.percent(40) {
        options.push(named("existing_type", kinds(random)));
    }
    if random.percent(40) {
        options.push(named("nullable", *random.pick(&["True", "False", "None"])));
    }
    if random.percent(30) {
        let default = match random.below(6) {
            0 => text("None"),
            1 => text("False"),
            // One that changes nothing makes a statement that PostgreSQL does not take.
            2 => match identity(random) {
                same if same.options() == 0 => text("sa.Identity(cycle=True)"),
                other => other,
            },
            _ => server_default(random),
        };
        options.push(named("server_default", default));
    }
    if random.percent(20) {
        options.push(named("new_column_name", literal(&name(random))));
    }
    if random.percent(20) {
        let comment = match random.percent(30) {
            true => text("None"),
            false => comment(random),
        };
        options.push(named("comment", comment));
    }
    for (option, value) in [
        ("existing_nullable", "False"),
        ("existing_comment", "'old'"),
        ("existing_server_default", "sa.text('1')"),
        ("existing_server_default", "False"),
        ("existing_server_default", "sa.Identity(start=7)"),
        (
            "existing_server_default",
            "sa.Computed('a + 1', persisted=True)",
        ),
        ("autoincrement", "True"),
        ("mysql_collate", "'x'"),
    ] {
        let known = |it: &Python| matches!(it, Python::Named(name, _) if name == option);
        if random.percent(15) && !options.iter().any(known) {
            options.push(named(option, value));
        }
    }
    options
}

fn index_parts(random: &mut Random, columns: &[String]) -> Vec<String> {
    let count = 1 + random.below(3);
    let first = std::iter::once(literal(&columns[0]));
    let rest = (1..count).map(|at| match random.below(6) {
        0 => "sa.text('lower(b) DESC')".to_owned(),
        1 => "sa.func.lower(sa.column('lo'))".to_owned(),
        2 => "sa.column('de').desc()".to_owned(),
        3 => "sa.column('nu', sa.Integer) + 1".to_owned(),
        4 => "sa.literal_column('raw DESC NULLS LAST')".to_owned(),
        _ => literal(&columns[at]),
    });
    first.chain(rest).collect()
}

fn batch(random: &mut Random) -> Python {
    let mut optional = maybe_schema(random, "schema");
    for (option, value) in [
        ("recreate", "'auto'"),
        ("recreate", "'never'"),
        ("naming_convention", "{'uq': 'uq_%(table_name)s'}"),
        ("table_kwargs", "{}"),
        ("reflect_kwargs", "{}"),
        ("reflect_args", "[sa.Column('a', sa.Integer)]"),
        ("partial_reordering", "[('a', 'b')]"),
        ("table_args", "()"),
    ] {
        let known = |it: &Python| matches!(it, Python::Named(name, _) if name == option);
        if random.percent(15) && !optional.iter().any(known) {
            optional.push(named(option, value));
        }
    }
    let table = vec![table(random)];
    let head = call("with op.batch_alter_table", table, optional);
    let place = Place {
        object: "batch_op",
        block: true,
    };
    let count = 1 + random.below(3);
    let lines = (0..count)
        .map(|_| {
            let what = *random.pick(METHODS);
            method(random, &place, what, Vec::new())
        })
        .collect();
    let head = text(format!("{head} as batch_op"));
    Python::Block {
        head: Box::new(head),
        lines,
    }
}

/// Statements outside of any transaction.
fn autocommit(random: &mut Random) -> Python {
    let lines = (0..1 + random.below(2))
        .map(|_| {
            let what = *random.pick(&["create_index", "drop_index", "alter_column"]);
            let table = table(random);
            method(random, &Place::op(), what, vec![table])
        })
        .collect();
    Python::Block {
        head: Box::new(text("with op.get_context().autocommit_block()")),
        lines,
    }
}

/// Types that are made and dropped without a table.
fn types_by_themselves(random: &mut Random) -> Python {
    let of = enumeration(random);
    let create = *random.pick(&[
        "kind.create(op.get_bind())",
        "kind.create(op.get_bind(), checkfirst=True)",
        "kind.create(op.get_bind(), checkfirst=False)",
    ]);
    let drop = *random.pick(&[
        "kind.drop(op.get_bind())",
        "kind.drop(op.get_bind(), checkfirst=True)",
    ]);
    let mut lines = vec![text(format!("kind = {of}")), text(create)];
    if random.percent(60) {
        let table = table(random);
        lines.push(text(format!(
            "op.add_column({table}, sa.Column('k', kind))"
        )));
    }
    if random.percent(50) {
        lines.push(text(drop));
    }
    Python::Lines(lines)
}

fn execute(random: &mut Random) -> Python {
    text(*random.pick(&[
        "op.execute('SELECT 1')",
        "op.execute(\"UPDATE t SET a = '50%' WHERE b = 'it''s'\")",
        "op.execute(sa.text(\"UPDATE t SET a = :a\").bindparams(a='x'))",
        "op.execute(\"\"\"\n    UPDATE t\n    SET a = 1\n\"\"\")",
        "op.execute(\"SELECT E'\\\\n', '\\\\:x', a::text\")",
        "op.execute(sa.schema.CreateSequence(sa.Sequence('seq', start=5)))",
        "op.execute(sa.schema.DropSequence(sa.Sequence('seq')))",
        "op.get_bind().execute(sa.text('UPDATE t SET a = :a, b = :b'), {'a': 1, 'b': None})",
        "op.get_bind().execute(sa.text('DELETE FROM t WHERE a = :a'), {'a': \"it's\"})",
        "op.execute('VACUUM', execution_options={'stream_results': False})",
        "op.execute(sa.table('t', sa.column('a')).update().values(a=op.inline_literal('x')))",
        "op.execute(sa.text('SELECT :a').bindparams(sa.bindparam('a', [1, 2], sa.JSON)))",
        "op.get_bind().exec_driver_sql(\"SELECT '50%%'\")",
    ]))
}
