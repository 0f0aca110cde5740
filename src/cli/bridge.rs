//! The bridge: the project's own Alembic, started for one step at a time.

use std::io;
use std::path::PathBuf;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::Arc;

use super::context::Context;
use crate::execute::Bridge;
use crate::id::RevisionId;
use crate::plan::Step;
use crate::replay::Follower;
use crate::script::Direction;

/// How many of its last lines are told where it fails.
const LINES: usize = 12;

/// What starts Alembic.
#[derive(Clone, Debug)]
struct Alembic {
    words: Vec<String>,
    directory: PathBuf,
    /// Variables that it gets beside those of this process.
    variables: Vec<(String, String)>,
}

/// Returns the bridge, where the settings have one.
#[must_use]
pub fn of(context: &Context<'_>) -> Option<Arc<dyn Bridge>> {
    Some(Arc::new(alembic(context)?))
}

fn alembic(context: &Context<'_>) -> Option<Alembic> {
    let mut words = context.config.python.bridge.clone()?;
    for (key, value) in &context.global.x {
        words.extend(["-x".to_owned(), format!("{key}={value}")]);
    }
    Some(Alembic {
        words,
        // Where a person would start it: Alembic looks for its files there.
        directory: context.environment.directory.join(&context.config.root),
        variables: Vec::new(),
    })
}

/// The variable that names the database, where no other one does.
const URL: &str = "DATABASE_URL";

/// Alembic, told by variables which database is meant.
pub struct Following {
    alembic: Alembic,
    url: String,
    variables: Vec<String>,
}

impl Following {
    /// Returns the bridge, where the settings have one, such that it may follow to other databases of
    /// the server of a URL: each variable that has this URL now leads there, and `DATABASE_URL` as well.
    #[must_use]
    pub fn of(context: &Context<'_>, url: &str) -> Option<Self> {
        let alembic = alembic(context)?;
        let having = context.environment.having(url).filter(|name| *name != URL);
        let variables = std::iter::once(URL).chain(having);
        url.contains("://").then(|| Self {
            alembic,
            url: url.to_owned(),
            variables: variables.map(str::to_owned).collect(),
        })
    }

    fn at(&self, database: &str) -> Alembic {
        let url = with_database(&self.url, database);
        let variables = self.variables.iter();
        Alembic {
            variables: variables.map(|name| (name.clone(), url.clone())).collect(),
            ..self.alembic.clone()
        }
    }
}

impl Follower for Following {
    fn bridge_to(&self, database: &str) -> Arc<dyn Bridge> {
        Arc::new(self.at(database))
    }

    fn asked_of(&self, database: &str) -> String {
        let said = self.at(database).start(&["current".to_owned()]);
        said.map_or_else(|problem| problem, |(_, said)| said)
    }
}

/// Returns a URL with another database, and all else that it says.
fn with_database(url: &str, database: &str) -> String {
    let (before, query) = match url.split_once('?') {
        Some((before, query)) => (before, format!("?{query}")),
        None => (url, String::new()),
    };
    let (scheme, rest) = before.split_once("://").unwrap_or(("", before));
    let authority = rest.split('/').next().unwrap_or_default();
    format!("{scheme}://{authority}/{database}{query}")
}

impl Alembic {
    /// Starts it with these words at the end, and returns how it ended and all that it said.
    fn start(&self, words: &[String]) -> Result<(ExitStatus, String), String> {
        let (program, arguments) = self.words.split_first().ok_or("the command is empty")?;
        let variables = self.variables.iter().map(|(name, value)| (name, value));
        let output = Command::new(program)
            .args(arguments)
            .args(words)
            .envs(variables)
            .current_dir(&self.directory)
            .stdin(Stdio::null())
            .output()
            .map_err(|error| cannot_start(program, &error))?;
        let mut said = String::from_utf8_lossy(&output.stdout).into_owned();
        said.push_str(&String::from_utf8_lossy(&output.stderr));
        Ok((output.status, said))
    }
}

impl Bridge for Alembic {
    fn carry_out(&self, step: &Step, parents: &[RevisionId]) -> Result<(), String> {
        let (status, said) = self.start(&target(step, parents))?;
        if status.success() {
            return Ok(());
        }
        let lines: Vec<&str> = said
            .lines()
            .filter(|line| !line.trim().is_empty())
            .collect();
        let last = &lines[lines.len().saturating_sub(LINES)..];
        Err(format!(
            "`{}`: {}\n{}",
            self.words.join(" "),
            status,
            last.join("\n")
        ))
    }
}

fn cannot_start(program: &str, error: &io::Error) -> String {
    format!("cannot start `{program}`: {error}")
}

/// Returns the words that make Alembic take just this step, from where it begins.
///
/// Up, the revisions below are applied, so that the id is enough. Down, the way is named together
/// with its end: `REV@PARENT` leads to the parent and leaves its other children alone.
fn target(step: &Step, parents: &[RevisionId]) -> [String; 2] {
    let revision = &step.revision;
    match step.direction {
        Direction::Upgrade | Direction::Stamp => ["upgrade".to_owned(), revision.to_string()],
        Direction::Downgrade => {
            let below = parents.first().map_or("base", RevisionId::as_str);
            ["downgrade".to_owned(), format!("{revision}@{below}")]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::with_database;

    #[test]
    fn a_url_leads_to_another_database_and_is_the_same_otherwise() {
        for (url, expected) in [
            ("postgresql://h", "postgresql://h/x"),
            ("postgres://u:p%2F@h:1/d", "postgres://u:p%2F@h:1/x"),
            (
                "postgresql+psycopg://u@/d?host=/run/a&sslmode=disable",
                "postgresql+psycopg://u@/x?host=/run/a&sslmode=disable",
            ),
        ] {
            assert_eq!(with_database(url, "x"), expected);
        }
    }
}
