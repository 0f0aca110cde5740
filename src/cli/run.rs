//! What the commands that change a database have in common: carrying a plan out, or writing it down.

use std::thread;
use std::time::Duration;

use clap::Args;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;

use super::bridge;
use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;
use super::handover;
use super::hint::Asking;
use super::json;
use super::late;
use super::live;
use super::order::Order;
use super::progress::Progress;
use super::project::{self, Reading};
use super::text::count;
use crate::catalog::Catalog;
use crate::database::{Database, Interrupt};
use crate::declaration::Format;
use crate::execute::{self, Options, Report, Script};
use crate::graph::Node;
use crate::plan::{Direction, Request};
use crate::resolve;
use crate::target::{Argument, Target};

/// Options of the offline mode.
#[derive(Clone, Debug, Default, Args)]
pub struct OfflineArgs {
    /// Print the SQL instead of running it; a target may be FROM:TO
    #[arg(long)]
    pub sql: bool,

    /// Note this down in the ledger, beside who ran it
    #[arg(long, value_name = "TEXT")]
    pub tag: Option<String>,

    /// With --sql, leave out the check that the database stands where the script begins
    #[arg(long, requires = "sql")]
    pub no_guard: bool,

    /// With --sql, leave out the entries of the ledger
    #[arg(long, requires = "sql")]
    pub no_ledger: bool,
}

/// Carries an order out on the database.
///
/// # Errors
/// Fails when there is no way to the target, or a step fails.
pub fn live(order: &Order, tag: Option<&str>, context: &mut Context<'_>) -> Result<Exit, Failure> {
    let interrupt = Interrupt::default();
    stop_on_signal(interrupt.clone())?;
    let first = |database: &mut Database| {
        database.read_ahead();
        Ok(())
    };
    let (catalog, opening) = live::read_and_open(context, interrupt, first, |_| {})?;
    let catalog = project::accept(catalog)?;
    if !order.request.is_stamp() && handover::is_needed(context, catalog.graph()) {
        drop(opening);
        return handover::run(context);
    }
    let (mut database, ()) = opening.finish()?;
    let (report, durations) = carry_out(&mut database, &catalog, order, tag, context)?;
    tell(&report, &durations, context)?;
    if matches!(order.request, Request::Upgrade(_)) {
        warn_of_late(&mut database, &catalog, context);
    }
    Ok(Exit::Done)
}

/// Carries an order out on an open database, and tells of each step; returns how long they took, too.
///
/// # Errors
/// Fails when there is no way to the target, or a step fails.
pub fn carry_out(
    database: &mut Database,
    catalog: &Catalog,
    order: &Order,
    tag: Option<&str>,
    context: &mut Context<'_>,
) -> Result<(Report, Vec<Option<Duration>>), Failure> {
    let mut options = options(context, tag);
    options.bridge = bridge::of(context);
    let mut progress = Progress::new(context.ui, catalog.graph());
    let result = execute::run(database, catalog, &order.request, &options, &mut progress);
    let durations = progress.durations();
    let report = result.map_err(|error| Failure::of_run(&error, catalog, order.asking))?;
    Ok((report, durations))
}

/// Warns of files of other tools that were added below what is applied, which those tools may have
/// run all the same.
fn warn_of_late(database: &mut Database, catalog: &Catalog, context: &mut Context<'_>) {
    let graph = catalog.graph();
    let is_tool = |node: &Node| matches!(node.format(), Format::Tool(_));
    if !graph.in_file_order().any(is_tool) {
        return;
    }
    // All that was asked for is done: what cannot be asked any more is no failure of it.
    let late = live::ask(database).and_then(|told| late::find(database, &told, graph));
    for node in late.unwrap_or_default() {
        context.ui.warn(&late::warning(node));
    }
}

/// Has the run cancelled, rolled back and told of at the first signal, and ended by the second.
///
/// # Errors
/// Fails when the system does not hand on signals.
pub fn stop_on_signal(interrupt: Interrupt) -> Result<(), Failure> {
    let mut signals = Signals::new([SIGINT, SIGTERM])
        .map_err(|error| Failure::new("io", format!("signals cannot be waited for: {error}")))?;
    thread::spawn(move || {
        for signal in signals.forever() {
            if interrupt.is_triggered() {
                // It cannot fail for these two; and the thread has nobody to tell.
                let _ = emulate_default_handler(signal);
            }
            interrupt.trigger();
        }
    });
    Ok(())
}

/// Returns how to run, as the settings have it; `tag` goes into the ledger.
#[must_use]
pub fn options(context: &Context<'_>, tag: Option<&str>) -> Options {
    let config = context.config;
    let client = match (context.environment.user(), tag) {
        (Some(user), Some(tag)) => Some(format!("{user}, {tag}")),
        (user, tag) => user.or_else(|| tag.map(str::to_owned)),
    };
    Options {
        transaction: config.transaction,
        lock_wait: Some(config.lock_wait),
        lock_timeout: config.lock_timeout,
        statement_timeout: config.statement_timeout,
        client,
        arguments: context.global.x.iter().cloned().collect(),
        search_path: config.search_path.clone(),
        bridge: None,
        verify_tables: config.verify_tables.clone(),
    }
}

