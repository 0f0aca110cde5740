//! Statements, one after the other.

use std::rc::Rc;

use ruff_python_ast::{
    ExceptHandler, ExceptHandlerExceptHandler, Expr, Stmt, StmtAugAssign, StmtFor, StmtIf,
    StmtRaise, StmtTry, StmtWhile, StmtWith, WithItem,
};
use ruff_text_size::Ranged;

use super::Evaluator;
use super::local::{Exception, Handle, Known, Local, Stop, path};
use super::scope::Scope;
use crate::translate::value::{Deed, Value};

/// How a statement ends.
#[derive(Debug)]
pub(super) enum Flow {
    Next,
    Break,
    Continue,
    Return(Value),
}

impl<'a> Evaluator<'a, '_> {
    pub(super) fn body(&mut self, body: &'a [Stmt], scope: &Rc<Scope>) -> Known<Flow> {
        for statement in body {
            match self.statement(statement, scope)? {
                Flow::Next => {}
                other => return Ok(other),
            }
        }
        Ok(Flow::Next)
    }

    pub(super) fn statement(&mut self, statement: &'a Stmt, scope: &Rc<Scope>) -> Known<Flow> {
        self.step()?;
        self.at(statement.start());
        match statement {
            Stmt::Expr(inner) => self.effect(&inner.value, scope)?,
            Stmt::Assign(assign) => {
                let value = self.evaluate(&assign.value, scope)?;
                for target in &assign.targets {
                    self.assign(target, value.clone(), scope)?;
                }
            }
            Stmt::AnnAssign(assign) => {
                if let Some(value) = &assign.value {
                    let value = self.evaluate(value, scope)?;
                    self.assign(&assign.target, value, scope)?;
                }
            }
            Stmt::AugAssign(assign) => self.change(assign, scope)?,
            Stmt::If(inner) => return self.branch(inner, scope),
            Stmt::For(inner) => return self.walk(inner, scope),
            Stmt::While(inner) => return self.repeat(inner, scope),
            Stmt::With(inner) => return self.with(inner, scope),
            Stmt::Try(inner) => return self.attempt(inner, scope),
            Stmt::Raise(inner) => return Err(self.raised(inner, scope)?),
            Stmt::Return(inner) => {
                let value = match &inner.value {
                    Some(value) => self.evaluate(value, scope)?,
                    None => Value::None,
                };
                return Ok(Flow::Return(value));
            }
            Stmt::Break(_) => return Ok(Flow::Break),
            Stmt::Continue(_) => return Ok(Flow::Continue),
            Stmt::Pass(_) | Stmt::Global(_) | Stmt::Nonlocal(_) | Stmt::TypeAlias(_) => {}
            Stmt::FunctionDef(inner) => self.define(inner, scope)?,
            Stmt::ClassDef(inner) => self.define_class(inner, scope)?,
            Stmt::Import(inner) => self.import(inner, scope)?,
            Stmt::ImportFrom(inner) => self.import_from(inner, scope)?,
            Stmt::Assert(inner) => {
                let holds = self.evaluate(&inner.test, scope)?;
                if !self.truth(&holds)? {
                    let message = match &inner.msg {
                        Some(message) => self.evaluate(message, scope)?,
                        None => Value::Text("".into()),
                    };
                    let message = super::local::text(&message).unwrap_or_default();
                    return Err(self.raise("AssertionError", message));
                }
            }
            Stmt::Delete(inner) => {
                for target in &inner.targets {
                    self.delete(target, scope)?;
                }
            }
            Stmt::Match(_) => return Err(self.refuse("uses `match`")),
            Stmt::IpyEscapeCommand(_) => return Err(self.refuse("holds an IPython command")),
        }
        Ok(Flow::Next)
    }

    /// Evaluates an expression whose value nobody looks at.
    fn effect(&mut self, expression: &'a Expr, scope: &Rc<Scope>) -> Known<()> {
        match expression {
            Expr::StringLiteral(_) | Expr::EllipsisLiteral(_) => {}
            Expr::Call(call) => {
                let value = self.called(call, scope, true)?;
                self.no_effect(&value)?;
            }
            other => {
                self.evaluate(other, scope)?;
            }
        }
        Ok(())
    }

    fn branch(&mut self, inner: &'a StmtIf, scope: &Rc<Scope>) -> Known<Flow> {
        if self.holds(&inner.test, scope)? {
            return self.body(&inner.body, scope);
        }
        for clause in &inner.elif_else_clauses {
            self.at(clause.range.start());
            let holds = match &clause.test {
                Some(test) => self.holds(test, scope)?,
                None => true,
            };
            if holds {
                return self.body(&clause.body, scope);
            }
        }
        Ok(Flow::Next)
    }

    /// Tells whether a condition holds.
    pub(super) fn holds(&mut self, test: &'a Expr, scope: &Rc<Scope>) -> Known<bool> {
        let value = self.evaluate(test, scope)?;
        self.truth(&value)
    }

    fn walk(&mut self, inner: &'a StmtFor, scope: &Rc<Scope>) -> Known<Flow> {
        if inner.is_async {
            return Err(self.refuse("uses `async for`"));
        }
        let over = self.evaluate(&inner.iter, scope)?;
        let mut walk = self.walker(&over)?;
        while let Some(item) = self.next(&mut walk)? {
            self.assign(&inner.target, item, scope)?;
            match self.body(&inner.body, scope)? {
                Flow::Next | Flow::Continue => {}
                Flow::Break => return Ok(Flow::Next),
                back @ Flow::Return(_) => return Ok(back),
            }
            self.step()?;
        }
        self.body(&inner.orelse, scope)
    }

    fn repeat(&mut self, inner: &'a StmtWhile, scope: &Rc<Scope>) -> Known<Flow> {
        while self.holds(&inner.test, scope)? {
            match self.body(&inner.body, scope)? {
                Flow::Next | Flow::Continue => {}
                Flow::Break => return Ok(Flow::Next),
                back @ Flow::Return(_) => return Ok(back),
            }
            self.step()?;
            self.at(inner.range.start());
        }
        self.body(&inner.orelse, scope)
    }

    fn change(&mut self, assign: &'a StmtAugAssign, scope: &Rc<Scope>) -> Known<()> {
        let left = self.evaluate(&assign.target, scope)?;
        let right = self.evaluate(&assign.value, scope)?;
        let value = self.operate_in_place(assign.op, left, right)?;
        self.assign(&assign.target, value, scope)
    }

    fn with(&mut self, inner: &'a StmtWith, scope: &Rc<Scope>) -> Known<Flow> {
        if inner.is_async {
            return Err(self.refuse("uses `async with`"));
        }
        self.within(&inner.items, &inner.body, scope)
    }

    /// Enters the blocks that are left, then follows the body.
    pub(super) fn within(
        &mut self,
        items: &'a [WithItem],
        body: &'a [Stmt],
        scope: &Rc<Scope>,
    ) -> Known<Flow> {
        let [item, rest @ ..] = items else {
            return self.body(body, scope);
        };
        let manager = self.evaluate(&item.context_expr, scope)?;
        if let Some(Local::Manager {
            function,
            arguments,
        }) = Local::of(&manager)
        {
            let target = item.optional_vars.as_deref();
            return self.manage(
                function.clone(),
                arguments.clone(),
                (target, rest, body, scope),
            );
        }
        if let Some(Local::Suppress(classes)) = Local::of(&manager) {
            return self.suppress(classes, (rest, body, scope));
        }
        let value = match Local::of(&manager) {
            Some(Local::Handle(
                Handle::Batch { .. } | Handle::Autocommit | Handle::Savepoint(_) | Handle::Session,
            )) => manager.clone(),
            Some(Local::Ignored | Local::Nothing) => manager.clone(),
            _ => {
                let what = super::local::describe(&manager);
                return Err(self.refuse(format!("enters {what} with `with`")));
            }
        };
        if let Some(target) = &item.optional_vars {
            self.assign(target, value, scope)?;
        }
        self.begin_block(&manager)?;
        let flow = self.within(rest, body, scope)?;
        self.end_block(&manager)?;
        Ok(flow)
    }

    fn begin_block(&mut self, manager: &Value) -> Known<()> {
        match Local::handle(manager) {
            Some(Handle::Autocommit) if self.autocommit => {
                Err(self.refuse("nests autocommit blocks"))
            }
            Some(Handle::Autocommit) => {
                self.autocommit = true;
                self.record(Deed::AutocommitBegins)?;
                self.unprotected = self.deeds;
                Ok(())
            }
            Some(Handle::Savepoint(number)) => {
                self.savepoints += 1;
                number.set(self.savepoints);
                self.record_sql(format!("SAVEPOINT sa_savepoint_{}", number.get()))?;
                self.unprotected = self.deeds;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn end_block(&mut self, manager: &Value) -> Known<()> {
        match Local::handle(manager) {
            Some(Handle::Autocommit) => {
                self.autocommit = false;
                self.record(Deed::AutocommitEnds)
            }
            Some(Handle::Savepoint(number)) => {
                self.record_sql(format!("RELEASE SAVEPOINT sa_savepoint_{}", number.get()))
            }
            Some(Handle::Batch { waiting, .. }) => {
                // They are emitted when the block ends, after what `op` did meanwhile.
                let waiting = std::mem::take(&mut *waiting.borrow_mut());
                self.actions.extend(waiting);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn raised(&mut self, inner: &'a StmtRaise, scope: &Rc<Scope>) -> Known<Box<Stop>> {
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

    fn attempt(&mut self, inner: &'a StmtTry, scope: &Rc<Scope>) -> Known<Flow> {
        if inner.is_star {
            return Err(self.refuse("uses `except*`"));
        }
        let line = self.line;
        let before = self.deeds;
        let doubted = self.doubted.take();
        let flow = match self.body(&inner.body, scope) {
            Ok(flow) => {
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
    fn suppress(
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
