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
