//! What statements reach, as far as their text says it: names of the module, of its functions, of libraries.

use std::rc::Rc;

use ruff_python_ast::name::Name;
use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{Expr, ExprCall, ExprContext, Stmt};
use ruff_text_size::{Ranged, TextSize};
use rustc_hash::FxHashSet as HashSet;

use super::scope::{Code, Definition};

/// Tells whether listening to something may change what is sent to the database.
pub(super) fn listening_changes(target: &str, event: Option<&str>) -> bool {
    match target.rsplit('.').next().unwrap_or(target) {
        "Session" | "AsyncSession" | "sessionmaker" | "scoped_session" | "mapper" | "Mapper"
        | "Query" | "Pool" => false,
        "Engine" | "AsyncEngine" => {
            matches!(
                event,
                None | Some("before_execute" | "before_cursor_execute")
            )
        }
        _ => true,
    }
}

/// Tells whether PostgreSQL is, or may be, among some dialects; all are meant where there are none.
pub(super) fn concerns(dialects: impl Iterator<Item = Option<Rc<str>>>) -> bool {
    let mut any = false;
    for dialect in dialects {
        any = true;
        if dialect.is_none_or(|dialect| &*dialect == "postgresql") {
            return true;
        }
    }
    !any
}

/// Says what a module of the project changes of a library when it is imported, and where.
pub(super) fn tampers(body: &[Stmt]) -> Option<(TextSize, String)> {
    let mut found = Imported::default();
    found.visit_body(body);
    found.tampers
}

/// Says what a script changes of a library for the scripts that are loaded beside it, and where: a name
/// that nobody else has is its own.
pub(super) fn tampers_beside(body: &[Stmt]) -> Option<(TextSize, String)> {
    let mut found = Imported {
        beside: true,
        ..Imported::default()
    };
    found.visit_body(body);
    found.tampers
}

/// Tells whether a name that is set in SQLAlchemy or in `op` was there before.
fn was_there(name: &str) -> bool {
    super::operation::OPERATIONS.contains(&name)
        || super::library::is_there(&format!("sqlalchemy.{name}"))
}

/// The names that a module has of libraries, and what it changes of them.
#[derive(Default)]
struct Imported {
    names: HashSet<Name>,
    /// Whether only what others have, too, is of interest.
    beside: bool,
    tampers: Option<(TextSize, String)>,
}

impl Imported {
    fn calls(&mut self, call: &ExprCall) {
        let last = match &*call.func {
            Expr::Name(name) => name.id.as_str(),
            Expr::Attribute(attribute) => attribute.attr.id.as_str(),
            _ => return,
        };
        let first = call.arguments.args.first();
        let Some(target) = first.and_then(root).filter(|it| self.names.contains(it)) else {
            return;
        };
        let named = match first {
            Some(Expr::Attribute(attribute)) => attribute.attr.id.as_str(),
            _ => target.as_str(),
        };
        let event = match call.arguments.args.get(1) {
            Some(Expr::StringLiteral(event)) => Some(event.value.to_str()),
            _ => None,
        };
        let changes = match last {
            "compiles" => {
                let dialects = call.arguments.args.iter().skip(1);
                concerns(dialects.map(|dialect| match dialect {
                    Expr::StringLiteral(dialect) => Some(dialect.value.to_str().into()),
                    _ => None,
                }))
            }
            "implementation_for" | "setattr" | "delattr" => true,
            "listen" | "listens_for" => listening_changes(named, event),
            _ => false,
        };
        if changes {
            self.note(call.start(), format!("calls `{last}()` for `{named}`"));
        }
    }

    fn note(&mut self, at: TextSize, what: String) {
        self.tampers.get_or_insert((at, what));
    }
}

impl<'a> Visitor<'a> for Imported {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        match statement {
            Stmt::Import(import) => {
                for alias in &import.names {
                    let root = alias.name.split('.').next().unwrap_or_default();
                    if super::library::is_known(root) {
                        let name = alias.asname.as_ref().map_or(root, |name| name.as_str());
                        self.names.insert(Name::new(name));
                    }
                }
            }
            Stmt::ImportFrom(import) => {
                let module = import.module.as_ref().map_or("", |module| module.as_str());
                if import.level == 0 && super::library::is_known(module) {
                    for alias in &import.names {
                        let name = alias.asname.as_ref().unwrap_or(&alias.name);
                        self.names.insert(name.id.clone());
                    }
                }
            }
            // What is in a function happens when it is called.
            Stmt::FunctionDef(def) => {
                for decorator in &def.decorator_list {
                    self.visit_expr(&decorator.expression);
                }
            }
            other => visitor::walk_stmt(self, other),
        }
    }

    fn visit_expr(&mut self, expression: &'a Expr) {
        match expression {
            Expr::Lambda(_) => return,
            Expr::Call(call) => self.calls(call),
            Expr::Attribute(attribute) if attribute.ctx != ExprContext::Load => {
                let own =
                    self.beside && attribute.value.is_name_expr() && !was_there(&attribute.attr.id);
                if let Some(name) = root(expression).filter(|it| self.names.contains(it))
                    && !own
                {
                    let what = format!("sets `{}` of `{name}`", attribute.attr.id);
                    self.note(attribute.start(), what);
                }
            }
            _ => {}
        }
        visitor::walk_expr(self, expression);
    }
}

