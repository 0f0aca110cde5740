//! Rust-coded revisions, read without compiling: the declaration in `const REVISION`.
//!
//! Only the outline of the file and that one item are looked at, so that a file which does not
//! compile at the moment still has its place in the graph.

use std::path::Path;

use chrono::DateTime;
use limbeck_build::outline;
use syn::spanned::Spanned;
use syn::{Expr, ItemConst, Lit};

use super::error::{Problem, SourceError, suggest};
use crate::declaration::{Claim, Declaration, Format};

const WORDS: [&str; 7] = [
    "new",
    "down_revision",
    "down_revisions",
    "branch_labels",
    "depends_on",
    "created",
    "message",
];

/// Reads the declaration of a Rust-coded revision.
///
/// Returns one where the revision's id is known, errors or not.
pub(super) fn declare(
    path: &Path,
    source: &str,
    errors: &mut Vec<SourceError>,
) -> Option<Declaration> {
    let mut report = |line, problem| errors.push(SourceError::new(path, line, problem));
    if source.trim().is_empty() {
        report(0, Problem::NoRevision);
        return None;
    }
    let outline = outline(source);
    // Either may be there all the same, behind a bracket that nothing closes.
    let is_whole = outline.upgrade.is_some() && outline.revision.is_some();
    let broken = if is_whole { None } else { syntax_error(source) };
    let is_broken = broken.is_some();
    match broken {
        Some((line, problem)) => report(line, problem),
        None if outline.upgrade.is_none() => report(0, Problem::NoFunction),
        None => {}
    }
    let Some(item) = outline.revision else {
        if !is_broken {
            report(0, Problem::NoRevision);
        }
        return None;
    };
    let text = &source[item.range.clone()];
    let mut reader = Reader {
        // The item's text begins on the line of its keyword, which its name need not share.
        before: line_of(source, item.range.start) - 1,
        declaration: Declaration {
            message: outline.doc,
            path: Some(path.into()),
            ..Declaration::new(Claim::new("", 0), Format::Rust)
        },
        faults: Vec::new(),
    };
    match syn::parse_str::<ItemConst>(text) {
        Ok(constant) => reader.expression(&constant.expr),
        Err(error) => {
            let message = error.to_string();
            reader.fault(error.span(), Problem::Syntax { message });
        }
    }
    // The parser keeps every text it has seen on this thread until told to forget.
    proc_macro2::extra::invalidate_current_thread_spans();
    for (line, problem) in reader.faults {
        report(line, problem);
    }
    let known = !reader.declaration.revision.value.is_empty();
    known.then_some(reader.declaration)
}

/// Where a whole file stops being Rust.
fn syntax_error(source: &str) -> Option<(u32, Problem)> {
    let error = syn::parse_file(source).err()?;
    let line = u32::try_from(error.span().start().line).unwrap_or(u32::MAX);
    let mut message = error.to_string();
    // The words for a text that falls apart before it comes to grammar.
    if message == "cannot parse string into token stream" {
        message = "a bracket or a quote has no other half".to_owned();
    }
    proc_macro2::extra::invalidate_current_thread_spans();
    Some((line, Problem::Syntax { message }))
}

fn line_of(source: &str, offset: usize) -> u32 {
    let ends = source[..offset].matches('\n').count();
    u32::try_from(ends + 1).unwrap_or(u32::MAX)
}

struct Reader {
    /// The number of lines above the text that was parsed.
    before: u32,
    declaration: Declaration,
    faults: Vec<(u32, Problem)>,
}

impl Reader {
    fn line(&self, span: proc_macro2::Span) -> u32 {
        let line = u32::try_from(span.start().line).unwrap_or(u32::MAX);
        self.before.saturating_add(line)
    }

    fn fault(&mut self, span: proc_macro2::Span, problem: Problem) {
        let line = self.line(span);
        self.faults.push((line, problem));
    }

    fn not_literal(&mut self, span: proc_macro2::Span, what: &str) {
        let what = what.to_owned();
        self.fault(span, Problem::NotLiteral { what });
    }

    /// Reads `Revision::new("…")` and the words called on it, the first word first.
    fn expression(&mut self, expression: &Expr) {
        match expression {
            Expr::MethodCall(call) => {
                self.expression(&call.receiver);
                let word = call.method.to_string();
                let span = call.method.span();
                let mut arguments = call.args.iter();
                match (arguments.next(), arguments.next()) {
                    (Some(argument), None) => self.word(&word, span, argument),
                    _ => self.not_literal(span, &format!("the one argument of `{word}`")),
                }
            }
            Expr::Call(call) => {
                let is_new = matches!(&*call.func, Expr::Path(path) if is_new(&path.path));
                match call.args.first() {
                    Some(argument) if is_new && call.args.len() == 1 => {
                        if let Some(id) = self.string("the revision's id", argument) {
                            self.declaration.revision = id;
                        }
                    }
                    _ => self.not_literal(call.span(), "`Revision::new(\"…\")`"),
                }
            }
            Expr::Paren(inner) => self.expression(&inner.expr),
            Expr::Group(inner) => self.expression(&inner.expr),
            other => self.not_literal(other.span(), "`REVISION`"),
        }
    }

    fn word(&mut self, word: &str, span: proc_macro2::Span, argument: &Expr) {
        let what = format!("the argument of `{word}`");
        match word {
            "down_revision" => {
                let parent = self.string(&what, argument);
                self.declaration.down_revision = parent.into_iter().collect();
            }
            "down_revisions" => self.declaration.down_revision = self.list(&what, argument),
            "branch_labels" => self.declaration.branch_labels = self.list(&what, argument),
            "depends_on" => self.declaration.depends_on = self.list(&what, argument),
            "message" => {
                if let Some(message) = self.string(&what, argument) {
                    self.declaration.message = message.value;
                }
            }
            "created" => {
                let Some(Claim { value, line }) = self.string(&what, argument) else {
                    return;
                };
                match DateTime::parse_from_rfc3339(&value) {
                    Ok(time) => self.declaration.created = Some(time),
                    Err(_) => self.faults.push((line, Problem::Created { value })),
                }
            }
            _ => {
                let suggestion = suggest(word, &WORDS);
                let word = word.to_owned();
                self.fault(span, Problem::UnknownWord { word, suggestion });
            }
        }
    }

