//! Names for new revision files: ids, slugs and the template that puts them together.
//!
//! The tokens are Alembic's, in its spelling (`%(month).2d`) or in a shorter one (`{month}`). What
//! stands in the file is a template's concern, and writing it the command's.

use std::fmt::Write as _;

use chrono::{DateTime, Datelike, TimeZone, Timelike};

use crate::id::in_a_file_name;

/// What can be wrong with a template of file names.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// Occurs when a token has a name that means nothing.
    #[error(
        "there is no token `{name}`; there are rev, slug, epoch, year, month, day, hour, minute and second"
    )]
    Unknown {
        /// The name.
        name: String,
    },
    /// Occurs when a token is not closed, or a format after it is not understood.
    #[error("`{rest}` is not a whole token")]
    Incomplete {
        /// The template from the token on.
        rest: String,
    },
    /// Occurs when two revisions would get one name.
    #[error("the name of a file needs the token `rev` or `slug`")]
    NotUnique,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    Rev,
    Slug,
    Epoch,
    Year,
    Month,
    Day,
    Hour,
    Minute,
    Second,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Token { token: Token, width: usize },
}

/// How the file of a new revision is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileTemplate(Vec<Part>);

impl Default for FileTemplate {
    /// `{rev}_{slug}`
    fn default() -> Self {
        let token = |token| Part::Token { token, width: 0 };
        let line = Part::Text("_".to_owned());
        Self(vec![token(Token::Rev), line, token(Token::Slug)])
    }
}

impl FileTemplate {
    /// Reads a template.
    ///
    /// # Errors
    /// Fails when a token is not known or not closed, or when names would not differ.
    pub fn parse(text: &str) -> Result<Self, TokenError> {
        Self::read(text, &['{', '%'])
    }

    /// Reads a template in Alembic's spelling alone, in which a brace is a brace.
    ///
    /// # Errors
    /// Fails as [`FileTemplate::parse`].
    pub fn parse_alembic(text: &str) -> Result<Self, TokenError> {
        Self::read(text, &['%'])
    }

    fn read(text: &str, marks: &[char]) -> Result<Self, TokenError> {
        let mut parts = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let end = rest.find(marks).unwrap_or(rest.len());
            let (before, token) = rest.split_at(end);
            if !before.is_empty() {
                parts.push(Part::Text(before.to_owned()));
            }
            rest = token;
            if let Some(after) = rest.strip_prefix('{') {
                let (name, after) = after.split_once('}').ok_or_else(|| incomplete(rest))?;
                parts.push(braced(name)?);
                rest = after;
            } else if let Some(after) = rest.strip_prefix("%%") {
                parts.push(Part::Text("%".to_owned()));
                rest = after;
            } else if let Some(after) = rest.strip_prefix("%(") {
                let (part, after) = alembic(after).ok_or_else(|| incomplete(rest))??;
                parts.push(part);
                rest = after;
            } else if !rest.is_empty() {
                return Err(incomplete(rest));
            }
        }
        let tells_apart = |part: &Part| {
            matches!(
                part,
                Part::Token {
                    token: Token::Rev | Token::Slug,
                    ..
                }
            )
        };
        if !parts.iter().any(tells_apart) {
            return Err(TokenError::NotUnique);
        }
        Ok(Self(parts))
    }

    /// Returns whether the revision's id is in names of this template.
    #[must_use]
    pub fn names_revision(&self) -> bool {
        self.has(|token| token == Token::Rev)
    }

    /// Returns whether a date is in names of this template.
    #[must_use]
    pub fn names_date(&self) -> bool {
        self.has(|token| !matches!(token, Token::Rev | Token::Slug))
    }

    fn has(&self, wanted: impl Fn(Token) -> bool) -> bool {
        let has = |part: &Part| matches!(part, Part::Token { token, .. } if wanted(*token));
        self.0.iter().any(has)
    }

    /// Returns whether names of this template lie in sub-folders.
    #[must_use]
    pub fn makes_folders(&self) -> bool {
        let has = |part: &Part| matches!(part, Part::Text(text) if text.contains('/'));
        self.0.iter().any(has)
    }

    /// Returns the name of a revision's file, without its ending.
    #[must_use]
    pub fn name<Z: TimeZone>(&self, rev: &str, slug: &str, date: &DateTime<Z>) -> String {
        let mut name = String::new();
        for part in &self.0 {
            let (token, width) = match part {
                Part::Text(text) => {
                    name.push_str(text);
                    continue;
                }
                Part::Token { token, width } => (*token, *width),
            };
            let number = match token {
                Token::Rev => {
                    name.push_str(&in_a_file_name(rev));
                    continue;
                }
                Token::Slug => {
                    name.push_str(slug);
                    continue;
                }
                Token::Epoch => date.timestamp(),
                Token::Year => i64::from(date.year()),
                Token::Month => i64::from(date.month()),
                Token::Day => i64::from(date.day()),
                Token::Hour => i64::from(date.hour()),
                Token::Minute => i64::from(date.minute()),
                Token::Second => i64::from(date.second()),
            };
            write!(name, "{number:0width$}").expect("writing to a string cannot fail");
        }
        // Without a message nothing should be left of the separator in front of the slug.
        if slug.is_empty() {
            name.truncate(name.trim_end_matches(['_', '-']).len());
        }
        name
    }
}

