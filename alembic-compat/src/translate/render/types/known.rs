//! Column types that SQLAlchemy does not have: those of packages that many projects use, and those of
//! the project, of which its settings say what they are.

use std::rc::Rc;

use super::{Class, Sort, Type};
use crate::translate::render::Reader;
use crate::translate::render::given::Given;
use crate::translate::render::refusal::{Result, refuse};
use crate::translate::value::{Arguments, Value};

/// What a type of another package is in PostgreSQL, whatever it is given.
const PLAIN: &[(&str, &str, &str)] = &[
    ("advanced_alchemy", "BigIntIdentity", "BIGINT"),
    (
        "advanced_alchemy",
        "DateTimeUTC",
        "TIMESTAMP WITH TIME ZONE",
    ),
    ("advanced_alchemy", "EncryptedString", "VARCHAR"),
    ("advanced_alchemy", "EncryptedText", "TEXT"),
    ("advanced_alchemy", "GUID", "UUID"),
    ("advanced_alchemy", "JsonB", "JSONB"),
    ("citext", "CIText", "CITEXT"),
    ("fastapi_users_db_sqlalchemy", "GUID", "UUID"),
    ("fastapi_users_db_sqlmodel", "GUID", "UUID"),
    ("oslo_db", "JsonEncodedDict", "TEXT"),
    ("oslo_db", "JsonEncodedList", "TEXT"),
    ("oslo_db", "SoftDeleteInteger", "INTEGER"),
    ("sqlalchemy_json", "MutableJson", "JSON"),
    ("sqlalchemy_json", "NestedMutableJson", "JSON"),
    ("sqlalchemy_searchable", "TSVectorType", "TSVECTOR"),
    ("sqlalchemy_utc", "UtcDateTime", "TIMESTAMP WITH TIME ZONE"),
    (
        "sqlalchemy_utils",
        "ArrowType",
        "TIMESTAMP WITHOUT TIME ZONE",
    ),
    ("sqlalchemy_utils", "CountryType", "VARCHAR(2)"),
    ("sqlalchemy_utils", "CurrencyType", "VARCHAR(3)"),
    ("sqlalchemy_utils", "DateRangeType", "DATERANGE"),
    ("sqlalchemy_utils", "DateTimeRangeType", "TSRANGE"),
    ("sqlalchemy_utils", "EncryptedType", "BYTEA"),
    ("sqlalchemy_utils", "Int8RangeType", "INT8RANGE"),
    ("sqlalchemy_utils", "IntRangeType", "INT4RANGE"),
    ("sqlalchemy_utils", "JSONType", "JSON"),
    ("sqlalchemy_utils", "LocaleType", "VARCHAR(10)"),
    ("sqlalchemy_utils", "LtreeType", "LTREE"),
    ("sqlalchemy_utils", "NumericRangeType", "NUMRANGE"),
    ("sqlalchemy_utils", "PasswordType", "BYTEA"),
    ("sqlalchemy_utils", "ScalarListType", "TEXT"),
    ("sqlalchemy_utils", "TSVectorType", "TSVECTOR"),
    ("sqlalchemy_utils", "TimezoneType", "VARCHAR(50)"),
    ("sqlalchemy_utils", "URLType", "TEXT"),
    ("sqlalchemy_utils", "WeekDaysType", "BIT(7)"),
    ("sqlmodel", "GUID", "UUID"),
    ("sqlmodel", "UTCDateTime", "TIMESTAMP WITH TIME ZONE"),
];

/// What is known of such a type.
type Sized = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    usize,
    Option<i64>,
);

/// Types of other packages that take a length: its name, its place among the arguments, its default.
const SIZED: &[Sized] = &[
    ("advanced_alchemy", "Vector", "VECTOR", "dim", 0, None),
    ("pgvector", "HALFVEC", "HALFVEC", "dim", 0, None),
    ("pgvector", "SPARSEVEC", "SPARSEVEC", "dim", 0, None),
    ("pgvector", "VECTOR", "VECTOR", "dim", 0, None),
    ("pgvector", "Vector", "VECTOR", "dim", 0, None),
    ("pgvector", "BIT", "BIT", "length", 0, Some(1)),
    (
        "sqlalchemy_utils",
        "ColorType",
        "VARCHAR",
        "max_length",
        0,
        Some(20),
    ),
    (
        "sqlalchemy_utils",
        "EmailType",
        "VARCHAR",
        "length",
        0,
        Some(255),
    ),
    (
        "sqlalchemy_utils",
        "IPAddressType",
        "VARCHAR",
        "max_length",
        0,
        Some(50),
    ),
    (
        "sqlalchemy_utils",
        "PhoneNumberType",
        "VARCHAR",
        "max_length",
        1,
        Some(20),
    ),
    ("sqlmodel", "AutoString", "VARCHAR", "length", 0, None),
];

