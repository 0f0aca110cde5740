//! Splits SQL text into its statements, as psql would and before anything runs.
//!
//! Works on the tokens of a real lexer plus the three things a splitter must know of the grammar:
//! parentheses (`CREATE RULE … DO (a; b)`), `BEGIN ATOMIC … END` bodies, and what is no SQL at all
//! (psql's own commands, inline `COPY` data). Whether a statement is correct is the server's to say.

use squawk_lexer::{LiteralKind, Token, TokenKind, tokenize};

use crate::script::Statement;

/// Why a text cannot be split into statements.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SplitError {
    /// Occurs when a string, name, comment, parenthesis or body has no end.
    #[error("the {what} that begins here has no end")]
    Unterminated {
        /// What was begun.
        what: &'static str,
        /// The line it begins on.
        line: u32,
    },
    /// Occurs when a command of psql stands among the statements.
    #[error("`{command}` is a command of psql, not SQL")]
    MetaCommand {
        /// The command's word with its backslash.
        command: String,
        /// The line it stands on.
        line: u32,
    },
    /// Occurs when a `COPY` reads from or writes to the client.
    #[error("`COPY` from or to the client cannot be part of a revision")]
    Copy {
        /// The line that the statement begins on.
        line: u32,
    },
    /// Occurs when a plain string holds a backslash after `standard_conforming_strings` was
    /// turned off, so that where the string ends depends on the session.
    #[error("a string with a backslash follows `standard_conforming_strings = off`")]
    Backslash {
        /// The line that the string begins on.
        line: u32,
    },
    /// Occurs when the text holds a NUL character, which no SQL text can.
    #[error("the text holds a NUL character")]
    Nul {
        /// The line it stands on.
        line: u32,
    },
}

impl SplitError {
    /// Returns the line of the file that the error is about.
    #[must_use]
    pub const fn line(&self) -> u32 {
        match self {
            Self::Unterminated { line, .. }
            | Self::MetaCommand { line, .. }
            | Self::Copy { line }
            | Self::Backslash { line }
            | Self::Nul { line } => *line,
        }
    }

    /// Returns what a person can do about it, where there is something general to say.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Unterminated { .. } => None,
            Self::MetaCommand { command, .. } => Some(match command.as_str() {
                r"\restrict" | r"\unrestrict" | r"\connect" => {
                    "delete the line; newer versions of pg_dump write it for psql alone"
                }
                r"\." => "dump the data with `pg_dump --inserts`",
                _ => "delete the line, or write in SQL what it does",
            }),
            Self::Copy { .. } => {
                Some("dump the data with `pg_dump --inserts`, or write `INSERT` statements")
            }
            Self::Backslash { .. } => Some("write the string as E'…' and delete the setting"),
            Self::Nul { .. } => Some("save the file as UTF-8"),
        }
    }
}

/// A comment that divides a text, and the line it stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Marker<'t> {
    /// The comment as written, with its dashes and without the line's end.
    pub text: &'t str,
    /// Its line.
    pub line: u32,
}

/// The statements between two markers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part<'t> {
    /// The marker that opens the part; none for what stands before the first one.
    pub marker: Option<Marker<'t>>,
    /// In order.
    pub statements: Vec<Statement>,
}

/// Splits a text into statements; `first_line` is the line of the file it begins on.
///
/// A statement's text is the slice from its first to its last token, comments between them
/// included, the closing semicolon not.
///
/// # Errors
/// Fails on what is never closed, on commands of psql, and on `COPY` from or to the client.
pub fn split(text: &str, first_line: u32) -> Result<Vec<Statement>, SplitError> {
    let parts = split_at(text, first_line, |_| false)?;
    Ok(parts.into_iter().flat_map(|part| part.statements).collect())
}

