//! Compares what revisions are translated into with what Alembic itself writes.
//!
//! `cargo run -p alembic-compat --example compare -- FOLDER…` takes folders of revision files.
//! `--python-path FOLDER` says where the modules of the project are, `--ignore NAME` which function of
//! it does nothing, both for the next folder only; `--sqlalchemy 2.1` asks for that version instead of
//! 2.0, `--python PATH` for a Python that has Alembic and what else the projects need; `--each` lists every revision that Alembic cannot run by itself.

#[path = "../tests/oracle/alembic.rs"]
#[allow(dead_code)]
mod alembic;
#[path = "../tests/oracle/statements.rs"]
#[allow(dead_code)]
mod statements;

use std::collections::BTreeMap;
use std::error::Error;
use std::io::Write;
use std::path::PathBuf;
use std::{env, fs, io};

use alembic_compat::translate::{Direction, Settings, Translator};
use alembic_compat::{folder, revision};
use serde_json::json;

use self::alembic::Alembic;
use self::statements::comparable;

#[derive(Clone, Copy, Default)]
struct Tally {
    translated: usize,
    untranslated: usize,
    equal: usize,
    reordered: usize,
    different: usize,
    /// Those that Alembic cannot run without its project or a database.
    alone: usize,
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut settings = Settings::default();
    let mut folders: Vec<(PathBuf, Settings)> = Vec::new();
    let mut each = false;
    let mut version = "2.0".to_owned();
    let mut python = None;
    let mut arguments = env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or("the option needs a value");
        match argument.as_str() {
            "--python-path" => settings.python_path.push(value()?.into()),
            "--ignore" => settings.ignore.push(value()?),
            "--sqlalchemy" => version = value()?,
            "--python" => python = Some(value()?),
            "--each" => each = true,
            _ => folders.push((argument.into(), std::mem::take(&mut settings))),
        }
    }
    let mut out = io::stdout().lock();
    let mut total = Tally::default();
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    for (root, settings) in &folders {
        // Each project has a process of its own: its modules stay in there.
        let mut alembic = match &python {
            Some(python) => Alembic::run_by(python),
            None => Alembic::start(&version),
        };
        let translator = Translator::new(settings.clone());
        let mut tally = Tally::default();
        for path in folder::list(root, true)? {
            let Ok(source) = fs::read_to_string(&path) else {
                continue;
            };
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if revision::read(&name, &source).revision.is_none() {
                continue;
            }
            for direction in [Direction::Upgrade, Direction::Downgrade] {
                let script = match translator.translate(&source, direction, None) {
                    Ok(script) => script,
                    Err(refused) => {
                        tally.untranslated += 1;
                        *reasons.entry(general(&refused.reason)).or_default() += 1;
                        continue;
                    }
                };
                tally.translated += 1;
                let ours: Vec<String> = script
                    .segments
                    .into_iter()
                    .flat_map(|segment| segment.statements)
                    .map(|statement| statement.text)
                    .collect();
                let mut ask = |python_path: &[PathBuf]| {
                    alembic.request(&json!({
                        "path": path,
                        "python_path": python_path,
                        "function": direction.function(),
                    }))
                };
                // What a project does when it is imported may need more than its modules.
                let answer = ask(&settings.python_path).or_else(|_| ask(&[]));
                let what = format!("{} {}", path.display(), direction.function());
                match answer {
                    Err(error) => {
                        tally.alone += 1;
                        if each {
                            writeln!(out, "alone {what}: {error}")?;
                        }
                    }
                    Ok(mut theirs) => {
                        theirs.retain(|it| it != "COMMIT" && it != "BEGIN");
                        let (ours, theirs) = (comparable(&ours), comparable(&theirs));
                        let sorted = |of: &[String]| {
                            let mut of = of.to_vec();
                            of.sort();
                            of
                        };
                        if ours == theirs {
                            tally.equal += 1;
                        } else if sorted(&ours) == sorted(&theirs) {
                            // A script that goes through a set has no order of its own.
                            tally.reordered += 1;
                        } else {
                            tally.different += 1;
                            let at = ours.iter().zip(&theirs).take_while(|(a, b)| a == b).count();
                            let shown = |of: &[String]| of.get(at).cloned().unwrap_or_default();
                            writeln!(out, "different {what}")?;
                            writeln!(out, "  ours   {}", shown(&ours))?;
                            writeln!(out, "  theirs {}", shown(&theirs))?;
                        }
                    }
                }
            }
        }
        print(&mut out, &root.display().to_string(), tally)?;
        total.translated += tally.translated;
        total.untranslated += tally.untranslated;
        total.equal += tally.equal;
        total.reordered += tally.reordered;
        total.different += tally.different;
        total.alone += tally.alone;
    }
    print(&mut out, "all", total)?;
    let mut reasons: Vec<(String, usize)> = reasons.into_iter().collect();
    reasons.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    for (reason, count) in reasons.iter().take(80) {
        writeln!(out, "{count:6}  {reason}")?;
    }
    Ok(())
}

fn print(out: &mut impl Write, name: &str, tally: Tally) -> io::Result<()> {
    let Tally {
        translated,
        untranslated,
        equal,
        reordered,
        different,
        alone,
    } = tally;
    writeln!(
        out,
        "{translated:5} translated ({equal} equal, {reordered} in another order, {different} different, \
         {alone} Alembic alone cannot run), {untranslated} untranslated: {name}"
    )?;
    out.flush()
}

/// Leaves names and values out of a reason, so that alike ones are counted together.
fn general(reason: &str) -> String {
    let parts = reason.split('`').enumerate();
    let kept = parts.map(|(index, part)| match index % 2 {
        1 if part.len() > 40 => "…",
        _ => part,
    });
    kept.collect::<Vec<_>>().join("`")
}
