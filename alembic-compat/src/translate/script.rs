//! What a translation makes: statements, and which of them belong into a transaction.

use rustc_hash::FxHashSet;

use super::evaluate::{Database, evaluate, scout};
use super::host::{Host, HostError, Rows};
use super::render::Renderer;
use super::value::{Action, Deed};
use super::{Direction, Obstacle, Settings, Translator, Untranslated};

/// What a function of a revision does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Script {
    /// Its statements, in order.
    pub segments: Vec<Segment>,
}

/// Statements that are run in one transaction, or in none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Whether they are to be in a transaction; otherwise each commits by itself.
    pub transactional: bool,
    /// The statements, in order.
    pub statements: Vec<Statement>,
}

/// A statement of SQL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Its text, without a semicolon behind it.
    pub text: String,
    /// The line of the script that it comes from (1-based).
    pub line: u32,
}

/// What a function may do that asks its database, as far as that shows without one.
///
/// Nothing that leans on an answer is part of it; where answers decide, all ways are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outlook {
    /// What it may run before its last question, in the order of the text.
    pub before: Script,
    /// What it may run afterwards.
    pub after: Script,
    /// What cannot be translated, where something was found.
    pub obstacle: Option<Obstacle>,
    /// The lines that not every run comes to.
    sometimes: FxHashSet<u32>,
}

impl Outlook {
    /// Tells whether every run comes to a line.
    #[must_use]
    pub fn is_certain(&self, line: u32) -> bool {
        !self.sometimes.contains(&line)
    }
}

/// Writes actions as they come, and knows whether a transaction is open.
struct Writer<'a> {
    renderer: Renderer<'a>,
    transactional: bool,
}

impl<'a> Writer<'a> {
    fn new(settings: &'a Settings) -> Self {
        let renderer = Renderer::new(settings);
        let transactional = true;
        Self {
            renderer,
            transactional,
        }
    }

    /// Writes actions, up to one that cannot be written.
    fn write(&mut self, actions: &[Action]) -> (Script, Result<(), Untranslated>) {
        let mut segments: Vec<Segment> = Vec::new();
        for action in actions {
            match action.deed {
                Deed::AutocommitBegins => self.transactional = false,
                Deed::AutocommitEnds => self.transactional = true,
                _ => {}
            }
            let line = action.line;
            let texts = match self.renderer.render(action) {
                Ok(texts) => texts,
                Err(refused) => return (Script { segments }, Err(refused)),
            };
            let statements = texts.into_iter().map(|text| Statement { text, line });
            match segments.last_mut() {
                Some(last) if last.transactional == self.transactional => {
                    last.statements.extend(statements);
                }
                _ => {
                    let statements: Vec<Statement> = statements.collect();
                    if !statements.is_empty() {
                        segments.push(Segment {
                            transactional: self.transactional,
                            statements,
                        });
                    }
                }
            }
        }
        (Script { segments }, Ok(()))
    }

    /// Writes an action whose rows are asked for.
    fn question(&mut self, action: &Action) -> Result<Statement, Untranslated> {
        let line = action.line;
        let text = match &action.deed {
            Deed::Execute {
                statement,
                parameters,
            } => self.renderer.query(statement, parameters, line)?,
            _ => String::new(),
        };
        Ok(Statement { text, line })
    }
}

/// A database that is asked in the terms of the script.
struct Online<'a, 'h> {
    writer: Writer<'a>,
    host: &'h mut dyn Host,
}

impl Database for Online<'_, '_> {
    fn run(&mut self, actions: &[Action]) -> Result<Option<i64>, Untranslated> {
        let (script, written) = self.writer.write(actions);
        written?;
        if script.segments.is_empty() {
            return Ok(None);
        }
        let line = actions.last().map_or(0, |action| action.line);
        let changed = self
            .host
            .run(&script.segments)
            .map_err(|error| failed(line, &error))?;
        Ok(changed.and_then(|changed| i64::try_from(changed).ok()))
    }

    fn look(&mut self, query: &str, line: u32) -> Result<Rows, Untranslated> {
        let text = query.to_owned();
        self.host
            .look(&Statement { text, line })
            .map_err(|error| failed(line, &error))
    }

    fn ask(&mut self, action: &Action) -> Result<Rows, Untranslated> {
        let statement = self.writer.question(action)?;
        self.host
            .query(&statement)
            .map_err(|error| failed(statement.line, &error))
    }
}

fn failed(line: u32, error: &HostError) -> Untranslated {
    Untranslated::new(line, format!("does what the database refuses: {error}"))
}

impl Translator {
    /// Translates one function of a script.
    ///
    /// With a host, what a script asks of its database is asked, and what it did before that is run:
    /// the script that is returned is what is left to run. Without one, a script that asks is refused.
    ///
    /// # Errors
    /// Fails with what could not be followed or written.
    pub fn translate(
        &self,
        source: &str,
        direction: Direction,
        host: Option<&mut dyn Host>,
    ) -> Result<Script, Untranslated> {
        let Some(host) = host else {
            let (script, translated) = self.translate_partly(source, direction);
            return translated.map(|()| script);
        };
        let project = (&self.settings, &self.library);
        let source = self.source(source)?;
        let writer = Writer::new(&self.settings);
        let mut online = Online { writer, host };
        let (actions, followed) = evaluate(&source, direction, project, Some(&mut online));
        followed?;
        let (script, written) = online.writer.write(&actions);
        written.map(|()| script)
    }

    /// Follows one function of a script past what it asks of its database, asking nothing.
    ///
    /// What it is found to come to is there; not all that it may come to is found.
    pub fn look_ahead(&self, source: &str, direction: Direction) -> Outlook {
        let Ok(source) = self.source(source) else {
            return Outlook::default();
        };
        let (actions, mut scout) = scout(&source, direction, (&self.settings, &self.library));
        let mut writer = Writer::new(&self.settings);
        let (before, after) = actions.split_at(scout.asked().min(actions.len()));
        let (before, written) = writer.write(before);
        let (after, finished) = writer.write(after);
        let asked: Result<Vec<_>, _> = scout
            .questions()
            .iter()
            .map(|it| writer.question(it))
            .collect();
        let sometimes = scout.sometimes();
        let refused = written
            .and(finished)
            .and(asked)
            .err()
            .map(|untranslated| Obstacle {
                certain: !sometimes.contains(&untranslated.line),
                untranslated,
            });
        let obstacle = match (refused, scout.found()) {
            (Some(refused), Some(found)) if found.certain && !refused.certain => Some(found),
            (refused, found) => refused.or(found),
        };
        Outlook {
            before,
            after,
            obstacle,
            sometimes,
        }
    }

    /// Translates one function of a script as far as that is possible with no database to ask.
    ///
    /// Returns what stands before the first thing that cannot be translated, and what that is.
    pub fn translate_partly(
        &self,
        source: &str,
        direction: Direction,
    ) -> (Script, Result<(), Untranslated>) {
        let project = (&self.settings, &self.library);
        let source = match self.source(source) {
            Ok(source) => source,
            Err(refused) => return (Script::default(), Err(refused)),
        };
        let (actions, followed) = evaluate(&source, direction, project, None);
        let (script, written) = Writer::new(&self.settings).write(&actions);
        (script, written.and(followed))
    }
}
