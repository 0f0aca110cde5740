//! `adopt --detect`: the schema of the database says what of a folder is applied.

use serde_json::Value;

use crate::adopt::{self, Known, Marks, Place, Tracked};
use crate::catalog::Catalog;
use crate::cli::commands::detect;
use crate::cli::comparison::warn_of_versions;
use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::cli::schema::{self, ReplayArgs, Replaying};
use crate::database::Database;
use crate::graph::{Edges, RevisionGraph, RevisionSet};
use crate::heads::Heads;
use crate::replay::{Detection, Sought};
use crate::schema::{TableFilter, fingerprint};

/// What was found out from the schema.
pub(super) struct Seen {
    detection: Detection,
    /// The fingerprint of the database's schema.
    fingerprint: String,
}

impl Seen {
    pub(super) fn object(&self) -> Value {
        detect::object(&self.detection, &self.fingerprint)
    }

    /// Shows the nearest place where none has the schema.
    pub(super) fn show(&self, context: &mut Context<'_>) -> Result<(), Failure> {
        match self.detection.matches().next() {
            Some(_) => Ok(()),
            None => detect::show_nearest(&self.detection, context),
        }
    }

    fn places(&self) -> Vec<Place> {
        let standings = self.detection.standings.iter();
        let places = standings.map(|standing| Place {
            heads: standing.heads.clone(),
            last: standing.last.clone(),
            different: standing.weight,
        });
        places.collect()
    }
}

/// Which folders are looked at, and how.
pub(super) struct Looking<'a> {
    /// The names of the folders.
    pub(super) names: &'a [String],
    pub(super) replay: &'a ReplayArgs,
    pub(super) catalog: &'a Catalog,
}

impl Looking<'_> {
    /// Runs the revisions of the folders on a throw-away database, on top of what all others have
    /// noted down, and notes the places where the database may stand.
    pub(super) fn look(
        &self,
        database: &mut Database,
        sources: &mut [Tracked],
        (known, marks): (&Known, &Marks),
        context: &mut Context<'_>,
    ) -> Result<Seen, Failure> {
        let chosen = chosen(self.names, sources)?;
        let graph = self.catalog.graph();
        let others = sources.iter().enumerate();
        let others = others.filter(|(at, _)| !chosen.contains(at));
        let others = others.map(|(_, source)| source.clone()).collect();
        let settled = adopt::settle(graph, others, known, marks);
        let from = adopt::standing(graph, &settled, known);
        let lines = chosen.iter().map(|at| line(graph, &sources[*at], &from));
        let lines = lines.collect();
        let mut scope = self.replay.scope.scope();
        scope.without.extend(sources.iter().map(table));
        let ignored = self.replay.aspects.aspects();
        let live = schema::read(database, &scope)?;
        schema::refuse_unknown(&live, &scope)?;
        let scratch = &self.replay.scratch;
        let replaying = Replaying::new(self.catalog, &scope, (database, scratch), context)?;
        let sought = Sought {
            live: &live,
            ignored: &ignored,
            from,
            lines,
        };
        let detection = replaying.detect(database, &sought, context.ui);
        let detection = detection.map_err(|failure| {
            failure.hint("without `--detect`, `--mark-applied` and `--mark-pending` decide")
        })?;
        warn_of_versions(detection.server, live.server, context);
        let seen = Seen {
            detection,
            fingerprint: fingerprint(&live, &ignored),
        };
        for at in chosen {
            sources[at].places = Some(seen.places());
        }
        Ok(seen)
    }
}

/// The positions of the folders that are meant: those that are named, else the only one, else those
/// that no table says anything of.
fn chosen(names: &[String], sources: &[Tracked]) -> Result<Vec<usize>, Failure> {
    let labels: Vec<&str> = sources.iter().map(|it| it.label.as_str()).collect();
    let find = |name: &String| {
        let found = labels.iter().position(|label| label == name);
        found.ok_or_else(|| {
            let message = format!("there is no folder `{name}` of another tool");
            Failure::usage(message).hint(format!("there are: {}", labels.join(", ")))
        })
    };
    if !names.is_empty() || sources.len() == 1 {
        let named: Vec<usize> = names.iter().map(find).collect::<Result<_, _>>()?;
        return Ok(if names.is_empty() { vec![0] } else { named });
    }
    let all = 0..sources.len();
    let without: Vec<usize> = all.filter(|at| sources[*at].table.is_none()).collect();
    if without.is_empty() {
        let message = "each folder has its table, and none is named";
        return Err(Failure::usage(message).hint(format!(
            "`--detect NAME` looks at the schema instead of that table: {}",
            labels.join(", ")
        )));
    }
    Ok(without)
}

/// The revisions of a folder that are not below these heads.
fn line(graph: &RevisionGraph, source: &Tracked, from: &Heads) -> RevisionSet {
    let mut line = graph.nothing();
    for (id, _) in &source.revisions {
        if let Some(node) = graph.get(id.as_str()) {
            line.insert(node);
        }
    }
    let heads = from.iter().filter_map(|id| graph.get(id.as_str()));
    line.subtract(&graph.ancestors(heads, Edges::All));
    line
}

/// The table of a tool, which its folder need not make.
fn table(source: &Tracked) -> TableFilter {
    let (schema, name) = match (&source.path, source.wanted.rsplit_once('.')) {
        (Some((schema, name)), _) => (Some(schema.as_str()), name.as_str()),
        (None, Some((schema, name))) => (Some(schema), name),
        (None, None) => (None, source.wanted.as_str()),
    };
    TableFilter {
        schema: schema.map(str::to_owned),
        name: name.to_owned(),
    }
}
