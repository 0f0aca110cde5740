//! Follows a revision script over its syntax tree and collects what it does to its database.
//!
//! It is an interpreter of the part of Python that such scripts are written in. Names of
//! SQLAlchemy, Alembic and of what else is imported stay symbols; everything else has a value or is
//! refused. What a script asks of a database that is not there is refused, too, and says so.

mod argument;
mod builtin;
mod call;
mod class;
mod collection;
mod compare;
mod connection;
mod container;
mod convert;
mod decorated;
mod enumeration;
mod exception;
mod expression;
mod format;
mod function;
mod import;
mod json;
mod lazy;
mod library;
mod local;
mod lookup;
mod model;
mod name;
mod operation;
mod operator;
mod reach;
mod reflect;
mod scope;
mod scout;
mod sequence;
mod source;
mod sql;
mod standard;
mod statement;
mod tamper;
mod text;
mod walk;

use std::rc::Rc;

use ruff_python_ast::name::Name;
use ruff_text_size::TextSize;
use rustc_hash::{FxHashMap as HashMap, FxHashSet as HashSet};

use self::function::Frame;
use self::local::{Exception, Known, Local, Stop, named};
use self::reflect::Metadata;
use self::scope::{Binding, Definition, Scope};
pub(super) use self::scout::Scout;
pub(super) use self::source::{Library, Source};
use super::host::Rows;
use super::settings::Settings;
use super::value::{Action, Deed, Object, Value};
use super::{Change, Direction, Untranslated};

/// What of the database the evaluator needs.
pub(super) trait Database {
    /// Does what was recorded so far; tells how many rows the last statement changed, where it
    /// changed rows.
    fn run(&mut self, actions: &[Action]) -> Result<Option<i64>, Untranslated>;

    /// Asks the catalogs, for what stands on a line.
    fn look(&mut self, query: &str, line: u32) -> Result<Rows, Untranslated>;

    /// Asks what one action, which is an [`Execute`](Deed::Execute), returns.
    fn ask(&mut self, action: &Action) -> Result<Rows, Untranslated>;
}

/// Follows one function of a script and returns what it does, and what it cannot be followed beyond.
///
/// What was handed to the database while the script was followed is among the actions no more.
pub(super) fn evaluate(
    source: &Source,
    direction: Direction,
    (settings, library): (&Settings, &Library),
    database: Option<&mut dyn Database>,
) -> (Vec<Action>, Result<(), Untranslated>) {
    let mut evaluator = Evaluator::new(library, settings, database);
    let followed = evaluator.script(source, direction.function());
    let followed = followed.map_err(|stop| match *stop {
        Stop::Refused(refused) => refused,
        Stop::Raised(exception) => raises(&exception),
    });
    (std::mem::take(&mut evaluator.actions), followed)
}

/// Follows one function of a script past what only a database knows, and returns what it may do.
pub(super) fn scout(
    source: &Source,
    direction: Direction,
    (settings, library): (&Settings, &Library),
) -> (Vec<Action>, Scout) {
    let mut evaluator = Evaluator::new(library, settings, None);
    evaluator.scout = Some(Scout::default());
    let followed = evaluator.script(source, direction.function());
    let mut scout = evaluator.scout.take().unwrap_or_default();
    if let Err(Stop::Refused(refused)) = followed.map_err(|stop| *stop)
        && !refused.needs_database
    {
        scout.find(refused);
    }
    (std::mem::take(&mut evaluator.actions), scout)
}

/// Says what a script changes for those that are loaded beside it.
pub(super) fn change(source: &str) -> Option<Change> {
    let source = Source::parse("", false, source).ok()?;
    let (at, what) = reach::tampers_beside(source.body())?;
    let line = source.line(at);
    Some(Change { line, what })
}

fn raises(exception: &Exception) -> Untranslated {
    let name = exception.name();
    let reason = match exception.message() {
        message if message.is_empty() => format!("raises `{name}`"),
        message => format!("raises `{name}`: {message}"),
    };
    Untranslated::new(exception.line, reason)
}

fn unknown_call(call: &Rc<Object>) -> String {
    let called = local::describe(&Value::Object(Rc::clone(call)));
    format!("calls {called}, which is not known")
}

fn varies(function: &str) -> String {
    format!("calls `{function}()`, whose result differs each time")
}

/// How many steps a script may take.
const STEPS: u32 = 2_000_000;

/// How deep expressions and calls may be nested.
const DEPTH: u32 = 160;

/// What is said of a number that Python has and this has not.
const LARGE: &str = "computes a number of more than 64 bits";