/// Splits a text into parts at the marker comments, and each part into statements.
///
/// A marker is a `--` comment that has its line to itself, stands outside of every string, body
/// and block comment, and for which `is_marker` returns true. It also ends the statement before
/// it. The first part is the one before any marker and may be empty.
///
/// # Errors
/// As [`split`].
pub fn split_at<'t>(
    text: &'t str,
    first_line: u32,
    is_marker: impl Fn(&str) -> bool,
) -> Result<Vec<Part<'t>>, SplitError> {
    let mut splitter = Splitter::new(text, first_line);
    if let Some(at) = text.bytes().position(|byte| byte == 0) {
        let line = splitter.line_of(at);
        return Err(SplitError::Nul { line });
    }
    let mut tokens = tokenize(text);
    let mut at = 0;
    while let Some(token) = tokens.next() {
        let from = at;
        at += token.len as usize;
        match token.kind {
            TokenKind::Whitespace | TokenKind::BlockComment { terminated: true } => {}
            TokenKind::LineComment => {
                let comment = &text[from..at];
                if is_marker(comment) && splitter.begins_line(from) {
                    splitter.mark(from, comment)?;
                }
            }
            _ => {
                if let Some(end) = splitter.take(token, from)? {
                    tokens = tokenize(&text[end..]);
                    at = end;
                }
            }
        }
    }
    splitter.end_statement()?;
    Ok(splitter.parts)
}

/// Returns a statement with its semicolon, such that splitting gives the statement back.
///
/// A comment in it that would be a marker gets another dash and is none any more.
#[must_use]
pub fn terminated(statement: &str, is_marker: impl Fn(&str) -> bool) -> String {
    let mut text = String::with_capacity(statement.len() + 1);
    let mut at = 0;
    let mut ends_in_comment = false;
    for token in tokenize(statement) {
        let piece = &statement[at..at + token.len as usize];
        at += piece.len();
        let is_comment = token.kind == TokenKind::LineComment;
        if is_comment && is_marker(piece) {
            text.push('-');
        }
        text.push_str(piece);
        ends_in_comment = is_comment || (ends_in_comment && !piece.contains('\n'));
    }
    text.push_str(if ends_in_comment { "\n;" } else { ";" });
    text
}

/// Returns the length of the block comment that a text begins with; all of it where it has no end.
#[must_use]
pub fn block_comment_length(text: &str) -> usize {
    match tokenize(text).next() {
        Some(token) if matches!(token.kind, TokenKind::BlockComment { .. }) => token.len as usize,
        _ => 0,
    }
}

/// The state of splitting: what is finished, and what is known of the statement under way.
struct Splitter<'t> {
    text: &'t str,
    parts: Vec<Part<'t>>,
    /// `line` is the line of `counted`, so that each line end is counted once.
    line: u32,
    counted: usize,
    first_line: u32,
    backslash_escapes: bool,
    /// Of the statement under way: where its first token begins and its last one ends.
    start: Option<usize>,
    end: usize,
    /// Its first words, which say what kind of statement it is.
    words: [&'t str; 4],
    word_count: usize,
    previous: &'t str,
    previous_is_escape_string: bool,
    parentheses: u32,
    parenthesis_at: usize,
    /// Open `BEGIN ATOMIC` and, inside one, open `CASE`.
    blocks: u32,
    block_at: usize,
    copies_inline: bool,
}

impl<'t> Splitter<'t> {
    fn new(text: &'t str, first_line: u32) -> Self {
        Self {
            text,
            parts: vec![Part {
                marker: None,
                statements: Vec::new(),
            }],
            line: first_line,
            counted: 0,
            first_line,
            backslash_escapes: false,
            start: None,
            end: 0,
            words: [""; 4],
            word_count: 0,
            previous: "",
            previous_is_escape_string: false,
            parentheses: 0,
            parenthesis_at: 0,
            blocks: 0,
            block_at: 0,
            copies_inline: false,
        }
    }

    /// Returns the line of any offset, counting from the beginning.
    fn line_of(&self, offset: usize) -> u32 {
        self.first_line + line_ends(&self.text[..offset])
    }

    /// Returns the line of an offset that is not before the last one asked for.
    fn next_line_of(&mut self, offset: usize) -> u32 {
        self.line += line_ends(&self.text[self.counted..offset]);
        self.counted = offset;
        self.line
    }

    fn begins_line(&self, offset: usize) -> bool {
        let before = &self.text[..offset];
        let line = before.rfind('\n').map_or(before, |at| &before[at + 1..]);
        line.chars()
            .all(|c| matches!(c, ' ' | '\t' | '\r' | '\u{feff}'))
    }

    fn unterminated<T>(&self, what: &'static str, at: usize) -> Result<T, SplitError> {
        let line = self.line_of(at);
        Err(SplitError::Unterminated { what, line })
    }

