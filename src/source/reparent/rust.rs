//! The parents of a Rust-coded revision: `down_revision` or `down_revisions` in `const REVISION`.

use std::ops::Range;

use limbeck_build::outline;
use syn::spanned::Spanned;
use syn::{Expr, ExprMethodCall, ItemConst};

use super::edit::{Commas, Edit, Item, change_list, with_blanks};
use super::{Change, Reason, literal_like};

/// The widest chain and the widest line that rustfmt leaves on one line.
const CHAIN: usize = 60;
const LINE: usize = 100;

pub(super) fn edits(text: &str, change: &Change<'_>) -> Result<Vec<Edit>, Reason> {
    let outline = outline(text);
    let item = outline.revision.ok_or("it has no `const REVISION`")?.range;
    let parsed = syn::parse_str::<ItemConst>(&text[item.clone()]);
    let edits = match &parsed {
        Ok(constant) => Source {
            text,
            start: item.start,
        }
        .edits(&constant.expr, change),
        Err(error) => Err(error.to_string()),
    };
    // The parser keeps every text it has seen on this thread until told to forget.
    proc_macro2::extra::invalidate_current_thread_spans();
    edits
}

/// A text of which the part from `start` on was parsed.
struct Source<'t> {
    text: &'t str,
    start: usize,
}

/// The words called on `Revision::new("…")`, in the order in which they are called.
struct Chain<'e> {
    /// Where `Revision::new("…")` ends.
    head: usize,
    words: Vec<&'e ExprMethodCall>,
}

impl Source<'_> {
    fn range(&self, node: &impl Spanned) -> Range<usize> {
        let range = node.span().byte_range();
        self.start + range.start..self.start + range.end
    }

    fn edits(&self, value: &Expr, change: &Change<'_>) -> Result<Vec<Edit>, Reason> {
        let mut chain = Chain {
            head: 0,
            words: Vec::new(),
        };
        self.follow(value, &mut chain);
        let mut setting = chain
            .words
            .iter()
            .filter(|call| call.method == "down_revision" || call.method == "down_revisions");
        match (setting.next(), setting.next()) {
            (None, _) => Ok(self.insert(&chain, value, change)),
            (Some(call), None) => self.replace(call, change),
            (Some(_), Some(_)) => Err("its parents are set twice".to_owned()),
        }
    }

    fn follow<'e>(&self, value: &'e Expr, chain: &mut Chain<'e>) {
        match value {
            Expr::MethodCall(call) => {
                self.follow(&call.receiver, chain);
                chain.words.push(call);
            }
            Expr::Paren(inner) => self.follow(&inner.expr, chain),
            Expr::Group(inner) => self.follow(&inner.expr, chain),
            other => chain.head = self.range(other).end,
        }
    }

    /// Changes the parents where there is a word for them.
    fn replace(&self, call: &ExprMethodCall, change: &Change<'_>) -> Result<Vec<Edit>, Reason> {
        let argument = call
            .args
            .first()
            .map(bare)
            .ok_or("a word has no argument")?;
        let (items, list) = match argument {
            Expr::Reference(reference) => match bare(&reference.expr) {
                Expr::Array(array) => (array.elems.iter().collect(), Some(array)),
                _ => return Err("its parents are not written out".to_owned()),
            },
            one => (vec![one], None),
        };
        let items: Vec<Item> = items
            .into_iter()
            .map(|item| self.item(item))
            .collect::<Result<_, _>>()?;
        if change.new.is_none() && items.iter().all(|item| change.takes(&item.name)) {
            return Ok(vec![Edit::remove(self.without(call))]);
        }
        if let (Some(array), [], Some(new)) = (list, &items[..], change.new) {
            let inside = self.range(array).start + 1;
            return Ok(vec![Edit::insert(
                inside,
                literal_like("", "", new.as_str()),
            )]);
        }
        change_list(self.text, &items, Commas::Between, change, |item, name| {
            let written = &self.text[item.place.clone()];
            Ok(literal_like(written, &item.name, name))
        })
    }

    fn item(&self, item: &Expr) -> Result<Item, Reason> {
        let Expr::Lit(literal) = bare(item) else {
            return Err("its parents are not written out".to_owned());
        };
        let syn::Lit::Str(name) = &literal.lit else {
            return Err("its parents are not written out".to_owned());
        };
        Ok(Item {
            name: name.value().trim().to_owned(),
            whole: self.range(item),
            place: self.range(name),
        })
    }

    /// The range of a word, with the white space before it.
    fn without(&self, call: &ExprMethodCall) -> Range<usize> {
        let (receiver, dot) = (self.range(&call.receiver).end, self.range(&call.dot_token));
        let end = self.range(call).end;
        match self.text[receiver..dot.start].trim().is_empty() {
            true => receiver..end,
            // A comment that stands between stays, and no empty line below it.
            false => with_blanks(self.text, dot.start..end),
        }
    }

    /// Gives a base its first parent, in front of the other words as in a new file.
    fn insert(&self, chain: &Chain<'_>, value: &Expr, change: &Change<'_>) -> Vec<Edit> {
        let Some(new) = change.new else {
            return Vec::new();
        };
        let word = format!(".down_revision({})", literal_like("", "", new.as_str()));
        let dots = chain
            .words
            .iter()
            .map(|call| self.range(&call.dot_token).start);
        let dots: Vec<usize> = dots.collect();
        let at = dots.first().copied().unwrap_or(chain.head);
        let line = self.text[..at].rfind('\n').map_or(0, |at| at + 1);
        let before = &self.text[line..at];
        if !dots.is_empty() && before.trim().is_empty() {
            return vec![Edit::insert(at, format!("{word}\n{before}"))];
        }
        let value = self.range(value);
        let chain = &self.text[value.clone()];
        let rest = self.text[at..].lines().next().unwrap_or_default();
        let width = |text: &str| text.chars().count();
        let fits = width(before) + width(&word) + width(rest) <= LINE
            && (dots.is_empty() || width(chain) + width(&word) <= CHAIN);
        if fits || chain.contains('\n') {
            return vec![Edit::insert(at, word)];
        }
        // As rustfmt would: the value begins a line, or each of its words does.
        let sign = self.text[..value.start].trim_end().len();
        let line = self.text[..sign].rfind('\n').map_or(0, |at| at + 1);
        let line = &self.text[line..sign];
        let indent = format!("\n{}    ", &line[..line.len() - line.trim_start().len()]);
        let alone = width(&indent) + width(chain) + width(&word);
        if dots.is_empty() && alone <= LINE {
            let begin = Edit::new(sign..value.start, indent);
            return vec![begin, Edit::insert(at, word)];
        }
        let mut edits = vec![
            Edit::new(sign..value.start, " "),
            Edit::insert(at, format!("{indent}{word}")),
        ];
        edits.extend(dots.iter().map(|dot| Edit::insert(*dot, indent.as_str())));
        edits
    }
}

/// An expression without brackets round it.
fn bare(expr: &Expr) -> &Expr {
    match expr {
        Expr::Paren(inner) => bare(&inner.expr),
        Expr::Group(inner) => bare(&inner.expr),
        other => other,
    }
}
