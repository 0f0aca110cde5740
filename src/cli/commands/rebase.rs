//! `limbeck rebase`: another parent for a revision that is not applied yet.

use clap::Args;
use serde_json::{Value, json};

use crate::catalog::Catalog;
use crate::cli::context::Context;
use crate::cli::draw;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::hint::{self, Asking};
use crate::cli::live::{self, Told};
use crate::cli::project;
use crate::cli::text::Words;
use crate::database::Interrupt;
use crate::declaration::Format;
use crate::graph::{Edges, Node, RevisionGraph};
use crate::heads::Heads;
use crate::id::RevisionId;
use crate::rebase::{self, Rebase};
use crate::resolve;
use crate::target::Target;

/// Put a revision that is not applied yet on top of another one
///
/// Rewrites the parent in its file and nothing else. What stands on top of it comes along.
#[derive(Debug, Args)]
#[command(override_usage = "limbeck rebase [OPTIONS] <REVISION> --onto <REVISION>")]
pub struct RebaseArgs {
    /// The revision to move, such as head, 1975ea or users@head
    #[arg(value_name = "REVISION", allow_negative_numbers = true)]
    pub revision: String,

    /// Where it goes: on top of this revision; base makes it the first of a line
    #[arg(
        long,
        value_name = "REVISION",
        required = true,
        allow_negative_numbers = true
    )]
    pub onto: String,

    /// Of a merge, replace this parent; may be repeated
    #[arg(long, value_name = "PARENT", allow_negative_numbers = true)]
    pub from: Vec<String>,

    /// Show what would change, and write nothing
    #[arg(long)]
    pub dry_run: bool,

    /// Do not ask the database whether the revision is applied
    #[arg(long)]
    pub no_database: bool,
}

/// Runs the command.
///
/// # Errors
/// Fails when a name stands for no single revision, the revision cannot go there, a database has it,
/// or its file cannot be rewritten.
pub fn run(args: &RebaseArgs, context: &mut Context<'_>) -> Result<Exit, Failure> {
    let parse = |text: &str, asking| {
        Target::parse(text).map_err(|error| Failure::of_target(&error, asking))
    };
    let revision = parse(&args.revision, Asking::Rebase)?;
    let onto = parse(&args.onto, Asking::Onto)?;
    let from = args.from.iter().map(|text| parse(text, Asking::RebaseFrom));
    let from = from.collect::<Result<Vec<_>, _>>()?;
    let catalog = project::whole(context)?;
    let graph = catalog.graph();
    // Where a name depends on the database, it is asked first; else not before all else is sound.
    let mut targets = [&revision, &onto].into_iter().chain(&from);
    let mut known = match targets.any(Target::needs_database) && !args.no_database {
        true => Some(Known::ask(context, &catalog)?),
        false => None,
    };
    let heads = known.as_ref().map(|known| &known.told.state.heads);
    let named = |target, asking| named(graph, heads, target, asking);
    let revision = one(&revision, named(&revision, Asking::Rebase)?)?
        .ok_or_else(|| not_one(&revision, "no revision"))?;
    let onto = one(&onto, named(&onto, Asking::Onto)?)?;
    let mut replaced = Vec::new();
    for target in &from {
        replaced.extend(named(target, Asking::RebaseFrom)?);
    }
    let decided = rebase::decide(&catalog, revision, onto, &replaced)
        .map_err(|error| Failure::of_rebase(&error, graph))?;
    let Some(rebase) = decided else {
        return unchanged(revision, graph, context);
    };
    if known.is_none() && !args.no_database && live::is_named(context) {
        known = Some(Known::ask(context, &catalog)?);
    }
    if let Some(known) = &known {
        known.refuse_applied(&catalog, revision)?;
    }
    let moving = Moving {
        before: graph,
        revision,
        onto,
        rebase: &rebase,
        known: known.as_ref(),
    };
    if !args.dry_run {
        rebase
            .write()
            .map_err(|error| Failure::of_rebase(&error, graph))?;
    }
    if context.ui.json {
        context.ui.answer_json(&moving.object(!args.dry_run))?;
    } else {
        let drawings = moving.draw(context);
        context.ui.answer(&drawings)?;
        moving.tell(args, context);
    }
    Ok(Exit::Done)
}

fn named<'g>(
    graph: &'g RevisionGraph,
    heads: Option<&Heads>,
    target: &Target,
    asking: Asking,
) -> Result<Vec<&'g Node>, Failure> {
    resolve::revisions(graph, heads, target)
        .map_err(|error| Failure::of_resolve(&error, graph, asking))
}

/// Returns the one revision that a target names; none where it is the base.
fn one<'g>(target: &Target, nodes: Vec<&'g Node>) -> Result<Option<&'g Node>, Failure> {
    match nodes[..] {
        [] => Ok(None),
        [one] => Ok(Some(one)),
        _ => {
            let what = format!("{} revisions", nodes.len());
            let candidates = nodes.into_iter().map(hint::candidate).collect();
            Err(not_one(target, &what).candidates(candidates))
        }
    }
}

