//! What a function of a revision in Python runs: its translation, as SQL where that is known before
//! anything runs, and as code where rows decide it.

use alembic_compat::translate::{
    self as compat, Column, Host, HostError, Outlook, Rows, Settings, Translator, Untranslated,
};

use super::alembic::Draft;
use crate::op::{self, Code, Op, Operation, Reads, sql};
use crate::script::{Body, Foreign, Mode, Segment, Statement};
use crate::sql::classify;
use crate::sql::split::split;

/// Translates one function of a file.
pub(super) fn body(text: &str, direction: compat::Direction, translator: &Translator) -> Body {
    match translator.translate(text, direction, None) {
        Ok(script) => match script.segments.into_iter().map(segment).collect() {
            Ok(segments) => Body::Sql(segments),
            Err(foreign) => Body::Foreign(foreign),
        },
        Err(untranslated) if untranslated.needs_database => {
            let obstacle = match ahead(&translator.look_ahead(text, direction)) {
                Some((foreign, true)) => return Body::Foreign(foreign),
                obstacle => obstacle.map(|(foreign, _)| foreign),
            };
            let code = asking(text.into(), direction, translator.settings().clone());
            Body::Asking { code, obstacle }
        }
        Err(Untranslated { line, reason, .. }) => Body::Foreign(Foreign { line, reason }),
    }
}

/// Returns what a function that asks the database comes to that cannot be run, and whether it does so
/// whatever the answers are.
fn ahead(outlook: &Outlook) -> Option<(Foreign, bool)> {
    let mut found = Vec::new();
    if let Some(obstacle) = &outlook.obstacle {
        let Untranslated { line, reason, .. } = obstacle.untranslated.clone();
        found.push((Foreign { line, reason }, obstacle.certain));
    }
    let before = outlook.before.segments.iter();
    for translated in before.clone().chain(&outlook.after.segments) {
        if let Err(foreign) = segment(translated.clone()) {
            let certain = outlook.is_certain(foreign.line);
            found.push((foreign, certain));
        }
    }
    let mut outside = before.filter(|segment| !segment.transactional);
    if let Some(statement) = outside.find_map(|segment| segment.statements.first()) {
        let line = statement.line;
        let reason = "goes on to ask the database after a block outside of transactions".to_owned();
        found.push((Foreign { line, reason }, outlook.is_certain(line)));
    }
    let certain = found.iter().position(|(_, certain)| *certain);
    (!found.is_empty()).then(|| found.swap_remove(certain.unwrap_or(0)))
}

/// Translates one function of a file as far as that is possible.
pub(super) fn draft(text: &str, direction: compat::Direction, translator: &Translator) -> Draft {
    let (translated, end) = translator.translate_partly(text, direction);
    let mut draft = Draft {
        segments: Vec::new(),
        stopped: None,
    };
    for translated in translated.segments {
        match segment(translated) {
            Ok(segment) => draft.segments.push(segment),
            Err(foreign) => {
                draft.stopped = Some(foreign);
                return draft;
            }
        }
    }
    draft.stopped = end
        .err()
        .map(|Untranslated { line, reason, .. }| Foreign { line, reason });
    draft
}

/// Splits what may be several statements in one text, and refuses what limbeck keeps to itself.
fn segment(segment: compat::Segment) -> Result<Segment, Foreign> {
    let mode = match segment.transactional {
        true => Mode::Transaction,
        false => Mode::NoTransaction,
    };
    let mut statements = Vec::with_capacity(segment.statements.len());
    for compat::Statement { text, line } in segment.statements {
        let foreign = |reason| Foreign { line, reason };
        let parts = split(&text, line)
            .map_err(|error| foreign(format!("runs SQL that cannot be split: {error}")))?;
        for Statement { text, .. } in parts {
            if classify::is_transaction_control(&text) {
                return Err(foreign(format!(
                    "runs `{text}`, which interferes with the transaction that limbeck keeps"
                )));
            }
            if mode == Mode::Transaction
                && let Some(what) = classify::needs_no_transaction(&text)
            {
                return Err(foreign(format!(
                    "runs {what} inside a transaction; `with op.get_context().autocommit_block():` \
                     is for that"
                )));
            }
            statements.push(Statement { text, line });
        }
    }
    Ok(Segment { mode, statements })
}

/// Code that translates once more, now with a database to ask.
fn asking(text: Box<str>, direction: compat::Direction, settings: Settings) -> Code {
    Code::new(move |op| {
        let translator = Translator::new(settings.clone());
        let mut asked = Asked { op, failed: None };
        let translated = translator.translate(&text, direction, Some(&mut asked));
        let Asked { op, failed } = asked;
        if let Some(error) = failed {
            return Err(error);
        }
        let script =
            translated.map_err(
                |Untranslated { line, reason, .. }| op::Error::Untranslated { line, reason },
            )?;
        for segment in script.segments {
            let segment = self::segment(segment)
                .map_err(|Foreign { line, reason }| op::Error::Untranslated { line, reason })?;
            let run = |op: &mut Op<'_>| {
                for statement in segment.statements {
                    op.record_at(statement.line, Operation::Execute(sql(statement.text)))?;
                }
                Ok(())
            };
            match segment.mode {
                Mode::Transaction => run(op)?,
                Mode::NoTransaction => op.no_transaction(run)?,
            }
        }
        Ok(())
    })
}

/// The handle as a translation knows it.
struct Asked<'o, 'r> {
    op: &'o mut Op<'r>,
    /// The handle's own error, which says more than the translation's.
    failed: Option<op::Error>,
}

impl Asked<'_, '_> {
    fn fail(&mut self, error: op::Error) -> HostError {
        let message = error.to_string();
        self.failed = Some(error);
        HostError(message)
    }
}

impl Host for Asked<'_, '_> {
    fn run(&mut self, segments: &[compat::Segment]) -> Result<Option<u64>, HostError> {
        if segments.iter().any(|segment| !segment.transactional) {
            let reason = "a block outside of transactions stands before a question";
            return Err(HostError(reason.to_owned()));
        }
        let statements = segments.iter().flat_map(|segment| &segment.statements);
        for compat::Statement { text, line } in statements {
            let operation = Operation::Execute(sql(text.clone()));
            if let Err(error) = self.op.record_at(*line, operation) {
                return Err(self.fail(error));
            }
        }
        Ok(None)
    }

    fn look(&mut self, statement: &compat::Statement) -> Result<Rows, HostError> {
        self.answer(statement, Reads::Catalog)
    }

    fn query(&mut self, statement: &compat::Statement) -> Result<Rows, HostError> {
        self.answer(statement, Reads::Rows)
    }
}

impl Asked<'_, '_> {
    fn answer(&mut self, statement: &compat::Statement, reads: Reads) -> Result<Rows, HostError> {
        let asked = self.op.texts_at(statement.line, &statement.text, reads);
        let texts = asked.map_err(|error| self.fail(error))?;
        let columns = texts.columns.into_iter();
        Ok(Rows {
            columns: columns.map(|(name, kind)| Column { name, kind }).collect(),
            rows: texts.rows,
        })
    }
}
