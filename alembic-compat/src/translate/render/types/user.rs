//! Types with a name of their own: enumerations and domains, as scripts write them.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::named::{Created, Named};
use super::{Domain, Enumeration, NamedType, Sort, Type};
use crate::translate::render::Reader;
use crate::translate::render::given::{Given, name_of};
use crate::translate::render::literal::describe;
use crate::translate::render::quote::{Name, ident, string};
use crate::translate::render::refusal::{Result, refuse};
use crate::translate::value::Value;

impl Reader<'_> {
    pub fn enumeration(&mut self, given: &mut Given, dialect: bool) -> Result<Rc<Type>> {
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

    pub fn domain(&mut self, given: &mut Given) -> Result<Rc<Type>> {
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
    pub fn named(&mut self, given: &mut Given) -> Result<Named> {
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
