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

    fn query(&mut self, statement: &Statement) -> Result<Rows, HostError> {
        let Statement { line, text } = statement;
        self.heard.push(format!(
            "{line}? {}",
            text.split(" FROM ").next().unwrap_or(text)
        ));
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
    assert_eq!(host.heard, ["5? SELECT EXISTS (SELECT"]);
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
