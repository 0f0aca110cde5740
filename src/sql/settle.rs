//! Writes the server's own expressions as it writes them after reading them once more.
//!
//! Two schemas that differ in nothing but the following are the same. PostgreSQL prints the cast of a whole list, `(ARRAY['a'::character varying])::text[]`, which
//! stands in every `CHECK (column IN (…))` of a `varchar`; reading that, it casts the items instead,
//! and prints `ARRAY[('a'::character varying)::text]` from then on. And it prints what was a `BETWEEN`
//! as a condition of its own, `(((a >= 1) AND (a <= 5)) AND (b > 0))`; reading that, it takes the first
//! of several conditions apart: `((a >= 1) AND (a <= 5) AND (b > 0))`.

use std::borrow::Cow;

use squawk_lexer::{TokenKind, tokenize};

/// Returns a text of the server's with casts of lists written as casts of their items, and without
/// parentheses around the first of several conditions.
///
/// Strings and bodies of functions stay as they are.
#[must_use]
pub fn settled(text: &str) -> Cow<'_, str> {
    match with_items_cast(text) {
        Cow::Borrowed(text) => with_conditions_joined(text),
        Cow::Owned(text) => Cow::Owned(with_conditions_joined(&text).into_owned()),
    }
}

/// Writes casts of lists as casts of their items.
fn with_items_cast(text: &str) -> Cow<'_, str> {
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

/// Writes `((a AND b) AND c)` as `(a AND b AND c)`, and the same of `OR`.
fn with_conditions_joined(text: &str) -> Cow<'_, str> {
    let is_joined = [") AND ", ") OR "].iter().any(|word| text.contains(word));
    if !is_joined || !text.contains("((") {
        return Cow::Borrowed(text);
    }
    let tokens = Tokens::of(text);
    // What joins the conditions of the parentheses that are open.
    let mut open: Vec<(usize, Option<&str>)> = Vec::new();
    let mut gone = Vec::new();
    for (at, (begin, end, kind)) in tokens.list.iter().enumerate() {
        let word = &text[*begin..*end];
        match kind {
            TokenKind::OpenParen => open.push((at, None)),
            TokenKind::CloseParen => {
                let Some((first, joined)) = open.pop() else {
                    break;
                };
                let is_first = first > 0 && tokens.is(first - 1, TokenKind::OpenParen);
                let next = &text[tokens.begin(at + 1)..tokens.end(at + 1)];
                if is_first && joined == Some(next) {
                    gone.extend([tokens.begin(first), *begin]);
                }
            }
            TokenKind::Ident if ["AND", "OR"].contains(&word) => {
                if let Some((_, joined)) = open.last_mut() {
                    *joined = Some(word);
                }
            }
            _ => {}
        }
    }
    if gone.is_empty() {
        return Cow::Borrowed(text);
    }
    gone.sort_unstable();
    let mut out = String::with_capacity(text.len());
    let mut written = 0;
    for at in gone {
        out.push_str(&text[written..at]);
        written = at + 1;
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
    fn the_first_of_several_conditions_has_no_parentheses() {
        insta::assert_snapshot!(
            settled("CHECK ((((a >= 1) AND (a <= 5)) AND (b > 0)))"),
            @"CHECK (((a >= 1) AND (a <= 5) AND (b > 0)))"
        );
        insta::assert_snapshot!(
            settled("((((((a AND b) AND c) AND d) OR e) OR f) AND g)"),
            @"(((a AND b AND c AND d) OR e OR f) AND g)"
        );
        insta::assert_snapshot!(
            settled("(((a = ANY ((ARRAY['x'::t])::text[])) OR b) OR (c OR d))"),
            @"((a = ANY (ARRAY[('x'::t)::text])) OR b OR (c OR d))"
        );
    }

    #[test]
    fn all_else_stays() {
        for text in [
            "((a AND b) OR c)",
            "(c AND (a AND b) AND d)",
            "(NOT (a AND b))",
            "((a AND b) IS TRUE)",
            "f((a AND b), (c OR d))",
            "('((a AND b) AND c)')",
            "$f$((a AND b) AND c)$f$",
            "(\"((a AND b)\" AND c)",
            "(((a",
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
