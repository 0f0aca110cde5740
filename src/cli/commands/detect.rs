//! `limbeck detect`: which revision made the schema of a database.

use clap::Args;
use serde_json::json;

use crate::cli::comparison::{Compared, name_of, warn_of_versions};
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::handover;
use crate::cli::live;
use crate::cli::project;
use crate::cli::run::stop_on_signal;
use crate::cli::schema::{self, ReplayArgs, Replaying};
use crate::cli::text;
use crate::database::Interrupt;
use crate::graph::RevisionGraph;
use crate::replay::{Detection, Sought, Standing};
use crate::schema::fingerprint;

/// Find out which revision made the schema of the database
///
/// The revisions are run one after the other on a throw-away database, and each schema on the way
/// is compared. Exits with 4 where none is as the database's; the nearest is shown.
#[derive(Debug, Args)]
pub struct DetectArgs {
    /// Where the revisions are run, and what is compared
    #[command(flatten)]
    pub replay: ReplayArgs,
}

/// Runs the command.
///
/// # Errors
/// Fails when the database cannot be read, or the revisions cannot be replayed.
pub fn run(args: &DetectArgs, context: &mut Context<'_>) -> Result<Exit, Failure> {
    let catalog = project::whole(context)?;
    if handover::is_needed(context, catalog.graph()) {
        return handover::run(context);
    }
    let ReplayArgs {
        scratch,
        scope,
        aspects,
    } = &args.replay;
    let (scope, aspects) = (scope.scope(), aspects.aspects());
    let interrupt = Interrupt::default();
    stop_on_signal(interrupt.clone())?;
    let mut database = live::open(context, interrupt)?;
    let live = schema::read(&mut database, &scope)?;
    schema::refuse_unknown(&live, &scope)?;
    let replaying = Replaying::new(&catalog, &scope, (&mut database, scratch), context)?;
    let sought = Sought::anywhere(catalog.graph(), &live, &aspects);
    let detection = replaying.detect(&database, &sought, context.ui)?;
    let is_found = detection.matches().next().is_some();
    warn_of_versions(detection.server, live.server, context);
    let ui = &mut *context.ui;
    if ui.json {
        ui.answer_json(&object(&detection, &fingerprint(&live, &aspects)))?;
    } else {
        ui.answer(&lines(&detection, catalog.graph()))?;
        tell(&detection, context)?;
    }
    Ok(if is_found { Exit::Done } else { Exit::No })
}

/// One line for each place where a database may stand.
fn lines(detection: &Detection, graph: &RevisionGraph) -> String {
    let names: Vec<String> = detection
        .standings
        .iter()
        .map(|standing| {
            let last = standing.last.as_ref().and_then(|id| graph.get(id.as_str()));
            match (standing.heads.len(), last) {
                (0, _) => "<base>".to_owned(),
                (1, Some(node)) => format!("{}, {}", standing.heads, text::message(node)),
                _ => standing.heads.to_string(),
            }
        })
        .collect();
    let widths = names.iter().map(|name| name.chars().count());
    let width = widths.max().unwrap_or(0);
    let mut lines = String::new();
    for (standing, name) in detection.standings.iter().zip(&names) {
        let says = match standing.weight {
            0 => "the same".to_owned(),
            1 => "1 object differs".to_owned(),
            weight => format!("{weight} objects differ"),
        };
        lines.push_str(&format!("{name:width$}  {says}\n"));
    }
    lines
}

fn tell(detection: &Detection, context: &mut Context<'_>) -> Result<(), Failure> {
    let found: Vec<&Standing> = detection.matches().collect();
    if let Some(last) = found.last() {
        let heads = last.heads.iter().map(ToString::to_string);
        let heads = heads.collect::<Vec<_>>().join(" ");
        let name = name_of(&last.heads);
        context.ui.talk(&format!("the schema is that of {name}"));
        if found.len() > 1 {
            let others = found.iter().rev().skip(1).rev();
            let others: Vec<String> = others.map(|standing| name_of(&standing.heads)).collect();
            let note = format!("note: it is also that of {}", others.join("; of "));
            context.ui.talk(&note);
        }
        if !heads.is_empty() {
            context.ui.talk(&format!("next: limbeck stamp {heads}"));
        }
        return Ok(());
    }
    show_nearest(detection, context)
}

/// Shows how the place differs that differs least.
///
/// # Errors
/// Fails when stdout cannot be written.
pub(super) fn show_nearest(
    detection: &Detection,
    context: &mut Context<'_>,
) -> Result<(), Failure> {
    let Some(nearest) = detection.standings.get(detection.nearest) else {
        return Ok(());
    };
    let name = name_of(&nearest.heads);
    let compared = Compared {
        expected: &name,
        actual: "the database",
        differences: &detection.differences,
    };
    context.ui.answer(&format!("\nnearest: {name}\n"))?;
    let table = compared.table(context.ui.paint);
    context.ui.answer(&table)?;
    context.ui.talk(&compared.summary());
    Ok(())
}

/// Returns what was found for programs; `live` is the fingerprint of the database's schema.
pub(super) fn object(detection: &Detection, live: &str) -> serde_json::Value {
    let ids = |standing: &Standing| -> Vec<String> {
        standing.heads.iter().map(ToString::to_string).collect()
    };
    let places = detection.standings.iter().map(|standing| {
        json!({
            "heads": ids(standing),
            "fingerprint": standing.fingerprint,
            "equal": standing.weight == 0,
            "different_objects": standing.weight,
        })
    });
    let found = detection.matches();
    let nearest = detection.standings.get(detection.nearest).map(|standing| {
        let compared = Compared {
            expected: &name_of(&standing.heads),
            actual: "the database",
            differences: &detection.differences,
        };
        json!({ "heads": ids(standing), "differences": compared.json() })
    });
    json!({
        "fingerprint": live,
        "matches": found.map(ids).collect::<Vec<_>>(),
        "nearest": nearest,
        "places": places.collect::<Vec<_>>(),
    })
}
