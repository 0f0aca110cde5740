//! Splitting and quoting of command lines as a shell does it.

use std::path::Path;

/// Splits a command line into its words.
#[track_caller]
pub fn split(line: &str) -> Vec<String> {
    match shlex::split(line) {
        Some(words) => words,
        None => panic!("a quote is not closed: {line}"),
    }
}

/// Quotes a text as one word.
pub fn quoted(text: impl AsRef<Path>) -> String {
    let text = text.as_ref().to_str().expect("tests write UTF-8");
    shlex::try_quote(text)
        .expect("tests write no NUL")
        .into_owned()
}