    /// Takes a token that is neither white space nor comment.
    ///
    /// Returns the offset to go on from where the lexer saw the token's end in the wrong place.
    fn take(&mut self, token: Token, from: usize) -> Result<Option<usize>, SplitError> {
        let mut to = from + token.len as usize;
        let text = &self.text[from..to];
        let mut resume = None;
        let mut is_escape_string = false;
        match token.kind {
            TokenKind::Semi if self.parentheses == 0 && self.blocks == 0 => {
                self.end_statement()?;
                return Ok(None);
            }
            TokenKind::Ident => self.word(text, from),
            TokenKind::OpenParen => {
                if self.parentheses == 0 {
                    self.parenthesis_at = from;
                }
                self.parentheses += 1;
            }
            TokenKind::CloseParen => self.parentheses = self.parentheses.saturating_sub(1),
            TokenKind::Literal { kind } => {
                is_escape_string = matches!(kind, LiteralKind::EscStr { .. });
                if let LiteralKind::Str { .. } = kind
                    && text.contains('\\')
                {
                    if self.continues_escape_string(from) {
                        to = self.escape_string_end(from)?;
                        resume = Some(to);
                        is_escape_string = true;
                    } else if self.backslash_escapes {
                        let line = self.line_of(from);
                        return Err(SplitError::Backslash { line });
                    }
                }
                if resume.is_none()
                    && let Some(what) = unterminated_literal(kind)
                {
                    return self.unterminated(what, from);
                }
            }
            TokenKind::QuotedIdent { terminated, .. } => {
                if !terminated {
                    return self.unterminated("quoted name", from);
                }
                self.count_word("");
            }
            TokenKind::BlockComment { .. } => return self.unterminated("comment", from),
            TokenKind::Unknown if text == "\\" => {
                let line = self.line_of(from);
                let command = meta_command(&self.text[from..]).to_owned();
                return Err(SplitError::MetaCommand { command, line });
            }
            _ => {}
        }
        self.start.get_or_insert(from);
        self.end = to;
        self.previous = &self.text[from..to];
        self.previous_is_escape_string = is_escape_string;
        Ok(resume)
    }

    fn count_word(&mut self, word: &'t str) {
        if let Some(place) = self.words.get_mut(self.word_count) {
            *place = word;
            self.word_count += 1;
        }
    }

    fn word(&mut self, word: &'t str, from: usize) {
        self.count_word(word);
        match word.len() {
            // After `AS` or a dot even a reserved word is only a name.
            3 | 4 if self.blocks > 0 && !is(self.previous, "as") && self.previous != "." => {
                if is(word, "case") {
                    self.blocks += 1;
                } else if is(word, "end") {
                    self.blocks -= 1;
                }
            }
            6 if self.blocks == 0
                && is(word, "atomic")
                && is(self.previous, "begin")
                && self.is_routine() =>
            {
                self.blocks = 1;
                self.block_at = from;
            }
            5 | 6 if self.parentheses == 0 && is(self.words[0], "copy") => {
                // The server takes either word after either.
                self.copies_inline |= (is(word, "stdin") || is(word, "stdout"))
                    && (is(self.previous, "from") || is(self.previous, "to"));
            }
            _ => {}
        }
    }

    fn is_routine(&self) -> bool {
        let [create, second, third, fourth] = self.words;
        let kind = if is(second, "or") && is(third, "replace") {
            fourth
        } else {
            second
        };
        is(create, "create") && (is(kind, "function") || is(kind, "procedure"))
    }

    /// Tells whether a string goes on the `E''` string before it, whose escapes then hold in it.
    fn continues_escape_string(&self, from: usize) -> bool {
        self.previous_is_escape_string && self.text[self.end..from].contains('\n')
    }

    fn escape_string_end(&self, from: usize) -> Result<usize, SplitError> {
        let bytes = self.text.as_bytes();
        let mut at = from + 1;
        while let Some(byte) = bytes.get(at) {
            match (byte, bytes.get(at + 1)) {
                (b'\\', _) | (b'\'', Some(b'\'')) => at += 2,
                (b'\'', _) => return Ok(at + 1),
                _ => at += 1,
            }
        }
        self.unterminated("string", from)
    }

