//! `limbeck adopt`: takes over what other tools have noted down in their own tables.

mod seen;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use clap::Args;
use serde_json::{Value, json};

use crate::adopt::{self, Known, Marks, State, Taken, Verdict};
use crate::catalog::Catalog;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::handover;
use crate::cli::hint::Asking;
use crate::cli::live;
use crate::cli::order::Order;
use crate::cli::paint::Paint;
use crate::cli::project;
use crate::cli::run::{carry_out, stop_on_signal};
use crate::cli::schema::ReplayArgs;
use crate::cli::text;
use crate::database::Interrupt;
use crate::declaration::Tool;
use crate::execute::Report;
use crate::graph::{Edges, Node, RevisionGraph};
use crate::heads::Heads;
use crate::id::RevisionId;
use crate::plan::{Adopted, Outcome, Request};
use crate::target::Target;
use seen::{Looking, Seen};

/// Take over what other migration tools have noted down in the database
///
/// Reads the table of each tool whose folder limbeck.toml names, and shows which revisions are applied
/// by it. Writes only with --apply, and to the tool's table only where that is kept in step.
#[derive(Debug, Default, Args)]
pub struct AdoptArgs {
    /// Note down in the version table and the ledger what is applied
    #[arg(long)]
    pub apply: bool,

    /// Find out from the schema what of a folder is applied, instead of from the tool's table: of those
    /// that are named, else of the only folder, else of those without a table
    #[arg(long, value_name = "NAME", num_args = 0..)]
    pub detect: Option<Vec<String>>,

    /// How that is found out
    #[command(flatten)]
    pub replay: ReplayArgs,

    /// Count these revisions as applied, whatever the table says
    #[arg(long, value_name = "REVISION", num_args = 1..)]
    pub mark_applied: Vec<String>,

    /// Count these revisions as not applied
    #[arg(long, value_name = "REVISION", num_args = 1..)]
    pub mark_pending: Vec<String>,

    /// Note this down in the ledger, beside who ran it
    #[arg(long, value_name = "TEXT", requires = "apply")]
    pub tag: Option<String>,
}

/// What was found out, with the graph it is about.
struct Adoption<'a> {
    graph: &'a RevisionGraph,
    taken: Vec<Taken>,
    /// What is to be noted down, oldest first.
    news: Vec<&'a Node>,
    /// What was found out from the schema, where it was asked for.
    seen: Option<Seen>,
}

impl<'a> Adoption<'a> {
    fn new(graph: &'a RevisionGraph, taken: Vec<Taken>, known: &Known) -> Self {
        let news = adopt::news(graph, &taken, known);
        Self {
            graph,
            taken,
            news,
            seen: None,
        }
    }

    fn revisions(&self) -> impl Iterator<Item = (&RevisionId, &Verdict)> {
        self.taken.iter().flat_map(Taken::revisions)
    }

    fn count(&self, state: State) -> usize {
        let is = |(_, verdict): &(&RevisionId, &Verdict)| verdict.state == state;
        self.revisions().filter(is).count()
    }

    fn conflicts(&self) -> impl Iterator<Item = (&RevisionId, &Verdict)> {
        let is_conflict = |it: &(&RevisionId, &Verdict)| it.1.state == State::Conflict;
        self.revisions().filter(is_conflict)
    }

    /// Returns true where there is nothing to write.
    fn is_done(&self) -> bool {
        self.news.is_empty() && self.told().is_empty()
    }

    /// What is settled here and is news to its tool.
    fn told(&self) -> Vec<(RevisionId, Outcome)> {
        let untold = self.revisions().filter(|(_, verdict)| verdict.is_untold);
        let outcome = |state| match state {
            State::Applied => Outcome::Applied,
            State::Pending | State::Conflict => Outcome::NotApplied,
        };
        untold
            .map(|(id, verdict)| (id.clone(), outcome(verdict.state)))
            .collect()
    }

