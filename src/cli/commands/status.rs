//! `limbeck status`: what is applied, when it was, and what is still to come.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::mem::ManuallyDrop;

use chrono::{DateTime, Datelike, FixedOffset, Timelike};
use clap::Args;
use serde_json::{Value, json};

use crate::catalog::Catalog;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::in_step;
use crate::cli::json;
use crate::cli::late;
use crate::cli::live::{self, Told};
use crate::cli::paint::Paint;
use crate::cli::project;
use crate::cli::text;
use crate::database::Interrupt;
use crate::database::ledger::Journal;
use crate::database::ledger::Record;
use crate::database::repeats;
use crate::execute::{self, short};
use crate::graph::{Edges, Node, RevisionGraph};
use crate::heads::Heads;
use crate::id::RevisionId;
use crate::source::Repeatable;

/// Show what is applied and what is pending
#[derive(Debug, Args)]
pub struct StatusArgs {
    /// Exit with 4 unless all is applied, known, unchanged and finished
    #[arg(long)]
    pub exit_code: bool,
}

/// About how long a line is, in bytes.
const LINE: usize = 96;

/// Where a database stands in a graph.
pub struct Standing<'a> {
    graph: &'a RevisionGraph,
    heads: &'a Heads,
    applied: Vec<Applied<'a>>,
    /// Below what is applied, and never run.
    late: Vec<&'a Node>,
    pending: Vec<&'a Node>,
    /// Below no row that is known, while there is one of which nobody knows what is below it.
    unclear: Vec<Applied<'a>>,
    /// Applied, and in no file; the ledger may know their message.
    unknown: Vec<(&'a RevisionId, &'a str)>,
    /// Left half-done.
    stopped: &'a [Journal],
    /// Files that run again and again, with what became of each.
    repeats: Vec<(&'a Repeatable, Option<&'a repeats::Record>)>,
}

/// A revision that is applied, or may be, and what the ledger says of it.
struct Applied<'a> {
    node: &'a Node,
    record: Option<&'a Record>,
    /// Whether its file is still the same, where that is known.
    checksum_ok: Option<bool>,
}

impl<'a> Standing<'a> {
    /// Compares what the database says with the revisions, and with those that only the ledger has.
    #[must_use]
    pub fn new(
        catalog: &'a Catalog,
        extended: Option<&'a Catalog>,
        told: &'a Told,
        late: Vec<&'a Node>,
    ) -> Self {
        let graph = extended.unwrap_or(catalog).graph();
        let heads = &told.state.heads;
        let rows = || heads.iter();
        let nowhere = || rows().filter(|id| graph.get(id.as_str()).is_none());
        let below = graph.ancestors(rows().filter_map(|id| graph.get(id.as_str())), Edges::All);
        let mut standing = Self {
            graph,
            heads,
            applied: Vec::new(),
            late,
            pending: Vec::new(),
            unclear: Vec::new(),
            unknown: Vec::new(),
            stopped: &told.stopped,
            repeats: Vec::new(),
        };
        for node in graph.revisions() {
            let in_a_file = extended.is_none() || catalog.node(node.id().as_str()).is_some();
            match (below.contains(node), in_a_file) {
                (true, true) if standing.late.iter().any(|late| late.id() == node.id()) => {}
                (true, true) => standing.applied.push(Applied::new(node, catalog, told)),
                (true, false) => standing.unknown.push((node.id(), node.message())),
                (false, true) if nowhere().next().is_none() => standing.pending.push(node),
                (false, true) => standing.unclear.push(Applied::new(node, catalog, told)),
                // What the ledger kept of something that was taken back.
                (false, false) => {}
            }
        }
        standing.unknown.extend(nowhere().map(|id| (id, "")));
        standing
    }

    /// Adds the files that run again and again.
    fn with_repeats(
        self,
        catalog: &'a Catalog,
        records: Option<&'a BTreeMap<String, repeats::Record>>,
    ) -> Self {
        let record = |file: &Repeatable| records.and_then(|records| records.get(file.name()));
        let files = catalog.repeatables().iter();
        Self {
            repeats: files.map(|file| (file, record(file))).collect(),
            ..self
        }
    }

