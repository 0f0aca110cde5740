//! `limbeck edit`: opens revision files in the editor.

use std::process::Command;

use clap::Args;

use crate::cli::context::Context;
use crate::cli::environment::Environment;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::hint::Asking;
use crate::cli::project;
use crate::graph::Node;

/// Open a revision file in $VISUAL or $EDITOR
#[derive(Debug, Args)]
pub struct EditArgs {
    /// The revision, such as head, 1975ea or users@head
    #[arg(value_name = "REVISION", allow_negative_numbers = true)]
    pub revision: String,
}

/// Runs the command.
///
/// # Errors
/// Fails when no revision is meant, it has no file, or the editor does not start or fails.
pub fn run(args: &EditArgs, context: &mut Context<'_>) -> Result<Exit, Failure> {
    let catalog = project::healthy_part(context)?;
    let graph = catalog.graph();
    let nodes = project::named(context, graph, &args.revision, Asking::Edit)?;
    let paths: Vec<_> = nodes.iter().filter_map(|node| Node::path(node)).collect();
    if paths.is_empty() {
        let message = format!("`{}` names no revision that has a file", args.revision);
        return Err(Failure::new("no_file", message));
    }
    if named_editor(context.environment).is_none() && !context.environment.stdout_terminal {
        let message = "no editor is named, and `vi` needs a terminal";
        return Err(Failure::new("editor_failed", message).hint(NAME_ONE));
    }
    let (program, arguments) = editor(context.environment)?;
    let status = Command::new(&program)
        .args(arguments)
        .args(paths)
        .current_dir(&context.environment.directory)
        .status();
    match status {
        Ok(status) if status.success() => Ok(Exit::Done),
        Ok(status) => {
            let message = format!("the editor `{program}` failed: {status}");
            Err(Failure::new("editor_failed", message))
        }
        Err(error) => {
            let message = format!("cannot start the editor `{program}`: {error}");
            Err(Failure::new("editor_failed", message).hint(NAME_ONE))
        }
    }
}

const NAME_ONE: &str = "set the variable `VISUAL` or `EDITOR` to the editor of your choice";

fn named_editor(environment: &Environment) -> Option<&str> {
    environment.get("VISUAL").or(environment.get("EDITOR"))
}

fn editor(environment: &Environment) -> Result<(String, Vec<String>), Failure> {
    let line = named_editor(environment).unwrap_or("vi");
    let mut words = shlex::split(line).unwrap_or_default().into_iter();
    match words.next() {
        Some(program) => Ok((program, words.collect())),
        None => {
            let message = format!("the editor `{line}` is no command line");
            Err(Failure::new("editor_failed", message).hint(NAME_ONE))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn visual_goes_before_editor_and_may_have_arguments() {
        let environment = Environment::default().with("EDITOR", "nano");
        assert_eq!(editor(&environment).unwrap().0, "nano");
        let environment = environment.with("VISUAL", "'my editor' --wait");
        let (program, arguments) = editor(&environment).unwrap();
        assert_eq!(
            (program.as_str(), arguments),
            ("my editor", vec!["--wait".to_owned()])
        );
        assert_eq!(editor(&Environment::default()).unwrap().0, "vi");
        assert!(editor(&Environment::default().with("VISUAL", "'a")).is_err());
    }
}
