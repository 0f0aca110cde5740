//! `limbeck alembic eject`: a revision in Python written once more in SQL, as far as it is known.

mod section;

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};

use self::section::{Outcome, Reason, Written};
use crate::catalog::Catalog;
use crate::cli::bridge::Following;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::handover;
use crate::cli::hint::Asking;
use crate::cli::live;
use crate::cli::project;
use crate::cli::run::{options, stop_on_signal};
use crate::cli::text::count;
use crate::database::Interrupt;
use crate::database::session::SessionError;
use crate::declaration::{Claim, Declaration, Format};
use crate::graph::{Node, RevisionGraph};
use crate::id::{Label, RevisionId};
use crate::replay::{Follower, Function, Replay, Trial, Tried};
use crate::schema::Scope;
use crate::scratch::Surroundings;
use crate::script::{Body, Direction, Foreign};
use crate::source::template;

/// Write revisions in Python once more in SQL, with the same ids
#[derive(Debug, Args)]
pub struct EjectArgs {
    /// The revisions
    #[arg(
        value_name = "REVISION",
        required_unless_present = "all",
        allow_negative_numbers = true
    )]
    pub revisions: Vec<String>,

    /// All revisions in Python
    #[arg(long, conflicts_with = "revisions")]
    pub all: bool,

    /// Where to write the files, in place of beside those in Python
    #[arg(long, value_name = "FOLDER")]
    pub version_path: Option<PathBuf>,

    /// Try functions that ask the database on a throw-away one of this server
    #[arg(long, value_name = "URL")]
    pub scratch: Option<String>,
}

/// A file to be written.
struct Ejected<'a> {
    node: &'a Node,
    path: PathBuf,
    text: String,
    functions: Vec<Written>,
}

impl Ejected<'_> {
    /// Returns what is left to be written by hand.
    fn left(&self) -> impl Iterator<Item = (Direction, Reason, &Foreign)> {
        self.functions.iter().filter_map(|it| match &it.outcome {
            Outcome::Left(reason, why) => Some((it.direction, *reason, why)),
            Outcome::Whole | Outcome::Tried => None,
        })
    }

    fn is_finished(&self) -> bool {
        self.left().next().is_none()
    }
}

/// Runs the command.
///
/// # Errors
/// Fails, without having written anything, when a revision is not in Python or its file is there
/// already, and when there is no throw-away database; and when a file cannot be written.
pub fn run(args: &EjectArgs, context: &mut Context<'_>) -> Result<Exit, Failure> {
    let catalog = project::whole(context)?;
    let graph = catalog.graph();
    if args.scratch.is_some() && handover::is_needed(context, graph) {
        return handover::run(context);
    }
    let mut nodes: Vec<&Node> = Vec::new();
    if args.all {
        nodes.extend(
            graph
                .revisions()
                .filter(|it| it.format() == Format::Alembic),
        );
    }
    for name in &args.revisions {
        nodes.extend(project::named(context, graph, name, Asking::Show)?);
    }
    let paths = nodes
        .iter()
        .map(|node| path(node, args.version_path.as_deref(), context))
        .collect::<Result<Vec<_>, _>>()?;
    let mut asking = HashSet::new();
    for node in &nodes {
        asking.extend(functions_that_ask(&catalog, node)?);
    }
    let trial = match &args.scratch {
        Some(url) if !asking.is_empty() => try_out(url, &asking, &catalog, context)?,
        _ => Trial::default(),
    };
    let tried = trial.functions;
    let files = nodes.into_iter().zip(paths);
    let files = files.map(|(node, path)| ejected(node, path, &catalog, &tried));
    let files: Vec<Ejected<'_>> = files.collect::<Result<_, _>>()?;
    let files = files.into_iter();
    let (behind, files): (Vec<_>, Vec<_>) = files.partition(|file| is_behind(file.node, &tried));
    for file in &files {
        create(&context.environment.directory.join(&file.path), &file.text)
            .map_err(|error| Failure::io("write", &file.path, &error))?;
        context
            .ui
            .talk(&format!("Generating {} ...  done", file.path.display()));
    }
    let ejected = Outcomes {
        files,
        behind,
        culprits: culprits(&tried, graph),
        strayed: trial.strayed,
    };
    ejected.tell(args.all, context)?;
    Ok(Exit::Done)
}

/// Tells whether a function of a revision was not tried for the sake of another revision.
///
/// Its file is not written: once the other one can run, the function can be tried.
fn is_behind(node: &Node, tried: &HashMap<Function, Tried>) -> bool {
    [Direction::Upgrade, Direction::Downgrade]
        .into_iter()
        .filter_map(|direction| tried.get(&(node.id().clone(), direction)))
        .any(|tried| matches!(tried, Tried::Behind(culprit) if culprit != node.id()))
}

