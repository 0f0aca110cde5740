//! What a graph makes of an empty database, and what its functions do there: its revisions run on a
//! throw-away one.
//!
//! [`Replay::schema`] reads the schema at one place of the graph. [`Replay::detect`] walks over all
//! places where a database may stand and compares each with a schema, to find out which revision an
//! unstamped database is at. [`Replay::try_out`] notes what functions do that ask the database.

mod trial;

pub use self::trial::{Follower, Function, Question, Trial, Tried};

mod lines;

use std::collections::BTreeMap;

use crate::catalog::Catalog;
use crate::database::{Database, Interrupt, OpenError};
use crate::execute::{self, Options, Request, RunError, Silent};
use crate::graph::{Edges, Node, RevisionGraph, RevisionSet};
use crate::heads::Heads;
use crate::id::RevisionId;
use crate::plan::Direction;
use crate::schema::model::Model;
use crate::schema::{
    self, Aspects, Difference, ReadError, Scope, compare, fingerprint as fingerprint_of,
};
use crate::scratch::{Scratch, ScratchError, Surroundings};
use crate::target::{Target, TargetError};

/// Why a graph could not be replayed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// Occurs when there is no throw-away database.
    #[error(transparent)]
    Scratch(#[from] ScratchError),
    /// Occurs when a revision fails on it.
    #[error("the revisions cannot be replayed on a throw-away database")]
    Run(#[source] Box<RunError>),
    /// Occurs when its schema cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// Occurs when a revision's id cannot be named as a target.
    #[error(transparent)]
    Target(#[from] TargetError),
}

impl From<OpenError> for ReplayError {
    fn from(error: OpenError) -> Self {
        Self::Scratch(ScratchError::Open(error))
    }
}

/// A place in the graph where a database may stand, and how it compares there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The heads that it would have.
    pub heads: Heads,
    /// The last revision, in the graph's order; none for an empty database.
    pub last: Option<RevisionId>,
    /// The fingerprint of its schema.
    pub fingerprint: String,
    /// How many objects differ, parts of tables included.
    pub weight: usize,
}

/// What a database was found to be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Detection {
    /// Every place, in the graph's order.
    pub standings: Vec<Standing>,
    /// The position of the one that differs least, the later one of two; matches do not differ.
    pub nearest: usize,
    /// How that one differs.
    pub differences: Vec<Difference>,
    /// The major version of the server that the revisions ran on.
    pub server: u32,
}

impl Detection {
    /// Returns the places that have the same schema.
    pub fn matches(&self) -> impl DoubleEndedIterator<Item = &Standing> {
        self.standings
            .iter()
            .filter(|standing| standing.weight == 0)
    }
}

/// A schema whose place in the graph is looked for, and where.
pub struct Sought<'a> {
    /// The schema.
    pub live: &'a Model,
    /// What it need not have in common with one that the graph makes.
    pub ignored: &'a Aspects,
    /// What is known to be applied: nothing below is looked at.
    pub from: Heads,
    /// The revisions that may be applied beyond that, in lines: how far one of them is applied has
    /// nothing to do with the others.
    pub lines: Vec<RevisionSet>,
}

impl<'a> Sought<'a> {
    /// Looks for a schema in the whole of a graph.
    #[must_use]
    pub fn anywhere(graph: &RevisionGraph, live: &'a Model, ignored: &'a Aspects) -> Self {
        Self {
            live,
            ignored,
            from: Heads::base(),
            lines: vec![graph.ancestors(graph.revisions(), Edges::All)],
        }
    }
}

/// Runs revisions on throw-away databases.
pub struct Replay<'a> {
    /// The revisions.
    pub catalog: &'a Catalog,
    /// How they are run.
    pub options: &'a Options,
    /// What is looked at afterwards.
    pub scope: &'a Scope,
    /// What is set where they are run.
    pub surroundings: &'a Surroundings,
    /// Asks to stop.
    pub interrupt: Interrupt,
}

