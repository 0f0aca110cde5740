//! The language that names revisions: `[branch@][symbol][±n]`, and ranges `a:b`.
//!
//! Syntax only: whether a name exists, and where a walk leads, is for `resolve` to say. Each part
//! keeps the bytes it was read from, so that an error can point at it. A name is whatever does not
//! hold `@`, `+`, `-` or `:`; dots, quotes and other scripts' letters are names like any other.

use std::fmt;
use std::ops;

/// Bytes of the text that was parsed.
pub type Span = ops::Range<usize>;

/// Why a text is no target.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TargetError {
    /// Occurs when nothing was given.
    #[error("an empty target names no revision")]
    Empty,
    /// Occurs when a branch is followed by nothing.
    #[error("`{text}` names a branch but nothing on it")]
    NothingAfterBranch {
        /// What was typed.
        text: String,
        /// The `@`.
        span: Span,
    },
    /// Occurs when `@` is preceded by nothing.
    #[error("`{text}` has no branch before its `@`")]
    NoBranch {
        /// What was typed.
        text: String,
        /// The `@`.
        span: Span,
    },
    /// Occurs when there is a second `@`.
    #[error("`{text}` has more than one `@`")]
    SecondBranch {
        /// What was typed.
        text: String,
        /// The second `@`.
        span: Span,
    },
    /// Occurs when a sign is not followed by a number up to the end.
    #[error("`{text}` has a sign that no whole number follows")]
    NotANumber {
        /// What was typed.
        text: String,
        /// From the sign to the end.
        span: Span,
    },
    /// Occurs when a number of steps is beyond all graphs.
    #[error("`{text}` counts too many steps")]
    TooManySteps {
        /// What was typed.
        text: String,
        /// The number.
        span: Span,
    },
    /// Occurs when white space or a control character stands inside a target.
    #[error("character {character:?} cannot be part of the target `{text}`")]
    Character {
        /// What was typed.
        text: String,
        /// The character.
        character: char,
        /// Where it stands.
        span: Span,
    },
    /// Occurs when a range is given where one place is needed.
    #[error("`{text}` is a range, but a single target is needed")]
    RangeNotAllowed {
        /// What was typed.
        text: String,
        /// The `:`.
        span: Span,
    },
    /// Occurs when a single target is given where a range is needed.
    #[error("`{text}` is no range; a range is written `start:end`, `start:` or `:end`")]
    NotARange {
        /// What was typed.
        text: String,
    },
    /// Occurs when there is a second `:`.
    #[error("`{text}` has more than one `:`")]
    SecondColon {
        /// What was typed.
        text: String,
        /// The second `:`.
        span: Span,
    },
}

impl TargetError {
    /// Returns the kind of error as a word for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        "invalid_target"
    }

    /// Returns the names that could have been meant: none, since no name was looked up.
    #[must_use]
    pub fn candidates(&self) -> Vec<String> {
        Vec::new()
    }

    /// Returns the bytes of the typed text to point at.
    #[must_use]
    pub fn span(&self) -> Option<Span> {
        match self {
            Self::Empty | Self::NotARange { .. } => None,
            Self::NothingAfterBranch { span, .. }
            | Self::NoBranch { span, .. }
            | Self::SecondBranch { span, .. }
            | Self::NotANumber { span, .. }
            | Self::TooManySteps { span, .. }
            | Self::Character { span, .. }
            | Self::RangeNotAllowed { span, .. }
            | Self::SecondColon { span, .. } => Some(span.clone()),
        }
    }
}

/// A name with the bytes it was read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// The name.
    pub text: String,
    /// Where it stands.
    pub span: Span,
}

/// What a target is relative to, or is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Symbol {
    /// `head`: the only head.
    Head(Span),
    /// `heads`: all heads.
    Heads(Span),
    /// `base`: before the first revision.
    Base(Span),
    /// `current`: where the database stands.
    Current(Span),
    /// An id, a label, or the beginning of one.
    Name(Word),
}

