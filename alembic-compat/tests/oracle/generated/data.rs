//! Statements that change rows: SQLAlchemy's own, and `op.bulk_insert`.

use super::expressions::{clause, value};
use super::python::{Python, call, named, text};
use super::random::Random;

/// Columns of a table, and values that they take.
const COLUMNS: &[(&str, &str, &[&str])] = &[
    ("id", "sa.Integer", &["1", "-5", "None", "2 ** 40"]),
    (
        "name",
        "sa.String",
        &["'a'", "\"it's\"", "'50%'", "'back\\\\slash'", "None", "''"],
    ),
    ("Flag", "sa.Boolean", &["True", "False", "None"]),
    (
        "at",
        "sa.DateTime",
        &[
            "datetime.datetime(2020, 1, 2, 3, 4, 5)",
            "None",
            "sa.func.now()",
        ],
    ),
    ("day", "sa.Date", &["datetime.date(2020, 1, 2)"]),
    (
        "data",
        "postgresql.JSONB",
        &["{'a': [1, None, 'ü']}", "[]", "None", "'text'", "{}", "1.5"],
    ),
    (
        "amount",
        "sa.Numeric(10, 2)",
        &["decimal.Decimal('1.10')", "5", "None"],
    ),
    ("ratio", "sa.Float", &["1.5", "1e-07", "2"]),
    (
        "key",
        "postgresql.UUID(as_uuid=True)",
        &["uuid.UUID('12345678-1234-5678-1234-567812345678')"],
    ),
    (
        "tags",
        "postgresql.ARRAY(sa.String)",
        &["['a', \"b'c\"]", "[]", "None"],
    ),
    ("kind", "sa.Enum('a', 'b', name='kind')", &["'a'", "None"]),
    ("raw", "sa.LargeBinary", &["b'a\\xff'", "None"]),
    ("plain", "", &["1", "'x'", "True", "None", "1.5"]),
];

struct Table {
    text: String,
    columns: Vec<&'static (&'static str, &'static str, &'static [&'static str])>,
}

fn table(random: &mut Random) -> Table {
    let count = 2 + random.below(4);
    let numbers: Vec<usize> = (0..COLUMNS.len()).collect();
    let mut chosen = random.some(&numbers, count);
    chosen.sort_unstable();
    let columns: Vec<_> = chosen.into_iter().map(|at| &COLUMNS[at]).collect();
    let name = *random.pick(&["t", "User", "order"]);
    let parts: Vec<_> = columns
        .iter()
        .map(|(name, of, _)| match of.is_empty() {
            true => format!("sa.column('{name}')"),
            false => format!("sa.column('{name}', {of})"),
        })
        .collect();
    let schema = match random.percent(15) {
        true => ", schema='S'",
        false => "",
    };
    let text = format!("t = sa.table('{name}', {}{schema})", parts.join(", "));
    Table { text, columns }
}

impl Table {
    fn row(&self, random: &mut Random, expressions: bool) -> String {
        let mut parts = Vec::new();
        for (name, _, values) in &self.columns {
            let mut value = *random.pick(values);
            while value.starts_with("sa.") && !expressions {
                value = *random.pick(values);
            }
            parts.push(format!("'{name}': {value}"));
        }
        format!("{{{}}}", parts.join(", "))
    }

