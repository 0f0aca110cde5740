//! What functions that ask the database do in one that is made from the graph alone.
//!
//! The revisions go up one by one, in the graph's order, and down again. What each function sent is
//! in the ledger; what it asked is told on the way. One that cannot run ends the way up for all that
//! stand on it; on the way down the way begins anew below it.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::{Replay, ReplayError};
use crate::catalog::Catalog;
use crate::database::ledger;
use crate::database::{Database, Interrupt, OpenError};
use crate::execute::{
    self, Bridge, Cause, Event, Impossible, Options, Request, RunError, TransactionMode,
};
use crate::graph::Node;
use crate::id::RevisionId;
use crate::op::{self, Query, Reads};
use crate::plan::{Direction, Extent};
use crate::scratch::Scratch;
use crate::script::{Body, Foreign};
use crate::sql::asks_for_schema;
use crate::sql::quote::literal;
use crate::target::Target;

/// A function of a revision.
pub type Function = (RevisionId, Direction);

/// What a function asked the database, to decide what it does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The line of its file.
    pub line: u32,
    /// The query.
    pub sql: String,
    /// What that reads.
    pub reads: Reads,
}

impl Question {
    fn of(query: &Query<'_>) -> Self {
        Self {
            line: query.line,
            sql: query.sql.to_owned(),
            reads: query.reads,
        }
    }

    /// Tells whether the answer is the same in each database with the same schema.
    fn is_of_schema(&self) -> bool {
        self.reads == Reads::Catalog || asks_for_schema(&self.sql)
    }
}

/// Another program that carries out steps on a database of its own, and may follow to another one.
pub trait Follower {
    /// Returns what carries steps out on the database of this name, on the server of the trial.
    fn bridge_to(&self, database: &str) -> Arc<dyn Bridge>;

    /// Has the program say at which revisions that database stands, and returns all that it says.
    fn asked_of(&self, database: &str) -> String;
}

/// What became of functions that were tried.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Trial {
    /// Of each.
    pub functions: HashMap<Function, Tried>,
    /// What the other program said last, where it did not follow, so that nothing was left to it.
    pub strayed: Option<String>,
}

/// What became of a function.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Tried {
    /// It asked for nothing but the schema.
    Sent {
        /// What it sent, as sections of a SQL revision.
        sql: String,
        /// What it asked, in order.
        asked: Vec<Question>,
    },
    /// It asked for more than the schema, so that what it did says nothing of other databases.
    ReadRows(Question),
    /// It cannot run there.
    Failed(Foreign),
    /// It was not tried, since this revision needs to be applied and cannot.
    Behind(RevisionId),
}

/// Why a step did not go.
struct Stop {
    why: Foreign,
    /// Whether something of it is in the database all the same.
    partly: bool,
}

impl Replay<'_> {
    /// Runs functions on a throw-away database, made on the server of `host`, and returns what became
    /// of each. `progress` is told how many steps are done.
    ///
    /// Steps that limbeck cannot run are the follower's, where it proves to be at that database: the
    /// version table of the empty one is given a name that nobody else has, and it must say that.
    ///
    /// # Errors
    /// Fails when no database can be made there, and when the server or a person stops the run; that a
    /// revision fails is no error.
    pub fn try_out(
        &self,
        host: &Database,
        functions: &HashSet<Function>,
        follower: Option<&dyn Follower>,
        progress: &mut dyn FnMut(usize),
    ) -> Result<Trial, ReplayError> {
        let mut trial = Trying {
            replay: self,
            host,
            catalog: self.catalog.without_repeatables(),
            options: Options {
                // What holds for a run as a whole; here each step is one.
                transaction: TransactionMode::Revision,
                verify_tables: Vec::new(),
                bridge: None,
                ..self.options.clone()
            },
            wanted: functions,
            follower,
            trial: Trial::default(),
            progress,
            steps: 0,
        };
        let (stand, applied) = trial.up()?;
        trial.down(stand, &applied)?;
        Ok(trial.trial)
    }
}