/// Types of other packages that send a value as it is given.
const TRANSPARENT: &[&str] = &[
    "AutoString",
    "BigIntIdentity",
    "CIText",
    "GUID",
    "JsonB",
    "LtreeType",
    "MutableJson",
    "NestedMutableJson",
    "TSVectorType",
    "UUIDType",
];

impl Reader<'_> {
    /// Reads a type of another package or of the project.
    pub(super) fn foreign_type(
        &mut self,
        path: &str,
        arguments: &Arguments,
    ) -> Result<Option<Rc<Type>>> {
        let name = path.rsplit('.').next().unwrap_or(path);
        let types = &self.settings.types;
        if let Some(template) = types.get(path).or_else(|| types.get(name)) {
            let sql = filled(template, path, arguments)?;
            return Ok(Some(coded(&of_text(&sql))));
        }
        if path.starts_with("sqlalchemy.ext.mutable.") && name == "as_mutable" {
            let mut given = Given::new(path, arguments);
            let inner = given.need("sqltype")?;
            given.finish()?;
            return self.a_type(&inner).map(Some);
        }
        let package = path.split('.').next().unwrap_or(path);
        let read = self.packaged_type(package, name, arguments)?;
        Ok(read.map(|read| match TRANSPARENT.contains(&name) {
            true => read,
            false => coded(&read),
        }))
    }

    /// Reads a type of another package.
    pub(super) fn packaged_type(
        &mut self,
        package: &str,
        name: &str,
        arguments: &Arguments,
    ) -> Result<Option<Rc<Type>>> {
        let of = |it: &(&str, &str, &str)| it.0 == package && it.1 == name;
        if let Some((.., sql)) = PLAIN.iter().find(|it| of(it)) {
            return Ok(Some(of_text(sql)));
        }
        let sized = SIZED.iter().find(|it| it.0 == package && it.1 == name);
        if let Some((.., word, length, at, default)) = sized {
            let given = arguments.named.iter().find(|(name, _)| name == length);
            let given = given.map(|(_, value)| value);
            return Ok(Some(
                match given.or_else(|| arguments.positional.get(*at)) {
                    Some(Value::Int(length)) => of_text(&format!("{word}({length})")),
                    None | Some(Value::None) => match default {
                        Some(length) => of_text(&format!("{word}({length})")),
                        None => of_text(word),
                    },
                    Some(_) => {
                        return refuse(format!(
                            "gives `{name}` a `{length}` of an unexpected kind"
                        ));
                    }
                },
            ));
        }
        let mut given = Given::new(format!("{package}.{name}"), arguments);
        let read = match (package, name) {
            ("sqlalchemy_utils", "UUIDType") => {
                let binary = given.take("binary")?;
                match (given.take("native")?, binary) {
                    (Some(Value::Bool(false)), Some(Value::Bool(false))) => of_text("CHAR(32)"),
                    (Some(Value::Bool(false)), _) => of_text("BINARY(16)"),
                    _ => of_text("UUID"),
                }
            }
            ("sqlalchemy_utils", "ChoiceType") => {
                given.take("choices")?;
                match given.take("impl")? {
                    None | Some(Value::None) => of_text("VARCHAR(255)"),
                    Some(implementation) => self.a_type(&implementation)?,
                }
            }
            ("sqlalchemy_utils", "StringEncryptedType") => {
                for name in ["type_in", "key", "engine", "padding"] {
                    given.take(name)?;
                }
                match given.named("length") {
                    Some(Value::Int(length)) => of_text(&format!("VARCHAR({length})")),
                    None | Some(Value::None) => of_text("VARCHAR"),
                    Some(_) => return given.strange("length"),
                }
            }
            ("fastapi_users_db_sqlalchemy", "TIMESTAMPAware") => match given.take("timezone")? {
                Some(Value::Bool(true)) => of_text("TIMESTAMP WITH TIME ZONE"),
                _ => of_text("TIMESTAMP WITHOUT TIME ZONE"),
            },
            ("sqlalchemy_json", "mutable_json_type") => {
                let of = given.take("dbtype")?;
                given.take("nested")?;
                match of {
                    Some(of) => self.a_type(&of)?,
                    None => of_text("JSON"),
                }
            }
            ("geoalchemy2", "Geometry" | "Geography") => return spatial(name, given),
            _ => return Ok(None),
        };
        given.finish()?;
        Ok(Some(read))
    }
}

