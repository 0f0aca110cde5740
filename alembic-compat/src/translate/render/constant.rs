//! Values that Python makes of its own library: dates, times, decimals and UUIDs.

use super::given::{Given, call};
use super::literal::python_float;
use super::refusal::{Result, refuse};
use super::symbol::{Symbol, symbol};
use crate::translate::value::{Kind, Object, Value};

/// Such a value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Constant {
    /// `2020-01-02 03:04:05`, with fraction and zone where it has them.
    DateTime(String),
    /// `2020-01-02`
    Date(String),
    /// `03:04:05`
    Time(String),
    /// A length of time in seconds.
    Duration(f64),
    /// A number as it is written.
    Decimal(String),
    /// In groups of digits.
    Uuid(String),
    /// `JSON.NULL`
    JsonNull,
}

/// Returns the value that an object is, if it is one of them.
pub(super) fn constant(object: &Object) -> Result<Option<Constant>> {
    match &object.kind {
        Kind::Name(_) | Kind::Attribute { .. } => Ok(named(object)),
        Kind::Call { .. } => match call(object) {
            Some((Symbol::Other(path), arguments)) => {
                let mut given = Given::new(path.clone(), arguments);
                let made = made(&path, &mut given)?;
                match made {
                    Some(made) => {
                        given.finish()?;
                        Ok(Some(made))
                    }
                    None => Ok(None),
                }
            }
            _ => Ok(None),
        },
        _ => Ok(None),
    }
}

fn named(object: &Object) -> Option<Constant> {
    let path = match &object.kind {
        Kind::Name(path) => Symbol::parse(path),
        Kind::Attribute { of, name } => {
            let of = symbol(of)?;
            Symbol::parse(&format!("{}.{name}", full(&of)))
        }
        _ => return None,
    };
    match path {
        Symbol::Core(name) if name == "JSON.NULL" => Some(Constant::JsonNull),
        Symbol::Dialect(dialect, name) if dialect == "postgresql" => {
            matches!(name.as_str(), "JSON.NULL" | "JSONB.NULL").then_some(Constant::JsonNull)
        }
        _ => None,
    }
}

fn full(symbol: &Symbol) -> String {
    match symbol {
        Symbol::Core(name) => format!("sqlalchemy.{name}"),
        Symbol::Dialect(dialect, name) => format!("sqlalchemy.dialects.{dialect}.{name}"),
        other => other.to_string(),
    }
}

fn made(path: &str, given: &mut Given) -> Result<Option<Constant>> {
    Ok(Some(match path {
        "datetime.datetime" => {
            let date = date(given)?;
            let time = time(given)?;
            Constant::DateTime(format!("{date} {time}"))
        }
        "datetime.date" => Constant::Date(date(given)?),
        "datetime.time" => Constant::Time(time(given)?),
        "datetime.timedelta" => {
            let mut seconds = 0.0;
            for (name, worth) in [
                ("days", 86_400.0),
                ("seconds", 1.0),
                ("microseconds", 1e-6),
                ("milliseconds", 1e-3),
                ("minutes", 60.0),
                ("hours", 3_600.0),
                ("weeks", 604_800.0),
            ] {
                #[expect(clippy::cast_precision_loss, reason = "as Python divides it")]
                match given.take(name)? {
                    None => {}
                    Some(Value::Int(number)) => seconds += number as f64 * worth,
                    Some(Value::Float(number)) => seconds += number * worth,
                    Some(_) => return given.strange(name),
                }
            }
            Constant::Duration(seconds)
        }
        "decimal.Decimal" => match given.need("value")? {
            Value::Int(number) => Constant::Decimal(number.to_string()),
            Value::Text(text) => {
                let digits = text.trim_start_matches(['-', '+']);
                let plain = digits.chars().all(|c| c.is_ascii_digit() || c == '.');
                if !plain || digits.parse::<f64>().is_err() {
                    return refuse(format!("makes a `Decimal` of `{text}`"));
                }
                Constant::Decimal(text.trim_start_matches('+').to_owned())
            }
            Value::Float(number) => {
                return refuse(format!("makes a `Decimal` of `{}`", python_float(number)));
            }
            _ => return given.strange("value"),
        },
        "uuid.UUID" => match given.need("hex")? {
            Value::Text(text) => {
                let hex: String = text.chars().filter(char::is_ascii_hexdigit).collect();
                if hex.len() != 32 {
                    return refuse(format!("makes a `UUID` of `{text}`"));
                }
                let hex = hex.to_ascii_lowercase();
                let parts = [
                    &hex[..8],
                    &hex[8..12],
                    &hex[12..16],
                    &hex[16..20],
                    &hex[20..],
                ];
                Constant::Uuid(parts.join("-"))
            }
            _ => return given.strange("hex"),
        },
        _ => return Ok(None),
    }))
}

fn date(given: &mut Given) -> Result<String> {
    let mut part = |name: &str| match given.int(name)? {
        Some(number) => Ok(number),
        None => given.strange(name),
    };
    let (year, month, day) = (part("year")?, part("month")?, part("day")?);
    Ok(format!("{year:04}-{month:02}-{day:02}"))
}

fn time(given: &mut Given) -> Result<String> {
    let mut part = |name: &str| Ok(given.int(name)?.unwrap_or(0));
    let (hour, minute, second) = (part("hour")?, part("minute")?, part("second")?);
    let fraction = part("microsecond")?;
    let mut time = format!("{hour:02}:{minute:02}:{second:02}");
    if fraction != 0 {
        time.push_str(&format!(".{fraction:06}"));
    }
    match given.take("tzinfo")? {
        None | Some(Value::None) => {}
        Some(zone) if is_utc(&zone) => time.push_str("+00:00"),
        Some(_) => return refuse("uses a time zone other than UTC"),
    }
    Ok(time)
}

fn is_utc(zone: &Value) -> bool {
    match symbol(zone) {
        Some(Symbol::Other(path)) => {
            matches!(
                path.as_str(),
                "datetime.timezone.utc" | "datetime.UTC" | "pytz.utc" | "pytz.UTC"
            )
        }
        _ => false,
    }
}
