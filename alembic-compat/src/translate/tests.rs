//! Scripts from end to end: what is translated, run and asked.

use std::collections::VecDeque;

use super::*;

fn up(body: &str) -> String {
    let body = body
        .trim()
        .lines()
        .map(|line| format!("    {}", line.trim_end()));
    let body: Vec<String> = body.collect();
    let head = "from alembic import op\nimport sqlalchemy as sa\n\ndef upgrade():\n";
    format!("{head}{}\n", body.join("\n"))
}

/// Writes segments, each in its brackets.
fn shown(segments: &[Segment]) -> String {
    let segment = |segment: &Segment| {
        let statements = segment.statements.iter();
        let statements = statements.map(|it| format!("{}: {}", it.line, it.text));
        let statements = statements.collect::<Vec<_>>().join("; ");
        match segment.transactional {
            true => format!("({statements})"),
            false => format!("[{statements}]"),
        }
    };
    segments.iter().map(segment).collect::<Vec<_>>().join(" ")
}

/// A database that writes down what it is told.
#[derive(Default)]
struct Notes {
    heard: Vec<String>,
    answers: VecDeque<Result<Rows, HostError>>,
    fails: bool,
}

impl Host for Notes {
    fn run(&mut self, segments: &[Segment]) -> Result<Option<u64>, HostError> {
        self.heard.push(shown(segments));
        match self.fails {
            true => Err(HostError("relation \"t\" does not exist".to_owned())),
            false => Ok(Some(2)),
        }
    }

    fn look(&mut self, statement: &Statement) -> Result<Rows, HostError> {
        self.answer(statement, " catalog?")
    }

    fn query(&mut self, statement: &Statement) -> Result<Rows, HostError> {
        self.answer(statement, "?")
    }
}

impl Notes {
    fn answer(&mut self, statement: &Statement, mark: &str) -> Result<Rows, HostError> {
        let Statement { line, text } = statement;
        let text = text.split(" FROM ").next().unwrap_or(text);
        self.heard.push(format!("{line}{mark} {text}"));
        self.answers
            .pop_front()
            .unwrap_or_else(|| Ok(Rows::default()))
    }
}

fn translate(body: &str, host: Option<&mut dyn Host>) -> String {
    let translator = Translator::new(Settings::default());
    match translator.translate(&up(body), Direction::Upgrade, host) {
        Ok(script) => shown(&script.segments),
        Err(untranslated) => untranslated.to_string(),
    }
}

#[test]
fn statements_come_in_segments_with_their_lines() {
    let body = "
op.drop_table('a')
op.drop_table('b')
with op.get_context().autocommit_block():
    op.create_index('i', 'c', ['d'], postgresql_concurrently=True)
op.execute('select 1')
";
    assert_eq!(
        translate(body, None),
        "(5: DROP TABLE a; 6: DROP TABLE b) [8: CREATE INDEX CONCURRENTLY i ON c (d)] \
         (9: select 1)"
    );
    assert_eq!(translate("pass", None), "");
}

#[test]
fn options_may_be_given_by_position_and_truth_as_a_number() {
    let body = "
op.create_table('a', sa.Column('b', sa.Integer()),
    sa.ForeignKeyConstraint(['b'], ['c.d'], 'fk_b', None, 'CASCADE'))
op.create_index('i', 'a', ['b'], unique=1)
";
    let sql = translate(body, None);
    assert!(
        sql.contains("CONSTRAINT fk_b FOREIGN KEY(b) REFERENCES c (d) ON DELETE CASCADE"),
        "{sql}"
    );
    assert!(sql.contains("CREATE UNIQUE INDEX i ON a (b)"), "{sql}");
}

#[test]
fn what_was_done_is_run_before_a_question_is_asked() {
    let body = "
op.drop_table('a')
with op.get_context().autocommit_block():
    op.execute('vacuum')
    n = op.get_bind().execute(sa.text('select count(*) from b')).scalar()
    op.execute(f'analyze{n}')
op.execute('after')
";
    let mut host = Notes {
        answers: [Ok(Rows {
            columns: vec![Column {
                name: "count".to_owned(),
                kind: "int8".to_owned(),
            }],
            rows: vec![vec![Some("3".to_owned())]],
        })]
        .into(),
        ..Notes::default()
    };
    assert_eq!(
        translate(body, Some(&mut host)),
        "[9: analyze3] (10: after)"
    );
    let heard = ["(5: DROP TABLE a) [7: vacuum]", "8? select count(*) from b"];
    assert_eq!(host.heard, heard);
}

#[test]
fn the_number_of_changed_rows_is_that_of_the_last_statement() {
    let body = "
n = op.get_bind().execute(sa.text('delete from t')).rowcount
op.execute(f'select {n}')
";
    let mut host = Notes::default();
    assert_eq!(translate(body, Some(&mut host)), "(6: select 2)");
    assert_eq!(host.heard, ["(5: delete from t)"]);
}

