//! Follows a function past what only its database knows, to see what it may come to.
//!
//! Nothing is asked. A statement that needs an answer is left out, and what it sets needs one, too;
//! where an answer decides which way to go, all ways are followed. What cannot be followed on such a
//! way is found, but not everything is: arguments that need an answer lead nowhere.

use std::rc::Rc;

use ruff_python_ast::{ExceptHandler, Expr, Stmt, StmtTry};
use ruff_text_size::Ranged;
use rustc_hash::FxHashSet as HashSet;

use super::local::{Known, Stop};
use super::scope::Scope;
use super::statement::Flow;
use super::{Evaluator, Source};
use crate::translate::Untranslated;
use crate::translate::value::{Action, Deed, Value};

/// How many steps a function may take that is only looked at.
pub(super) const STEPS: u32 = 200_000;

/// What was met beyond the first question.
#[derive(Debug, Default)]
pub(in crate::translate) struct Scout {
    /// What cannot be followed, and whether every run comes to it.
    found: Option<(Untranslated, bool)>,
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
}

impl Scout {
    fn every_run(&self) -> bool {
        self.undecided == 0 && !self.ended
    }

    /// Notes what cannot be followed; what every run comes to goes before what some do.
    pub(super) fn find(&mut self, refused: Untranslated) {
        let every = self.every_run() && !self.lines.contains(&refused.line);
        if self.found.as_ref().is_none_or(|(_, known)| every && !known) {
            self.found = Some((refused, every));
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
    pub(in crate::translate) fn found(&self) -> Option<&(Untranslated, bool)> {
        self.found.as_ref()
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

    /// Follows a statement of a function, or leaves it out.
    pub(super) fn scouted(&mut self, statement: &'a Stmt, scope: &Rc<Scope>) -> Known<Flow> {
        let before = Before {
            foreign: self.foreign.len(),
            depth: self.depth,
            module: self.module,
            line: self.line,
            frames: self.frames.len(),
            handled: self.handled.len(),
            autocommit: self.autocommit,
        };
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
        self.foreign.truncate(before.foreign);
        self.depth = before.depth;
        self.module = before.module;
        self.line = before.line;
        self.frames.truncate(before.frames);
        self.handled.truncate(before.handled);
        self.autocommit = before.autocommit;
        self.discarded = false;
        self.not_known();
        self.poison(statement, refused, scope);
        match statement {
            // What it returns is not known.
            Stmt::Return(_) => Err(stop),
            _ => Ok(Flow::Next),
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
            if let Some(scout) = &mut self.scout {
                scout.undecided += 1;
            }
            let flow = self.body(way, scope);
            if let Some(scout) = &mut self.scout {
                scout.undecided -= 1;
            }
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
        let mut refused = Untranslated::new(line, "depends on what the database holds");
        refused.needs_database = true;
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
