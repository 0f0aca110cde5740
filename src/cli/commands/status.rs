//! `limbeck status`: what is applied, when it was, and what is still to come.

use std::time::Duration;

use chrono::{DateTime, FixedOffset};
use clap::Args;
use serde_json::{Value, json};

use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::json;
use crate::cli::live;
use crate::cli::paint::Paint;
use crate::cli::progress;
use crate::cli::project;
use crate::cli::text::{self, count};
use crate::database::Interrupt;
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

/// What the ledger says of a revision.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Noted {
    /// When it was applied.
    pub applied_at: Option<DateTime<FixedOffset>>,
    /// How long it took.
    pub duration: Option<Duration>,
    /// Whether its file is still the same, where that is known.
    pub checksum_ok: Option<bool>,
}

/// Where a database stands in a graph.
pub struct Standing<'a> {
    graph: &'a RevisionGraph,
    heads: Heads,
    applied: Vec<(&'a Node, Noted)>,
    pending: Vec<&'a Node>,
    unknown: Vec<RevisionId>,
}

impl<'a> Standing<'a> {
    /// Compares the rows of the version table with the graph; `noted` asks the ledger.
    pub fn new(graph: &'a RevisionGraph, heads: Heads, noted: impl Fn(&Node) -> Noted) -> Self {
        let known = heads.iter().filter_map(|id| graph.get(id.as_str()));
        let below = graph.ancestors(known, Edges::All);
        let (applied, pending): (Vec<_>, Vec<_>) =
            graph.revisions().partition(|node| below.contains(node));
        let unknown = heads.iter().filter(|id| graph.get(id.as_str()).is_none());
        Self {
            graph,
            applied: applied.into_iter().map(|n| (n, noted(n))).collect(),
            pending,
            unknown: unknown.cloned().collect(),
            heads,
        }
    }

    /// Returns whether all is applied, known and unchanged.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        let changed = |(_, noted): &(&Node, Noted)| noted.checksum_ok == Some(false);
        self.pending.is_empty() && self.unknown.is_empty() && !self.applied.iter().any(changed)
    }

    fn object(&self) -> Value {
        let applied = self.applied.iter().map(|(node, noted)| {
            json!({
                "revision": node.id().as_str(),
                "applied_at": noted.applied_at.map(|at| at.to_rfc3339()),
                "duration_ms": noted.duration.map(json::milliseconds),
                "checksum_ok": noted.checksum_ok,
            })
        });
        let pending = self.pending.iter().map(|node| {
            json!({
                "revision": node.id().as_str(),
                "message": node.message(),
                "path": node.path().map(|path| path.display().to_string()),
            })
        });
        let names = |ids: &mut dyn Iterator<Item = &RevisionId>| -> Vec<Value> {
            ids.map(|id| json!(id.as_str())).collect()
        };
        json!({
            "database": { "heads": names(&mut self.heads.iter()) },
            "applied": applied.collect::<Vec<_>>(),
            "pending": pending.collect::<Vec<_>>(),
            "unknown": self.unknown.iter().map(|id| json!({ "revision": id.as_str() }))
                .collect::<Vec<_>>(),
        })
    }

    fn render(&self, paint: Paint) -> String {
        let mut out = String::new();
        let longest = |lengths: &mut dyn Iterator<Item = usize>| lengths.max().unwrap_or(0);
        let nodes = || self.graph.revisions();
        let width = longest(&mut nodes().map(|node| node.id().as_str().chars().count()));
        let applied = self.applied.iter().map(|(node, _)| node);
        let message_width = longest(&mut applied.map(|node| text::message(node).chars().count()));
        for (node, noted) in &self.applied {
            let at = noted.applied_at.map_or_else(
                || "not in the ledger".to_owned(),
                |at| at.format("%Y-%m-%d %H:%M:%S").to_string(),
            );
            let took = noted.duration.map(progress::short);
            let took = took.map(|time| format!(" in {time}")).unwrap_or_default();
            out.push_str(&format!(
                "applied  {:width$}  {:message_width$}  {}",
                paint.revision(node.id()),
                text::message(node),
                paint.dim(format!("{at}{took}")),
            ));
            if noted.checksum_ok == Some(false) {
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
        for id in &self.unknown {
            out.push_str(&format!(
                "{}  {:width$}  no file has this revision\n",
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
            line.push_str(&format!(", {} unknown", count(self.unknown.len(), "row")));
        }
        line
    }
}

/// Runs the command.
///
/// # Errors
/// Fails when the revisions or the database cannot be read.
pub fn run(args: &StatusArgs, context: &mut Context<'_>) -> Result<Exit, Failure> {
    let (catalog, opening) = live::read_and_open(context, Interrupt::default())?;
    project::warn(context.ui, &catalog);
    let standing = live::standing(&mut opening.finish()?, &catalog)?;
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