    fn end_statement(&mut self) -> Result<(), SplitError> {
        let Some(start) = self.start.take() else {
            return Ok(());
        };
        if self.parentheses > 0 {
            return self.unterminated("parenthesis", self.parenthesis_at);
        }
        if self.blocks > 0 {
            return self.unterminated("BEGIN ATOMIC body", self.block_at);
        }
        let line = self.next_line_of(start);
        if self.copies_inline {
            return Err(SplitError::Copy { line });
        }
        self.note_setting();
        let text = self.text[start..self.end].to_owned();
        if let Some(part) = self.parts.last_mut() {
            part.statements.push(Statement { text, line });
        }
        self.words = [""; 4];
        self.word_count = 0;
        self.previous = "";
        self.previous_is_escape_string = false;
        Ok(())
    }

    fn note_setting(&mut self) {
        let [set, second, third, _] = self.words;
        if !is(set, "set") {
            return;
        }
        let name = if is(second, "session") || is(second, "local") {
            third
        } else {
            second
        };
        if is(name, "standard_conforming_strings") {
            let value = self.previous.trim_matches('\'');
            self.backslash_escapes = ["off", "false", "no", "0"].iter().any(|w| is(value, w));
        }
    }

    fn mark(&mut self, from: usize, text: &'t str) -> Result<(), SplitError> {
        self.end_statement()?;
        let line = self.next_line_of(from);
        self.parts.push(Part {
            marker: Some(Marker { text, line }),
            statements: Vec::new(),
        });
        Ok(())
    }
}

fn is(word: &str, keyword: &str) -> bool {
    word.eq_ignore_ascii_case(keyword)
}

fn line_ends(text: &str) -> u32 {
    let count = text.bytes().filter(|byte| *byte == b'\n').count();
    u32::try_from(count).unwrap_or(u32::MAX)
}

fn meta_command(text: &str) -> &str {
    let end = text
        .find(|c: char| c.is_whitespace() || c == ';')
        .unwrap_or(text.len());
    &text[..end]
}

