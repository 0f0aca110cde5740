//! Why a database is not reset, with what to do about it.

use super::Asking;
use crate::catalog::Catalog;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::database::held::Held;
use crate::execute::ResetError;

/// The longest list of objects that helps a person.
const LINES: usize = 20;

/// Names objects, one a line.
#[must_use]
pub fn named(objects: &[Held]) -> Vec<String> {
    let name = |object: &Held| format!("{} {}", object.kind, object.identity);
    let mut lines: Vec<String> = objects.iter().take(LINES).map(name).collect();
    if objects.len() > LINES {
        lines.push(format!("… and {} more", objects.len() - LINES));
    }
    lines
}

impl Failure {
    /// Tells why a database is not reset.
    #[must_use]
    pub fn of_reset(error: &ResetError, catalog: &Catalog) -> Self {
        let failure = |code| Self::new(code, error.to_string());
        let failure = match error {
            ResetError::Run(error) => return Self::of_run(error, catalog, Asking::Upgrade),
            ResetError::Unknown(objects) => {
                let mut failure = failure("unknown_objects")
                    .hint("`limbeck reset --with-unknown` drops them as well")
                    .hint("what is made by SQL that a function or a `DO` block puts together is not seen");
                failure.details = named(objects);
                failure
            }
            ResetError::Roles(_) => failure("role_exists")
                .hint("roles belong to all databases of a server: drop them by hand, or create them in a `DO` block that asks first"),
            ResetError::Changed => {
                failure("heads_moved").hint("run the command again: it looks again")
            }
            ResetError::Others { .. } => failure("other_objects")
                .hint("drop that first, or what it depends on by hand"),
            ResetError::Refused { server, .. } => {
                let mut failure = failure("sql_failed");
                failure.tell_server(server);
                failure
            }
            ResetError::Lost { .. } => failure("connection")
                .exit(Exit::Stopped)
                .hint("`limbeck status` shows what was done"),
        };
        failure.because(error)
    }
}
