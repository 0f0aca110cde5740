//! Follows a function past what only its database knows, to see what it may come to.
//!
//! Nothing is asked. A statement that needs an answer is left out, and what it sets needs one, too;
//! where an answer decides which way to go, all ways are followed. Of what is left out the calls are
//! looked at one by one, and a function of the script is followed without its arguments. So most of what
//! cannot be followed is found, but not what only the answer itself leads to.

use std::rc::Rc;

use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{ExceptHandler, Expr, ExprCall, Stmt, StmtTry};
use ruff_text_size::Ranged;
use rustc_hash::FxHashSet as HashSet;

use super::function::{Frame, Yields};
use super::library;
use super::local::{Function, Known, Local, Stop, path};
use super::scope::{Code, Kind, Scope};
use super::statement::Flow;
use super::{DEPTH, Evaluator, Source, unknown_call, varies};
use crate::translate::value::{Action, Deed, Kind as Written, Object, Value};
use crate::translate::{Obstacle, Untranslated};

/// How many steps a function may take that is only looked at.
pub(super) const STEPS: u32 = 200_000;

/// What was met beyond the first question.
#[derive(Debug, Default)]
pub(in crate::translate) struct Scout {
    /// What cannot be followed.
    found: Option<Obstacle>,
    /// How many decisions that nobody knows lead here.
    undecided: u32,
    /// Whether the function may have ended before.
    ended: bool,
    /// How often something was not known.
    unknown: u32,
    /// The lines of what not every run comes to.
    lines: HashSet<u32>,
    /// How many actions stand before the last question.
    asked: usize,
    /// The statements that ask.
    questions: Vec<Action>,
    /// The functions that were followed without their arguments.
    entered: HashSet<usize>,
}

impl Scout {
    fn every_run(&self) -> bool {
        self.undecided == 0 && !self.ended
    }

    /// Notes what cannot be followed; what every run comes to goes before what some do.
    pub(super) fn find(&mut self, untranslated: Untranslated) {
        let certain = self.every_run() && !self.lines.contains(&untranslated.line);
        let found = self.found.as_ref();
        if found.is_none_or(|found| certain && !found.certain) {
            self.found = Some(Obstacle {
                untranslated,
                certain,
            });
        }
    }

    /// Returns the statements that ask.
    pub(in crate::translate) fn questions(&self) -> &[Action] {
        &self.questions
    }

    /// Returns how many actions stand before the last question.
    pub(in crate::translate) fn asked(&self) -> usize {
        self.asked
    }

    /// Returns the lines that not every run comes to.
    pub(in crate::translate) fn sometimes(&mut self) -> HashSet<u32> {
        std::mem::take(&mut self.lines)
    }

    /// Returns what was found.
    pub(in crate::translate) fn found(&mut self) -> Option<Obstacle> {
        self.found.take()
    }
}

/// What is put right when a statement is left out half-way.
struct Before {
    foreign: usize,
    depth: u32,
    module: usize,
    line: u32,
    frames: usize,
    handled: usize,
    autocommit: bool,
}

