//! The calls of `op.…` and `….execute` in a revision's way up, as they are written and not followed.
//!
//! Enough to tell what a revision is about. Texts are taken where they stand as texts, or under a
//! name that is set once; everything else is not known.

use std::collections::HashMap;

use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{Expr, ExprCall, Stmt};
use ruff_text_size::{Ranged, TextSize};

use super::line_of;

/// A call of a method of `op`, or of a connection's `execute`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The method.
    pub method: String,
    /// The line on which the call begins (1-based).
    pub line: u32,
    /// The arguments without a name, in order.
    pub arguments: Vec<Argument>,
    /// The arguments with a name.
    pub keywords: Vec<(String, Argument)>,
}

impl Call {
    /// Returns the argument in this place or of this name.
    #[must_use]
    pub fn argument(&self, place: usize, name: &str) -> Option<&Argument> {
        let named = || self.keywords.iter().find(|(keyword, _)| keyword == name);
        let in_place = self.arguments.get(place);
        in_place.or_else(|| named().map(|(_, argument)| argument))
    }
}

/// What a call is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Argument {
    /// A text, and the line on which it begins.
    Text {
        /// What it says.
        text: String,
        /// The line.
        line: u32,
    },
    /// Another call, such as `sa.text("…")`, `op.f("…")` or `sa.table("…")`.
    Made {
        /// The last part of what is called.
        by: String,
        /// Its first argument.
        of: Box<Argument>,
    },
    /// `None`
    None,
    /// Something that is known when it runs.
    Unknown,
}

impl Argument {
    /// Returns the text that it is, or that one of these functions was given.
    #[must_use]
    pub fn text(&self, functions: &[&str]) -> Option<(&str, u32)> {
        match self {
            Self::Text { text, line } => Some((text, *line)),
            Self::Made { by, of } if functions.contains(&by.as_str()) => of.text(functions),
            Self::Made { .. } | Self::None | Self::Unknown => None,
        }
    }
}

/// Lists the calls of `op.…` and of anything's `execute` in a revision, those of `downgrade` left
/// out.
#[must_use]
pub fn calls(source: &str) -> Vec<Call> {
    let source = source.strip_prefix('\u{feff}').unwrap_or(source);
    let Ok(parsed) = crate::python::parse(source) else {
        return Vec::new();
    };
    let mut names = Names::default();
    let mut finder = Finder {
        source,
        names: HashMap::new(),
        calls: Vec::new(),
    };
    for statement in parsed.suite() {
        names.visit_stmt(statement);
    }
    finder.names = names.values;
    for statement in parsed.suite() {
        if !matches!(statement, Stmt::FunctionDef(def) if def.name.as_str() == "downgrade") {
            finder.visit_stmt(statement);
        }
    }
    finder.calls
}

/// The expressions that names stand for; none for a name that is set more than once.
#[derive(Default)]
struct Names<'a> {
    values: HashMap<&'a str, Option<&'a Expr>>,
}

impl<'a> Visitor<'a> for Names<'a> {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        if let Stmt::Assign(assign) = statement
            && let [Expr::Name(name)] = assign.targets.as_slice()
        {
            let value = Some(&*assign.value);
            self.values
                .entry(name.id.as_str())
                .and_modify(|known| *known = None)
                .or_insert(value);
        }
        visitor::walk_stmt(self, statement);
    }
}

struct Finder<'a> {
    source: &'a str,
    names: HashMap<&'a str, Option<&'a Expr>>,
    calls: Vec<Call>,
}

impl<'a> Visitor<'a> for Finder<'a> {
    fn visit_expr(&mut self, expression: &'a Expr) {
        if let Expr::Call(call) = expression
            && let Expr::Attribute(method) = &*call.func
            && (method.attr.as_str() == "execute"
                || matches!(&*method.value, Expr::Name(name) if name.id.as_str() == "op"))
        {
            let call = self.call(method.attr.as_str(), call);
            self.calls.push(call);
        }
        visitor::walk_expr(self, expression);
    }
}