fn not_one(target: &Target, what: &str) -> Failure {
    let message = format!("`{}` names {what}, and one is wanted", target.text());
    Failure::new("not_one_revision", message)
}

/// What a database says of the revisions.
struct Known {
    told: Told,
    /// The revisions together with what only the ledger still has, where a row needs it.
    extended: Option<Catalog>,
    /// Who and where.
    place: String,
}

impl Known {
    fn ask(context: &Context<'_>, catalog: &Catalog) -> Result<Self, Failure> {
        let asked = live::open(context, Interrupt::default()).and_then(|mut database| {
            let told = live::ask(&mut database)?;
            let extended = live::extended(&mut database, &told.state, catalog)?;
            let place = database.connect_info().to_string();
            Ok(Self {
                told,
                extended,
                place: place.split('?').next().unwrap_or_default().to_owned(),
            })
        });
        asked.map_err(|failure| failure.hint("`--no-database` goes on without asking one"))
    }

    fn refuse_applied(&self, catalog: &Catalog, revision: &Node) -> Result<(), Failure> {
        let graph = self.extended.as_ref().unwrap_or(catalog).graph();
        let half_done = self.told.stopped.iter().map(|it| it.revision.clone());
        let half_done: Vec<_> = half_done.collect();
        rebase::refuse_applied(graph, revision.id(), &self.told.state.heads, &half_done).map_err(
            |error| {
                let failure = Failure::of_rebase(&error, graph);
                failure.detail(format!("asked: {}", self.place))
            },
        )
    }
}

fn unchanged(
    revision: &Node,
    graph: &RevisionGraph,
    context: &mut Context<'_>,
) -> Result<Exit, Failure> {
    if context.ui.json {
        let state = state(revision, graph);
        context.ui.answer_json(&json!({
            "revision": revision.id().as_str(),
            "paths": [],
            "before": state,
            "after": state,
            "moved": [],
            "database_asked": false,
            "written": false,
        }))?;
    } else {
        let parents = list(revision.down_revisions());
        let line = format!("nothing to do: `{}` is on top of {parents}", revision.id());
        context.ui.talk(&line);
    }
    Ok(Exit::Done)
}

/// The place of a revision, and what is on top of all.
fn state(revision: &Node, graph: &RevisionGraph) -> Value {
    let parents = revision.down_revisions().iter().map(RevisionId::as_str);
    let heads = graph.heads().into_iter().map(|node| node.id().as_str());
    json!({
        "down_revision": parents.collect::<Vec<_>>(),
        "heads": heads.collect::<Vec<_>>(),
    })
}

fn list(parents: &[RevisionId]) -> String {
    match parents {
        [] => "<base>".to_owned(),
        _ => {
            let parents: Vec<_> = parents.iter().map(RevisionId::as_str).collect();
            parents.join(", ")
        }
    }
}

/// How many revisions are drawn before those are left out that only pass the line on.
const DRAWN: usize = 24;

/// A rebase, as it is shown.
struct Moving<'a> {
    before: &'a RevisionGraph,
    revision: &'a Node,
    onto: Option<&'a Node>,
    rebase: &'a Rebase,
    known: Option<&'a Known>,
}

