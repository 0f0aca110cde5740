//! Columns, and the constraints that stand with them.

use super::expressions::{condition, default_expression};
use super::names::{comment, literal, maybe_settled, name, quoted, schema};
use super::python::{Python, call, named, text};
use super::random::Random;
use super::types::{kind, whole};

/// A column, with options of all kinds.
pub fn column(random: &mut Random, name: &str) -> Python {
    let counts = random.percent(15);
    let of = if counts { whole(random) } else { kind(random) };
    let mut required = vec![quoted(name), of];
    let mut optional = Vec::new();
    let primary = random.percent(if counts { 60 } else { 8 });
    if primary {
        required.push(named("primary_key", "True"));
    }
    if random.percent(40) {
        optional.push(named("nullable", *random.pick(&["True", "False"])));
    }
    if random.percent(10) && counts {
        let how = *random.pick(&["True", "False", "'auto'", "'ignore_fk'"]);
        optional.push(named("autoincrement", how));
    }
    match random.below(12) {
        0 => optional.push(identity(random)),
        1 => optional.push(computed(random)),
        2..=5 => optional.push(named("server_default", server_default(random))),
        _ => {}
    }
    if random.percent(10) {
        let default = *random.pick(&[
            "5",
            "'x'",
            "lambda: 5",
            "sa.func.now()",
            "datetime.datetime.now",
        ]);
        optional.push(named("default", default));
    }
    if random.percent(5) {
        optional.push(named("onupdate", "sa.func.now()"));
    }
    if random.percent(15) {
        optional.push(named("index", "True"));
    }
    if random.percent(15) {
        optional.push(named("unique", *random.pick(&["True", "False"])));
    }
    if random.percent(20) {
        optional.push(named("comment", comment(random)));
    }
    if random.percent(15) {
        optional.push(foreign_key(random));
    }
    if random.percent(8) {
        optional.push(check(random, false));
    }
    if random.percent(4) {
        optional.push(named("quote", *random.pick(&["True", "False"])));
    }
    if random.percent(4) {
        optional.push(named("key", literal(&format!("k {name}"))));
    }
    let said = |it: &Python| {
        let text = it.to_string();
        text.starts_with("sa.Identity") || text.starts_with("default=")
    };
    if random.percent(4) && !optional.iter().any(said) {
        let sequence = *random.pick(&["sa.Sequence('seq')", "sa.Sequence('Seq', schema='s')"]);
        optional.push(text(sequence));
    }
    if random.percent(5) {
        optional.push(named("doc", "'d'"));
    }
    if random.percent(5) {
        optional.push(named("info", "{'a': 1}"));
    }
    call("sa.Column", required, optional)
}

/// `sa.Identity(…)`
pub fn identity(random: &mut Random) -> Python {
    let mut options = Vec::new();
    for (name, value) in [
        ("always", "True"),
        ("start", "5"),
        ("increment", "-2"),
        ("minvalue", "0"),
        ("maxvalue", "99"),
        ("nominvalue", "True"),
        ("nomaxvalue", "True"),
        ("cycle", "True"),
        ("cycle", "False"),
        ("cache", "3"),
    ] {
        let fresh = !options
            .iter()
            .any(|it| matches!(it, Python::Named(known, _) if known == name));
        if random.percent(20) && fresh {
            options.push(named(name, value));
        }
    }
    call("sa.Identity", Vec::new(), options)
}

fn computed(random: &mut Random) -> Python {
    let sql = *random.pick(&[
        "'a + 1'",
        "sa.text('lower(b)')",
        "sa.func.lower(sa.column('c'))",
    ]);
    call(
        "sa.Computed",
        vec![text(sql)],
        vec![named("persisted", "True")],
    )
}

