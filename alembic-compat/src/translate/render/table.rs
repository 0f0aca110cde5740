//! Tables: what a script says of them, and how they are created.

use std::rc::Rc;

use super::Reader;
use super::column::{Autoincrement, Column};
use super::constraint::{Check, Common, Constraint, Draft, Owner};
use super::given::{Given, call, items, name_of};
use super::index::Index;
use super::naming::Naming;
use super::quote::{Name, dotted, ident, string};
use super::refusal::{Result, refuse};
use super::symbol::Symbol;
use super::types::{NamedType, Sort, Type};
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
    pub fn primary_key(&self) -> Result<(Vec<Rc<Column>>, Option<(Common, Vec<Name>)>)> {
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
    fn effective(&self, key: &[Rc<Column>]) -> Vec<Rc<Column>> {
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

    /// Writes the statements that create it: its types, itself, its indexes, its comments.
    pub fn create(&self, if_not_exists: bool) -> Result<Creation> {
        let mut seen = self
            .columns
            .iter()
            .map(|it| &it.name.text)
            .collect::<Vec<_>>();
        seen.sort();
        if seen.windows(2).any(|pair| pair[0] == pair[1]) {
            return refuse(format!(
                "makes two columns of one name in `{}`",
                self.name.name.text
            ));
        }
        self.check_own_keys()?;
        let (key, said) = self.primary_key()?;
        let counting = self.counting(&key)?;
        let mut lines = Vec::new();
        for (column, own) in self.effective(&key).iter().zip(&self.columns) {
            self.take_schema(column)?;
            if column.system {
                continue;
            }
            let counts = counting.as_ref().is_some_and(|it| Rc::ptr_eq(it, own));
            let column = self.typed(column)?;
            let mut line = column.sql(counts)?;
            for check in &column.checks {
                line.push_str(&format!(" {}", self.owner().column_check(check)?));
            }
            lines.push(line);
        }
        if !key.is_empty() || said.is_some() {
            let primary = match &said {
                Some((common, include)) => self.owner().primary(common, &key, include)?,
                None => self.owner().implied_primary(&key, counting.as_ref())?,
            };
            if !key.is_empty() {
                lines.push(primary.sql()?);
            }
        }
        for constraint in self.other_constraints()? {
            lines.push(constraint.sql()?);
        }
        let mut sql = "CREATE ".to_owned();
        for prefix in &self.prefixes {
            sql.push_str(&format!("{prefix} "));
        }
        sql.push_str("TABLE ");
        if if_not_exists {
            sql.push_str("IF NOT EXISTS ");
        }
        sql.push_str(&format!("{} (\n", self.name.sql()?));
        for (at, line) in lines.iter().enumerate() {
            let comma = if at + 1 < lines.len() { "," } else { "" };
            sql.push_str(&format!("    {line}{comma}\n"));
        }
        sql.push_str(&format!("){}", self.suffix));
        let mut indexes = Vec::new();
        for index in self.all_indexes() {
            indexes.push(index.create(self, false)?);
        }
        Ok(Creation {
            types: self
                .columns
                .iter()
                .map(|column| column.of.clone())
                .collect(),
            table: sql,
            indexes,
            comments: self.comments()?,
        })
    }

    /// Checks that foreign keys to the table itself refer to columns that it has.
    fn check_own_keys(&self) -> Result<()> {
        let beside = self.constraints.iter().filter_map(|draft| match draft {
            Draft::Foreign(key) => Some(key),
            _ => None,
        });
        let keys = self.columns.iter().flat_map(|column| &column.foreign_keys);
        for target in beside.chain(keys).flat_map(|key| &key.targets) {
            if self.name.is(&target.table) {
                self.owner().by_key(&target.column)?;
            }
        }
        Ok(())
    }

    /// Returns the column with the type that it takes from the column it refers to, if it has none.
    fn typed(&self, column: &Rc<Column>) -> Result<Rc<Column>> {
        if !column.of.is_null() {
            return Ok(column.clone());
        }
        for key in &column.foreign_keys {
            for target in &key.targets {
                if self.name.is(&target.table) {
                    let of = self.owner().by_key(&target.column)?.of.clone();
                    return Ok(Rc::new(Column {
                        of,
                        ..Column::clone(column)
                    }));
                }
            }
        }
        Ok(column.clone())
    }

    /// Lets the column's type have the table's schema, if it is to inherit it.
    pub fn take_schema(&self, column: &Column) -> Result<()> {
        match column.of.made_with_table() {
            Some(named) => named.named().used_in(self.name.schema.as_ref()),
            None => Ok(()),
        }
    }

    /// Returns all constraints but the primary key: first those said beside the columns, then those
    /// that the columns bring along.
    pub fn other_constraints(&self) -> Result<Vec<Constraint>> {
        let owner = self.owner();
        let mut constraints = Vec::new();
        for draft in &self.constraints {
            match draft {
                Draft::Primary { .. } => {}
                Draft::Foreign(key) if key.use_alter => {
                    // It is left out, but it must have a name.
                    owner.constraint(draft)?;
                }
                draft => constraints.push(owner.constraint(draft)?),
            }
        }
        for column in &self.columns {
            if column.unique && !column.index {
                let columns = std::slice::from_ref(column);
                constraints.push(owner.unique(&Common::default(), columns, &[], None)?);
            }
            if let Some(check) = type_check(column)? {
                constraints.push(owner.check(&check)?);
            }
            for key in &column.foreign_keys {
                let constraint = owner.foreign(key, column)?;
                if !key.use_alter {
                    constraints.push(constraint);
                }
            }
        }
        Ok(constraints)
    }

    /// Returns its indexes: those of its columns, then those said beside them.
    pub fn all_indexes(&self) -> Vec<Rc<Index>> {
        let of_column = |column: &&Rc<Column>| column.index;
        let own = self.columns.iter().filter(of_column);
        let own = own.map(|column| Rc::new(Index::of_column(column)));
        own.chain(self.indexes.iter().cloned()).collect()
    }

    fn comments(&self) -> Result<Vec<String>> {
        let mut comments = Vec::new();
        let table = self.name.sql()?;
        if let Some(comment) = &self.comment {
            comments.push(format!("COMMENT ON TABLE {table} IS {}", string(comment)));
        }
        for column in &self.columns {
            if let Some(comment) = &column.comment {
                let name = column.name.sql()?;
                comments.push(format!(
                    "COMMENT ON COLUMN {table}.{name} IS {}",
                    string(comment)
                ));
            }
        }
        Ok(comments)
    }
}

/// The statements that create a table.
#[derive(Debug)]
pub(super) struct Creation {
    /// The types of its columns, of which some are created first.
    pub types: Vec<Rc<Type>>,
    pub table: String,
    pub indexes: Vec<String>,
    pub comments: Vec<String>,
}

/// Returns the check that the type of a column brings along.
pub(super) fn type_check(column: &Column) -> Result<Option<Check>> {
    match type_check_as_named(column)? {
        Some(_) if matches!(column.of.here().sort, Sort::Array { .. }) => {
            refuse("checks the items of an `ARRAY` against an `Enum`")
        }
        check => Ok(check),
    }
}

/// Returns the check that the type of a column brought along once, of which only the name counts.
pub(super) fn type_check_as_named(column: &Column) -> Result<Option<Check>> {
    let of = match &column.of.here().sort {
        Sort::Array { item, .. } => item.made_with_table(),
        _ => column.of.made_with_table(),
    };
    let Some(NamedType::Enumeration(of)) = of else {
        return Ok(None);
    };
    if of.native || !of.check {
        return Ok(None);
    }
    let labels: Vec<_> = of.labels.iter().map(|label| string(label)).collect();
    Ok(Some(Check {
        common: Common {
            name: of.named.name.clone(),
            ..Common::default()
        },
        sql: format!("{} IN ({})", column.name.sql()?, labels.join(", ")),
        columns: vec![column.name.clone()],
    }))
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
