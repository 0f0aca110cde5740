//! Operations on constraints.

use std::rc::Rc;

use super::Call;
use crate::translate::render::Reader;
use crate::translate::render::column::Column;
use crate::translate::render::constraint::{Common, Constraint, Draft, ForeignKey, Target};
use crate::translate::render::given::Given;
use crate::translate::render::owner::Owner;
use crate::translate::render::quote::Name;
use crate::translate::render::refusal::{Result, refuse};
use crate::translate::render::table::TableName;
use crate::translate::render::types::Type;
use crate::translate::value::{Arguments, Value};

impl Reader<'_> {
    pub(super) fn create_primary_key(&mut self, mut call: Call) -> Result<Vec<String>> {
        let name = call.given.maybe_name("constraint_name")?;
        let mut table = call.table("table_name")?;
        let keys = call.given.names("columns")?;
        if call.place.is_none() {
            table.schema = call.schema("schema")?;
        }
        call.finish()?;
        let common = Common {
            name,
            ..Common::default()
        };
        let columns = bare(&keys)?;
        let constraint = self
            .owner(&table, &columns)
            .primary(&common, &columns, &[])?;
        added(&table, &constraint)
    }

    pub(super) fn create_unique_constraint(&mut self, mut call: Call) -> Result<Vec<String>> {
        let name = call.given.maybe_name("constraint_name")?;
        let mut table = call.table("table_name")?;
        let keys = call.given.names("columns")?;
        if call.place.is_none() {
            table.schema = call.schema("schema")?;
        }
        let common = Common {
            name,
            ..Common::read(&mut call.given)?
        };
        let include = self.include(&mut call.given)?;
        let nulls = call.given.flag("postgresql_nulls_not_distinct")?;
        call.finish()?;
        let columns = bare(&keys)?;
        let owner = self.owner(&table, &columns);
        let constraint = owner.unique(&common, &columns, &include, nulls)?;
        added(&table, &constraint)
    }

    pub(super) fn create_foreign_key(&mut self, mut call: Call) -> Result<Vec<String>> {
        let given = &mut call.given;
        let name = given.maybe_name("constraint_name")?;
        let mut table = match &call.place {
            Some(place) => place.clone(),
            None => TableName {
                name: given.name("source_table")?,
                schema: None,
            },
        };
        let mut referred = TableName {
            name: given.name("referent_table")?,
            schema: None,
        };
        let local = given.names("local_cols")?;
        let remote = given.names("remote_cols")?;
        if call.place.is_none() {
            table.schema = call.schema("source_schema")?;
        }
        referred.schema = call.schema("referent_schema")?;
        let given = &mut call.given;
        given.named("use_alter");
        let common = Common {
            name,
            ..Common::read(given)?
        };
        let key = ForeignKey {
            common,
            columns: local.clone(),
            targets: remote
                .iter()
                .map(|column| Target {
                    table: referred.clone(),
                    column: column.clone(),
                })
                .collect(),
            onupdate: given.text("onupdate")?,
            ondelete: given.text("ondelete")?,
            matching: given.text("match")?,
            use_alter: false,
        };
        call.finish()?;
        if referred.name.text.contains('.') {
            return refuse(format!("refers to a table `{}`", referred.name.text));
        }
        let columns = bare(&local)?;
        let owner = self.owner(&table, &columns);
        let constraint = owner.constraint(&Draft::Foreign(Rc::new(key)))?;
        added(&table, &constraint)
    }

    pub(super) fn create_check_constraint(&mut self, mut call: Call) -> Result<Vec<String>> {
        let name = call.given.maybe_name("constraint_name")?;
        let mut table = call.table("table_name")?;
        let condition = call.given.need("condition")?;
        if call.place.is_none() {
            table.schema = call.schema("schema")?;
        }
        let common = Common {
            name,
            ..Common::read(&mut call.given)?
        };
        call.finish()?;
        let check = self.check_of(&condition, common)?;
        let constraint = self.owner(&table, &[]).check(&check)?;
        added(&table, &constraint)
    }

    pub(super) fn create_exclude_constraint(&mut self, mut call: Call) -> Result<Vec<String>> {
        let name = call.given.need("constraint_name")?;
        let mut table = call.table("table_name")?;
        if call.place.is_none() {
            table.schema = call.schema("schema")?;
        }
        // What is left is what the constraint itself takes.
        let mut named = call.given.rest_named();
        named.push(("name".to_owned(), name));
        let arguments = Arguments {
            positional: call.given.rest(),
            named,
        };
        call.finish()?;
        let given = Given::new("op.create_exclude_constraint", &arguments);
        let constraint = self.exclude(given)?.constraint(None)?;
        added(&table, &constraint)
    }

    pub(super) fn drop_constraint(&mut self, mut call: Call) -> Result<Vec<String>> {
        let name = call.given.maybe_name("constraint_name")?;
        let mut table = call.table("table_name")?;
        let kind = match call.given.take("type_")? {
            None | Some(Value::None) => "",
            Some(Value::Text(kind)) => match &*kind {
                "foreignkey" => "fk",
                "primary" => "pk",
                "unique" => "uq",
                "check" => "ck",
                _ => return refuse(format!("drops a constraint of the kind `{kind}`")),
            },
            Some(_) => return call.given.strange("type_"),
        };
        if call.place.is_none() {
            table.schema = call.schema("schema")?;
        }
        let if_exists = call.given.flag("if_exists")?.unwrap_or(false);
        call.finish()?;
        let named = self
            .owner(&table, &[])
            .named(kind, name.as_ref(), Some(&[]), None)?;
        let Some(named) = named else {
            return refuse("drops a constraint that has no name");
        };
        let word = if if_exists { "IF EXISTS " } else { "" };
        Ok(vec![format!(
            "ALTER TABLE {} DROP CONSTRAINT {word}{}",
            table.sql()?,
            named.bounded()?
        )])
    }

    fn owner<'a>(&'a self, name: &'a TableName, columns: &'a [Rc<Column>]) -> Owner<'a> {
        Owner {
            name,
            columns,
            naming: &self.naming,
        }
    }
}

/// Makes the columns that an operation names; no two may be the same.
fn bare(keys: &[Name]) -> Result<Vec<Rc<Column>>> {
    let mut columns: Vec<Rc<Column>> = Vec::new();
    for key in keys {
        if columns.iter().any(|column| column.key == key.text) {
            return refuse(format!(
                "makes a constraint of the column `{}` twice",
                key.text
            ));
        }
        columns.push(Rc::new(Column::bare(key.clone(), Type::null())));
    }
    if columns.is_empty() {
        return refuse("makes a constraint without columns");
    }
    Ok(columns)
}

fn added(table: &TableName, constraint: &Constraint) -> Result<Vec<String>> {
    Ok(vec![format!(
        "ALTER TABLE {} ADD {}",
        table.sql()?,
        constraint.sql()?
    )])
}
