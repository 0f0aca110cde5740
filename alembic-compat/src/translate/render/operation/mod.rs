//! The methods of `op`, each written as the statements that Alembic makes of it.

mod column;
mod constraint;
mod index;
mod table;

use std::rc::Rc;

use super::Reader;
use super::given::{Given, name_of};
use super::quote::Name;
use super::refusal::{Result, refuse};
use super::table::TableName;
use crate::translate::value::{Arguments, Batch, Value};

impl Reader<'_> {
    /// Writes a method of `op`, or of the block that a table is altered in.
    pub fn operation_sql(
        &mut self,
        name: &str,
        arguments: &Arguments,
        batch: Option<&Rc<Batch>>,
    ) -> Result<Vec<String>> {
        let place = match batch {
            Some(batch) => Some(self.block(batch)?),
            None => None,
        };
        let of = match place {
            Some(_) => format!("batch_op.{name}"),
            None => format!("op.{name}"),
        };
        let given = Given::new(of, arguments);
        let call = Call { given, place };
        match name {
            "create_table" => self.create_table(arguments),
            "drop_table" => self.drop_table(call),
            "rename_table" => self.rename_table(call),
            "create_table_comment" => self.create_table_comment(call),
            "drop_table_comment" => self.drop_table_comment(call),
            "add_column" => self.add_column(call),
            "drop_column" => self.drop_column(call),
            "alter_column" => self.alter_column(call),
            "create_index" => self.create_index(call),
            "drop_index" => self.drop_index(call),
            "create_primary_key" => self.create_primary_key(call),
            "create_unique_constraint" => self.create_unique_constraint(call),
            "create_foreign_key" => self.create_foreign_key(call),
            "create_check_constraint" => self.create_check_constraint(call),
            "create_exclude_constraint" => self.create_exclude_constraint(call),
            "drop_constraint" => self.drop_constraint(call),
            "bulk_insert" => self.bulk_insert(call),
            "execute" => self.execute_operation(call),
            _ => refuse(format!("calls `op.{name}`")),
        }
    }

    /// Reads the table of a block; what only SQLite needs says nothing here.
    fn block(&mut self, batch: &Batch) -> Result<TableName> {
        let mut given = Given::new("op.batch_alter_table", &batch.arguments);
        let name = given.name("table_name")?;
        let schema = given.maybe_name("schema")?;
        match given.take("recreate")? {
            None | Some(Value::None) => {}
            Some(Value::Text(how)) if &*how != "always" => {}
            Some(_) => return refuse("makes a table anew to alter it"),
        }
        for note in [
            "partial_reordering",
            "copy_from",
            "table_args",
            "table_kwargs",
            "reflect_args",
            "reflect_kwargs",
            "naming_convention",
        ] {
            given.take(note)?;
        }
        given.finish()?;
        Ok(TableName { name, schema })
    }
}

/// A call of a method, and the table of its block.
struct Call {
    given: Given,
    place: Option<TableName>,
}

impl Call {
    /// Takes the table that is altered: that of the block, or the argument of this name.
    fn table(&mut self, name: &str) -> Result<TableName> {
        match &self.place {
            Some(place) => Ok(place.clone()),
            None => {
                let name = self.given.name(name)?;
                let schema = None;
                Ok(TableName { name, schema })
            }
        }
    }

    /// Takes the table and its schema.
    fn table_in_schema(&mut self, name: &str) -> Result<TableName> {
        let mut table = self.table(name)?;
        if self.place.is_none() {
            table.schema = self.schema("schema")?;
        }
        Ok(table)
    }

    fn schema(&mut self, name: &str) -> Result<Option<Name>> {
        match self.given.named(name) {
            None | Some(Value::None) => Ok(None),
            Some(value) => match name_of(&value) {
                Some(name) => Ok(Some(name)),
                None => self.given.strange(name),
            },
        }
    }

    /// Drops options that only other databases have, and refuses what is left.
    fn finish(mut self) -> Result<()> {
        self.given.ignore_foreign();
        self.given.finish()
    }
}
