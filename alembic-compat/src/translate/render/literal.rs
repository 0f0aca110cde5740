//! Python's values as literals of SQL, by the type that they are meant for.
//!
//! A value is written as the database would receive it from SQLAlchemy and its driver. What a type
//! would refuse or send through code of the project is refused here.

use std::fmt::Write as _;
use std::rc::Rc;

use super::constant::{Constant, constant};
use super::given::items;
use super::quote::string;
use super::refusal::{Result, refuse};
use super::types::{Class, NamedType, Sort, Type};
use crate::translate::value::Value;

/// Writes a value as a literal of a type.
pub(super) fn literal(value: &Value, of: &Type) -> Result<String> {
    let here = of.here();
    if matches!(value, Value::None) {
        return Ok(match here.json_null {
            true => "'null'".to_owned(),
            false => "NULL".to_owned(),
        });
    }
    if of.coded || here.coded {
        return refuse("writes a value through code of a column type that is not known here");
    }
    let class = here.class();
    if matches!(class, Class::Json | Class::Jsonb) {
        let mut text = String::new();
        json(value, &mut text)?;
        return Ok(string(&text));
    }
    let written = match value {
        Value::Bool(truth) => boolean(*truth, class),
        Value::Int(number) => integer(*number, class),
        Value::Float(number) => float(*number, class),
        Value::Text(text) => written_text(text, here),
        Value::Bytes(bytes) => match class {
            Class::Binary | Class::Null | Class::Other => Some(binary(bytes)),
            _ => None,
        },
        Value::List(_) | Value::Tuple(_) => return array(value, here),
        Value::Object(object) => match constant(object)? {
            Some(known) => written_constant(&known, class),
            None => None,
        },
        Value::None | Value::Dict(_) | Value::Set(_) | Value::Opaque(_) => None,
    };
    match written {
        Some(written) => Ok(written),
        None => refuse(format!(
            "writes {} as a value of the type {}",
            describe(value),
            here.sql().unwrap_or_else(|_| "that is not said".to_owned())
        )),
    }
}

/// Returns the type that SQLAlchemy takes a value to be of, if it knows one.
pub(super) fn type_of(value: &Value) -> Option<Rc<Type>> {
    Some(match value {
        Value::Bool(_) => Type::boolean(),
        Value::Int(_) => Type::integer(),
        Value::Float(_) => Type::plain("FLOAT", Class::Numeric),
        Value::Text(_) => Type::text(),
        Value::Bytes(_) => Type::plain("BYTEA", Class::Binary),
        Value::Object(object) => match constant(object).ok()?? {
            Constant::DateTime(_) => Type::plain("TIMESTAMP WITHOUT TIME ZONE", Class::DateTime),
            Constant::Date(_) => Type::plain("DATE", Class::Date),
            Constant::Time(_) => Type::plain("TIME WITHOUT TIME ZONE", Class::Time),
            Constant::Duration(_) => Type::plain("INTERVAL", Class::Interval),
            Constant::Decimal(_) => Type::plain("NUMERIC", Class::Numeric),
            Constant::Uuid(_) => Type::plain("UUID", Class::Uuid),
            Constant::JsonNull => return None,
        },
        _ => return None,
    })
}

/// Names a value, for messages.
pub(super) fn describe(value: &Value) -> String {
    match value {
        Value::None => "`None`".to_owned(),
        Value::Bool(true) => "`True`".to_owned(),
        Value::Bool(false) => "`False`".to_owned(),
        Value::Int(number) => format!("`{number}`"),
        Value::Float(number) => format!("`{}`", python_float(*number)),
        Value::Text(_) => "a text".to_owned(),
        Value::Bytes(_) => "bytes".to_owned(),
        Value::Tuple(_) => "a tuple".to_owned(),
        Value::List(_) => "a list".to_owned(),
        Value::Set(_) => "a set".to_owned(),
        Value::Dict(_) => "a dictionary".to_owned(),
        Value::Object(_) => "an expression".to_owned(),
        Value::Opaque(it) => it.describe(),
    }
}

fn boolean(truth: bool, class: Class) -> Option<String> {
    let word = if truth { "true" } else { "false" };
    Some(match class {
        Class::Boolean | Class::Null | Class::Other | Class::Text => word.to_owned(),
        Class::SmallInteger | Class::Integer | Class::BigInteger => u8::from(truth).to_string(),
        _ => return None,
    })
}

fn integer(number: i64, class: Class) -> Option<String> {
    Some(match (class, number) {
        (Class::Boolean, 0) => "false".to_owned(),
        (Class::Boolean, 1) => "true".to_owned(),
        (Class::Null | Class::Other | Class::Text | Class::Numeric, _)
        | (Class::SmallInteger | Class::Integer | Class::BigInteger, _) => number.to_string(),
        _ => return None,
    })
}

fn float(number: f64, class: Class) -> Option<String> {
    if !number.is_finite() {
        return None;
    }
    match class {
        Class::Null | Class::Other | Class::Text | Class::Numeric => Some(python_float(number)),
        Class::SmallInteger | Class::Integer | Class::BigInteger if number.fract() == 0.0 => {
            Some(format!("{number:.0}"))
        }
        _ => None,
    }
}

