//! The floors of the source tree, read off its tokens and held against the table of ARCHITECTURE.md.
//!
//! A module names only modules of lower floors; each dependency is named only behind its door; files
//! open with what they are for, stay short, and belong to the build. Test modules inside `src/` are
//! exempt from floors and doors: a test may draw on whatever shows its point. Each rule is also held
//! against source that breaks it, so that a rule which stopped looking would be noticed.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// The modules of `src/`, lowest floor first.
const FLOORS: &[&[&str]] = &[
    &["id", "declaration", "op"],
    &["heads", "script", "target", "graph", "sql"],
    &["source", "resolve", "database"],
    &["catalog", "plan"],
    &["execute"],
    &["error"],
    &["cli"],
];

/// Files that hand out what the floors hold and have none of their own.
const FACADES: &[&str] = &["lib", "main", "prelude"];

/// The modules that may name a dependency.
const DOORS: &[(&str, &[&str])] = &[
    ("alembic_compat", &["source"]),
    ("clap", &["cli"]),
    ("petgraph", &["graph"]),
    ("pglite_rs", &["database"]),
    ("postgres", &["op", "database"]),
    ("refinery", &["database", "source"]),
    ("refinery_core", &["database", "source"]),
    ("renderdag", &["cli"]),
    ("rustls", &["database"]),
    ("rustls_native_certs", &["database"]),
    ("rustls_pki_types", &["database"]),
    ("sapling_renderdag", &["cli"]),
    ("squawk_lexer", &["sql"]),
    ("syn", &["source"]),
    ("tokio_postgres", &["database"]),
    ("tokio_postgres_rustls", &["database"]),
    ("toml", &["cli", "source"]),
];

