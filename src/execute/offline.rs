//! Writes a plan as a SQL script, in Alembic's offline format, without a database.
//!
//! Two things are ours and can be left out: a guard at the head of each transaction, which stops
//! the script on a database that stands elsewhere, and the entries of the ledger. A third is there
//! only where a revision sets the `search_path` or the role: what follows finds them as they were.

use std::io::Write;

use crate::catalog::{Catalog, ScriptError};
use crate::database::ledger;
use crate::database::version_table::{self, TableName};
use crate::execute::failure::{Impossible, RunError};
use crate::execute::prepare::Prepared;
use crate::execute::{AppliedAt, Options, TransactionMode, entry, mirrored, prepare, stamp};
use crate::heads::Heads;
use crate::plan::{Plan, Step, Way};
use crate::script::{Direction, Mode, Segment, commits_midway};
use crate::sql::classify::leaves_path_or_role;
use crate::sql::quote::literal;
use crate::sql::split::terminated;
use crate::tracking::Mirror;

/// What a script is made from.
#[derive(Clone, Copy, Debug)]
pub struct Script<'a> {
    /// The revisions.
    pub catalog: &'a Catalog,
    /// The way.
    pub plan: &'a Plan,
    /// The version table.
    pub table: &'a TableName,
    /// Transactions and who runs.
    pub options: &'a Options,
    /// Whether the script checks where the database stands.
    pub guard: bool,
    /// Whether the script writes the ledger.
    pub ledger: bool,
}

/// Writes the script. Everything is read and rendered before the first byte is written.
///
/// # Errors
/// Fails when a file of the plan cannot be used, when a Rust-coded revision reads rows, or when
/// the output takes no more.
pub fn write(script: &Script<'_>, out: &mut dyn Write) -> Result<(), RunError> {
    let mut text = Text {
        script,
        out: String::new(),
        open: false,
    };
    if script.plan.way == Way::Stamp {
        text.stamp()?;
    } else {
        text.steps()?;
    }
    out.write_all(text.out.as_bytes())?;
    out.flush()?;
    Ok(())
}

struct Text<'a> {
    script: &'a Script<'a>,
    out: String,
    open: bool,
}

impl Text<'_> {
    fn statement(&mut self, sql: &str) {
        // An operation's own text may end in a comment.
        self.out.push_str(&terminated(sql, |_| false));
        self.out.push_str("\n\n");
    }

    fn begin(&mut self, heads: &Heads) {
        if self.open {
            return;
        }
        self.open();
        if self.script.guard {
            let guard = guard(self.script.table, heads);
            self.statement(&guard);
        }
    }

    fn commit(&mut self) {
        if self.open {
            self.statement("COMMIT");
            self.open = false;
        }
    }

    /// Tells another tool of a step.
    fn rows(&mut self, mirror: &Mirror, position: usize) {
        for sql in mirror.of(position) {
            self.statement(sql);
        }
    }

    fn tables(&mut self, mirror: &Mirror) -> Result<(), RunError> {
        if self.script.plan.from.is_base() {
            self.statement(&version_table::create_offline(self.script.table));
        }
        if self.script.ledger {
            let sql = ledger::offline_preparation(self.script.table)?;
            self.statement(&sql);
        }
        for sql in &mirror.tables {
            self.statement(sql);
        }
        Ok(())
    }

    fn steps(&mut self) -> Result<(), RunError> {
        let Script {
            catalog,
            plan,
            options,
            ..
        } = *self.script;
        let prepared = prepare::all(catalog, plan, options, &[])?;
        let bodies = plan.steps.iter().zip(&prepared);
        let bodies = bodies.map(|(step, prepared)| segments(step, prepared, options));
        let bodies = bodies.collect::<Result<Vec<_>, _>>()?;
        let mirror = mirrored::offline(catalog, plan)?;
        let one = options.transaction == TransactionMode::All;
        let is_kept = bodies.iter().any(|segments| leaves_session(segments));
        if is_kept {
            self.keep_session();
        }
        for (position, walked) in plan.walk().enumerate() {
            let step = walked.step;
            let prepared = &prepared[position];
            let segments = &bodies[position];
            self.begin(&walked.before);
            if position == 0 {
                self.tables(&mirror)?;
            }
            let is_first = step.direction == Direction::Downgrade && !commits_midway(segments);
            if is_first {
                self.rows(&mirror, position);
            }
            let title = step.short(self.script.catalog.graph()).to_string();
            self.body(&title, segments);
            if leaves_session(segments) {
                self.restore_session();
            }
            if !is_first {
                self.rows(&mirror, position);
            }
            for edit in version_table::offline_edit(self.script.table, &step.edit) {
                self.statement(&edit);
            }
            if self.script.ledger {
                let entry = entry::of_step(step, prepared, segments, options);
                let sql = ledger::insert_offline(self.script.table, &[entry]);
                self.statement(&sql);
            }
            if !one {
                self.commit();
            }
        }
        self.commit();
        if plan.way == Way::Upgrade {
            self.repeats()?;
        }
        Ok(())
    }

    /// Writes all files that run again and again: which of them are due only the database knows.
    fn repeats(&mut self) -> Result<(), RunError> {
        for file in self.script.catalog.repeatables() {
            let segments = file.segments().map_err(ScriptError::from)?;
            self.body(&format!("repeat {}", file.name()), &segments);
            self.commit();
        }
        Ok(())
    }

    fn body(&mut self, title: &str, segments: &[Segment]) {
        self.out.push_str(&format!("-- Running {title}\n\n"));
        for (i, segment) in segments.iter().enumerate() {
            let outside = segment.mode == Mode::NoTransaction;
            if outside || i > 0 {
                self.commit();
            }
            if outside {
                self.search_path(false);
            } else if !self.open {
                self.open();
            }
            for statement in &segment.statements {
                self.statement(&statement.text);
            }
        }
        if !self.open {
            self.open();
        }
    }

    fn open(&mut self) {
        self.statement("BEGIN");
        self.open = true;
        self.search_path(true);
    }

    /// Sets the search_path for the transaction or, outside of one, for the session.
    fn search_path(&mut self, local: bool) {
        if let Some(path) = &self.script.options.search_path {
            let path = literal(path);
            self.statement(&format!(
                "SELECT pg_catalog.set_config('search_path', {path}, {local})"
            ));
        }
    }

    /// Notes down what a revision may change of the session, before the first one does.
    fn keep_session(&mut self) {
        for name in KEPT {
            self.statement(&format!(
                "SELECT pg_catalog.set_config('limbeck.{name}', pg_catalog.current_setting('{name}'), \
                 false)"
            ));
        }
    }

    /// What follows names the version table as the script's first lines do, and has their rights.
    fn restore_session(&mut self) {
        for name in KEPT {
            self.statement(&format!(
                "SELECT pg_catalog.set_config('{name}', pg_catalog.current_setting('limbeck.{name}'), \
                 false)"
            ));
        }
        self.search_path(true);
    }

    fn stamp(&mut self) -> Result<(), RunError> {
        let Script {
            catalog,
            plan,
            options,
            table,
            ..
        } = *self.script;
        if plan.is_empty() {
            return Ok(());
        }
        let changes = stamp::changes(catalog, &plan.from, &plan.to, &AppliedAt::new())?;
        let mirror = changes.mirror_offline()?;
        self.begin(&plan.from);
        self.tables(&mirror)?;
        for step in &plan.steps {
            self.out
                .push_str(&format!("-- Running stamp_revision {}\n\n", step.edit));
            for edit in version_table::offline_edit(table, &step.edit) {
                self.statement(&edit);
            }
        }
        if self.script.ledger {
            for sql in changes.offline(table, options) {
                self.statement(&sql);
            }
        }
        for position in 0..mirror.rows.len() {
            self.rows(&mirror, position);
        }
        self.commit();
        Ok(())
    }
}

