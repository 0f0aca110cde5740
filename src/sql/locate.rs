//! Finds the place in a file that a position in a statement stands for.
//!
//! The server counts characters from the statement's beginning; a person wants file, line and a
//! caret under the word. Drawing it is the command line's concern.

use squawk_lexer::{TokenKind, tokenize};

use crate::script::Statement;

/// A place in a statement, ready to be shown with a caret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place<'s> {
    /// The line of the file, or of the statement where there is no file (1-based).
    pub line: u32,
    /// The column in `text`, in characters (1-based).
    pub column: usize,
    /// The number of characters of the token that stands there; at least 1.
    pub width: usize,
    /// The statement's line, without what precedes the statement on its first line.
    pub text: &'s str,
}

/// Returns the place of a character position (1-based), as the server gives it in an error.
///
/// A position past the end is the end.
#[must_use]
pub fn locate(statement: &Statement, position: usize) -> Place<'_> {
    let sql = statement.text.as_str();
    let offset = sql
        .char_indices()
        .nth(position.saturating_sub(1))
        .map_or(sql.len(), |(at, _)| at);
    let start = sql[..offset].rfind('\n').map_or(0, |at| at + 1);
    let end = sql[offset..].find('\n').map_or(sql.len(), |n| offset + n);
    let lines = sql[..offset].matches('\n').count();
    let token = match tokenize(&sql[offset..]).next() {
        Some(token) if token.kind != TokenKind::Whitespace => token.len as usize,
        _ => 0,
    };
    let token = &sql[offset..(offset + token).min(end)];
    Place {
        line: statement.line.max(1) + u32::try_from(lines).unwrap_or(u32::MAX),
        column: sql[start..offset].chars().count() + 1,
        width: token.chars().count().max(1),
        text: sql[start..end].trim_end(),
    }
}

/// Returns the position (in characters, 1-based) of the first identifier that an error message
/// quotes, for errors that the server sends without a position.
///
/// Names of the message are tried in order; none where the statement has none of them.
#[must_use]
pub fn named_in(statement: &Statement, message: &str) -> Option<usize> {
    // Every second piece between quotation marks is a name.
    message.split('"').skip(1).step_by(2).find_map(|name| {
        let mut offset = 0;
        let found = tokenize(&statement.text).find_map(|token| {
            let begin = offset;
            offset += token.len as usize;
            let word = statement.text.get(begin..offset)?;
            let is_name = match token.kind {
                TokenKind::Ident => word.to_lowercase() == name,
                TokenKind::QuotedIdent { .. } => {
                    word.trim_matches('"').replace("\"\"", "\"") == name
                }
                _ => false,
            };
            is_name.then_some(begin)
        })?;
        Some(statement.text[..found].chars().count() + 1)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statement(text: &str, line: u32) -> Statement {
        let text = text.to_owned();
        Statement { text, line }
    }

    #[test]
    fn a_position_is_a_line_a_column_and_a_width() {
        let sql = statement("SELECT 'é',\r\n  \"ü x\" FROM t\n", 7);
        let place = locate(&sql, 16);
        let expected = Place {
            line: 8,
            column: 3,
            width: 5,
            text: "  \"ü x\" FROM t",
        };
        assert_eq!(place, expected);
        assert_eq!((locate(&sql, 1).line, locate(&sql, 1).width), (7, 6));
    }

    #[test]
    fn a_name_that_the_message_quotes_stands_in_for_a_position() {
        let sql = statement(
            "CREATE TABLE Account (\"Id\" int, CONSTRAINT pk CHECK (true))",
            1,
        );
        let at = |message| named_in(&sql, message);
        assert_eq!(at("relation \"account\" already exists"), Some(14));
        assert_eq!(at("column \"Id\" of relation \"other\" is odd"), Some(23));
        assert_eq!(at("constraint \"nothing\" for \"pk\""), Some(44));
        assert_eq!(at("division by zero"), None);
    }

    #[test]
    fn a_position_outside_the_statement_is_its_end_or_beginning() {
        let sql = statement("SELECT", 0);
        let place = locate(&sql, 99);
        assert_eq!((place.line, place.column, place.width), (1, 7, 1));
        assert_eq!(locate(&sql, 0).column, 1);
        assert_eq!(locate(&statement("", 3), 1).line, 3);
    }
}
