//! Asking before something is lost for good: the database has to be named once more.
//!
//! On a terminal its name is typed, elsewhere an option names it. That the connection leads there is
//! no consent: a variable may say so that somebody set last week.

use clap::Args;

use super::failure::Failure;
use super::ui::Ui;

/// How to confirm where nobody can be asked.
#[derive(Clone, Debug, Default, Args)]
pub struct ConfirmArgs {
    /// Confirm by the database's name instead of typing it
    #[arg(long, value_name = "NAME")]
    pub database_name: Option<String>,
}

impl ConfirmArgs {
    /// Goes on only where the database is named; `what` says what is about to happen to it, and the
    /// lines below it more.
    ///
    /// # Errors
    /// Fails when another one is named, or none.
    pub fn confirm(
        &self,
        ui: &mut Ui,
        database: &str,
        (what, lines): (&str, &[String]),
    ) -> Result<(), Failure> {
        if let Some(name) = &self.database_name {
            if name == database {
                return Ok(());
            }
            let message = format!(
                "`--database-name` says `{name}`, and the connection leads to `{database}`"
            );
            return Err(Failure::new("not_confirmed", message)
                .hint("`limbeck db config` shows where it leads, and why"));
        }
        let more = lines.iter().map(|line| format!("  {line}\n"));
        let more: String = more.collect();
        let question = format!("{what}\n{more}type the database's name to go on: ");
        match ui.ask(&question) {
            Some(typed) if typed == database => Ok(()),
            Some(_) => {
                let message = format!("that is not `{database}`; nothing was done");
                Err(Failure::new("not_confirmed", message))
            }
            None => {
                let mut failure = Failure::new("not_confirmed", format!("not confirmed: {what}"));
                failure.details = lines.to_vec();
                Err(failure.hint(format!(
                    "`--database-name {database}` confirms it where nobody can be asked"
                )))
            }
        }
    }
}
