//! From a function of a Rust-coded revision to the SQL it stands for.

use crate::op::{self, Code, Error, Offline, Op, Operation, Place, Recorded, Recording, Runner};
use crate::script::{Mode, Segment, Statement};

use super::{classify, render, split};

/// Runs a function of a revision and returns the SQL that it recorded and did not yet send.
///
/// What it records before a `query` goes through the runner; the rest is returned. Give
/// [`Offline`] as the runner to render without a database.
///
/// # Errors
/// Fails with the function's error.
pub fn record(function: &Code, runner: &mut dyn Runner) -> op::Result<Vec<Segment>> {
    let mut op = Op::new(runner);
    function.call(&mut op)?;
    segments(&op.recorded())
}

/// Returns the SQL that undoes what an `upgrade` function records; no database is needed.
///
/// # Errors
/// Fails when the function reads rows or records an operation that has no reverse; the error names
/// it and its line.
pub fn record_reverse(function: &Code, mut runner: Offline<'_>) -> op::Result<Vec<Segment>> {
    let mut op = Op::new(&mut runner);
    function.call(&mut op).map_err(|error| match error {
        Error::OfflineQuery { line } => Error::IrreversibleQuery { line },
        other => other,
    })?;
    segments(&op.recorded().reverse()?)
}

/// Renders a recording: neighbours in the same place share a segment.
///
/// Every statement has the line of the call that recorded it, even where the call's own text goes
/// over several lines: a string may begin and break anywhere in Rust source.
///
/// # Errors
/// Fails when the text of an `execute` cannot be split into statements, when one of them would
/// begin or end a transaction, and when one cannot run in the transaction that it is in.
pub fn segments(recording: &Recording) -> op::Result<Vec<Segment>> {
    let mut segments: Vec<Segment> = Vec::new();
    for recorded in recording {
        let mode = match recorded.place {
            Place::Transaction => Mode::Transaction,
            Place::NoTransaction => Mode::NoTransaction,
        };
        let line = recorded.line;
        let statements = texts(recorded)?
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

fn texts(recorded: &Recorded) -> op::Result<Vec<String>> {
    let executes = matches!(recorded.operation, Operation::Execute(_));
    let line = recorded.line;
    let bad = |reason| Error::BadOperation {
        operation: recorded.operation.to_string(),
        line,
        reason,
    };
    let mut texts = Vec::new();
    for text in render(&recorded.operation) {
        let statements = split(&text, line).map_err(|error| Error::Text {
            line,
            source: error.into(),
        })?;
        // SQL text that an operation is given must not reach beyond it.
        if !executes && statements.len() != 1 {
            return Err(bad(
                "its SQL text ends the statement and begins another".to_owned()
            ));
        }
        texts.extend(statements.into_iter().map(|statement| statement.text));
    }
    let misplaced = texts
        .iter()
        .filter(|_| executes)
        .find_map(|text| misplaced(text, recorded.place));
    match misplaced {
        Some(reason) => Err(bad(reason)),
        None => Ok(texts),
    }
}

/// Says what is wrong with a statement in its place; the server would notice it too late or never.
fn misplaced(text: &str, place: Place) -> Option<String> {
    if classify::is_transaction_control(text) {
        let statement: String = text.chars().take(40).collect();
        return Some(format!(
            "`{statement}` would begin or end a transaction, which is limbeck's to do"
        ));
    }
    if place == Place::NoTransaction {
        return None;
    }
    classify::needs_no_transaction(text).map(|what| {
        format!(
            "{what} cannot run inside a transaction; \
             write `op.no_transaction(|op| op.execute(…))`"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::op::{Place, Query, Row, Texts};
    use crate::prelude::*;

    /// Notes what it is asked and answers with no rows.
    #[derive(Default)]
    struct Notes(Vec<String>);

    impl Runner for Notes {
        fn query(&mut self, pending: Recording, query: Query<'_>) -> Result<Vec<Row>> {
            self.0
                .extend(pending.iter().map(|r| r.operation.to_string()));
            self.0
                .push(format!("{} with {}", query.sql, query.params.len()));
            Ok(Vec::new())
        }

        fn texts(&mut self, pending: Recording, query: Query<'_>) -> Result<Texts> {
            self.query(pending, query)?;
            Ok(Texts::default())
        }
    }

    fn reads(op: &mut Op<'_>) -> Result<()> {
        op.create_table(table("a"))?;
        op.query("SELECT $1", &[&1])?;
        op.create_table(table("b"))
    }

    fn reverses(op: &mut Op<'_>) -> Result<()> {
        op.add_column("a", column("x", "text"))?;
        op.no_transaction(|op| op.create_index(index("i", "a").on("x").concurrently()))
    }

    fn executes(op: &mut Op<'_>) -> Result<()> {
        op.add_column("a", column("x", "text"))?;
        op.execute("UPDATE a SET x = ''")
    }

    fn fails(op: &mut Op<'_>) -> Result<()> {
        op.no_transaction(|_| Err(Error::message("seven bots have no owner")))?;
        unreachable!("the error went up")
    }

    #[test]
    fn a_query_sends_what_stands_before_it_and_the_rest_is_returned() {
        let mut notes = Notes::default();
        let rest = record(&Code::new(reads), &mut notes).unwrap();
        assert_eq!(notes.0, ["create_table a", "SELECT $1 with 1"]);
        assert_eq!(rest.len(), 1);
        assert_eq!(rest[0].statements.len(), 1);
        assert_eq!(rest[0].statements[0].text, "CREATE TABLE b ()");
    }

    #[test]
    fn the_reverse_runs_backwards_and_each_operation_stays_in_its_place() {
        let segments = record_reverse(&Code::new(reverses), Offline::default()).unwrap();
        let modes: Vec<Mode> = segments.iter().map(|segment| segment.mode).collect();
        assert_eq!(modes, [Mode::NoTransaction, Mode::Transaction]);
        assert_eq!(segments[0].statements[0].text, "DROP INDEX CONCURRENTLY i");
        assert_eq!(
            segments[1].statements[0].text,
            "ALTER TABLE a DROP COLUMN x"
        );
    }

    #[test]
    fn refusals_name_the_line_and_what_to_write() {
        let mut runner = Offline::default();
        let mut op = Op::new(&mut runner);
        let index = dropping("i").concurrently();
        let line = line!() + 1;
        let concurrently = op.drop_index(index).unwrap_err();
        let outside = op.no_transaction(|op| op.query("SELECT 1", &[]).map(drop));
        let outside = outside.unwrap_err();
        assert!(op.recorded().is_empty());
        assert_eq!(concurrently.line(), Some(line));
        assert_eq!(outside.line(), Some(line + 1));
        let text = [
            concurrently,
            outside,
            record(&Code::new(reads), &mut Offline::default()).unwrap_err(),
            record_reverse(&Code::new(reads), Offline::default()).unwrap_err(),
            record_reverse(&Code::new(executes), Offline::default()).unwrap_err(),
            record_reverse(&Code::new(fails), Offline::default()).unwrap_err(),
        ]
        .map(|error| error.to_string())
        .join("\n");
        let digits = |line: &str| line.replace(|c: char| c.is_ascii_digit(), "");
        insta::assert_snapshot!(digits(&text), @r"
        `drop_index i` on line  is `concurrently` and cannot run in a transaction; write `op.no_transaction(|op| op.drop_index(…))`
        line  reads rows inside of `no_transaction`; call `query` before or after it
        line  reads rows with `query`, so the revision cannot be rendered offline
        line  reads rows with `query`, so no downgrade can be derived; write a `downgrade` function
        `execute` on line  cannot be reversed: what undoes it is not given (`sql(…).reversed_by(…)`); write a `downgrade` function
        seven bots have no owner
        ");
    }

    #[test]
    fn text_is_split_and_what_it_may_not_hold_is_refused() {
        fn executed(text: &str) -> Result<Vec<Segment>> {
            let mut runner = Offline::default();
            let mut op = Op::new(&mut runner);
            op.execute(text)?;
            op.no_transaction(|op| op.execute("VACUUM a; VACUUM b;"))?;
            segments(&op.recorded())
        }

        let segments = executed("SELECT ';' -- a; b\n; DO $$ BEGIN END; $$;").unwrap();
        assert_eq!(segments.len(), 2);
        let texts = segments.iter().flat_map(|segment| &segment.statements);
        let texts: Vec<&str> = texts.map(|statement| statement.text.as_str()).collect();
        let expected = ["SELECT ';'", "DO $$ BEGIN END; $$", "VACUUM a", "VACUUM b"];
        assert_eq!(texts, expected);

        let refusal = |text| match executed(text).unwrap_err() {
            Error::BadOperation { reason, .. } => reason,
            other => other.to_string().replace(|c: char| c.is_ascii_digit(), ""),
        };
        let refused = ["SELECT 1; COMMIT", "SELECT 1; VACUUM", "SELECT '"].map(refusal);
        insta::assert_snapshot!(refused.join("\n"), @r"
        `COMMIT` would begin or end a transaction, which is limbeck's to do
        VACUUM cannot run inside a transaction; write `op.no_transaction(|op| op.execute(…))`
        the SQL on line  cannot be split into statements
        ");
    }

    #[test]
    fn a_part_that_fails_leaves_the_handle_inside_the_transaction() {
        let mut runner = Offline::default();
        let mut op = Op::new(&mut runner);
        let failed = op.no_transaction(|_| Err(Error::message("no")));
        assert!(failed.is_err());
        op.drop_table("a").unwrap();
        assert_eq!(
            op.recorded().iter().next().unwrap().place,
            Place::Transaction
        );
    }
}
