//! Column types as scripts write them: `sa.String(50)`, `postgresql.JSONB`, `X().with_variant(…)`.

use std::rc::Rc;

use super::{Class, Sort, Type};
use crate::translate::render::Reader;
use crate::translate::render::given::{Given, call, on_line};
use crate::translate::render::refusal::{Result, refuse};
use crate::translate::render::symbol::{Symbol, symbol};
use crate::translate::value::{Arguments, Kind, Object, Value};

impl Reader<'_> {
    /// Reads a type, or `None` where the value is something else.
    pub fn maybe_type(&mut self, value: &Value) -> Result<Option<Rc<Type>>> {
        let Value::Object(object) = value else {
            return Ok(None);
        };
        if let Some(known) = self.types.get(&Rc::as_ptr(object)) {
            return Ok(Some(known.1.clone()));
        }
        let read = on_line(object, || self.fresh_type(object))?;
        if let Some(read) = &read {
            let kept = (object.clone(), read.clone());
            self.types.insert(Rc::as_ptr(object), kept);
        }
        Ok(read)
    }

    /// Reads a type.
    pub fn a_type(&mut self, value: &Value) -> Result<Rc<Type>> {
        match self.maybe_type(value)? {
            Some(read) => Ok(read),
            None => match value {
                Value::Object(object) => {
                    let what = call(object)
                        .map(|(symbol, _)| symbol)
                        .or_else(|| symbol(value));
                    match what {
                        Some(what) => refuse(unknown_type(&what)),
                        None => refuse("uses an expression as a column type"),
                    }
                }
                Value::Opaque(it) => refuse(format!("uses {} as a column type", it.describe())),
                _ => refuse("uses something else as a column type"),
            },
        }
    }

    fn fresh_type(&mut self, object: &Rc<Object>) -> Result<Option<Rc<Type>>> {
        match &object.kind {
            Kind::Name(_) | Kind::Attribute { .. } => {
                match symbol(&Value::Object(object.clone())) {
                    Some(symbol) => self.type_of(&symbol, &Arguments::default()),
                    None => Ok(None),
                }
            }
            Kind::Call { callee, arguments } => {
                if let Some(symbol) = symbol(callee) {
                    return self.type_of(&symbol, arguments);
                }
                let Value::Object(callee) = callee else {
                    return Ok(None);
                };
                let Kind::Attribute { of, name } = &callee.kind else {
                    return Ok(None);
                };
                match self.maybe_type(of)? {
                    Some(of) => self.type_method(&of, name, arguments).map(Some),
                    None => Ok(None),
                }
            }
            _ => Ok(None),
        }
    }

    fn type_method(
        &mut self,
        of: &Rc<Type>,
        name: &str,
        arguments: &Arguments,
    ) -> Result<Rc<Type>> {
        let mut given = Given::new(name, arguments);
        match name {
            "with_variant" => {
                let variant = given.need("type_")?;
                let mut here = false;
                for dialect in given.rest() {
                    let Value::Text(dialect) = dialect else {
                        return given.strange("dialect_names");
                    };
                    here |= &*dialect == "postgresql";
                }
                given.finish()?;
                let variant = match here {
                    true => Some(self.a_type(&variant)?),
                    false => of.variant.clone(),
                };
                Ok(Rc::new(Type {
                    variant,
                    ..Type::clone(of)
                }))
            }
            "copy" => {
                given.finish()?;
                Ok(Rc::new(Type::clone(of)))
            }
            _ => refuse(format!("calls `{name}` of a column type")),
        }
    }

    fn type_of(&mut self, symbol: &Symbol, arguments: &Arguments) -> Result<Option<Rc<Type>>> {
        let mut given = Given::new(symbol.to_string(), arguments);
        let read = match symbol {
            Symbol::Core(name) => self.core_type(name, &mut given)?,
            Symbol::Dialect(dialect, name) if dialect == "postgresql" => {
                self.postgresql_type(name, &mut given)?
            }
            Symbol::Dialect(_, name) if is_shared(name) => {
                // MySQL says more of its texts, which PostgreSQL's have not.
                for note in ["charset", "ascii", "unicode", "binary", "national"] {
                    given.named(note);
                }
                self.core_type(name, &mut given)?
            }
            Symbol::Other(path) => return self.foreign_type(path, arguments),
            _ => None,
        };
        if read.is_some() {
            given.finish()?;
        }
        Ok(read)
    }

    fn core_type(&mut self, name: &str, given: &mut Given) -> Result<Option<Rc<Type>>> {
        let plain = |sql: &str, class| Ok(Some(Type::plain(sql, class)));
        match name {
            "String" | "Unicode" | "VARCHAR" => text(given, "VARCHAR"),
            "Text" | "UnicodeText" | "TEXT" => text(given, "TEXT"),
            "CHAR" => text(given, "CHAR"),
            "NCHAR" => text(given, "NCHAR"),
            "NVARCHAR" => text(given, "NVARCHAR"),
            "CLOB" => text(given, "CLOB"),
            "Integer" | "INTEGER" | "INT" => plain("INTEGER", Class::Integer),
            "SmallInteger" | "SMALLINT" => plain("SMALLINT", Class::SmallInteger),
            "BigInteger" | "BIGINT" => plain("BIGINT", Class::BigInteger),
            "Numeric" | "NUMERIC" => numeric(given, "NUMERIC"),
            "DECIMAL" => numeric(given, "DECIMAL"),
            "Float" | "FLOAT" => match float(given)? {
                Some(precision) => plain(&format!("FLOAT({precision})"), Class::Numeric),
                None => plain("FLOAT", Class::Numeric),
            },
            "REAL" | "Double" | "DOUBLE_PRECISION" | "DOUBLE" => {
                float(given)?;
                let sql = match name {
                    "Double" | "DOUBLE_PRECISION" => "DOUBLE PRECISION",
                    name => name,
                };
                plain(sql, Class::Numeric)
            }
            "DateTime" | "TIMESTAMP" => {
                let zone = zone(given)?;
                plain(&format!("TIMESTAMP {zone}"), Class::DateTime)
            }
            "DATETIME" => {
                zone(given)?;
                plain("DATETIME", Class::DateTime)
            }
            "Time" | "TIME" => {
                let zone = zone(given)?;
                plain(&format!("TIME {zone}"), Class::Time)
            }
            "Date" | "DATE" => plain("DATE", Class::Date),
            "Boolean" | "BOOLEAN" => {
                given.take("create_constraint")?;
                given.take("name")?;
                plain("BOOLEAN", Class::Boolean)
            }
            "LargeBinary" => {
                given.int("length")?;
                plain("BYTEA", Class::Binary)
            }
            "BLOB" | "BINARY" | "VARBINARY" => match given.int("length")? {
                Some(length) if length != 0 && name != "BLOB" => {
                    plain(&format!("{name}({length})"), Class::Binary)
                }
                _ => plain(name, Class::Binary),
            },
            "PickleType" => {
                for name in ["protocol", "pickler", "comparator"] {
                    given.take(name)?;
                }
                if let Some(implementation) = given.take("impl")? {
                    return self.a_type(&implementation).map(Some);
                }
                plain("BYTEA", Class::Binary)
            }
            "Interval" => {
                let native = given.take("native")?;
                let precision = given.int("second_precision")?;
                given.take("day_precision")?;
                match (native, precision) {
                    (Some(Value::Bool(false)), _) => {
                        plain("TIMESTAMP WITHOUT TIME ZONE", Class::Other)
                    }
                    (_, Some(precision)) => {
                        plain(&format!("INTERVAL ({precision})"), Class::Interval)
                    }
                    (_, None) => plain("INTERVAL", Class::Interval),
                }
            }
            "JSON" => json(given, "JSON", Class::Json),
            "Uuid" => {
                given.take("as_uuid")?;
                match given.take("native_uuid")? {
                    Some(Value::Bool(false)) => plain("CHAR(32)", Class::UuidText),
                    _ => plain("UUID", Class::Uuid),
                }
            }
            "UUID" => {
                given.take("as_uuid")?;
                plain("UUID", Class::Uuid)
            }
            "ARRAY" => self.array(given).map(Some),
            "Enum" => self.enumeration(given, false).map(Some),
            "NullType" | "NULLTYPE" => Ok(Some(Type::null())),
            // What the values go through stands in the project.
            "TypeDecorator" => {
                let inner = given.need("impl")?;
                let inner = self.a_type(&inner)?;
                Ok(Some(Rc::new(Type {
                    coded: true,
                    ..Type::clone(&inner)
                })))
            }
            _ => Ok(None),
        }
    }

    fn postgresql_type(&mut self, name: &str, given: &mut Given) -> Result<Option<Rc<Type>>> {
        let plain = |sql: &str, class| Ok(Some(Type::plain(sql, class)));
        match name {
            "TIMESTAMP" | "TIME" => {
                let zone = zone(given)?;
                let precision = given.int("precision")?.map(|it| format!("({it})"));
                let class = match name {
                    "TIME" => Class::Time,
                    _ => Class::DateTime,
                };
                plain(
                    &format!("{name}{} {zone}", precision.unwrap_or_default()),
                    class,
                )
            }
            "INTERVAL" => {
                let precision = given.int("precision")?;
                let fields = given.take("fields")?;
                let mut sql = "INTERVAL".to_owned();
                match fields {
                    None | Some(Value::None) => {}
                    Some(Value::Text(fields)) => sql.push_str(&format!(" {fields}")),
                    Some(_) => return given.strange("fields"),
                }
                if let Some(precision) = precision {
                    sql.push_str(&format!(" ({precision})"));
                }
                plain(&sql, Class::Interval)
            }
            "BIT" => {
                let length = given.int("length")?.filter(|length| *length != 0);
                match (given.take("varying")?, length) {
                    (Some(Value::Bool(true)), None) => plain("BIT VARYING", Class::Other),
                    (Some(Value::Bool(true)), Some(length)) => {
                        plain(&format!("BIT VARYING({length})"), Class::Other)
                    }
                    (_, length) => plain(&format!("BIT({})", length.unwrap_or(1)), Class::Other),
                }
            }
            "JSON" => json(given, name, Class::Json),
            "JSONB" => json(given, name, Class::Jsonb),
            "HSTORE" => {
                given.take("text_type")?;
                plain("HSTORE", Class::Other)
            }
            "CITEXT" => {
                given.int("length")?;
                given.take("collation")?;
                plain("CITEXT", Class::Text)
            }
            "BYTEA" => {
                given.int("length")?;
                plain("BYTEA", Class::Binary)
            }
            "ENUM" => self.enumeration(given, true).map(Some),
            "DOMAIN" => self.domain(given).map(Some),
            "INET" | "CIDR" | "MACADDR" | "MACADDR8" | "MONEY" | "OID" | "REGCONFIG"
            | "REGCLASS" | "TSQUERY" | "TSVECTOR" | "JSONPATH" | "INT4RANGE" | "INT8RANGE"
            | "NUMRANGE" | "DATERANGE" | "TSRANGE" | "TSTZRANGE" | "INT4MULTIRANGE"
            | "INT8MULTIRANGE" | "NUMMULTIRANGE" | "DATEMULTIRANGE" | "TSMULTIRANGE"
            | "TSTZMULTIRANGE" => plain(name, Class::Other),
            "ARRAY" | "BIGINT" | "BOOLEAN" | "CHAR" | "DATE" | "DOUBLE_PRECISION" | "FLOAT"
            | "INTEGER" | "NUMERIC" | "REAL" | "SMALLINT" | "TEXT" | "UUID" | "VARCHAR" => {
                self.core_type(name, given)
            }
            _ => Ok(None),
        }
    }

    fn array(&mut self, given: &mut Given) -> Result<Rc<Type>> {
        let item = given.need("item_type")?;
        let item = self.a_type(&item)?;
        if matches!(item.sort, Sort::Array { .. }) {
            return refuse("nests one `ARRAY` in another");
        }
        given.take("as_tuple")?;
        let dimensions = given.int("dimensions")?;
        if let Some(Value::Bool(true)) = given.take("zero_indexes")? {
            return refuse("counts the items of an `ARRAY` from zero");
        }
        Ok(Type::new(Sort::Array { item, dimensions }))
    }
}

