//! Tells how much of Alembic trees can be translated, and what stands in the way of the rest.
//!
//! `cargo run --release -p alembic-compat --example coverage -- FOLDER…` takes folders of revision
//! files; `--python-path FOLDER` says where the modules of the project are, `--type NAME=TYPE` what a
//! column type of it is, `--ignore NAME` which function does nothing, all for the next folder only;
//! `--each` lists every refusal.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use std::{env, fs, io};

use alembic_compat::folder;
use alembic_compat::revision;
use alembic_compat::translate::{Direction, Obstacle, Settings, Translator};

#[derive(Default)]
struct Tally {
    revisions: usize,
    up: usize,
    down: usize,
    /// Those that have a `downgrade()`.
    downs: usize,
    /// Refusals that a database would help with.
    asks: usize,
    /// Of those, the ones that come to something else all the same, in every run or in some.
    stops: [usize; 2],
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut settings = Settings::default();
    let mut folders: Vec<(PathBuf, Settings)> = Vec::new();
    let mut each = false;
    let mut arguments = env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or("the option needs a value");
        match argument.as_str() {
            "--python-path" => settings.python_path.push(value()?.into()),
            "--ignore" => settings.ignore.push(value()?),
            "--type" => {
                let given = value()?;
                let (name, kind) = given.split_once('=').ok_or("NAME=TYPE is wanted")?;
                settings.types.insert(name.to_owned(), kind.to_owned());
            }
            "--each" => each = true,
            _ => folders.push((argument.into(), std::mem::take(&mut settings))),
        }
    }
    let mut out = io::stdout().lock();
    let mut total = Tally::default();
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    let mut spent = Duration::ZERO;
    writeln!(
        out,
        "{:44} {:>9} {:>5} {:>5} {:>5} {:>5} {:>5}",
        "tree", "revisions", "up", "down", "asks", "stop", "may"
    )?;
    for (root, settings) in &folders {
        let mut tally = Tally::default();
        let translator = Translator::new(settings.clone());
        for path in folder::list(root, true)? {
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            let Ok(source) = fs::read_to_string(&path) else {
                continue;
            };
            if revision::read(&name, &source).revision.is_none() {
                continue;
            }
            tally.revisions += 1;
            let start = Instant::now();
            let up = translator.translate(&source, Direction::Upgrade, None);
            let down = translator.translate(&source, Direction::Downgrade, None);
            spent += start.elapsed();
            tally.up += usize::from(up.is_ok());
            tally.down += usize::from(down.is_ok());
            tally.downs += usize::from(source.contains("def downgrade("));
            for (direction, refused) in [(Direction::Upgrade, &up), (Direction::Downgrade, &down)] {
                if !refused
                    .as_ref()
                    .is_err_and(|refused| refused.needs_database)
                {
                    continue;
                }
                let start = Instant::now();
                let outlook = translator.look_ahead(&source, direction);
                spent += start.elapsed();
                if let Some(Obstacle {
                    untranslated,
                    certain,
                }) = outlook.obstacle
                {
                    tally.stops[usize::from(!certain)] += 1;
                    if each {
                        let path = shown(&path);
                        let often = if certain { "always" } else { "may" };
                        let function = direction.function();
                        writeln!(out, "  {path}:{untranslated} ({often}, in {function})")?;
                    }
                }
            }
            if let Err(refused) = up {
                tally.asks += usize::from(refused.needs_database);
                if each {
                    writeln!(
                        out,
                        "  {}:{}: {}",
                        shown(&path),
                        refused.line,
                        refused.reason
                    )?;
                }
                *reasons.entry(general(&refused.reason)).or_default() += 1;
            }
        }
        print(&mut out, &shown(root), &tally)?;
        total.revisions += tally.revisions;
        total.up += tally.up;
        total.down += tally.down;
        total.downs += tally.downs;
        total.asks += tally.asks;
        for (total, tree) in total.stops.iter_mut().zip(tally.stops) {
            *total += tree;
        }
    }
    print(&mut out, "all", &total)?;
    writeln!(out, "\nwhy upgrades are refused:")?;
    let mut reasons: Vec<(String, usize)> = reasons.into_iter().collect();
    reasons.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    for (reason, count) in reasons.iter().take(60) {
        writeln!(out, "{count:6}  {reason}")?;
    }
    writeln!(out, "\n{} ms", spent.as_millis())?;
    Ok(())
}

fn print(out: &mut impl Write, name: &str, tally: &Tally) -> io::Result<()> {
    let Tally {
        revisions,
        up,
        down,
        downs,
        asks,
        stops: [stops, may],
    } = tally;
    let share = |part: usize, of: usize| (part * 100).checked_div(of).unwrap_or(0);
    let (up, down) = (share(*up, *revisions), share(*down, *downs));
    writeln!(
        out,
        "{name:44} {revisions:9} {up:>4}% {down:>4}% {asks:5} {stops:5} {may:5}"
    )
}

/// Leaves names and values out of a reason, so that alike ones are counted together.
fn general(reason: &str) -> String {
    let parts = reason.split('`').enumerate();
    let kept = parts.map(|(index, part)| match index % 2 {
        1 if part.len() > 24 || part.contains('.') && !part.starts_with("op.") => "…",
        _ => part,
    });
    kept.collect::<Vec<_>>().join("`")
}

fn shown(path: &Path) -> String {
    let parts: Vec<_> = path
        .components()
        .rev()
        .take(4)
        .map(|part| part.as_os_str().to_string_lossy())
        .collect();
    parts.into_iter().rev().collect::<Vec<_>>().join("/")
}