/// Returns the revisions for whose sake functions were not tried, in the graph's order.
fn culprits<'g>(tried: &HashMap<Function, Tried>, graph: &'g RevisionGraph) -> Vec<&'g Node> {
    let culprits: HashSet<&RevisionId> = tried
        .values()
        .filter_map(|tried| match tried {
            Tried::Behind(culprit) => Some(culprit),
            _ => None,
        })
        .collect();
    let nodes = graph.revisions();
    nodes.filter(|node| culprits.contains(node.id())).collect()
}

/// What the command did.
struct Outcomes<'a> {
    /// The files that were written.
    files: Vec<Ejected<'a>>,
    /// Those that were not, since their functions were not tried.
    behind: Vec<Ejected<'a>>,
    /// For whose sake.
    culprits: Vec<&'a Node>,
    /// What the project's own Alembic said last, where it did not follow to the throw-away database.
    strayed: Option<String>,
}

impl Outcomes<'_> {
    fn tell(&self, all: bool, context: &mut Context<'_>) -> Result<(), Failure> {
        if context.ui.json {
            let files: Vec<_> = self.files.iter().map(object).collect();
            let behind: Vec<_> = self.behind.iter().map(object).collect();
            return context
                .ui
                .answer_json(&json!({ "ejected": files, "not_tried": behind }));
        }
        let unfinished: Vec<_> = self
            .files
            .iter()
            .filter(|file| !file.is_finished())
            .collect();
        let mut asking = 0;
        for file in &unfinished {
            let mut lines = format!("{}\n", file.path.display());
            let python = file.node.path().unwrap_or_else(|| Path::new(""));
            let python = python.file_name().unwrap_or_default().to_string_lossy();
            for (direction, reason, why) in file.left() {
                asking += usize::from(reason == Reason::Asks);
                let _ = writeln!(
                    lines,
                    "    {direction}: {python}:{}: it {}",
                    why.line, why.reason
                );
            }
            context.ui.answer(&lines)?;
        }
        if !self.behind.is_empty() {
            let revisions = match self.behind.len() {
                1 => "1 revision is".to_owned(),
                many => format!("{many} revisions are"),
            };
            let culprits = self.culprits.iter().map(|node| format!("`{}`", node.id()));
            let culprits = culprits.collect::<Vec<_>>().join(", ");
            let needs = match self.culprits.len() {
                1 => "it",
                _ => "these",
            };
            context.ui.talk(&format!(
            "not tried and not written: {revisions} behind {culprits}, which cannot run on a throw-away database"
        ));
            if let Some(said) = &self.strayed {
                let said = match said.as_str() {
                    "" => String::new(),
                    said => format!(": {said}"),
                };
                context.ui.talk(&format!(
                    "the bridge was not used there, for it did not follow{said}"
                ));
                context.ui.hint(
                    "env.py has to connect as `DATABASE_URL` says, or as a variable does that has the URL \
                     of `--scratch`",
                );
            }
            context.ui.hint(&format!(
                "finish {needs} in SQL, with what else is left above, and eject the others again"
            ));
        }
        if unfinished.is_empty() {
            if all && self.behind.is_empty() {
                context
                    .ui
                    .hint("the files in Python are not needed any more, once Alembic is not");
            }
            return Ok(());
        }
        if asking > 0 {
            let asks = match asking {
                1 => "1 function asks".to_owned(),
                _ => format!("{asking} functions ask"),
            };
            context.ui.hint(&format!(
                "{asks} the database what to do: without these files, `--scratch URL` has a \
             throw-away one asked"
            ));
        }
        let left = count(unfinished.len(), "file");
        context.ui.hint(&format!(
            "{left} cannot run yet: each says what is left to be written by hand"
        ));
        Ok(())
    }
}

/// Tells a program of a file.
fn object(file: &Ejected<'_>) -> Value {
    let left = file.left().map(|(direction, reason, why)| {
        json!({
            "direction": direction.to_string(),
            "code": reason.word(),
            "line": why.line,
            "reason": why.reason,
        })
    });
    let is_tried = |it: &&Written| matches!(it.outcome, Outcome::Tried);
    let tried = file.functions.iter().filter(is_tried);
    let tried = tried.map(|it| it.direction.to_string());
    json!({
        "revision": file.node.id().as_str(),
        "path": file.path.display().to_string(),
        "finished": file.is_finished(),
        "tried": tried.collect::<Vec<_>>(),
        "left": left.collect::<Vec<_>>(),
    })
}

