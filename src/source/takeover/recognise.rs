//! Which tool a folder belongs to: by what its files say, else by what the project builds with, else
//! by their names. Where that leaves two, a person is asked.

use std::fs;

use super::tree::Tree;
use super::{Takeover, TakeoverProblem, format};
use crate::declaration::Tool;
use crate::source::error::SourceError;

/// How sure it is that a folder is a tool's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Claim {
    /// The names are as the tool writes them, and so may others.
    Named,
    /// The names fit, and the project's own manifest has the tool.
    Built,
    /// Only this tool has such files.
    Marked,
}

/// Files of a project that name what it is built with, and the words by which a tool is found there.
const MANIFESTS: [(&str, &[(&str, Tool)]); 6] = [
    (
        "go.mod",
        &[
            ("golang-migrate/migrate", Tool::GolangMigrate),
            ("pressly/goose", Tool::Goose),
            ("amacneil/dbmate", Tool::Dbmate),
        ],
    ),
    (
        "Cargo.toml",
        &[
            ("sqlx", Tool::Sqlx),
            ("refinery", Tool::Refinery),
            ("diesel", Tool::Diesel),
        ],
    ),
    (
        "package.json",
        &[
            ("\"drizzle-orm\"", Tool::Drizzle),
            ("\"node-pg-migrate\"", Tool::NodePgMigrate),
            ("\"dbmate\"", Tool::Dbmate),
            ("\"postgrate\"", Tool::Rollbacks),
        ],
    ),
    ("pom.xml", &[("flyway", Tool::Flyway)]),
    ("build.gradle", &[("flyway", Tool::Flyway)]),
    ("build.gradle.kts", &[("flyway", Tool::Flyway)]),
];

/// Recognises the tool of a folder.
pub(super) fn tool(source: &Takeover, tree: &Tree) -> Result<Tool, SourceError> {
    let claims = Tool::ALL
        .into_iter()
        .filter_map(|tool| Some((tool, format(tool).claim(tree)?)));
    let mut claims: Vec<(Tool, Claim)> = claims.collect();
    if best(&claims).len() > 1 {
        let built = built_with(source);
        for (tool, claim) in &mut claims {
            if built.contains(tool) {
                *claim = (*claim).max(Claim::Built);
            }
        }
    }
    let fail = |problem: TakeoverProblem| Err(SourceError::new(&source.path, 0, problem.into()));
    match best(&claims)[..] {
        [tool] => Ok(tool),
        [] => fail(TakeoverProblem::Unrecognised),
        ref tools => fail(TakeoverProblem::Ambiguous {
            tools: tools.to_vec(),
        }),
    }
}

/// The tools with the surest claim.
fn best(claims: &[(Tool, Claim)]) -> Vec<Tool> {
    let surest = claims.iter().map(|(_, claim)| *claim).max();
    let best = claims.iter().filter(|(_, claim)| Some(*claim) == surest);
    best.map(|(tool, _)| *tool).collect()
}

