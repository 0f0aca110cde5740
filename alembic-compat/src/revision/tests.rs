//! Every style of declaration that real trees have, and what cannot be known.

use super::*;

fn whole(source: &str) -> Revision {
    let read = read("x.py", source);
    assert_eq!(read.faults, []);
    read.revision.unwrap()
}

fn texts(texts: &[Text]) -> Vec<(&str, u32)> {
    texts
        .iter()
        .map(|text| (text.value.as_str(), text.line))
        .collect()
}

fn faults(source: &str) -> Vec<String> {
    read("x.py", source)
        .faults
        .iter()
        .map(ToString::to_string)
        .collect()
}

/// Reads `down_revision` where it is written like this.
fn down(written: &str) -> Vec<String> {
    let revision = whole(&format!("revision = 'x'\n{written}\n"));
    revision
        .down_revision
        .into_iter()
        .map(|text| text.value)
        .collect()
}

#[test]
fn a_file_as_alembic_writes_it_is_read_whole() {
    let revision = whole(
        "\"\"\"add users\nand bots\n\nRevision ID: other\nRevises: another\n\
         Create Date: 2025-01-15 10:00:00.123456\n\n\"\"\"\n\
         from typing import Sequence, Union\n\nfrom alembic import op\nimport sqlalchemy as sa\n\n\n\
         # revision identifiers, used by Alembic.\nrevision: str = '1975ea83b712'\n\
         down_revision: Union[str, Sequence[str], None] = ('ae1027a6acf', '27c6a30d7c24')\n\
         branch_labels: Union[str, Sequence[str], None] = ('users',)\n\
         depends_on: Union[str, Sequence[str], None] = 'orders'\n\n\n\
         def upgrade() -> None:\n    op.create_table('a')\n\n\n\
         def downgrade() -> None:\n    pass\n",
    );
    assert_eq!(
        (revision.id.value.as_str(), revision.id.line),
        ("1975ea83b712", 16)
    );
    assert_eq!(
        texts(&revision.down_revision),
        [("ae1027a6acf", 17), ("27c6a30d7c24", 17)]
    );
    assert_eq!(texts(&revision.branch_labels), [("users", 18)]);
    assert_eq!(texts(&revision.depends_on), [("orders", 19)]);
    assert_eq!(revision.message(), "add users\nand bots");
    assert_eq!(revision.created(), Some("2025-01-15 10:00:00.123456"));
    assert_eq!(revision.upgrade, Function::Code { line: 22 });
    assert_eq!(revision.downgrade, Function::Empty { line: 26 });
}

#[test]
fn parents_are_read_in_every_style() {
    for none in ["None", "()", "[]"] {
        assert!(down(&format!("down_revision = {none}")).is_empty());
    }
    for one in [
        "down_revision = 'a'",
        "down_revision: str | None = \"a\"",
        "down_revision: None = ('a')",
        "down_revision: tuple[str, ...] = ('a',)",
        "down_revision = ['a']",
        "down_revision = '''a'''",
        "PARENT = 'a'\ndown_revision = PARENT",
        "down_revision = other = 'a'",
        "down_revision = 'b'\ndown_revision = 'a'",
    ] {
        assert_eq!(down(one), ["a"], "{one}");
    }
    for two in [
        "down_revision = 'a', 'b'",
        "down_revision = (\n  'a',  # first\n  'b',\n)",
        "down_revision = ['a', 'b']",
        "A = ('a',)\ndown_revision = A + ('b',)",
        "A = ['a', 'b']\ndown_revision = (*A,)",
        "down_revision = tuple(['a', 'b'])",
        "down_revision = ('a',)\ndown_revision += ('b',)",
        "A, B = 'a', 'b'\ndown_revision = (A, B)",
    ] {
        assert_eq!(down(two), ["a", "b"], "{two}");
    }
    assert_eq!(down("down_revision = 'a' 'b'"), ["ab"]);
    assert_eq!(
        down("V = '1'\ndown_revision = f'v{V}_' 'x' + '!'"),
        ["v1_x!"]
    );
}

#[test]
fn ids_and_labels_are_taken_as_they_are() {
    for id in [
        "0321_drop_postage",
        "v2.4.0.a",
        "0.98.0",
        "ab6dc0c82d0eg",
        "été",
    ] {
        let source = format!("revision = '{id}'\ndown_revision = None");
        assert_eq!(whole(&source).id.value, id);
    }
    // The text, not the value: a label that is called None.
    let revision = whole("revision = 'a'\ndown_revision = None\nbranch_labels = 'None'");
    assert_eq!(texts(&revision.branch_labels), [("None", 3)]);
    assert!(revision.depends_on.is_empty());
    let crlf = whole("\u{feff}'''m'''\r\nrevision = 'a'\r\ndown_revision = None\r\n");
    assert_eq!((crlf.id.line, crlf.message()), (2, "m"));
}

#[test]
fn what_stands_around_a_declaration_does_not_matter() {
    let revision = whole(
        "import os\nfrom app import db\nif os.environ['X']:\n    other = 1\n\
         try:\n    import a\nexcept ImportError:\n    a = None\n\
         T: int\nclass E:\n    revision = 'no'\n\
         def f():\n    down_revision = 'no'\n\
         revision = 'r'\ndown_revision = 'p'\nLIST = [db.x, f(1)]\nlogging.info(revision)\n\
         op.get_context()\nairflow_version = '2.0'\n",
    );
    assert_eq!(
        (revision.id.value.as_str(), revision.doc.as_str()),
        ("r", "")
    );
    assert_eq!(texts(&revision.down_revision), [("p", 15)]);
}

