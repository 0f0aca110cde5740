//! The graph: ids, parents, dependencies, labels, heads, bases and the order of the history.

use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use serde_json::Value;

use super::{Tree, trees};
use crate::support::{oracle, project};

#[test]
fn every_tree_is_the_graph_that_alembic_loads() {
    let trees = trees();
    let next = AtomicUsize::new(0);
    let work = || {
        let (mut revisions, mut wrong) = (0, Vec::new());
        while let Some(tree) = trees.get(next.fetch_add(1, Ordering::Relaxed)) {
            let expected = asked_of_alembic(tree);
            let found = asked_of_limbeck(tree);
            revisions += expected.len();
            if let Some(difference) = difference(&expected, &found) {
                wrong.push(format!("{}: {difference}", tree.name));
            }
        }
        (revisions, wrong)
    };
    let (revisions, wrong) = thread::scope(|scope| {
        let other = scope.spawn(work);
        let (revisions, mut wrong) = work();
        let (more, also) = other.join().unwrap();
        wrong.extend(also);
        (revisions + more, wrong)
    });
    println!("{} trees with {revisions} revisions", trees.len());
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert!(trees.len() >= 20 && revisions >= 1500);
}

/// Newest first.
fn asked_of_alembic(tree: &Tree) -> Vec<Value> {
    let script = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/it/trees/alembic_graph.py"
    );
    let output = Command::new(oracle::python())
        .arg(script)
        .args([&tree.versions, &tree.root])
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {errors}", tree.name);
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Newest first.
fn asked_of_limbeck(tree: &Tree) -> Vec<Value> {
    let settings = format!(
        "version_locations = ['{}']\nrecursive_version_locations = true\n{}",
        tree.versions.display(),
        tree.declarations()
    );
    let project = project().file("limbeck.toml", settings);
    let answer = project.ok("history --format json");
    assert_eq!(answer.stderr, "", "{}", tree.name);
    let mut answer = answer.json();
    let Value::Array(revisions) = answer["revisions"].take() else {
        panic!("{}: no revisions", tree.name);
    };
    revisions
}

/// Returns the first thing that is not the same.
fn difference(expected: &[Value], found: &[Value]) -> Option<String> {
    for (position, (expected, found)) in expected.iter().zip(found).enumerate() {
        for key in [
            "revision",
            "down_revision",
            "depends_on",
            "branch_labels",
            "head",
            "base",
            "message",
        ] {
            let (expected, found) = (sorted(&expected[key]), sorted(&found[key]));
            if expected != found {
                return Some(format!(
                    "{key} of number {position}: {expected} became {found}"
                ));
            }
        }
    }
    let (expected, found) = (expected.len(), found.len());
    (expected != found).then(|| format!("{expected} revisions became {found}"))
}

fn sorted(value: &Value) -> Value {
    let mut value = value.clone();
    if let Value::Array(items) = &mut value {
        items.sort_by_key(ToString::to_string);
    }
    value
}