    fn order(&self, heads: &Heads) -> Result<Order, Failure> {
        let targets = adopt::targets(self.graph, &self.news).into_iter();
        let targets = targets.map(|node| Target::parse(node.id().as_str()));
        let dates = self.revisions();
        let dates = dates.filter_map(|(id, verdict)| Some((id.clone(), verdict.applied_at?)));
        let adopted = Adopted {
            targets: targets
                .collect::<Result<_, _>>()
                .map_err(|error| Failure::of_target(&error, Asking::Stamp))?,
            from: heads.clone(),
            applied_at: dates.collect(),
            told: self.told(),
        };
        Ok(Order {
            asking: Asking::Stamp,
            request: Request::Adopt(adopted),
        })
    }

    fn object(&self) -> Value {
        let sources = self.taken.iter().map(|taken| {
            let revisions = taken.revisions().map(|(id, verdict)| {
                json!({
                    "revision": id.as_str(),
                    "file": self.path(id),
                    "state": verdict.state.as_str(),
                    "applied_at": verdict.applied_at.map(|at| at.to_rfc3339()),
                    "reason": verdict.reason,
                })
            });
            let source = &taken.source;
            json!({
                "name": source.label,
                "path": source.folder.display().to_string(),
                "format": source.tool.as_str(),
                "table": source.table,
                "dirty": taken.is_dirty(),
                "revisions": revisions.collect::<Vec<_>>(),
                "rows_without_file": taken.rows_without_file,
            })
        });
        json!({
            "sources": sources.collect::<Vec<_>>(),
            "detection": self.seen.as_ref().map(Seen::object),
        })
    }

    fn path(&self, id: &RevisionId) -> Option<String> {
        let path = self.graph.get(id.as_str())?.path()?;
        Some(path.display().to_string())
    }

    fn render(&self, paint: Paint) -> String {
        let mut out = String::new();
        let ids = self.revisions().map(|(id, _)| id.as_str().chars().count());
        let width = ids.max().unwrap_or(0);
        for (number, taken) in self.taken.iter().enumerate() {
            if number > 0 {
                out.push('\n');
            }
            let source = &taken.source;
            let table = match &source.table {
                Some(table) => format!("table {table}"),
                None => format!("no table {}", source.wanted),
            };
            let mut about = table;
            if taken.is_dirty() {
                about.push_str(", dirty");
            }
            if source.places.is_some() {
                about.push_str(", by the schema");
            }
            let label = paint.label(&source.label);
            let _ = writeln!(out, "{label} ({}), {about}", source.tool);
            for (id, verdict) in taken.revisions() {
                self.write(&mut out, paint, width, id, verdict);
            }
            for row in &taken.rows_without_file {
                let what = paint.warning("row without a file:");
                let _ = writeln!(out, "{what} {row}");
            }
        }
        out
    }

    fn write(
        &self,
        out: &mut String,
        paint: Paint,
        width: usize,
        id: &RevisionId,
        verdict: &Verdict,
    ) {
        let _ = match verdict.state {
            State::Applied => write!(out, "APPLIED   "),
            State::Pending => write!(out, "PENDING   "),
            State::Conflict => write!(out, "{}  ", paint.warning("CONFLICT")),
        };
        let message = self.graph.get(id.as_str()).map_or("", text::message);
        let _ = write!(out, "{:width$}  {message}", paint.revision(id));
        if let Some(at) = verdict.applied_at {
            let at = at.format("%Y-%m-%d %H:%M:%S").to_string();
            let _ = write!(out, "  {}", paint.dim(at));
        }
        if !verdict.reason.is_empty() {
            let _ = write!(out, ": {}", verdict.reason);
        }
        out.push('\n');
    }

    fn summary(&self) -> String {
        format!(
            "{} applied, {} pending, {}",
            self.count(State::Applied),
            self.count(State::Pending),
            text::count(self.count(State::Conflict), "conflict"),
        )
    }
}

