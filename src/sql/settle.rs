//! Writes the server's own expressions as it writes them after reading them once more.
//!
//! PostgreSQL prints the cast of a whole list, `(ARRAY['a'::character varying])::text[]`, which
//! stands in every `CHECK (column IN (…))` of a `varchar`; reading that, it casts the items instead,
//! and prints `ARRAY[('a'::character varying)::text]` from then on. Two schemas that differ in
//! nothing but that are the same.

use std::borrow::Cow;

use squawk_lexer::{TokenKind, tokenize};

/// Returns a text of the server's with casts of lists written as casts of their items.
///
/// Strings and bodies of functions stay as they are.
#[must_use]
pub fn settled(text: &str) -> Cow<'_, str> {
    // Most texts have none, and need no lexer to show it.
    if !text.contains("(ARRAY[") {
        return Cow::Borrowed(text);
    }
    let tokens = Tokens::of(text);
    let mut out = String::with_capacity(text.len());
    let mut written = 0;
    let mut at = 0;
    while at < tokens.list.len() {
        if let Some(cast) = tokens.cast(at) {
            out.push_str(&text[written..tokens.begin(at)]);
            out.push_str(&items(&cast.items, cast.to));
            written = tokens.end(cast.last);
            at = cast.last;
        }
        at += 1;
    }
    out.push_str(&text[written..]);
    Cow::Owned(out)
}

/// Writes a list whose items are cast.
fn items(items: &[&str], to: &str) -> String {
    let cast = |item: &&str| {
        let item = item.trim();
        // A list in a list is cast item by item, too.
        match item.strip_prefix("ARRAY").map(|_| Tokens::of(item)) {
            Some(tokens) => match tokens.list_at(0) {
                Some((inner, last)) if last + 1 == tokens.list.len() => self::items(&inner, to),
                _ => format!("({})::{to}", settled(item)),
            },
            None => format!("({})::{to}", settled(item)),
        }
    };
    let items: Vec<String> = items.iter().map(cast).collect();
    format!("ARRAY[{}]", items.join(", "))
}

/// A list that is cast as a whole.
struct Cast<'t> {
    items: Vec<&'t str>,
    /// The type of an item.
    to: &'t str,
    /// The position of the cast's last token.
    last: usize,
}

/// The tokens of a text that are more than space.
struct Tokens<'t> {
    text: &'t str,
    list: Vec<(usize, usize, TokenKind)>,
}

impl<'t> Tokens<'t> {
    fn of(text: &'t str) -> Self {
        let mut list = Vec::new();
        let mut offset = 0;
        for token in tokenize(text) {
            let begin = offset;
            offset += token.len as usize;
            if !matches!(token.kind, TokenKind::Whitespace | TokenKind::Eof) {
                list.push((begin, offset, token.kind));
            }
        }
        Self { text, list }
    }

    fn begin(&self, at: usize) -> usize {
        self.list.get(at).map_or(self.text.len(), |token| token.0)
    }

    fn end(&self, at: usize) -> usize {
        self.list.get(at).map_or(self.text.len(), |token| token.1)
    }

    fn is(&self, at: usize, kind: TokenKind) -> bool {
        self.list.get(at).is_some_and(|token| token.2 == kind)
    }

    /// Returns the items of `ARRAY[…]` at a token, and the position of its bracket.
    fn list_at(&self, at: usize) -> Option<(Vec<&'t str>, usize)> {
        let word = &self.text[self.begin(at)..self.end(at)];
        if word != "ARRAY" || !self.is(at + 1, TokenKind::OpenBracket) {
            return None;
        }
        let mut items = Vec::new();
        let mut begin = self.end(at + 1);
        let mut depth = 0_usize;
        for (position, (from, to, kind)) in self.list.iter().enumerate().skip(at + 2) {
            match kind {
                TokenKind::OpenBracket | TokenKind::OpenParen => depth += 1,
                TokenKind::CloseBracket if depth == 0 => {
                    items.push(&self.text[begin..*from]);
                    return Some((items, position));
                }
                TokenKind::CloseBracket | TokenKind::CloseParen => depth = depth.checked_sub(1)?,
                TokenKind::Comma if depth == 0 => {
                    items.push(&self.text[begin..*from]);
                    begin = *to;
                }
                _ => {}
            }
        }
        None
    }

    /// Returns the cast of a list that begins at a token: `(ARRAY[…])::type[]`.
    fn cast(&self, at: usize) -> Option<Cast<'t>> {
        use TokenKind::{CloseBracket, CloseParen, Colon, Dot, Ident, OpenBracket, OpenParen};
        if !self.is(at, OpenParen) {
            return None;
        }
        let (items, close) = self.list_at(at + 1)?;
        let has_cast = self.is(close + 1, CloseParen)
            && self.is(close + 2, Colon)
            && self.is(close + 3, Colon);
        if !has_cast || items.iter().all(|item| item.trim().is_empty()) {
            return None;
        }
        let first = close + 4;
        let mut depth = 0_usize;
        for position in first..self.list.len() {
            match self.list[position].2 {
                OpenBracket if depth == 0 && position > first => {
                    // One more pair would be a list of lists, as the items are then.
                    let last = position + 1;
                    let to = &self.text[self.begin(first)..self.end(position - 1)];
                    return self
                        .is(last, CloseBracket)
                        .then_some(Cast { items, to, last });
                }
                Ident | Dot | TokenKind::QuotedIdent { .. } if depth == 0 => {}
                OpenParen => depth += 1,
                CloseParen => depth = depth.checked_sub(1)?,
                _ if depth > 0 => {}
                _ => return None,
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::settled;

    #[test]
    fn the_cast_of_a_list_is_that_of_its_items() {
        insta::assert_snapshot!(
            settled("CHECK (((a)::text = ANY ((ARRAY['x'::character varying, 'y, ]'::character varying])::text[])))"),
            @"CHECK (((a)::text = ANY (ARRAY[('x'::character varying)::text, ('y, ]'::character varying)::text])))"
        );
        insta::assert_snapshot!(
            settled(r#"((ARRAY[lower(a, b), c])::"My ""s".t(1, 2)[] = x) AND (ARRAY[1])::numeric(4,2)[] IS NULL"#),
            @r#"(ARRAY[(lower(a, b))::"My ""s".t(1, 2), (c)::"My ""s".t(1, 2)] = x) AND ARRAY[(1)::numeric(4,2)] IS NULL"#
        );
        insta::assert_snapshot!(
            settled("(ARRAY[ARRAY['a'::x], ARRAY['b'::x]])::text[]"),
            @"ARRAY[ARRAY[('a'::x)::text], ARRAY[('b'::x)::text]]"
        );
        insta::assert_snapshot!(
            settled("(ARRAY[f((ARRAY['a'::x])::text[])])::int[]"),
            @"ARRAY[(f(ARRAY[('a'::x)::text]))::int]"
        );
    }

    #[test]
    fn all_else_stays() {
        for text in [
            "",
            "(ARRAY['a'::text])",
            "(ARRAY['a'::text])::text",
            "(ARRAY[])::text[]",
            "ARRAY['a'::x]::text[]",
            "'(ARRAY[''a''::x])::text[]'",
            "$f$(ARRAY['a'::x])::text[]$f$",
            "(ARRAY['a'::x",
        ] {
            assert_eq!(settled(text), text);
        }
    }
}