/// What of a session decides where and as whom the rows after a body are written.
const KEPT: [&str; 2] = ["search_path", "role"];

/// Tells whether a body may leave a session with another `search_path` or role.
fn leaves_session(segments: &[Segment]) -> bool {
    let mut statements = segments.iter().flat_map(|segment| &segment.statements);
    statements.any(|statement| leaves_path_or_role(&statement.text))
}

fn segments(step: &Step, prepared: &Prepared, options: &Options) -> Result<Vec<Segment>, RunError> {
    match entry::offline(&prepared.body, options) {
        Some(Ok(segments)) => Ok(segments),
        Some(Err(error)) => Err(Impossible::NotOffline {
            revision: step.revision.clone(),
            path: prepared.path.clone(),
            reason: error.to_string(),
        }
        .into()),
        None => Err(Impossible::NoBody {
            revision: step.revision.clone(),
            direction: step.direction,
            format: prepared.format,
            path: prepared.path.clone(),
        }
        .into()),
    }
}

/// A block that stops the script where the database is not at the heads it was written for.
fn guard(table: &TableName, heads: &Heads) -> String {
    let sql = table.to_sql();
    let message = literal(&format!(
        "limbeck: this script begins at {}, the database stands at %",
        heads.to_string().replace('%', "%%")
    ));
    let wanted: Vec<String> = heads.iter().map(|id| literal(id.as_str())).collect();
    let rows = literal(&format!(
        "SELECT coalesce(pg_catalog.array_agg(version_num::text ORDER BY version_num::text \
         COLLATE \"C\"), '{{}}') FROM {sql}"
    ));
    format!(
        "DO $limbeck$\nDECLARE\n    heads text[] := '{{}}';\nBEGIN\n    IF \
         pg_catalog.to_regclass({}) IS NOT NULL THEN\n        EXECUTE {rows} INTO heads;\n    END \
         IF;\n    IF heads <> ARRAY[{}]::text[] THEN\n        RAISE EXCEPTION {message}, \
         coalesce(nullif(pg_catalog.array_to_string(heads, ', '), ''), '<base>');\n    END \
         IF;\nEND\n$limbeck$",
        literal(&sql),
        wanted.join(", ")
    )
}