/// What stands as `server_default`.
pub fn server_default(random: &mut Random) -> Python {
    match random.below(4) {
        0 => text(*random.pick(&[
            "'x'",
            "''",
            "'0'",
            "'now()'",
            "\"it's\"",
            "'50%'",
            "'back\\\\slash'",
            "'{}'",
            "'a:b :c'",
        ])),
        1 => text(*random.pick(&[
            "sa.text('now()')",
            "sa.text(\"'{}'::jsonb\")",
            "sa.text('50 % 3')",
            "sa.text(\"'a\\\\:b'\")",
            "sa.text(\"nextval('s'::regclass)\")",
            "sa.schema.DefaultClause('y')",
            "sa.FetchedValue()",
        ])),
        _ => default_expression(random),
    }
}

/// A foreign key of a column.
fn foreign_key(random: &mut Random) -> Python {
    let target = target(random);
    call(
        "sa.ForeignKey",
        vec![text(literal(&target))],
        key_options(random, true),
    )
}

/// `table.column`, or with a schema before it.
fn target(random: &mut Random) -> String {
    let table = *random.pick(&["o", "User", "order", "a b"]);
    let column = *random.pick(&["id", "Id", "select"]);
    match random.below(5) {
        0 => format!("s.{table}.{column}"),
        1 => format!("a.b.{table}.{column}"),
        _ => format!("{table}.{column}"),
    }
}

/// What a foreign key may be told.
pub fn key_options(random: &mut Random, with_name: bool) -> Vec<Python> {
    let mut options = Vec::new();
    if with_name && random.percent(50) {
        options.push(named("name", maybe_settled(random)));
    }
    if random.percent(30) {
        let how = *random.pick(&["'CASCADE'", "'SET NULL'", "'RESTRICT'", "'set null (a)'"]);
        options.push(named("ondelete", how));
    }
    if random.percent(20) {
        options.push(named(
            "onupdate",
            *random.pick(&["'CASCADE'", "'NO ACTION'"]),
        ));
    }
    if random.percent(10) {
        options.push(named("deferrable", *random.pick(&["True", "False"])));
    }
    if random.percent(10) {
        options.push(named(
            "initially",
            *random.pick(&["'DEFERRED'", "'IMMEDIATE'"]),
        ));
    }
    if random.percent(8) {
        options.push(named("match", "'FULL'"));
    }
    if random.percent(8) {
        options.push(named("postgresql_not_valid", "True"));
    }
    if random.percent(5) && with_name {
        options.push(named("use_alter", "True"));
    }
    options
}

/// A check, of a column or of a table.
fn check(random: &mut Random, of_table: bool) -> Python {
    // A check of a column takes no columns that are not Column objects.
    let condition = match of_table {
        true => condition(random),
        false => text(*random.pick(&["'a > 1'", "sa.text(\"b = 'x'\")", "'c IS NOT NULL'"])),
    };
    let mut optional = Vec::new();
    if random.percent(70) {
        optional.push(named("name", maybe_settled(random)));
    }
    if random.percent(8) {
        optional.push(named("postgresql_not_valid", "True"));
    }
    if random.percent(5) {
        optional.push(named("deferrable", "False"));
    }
    call("sa.CheckConstraint", vec![condition], optional)
}

