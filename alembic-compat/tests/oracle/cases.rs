//! One case after another, of Python and of the SQL that becomes of it, in `cases.txt`.
//!
//! `LIMBECK_CASES=write` writes what a translation says into the file; Alembic must say the same.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{env, fs};

use alembic_compat::translate::Direction;

use crate::alembic::Alembic;
use crate::scripts::script;
use crate::statements::{comparable, translated};

struct Case {
    /// What is said above several cases.
    heading: String,
    convention: BTreeMap<String, String>,
    body: String,
    expected: Vec<String>,
    /// Whether Alembic says something else, for a reason.
    unlike: bool,
}

#[test]
fn each_case_is_written_as_the_file_says() {
    let write = env::var_os("LIMBECK_CASES").is_some_and(|it| it == "write");
    let mut wrong = Vec::new();
    let mut cases = cases();
    for case in &mut cases {
        let written = match translated(&script(&case.body), Direction::Upgrade, &case.convention) {
            Ok(statements) => statements,
            Err(refused) => {
                let reason = refused
                    .split_once(": ")
                    .map_or(&*refused, |(_, reason)| reason);
                vec![format!("{REFUSED}{reason}")]
            }
        };
        if write {
            case.expected = written;
        } else if comparable(&written) != comparable(&case.expected) {
            wrong.push(difference(&case.body, &case.expected, &written));
        }
    }
    if write {
        fs::write(path(), shown(&cases)).expect("the file is written");
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn alembic_with_sqlalchemy_2_0_writes_what_the_file_says() {
    held_against("2.0");
}

#[test]
fn alembic_with_sqlalchemy_2_1_writes_what_the_file_says() {
    held_against("2.1");
}

/// Asks Alembic for each case that is not refused.
fn held_against(sqlalchemy: &str) {
    let mut alembic = Alembic::start(sqlalchemy);
    let mut wrong = Vec::new();
    for case in cases() {
        if case.unlike || case.expected.iter().any(|line| line.starts_with(REFUSED)) {
            continue;
        }
        let answer = alembic.ask(&script(&case.body), "upgrade", &case.convention);
        let answer = answer.unwrap_or_else(|error| vec![format!("error: {error}")]);
        if comparable(&answer) != comparable(&case.expected) {
            wrong.push(difference(&case.body, &answer, &case.expected));
        }
    }
    assert!(
        wrong.is_empty(),
        "\n{}\n{} cases differ",
        wrong.join("\n"),
        wrong.len()
    );
}

/// How a refusal is marked among the statements.
const REFUSED: &str = "refused: ";

/// What stands before statements that Alembic writes in another way.
const UNLIKE: &str = "=> unlike Alembic";

pub fn difference(body: &str, expected: &[String], written: &[String]) -> String {
    format!(
        "{body}\n  expected\n    {}\n  written\n    {}\n",
        comparable(expected).join("\n    "),
        comparable(written).join("\n    ")
    )
}

fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracle/cases.txt")
}

/// Reads the file: `# heading`, `% token = rule` for a naming convention that holds until the next
/// heading, and cases of Python, `=>` and SQL, with an empty line between two. After
/// `=> unlike Alembic` stands what Alembic writes in another way.
fn cases() -> Vec<Case> {
    let text = fs::read_to_string(path()).expect("the file is there");
    let mut cases = Vec::new();
    let mut heading = String::new();
    let mut convention = BTreeMap::new();
    for block in text.split("\n\n").filter(|block| !block.trim().is_empty()) {
        let mut body = Vec::new();
        let mut expected: Vec<String> = Vec::new();
        let mut answered = false;
        let mut unlike = false;
        for line in block.lines() {
            if let Some(title) = line.strip_prefix("# ").filter(|_| body.is_empty()) {
                heading = title.to_owned();
                convention = BTreeMap::new();
            } else if let Some(rule) = line.strip_prefix("% ").filter(|_| body.is_empty()) {
                let (token, rule) = rule.split_once(" = ").expect("a token and its rule");
                convention.insert(token.to_owned(), rule.to_owned());
            } else if line == "=>" || line == UNLIKE {
                answered = true;
                unlike = line == UNLIKE;
            } else if !answered {
                body.push(line);
            } else if let Some(more) = line.strip_prefix("  ") {
                let last = expected.last_mut().expect("a first line");
                last.push('\n');
                last.push_str(more);
            } else {
                expected.push(line.to_owned());
            }
        }
        if body.is_empty() {
            continue;
        }
        cases.push(Case {
            heading: heading.clone(),
            convention: convention.clone(),
            body: body.join("\n"),
            expected,
            unlike,
        });
    }
    cases
}

fn shown(cases: &[Case]) -> String {
    let mut text = String::new();
    let mut heading = "";
    for case in cases {
        if case.heading != heading {
            heading = &case.heading;
            text.push_str(&format!("# {heading}\n"));
            for (token, rule) in &case.convention {
                text.push_str(&format!("% {token} = {rule}\n"));
            }
            text.push('\n');
        }
        text.push_str(&case.body);
        text.push_str(if case.unlike {
            "\n=> unlike Alembic\n"
        } else {
            "\n=>\n"
        });
        for statement in &case.expected {
            let lines: Vec<_> = statement
                .lines()
                .map(|line| line.replace('\t', "    ").trim_end().to_owned())
                .filter(|line| !line.is_empty())
                .collect();
            text.push_str(&lines.join("\n  "));
            text.push('\n');
        }
        text.push('\n');
    }
    text
}