    /// Returns whether all is applied, known, unchanged and finished.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        let changed = |applied: &Applied<'_>| applied.checksum_ok == Some(false);
        let all = self.lacks().is_none() && self.late.is_empty() && self.unknown.is_empty();
        let is_settled = |(file, record): &(&Repeatable, Option<&repeats::Record>)| {
            record.is_some_and(|record| execute::is_settled(file, record))
        };
        all && !self.applied.iter().any(changed) && self.repeats.iter().all(is_settled)
    }

    /// Returns what keeps the database from having all revisions of the files; none where it has.
    #[must_use]
    pub fn lacks(&self) -> Option<String> {
        let total = self.applied.len() + self.late.len() + self.pending.len() + self.unclear.len();
        let total = text::count(total, "revision");
        match (self.stopped, self.pending.len(), self.unclear.len()) {
            ([journal, ..], ..) => Some(format!("{} is half-done", journal.revision)),
            ([], 0, 0) => None,
            ([], 0, unclear) => Some(format!(
                "it is not known whether {unclear} of {total} are applied"
            )),
            ([], pending, _) => Some(format!("{pending} of {total} pending")),
        }
    }

    fn object(&self) -> Value {
        let applied = self.applied.iter().map(|applied| {
            let duration = applied.record.and_then(|record| record.duration);
            json!({
                "revision": applied.node.id().as_str(),
                "applied_at": applied.record.map(|record| record.done_at.to_rfc3339()),
                "duration_ms": duration.map(json::milliseconds),
                "checksum_ok": applied.checksum_ok,
            })
        });
        let object = |node: &&Node| {
            json!({
                "revision": node.id().as_str(),
                "message": node.message(),
                "path": node.path().map(|path| path.display().to_string()),
            })
        };
        let unclear = self.unclear.iter().map(|unclear| {
            let mut object = object(&unclear.node);
            object["applied_at"] = json!(unclear.record.map(|record| record.done_at.to_rfc3339()));
            object
        });
        let unknown = self
            .unknown
            .iter()
            .map(|(id, message)| json!({ "revision": id.as_str(), "message": message }));
        let stopped = self.stopped.iter().map(|journal| {
            json!({
                "revision": journal.revision.as_str(),
                "direction": journal.direction,
                "statements_done": journal.statements_done,
            })
        });
        let heads = self.heads.iter().map(RevisionId::as_str);
        json!({
            "database": { "heads": heads.collect::<Vec<_>>() },
            "applied": applied.collect::<Vec<_>>(),
            "pending": self.pending.iter().map(object).collect::<Vec<_>>(),
            "late": self.late.iter().map(object).collect::<Vec<_>>(),
            "unclear": unclear.collect::<Vec<_>>(),
            "unknown": unknown.collect::<Vec<_>>(),
            "stopped": stopped.collect::<Vec<_>>(),
            "repeated": self.repeats.iter().map(repeated).collect::<Vec<_>>(),
        })
    }

    fn render(&self, paint: Paint) -> String {
        // A buffer that grows would be copied again and again.
        let mut out = String::with_capacity(LINE * self.graph.len());
        let longest = |lengths: &mut dyn Iterator<Item = usize>| lengths.max().unwrap_or(0);
        let nodes = || self.graph.revisions();
        let ids = nodes().map(Node::id).chain(self.heads.iter());
        let width = longest(&mut ids.map(|id| id.as_str().chars().count()));
        let applied = self.applied.iter().map(|applied| applied.node);
        let message_width = longest(&mut applied.map(|node| text::message(node).chars().count()));
        for Applied {
            node,
            record,
            checksum_ok,
        } in &self.applied
        {
            let id = paint.revision(node.id());
            let message = text::message(node);
            let _ = write!(out, "applied  {id:width$}  {message:message_width$}  ");
            let _ = match record {
                None => write!(out, "{}", paint.dim("not in the ledger")),
                Some(record) => write!(out, "{}", paint.dim(When(record))),
            };
            if *checksum_ok == Some(false) {
                let _ = write!(out, "  {}", paint.warning("changed since"));
            }
            out.push('\n');
        }
        for node in &self.late {
            out.push_str(&format!(
                "{}     {:width$}  {}, never ran: it came below what is applied\n",
                paint.warning("late"),
                paint.revision(node.id()),
                text::message(node)
            ));
        }
        for node in &self.pending {
            out.push_str(&format!(
                "pending  {:width$}  {}\n",
                paint.revision(node.id()),
                text::message(node)
            ));
        }
        for Applied { node, record, .. } in &self.unclear {
            let _ = write!(
                out,
                "{}  {:width$}  {}",
                paint.warning("unclear"),
                paint.revision(node.id()),
                text::message(node)
            );
            if let Some(record) = record {
                let since = format!("in the ledger since {}", Date(record.done_at));
                let _ = write!(out, "  {}", paint.dim(since));
            }
            out.push('\n');
        }
        for (id, message) in &self.unknown {
            let message = match *message {
                "" => "in no file".to_owned(),
                message => format!("{message}, in no file"),
            };
            out.push_str(&format!(
                "{}  {:width$}  {message}\n",
                paint.warning("unknown"),
                paint.revision(id)
            ));
        }
        for journal in self.stopped {
            out.push_str(&format!(
                "{}  {:width$}  half-way through its {}, after {}; `limbeck {} {}` goes on\n",
                paint.warning("stopped"),
                paint.revision(&journal.revision),
                journal.direction,
                text::count(journal.statements_done, "statement"),
                journal.direction,
                match journal.direction.as_str() {
                    "downgrade" => format!("{}@-1", journal.revision),
                    _ => journal.revision.to_string(),
                },
            ));
        }
        let names = self.repeats.iter().map(|(file, _)| file.name());
        let width = longest(&mut names.map(|name| name.chars().count()));
        for (file, record) in &self.repeats {
            let name = paint.revision(file.name());
            let _ = write!(out, "repeat   {name:width$}  ");
            match record {
                None => out.push_str("never ran"),
                Some(record) => write_record(&mut out, paint, file, record),
            }
            out.push('\n');
        }
        out
    }

    fn summary(&self) -> String {
        let unclear = match self.unclear.len() {
            0 => String::new(),
            unclear => format!(", {unclear} unclear"),
        };
        let mut line = format!(
            "{} applied, {} pending{unclear}; the database stands at {}",
            self.applied.len(),
            self.pending.len(),
            self.heads
        );
        if !self.late.is_empty() {
            line.push_str(&format!(", {} late", self.late.len()));
        }
        if !self.unknown.is_empty() {
            line.push_str(&format!(", {} unknown", self.unknown.len()));
        }
        line
    }
}