impl Replay<'_> {
    /// Returns the schema that the revisions up to these heads make of an empty database; the
    /// throw-away one is made on the server of `host`.
    ///
    /// # Errors
    /// Fails when no database can be made there, or a revision fails.
    pub fn schema(&self, host: &Database, heads: &Heads) -> Result<Model, ReplayError> {
        let scratch = Scratch::beside(host, self.surroundings)?;
        let mut database = scratch.connect(self.interrupt.clone())?;
        if !heads.is_empty() {
            self.upgrade(&mut database, heads.iter())?;
        }
        let model = schema::read(&mut database, self.scope)?;
        drop(database);
        scratch.remove()?;
        Ok(model)
    }

    /// Compares a schema with what the graph makes at every place where a database may stand: at
    /// each of the revisions alone, with what it needs, and after each in the graph's order. Of
    /// several lines, each is first looked at on top of the nearest places of those before it.
    ///
    /// Each revision of a line runs once; where lines part, the throw-away database is copied.
    /// `progress` is told how many places are done, and of how many.
    ///
    /// # Errors
    /// As [`Replay::schema`].
    pub fn detect(
        &self,
        host: &Database,
        sought: &Sought<'_>,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<Detection, ReplayError> {
        if let [line] = &sought.lines[..] {
            let walk = Walk::over(self.catalog.graph(), line);
            let walked = self.walk(host, sought, (&sought.from, &walk), progress)?;
            return walked.into_detection();
        }
        self.detect_in_lines(host, sought, progress)
    }

    /// Looks at all places of a walk, on top of what is applied where these are the heads.
    fn walk(
        &self,
        host: &Database,
        sought: &Sought<'_>,
        (from, walk): (&Heads, &Walk),
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<Walked, ReplayError> {
        let mut detecting = Detecting {
            replay: self,
            walk,
            sought,
            from,
            progress,
            found: BTreeMap::new(),
            nearest: None,
            server: 0,
            failure: None,
        };
        let scratch = Scratch::beside(host, self.surroundings)?;
        if !from.is_empty() {
            let mut database = scratch.connect(self.interrupt.clone())?;
            self.upgrade(&mut database, from.iter())?;
        }
        detecting.follow(0, scratch)?;
        let Detecting {
            found,
            nearest,
            server,
            failure,
            ..
        } = detecting;
        let (_, nearest, differences) = nearest.unwrap_or_default();
        let position = found.keys().position(|place| *place == nearest);
        let detection = Detection {
            standings: found.into_values().collect(),
            nearest: position.unwrap_or_default(),
            differences,
            server,
        };
        Ok(Walked { detection, failure })
    }

    fn upgrade<'r>(
        &self,
        database: &mut Database,
        revisions: impl Iterator<Item = &'r RevisionId>,
    ) -> Result<Heads, ReplayError> {
        let targets: Result<Vec<Target>, _> =
            revisions.map(|id| Target::parse(id.as_str())).collect();
        let request = Request::new(Direction::Upgrade, targets?);
        let ran = execute::run(database, self.catalog, &request, self.options, &mut Silent);
        let report = ran.map_err(|error| ReplayError::Run(Box::new(error)))?;
        Ok(report.heads)
    }
}

/// What was seen on the ways that were followed.
struct Walked {
    detection: Detection,
    /// Why a way ended before its end.
    failure: Option<ReplayError>,
}

impl Walked {
    fn into_detection(self) -> Result<Detection, ReplayError> {
        match self.failure {
            Some(failure) => Err(failure),
            None => Ok(self.detection),
        }
    }
}

/// The place of a standing among all: the last revision's place in the order, and how many revisions
/// are applied.
type Place = (usize, usize);

struct Detecting<'a, 'r> {
    replay: &'a Replay<'r>,
    walk: &'a Walk,
    sought: &'a Sought<'a>,
    /// What is applied before anything is looked at.
    from: &'a Heads,
    progress: &'a mut dyn FnMut(usize, usize),
    found: BTreeMap<Place, Standing>,
    /// The weight and place of the nearest, and how it differs.
    nearest: Option<(usize, Place, Vec<Difference>)>,
    server: u32,
    /// The first revision that does not run; nothing above it is looked at.
    failure: Option<ReplayError>,
}

impl Detecting<'_, '_> {
    /// Goes on from a fork until all that follows is looked at.
    fn follow(&mut self, fork: usize, scratch: Scratch) -> Result<(), ReplayError> {
        let mut at = fork;
        let mut heads = self.from.clone();
        let mut database = Some(scratch.connect(self.replay.interrupt.clone())?);
        loop {
            let fork = &self.walk.forks[at];
            if let (Some(database), Some(revision)) = (&mut database, &fork.revision) {
                match self.replay.upgrade(database, std::iter::once(revision)) {
                    Ok(reached) => heads = reached,
                    Err(failure @ ReplayError::Run(_)) => {
                        self.failure.get_or_insert(failure);
                        break;
                    }
                    Err(error) => return Err(error),
                }
            }
            if let (Some(database), true) = (&mut database, fork.is_place) {
                self.look(at, database, &heads)?;
            }
            let Some((last, others)) = fork.next.split_last() else {
                break;
            };
            if !others.is_empty() {
                // A database is copied only while nobody is connected to it.
                database = None;
            }
            for other in others {
                let copy = scratch.copy()?;
                self.follow(*other, copy)?;
            }
            if database.is_none() {
                database = Some(scratch.connect(self.replay.interrupt.clone())?);
            }
            at = *last;
        }
        drop(database);
        scratch.remove()?;
        Ok(())
    }

