//! The methods of texts, and how values are written as texts.

use std::fmt::Write;

use super::Evaluator;
use super::local::{Known, Local, describe, list, path, text};
use crate::translate::value::{Arguments, Value};

impl Evaluator<'_, '_> {
    /// Calls a method of a text.
    pub(super) fn text_method(&mut self, of: &str, name: &str, arguments: Arguments) -> Known {
        let made = |text: String| Ok(Value::Text(text.into()));
        match name {
            "format" => return made(self.format_call(of, &arguments)?),
            "split" | "rsplit" => return self.split(of, name == "rsplit", arguments),
            _ => {}
        }
        let Arguments { positional, named } = arguments;
        let given = match <[_; 1]>::try_from(named) {
            Ok([(of, encoding)]) if name == "encode" && of == "encoding" => vec![encoding],
            Err(named) if named.is_empty() => positional,
            _ => return Err(self.no_method("a text", name)),
        };
        if name == "join" {
            let [items] = given.as_slice() else {
                return Err(self.fails("TypeError", "join() takes exactly one argument"));
            };
            let mut joined = String::new();
            for (index, item) in self.spread(items)?.iter().enumerate() {
                if index > 0 {
                    joined.push_str(of);
                }
                joined.push_str(&self.inner_text(item, "joins")?);
            }
            return made(joined);
        }
        if let ("startswith" | "endswith", [Value::Tuple(tried)]) = (name, given.as_slice()) {
            for one in tried.iter() {
                let one = self.inner_text(one, "looks for")?;
                let found = match name {
                    "startswith" => of.starts_with(&*one),
                    _ => of.ends_with(&*one),
                };
                if found {
                    return Ok(Value::Bool(true));
                }
            }
            return Ok(Value::Bool(false));
        }
        let texts: Vec<Option<std::rc::Rc<str>>> = given.iter().map(text).collect();
        let plain: Vec<&str> = texts.iter().flatten().map(|text| &**text).collect();
        if plain.len() == given.len()
            && let Some(value) = text_only(of, name, &plain)
        {
            return Ok(value);
        }
        match (name, given.as_slice()) {
            ("index" | "rindex", [_]) if plain.len() == 1 => {
                Err(self.raise("ValueError", "substring not found"))
            }
            ("replace", [from, to, Value::Int(times)]) => match (text(from), text(to)) {
                (Some(from), Some(to)) => made(match usize::try_from(*times) {
                    Ok(times) => of.replacen(&*from, &to, times),
                    Err(_) => of.replace(&*from, &to),
                }),
                _ => Err(self.no_method("a text", name)),
            },
            ("strip", [Value::None]) => made(of.trim_matches(is_space).to_owned()),
            ("zfill", [Value::Int(width)]) => made(self.zero_filled(of, *width)?),
            ("ljust" | "rjust" | "center", [Value::Int(width), rest @ ..]) if rest.len() < 2 => {
                let fill = match rest.first() {
                    Some(fill) => self.inner_text(fill, "fills with")?,
                    None => " ".into(),
                };
                let align = match name {
                    "ljust" => '<',
                    "rjust" => '>',
                    _ => '^',
                };
                let fill = fill.chars().next().unwrap_or(' ');
                let width = self.width(*width)?;
                let missing = width.saturating_sub(of.chars().count());
                // Unlike a format, `center()` puts an odd one in front where the width is odd.
                let first = match name == "center" && missing % 2 == 1 && width % 2 == 1 {
                    true => String::from(fill),
                    false => String::new(),
                };
                let wide = width.saturating_sub(first.chars().count());
                made(first + &super::format::padded(of, fill, align, wide))
            }
            _ => Err(self.no_method("a text", name)),
        }
    }

    fn zero_filled(&self, of: &str, width: i64) -> Known<String> {
        let width = self.width(width)?;
        let (sign, digits) = match of.strip_prefix(['-', '+']) {
            Some(digits) => of.split_at(of.len() - digits.len()),
            None => ("", of),
        };
        let width = width.saturating_sub(sign.len());
        Ok(format!(
            "{sign}{}",
            super::format::padded(digits, '0', '>', width)
        ))
    }

    /// Reads the width of a text that is filled up.
    pub(super) fn width(&self, width: i64) -> Known<usize> {
        match usize::try_from(width.max(0)) {
            Ok(width) if width <= 1_000_000 => Ok(width),
            _ => Err(self.refuse("makes a text of more than a million characters")),
        }
    }