struct Evaluator<'a, 'd> {
    library: &'a Library,
    settings: &'a Settings,
    database: Option<&'d mut dyn Database>,
    /// What was met, where nothing is to be asked and nothing to be run.
    scout: Option<Scout>,
    /// The revision comes first.
    modules: Vec<Module<'a>>,
    /// By full name; none where there is no file of it.
    found: HashMap<String, Option<usize>>,
    definitions: Vec<Definition<'a>>,
    /// The numbers of the definitions by where they stand in memory.
    defined: HashMap<usize, usize>,
    /// Scopes that functions refer to, to be emptied at the end.
    captured: Vec<Rc<Scope>>,
    frames: Vec<Frame<'a>>,
    /// The module whose text is followed now.
    module: usize,
    /// The statements of modules that are being followed for the names they set.
    under_way: Vec<(usize, usize)>,
    /// The last module that was imported within a `try` and may not be there.
    doubted: Option<String>,
    /// How many `try` blocks are around what is followed.
    attempts: u32,
    /// How many modules are being loaded.
    loading: u32,
    /// The line of the revision.
    line: u32,
    steps: u32,
    depth: u32,
    /// Whether nobody looks at what the call under way returns.
    discarded: bool,
    savepoints: u32,
    /// Whether what follows is outside of transactions.
    autocommit: bool,
    /// After how many deeds a savepoint or a block without a transaction last began.
    unprotected: u32,
    actions: Vec<Action>,
    /// How much was recorded so far, handed over or not.
    deeds: u32,
    /// What was made with each `MetaData`.
    metadata: Vec<Metadata>,
    /// The enumerations that were made of classes, of which rows hold members.
    class_enums: Vec<Rc<Object>>,
    /// Calls of functions that nobody knows, which must all end up in an action.
    foreign: Vec<Rc<Object>>,
    /// The names of SQLAlchemy and Alembic that were set.
    patched: HashMap<String, Binding>,
    /// Why the script as a whole is not followed.
    tampered: Option<Untranslated>,
    /// The tables that an index or a constraint joined after they were written down.
    attached: Vec<Rc<Object>>,
    /// Whether there are classes that may be mapped to tables.
    maps_classes: bool,
    /// How often the database was asked.
    asked: u32,
    /// Counts what changes.
    clock: u64,
    /// When something last changed that more than one name may stand for.
    changed: u64,
    /// When a name was last given a value.
    bound: HashMap<Name, u64>,
    /// The names that are read for what is worked out ahead.
    reads: Vec<HashSet<Name>>,
    /// The exceptions that are being handled.
    handled: Vec<Exception>,
}

struct Module<'a> {
    source: &'a Source,
    scope: Rc<Scope>,
    /// Whether all of it was, or is being, followed.
    followed: bool,
}

impl<'a, 'd> Evaluator<'a, 'd> {
    fn new(
        library: &'a Library,
        settings: &'a Settings,
        database: Option<&'d mut dyn Database>,
    ) -> Self {
        Self {
            library,
            settings,
            database,
            scout: None,
            modules: Vec::new(),
            found: HashMap::default(),
            definitions: Vec::new(),
            defined: HashMap::default(),
            captured: Vec::new(),
            frames: Vec::new(),
            module: 0,
            under_way: Vec::new(),
            doubted: None,
            attempts: 0,
            loading: 0,
            line: 0,
            steps: 0,
            depth: 0,
            discarded: false,
            savepoints: 0,
            autocommit: false,
            unprotected: 0,
            actions: Vec::new(),
            deeds: 0,
            metadata: Vec::new(),
            class_enums: Vec::new(),
            foreign: Vec::new(),
            patched: HashMap::default(),
            tampered: None,
            attached: Vec::new(),
            maps_classes: false,
            asked: 0,
            clock: 0,
            changed: 0,
            bound: HashMap::default(),
            reads: Vec::new(),
            handled: Vec::new(),
        }
    }

    /// Loads the revision and calls its function.
    fn script(&mut self, source: &'a Source, function: &str) -> Known<()> {
        if let Some(changed) = &self.settings.changed {
            return Err(self.refuse(format!("is loaded beside {changed}")));
        }
        let module = self.load(source)?;
        self.untampered()?;
        self.line = 0;
        let function = match self.modules[module].scope.own(function) {
            Some(Ok(function)) => function,
            Some(Err(refused)) => return Err(Box::new(Stop::Refused(refused))),
            None => return Err(self.refuse(format!("has no `{function}()`"))),
        };
        match Local::of(&function) {
            Some(Local::Function(function)) => self.enter(function)?,
            _ => return Err(self.refuse("has something else than a function to run")),
        }
        self.untampered()?;
        self.settle()
    }

    /// Checks that nothing was changed that is not the script's own.
    fn untampered(&self) -> Known<()> {
        match &self.tampered {
            Some(refused) => Err(Box::new(Stop::Refused(refused.clone()))),
            None => Ok(()),
        }
    }

    /// Checks that what unknown functions returned has become part of an action.
    fn settle(&mut self) -> Known<()> {
        match self.unused_call(0) {
            Some(refused) => Err(Box::new(Stop::Refused(refused))),
            None => Ok(()),
        }
    }

    /// Finds a call of an unknown function, from one of them on, that is part of no action.
    fn unused_call(&self, from: usize) -> Option<Untranslated> {
        let used = self.recorded();
        let mut calls = self.foreign.iter().skip(from);
        let call = calls.find(|call| !used.contains(call))?;
        Some(Untranslated::new(call.line, unknown_call(call)))
    }

