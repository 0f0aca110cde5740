//! Writes the text of a new revision file, such that reading it gives the declaration it was
//! written from.
//!
//! A message becomes one line: line ends and other control characters in it become blanks.

use std::fmt::Write as _;

use chrono::SecondsFormat;

use crate::declaration::{Claim, Declaration};

/// Returns the text of a new SQL revision, with an empty section for each direction.
#[must_use]
pub fn sql(declaration: &Declaration) -> String {
    let mut text = header(declaration);
    text.push_str("\n-- limbeck: upgrade\n\n-- limbeck: downgrade\n");
    text
}

/// Returns the header of a SQL revision.
#[must_use]
pub fn header(declaration: &Declaration) -> String {
    let mut text = format!("-- revision: {}\n", declaration.revision.value);
    let mut list = |key: &str, claims: &[Claim]| {
        if !claims.is_empty() {
            let names: Vec<&str> = claims.iter().map(|claim| claim.value.as_str()).collect();
            let _ = writeln!(text, "-- {key}: {}", names.join(", "));
        }
    };
    list("down_revision", &declaration.down_revision);
    list("branch_labels", &declaration.branch_labels);
    list("depends_on", &declaration.depends_on);
    if let Some(created) = created(declaration) {
        let _ = writeln!(text, "-- created: {created}");
    }
    let message = one_line(&declaration.message);
    if !message.is_empty() {
        let _ = writeln!(text, "-- message: {message}");
    }
    text
}

/// Returns the text of a new Rust-coded revision.
///
/// It has no `downgrade`: that is derived for as long as `upgrade` can be reversed, whereas an
/// empty function would roll back nothing without a word.
#[must_use]
pub fn rust(declaration: &Declaration) -> String {
    let mut text = String::new();
    let message = one_line(&declaration.message);
    if !message.is_empty() {
        let _ = writeln!(text, "//! {message}");
    }
    let _ = write!(
        text,
        "use limbeck::prelude::*;\n\npub const REVISION: Revision = Revision::new({})",
        literal(&declaration.revision.value)
    );
    match declaration.down_revision.as_slice() {
        [] => {}
        [parent] => {
            let _ = write!(text, "\n    .down_revision({})", literal(&parent.value));
        }
        parents => {
            let _ = write!(text, "\n    .down_revisions({})", literals(parents));
        }
    }
    for (word, claims) in [
        ("branch_labels", &declaration.branch_labels),
        ("depends_on", &declaration.depends_on),
    ] {
        if !claims.is_empty() {
            let _ = write!(text, "\n    .{word}({})", literals(claims));
        }
    }
    if let Some(created) = created(declaration) {
        let _ = write!(text, "\n    .created({created:?})");
    }
    // A merge runs nothing as a rule; an unused `op` would be warned about for ever.
    let op = if declaration.down_revision.len() > 1 {
        "_op"
    } else {
        "op"
    };
    let _ = write!(
        text,
        ";\n\npub fn upgrade({op}: &mut Op) -> Result<()> {{\n    Ok(())\n}}\n"
    );
    text
}

fn created(declaration: &Declaration) -> Option<String> {
    let created = declaration.created?;
    Some(created.to_rfc3339_opts(SecondsFormat::AutoSi, true))
}

fn literal(text: &str) -> String {
    format!("{text:?}")
}

fn literals(claims: &[Claim]) -> String {
    let names: Vec<String> = claims.iter().map(|claim| literal(&claim.value)).collect();
    format!("&[{}]", names.join(", "))
}

fn one_line(message: &str) -> String {
    let words = message.split(|c: char| c.is_whitespace() || c.is_control());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::declaration::Format;
    use crate::source::{rust as rust_format, sql as sql_format};

    fn declaration(message: &str, parents: &[&str]) -> Declaration {
        let claims = |names: &[&str]| names.iter().map(|name| Claim::new(*name, 0)).collect();
        Declaration {
            down_revision: claims(parents),
            depends_on: claims(&["o'brien", "\"q\""]),
            branch_labels: claims(&["users"]),
            message: message.to_owned(),
            created: chrono::DateTime::parse_from_rfc3339("2026-11-20T09:12:44.5+01:00").ok(),
            ..Declaration::new(Claim::new("9f3c1a7be204", 0), Format::Sql)
        }
    }

    fn without_places(mut declaration: Declaration) -> Declaration {
        declaration.path = None;
        declaration.format = Format::Sql;
        declaration.revision.line = 0;
        let lists = [
            &mut declaration.down_revision,
            &mut declaration.depends_on,
            &mut declaration.branch_labels,
        ];
        for claim in lists.into_iter().flatten() {
            claim.line = 0;
        }
        declaration
    }

    #[test]
    fn what_is_written_reads_as_the_same_declaration() {
        let messages = [
            "",
            "add accounts",
            "a */ b /* c -- d; 'e' \"f\" \\ $$ {} é",
            "limbeck: upgrade",
            "# heading: x",
        ];
        for message in messages {
            for parents in [&[][..], &["a"], &["a", "b"]] {
                let written = declaration(message, parents);
                let mut errors = Vec::new();
                let path = Path::new("x");
                let read = sql_format::declare(path, &sql(&written), &mut errors).unwrap();
                assert_eq!(without_places(read), written, "{}", sql(&written));
                let read = rust_format::declare(path, &rust(&written), &mut errors).unwrap();
                assert_eq!(without_places(read), written, "{}", rust(&written));
                assert_eq!(errors, []);
            }
        }
    }

    #[test]
    fn a_message_becomes_one_line() {
        let written = declaration(" one\r\n-- limbeck: upgrade\u{85}\ttwo\0 ", &[]);
        let text = sql(&written);
        assert!(
            text.contains("-- message: one -- limbeck: upgrade two\n"),
            "{text}"
        );
        let text = rust(&written);
        assert!(
            text.starts_with("//! one -- limbeck: upgrade two\nuse"),
            "{text}"
        );
    }

    #[test]
    fn a_new_revision_looks_like_this() {
        insta::assert_snapshot!(sql(&declaration("add invoices", &["a"])), @r#"
        -- revision: 9f3c1a7be204
        -- down_revision: a
        -- branch_labels: users
        -- depends_on: o'brien, "q"
        -- created: 2026-11-20T09:12:44.500+01:00
        -- message: add invoices

        -- limbeck: upgrade

        -- limbeck: downgrade
        "#);
        insta::assert_snapshot!(rust(&declaration("join", &["a", "b"])), @r#"
        //! join
        use limbeck::prelude::*;

        pub const REVISION: Revision = Revision::new("9f3c1a7be204")
            .down_revisions(&["a", "b"])
            .branch_labels(&["users"])
            .depends_on(&["o'brien", "\"q\""])
            .created("2026-11-20T09:12:44.500+01:00");

        pub fn upgrade(_op: &mut Op) -> Result<()> {
            Ok(())
        }
        "#);
    }
}