/// Tells what was done: a line to a person, an object to a program.
///
/// # Errors
/// Fails when stdout cannot be written.
pub fn tell(
    report: &Report,
    durations: &[Option<Duration>],
    context: &mut Context<'_>,
) -> Result<(), Failure> {
    for note in &report.plan.notes {
        context.ui.talk(&format!("note: {note}"));
    }
    if context.ui.json {
        return context.ui.answer_json(&json::report(report, durations));
    }
    if !report.verified.is_empty() {
        let tables = count(report.verified.len(), "table");
        context.ui.talk(&format!("{tables} verified"));
    }
    context.ui.talk(&report.summary().to_string());
    Ok(())
}

/// Writes an order down as SQL.
///
/// # Errors
/// Fails when it is not clear where the script begins, there is no way to the target, or a revision
/// cannot be written as SQL.
pub fn offline(
    direction: Direction,
    targets: &[String],
    args: &OfflineArgs,
    context: &mut Context<'_>,
) -> Result<Exit, Failure> {
    let asking = Asking::of(direction);
    let ends = Ends::parse(asking, targets)?;
    let catalog = project::accept(Reading::of(context).offline().load()?)?;
    let graph = catalog.graph();
    if direction != Direction::Stamp && handover::is_needed(context, graph) {
        return handover::run(context);
    }
    let from = resolve::heads(graph, &ends.from)
        .map_err(|error| Failure::of_resolve(&error, graph, asking))?;
    let order = Order {
        asking,
        request: Request::new(direction, ends.to),
    };
    let plan = order.plan(graph, &from)?;
    let table = live::table(context.config);
    let options = options(context, args.tag.as_deref());
    let script = Script {
        catalog: &catalog,
        plan: &plan,
        table: &table,
        options: &options,
        guard: !args.no_guard,
        ledger: !args.no_ledger,
    };
    let mut out = Vec::new();
    execute::write(&script, &mut out).map_err(|error| Failure::of_run(&error, &catalog, asking))?;
    context.ui.answer_bytes(&out)?;
    Ok(Exit::Done)
}

/// Where a script begins, and where it leads.
struct Ends {
    from: Vec<Target>,
    to: Vec<Target>,
}

impl Ends {
    /// Reads targets of which one may be a range; without one the script begins at the base.
    fn parse(asking: Asking, targets: &[String]) -> Result<Self, Failure> {
        let mut ends = Self {
            from: Vec::new(),
            to: Vec::new(),
        };
        let mut ranges = 0;
        for text in targets {
            let argument =
                Argument::parse(text).map_err(|error| Failure::of_target(&error, asking))?;
            match argument {
                Argument::Target(target) => ends.to.push(target),
                Argument::Range(range) => {
                    ranges += 1;
                    ends.from.extend(range.start().cloned());
                    let Some(end) = range.end() else {
                        let message = format!("the range `{text}` has no end");
                        return Err(Failure::new("invalid_target", message)
                            .hint(format!("`limbeck {} {text}heads --sql`", asking.command())));
                    };
                    ends.to.push(end.clone());
                }
            }
        }
        if ranges > 1 {
            let message = "a script begins at one place, and several ranges are given";
            return Err(Failure::new("invalid_target", message));
        }
        if ranges == 0 && asking == Asking::Downgrade {
            let message = "without a database, a downgrade needs to be told where to begin";
            let target = targets.first().map_or("base", String::as_str);
            return Err(Failure::new("invalid_target", message)
                .hint(format!("`limbeck downgrade heads:{target} --sql`")));
        }
        Ok(ends)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ends(asking: Asking, targets: &[&str]) -> Result<(usize, usize), Failure> {
        let targets: Vec<String> = targets.iter().map(ToString::to_string).collect();
        Ends::parse(asking, &targets).map(|ends| (ends.from.len(), ends.to.len()))
    }

    #[test]
    fn a_script_begins_at_the_base_or_where_a_range_does() {
        assert_eq!(ends(Asking::Upgrade, &["a", "b"]), Ok((0, 2)));
        assert_eq!(ends(Asking::Upgrade, &["a:b"]), Ok((1, 1)));
        assert_eq!(ends(Asking::Upgrade, &[":b"]), Ok((0, 1)));
        assert_eq!(ends(Asking::Downgrade, &["a:base"]), Ok((1, 1)));
        let refused = |asking, targets| ends(asking, targets).unwrap_err().hints;
        assert_eq!(
            refused(Asking::Downgrade, &["a1"]),
            ["`limbeck downgrade heads:a1 --sql`"]
        );
        assert_eq!(
            refused(Asking::Upgrade, &["a1:"]),
            ["`limbeck upgrade a1:heads --sql`"]
        );
        assert!(ends(Asking::Upgrade, &["a:b", "c:d"]).is_err());
    }
}
