//! The page of error codes against the codes that the program has, and that the tests have seen.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;

/// A code of which these tests see only the error of the library below: it needs a program with
/// Rust-coded revisions.
const UNSEEN: [&str; 1] = ["stale_program"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn texts(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut texts = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                texts.push((path, text));
            }
        }
    }
    texts
}

fn all(pattern: &str, text: &str) -> BTreeSet<String> {
    let pattern = Regex::new(pattern).unwrap();
    let found = pattern.captures_iter(text);
    found.map(|captures| captures[1].to_owned()).collect()
}

/// The codes in the page's table.
fn page() -> BTreeSet<String> {
    let text = fs::read_to_string(root().join("docs/errors.md")).unwrap();
    all(r"(?m)^\| `([a-z_0-9]+)` \|", &text)
}

/// The codes in the source: where a failure is made, and what a function `code` returns.
fn source() -> BTreeSet<String> {
    let mut codes = BTreeSet::new();
    let functions = r"(?s)fn (?:\w+_)?code\([^)]*\) -> &'static str \{.*?\n(?:    )?\}";
    let functions = Regex::new(functions).unwrap();
    for (_, text) in texts(&root().join("src")) {
        let text = text.split("#[cfg(test)]").next().unwrap();
        codes.extend(all(
            r#"(?:Failure::new|Self::new|failure)\(\s*"([a-z_0-9]+)""#,
            text,
        ));
        for function in functions.find_iter(text) {
            codes.extend(all(
                r#"(?m)(?:=> |^\s+)\{?\s*"([a-z_0-9]+)""#,
                function.as_str(),
            ));
        }
    }
    // The two kinds of a line of JSON.
    codes.remove("error");
    codes.remove("warning");
    codes
}

#[test]
fn the_page_lists_the_codes_of_the_source() {
    assert_eq!(page(), source());
}

#[test]
fn each_code_is_seen_by_a_test() {
    let mut seen = BTreeSet::new();
    for (path, text) in texts(&root().join("tests/it")) {
        if !path.ends_with("error_codes.rs") {
            seen.extend(all(r#""([a-z_0-9]+)""#, &text));
        }
    }
    let unseen: Vec<_> = source()
        .into_iter()
        .filter(|code| !seen.contains(code))
        .collect();
    assert_eq!(unseen, UNSEEN);
}