fn incomplete(rest: &str) -> TokenError {
    let rest = rest.to_owned();
    TokenError::Incomplete { rest }
}

fn token(name: &str) -> Result<Token, TokenError> {
    Ok(match name {
        "rev" => Token::Rev,
        "slug" => Token::Slug,
        "epoch" => Token::Epoch,
        "year" => Token::Year,
        "month" => Token::Month,
        "day" => Token::Day,
        "hour" => Token::Hour,
        "minute" => Token::Minute,
        "second" => Token::Second,
        _ => {
            let name = name.to_owned();
            return Err(TokenError::Unknown { name });
        }
    })
}

/// A token in braces always has the width that keeps names in order.
fn braced(name: &str) -> Result<Part, TokenError> {
    let token = token(name)?;
    let width = match token {
        Token::Rev | Token::Slug | Token::Epoch => 0,
        Token::Year => 4,
        Token::Month | Token::Day | Token::Hour | Token::Minute | Token::Second => 2,
    };
    Ok(Part::Token { token, width })
}

/// Reads `name)s`, `name)d`, `name).2d` or `name)02d`, what stands after Alembic's `%(`.
fn alembic(text: &str) -> Option<Result<(Part, &str), TokenError>> {
    let (name, after) = text.split_once(')')?;
    let end = after.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let (width, after) = after.split_at(end);
    let after = after.strip_prefix(['s', 'd', 'i', 'u'])?;
    let width = width.trim_start_matches('.').trim_start_matches('0');
    let width = match width {
        "" => 0,
        digits => digits.parse().ok().filter(|width| *width <= 32)?,
    };
    Some(token(name).map(|token| (Part::Token { token, width }, after)))
}

/// Returns the words of a message in lower case, joined by `_`.
///
/// One that is longer than `length` is cut at the last `_` within it and ends in `_`, as Alembic
/// does it, so that a file name shows that it is not the whole message.
#[must_use]
pub fn slug(message: &str, length: usize) -> String {
    let in_word = |c: char| c.is_alphanumeric() || c == '_';
    let words = message
        .split(|c| !in_word(c))
        .filter(|word| !word.is_empty());
    let slug = words.collect::<Vec<_>>().join("_").to_lowercase();
    let Some((cut, _)) = slug.char_indices().nth(length) else {
        return slug;
    };
    let cut = &slug[..cut];
    let whole = cut.rfind('_').map_or(cut, |end| &cut[..end]);
    format!("{whole}_")
}

/// Returns a new id: 12 hexadecimal digits from the system's source of randomness.
///
/// # Errors
/// Fails when the system has none to give.
pub fn new_id() -> Result<String, getrandom::Error> {
    let mut bytes = [0_u8; 6];
    getrandom::fill(&mut bytes)?;
    let digits = bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to a string cannot fail");
        text
    });
    Ok(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(template: &str, slug: &str) -> String {
        let date = chrono::Utc.with_ymd_and_hms(2025, 1, 5, 0, 2, 9).unwrap();
        FileTemplate::parse(template)
            .unwrap()
            .name("ab12", slug, &date)
    }

    #[test]
    fn both_spellings_of_the_tokens_are_read() {
        assert_eq!(
            name("%(year)d_%(month).2d_%(day)02d-%(rev)s_%(slug)s", "x"),
            "2025_01_05-ab12_x"
        );
        assert_eq!(
            name("{year}{month}{day}_{rev}_{slug}", "x"),
            "20250105_ab12_x"
        );
        assert_eq!(name("%(epoch)s-{rev}", "x"), "1736035329-ab12");
        assert_eq!(name("100%%{rev}", "x"), "100%ab12");
        assert_eq!(name("{rev}_{slug}", ""), "ab12");
        assert_eq!(name("{slug}", "x"), "x");
        let default = FileTemplate::parse("{rev}_{slug}").unwrap();
        assert_eq!(default, FileTemplate::default());
    }

    #[test]
    fn what_is_no_template_is_refused() {
        let refused = |text| FileTemplate::parse(text).unwrap_err().to_string();
        assert!(refused("{revision}").starts_with("there is no token `revision`"));
        assert_eq!(refused("a{rev"), "`{rev` is not a whole token");
        assert_eq!(refused("%(rev)"), "`%(rev)` is not a whole token");
        assert_eq!(refused("50% {rev}"), "`% {rev}` is not a whole token");
        assert_eq!(
            refused("{year}"),
            "the name of a file needs the token `rev` or `slug`"
        );
    }

    #[test]
    fn a_slug_is_cut_between_words_and_shows_it() {
        assert_eq!(slug("Add  Users & bots!", 40), "add_users_bots");
        assert_eq!(
            slug("create the very first table of all", 20),
            "create_the_very_"
        );
        assert_eq!(slug("abcdefghij", 5), "abcde_");
        assert_eq!(slug("été 雪", 40), "été_雪");
        assert_eq!(slug("snake_case kept", 40), "snake_case_kept");
        assert_eq!(slug("...", 40), "");
    }

    #[test]
    fn ids_are_12_hexadecimal_digits_and_differ() {
        let (one, two) = (new_id().unwrap(), new_id().unwrap());
        assert_eq!(one.len(), 12);
        assert!(one.chars().all(|c| c.is_ascii_hexdigit()));
        assert_ne!(one, two);
    }
}
