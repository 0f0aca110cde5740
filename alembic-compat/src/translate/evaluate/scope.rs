//! Where names are looked up and set: modules, functions, classes and comprehensions.

use std::cell::RefCell;
use std::rc::Rc;

use ruff_python_ast::name::Name;
use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{ExceptHandler, Expr, ExprContext, ExprLambda, Stmt, StmtFunctionDef};
use rustc_hash::{FxHashMap as HashMap, FxHashSet as HashSet};

use crate::translate::Untranslated;
use crate::translate::value::Value;

/// What a name stands for; what could not be followed is refused only where it is used.
pub(super) type Binding = Result<Value, Untranslated>;

/// The names of one block of code.
#[derive(Debug)]
pub(super) struct Scope {
    names: RefCell<HashMap<Name, Binding>>,
    pub(super) kind: Kind,
    /// What is around it.
    pub(super) outer: Option<Rc<Self>>,
}

/// Whose names a scope holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// With its number.
    Module(usize),
    /// With the number of its definition.
    Function(usize),
    Class,
    Comprehension,
}

impl Scope {
    pub(super) fn new(kind: Kind, outer: Option<Rc<Self>>) -> Rc<Self> {
        Rc::new(Self {
            names: RefCell::default(),
            kind,
            outer,
        })
    }

    /// Returns what a name stands for in this very scope.
    pub(super) fn own(&self, name: &str) -> Option<Binding> {
        self.names.borrow().get(name).cloned()
    }

    pub(super) fn set(&self, name: Name, binding: Binding) {
        self.names.borrow_mut().insert(name, binding);
    }

    /// Forgets a name; tells whether it was known.
    pub(super) fn forget(&self, name: &str) -> bool {
        self.names.borrow_mut().remove(name).is_some()
    }

    /// Returns all names, sorted.
    pub(super) fn names(&self) -> Vec<Name> {
        let mut names: Vec<Name> = self.names.borrow().keys().cloned().collect();
        names.sort_unstable();
        names
    }

    /// Returns the names whose values are such, in no order.
    pub(super) fn names_of(&self, such: impl Fn(&Name, &Value) -> bool) -> Vec<Name> {
        let names = self.names.borrow();
        let such = names.iter().filter_map(|(name, binding)| {
            let value = binding.as_ref().ok()?;
            such(name, value).then(|| name.clone())
        });
        such.collect()
    }

    /// Forgets everything, and with it the functions that refer back to this scope.
    pub(super) fn clear(&self) {
        let names = std::mem::take(&mut *self.names.borrow_mut());
        drop(names);
    }

    /// Returns the module around a scope.
    pub(super) fn module(self: &Rc<Self>) -> &Rc<Self> {
        let mut scope = self;
        while let Some(outer) = &scope.outer {
            scope = outer;
        }
        scope
    }
}

/// The text of a function.
#[derive(Clone, Copy, Debug)]
pub(super) enum Code<'a> {
    Def(&'a StmtFunctionDef),
    Lambda(&'a ExprLambda),
}

/// A function's text with what it says of its names.
#[derive(Debug)]
pub(super) struct Definition<'a> {
    pub(super) code: Code<'a>,
    /// The names that it sets.
    pub(super) locals: HashSet<Name>,
    pub(super) globals: HashSet<Name>,
    pub(super) nonlocals: HashSet<Name>,
    /// Whether it is a generator.
    pub(super) yields: bool,
}

impl<'a> Definition<'a> {
    pub(super) fn of(code: Code<'a>) -> Self {
        let mut found = Names::default();
        let parameters = match code {
            Code::Def(def) => {
                found.visit_body(&def.body);
                Some(&*def.parameters)
            }
            Code::Lambda(lambda) => {
                found.visit_expr(&lambda.body);
                lambda.parameters.as_deref()
            }
        };
        for parameter in parameters.into_iter().flatten() {
            found.set.insert(parameter.name().id.clone());
        }
        let locals = found.set.iter().filter(|name| {
            !found.globals.contains(name.as_str()) && !found.nonlocals.contains(name.as_str())
        });
        Self {
            code,
            locals: locals.cloned().collect(),
            globals: found.globals,
            nonlocals: found.nonlocals,
            yields: found.yields,
        }
    }
}

/// Returns the names that a statement sets at its own level, in whatever blocks it has.
pub(super) fn names_set_by(statement: &Stmt) -> HashSet<Name> {
    let mut found = Names::default();
    found.visit_stmt(statement);
    found.set
}

#[derive(Default)]
struct Names {
    set: HashSet<Name>,
    globals: HashSet<Name>,
    nonlocals: HashSet<Name>,
    yields: bool,
}

impl<'a> Visitor<'a> for Names {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        match statement {
            // What is inside has a scope of its own.
            Stmt::FunctionDef(def) => {
                self.set.insert(def.name.id.clone());
            }
            Stmt::ClassDef(def) => {
                self.set.insert(def.name.id.clone());
            }
            Stmt::Global(global) => {
                let names = global.names.iter().map(|name| name.id.clone());
                self.globals.extend(names);
            }
            Stmt::Nonlocal(nonlocal) => {
                let names = nonlocal.names.iter().map(|name| name.id.clone());
                self.nonlocals.extend(names);
            }
            other => visitor::walk_stmt(self, other),
        }
    }

    fn visit_expr(&mut self, expression: &'a Expr) {
        match expression {
            Expr::Name(name) if name.ctx != ExprContext::Load => {
                self.set.insert(name.id.clone());
            }
            Expr::Lambda(_) => {}
            Expr::Yield(_) | Expr::YieldFrom(_) => {
                self.yields = true;
                visitor::walk_expr(self, expression);
            }
            other => visitor::walk_expr(self, other),
        }
    }

    fn visit_comprehension(&mut self, comprehension: &'a ruff_python_ast::Comprehension) {
        self.visit_expr(&comprehension.iter);
        for condition in &comprehension.ifs {
            self.visit_expr(condition);
        }
    }

    fn visit_except_handler(&mut self, handler: &'a ExceptHandler) {
        let ExceptHandler::ExceptHandler(inner) = handler;
        if let Some(name) = &inner.name {
            self.set.insert(name.id.clone());
        }
        visitor::walk_except_handler(self, handler);
    }

    fn visit_alias(&mut self, alias: &'a ruff_python_ast::Alias) {
        let name = alias.asname.as_ref().unwrap_or(&alias.name).as_str();
        self.set
            .insert(Name::new(name.split('.').next().unwrap_or(name)));
    }
}