/// Runs the command.
///
/// # Errors
/// Fails when the revisions, the database or a tool's table cannot be read; and, where it is to write,
/// when something is left to be decided.
pub fn run(args: &AdoptArgs, context: &mut Context<'_>) -> Result<Exit, Failure> {
    if args.detect.is_none() {
        args.replay.refuse("--detect")?;
    }
    let interrupt = Interrupt::default();
    stop_on_signal(interrupt.clone())?;
    let (catalog, opening) = live::read_and_open(context, interrupt, live::ask, |_| {})?;
    let catalog = project::accept(catalog)?;
    if args.detect.is_some() && handover::is_needed(context, catalog.graph()) {
        return handover::run(context);
    }
    let marks = marks(args, &catalog, context)?;
    let (mut database, told) = opening.finish()?;
    let sources = adopt::read(database.session(), &catalog);
    let mut sources = sources.map_err(|error| Failure::of_tracking(&error))?;
    let unread = adopt::unread(database.session(), &sources);
    for (table, tools) in unread.map_err(|error| Failure::of_tracking(&error))? {
        let tools: Vec<_> = tools.into_iter().map(Tool::as_str).collect();
        let message = format!(
            "`{table}` looks like the table of {}, and no [[source]] is taken over with it",
            tools.join(" or ")
        );
        context.ui.warn(
            &Failure::new("unread_tracking_table", message)
                .hint("`table` and `format` in a [[source]] say which table is whose"),
        );
    }
    let known = Known {
        taken_back: told.taken_back(),

        heads: told.state.heads,
    };
    let graph = catalog.graph();
    refuse_applied(graph, &known, &marks)?;
    let seen = match &args.detect {
        Some(names) => {
            let looking = Looking {
                names,
                replay: &args.replay,
                catalog: &catalog,
            };
            Some(looking.look(&mut database, &mut sources, (&known, &marks), context)?)
        }
        None => None,
    };
    let taken = adopt::settle(graph, sources, &known, &marks);
    for (table, labels) in adopt::contested(&taken) {
        let labels: Vec<String> = labels.iter().map(|label| format!("`{label}`")).collect();
        let message = format!(
            "`{table}` is read for {}, and does not say whose its rows are",
            labels.join(" and ")
        );
        let hint = "`table` in a [[source]] names the table that its folder has of its own; \
                    `--detect NAME` asks the schema";
        context
            .ui
            .warn(&Failure::new("shared_tracking_table", message).hint(hint));
    }
    let adoption = Adoption {
        seen,
        ..Adoption::new(graph, taken, &known)
    };
    if !args.apply {
        show(&adoption, None, context)?;
        let is_decided = adoption.conflicts().next().is_none();
        let hint = match (is_decided, adoption.is_done(), &adoption.seen) {
            (false, ..) => "decide with `--mark-applied REVISION` or `--mark-pending REVISION`",
            (true, false, None) => "`limbeck adopt --apply` notes down what is applied",
            (true, false, Some(_)) => "`--apply` as well notes down what is applied",
            (true, true, _) => return Ok(nothing(&known.heads, context)),
        };
        context.ui.advise(hint);
        return Ok(if is_decided { Exit::Done } else { Exit::No });
    }
    refuse_conflicts(&adoption)?;
    if adoption.is_done() {
        show(&adoption, None, context)?;
        return Ok(nothing(&known.heads, context));
    }
    let order = adoption.order(&known.heads)?;
    let tag = args.tag.as_deref();
    let (report, _) = carry_out(&mut database, &catalog, &order, tag, context)?;
    show(&adoption, Some(&report), context)?;
    Ok(Exit::Done)
}

