//! The floors of the source tree, read off its tokens and held against the table of ARCHITECTURE.md.
//!
//! A module names only modules of lower floors; each dependency is named only behind its door; files
//! open with what they are for, stay short, and belong to the build. Test modules inside `src/` are
//! exempt from floors and doors: a test may draw on whatever shows its point. Each rule is also held
//! against source that breaks it, so that a rule which stopped looking would be noticed.

use std::collections::BTreeSet;

use proc_macro2::TokenTree;

use crate::support::tokens::{File, crate_paths, declared_modules, each_token, outer_names, read};

/// The modules of `src/`, lowest floor first.
const FLOORS: &[&[&str]] = &[
    &["id", "declaration", "op"],
    &["heads", "script", "target"],
    &["graph", "sql"],
    &["source", "resolve", "database", "chart"],
    &["catalog", "plan", "schema", "scratch", "tracking"],
    &["adopt", "check", "execute", "rebase"],
    &["replay"],
    &["error"],
    &["cli"],
];

/// Files that hand out what the floors hold and have none of their own.
const FACADES: &[&str] = &["lib", "main", "prelude"];

/// The modules that may name a dependency.
const DOORS: &[(&str, &[&str])] = &[
    ("alembic_compat", &["cli", "source"]),
    ("anstream", &["cli"]),
    ("anstyle", &["cli"]),
    ("clap", &["cli"]),
    ("crc32fast", &["source"]),
    ("jiff", &["cli"]),
    ("petgraph", &["graph"]),
    ("pglite", &["database"]),
    ("postgres", &["op", "database"]),
    ("refinery", &["database", "source"]),
    ("refinery_core", &["database", "source"]),
    ("renderdag", &["cli"]),
    ("rustls", &["database"]),
    ("rustls_native_certs", &["database"]),
    ("rustls_pki_types", &["database"]),
    ("sapling_renderdag", &["cli"]),
    ("signal_hook", &["cli"]),
    ("siphasher", &["source"]),
    ("squawk_lexer", &["sql"]),
    ("syn", &["source"]),
    ("tokio", &["database"]),
    ("tokio_postgres", &["database"]),
    ("tokio_postgres_rustls", &["database"]),
    ("toml", &["cli", "source"]),
];

/// Where an unordered collection could reach what a person or the database reads.
const ORDERED: &[&str] = &[
    "plan",
    "execute",
    "sql",
    "cli/draw",
    "schema/compare",
    "schema/fingerprint",
];

/// How long a file may be before its tests.
const LINES: usize = 500;

#[test]
fn modules_use_only_lower_floors() {
    assert_none(&findings(&sources(), floors));
}

#[test]
fn dependencies_are_named_only_behind_their_doors() {
    assert_none(&findings(&sources(), doors));
}

#[test]
fn only_lib_and_cli_name_the_sum_of_errors() {
    assert_none(&findings(&sources(), sum_of_errors));
}

#[test]
fn nothing_unordered_reaches_an_output() {
    assert_none(&findings(&sources(), unordered));
}

#[test]
fn every_file_opens_with_what_it_is_for() {
    let mut files = Vec::new();
    for folder in ["src", "tests", "benches", "examples", "versions"] {
        files.extend(read(folder));
    }
    for member in ["alembic-compat/src", "limbeck-build/src"] {
        files.extend(read(member));
    }
    assert_none(&findings(&files, no_opening));
}

#[test]
fn no_file_is_long() {
    let mut files = sources();
    for member in ["alembic-compat/src", "limbeck-build/src"] {
        files.extend(read(member));
    }
    assert_none(&findings(&files, long));
}

#[test]
fn no_file_is_forgotten() {
    let mut found = forgotten(&read("src"));
    found.extend(forgotten(&read("tests/it")));
    for member in ["alembic-compat/src", "limbeck-build/src"] {
        found.extend(forgotten(&read(member)));
    }
    assert_none(&found);
}

#[test]
fn each_dependency_of_the_design_has_a_door_that_exists() {
    let modules: BTreeSet<_> = FLOORS.concat().into_iter().collect();
    for (dependency, doors) in DOORS {
        for door in *doors {
            assert!(modules.contains(door), "{dependency}: no module `{door}`");
        }
    }
}