/// Where an unordered collection could reach what a person or the database reads.
const ORDERED: &[&str] = &["plan", "execute", "sql", "cli/draw"];

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
    let mut files = sources();
    for folder in ["tests", "benches", "examples", "versions"] {
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
    let mut found = forgotten(&sources());
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

/// A source file, by its path below the folder that was read.
struct File {
    path: String,
    text: String,
    tokens: Vec<TokenTree>,
}

type Rule = fn(&File) -> Vec<(usize, String)>;

impl File {
    fn new(path: &str, text: &str) -> Self {
        let stream: TokenStream = match text.parse() {
            Ok(stream) => stream,
            Err(error) => panic!("{path}: {error}"),
        };
        Self {
            path: path.to_owned(),
            text: text.to_owned(),
            tokens: stream.into_iter().collect(),
        }
    }

    /// Returns the names of the modules from the crate down to this file.
    fn modules(&self) -> Vec<&str> {
        let mut names: Vec<_> = self.path.trim_end_matches(".rs").split('/').collect();
        if names.last() == Some(&"mod") || names == ["lib"] || names == ["main"] {
            names.pop();
        }
        names
    }

    /// Returns the name of the module on a floor, or of the file beside the floors.
    fn module(&self) -> &str {
        let first = self.path.split('/').next().unwrap_or_default();
        first.trim_end_matches(".rs")
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn sources() -> Vec<File> {
    let files = read("src");
    assert!(files.len() > 3, "the sources were not found");
    files
}

fn read(folder: &str) -> Vec<File> {
    let mut files = Vec::new();
    let base = root().join(folder);
    let mut folders: Vec<PathBuf> = vec![base.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                let path = path.strip_prefix(&base).unwrap();
                files.push(File::new(path.to_str().unwrap(), &text));
            }
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
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
    let tests = file.text.lines().position(|line| line == "#[cfg(test)]");
    let lines = tests.unwrap_or_else(|| file.text.lines().count());
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

fn declared_modules(tokens: &[TokenTree], at: &[String], named: &mut BTreeSet<String>) {
    for (index, token) in tokens.iter().enumerate() {
        let Some(name) = module_name(tokens, index, token) else {
            continue;
        };
        let path = [at, &[name]].concat();
        if let Some(TokenTree::Group(body)) = tokens.get(index + 2) {
            let body: Vec<_> = body.stream().into_iter().collect();
            declared_modules(&body, &path, named);
        } else {
            named.insert(path.join("::"));
        }
    }
}

/// Returns the name after a `mod`.
fn module_name(tokens: &[TokenTree], index: usize, token: &TokenTree) -> Option<String> {
    let (TokenTree::Ident(word), Some(TokenTree::Ident(name))) = (token, tokens.get(index + 1))
    else {
        return None;
    };
    (word == "mod").then(|| name.to_string())
}

/// Returns the first name of every path from the crate's root that the file writes outside of its
/// tests, whether it begins with `crate` or with as many `super` as lead there.
fn crate_paths(file: &File) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    paths_of(&file.tokens, file.modules().len(), &mut found);
    found
}

fn paths_of(tokens: &[TokenTree], depth: usize, found: &mut Vec<(usize, String)>) {
    let mut index = 0;
    while index < tokens.len() {
        let token = &tokens[index];
        if is_test_module(tokens, index) {
            index += 5;
            continue;
        }
        if let Some(at) = root_path(tokens, index, depth) {
            // `pub(in crate::x)` says who may look, and uses nothing.
            let restricts = matches!(index.checked_sub(1).map(|i| &tokens[i]),
                Some(TokenTree::Ident(word)) if word == "in");
            if !restricts {
                first_names(tokens.get(at), found);
            }
            // What follows is looked at again: a group may hold `self::super` paths of its own.
            index = at;
            continue;
        }
        if let TokenTree::Group(group) = token {
            let opens_module = group.delimiter() == Delimiter::Brace
                && index >= 2
                && module_name(tokens, index - 2, &tokens[index - 2]).is_some();
            let inner: Vec<_> = group.stream().into_iter().collect();
            paths_of(&inner, depth + usize::from(opens_module), found);
        }
        index += 1;
    }
}

/// Returns where a path from the crate's root goes on after `crate::`, or after the `super::`s.
fn root_path(tokens: &[TokenTree], index: usize, depth: usize) -> Option<usize> {
    let TokenTree::Ident(word) = &tokens[index] else {
        return None;
    };
    if word == "crate" {
        return is_path_sign(tokens, index + 1).then_some(index + 3);
    }
    let mut at = index;
    for _ in 0..depth {
        let Some(TokenTree::Ident(word)) = tokens.get(at) else {
            return None;
        };
        if word != "super" || !is_path_sign(tokens, at + 1) {
            return None;
        }
        at += 3;
    }
    (depth > 0).then_some(at)
}

/// Returns the names a path can go on with: one, or those of a group in braces.
fn first_names(next: Option<&TokenTree>, found: &mut Vec<(usize, String)>) {
    match next {
        Some(TokenTree::Group(group)) => {
            let inner: Vec<_> = group.stream().into_iter().collect();
            for item in inner.split(is_comma) {
                if let Some(first) = item.first() {
                    first_names(Some(first), found);
                }
            }
        }
        Some(token) => found.push((token.span().start().line, token.to_string())),
        None => {}
    }
}

/// Returns the names with which paths begin: a dependency's, where it is named at all.
fn outer_names(tokens: &[TokenTree]) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    outer_names_of(tokens, false, &mut found);
    found
}

fn outer_names_of(tokens: &[TokenTree], mut in_use: bool, found: &mut Vec<(usize, String)>) {
    let mut index = 0;
    while index < tokens.len() {
        if is_test_module(tokens, index) {
            index += 5;
            continue;
        }
        let continues = index >= 3
            && is_path_sign(tokens, index - 2)
            && matches!(&tokens[index - 3], TokenTree::Ident(word) if word != "use");
        match &tokens[index] {
            TokenTree::Ident(word) if word == "use" => in_use = true,
            TokenTree::Ident(word) if !continues => {
                if in_use || is_path_sign(tokens, index + 1) {
                    found.push((word.span().start().line, word.to_string()));
                }
            }
            TokenTree::Punct(sign) if sign.as_char() == ';' => in_use = false,
            // The names in `path::{a, b}` begin nothing.
            TokenTree::Group(group) if !continues => {
                let inner: Vec<_> = group.stream().into_iter().collect();
                outer_names_of(&inner, in_use, found);
            }
            _ => {}
        }
        index += 1;
    }
}

/// Returns whether `#[cfg(test)] mod name { … }` begins here.
fn is_test_module(tokens: &[TokenTree], index: usize) -> bool {
    let text = |at: usize| tokens.get(at).map(ToString::to_string).unwrap_or_default();
    text(index) == "#"
        && text(index + 1).replace(' ', "") == "[cfg(test)]"
        && text(index + 2) == "mod"
        && matches!(tokens.get(index + 4), Some(TokenTree::Group(_)))
}

fn is_path_sign(tokens: &[TokenTree], at: usize) -> bool {
    let colon =
        |at: usize| matches!(tokens.get(at), Some(TokenTree::Punct(p)) if p.as_char() == ':');
    colon(at) && colon(at + 1)
}

fn is_comma(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Punct(sign) if sign.as_char() == ',')
}

fn each_token(tokens: &[TokenTree], see: &mut impl FnMut(&TokenTree)) {
    let mut index = 0;
    while index < tokens.len() {
        if is_test_module(tokens, index) {
            index += 5;
            continue;
        }
        see(&tokens[index]);
        if let TokenTree::Group(group) = &tokens[index] {
            let inner: Vec<_> = group.stream().into_iter().collect();
            each_token(&inner, see);
        }
        index += 1;
    }
}