    /// A condition on one of its columns.
    fn condition(&self, random: &mut Random) -> String {
        let (name, _, values) = *random.pick(&self.columns);
        let column = format!("t.c['{name}']");
        let plain = *random.pick(values);
        match random.below(6) {
            0 => format!("{column}.is_(None)"),
            1 => format!("{column}.isnot(None)"),
            2 | 3 if !plain.starts_with(['{', '[']) && *name != "data" => {
                format!("{column} == {plain}")
            }
            4 if *name == "id" => format!("{column}.in_([1, 2])"),
            _ => clause(random, 1),
        }
    }
}

/// A statement, with the table that it is about before it.
pub fn statement(random: &mut Random) -> Python {
    match random.below(6) {
        0 => return query(random),
        1 => return full_table(random),
        _ => {}
    }
    let table = table(random);
    let mut lines = vec![text(table.text.clone())];
    let execute = *random.pick(&["op.execute", "op.get_bind().execute"]);
    let statement = match random.below(9) {
        0 | 1 => {
            let count = random.below(3) + 1;
            let rows: Vec<_> = (0..count).map(|_| table.row(random, false)).collect();
            let rows = text(format!("[{}]", rows.join(", ")));
            let optional = match random.percent(20) {
                true => vec![named("multiinsert", "False")],
                false => Vec::new(),
            };
            call("op.bulk_insert", vec![text("t"), rows], optional)
        }
        2 => {
            let row = table.row(random, true);
            text(format!("{execute}(t.insert().values({row}))"))
        }
        3 => {
            let row = table.row(random, false);
            text(format!("op.get_bind().execute(t.insert(), [{row}])"))
        }
        4 | 5 => {
            let row = table.row(random, true);
            let mut sql = format!("t.update().values({row})");
            for _ in 0..random.below(3) {
                sql.push_str(&format!(".where({})", table.condition(random)));
            }
            text(format!("{execute}({sql})"))
        }
        6 => {
            let condition = table.condition(random);
            text(format!("{execute}(sa.delete(t).where({condition}))"))
        }
        7 => {
            let name = table.columns[0].0;
            let expression = value(random, 2);
            text(format!(
                "{execute}(t.update().values({{'{name}': {expression}}}))"
            ))
        }
        _ => {
            let (name, _, _) = table.columns[0];
            let condition = table.condition(random);
            let source = "o = sa.table('o', sa.column('x'), sa.column('y', sa.Integer))";
            lines.push(text(source));
            let query = format!("sa.select(o.c.x).where(o.c.y > 5, {condition})");
            let query = match condition.contains("t.c") {
                true => "sa.select(o.c.x).where(o.c.y > 5)".to_owned(),
                false => query,
            };
            text(match random.below(3) {
                0 => format!("{execute}(t.insert().from_select(['{name}'], {query}))"),
                1 => format!("{execute}(t.delete().where(t.c['{name}'].in_({query})))"),
                _ => format!(
                    "{execute}(t.update().values({{'{name}': {query}.limit(1).scalar_subquery()}}))"
                ),
            })
        }
    };
    lines.push(statement);
    Python::Lines(lines)
}

/// A query of two tables, with what queries may have.
fn query(random: &mut Random) -> Python {
    let tables = "t = sa.table('t', sa.column('id', sa.Integer), sa.column('n', sa.String), \
                  sa.column('f', sa.Boolean))\n\
                  o = sa.table('Order', sa.column('id', sa.Integer), sa.column('t_id'), \
                  schema='S')\na = t.alias(); b = t.alias('b b')";
    let columns = *random.pick(&[
        "t",
        "t.c.id",
        "t.c.id, t.c.n",
        "t.c.id, o.c.id",
        "t.c.id, t.c.id",
        "sa.func.count()",
        "sa.func.max(t.c.id), sa.func.max(o.c.id)",
        "t.c.n.label('q'), sa.func.lower(t.c.n)",
        "a.c.id, b.c.n",
        "sa.literal(1), sa.text('x')",
        "sa.case((t.c.id == 1, 'a'), else_='b')",
        "sa.cast(t.c.id, sa.Text), -t.c.id, ~t.c.f",
        "sa.exists(sa.select(o.c.id).where(o.c.t_id == t.c.id))",
        "sa.select(sa.func.count(o.c.id)).where(o.c.t_id == t.c.id).scalar_subquery()",
        "sa.distinct(t.c.id)",
        "sa.func.row_number().over(partition_by=t.c.n, order_by=t.c.id.desc())",
        "t.c.id + 1, t.c.n + 'x'",
    ]);
    let mut sql = format!("sa.select({columns})");
    if random.percent(30) {
        sql.push_str(random.pick::<&str>(&[
            ".select_from(t)",
            ".select_from(t.join(o, o.c.t_id == t.c.id))",
            ".select_from(sa.outerjoin(t, o, o.c.t_id == t.c.id))",
            ".join(o, sa.and_(o.c.t_id == t.c.id, t.c.f))",
            ".outerjoin(o, o.c.t_id == t.c.id)",
        ]));
    }
    for _ in 0..random.below(3) {
        let condition = match random.below(6) {
            0 => "t.c.id.in_(sa.select(o.c.t_id))".to_owned(),
            1 => "sa.exists().where(o.c.t_id == t.c.id)".to_owned(),
            2 => "~sa.select(o.c.id).where(o.c.t_id == t.c.id).exists()".to_owned(),
            3 => "t.c.f".to_owned(),
            _ => clause(random, 1),
        };
        sql.push_str(&format!(".where({condition})"));
    }
    if random.percent(20) {
        sql.push_str(".group_by(t.c.id)");
        if random.percent(50) {
            sql.push_str(".having(sa.func.count() > 1)");
        }
    }
    if random.percent(25) {
        sql.push_str(random.pick::<&str>(&[
            ".order_by(t.c.id)",
            ".order_by(t.c.id.desc(), sa.text('2'))",
            ".order_by(sa.desc(t.c.n).nulls_last())",
        ]));
    }
    if random.percent(20) {
        sql.push_str(random.pick::<&str>(&[".limit(5)", ".offset(2)", ".limit(5).offset(2)"]));
    }
    if random.percent(10) {
        sql.push_str(random.pick::<&str>(&[
            ".distinct()",
            ".with_for_update()",
            ".distinct(t.c.n)",
        ]));
    }
    match random.below(5) {
        0 => sql = format!("sa.union_all({sql}, sa.select(o.c.id))"),
        1 => sql = format!("sa.select(sa.literal_column('*')).select_from({sql}.subquery())"),
        2 => sql = format!("sa.select(sa.text('x')).select_from({sql}.cte('c c'))"),
        _ => {}
    }
    Python::Lines(vec![text(tables), text(format!("op.execute({sql})"))])
}

/// A table with a key and defaults, and what is put into it.
fn full_table(random: &mut Random) -> Python {
    let key = *random.pick(&[
        "sa.Column('id', sa.Integer, primary_key=True)",
        "sa.Column('id', postgresql.UUID(), primary_key=True, server_default=sa.text('f()'))",
        "sa.Column('id', sa.String, primary_key=True)",
        "sa.Column('id', sa.Integer, sa.Identity(), primary_key=True)",
        "sa.Column('id', sa.Integer)",
    ]);
    let other = *random.pick(&[
        "sa.Column('name', sa.String, default='d')",
        "sa.Column('name', sa.String)",
        "sa.Column('Name', sa.String, key='name')",
        "sa.Column('name', sa.String, server_default='d')",
    ]);
    let made = *random.pick(&[
        "t = sa.Table('t', sa.MetaData(), ",
        "t = sa.Table('T', sa.MetaData(schema='S'), ",
        "t = op.create_table('t', ",
    ]);
    let table = format!("{made}{key}, {other}, sa.Column('n', sa.Integer))");
    let sql = *random.pick(&[
        "t.insert().values(n=1)",
        "t.insert().values(name='x', n=1)",
        "t.insert().values(id='5', n=1)",
        "t.insert().values([{'name': 'x', 'n': 1}, {'name': 'y', 'n': 2}])",
        "sa.insert(t).values(n=sa.select(sa.func.max(t.c.n)).scalar_subquery())",
        "t.insert().values(n=1).returning(t.c.n, t.c.name)",
        "t.insert().inline().values(n=1)",
        "t.update().values(name='x').where(t.c.n > 1)",
        "t.update().values({t.c.name: t.c.name + 'x'})",
        "t.delete().where(t.c.name.in_(['a', 'b'])).returning(t.c.n)",
        "postgresql.insert(t).values(name='x', n=1).on_conflict_do_nothing()",
        "postgresql.insert(t).values(name='x', n=1).on_conflict_do_nothing(index_elements=['n'])",
        "postgresql.insert(t).values(name='x', n=1)\
         .on_conflict_do_update(index_elements=[t.c.n], set_={'name': 'y', 'n': t.c.n + 1})",
        "postgresql.insert(t).values(name='x', n=1)\
         .on_conflict_do_update(constraint='k', set_=dict(name='y'), where=t.c.n == 2)",
        "t.select().where(t.c.name == 'x')",
    ]);
    Python::Lines(vec![text(table), text(format!("op.execute({sql})"))])
}
