//! Where a file writes its parents, for whoever rewrites them: byte ranges and nothing else.
//!
//! [`super::read`] says what the parents are, whatever makes them; here they must stand in the file as
//! literals, for only a literal can be replaced without changing anything beside it.

use std::ops::Range;

use ruff_python_ast::{Expr, Stmt};
use ruff_text_size::{Ranged, TextRange};

use super::constant::names_set_by;

/// How a file writes `down_revision`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Parents {
    /// The bytes of the whole value.
    pub value: Range<usize>,
    /// The parents in it; none where it is `None` or holds nothing.
    pub items: Vec<Literal>,
    /// Whether the value is a tuple, which needs a comma even round one item.
    pub tuple: bool,
    /// The quote that the file writes its own id in.
    pub quote: char,
}

/// A string literal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Literal {
    /// What it says.
    pub text: String,
    /// The bytes of the literal, its quotes included.
    pub range: Range<usize>,
    /// Whether it is several literals in a row, which Python joins.
    pub joined: bool,
}

/// Why parents cannot be rewritten where they stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unwritable {
    /// Occurs when no statement at the outer level sets `down_revision`.
    #[error("no statement sets `down_revision`")]
    Missing,
    /// Occurs when several statements set it, or one that is no assignment.
    #[error("`down_revision` is not set by one plain assignment")]
    Several,
    /// Occurs when one statement sets it together with something else.
    #[error("`down_revision` is set together with another variable")]
    Together,
    /// Occurs when its value is made of something else than literals.
    #[error("`down_revision` is not written out as strings")]
    NotLiteral,
}

/// Finds where a file writes its parents.
///
/// # Errors
/// Fails when they are not literals of one plain assignment.
pub fn parents(source: &str) -> Result<Parents, Unwritable> {
    let text = source.strip_prefix('\u{feff}').unwrap_or(source);
    let mark = source.len() - text.len();
    let parsed = crate::python::parse(text).map_err(|_| Unwritable::Missing)?;
    let body = parsed.suite();
    let mut setting = body
        .iter()
        .filter(|statement| sets(statement, "down_revision"));
    let statement = setting.next().ok_or(Unwritable::Missing)?;
    if setting.next().is_some() {
        return Err(Unwritable::Several);
    }
    let value = match statement {
        Stmt::Assign(assign) => match &assign.targets[..] {
            [Expr::Name(_)] => &assign.value,
            _ => return Err(Unwritable::Together),
        },
        Stmt::AnnAssign(assign) => assign.value.as_ref().ok_or(Unwritable::Missing)?,
        _ => return Err(Unwritable::Several),
    };
    let bytes = |range: TextRange| mark + range.start().to_usize()..mark + range.end().to_usize();
    let literal = |expr: &Expr| match expr {
        Expr::StringLiteral(literal) => Ok(Literal {
            text: literal.value.to_str().to_owned(),
            range: bytes(literal.range()),
            joined: literal.value.is_implicit_concatenated(),
        }),
        _ => Err(Unwritable::NotLiteral),
    };
    let (items, tuple) = match &**value {
        Expr::NoneLiteral(_) => (Vec::new(), false),
        Expr::Tuple(tuple) => (
            tuple.elts.iter().map(literal).collect::<Result<_, _>>()?,
            true,
        ),
        Expr::List(list) => (
            list.elts.iter().map(literal).collect::<Result<_, _>>()?,
            false,
        ),
        Expr::Set(set) => (
            set.elts.iter().map(literal).collect::<Result<_, _>>()?,
            false,
        ),
        other => (vec![literal(other)?], false),
    };
    Ok(Parents {
        value: bytes(value.range()),
        items,
        tuple,
        quote: quote(body, text),
    })
}

fn sets(statement: &Stmt, name: &str) -> bool {
    names_set_by(statement).iter().any(|(set, _)| set == name)
}

/// Returns the quote of the file's own id, or of this crate's choice where there is no such literal.
fn quote(body: &[Stmt], text: &str) -> char {
    let value = body.iter().rev().find_map(|statement| match statement {
        Stmt::Assign(assign) if sets(statement, "revision") => Some(&assign.value),
        Stmt::AnnAssign(assign) if sets(statement, "revision") => assign.value.as_ref(),
        _ => None,
    });
    match value.map(|value| &text[value.range()]) {
        Some(literal) if literal.ends_with('\'') => '\'',
        _ => '"',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The literals where it is written like this, and the whole value.
    fn found(written: &str) -> (Vec<String>, String) {
        let source = format!("\u{feff}revision = 'x'\r\n{written}\r\n");
        let parents = parents(&source).unwrap();
        assert_eq!(parents.quote, '\'');
        let items = parents
            .items
            .iter()
            .map(|item| source[item.range.clone()].to_owned());
        (items.collect(), source[parents.value.clone()].to_owned())
    }

    fn refused(written: &str) -> Unwritable {
        parents(&format!("revision = 'x'\n{written}\n")).unwrap_err()
    }

    #[test]
    fn literals_are_found_with_their_bytes() {
        assert_eq!(
            found("down_revision = None  # é"),
            (vec![], "None".to_owned())
        );
        assert_eq!(
            found("é = 1\ndown_revision: Union[str, None] = u\"a\" # x"),
            (vec!["u\"a\"".to_owned()], "u\"a\"".to_owned())
        );
        assert_eq!(
            found("down_revision = (\n    'a',  # one\n    r'b',\n)"),
            (
                vec!["'a'".to_owned(), "r'b'".to_owned()],
                "(\n    'a',  # one\n    r'b',\n)".to_owned()
            )
        );
        assert_eq!(found("down_revision = 'a', 'b'").1, "'a', 'b'".to_owned());
        let joined = parents("down_revision = ('a' 'b', 'c')").unwrap();
        assert_eq!(
            (joined.items[0].joined, joined.items[1].joined),
            (true, false)
        );
        assert!(joined.tuple);
    }

    #[test]
    fn what_is_no_literal_of_one_assignment_is_refused() {
        for (written, reason) in [
            ("x = 1", Unwritable::Missing),
            ("down_revision: str", Unwritable::Missing),
            (
                "down_revision = 'a'\ndown_revision = 'b'",
                Unwritable::Several,
            ),
            (
                "down_revision = ('a',)\ndown_revision += ('b',)",
                Unwritable::Several,
            ),
            ("if x:\n    down_revision = 'a'", Unwritable::Several),
            ("a = down_revision = 'a'", Unwritable::Together),
            ("a, down_revision = 'a', 'b'", Unwritable::Together),
            ("down_revision = PARENT", Unwritable::NotLiteral),
            ("down_revision = 'a' + 'b'", Unwritable::NotLiteral),
            ("down_revision = f'{x}'", Unwritable::NotLiteral),
            ("down_revision = ('a', *others)", Unwritable::NotLiteral),
        ] {
            assert_eq!(refused(written), reason, "{written}");
        }
    }
}
