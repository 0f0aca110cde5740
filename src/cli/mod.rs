//! The command line: `limbeck` itself, and the binary of a project with Rust-coded revisions.
//!
//! [`main`] is the way in. Here the library's answers become text, JSON and exit codes; the library
//! itself prints nothing, reads no environment and ends no process.

pub mod args;
mod bridge;
pub mod commands;
mod comparison;
pub mod config;
mod confirm;
mod context;
mod draw;
mod environment;
pub mod exit;
mod failure;
mod file_name;
mod git;
mod handover;
mod hint;
mod hooks;
mod in_step;
mod json;
mod late;
mod live;
mod look;
mod new_revision;
mod order;
mod paint;
mod progress;
mod project;
mod run;
mod schema;
mod suggest;
mod text;
mod ui;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{ColorChoice, CommandFactory, FromArgMatches};

use self::args::{Cli, Command, Global, OutputFormat};
use self::config::{Config, Typed};
use self::context::Context;
use self::environment::Environment;
use self::exit::Exit;
use self::failure::{Candidate, Failure};
use self::ui::Ui;
use crate::op::CompiledRevision;

/// Runs the command line of this process.
///
/// `compiled` are the Rust-coded revisions of the program, `limbeck::versions!()`:
///
/// ```no_run
/// use std::process::ExitCode;
///
/// fn main() -> ExitCode {
///     limbeck::cli::main(&[])
/// }
/// ```
#[must_use]
pub fn main(compiled: &'static [CompiledRevision]) -> ExitCode {
    let environment = Environment::of_process();
    run(compiled, &environment).into()
}

fn run(compiled: &'static [CompiledRevision], environment: &Environment) -> Exit {
    let cli = match parse(environment) {
        Ok(cli) => cli,
        Err(error) => return refuse(&error, environment),
    };
    let mut ui = Ui::of_process(&cli.global, environment);
    let result = dispatch(&cli, compiled, environment, &mut ui);
    result.unwrap_or_else(|failure| {
        ui.fail(&failure);
        failure.exit
    })
}

fn parse(environment: &Environment) -> Result<Cli, clap::Error> {
    let command = Cli::command().color(typed_color(&environment.arguments));
    let matches = command.try_get_matches_from(&environment.arguments);
    let matches = matches.map_err(|error| suggest::commands(error, &Cli::command()))?;
    Cli::from_arg_matches(&matches)
}

fn dispatch(
    cli: &Cli,
    compiled: &'static [CompiledRevision],
    environment: &Environment,
    ui: &mut Ui,
) -> Result<Exit, Failure> {
    let global = &cli.global;
    // These two are for where there is no project yet.
    match &cli.command {
        Command::Init(args) => return commands::init::run(args, environment, ui),
        Command::ListTemplates(args) => return commands::list_templates::run(args, ui),
        _ => {}
    }
    let typed = Typed {
        files: &global.config,
        name: global.name.as_deref(),
        url: global.url.as_deref(),
        x: &global.x,
    };
    let config = Config::load(&typed, environment).map_err(|e| Failure::of_config(&e))?;
    let context = &mut Context {
        global,
        config: &config,
        environment,
        compiled,
        ui,
    };
    match &cli.command {
        Command::Init(_) | Command::ListTemplates(_) => Ok(Exit::Done),
        Command::Revision(args) => commands::revision::run(args, context),
        Command::Merge(args) => commands::merge::run(args, context),
        Command::Rebase(args) => commands::rebase::run(args, context),
        Command::Edit(args) => commands::edit::run(args, context),
        Command::Upgrade(args) => commands::upgrade::run(args, context),
        Command::Downgrade(args) => commands::downgrade::run(args, context),
        Command::Rollback(args) => commands::rollback::run(args, context),
        Command::Goto(args) => commands::goto::run(args, context),
        Command::Redo(args) => commands::redo::run(args, context),
        Command::Stamp(args) => commands::stamp::run(args, context),
        Command::Adopt(args) => commands::adopt::run(args, context),
        Command::Resolve(args) => commands::resolve::run(args, context),
        Command::Plan(args) => commands::plan::run(args, context),
        Command::Current(args) => commands::current::run(args, context),
        Command::Status(args) => commands::status::run(args, context),
        Command::History(args) => commands::history::run(args, context),
        Command::Graph(args) => commands::graph::run(args, context),
        Command::Heads(args) => commands::heads::run(args, context),
        Command::Branches(args) => commands::branches::run(args, context),
        Command::Show(args) => commands::show::run(args, context),
        Command::Check(args) => commands::check::run(args, context),
        Command::Alembic(args) => commands::alembic::run(args, context),
        Command::Introspect(args) => commands::introspect::run(args, context),
        Command::Diff(args) => commands::diff::run(args, context),
        Command::Detect(args) => commands::detect::run(args, context),
        Command::Fingerprint(args) => commands::fingerprint::run(args, context),
        Command::Reset(args) => commands::reset::run(args, context),
        Command::Db(args) => commands::db::run(args, context),
        Command::EnsureVersion(args) => commands::ensure_version::run(args, context),
    }
}

