//! Calls as they are written, and what they are given.

use std::rc::Rc;

use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{Expr, ExprCall};

use super::Evaluator;
use super::local::{Known, Local, Stop};
use super::scope::Scope;
use crate::translate::value::{Arguments, Value};

impl<'a> Evaluator<'a, '_> {
    /// Calls what an expression names, and tells the callee whether its value is looked at.
    pub(super) fn called(
        &mut self,
        call: &'a ExprCall,
        scope: &Rc<Scope>,
        discarded: bool,
    ) -> Known {
        let line = self.at(call.range_start);
        if let Expr::Attribute(function) = &*call.func {
            let of = self.evaluate(&function.value, scope)?;
            if self.idles(&of, &function.attr.id) {
                self.idle(&call.arguments, scope)?;
                return Ok(Local::Ignored.into());
            }
            if !matches!(of, Value::Object(_)) || super::local::text(&of).is_some() {
                let arguments = self.arguments(&call.arguments, scope)?;
                self.line = line;
                self.discarded = discarded;
                return self.method(&of, &function.attr.id, arguments);
            }
            let callee = self.attribute(&of, &function.attr.id)?;
            let arguments = self.arguments(&call.arguments, scope)?;
            self.line = line;
            self.discarded = discarded;
            return self.apply(&callee, arguments);
        }
        let callee = self.evaluate(&call.func, scope)?;
        match super::local::path(&callee) {
            Some("builtins.print") => {
                self.idle(&call.arguments, scope)?;
                return Ok(Value::None);
            }
            Some(path) if super::library::is_idle(path) => {
                self.idle(&call.arguments, scope)?;
                return Ok(Local::Ignored.into());
            }
            _ => {}
        }
        if super::local::path(&callee) == Some("builtins.super") {
            return self.parent(scope);
        }
        let arguments = self.arguments(&call.arguments, scope)?;
        self.line = line;
        self.discarded = discarded;
        self.apply(&callee, arguments)
    }

    fn arguments(
        &mut self,
        written: &'a ruff_python_ast::Arguments,
        scope: &Rc<Scope>,
    ) -> Known<Arguments> {
        let positional = self.elements(&written.args, scope)?;
        let mut named: Vec<(String, Value)> = Vec::with_capacity(written.keywords.len());
        for keyword in &written.keywords {
            match &keyword.arg {
                Some(name) => {
                    let value = self.evaluate(&keyword.value, scope)?;
                    named.push((name.id.to_string(), value));
                }
                None => {
                    let spread = self.evaluate(&keyword.value, scope)?;
                    for (key, value) in self.pairs(&spread)? {
                        let Some(name) = super::local::text(&key) else {
                            return Err(self.fails("TypeError", "keywords must be strings"));
                        };
                        named.push((name.to_string(), value));
                    }
                }
            }
        }
        let twice = |(index, (name, _)): (usize, &(String, Value))| {
            named[..index].iter().any(|(other, _)| other == name)
        };
        if named.iter().enumerate().any(twice) {
            return Err(self.fails("TypeError", "got multiple values for a keyword argument"));
        }
        Ok(Arguments { positional, named })
    }

    /// Tells whether a method only writes for people to read.
    fn idles(&self, of: &Value, method: &str) -> bool {
        match (Local::of(of), super::local::path(of)) {
            (Some(Local::Ignored), _) => true,
            (None, Some(path)) => super::library::is_idle(&format!("{path}.{method}")),
            _ => false,
        }
    }

    /// Evaluates what is only printed or logged: that it is not known does not matter.
    fn idle(&mut self, written: &'a ruff_python_ast::Arguments, scope: &Rc<Scope>) -> Known<()> {
        let before = self.deeds;
        match self.arguments(written, scope) {
            Ok(_) => Ok(()),
            Err(stop) => match *stop {
                Stop::Refused(_) if before == self.deeds && plain(written) => Ok(()),
                other => Err(Box::new(other)),
            },
        }
    }
}

/// The methods that change what they are methods of, or the database.
const CHANGING: [&str; 18] = [
    "add",
    "append",
    "clear",
    "commit",
    "create",
    "create_all",
    "delete",
    "drop",
    "exec_driver_sql",
    "execute",
    "extend",
    "insert",
    "pop",
    "remove",
    "scalar",
    "scalars",
    "setdefault",
    "update",
];

/// Tells whether evaluating arguments again and again would change nothing.
fn plain(written: &ruff_python_ast::Arguments) -> bool {
    struct Changes(bool);
    impl<'a> Visitor<'a> for Changes {
        fn visit_expr(&mut self, expression: &'a Expr) {
            match expression {
                Expr::Call(call) => {
                    let known = match &*call.func {
                        Expr::Name(name) => super::library::is_builtin(&name.id),
                        Expr::Attribute(attribute) => !CHANGING.contains(&attribute.attr.as_str()),
                        _ => false,
                    };
                    self.0 |= !known;
                }
                Expr::Named(_) => self.0 = true,
                _ => {}
            }
            visitor::walk_expr(self, expression);
        }
    }
    let mut found = Changes(false);
    for argument in &written.args {
        found.visit_expr(argument);
    }
    for keyword in &written.keywords {
        found.visit_expr(&keyword.value);
    }
    !found.0
}