/// Reads the decisions; a revision cannot have both.
fn marks(args: &AdoptArgs, catalog: &Catalog, context: &mut Context<'_>) -> Result<Marks, Failure> {
    let graph = catalog.graph();
    if !graph
        .revisions()
        .any(|node| catalog.legacy(node.id()).is_some())
    {
        let message = "there is no folder of another migration tool to take over";
        return Err(Failure::new("nothing_to_adopt", message).hint(
            "a [[source]] in limbeck.toml names one; a database of Alembic needs no taking over",
        ));
    }
    let mut named = |names: &[String]| -> Result<BTreeSet<RevisionId>, Failure> {
        let mut ids = BTreeSet::new();
        for name in names {
            for node in project::named(context, graph, name, Asking::Stamp)? {
                if catalog.legacy(node.id()).is_none() {
                    let message =
                        format!("revision `{}` is in no folder of another tool", node.id());
                    return Err(Failure::usage(message)
                        .hint(format!("`limbeck stamp {}` notes it down", node.id())));
                }
                ids.insert(node.id().clone());
            }
        }
        Ok(ids)
    };
    let marks = Marks {
        applied: named(&args.mark_applied)?,
        pending: named(&args.mark_pending)?,
    };
    match marks.applied.intersection(&marks.pending).next() {
        Some(both) => Err(Failure::usage(format!(
            "revision `{both}` cannot be marked as applied and as pending"
        ))),
        None => Ok(marks),
    }
}

/// What the version table has is not taken from it by a mark.
fn refuse_applied(graph: &RevisionGraph, known: &Known, marks: &Marks) -> Result<(), Failure> {
    let rows = known.heads.iter().filter_map(|id| graph.get(id.as_str()));
    let below = graph.ancestors(rows, Edges::All);
    let mut pending = marks.pending.iter().filter_map(|id| graph.get(id.as_str()));
    match pending.find(|node| below.contains(node)) {
        Some(node) => {
            let message = format!("revision `{}` is in the version table already", node.id());
            Err(Failure::new("already_applied", message)
                .hint("`limbeck downgrade` takes it back, `limbeck stamp` only notes that down"))
        }
        None => Ok(()),
    }
}

fn refuse_conflicts(adoption: &Adoption<'_>) -> Result<(), Failure> {
    let conflicts = adoption.count(State::Conflict);
    if conflicts == 0 {
        return Ok(());
    }
    let conflicts = text::count(conflicts, "revision");
    let from = match adoption.seen {
        Some(_) => "schema",
        None => "table",
    };
    let message = format!("nothing was noted down: {conflicts} cannot be decided from the {from}");
    let mut failure = Failure::new("adopt_conflict", message);
    for (id, verdict) in adoption.conflicts() {
        failure = failure.detail(match verdict.reason.as_str() {
            "" => id.to_string(),
            reason => format!("{id}: {reason}"),
        });
    }
    Err(failure.hint("decide with `--mark-applied REVISION` or `--mark-pending REVISION`"))
}

fn show(
    adoption: &Adoption<'_>,
    report: Option<&Report>,
    context: &mut Context<'_>,
) -> Result<(), Failure> {
    if context.ui.json {
        let mut object = adoption.object();
        let ids = |heads: &Heads| heads.iter().map(ToString::to_string).collect::<Vec<_>>();
        object["stamped"] = match report {
            Some(report) => json!({ "from": ids(&report.plan.from), "to": ids(&report.heads) }),
            None => Value::Null,
        };
        return context.ui.answer_json(&object);
    }
    let out = adoption.render(context.ui.paint);
    context.ui.answer(&out)?;
    if let Some(seen) = &adoption.seen {
        seen.show(context)?;
    }
    context.ui.talk(&adoption.summary());
    let told = adoption.told().len();
    if report.is_some() && told > 0 {
        let told = text::count(told, "revision");
        context.ui.talk(&format!("told the tool of {told}"));
    }
    if let Some(report) = report.filter(|_| !adoption.news.is_empty()) {
        let noted = text::count(adoption.news.len(), "revision");
        let heads = &report.heads;
        context.ui.talk(&format!(
            "noted down {noted}; the database stands at {heads}"
        ));
    }
    Ok(())
}

fn nothing(heads: &Heads, context: &mut Context<'_>) -> Exit {
    context.ui.talk(&format!(
        "nothing to note down: the database stands at {heads}"
    ));
    Exit::Done
}