/// A number of steps up or down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Steps {
    /// `+n`
    Up(u32, Span),
    /// `-n`
    Down(u32, Span),
}

/// One parsed target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    text: String,
    branch: Option<Word>,
    symbol: Option<Symbol>,
    steps: Option<Steps>,
}

/// A parsed range; either end may be left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Range {
    text: String,
    start: Option<Target>,
    end: Option<Target>,
}

/// What a command that takes both was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Argument {
    /// One place.
    Target(Target),
    /// `a:b`
    Range(Range),
}

impl Target {
    /// Parses one target; white space around it is dropped.
    ///
    /// # Errors
    /// Fails when the text is empty, is a range, or does not follow the language.
    pub fn parse(text: &str) -> Result<Self, TargetError> {
        let text = text.trim();
        if let Some(colon) = text.find(':') {
            let text = text.to_owned();
            let span = colon..colon + 1;
            return Err(TargetError::RangeNotAllowed { text, span });
        }
        parse_at(text, 0, text.len())
    }

    /// Returns the text as typed.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the part before `@`.
    #[must_use]
    pub fn branch(&self) -> Option<&Word> {
        self.branch.as_ref()
    }

    /// Returns the name or keyword; none where the target counts from the current heads.
    #[must_use]
    pub fn symbol(&self) -> Option<&Symbol> {
        self.symbol.as_ref()
    }

    /// Returns the steps.
    #[must_use]
    pub fn steps(&self) -> Option<&Steps> {
        self.steps.as_ref()
    }

    /// Returns true where the database must be asked before the target means anything.
    #[must_use]
    pub fn needs_database(&self) -> bool {
        matches!(self.symbol, None | Some(Symbol::Current(_)))
    }
}

impl Range {
    /// Parses `a:b`, `a:`, `:b` or `:`.
    ///
    /// # Errors
    /// Fails when there is not exactly one `:`, or an end does not follow the language.
    pub fn parse(text: &str) -> Result<Self, TargetError> {
        let text = text.trim();
        let Some(colon) = text.find(':') else {
            let text = text.to_owned();
            return Err(TargetError::NotARange { text });
        };
        if let Some(second) = text[colon + 1..].find(':') {
            let span = colon + 1 + second..colon + 2 + second;
            let text = text.to_owned();
            return Err(TargetError::SecondColon { text, span });
        }
        let part = |from, to| (from < to).then(|| parse_at(text, from, to)).transpose();
        Ok(Self {
            start: part(0, colon)?,
            end: part(colon + 1, text.len())?,
            text: text.to_owned(),
        })
    }

    /// Returns the text as typed.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the older end.
    #[must_use]
    pub fn start(&self) -> Option<&Target> {
        self.start.as_ref()
    }

    /// Returns the newer end.
    #[must_use]
    pub fn end(&self) -> Option<&Target> {
        self.end.as_ref()
    }

    /// Returns true where the database must be asked before the range means anything.
    ///
    /// Relative ends count from the other end or from the graph's own heads and bases.
    #[must_use]
    pub fn needs_database(&self) -> bool {
        [&self.start, &self.end]
            .into_iter()
            .flatten()
            .any(|target| matches!(target.symbol, Some(Symbol::Current(_))))
    }
}

impl Argument {
    /// Parses a target or a range, whichever it is.
    ///
    /// # Errors
    /// Fails when the text does not follow the language.
    pub fn parse(text: &str) -> Result<Self, TargetError> {
        if text.contains(':') {
            return Range::parse(text).map(Self::Range);
        }
        Target::parse(text).map(Self::Target)
    }
}

impl std::str::FromStr for Target {
    type Err = TargetError;

    fn from_str(text: &str) -> Result<Self, TargetError> {
        Self::parse(text)
    }
}

impl std::str::FromStr for Range {
    type Err = TargetError;

    fn from_str(text: &str) -> Result<Self, TargetError> {
        Self::parse(text)
    }
}

impl std::str::FromStr for Argument {
    type Err = TargetError;