    /// Returns the objects that what was recorded is made of.
    fn recorded(&self) -> walk::Objects {
        let mut met = walk::Objects::default();
        for action in &self.actions {
            met.action(action);
        }
        met
    }

    /// Records what the script does.
    fn record(&mut self, deed: Deed) -> Known<()> {
        self.untampered()?;
        if self.loading > 0 {
            return Err(self.tamper("works on the database while it is being loaded"));
        }
        let line = self.line;
        self.deeds += 1;
        let action = Action { line, deed };
        let mut met = walk::Objects::default();
        met.action(&action);
        if let Some(function) = met.varying {
            return Err(self.refuse(varies(&function)));
        }
        self.actions.push(action);
        Ok(())
    }

    /// Hands what was recorded to the database.
    fn flush(&mut self) -> Known<()> {
        self.flush_counting().map(|_| ())
    }

    /// Hands what was recorded to the database, and returns how many rows the last statement changed.
    fn flush_counting(&mut self) -> Known<Option<i64>> {
        self.settle_before_asking();
        match &mut self.database {
            Some(database) if !self.actions.is_empty() => {
                let actions = std::mem::take(&mut self.actions);
                database
                    .run(&actions)
                    .map_err(|refused| Box::new(Stop::Refused(refused)))
            }
            _ => Ok(None),
        }
    }

    /// Forgets the unknown calls that are part of what is handed over now.
    fn settle_before_asking(&mut self) {
        let used = self.recorded();
        self.foreign.retain(|call| !used.contains(call));
    }

    /// Asks the database what a statement returns.
    fn ask(&mut self, statement: Value, parameters: Value) -> Known<Rows> {
        self.flush()?;
        self.asked += 1;
        let line = self.line;
        let Some(database) = &mut self.database else {
            return Err(self.unanswered());
        };
        let deed = Deed::Execute {
            statement,
            parameters,
        };
        database
            .ask(&Action { line, deed })
            .map_err(|refused| Box::new(Stop::Refused(refused)))
    }

    /// Asks the database's catalogs.
    fn ask_catalog(&mut self, query: &str) -> Known<Rows> {
        self.note_question();
        if self.database.is_none() {
            return Err(self.unanswered());
        }
        self.flush()?;
        self.asked += 1;
        let Some(database) = &mut self.database else {
            return Err(self.unanswered());
        };
        database
            .look(query, self.line)
            .map_err(|refused| Box::new(Stop::Refused(refused)))
    }

    /// Counts a step, so that everything comes to an end.
    fn step(&mut self) -> Known<()> {
        self.steps = self.steps.saturating_add(1);
        match self.steps {
            // Where it would end is not known either.
            scout::STEPS.. if self.scout.is_some() => Err(self.unanswered()),
            STEPS.. => Err(self.refuse(format!("does not end within {STEPS} steps"))),
            _ => Ok(()),
        }
    }

    /// Notes the line of what is followed now; what stands in another module has the line that led
    /// there.
    fn at(&mut self, offset: TextSize) -> u32 {
        if self.module == 0
            && let Some(module) = self.modules.first()
        {
            self.line = module.source.line(offset);
        }
        self.line
    }

    /// Refuses a use of what is not known.
    fn refuse_use(&self, verb: &str, value: &Value) -> Box<Stop> {
        match Local::of(value) {
            Some(Local::Varying(function)) => self.refuse(varies(function)),
            _ => {
                let what = local::describe(value);
                self.refuse(format!("{verb} {what}, which is not known"))
            }
        }
    }

    fn refuse(&self, reason: impl Into<String>) -> Box<Stop> {
        Box::new(Stop::Refused(Untranslated::new(self.line, reason)))
    }

    /// Refuses what only a database knows.
    fn unanswered(&self) -> Box<Stop> {
        Box::new(Stop::Refused(Untranslated::unanswered(self.line)))
    }

    /// Refuses what would raise an exception, if it was understood rightly.
    fn fails(&self, class: &str, message: impl AsRef<str>) -> Box<Stop> {
        if self.unknown_so_far() > 0 {
            // Rather something that an answer would have given was left out.
            return self.unanswered();
        }
        self.refuse(format!("raises `{class}`: {}", message.as_ref()))
    }

    fn too_deep(&self, what: &str) -> Box<Stop> {
        match self.unknown_so_far() {
            0 => self.refuse(format!("nests {what} too deeply")),
            // An answer may have ended it.
            _ => self.unanswered(),
        }
    }

    /// Raises one of Python's own exceptions.
    fn raise(&self, class: &str, message: impl AsRef<str>) -> Box<Stop> {
        Box::new(Stop::Raised(Exception {
            line: self.line,
            class: named(self.line, format!("builtins.{class}")),
            arguments: vec![Value::Text(message.as_ref().into())],
        }))
    }
}

impl Drop for Evaluator<'_, '_> {
    /// Functions and their scopes refer to each other.
    fn drop(&mut self) {
        for module in &self.modules {
            module.scope.clear();
        }
        for scope in &self.captured {
            scope.clear();
        }
    }
}

#[cfg(test)]
mod tests;
