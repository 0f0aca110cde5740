//! The bodies of a revision: what to run upwards, downwards and to verify, in segments.
//!
//! A segment runs inside the revision's transaction or, statement by statement, outside of any.
//! Where the text came from and how it was split is a source's concern.

use std::fmt;
use std::path::PathBuf;

use crate::op::Code;

/// Which way a step goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From the parents to the revision.
    Upgrade,
    /// From the revision to the parents.
    Downgrade,
    /// Neither: only the version table moves.
    Stamp,
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Upgrade => "upgrade",
            Self::Downgrade => "downgrade",
            Self::Stamp => "stamp",
        })
    }
}

/// What tells whether a script is still the same.
///
/// As bytes it takes a quarter of the room that its text does, and there are thousands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Checksum {
    /// The SHA-256 of its text.
    Sha256([u8; 32]),
    /// Anything else that a ledger has.
    Other(Box<str>),
}

impl Checksum {
    /// Reads a checksum as a ledger has it.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let bytes = text.as_bytes();
        let half = |at: usize| match bytes[at] {
            digit @ b'0'..=b'9' => Some(digit - b'0'),
            digit @ b'a'..=b'f' => Some(digit - b'a' + 10),
            _ => None,
        };
        let mut sum = [0; 32];
        let mut is_hex = bytes.len() == 2 * sum.len();
        if is_hex {
            for (at, byte) in sum.iter_mut().enumerate() {
                match (half(2 * at), half(2 * at + 1)) {
                    (Some(high), Some(low)) => *byte = high << 4 | low,
                    _ => is_hex = false,
                }
            }
        }
        match is_hex {
            true => Self::Sha256(sum),
            false => Self::Other(text.into()),
        }
    }
}

impl fmt::Display for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sha256(sum) => sum.iter().try_for_each(|byte| write!(f, "{byte:02x}")),
            Self::Other(text) => f.write_str(text),
        }
    }
}

/// One SQL statement and the place it was written at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The text as written, without the closing semicolon.
    pub text: String,
    /// The line of the file on which `text` begins (1-based; 0 where there is no file).
    pub line: u32,
}

/// How a segment relates to the revision's transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// In a transaction: the last one of a body also holds the row edit and the ledger entry.
    Transaction,
    /// Outside of any transaction, one statement at a time, each journalled.
    NoTransaction,
}

/// Statements that run in one mode.
///
/// Neighbours in a transaction each are two transactions: what stands in the first is committed
/// before the second begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Inside or outside the transaction.
    pub mode: Mode,
    /// In order.
    pub statements: Vec<Statement>,
}

/// Tells whether something of a body is committed before all of it has run.
#[must_use]
pub fn commits_midway(segments: &[Segment]) -> bool {
    let mut modes = segments.iter().map(|segment| segment.mode);
    segments.len() > 1 || modes.any(|mode| mode == Mode::NoTransaction)
}

/// What runs in one direction.
#[derive(Clone, Debug)]
pub enum Body {
    /// The file has no such section or function; going this way is refused.
    Absent,
    /// SQL, known before anything runs. May be empty: then only the version table changes.
    Sql(Vec<Segment>),
    /// Code: a function of a Rust-coded revision.
    Code(Code),
    /// Code of another program that asks the database what to do, and is translated as it runs.
    Asking {
        /// The translation.
        code: Code,
        /// What it comes to that cannot be run here, where the answers lead there.
        obstacle: Option<Foreign>,
    },
    /// The reverse of what this `upgrade` function records.
    Reversed(Code),
    /// A Rust-coded revision that this program was not compiled with.
    NotCompiled,
    /// Code of another program that is not known as SQL.
    Foreign(Foreign),
    /// Code of another program that does nothing but refuse to go this way.
    Raises {
        /// The line of the file on which it does so.
        line: u32,
    },
}

/// Why code of another program cannot be run here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Foreign {
    /// The line of the file on which the reason stands; 0 for the file as a whole.
    pub line: u32,
    /// The reason, as the end of a sentence that begins with the revision.
    pub reason: String,
}

/// A function of a revision in Python that is not translated, or not where the database's answers lead to
/// what is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Untranslated {
    /// Which of the two functions it is.
    pub direction: Direction,
    /// Why, with the line.
    pub why: Foreign,
    /// Whether every run comes to it; otherwise what the database holds decides.
    pub certain: bool,
}

impl Untranslated {
    /// Says in two words what happens when it is run here.
    #[must_use]
    pub fn in_short(&self) -> &'static str {
        match self.certain {
            true => "not translated",
            false => "may stop",
        }
    }
}

/// Everything that one revision runs.
#[derive(Clone, Debug)]
pub struct Script {
    /// From the parents to this revision.
    pub upgrade: Body,
    /// From this revision to the parents.
    pub downgrade: Body,
    /// The file of the downgrade, where it is not the revision's own.
    pub downgrade_path: Option<PathBuf>,
    /// Queries that must hold afterwards; each gives rows whose first column is true.
    pub verify: Vec<Statement>,
    /// SHA-256 of the file's text, line ends and byte order mark left out, as lower-case hex.
    pub checksum: String,
}

impl Script {
    /// Returns the functions in Python that are not translated, `upgrade()` first.
    #[must_use]
    pub fn untranslated(&self) -> Vec<Untranslated> {
        let bodies = [
            (Direction::Upgrade, &self.upgrade),
            (Direction::Downgrade, &self.downgrade),
        ];
        let found = bodies.into_iter().filter_map(|(direction, body)| {
            let (why, certain) = match body {
                Body::Foreign(why) => (why, true),
                Body::Asking { obstacle, .. } => (obstacle.as_ref()?, false),
                _ => return None,
            };
            Some(Untranslated {
                direction,
                why: why.clone(),
                certain,
            })
        });
        found.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checksum_is_written_as_it_was_read() {
        let sum = "00ff".repeat(16);
        assert!(matches!(Checksum::parse(&sum), Checksum::Sha256(_)));
        for text in [
            &sum,
            "",
            "00FF",
            &sum.to_uppercase(),
            &sum[1..],
            &"é".repeat(32),
        ] {
            assert_eq!(Checksum::parse(text).to_string(), text);
        }
    }
}