/// A constraint of a table with these columns.
pub fn constraint(random: &mut Random, columns: &[String]) -> Python {
    let count = 1 + random.below(2);
    let some = random.some(columns, count);
    let quoted_names = || some.iter().map(|it| quoted(it)).collect::<Vec<_>>();
    let name = named("name", maybe_settled(random));
    match random.below(6) {
        0 => {
            let mut optional = vec![name];
            if random.percent(10) {
                optional.push(named("deferrable", "True"));
            }
            if random.percent(10) {
                optional.push(named(
                    "postgresql_include",
                    format!("[{}]", literal(&columns[0])),
                ));
            }
            call("sa.PrimaryKeyConstraint", quoted_names(), optional)
        }
        1 => {
            let mut optional = vec![name];
            if random.percent(15) {
                optional.push(named(
                    "postgresql_nulls_not_distinct",
                    *random.pick(&["True", "False"]),
                ));
            }
            if random.percent(10) {
                optional.push(named("deferrable", "True"));
                optional.push(named("initially", "'DEFERRED'"));
            }
            call("sa.UniqueConstraint", quoted_names(), optional)
        }
        2 => {
            let table = *random.pick(&["o", "s.o", "User"]);
            let local: Vec<_> = some.iter().map(|it| literal(it)).collect();
            let remote: Vec<_> = (0..some.len())
                .map(|at| format!("'{table}.c{at}'"))
                .collect();
            let required = vec![
                text(format!("[{}]", local.join(", "))),
                text(format!("[{}]", remote.join(", "))),
            ];
            call(
                "sa.ForeignKeyConstraint",
                required,
                key_options(random, true),
            )
        }
        3 => check(random, true),
        4 => exclude(random, "postgresql.ExcludeConstraint", &some, Vec::new()),
        _ => {
            let required = [vec![maybe_settled(random)], quoted_names()].concat();
            call("sa.Index", required, index_options(random, columns))
        }
    }
}

/// An exclusion, as a constraint or as the operation.
pub fn exclude(random: &mut Random, what: &str, columns: &[String], before: Vec<Python>) -> Python {
    let mut required = before;
    for column in columns {
        let operator = *random.pick(&["=", "&&", "<>"]);
        required.push(text(format!("({}, '{operator}')", literal(column))));
    }
    let mut optional = Vec::new();
    if what.starts_with("postgresql") {
        optional.push(named("name", maybe_settled(random)));
    }
    if random.percent(40) {
        optional.push(named(
            "using",
            *random.pick(&["'gist'", "'GIST'", "'spgist'"]),
        ));
    }
    if random.percent(40) {
        let condition = *random.pick(&["'a > 1'", "sa.text('b < 2')", "sa.column('c') == 5"]);
        optional.push(named("where", condition));
    }
    if random.percent(10) {
        optional.push(named("deferrable", "True"));
    }
    call(what, required, optional)
}

/// What an index may be told.
pub fn index_options(random: &mut Random, columns: &[String]) -> Vec<Python> {
    let mut options = Vec::new();
    if random.percent(30) {
        options.push(named("unique", *random.pick(&["True", "False"])));
    }
    if random.percent(25) {
        options.push(named(
            "postgresql_using",
            *random.pick(&["'gin'", "'BTREE'", "'hnsw'"]),
        ));
    }
    if random.percent(25) {
        options.push(named("postgresql_where", condition(random)));
    }
    if random.percent(15) {
        let column = literal(&columns[0]);
        options.push(named(
            "postgresql_ops",
            format!("{{{column}: 'varchar_pattern_ops'}}"),
        ));
    }
    if random.percent(10) {
        let column = literal(&columns[columns.len() - 1]);
        options.push(named("postgresql_include", format!("[{column}]")));
    }
    if random.percent(10) {
        let with = *random.pick(&["{'fillfactor': 50}", "{'m': 16, 'ef': '64'}"]);
        options.push(named("postgresql_with", with));
    }
    if random.percent(10) {
        options.push(named(
            "postgresql_concurrently",
            *random.pick(&["True", "False"]),
        ));
    }
    if random.percent(8) {
        options.push(named("postgresql_nulls_not_distinct", "True"));
    }
    if random.percent(5) {
        options.push(named("postgresql_tablespace", "'Fast'"));
    }
    if random.percent(8) {
        options.push(named("sqlite_where", "sa.text('x')"));
    }
    options
}

/// The schema that an operation may be given.
pub fn maybe_schema(random: &mut Random, name: &str) -> Vec<Python> {
    match random.percent(25) {
        true => vec![named(name, schema(random))],
        false => Vec::new(),
    }
}

/// The name of a table.
pub fn table(random: &mut Random) -> Python {
    quoted(&name(random))
}
