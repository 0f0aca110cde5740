//! F-strings, `str.format` and `%`.

use std::rc::Rc;

use ruff_python_ast::{
    ConversionFlag, ExprFString, FStringPart, InterpolatedElement, InterpolatedStringElement,
    InterpolatedStringElements,
};

use super::Evaluator;
use super::local::{Known, Local, describe, text};
use super::scope::Scope;
use crate::translate::value::{Arguments, Value};

impl<'a> Evaluator<'a, '_> {
    /// Evaluates an f-string.
    pub(super) fn interpolate(&mut self, string: &'a ExprFString, scope: &Rc<Scope>) -> Known {
        let mut out = String::new();
        for part in string.value.as_slice() {
            match part {
                FStringPart::Literal(literal) => out.push_str(literal.as_str()),
                FStringPart::FString(string) => {
                    self.interpolate_all(&string.elements, scope, &mut out)?;
                }
            }
        }
        Ok(Value::Text(out.into()))
    }

    fn interpolate_all(
        &mut self,
        elements: &'a InterpolatedStringElements,
        scope: &Rc<Scope>,
        out: &mut String,
    ) -> Known<()> {
        for element in elements.iter() {
            match element {
                InterpolatedStringElement::Literal(literal) => out.push_str(&literal.value),
                InterpolatedStringElement::Interpolation(inner) => {
                    self.interpolation(inner, scope, out)?;
                }
            }
        }
        Ok(())
    }

    fn interpolation(
        &mut self,
        inner: &'a InterpolatedElement,
        scope: &Rc<Scope>,
        out: &mut String,
    ) -> Known<()> {
        if inner.debug_text.is_some() {
            return Err(self.refuse("writes an expression with `=` into a text"));
        }
        let value = self.evaluate(&inner.expression, scope)?;
        let value = match inner.conversion {
            ConversionFlag::None => value,
            ConversionFlag::Str => Value::Text(self.shown(&value)?.into()),
            ConversionFlag::Repr => Value::Text(self.represented(&value)?.into()),
            ConversionFlag::Ascii => return Err(self.refuse("uses `!a` in an f-string")),
        };
        let mut specification = String::new();
        if let Some(elements) = &inner.format_spec {
            self.interpolate_all(&elements.elements, scope, &mut specification)?;
        }
        out.push_str(&self.formatted(&value, &specification)?);
        Ok(())
    }

    /// `text.format(…)`
    pub(super) fn format_call(&mut self, format: &str, arguments: &Arguments) -> Known<String> {
        let mut out = String::new();
        let mut next = 0;
        self.format_into(format, arguments, &mut next, &mut out)?;
        Ok(out)
    }

    fn format_into(
        &mut self,
        format: &str,
        arguments: &Arguments,
        next: &mut usize,
        out: &mut String,
    ) -> Known<()> {
        let wrong = |this: &Self| this.fails("ValueError", "wrong format");
        let mut rest = format;
        while let Some(at) = rest.find(['{', '}']) {
            out.push_str(&rest[..at]);
            let brace = &rest[at..=at];
            rest = &rest[at + 1..];
            if rest.starts_with(brace) {
                out.push_str(brace);
                rest = &rest[1..];
                continue;
            }
            if brace == "}" {
                return Err(wrong(self));
            }
            let mut depth = 1;
            let end = rest.bytes().position(|byte| {
                match byte {
                    b'{' => depth += 1,
                    b'}' => depth -= 1,
                    _ => {}
                }
                depth == 0
            });
            let Some(end) = end else {
                return Err(wrong(self));
            };
            let field = &rest[..end];
            rest = &rest[end + 1..];
            let split = field.find([':', '!']).unwrap_or(field.len());
            let (name, tail) = field.split_at(split);
            let (conversion, specification) = match tail.strip_prefix('!') {
                Some(tail) => tail.split_once(':').unwrap_or((tail, "")),
                None => ("", tail.strip_prefix(':').unwrap_or(tail)),
            };
            let value = self.field(name, arguments, next)?;
            let value = match conversion {
                "" => value,
                "s" => Value::Text(self.shown(&value)?.into()),
                "r" => Value::Text(self.represented(&value)?.into()),
                _ => return Err(wrong(self)),
            };
            let mut inner = String::new();
            match specification.contains('{') {
                true => self.format_into(specification, arguments, next, &mut inner)?,
                false => inner.push_str(specification),
            }
            out.push_str(&self.formatted(&value, &inner)?);
        }
        out.push_str(rest);
        Ok(())
    }

    /// Finds what `{0}`, `{name}`, `{}`, `{name.attribute}` and `{name[key]}` stand for.
    fn field(&mut self, field: &str, arguments: &Arguments, next: &mut usize) -> Known {
        let split = field.find(['.', '[']).unwrap_or(field.len());
        let (name, mut path) = field.split_at(split);
        let index = match name {
            "" => {
                *next += 1;
                Some(*next - 1)
            }
            name => name.parse::<usize>().ok(),
        };
        let found = match index {
            Some(index) => arguments.positional.get(index),
            None => {
                let mut named = arguments.named.iter();
                named
                    .find(|(given, _)| given == name)
                    .map(|(_, value)| value)
            }
        };
        let mut value = match (found, index) {
            (Some(value), _) => value.clone(),
            (None, Some(_)) => return Err(self.raise("IndexError", "too few arguments")),
            (None, None) => return Err(self.raise("KeyError", name)),
        };
        while !path.is_empty() {
            if let Some(rest) = path.strip_prefix('.') {
                let end = rest.find(['.', '[']).unwrap_or(rest.len());
                value = self.attribute(&value, &rest[..end].into())?;
                path = &rest[end..];
            } else {
                let Some((key, rest)) = path[1..].split_once(']') else {
                    return Err(self.fails("ValueError", "expected ']'"));
                };
                let key = match key.parse::<i64>() {
                    Ok(number) => Value::Int(number),
                    Err(_) => Value::Text(key.into()),
                };
                value = self.item(&value, key)?;
                path = rest;
            }
        }
        Ok(value)
    }

    /// `text % values`
    pub(super) fn percent(&mut self, format: &str, values: &Value) -> Known<String> {
        let mut positional = match values {
            Value::Tuple(items) => items.to_vec(),
            other => vec![other.clone()],
        }
        .into_iter();
        let mapping = matches!(values, Value::Dict(_));
        let mut out = String::new();
        let mut rest = format;
        while let Some(at) = rest.find('%') {
            out.push_str(&rest[..at]);
            rest = &rest[at + 1..];
            let mut named = None;
            if let Some(inner) = rest.strip_prefix('(') {
                let Some((name, after)) = inner.split_once(')') else {
                    return Err(self.fails("ValueError", "incomplete format key"));
                };
                named = Some(self.item(values, Value::Text(name.into()))?);
                rest = after;
            }
            let digits = rest.len()
                - rest
                    .trim_start_matches([
                        '-', '+', ' ', '#', '.', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9',
                    ])
                    .len();
            let (flags, after) = rest.split_at(digits);
            let Some(kind) = after.chars().next() else {
                return Err(self.fails("ValueError", "incomplete format"));
            };
            rest = &after[kind.len_utf8()..];
            if kind == '%' {
                out.push('%');
                continue;
            }
            let value = match named.or_else(|| positional.next()) {
                Some(value) => value,
                None => {
                    return Err(self.fails("TypeError", "not enough arguments for format string"));
                }
            };
            let written = match (kind, &value) {
                ('s', _) => self.shown(&value)?,
                ('r', _) => self.represented(&value)?,
                ('d' | 'i' | 'u', Value::Int(number)) => number.to_string(),
                ('d' | 'i' | 'u', Value::Bool(truth)) => u8::from(*truth).to_string(),
                ('x', Value::Int(number)) if *number >= 0 => format!("{number:x}"),
                ('f', Value::Float(_) | Value::Int(_)) => {
                    let precision = match flags.split_once('.') {
                        Some((_, precision)) => precision,
                        None => "6",
                    };
                    self.formatted(&value, &format!(".{precision}f"))?
                }
                _ => {
                    let what = describe(&value);
                    return Err(self.refuse(format!("writes {what} into a text with `%{kind}`")));
                }
            };
            let width = flags.split('.').next().unwrap_or_default();
            if kind != 'f' && flags.contains('.') || width.contains(['+', ' ', '#']) {
                return Err(self.refuse(format!("uses the format `%{flags}{kind}`")));
            }
            let left = width.starts_with('-');
            let width = width.trim_start_matches('-');
            let zeros = width.starts_with('0') && kind != 's' && !left;
            let wide = self.width(width.parse().unwrap_or(0))?;
            let fill = if zeros { '0' } else { ' ' };
            if zeros && written.starts_with('-') {
                out.push('-');
                out.push_str(&padded(&written[1..], '0', '>', wide.saturating_sub(1)));
            } else {
                out.push_str(&padded(&written, fill, if left { '<' } else { '>' }, wide));
            }
        }
        out.push_str(rest);
        match !mapping && matches!(values, Value::Tuple(_)) && positional.next().is_some() {
            true => Err(self.fails("TypeError", "not all arguments converted")),
            false => Ok(out),
        }
    }

    /// `format(value, specification)`
    pub(super) fn formatted(&mut self, value: &Value, specification: &str) -> Known<String> {
        if let Some(Local::Member(member)) = Local::of(value)
            && member.shows_value
        {
            let value = member.value.clone();
            return self.formatted(&value, specification);
        }
        if specification.is_empty() {
            return self.shown(value);
        }
        let Some(parsed) = Specification::parse(specification) else {
            return Err(self.refuse(format!("uses the format `{specification}`")));
        };
        let width = self.width(i64::try_from(parsed.width).unwrap_or(i64::MAX))?;
        if let Some(text) = text(value) {
            if !matches!(parsed.kind, None | Some('s')) || parsed.grouped {
                return Err(self.fails("ValueError", "unknown format code"));
            }
            let cut: String = match parsed.precision {
                Some(precision) => text.chars().take(precision).collect(),
                None => text.to_string(),
            };
            return Ok(padded(
                &cut,
                parsed.fill,
                parsed.align.unwrap_or('<'),
                width,
            ));
        }
        let written = match (value, parsed.kind) {
            (Value::Int(number), None | Some('d')) if parsed.precision.is_none() => {
                grouped(&number.to_string(), parsed.grouped)
            }
            (Value::Int(number), Some('x')) if *number >= 0 => format!("{number:x}"),
            (Value::Int(number), Some('X')) if *number >= 0 => format!("{number:X}"),
            (Value::Int(number), Some('b')) if *number >= 0 => format!("{number:b}"),
            (Value::Int(number), Some('o')) if *number >= 0 => format!("{number:o}"),
            #[expect(clippy::cast_precision_loss, reason = "as Python formats")]
            (Value::Int(number), Some('f')) => {
                let precision = parsed.precision.unwrap_or(6);
                grouped(&format!("{:.precision$}", *number as f64), parsed.grouped)
            }
            (Value::Float(number), Some('f')) => {
                let precision = parsed.precision.unwrap_or(6);
                grouped(&format!("{number:.precision$}"), parsed.grouped)
            }
            _ => {
                let what = describe(value);
                return Err(self.refuse(format!("writes {what} with the format `{specification}`")));
            }
        };
        if let (true, Some(digits)) = (parsed.align == Some('='), written.strip_prefix('-')) {
            return Ok(format!(
                "-{}",
                padded(digits, parsed.fill, '>', width.saturating_sub(1))
            ));
        }
        let align = match parsed.align {
            None | Some('=') => '>',
            Some(align) => align,
        };
        Ok(padded(&written, parsed.fill, align, width))
    }
}

