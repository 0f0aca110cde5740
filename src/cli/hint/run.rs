//! Errors of running, with what to do about them.

use crate::catalog::{Catalog, ScriptError};
use crate::cli::exit::Exit;
use crate::cli::failure::{Failure, sentence};
use crate::cli::hint::excerpt::excerpt;
use crate::cli::hint::{Asking, candidates};
use crate::cli::text::count;
use crate::database::session::ServerError;
use crate::declaration::{Format, Tool};
use crate::execute::{self, Cause, During, Impossible, RepeatFailure, Report, RunError};
use crate::id::RevisionId;
use crate::op;
use crate::plan::Direction;

/// What a file of each format needs to lead back.
fn way_back(format: Format) -> &'static str {
    let Format::Tool(tool) = format else {
        return "`-- limbeck: downgrade` begins that section, which may be empty";
    };
    match tool {
        Tool::GolangMigrate | Tool::Numbered => {
            "a file with its number that ends in `.down.sql` leads back; it may be empty"
        }
        Tool::Sqlx => {
            "a file with its number that ends in `.down.sql` leads back, beside one that ends in `.up.sql`"
        }
        Tool::Rollbacks => {
            "a file with its number in the folder of rollbacks leads back; it may be empty"
        }
        Tool::Diesel => "a `down.sql` beside it leads back; it may be empty",
        Tool::Dbmate => "`-- migrate:down` begins that section, which may be empty",
        Tool::Goose => "`-- +goose Down` begins that section, which may be empty",
        Tool::NodePgMigrate => "`-- Down Migration` begins that section, which may be empty",
        Tool::Flyway => "a file that begins with `U` and its version leads back",
        Tool::Drizzle | Tool::Refinery => {
            "its tool has no way back: a new revision can undo what it did"
        }
    }
}

impl Failure {
    #[must_use]
    pub fn of_script(error: &ScriptError) -> Self {
        match error {
            ScriptError::Unknown { .. } => Self::new("unknown_revision", error.to_string())
                .hint("this checkout may be older than the database"),
            ScriptError::Source(error) => Self::of_source(error),
        }
    }

    fn of_impossible(error: &Impossible) -> Self {
        let failure = |code| Self::new(code, error.to_string());
        let (failure, place) = match error {
            Impossible::NoBody {
                direction,
                path,
                format,
                ..
            } => {
                let hint = match direction {
                    Direction::Downgrade => way_back(*format),
                    Direction::Upgrade | Direction::Stamp => {
                        "`-- limbeck: upgrade` begins that section"
                    }
                };
                (failure("no_body").hint(hint), path)
            }
            Impossible::NotCompiled { path, .. } => (
                failure("not_compiled")
                    .hint("run the project's own binary, built from these files"),
                path,
            ),
            Impossible::Raises { path, line, .. } => {
                let place = path.as_ref();
                let place = place.map(|path| format!("{}:{line}", path.display()));
                return place.into_iter().fold(failure("no_body"), Self::detail).hint(
                    "`limbeck alembic eject` writes the revision in SQL, to be given a way back",
                );
            }
            Impossible::Foreign {
                revision,
                path,
                foreign,
                format,
            } => {
                let failure = failure("not_translated");
                let failure = match format {
                    Format::Tool(tool) => failure.hint(format!(
                        "{tool} runs it; `limbeck stamp` notes down what is applied by other means"
                    )),
                    _ => failure
                        .hint(who_runs_python(revision.as_str()))
                        .hint("`limbeck alembic report` lists all such revisions"),
                };
                let place = path.as_ref().map(|path| match foreign.line {
                    0 => path.display().to_string(),
                    line => format!("{}:{line}", path.display()),
                });
                return place.into_iter().fold(failure, Self::detail);
            }
            Impossible::MayStop {
                revision,
                path,
                foreign,
            } => {
                let place = path.as_ref();
                let place = place.map(|path| format!("{}:{}", path.display(), foreign.line));
                return place
                    .into_iter()
                    .fold(failure("may_stop"), Self::detail)
                    .hint(
                        "`transaction = \"all\"` takes the whole run back where it comes to that; \
                         as the first step of a run it is carried out as it is",
                    )
                    .hint(who_runs_python(revision.as_str()));
            }
            Impossible::NoTransactionInOne { path, line, .. }
            | Impossible::SeveralInOne { path, line, .. } => {
                let failure = failure("no_transaction_in_one").hint(
                    "`transaction = \"revision\"` gives each revision a transaction of its own",
                );
                let place = path
                    .as_ref()
                    .map(|path| format!("{}:{line}", path.display()));
                return match place {
                    Some(place) => failure.detail(place),
                    None => failure,
                };
            }
            Impossible::BridgeInOne { path, .. } => (
                failure("no_transaction_in_one").hint(
                    "`transaction = \"revision\"` gives each revision a transaction of its own",
                ),
                path,
            ),
            Impossible::Edited { revision, .. } => (
                failure("edited_half_way")
                    .hint("undo the edit, and the next run goes on")
                    .hint(format!("or {}", how_to_resolve(revision))),
                &None,
            ),
            Impossible::HalfDone {
                revision,
                direction,
                ..
            } => (
                failure("half_done")
                    .hint(match direction.as_str() {
                        // It leads below the revision.
                        "downgrade" => format!("`limbeck downgrade {revision}-1` goes on with it"),
                        _ => format!("`limbeck {direction} {revision}` goes on with it"),
                    })
                    .hint(format!("or {}", how_to_resolve(revision))),
                &None,
            ),
            Impossible::NotOffline { path, .. } => (
                failure("not_offline").hint("such a revision runs on a database only"),
                path,
            ),
        };
        match place {
            Some(path) => failure.detail(path.display().to_string()),
            None => failure,
        }
    }

