//! What PostgreSQL returns as values of Python, as psycopg and SQLAlchemy make them.

use std::rc::Rc;

use super::Evaluator;
use super::decorated::is_call_of;
use super::local::{Known, list, named, path, text};
use crate::translate::host::Rows;
use crate::translate::value::{Arguments, Kind, Object, Value};

/// What a statement says of the type of a column that it returns.
enum Declared {
    /// Nothing: the driver decides.
    Nothing,
    /// A type, by the last part of its name.
    As(Rc<str>),
    /// Different ones.
    Several,
}

impl Evaluator<'_, '_> {
    /// Reads the rows of an answer; `statement` tells of which types it declares its columns.
    pub(super) fn read_rows(&self, rows: &Rows, statement: &Value) -> Known<Vec<Vec<Value>>> {
        let mut declared = Vec::new();
        for column in &rows.columns {
            declared.push(self.declared(statement, &column.name));
        }
        let mut read = Vec::with_capacity(rows.rows.len());
        for row in &rows.rows {
            let mut values = Vec::with_capacity(row.len());
            for ((value, column), declared) in row.iter().zip(&rows.columns).zip(&declared) {
                values.push(match value {
                    None => Value::None,
                    Some(value) => {
                        let read = self.read(&column.kind, value, declared);
                        let Some(read) = read else {
                            let (name, kind) = (&column.name, &column.kind);
                            return Err(self.refuse(format!(
                                "reads the column `{name}` of the type `{kind}`"
                            )));
                        };
                        read
                    }
                });
            }
            read.push(values);
        }
        Ok(read)
    }

    fn read(&self, kind: &str, value: &str, declared: &Declared) -> Option<Value> {
        let declared = match declared {
            Declared::Nothing => None,
            Declared::As(name) => Some(&**name),
            Declared::Several => return None,
        };
        // What a type of SQLAlchemy's makes of a value that a driver leaves as it is.
        match declared {
            Some("TypeDecorator" | "Enum" | "ENUM" | "PickleType" | "Interval") => return None,
            Some("JSON" | "JSONB") if matches!(kind, "json" | "jsonb") => {
                return super::json::parse(value);
            }
            Some("Uuid" | "UUID") if kind == "uuid" => {
                return Some(self.call("uuid.UUID", vec![Value::Text(value.into())]));
            }
            _ => {}
        }
        if let Some(item) = kind.strip_prefix('_') {
            let items = items(value)?.into_iter();
            let read = items.map(|value| match value {
                Some(value) => self.read(item, &value, &Declared::Nothing),
                None => Some(Value::None),
            });
            return Some(list(read.collect::<Option<Vec<Value>>>()?));
        }
        Some(match kind {
            "bool" => Value::Bool(matches!(value, "t" | "true")),
            "int2" | "int4" | "int8" | "oid" => Value::Int(value.parse().ok()?),
            "float4" | "float8" => Value::Float(match value {
                "Infinity" => f64::INFINITY,
                "-Infinity" => f64::NEG_INFINITY,
                "NaN" => f64::NAN,
                value => value.parse().ok()?,
            }),
            "numeric" => self.call("decimal.Decimal", vec![Value::Text(value.into())]),
            "text" | "varchar" | "bpchar" | "name" | "char" | "uuid" | "json" | "jsonb"
            | "inet" | "cidr" | "macaddr" | "xml" | "citext" | "tsvector" | "unknown"
            | "regclass" | "regtype" | "bit" | "varbit" | "money" => Value::Text(value.into()),
            "bytea" => Value::Bytes(bytes(value)?.into()),
            "date" => self.call("datetime.date", numbers(value, &['-'])?),
            "timestamp" => self.call("datetime.datetime", instant(value)?),
            "timestamptz" => {
                let mut numbers = instant(value.strip_suffix("+00")?)?;
                numbers.resize(7, Value::Int(0));
                numbers.push(named(self.line, "datetime.timezone.utc"));
                self.call("datetime.datetime", numbers)
            }
            "time" => self.call("datetime.time", numbers(value, &[':', '.'])?),
            // Enumerations and domains have names of their own; the driver leaves them texts.
            _ => Value::Text(value.into()),
        })
    }

    fn call(&self, name: &str, positional: Vec<Value>) -> Value {
        let named_ = Vec::new();
        self.object(Kind::Call {
            callee: named(self.line, name),
            arguments: Arguments {
                positional,
                named: named_,
            },
        })
    }