    fn split(&mut self, of: &str, from_right: bool, arguments: Arguments) -> Known {
        let [separator, limit] = self.two(arguments, ["sep", "maxsplit"])?;
        let limit = match limit {
            None => None,
            Some(Value::Int(limit)) => usize::try_from(limit).ok(),
            Some(_) => return Err(self.fails("TypeError", "maxsplit must be an integer")),
        };
        let limit = limit.map_or(usize::MAX, |limit| limit.saturating_add(1));
        let mut parts: Vec<String> = match separator {
            None | Some(Value::None) => match limit {
                usize::MAX => of
                    .split(is_space)
                    .filter(|part| !part.is_empty())
                    .map(str::to_owned)
                    .collect(),
                _ => return Err(self.refuse("splits a text at a number of spaces")),
            },
            Some(separator) => {
                let separator = self.inner_text(&separator, "splits at")?;
                if separator.is_empty() {
                    return Err(self.raise("ValueError", "empty separator"));
                }
                match from_right {
                    false => of.splitn(limit, &*separator).map(str::to_owned).collect(),
                    true => {
                        let parts = of.rsplitn(limit, &*separator).map(str::to_owned);
                        let mut parts: Vec<String> = parts.collect();
                        parts.reverse();
                        parts
                    }
                }
            }
        };
        let parts = parts.drain(..).map(|part| Value::Text(part.into()));
        Ok(list(parts.collect()))
    }

    /// Returns two arguments that may be given by position or by name.
    fn two(&self, arguments: Arguments, names: [&str; 2]) -> Known<[Option<Value>; 2]> {
        let mut given = [None, None];
        for (index, value) in arguments.positional.into_iter().enumerate() {
            match given.get_mut(index) {
                Some(place) => *place = Some(value),
                None => return Err(self.fails("TypeError", "too many arguments")),
            }
        }
        for (name, value) in arguments.named {
            match names.iter().position(|known| *known == name) {
                Some(index) => given[index] = Some(value),
                None => return Err(self.fails("TypeError", format!("no argument {name}"))),
            }
        }
        Ok(given)
    }

    /// Returns the text that a value is, where nothing else will do.
    pub(super) fn inner_text(&self, value: &Value, verb: &str) -> Known<std::rc::Rc<str>> {
        if let Some(text) = text(value) {
            return Ok(text);
        }
        if let Some(Local::Member(member)) = Local::of(value)
            && member.mixed
            && let Value::Text(text) = &member.value
        {
            return Ok(std::rc::Rc::clone(text));
        }
        match value {
            Value::Object(_) | Value::Opaque(_) => Err(self.refuse(format!(
                "{verb} {}, which is not a known text",
                describe(value)
            ))),
            _ => Err(self.fails(
                "TypeError",
                format!("expected str, found {}", describe(value)),
            )),
        }
    }

    /// Writes a value as `str()` does.
    pub(super) fn shown(&self, value: &Value) -> Known<String> {
        match value {
            Value::Opaque(_) => match Local::of(value) {
                Some(Local::Member(member)) if member.custom => {
                    let what = describe(value);
                    Err(self.refuse(format!("writes {what}, whose class says how, into a text")))
                }
                Some(Local::Member(member)) if member.shows_value => self.shown(&member.value),
                // What a member of a mixed class shows as in an f-string changed with Python 3.12.
                Some(Local::Member(member)) if !member.mixed => {
                    Ok(format!("{}.{}", member.class, member.name))
                }
                Some(Local::Exception(exception)) => match exception.arguments.as_slice() {
                    [] => Ok(String::new()),
                    [only] if path(&exception.class) == Some("builtins.KeyError") => {
                        self.represented(only)
                    }
                    [only] => self.shown(only),
                    _ => Err(self.refuse("writes an exception into a text")),
                },
                Some(Local::Row(_)) | Some(_) | None => self.represented(value),
            },
            _ => match text(value).or_else(|| super::convert::uuid(value)) {
                Some(text) => Ok(text.to_string()),
                None => self.represented(value),
            },
        }
    }

    /// Writes a value as `repr()` does.
    pub(super) fn represented(&self, value: &Value) -> Known<String> {
        let mut written = String::new();
        self.represent(value, &mut written, 0)?;
        Ok(written)
    }

