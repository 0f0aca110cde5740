//! `limbeck alembic report`: how many revisions in Python are translated, and why the others are not.

use std::fmt::Write as _;

use clap::Args;
use serde_json::json;

use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::json;
use crate::cli::project;
use crate::cli::text::count;
use crate::declaration::Format;
use crate::graph::Node;
use crate::script::{Body, Untranslated};

/// Say which revisions in Python are translated, and why the others are not
#[derive(Debug, Args)]
pub struct ReportArgs {}

/// What became of the functions of one direction.
#[derive(Default)]
struct Tally {
    /// Those that there are.
    functions: usize,
    /// Those that run here.
    translated: usize,
    /// Those of them whose SQL depends on what the database answers.
    asking: usize,
}

/// Runs the command.
///
/// # Errors
/// Fails when the revisions cannot be read.
pub fn run(_: &ReportArgs, context: &mut Context<'_>) -> Result<Exit, Failure> {
    let catalog = project::healthy_part(context)?;
    let graph = catalog.graph();
    let of_python = |node: &&Node| node.format() == Format::Alembic;
    let mut revisions = 0;
    let (mut up, mut down) = (Tally::default(), Tally::default());
    let mut untranslated = Vec::new();
    for node in graph.revisions().filter(of_python) {
        revisions += 1;
        let script = catalog
            .script(node.id())
            .map_err(|error| Failure::of_script(&error))?;
        let found = script.untranslated().into_iter();
        untranslated.extend(found.map(|it| (node, it)));
        for (tally, body) in [(&mut up, script.upgrade), (&mut down, script.downgrade)] {
            tally.functions += usize::from(!matches!(body, Body::Absent));
            match body {
                Body::Absent | Body::Foreign(_) => continue,
                Body::Asking { .. } => tally.asking += 1,
                _ => {}
            }
            tally.translated += 1;
        }
    }
    let heads: Vec<&str> = graph
        .heads()
        .iter()
        .map(|node| node.id().as_str())
        .collect();
    if context.ui.json {
        let untranslated = untranslated.iter();
        let untranslated = untranslated.map(|(node, it)| json::untranslated(node, it));
        context.ui.answer_json(&json!({
            "revisions": revisions,
            "heads": heads,
            "upgrades": up.functions,
            "upgrades_translated": up.translated,
            "upgrades_asking": up.asking,
            "downgrades": down.functions,
            "downgrades_translated": down.translated,
            "downgrades_asking": down.asking,
            "untranslated": untranslated.collect::<Vec<_>>(),
        }))?;
        return Ok(Exit::Done);
    }
    let mut out = String::new();
    let _ = writeln!(
        out,
        "revisions   {revisions} in Python, {} in all",
        graph.len()
    );
    let _ = writeln!(out, "heads       {}", heads.join(", "));
    for (name, tally) in [("upgrades", &up), ("downgrades", &down)] {
        let _ = writeln!(out, "{name:10}  {}", line(tally));
    }
    write_untranslated(&mut out, &untranslated, context);
    context.ui.answer(&out)?;
    if !untranslated.is_empty() {
        context.ui.hint(
            "`limbeck alembic eject REVISION` begins a file in SQL that takes the place of one",
        );
    }
    Ok(Exit::Done)
}

fn line(tally: &Tally) -> String {
    let Tally {
        functions,
        translated,
        asking,
    } = tally;
    let share = match functions {
        0 => String::new(),
        _ => format!(" ({} %)", translated * 100 / functions),
    };
    let asking = match asking {
        0 => String::new(),
        _ => format!(", {asking} of them with a look at the database"),
    };
    format!("{translated} of {functions} translated{share}{asking}")
}

fn write_untranslated(
    out: &mut String,
    untranslated: &[(&Node, Untranslated)],
    context: &Context<'_>,
) {
    for (certain, what) in [
        (true, "not translated"),
        (false, "may stop, depending on what the database holds"),
    ] {
        let found: Vec<_> = untranslated
            .iter()
            .filter(|(_, it)| it.certain == certain)
            .collect();
        if found.is_empty() {
            continue;
        }
        let _ = writeln!(out, "\n{} {what}:", count(found.len(), "function"));
        for (node, it) in found {
            let path = node.path().map(|path| path.display().to_string());
            let _ = writeln!(
                out,
                "{}  {}\n    {}:{}: it {}",
                context.ui.paint.revision(node.id()),
                it.direction,
                path.unwrap_or_default(),
                it.why.line,
                it.why.reason
            );
        }
    }
}
