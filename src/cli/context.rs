//! What a command is given: the settings, the surroundings, the revisions that were compiled in
//! and the way to talk to a person.

use super::args::Global;
use super::config::Config;
use super::environment::Environment;
use super::ui::Ui;
use crate::op::CompiledRevision;

/// Everything that a command works with.
pub struct Context<'a> {
    /// What goes for every command.
    pub global: &'a Global,
    /// What the settings mean.
    pub config: &'a Config,
    /// The process's surroundings.
    pub environment: &'a Environment,
    /// The revisions of this program.
    pub compiled: &'static [CompiledRevision],
    /// Writes to the person.
    pub ui: &'a mut Ui,
}