    fn represent(&self, value: &Value, out: &mut String, depth: u32) -> Known<()> {
        if depth > super::DEPTH {
            return Err(self.refuse("writes something that is nested too deeply"));
        }
        match value {
            Value::None => out.push_str("None"),
            Value::Bool(true) => out.push_str("True"),
            Value::Bool(false) => out.push_str("False"),
            Value::Int(number) => _ = write!(out, "{number}"),
            Value::Float(number) => out.push_str(&float(*number)),
            Value::Text(text) => quoted(text, out),
            Value::Tuple(items) => {
                out.push('(');
                self.listed(items, out, depth)?;
                out.push_str(if items.len() == 1 { ",)" } else { ")" });
            }
            Value::List(items) => {
                out.push('[');
                self.listed(&items.borrow(), out, depth)?;
                out.push(']');
            }
            Value::Dict(pairs) => {
                out.push('{');
                for (index, (key, value)) in pairs.borrow().iter().enumerate() {
                    if index > 0 {
                        out.push_str(", ");
                    }
                    self.represent(key, out, depth + 1)?;
                    out.push_str(": ");
                    self.represent(value, out, depth + 1)?;
                }
                out.push('}');
            }
            Value::Set(_) => return Err(self.refuse("writes a set into a text")),
            Value::Bytes(_) => return Err(self.refuse("writes bytes into a text")),
            Value::Object(_) => match text(value) {
                Some(text) => quoted(&text, out),
                None => {
                    let what = describe(value);
                    return Err(
                        self.refuse(format!("writes {what} into a text, which is not known"))
                    );
                }
            },
            Value::Opaque(_) => match Local::of(value) {
                Some(Local::Row(row)) if !row.mapping => {
                    self.represent(&Value::Tuple(row.values.clone()), out, depth)?;
                }
                Some(Local::Varying(function)) => {
                    return Err(self.refuse(super::varies(function)));
                }
                _ => {
                    let what = describe(value);
                    return Err(self.refuse(format!("writes {what} into a text")));
                }
            },
        }
        Ok(())
    }

    fn listed(&self, items: &[Value], out: &mut String, depth: u32) -> Known<()> {
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                out.push_str(", ");
            }
            self.represent(item, out, depth + 1)?;
        }
        Ok(())
    }
}