    fn string(&mut self, what: &str, expression: &Expr) -> Option<Claim> {
        match expression {
            Expr::Lit(literal) => {
                if let Lit::Str(text) = &literal.lit {
                    return Some(Claim::new(text.value().trim(), self.line(text.span())));
                }
            }
            Expr::Paren(inner) => return self.string(what, &inner.expr),
            Expr::Group(inner) => return self.string(what, &inner.expr),
            _ => {}
        }
        self.not_literal(expression.span(), what);
        None
    }

    fn list(&mut self, what: &str, expression: &Expr) -> Vec<Claim> {
        if let Expr::Reference(reference) = expression
            && let Expr::Array(array) = &*reference.expr
        {
            let items = array.elems.iter();
            return items.filter_map(|item| self.string(what, item)).collect();
        }
        self.not_literal(expression.span(), what);
        Vec::new()
    }
}

/// Tells whether a path is `Revision::new`, from wherever it was brought in.
fn is_new(path: &syn::Path) -> bool {
    let mut segments = path.segments.iter().rev();
    let mut next_is = |name| segments.next().is_some_and(|segment| segment.ident == name);
    next_is("new") && next_is("Revision")
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATH: &str = "versions/a.rs";

    fn errors(source: &str) -> String {
        let mut errors = Vec::new();
        declare(Path::new(PATH), source, &mut errors);
        let lines = errors.iter().map(|error| {
            let hint = error.hint().map(|hint| format!("\n  {hint}"));
            format!("{error}{}", hint.unwrap_or_default())
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_declaration_is_read_with_the_line_of_each_claim() {
        let source = "//! add é accounts\n//! and more\n\nuse limbeck::prelude::*;\n\n\
                      pub const REVISION: Revision = limbeck::Revision::new(r\"c\") // c\n\
                      .down_revisions(&[\n\"a\", (\"b\")])\n.branch_labels(&[\"users\"])\n\
                      .depends_on(&[])\n.created(\"2025-01-15T00:02:00Z\");\n\
                      pub fn upgrade(op: &mut Op) -> Result<()> { does not parse }";
        let mut errors = Vec::new();
        let read = declare(Path::new(PATH), source, &mut errors).unwrap();
        assert_eq!(errors, []);
        assert_eq!(read.revision, Claim::new("c", 6));
        assert_eq!(read.down_revision, [Claim::new("a", 8), Claim::new("b", 8)]);
        assert_eq!(read.branch_labels, [Claim::new("users", 9)]);
        assert_eq!(read.message, "add é accounts and more");
        assert!(read.created.is_some());
        let source = source.replace(".depends_on(&[])", ".message(\"other\")");
        let read = declare(Path::new(PATH), &source, &mut errors).unwrap();
        assert_eq!(read.message, "other");
    }

    #[test]
    fn what_cannot_be_read_is_said_with_line_and_advice() {
        let constant = |value: &str| {
            errors(&format!(
                "pub fn upgrade() {{}}\npub const REVISION: Revision =\n{value};"
            ))
        };
        insta::assert_snapshot!(errors(" \n"), @r#"
        versions/a.rs: the file has no `const REVISION`
          write `pub const REVISION: Revision = Revision::new("…");`
        "#);
        insta::assert_snapshot!(errors("fn x() {}"), @r#"
        versions/a.rs: the file has no `fn upgrade`
          write `pub fn upgrade(op: &mut Op) -> Result<()> { Ok(()) }`
        versions/a.rs: the file has no `const REVISION`
          write `pub const REVISION: Revision = Revision::new("…");`
        "#);
        insta::assert_snapshot!(constant("Revision::new(ID).down_revision(concat!(\"a\", \"b\"))\n.depends_on(LIST)"), @r#"
        versions/a.rs:3: the revision's id must be written out, so that it can be read without compiling
          `Revision::new("b").down_revision("a")`, with lists as `&["a", "b"]`
        versions/a.rs:3: the argument of `down_revision` must be written out, so that it can be read without compiling
          `Revision::new("b").down_revision("a")`, with lists as `&["a", "b"]`
        versions/a.rs:4: the argument of `depends_on` must be written out, so that it can be read without compiling
          `Revision::new("b").down_revision("a")`, with lists as `&["a", "b"]`
        "#);
        insta::assert_snapshot!(constant("Revision::new(\"a\")\n.down_revison(\"b\")\n.created(\"x\").message()"), @r#"
        versions/a.rs:4: `Revision` has no word `down_revison`
          did you mean `down_revision`?
        versions/a.rs:5: `x` is no date and time with an offset
          write it as 2026-11-20T09:12:44Z
        versions/a.rs:5: the one argument of `message` must be written out, so that it can be read without compiling
          `Revision::new("b").down_revision("a")`, with lists as `&["a", "b"]`
        "#);
        insta::assert_snapshot!(constant("make()"), @r#"
        versions/a.rs:3: `Revision::new("…")` must be written out, so that it can be read without compiling
          `Revision::new("b").down_revision("a")`, with lists as `&["a", "b"]`
        "#);
        let error = constant(
            "Revision::new(\"a\"
+)",
        );
        assert!(
            error.starts_with("versions/a.rs:4: this is not valid Rust: "),
            "{error}"
        );
    }
}