/// Returns where a revision is to be written.
fn path(node: &Node, folder: Option<&Path>, context: &Context<'_>) -> Result<PathBuf, Failure> {
    let python = node.path().unwrap_or_else(|| Path::new(""));
    if node.format() != Format::Alembic {
        let message = format!("revision `{}` is not in Python", node.id());
        return Err(Failure::new("not_in_python", message).detail(python.display().to_string()));
    }
    let folder = folder.or_else(|| python.parent()).unwrap_or(python);
    let path = folder.join(python.file_name().unwrap_or_default());
    let path = path.with_extension("sql");
    if context.environment.directory.join(&path).exists() {
        let message = format!("the file `{}` exists already", path.display());
        return Err(Failure::new("file_exists", message));
    }
    Ok(path)
}

/// Returns the functions of a revision that ask the database what to do.
fn functions_that_ask(catalog: &Catalog, node: &Node) -> Result<Vec<Function>, Failure> {
    let asking = bodies(catalog, node)?
        .into_iter()
        .filter(|(_, body)| matches!(body, Body::Asking { .. }));
    Ok(asking
        .map(|(direction, _)| (node.id().clone(), direction))
        .collect())
}

fn bodies(catalog: &Catalog, node: &Node) -> Result<[(Direction, Body); 2], Failure> {
    let script = catalog.script(node.id());
    let script = script.map_err(|error| Failure::of_script(&error))?;
    Ok([
        (Direction::Upgrade, script.upgrade),
        (Direction::Downgrade, script.downgrade),
    ])
}

/// Runs functions on a throw-away database of a server.
fn try_out(
    url: &str,
    functions: &HashSet<Function>,
    catalog: &Catalog,
    context: &mut Context<'_>,
) -> Result<Trial, Failure> {
    let interrupt = Interrupt::default();
    stop_on_signal(interrupt.clone())?;
    let mut host = live::open_other(context, url, interrupt.clone())?;
    let surroundings =
        Surroundings::read(&mut host).map_err(|error| Failure::of_read(&error.into()))?;
    let replay = Replay {
        catalog,
        options: &options(context, None),
        scope: &Scope::default(),
        surroundings: &surroundings,
        interrupt: interrupt.clone(),
    };
    let follower = Following::of(context, url);
    let follower = follower.as_ref().map(|it| it as &dyn Follower);
    let ui = &mut *context.ui;
    let mut progress = |steps| ui.status(&format!("trying: {} …", count(steps, "step")));
    let tried = replay.try_out(&host, functions, follower, &mut progress);
    context.ui.status("");
    let tried = tried.map_err(|error| Failure::of_replay(&error, catalog))?;
    if interrupt.is_triggered() {
        return Err(Failure::of_session(&SessionError::Interrupted));
    }
    Ok(tried)
}

fn ejected<'g>(
    node: &'g Node,
    path: PathBuf,
    catalog: &Catalog,
    tried: &HashMap<Function, Tried>,
) -> Result<Ejected<'g>, Failure> {
    let python = node.path().unwrap_or_else(|| Path::new(""));
    let source = catalog.text(node.id()).unwrap_or_default();
    let drafts = catalog.drafts(node.id()).unwrap_or_default();
    let mut text = template::header(&declaration(node));
    let mut functions = Vec::new();
    for (draft, (direction, body)) in drafts.into_iter().zip(bodies(catalog, node)?) {
        let Some(draft) = draft else {
            continue;
        };
        let function = (node.id().clone(), direction);
        let (section, written) = section::Source {
            direction,
            path: python,
            text: &source,
            draft,
            body,
            tried: tried.get(&function),
        }
        .write();
        text.push('\n');
        text.push_str(&section);
        functions.push(written);
    }
    Ok(Ejected {
        node,
        path,
        text,
        functions,
    })
}

fn declaration(node: &Node) -> Declaration {
    let ids = |ids: &[RevisionId]| -> Vec<Claim> {
        ids.iter().map(|id| Claim::new(id.as_str(), 0)).collect()
    };
    let mut declaration = Declaration::new(Claim::new(node.id().as_str(), 0), Format::Sql);
    declaration.down_revision = ids(node.down_revisions());
    declaration.depends_on = ids(node.depends_on());
    let labels = node.labels().iter().map(Label::as_str);
    declaration.branch_labels = labels.map(|label| Claim::new(label, 0)).collect();
    declaration.message = node.message().to_owned();
    declaration.created = node.created();
    declaration
}

/// Writes a file that must not be there yet.
fn create(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut file = File::create_new(path)?;
    file.write_all(text.as_bytes())
}