/// A throw-away database and what is applied there.
struct Stand {
    database: Database,
    /// How revisions are run there.
    options: Options,
    scratch: Scratch,
    /// How many revisions are.
    applied: usize,
}

impl Stand {
    fn remove(self) -> Result<(), ReplayError> {
        drop(self.database);
        Ok(self.scratch.remove()?)
    }
}

struct Trying<'t, 'r> {
    replay: &'t Replay<'r>,
    host: &'t Database,
    catalog: Catalog,
    options: Options,
    wanted: &'t HashSet<Function>,
    follower: Option<&'t dyn Follower>,
    trial: Trial,
    progress: &'t mut dyn FnMut(usize),
    steps: usize,
}

impl<'t> Trying<'t, '_> {
    /// Goes up as far as a function is wanted; returns where that leads.
    fn up(&mut self) -> Result<(Stand, Vec<RevisionId>), ReplayError> {
        let catalog = self.catalog.clone();
        let graph = catalog.graph();
        let directions = [Direction::Upgrade, Direction::Downgrade];
        let of = |node: &Node, direction| (node.id().clone(), direction);
        let order: Vec<&Node> = graph.revisions().collect();
        let is_wanted = |node: &&Node| {
            let mut functions = directions.map(|direction| of(node, direction)).into_iter();
            functions.any(|function| self.wanted.contains(&function))
        };
        let end = order.iter().rposition(is_wanted).map_or(0, |last| last + 1);
        let mut stand = self.stand(&[])?;
        let mut applied: Vec<RevisionId> = Vec::new();
        let mut blocked: HashMap<&RevisionId, RevisionId> = HashMap::new();
        for node in &order[..end] {
            let mut below = graph.requirements(node);
            let culprit = below.find_map(|node| blocked.get(node.id()).cloned());
            let culprit = match culprit {
                Some(culprit) => Some(culprit),
                None => match self.step_up(&mut stand, node.id())? {
                    None => None,
                    Some(partly) => {
                        if partly {
                            stand.remove()?;
                            stand = self.stand(&applied)?;
                        }
                        Some(node.id().clone())
                    }
                },
            };
            let Some(culprit) = culprit else {
                applied.push(node.id().clone());
                continue;
            };
            for direction in directions {
                let function = of(node, direction);
                if self.wanted.contains(&function) && !self.trial.functions.contains_key(&function)
                {
                    self.trial
                        .functions
                        .insert(function, Tried::Behind(culprit.clone()));
                }
            }
            blocked.insert(node.id(), culprit);
        }
        Ok((stand, applied))
    }

    /// Applies a revision; where it fails, tells whether something of it stayed.
    fn step_up(&mut self, stand: &mut Stand, id: &RevisionId) -> Result<Option<bool>, ReplayError> {
        let request = upgrade(id)?;
        let stopped = self.step(stand, (id, Direction::Upgrade), &request)?;
        if stopped.is_none() {
            stand.applied += 1;
        }
        Ok(stopped.map(|stop| stop.partly))
    }

    /// Goes down wherever a function is wanted, the newest first.
    ///
    /// Each is tried on the way down from the newest revision from which a way leads there; where a
    /// step cannot be taken, another database is made that never went up so far.
    fn down(&mut self, stand: Stand, applied: &[RevisionId]) -> Result<(), ReplayError> {
        let bridged = stand.options.bridge.is_some();
        let mut stand = Some(stand);
        let mut leads_down: Vec<bool> = Vec::with_capacity(applied.len());
        for id in applied {
            let body = self.catalog.script(id).map(|script| script.downgrade);
            leads_down.push(match body {
                Ok(Body::Foreign(_)) => bridged,
                Ok(Body::Absent | Body::NotCompiled | Body::Raises { .. }) | Err(_) => false,
                Ok(_) => true,
            });
        }
        let is_wanted = |id: &RevisionId| {
            let function = (id.clone(), Direction::Downgrade);
            self.wanted.contains(&function)
        };
        let wanted = applied.iter().enumerate();
        let wanted = wanted.filter(|(_, id)| is_wanted(id)).map(|(at, _)| at);
        let mut wanted: Vec<usize> = wanted.collect();
        let mut limit = applied.len();
        while let Some(at) = wanted.pop() {
            let way = leads_down[at..limit].iter();
            let top = at + way.take_while(|leads| **leads).count();
            limit = self.way_down(&mut stand, (at, top), applied)?;
            let failed = limit > at;
            if failed {
                leads_down[limit] = false;
                // Another way leads there, which begins lower.
                wanted.push(at);
            }
        }
        stand.map_or(Ok(()), Stand::remove)
    }

    /// Goes down from one place to another, and returns how far that went: at most to `to`, and no
    /// farther where that step fails itself.
    fn way_down(
        &mut self,
        slot: &mut Option<Stand>,
        (to, from): (usize, usize),
        applied: &[RevisionId],
    ) -> Result<usize, ReplayError> {
        let mut stand = match slot.take() {
            Some(stand) if stand.applied == from => stand,
            other => {
                other.map_or(Ok(()), Stand::remove)?;
                self.stand(&applied[..from])?
            }
        };
        while stand.applied > to {
            let at = stand.applied - 1;
            let request = Request::Rollback(Extent::Steps(1));
            let function = (&applied[at], Direction::Downgrade);
            if self.step(&mut stand, function, &request)?.is_some() {
                stand.remove()?;
                // It is known by now what becomes of the last one.
                return Ok(if at == to { to } else { at });
            }
            stand.applied = at;
        }
        *slot = Some(stand);
        Ok(to)
    }

    /// Takes one step, and notes what became of its function where that is wanted.
    fn step(
        &mut self,
        stand: &mut Stand,
        (id, direction): (&RevisionId, Direction),
        request: &Request,
    ) -> Result<Option<Stop>, ReplayError> {
        let mut asked = Vec::new();
        let mut handed_over = None;
        let mut observer = |event: &Event<'_>| match event {
            Event::Asked { query, .. } => asked.push(Question::of(query)),
            Event::HandedOver { why, .. } => handed_over = Some((*why).clone()),
            _ => {}
        };
        let database = &mut stand.database;
        let (catalog, options) = (&self.catalog, &stand.options);
        let ran = execute::run(database, catalog, request, options, &mut observer);
        self.steps += 1;
        (self.progress)(self.steps);
        if self.replay.interrupt.is_triggered() {
            return Err(OpenError::Interrupted.into());
        }
        let stopped = match ran {
            Ok(_) => None,
            Err(error) => match stop(&error) {
                Some(stop) => Some(stop),
                None => return Err(ReplayError::Run(Box::new(error))),
            },
        };
        let function = (id.clone(), direction);
        if self.wanted.contains(&function) {
            let of_rows = asked.iter().position(|it| !it.is_of_schema());
            let foreign = stopped.as_ref().map(|stop| stop.why.clone());
            let tried = match (foreign.or(handed_over), of_rows) {
                (Some(why), _) => Tried::Failed(why),
                (None, Some(at)) => Tried::ReadRows(asked.swap_remove(at)),
                (None, None) => {
                    let sql = sent(database, id, direction)?;
                    Tried::Sent { sql, asked }
                }
            };
            self.trial.functions.insert(function, tried);
        }
        Ok(stopped)
    }

    /// Makes a throw-away database with these revisions applied.
    fn stand(&mut self, applied: &[RevisionId]) -> Result<Stand, ReplayError> {
        let Replay {
            surroundings,
            interrupt,
            ..
        } = self.replay;
        let scratch = Scratch::beside(self.host, surroundings)?;
        let mut database = scratch.connect(Interrupt::clone(interrupt))?;
        let run = |error| ReplayError::Run(Box::new(error));
        // Alembic has its table before the first revision runs, which may look at all there is.
        execute::ensure_version_table(&mut database).map_err(run)?;
        let mut options = self.options.clone();
        options.bridge = self.bridge(&mut database)?;
        for id in applied {
            let (catalog, request) = (&self.catalog, upgrade(id)?);
            let ran = execute::run(
                &mut database,
                catalog,
                &request,
                &options,
                &mut execute::Silent,
            );
            if let Err(error) = ran {
                return Err(run(error));
            }
            self.steps += 1;
            (self.progress)(self.steps);
        }
        Ok(Stand {
            database,
            options,
            scratch,
            applied: applied.len(),
        })
    }

    /// Returns what carries out steps of another program on a new database, where it proves to follow.
    fn bridge(&mut self, database: &mut Database) -> Result<Option<Arc<dyn Bridge>>, ReplayError> {
        let Some(follower) = self.follower.filter(|_| self.trial.strayed.is_none()) else {
            return Ok(None);
        };
        let failed = |error: RunError| ReplayError::Run(Box::new(error));
        let state = database.inspect().map_err(|error| failed(error.into()))?;
        let name = database.connect_info().database().to_owned();
        let table = state.table.to_sql();
        let mut send = |sql: &str| {
            let sent = database.session().send(sql);
            sent.map_err(|stopped| failed(stopped.error.into()))
        };
        send(&format!("INSERT INTO {table} VALUES ({})", literal(&name)))?;
        let said = follower.asked_of(&name);
        send(&format!("DELETE FROM {table}"))?;
        if said.contains(&name) {
            return Ok(Some(follower.bridge_to(&name)));
        }
        self.trial.strayed = Some(last_line(&said).to_owned());
        Ok(None)
    }
}

