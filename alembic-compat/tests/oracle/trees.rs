//! The SQL of public Alembic trees, both ways: that of each revision that is translated is what Alembic
//! itself writes.
//!
//! The trees are those of `tests/trees.txt` of the workspace, a few of them unless `LIMBECK_TREES=all`.
//! What Alembic cannot run, since the modules of the application are not installed, and what differs for
//! a reason stands in `trees.txt` beside this file; whatever is not there fails with its line for it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{env, fs, thread};

use alembic_compat::translate::{Direction, Settings, Translator};
use alembic_compat::{folder, revision};
use serde_json::json;

use crate::alembic::Alembic;
use crate::statements::comparable;

/// The trees that every run of the tests goes through.
const QUICK: [&str; 5] = [
    "anitya",
    "argilla-server",
    "bodhi-server",
    "keystone",
    "sahara",
];

/// The functions that do nothing to the database, as the documents say of the trees.
const IGNORED: [(&str, &str); 1] = [("ckan", "ckan.migration.skip_based_on_legacy_engine_version")];

#[test]
fn trees_are_written_as_alembic_writes_them() {
    let all = env::var("LIMBECK_TREES").is_ok_and(|which| which == "all");
    let trees: Vec<Tree> = trees()
        .into_iter()
        .filter(|tree| all || QUICK.contains(&&*tree.name))
        .collect();
    let next = AtomicUsize::new(0);
    let work = || {
        let mut found = Found::default();
        while let Some(tree) = trees.get(next.fetch_add(1, Ordering::Relaxed)) {
            tree.compare(&mut found);
        }
        found
    };
    let found = thread::scope(|scope| {
        let other = scope.spawn(work);
        let mut found = work();
        found.add(other.join().expect("no panic"));
        found
    });
    for (direction, tally) in ["upgrades", "downgrades"].iter().zip(found.tallies) {
        let [equal, reordered, different, alone, untranslated] = tally;
        println!(
            "{direction}: {equal} alike, {reordered} in another order, {different} different, \
             {alone} that Alembic cannot run, {untranslated} not translated"
        );
    }
    let wanted = listed(&trees);
    let found_lines = found.lines();
    let missing: Vec<_> = found_lines.difference(&wanted).cloned().collect();
    let gone: Vec<_> = wanted.difference(&found_lines).cloned().collect();
    assert!(
        missing.is_empty() && gone.is_empty(),
        "\n{}\nnot in trees.txt:\n{}\nno longer so:\n{}",
        found.shown.join("\n"),
        missing.join("\n"),
        gone.join("\n")
    );
    assert!(found.tallies[0][0] >= if all { 1000 } else { 100 });
}

struct Tree {
    name: String,
    /// The folder of its modules.
    root: PathBuf,
    /// The folder of its revisions.
    versions: PathBuf,
}

/// What a comparison has found.
#[derive(Default)]
struct Found {
    /// Of upgrades and downgrades: alike, in another order, different, beyond Alembic, untranslated.
    tallies: [[usize; 5]; 2],
    /// What is alike but for the order, and what differs.
    unlike: BTreeSet<String>,
    /// How often Alembic fails in each tree, and why.
    alone: BTreeMap<(String, String), usize>,
    /// What to show of the differences.
    shown: Vec<String>,
}

impl Found {
    fn add(&mut self, other: Self) {
        for (own, other) in self.tallies.iter_mut().zip(other.tallies) {
            own.iter_mut().zip(other).for_each(|(own, it)| *own += it);
        }
        self.unlike.extend(other.unlike);
        self.alone.extend(other.alone);
        self.shown.extend(other.shown);
    }

    /// Returns the lines of `trees.txt` that say so.
    fn lines(&self) -> BTreeSet<String> {
        let alone = self.alone.iter();
        let alone = alone.map(|((tree, why), count)| format!("beyond {tree} {count} {why}"));
        self.unlike.iter().cloned().chain(alone).collect()
    }
}

