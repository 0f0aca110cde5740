//! Operations on whole tables, and rows put into them.

use std::rc::Rc;

use super::Call;
use crate::translate::render::Reader;
use crate::translate::render::given::items;
use crate::translate::render::insert::Insert;
use crate::translate::render::quote::string;
use crate::translate::render::refusal::{Result, refuse};
use crate::translate::render::types::{Created, Type};
use crate::translate::value::{Arguments, Value};

impl Reader<'_> {
    pub(super) fn create_table(&mut self, arguments: &Arguments) -> Result<Vec<String>> {
        let (table, if_not_exists) = self.created_table(arguments)?;
        let creation = table.create(if_not_exists)?;
        let mut statements = self.types_of(&creation.types)?;
        statements.push(creation.table);
        statements.extend(creation.indexes);
        statements.extend(creation.comments);
        Ok(statements)
    }

    /// Writes the types that are made before a table, each once for a run.
    fn types_of(&mut self, types: &[Rc<Type>]) -> Result<Vec<String>> {
        let mut statements = Vec::new();
        for of in types {
            let Some(made) = of.made_with_table() else {
                continue;
            };
            let named = made.named();
            if made.is_native() && named.created != Created::No && self.is_new(made) {
                statements.push(made.creation(named.created == Created::IfMissing)?);
            }
        }
        Ok(statements)
    }

    pub(super) fn drop_table(&mut self, mut call: Call) -> Result<Vec<String>> {
        let table = call.table_in_schema("table_name")?;
        let if_exists = call.given.flag("if_exists")?.unwrap_or(false);
        for note in ["comment", "info", "prefixes"] {
            call.given.named(note);
        }
        call.given.prefixed(&["postgresql_"]);
        call.finish()?;
        let word = if if_exists { "IF EXISTS " } else { "" };
        Ok(vec![format!("DROP TABLE {word}{}", table.sql()?)])
    }

    pub(super) fn rename_table(&mut self, mut call: Call) -> Result<Vec<String>> {
        let mut table = call.table("old_table_name")?;
        let name = call.given.name("new_table_name")?;
        table.schema = call.schema("schema")?;
        call.finish()?;
        let sql = format!("ALTER TABLE {} RENAME TO {}", table.altered()?, name.sql()?);
        Ok(vec![sql])
    }

    pub(super) fn create_table_comment(&mut self, mut call: Call) -> Result<Vec<String>> {
        let mut table = call.table("table_name")?;
        let comment = call.given.need("comment")?;
        if call.place.is_none() {
            table.schema = call.schema("schema")?;
        }
        call.given.named("existing_comment");
        let comment = match comment {
            Value::None => "NULL".to_owned(),
            Value::Text(comment) => string(&comment),
            _ => return call.given.strange("comment"),
        };
        call.finish()?;
        Ok(vec![format!(
            "COMMENT ON TABLE {} IS {comment}",
            table.sql()?
        )])
    }

    pub(super) fn drop_table_comment(&mut self, mut call: Call) -> Result<Vec<String>> {
        let table = call.table_in_schema("table_name")?;
        call.given.named("existing_comment");
        call.finish()?;
        Ok(vec![format!("COMMENT ON TABLE {} IS NULL", table.sql()?)])
    }

    pub(super) fn bulk_insert(&mut self, mut call: Call) -> Result<Vec<String>> {
        let table = call.given.need("table")?;
        let rows = call.given.need("rows")?;
        let each = matches!(call.given.named("multiinsert"), Some(Value::Bool(false)));
        call.finish()?;
        let into = self.from(&table)?;
        let base = self.insert_into(&into)?;
        let Value::List(_) = &rows else {
            return refuse("gives `op.bulk_insert` something else than a list of rows");
        };
        let mut statements = Vec::new();
        let mut first: Option<Vec<Rc<str>>> = None;
        for row in items(&rows).unwrap_or_default() {
            let Value::Dict(_) = &row else {
                return refuse("gives `op.bulk_insert` a row that is no dictionary");
            };
            let Some(row) = self.rows(&base.table, &row)?.pop() else {
                continue;
            };
            // All rows are sent as the first one is.
            let mut keys: Vec<_> = row.iter().map(|(key, _)| key.clone()).collect();
            keys.sort();
            if !each && first.get_or_insert_with(|| keys.clone()) != &keys {
                return refuse("gives `op.bulk_insert` rows of different columns");
            }
            let insert = Insert {
                rows: vec![row],
                inline: true,
                ..Insert::clone(&base)
            };
            statements.push(self.insert_sql(&insert, &[])?);
        }
        Ok(statements)
    }

    pub(super) fn execute_operation(&mut self, mut call: Call) -> Result<Vec<String>> {
        let statement = call.given.need("sqltext")?;
        // Options of the connection, such as its isolation, are not the statement's.
        call.given.named("execution_options");
        call.finish()?;
        self.execute(&statement, &Value::None)
    }
}
