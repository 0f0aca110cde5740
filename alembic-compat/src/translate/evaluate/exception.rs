//! Exceptions: raised, caught, and what they leave of what was done.

use std::rc::Rc;

use ruff_python_ast::{
    ExceptHandler, ExceptHandlerExceptHandler, Stmt, StmtRaise, StmtTry, WithItem,
};

use super::Evaluator;
use super::local::{Exception, Known, Local, Stop, path};
use super::scope::Scope;
use super::statement::Flow;
use crate::translate::value::Value;

impl<'a> Evaluator<'a, '_> {
    pub(super) fn raised(&mut self, inner: &'a StmtRaise, scope: &Rc<Scope>) -> Known<Box<Stop>> {
        let line = self.line;
        let Some(expression) = &inner.exc else {
            return match self.handled.last() {
                Some(exception) => Ok(Box::new(Stop::Raised(exception.clone()))),
                None => Ok(self.raise("RuntimeError", "No active exception to reraise")),
            };
        };
        let value = self.evaluate(expression, scope)?;
        let mut exception = match Local::of(&value) {
            Some(Local::Exception(exception)) => exception.clone(),
            Some(Local::Instance(instance)) => Exception {
                line,
                class: instance.class.clone(),
                arguments: Vec::new(),
            },
            // An exception that the project made up: whatever it is, it ends the script.
            _ => self.exception_of(&value)?,
        };
        exception.line = line;
        Ok(Box::new(Stop::Raised(exception)))
    }

    fn exception_of(&mut self, value: &Value) -> Known<Exception> {
        use crate::translate::value::Kind as Written;
        let (class, arguments) = match value {
            Value::Object(object) => match &object.kind {
                Written::Call { callee, arguments } => {
                    // It became what is raised, and so is known to have done nothing.
                    self.foreign.retain(|call| !Rc::ptr_eq(call, object));
                    (callee.clone(), arguments.positional.clone())
                }
                _ => (value.clone(), Vec::new()),
            },
            Value::Opaque(_) => (value.clone(), Vec::new()),
            other => {
                let what = super::local::describe(other);
                return Err(self.fails("TypeError", format!("{what} is raised")));
            }
        };
        let line = self.line;
        Ok(Exception {
            line,
            class,
            arguments,
        })
    }

    pub(super) fn attempt(&mut self, inner: &'a StmtTry, scope: &Rc<Scope>) -> Known<Flow> {
        if inner.is_star {
            return Err(self.refuse("uses `except*`"));
        }
        let line = self.line;
        let before = self.deeds;
        let doubted = self.doubted.take();
        let unknown = self.unknown_so_far();
        self.attempts += 1;
        let flow = self.body(&inner.body, scope);
        self.attempts -= 1;
        let flow = match flow {
            Ok(flow) => {
                if unknown != self.unknown_so_far() {
                    self.every_handler(inner, line, scope);
                }
                if let (Some(module), false) = (&self.doubted, inner.handlers.is_empty()) {
                    let why = format!("depends on whether `{module}` can be imported");
                    self.line = line;
                    return Err(self.refuse(why));
                }
                self.doubted = doubted;
                self.harmless(inner, before, line)?;
                match flow {
                    Flow::Next => self.body(&inner.orelse, scope),
                    other => Ok(other),
                }
            }
            Err(stop) => match *stop {
                Stop::Raised(exception) => self.handle(inner, exception, scope),
                refused @ Stop::Refused(_) => return Err(Box::new(refused)),
            },
        };
        let refused = matches!(&flow, Err(stop) if matches!(**stop, Stop::Refused(_)));
        if refused {
            return flow;
        }
        match self.body(&inner.finalbody, scope)? {
            Flow::Next => flow,
            other => Ok(other),
        }
    }

    /// Checks that the handlers do not matter for what the body did to the database.
    ///
    /// After an error within a transaction every further statement fails, and so does the last, which
    /// is that of the version table: the revision fails as a whole, whatever the handlers do. That
    /// does not hold where the transaction is rolled back or there is none.
    fn harmless(&mut self, inner: &'a StmtTry, before: u32, line: u32) -> Known<()> {
        if inner.handlers.is_empty() || before == self.deeds {
            return Ok(());
        }
        let raises = |handler: &ExceptHandler| {
            let ExceptHandler::ExceptHandler(handler) = handler;
            matches!(handler.body.last(), Some(Stmt::Raise(_)))
                && !handler.body.iter().any(super::function::leaves)
        };
        if inner.handlers.iter().all(raises) {
            return Ok(());
        }
        self.survives(before, line)
    }

    /// Checks that nothing of what was done since can fail and be gone on after.
    fn survives(&mut self, before: u32, line: u32) -> Known<()> {
        if before == self.deeds {
            return Ok(());
        }
        let rolls_back = [0, self.module].map(|module| self.modules[module].source.rolls_back());
        match self.unprotected > before || self.autocommit || rolls_back.contains(&true) {
            true => {
                self.line = line;
                Err(self.refuse("goes on after an error of the database, which `except` catches"))
            }
            false => Ok(()),
        }
    }

    /// `with suppress(…):`
    pub(super) fn suppress(
        &mut self,
        classes: &[Value],
        (rest, body, scope): (&'a [WithItem], &'a [Stmt], &Rc<Scope>),
    ) -> Known<Flow> {
        let (before, line) = (self.deeds, self.line);
        match self.within(rest, body, scope) {
            Ok(flow) => self.survives(before, line).map(|()| flow),
            Err(stop) => {
                let Stop::Raised(exception) = &*stop else {
                    return Err(stop);
                };
                for class in classes {
                    if self.descends(&exception.class, class)? {
                        return Ok(Flow::Next);
                    }
                }
                Err(stop)
            }
        }
    }

    fn handle(
        &mut self,
        inner: &'a StmtTry,
        exception: Exception,
        scope: &Rc<Scope>,
    ) -> Known<Flow> {
        for handler in &inner.handlers {
            let ExceptHandler::ExceptHandler(handler) = handler;
            self.at(handler.range.start());
            if self.catches(handler, &exception, scope)? {
                if let Some(name) = &handler.name {
                    let value = Local::Exception(exception.clone()).into();
                    self.bind(&name.id, value, scope);
                }
                self.handled.push(exception);
                let flow = self.body(&handler.body, scope);
                self.handled.pop();
                if let Some(name) = &handler.name {
                    scope.forget(&name.id);
                }
                return flow;
            }
        }
        Err(Box::new(Stop::Raised(exception)))
    }

    fn catches(
        &mut self,
        handler: &'a ExceptHandlerExceptHandler,
        exception: &Exception,
        scope: &Rc<Scope>,
    ) -> Known<bool> {
        let Some(class) = &handler.type_ else {
            return Ok(true);
        };
        let caught = self.evaluate(class, scope)?;
        let classes = match &caught {
            Value::Tuple(classes) => classes.to_vec(),
            other => vec![other.clone()],
        };
        for caught in &classes {
            if self.descends(&exception.class, caught)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Tells whether one class of exceptions is, or descends from, another.
    fn descends(&mut self, class: &Value, from: &Value) -> Known<bool> {
        if let (Some(Local::Class(one)), Some(Local::Class(other))) =
            (Local::of(class), Local::of(from))
            && Rc::ptr_eq(&one.scope, &other.scope)
        {
            return Ok(true);
        }
        if let Some(Local::Class(one)) = Local::of(class) {
            for base in one.bases.clone() {
                if self.descends(&base, from)? {
                    return Ok(true);
                }
            }
            return Ok(false);
        }
        let (Some(class), Some(from)) = (path(class), path(from)) else {
            return match Local::of(from) {
                Some(Local::Class(_)) => Ok(false),
                _ => Err(self.refuse("catches an exception of an unknown class")),
            };
        };
        let parent = |class: &&str| super::library::parent_of(class);
        if std::iter::successors(Some(class), parent).any(|class| class == from) {
            return Ok(true);
        }
        let own = |path: &str| path.starts_with("builtins.") || path.starts_with("sqlalchemy.");
        match (own(class), from) {
            (true, from) if own(from) => Ok(false),
            // Whatever a project raises is an exception.
            (false, "builtins.Exception" | "builtins.BaseException") => Ok(true),
            _ => Err(self.refuse("catches an exception of an unknown class")),
        }
    }
}
