//! Reads the outline of a Rust-coded revision: its doc, its `REVISION` and its two functions.
//!
//! A scanner, not a parser: it knows comments, strings, character literals and brackets, and looks
//! at the words outside of all brackets. Whether the file is correct Rust is the compiler's to say.

use std::ops::Range;

/// What stands at the outer level of a Rust-coded revision.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outline {
    /// The first paragraph of the file's `//!` comment, on one line.
    pub doc: String,
    /// The item `const REVISION`.
    pub revision: Option<Item>,
    /// The item `fn upgrade`.
    pub upgrade: Option<Item>,
    /// The item `fn downgrade`.
    pub downgrade: Option<Item>,
}

/// An item at the outer level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// The line of the item's name (1-based).
    pub line: u32,
    /// True where the item begins with `pub`.
    pub public: bool,
    /// From the word `const` or `fn` to the end of the item, its `;` or `}` included.
    pub range: Range<usize>,
}

/// Returns the outline of a Rust source text.
#[must_use]
pub fn outline(source: &str) -> Outline {
    let mut outline = Outline::default();
    let mut doc = Doc::default();
    let mut scanner = Scanner::new(source);
    let mut depth = 0_usize;
    let mut preamble = Preamble::default();
    let mut open: Option<(Name, Item)> = None;
    while let Some((token, range)) = scanner.next() {
        let text = &source[range.clone()];
        match token {
            Token::Comment => {
                if !doc.closed {
                    doc.add(text);
                }
            }
            Token::Literal => {}
            Token::Word if depth == 0 => {
                doc.closed = true;
                if open.is_none() {
                    open = preamble.word(text, &range).map(|(name, start, public)| {
                        let line = line_of(source, range.start);
                        let range = start..source.len();
                        (
                            name,
                            Item {
                                line,
                                public,
                                range,
                            },
                        )
                    });
                }
            }
            Token::Word => {}
            Token::Mark(b'(' | b'[' | b'{') => depth += 1,
            Token::Mark(mark) => {
                let closes = matches!(mark, b')' | b']' | b'}');
                depth = depth.saturating_sub(usize::from(closes));
                if depth == 0 && matches!(mark, b';' | b'}') {
                    // A `}` also closes a block in the value of a constant; its item ends at `;`.
                    let in_constant = matches!(open, Some((Name::Revision, _))) && mark == b'}';
                    if in_constant {
                        continue;
                    }
                    preamble = Preamble::default();
                    if let Some((name, mut item)) = open.take() {
                        item.range.end = range.end;
                        *outline.place(name) = Some(item);
                    }
                }
            }
        }
    }
    outline.doc = doc.paragraph();
    outline
}

#[derive(Clone, Copy)]
enum Name {
    Revision,
    Upgrade,
    Downgrade,
}

impl Outline {
    const fn place(&mut self, name: Name) -> &mut Option<Item> {
        match name {
            Name::Revision => &mut self.revision,
            Name::Upgrade => &mut self.upgrade,
            Name::Downgrade => &mut self.downgrade,
        }
    }
}

/// The words of an item up to its name.
#[derive(Default)]
struct Preamble {
    public: bool,
    /// The word before, where it is `const` or `fn`, and its offset.
    keyword: Option<(&'static str, usize)>,
}

impl Preamble {
    fn word(&mut self, word: &str, range: &Range<usize>) -> Option<(Name, usize, bool)> {
        let before = self.keyword.take();
        match (before, word) {
            (Some(("const", start)), "REVISION") => Some((Name::Revision, start, self.public)),
            (Some(("fn", start)), "upgrade") => Some((Name::Upgrade, start, self.public)),
            (Some(("fn", start)), "downgrade") => Some((Name::Downgrade, start, self.public)),
            (_, "const") => {
                self.keyword = Some(("const", range.start));
                None
            }
            (_, "fn") => {
                self.keyword = Some(("fn", range.start));
                None
            }
            (_, "pub") => {
                self.public = true;
                None
            }
            _ => None,
        }
    }
}

/// The file's own doc comment, gathered line by line.
#[derive(Default)]
struct Doc {
    lines: Vec<String>,
    closed: bool,
}

impl Doc {
    fn add(&mut self, comment: &str) {
        if let Some(line) = comment.strip_prefix("//!") {
            self.lines.push(line.trim().to_owned());
        } else if let Some(block) = comment.strip_prefix("/*!") {
            let block = block.strip_suffix("*/").unwrap_or(block);
            let lines = block
                .lines()
                .map(|line| line.trim().trim_start_matches('*').trim());
            self.lines.extend(lines.map(str::to_owned));
        }
    }

