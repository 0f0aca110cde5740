//! What to do about a table of another tool that cannot be taken over.

use crate::adopt::AdoptError;
use crate::cli::failure::Failure;
use crate::declaration::Tool;

impl Failure {
    /// Tells of a table of another tool that cannot be taken over.
    #[must_use]
    pub fn of_adopt(error: &AdoptError) -> Self {
        match error {
            AdoptError::Session(error) => Self::of_session(error),
            AdoptError::Shape {
                looks_like, label, ..
            } => {
                let mut failure = Self::new("not_a_tracking_table", error.to_string());
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
