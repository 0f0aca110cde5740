//! Statements, one after the other.

use std::rc::Rc;

use ruff_python_ast::{Expr, Stmt, StmtAugAssign, StmtFor, StmtIf, StmtWhile, StmtWith, WithItem};
use ruff_text_size::Ranged;

use super::Evaluator;
use super::local::{Handle, Known, Local};
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
        match self.is_scouting() {
            true => self.scouted(statement, scope),
            false => self.followed(statement, scope),
        }
    }

    pub(super) fn followed(&mut self, statement: &'a Stmt, scope: &Rc<Scope>) -> Known<Flow> {
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
        let first = (inner.range.start(), Some(&*inner.test), &*inner.body);
        let rest = inner.elif_else_clauses.iter();
        let rest = rest.map(|clause| (clause.range.start(), clause.test.as_ref(), &*clause.body));
        let mut ways = std::iter::once(first).chain(rest);
        while let Some((at, test, body)) = ways.next() {
            self.at(at);
            let holds = match test {
                Some(test) => self.holds(test, scope),
                None => Ok(true),
            };
            match holds {
                Ok(true) => return self.body(body, scope),
                Ok(false) => {}
                Err(stop) if self.passes(&stop) => {
                    let left: Vec<_> = ways.collect();
                    let all = left.last().is_some_and(|(_, test, _)| test.is_none());
                    let left = left.into_iter().map(|(.., body)| body);
                    let ways: Vec<_> = std::iter::once(body).chain(left).collect();
                    return self.every_way(&ways, all, stop, scope);
                }
                Err(stop) => return Err(stop),
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
        let over = self.evaluate(&inner.iter, scope);
        let mut walk = match over.and_then(|over| self.walker(&over)) {
            Ok(walk) => walk,
            Err(stop) if self.passes(&stop) => {
                self.unknown_target(&inner.target, &stop, scope);
                self.every_way(&[&inner.body], false, stop, scope)?;
                return self.body(&inner.orelse, scope);
            }
            Err(stop) => return Err(stop),
        };
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
        loop {
            match self.holds(&inner.test, scope) {
                Ok(true) => {}
                Ok(false) => break,
                Err(stop) if self.passes(&stop) => {
                    self.every_way(&[&inner.body], false, stop, scope)?;
                    break;
                }
                Err(stop) => return Err(stop),
            }
            let before = self.unknown_so_far();
            match self.body(&inner.body, scope)? {
                Flow::Next | Flow::Continue => {}
                Flow::Break => return Ok(Flow::Next),
                back @ Flow::Return(_) => return Ok(back),
            }
            if before != self.unknown_so_far() {
                // What ends it may be among what is not known.
                return Ok(Flow::Next);
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
        let manager = match self.evaluate(&item.context_expr, scope) {
            Err(stop) if self.passes(&stop) => {
                if let Some(target) = &item.optional_vars {
                    self.unknown_target(target, &stop, scope);
                }
                return self.within(rest, body, scope);
            }
            manager => manager?,
        };
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
}
