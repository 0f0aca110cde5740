//! `limbeck db wait`: waits until the server takes connections, or the database has all revisions.

use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};
use serde_json::json;

use crate::catalog::Catalog;
use crate::cli::commands::status::Standing;
use crate::cli::config;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::{Failure, sentence};
use crate::cli::json::milliseconds;
use crate::cli::live;
use crate::cli::project;
use crate::cli::run::stop_on_signal;
use crate::cli::ui::Talker;
use crate::database::{ConnectError, Database, Interrupt, OpenError, Settings};
use crate::execute::short;

/// How long to wait between two tries, the first time and at most.
const PAUSES: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));
/// How soon a signal is noticed.
const SLICE: Duration = Duration::from_millis(20);

/// Wait for the server, or for the database to have all revisions
///
/// Exits with 4 where the time ran out. What waiting does not help, such as a wrong password, is an
/// error at once.
#[derive(Debug, Args)]
pub struct WaitArgs {
    /// What to wait for
    #[arg(long = "for", value_name = "WHAT", default_value = "server")]
    pub until: Until,

    /// How long at most, such as 500ms, 60s or 5min
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = patience)]
    pub timeout: Duration,
}

/// What to wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Until {
    /// The server takes connections
    Server,
    /// All revisions of the files are applied, and none is half-done
    Head,
}

fn patience(text: &str) -> Result<Duration, String> {
    config::time(text).ok_or_else(|| "a time such as 500ms, 60s or 5min".to_owned())
}

/// What one look at the database came to.
enum Look {
    Ready(String),
    NotYet(String),
}

/// Runs the command.
///
/// # Errors
/// Fails when the revisions cannot be read, and for what waiting does not help.
pub fn run(args: &WaitArgs, context: &mut Context<'_>) -> Result<Exit, Failure> {
    let interrupt = Interrupt::default();
    stop_on_signal(interrupt.clone())?;
    let catalog = match args.until {
        Until::Server => None,
        Until::Head => Some(project::whole(context)?),
    };
    let begun = Instant::now();
    let mut settings = live::settings(context, interrupt.clone())?;
    let news = News::new(context.ui.talker());
    let hook = news.clone();
    settings.retrying = Some(Arc::new(move |error| hook.tell(&sentence(error))));
    let mut pause = PAUSES.0;
    loop {
        // A server that is starting is asked again, and a silent one given up, within this time.
        settings.retry.within = args.timeout.saturating_sub(begun.elapsed());
        let reason = match look(&settings, catalog.as_deref())? {
            Look::Ready(what) => {
                let waited = begun.elapsed();
                context.ui.talk(&format!("{what}, after {}", short(waited)));
                return answer(args, waited, None, context);
            }
            Look::NotYet(reason) => reason,
        };
        let waited = begun.elapsed();
        if waited >= args.timeout {
            let line = format!("not ready after {}: {reason}", short(waited));
            context.ui.talk(&line);
            return answer(args, waited, Some(&reason), context);
        }
        news.tell(&reason);
        sleep(pause.min(args.timeout - waited), &interrupt)?;
        pause = (pause * 2).min(PAUSES.1);
    }
}

/// Tells what is waited for, once for each reason.
#[derive(Clone)]
struct News {
    talker: Talker,
    told: Arc<Mutex<String>>,
}

impl News {
    fn new(talker: Talker) -> Self {
        let told = Arc::default();
        Self { talker, told }
    }

    fn tell(&self, reason: &str) {
        let Ok(mut told) = self.told.lock() else {
            return;
        };
        if *told != reason {
            self.talker.talk(&format!("waiting: {reason}"));
            reason.clone_into(&mut told);
        }
    }
}

fn answer(
    args: &WaitArgs,
    waited: Duration,
    reason: Option<&str>,
    context: &mut Context<'_>,
) -> Result<Exit, Failure> {
    if context.ui.json {
        let until = match args.until {
            Until::Server => "server",
            Until::Head => "head",
        };
        context.ui.answer_json(&json!({
            "for": until,
            "ready": reason.is_none(),
            "reason": reason,
            "duration_ms": milliseconds(waited),
        }))?;
    }
    Ok(match reason {
        None => Exit::Done,
        Some(_) => Exit::No,
    })
}

fn sleep(time: Duration, interrupt: &Interrupt) -> Result<(), Failure> {
    let begun = Instant::now();
    while begun.elapsed() < time {
        if interrupt.is_triggered() {
            return Err(Failure::of_open(&OpenError::Interrupted));
        }
        thread::sleep(SLICE.min(time - begun.elapsed().min(time)));
    }
    Ok(())
}

/// Looks once; `catalog` holds the revisions that are to be applied, where that is waited for.
fn look(settings: &Settings, catalog: Option<&Catalog>) -> Result<Look, Failure> {
    let mut database = match Database::connect(settings.clone()) {
        Ok(database) => database,
        Err(OpenError::Connect(error)) => return not_yet(&error, catalog.is_none()),
        Err(error) => return Err(Failure::of_open(&error)),
    };
    let Some(catalog) = catalog else {
        return Ok(Look::Ready("the server takes connections".to_owned()));
    };
    let asked = live::ask(&mut database).and_then(|told| {
        let extended = live::extended(&mut database, &told.state, catalog)?;
        Ok((told, extended))
    });
    let (told, extended) = match asked {
        // A server that is restarted takes its connections along.
        Err(failure) if failure.code == "connection" => return Ok(Look::NotYet(failure.message)),
        asked => asked?,
    };
    let standing = Standing::new(catalog, extended.as_ref(), &told, Vec::new());
    Ok(match standing.lacks() {
        None => Look::Ready("all revisions are applied".to_owned()),
        Some(lack) => Look::NotYet(lack),
    })
}

/// Tells what will pass from what will not.
fn not_yet(error: &ConnectError, only_server: bool) -> Result<Look, Failure> {
    let passes = error.is_transient()
        || matches!(
            error,
            ConnectError::HostNotFound { .. }
                | ConnectError::Unreachable { .. }
                | ConnectError::TooManyConnections { .. }
                | ConnectError::SessionAttrs { .. }
                | ConnectError::None { .. }
        );
    match error {
        // What says so is a server that takes connections.
        ConnectError::NoSuchDatabase { to } if only_server => Ok(Look::Ready(format!(
            "the server takes connections, but has no database `{}`",
            to.database
        ))),
        ConnectError::NoSuchDatabase { .. } => Ok(Look::NotYet(sentence(error))),
        _ if passes => Ok(Look::NotYet(sentence(error))),
        _ => Err(Failure::of_connect(error)),
    }
}
