//! Tables: what a script says of them, and how they are created.

use std::rc::Rc;

use super::Reader;
use super::column::{Autoincrement, Column};
use super::constraint::{Common, Draft};
use super::given::{Given, call, items, name_of};
use super::index::Index;
use super::naming::Naming;
use super::owner::Owner;
use super::quote::{Name, dotted, ident};
use super::refusal::{Result, refuse};
use super::symbol::Symbol;
use crate::translate::value::{Arguments, Value};

/// A table's name and schema.
#[derive(Clone, Debug)]
pub(super) struct TableName {
    pub name: Name,
    pub schema: Option<Name>,
}

impl TableName {
    pub fn sql(&self) -> Result<String> {
        let name = self.name.sql()?;
        Ok(match &self.schema {
            Some(schema) if !schema.text.is_empty() => format!("{}.{name}", schema.sql()?),
            _ => name,
        })
    }

    /// Writes it as Alembic does where it alters a table: a dotted schema is several names.
    pub fn altered(&self) -> Result<String> {
        let name = self.name.sql()?;
        Ok(match &self.schema {
            Some(schema) if !schema.text.is_empty() => format!("{}.{name}", dotted(schema)?),
            _ => name,
        })
    }

    pub fn is(&self, other: &Self) -> bool {
        let schema = |of: &Self| of.schema.as_ref().map(|it| it.text.clone());
        self.name.text == other.name.text && schema(self) == schema(other)
    }
}

/// A table.
#[derive(Debug)]
pub(super) struct Table {
    pub name: TableName,
    pub columns: Vec<Rc<Column>>,
    /// Whether it is `sa.table(…)`, which knows nothing but names and types.
    pub light: bool,
    /// Whether its schema is that of its `MetaData`.
    pub inherits: bool,
    /// The constraints and indexes that are said beside the columns.
    pub constraints: Vec<Draft>,
    pub indexes: Vec<Rc<Index>>,
    pub comment: Option<Rc<str>>,
    pub prefixes: Vec<String>,
    /// What follows the parentheses.
    pub suffix: String,
    pub naming: Naming,
}

/// A primary key that is written out, with the columns it names.
type ExplicitKey = (Common, Vec<Name>);

/// What a `MetaData` says of its tables.
#[derive(Clone, Debug)]
pub(super) struct Metadata {
    pub schema: Option<Name>,
    pub naming: Naming,
}

impl Table {
    /// A table of which nothing is known but some columns.
    pub fn bare(name: TableName, columns: Vec<Rc<Column>>, naming: Naming) -> Self {
        Self {
            name,
            columns,
            light: false,
            inherits: false,
            constraints: Vec::new(),
            indexes: Vec::new(),
            comment: None,
            prefixes: Vec::new(),
            suffix: String::new(),
            naming,
        }
    }

    /// Returns the columns of the primary key, and whether they are said by the columns themselves.
    pub fn primary_key(&self) -> Result<(Vec<Rc<Column>>, Option<ExplicitKey>)> {
        let flagged = || self.columns.iter().filter(|it| it.primary_key).cloned();
        let is_primary = |draft: &&Draft| matches!(draft, Draft::Primary { .. });
        if self.constraints.iter().filter(is_primary).count() > 1 {
            return refuse("gives a table two primary keys");
        }
        let said = self.constraints.iter().find_map(|draft| match draft {
            Draft::Primary {
                common,
                columns,
                include,
            } => Some((common.clone(), columns, include.clone())),
            _ => None,
        });
        Ok(match said {
            None => (flagged().collect(), None),
            Some((common, keys, include)) => {
                let columns = self.owner().by_keys(keys)?;
                let columns = if columns.is_empty() {
                    flagged().collect()
                } else {
                    columns
                };
                (columns, Some((common, include)))
            }
        })
    }

