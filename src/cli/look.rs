//! The part of the graph that a command shows, and what a database says of it where one is asked.

use super::context::Context;
use super::failure::Failure;
use super::hint::Asking;
use super::live;
use super::project::{self, Kept};
use crate::graph::{Edges, Node, RevisionGraph, RevisionSet};
use crate::heads::Heads;
use crate::resolve::{self, ResolveError};
use crate::target::Range;

/// What there is to show.
pub struct Look {
    /// The revisions.
    pub catalog: Kept,
    /// The rows of the version table, where a database was asked.
    pub heads: Option<Heads>,
    range: Option<Range>,
}

impl Look {
    /// Reads the revisions, and asks the database where that is wanted or the range needs it.
    ///
    /// # Errors
    /// Fails when the range is none, or the revisions or the database cannot be read.
    pub fn take(
        range: Option<&str>,
        asks_database: bool,
        context: &mut Context<'_>,
    ) -> Result<Self, Failure> {
        let parse =
            |text| Range::parse(text).map_err(|error| Failure::of_target(&error, Asking::History));
        let range = range.map(parse).transpose()?;
        let heads = if asks_database || range.as_ref().is_some_and(Range::needs_database) {
            Some(live::heads(context)?)
        } else {
            None
        };
        let catalog = project::healthy_part(context)?;
        Ok(Self {
            catalog,
            heads,
            range,
        })
    }

    /// Returns the graph.
    #[must_use]
    pub fn graph(&self) -> &RevisionGraph {
        self.catalog.graph()
    }

    /// Returns the revisions to show, newest first, and warns of rows that are in no file and so
    /// marked nowhere.
    ///
    /// # Errors
    /// Fails when the range names nothing.
    pub fn nodes(&self, context: &mut Context<'_>) -> Result<Vec<&Node>, Failure> {
        let graph = self.graph();
        let nodes = match &self.range {
            None => graph.revisions().rev().collect(),
            Some(range) => resolve::range(graph, self.heads.as_ref(), range)
                .map_err(|error| Failure::of_resolve(&error, graph, Asking::History))?,
        };
        let rows = self.heads.iter().flat_map(Heads::iter);
        let unknown = rows.filter(|id| graph.get(id.as_str()).is_none());
        let revisions: Vec<_> = unknown.cloned().collect();
        if !revisions.is_empty() {
            let error = ResolveError::UnknownInDatabase { revisions };
            let failure = Failure::of_resolve(&error, graph, Asking::History);
            context.ui.warn(&failure);
        }
        Ok(nodes)
    }

    /// Returns what is applied, where a database was asked.
    #[must_use]
    pub fn applied(&self) -> Option<RevisionSet> {
        let graph = self.graph();
        self.heads.as_ref().map(|heads| {
            let known = heads.iter().filter_map(|id| graph.get(id.as_str()));
            graph.ancestors(known, Edges::All)
        })
    }
}