    /// Tells why a run did not do all that it was asked to.
    #[must_use]
    pub fn of_run(error: &RunError, catalog: &Catalog, asking: Asking) -> Self {
        Self::tell_run(error, catalog, asking).because(error)
    }

    fn tell_run(error: &RunError, catalog: &Catalog, asking: Asking) -> Self {
        match error {
            RunError::Plan(error) => Self::of_plan(error, catalog.graph(), asking),
            RunError::Script(error) => Self::of_script(error),
            RunError::Impossible(error) => Self::of_impossible(error),
            RunError::VersionTable(error) => Self::of_version_table(error),
            RunError::Ledger(error) => Self::of_ledger(error),
            RunError::Lock(error) => Self::of_lock(error),
            RunError::HeadsMoved { .. } => {
                Self::new("heads_moved", error.to_string()).hint("run the command again")
            }
            RunError::Lost { .. } => Self::new("connection", error.to_string())
                .exit(Exit::Stopped)
                .hint("`limbeck status` shows what was done"),
            RunError::ReadOnly => Self::new("read_only", error.to_string()).hint(
                "connect to the primary: `target_session_attrs=read-write` finds it among several hosts",
            ),
            RunError::Tracking(error) => Self::of_tracking(error),
            RunError::Step(failure) => Self::of_step(failure, catalog),
            RunError::Repeat(failure) => Self::of_repeat(failure),
            RunError::NotRepeated { error, report } => Self::tell_run(error, catalog, asking)
                .after(report)
                .detail("the files that run again did not run; the next upgrade runs them"),
            RunError::NotHalfDone { name, half_done } => {
                let failure = Self::new("not_half_done", error.to_string())
                    .candidates(candidates(catalog.graph(), half_done));
                match half_done[..] {
                    [] => failure.hint(format!(
                        "`limbeck stamp {name}` notes down that the database stands at a revision"
                    )),
                    _ => failure,
                }
            }
            RunError::Unverified { report, .. } => {
                Self::new("verify_failed", error.to_string())
                    .after(report)
                    .hint("`tables` of `[verify]` in limbeck.toml names the tables")
            }
            RunError::Output(error) => {
                Self::new("io", format!("cannot write to stdout: {error}"))
            }
        }
    }

    /// The same, after a plan was carried out.
    fn after(mut self, report: &Report) -> Self {
        let done = match report.plan.steps.len() {
            0 => "nothing".to_owned(),
            steps => {
                self.exit = Exit::Stopped;
                count(steps, "step")
            }
        };
        let heads = &report.heads;
        self.detail(format!(
            "done before it: {done}; the database stands at {heads}"
        ))
    }

