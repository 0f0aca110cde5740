//! Column types as scripts write them: `sa.String(50)`, `postgresql.JSONB`, `X().with_variant(…)`.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::named::{Created, Named};
use super::{Class, Domain, Enumeration, NamedType, Sort, Type};
use crate::translate::render::Reader;
use crate::translate::render::given::{Given, call, name_of, on_line};
use crate::translate::render::literal::describe;
use crate::translate::render::quote::{Name, ident, string};
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

    fn enumeration(&mut self, given: &mut Given, dialect: bool) -> Result<Rc<Type>> {
        for note in ["validate_strings", "omit_aliases", "sort_key_function"] {
            given.named(note);
        }
        let labels = given.rest();
        let labels = enum_labels(given, &labels)?;
        let created = match (given.flag("create_type")?, dialect) {
            (Some(false), true) => Created::No,
            (Some(false), false) => Created::IfMissing,
            _ => Created::Yes,
        };
        let native = given.flag("native_enum")?.unwrap_or(true) || dialect;
        let longest = labels.iter().map(|label| label.chars().count()).max();
        let longest = i64::try_from(longest.unwrap_or(0)).unwrap_or(i64::MAX);
        let length = match given.named("length") {
            None => Some(longest),
            Some(Value::None) => None,
            Some(Value::Int(length)) if length >= longest => Some(length),
            Some(_) => return refuse("gives an `Enum` a length below that of its values"),
        };
        let check = given.flag("create_constraint")?.unwrap_or(false);
        let mut named = self.named(given)?;
        if named.created == Created::Yes {
            named.created = created;
        }
        named.checks_first = dialect;
        Ok(Type::new(Sort::Named(NamedType::Enumeration(
            Enumeration {
                labels,
                named,
                native,
                length,
                check,
            },
        ))))
    }

    fn domain(&mut self, given: &mut Given) -> Result<Rc<Type>> {
        let name = given.name("name")?;
        let data_type = given.need("data_type")?;
        let mut body = self.a_type(&data_type)?.sql()?;
        if let Some(collation) = given.text("collation")? {
            body.push_str(&format!(" COLLATE {}", ident(&collation)?));
        }
        if let Some(default) = given
            .named("default")
            .filter(|it| !matches!(it, Value::None))
        {
            let default = match &default {
                Value::Text(text) => string(text),
                default => self.definition_sql(default)?,
            };
            body.push_str(&format!(" DEFAULT {default}"));
        }
        if let Some(name) = given.text("constraint_name")? {
            body.push_str(&format!(" CONSTRAINT {}", Name::new(name).bounded()?));
        }
        if given.flag("not_null")?.unwrap_or(false) {
            body.push_str(" NOT NULL");
        }
        if let Some(check) = given.named("check").filter(|it| !matches!(it, Value::None)) {
            body.push_str(&format!(" CHECK ({})", self.condition(&check)?));
        }
        let created = match given.flag("create_type")? {
            Some(false) => Created::No,
            _ => Created::Yes,
        };
        let named = self.named(given)?;
        let named = Named {
            name: Some(name),
            created: match created {
                Created::Yes => named.created,
                created => created,
            },
            checks_first: true,
            ..named
        };
        let domain = Domain { named, body };
        Ok(Type::new(Sort::Named(NamedType::Domain(domain))))
    }

    /// Reads what all types with a name of their own share.
    fn named(&mut self, given: &mut Given) -> Result<Named> {
        let quote = given.flag("quote")?;
        let name = match given.named("name") {
            None | Some(Value::None) => None,
            Some(value) => match name_of(&value) {
                Some(name) => Some(Name {
                    quote: name.quote.or(quote),
                    ..name
                }),
                None => return given.strange("name"),
            },
        };
        let mut schema = given.text("schema")?.map(Name::new);
        let inherits_schema = given.flag("inherit_schema")?.unwrap_or(false);
        let metadata = given
            .named("metadata")
            .filter(|value| !matches!(value, Value::None));
        if let Some(metadata) = &metadata {
            let of_metadata = self.metadata(metadata)?.schema.clone();
            schema = schema.or(of_metadata);
        }
        Ok(Named {
            name,
            schema: RefCell::new(schema),
            inherits_schema,
            inherited: Cell::default(),
            created: match metadata {
                Some(_) => Created::IfMissing,
                None => Created::Yes,
            },
            checks_first: false,
        })
    }
}

/// Reads the values of an `Enum`.
fn enum_labels(given: &mut Given, values: &[Value]) -> Result<Vec<String>> {
    // What a class gives its members was looked at when the class was.
    given.named("values_callable");
    values
        .iter()
        .map(|value| match value {
            Value::Text(label) => Ok(label.to_string()),
            other => refuse(format!("makes an `Enum` of {}", describe(other))),
        })
        .collect()
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
