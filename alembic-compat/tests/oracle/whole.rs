//! Whole scripts that try to be taken for something else, in `whole.txt`, each with what is made of it.
//!
//! A script is written as Alembic writes it, or refused. `LIMBECK_CASES=write` writes what a translation
//! says into the file; Alembic, in a process of its own for each script, must say the same of all that is
//! not refused.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{env, fs};

use alembic_compat::translate::Direction;

use crate::alembic::Alembic;
use crate::cases::difference;
use crate::statements::{comparable, translated};

struct Whole {
    name: String,
    script: String,
    expected: Vec<String>,
}

/// What stands before each script.
const HEAD: &str = "\
import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = \"a\"
down_revision = None

";

const REFUSED: &str = "refused: ";

#[test]
fn each_script_is_written_or_refused_as_the_file_says() {
    let write = env::var_os("LIMBECK_CASES").is_some_and(|it| it == "write");
    let mut wrong = Vec::new();
    let mut scripts = scripts();
    for whole in &mut scripts {
        let source = format!("{HEAD}{}", whole.script);
        let written = match translated(&source, Direction::Upgrade, &BTreeMap::new()) {
            Ok(statements) => statements,
            Err(refused) => vec![format!("{REFUSED}{}", from_script(&refused))],
        };
        let written: Vec<String> = written.iter().map(|it| plain(it)).collect();
        if write {
            whole.expected = written;
        } else if written != whole.expected {
            wrong.push(difference(&whole.name, &whole.expected, &written));
        }
    }
    if write {
        fs::write(path(), shown(&scripts)).expect("the file is written");
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn alembic_writes_each_script_that_is_not_refused_alike() {
    let mut alembic = Alembic::start("2.0");
    let mut wrong = Vec::new();
    for whole in scripts() {
        if whole.expected.iter().any(|line| line.starts_with(REFUSED)) {
            continue;
        }
        let source = format!("{HEAD}{}", whole.script);
        let answer = alembic.ask(&source, "upgrade", &BTreeMap::new());
        let answer = answer.unwrap_or_else(|error| vec![format!("error: {error}")]);
        let answer: Vec<String> = answer.iter().map(|it| plain(it)).collect();
        if comparable(&answer) != comparable(&whole.expected) {
            wrong.push(difference(&whole.name, &answer, &whole.expected));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// Counts the line of a refusal from the beginning of the script itself.
fn from_script(refused: &str) -> String {
    let head = HEAD.lines().count();
    match refused.split_once(": ") {
        Some((line, reason)) => match line.parse::<usize>() {
            Ok(line) if line > head => format!("{}: {reason}", line - head),
            _ => refused.to_owned(),
        },
        None => refused.to_owned(),
    }
}

fn plain(statement: &str) -> String {
    statement.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracle/whole.txt")
}

/// Reads the file: `#### name`, the script, `=>`, and a statement or a refusal per line.
fn scripts() -> Vec<Whole> {
    let text = fs::read_to_string(path()).expect("the file is there");
    let blocks = text.split("#### ").skip(1);
    blocks
        .map(|block| {
            let (name, rest) = block.split_once('\n').expect("a name");
            let (script, expected) = rest.split_once("\n=>\n").unwrap_or((rest, ""));
            Whole {
                name: name.to_owned(),
                script: format!("{}\n", script.trim_end()),
                expected: expected.trim().lines().map(str::to_owned).collect(),
            }
        })
        .collect()
}

fn shown(scripts: &[Whole]) -> String {
    let mut text = String::new();
    for whole in scripts {
        let expected = whole.expected.join("\n");
        text.push_str(&format!(
            "#### {}\n{}=>\n{expected}\n\n",
            whole.name, whole.script
        ));
    }
    text
}