    /// Looks for the type of a column in a statement that is built of SQLAlchemy's names.
    fn declared(&self, statement: &Value, column: &str) -> Declared {
        let mut found = Declared::Nothing;
        let mut columns = super::walk::Columns::default();
        columns.look(statement);
        for object in &columns.0 {
            let Some(declared) = declares(object, column) else {
                continue;
            };
            let of_class = |object| {
                self.class_enums
                    .iter()
                    .any(|known| Rc::ptr_eq(known, object))
            };
            let declared: Rc<str> = match &declared {
                // Rows hold the labels, unless they hold the members of a class.
                Value::Object(object) if !of_class(object) && is_call_of(&declared, &ENUMS) => {
                    "String".into()
                }
                declared => last_name(declared).unwrap_or_else(|| "".into()),
            };
            found = match found {
                Declared::Nothing => Declared::As(declared),
                Declared::As(known) if known == declared => Declared::As(known),
                _ => Declared::Several,
            };
        }
        found
    }
}

/// What enumerations are called.
const ENUMS: [&str; 2] = ["Enum", "ENUM"];

/// Returns the type that a column of a name is declared with.
fn declares(object: &Object, column: &str) -> Option<Value> {
    let Kind::Call { arguments, .. } = &object.kind else {
        return None;
    };
    if text(arguments.positional.first()?).as_deref() != Some(column) {
        return None;
    }
    let by_name = arguments.named.iter().find(|(name, _)| name == "type_");
    arguments
        .positional
        .get(1)
        .or(by_name.map(|(_, kind)| kind))
        .cloned()
}

/// Returns the last part of the name that a value begins with.
fn last_name(value: &Value) -> Option<Rc<str>> {
    let name = super::call::root(value)?;
    Some(name.rsplit('.').next().unwrap_or(name).into())
}

/// Reads numbers apart from each other.
fn numbers(written: &str, between: &[char]) -> Option<Vec<Value>> {
    let parts = written.split(between);
    parts
        .map(|part| part.parse().ok().map(Value::Int))
        .collect()
}

/// Reads `2026-11-20 10:00:00.5` as year, month, day, hour, minute, second and microsecond.
fn instant(written: &str) -> Option<Vec<Value>> {
    let (date, time) = written.split_once(' ')?;
    let (time, fraction) = time.split_once('.').unwrap_or((time, ""));
    let mut read = numbers(date, &['-'])?;
    read.extend(numbers(time, &[':'])?);
    if !fraction.is_empty() {
        read.push(Value::Int(format!("{fraction:0<6}").parse().ok()?));
    }
    Some(read)
}

/// Reads `\x0a1b`.
fn bytes(written: &str) -> Option<Vec<u8>> {
    let digits = written.strip_prefix("\\x")?;
    let pairs = (0..digits.len()).step_by(2);
    pairs
        .map(|at| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok())
        .collect()
}

/// Reads an array of one dimension, `{a,"b c",NULL}`.
fn items(written: &str) -> Option<Vec<Option<String>>> {
    let mut rest = written
        .strip_prefix('{')?
        .strip_suffix('}')?
        .chars()
        .peekable();
    let mut items = Vec::new();
    while rest.peek().is_some() {
        let mut item = String::new();
        let quoted = rest.next_if_eq(&'"').is_some();
        loop {
            match rest.next() {
                None if quoted => return None,
                None => break,
                Some(',') if !quoted => break,
                Some('"') if quoted => {
                    rest.next_if_eq(&',');
                    break;
                }
                Some('\\') => item.push(rest.next()?),
                Some('{') if !quoted => return None,
                Some(c) => item.push(c),
            }
        }
        items.push(match item.as_str() {
            "NULL" if !quoted => None,
            _ => Some(item),
        });
    }
    Some(items)
}

/// Writes what a `UUID` made of a text is as a text.
pub(super) fn uuid(value: &Value) -> Option<Rc<str>> {
    let Value::Object(object) = value else {
        return None;
    };
    match &object.kind {
        Kind::Call { callee, arguments } if path(callee) == Some("uuid.UUID") => {
            match arguments.positional.as_slice() {
                [Value::Text(text)] if text.len() == 36 => Some(text.to_ascii_lowercase().into()),
                _ => None,
            }
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_are_read_item_by_item() {
        let read = |written| items(written).map(|items| format!("{items:?}"));
        for (written, expected) in [
            ("{}", Some("[]")),
            ("{a,b}", Some(r#"[Some("a"), Some("b")]"#)),
            (
                r#"{"a,b",NULL,"NULL","q\"\\"}"#,
                Some(r#"[Some("a,b"), None, Some("NULL"), Some("q\"\\")]"#),
            ),
            ("{{1},{2}}", None),
            ("a", None),
        ] {
            assert_eq!(read(written).as_deref(), expected, "{written}");
        }
    }

    #[test]
    fn bytes_are_read_from_their_digits() {
        assert_eq!(bytes("\\x00ff"), Some(vec![0, 255]));
        assert_eq!(bytes("\\x0"), None);
        assert_eq!(bytes("00"), None);
    }
}