/// Tells of a command line that clap refuses, or prints the help or version that was asked for.
fn refuse(error: &clap::Error, environment: &Environment) -> Exit {
    let asked = matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    );
    let arguments = &environment.arguments;
    if asked || !wants_json(arguments) {
        // A pipe that nobody reads is no reason to say more.
        let _ = error.print();
    }
    if asked {
        return Exit::Done;
    }
    let hint = match error.kind() {
        ErrorKind::MissingRequiredArgument if lacks_target(error) => missing_target(arguments),
        ErrorKind::InvalidSubcommand
            if suggest::suggested(error).is_empty()
                && arguments.iter().any(|word| word == "plan") =>
        {
            Some("`limbeck plan upgrade head` shows what `limbeck upgrade head` would do")
        }
        _ => None,
    };
    let is_json = wants_json(arguments);
    let global = Global {
        format: match is_json {
            true => OutputFormat::Json,
            false => OutputFormat::Human,
        },
        color: typed_color(arguments),
        ..Global::default()
    };
    let mut ui = Ui::of_process(&global, environment);
    match (is_json, hint) {
        (true, hint) => {
            let text = error.render().to_string();
            let lines = text.lines().take_while(|line| !line.is_empty());
            let message = lines.map(str::trim).collect::<Vec<_>>().join(" ");
            let message = message.strip_prefix("error: ").unwrap_or(&message);
            let meant = suggest::suggested(error);
            let hints = meant.iter().map(|name| format!("did you mean `{name}`?"));
            let failure = Failure::usage(message)
                .candidates(meant.iter().map(Candidate::named).collect())
                .hints(hint.map(str::to_owned))
                .hints(hints);
            ui.fail(&failure);
        }
        (false, Some(hint)) => ui.hint(hint),
        (false, None) => {}
    }
    Exit::Usage
}

/// Whether what is missing names a revision.
fn lacks_target(error: &clap::Error) -> bool {
    match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::Strings(missing)) => missing
            .iter()
            .any(|name| name.starts_with('<') || name.starts_with("--onto")),
        _ => false,
    }
}

/// Says what a command that needs a target is usually given.
fn missing_target(arguments: &[OsString]) -> Option<&'static str> {
    arguments
        .iter()
        .find_map(|argument| match argument.to_str()? {
            "upgrade" => Some("`limbeck upgrade head` goes to the newest revision"),
            "downgrade" => Some("`limbeck downgrade -1` takes the last revision back"),
            "resolve" | "force" => Some(
                "`limbeck resolve 1975ea --applied` where all of it is there, `--not-applied` where nothing is",
            ),
            "goto" => Some("`limbeck goto 1975ea` goes up or down to that revision"),
            "stamp" => Some("`limbeck stamp head` notes down that all is applied"),
            "merge" => Some("`limbeck merge heads -m \"…\"` joins all heads"),
            "rebase" => {
                Some("`limbeck rebase 1975ea --onto 27c6a3` puts the one on top of the other")
            }
            "show" | "edit" => Some("`limbeck show head` is the newest revision"),
            _ => None,
        })
}

/// Looks for `--format json` where the command line as a whole could not be read.
fn wants_json(arguments: &[OsString]) -> bool {
    arguments.iter().any(|argument| argument == "--format=json")
        || arguments
            .windows(2)
            .any(|pair| pair[0] == "--format" && pair[1] == "json")
}

/// Looks for `--color`, which help and refusals need before the command line is read.
fn typed_color(arguments: &[OsString]) -> ColorChoice {
    let mut values = arguments.iter().enumerate().filter_map(|(i, argument)| {
        let text = argument.to_str()?;
        match text.strip_prefix("--color=") {
            Some(value) => Some(value),
            None if text == "--color" => arguments.get(i + 1)?.to_str(),
            None => None,
        }
    });
    match values.next() {
        Some("always") => ColorChoice::Always,
        Some("never") => ColorChoice::Never,
        _ => ColorChoice::Auto,
    }
}