impl Tree {
    fn compare(&self, found: &mut Found) {
        // Each has a process of its own: its modules stay in there.
        let mut alembic = Alembic::start("2.0");
        let mut settings = Settings::default();
        settings.python_path.push(self.root.clone());
        let ignored = IGNORED.iter().filter(|(tree, _)| *tree == self.name);
        settings
            .ignore
            .extend(ignored.map(|(_, name)| (*name).to_owned()));
        let translator = Translator::new(settings.clone());
        for path in folder::list(&self.versions, true).expect("it can be listed") {
            let source = fs::read_to_string(&path).expect("it can be read");
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if revision::read(&name, &source).revision.is_none() {
                continue;
            }
            for (at, direction) in [Direction::Upgrade, Direction::Downgrade]
                .into_iter()
                .enumerate()
            {
                let tally = &mut found.tallies[at];
                let Ok(script) = translator.translate(&source, direction, None) else {
                    tally[4] +=
                        usize::from(source.contains(&format!("def {}(", direction.function())));
                    continue;
                };
                let statements = script.segments.into_iter().flat_map(|it| it.statements);
                let ours: Vec<String> = statements.map(|statement| statement.text).collect();
                let mut ask = |folders: &[PathBuf]| {
                    alembic.request(&json!({
                        "path": path,
                        "python_path": folders,
                        "ignore": if folders.is_empty() { &[] } else { &settings.ignore[..] },
                        "function": direction.function(),
                    }))
                };
                // What a project does when it is imported may need more than its modules.
                let answer = ask(&settings.python_path).or_else(|_| ask(&[]));
                let line = format!("{} {} {name} {}", "{}", self.name, direction.function());
                match answer {
                    Err(why) => {
                        tally[3] += 1;
                        *found
                            .alone
                            .entry((self.name.clone(), general(&why)))
                            .or_default() += 1;
                    }
                    Ok(mut theirs) => {
                        theirs.retain(|it| it != "COMMIT" && it != "BEGIN");
                        let (ours, theirs) = (comparable(&ours), comparable(&theirs));
                        let sorted = |of: &[String]| of.iter().cloned().collect::<BTreeSet<_>>();
                        if ours == theirs {
                            tally[0] += 1;
                        } else if sorted(&ours) == sorted(&theirs) {
                            tally[1] += 1;
                            found.unlike.insert(line.replace("{}", "reordered"));
                        } else {
                            tally[2] += 1;
                            let line = line.replace("{}", "different");
                            let at = ours.iter().zip(&theirs).take_while(|(a, b)| a == b).count();
                            let (ours, theirs) = (ours.get(at), theirs.get(at));
                            found
                                .shown
                                .push(format!("{line}\n  {ours:?}\n  {theirs:?}"));
                            found.unlike.insert(line);
                        }
                    }
                }
            }
        }
    }
}

/// Leaves out of an error what differs from one revision to the next.
fn general(error: &str) -> String {
    if error.contains(" is not there (") {
        return "needs a module that is not there".to_owned();
    }
    let parts = error.split('\'').enumerate();
    let kept = parts.map(|(index, part)| if index % 2 == 1 { "…" } else { part });
    kept.collect::<Vec<_>>().join("'").replace('\n', " ")
}

/// Reads what is known to be so of some trees.
fn listed(trees: &[Tree]) -> BTreeSet<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracle/trees.txt");
    let text = fs::read_to_string(path).expect("the file is there");
    let of_trees = |line: &&str| {
        let tree = line.split(' ').nth(1);
        trees.iter().any(|known| tree == Some(&*known.name))
    };
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.filter(of_trees).map(str::to_owned).collect()
}

/// Returns all trees, in the order of their list.
fn trees() -> Vec<Tree> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let unpacked = Command::new("sh")
        .arg(workspace.join("tests/trees.sh"))
        .output();
    let unpacked = unpacked.expect("`sh` runs");
    let told = String::from_utf8_lossy(&unpacked.stderr).into_owned();
    assert!(unpacked.status.success(), "{told}");
    let all = PathBuf::from(String::from_utf8_lossy(&unpacked.stdout).trim());
    let list = fs::read_to_string(workspace.join("tests/trees.txt")).expect("the list is there");
    let trees = list.lines().filter_map(|line| {
        let (package, folder) = line.split_once('#')?;
        let (name, _) = package.trim().split_once("==")?;
        let root = all.join(name);
        let versions = root.join(folder.trim());
        let name = name.to_owned();
        Some(Tree {
            name,
            root,
            versions,
        })
    });
    trees.collect()
}