    fn of_step(error: &execute::Failure, catalog: &Catalog) -> Self {
        let step = &error.step;
        let (number, of) = (error.position + 1, error.plan.steps.len());
        let partly = error.partly;
        let fate = match (&error.cause, partly) {
            // Only the server knows, and it does not answer.
            (Cause::ConnectionLost { .. }, _) if error.heads.is_none() => "was cut off",
            (Cause::Interrupted, false) => "was interrupted and rolled back",
            (Cause::Interrupted, true) => "was interrupted",
            (_, false) => "failed and was rolled back",
            (_, true) => "failed",
        };
        let message = match catalog.graph().get(step.revision.as_str()) {
            Some(node) if !node.message().is_empty() => format!(", {}", node.message()),
            _ => String::new(),
        };
        let message = format!(
            "step {number} of {of} {fate}: {} {}{message}",
            step.direction, step.revision
        );
        let mut failure = Self::new(cause_code(&error.cause), message);
        failure.exit = if error.changed {
            Exit::Stopped
        } else {
            Exit::Failed
        };
        failure.tell_cause(&error.cause);
        if matches!(error.cause, Cause::GoesOnOtherwise { .. }) {
            failure.hints.push(how_to_resolve(&step.revision));
        }
        if partly {
            failure.details.push(
                "what ran outside of a transaction stays; the next run goes on after it".to_owned(),
            );
        }
        let stands = match &error.heads {
            Some(heads) => format!("the database stands at {heads}"),
            None => "the server does not say where the database stands".to_owned(),
        };
        let before = count(error.position, "step");
        failure.details.push(match error.position {
            0 => format!("done before it: nothing; {stands}"),
            _ if error.changed => format!("done before it: {before}; {stands}"),
            _ => format!("done before it: {before}, rolled back as well; {stands}"),
        });
        failure
    }

    fn of_repeat(error: &RepeatFailure) -> Self {
        let message = match error.cause {
            Cause::Interrupted if !error.partly => {
                format!("{} was interrupted and rolled back", error.name)
            }
            Cause::Interrupted => format!("{} was interrupted", error.name),
            Cause::ConnectionLost { .. } => format!("{} was cut off", error.name),
            _ => error.to_string(),
        };
        let mut failure = Self::new(cause_code(&error.cause), message);
        if error.partly || error.steps + error.done > 0 {
            failure.exit = Exit::Stopped;
        }
        failure.tell_cause(&error.cause);
        if error.partly && !matches!(error.cause, Cause::ConnectionLost { .. }) {
            failure.details.push(
                "what it commits before its end stays; the next upgrade runs all of it again"
                    .to_owned(),
            );
        }
        let steps = count(error.steps, "step");
        let files = count(error.done, "repeated file");
        failure.detail(format!(
            "done before it: {steps}, and {files}; the database stands at {}",
            error.heads
        ))
    }

