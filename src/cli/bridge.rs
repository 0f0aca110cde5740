//! The bridge: the project's own Alembic, started for one step at a time.

use std::io;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;

use super::context::Context;
use crate::execute::Bridge;
use crate::id::RevisionId;
use crate::plan::Step;
use crate::script::Direction;

/// How many of its last lines are told where it fails.
const LINES: usize = 12;

/// What starts Alembic.
#[derive(Debug)]
struct Alembic {
    words: Vec<String>,
    directory: PathBuf,
}

/// Returns the bridge, where the settings have one.
#[must_use]
pub fn of(context: &Context<'_>) -> Option<Arc<dyn Bridge>> {
    let mut words = context.config.python.bridge.clone()?;
    for (key, value) in &context.global.x {
        words.extend(["-x".to_owned(), format!("{key}={value}")]);
    }
    Some(Arc::new(Alembic {
        words,
        // Where a person would start it: Alembic looks for its files there.
        directory: context.environment.directory.join(&context.config.root),
    }))
}

impl Bridge for Alembic {
    fn carry_out(&self, step: &Step, parents: &[RevisionId]) -> Result<(), String> {
        let (program, arguments) = self.words.split_first().ok_or("the command is empty")?;
        let output = Command::new(program)
            .args(arguments)
            .args(target(step, parents))
            .current_dir(&self.directory)
            .stdin(Stdio::null())
            .output()
            .map_err(|error| cannot_start(program, &error))?;
        if output.status.success() {
            return Ok(());
        }
        let mut said = String::from_utf8_lossy(&output.stdout).into_owned();
        said.push_str(&String::from_utf8_lossy(&output.stderr));
        let lines: Vec<&str> = said
            .lines()
            .filter(|line| !line.trim().is_empty())
            .collect();
        let last = &lines[lines.len().saturating_sub(LINES)..];
        Err(format!(
            "`{}`: {}\n{}",
            self.words.join(" "),
            output.status,
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