#[test]
fn a_broken_floor_is_seen() {
    let found = |path, text| findings(&[File::new(path, text)], floors).join("\n");
    for (path, text) in [
        ("heads.rs", "use crate::plan::Plan;"),
        ("heads.rs", "use crate::target::Target; // of its own floor"),
        (
            "heads.rs",
            "use crate::{id::RevisionId, plan::{Plan, Step}};",
        ),
        ("heads.rs", "fn f() { let x = crate::plan::upgrade(); }"),
        (
            "heads.rs",
            "fn f() { say!(\"{}\", crate::plan::upgrade()); }",
        ),
        ("heads.rs", "use super::plan::Plan;"),
        ("graph/build.rs", "use super::super::plan::Plan;"),
        (
            "graph/build.rs",
            "mod inner { use super::super::super::plan::Plan; }",
        ),
        ("heads.rs", "pub(crate) use crate::plan;"),
        ("heads.rs", "use crate::Plan; // by its other name"),
        ("heads.rs", "use crate::*;"),
        ("helper.rs", "fn f() {}"),
    ] {
        assert_ne!(found(path, text), "", "{path}: {text}");
    }
    for (path, text) in [
        ("plan.rs", "use crate::heads::{Heads, RowEdit};"),
        (
            "plan.rs",
            "/// See [`crate::cli`].\nconst X: &str = \"crate::cli\"; // crate::cli",
        ),
        (
            "plan.rs",
            "pub(crate) fn f() {} pub(in crate::plan) fn g() {}",
        ),
        (
            "plan/stamp.rs",
            "use super::Plan; use crate::plan::Step; use super::super::plan::X;",
        ),
        (
            "plan.rs",
            "#[cfg(test)]\nmod tests { use super::*; use crate::cli::Args; }",
        ),
        ("lib.rs", "pub use crate::cli::main;"),
        ("cli/upgrade.rs", "use crate::{Error, plan};"),
    ] {
        assert_eq!(found(path, text), "", "{path}: {text}");
    }
}

#[test]
fn a_broken_rule_is_seen() {
    let one = |path: &str, text: &str, rule: Rule| findings(&[File::new(path, text)], rule).len();
    assert_eq!(one("plan.rs", "use petgraph::Graph;", doors), 1);
    assert_eq!(one("plan.rs", "use ::petgraph::Graph;", doors), 1);
    assert_eq!(
        one("plan.rs", "type X = petgraph::Graph<(), ()>;", doors),
        1
    );
    assert_eq!(one("plan.rs", "use petgraph as p;", doors), 1);
    assert_eq!(one("plan.rs", "use {std::fmt, petgraph::Graph};", doors), 1);
    assert_eq!(one("plan.rs", "#[derive(clap::Args)]\nstruct X;", doors), 1);
    assert_eq!(one("graph/build.rs", "use petgraph::Graph;", doors), 0);
    assert_eq!(
        one(
            "execute.rs",
            "use crate::database::postgres::X; use x::{postgres};",
            doors
        ),
        0
    );
    assert_eq!(one("plan.rs", "use crate::Error;", sum_of_errors), 1);
    assert_eq!(
        one("plan.rs", "fn f() -> crate::Error {}", sum_of_errors),
        1
    );
    assert_eq!(
        one(
            "plan.rs",
            "use crate::{id::RevisionId, error::Error};",
            sum_of_errors
        ),
        1
    );
    assert_eq!(one("cli/mod.rs", "use crate::Error;", sum_of_errors), 0);
    assert_eq!(
        one(
            "sql/render.rs",
            "use std::collections::{BTreeMap, HashMap};",
            unordered
        ),
        1
    );
    assert_eq!(one("cli/draw.rs", "let x = HashSet::new();", unordered), 1);
    assert_eq!(
        one(
            "graph/build.rs",
            "use std::collections::HashMap;",
            unordered
        ),
        0
    );
    assert_eq!(one("plan.rs", "use std::fmt;\n//! late", no_opening), 1);
    assert_eq!(one("plan.rs", "//! early", no_opening), 0);
    let lines = "fn f() {}\n".repeat(LINES + 1);
    assert_eq!(one("plan.rs", &lines, long), 1);
    let tests = format!("fn f() {{}}\n#[cfg(test)]\nmod tests {{\n{lines}}}");
    assert_eq!(one("plan.rs", &tests, long), 0);
    let tree = [
        File::new(
            "lib.rs",
            "pub mod plan; #[cfg(feature = \"x\")] mod extra; mod cli { mod up; }",
        ),
        File::new("plan/mod.rs", "mod stamp;"),
        File::new("plan/stamp.rs", ""),
        File::new("plan/merge.rs", ""),
        File::new("extra.rs", ""),
        File::new("cli/up.rs", ""),
        File::new("lost.rs", ""),
    ];
    assert_eq!(forgotten(&tree).len(), 2, "{:?}", forgotten(&tree));
}