/// Says that a type is not known, and what to do about it.
pub(super) fn unknown_type(what: &Symbol) -> String {
    format!(
        "uses the type `{what}`, which is not known here; a line in `[alembic.types]` says what it is"
    )
}

fn text(given: &mut Given, word: &'static str) -> Result<Option<Rc<Type>>> {
    let length = given.int("length")?;
    let collation = match given.take("collation")? {
        None | Some(Value::None) => None,
        Some(Value::Text(collation)) => Some(collation),
        Some(_) => return given.strange("collation"),
    };
    Ok(Some(Type::new(Sort::Text {
        word,
        length,
        collation,
    })))
}

fn numeric(given: &mut Given, word: &str) -> Result<Option<Rc<Type>>> {
    let precision = given.int("precision")?;
    let scale = given.int("scale")?;
    given.take("decimal_return_scale")?;
    given.take("asdecimal")?;
    let sql = match (precision, scale) {
        (None, _) => word.to_owned(),
        (Some(precision), None) => format!("{word}({precision})"),
        (Some(precision), Some(scale)) => format!("{word}({precision}, {scale})"),
    };
    Ok(Some(Type::plain(sql, Class::Numeric)))
}

fn float(given: &mut Given) -> Result<Option<i64>> {
    let precision = given.int("precision")?;
    given.take("asdecimal")?;
    given.take("decimal_return_scale")?;
    Ok(precision.filter(|precision| *precision != 0))
}

fn json(given: &mut Given, sql: &str, class: Class) -> Result<Option<Rc<Type>>> {
    let none_as_null = given.take("none_as_null")?;
    given.take("astext_type")?;
    let sql = sql.to_owned();
    Ok(Some(Rc::new(Type {
        sort: Sort::Plain { sql, class },
        variant: None,
        coded: false,
        json_null: !matches!(none_as_null, Some(Value::Bool(true))),
    })))
}

fn zone(given: &mut Given) -> Result<&'static str> {
    Ok(match given.take("timezone")? {
        Some(Value::Bool(true)) => "WITH TIME ZONE",
        None | Some(Value::None | Value::Bool(false)) => "WITHOUT TIME ZONE",
        Some(_) => return given.strange("timezone"),
    })
}

/// Whether other dialects call by this name what SQLAlchemy itself does.
fn is_shared(name: &str) -> bool {
    matches!(
        name,
        "TEXT" | "VARCHAR" | "CHAR" | "DATE" | "NUMERIC" | "DECIMAL" | "BOOLEAN"
    )
}
