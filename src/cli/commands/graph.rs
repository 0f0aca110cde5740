//! `limbeck graph`: the revisions as a picture, for a terminal, a page or another program.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::chart::{self, Block, Chart, Details};
use crate::cli::args::{OutputFormat, Picture};
use crate::cli::commands::history;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::look::Look;
use crate::cli::text;
use crate::execute::{self, Shown};
use crate::graph::Node;
use crate::op::Arguments;
use crate::source::Section;

/// Show the revisions as a picture
///
/// Drawn for a terminal unless another form is asked for. An SVG image and an HTML page need no
/// other program; the page has a search field and shows what each revision says and runs.
#[derive(Debug, Args)]
pub struct GraphArgs {
    /// Draw it in this form
    #[arg(long, value_name = "FORMAT", value_enum, default_value = "human")]
    pub format: OutputFormat,

    /// Write it into this file, whose ending says the form where --format does not
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// Show this part only, such as base:users@head, -3:current or 1975ea:
    #[arg(short, long, value_name = "START:END", allow_hyphen_values = true)]
    pub rev_range: Option<String>,

    /// Mark where the database stands and what is applied
    #[arg(short, long)]
    pub indicate_current: bool,
}

/// Runs the command.
///
/// # Errors
/// Fails when the revisions or the database cannot be read, the range is none, or the file cannot
/// be written.
pub fn run(args: &GraphArgs, context: &mut Context<'_>) -> Result<Exit, Failure> {
    let look = Look::take(args.rev_range.as_deref(), args.indicate_current, context)?;
    let nodes = look.nodes(context)?;
    let chart = || Chart::new(look.graph(), &nodes, look.heads.as_ref());
    let out = match form(args, context) {
        OutputFormat::Human => history::drawn(&look, &nodes, context),
        OutputFormat::Json => history::object(&look, &nodes),
        OutputFormat::Picture(Picture::Dot) => chart::dot(&chart()),
        OutputFormat::Picture(Picture::Mermaid) => chart::mermaid(&chart()),
        OutputFormat::Picture(Picture::Svg) => chart::svg(&chart()),
        OutputFormat::Picture(Picture::Html) => {
            let arguments: Arguments = context.global.x.iter().cloned().collect();
            let details = nodes.iter().map(|node| details(&look, node, &arguments));
            chart::html(&chart(), &details.collect::<Vec<_>>())
        }
    };
    let Some(path) = &args.output else {
        context.ui.answer(&out)?;
        return Ok(Exit::Done);
    };
    fs::write(context.environment.directory.join(path), out)
        .map_err(|error| Failure::io("write", path, &error))?;
    let count = text::count(nodes.len(), "revision");
    context.ui.talk(&format!("{}: {count}", path.display()));
    Ok(Exit::Done)
}

/// What was asked for, or what the file's ending says.
fn form(args: &GraphArgs, context: &Context<'_>) -> OutputFormat {
    let typed = context.global.format;
    let ending = args.output.as_deref().and_then(Path::extension);
    match (typed, ending.and_then(OsStr::to_str).unwrap_or_default()) {
        (OutputFormat::Human, "dot" | "gv") => OutputFormat::Picture(Picture::Dot),
        (OutputFormat::Human, "mermaid" | "mmd") => OutputFormat::Picture(Picture::Mermaid),
        (OutputFormat::Human, "svg") => OutputFormat::Picture(Picture::Svg),
        (OutputFormat::Human, "html" | "htm") => OutputFormat::Picture(Picture::Html),
        (OutputFormat::Human, "json") => OutputFormat::Json,
        _ => typed,
    }
}

fn details(look: &Look, node: &Node, arguments: &Arguments) -> Details {
    let ids = |ids: &[crate::id::RevisionId]| ids.iter().map(ToString::to_string).collect();
    let path = node.path().map(|path| path.display().to_string());
    let Shown { sections, source } = execute::show(&look.catalog, node.id(), arguments);
    let of_section = |(section, text): (Section, String)| Block {
        title: match section {
            Section::Upgrade => "Upgrade",
            Section::Downgrade => "Downgrade",
            Section::Verify => "Verify",
        }
        .to_owned(),
        text: match text.as_str() {
            "" => "-- nothing".to_owned(),
            _ => text,
        },
        sql: true,
    };
    let of_source = |text| Block {
        title: path.clone().unwrap_or_default(),
        text,
        sql: false,
    };
    Details {
        parents: ids(node.down_revisions()),
        depends_on: ids(node.depends_on()),
        labels: node
            .branch_names()
            .iter()
            .map(ToString::to_string)
            .collect(),
        created: node.created().map(|created| created.to_string()),
        blocks: sections
            .into_iter()
            .map(of_section)
            .chain(source.map(of_source))
            .collect(),
        path,
    }
}