fn upgrade(id: &RevisionId) -> Result<Request, ReplayError> {
    let target = Target::parse(id.as_str())?;
    Ok(Request::new(Direction::Upgrade, vec![target]))
}

/// Reads what a step sent.
fn sent(
    database: &mut Database,
    id: &RevisionId,
    direction: Direction,
) -> Result<String, ReplayError> {
    let run = |error| ReplayError::Run(Box::new(error));
    let state = database.inspect().map_err(|error| run(error.into()))?;
    let sent = ledger::sent(database.session(), &state.table, id, direction);
    let sent = sent.map_err(|error| run(error.into()))?;
    Ok(sent.unwrap_or_default())
}

fn last_line(said: &str) -> &str {
    let mut lines = said.lines().map(str::trim);
    lines.rfind(|line| !line.is_empty()).unwrap_or_default()
}

/// Classes of errors that say nothing of what was sent: the connection, room, people, the system.
const OF_SERVER: [&str; 4] = ["08", "53", "57", "58"];

/// Returns why a revision does not run; none where that is not its fault.
fn stop(error: &RunError) -> Option<Stop> {
    let because = |line, reason: String| Foreign { line, reason };
    let cannot = |error: &dyn std::fmt::Display| because(0, format!("cannot run: {error}"));
    let (why, partly) = match error {
        RunError::Script(error) => (cannot(error), false),
        RunError::Impossible(impossible) => match impossible {
            Impossible::Foreign { foreign, .. } => (foreign.clone(), false),
            Impossible::Raises { line, .. } => {
                (because(*line, "raises an exception".to_owned()), false)
            }
            other => (cannot(other), false),
        },
        RunError::Step(failure) => {
            let why = match &failure.cause {
                Cause::Sql { server, place, .. } => {
                    if OF_SERVER.iter().any(|class| server.code.starts_with(class)) {
                        return None;
                    }
                    let line = place.as_ref().map_or(0, |place| place.line);
                    let message = &server.message;
                    because(line, format!("fails on a database without rows: {message}"))
                }
                Cause::Code {
                    error: op::Error::Untranslated { line, reason },
                    ..
                } => because(*line, reason.clone()),
                Cause::Code { .. } | Cause::DoesNotHold { .. } => cannot(&failure.cause),
                Cause::Bridge { .. } => {
                    let said = failure.cause.to_string();
                    let last = last_line(&said);
                    because(
                        0,
                        format!("fails when the project's own Alembic runs it: {last}"),
                    )
                }
                _ => return None,
            };
            (why, failure.partly)
        }
        _ => return None,
    };
    Some(Stop { why, partly })
}
