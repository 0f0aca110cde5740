//! What depends on what the database holds.

use std::collections::VecDeque;

use super::{check, show, source, told, unindented};
use crate::translate::evaluate::{Database, Library, Source, evaluate};
use crate::translate::host::{Column, Rows};
use crate::translate::value::Action;
use crate::translate::{Direction, Settings, Untranslated};

/// A database that answers in turn, and writes down what it is told.
#[derive(Default)]
struct Told {
    answers: VecDeque<Rows>,
    heard: Vec<String>,
    changed: Option<i64>,
}

impl Database for Told {
    fn run(&mut self, actions: &[Action]) -> Result<Option<i64>, Untranslated> {
        self.heard.push(format!(
            "run {}",
            show::actions(actions).replace('\n', "; ")
        ));
        Ok(self.changed)
    }

    fn look(&mut self, query: &str, _: u32) -> Result<Rows, Untranslated> {
        let about = query
            .split('\'')
            .filter(|part| part.len() < 12)
            .nth(1)
            .unwrap_or("");
        self.heard.push(format!(
            "look {}",
            if query.contains("'t'") { "t" } else { about }
        ));
        Ok(self.answers.pop_front().unwrap_or_default())
    }

    fn ask(&mut self, action: &Action) -> Result<Rows, Untranslated> {
        self.heard.push(format!("ask {}", show::action(action)));
        Ok(self.answers.pop_front().unwrap_or_default())
    }
}

/// Columns as `name type`, and rows.
fn rows(columns: &[&str], rows: &[&[Option<&str>]]) -> Rows {
    let column = |written: &&str| {
        let (name, kind) = written.split_once(' ').unwrap();
        Column {
            name: name.to_owned(),
            kind: kind.to_owned(),
        }
    };
    let row = |row: &&[Option<&str>]| row.iter().map(|value| value.map(str::to_owned)).collect();
    Rows {
        columns: columns.iter().map(column).collect(),
        rows: rows.iter().map(row).collect(),
    }
}

fn json(text: &str) -> Rows {
    rows(&["json text"], &[&[Some(text)]])
}

/// Follows a script with a database; what it heard comes first.
#[track_caller]
fn online(script: &str, mut database: Told, expected: &str) {
    let library = Library::default();
    let settings = Settings::default();
    let source = Source::parse("", false, &source(script)).unwrap();
    let rest = evaluate(
        &source,
        Direction::Upgrade,
        (&settings, &library),
        Some(&mut database),
    );
    let mut heard = database.heard;
    heard.push(told(rest));
    assert_eq!(heard.join("\n"), unindented(expected), "{script}");
}

fn answering(answers: impl IntoIterator<Item = Rows>) -> Told {
    Told {
        answers: answers.into_iter().collect(),
        ..Told::default()
    }
}

#[test]
fn without_a_database_what_depends_on_it_is_refused() {
    let needs =
        |line: u32| format!("{line}: depends on what the database holds (needs the database)");
    for (script, line) in [
        (
            "if sa.inspect(op.get_bind()).has_table('t'):\n    pass\n",
            5,
        ),
        (
            "if 't' in sa.inspect(op.get_bind()).get_table_names():\n    pass\n",
            5,
        ),
        (
            "rows = op.get_bind().execute(sa.text('select 1'))\n\nfor row in rows:\n    pass\n",
            5,
        ),
        (
            "x = op.get_bind().execute(sa.text('select 1')).scalar()\n",
            5,
        ),
        (
            "if op.get_bind().dialect.server_version_info >= (12,):\n    pass\n",
            5,
        ),
        (
            "if op.get_bind().execute(sa.text('delete from t')).rowcount:\n    pass\n",
            5,
        ),
        (
            "sa.Table('t', sa.MetaData(), autoload_with=op.get_bind())\n",
            5,
        ),
        ("sa.MetaData().reflect(bind=op.get_bind())\n", 5),
    ] {
        check(script, &needs(line));
    }
    // A statement whose answer nobody looks at is a statement.
    check(
        "result = op.get_bind().execute(sa.text('select setval(1)'))",
        "execute sa.text('select setval(1)')",
    );
}

#[test]
fn a_question_is_asked_after_what_was_done_before_it() {
    online(
        "
        inspector = sa.inspect(op.get_bind())
        op.execute('first')
        if inspector.has_table('t'):
            op.execute('it is there')
        names = [c['name'] for c in inspector.get_columns('t', schema='s')]
        op.execute(','.join(names))
        ",
        answering([
            json("true"),
            json(
                r#"[{"name": "a", "type": "integer", "labels": null}, {"name": "b", "type": "text", "labels": null}]"#,
            ),
        ]),
        "
        run execute 'first'
        look t
        run execute 'it is there'
        look t
        execute 'a,b'
        ",
    );
}

#[test]
fn an_inspector_remembers() {
    online(
        "
        one = sa.inspect(op.get_bind())
        one.has_table('t')
        one.has_table('t')
        op.execute(str(sa.inspect(op.get_bind()).has_table('t')) + str(one.has_table('t')))
        ",
        answering([json("false"), json("true")]),
        "
        look t
        look t
        execute 'TrueFalse'
        ",
    );
}

#[test]
fn a_table_that_is_not_there() {
    online(
        "
        from sqlalchemy.exc import NoSuchTableError
        ---
        try:
            sa.inspect(op.get_bind()).get_columns('t')
        except NoSuchTableError:
            op.execute('none')
        ",
        answering([Rows::default()]),
        "
        look t
        execute 'none'
        ",
    );
}

