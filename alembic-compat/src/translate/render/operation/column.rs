//! Operations on columns.

use std::rc::Rc;

use super::Call;
use crate::translate::render::Reader;
use crate::translate::render::column::{Column, Default};
use crate::translate::render::constraint::Common;
use crate::translate::render::creation::{type_check, type_check_as_named};
use crate::translate::render::given::name_of;
use crate::translate::render::identity::Identity;
use crate::translate::render::owner::Owner;
use crate::translate::render::quote::{Name, string};
use crate::translate::render::refusal::{Result, refuse};
use crate::translate::render::table::Table;
use crate::translate::render::types::Type;
use crate::translate::value::Value;

impl Reader<'_> {
    pub(super) fn add_column(&mut self, mut call: Call) -> Result<Vec<String>> {
        let mut name = call.table("table_name")?;
        let column = call.given.need("column")?;
        let if_not_exists = call.given.flag("if_not_exists")?.unwrap_or(false);
        let inline_references = call.given.flag("inline_references")?.unwrap_or(false);
        let inline_primary_key = call.given.flag("inline_primary_key")?.unwrap_or(false);
        if call.place.is_none() {
            name.schema = call.schema("schema")?;
        }
        call.finish()?;
        let Some(column) = self.maybe_column(&column)? else {
            return refuse("adds something else than a column");
        };
        let table = Table::bare(name, vec![column.clone()], self.naming.clone());
        table.take_schema(&column)?;
        let (key, _) = table.primary_key()?;
        let counts = table.counting(&key)?.is_some();
        let word = if if_not_exists { "IF NOT EXISTS " } else { "" };
        let mut sql = format!(
            "ALTER TABLE {} ADD COLUMN {word}{}",
            table.name.altered()?,
            column.sql(counts)?
        );
        if inline_primary_key && column.primary_key {
            sql.push_str(" PRIMARY KEY");
        }
        let inline = match column.foreign_keys.as_slice() {
            [only] if inline_references => Some(only),
            _ => None,
        };
        if let Some(key) = inline {
            sql.push_str(&key.inline()?);
        }
        for check in &column.checks {
            sql.push_str(&format!(" {}", table.owner().column_check(check)?));
        }
        let mut statements = vec![sql];
        let owner = table.owner();
        let mut constraints = Vec::new();
        if column.unique && !column.index {
            let columns = std::slice::from_ref(&column);
            constraints.push(owner.unique(&Common::default(), columns, &[], None)?);
        }
        if let Some(check) = type_check(&column)? {
            constraints.push(owner.check(&check)?);
        }
        for key in &column.foreign_keys {
            let constraint = owner.foreign(key, &column)?;
            if inline.is_none() {
                constraints.push(constraint);
            }
        }
        let table_sql = table.name.sql()?;
        for constraint in constraints {
            statements.push(format!("ALTER TABLE {table_sql} ADD {}", constraint.sql()?));
        }
        for index in table.all_indexes() {
            statements.push(index.create(&table, false)?);
        }
        if let Some(comment) = &column.comment {
            let column = column.name.sql()?;
            let comment = string(comment);
            statements.push(format!(
                "COMMENT ON COLUMN {table_sql}.{column} IS {comment}"
            ));
        }
        Ok(statements)
    }

    pub(super) fn drop_column(&mut self, mut call: Call) -> Result<Vec<String>> {
        let mut table = call.table("table_name")?;
        let column = call.given.name("column_name")?;
        if call.place.is_none() {
            table.schema = call.schema("schema")?;
        }
        let if_exists = call.given.flag("if_exists")?.unwrap_or(false);
        call.finish()?;
        let word = if if_exists { "IF EXISTS " } else { "" };
        Ok(vec![format!(
            "ALTER TABLE {} DROP COLUMN {word}{}",
            table.altered()?,
            column.sql()?
        )])
    }

    pub(super) fn alter_column(&mut self, mut call: Call) -> Result<Vec<String>> {
        let mut name = call.table("table_name")?;
        let column = call.given.name("column_name")?;
        if call.place.is_none() {
            name.schema = call.schema("schema")?;
        }
        let given = &mut call.given;
        let type_of = |reader: &mut Self, value: Option<Value>| match value {
            None | Some(Value::None) => Ok(None),
            Some(value) => reader.a_type(&value).map(Some),
        };
        let new_type = given.named("type_");
        let new_type = type_of(self, new_type)?;
        let existing_type = given.named("existing_type");
        let existing_type = match new_type {
            Some(_) => type_of(self, existing_type)?,
            // It says nothing where the type stays.
            None => None,
        };
        let nullable = given.flag("nullable")?;
        let default = given.named("server_default");
        let existing_default = given.named("existing_server_default");
        let comment = given.named("comment");
        let new_name = given.named("new_column_name");
        let using = given.text("postgresql_using")?.filter(|it| !it.is_empty());
        for note in [
            "existing_nullable",
            "existing_comment",
            "existing_autoincrement",
            "autoincrement",
        ] {
            given.named(note);
        }
        for order in ["insert_before", "insert_after"] {
            if given
                .named(order)
                .is_some_and(|it| !matches!(it, Value::None))
            {
                return refuse(format!("moves a column by `{order}`"));
            }
        }
        if using.is_some() && new_type.is_none() {
            return refuse("gives `postgresql_using` without a new type");
        }
        if call.place.is_some() && call.given.named("schema").is_some() {
            return refuse("gives the schema of a block once more");
        }
        // Alembic takes whatever else is given, for the sake of other databases.
        call.given.rest_named();
        // What a block does is done at its end, when its types have come to know the table.
        if call.place.is_some()
            && let Some(named) = new_type.as_ref().and_then(|of| of.made_with_table())
        {
            named.named().used_in(name.schema.as_ref())?;
        }
        call.finish()?;

        let table = name.altered()?;
        let mut statements = Vec::new();
        let checked = |of: Rc<Type>| Rc::new(Column::bare(column.clone(), of));
        if let (Some(_), Some(existing)) = (&new_type, existing_type) {
            let columns = [checked(existing)];
            let owner = Owner {
                name: &name,
                columns: &columns,
                naming: &self.naming,
            };
            if let Some(check) = type_check_as_named(&columns[0])? {
                let Some(check) = owner.check(&check)?.name else {
                    return refuse("drops the check of an `Enum` that has no name");
                };
                let table = name.sql()?;
                statements.push(format!(
                    "ALTER TABLE {table} DROP CONSTRAINT {}",
                    check.bounded()?
                ));
            }
        }
        let column_sql = column.sql()?;
        let alter = |what: String| format!("ALTER TABLE {table} ALTER COLUMN {column_sql} {what}");
        if let Some(of) = &new_type {
            let using = using
                .map(|using| format!(" USING {using}"))
                .unwrap_or_default();
            statements.push(alter(format!("TYPE {}{using}", of.sql()?)));
        }
        match nullable {
            Some(true) => statements.push(alter("DROP NOT NULL".to_owned())),
            Some(false) => statements.push(alter("SET NOT NULL".to_owned())),
            None => {}
        }
        if let Some(default) = default.filter(|it| !matches!(it, Value::Bool(false))) {
            let changes = self.default_change(&default, existing_default.as_ref())?;
            statements.push(alter(changes));
        }
        if let Some(comment) = comment.filter(|it| !matches!(it, Value::Bool(false))) {
            let comment = match comment {
                Value::None => "NULL".to_owned(),
                Value::Text(comment) => string(&comment),
                _ => return refuse("comments a column with something else than a text"),
            };
            statements.push(format!(
                "COMMENT ON COLUMN {table}.{column_sql} IS {comment}"
            ));
        }
        if let Some(new_name) = new_name.filter(|it| !matches!(it, Value::None)) {
            let new_name: Name = match name_of(&new_name) {
                Some(new_name) => new_name,
                None => return refuse("names a column by something else than a name"),
            };
            statements.push(format!(
                "ALTER TABLE {table} RENAME {column_sql} TO {}",
                new_name.sql()?
            ));
        }
        if let Some(of) = new_type {
            let columns = [checked(of)];
            let owner = Owner {
                name: &name,
                columns: &columns,
                naming: &self.naming,
            };
            if let Some(check) = type_check(&columns[0])? {
                let check = owner.check(&check)?;
                statements.push(format!("ALTER TABLE {} ADD {}", name.sql()?, check.sql()?));
            }
        }
        Ok(statements)
    }

    /// Returns what happens to the default of a column.
    fn default_change(&mut self, new: &Value, existing: Option<&Value>) -> Result<String> {
        let new = self.default_of(new)?;
        let existing = match existing {
            None | Some(Value::Bool(false) | Value::None) => Default::None,
            Some(existing) if self.is_identity(existing) => self.default_of(existing)?,
            // What else the default was is of no interest.
            Some(existing) => match self.is_computed(existing) {
                true => return refuse("alters a computed column"),
                false => Default::Fetched,
            },
        };
        match (new, existing) {
            (Default::Computed(_), _) => refuse("makes an existing column a computed one"),
            (Default::Identity(new), Default::Identity(existing)) => identity(&new, &existing),
            (Default::Identity(new), Default::None) => Ok(format!("ADD {}", new.sql())),
            (Default::Identity(_), _) => refuse("makes a column with a default an identity"),
            (Default::None, Default::Identity(_)) => Ok("DROP IDENTITY".to_owned()),
            (_, Default::Identity(_)) => refuse("gives an identity a default"),
            (Default::None, _) => Ok("DROP DEFAULT".to_owned()),
            (Default::Sql(sql), _) => Ok(format!("SET DEFAULT {sql}")),
            (Default::Fetched, _) => refuse("sets a default that is not said"),
        }
    }
}

fn identity(new: &Identity, existing: &Identity) -> Result<String> {
    let changes = new.changes_from(existing);
    match changes.is_empty() {
        true => refuse("alters an identity without a change"),
        false => Ok(changes.join(" ")),
    }
}

impl Reader<'_> {
    fn is_identity(&self, value: &Value) -> bool {
        is_call_of(value, "Identity")
    }

    fn is_computed(&self, value: &Value) -> bool {
        is_call_of(value, "Computed")
    }
}

fn is_call_of(value: &Value, wanted: &str) -> bool {
    use crate::translate::render::given::call;
    use crate::translate::render::symbol::Symbol;
    match value {
        Value::Object(object) => {
            matches!(call(object), Some((Symbol::Core(name), _)) if name == wanted)
        }
        _ => false,
    }
}