const fn unterminated_literal(kind: LiteralKind) -> Option<&'static str> {
    match kind {
        LiteralKind::Str { terminated: false }
        | LiteralKind::NationalStr { terminated: false }
        | LiteralKind::ByteStr { terminated: false }
        | LiteralKind::BitStr { terminated: false }
        | LiteralKind::UnicodeEscStr { terminated: false }
        | LiteralKind::EscStr { terminated: false } => Some("string"),
        LiteralKind::DollarQuotedString { terminated: false } => Some("dollar-quoted text"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(sql: &str) -> Vec<String> {
        split(sql, 1).unwrap().into_iter().map(|s| s.text).collect()
    }

    fn one(sql: &str) {
        assert_eq!(texts(&format!("{sql};\nSELECT 1")), [sql, "SELECT 1"]);
    }

    #[test]
    fn semicolons_in_strings_names_comments_and_bodies_split_nothing() {
        one("SELECT ';', E'\\';', U&'\\0061;', $$;$$, $a$ $$;$$ $b$ $a$, \"a;b\", U&\"x;\"");
        one("SELECT 1 /* ; /* nested ; */ ; */ , 2 -- ;\n, 3");
        one("SELECT 'it''s; ' 'x', B'1', X'F', N'n;'");
        one("CREATE RULE r AS ON INSERT TO t DO (DELETE FROM a; DELETE FROM b)");
        one("DO $body$ BEGIN PERFORM 1; -- $$ ' \n END $body$");
        one("SELECT a$$b, $1 FROM t");
        one("SELECT E'a'\n'b\\'; c', 1");
    }

    #[test]
    fn a_body_between_begin_atomic_and_end_is_one_statement() {
        one("CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END");
        one(
            "create or replace procedure p() begin atomic select case when true then 1 \
             else case 1 when 1 then 2 end end; select 3 as end; select t.case from t; end",
        );
        one("CREATE FUNCTION f(a int) RETURNS int RETURN CASE WHEN a > 1 THEN 1 ELSE 2 END");
        one("CREATE TABLE \"begin\" (atomic int, \"end\" int)");
    }

    #[test]
    fn begin_and_end_elsewhere_are_plain_words() {
        assert_eq!(texts("BEGIN; SELECT 1; END;"), ["BEGIN", "SELECT 1", "END"]);
        assert_eq!(
            texts("CREATE VIEW v AS SELECT begin atomic FROM t; SELECT 2"),
            ["CREATE VIEW v AS SELECT begin atomic FROM t", "SELECT 2"]
        );
    }

    #[test]
    fn a_statement_runs_from_its_first_to_its_last_token() {
        let sql = "\u{feff}-- one\n\n /* two */ SELECT 1 -- three\n;;\n; -- four\n\r\nSELECT\n2 ;";
        let statements = split(sql, 10).unwrap();
        assert_eq!(
            statements,
            [
                Statement {
                    text: "SELECT 1".to_owned(),
                    line: 12
                },
                Statement {
                    text: "SELECT\n2".to_owned(),
                    line: 16
                },
            ]
        );
        assert_eq!(split("-- nothing\n/* here */;", 1).unwrap(), []);
    }

    #[test]
    fn what_is_never_closed_is_named_with_the_line_it_begins_on() {
        for (sql, what, line) in [
            ("SELECT 1;\nSELECT 'a;\n", "string", 2),
            ("\n\nSELECT E'a\\';", "string", 3),
            ("SELECT E'a'\n'b\\';", "string", 2),
            ("SELECT $x$ $$ ;\n", "dollar-quoted text", 1),
            ("SELECT \"a;\n", "quoted name", 1),
            ("SELECT 1;\n/* /* */ ;", "comment", 2),
            ("SELECT (\n(1);\nSELECT 2;", "parenthesis", 1),
            (
                "CREATE FUNCTION f() BEGIN ATOMIC\nSELECT 1;",
                "BEGIN ATOMIC body",
                1,
            ),
        ] {
            assert_eq!(
                split(sql, 1),
                Err(SplitError::Unterminated { what, line }),
                "{sql}"
            );
        }
    }

    #[test]
    fn what_is_no_sql_is_refused_with_advice() {
        let refused = |sql: &str| {
            let error = split(sql, 1).unwrap_err();
            let hint = error.hint().unwrap_or_default();
            format!("{}: {error}; {hint}", error.line())
        };
        insta::assert_snapshot!(refused("SELECT 1;\n\\restrict abc\n"), @r"2: `\restrict` is a command of psql, not SQL; delete the line; newer versions of pg_dump write it for psql alone");
        insta::assert_snapshot!(refused("SELECT 1 \\gset"), @r"1: `\gset` is a command of psql, not SQL; delete the line, or write in SQL what it does");
        insta::assert_snapshot!(refused("\nCOPY public.t (a, b) FROM stdin;\n1\tit's\n\\.\n"), @"2: `COPY` from or to the client cannot be part of a revision; dump the data with `pg_dump --inserts`, or write `INSERT` statements");
        insta::assert_snapshot!(refused("SET standard_conforming_strings = off;\nSELECT 'it\\'s'"), @"2: a string with a backslash follows `standard_conforming_strings = off`; write the string as E'…' and delete the setting");
        insta::assert_snapshot!(refused("SELECT 1;\n\0"), @"2: the text holds a NUL character; save the file as UTF-8");
        assert!(split("COPY t FROM stdout", 1).is_err());
        one("COPY t FROM '/stdin'");
        one("COPY (SELECT a FROM stdin) TO '/tmp/x'");
    }

    #[test]
    fn a_marker_divides_only_as_a_comment_with_a_line_to_itself() {
        let sql = "a\n--! one\nb; SELECT $$\n--! two\n$$;\nc --! three\n;/*\n--! four\n*/\n  --! five\r\n";
        let parts = split_at(sql, 1, |comment| comment.starts_with("--!")).unwrap();
        let shape: Vec<_> = parts
            .iter()
            .map(|p| (p.marker.map(|m| (m.text, m.line)), p.statements.len()))
            .collect();
        assert_eq!(
            shape,
            [
                (None, 1),
                (Some(("--! one", 2)), 3),
                (Some(("--! five", 10)), 0)
            ]
        );
    }

    #[test]
    fn a_megabyte_of_statements_is_split_whole() {
        let sql = "INSERT INTO t VALUES (1, 'it''s', $$a;b$$); -- c\n".repeat(22_000);
        let statements = split(&sql, 1).unwrap();
        assert_eq!(statements.len(), 22_000);
        assert_eq!(statements[21_999].line, 22_000);
    }
}
