//! Handing over to the project's own binary, which has its Rust-coded revisions compiled in.
//!
//! The installed `limbeck` reads what Rust-coded revisions say of themselves, but cannot run them.
//! Where that is needed it starts the project's binary with the same arguments.

use std::io;
use std::process::Command;

use super::config::Config;
use super::context::Context;
use super::environment::Environment;
use super::exit::Exit;
use super::failure::Failure;
use crate::declaration::Format;
use crate::graph::RevisionGraph;

/// Set for the binary that is handed over to, so that it never hands over again.
const MARK: &str = "LIMBECK_HANDED_OVER";

const CARGO_RUN: [&str; 2] = ["cargo", "run"];

/// Returns whether a revision is coded in Rust and this program was compiled without any.
#[must_use]
pub fn is_needed(context: &Context<'_>, graph: &RevisionGraph) -> bool {
    context.compiled.is_empty() && graph.revisions().any(|node| node.format() == Format::Rust)
}

/// Becomes the other binary.
///
/// Where the system has no such thing, runs it and returns how it ended.
///
/// # Errors
/// Fails when it cannot be started, or is this one again.
pub fn run(context: &mut Context<'_>) -> Result<Exit, Failure> {
    if context.environment.get(MARK).is_some() {
        return Err(Failure::new(
            "not_compiled",
            "the project's own binary has no revisions in it",
        )
        .hint("its main function is `limbeck::cli::main(limbeck::versions!())`"));
    }
    let config = context.config;
    let by_cargo = config.rust_binary.is_none() && config.rust_command.iter().take(2).eq(CARGO_RUN);
    if by_cargo && !has_manifest(config, context.environment) {
        let message =
            "some revisions are coded in Rust, and there is no Cargo.toml to build them with";
        return Err(Failure::new("not_compiled", message).hint(
            "`limbeck init -t rust` shows what a project needs; `rust.binary` in limbeck.toml names a built one",
        ));
    }
    let mut command = command(config, context.environment);
    let program = command.get_program().to_string_lossy().into_owned();
    context
        .ui
        .status(&format!("revisions coded in Rust are run by {program} …"));
    become_it(&mut command).map_err(|error| {
        Failure::new("not_compiled", format!("cannot start `{program}`: {error}"))
            .hint("`rust.binary` and `rust.command` in limbeck.toml say what runs such revisions")
    })
}

fn has_manifest(config: &Config, environment: &Environment) -> bool {
    let here = &environment.directory;
    let mut folders = here.ancestors();
    folders.any(|folder| folder.join("Cargo.toml").is_file())
        || here.join(&config.root).join("Cargo.toml").is_file()
}

/// The process becomes the other one, so that signals reach it and its end is this one's.
#[cfg(unix)]
fn become_it(command: &mut Command) -> io::Result<Exit> {
    use std::os::unix::process::CommandExt;
    Err(command.exec())
}

#[cfg(not(unix))]
fn become_it(command: &mut Command) -> io::Result<Exit> {
    Ok(match command.status()?.code() {
        Some(0) => Exit::Done,
        Some(2) => Exit::Usage,
        Some(3) => Exit::Stopped,
        Some(4) => Exit::No,
        _ => Exit::Failed,
    })
}

/// The command that runs the project's binary, in this directory and with this program's arguments:
/// it finds the same settings by itself.
fn command(config: &Config, environment: &Environment) -> Command {
    let directory = &environment.directory;
    let mut command = match &config.rust_binary {
        Some(binary) => Command::new(directory.join(binary)),
        None => {
            let words = &config.rust_command;
            let mut command = Command::new(words.first().map_or("cargo", String::as_str));
            command.args(words.iter().skip(1).take(1));
            let manifest = config.root.join("Cargo.toml");
            // cargo looks upwards from here, where limbeck.toml need not be.
            if words.iter().take(2).eq(CARGO_RUN) && directory.join(&manifest).is_file() {
                command.arg("--manifest-path").arg(manifest);
            }
            command.args(words.iter().skip(2));
            command
        }
    };
    command.current_dir(directory).env(MARK, "1");
    command.args(environment.arguments.iter().skip(1));
    command
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::config::Typed;

    fn words(settings: &str) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("below")).unwrap();
        std::fs::write(folder.path().join("limbeck.toml"), settings).unwrap();
        std::fs::write(folder.path().join("Cargo.toml"), "").unwrap();
        let mut environment = Environment::default();
        environment.arguments = ["limbeck", "upgrade", "head"].map(Into::into).to_vec();
        environment.directory = folder.path().join("below");
        let config = Config::load(&Typed::default(), &environment).unwrap();
        let command = command(&config, &environment);
        let program = command.get_program().to_string_lossy().into_owned();
        let arguments = command.get_args().map(|a| a.to_string_lossy().into_owned());
        let words = std::iter::once(program).chain(arguments);
        let here = environment.directory.display().to_string();
        words.map(|word| word.replace(&here, "HERE")).collect()
    }

    #[test]
    fn cargo_is_told_where_the_project_is() {
        let line = words("").join(" ");
        assert_eq!(
            line,
            "cargo run --manifest-path ../Cargo.toml --quiet -- upgrade head"
        );
    }

    #[test]
    fn a_binary_or_another_command_is_taken_as_it_is() {
        let line = words("[rust]\ncommand = ['just', 'migrate']").join(" ");
        assert_eq!(line, "just migrate upgrade head");
        let line = words("[rust]\nbinary = 'target/migrate'").join(" ");
        assert_eq!(line, "HERE/../target/migrate upgrade head");
    }
}
