//! `limbeck status`: what is applied, when it was, and what is still to come.

use clap::Args;
use serde_json::{Value, json};

use crate::catalog::Catalog;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::json;
use crate::cli::live::{self, Told};
use crate::cli::paint::Paint;
use crate::cli::progress;
use crate::cli::project;
use crate::cli::text;
use crate::database::Interrupt;
use crate::database::ledger::Record;
use crate::graph::{Edges, Node, RevisionGraph};
use crate::heads::Heads;
use crate::id::RevisionId;

/// Show what is applied and what is pending
#[derive(Debug, Args)]
pub struct StatusArgs {
    /// Exit with 4 unless all is applied, known and unchanged
    #[arg(long)]
    pub exit_code: bool,
}

/// Where a database stands in a graph.
pub struct Standing<'a> {
    graph: &'a RevisionGraph,
    heads: &'a Heads,
    applied: Vec<Applied<'a>>,
    pending: Vec<&'a Node>,
    /// Applied, and in no file; the ledger may know their message.
    unknown: Vec<(&'a RevisionId, &'a str)>,
}

/// A revision that is applied, and what the ledger says of it.
struct Applied<'a> {
    node: &'a Node,
    record: Option<&'a Record>,
    /// Whether its file is still the same, where that is known.
    checksum_ok: Option<bool>,
}

impl<'a> Standing<'a> {
    /// Compares what the database says with the revisions.
    #[must_use]
    pub fn new(catalog: &'a Catalog, told: &'a Told) -> Self {
        let known = told.extended.as_ref().unwrap_or(catalog);
        let graph = known.graph();
        let rows = || told.heads.iter();
        let below = graph.ancestors(rows().filter_map(|id| graph.get(id.as_str())), Edges::All);
        let mut standing = Self {
            graph,
            heads: &told.heads,
            applied: Vec::new(),
            pending: Vec::new(),
            unknown: Vec::new(),
        };
        for node in graph.revisions() {
            let in_a_file = catalog.graph().get(node.id().as_str()).is_some();
            match (below.contains(node), in_a_file) {
                (true, true) => standing.applied.push(Applied::new(node, catalog, told)),
                (true, false) => standing.unknown.push((node.id(), node.message())),
                (false, true) => standing.pending.push(node),
                // What the ledger kept of something that was taken back.
                (false, false) => {}
            }
        }
        let nowhere = rows().filter(|id| graph.get(id.as_str()).is_none());
        standing.unknown.extend(nowhere.map(|id| (id, "")));
        standing
    }

    /// Returns whether all is applied, known and unchanged.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        let changed = |applied: &Applied<'_>| applied.checksum_ok == Some(false);
        self.pending.is_empty() && self.unknown.is_empty() && !self.applied.iter().any(changed)
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
        let pending = self.pending.iter().map(|node| {
            json!({
                "revision": node.id().as_str(),
                "message": node.message(),
                "path": node.path().map(|path| path.display().to_string()),
            })
        });
        let unknown = self
            .unknown
            .iter()
            .map(|(id, message)| json!({ "revision": id.as_str(), "message": message }));
        let heads = self.heads.iter().map(RevisionId::as_str);
        json!({
            "database": { "heads": heads.collect::<Vec<_>>() },
            "applied": applied.collect::<Vec<_>>(),
            "pending": pending.collect::<Vec<_>>(),
            "unknown": unknown.collect::<Vec<_>>(),
        })
    }

    fn render(&self, paint: Paint) -> String {
        let mut out = String::new();
        let longest = |lengths: &mut dyn Iterator<Item = usize>| lengths.max().unwrap_or(0);
        let nodes = || self.graph.revisions();
        let width = longest(&mut nodes().map(|node| node.id().as_str().chars().count()));
        let applied = self.applied.iter().map(|applied| applied.node);
        let message_width = longest(&mut applied.map(|node| text::message(node).chars().count()));
        for Applied {
            node,
            record,
            checksum_ok,
        } in &self.applied
        {
            let at = record.map_or_else(
                || "not in the ledger".to_owned(),
                |record| record.done_at.format("%Y-%m-%d %H:%M:%S").to_string(),
            );
            let took = record.and_then(|record| record.duration);
            let took = took.map(|time| format!(" in {}", progress::short(time)));
            out.push_str(&format!(
                "applied  {:width$}  {:message_width$}  {}",
                paint.revision(node.id()),
                text::message(node),
                paint.dim(format!("{at}{}", took.unwrap_or_default())),
            ));
            if *checksum_ok == Some(false) {
                out.push_str(&format!("  {}", paint.warning("changed since")));
            }
            out.push('\n');
        }
        for node in &self.pending {
            out.push_str(&format!(
                "pending  {:width$}  {}\n",
                paint.revision(node.id()),
                text::message(node)
            ));
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
        out
    }

    fn summary(&self) -> String {
        let mut line = format!(
            "{} applied, {} pending; the database stands at {}",
            self.applied.len(),
            self.pending.len(),
            self.heads
        );
        if !self.unknown.is_empty() {
            line.push_str(&format!(", {} unknown", self.unknown.len()));
        }
        line
    }
}

impl<'a> Applied<'a> {
    fn new(node: &'a Node, catalog: &Catalog, told: &'a Told) -> Self {
        let id = node.id();
        let at = told
            .records
            .binary_search_by(|record| record.revision.cmp(id));
        let record = at.ok().map(|at| &told.records[at]);
        let record = record.filter(|record| record.applied);
        let then = record.and_then(|record| record.checksum.as_ref());
        let now = catalog.checksum(id);
        Self {
            node,
            record,
            checksum_ok: then.zip(now).map(|(then, now)| *then == now),
        }
    }
}

/// Runs the command.
///
/// # Errors
/// Fails when the revisions or the database cannot be read.
pub fn run(args: &StatusArgs, context: &mut Context<'_>) -> Result<Exit, Failure> {
    let (catalog, opening) = live::read_and_open(context, Interrupt::default())?;
    project::warn(context.ui, &catalog);
    let told = live::ask(&mut opening.finish()?, &catalog)?;
    let standing = Standing::new(&catalog, &told);
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