    fn paragraph(&self) -> String {
        let lines = self.lines.iter().skip_while(|line| line.is_empty());
        let lines: Vec<&str> = lines
            .take_while(|line| !line.is_empty())
            .map(String::as_str)
            .collect();
        lines.join(" ")
    }
}

fn line_of(source: &str, offset: usize) -> u32 {
    let ends = source.bytes().take(offset).filter(|b| *b == b'\n').count();
    u32::try_from(ends + 1).unwrap_or(u32::MAX)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    Word,
    /// A string or character literal or a lifetime.
    Literal,
    Comment,
    Mark(u8),
}

struct Scanner<'s> {
    source: &'s str,
    at: usize,
}

impl<'s> Scanner<'s> {
    fn new(source: &'s str) -> Self {
        let at = source.len() - source.trim_start_matches('\u{feff}').len();
        Self { source, at }
    }

    fn byte(&self, ahead: usize) -> u8 {
        *self.source.as_bytes().get(self.at + ahead).unwrap_or(&0)
    }

    /// Goes on to behind the next occurrence of a text, or to the end.
    fn skip_past(&mut self, text: &str) {
        let rest = &self.source[self.at..];
        self.at += rest.find(text).map_or(rest.len(), |at| at + text.len());
    }

    fn next(&mut self) -> Option<(Token, Range<usize>)> {
        let bytes = self.source.as_bytes();
        while bytes.get(self.at)?.is_ascii_whitespace() {
            self.at += 1;
        }
        let start = self.at;
        let token = match (self.byte(0), self.byte(1)) {
            (b'/', b'/') => {
                let rest = &self.source[start..];
                self.at += rest.find('\n').unwrap_or(rest.len());
                Token::Comment
            }
            (b'/', b'*') => {
                self.block_comment();
                Token::Comment
            }
            (b'"', _) => {
                self.string();
                Token::Literal
            }
            (b'\'', _) => {
                self.character_or_lifetime();
                Token::Literal
            }
            (byte, _) if is_word(byte) => {
                while is_word(self.byte(0)) {
                    self.at += 1;
                }
                let raw = matches!(&self.source[start..self.at], "r" | "br" | "cr");
                if raw && self.raw_string() {
                    Token::Literal
                } else {
                    Token::Word
                }
            }
            (byte, _) => {
                self.at += 1;
                Token::Mark(byte)
            }
        };
        Some((token, start..self.at))
    }

    fn block_comment(&mut self) {
        let mut depth = 0_usize;
        while self.at < self.source.len() {
            match (self.byte(0), self.byte(1)) {
                (b'/', b'*') => {
                    depth += 1;
                    self.at += 2;
                }
                (b'*', b'/') => {
                    depth -= 1;
                    self.at += 2;
                    if depth == 0 {
                        return;
                    }
                }
                _ => self.at += 1,
            }
        }
    }

    fn string(&mut self) {
        self.at += 1;
        while self.at < self.source.len() {
            match self.byte(0) {
                b'\\' => self.at += 2,
                b'"' => {
                    self.at += 1;
                    return;
                }
                _ => self.at += 1,
            }
        }
        self.at = self.source.len();
    }

