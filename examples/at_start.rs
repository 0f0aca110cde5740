//! An application that brings its own database up to date when it starts.
//!
//! The calls block, so an async program makes them on a thread of their own. Two instances that
//! start at once do no harm: one upgrades, the other waits and finds nothing to do.
//!
//! `DATABASE_URL=postgres://localhost/app cargo run --example at_start`

use std::time::Duration;

use limbeck::catalog::Catalog;
use limbeck::database::conninfo::Environment;
use limbeck::database::{Database, Location, Settings};
use limbeck::execute::{Event, Options, Report, Request, run};
use limbeck::script::Direction;
use limbeck::source::{Folders, Location as Versions};
use limbeck::target::Target;

#[expect(
    clippy::print_stdout,
    reason = "a program speaks, the library does not"
)]
fn upgrade(url: &str) -> Result<Report, limbeck::Error> {
    let versions = Versions::new("examples/at_start/versions");
    let catalog = Catalog::load(&[&Folders::new(vec![versions], &[])])?;
    let location = Location::parse(url, &Environment::default())?;
    let mut database = Database::connect(Settings::new(location))?;
    let request = Request::new(Direction::Upgrade, vec![Target::parse("heads")?]);
    let options = Options {
        lock_wait: Some(Duration::from_secs(60)),
        verify_tables: vec!["account".to_owned()],
        ..Options::default()
    };
    let report = run(
        &mut database,
        &catalog,
        &request,
        &options,
        &mut |event: &Event<'_>| {
            if let Event::Finished { step, .. } = event {
                println!("{} {}", step.direction, step.revision);
            }
        },
    )?;
    Ok(report)
}

#[expect(
    clippy::print_stdout,
    reason = "a program speaks, the library does not"
)]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::var("DATABASE_URL")?;
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let report = runtime.block_on(async {
        // Blocking calls on a thread of the runtime would panic; this is the way around.
        tokio::task::spawn_blocking(move || upgrade(&url)).await
    })??;
    println!("{}; now at {}", report.summary(), report.heads);
    Ok(())
}