impl Moving<'_> {
    fn after(&self) -> &RevisionGraph {
        self.rebase.after.graph()
    }

    fn paths(&self) -> Vec<String> {
        let paths = self.rebase.paths();
        paths.map(|path| path.display().to_string()).collect()
    }

    fn object(&self, written: bool) -> Value {
        let moved = self.before.descendants([self.revision], Edges::Lineage);
        let moved = self.before.members(&moved).map(|node| node.id().as_str());
        let after = self.after().get(self.revision.id().as_str());
        json!({
            "revision": self.revision.id().as_str(),
            "paths": self.paths(),
            "before": state(self.revision, self.before),
            "after": after.map(|node| state(node, self.after())),
            "moved": moved.collect::<Vec<_>>(),
            "database_asked": self.known.is_some(),
            "written": written,
        })
    }

    /// Draws what takes part, before and after.
    fn draw(&self, context: &Context<'_>) -> String {
        let drawn = self.part();
        let mut out = String::new();
        for (heading, graph) in [("before", self.before), ("after", self.after())] {
            let nodes = graph.revisions().rev();
            let nodes: Vec<_> = nodes.filter(|node| drawn.contains(&node.id())).collect();
            let heads = self.known.map(|known| &known.told.state.heads);
            let rows = heads.into_iter().flat_map(Heads::iter);
            let rows = rows.filter_map(|row| graph.get(row.as_str()));
            let applied = graph.ancestors(rows, Edges::All);
            let words = Words {
                current: heads,
                paint: context.ui.paint,
                ..Words::drawn()
            };
            if !out.is_empty() {
                out.push('\n');
            }
            out.push_str(&format!("{}\n", context.ui.paint.dim(heading)));
            out.push_str(&draw::history(graph, &nodes, words, |node| {
                applied.contains(node)
            }));
        }
        out
    }

    /// The revisions that move, those that they leave and those that they go to, down to where the
    /// two ways meet; where these are many, only what is not just passed through.
    fn part(&self) -> Vec<&RevisionId> {
        let graph = self.before;
        let moved = graph.descendants([self.revision], Edges::Lineage);
        let mut ends: Vec<_> = graph.parents(self.revision).chain(self.onto).collect();
        let mut part = moved.clone();
        if let Some(onto) = self.onto {
            let left = graph.ancestors(graph.parents(self.revision), Edges::Lineage);
            let right = graph.ancestors([onto], Edges::Lineage);
            let mut shared = left.clone();
            shared.intersect(&right);
            let is_fork = |node: &&Node| !graph.children(node).any(|child| shared.contains(child));
            ends.extend(graph.members(&shared).filter(is_fork));
            for mut way in [left, right] {
                way.subtract(&shared);
                for node in graph.members(&way) {
                    part.insert(node);
                }
            }
        }
        for node in &ends {
            part.insert(node);
        }
        let is_long = part.len() > DRAWN;
        let is_shown = |node: &&Node| {
            let is_end = ends.contains(node) || *node == self.revision;
            !is_long || is_end || node.is_head() || node.is_branch_point() || node.is_merge_point()
        };
        let nodes = graph.members(&part).filter(is_shown);
        nodes.map(Node::id).collect()
    }

    fn tell(&self, args: &RebaseArgs, context: &mut Context<'_>) {
        let id = self.revision.id();
        if self.known.is_none() {
            let other = match args.no_database {
                true => "",
                false => "; `--url` names one",
            };
            context.ui.talk(&format!(
                "note: no database was asked whether `{id}` is applied{other}"
            ));
        }
        for note in self.new_heads().into_iter().chain(self.idle_merges()) {
            context.ui.talk(&note);
        }
        let is_compiled = self.revision.format() == Format::Rust && !context.compiled.is_empty();
        if is_compiled && !args.dry_run {
            let note = "note: this program has the file as it was compiled in; build it again";
            context.ui.talk(note);
        }
        let (from, to) = (list(&self.rebase.from), list(&self.rebase.to));
        let paths = self.paths().join(" and ");
        context.ui.talk(&match args.dry_run {
            true => format!("{id}: {from} -> {to} in {paths} (not written)"),
            false => format!("{id}: {from} -> {to} in {paths}"),
        });
    }

    /// A merge above may join a revision with one that is below it now.
    fn idle_merges(&self) -> Vec<String> {
        let (before, after) = (self.before, self.after());
        let moved = before.descendants([self.revision], Edges::Lineage);
        let moved = before.members(&moved).filter(|node| *node != self.revision);
        let mut notes = Vec::new();
        for merge in moved.filter(|node| node.is_merge_point()) {
            for upper in before.parents(merge) {
                let is_below = |graph: &RevisionGraph, lower: &Node| {
                    let below = graph.get(upper.id().as_str()).into_iter();
                    let below = graph.ancestors(below, Edges::Lineage);
                    let lower = graph.get(lower.id().as_str());
                    lower.is_some_and(|lower| below.contains(lower))
                };
                let others = before.parents(merge).filter(|lower| *lower != upper);
                let lower = others.filter(|it| is_below(after, it) && !is_below(before, it));
                notes.extend(lower.map(|lower| {
                    let (merge, lower, upper) = (merge.id(), lower.id(), upper.id());
                    format!(
                        "note: `{merge}` joins `{upper}` with `{lower}`, which is below it now; \
                         `limbeck rebase {merge} --onto {upper} --from {lower}` leaves one"
                    )
                }));
            }
        }
        notes
    }

    /// Who moves the last revision of a line may have meant the whole line.
    fn new_heads(&self) -> Vec<String> {
        let graph = self.before;
        let below = graph.ancestors(self.onto, Edges::Lineage);
        let is_head = |node: &&Node| {
            let after = self.after().get(node.id().as_str());
            after.is_some_and(Node::is_head)
        };
        let left = graph.parents(self.revision).filter(is_head);
        let note = |node: &Node| {
            let only_parent = |node: &Node| {
                let mut parents = graph.parents(node).filter(|node| !below.contains(node));
                parents.next().filter(|_| parents.next().is_none())
            };
            let mut first = node;
            while let Some(parent) = only_parent(first) {
                first = parent;
            }
            let head = node.id();
            // Only where it did not grow out of the new parent anyway.
            let stands_there = |onto: &Node| first.down_revisions().contains(onto.id());
            match self.onto {
                Some(onto) if !stands_there(onto) => format!(
                    "note: `{head}` is a head now; `limbeck rebase {} --onto {}` takes its line along",
                    first.id(),
                    onto.id()
                ),
                _ => format!("note: `{head}` is a head now"),
            }
        };
        left.map(note).collect()
    }
}
