//! What to do about a table of another tool that cannot be taken over.

use crate::cli::failure::Failure;
use crate::declaration::Tool;
use crate::tracking::TrackingError;

impl Failure {
    /// Tells of a table of another tool that cannot be taken over, or kept in step.
    #[must_use]
    pub fn of_tracking(error: &TrackingError) -> Self {
        let failure = |code| Self::new(code, error.to_string());
        match error {
            TrackingError::Session(error) => Self::of_session(error),
            TrackingError::Missing { label, .. } => failure("no_tracking_table").hint(format!(
                "let the program make it, name it with `table = \"…\"` in the [[source]] of \
                 `{label}`, or delete `mirror` there"
            )),
            TrackingError::NoSchema { .. } => {
                failure("no_schema").hint("create the schema, or name the table with its schema")
            }
            TrackingError::Rights { table } => failure("no_rights").hint(format!(
                "`GRANT SELECT, INSERT, DELETE ON {table} TO …` lets it write"
            )),
            TrackingError::Dirty { .. } => failure("dirty_tracking_table").hint(
                "finish or undo what it began, then `limbeck resolve REVISION --applied` or \
                 `--not-applied` says so",
            ),

            TrackingError::Ahead { .. } => failure("not_in_step")
                .hint("`limbeck adopt --apply` notes down what the tool has applied"),
            TrackingError::Behind { revision, .. } => failure("not_in_step").hint(format!(
                "the tool took it back, or was never told: `limbeck stamp` below it says the former, \
                 `limbeck adopt --apply --mark-applied {revision}` tells the tool"
            )),
            TrackingError::Shared { .. } => failure("shared_tracking_table").hint(
                "give each folder a `table` of its own, or delete `mirror` in one [[source]]",
            ),
            TrackingError::Offline { label, .. } => failure("not_offline").hint(format!(
                "run it on a database, or delete `mirror` in the [[source]] of `{label}`"
            )),
            TrackingError::Shape {
                looks_like, label, ..
            } => {
                let mut failure = failure("not_a_tracking_table");
                if !looks_like.is_empty() {
                    let tools: Vec<_> = looks_like.iter().copied().map(Tool::as_str).collect();
                    failure =
                        failure.detail(format!("it looks like that of {}", tools.join(" or ")));
                }
                failure.hint(format!(
                    "`table = \"…\"` in the [[source]] of `{label}` names another one, \
                     `format = \"…\"` another tool"
                ))
            }
        }
        .because(error)
    }
}