#[test]
fn functions_are_absent_empty_raising_or_code() {
    let functions = |body: &str| {
        let source = format!("revision = 'a'\ndown_revision = None\n{body}");
        let revision = whole(&source);
        (revision.upgrade, revision.downgrade)
    };
    use Function::{Absent, Code, Empty, Raises};
    assert_eq!(functions(""), (Absent, Absent));
    assert_eq!(
        functions("def upgrade():\n  '''doc'''\n  pass\ndef downgrade(): ..."),
        (Empty { line: 3 }, Empty { line: 6 })
    );
    assert_eq!(
        functions("def upgrade():\n  return None\ndef downgrade():\n  raise NotImplementedError"),
        (Empty { line: 3 }, Raises { line: 6 })
    );
    for more in [
        "op.execute('SELECT 1')",
        "upgrade.__code__ = other.__code__",
        "globals()['upgrade'] = other",
        "x = change()",
        "from other import *",
    ] {
        let body = format!("def upgrade(): pass\n{more}\n");
        assert_eq!(functions(&body).0, Code { line: 3 }, "{more}");
    }
    assert_eq!(
        functions("def upgrade(op, tables, tester):\n  print()\nfrom x import downgrade"),
        (Code { line: 3 }, Code { line: 5 })
    );
    assert_eq!(
        functions("def upgrade(): pass\nif x:\n  def upgrade(): y()\n@z\ndef downgrade(): pass"),
        (Code { line: 4 }, Code { line: 7 })
    );
}

#[test]
fn a_name_stands_in_for_the_id_of_very_old_files() {
    let of_name = |name| read(name, "down_revision = None").revision;
    assert_eq!(of_name("1975ea83b712.py").unwrap().id.value, "1975ea83b712");
    assert_eq!(of_name("1975ea_x.py"), None);
    assert_eq!(of_name(".py"), None);
}

#[test]
fn what_cannot_be_known_is_said_with_line_and_reason() {
    let labels = "from neutron.db.migration import cli\nrevision = 'a'\ndown_revision = None\n\
                  branch_labels = (cli.EXPAND_BRANCH,)\n";
    let read = read("x.py", labels);
    assert!(
        read.revision
            .is_some_and(|revision| revision.branch_labels.is_empty())
    );
    assert_eq!(
        read.faults[0].to_string(),
        "4: what `branch_labels` is cannot be read without running Python: `cli` is imported from \
         `neutron.db.migration`"
    );
    let reason = |text: &str| {
        let found = faults(&format!("revision = 'a'\n{text}\n"));
        found.join("; ").replace(
            "what `down_revision` is cannot be read without running Python: ",
            "",
        )
    };
    assert_eq!(
        reason("down_revision = make()"),
        "2: a call has to be evaluated"
    );
    assert_eq!(
        reason("down_revision = A"),
        "2: `A` is not set in this file"
    );
    assert_eq!(
        reason("if x:\n  down_revision = 'a'\nelse:\n  down_revision = 'b'"),
        "5: `down_revision` is set inside a block"
    );
    assert_eq!(
        reason("down_revision = []\ndown_revision.append('b')"),
        "3: `down_revision` may be changed here"
    );
    assert_eq!(
        reason("from . import down_revision"),
        "2: `down_revision` is imported from `.`"
    );
    assert_eq!(
        reason("def down_revision(): pass"),
        "2: `down_revision` is a function or class"
    );
    assert_eq!(
        reason("down_revision = 'a' % b"),
        "2: an expression has to be evaluated"
    );
    assert_eq!(
        reason("down_revision = ('a', None)"),
        "2: `down_revision` is None, not a string, several, or None"
    );
    assert_eq!(
        faults("revision = 1\ndown_revision = None"),
        ["1: `revision` is a number, not a string"]
    );
    assert_eq!(
        faults("x = 1"),
        [
            "the file does not set `revision`",
            "the file does not set `down_revision`"
        ]
    );
}

#[test]
fn python_2_is_told_apart_from_python_3() {
    let source = "revision = 'a'\ndown_revision = None\ndef upgrade():\n    print 'x'\n";
    let found = faults(source);
    assert_eq!(found.len(), 1);
    assert!(
        found[0].starts_with("4: this is not valid Python: "),
        "{found:?}"
    );
    assert!(!faults("").is_empty());
    assert!(!faults("((((").is_empty());
    let deep = format!("revision = {}1{}", "(".repeat(100_000), ")".repeat(100_000));
    assert!(!faults(&deep).is_empty());
}

#[test]
fn what_a_person_says_counts_where_the_file_leaves_it_open() {
    let source = "from app import cli\nrevision = 'a'\ndown_revision = None\n\
                  branch_labels = (cli.LABEL,)\ndepends_on = f()\n";
    let settled = |pairs: &[(&str, &str)]| {
        let pairs = pairs
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        read_settled("x.py", source, &pairs.collect())
    };
    let read = settled(&[
        ("a.branch_labels", "users, orders"),
        ("x.py.depends_on", ""),
    ]);
    assert_eq!(read.faults, []);
    let revision = read.revision.unwrap();
    let labels = revision.branch_labels.iter();
    let labels: Vec<_> = labels.map(|it| (it.value.as_str(), it.line)).collect();
    assert_eq!(labels, [("users", 4), ("orders", 4)]);
    assert_eq!(revision.depends_on, []);
    let read = settled(&[("a.branch_labels", "users"), ("a.down_revision", "b")]);
    assert_eq!(read.faults.len(), 1, "{:?}", read.faults);
    assert_eq!(read.revision.unwrap().down_revision, []);
}