#[test]
fn rows_are_read_by_place_name_and_key() {
    let answer = || {
        rows(
            &["id int4", "name text"],
            &[&[Some("1"), Some("a")], &[Some("2"), None]],
        )
    };
    online(
        "
        conn = op.get_bind()
        for row in conn.execute(sa.text('select q')):
            op.execute(f'{row[0]} {row.name} {row._mapping[\"id\"]}')
        for id, name in conn.execute(sa.text('select q')).fetchall():
            op.execute(f'{id} {name}')
        for m in conn.execute(sa.text('select q')).mappings():
            op.execute(f'{m[\"id\"]} {dict(m)}')
        ids = conn.execute(sa.text('select q')).scalars().all()
        first = conn.execute(sa.text('select q')).first()
        op.execute(f'{ids} {first} {len(first)}')
        ",
        answering([answer(), answer(), answer(), answer(), answer()]),
        "
        ask execute sa.text('select q')
        run execute '1 a 1'; execute '2 None 2'
        ask execute sa.text('select q')
        run execute '1 a'; execute '2 None'
        ask execute sa.text('select q')
        run execute '1 {'id': 1, 'name': 'a'}'; execute '2 {'id': 2, 'name': None}'
        ask execute sa.text('select q')
        ask execute sa.text('select q')
        execute '[1, 2] (1, 'a') 2'
        ",
    );
}

#[test]
fn how_many_rows_changed() {
    let database = Told {
        changed: Some(3),
        ..Told::default()
    };
    online(
        "
        changed = op.get_bind().execute(sa.text('delete from t')).rowcount
        op.execute(str(changed))
        ",
        database,
        "
        run execute sa.text('delete from t')
        execute '3'
        ",
    );
}

#[test]
fn tables_are_read_from_the_database() {
    online(
        "
        t = sa.Table('t', sa.MetaData(), autoload_with=op.get_bind())
        op.execute(t.insert().values(id=1))
        ",
        answering([
            json(
                r#"[{"name": "id", "type": "character varying(20)", "nullable": false, "labels": null}, {"name": "m", "type": "mood", "nullable": true, "labels": ["x"]}]"#,
            ),
            json(r#"{"constrained_columns": ["id"], "name": "pk"}"#),
        ]),
        "
        look t
        look t
        execute sa.Table('t', sa.MetaData(), \
sa.Column('id', sa.VARCHAR(length=20), nullable=False, primary_key=True), \
sa.Column('m', sa.dialects.postgresql.ENUM('x', name='mood'), nullable=True)).insert().values(id=1)
        ",
    );
}

#[test]
fn values_are_those_that_a_driver_returns() {
    let all = || {
        rows(
            &[
                "b bool",
                "i int8",
                "f float8",
                "t text",
                "j jsonb",
                "u uuid",
                "a _int4",
                "n numeric",
                "d date",
                "at timestamptz",
                "e mood",
            ],
            &[&[
                Some("t"),
                Some("7"),
                Some("1.5"),
                Some("x"),
                Some("{\"k\": 1}"),
                Some("0E984725-C51C-4BF4-9960-E1C80E27ABA0"),
                Some("{1,NULL}"),
                Some("1.20"),
                Some("2026-11-20"),
                Some("2026-11-20 10:00:00.5+00"),
                Some("happy"),
            ]],
        )
    };
    online(
        "
        row = op.get_bind().execute(sa.text('select all')).one()
        op.bulk_insert(sa.table('t'), [dict(row._mapping)])
        t = sa.table('t', sa.column('j', sa.JSON), sa.column('u', postgresql.UUID(as_uuid=True)))
        row = op.get_bind().execute(sa.select(t)).one()
        op.execute(f'{row.j[\"k\"]} {row.u}')
        ",
        answering([all(), all()]),
        "
        ask execute sa.text('select all')
        run bulk_insert(sa.table('t'), [{'b': True, 'i': 7, 'f': 1.5, 't': 'x', 'j': '{\"k\": 1}', \
'u': '0E984725-C51C-4BF4-9960-E1C80E27ABA0', 'a': [1, None], 'n': decimal.Decimal('1.20'), \
'd': datetime.date(2026, 11, 20), \
'at': datetime.datetime(2026, 11, 20, 10, 0, 0, 500000, datetime.timezone.utc), 'e': 'happy'}])
        ask execute sa.select(sa.table('t', sa.column('j', sa.JSON), \
sa.column('u', sa.dialects.postgresql.UUID(as_uuid=True))))
        execute '1 0e984725-c51c-4bf4-9960-e1c80e27aba0'
        ",
    );
}

#[test]
fn members_of_a_class_do_not_come_as_their_labels() {
    let answer = rows(&["c colour"], &[&[Some("RED")]]);
    online(
        "
        import enum
        class Colour(enum.Enum):
            RED = 'r'
        t = sa.table('t', sa.column('c', sa.Enum(Colour)))
        ---
        row = op.get_bind().execute(sa.select(t.c.c)).scalar()
        ",
        answering([answer]),
        "
        ask execute sa.select(sa.table('t', sa.column('c', sa.Enum('RED', name='colour'))).c.c)
        9: reads the column `c` of the type `colour`
        ",
    );
}

#[test]
fn another_connection_does_not_see_what_was_done() {
    check(
        "
        op.execute('a')
        sa.inspect(op.get_bind().engine).has_table('t')
        ",
        "6: looks at the database through another connection",
    );
}