    fn tell_cause(&mut self, cause: &Cause) {
        match cause {
            Cause::Sql {
                server,
                place,
                during,
            } => {
                match place {
                    Some(place) => self.details.extend(excerpt(place, &server.to_string())),
                    None => self.details.push(server.to_string()),
                }
                self.tell_server(server);
                match during {
                    During::Body => {}
                    During::Verify => self
                        .details
                        .push("a query of its verify section".to_owned()),
                    During::Tables => self
                        .details
                        .push("while creating the version table or the ledger".to_owned()),
                    During::Edit => self.details.push(
                        "while noting the step down in the version table and the ledger".to_owned(),
                    ),
                    During::Mirror => {
                        self.details
                            .push("while keeping the table of another tool in step".to_owned());
                        // unique_violation
                        if server.code == "23505" {
                            self.hints.push(
                                "`limbeck adopt` shows what the tool did meanwhile".to_owned(),
                            );
                        }
                    }
                    During::Commit => self.details.push("while committing".to_owned()),
                    During::Open => self
                        .details
                        .push("while opening its transaction".to_owned()),
                }
            }
            Cause::DoesNotHold { answer, place } => match place {
                Some(place) => {
                    let wrong = format!("does not hold: {answer}");
                    self.details.extend(excerpt(place, &wrong));
                }
                None => self.details.push(cause.to_string()),
            },
            Cause::HeadsMoved => {
                self.details.push(cause.to_string());
                self.hints.push(
                    "run the command again: it plans from where the database stands now".to_owned(),
                );
            }
            Cause::LockLost | Cause::ConnectionLost { .. } => {
                self.details.push(cause.to_string());
                self.hints
                    .push("`limbeck status` shows what was done".to_owned());
            }
            Cause::Interrupted => {}
            Cause::GoesOnOtherwise { .. } | Cause::Lock { .. } => {
                self.details.push(cause.to_string());
            }
            Cause::InvalidIndex { index } => {
                self.details.push(cause.to_string());
                self.hints.push(format!(
                    "`DROP INDEX CONCURRENTLY {index}`, and run the command again"
                ));
            }
            Cause::Bridge { message, .. } => {
                self.details
                    .extend(cause.to_string().lines().map(str::to_owned));
                if message.is_none() {
                    self.hints.push(
                        "does its `env.py` name this database and this version table?".to_owned(),
                    );
                }
            }
            Cause::Code {
                error: op::Error::Untranslated { line, reason },
                path,
            } => {
                if let Some(path) = path {
                    self.details.push(format!("{}:{line}", path.display()));
                }
                self.details.push(format!("it {reason}"));
                self.hints.push(who_runs_python("REVISION"));
            }
            Cause::Code { error, path } => {
                if let Some(path) = path {
                    self.details.push(path.display().to_string());
                }
                self.details.push(sentence(error));
            }
        }
    }

    pub(super) fn tell_server(&mut self, server: &ServerError) {
        if let Some(detail) = &server.detail {
            self.details.push(format!("detail: {detail}"));
        }
        if let Some(query) = &server.query {
            self.details.push(format!("query: {}", query.trim()));
        }
        if let Some(context) = &server.context {
            self.details
                .extend(context.lines().map(|line| format!("context: {line}")));
        }
        self.hints
            .extend(server.hint.as_deref().map(|hint| hint.replace('\n', " ")));
        self.hints.extend(own_hint(server).map(str::to_owned));
    }
}

/// What else may run a revision in Python.
pub(super) fn who_runs_python(revision: &str) -> String {
    format!(
        "`alembic.bridge` in limbeck.toml has the project's own Alembic run it; or write it in SQL: \
         `limbeck alembic eject {revision}` begins the file"
    )
}

/// What to do with a half-done revision that is not to go on.
fn how_to_resolve(revision: &RevisionId) -> String {
    format!(
        "finish or undo it by hand, then `limbeck resolve {revision} --applied` or `--not-applied`"
    )
}

/// What limbeck itself can say about an error that its own settings may have brought about.
fn own_hint(server: &ServerError) -> Option<&'static str> {
    match server.code.as_str() {
        // The same code stands for a statement that somebody cancelled.
        "57014" if server.message.contains("statement timeout") => {
            Some("`statement_timeout` in limbeck.toml says how long a statement may take")
        }
        "55P03" => Some(
            "another session holds a lock on it; `lock_timeout` in limbeck.toml says how long to wait",
        ),
        _ => None,
    }
}

fn cause_code(cause: &Cause) -> &'static str {
    match cause {
        Cause::Sql { during, .. } => match during {
            During::Verify => "verify_failed",
            During::Body
            | During::Tables
            | During::Edit
            | During::Mirror
            | During::Commit
            | During::Open => "sql_failed",
        },
        Cause::DoesNotHold { .. } => "verify_failed",
        Cause::HeadsMoved => "heads_moved",
        Cause::LockLost => "lock_lost",
        Cause::ConnectionLost { .. } => "connection",
        Cause::Interrupted => "interrupted",
        Cause::GoesOnOtherwise { .. } | Cause::InvalidIndex { .. } => "edited_half_way",
        Cause::Lock { .. } => "locked",
        Cause::Bridge { .. } => "bridge_failed",
        Cause::Code {
            error: op::Error::Untranslated { .. },
            ..
        } => "not_translated",
        Cause::Code { .. } => "code_failed",
    }
}
