//! What there is to say of `upgrade()` and `downgrade()` without following what they do.

use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{Expr, Stmt};
use ruff_text_size::{Ranged, TextSize};

/// What a module has under the name of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// Nothing.
    Absent,
    /// A function that does nothing.
    Empty {
        /// The line of its `def`.
        line: u32,
    },
    /// A function that begins by raising an exception, and so refuses to be run.
    Raises {
        /// The line of the `raise`.
        line: u32,
    },
    /// Anything else.
    Code {
        /// The line on which it begins.
        line: u32,
    },
}

impl Function {
    /// Looks at the last definition of that name at the module's own level.
    pub(crate) fn find(body: &[Stmt], name: &str, line: impl Fn(TextSize) -> u32) -> Self {
        let mut found = Self::Absent;
        for statement in body {
            match statement {
                Stmt::FunctionDef(def) if def.name.as_str() == name => {
                    let plain = def.decorator_list.is_empty() && !def.is_async;
                    let of_name = line(def.name.start());
                    found = match Work::of(&def.body) {
                        Work::Nothing if plain => Self::Empty { line: of_name },
                        Work::Raise(offset) if plain => Self::Raises { line: line(offset) },
                        _ => Self::Code { line: of_name },
                    };
                }
                other if defines(other, name) => {
                    found = Self::Code {
                        line: line(other.start()),
                    };
                }
                _ => {}
            }
        }
        match found {
            // Whatever else the module does may be to this function.
            Self::Empty { line } if !body.iter().all(is_plain) => Self::Code { line },
            found => found,
        }
    }
}

/// Tells whether a statement of a module does no more than give names of its own a value.
fn is_plain(statement: &Stmt) -> bool {
    let named = |target: &Expr, value: Option<&Expr>| {
        target.is_name_expr() && value.is_none_or(|value| !calls(value))
    };
    match statement {
        Stmt::Import(_) | Stmt::Pass(_) => true,
        Stmt::ImportFrom(import) => import.names.iter().all(|it| it.name.as_str() != "*"),
        Stmt::FunctionDef(def) => def.decorator_list.is_empty(),
        Stmt::Expr(expression) => expression.value.is_literal_expr(),
        Stmt::Assign(assign) => assign
            .targets
            .iter()
            .all(|target| named(target, Some(&assign.value))),
        Stmt::AnnAssign(assign) => named(&assign.target, assign.value.as_deref()),
        _ => false,
    }
}

/// Tells whether anything is called for a value.
fn calls(value: &Expr) -> bool {
    #[derive(Default)]
    struct Calls(bool);
    impl<'a> Visitor<'a> for Calls {
        fn visit_expr(&mut self, expression: &'a Expr) {
            self.0 |= expression.is_call_expr();
            visitor::walk_expr(self, expression);
        }
    }
    let mut found = Calls::default();
    found.visit_expr(value);
    found.0
}

enum Work {
    Nothing,
    Raise(TextSize),
    Something,
}

impl Work {
    fn of(body: &[Stmt]) -> Self {
        for statement in body {
            match statement {
                Stmt::Pass(_) => {}
                Stmt::Expr(expression) => match &*expression.value {
                    Expr::StringLiteral(_) | Expr::EllipsisLiteral(_) => {}
                    _ => return Self::Something,
                },
                Stmt::Return(back) => match back.value.as_deref() {
                    None | Some(Expr::NoneLiteral(_)) => return Self::Nothing,
                    Some(_) => return Self::Something,
                },
                Stmt::Raise(raise) => return Self::Raise(raise.range.start()),
                _ => return Self::Something,
            }
        }
        Self::Nothing
    }
}

/// Tells whether a statement that is no plain function gives the name a value.
fn defines(statement: &Stmt, name: &str) -> bool {
    super::constant::names_set_by(statement)
        .iter()
        .any(|(set, _)| set == name)
}