    pub fn owner(&self) -> Owner<'_> {
        Owner {
            name: &self.name,
            columns: &self.columns,
            naming: &self.naming,
        }
    }

    /// Whether a foreign key begins at a column.
    fn refers(&self, column: &Column) -> bool {
        !column.foreign_keys.is_empty()
            || self.constraints.iter().any(|draft| match draft {
                Draft::Foreign(key) => key.columns.iter().any(|it| it.text == column.key),
                _ => false,
            })
    }

    /// Returns the column that counts up by itself.
    pub fn counting(&self, key: &[Rc<Column>]) -> Result<Option<Rc<Column>>> {
        let mut found: Option<Rc<Column>> = None;
        for column in key {
            let alone = key.len() == 1;
            if !alone && column.autoincrement != Autoincrement::Yes {
                continue;
            }
            if column.may_count(alone, self.refers(column))? {
                if found.is_some() {
                    return refuse("asks for `autoincrement` of two columns of one table");
                }
                found = Some(column.clone());
            }
        }
        Ok(found)
    }

    /// Returns the columns as the table has them: those of its primary key are not null.
    pub fn effective(&self, key: &[Rc<Column>]) -> Vec<Rc<Column>> {
        let in_key = |column: &Rc<Column>| key.iter().any(|it| Rc::ptr_eq(it, column));
        self.columns
            .iter()
            .map(|column| match in_key(column) && !column.primary_key {
                true => Rc::new(Column {
                    primary_key: true,
                    ..Column::clone(column)
                }),
                false => column.clone(),
            })
            .collect()
    }
}

impl Reader<'_> {
    /// Reads `op.create_table(…)`.
    pub fn created_table(&mut self, arguments: &Arguments) -> Result<(Table, bool)> {
        let mut given = Given::new("op.create_table", arguments);
        let name = given.name("table_name")?;
        let if_not_exists = given.flag("if_not_exists")?.unwrap_or(false);
        for note in ["extend_existing", "keep_existing"] {
            given.flag(note)?;
        }
        // What is neither a column nor a constraint, Alembic leaves out.
        given.drop_where(|value| match value {
            Value::Object(object) => {
                matches!(call(object), Some((Symbol::Core(name), _)) if name == "MetaData")
            }
            _ => false,
        });
        let naming = self.naming.clone();
        let table = self.table_of(given, name, None, naming)?;
        Ok((table, if_not_exists))
    }

    /// Reads `sa.Table(…)`.
    pub fn schema_table(&mut self, arguments: &Arguments) -> Result<Table> {
        let mut given = Given::new("sa.Table", arguments);
        let name = given.name("name")?;
        let metadata = given.need("metadata")?;
        let metadata = self.metadata(&metadata)?;
        for note in ["extend_existing", "keep_existing"] {
            given.flag(note)?;
        }
        for reflects in ["autoload", "autoload_with"] {
            if given.named(reflects).is_some() {
                return refuse(format!("reads the table `{}` from the database", name.text));
            }
        }
        self.table_of(
            given,
            name,
            metadata.schema.clone(),
            metadata.naming.clone(),
        )
    }

    fn table_of(
        &mut self,
        mut given: Given,
        name: Name,
        schema: Option<Name>,
        naming: Naming,
    ) -> Result<Table> {
        given.ignore_foreign();
        let quote = given.flag("quote")?;
        let quote_schema = given.flag("quote_schema")?;
        given.flag("implicit_returning")?;
        given.flag("postgresql_ignore_search_path")?;
        let inherited = schema.is_some();
        let mut inherits = false;
        let schema = match given.named("schema") {
            None | Some(Value::None) => {
                inherits = inherited;
                schema
            }
            Some(value) => match name_of(&value) {
                Some(name) => Some(Name {
                    quote: name.quote.or(quote_schema),
                    ..name
                }),
                None => return given.strange("schema"),
            },
        };
        let name = TableName {
            name: Name {
                quote: name.quote.or(quote),
                ..name
            },
            schema,
        };
        let mut table = Table {
            inherits,
            comment: given.text("comment")?,
            prefixes: prefixes(&mut given)?,
            suffix: suffix(&mut given)?,
            ..Table::bare(name, Vec::new(), naming)
        };
        for item in given.rest() {
            if let Some(column) = self.maybe_column(&item)? {
                table.columns.push(column);
            } else if let Some(draft) = self.maybe_constraint(&item)? {
                table.constraints.push(draft);
            } else if let Some(index) = self.maybe_index(&item)? {
                table.indexes.push(index);
            } else {
                let what = match &item {
                    Value::Object(object) => call(object).map(|(symbol, _)| symbol.to_string()),
                    Value::Opaque(it) => Some(it.describe()),
                    _ => None,
                };
                let what = what.unwrap_or_else(|| "something".to_owned());
                return refuse(format!(
                    "gives a table {what}, which is no part of one that is known"
                ));
            }
        }
        given.finish()?;
        Ok(table)
    }

    /// Reads `sa.table(…)`.
    pub fn light_table(&mut self, arguments: &Arguments) -> Result<Table> {
        let mut given = Given::new("sa.table", arguments);
        let name = given.name("name")?;
        let schema = match given.named("schema") {
            None | Some(Value::None) => None,
            Some(value) => match name_of(&value) {
                Some(name) => Some(name),
                None => return given.strange("schema"),
            },
        };
        let mut columns = Vec::new();
        for item in given.rest() {
            columns.push(self.light_column(&item)?);
        }
        given.finish()?;
        let name = TableName { name, schema };
        Ok(Table {
            light: true,
            ..Table::bare(name, columns, self.naming.clone())
        })
    }

    /// Reads `MetaData(…)`.
    pub fn metadata(&mut self, value: &Value) -> Result<Metadata> {
        let Value::Object(object) = value else {
            return refuse("uses something else as a `MetaData`");
        };
        let Some((Symbol::Core(name), arguments)) = call(object) else {
            return refuse("uses a `MetaData` that the script does not make");
        };
        if name != "MetaData" {
            return refuse(format!("uses `sa.{name}` as a `MetaData`"));
        }
        let mut given = Given::new("sa.MetaData", arguments);
        given.named("info");
        let schema = given.maybe_name("schema")?;
        given.named("quote_schema");
        let naming = match given.named("naming_convention") {
            None | Some(Value::None) => Naming::new(&std::collections::BTreeMap::new()),
            Some(Value::Dict(rules)) => {
                let mut map = std::collections::BTreeMap::new();
                for (key, rule) in rules.borrow().iter() {
                    let (Value::Text(key), Value::Text(rule)) = (key, rule) else {
                        return refuse("uses a naming convention of something else than texts");
                    };
                    map.insert(key.to_string(), rule.to_string());
                }
                Naming::new(&map)
            }
            Some(_) => return given.strange("naming_convention"),
        };
        given.finish()?;
        Ok(Metadata { schema, naming })
    }
}

