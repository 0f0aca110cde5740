//! JSON as Python's `json` reads and writes it.

use std::fmt::Write;

use super::local::{dict, list};
use crate::translate::value::Value;

/// How deep lists and objects may be nested.
const DEPTH: u32 = 100;

/// Writes a text in quotes, with nothing but ASCII in it.
pub(super) fn quoted(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            ' '..='~' => out.push(c),
            c => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
        }
    }
    out.push('"');
}

/// Reads a text; none where it is no JSON, or holds numbers that are not known exactly.
pub(super) fn parse(text: &str) -> Option<Value> {
    let mut reader = Reader {
        rest: text.trim_start_matches(SPACE),
    };
    let value = reader.value(0)?;
    reader.rest.is_empty().then_some(value)
}

const SPACE: [char; 4] = [' ', '\t', '\n', '\r'];

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    /// Takes a token and the white space after it.
    fn take(&mut self, token: &str) -> bool {
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest.trim_start_matches(SPACE);
                true
            }
            None => false,
        }
    }

    fn value(&mut self, depth: u32) -> Option<Value> {
        if depth > DEPTH {
            return None;
        }
        let constants = [
            ("null", Value::None),
            ("true", Value::Bool(true)),
            ("false", Value::Bool(false)),
        ];
        for (token, value) in constants {
            if self.take(token) {
                return Some(value);
            }
        }
        if self.take("[") {
            let mut items = Vec::new();
            while !self.take("]") {
                if !items.is_empty() && !self.take(",") {
                    return None;
                }
                items.push(self.value(depth + 1)?);
            }
            return Some(list(items));
        }
        if self.take("{") {
            let mut pairs: Vec<(Value, Value)> = Vec::new();
            while !self.take("}") {
                if !pairs.is_empty() && !self.take(",") {
                    return None;
                }
                let key = self.text()?;
                if !self.take(":") {
                    return None;
                }
                let value = self.value(depth + 1)?;
                let known = pairs.iter_mut().find(|(known, _)| match known {
                    Value::Text(known) => **known == *key,
                    _ => false,
                });
                match known {
                    Some((_, known)) => *known = value,
                    None => pairs.push((Value::Text(key.into()), value)),
                }
            }
            return Some(dict(pairs));
        }
        if self.rest.starts_with('"') {
            return Some(Value::Text(self.text()?.into()));
        }
        let length = self
            .rest
            .find(|c: char| !matches!(c, '0'..='9' | '-' | '+' | '.' | 'e' | 'E'));
        let (number, rest) = self.rest.split_at(length.unwrap_or(self.rest.len()));
        self.rest = rest.trim_start_matches(SPACE);
        match number.contains(['.', 'e', 'E']) {
            true => number.parse().ok().map(Value::Float),
            false => number.parse().ok().map(Value::Int),
        }
    }

    fn text(&mut self) -> Option<String> {
        let mut out = String::new();
        let mut rest = self.rest.strip_prefix('"')?;
        loop {
            let at = rest.find(['"', '\\'])?;
            out.push_str(&rest[..at]);
            let quote = rest[at..].starts_with('"');
            rest = &rest[at + 1..];
            if quote {
                break;
            }
            let escaped = rest.chars().next()?;
            rest = &rest[escaped.len_utf8()..];
            match escaped {
                '"' | '\\' | '/' => out.push(escaped),
                'n' => out.push('\n'),
                'r' => out.push('\r'),
                't' => out.push('\t'),
                'b' => out.push('\u{8}'),
                'f' => out.push('\u{c}'),
                'u' => {
                    let mut units = vec![u16::from_str_radix(rest.get(..4)?, 16).ok()?];
                    rest = &rest[4..];
                    if (0xd800..0xdc00).contains(&units[0]) {
                        let low = rest.strip_prefix("\\u")?;
                        units.push(u16::from_str_radix(low.get(..4)?, 16).ok()?);
                        rest = &low[4..];
                    }
                    out.push_str(&String::from_utf16(&units).ok()?);
                }
                _ => return None,
            }
        }
        self.rest = rest.trim_start_matches(SPACE);
        Some(out)
    }
}
