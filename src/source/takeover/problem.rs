//! What can be wrong with a folder of another tool, and what to do about it.

use crate::declaration::Tool;

/// What is wrong with a folder that is taken over, or with a file in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TakeoverProblem {
    /// Occurs when the folder does not exist.
    #[error("there is no such folder to take over")]
    NoFolder,
    /// Occurs when the files could be those of several tools.
    #[error("the files could be those of {}", list(tools))]
    Ambiguous {
        /// The tools.
        tools: Vec<Tool>,
    },
    /// Occurs when no tool has such files.
    #[error("no format is recognised: there are no files of a tool that limbeck knows")]
    Unrecognised,
    /// Occurs when there is nothing of the format that was named.
    #[error("there are SQL files, and none of them is one of {tool}")]
    NothingOf {
        /// The tool.
        tool: Tool,
    },
    /// Occurs when an option is set that the format does not have.
    #[error("`{option}` means nothing to {tool}")]
    OptionOfAnother {
        /// The option.
        option: &'static str,
        /// The tool of the folder.
        tool: Tool,
    },
    /// Occurs when the files of a tool are to run again and again that have a version each.
    #[error("`repeat` is for files without a version, and those of {tool} have one")]
    Versioned {
        /// The tool of the folder.
        tool: Tool,
    },
    /// Occurs when the table is to be kept in step of files that run again and again.
    #[error("`mirror` means nothing to files that run again and again: no table has rows of them")]
    NoRows,
    /// Occurs when two files have one number.
    #[error("the number {number} is already that of `{first}`")]
    Duplicate {
        /// The number as written.
        number: String,
        /// The file that has it, too.
        first: String,
    },
    /// Occurs when a file has a number that its tool could not read either.
    #[error("`{number}` is no version that {tool} takes")]
    BadVersion {
        /// What stands in the place of a version.
        number: String,
        /// The tool.
        tool: Tool,
    },
    /// Occurs when a file leads back from something that there is not.
    #[error("it leads down, and there is no file that leads up to it")]
    DownWithoutUp,
    /// Occurs when a rollback has no number and fits several files, or several fit one file.
    #[error("it is not clear which file it rolls back: {}", candidates.join(" or "))]
    AmbiguousRollback {
        /// The files that it may belong to.
        candidates: Vec<String>,
    },
    /// Occurs when Drizzle's journal is not written as one.
    #[error("this is no journal of Drizzle: {message}")]
    Journal {
        /// What the parser says.
        message: String,
    },
    /// Occurs when Drizzle's journal names a file that there is not.
    #[error("the journal names `{tag}`, and there is no file `{tag}.sql`")]
    Missing {
        /// The entry.
        tag: String,
    },
    /// Occurs when a file beside a migration is not written as its tool reads it.
    #[error("{message}")]
    Settings {
        /// What is wrong.
        message: String,
    },
    /// Occurs when the special comments of a file are not as its tool wants them.
    #[error("{message}")]
    Marks {
        /// What is wrong.
        message: String,
        /// What to write.
        hint: &'static str,
    },
    /// Occurs when a statement cannot run where its tool would run it.
    #[error("{what} cannot run inside a transaction, in which {tool} runs it")]
    NeedsNoTransaction {
        /// The kind of statement.
        what: &'static str,
        /// The tool.
        tool: Tool,
    },
    /// Occurs when a file does to its transaction what limbeck cannot follow.
    #[error("`{statement}` inside a file cannot be followed")]
    Control {
        /// The statement, cut where it is long.
        statement: String,
    },
    /// Occurs when a placeholder has no value.
    #[error("the placeholder `${{{name}}}` has no value")]
    Placeholder {
        /// Its name.
        name: String,
    },
}

impl TakeoverProblem {
    /// Returns the error's name for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoFolder => "unreadable_source",
            Self::Ambiguous { .. } | Self::Unrecognised => "unrecognised_source",
            _ => "invalid_revision_file",
        }
    }

    /// Returns what a person can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::NoFolder => {
                "the `path` of a [[source]] is relative to limbeck.toml, and `rollbacks` to that".to_owned()
            }
            Self::Ambiguous { tools } => {
                let formats: Vec<_> = tools
                    .iter()
                    .map(|tool| format!("`format = \"{tool}\"`"))
                    .collect();
                format!("write {} in its [[source]]", formats.join(" or "))
            }
            Self::Unrecognised | Self::NothingOf { .. } => format!(
                "`format` in its [[source]] is one of {}",
                Tool::ALL.map(Tool::as_str).join(", ")
            ),
            Self::OptionOfAnother { option, .. } => {
                format!("delete `{option}` from its [[source]], or correct its `format`")
            }
            Self::Versioned { .. } => {
                "`repeat` goes with `format = \"numbered\"`, and with Flyway's `R__` files".to_owned()
            }
            Self::NoRows => "delete `mirror` from its [[source]]".to_owned(),
            Self::Duplicate { .. } => {
                "the order of two files with one number is not known: number one of them anew".to_owned()
            }
            Self::DownWithoutUp => "add the file that leads up, or delete this one".to_owned(),
            Self::AmbiguousRollback { .. } => {
                "begin its name with the number of the file it rolls back".to_owned()
            }
            Self::Missing { .. } => {
                "restore the file, or take its entry out of the journal".to_owned()
            }
            Self::Marks { hint, .. } => (*hint).to_owned(),
            Self::NeedsNoTransaction { tool, .. } => way_out(*tool).to_owned(),
            Self::Control { .. } => {
                "only a plain `BEGIN` and a plain `COMMIT` can be: they divide a file into transactions".to_owned()
            }
            Self::Placeholder { name } => format!(
                "`placeholders = {{ {name} = \"…\" }}` in its [[source]] gives it one; \"${{{name}}}\" leaves it as it is"
            ),
            Self::BadVersion { .. } | Self::Journal { .. } | Self::Settings { .. } => return None,
        };
        Some(hint)
    }
}

/// What each tool offers for a statement that must be outside of transactions.
const fn way_out(tool: Tool) -> &'static str {
    match tool {
        Tool::GolangMigrate | Tool::Numbered | Tool::Rollbacks => {
            "give the statement a file of its own, or set `multi_statement = true` in its [[source]]"
        }
        Tool::Drizzle => {
            "write `COMMIT;` and `--> statement-breakpoint` above it, and a breakpoint below it"
        }
        Tool::Sqlx => "write `-- no-transaction` on the first line of the file",
        Tool::Diesel => "write `run_in_transaction = false` into the metadata.toml beside it",
        Tool::Dbmate => "write `transaction:false` behind `-- migrate:up` or `-- migrate:down`",
        Tool::Goose => "write `-- +goose NO TRANSACTION` at the top of the file",
        Tool::Flyway => "write `executeInTransaction=false` into the .conf beside it",
        Tool::Refinery | Tool::NodePgMigrate => {
            "make it a revision of limbeck's: `-- limbeck: upgrade no-transaction`"
        }
    }
}

fn list(tools: &[Tool]) -> String {
    let names: Vec<&str> = tools.iter().map(|tool| tool.as_str()).collect();
    match names.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => names.concat(),
    }
}