/// What a format specification says.
#[derive(Debug)]
struct Specification {
    fill: char,
    align: Option<char>,
    width: usize,
    grouped: bool,
    precision: Option<usize>,
    kind: Option<char>,
}

impl Specification {
    /// Reads `[[fill]align][0][width][,][.precision][type]`; none where there is more to it.
    fn parse(specification: &str) -> Option<Self> {
        let mut rest = specification;
        let mut parsed = Self {
            fill: ' ',
            align: None,
            width: 0,
            grouped: false,
            precision: None,
            kind: None,
        };
        let mut characters = rest.chars();
        let (first, second) = (characters.next()?, characters.next());
        if let Some(align @ ('<' | '>' | '^' | '=')) = second {
            parsed.fill = first;
            parsed.align = Some(align);
            rest = &rest[first.len_utf8() + 1..];
        } else if matches!(first, '<' | '>' | '^' | '=') {
            parsed.align = Some(first);
            rest = &rest[1..];
        }
        if parsed.align.is_none() && rest.starts_with('0') {
            parsed.fill = '0';
            parsed.align = Some('=');
        }
        let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
        let (width, after) = rest.split_at(digits(rest));
        parsed.width = if width.is_empty() {
            0
        } else {
            width.parse().ok()?
        };
        rest = after;
        if let Some(after) = rest.strip_prefix(',') {
            parsed.grouped = true;
            rest = after;
        }
        if let Some(after) = rest.strip_prefix('.') {
            let (precision, after) = after.split_at(digits(after));
            parsed.precision = Some(precision.parse().ok().filter(|digits| *digits < 1000)?);
            rest = after;
        }
        let mut characters = rest.chars();
        parsed.kind = characters.next();
        match (parsed.kind, characters.next()) {
            (None | Some('s' | 'd' | 'x' | 'X' | 'b' | 'o' | 'f'), None) => Some(parsed),
            _ => None,
        }
    }
}

fn grouped(number: &str, wanted: bool) -> String {
    if !wanted {
        return number.to_owned();
    }
    let (sign, number) = match number.strip_prefix('-') {
        Some(number) => ("-", number),
        None => ("", number),
    };
    let (whole, fraction) = number.split_at(number.find('.').unwrap_or(number.len()));
    let mut out = String::from(sign);
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    out + fraction
}

/// Fills a text up to a width in characters.
pub(super) fn padded(text: &str, fill: char, align: char, width: usize) -> String {
    let missing = width.saturating_sub(text.chars().count());
    let before = match align {
        '<' => 0,
        '^' => missing / 2,
        _ => missing,
    };
    let fill = |count: usize| std::iter::repeat_n(fill, count);
    fill(before)
        .chain(text.chars())
        .chain(fill(missing - before))
        .collect()
}