#[test]
fn what_the_database_refuses_is_told_with_its_words() {
    let body = "
op.drop_table('t')
op.get_bind().execute(sa.text('select 1')).scalar()
";
    let mut host = Notes {
        fails: true,
        ..Notes::default()
    };
    assert_eq!(
        translate(body, Some(&mut host)),
        "5: does what the database refuses: relation \"t\" does not exist"
    );
    let mut host = Notes {
        answers: [Err(HostError("permission denied".to_owned()))].into(),
        ..Notes::default()
    };
    assert_eq!(
        translate("sa.inspect(op.get_bind()).has_table('t')", Some(&mut host)),
        "5: does what the database refuses: permission denied"
    );
    assert_eq!(host.heard, ["5 catalog? SELECT EXISTS (SELECT"]);
}

#[test]
fn without_a_database_a_script_that_asks_needs_one() {
    let translator = Translator::default();
    let source = up("sa.inspect(op.get_bind()).get_columns('t')");
    let refused = translator
        .translate(&source, Direction::Upgrade, None)
        .unwrap_err();
    assert!(refused.needs_database);
    let refused = translator
        .translate(&source, Direction::Downgrade, None)
        .unwrap_err();
    assert_eq!(refused, Untranslated::new(0, "has no `downgrade()`"));
}

#[test]
fn a_translator_serves_many_scripts() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("helpers.py"), "NAMES = ['a']\n").unwrap();
    let translator = Translator::new(Settings {
        python_path: vec![folder.path().to_owned()],
        ..Settings::default()
    });
    let source = format!(
        "from helpers import NAMES\n{}",
        up("NAMES.append('b')\nop.drop_table(NAMES[-2])")
    );
    for _ in 0..2 {
        // What one script changes in a module does not reach the next.
        let script = translator
            .translate(&source, Direction::Upgrade, None)
            .unwrap();
        assert_eq!(shown(&script.segments), "(7: DROP TABLE a)");
    }
    std::fs::write(
        folder.path().join("helpers.py"),
        "NAMES = ['changed', 'x']\n",
    )
    .unwrap();
    let script = translator
        .translate(&source, Direction::Upgrade, None)
        .unwrap();
    assert_eq!(shown(&script.segments), "(7: DROP TABLE a)");
}

/// What the template of Advanced Alchemy writes at the top of each revision.
const ADVANCED: &str = "\
import warnings

import sqlalchemy as sa
from alembic import op
from advanced_alchemy.types import EncryptedString, EncryptedText, GUID, ORA_JSONB, DateTimeUTC
from app.types import Money
from sqlalchemy import Text  # noqa: F401

sa.GUID = GUID
sa.DateTimeUTC = DateTimeUTC
sa.ORA_JSONB = ORA_JSONB
sa.EncryptedString = EncryptedString
sa.EncryptedText = EncryptedText
sa.Money = Money


def upgrade() -> None:
    with warnings.catch_warnings():
        warnings.filterwarnings('ignore', category=UserWarning)
        with op.get_context().autocommit_block():
            schema_upgrades()


def schema_upgrades() -> None:
";

#[test]
fn a_name_that_a_script_sets_in_sqlalchemy_is_what_it_was_set_to() {
    let up = |types: &[(&str, &str)], line: &str| {
        let types = types
            .iter()
            .map(|(name, sql)| ((*name).into(), (*sql).into()));
        let settings = Settings {
            types: types.collect(),
            ..Settings::default()
        };
        let source = format!("{ADVANCED}    {line}\n");
        match Translator::new(settings).translate(&source, Direction::Upgrade, None) {
            Ok(script) => shown(&script.segments),
            Err(refused) => refused.to_string(),
        }
    };
    assert_eq!(
        up(
            &[],
            "op.add_column('t', sa.Column('c', sa.GUID(length=16), nullable=False))"
        ),
        "[25: ALTER TABLE t ADD COLUMN c UUID NOT NULL]"
    );
    assert_eq!(
        up(
            &[],
            "op.add_column('t', sa.Column('c', sa.DateTimeUTC(timezone=True)))"
        ),
        "[25: ALTER TABLE t ADD COLUMN c TIMESTAMP WITH TIME ZONE]"
    );
    let money = "op.add_column('t', sa.Column('c', sa.Money()))";
    assert_eq!(
        up(&[("app.types.Money", "NUMERIC(10, 2)")], money),
        "[25: ALTER TABLE t ADD COLUMN c NUMERIC(10, 2)]"
    );
    assert_eq!(
        up(&[], money),
        "25: uses the type `app.types.Money`, which is not known here; a line in \
         `[alembic.types]` says what it is"
    );
}

/// What is found behind the questions of `upgrade()`, with how often a run comes to it.
fn ahead(body: &str) -> String {
    let source = format!(
        "from alembic import op\nimport sqlalchemy as sa\nfrom sqlalchemy.orm import Session\n\
         import uuid\nfrom app import make\n\
         def has(name):\n    return sa.inspect(op.get_bind()).has_table(name)\n\
         def grow(name):\n    if not has(name):\n        return\n    make(name)\n\
         def upgrade():\n{body}"
    );
    let translator = Translator::default();
    let asks = translator.translate(&source, Direction::Upgrade, None);
    assert!(asks.unwrap_err().needs_database, "{body}");
    match translator.look_ahead(&source, Direction::Upgrade).obstacle {
        Some(found) => {
            let often = if found.certain { "always" } else { "sometimes" };
            format!("{often} {}", found.untranslated)
        }
        None => "nothing".to_owned(),
    }
}