/// Reads a type of GeoAlchemy 2 that has no index of its own; one that has makes it behind the script's
/// back, and is refused.
fn spatial(name: &str, mut given: Given) -> Result<Option<Rc<Type>>> {
    let kind = given.take("geometry_type")?;
    let srid = given.int("srid")?.unwrap_or(-1);
    given.take("dimension")?;
    let indexed = given.take("spatial_index")?;
    given.take("use_N_D_index")?;
    if !matches!(
        given.take("use_typmod")?,
        None | Some(Value::None | Value::Bool(true))
    ) {
        return refuse(format!("uses `{name}` with `use_typmod`"));
    }
    given.take("from_text")?;
    let word = match given.take("name")? {
        None | Some(Value::None) => name.to_ascii_lowercase(),
        Some(Value::Text(name)) => name.to_string(),
        Some(_) => return given.strange("name"),
    };
    given.take("nullable")?;
    given.finish()?;
    if !matches!(indexed, Some(Value::Bool(false))) {
        return refuse(format!(
            "uses `{name}` with the index that it makes by itself"
        ));
    }
    Ok(Some(match kind {
        None => Type::plain(format!("{word}(GEOMETRY,{srid})"), Class::Other),
        Some(Value::Text(kind)) => Type::plain(format!("{word}({kind},{srid})"), Class::Other),
        Some(Value::None) => Type::plain(word, Class::Other),
        Some(_) => return given_kind(name),
    }))
}

fn given_kind<T>(name: &str) -> Result<T> {
    refuse(format!(
        "gives `{name}` a `geometry_type` of an unexpected kind"
    ))
}

/// Fills the arguments of a type into what the settings say it is: `{0}` by position, `{length}` by
/// name.
fn filled(template: &str, path: &str, arguments: &Arguments) -> Result<String> {
    let mut sql = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, after)) = after.split_once('}') else {
            break;
        };
        let value = match name.parse::<usize>() {
            Ok(at) => arguments.positional.get(at),
            Err(_) => {
                let named = arguments.named.iter().find(|(given, _)| given == name);
                named.map(|(_, value)| value)
            }
        };
        let value = match value {
            Some(Value::Int(number)) => number.to_string(),
            Some(Value::Text(text)) => text.to_string(),
            _ => {
                return refuse(format!(
                    "uses the type `{path}` without the argument `{name}` that its line in \
                     `[alembic.types]` asks for"
                ));
            }
        };
        sql.push_str(before);
        sql.push_str(&value);
        rest = after;
    }
    sql.push_str(rest);
    Ok(sql)
}

/// Marks a type as one whose values go through code that is not known here.
fn coded(of: &Type) -> Rc<Type> {
    Rc::new(Type {
        coded: true,
        ..of.clone()
    })
}

/// Returns the type that a name in PostgreSQL is.
pub(super) fn of_text(sql: &str) -> Rc<Type> {
    let upper = sql.trim().to_ascii_uppercase();
    if let Some(item) = upper.strip_suffix("[]") {
        let item = of_text(&sql.trim()[..item.len()]);
        let dimensions = None;
        if !matches!(item.sort, Sort::Array { .. }) {
            return Type::new(Sort::Array { item, dimensions });
        }
    }
    let word = upper.split(['(', ' ']).next().unwrap_or_default();
    let class = match word {
        "VARCHAR" | "TEXT" | "CHAR" | "CHARACTER" | "CITEXT" => Class::Text,
        "INTEGER" | "INT" | "INT4" => Class::Integer,
        "SMALLINT" | "INT2" => Class::SmallInteger,
        "BIGINT" | "INT8" => Class::BigInteger,
        "NUMERIC" | "DECIMAL" | "REAL" | "DOUBLE" | "FLOAT" => Class::Numeric,
        "BOOLEAN" | "BOOL" => Class::Boolean,
        "TIMESTAMP" | "TIMESTAMPTZ" => Class::DateTime,
        "DATE" => Class::Date,
        "TIME" | "TIMETZ" => Class::Time,
        "INTERVAL" => Class::Interval,
        "BYTEA" => Class::Binary,
        "JSON" => Class::Json,
        "JSONB" => Class::Jsonb,
        "UUID" => Class::Uuid,
        _ => Class::Other,
    };
    Type::plain(sql, class)
}