/// The tools that the nearest manifests above a folder name, within the project.
fn built_with(source: &Takeover) -> Vec<Tool> {
    let Ok(path) = source.path.canonicalize() else {
        return Vec::new();
    };
    let project = source.project.as_ref();
    let project = project.and_then(|project| project.canonicalize().ok());
    let folders = path.ancestors().skip(1);
    let folders = folders.enumerate().take_while(|(above, folder)| {
        let within = project.as_ref().is_some_and(|top| folder.starts_with(top));
        *above == 0 || within
    });
    for (_, folder) in folders {
        let manifests = MANIFESTS.iter().filter_map(|(name, tools)| {
            let text = fs::read_to_string(folder.join(name)).ok()?;
            Some((text, tools))
        });
        let mut found = manifests.peekable();
        if found.peek().is_none() {
            continue;
        }
        let named = found.flat_map(|(text, tools)| {
            let named = tools.iter().filter(move |(word, _)| text.contains(word));
            named.map(|(_, tool)| *tool).collect::<Vec<_>>()
        });
        return named.collect();
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::super::testing::folder;
    use super::*;

    fn recognised(files: &[(&str, &str)]) -> String {
        let folder = folder(files);
        let mut source = folder.source();
        source.project = Some(folder.path().to_owned());
        let read = folder.read_as(source);
        let first = read.lines().next().unwrap_or_default().to_owned();
        let mut words = first
            .split_whitespace()
            .skip_while(|word| *word != ">")
            .skip(2);
        match words.find(|word| !word.starts_with('@')) {
            Some(format) => format.trim_end_matches(',').to_owned(),
            None => read,
        }
    }

    #[test]
    fn what_the_files_say_decides() {
        for (name, text, format) in [
            ("m/000001_a.up.sql", "", "golang-migrate"),
            ("m/1_a.up.sql", "", "golang-migrate"),
            ("m/001_a.sql", "", "numbered"),
            ("m/0001_a.sql", "", "numbered"),
            (
                "m/20250101000000_a.up.sql",
                "-- no-transaction\nVACUUM",
                "sqlx",
            ),
            ("m/0001_a.sql", "-- no-transaction\nVACUUM", "sqlx"),
            ("m/20250101000000_a.sql", "-- migrate:up\n", "dbmate"),
            ("m/00001_a.sql", "-- +goose Up\n", "goose"),
            (
                "m/1700000000001_a.sql",
                "-- Up Migration\n",
                "node-pg-migrate",
            ),
            ("m/1_a/up.sql", "", "diesel"),
            ("m/20250101000000_a/migration.sql", "", "drizzle"),
            ("m/V1.2.3__a.sql", "", "flyway"),
            ("m/V1__a.rs", "", "refinery"),
            ("m/U1__a.sql", "", "refinery"),
        ] {
            let stray = ("m/README.md", "");
            assert_eq!(recognised(&[(name, text), stray]), format, "{name}");
        }
        let pairs = [("m/V1__a.sql", ""), ("m/U1__a.sql", "")];
        assert_eq!(recognised(&pairs), "flyway");
        let pairs = [("m/1-a.sql", ""), ("rollbacks/1.sql", "")];
        assert_eq!(recognised(&pairs), "rollbacks");
    }

    #[test]
    fn where_names_fit_two_the_manifest_decides_and_else_a_person() {
        let timed = ("m/20250101000000_a.up.sql", "");
        let version = ("m/V1__a.sql", "");
        assert_snapshot!(recognised(&[timed]), @r#"
        m: the files could be those of golang-migrate or sqlx
          write `format = "golang-migrate"` or `format = "sqlx"` in its [[source]]
        "#);
        assert_snapshot!(recognised(&[version]), @r#"
        m: the files could be those of refinery or flyway
          write `format = "refinery"` or `format = "flyway"` in its [[source]]
        "#);
        assert_snapshot!(recognised(&[("m/20250101000000_a.sql", "")]), @r#"
        m: the files could be those of numbered or sqlx
          write `format = "numbered"` or `format = "sqlx"` in its [[source]]
        "#);
        for (file, manifest, text, format) in [
            (
                timed,
                "go.mod",
                "github.com/golang-migrate/migrate/v4 v4.1",
                "golang-migrate",
            ),
            (timed, "Cargo.toml", "sqlx = \"0.8\"", "sqlx"),
            (version, "Cargo.toml", "refinery = \"0.8\"", "refinery"),
            (
                version,
                "pom.xml",
                "<artifactId>flyway-core</artifactId>",
                "flyway",
            ),
        ] {
            assert_eq!(recognised(&[file, (manifest, text)]), format, "{manifest}");
        }
        let both = "golang-migrate/migrate pressly/goose";
        assert_eq!(recognised(&[timed, ("go.mod", both)]), "golang-migrate");
        let neither = recognised(&[timed, ("go.mod", "module x")]);
        assert!(neither.contains("could be those of"), "{neither}");
    }

    #[test]
    fn what_is_no_tools_is_told() {
        assert_snapshot!(recognised(&[("m/README.md", "")]), @r"
        m: no format is recognised: there are no files of a tool that limbeck knows
          `format` in its [[source]] is one of golang-migrate, drizzle, numbered, rollbacks, refinery, sqlx, diesel, dbmate, goose, flyway, node-pg-migrate
        ");
        assert_snapshot!(recognised(&[("m/schema.sql", "")]), @r"
        m: no format is recognised: there are no files of a tool that limbeck knows
          `format` in its [[source]] is one of golang-migrate, drizzle, numbered, rollbacks, refinery, sqlx, diesel, dbmate, goose, flyway, node-pg-migrate
        ");
        assert_snapshot!(recognised(&[("x", "")]), @r"
        m: there is no such folder to take over
          the `path` of a [[source]] is relative to limbeck.toml, and `rollbacks` to that
        ");
        let folder = folder(&[("m/001_a.sql", "")]);
        let mut source = folder.source();
        source.tool = Some(Tool::Goose);
        source.multi_statement = true;
        assert_snapshot!(folder.read_as(source.clone()), @r"
        m: `multi_statement` means nothing to goose
          delete `multi_statement` from its [[source]], or correct its `format`
        ");
        source.multi_statement = false;
        source.tool = Some(Tool::Flyway);
        assert_snapshot!(folder.read_as(source), @r"
        m: there are SQL files, and none of them is one of flyway
          `format` in its [[source]] is one of golang-migrate, drizzle, numbered, rollbacks, refinery, sqlx, diesel, dbmate, goose, flyway, node-pg-migrate
        ");
    }
}