    /// Takes a raw string whose prefix was just read; returns false where none follows.
    fn raw_string(&mut self) -> bool {
        let rest = &self.source[self.at..];
        let hashes = rest.len() - rest.trim_start_matches('#').len();
        if !rest[hashes..].starts_with('"') {
            return false;
        }
        self.at += hashes + 1;
        let end = format!("\"{}", "#".repeat(hashes));
        self.skip_past(&end);
        true
    }

    fn character_or_lifetime(&mut self) {
        self.at += 1;
        if self.byte(0) == b'\\' {
            // What is escaped may itself be a quote.
            self.at = (self.at + 2).min(self.source.len());
            while !self.source.is_char_boundary(self.at) {
                self.at += 1;
            }
            self.skip_past("'");
            return;
        }
        let mut rest = self.source[self.at..].chars();
        let length = rest.next().map_or(0, char::len_utf8);
        if rest.next() == Some('\'') {
            self.at += length + 1;
            return;
        }
        while is_word(self.byte(0)) {
            self.at += 1;
        }
    }
}

const fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(source: &str) -> (Option<u32>, Option<u32>, Option<u32>) {
        let outline = outline(source);
        let line = |item: Option<Item>| item.map(|item| item.line);
        (
            line(outline.revision),
            line(outline.upgrade),
            line(outline.downgrade),
        )
    }

    #[test]
    fn a_revision_has_a_doc_a_constant_and_two_functions() {
        let source = "\u{feff}//! add\n//! accounts\n//!\n//! more\nuse limbeck::prelude::*;\n\
                      #[rustfmt::skip]\npub const REVISION: Revision =\n    Revision::new(\"a;b\");\n\
                      pub(crate) fn upgrade(op: &mut Op) -> Result<()> { Ok(()) }\nfn downgrade() {}";
        let outline = outline(source);
        assert_eq!(outline.doc, "add accounts");
        let revision = outline.revision.unwrap();
        assert_eq!((revision.line, revision.public), (7, true));
        assert_eq!(
            &source[revision.range],
            "const REVISION: Revision =\n    Revision::new(\"a;b\");"
        );
        assert_eq!(outline.upgrade.map(|i| (i.line, i.public)), Some((9, true)));
        let downgrade = outline.downgrade.unwrap();
        assert_eq!((downgrade.line, downgrade.public), (10, false));
    }

    #[test]
    fn comments_strings_and_inner_items_hide_what_they_hold() {
        let source = r####"
            // pub fn upgrade() {}
            /* /* */ pub fn upgrade() {} */
            const S: &str = "pub fn upgrade() {} \" pub fn upgrade() {}";
            const R: &str = r#"pub fn upgrade() {} " "# ;
            const B: &[u8] = br##"}"# pub fn upgrade() {}"##;
            const C: (char, char, char) = ('"', '\'', '\u{7d}');
            fn lifetimes<'a>(x: &'a str) -> &'a str { let _ = b'{'; 'l: loop { break 'l; } x }
            mod inner { pub fn upgrade() {} pub fn downgrade() {} }
            macro_rules! m { () => { pub fn upgrade() {} } }
            fn r#upgrade_not() {}
        "####;
        assert_eq!(shape(source), (None, None, None));
        let source = format!("{source}\npub fn upgrade() {{}}");
        assert_eq!(shape(&source), (None, Some(13), None));
    }

    #[test]
    fn what_is_never_closed_ends_with_the_file() {
        for source in [
            "/* fn", "\"\\", "r#\"", "'\\", "'\\é", "'", "fn", "{", "}", "é",
        ] {
            assert_eq!(shape(source), (None, None, None), "{source}");
        }
        assert_eq!(shape("pub const REVISION: X = ("), (None, None, None));
    }

    #[test]
    fn a_constant_with_a_block_ends_at_its_semicolon() {
        let source = "const REVISION: Revision = { Revision::new(\"a\") }; fn upgrade() {}";
        let outline = outline(source);
        let revision = outline.revision.unwrap();
        assert!(source[revision.range].ends_with(" };"));
        assert!(outline.upgrade.is_some());
    }
}
