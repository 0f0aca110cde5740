//! Source files as tokens: which names they write, and which modules they declare.
//!
//! Tokens rather than lines: a name in a comment or a text is none, and a name inside a macro is one.
//! Test modules are passed over.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// A source file, by its path below the folder that was read.
pub struct File {
    pub path: String,
    pub text: String,
    pub tokens: Vec<TokenTree>,
}

impl File {
    /// Reads a source.
    pub fn new(path: &str, text: &str) -> Self {
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
    pub fn modules(&self) -> Vec<&str> {
        let mut names: Vec<_> = self.path.trim_end_matches(".rs").split('/').collect();
        if names.last() == Some(&"mod") || names == ["lib"] || names == ["main"] {
            names.pop();
        }
        names
    }

    /// Returns whether this is a test module in a file of its own.
    pub fn is_test(&self) -> bool {
        self.modules().contains(&"tests")
    }

    /// Returns the name of the module on a floor, or of the file beside the floors.
    pub fn module(&self) -> &str {
        let first = self.path.split('/').next().unwrap_or_default();
        first.trim_end_matches(".rs")
    }
}

/// Returns the repository's folder.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Reads every Rust file below a folder of the repository, sorted by path; none where there is no folder.
pub fn read(folder: &str) -> Vec<File> {
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

/// Collects the paths of the modules that `mod name;` declares below a module.
pub fn declared_modules(tokens: &[TokenTree], at: &[String], named: &mut BTreeSet<String>) {
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
pub fn crate_paths(file: &File) -> Vec<(usize, String)> {
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
pub fn outer_names(tokens: &[TokenTree]) -> Vec<(usize, String)> {
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
            TokenTree::Ident(word) if !continues && (in_use || is_path_sign(tokens, index + 1)) => {
                found.push((word.span().start().line, word.to_string()));
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

/// Shows every token outside of the tests.
pub fn each_token(tokens: &[TokenTree], see: &mut impl FnMut(&TokenTree)) {
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
