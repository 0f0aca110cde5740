//! What a function of a revision in Python runs: its translation, as SQL where that is known before
//! anything runs, and as code where rows decide it.

use std::sync::Arc;

use alembic_compat::translate::value::Value;
use alembic_compat::translate::{
    self as compat, Host, HostError, Rows, Settings, Translator, Untranslated,
};

use super::alembic::Draft;
use crate::op::{self, Code, Op, Operation, Row, Type, sql};
use crate::script::{Body, Foreign, Mode, Segment, Statement};
use crate::sql::classify;
use crate::sql::split::split;

/// Translates one function of a file.
pub(super) fn body(text: &str, direction: compat::Direction, settings: &Arc<Settings>) -> Body {
    let translator = Translator::new(Settings::clone(settings));
    match translator.translate(text, direction, None) {
        Ok(script) => match script.segments.into_iter().map(segment).collect() {
            Ok(segments) => Body::Sql(segments),
            Err(foreign) => Body::Foreign(foreign),
        },
        Err(untranslated) if untranslated.needs_database => {
            Body::Code(asking(text.into(), direction, Arc::clone(settings)))
        }
        Err(Untranslated { line, reason, .. }) => Body::Foreign(Foreign { line, reason }),
    }
}

/// Translates one function of a file as far as that is possible.
pub(super) fn draft(text: &str, direction: compat::Direction, settings: &Settings) -> Draft {
    let translator = Translator::new(settings.clone());
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
fn asking(text: Box<str>, direction: compat::Direction, settings: Arc<Settings>) -> Code {
    Code::new(move |op| {
        let translator = Translator::new(Settings::clone(&settings));
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

    fn query(&mut self, statement: &compat::Statement) -> Result<Rows, HostError> {
        let rows = match self.op.query_at(statement.line, &statement.text, &[]) {
            Ok(rows) => rows,
            Err(error) => return Err(self.fail(error)),
        };
        let columns = rows.first().map(Row::columns).unwrap_or_default();
        let columns = columns.iter().map(|it| it.name().to_owned()).collect();
        let values = rows.iter().map(|row| {
            let row = (0..row.len()).map(|at| value(row, at));
            row.collect::<Result<Vec<_>, _>>()
        });
        Ok(Rows {
            columns,
            rows: values.collect::<Result<_, _>>()?,
        })
    }
}

/// What Python would have been given for a column, where that is a plain value.
fn value(row: &Row, at: usize) -> Result<Value, HostError> {
    let kind = row.columns()[at].type_();
    let wrong = |error| HostError(op::Error::Postgres(error).to_string());
    fn or_none<T>(value: Option<T>, make: impl Fn(T) -> Value) -> Value {
        value.map_or(Value::None, make)
    }
    let text = |text: &str| Value::Text(text.into());
    Ok(match *kind {
        Type::BOOL => or_none(row.try_get(at).map_err(wrong)?, Value::Bool),
        Type::INT2 => or_none(row.try_get::<_, Option<i16>>(at).map_err(wrong)?, |it| {
            Value::Int(it.into())
        }),
        Type::INT4 => or_none(row.try_get::<_, Option<i32>>(at).map_err(wrong)?, |it| {
            Value::Int(it.into())
        }),
        Type::INT8 => or_none(row.try_get(at).map_err(wrong)?, Value::Int),
        Type::FLOAT4 => or_none(row.try_get::<_, Option<f32>>(at).map_err(wrong)?, |it| {
            Value::Float(it.into())
        }),
        Type::FLOAT8 => or_none(row.try_get(at).map_err(wrong)?, Value::Float),
        Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME => {
            or_none(row.try_get::<_, Option<&str>>(at).map_err(wrong)?, text)
        }
        Type::TEXT_ARRAY | Type::VARCHAR_ARRAY | Type::NAME_ARRAY => {
            let items: Option<Vec<Option<String>>> = row.try_get(at).map_err(wrong)?;
            or_none(items, |items| {
                let items = items
                    .into_iter()
                    .map(|it| it.map_or(Value::None, |it| Value::Text(it.into())));
                list(items.collect())
            })
        }
        _ => {
            let name = row.columns()[at].name();
            return Err(HostError(format!(
                "column `{name}` is of type {kind}, which has no plain value"
            )));
        }
    })
}

fn list(items: Vec<Value>) -> Value {
    Value::List(std::rc::Rc::new(std::cell::RefCell::new(items)))
}