/// The methods that take and return nothing but texts, numbers and truth values.
fn text_only(of: &str, name: &str, given: &[&str]) -> Option<Value> {
    let truth = |holds: bool| Some(Value::Bool(holds));
    let made = |text: String| Some(Value::Text(text.into()));
    let some = |holds: fn(char) -> bool| Some(Value::Bool(!of.is_empty() && of.chars().all(holds)));
    let at = |offset: usize| {
        let characters = of[..offset].chars().count();
        Some(Value::Int(i64::try_from(characters).unwrap_or(i64::MAX)))
    };
    let three = |parts: [&str; 3]| {
        let parts = parts.map(|part| Value::Text(part.into()));
        Some(Value::Tuple(parts.into()))
    };
    match (name, given) {
        ("lower" | "casefold", []) if of.is_ascii() => made(of.to_ascii_lowercase()),
        ("lower", []) => made(of.to_lowercase()),
        ("upper", []) => made(of.to_uppercase()),
        ("capitalize", []) if of.is_ascii() => {
            let lower = of.to_ascii_lowercase();
            let mut characters = lower.chars();
            let first = characters.next().map(|c| c.to_ascii_uppercase());
            made(first.into_iter().chain(characters).collect())
        }
        ("title", []) if of.is_ascii() => {
            let mut inside = false;
            let title = of.chars().map(|c| {
                let shown = if inside {
                    c.to_ascii_lowercase()
                } else {
                    c.to_ascii_uppercase()
                };
                inside = c.is_ascii_alphabetic();
                shown
            });
            made(title.collect())
        }
        ("swapcase", []) if of.is_ascii() => made(
            of.chars()
                .map(|c| match c.is_ascii_uppercase() {
                    true => c.to_ascii_lowercase(),
                    false => c.to_ascii_uppercase(),
                })
                .collect(),
        ),
        ("strip", []) => made(of.trim_matches(is_space).to_owned()),
        ("lstrip", []) => made(of.trim_start_matches(is_space).to_owned()),
        ("rstrip", []) => made(of.trim_end_matches(is_space).to_owned()),
        ("strip", [set]) => made(of.trim_matches(|c| set.contains(c)).to_owned()),
        ("lstrip", [set]) => made(of.trim_start_matches(|c| set.contains(c)).to_owned()),
        ("rstrip", [set]) => made(of.trim_end_matches(|c| set.contains(c)).to_owned()),
        ("removeprefix", [part]) => made(of.strip_prefix(part).unwrap_or(of).to_owned()),
        ("removesuffix", [part]) => made(of.strip_suffix(part).unwrap_or(of).to_owned()),
        ("startswith", [part]) => truth(of.starts_with(part)),
        ("endswith", [part]) => truth(of.ends_with(part)),
        ("replace", [from, to]) => made(of.replace(from, to)),
        ("find", [part]) => of.find(part).map_or(Some(Value::Int(-1)), at),
        ("rfind", [part]) => of.rfind(part).map_or(Some(Value::Int(-1)), at),
        ("index", [part]) => of.find(part).and_then(at),
        ("rindex", [part]) => of.rfind(part).and_then(at),
        ("count", [part]) if !part.is_empty() => {
            let count = of.matches(part).count();
            Some(Value::Int(i64::try_from(count).unwrap_or(i64::MAX)))
        }
        ("isdigit" | "isdecimal" | "isnumeric", []) if of.is_ascii() => {
            some(|c| c.is_ascii_digit())
        }
        ("isalpha", []) if of.is_ascii() => some(|c| c.is_ascii_alphabetic()),
        ("isalnum", []) if of.is_ascii() => some(|c| c.is_ascii_alphanumeric()),
        ("isspace", []) => some(is_space),
        ("isupper", []) if of.is_ascii() => {
            let letters = of.bytes().any(|byte| byte.is_ascii_alphabetic());
            truth(letters && !of.bytes().any(|byte| byte.is_ascii_lowercase()))
        }
        ("islower", []) if of.is_ascii() => {
            let letters = of.bytes().any(|byte| byte.is_ascii_alphabetic());
            truth(letters && !of.bytes().any(|byte| byte.is_ascii_uppercase()))
        }
        ("partition", [part]) if !part.is_empty() => match of.split_once(part) {
            Some((before, after)) => three([before, part, after]),
            None => three([of, "", ""]),
        },
        ("rpartition", [part]) if !part.is_empty() => match of.rsplit_once(part) {
            Some((before, after)) => three([before, part, after]),
            None => three(["", "", of]),
        },
        // Python has more line ends than these.
        ("splitlines", []) if !of.replace("\r\n", "\n").contains(is_other_line_end) => {
            let lines = of.lines().map(|line| Value::Text(line.into()));
            Some(list(lines.collect()))
        }
        ("encode", [] | ["utf-8" | "utf8"]) => Some(Value::Bytes(of.as_bytes().into())),
        ("encode", ["ascii"]) if of.is_ascii() => Some(Value::Bytes(of.as_bytes().into())),
        _ => None,
    }
}

fn is_other_line_end(c: char) -> bool {
    matches!(
        c,
        '\r' | '\u{b}' | '\u{c}' | '\u{1c}'..='\u{1e}' | '\u{85}' | '\u{2028}' | '\u{2029}'
    )
}

/// Tells whether Python takes a character for white space.
pub(super) fn is_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{1c}'..='\u{1f}')
}

/// Writes a floating-point number as Python does.
pub(super) fn float(number: f64) -> String {
    if number.is_nan() {
        return "nan".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    let size = number.abs();
    if size != 0.0 && !(1e-4..1e16).contains(&size) {
        let written = format!("{number:e}");
        return match written.split_once('e') {
            Some((digits, exponent)) => {
                let (sign, exponent) = match exponent.strip_prefix('-') {
                    Some(exponent) => ('-', exponent),
                    None => ('+', exponent),
                };
                format!("{digits}e{sign}{exponent:0>2}")
            }
            None => written,
        };
    }
    let written = number.to_string();
    match written.contains('.') {
        true => written,
        false => format!("{written}.0"),
    }
}

/// Writes a text in quotes as Python does.
fn quoted(text: &str, out: &mut String) {
    let quote = if text.contains('\'') && !text.contains('"') {
        '"'
    } else {
        '\''
    };
    out.push(quote);
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c == quote => {
                out.push('\\');
                out.push(c);
            }
            c if c.is_control() => _ = write!(out, "\\x{:02x}", u32::from(c)),
            c => out.push(c),
        }
    }
    out.push(quote);
}
