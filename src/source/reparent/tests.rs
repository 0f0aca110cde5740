//! What is written in each format, and that every other byte stays.

use super::*;

fn ids(names: &[&str]) -> Vec<RevisionId> {
    names
        .iter()
        .map(|name| RevisionId::from_database(name))
        .collect()
}

/// Rewrites a file: the parents that go, and the one that comes.
fn rewrite(path: &str, raw: &str, gone: &[&str], new: &str) -> String {
    let (gone, new) = (ids(gone), ids(&[new]));
    let change = Change {
        gone: &gone,
        new: new.first().filter(|new| !new.as_str().is_empty()),
    };
    let text = normal(raw).into();
    let code = match path.rsplit_once('.') {
        Some((_, "sql")) => Code::Sql(text),
        Some((_, "py")) => Code::Alembic(text, std::sync::Arc::default()),
        _ => Code::NotCompiled(text),
    };
    match reparent(Path::new(path), raw, &code, &change) {
        Ok(text) => text,
        Err(error) => error.to_string(),
    }
}

/// Rewrites a header, to which a section is added for the while.
fn sql(header: &str, gone: &[&str], new: &str) -> String {
    let section = "-- limbeck: upgrade\n-- down_revision: of the body\nSELECT 1;\n";
    let after = rewrite("x.sql", &format!("{header}{section}"), gone, new);
    after
        .strip_suffix(section)
        .map_or(after.clone(), str::to_owned)
}

fn python(value: &str, gone: &[&str], new: &str) -> String {
    let before = "\"\"\"m\n\nRevises: a\n\"\"\"\nrevision = 'x'\n";
    let after = "\n\n\ndef upgrade():\n    pass\n";
    let text = rewrite("x.py", &format!("{before}{value}{after}"), gone, new);
    let inner = text
        .strip_prefix(before)
        .and_then(|text| text.strip_suffix(after));
    inner.map_or(text.clone(), str::to_owned)
}

fn rust(value: &str, gone: &[&str], new: &str) -> String {
    let before = "//! down_revision(\"a\")\n\npub const REVISION: Revision = ";
    let after = ";\n\npub fn upgrade(op: &mut Op) -> Result<()> {\n    Ok(())\n}\n";
    let text = rewrite("x.rs", &format!("{before}{value}{after}"), gone, new);
    let inner = text
        .strip_prefix(before)
        .and_then(|text| text.strip_suffix(after));
    inner.map_or(text.clone(), str::to_owned)
}

