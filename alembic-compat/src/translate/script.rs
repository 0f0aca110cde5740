//! A script as statements: what the evaluator found, written by the renderer, each with its line.

use super::evaluate::{self, Database};
use super::render::Renderer;
use super::settings::{Host, HostError, Rows, Settings};
use super::value::{Action, Deed, Value};
use super::{Direction, Translator, Untranslated};

/// One statement and the line of the script that leads to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Its text, without a semicolon at the end.
    pub text: String,
    /// The line (1-based).
    pub line: u32,
}

/// Statements that are in a transaction, or that are not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Whether they are in the revision's transaction; those of an `autocommit_block` are not.
    pub transactional: bool,
    /// In order.
    pub statements: Vec<Statement>,
}

impl Translator {
    /// Translates one function of a revision into the statements that it sends.
    ///
    /// Where a host is given, what decides the way is asked of it; what it was handed to run is not
    /// part of the answer. A function that the file does not have has no statements.
    ///
    /// # Errors
    /// Fails with what cannot be translated, with its line.
    pub fn translate(
        &self,
        source: &str,
        direction: Direction,
        host: Option<&mut dyn Host>,
    ) -> Result<Vec<Segment>, Untranslated> {
        let Some(host) = host else {
            let (segments, translated) = self.translate_partly(source, direction);
            return translated.map(|()| segments);
        };
        let known = (&self.settings, &self.library);
        let writer = Writer::new(&self.settings);
        let mut asked = Asked { writer, host };
        let (actions, followed) = evaluate::evaluate(source, direction, known, Some(&mut asked));
        followed?;
        let (segments, written) = asked.writer.segments(&actions);
        written.map(|()| segments)
    }

    /// Translates one function of a revision as far as that is possible with no database to ask.
    ///
    /// Returns the statements before what cannot be translated, together with what that is.
    pub fn translate_partly(
        &self,
        source: &str,
        direction: Direction,
    ) -> (Vec<Segment>, Result<(), Untranslated>) {
        let known = (&self.settings, &self.library);
        let (actions, followed) = evaluate::evaluate(source, direction, known, None);
        let (segments, written) = Writer::new(&self.settings).segments(&actions);
        (segments, written.and(followed))
    }
}

/// Writes actions in the order in which they are handed over.
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

    /// Writes actions up to one that cannot be written.
    fn segments(&mut self, actions: &[Action]) -> (Vec<Segment>, Result<(), Untranslated>) {
        let mut segments: Vec<Segment> = Vec::new();
        let mut written = Ok(());
        for action in actions {
            match action.deed {
                Deed::AutocommitBegins => self.transactional = false,
                Deed::AutocommitEnds => self.transactional = true,
                _ => {}
            }
            let line = action.line;
            let texts = match self.renderer.render(action) {
                Ok(texts) => texts,
                Err(refused) => {
                    written = Err(refused);
                    break;
                }
            };
            let statements = texts.into_iter().map(|text| Statement { text, line });
            match segments.last_mut() {
                Some(last) if last.transactional == self.transactional => {
                    last.statements.extend(statements);
                }
                _ => segments.push(Segment {
                    transactional: self.transactional,
                    statements: statements.collect(),
                }),
            }
        }
        segments.retain(|segment| !segment.statements.is_empty());
        (segments, written)
    }
}

/// The host as the evaluator knows it.
struct Asked<'a, 'h> {
    writer: Writer<'a>,
    host: &'h mut dyn Host,
}

impl Database for Asked<'_, '_> {
    fn run(&mut self, actions: &[Action]) -> Result<Option<i64>, Untranslated> {
        let line = actions.last().map_or(0, |action| action.line);
        let (segments, written) = self.writer.segments(actions);
        written?;
        if segments.iter().any(|segment| !segment.transactional) {
            return Err(Untranslated::new(
                line,
                "asks the database after a block outside of transactions",
            ));
        }
        let statements: Vec<Statement> =
            segments.into_iter().flat_map(|it| it.statements).collect();
        self.host
            .run(&statements)
            .map_err(|error| refused(&error, line))
    }

    fn look(&mut self, query: &str) -> Result<Rows, Untranslated> {
        let line = 0;
        let statement = Statement {
            text: query.to_owned(),
            line,
        };
        self.host
            .query(&statement)
            .map_err(|error| refused(&error, line))
    }

    fn ask(&mut self, action: &Action) -> Result<Rows, Untranslated> {
        let line = action.line;
        let nothing = Value::None;
        let (statement, parameters) = match &action.deed {
            Deed::Execute {
                statement,
                parameters,
            } => (statement, parameters),
            _ => (&nothing, &nothing),
        };
        let text = self.writer.renderer.query(statement, parameters, line)?;
        self.host
            .query(&Statement { text, line })
            .map_err(|error| refused(&error, line))
    }
}

fn refused(error: &HostError, line: u32) -> Untranslated {
    Untranslated::new(line, format!("asks the database, which refused: {error}"))
}
