//! Errors of reading a schema and of replaying revisions, with what to do about them.

use crate::catalog::Catalog;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::hint::Asking;
use crate::database::OpenError;
use crate::database::session::SessionError;
use crate::replay::ReplayError;
use crate::schema::ReadError;
use crate::scratch::ScratchError;
use crate::sql::quote::ident;

impl Failure {
    /// Tells of a schema that cannot be read.
    #[must_use]
    pub fn of_read(error: &ReadError) -> Self {
        match error {
            ReadError::Row { .. } => Self::new("catalog", error.to_string())
                .hint("this is a fault of limbeck; please report it with the server's version"),
            ReadError::Session(error) => Self::of_session(error),
        }
        .because(error)
    }

    /// Tells of a throw-away database that cannot be had.
    fn of_scratch(error: &ScratchError) -> Self {
        let elsewhere = "`--scratch URL` makes it on another server; `--scratch embedded:PATH` needs none, where limbeck was built with one";
        match error {
            ScratchError::Rights { role } => Self::new("no_rights", error.to_string())
                .hint(format!("`ALTER ROLE {} CREATEDB` lets it", ident(role)))
                .hint(elsewhere),
            ScratchError::ReadOnly => Self::new("read_only", error.to_string()).hint(elsewhere),
            ScratchError::Open(OpenError::Interrupted) => {
                Self::of_session(&SessionError::Interrupted)
            }
            ScratchError::Open(open) => {
                let failure = Self::of_open(open);
                let message = format!("{error}: {}", failure.message);
                Self { message, ..failure }.hint(elsewhere)
            }
            ScratchError::Random { .. } => Self::new("io", error.to_string()),
            ScratchError::Session(session) => match session.server() {
                Some(_) => Self::of_session(session).hint(elsewhere),
                None => Self::of_session(session),
            },
        }
    }

    /// Tells of revisions that cannot be replayed.
    #[must_use]
    pub fn of_replay(error: &ReplayError, catalog: &Catalog) -> Self {
        match error {
            ReplayError::Scratch(error) => Self::of_scratch(error),
            ReplayError::Run(run) => {
                let mut failure = Self::of_run(run, catalog, Asking::Upgrade);
                failure.exit = Exit::Failed;
                failure.message = format!("on a throw-away database, {}", failure.message);
                // It is the throw-away one that stands there.
                failure
                    .details
                    .retain(|line| !line.starts_with("done before it: "));
                failure
                    .hints
                    .retain(|hint| !hint.starts_with("`limbeck status`"));
                failure
            }
            ReplayError::Read(error) => Self::of_read(error),
            ReplayError::Target(error) => Self::of_target(error, Asking::Upgrade),
        }
        .because(error)
    }
}
