//! `limbeck alembic eject`: a revision in Python written once more in SQL, as far as it is known.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use crate::catalog::Catalog;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::hint::Asking;
use crate::cli::project;
use crate::cli::text::count;
use crate::declaration::{Claim, Declaration, Format};
use crate::graph::Node;
use crate::id::{Label, RevisionId};
use crate::script::Direction;
use crate::source::{Draft, Section, sections, template};

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
}

/// A file to be written.
struct Ejected<'a> {
    node: &'a Node,
    path: PathBuf,
    text: String,
    /// Whether something is left to be written by hand.
    unfinished: bool,
}

/// Runs the command.
///
/// # Errors
/// Fails, without having written anything, when a revision is not in Python or its file is there
/// already; and when a file cannot be written.
pub fn run(args: &EjectArgs, context: &mut Context<'_>) -> Result<Exit, Failure> {
    let catalog = project::whole(context)?;
    let graph = catalog.graph();
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
    let files = nodes
        .into_iter()
        .map(|node| ejected(node, &catalog, args.version_path.as_deref(), context))
        .collect::<Result<Vec<_>, _>>()?;
    for file in &files {
        create(&context.environment.directory.join(&file.path), &file.text)
            .map_err(|error| Failure::io("write", &file.path, &error))?;
        context
            .ui
            .talk(&format!("Generating {} ...  done", file.path.display()));
    }
    tell(&files, args.all, context)?;
    Ok(Exit::Done)
}

fn tell(files: &[Ejected<'_>], all: bool, context: &mut Context<'_>) -> Result<(), Failure> {
    if context.ui.json {
        let files = files.iter().map(|file| {
            json!({
                "revision": file.node.id().as_str(),
                "path": file.path.display().to_string(),
                "finished": !file.unfinished,
            })
        });
        return context
            .ui
            .answer_json(&json!({ "ejected": files.collect::<Vec<_>>() }));
    }
    let unfinished: Vec<_> = files.iter().filter(|file| file.unfinished).collect();
    for file in &unfinished {
        context.ui.answer(&format!("{}\n", file.path.display()))?;
    }
    if unfinished.is_empty() {
        if all {
            context
                .ui
                .hint("the files in Python are not needed any more, once Alembic is not");
        }
        return Ok(());
    }
    let left = count(unfinished.len(), "file");
    context.ui.hint(&format!(
        "{left} cannot run yet: each says what is left to be written by hand"
    ));
    Ok(())
}

fn ejected<'g>(
    node: &'g Node,
    catalog: &Catalog,
    folder: Option<&Path>,
    context: &Context<'_>,
) -> Result<Ejected<'g>, Failure> {
    let python = node.path().unwrap_or_else(|| Path::new(""));
    let Some(drafts) = catalog.drafts(node.id()) else {
        let message = format!("revision `{}` is not in Python", node.id());
        return Err(Failure::new("not_in_python", message).detail(python.display().to_string()));
    };
    let folder = folder.or_else(|| python.parent()).unwrap_or(python);
    let path = folder.join(python.file_name().unwrap_or_default());
    let path = path.with_extension("sql");
    if context.environment.directory.join(&path).exists() {
        let message = format!("the file `{}` exists already", path.display());
        return Err(Failure::new("file_exists", message));
    }
    let mut text = template::header(&declaration(node));
    let mut unfinished = false;
    let [up, down] = drafts;
    for (draft, direction) in [(up, Direction::Upgrade), (down, Direction::Downgrade)] {
        if let Some(draft) = draft {
            unfinished |= draft.stopped.is_some();
            text.push('\n');
            text.push_str(&section(&draft, direction, python));
        }
    }
    Ok(Ejected {
        node,
        path,
        text,
        unfinished,
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

/// Writes a section; where something is missing, with a statement that says so when it is run.
fn section(draft: &Draft, direction: Direction, python: &Path) -> String {
    let section = match direction {
        Direction::Downgrade => Section::Downgrade,
        Direction::Upgrade | Direction::Stamp => Section::Upgrade,
    };
    let mut text = sections(&draft.segments, section);
    if let Some(foreign) = &draft.stopped {
        let file = python.file_name().unwrap_or_default().to_string_lossy();
        let words = foreign.reason.split_whitespace().collect::<Vec<_>>();
        let _ = write!(
            text,
            "-- {file}:{}: from here on it is for a person to write, since it\n-- {}.\n\
             DO $limbeck$ BEGIN RAISE EXCEPTION 'the rest of this {direction} is not written yet'; \
             END $limbeck$;\n",
            foreign.line,
            words.join(" ")
        );
    }
    text
}

/// Writes a file that must not be there yet.
fn create(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut file = File::create_new(path)?;
    file.write_all(text.as_bytes())
}