fn prefixes(given: &mut Given) -> Result<Vec<String>> {
    let value = match given.named("prefixes") {
        None | Some(Value::None) => return Ok(Vec::new()),
        Some(value) => value,
    };
    let Some(members) = items(&value) else {
        return given.strange("prefixes");
    };
    let text = |member: &Value| match member {
        Value::Text(text) => Ok(text.to_string()),
        _ => given.strange("prefixes"),
    };
    members.iter().map(text).collect()
}

/// Takes the options of PostgreSQL that follow the parentheses, in its order.
fn suffix(given: &mut Given) -> Result<String> {
    let mut sql = String::new();
    match given.named("postgresql_inherits") {
        None | Some(Value::None) => {}
        Some(value) => {
            let members = items(&value).unwrap_or_else(|| vec![value]);
            let mut names = Vec::new();
            for member in &members {
                match name_of(member) {
                    Some(name) => names.push(name.sql()?),
                    None => return given.strange("postgresql_inherits"),
                }
            }
            sql.push_str(&format!("\n INHERITS ( {} )", names.join(", ")));
        }
    }
    if let Some(by) = given
        .text("postgresql_partition_by")?
        .filter(|it| !it.is_empty())
    {
        sql.push_str(&format!("\n PARTITION BY {by}"));
    }
    if let Some(using) = given.text("postgresql_using")?.filter(|it| !it.is_empty()) {
        sql.push_str(&format!("\n USING {using}"));
    }
    match given.flag("postgresql_with_oids")? {
        Some(true) => sql.push_str("\n WITH OIDS"),
        Some(false) => sql.push_str("\n WITHOUT OIDS"),
        None => {}
    }
    if let Some(commit) = given
        .text("postgresql_on_commit")?
        .filter(|it| !it.is_empty())
    {
        let commit = commit.replace('_', " ").to_uppercase();
        sql.push_str(&format!("\n ON COMMIT {commit}"));
    }
    if let Some(space) = given
        .text("postgresql_tablespace")?
        .filter(|it| !it.is_empty())
    {
        sql.push_str(&format!("\n TABLESPACE {}", ident(&space)?));
    }
    Ok(sql)
}
