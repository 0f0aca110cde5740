//! Programs that are run on a new revision file, as Alembic's `post_write_hooks`.
//!
//! What they are is settled before the file is written; how one ends is told and stops nothing, for
//! then the file is there.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::context::Context;
use super::environment::Environment;
use super::failure::Failure;

/// What stands for the file's path in a hook's options.
const TOKEN: &str = "REVISION_SCRIPT_FILENAME";

/// A hook as the settings have it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hook {
    /// Its name, for messages.
    pub name: String,
    /// What else is said of it: `type`, `executable`, `entrypoint`, `module`, `options`, `cwd`.
    pub options: BTreeMap<String, String>,
}

/// A hook that can be run.
#[derive(Debug)]
pub struct Ready {
    name: String,
    program: PathBuf,
    arguments: Vec<String>,
    folder: Option<PathBuf>,
}

/// Finds the programs of all hooks.
///
/// # Errors
/// Fails when a hook does not say what it runs, or its program is a Python one that is not found.
pub fn prepare(context: &Context<'_>) -> Result<Vec<Ready>, Failure> {
    let environment = context.environment;
    let config = context.config;
    let hooks = config.post_write_hooks.iter();
    hooks
        .map(|hook| ready(hook, &config.root, environment))
        .collect()
}

/// Runs hooks on a file, in order.
pub fn run(hooks: &[Ready], file: &Path, context: &mut Context<'_>) {
    let directory = &context.environment.directory;
    let file = directory.join(file).display().to_string();
    for hook in hooks {
        let name = &hook.name;
        context
            .ui
            .talk(&format!("Running post write hook '{name}' ..."));
        let arguments = hook.arguments.iter().map(|text| text.replace(TOKEN, &file));
        let status = Command::new(&hook.program)
            .args(arguments)
            .current_dir(hook.folder.as_ref().unwrap_or(directory))
            .stdin(Stdio::null())
            // What a command answers is its own; a hook may only talk.
            .stdout(Stdio::from(io::stderr()))
            .status();
        let message = match status {
            Ok(status) if status.success() => {
                context.ui.talk("  done");
                continue;
            }
            Ok(status) => format!("the post write hook `{name}` failed: {status}"),
            Err(error) => {
                let program = hook.program.display();
                format!("the post write hook `{name}` cannot start `{program}`: {error}")
            }
        };
        context.ui.talk("  FAILED");
        context.ui.warn(&Failure::new("hook_failed", message));
    }
}

fn ready(hook: &Hook, root: &Path, environment: &Environment) -> Result<Ready, Failure> {
    let option = |key: &str| {
        let value = hook.options.get(key).map(String::as_str);
        value.ok_or_else(|| lacks(hook, key))
    };
    let mut before = Vec::new();
    let program = match option("type")? {
        "exec" => PathBuf::from(option("executable")?),
        "console_scripts" => of_python(hook, option("entrypoint")?, environment)?,
        "module" => {
            before.extend(["-m".to_owned(), option("module")?.to_owned()]);
            of_python(hook, "python", environment)
                .or_else(|_| of_python(hook, "python3", environment))?
        }
        other => {
            let name = &hook.name;
            let message = format!("the post write hook `{name}` is of type `{other}`");
            return Err(Failure::new("hook", message).hint(
                "the types are `exec`, `console_scripts` and `module`; others are Python's",
            ));
        }
    };
    let options = hook.options.get("options").map_or("", String::as_str);
    let options = if options.contains(TOKEN) {
        options.to_owned()
    } else {
        format!("{TOKEN} {options}")
    };
    let Some(words) = shlex::split(&options) else {
        let message = format!(
            "the options of the post write hook `{}` do not end",
            hook.name
        );
        return Err(Failure::new("hook", message).detail(options));
    };
    before.extend(words);
    Ok(Ready {
        name: hook.name.clone(),
        program,
        arguments: before,
        folder: hook
            .options
            .get("cwd")
            .map(|cwd| environment.directory.join(root).join(cwd)),
    })
}

fn lacks(hook: &Hook, key: &str) -> Failure {
    let name = &hook.name;
    Failure::new(
        "hook",
        format!("the post write hook `{name}` has no `{key}`"),
    )
    .hint(format!("`{name}.{key}` in an INI file, `{key}` in TOML"))
}

/// Looks for a program of the project's Python: in its environment first, then where all are.
fn of_python(hook: &Hook, program: &str, environment: &Environment) -> Result<PathBuf, Failure> {
    let file = format!("{program}{}", std::env::consts::EXE_SUFFIX);
    let bin = if cfg!(windows) { "Scripts" } else { "bin" };
    let directory = &environment.directory;
    let active = environment
        .get("VIRTUAL_ENV")
        .map(|path| directory.join(path).join(bin));
    let beside = Some(directory.join(".venv").join(bin));
    let path = environment.get("PATH").unwrap_or_default();
    let folders = active
        .into_iter()
        .chain(beside)
        .chain(std::env::split_paths(path));
    let mut programs = folders.map(|folder| folder.join(&file));
    programs.find(|program| program.is_file()).ok_or_else(|| {
        let message = format!(
            "the post write hook `{}` needs `{program}`, which is not found",
            hook.name
        );
        Failure::new("hook", message).hint(
            "activate the project's Python environment; `VIRTUAL_ENV`, `.venv` and `PATH` are searched",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hook(options: &[(&str, &str)]) -> Hook {
        let options = options
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        Hook {
            name: "lint".to_owned(),
            options: options.collect(),
        }
    }

    fn refused(options: &[(&str, &str)]) -> String {
        let environment = Environment::default();
        ready(&hook(options), Path::new(""), &environment)
            .unwrap_err()
            .message
    }

    #[test]
    fn the_file_goes_where_the_token_stands_or_first() {
        let arguments = |options| {
            let hook = hook(&[("type", "exec"), ("executable", "x"), ("options", options)]);
            let ready = ready(&hook, Path::new(""), &Environment::default()).unwrap();
            ready.arguments.join("|")
        };
        assert_eq!(arguments("-l 79"), "REVISION_SCRIPT_FILENAME|-l|79");
        assert_eq!(
            arguments("--a 'b c' f=REVISION_SCRIPT_FILENAME"),
            "--a|b c|f=REVISION_SCRIPT_FILENAME"
        );
        assert_eq!(arguments(""), "REVISION_SCRIPT_FILENAME");
    }

    #[test]
    fn a_hook_that_cannot_run_is_refused_before_there_is_a_file() {
        assert_eq!(refused(&[]), "the post write hook `lint` has no `type`");
        assert_eq!(
            refused(&[("type", "exec")]),
            "the post write hook `lint` has no `executable`"
        );
        assert_eq!(
            refused(&[("type", "own")]),
            "the post write hook `lint` is of type `own`"
        );
        assert_eq!(
            refused(&[("type", "console_scripts"), ("entrypoint", "black")]),
            "the post write hook `lint` needs `black`, which is not found"
        );
        assert_eq!(
            refused(&[("type", "exec"), ("executable", "x"), ("options", "'")]),
            "the options of the post write hook `lint` do not end"
        );
    }
}
