//! Types that have a name of their own in the database: enumerations and domains.

use std::cell::{Cell, RefCell};

use crate::translate::render::quote::{Name, string};
use crate::translate::render::refusal::{Result, refuse};

/// A type that is created before it is used.
#[derive(Clone, Debug)]
pub(in crate::translate::render) enum NamedType {
    Enumeration(Enumeration),
    Domain(Domain),
}

/// `Enum` and `ENUM`.
#[derive(Clone, Debug)]
pub(in crate::translate::render) struct Enumeration {
    pub labels: Vec<String>,
    pub named: Named,
    /// Whether it is a type of the database, and not a text with a check.
    pub native: bool,
    /// The length of the text.
    pub length: Option<i64>,
    /// Whether the text is checked.
    pub check: bool,
}

/// `DOMAIN`
#[derive(Clone, Debug)]
pub(in crate::translate::render) struct Domain {
    pub named: Named,
    /// What stands between `AS` and the end.
    pub body: String,
}

/// Where such a type lives, and when it is made.
#[derive(Clone, Debug)]
pub(in crate::translate::render) struct Named {
    pub name: Option<Name>,
    /// Its schema; that of a table once it is used there, if it is to inherit one.
    pub schema: RefCell<Option<Name>>,
    pub inherits_schema: bool,
    pub inherited: Cell<Inherited>,
    /// Whether it is made with the first table that uses it.
    pub created: Created,
    /// Whether `create` and `drop` look first, if nothing else is said.
    pub checks_first: bool,
}

/// Whether a type is made with the first table that uses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::translate::render) enum Created {
    Yes,
    No,
    /// Of `Enum(…, create_type=False)` SQLAlchemy 2.0 takes no notice, 2.1 does; with `metadata=` it
    /// is the other way round. A script that works with either of them finds the type that it wants
    /// where it is made if it is missing.
    IfMissing,
}

impl NamedType {
    pub fn named(&self) -> &Named {
        match self {
            Self::Enumeration(it) => &it.named,
            Self::Domain(it) => &it.named,
        }
    }

    /// Whether it has a name in the database at all.
    pub fn is_native(&self) -> bool {
        match self {
            Self::Enumeration(it) => it.native,
            Self::Domain(_) => true,
        }
    }

    /// Writes the type as a column has it.
    pub fn sql(&self) -> Result<String> {
        match self {
            Self::Enumeration(it) if !it.native => Ok(match it.length.filter(|it| *it != 0) {
                Some(length) => format!("VARCHAR({length})"),
                None => "VARCHAR".to_owned(),
            }),
            _ => self.named().sql(),
        }
    }

    /// Writes the statement that makes it.
    pub fn create(&self) -> Result<String> {
        let name = self.named().sql()?;
        Ok(match self {
            Self::Enumeration(it) => {
                let labels: Vec<_> = it.labels.iter().map(|label| string(label)).collect();
                format!("CREATE TYPE {name} AS ENUM ({})", labels.join(", "))
            }
            Self::Domain(it) => format!("CREATE DOMAIN {name} AS {}", it.body),
        })
    }

    /// Writes the statement that drops it.
    pub fn drop(&self) -> Result<String> {
        let word = match self {
            Self::Enumeration(_) => "TYPE",
            Self::Domain(_) => "DOMAIN",
        };
        Ok(format!("DROP {word} {}", self.named().sql()?))
    }
}

/// Which schema a type has inherited.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::translate::render) enum Inherited {
    #[default]
    Nothing,
    /// The one that it had before.
    ItsOwn,
    Another,
}

impl Named {
    fn sql(&self) -> Result<String> {
        let Some(name) = &self.name else {
            return refuse("uses an `Enum` without a name");
        };
        let name = name.sql()?;
        Ok(match &*self.schema.borrow() {
            Some(schema) => format!("{}.{name}", schema.sql()?),
            None => name,
        })
    }

    /// Takes the schema of a table that uses it, if it is to.
    pub fn used_in(&self, schema: Option<&Name>) -> Result<()> {
        if self.inherits_schema {
            let mut own = self.schema.borrow_mut();
            let same = own.as_ref().map(|it| &it.text) == schema.map(|it| &it.text);
            let first = self.inherited.get() == Inherited::Nothing;
            if !first && !same {
                return refuse("uses one `Enum` with `inherit_schema` in two schemas");
            }
            if first {
                self.inherited.set(match same {
                    true => Inherited::ItsOwn,
                    false => Inherited::Another,
                });
            }
            *own = schema.cloned();
        }
        Ok(())
    }

    /// Takes its own schema for good, which SQLAlchemy then remembers.
    pub fn used_by_itself(&self) -> Result<()> {
        if self.inherits_schema && self.inherited.get() == Inherited::Another {
            return refuse("makes or drops by itself an `Enum` that inherited its schema");
        }
        let own = self.schema.borrow().clone();
        self.used_in(own.as_ref())
    }
}
