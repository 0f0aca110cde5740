//! The significant tokens of a statement, one after the other: what is told apart by first words
//! needs no grammar.

use std::borrow::Cow;

use squawk_lexer::{LiteralKind, TokenKind, tokenize};

/// What is left of a statement.
#[derive(Clone, Copy)]
pub(super) struct Words<'s> {
    rest: &'s str,
}

/// A token that is neither white space nor comment.
#[derive(Clone, Copy)]
pub(super) struct Word<'s> {
    pub(super) text: &'s str,
    kind: TokenKind,
}

impl<'s> Words<'s> {
    pub(super) const fn new(statement: &'s str) -> Self {
        Self { rest: statement }
    }

    /// Returns the text that no word was taken from yet.
    pub(super) const fn rest(self) -> &'s str {
        self.rest
    }

    pub(super) fn peek(&self) -> Option<Word<'s>> {
        Words { rest: self.rest }.word()
    }

    /// Tells whether the next word is this one.
    pub(super) fn next_is(&self, keyword: &str) -> bool {
        self.peek().is_some_and(|word| word.is(keyword))
    }

    /// Takes the next word, whatever it is.
    pub(super) fn word(&mut self) -> Option<Word<'s>> {
        let mut offset = 0;
        for token in tokenize(self.rest) {
            let from = offset;
            offset += token.len as usize;
            match token.kind {
                TokenKind::Whitespace | TokenKind::LineComment | TokenKind::BlockComment { .. } => {
                }
                kind => {
                    let text = &self.rest[from..offset];
                    self.rest = &self.rest[offset..];
                    return Some(Word { text, kind });
                }
            }
        }
        self.rest = "";
        None
    }

    /// Takes the next word where it is this one.
    pub(super) fn take(&mut self, keyword: &str) -> bool {
        let found = self.next_is(keyword);
        if found {
            self.word();
        }
        found
    }

    /// Takes the next words where they are these; otherwise takes none.
    pub(super) fn take_all(&mut self, keywords: &[&str]) -> bool {
        let before = *self;
        let found = keywords.iter().all(|keyword| self.take(keyword));
        if !found {
            *self = before;
        }
        found
    }

    /// Takes the next word where it is one of these.
    pub(super) fn take_one(&mut self, keywords: &[&str]) -> bool {
        keywords.iter().any(|keyword| self.take(keyword))
    }

    /// Takes what stands in parentheses where that comes next.
    pub(super) fn take_parentheses(&mut self) {
        if !self.take("(") {
            return;
        }
        let mut depth = 1_u32;
        while depth > 0
            && let Some(word) = self.word()
        {
            match word.text {
                "(" => depth += 1,
                ")" => depth -= 1,
                _ => {}
            }
        }
    }

    /// Takes all up to and with the first of these words that is in no parentheses; where there is
    /// none, everything.
    pub(super) fn take_past(&mut self, keywords: &[&str]) -> bool {
        loop {
            self.take_parentheses();
            match self.word() {
                None => return false,
                Some(word) if keywords.iter().any(|keyword| word.is(keyword)) => return true,
                Some(_) => {}
            }
        }
    }

    /// Tells whether one of these words is still to come.
    pub(super) fn any(mut self, keywords: &[&str]) -> bool {
        while let Some(word) = self.word() {
            if keywords.iter().any(|keyword| word.is(keyword)) {
                return true;
            }
        }
        false
    }
}

impl<'s> Word<'s> {
    pub(super) fn is(&self, keyword: &str) -> bool {
        self.text.eq_ignore_ascii_case(keyword)
    }

    /// Returns the name that the token stands for; none where it is no plain name.
    pub(super) fn name(&self) -> Option<String> {
        match self.kind {
            TokenKind::Ident => Some(self.text.to_ascii_lowercase()),
            TokenKind::QuotedIdent { uescape: false, .. } => {
                let inner = self.text.strip_prefix('"')?.strip_suffix('"')?;
                Some(inner.replace("\"\"", "\""))
            }
            _ => None,
        }
    }

    /// Returns what a string literal without escapes says.
    pub(super) fn string(&self) -> Option<Cow<'s, str>> {
        match self.kind {
            TokenKind::Literal {
                kind: LiteralKind::Str { terminated: true },
            } => {
                let inner = self.text.strip_prefix('\'')?.strip_suffix('\'')?;
                Some(inner.replace("''", "'").into())
            }
            TokenKind::Literal {
                kind: LiteralKind::DollarQuotedString { terminated: true },
            } => {
                let tag = self.text[1..].find('$')? + 2;
                let end = self.text.len().checked_sub(tag)?;
                self.text.get(tag..end).map(Cow::Borrowed)
            }
            _ => None,
        }
    }
}
