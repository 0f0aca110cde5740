//! From a function of a Rust-coded revision to the SQL it stands for.

use crate::op::{self, Error, Offline, Op, OpFn, Place, Recording, Runner};
use crate::script::{Mode, Segment, Statement};

use super::render;

/// Runs a function of a revision and returns the SQL that it recorded and did not yet send.
///
/// What it records before a `query` goes through the runner; the rest is returned. Give
/// [`Offline`] as the runner to render without a database.
///
/// # Errors
/// Fails with the function's error.
pub fn record(function: OpFn, runner: &mut dyn Runner) -> op::Result<Vec<Segment>> {
    let mut op = Op::new(runner);
    function(&mut op)?;
    segments(&op.recorded())
}

/// Returns the SQL that undoes what an `upgrade` function records; no database is needed.
///
/// # Errors
/// Fails when the function reads rows or records an operation that has no reverse; the error names
/// it and its line.
pub fn record_reverse(function: OpFn) -> op::Result<Vec<Segment>> {
    let mut runner = Offline;
    let mut op = Op::new(&mut runner);
    function(&mut op).map_err(|error| match error {
        Error::OfflineQuery { line } => Error::IrreversibleQuery { line },
        other => other,
    })?;
    segments(&op.recorded().reverse()?)
}

/// Renders a recording: neighbours in the same place share a segment.
///
/// Every statement has the line of the call that recorded it.
///
/// # Errors
/// Fails when the text of an `execute` cannot be split into statements.
pub fn segments(recording: &Recording) -> op::Result<Vec<Segment>> {
    let mut segments: Vec<Segment> = Vec::new();
    for recorded in recording {
        let mode = match recorded.place {
            Place::Transaction => Mode::Transaction,
            Place::NoTransaction => Mode::NoTransaction,
        };
        let line = recorded.location.line();
        let statements = render(&recorded.operation)
            .into_iter()
            .map(|text| Statement { text, line });
        match segments.last_mut() {
            Some(segment) if segment.mode == mode => segment.statements.extend(statements),
            _ => segments.push(Segment {
                mode,
                statements: statements.collect(),
            }),
        }
    }
    Ok(segments)
}