#[test]
fn a_change_keeps_the_place_of_the_first_that_goes() {
    let of = |parents: &[&str], gone: &[&str], new: &str| {
        let (gone, new) = (ids(gone), ids(&[new]));
        let change = Change {
            gone: &gone,
            new: new.first().filter(|new| !new.as_str().is_empty()),
        };
        let after = change.of(&ids(parents));
        after
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(of(&["a", "b", "c"], &["b"], "z"), "a z c");
    assert_eq!(of(&["a", "b", "c"], &["a", "c"], "z"), "z b");
    assert_eq!(of(&["a", "b"], &["b"], ""), "a");
    assert_eq!(of(&[], &[], "z"), "z");
    assert_eq!(of(&["a"], &["a"], ""), "");
}

#[test]
fn a_sql_header_keeps_its_ways() {
    for (header, gone, new, expected) in [
        // One for another.
        (
            "-- revision: x\n-- down_revision: a\n",
            &["a"][..],
            "z",
            "-- revision: x\n-- down_revision: z\n",
        ),
        (
            "--  down_revision:\ta  \n--revision: x\n\n",
            &["a"],
            "z",
            "--  down_revision:\tz  \n--revision: x\n\n",
        ),
        (
            "\u{feff}-- revision: x\r\n-- down_revision: a\r\n",
            &["a"],
            "z",
            "\u{feff}-- revision: x\r\n-- down_revision: z\r\n",
        ),
        (
            "/* down_revision: a */ -- revision: x\n-- down_revision: a\n",
            &["a"],
            "z",
            "/* down_revision: a */ -- revision: x\n-- down_revision: z\n",
        ),
        // Of several.
        (
            "-- revision: x\n-- down_revision: a,b , c\n",
            &["b"],
            "z",
            "-- revision: x\n-- down_revision: a,z , c\n",
        ),
        (
            "-- revision: x\n-- down_revision: a, b, c\n",
            &["a", "c"],
            "z",
            "-- revision: x\n-- down_revision: z, b\n",
        ),
        (
            "-- revision: x\n-- down_revision: a, b, c\n",
            &["b", "c"],
            "",
            "-- revision: x\n-- down_revision: a\n",
        ),
        (
            "-- revision: x\n-- down_revision: a, b, c\n",
            &["a", "b"],
            "",
            "-- revision: x\n-- down_revision: c\n",
        ),
        // A base.
        (
            "-- revision: x\n-- down_revision: a\n-- message: m\n",
            &["a"],
            "",
            "-- revision: x\n-- message: m\n",
        ),
        (
            "-- revision: x\r\n-- down_revision: a\r\n\r\n",
            &["a"],
            "",
            "-- revision: x\r\n\r\n",
        ),
        (
            "-- revision: x\n-- message: m\n",
            &[],
            "z",
            "-- revision: x\n-- down_revision: z\n-- message: m\n",
        ),
        (
            "-- message: m\r\n --revision:  x\r\n",
            &[],
            "z",
            "-- message: m\r\n --revision:  x\r\n --down_revision:  z\r\n",
        ),
        (
            "/* a revision */ -- revision: x\n",
            &[],
            "z",
            "/* a revision */ -- revision: x\n-- down_revision: z\n",
        ),
        (
            "-- revision: x\n-- down_revision:\n",
            &[],
            "z",
            "-- revision: x\n-- down_revision: z\n",
        ),
        (
            "-- revision: x\n-- down_revision: \r\n",
            &[],
            "z",
            "-- revision: x\n-- down_revision: z\r\n",
        ),
    ] {
        assert_eq!(sql(header, gone, new), expected, "{header:?}");
    }
    assert_eq!(
        sql("-- revision: x\n-- down_revision: a\n", &["a"], "y,z"),
        "x.sql: the parents cannot be rewritten: its header would not read as meant"
    );
}

#[test]
fn an_alembic_file_keeps_its_ways() {
    for (value, gone, new, expected) in [
        (
            "down_revision = 'a'",
            &["a"][..],
            "z",
            "down_revision = 'z'",
        ),
        (
            "down_revision: Union[str, None] = u\"a\"  # c",
            &["a"],
            "z",
            "down_revision: Union[str, None] = u\"z\"  # c",
        ),
        ("down_revision = None", &[], "z", "down_revision = 'z'"),
        (
            "down_revision = (None)",
            &[],
            "o'z",
            "down_revision = (\"o'z\")",
        ),
        ("down_revision = ()", &[], "z", "down_revision = 'z'"),
        (
            "down_revision: str = \"a\"",
            &["a"],
            "",
            "down_revision: str = None",
        ),
        (
            "down_revision = ('a', 'b')",
            &["a", "b"],
            "",
            "down_revision = None",
        ),
        (
            "down_revision = ('a', \"b\")",
            &["b"],
            "z",
            "down_revision = ('a', \"z\")",
        ),
        (
            "down_revision = ('a', 'b')",
            &["b"],
            "",
            "down_revision = ('a',)",
        ),
        (
            "down_revision = ('a', 'b')",
            &["a"],
            "",
            "down_revision = ('b')",
        ),
        (
            "down_revision = 'a', 'b'",
            &["b"],
            "",
            "down_revision = 'a',",
        ),
        (
            "down_revision = ['a', 'b', 'c']",
            &["a", "c"],
            "z",
            "down_revision = ['z', 'b']",
        ),
        (
            "down_revision = ['a', 'b', 'c']",
            &["b", "c"],
            "",
            "down_revision = ['a']",
        ),
        (
            "down_revision = (\n    'a',  # A\n    'b',\n    'c',\n)",
            &["b"],
            "",
            "down_revision = (\n    'a',  # A\n    'c',\n)",
        ),
        (
            "down_revision = (\n    'a',  # A\n    'b'\n)",
            &["b"],
            "z",
            "down_revision = (\n    'a',  # A\n    'z'\n)",
        ),
    ] {
        assert_eq!(python(value, gone, new), expected, "{value:?}");
    }
    for (value, gone, reason) in [
        (
            "down_revision = 'a' 'b'",
            "ab",
            "a parent is written as several strings in a row",
        ),
        (
            "p = 'a'\ndown_revision = p",
            "a",
            "`down_revision` is not written out as strings",
        ),
        (
            "revision, down_revision = 'x', 'a'",
            "a",
            "`down_revision` is set together with another variable",
        ),
        ("down_revision = ('c', 'd',  # D\n    'a')", "none", ""),
    ] {
        let refused = python(value, &[gone], "z");
        match reason {
            "" => assert_eq!(refused, value),
            reason => assert_eq!(
                refused,
                format!("x.py: the parents cannot be rewritten: {reason}")
            ),
        }
    }
    assert_eq!(
        python("down_revision = ('c', # D\n    'a')", &["a"], ""),
        "x.py: the parents cannot be rewritten: something stands between the parents of its list"
    );
}

#[test]
fn a_rust_file_keeps_its_ways() {
    for (value, gone, new, expected) in [
        (
            "Revision::new(\"x\").down_revision(\"a\")",
            &["a"][..],
            "z",
            "Revision::new(\"x\").down_revision(\"z\")",
        ),
        (
            "limbeck::Revision::new(\"x\") // é\n    .down_revision(r#\"a\"#) // a\n",
            &["a"],
            "z",
            "limbeck::Revision::new(\"x\") // é\n    .down_revision(r#\"z\"#) // a\n",
        ),
        (
            "Revision::new(\"x\")\n    .down_revisions(&[\"a\", (\"b\")])",
            &["b"],
            "z",
            "Revision::new(\"x\")\n    .down_revisions(&[\"a\", (\"z\")])",
        ),
        (
            "Revision::new(\"x\").down_revisions(&[\"a\", (\"b\")])",
            &["b"],
            "",
            "Revision::new(\"x\").down_revisions(&[\"a\"])",
        ),
        (
            "Revision::new(\"x\").down_revisions(&[\n    \"a\",\n    \"b\",\n])",
            &["b"],
            "",
            "Revision::new(\"x\").down_revisions(&[\n    \"a\",\n])",
        ),
        (
            "Revision::new(\"x\").down_revisions(&[])",
            &[],
            "z",
            "Revision::new(\"x\").down_revisions(&[\"z\"])",
        ),
        // A base.
        (
            "Revision::new(\"x\")\n    .down_revision(\"a\")\n    .created(\"2025-01-15T00:02:00Z\")",
            &["a"],
            "",
            "Revision::new(\"x\")\n    .created(\"2025-01-15T00:02:00Z\")",
        ),
        (
            "Revision::new(\"x\").down_revisions(&[\"a\", \"b\"])",
            &["a", "b"],
            "",
            "Revision::new(\"x\")",
        ),
        (
            "Revision::new(\"x\") // id\n    .down_revision(\"a\") // parent\n",
            &["a"],
            "",
            "Revision::new(\"x\") // id\n    // parent\n",
        ),
        (
            "Revision::new(\"x\")",
            &[],
            "z",
            "Revision::new(\"x\").down_revision(\"z\")",
        ),
        (
            "Revision::new(\"x\").depends_on(&[\"d\"])",
            &[],
            "z",
            "Revision::new(\"x\").down_revision(\"z\").depends_on(&[\"d\"])",
        ),
        (
            "Revision::new(\"x\") // id\n    .created(\"2025-01-15T00:02:00Z\")",
            &[],
            "z",
            "Revision::new(\"x\") // id\n    .down_revision(\"z\")\n    .created(\"2025-01-15T00:02:00Z\")",
        ),
        (
            "Revision::new(\"x\").created(\"2025-01-15T00:02:00Z\")",
            &[],
            "0002",
            "Revision::new(\"x\")\n    .down_revision(\"0002\")\n    .created(\"2025-01-15T00:02:00Z\")",
        ),
    ] {
        assert_eq!(rust(value, gone, new), expected, "{value:?}");
    }
    assert_eq!(
        rust(
            "Revision::new(\"x\").down_revision(\"b\").down_revision(\"a\")",
            &["a"],
            "z"
        ),
        "x.rs: the parents cannot be rewritten: its parents are set twice"
    );
    let raw = "\u{feff}//! m\r\npub const REVISION: Revision = Revision::new(\"x\")\r\n    .created(\"2025-01-15T00:02:00Z\");\r\npub fn upgrade() {}\r\n";
    assert_eq!(
        rewrite("x.rs", raw, &[], "z"),
        raw.replace("    .created", "    .down_revision(\"z\")\r\n    .created")
    );
}