/// How many names and calls are followed to a text.
const DEPTH: u8 = 4;

impl Finder<'_> {
    fn call(&self, method: &str, call: &ExprCall) -> Call {
        let keywords = call.arguments.keywords.iter().filter_map(|keyword| {
            let name = keyword.arg.as_ref()?.to_string();
            Some((name, self.argument(&keyword.value, DEPTH)))
        });
        let arguments = call.arguments.args.iter();
        Call {
            method: method.to_owned(),
            line: self.line(call.start()),
            arguments: arguments.map(|a| self.argument(a, DEPTH)).collect(),
            keywords: keywords.collect(),
        }
    }

    fn argument(&self, expression: &Expr, depth: u8) -> Argument {
        let Some(depth) = depth.checked_sub(1) else {
            return Argument::Unknown;
        };
        match expression {
            Expr::StringLiteral(text) => Argument::Text {
                text: text.value.to_str().to_owned(),
                line: self.line(text.start()),
            },
            Expr::NoneLiteral(_) => Argument::None,
            Expr::Call(call) => {
                let by = match &*call.func {
                    Expr::Attribute(attribute) => attribute.attr.as_str(),
                    Expr::Name(name) => name.id.as_str(),
                    _ => return Argument::Unknown,
                };
                let first = call.arguments.args.first();
                Argument::Made {
                    by: by.to_owned(),
                    of: Box::new(first.map_or(Argument::None, |of| self.argument(of, depth))),
                }
            }
            Expr::Name(name) => match self.names.get(name.id.as_str()) {
                Some(Some(value)) => self.argument(value, depth),
                _ => Argument::Unknown,
            },
            _ => Argument::Unknown,
        }
    }

    fn line(&self, offset: TextSize) -> u32 {
        line_of(self.source, offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_listed_with_the_texts_they_are_given() {
        let source = "from alembic import op\nimport sqlalchemy as sa\n\nT = 'users'\nX = 1\nX = 2\n\
                      def helper():\n    op.drop_table('a')\n\n\
                      def upgrade():\n    users = sa.table(T, sa.column('id'))\n\
                      \x20   with op.batch_alter_table('b') as batch:\n        batch.drop_column('c')\n\
                      \x20   op.bulk_insert(users, [])\n\
                      \x20   op.create_index(op.f('ix'), table_name='d', schema=None)\n\
                      \x20   op.execute(\n        'UPDATE '\n        'e')\n\
                      \x20   op.execute(X)\n    op.execute(f'{X}')\n    c.execute('DELETE')\n\n\
                      def downgrade():\n    op.drop_table('z')\n";
        let calls = calls(source);
        let told: Vec<_> = calls
            .iter()
            .map(|call| {
                let first = call
                    .argument(0, "table_name")
                    .and_then(|argument| argument.text(&["f", "table"]));
                (call.method.as_str(), call.line, first)
            })
            .collect();
        assert_eq!(
            told,
            [
                ("drop_table", 8, Some(("a", 8))),
                ("batch_alter_table", 12, Some(("b", 12))),
                ("bulk_insert", 14, Some(("users", 4))),
                ("create_index", 15, Some(("ix", 15))),
                ("f", 15, Some(("ix", 15))),
                ("execute", 16, Some(("UPDATE e", 17))),
                ("execute", 19, None),
                ("execute", 20, None),
                ("execute", 21, Some(("DELETE", 21))),
            ]
        );
        let index = &calls[3];
        let table = index
            .argument(1, "table_name")
            .and_then(|argument| argument.text(&["f", "table"]));
        assert_eq!(table, Some(("d", 15)));
        assert_eq!(index.argument(9, "schema"), Some(&Argument::None));
    }

    #[test]
    fn what_is_no_python_has_the_calls_that_can_be_read() {
        assert_eq!(
            calls("def upgrade():\n  op.drop_table('a')\n  x = (\n").len(),
            1
        );
        assert_eq!(calls(""), []);
    }
}