fn write_record(out: &mut String, paint: Paint, file: &Repeatable, record: &repeats::Record) {
    let at = record.done_at.map(Date).map(|date| date.to_string());
    let at = paint.dim(at.unwrap_or_default()).to_string();
    let _ = match record.state {
        repeats::State::Waiting => {
            let reason = record.reason.as_deref().unwrap_or_default();
            write!(out, "{} {reason}  {at}", paint.warning("waits:"))
        }
        repeats::State::AlreadyThere => write!(out, "{at}, already there"),
        repeats::State::Ran => write!(out, "{at}"),
    };
    if record.checksum != file.checksum() {
        let _ = write!(out, "  {}", paint.warning("changed since"));
    }
}

fn repeated((file, record): &(&Repeatable, Option<&repeats::Record>)) -> Value {
    json!({
        "name": file.name(),
        "path": file.path().display().to_string(),
        "repeat": file.repeat().as_str(),
        "state": record.map_or("never_ran", |record| record.state.as_str()),
        "reason": record.and_then(|record| record.reason.as_deref()),
        "done_at": record.and_then(|record| Some(record.done_at?.to_rfc3339())),
        "checksum_ok": record.map(|record| record.checksum == file.checksum()),
    })
}

impl<'a> Applied<'a> {
    fn new(node: &'a Node, catalog: &Catalog, told: &'a Told) -> Self {
        let id = node.id();
        let record = told.records.get(id).filter(|record| record.applied);
        let then = record.and_then(|record| record.checksum.as_ref());
        Self {
            node,
            record,
            checksum_ok: then.and_then(|then| catalog.has_checksum(id, then)),
        }
    }
}

/// When a revision was applied, and how long that took.
struct When<'a>(&'a Record);

impl fmt::Display for When<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Date(self.0.done_at).fmt(f)?;
        match self.0.duration {
            None => Ok(()),
            Some(time) => write!(f, " in {}", short(time)),
        }
    }
}

/// When a revision was applied.
struct Date(DateTime<FixedOffset>);

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // By hand: chrono would read its pattern once for each of thousands of lines.
        let at = self.0;
        let (date, time) = (at.date_naive(), at.time());
        let mut text = *b"0000-00-00 00:00:00";
        put(&mut text[..4], date.year().unsigned_abs());
        put(&mut text[5..7], date.month());
        put(&mut text[8..10], date.day());
        put(&mut text[11..13], time.hour());
        put(&mut text[14..16], time.minute());
        put(&mut text[17..], time.second());
        f.write_str(str::from_utf8(&text).unwrap_or_default())
    }
}

/// Writes a number's last digits.
fn put(place: &mut [u8], number: u32) {
    let mut rest = number;
    for digit in place.iter_mut().rev() {
        *digit = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
}

/// Runs the command.
///
/// # Errors
/// Fails when the revisions or the database cannot be read.
pub fn run(args: &StatusArgs, context: &mut Context<'_>) -> Result<Exit, Failure> {
    let interrupt = Interrupt::default();
    let (catalog, opening) =
        live::read_and_open(context, interrupt, live::ask, Catalog::make_checksums)?;
    project::warn(context.ui, &catalog);
    let (mut database, told) = opening.finish()?;
    // Kept as the revisions are.
    let told = ManuallyDrop::new(told);
    let extended = live::extended(&mut database, &told.state, &catalog)?;
    let graph = extended.as_ref().unwrap_or(&catalog).graph();
    let late = late::find(&mut database, &told, graph)?;
    let repeats = match catalog.repeatables() {
        [] => None,
        _ => repeats::records(database.session(), &told.state.table)
            .map_err(|error| Failure::of_session(&error))?,
    };
    for warning in in_step::warnings(&mut database, &catalog, &told) {
        context.ui.warn(&warning);
    }
    let standing = Standing::new(&catalog, extended.as_ref(), &told, late)
        .with_repeats(&catalog, repeats.as_ref());
    if context.ui.json {
        context.ui.answer_json(&standing.object())?;
    } else {
        let out = standing.render(context.ui.paint);
        context.ui.answer(&out)?;
        context.ui.talk(&standing.summary());
    }
    Ok(if args.exit_code && !standing.is_complete() {
        Exit::No
    } else {
        Exit::Done
    })
}