    fn from_str(text: &str) -> Result<Self, TargetError> {
        Self::parse(text)
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

/// Parses the target that stands at these bytes of a text; spans are of the whole text.
fn parse_at(whole: &str, from: usize, to: usize) -> Result<Target, TargetError> {
    let part = &whole[from..to];
    if part.is_empty() {
        return Err(TargetError::Empty);
    }
    let text = || whole.to_owned();
    let is_blank = |c: char| c.is_whitespace() || c.is_control();
    if let Some((at, character)) = part.char_indices().find(|&(_, c)| is_blank(c)) {
        return Err(TargetError::Character {
            text: text(),
            character,
            span: from + at..from + at + character.len_utf8(),
        });
    }
    let (branch, rest_from) = match part.find('@') {
        None => (None, from),
        Some(0) => {
            let span = from..from + 1;
            return Err(TargetError::NoBranch { text: text(), span });
        }
        Some(at) => (Some(from..from + at), from + at + 1),
    };
    let rest = &whole[rest_from..to];
    if let Some(at) = rest.find('@') {
        let span = rest_from + at..rest_from + at + 1;
        return Err(TargetError::SecondBranch { text: text(), span });
    }
    if rest.is_empty() {
        let span = rest_from - 1..rest_from;
        return Err(TargetError::NothingAfterBranch { text: text(), span });
    }
    let branch = branch.map(|span| word(whole, span));
    if let Some(Word { span, .. }) = branch.as_ref().filter(|b| b.text.contains(['+', '-'])) {
        let span = span.start..to;
        return Err(TargetError::NotANumber { text: text(), span });
    }
    let sign = rest.find(['+', '-']).map(|at| rest_from + at);
    let symbol = rest_from..sign.unwrap_or(to);
    let steps = sign.map(|sign| steps(whole, sign..to)).transpose()?;
    Ok(Target {
        text: part.to_owned(),
        branch,
        symbol: (!symbol.is_empty()).then(|| to_symbol(word(whole, symbol))),
        steps,
    })
}

fn word(whole: &str, span: Span) -> Word {
    let text = whole[span.clone()].to_owned();
    Word { text, span }
}

fn to_symbol(word: Word) -> Symbol {
    match word.text.as_str() {
        "head" => Symbol::Head(word.span),
        "heads" => Symbol::Heads(word.span),
        "base" => Symbol::Base(word.span),
        "current" => Symbol::Current(word.span),
        _ => Symbol::Name(word),
    }
}

fn steps(whole: &str, span: Span) -> Result<Steps, TargetError> {
    let digits = &whole[span.start + 1..span.end];
    let text = || whole.to_owned();
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(TargetError::NotANumber { text: text(), span });
    }
    let Ok(count) = digits.parse() else {
        return Err(TargetError::TooManySteps { text: text(), span });
    };
    Ok(if whole[span.start..].starts_with('+') {
        Steps::Up(count, span)
    } else {
        Steps::Down(count, span)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `branch@symbol±n` with each part in brackets.
    fn parts(text: &str) -> String {
        let target = match Target::parse(text) {
            Ok(target) => target,
            Err(error) => {
                let caret = error.span().map(|s| text[s].to_owned());
                return format!("{error} {caret:?}");
            }
        };
        let branch = target.branch().map_or("-", |b| &b.text);
        let symbol = match target.symbol() {
            None => "-".to_owned(),
            Some(Symbol::Name(word)) => {
                assert_eq!(&text[word.span.clone()], word.text);
                format!("name {}", word.text)
            }
            Some(Symbol::Head(_)) => "HEAD".to_owned(),
            Some(Symbol::Heads(_)) => "HEADS".to_owned(),
            Some(Symbol::Base(_)) => "BASE".to_owned(),
            Some(Symbol::Current(_)) => "CURRENT".to_owned(),
        };
        let steps = match target.steps() {
            None => "-".to_owned(),
            Some(Steps::Up(n, _)) => format!("up {n}"),
            Some(Steps::Down(n, _)) => format!("down {n}"),
        };
        format!("{branch} | {symbol} | {steps}")
    }

    #[test]
    fn every_form_has_up_to_three_parts() {
        for (text, expected) in [
            ("head", "- | HEAD | -"),
            ("heads", "- | HEADS | -"),
            ("base", "- | BASE | -"),
            ("current", "- | CURRENT | -"),
            ("ae10", "- | name ae10 | -"),
            ("users", "- | name users | -"),
            ("users@head", "users | HEAD | -"),
            ("users@heads", "users | HEADS | -"),
            ("users@base", "users | BASE | -"),
            ("ae10@head", "ae10 | HEAD | -"),
            ("users@ae10", "users | name ae10 | -"),
            ("+2", "- | - | up 2"),
            ("-1", "- | - | down 1"),
            ("users@+2", "users | - | up 2"),
            ("users@-1", "users | - | down 1"),
            ("ae10+2", "- | name ae10 | up 2"),
            ("ae10-2", "- | name ae10 | down 2"),
            ("head-1", "- | HEAD | down 1"),
            ("users@head-1", "users | HEAD | down 1"),
            ("users@ae10-1", "users | name ae10 | down 1"),
            ("  head ", "- | HEAD | -"),
            ("v2.4.0.a-1", "- | name v2.4.0.a | down 1"),
            ("o'brien@+1", "o'brien | - | up 1"),
            ("a;b", "- | name a;b | -"),
            ("größe@été", "größe | name été | -"),
            ("headline", "- | name headline | -"),
            ("2", "- | name 2 | -"),
        ] {
            assert_eq!(parts(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_target_is_refused_with_the_place() {
        for (text, expected) in [
            ("", "an empty target names no revision None"),
            (" ", "an empty target names no revision None"),
            (
                "users@",
                "`users@` names a branch but nothing on it Some(\"@\")",
            ),
            ("@head", "`@head` has no branch before its `@` Some(\"@\")"),
            ("a@b@c", "`a@b@c` has more than one `@` Some(\"@\")"),
            (
                "a-",
                "`a-` has a sign that no whole number follows Some(\"-\")",
            ),
            (
                "a-b",
                "`a-b` has a sign that no whole number follows Some(\"-b\")",
            ),
            (
                "a+1-1",
                "`a+1-1` has a sign that no whole number follows Some(\"+1-1\")",
            ),
            (
                "a-1@head",
                "`a-1@head` has a sign that no whole number follows Some(\"a-1@head\")",
            ),
            (
                "+99999999999",
                "`+99999999999` counts too many steps Some(\"+99999999999\")",
            ),
            (
                "a b",
                "character ' ' cannot be part of the target `a b` Some(\" \")",
            ),
            (
                "a:b",
                "`a:b` is a range, but a single target is needed Some(\":\")",
            ),
        ] {
            assert_eq!(parts(text), expected, "{text}");
        }
    }

    #[test]
    fn a_range_may_leave_out_either_end() {
        let ends = |text| {
            let range = Range::parse(text).unwrap();
            let end = |t: Option<&Target>| t.map_or("-".to_owned(), ToString::to_string);
            format!("{} | {}", end(range.start()), end(range.end()))
        };
        assert_eq!(ends("a:b"), "a | b");
        assert_eq!(ends("a:"), "a | -");
        assert_eq!(ends(":b"), "- | b");
        assert_eq!(ends(":"), "- | -");
        assert_eq!(ends("-3:current"), "-3 | current");
        assert_eq!(ends("x@a:x@+2"), "x@a | x@+2");
        assert!(Range::parse("-3:current").unwrap().needs_database());
        assert!(!Range::parse("-3:").unwrap().needs_database());
        let error = Range::parse("a:b:c").unwrap_err();
        assert_eq!(error.span(), Some(3..4));
        assert_eq!(error.code(), "invalid_target");
        assert!(matches!(
            Range::parse("a"),
            Err(TargetError::NotARange { .. })
        ));
        let error = Range::parse("a:b-x").unwrap_err();
        assert_eq!(error.span(), Some(3..5));
    }
}