/// How far the functions of a module reach beyond their own names.
#[derive(Debug, Default)]
pub(super) struct Reach {
    /// What they declare `global`.
    pub(super) globals: HashSet<Name>,
    /// Of what they set attributes.
    pub(super) changed: HashSet<Name>,
    /// The classes and functions of the module.
    pub(super) defined: HashSet<Name>,
    /// The variables of the functions that are being looked through.
    locals: Vec<HashSet<Name>>,
}

impl Reach {
    /// Tells whether a function sets a name of the module.
    pub(super) fn sets(&self, name: &str) -> bool {
        self.globals.contains(name)
    }

    pub(super) fn of(body: &[Stmt]) -> Self {
        let mut reach = Self::default();
        reach.visit_body(body);
        let defined = body.iter().filter_map(|statement| match statement {
            Stmt::ClassDef(def) => Some(def.name.id.clone()),
            Stmt::FunctionDef(def) => Some(def.name.id.clone()),
            _ => None,
        });
        reach.defined.extend(defined);
        reach
    }
}

impl<'a> Visitor<'a> for Reach {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        if let Stmt::Global(global) = statement {
            self.globals
                .extend(global.names.iter().map(|name| name.id.clone()));
        }
        if let Stmt::FunctionDef(def) = statement {
            self.locals.push(Definition::of(Code::Def(def)).locals);
            visitor::walk_stmt(self, statement);
            self.locals.pop();
        } else {
            visitor::walk_stmt(self, statement);
        }
    }

    fn visit_expr(&mut self, expression: &'a Expr) {
        if let Expr::Attribute(attribute) = expression
            && attribute.ctx != ExprContext::Load
            && let Some(name) = root(expression)
            && !self.locals.iter().any(|locals| locals.contains(&name))
        {
            self.changed.insert(name);
        }
        visitor::walk_expr(self, expression);
    }
}

/// The names that a statement mentions, those that it calls, and those of which it sets something.
#[derive(Default)]
pub(super) struct Used {
    pub(super) names: HashSet<Name>,
    pub(super) passed: HashSet<Name>,
    pub(super) called: HashSet<Name>,
    pub(super) changed: HashSet<Name>,
}

impl<'a> Visitor<'a> for Used {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        if !matches!(statement, Stmt::FunctionDef(_) | Stmt::ClassDef(_)) {
            visitor::walk_stmt(self, statement);
        }
    }

    fn visit_expr(&mut self, expression: &'a Expr) {
        match expression {
            Expr::Name(name) => _ = self.names.insert(name.id.clone()),
            Expr::Call(call) => {
                self.called.extend(root(&call.func));
                let named = call.arguments.keywords.iter().map(|it| &it.value);
                for argument in call.arguments.args.iter().chain(named) {
                    if let Expr::Name(name) = argument {
                        self.passed.insert(name.id.clone());
                    }
                }
                if let Expr::Name(function) = &*call.func
                    && matches!(function.id.as_str(), "setattr" | "delattr" | "vars")
                {
                    self.changed
                        .extend(call.arguments.args.first().and_then(root));
                }
            }
            Expr::Attribute(_) | Expr::Subscript(_) => {
                let context = match expression {
                    Expr::Attribute(inner) => inner.ctx,
                    Expr::Subscript(inner) => inner.ctx,
                    _ => ExprContext::Load,
                };
                if context != ExprContext::Load {
                    self.changed.extend(root(expression));
                }
            }
            _ => {}
        }
        visitor::walk_expr(self, expression);
    }
}

/// Returns the name at the bottom of what is written; an empty one where there is none.
fn root(expression: &Expr) -> Option<Name> {
    let mut expression = expression;
    loop {
        expression = match expression {
            Expr::Name(name) => return Some(name.id.clone()),
            Expr::Attribute(inner) => &inner.value,
            Expr::Subscript(inner) => &inner.value,
            Expr::Call(inner) => &inner.func,
            Expr::Starred(inner) => &inner.value,
            _ => return None,
        };
    }
}
