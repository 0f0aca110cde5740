//! One file for each command: its arguments, with the help text as their doc, and what it does.

pub mod adopt;
pub mod alembic;
pub mod branches;
pub mod check;
pub mod current;
pub mod detect;
pub mod diff;
pub mod downgrade;
pub mod edit;
pub mod ensure_version;
pub mod fingerprint;
pub mod graph;
pub mod heads;
pub mod history;
pub mod init;
pub mod introspect;
pub mod list_templates;
pub mod merge;
pub mod plan;
pub mod rebase;
pub mod revision;
pub mod show;
pub mod stamp;
pub mod status;
pub mod upgrade;