type Rule = fn(&File) -> Vec<(usize, String)>;

/// Reads the library and the program, without the tests inside them.
fn sources() -> Vec<File> {
    let mut files = read("src");
    files.retain(|file| !file.is_test());
    assert!(files.len() > 3, "the sources were not found");
    files
}

fn findings(files: &[File], rule: Rule) -> Vec<String> {
    let of_file = |file: &File| -> Vec<_> {
        let found = rule(file).into_iter();
        found
            .map(|(line, what)| format!("{}:{line}: {what}", file.path))
            .collect()
    };
    files.iter().flat_map(of_file).collect()
}

#[track_caller]
fn assert_none(found: &[String]) {
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

fn floors(file: &File) -> Vec<(usize, String)> {
    let module = file.module();
    if FACADES.contains(&module) {
        return Vec::new();
    }
    let Some(floor) = floor_of(module) else {
        return vec![(1, format!("`{module}` has no floor in tests/it/layers.rs"))];
    };
    crate_paths(file)
        .into_iter()
        .filter(|(_, used)| used != module && floor_of(used).is_none_or(|it| it >= floor))
        .filter(|(_, used)| !(used == "Error" && module == "cli"))
        .map(|(line, used)| {
            (
                line,
                format!("`{module}` may not use `{used}`: it is not below it"),
            )
        })
        .collect()
}

fn floor_of(module: &str) -> Option<usize> {
    FLOORS.iter().position(|floor| floor.contains(&module))
}

fn doors(file: &File) -> Vec<(usize, String)> {
    let module = file.module();
    let mut found = Vec::new();
    for (line, name) in outer_names(&file.tokens) {
        let door = DOORS.iter().find(|(dependency, _)| *dependency == name);
        if door.is_some_and(|(_, modules)| !modules.contains(&module)) {
            found.push((
                line,
                format!("`{module}` may not name `{name}`: it has a door"),
            ));
        }
    }
    found
}

fn sum_of_errors(file: &File) -> Vec<(usize, String)> {
    if ["cli", "error", "lib", "main"].contains(&file.module()) {
        return Vec::new();
    }
    let names = crate_paths(file).into_iter();
    names
        .filter(|(_, name)| name == "Error" || name == "error")
        .map(|(line, _)| {
            (
                line,
                "the sum of errors is named only by lib.rs and cli/".to_owned(),
            )
        })
        .collect()
}

fn unordered(file: &File) -> Vec<(usize, String)> {
    let path = file.path.trim_end_matches(".rs");
    let inside = |place: &str| path == place || path.starts_with(&format!("{place}/"));
    if !ORDERED.iter().any(|place| inside(place)) {
        return Vec::new();
    }
    let mut found = Vec::new();
    each_token(&file.tokens, &mut |token| {
        if let TokenTree::Ident(name) = token
            && (name == "HashMap" || name == "HashSet")
        {
            let line = name.span().start().line;
            found.push((line, format!("`{name}` has no order")));
        }
    });
    found
}

fn no_opening(file: &File) -> Vec<(usize, String)> {
    if file.text.starts_with("//!") {
        return Vec::new();
    }
    vec![(1, "does not begin with `//!` and what it is for".to_owned())]
}

fn long(file: &File) -> Vec<(usize, String)> {
    let code = file.text.split("\n#[cfg(test)]\nmod ").next();
    let lines = code.unwrap_or_default().lines().count();
    if lines <= LINES {
        return Vec::new();
    }
    vec![(
        lines,
        format!("{lines} lines before its tests; {LINES} are enough"),
    )]
}

/// Returns the files that no `mod` names, and so no compiler reads.
fn forgotten(files: &[File]) -> Vec<String> {
    let mut named = BTreeSet::new();
    for file in files {
        let modules: Vec<_> = file.modules().into_iter().map(str::to_owned).collect();
        declared_modules(&file.tokens, &modules, &mut named);
    }
    files
        .iter()
        .filter(|file| !file.modules().is_empty() && !named.contains(&file.modules().join("::")))
        .map(|file| format!("{}: no `mod` names it", file.path))
        .collect()
}