impl<'a> Evaluator<'a, '_> {
    /// Tells whether statements that need an answer are left out here: those of functions are.
    pub(super) fn is_scouting(&self) -> bool {
        self.scout.is_some() && !self.frames.is_empty() && self.loading == 0
    }

    fn before(&self) -> Before {
        Before {
            foreign: self.foreign.len(),
            depth: self.depth,
            module: self.module,
            line: self.line,
            frames: self.frames.len(),
            handled: self.handled.len(),
            autocommit: self.autocommit,
        }
    }

    fn put_right(&mut self, before: &Before) {
        self.foreign.truncate(before.foreign);
        self.depth = before.depth;
        self.module = before.module;
        self.line = before.line;
        self.frames.truncate(before.frames);
        self.handled.truncate(before.handled);
        self.autocommit = before.autocommit;
        self.discarded = false;
    }

    /// Follows a statement of a function, or leaves it out.
    pub(super) fn scouted(&mut self, statement: &'a Stmt, scope: &Rc<Scope>) -> Known<Flow> {
        let before = self.before();
        self.note_lines(statement);
        let stop = match self.followed(statement, scope) {
            Ok(flow) => return Ok(flow),
            Err(stop) => stop,
        };
        let Stop::Refused(refused) = &*stop else {
            return Err(stop);
        };
        if !refused.needs_database {
            if let Some(scout) = &mut self.scout {
                scout.find(refused.clone());
            }
            return Err(stop);
        }
        self.put_right(&before);
        self.not_known();
        let mut calls = Calls::default();
        calls.of_simple(statement);
        self.look_at(calls, refused, scope);
        self.poison(statement, refused, scope);
        match statement {
            // What it returns is not known.
            Stmt::Return(_) => Err(stop),
            _ => Ok(Flow::Next),
        }
    }

    /// Looks at the calls of what is left out, each by itself, and at those in them.
    fn look_at(&mut self, calls: Calls<'a>, refused: &Untranslated, scope: &Rc<Scope>) {
        for call in calls.0 {
            let before = self.before();
            let actions = self.actions.len();
            let line = self.at(call.start());
            self.undecided(1);
            let told = self.called(call, scope, false);
            let found = match &told {
                Ok(value) => {
                    let reason = match (Local::of(value), self.foreign.get(before.foreign)) {
                        (Some(Local::Varying(function)), _) => Some(varies(function)),
                        (_, Some(call)) if !is_of_library(call) => Some(unknown_call(call)),
                        _ => None,
                    };
                    reason.map(|reason| Untranslated::new(line, reason))
                }
                Err(stop) => match &**stop {
                    Stop::Refused(refused) if !refused.needs_database => Some(refused.clone()),
                    _ => None,
                },
            };
            self.put_right(&before);
            self.actions.truncate(actions);
            if let (Some(found), Some(scout)) = (found, &mut self.scout) {
                scout.find(found);
            }
            if told.is_err() {
                let values = call.arguments.args.iter();
                let mut values = values.chain(call.arguments.keywords.iter().map(|it| &it.value));
                // Otherwise it was followed with them.
                if values.any(|value| self.evaluate(value, scope).is_err())
                    && let Ok(callee) = self.evaluate(&call.func, scope)
                {
                    match Local::of(&callee) {
                        Some(Local::Function(function)) => self.enter_blindly(function, refused),
                        _ => self.find_unknown(&callee, line),
                    }
                }
                self.put_right(&before);
                self.actions.truncate(actions);
                let mut inner = Calls::default();
                visitor::walk_expr(&mut inner, &call.func);
                inner.visit_arguments(&call.arguments);
                self.look_at(inner, refused, scope);
            }
            self.undecided(-1);
        }
    }

    /// Finds what is called if that alone, whatever the arguments are, cannot be followed.
    fn find_unknown(&mut self, callee: &Value, line: u32) {
        let Some(path) = path(callee) else {
            return;
        };
        let last = path.rsplit('.').next().unwrap_or(path);
        let own = self.settings.types.contains_key(path)
            || self.settings.ignore.iter().any(|ignored| ignored == path);
        let reason = match library::varies(path) {
            _ if library::differs(path) => varies(last),
            Some(why) => format!("calls `{last}()`, {why}"),
            None if own || library::is_known(path) || library::is_idle(path) => return,
            None => format!("calls `{path}()`, which is not known"),
        };
        if let Some(scout) = &mut self.scout {
            scout.find(Untranslated::new(line, reason));
        }
    }

    /// Follows a function of which no argument is known.
    fn enter_blindly(&mut self, function: &Function, refused: &Untranslated) {
        let Code::Def(def) = self.definitions[function.definition].code else {
            return;
        };
        let Some(scout) = &mut self.scout else {
            return;
        };
        if !scout.entered.insert(function.definition) || self.depth + 4 >= DEPTH {
            return;
        }
        let ended = scout.ended;
        let scope = Scope::new(
            Kind::Function(function.definition),
            Some(Rc::clone(&function.closure)),
        );
        for parameter in &*def.parameters {
            scope.set(parameter.name().id.clone(), Err(refused.clone()));
        }
        let before = self.before();
        self.module = function.module;
        self.depth += 4;
        let yields = Yields::Items(Vec::new());
        self.frames.push(Frame { yields });
        let stop = Box::new(Stop::Refused(refused.clone()));
        // Whatever it returns is not known either.
        let _ = self.every_way(&[&def.body], false, stop, &scope);
        self.captured.push(scope);
        if let (Some(unused), Some(scout)) = (self.unused_call(before.foreign), &mut self.scout) {
            scout.find(unused);
        }
        self.put_right(&before);
        if let Some(scout) = &mut self.scout {
            scout.ended = ended;
        }
    }

    fn undecided(&mut self, more: i32) {
        if let Some(scout) = &mut self.scout {
            scout.undecided = scout.undecided.saturating_add_signed(more);
        }
    }

    /// Tells whether an evaluation stopped for want of an answer that may be gone on without.
    pub(super) fn passes(&self, stop: &Stop) -> bool {
        matches!(stop, Stop::Refused(refused) if refused.needs_database) && self.scout.is_some()
    }

    /// Follows every one of several ways, of which one is gone if they are `all`.
    pub(super) fn every_way(
        &mut self,
        ways: &[&'a [Stmt]],
        all: bool,
        stop: Box<Stop>,
        scope: &Rc<Scope>,
    ) -> Known<Flow> {
        self.not_known();
        let mut ends = 0;
        let autocommit = self.autocommit;
        for way in ways {
            self.undecided(1);
            let flow = self.body(way, scope);
            self.undecided(-1);
            self.autocommit = autocommit;
            ends += usize::from(!matches!(flow, Ok(Flow::Next)));
        }
        if let Some(scout) = &mut self.scout {
            scout.ended |= ends > 0;
        }
        if let Stop::Refused(refused) = &*stop {
            for statement in ways.iter().flat_map(|way| way.iter()) {
                self.poison(statement, refused, scope);
            }
        }
        match all && ends == ways.len() {
            // Each has returned or raised something, nobody knows which.
            true => Err(stop),
            false => Ok(Flow::Next),
        }
    }

    /// Notes that what a block binds needs an answer.
    pub(super) fn unknown_target(&mut self, target: &'a Expr, stop: &Stop, scope: &Rc<Scope>) {
        let Stop::Refused(refused) = stop else {
            return;
        };
        match target {
            Expr::Name(name) => scope.set(name.id.clone(), Err(refused.clone())),
            Expr::Tuple(inner) => {
                for target in &inner.elts {
                    self.unknown_target(target, stop, scope);
                }
            }
            _ => {}
        }
    }

    /// Follows what catches an error that a question may end in.
    pub(super) fn every_handler(&mut self, inner: &'a StmtTry, line: u32, scope: &Rc<Scope>) {
        let refused = Untranslated::unanswered(line);
        for handler in &inner.handlers {
            let ExceptHandler::ExceptHandler(handler) = handler;
            let stop = Box::new(Stop::Refused(refused.clone()));
            if let Some(name) = &handler.name {
                scope.set(name.id.clone(), Err(refused.clone()));
            }
            // It is one way of at least two.
            let _ = self.every_way(&[&handler.body], false, stop, scope);
        }
    }

    /// Notes that what was recorded so far has to be run now, for what is asked next.
    pub(super) fn note_question(&mut self) {
        if let Some(scout) = &mut self.scout {
            scout.asked = self.actions.len();
        }
    }

    /// Notes a statement that asks.
    pub(super) fn note_query(&mut self, statement: &Value, parameters: &Value) {
        self.note_question();
        let (line, statement, parameters) = (self.line, statement.clone(), parameters.clone());
        if let Some(scout) = &mut self.scout {
            let deed = Deed::Execute {
                statement,
                parameters,
            };
            scout.questions.push(Action { line, deed });
        }
    }

    fn not_known(&mut self) {
        if let Some(scout) = &mut self.scout {
            scout.unknown += 1;
        }
    }

    /// Returns how often something was not known so far.
    pub(super) fn unknown_so_far(&self) -> u32 {
        self.scout.as_ref().map_or(0, |scout| scout.unknown)
    }

    fn note_lines(&mut self, statement: &Stmt) {
        if self.module != 0 || self.scout.as_ref().is_none_or(Scout::every_run) {
            return;
        }
        let Some(module) = self.modules.first() else {
            return;
        };
        let source: &Source = module.source;
        let lines = source.line(statement.start())..=source.line(statement.end());
        if let Some(scout) = &mut self.scout {
            scout.lines.extend(lines);
        }
    }
}

/// Tells whether what is called is of a library whose types are known.
fn is_of_library(call: &Object) -> bool {
    match &call.kind {
        Written::Call { callee, .. } => path(callee).is_some_and(library::is_known),
        _ => false,
    }
}

/// The outermost calls of what is visited.
#[derive(Default)]
struct Calls<'a>(Vec<&'a ExprCall>);

impl<'a> Calls<'a> {
    /// Takes those of a statement that has no others in it.
    fn of_simple(&mut self, statement: &'a Stmt) {
        if matches!(
            statement,
            Stmt::Expr(_)
                | Stmt::Assign(_)
                | Stmt::AnnAssign(_)
                | Stmt::AugAssign(_)
                | Stmt::Return(_)
                | Stmt::Assert(_)
        ) {
            self.visit_stmt(statement);
        }
    }
}

impl<'a> Visitor<'a> for Calls<'a> {
    fn visit_expr(&mut self, expression: &'a Expr) {
        match expression {
            Expr::Call(call) => self.0.push(call),
            Expr::Lambda(_) => {}
            other => visitor::walk_expr(self, other),
        }
    }
}