fn written_text(text: &str, of: &Type) -> Option<String> {
    match of.class() {
        Class::Text
        | Class::Null
        | Class::Other
        | Class::DateTime
        | Class::Date
        | Class::Time
        | Class::Interval
        | Class::Uuid => Some(string(text)),
        Class::Enumeration => Some(string(text)),
        Class::SmallInteger | Class::Integer | Class::BigInteger => {
            let number: i64 = text.trim().parse().ok()?;
            Some(number.to_string())
        }
        Class::Numeric => {
            let digits = |c: char| c.is_ascii_digit() || matches!(c, '.' | '-');
            let number = text.chars().all(digits) && text.parse::<f64>().is_ok();
            number.then(|| text.to_owned())
        }
        _ => None,
    }
}

fn written_constant(known: &Constant, class: Class) -> Option<String> {
    let free = matches!(class, Class::Null | Class::Other);
    match known {
        Constant::DateTime(text) => match class {
            Class::Date => Some(string(text.split(' ').next().unwrap_or(text))),
            Class::DateTime => Some(string(text)),
            _ => free.then(|| string(text)),
        },
        Constant::Date(text) => match class {
            Class::Date | Class::DateTime => Some(string(text)),
            _ => free.then(|| string(text)),
        },
        Constant::Time(text) => (free || class == Class::Time).then(|| string(text)),
        Constant::Duration(seconds) => (free || class == Class::Interval)
            .then(|| format!("make_interval(secs=>{})", python_float(*seconds))),
        Constant::Decimal(text) => (free || class == Class::Numeric).then(|| text.clone()),
        Constant::Uuid(text) => match class {
            Class::Uuid => Some(string(text)),
            Class::UuidText => Some(string(&text.replace('-', ""))),
            _ => free.then(|| string(text)),
        },
        Constant::JsonNull => None,
    }
}

fn binary(bytes: &[u8]) -> String {
    let mut text = String::from("'\\x");
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text.push('\'');
    text
}

/// Writes a list as an array, with its type: PostgreSQL would take the items for texts.
fn array(value: &Value, of: &Type) -> Result<String> {
    match &of.sort {
        Sort::Array { item, .. } => {
            let sql = nested(value, item)?;
            Ok(format!("{sql}::{}", of.sql()?))
        }
        Sort::Null => {
            let members = items(value).unwrap_or_default();
            match members.iter().find_map(type_of) {
                Some(item) => nested(value, &item),
                None => refuse("writes a list whose items have no type"),
            }
        }
        Sort::Named(NamedType::Domain(_))
        | Sort::Named(_)
        | Sort::Plain { .. }
        | Sort::Text { .. } => refuse(format!(
            "writes a list as a value of the type {}",
            of.sql()?
        )),
    }
}

fn nested(value: &Value, item: &Type) -> Result<String> {
    let members = items(value).unwrap_or_default();
    let written: Result<Vec<_>> = members
        .iter()
        .map(|member| match member {
            Value::List(_) | Value::Tuple(_) => nested(member, item),
            _ => literal(member, item),
        })
        .collect();
    Ok(format!("ARRAY[{}]", written?.join(", ")))
}

/// Writes a value as Python's `json.dumps` does.
fn json(value: &Value, out: &mut String) -> Result<()> {
    match value {
        Value::None => out.push_str("null"),
        Value::Bool(truth) => out.push_str(if *truth { "true" } else { "false" }),
        Value::Int(number) => out.push_str(&number.to_string()),
        Value::Float(number) if number.is_finite() => out.push_str(&python_float(*number)),
        Value::Text(text) => json_text(text, out),
        Value::List(_) | Value::Tuple(_) => {
            out.push('[');
            for (at, member) in items(value).unwrap_or_default().iter().enumerate() {
                if at > 0 {
                    out.push_str(", ");
                }
                json(member, out)?;
            }
            out.push(']');
        }
        Value::Dict(pairs) => {
            out.push('{');
            for (at, (key, member)) in pairs.borrow().iter().enumerate() {
                if at > 0 {
                    out.push_str(", ");
                }
                match key {
                    Value::Text(key) => json_text(key, out),
                    Value::Int(_) | Value::Bool(_) | Value::None => {
                        out.push('"');
                        json(key, out)?;
                        out.push('"');
                    }
                    _ => return refuse(format!("writes JSON with {} as a key", describe(key))),
                }
                out.push_str(": ");
                json(member, out)?;
            }
            out.push('}');
        }
        Value::Object(object) if matches!(constant(object)?, Some(Constant::JsonNull)) => {
            out.push_str("null");
        }
        _ => return refuse(format!("writes {} as JSON", describe(value))),
    }
    Ok(())
}

fn json_text(text: &str, out: &mut String) {
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

/// Writes a number as Python's `repr` does.
pub(super) fn python_float(number: f64) -> String {
    let shortest = format!("{number:e}");
    let (digits, exponent) = shortest.split_once('e').unwrap_or((&shortest, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..16).contains(&exponent) {
        let plain = format!("{number}");
        return match plain.contains('.') {
            true => plain,
            false => plain + ".0",
        };
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_written_as_python_does() {
        for (number, written) in [
            (1.5, "1.5"),
            (1.0, "1.0"),
            (0.0, "0.0"),
            (-0.25, "-0.25"),
            (1e-4, "0.0001"),
            (1e-5, "1e-05"),
            (1.25e-7, "1.25e-07"),
            (1e15, "1000000000000000.0"),
            (1e16, "1e+16"),
            (1.5e300, "1.5e+300"),
        ] {
            assert_eq!(python_float(number), written);
        }
    }

    #[test]
    fn json_is_written_as_python_does() {
        let mut out = String::new();
        json_text("a\"\\\n\u{1}é😀", &mut out);
        assert_eq!(out, r#""a\"\\\n\u0001\u00e9\ud83d\ude00""#);
    }
}
