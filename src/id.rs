//! Checked names: what a revision and a branch may be called.
//!
//! A [`RevisionId`] or [`Label`] that exists is legal: 1 to 32 characters, as the version table's
//! `varchar(32)` holds, and none of the characters that the target language needs for itself.
//! What the names refer to is the graph's concern.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

/// The number of characters that the version table's column holds.
pub const MAX_LENGTH: usize = 32;

/// Characters that separate the parts of a target and so cannot be part of a name.
pub const RESERVED: [char; 4] = ['@', '+', '-', ':'];

/// Words that already mean something as a target.
pub const KEYWORDS: [&str; 4] = ["head", "heads", "base", "current"];

/// Why a string is no revision id or branch label.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IdError {
    /// Occurs when the name is empty or white space.
    #[error("a revision id or branch label cannot be empty")]
    Empty,
    /// Occurs when the name does not fit the version table.
    #[error("`{name}` has {length} characters; the version table holds {MAX_LENGTH}")]
    TooLong {
        /// The name as given.
        name: String,
        /// Its length in characters.
        length: usize,
    },
    /// Occurs when the name holds a character that targets use, a control character or white space.
    #[error("character {character:?} is not allowed in the name `{name}`")]
    Character {
        /// The name as given.
        name: String,
        /// The first character that is not allowed.
        character: char,
    },
    /// Occurs when the name is a word that targets use, such as `head`.
    #[error("`{name}` has a meaning of its own in targets and cannot be a name")]
    Keyword {
        /// The name as given.
        name: String,
    },
}

fn check(name: &str) -> Result<(), IdError> {
    if name.trim().is_empty() {
        return Err(IdError::Empty);
    }
    if let Some(character) = name
        .chars()
        .find(|c| RESERVED.contains(c) || c.is_control() || c.is_whitespace())
    {
        let name = name.to_owned();
        return Err(IdError::Character { name, character });
    }
    // Bytes bound characters from above, so the usual short ASCII id is never counted.
    if name.len() > MAX_LENGTH && name.chars().count() > MAX_LENGTH {
        return Err(IdError::TooLong {
            name: name.to_owned(),
            length: name.chars().count(),
        });
    }
    if KEYWORDS.contains(&name) {
        return Err(IdError::Keyword {
            name: name.to_owned(),
        });
    }
    Ok(())
}

/// Returns a name as it can stand in the name of a file.
///
/// An id may hold more than a file's name should: a `/` would lead to another folder, and a file
/// with a dot in front would not be read.
#[must_use]
pub fn in_a_file_name(id: &str) -> String {
    let name = id.replace(['/', '\\'], "_");
    match name.strip_prefix('.') {
        Some(rest) => format!("_{rest}"),
        None => name,
    }
}

macro_rules! name_type {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Checks a name.
            ///
            /// # Errors
            /// Fails when the name is empty, too long, or has a character that is not allowed.
            pub fn parse(name: &str) -> Result<Self, IdError> {
                check(name)?;
                Ok(Self(Arc::from(name)))
            }

            /// Returns the name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl PartialEq<str> for $name {
            fn eq(&self, other: &str) -> bool {
                &*self.0 == other
            }
        }

        impl PartialEq<&str> for $name {
            fn eq(&self, other: &&str) -> bool {
                &*self.0 == *other
            }
        }
    };
}

name_type! {
    /// The id of one revision, as the version table stores it.
    RevisionId
}

name_type! {
    /// The label of a branch (`branch_labels`).
    Label
}

impl RevisionId {
    /// Takes an id from the version table as it stands there.
    ///
    /// Another tool may have written a name that [`RevisionId::parse`] would refuse; it must still
    /// be possible to show it and to move away from it.
    #[must_use]
    pub fn from_database(name: &str) -> Self {
        Self(Arc::from(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_32_characters_is_taken_and_one_of_33_is_not() {
        assert!(RevisionId::parse(&"é".repeat(32)).is_ok());
        assert!(matches!(
            RevisionId::parse(&"a".repeat(33)),
            Err(IdError::TooLong { length: 33, .. })
        ));
    }

    #[test]
    fn what_targets_need_is_refused() {
        for name in ["a-b", "a+1", "a@b", "a:b", "a b", "a\nb"] {
            assert!(matches!(
                RevisionId::parse(name),
                Err(IdError::Character { .. })
            ));
        }
        assert!(matches!(
            RevisionId::parse("heads"),
            Err(IdError::Keyword { .. })
        ));
        assert_eq!(Label::parse(""), Err(IdError::Empty));
    }

    #[test]
    fn quotes_dots_and_semicolons_are_names_like_any_other() {
        for name in ["v2.4.0.a", "o'brien", "a;b", "\"q\"", "0321_drop"] {
            assert_eq!(RevisionId::parse(name).unwrap(), name);
        }
    }
}
