//! The commands that a name is typed for.

use crate::plan::Direction;

/// Which command a person typed a name for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asking {
    /// `upgrade`
    Upgrade,
    /// `downgrade`
    Downgrade,
    /// `stamp`
    Stamp,
    /// `rollback --to`
    Rollback,
    /// `goto`
    Goto,
    /// `redo`
    Redo,
    /// `resolve`
    Resolve,
    /// `show`
    Show,
    /// `edit`
    Edit,
    /// `history -r`
    History,
    /// `merge`
    Merge,
    /// `revision --head`
    Revision,
    /// `revision --depends-on`
    DependsOn,
    /// `plan --from`
    From,
    /// `rebase`
    Rebase,
    /// `rebase --onto`
    Onto,
    /// `rebase --from`
    RebaseFrom,
    /// `diff`
    Diff,
}

impl Asking {
    /// Returns the command that goes this way.
    #[must_use]
    pub fn of(direction: Direction) -> Self {
        match direction {
            Direction::Upgrade => Self::Upgrade,
            Direction::Downgrade => Self::Downgrade,
            Direction::Stamp => Self::Stamp,
        }
    }

    /// Returns the command up to the name.
    #[must_use]
    pub fn command(self) -> &'static str {
        match self {
            Self::Upgrade => "upgrade",
            Self::Downgrade => "downgrade",
            Self::Stamp => "stamp",
            Self::Rollback => "rollback --to",
            Self::Goto => "goto",
            Self::Redo => "redo",
            Self::Resolve => "resolve",
            Self::Show => "show",
            Self::Edit => "edit",
            Self::History => "history -r",
            Self::Merge => "merge",
            Self::Revision => "revision --head",
            Self::DependsOn => "revision --depends-on",
            Self::From => "plan upgrade heads --from",
            Self::Rebase => "rebase",
            Self::Onto => "rebase … --onto",
            Self::RebaseFrom => "rebase … --from",
            Self::Diff => "diff",
        }
    }

    /// Returns the command with a name in it, as it can be typed.
    pub(super) fn with(self, name: &str) -> String {
        match self {
            Self::History => format!("limbeck history -r :{name}"),
            Self::Resolve => format!("limbeck resolve {name} --applied"),
            Self::Revision => format!("limbeck revision -m \"…\" --head {name}"),
            Self::DependsOn => format!("limbeck revision -m \"…\" --depends-on {name}"),
            Self::Rebase => format!("limbeck rebase {name} --onto …"),
            _ => format!("limbeck {} {name}", self.command()),
        }
    }
}