    fn look(
        &mut self,
        at: usize,
        database: &mut Database,
        heads: &Heads,
    ) -> Result<(), ReplayError> {
        let fork = &self.walk.forks[at];
        let model = schema::read(database, self.replay.scope)?;
        let Sought { live, ignored, .. } = self.sought;
        self.server = model.server;
        let differences = compare(&model, live, ignored);
        let weight = differences.iter().map(Difference::weight).sum();
        let is_nearer = self.nearest.as_ref().is_none_or(|(best, place, _)| {
            weight < *best || (weight == *best && fork.place > *place)
        });
        let standing = Standing {
            heads: heads.clone(),
            last: fork.revision.clone(),
            fingerprint: fingerprint_of(&model, ignored),
            weight,
        };
        self.found.insert(fork.place, standing);
        if is_nearer {
            self.nearest = Some((weight, fork.place, differences));
        }
        (self.progress)(self.found.len(), self.walk.places());
        Ok(())
    }
}

/// The ways on which all places are passed, as a tree from the database on that they begin with.
struct Walk {
    forks: Vec<Fork>,
}

/// A point on the way: a revision is applied, and there may be several ways on.
#[derive(Default)]
struct Fork {
    revision: Option<RevisionId>,
    /// Whether a database may stand here.
    is_place: bool,
    place: Place,
    next: Vec<usize>,
}

impl Walk {
    /// Passes the places after each of the revisions in the graph's order, and at each of them alone.
    fn over(graph: &RevisionGraph, among: &RevisionSet) -> Self {
        let mut walk = Self::through(graph, among);
        let all = in_order(graph, among);
        for (_, node) in &all {
            let below = graph.ancestors([*node], Edges::All);
            let own = all.iter().filter(|(_, other)| below.contains(other));
            walk.add(&own.copied().collect::<Vec<_>>(), false);
        }
        walk
    }

    /// Passes the places after each of the revisions in the graph's order.
    fn through(graph: &RevisionGraph, among: &RevisionSet) -> Self {
        let mut walk = Self {
            forks: vec![Fork {
                is_place: true,
                ..Fork::default()
            }],
        };
        walk.add(&in_order(graph, among), true);
        walk
    }

    /// Adds a way; a database may stand at its end, or anywhere on it.
    fn add(&mut self, way: &[(usize, &Node)], anywhere: bool) {
        let mut at = 0;
        for (count, (position, node)) in way.iter().enumerate() {
            let known = self.forks[at].next.iter().copied().find(|next| {
                let revision = &self.forks[*next].revision;
                revision.as_ref().is_some_and(|id| id == node.id())
            });
            let next = known.unwrap_or_else(|| {
                self.forks.push(Fork {
                    revision: Some(node.id().clone()),
                    place: (position + 1, count + 1),
                    ..Fork::default()
                });
                let new = self.forks.len() - 1;
                self.forks[at].next.push(new);
                new
            });
            at = next;
            if anywhere || count + 1 == way.len() {
                self.forks[at].is_place = true;
            }
        }
    }

    fn places(&self) -> usize {
        self.forks.iter().filter(|fork| fork.is_place).count()
    }
}

/// Revisions with their positions among these.
fn in_order<'g>(graph: &'g RevisionGraph, among: &RevisionSet) -> Vec<(usize, &'g Node)> {
    let order = graph.revisions().filter(|node| among.contains(node));
    order.enumerate().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::declaration::{Claim, Declaration, Format};

    /// The ways, indented where they part; `*` marks where a database may stand.
    fn ways(revisions: &[(&str, &str)]) -> String {
        let declarations = revisions.iter().map(|(id, parents)| {
            let mut declaration = Declaration::new(Claim::new(*id, 1), Format::Sql);
            let parents = parents.split_whitespace();
            declaration.down_revision = parents.map(|parent| Claim::new(parent, 1)).collect();
            declaration
        });
        let built = RevisionGraph::build(declarations.collect::<Vec<_>>());
        let graph = &built.graph;
        let walk = Walk::over(graph, &graph.ancestors(graph.revisions(), Edges::All));
        let mut text = String::new();
        write(&walk, 0, 0, &mut text);
        text
    }

    fn write(walk: &Walk, at: usize, depth: usize, text: &mut String) {
        let fork = &walk.forks[at];
        let name = fork.revision.as_ref().map_or("<base>", RevisionId::as_str);
        let mark = if fork.is_place { "*" } else { "" };
        text.push_str(&format!("{}{name}{mark}\n", "  ".repeat(depth)));
        let deeper = depth + usize::from(fork.next.len() > 1);
        for next in &fork.next {
            write(walk, *next, deeper, text);
        }
    }

    #[test]
    fn a_line_is_one_way() {
        insta::assert_snapshot!(ways(&[("a", ""), ("b", "a"), ("c", "b")]), @r"
        <base>*
        a*
        b*
        c*
        ");
    }

    #[test]
    fn lines_that_part_are_followed_each_alone_and_all_together() {
        // a - b - d, a - c - d
        let graph = [("a", ""), ("b", "a"), ("c", "a"), ("d", "b c"), ("e", "d")];
        insta::assert_snapshot!(ways(&graph), @r"
        <base>*
        a*
          c*
          b*
          d*
          e*
          b*
        ");
    }
}
