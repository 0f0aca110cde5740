//! `text(…)`: SQL as it is, with parameters such as `:name` in it.

use std::rc::Rc;

use super::{Bind, Context, Expression, Node};
use crate::translate::render::refusal::{Result, refuse};

/// SQL as it is, with parameters.
#[derive(Clone, Debug)]
pub(in crate::translate::render) struct Text {
    pub sql: Rc<str>,
    /// The parameters that `bindparams` gave values or types.
    pub binds: Vec<(Rc<str>, Expression)>,
}

impl Text {
    pub fn new(sql: Rc<str>) -> Self {
        let binds = Vec::new();
        Self { sql, binds }
    }

    /// Writes it, with its parameters as literals.
    pub fn write(&self, context: &mut Context) -> Result<String> {
        let mut sql = String::new();
        let mut refused = None;
        pieces(&self.sql, |piece| match piece {
            Piece::Plain(plain) => sql.push_str(plain),
            Piece::Name(name) => match self.parameter(name, context) {
                Ok(value) => sql.push_str(&value),
                Err(refusal) => refused = Some(refusal),
            },
        });
        match refused {
            Some(refusal) => Err(refusal),
            None => Ok(sql),
        }
    }

    fn parameter(&self, name: &str, context: &mut Context) -> Result<String> {
        let bound = self.binds.iter().find(|(bound, _)| **bound == *name);
        match bound {
            Some((_, bound)) => bound.write(context),
            None => {
                let Some(value) = context.parameter(name) else {
                    return refuse(format!(
                        "executes a text with the parameter `:{name}`, which has no value"
                    ));
                };
                let bind = Bind {
                    key: None,
                    value: Some(value),
                    expanding: false,
                };
                let of = super::super::types::Type::null();
                Expression::new(Node::Bind(bind), of).write(context)
            }
        }
    }
}

enum Piece<'a> {
    Plain(&'a str),
    Name(&'a str),
}

/// Splits a text at its parameters: a colon before a word, with no colon, word or backslash before it.
/// A backslash hides a colon and disappears.
fn pieces<'a>(sql: &'a str, mut piece: impl FnMut(Piece<'a>)) {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    let mut rest = sql;
    let mut before = None;
    let mut from = 0;
    let mut at = 0;
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        match c {
            ':' if before.is_none_or(|it: char| it != ':' && it != '\\' && !word(it)) => {
                let end = after.find(|c| !word(c)).unwrap_or(after.len());
                let follows = after[end..].chars().next();
                if end > 0 && follows != Some(':') {
                    piece(Piece::Plain(&sql[from..at]));
                    piece(Piece::Name(&after[..end]));
                    at += 1 + end;
                    from = at;
                    before = after[..end].chars().next_back();
                    rest = &after[end..];
                    continue;
                }
            }
            '\\' if after.starts_with(':') => {
                let end = after[1..]
                    .find(|c| !word(c))
                    .map_or(after.len(), |end| end + 1);
                if !after[end..].starts_with(':') {
                    piece(Piece::Plain(&sql[from..at]));
                    from = at + 1;
                }
            }
            _ => {}
        }
        before = Some(c);
        at += c.len_utf8();
        rest = after;
    }
    piece(Piece::Plain(&sql[from..]));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_found_where_sqlalchemy_finds_them() {
        for (sql, shown) in [
            ("a = :a AND b = :b_2", "a = <a> AND b = <b_2>"),
            ("a::int, '12:30', ::b", "a::int, '12:30', ::b"),
            (":a::int :ab: :c", ":a::int :ab: <c>"),
            (r"'\:a' \:b:: \::", r"':a' \:b:: \::"),
            ("':é'", "'<é>'"),
            ("(:a)", "(<a>)"),
            (r"\\:a", r"\:a"),
            ("", ""),
        ] {
            let mut out = String::new();
            pieces(sql, |piece| match piece {
                Piece::Plain(plain) => out.push_str(plain),
                Piece::Name(name) => out.push_str(&format!("<{name}>")),
            });
            assert_eq!(out, shown, "{sql}");
        }
    }
}