#[test]
fn what_every_run_comes_to_is_told_from_what_some_do() {
    for (body, expected) in [
        (
            " has('t')\n Session(op.get_bind()).query(1)\n",
            "always 14: calls `query()` of the ORM session",
        ),
        (
            " if has('t'):\n  op.execute(f'{uuid.uuid4()}')\n",
            "sometimes 14: calls `uuid4()`, whose result differs each time",
        ),
        (
            " if has('t'):\n  return\n make('t')\n",
            "sometimes 15: calls `app.make()`, which is not known",
        ),
        (
            " if has('t'):\n  op.execute('x')\n elif has('u'):\n  make('t')\n",
            "sometimes 16: calls `app.make()`, which is not known",
        ),
        (
            " grow('t')\n",
            "sometimes 11: calls `app.make()`, which is not known",
        ),
        (
            " names = [make('t') for t in sa.inspect(op.get_bind()).get_table_names()]\n",
            "sometimes 13: calls `app.make()`, which is not known",
        ),
        // What is set on one of several ways is not known afterwards.
        (
            " y = 1\n if has('t'):\n  y = 2\n if y == 2:\n  make('t')\n",
            "sometimes 17: calls `app.make()`, which is not known",
        ),
        (
            " names = []\n for t in sa.inspect(op.get_bind()).get_table_names():\n  names.append(t)\n \
             if names:\n  make('t')\n",
            "sometimes 17: calls `app.make()`, which is not known",
        ),
        // A loop may end at once.
        (
            " while has('t'):\n  op.execute('x')\n make('t')\n",
            "always 15: calls `app.make()`, which is not known",
        ),
        (
            " while True:\n  if not has('t'):\n   break\n make('t')\n",
            "sometimes 16: calls `app.make()`, which is not known",
        ),
        (
            " try:\n  has('t')\n except Exception:\n  make('t')\n",
            "sometimes 16: calls `app.make()`, which is not known",
        ),
        (
            " with op.batch_alter_table('t') as b:\n  if has('t'):\n   b.drop_column('c')\n make('t')\n",
            "always 16: calls `app.make()`, which is not known",
        ),
        // What cannot be written is found, too.
        (
            " has('t')\n op.add_column('t', sa.Column('c', make()))\n",
            "always 14: uses the type `app.make`, which is not known here; a line in `[alembic.types]` says what it is",
        ),
        // What a script raises is its own affair, as it is Alembic's.
        (
            " if has('t'):\n  raise ValueError('no')\n op.execute('x')\n",
            "nothing",
        ),
        (
            " rows = op.get_bind().execute(sa.text('SELECT 1 AS c')).fetchall()\n \
             op.bulk_insert(sa.table('t', sa.column('c')), [{'c': row.c} for row in rows])\n",
            "nothing",
        ),
        // Of a statement that needs an answer each call is looked at.
        (
            " for row in op.get_bind().execute(sa.text('SELECT 1 AS c')):\n  \
             op.bulk_insert(sa.table('t', sa.column('c')), [{'c': row.c, 'd': uuid.uuid4()}])\n",
            "sometimes 14: calls `uuid4()`, whose result differs each time",
        ),
        (
            " for t in sa.inspect(op.get_bind()).get_table_names():\n  op.execute(make(t))\n",
            "sometimes 14: calls `app.make()`, which is not known",
        ),
        (
            " def drop(t):\n  op.drop_table(t)\n  make()\n \
             for t in sa.inspect(op.get_bind()).get_table_names():\n  drop(t)\n",
            "sometimes 15: calls `app.make()`, which is not known",
        ),
        // What is raised is part of nothing, wherever it was made.
        (
            " wrong = make()\n def stop(t):\n  raise wrong\n \
             for t in sa.inspect(op.get_bind()).get_table_names():\n  stop(t)\n",
            "nothing",
        ),
        // An end that an answer would bring is not missed.
        (
            " def walk(name):\n  if has(name):\n   walk(name + 'x')\n walk('t')\n",
            "nothing",
        ),
    ] {
        assert_eq!(ahead(body), expected, "{body}");
    }
}

#[test]
fn a_length_that_is_not_known_is_named_with_its_module() {
    let source = "from alembic import op\nimport sqlalchemy as sa\nfrom app.constants import SIZE\n\
                  def upgrade():\n    op.add_column('t', sa.Column('c', sa.String(length=SIZE)))\n";
    let translator = Translator::new(Settings::default());
    let refused = translator.translate(source, Direction::Upgrade, None);
    assert_eq!(
        refused.unwrap_err().to_string(),
        "5: gives `sa.String` as `length` the name `app.constants.SIZE`, whose value is not known; \
         `alembic.python_path` says where `app` is"
    );
}
