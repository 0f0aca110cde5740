//! The statements that create a table.
//!
//! A partition or child is written as such where that gives it the columns it has, in their order;
//! else it is written whole and attached.

use super::layout::Descent;
use super::object::{definition, number_options, set_default, type_of};
use super::text::{block, parameters, server_options};
use super::writer::Writer;
use crate::schema::model::{self, Body, Column, Kind, Object, Table, qualified};
use crate::sql::quote::ident;

impl Writer<'_> {
    pub(super) fn create_table(&self, at: usize, object: &Object) -> Vec<String> {
        let Body::Table(table) = &object.body else {
            return Vec::new();
        };
        let name = object.identity.to_string();
        let what = match object.identity.kind {
            Kind::ForeignTable => "FOREIGN TABLE",
            _ => "TABLE",
        };
        let descent = self.layout.descent(at, table);
        let mut sql = match table.unlogged {
            true => format!("CREATE UNLOGGED {what} {name}"),
            false => format!("CREATE {what} {name}"),
        };
        let mut items = self.column_items(at, table, descent);
        items.extend(self.constraint_items(at, table, descent));
        match (descent, &table.parents[..], &table.bound, &table.of_type) {
            (Descent::Partition, [parent], Some(bound), _) => {
                sql.push_str(&format!(" PARTITION OF {}", qualified(parent)));
                if !items.is_empty() {
                    sql.push_str(&format!(" {}", block(&items)));
                }
                sql.push_str(&format!("\n    {bound}"));
            }
            (Descent::None, _, _, Some(of_type)) => {
                sql.push_str(&format!(" OF {of_type}"));
                if !items.is_empty() {
                    sql.push_str(&format!(" {}", block(&items)));
                }
            }
            _ => sql.push_str(&format!(" {}", block(&items))),
        }
        if descent == Descent::Child {
            let parents: Vec<String> = table.parents.iter().map(|path| qualified(path)).collect();
            sql.push_str(&format!("\nINHERITS ({})", parents.join(", ")));
        }
        if let Some(key) = &table.partition_by {
            sql.push_str(&format!("\nPARTITION BY {key}"));
        }
        if let Some(method) = &table.access_method {
            sql.push_str(&format!("\nUSING {}", ident(method)));
        }
        if let Some(server) = &table.server {
            let options = server_options(&table.server_options);
            sql.push_str(&format!("\nSERVER {}{options}", ident(server)));
        }
        if !table.options.is_empty() {
            sql.push_str(&format!("\nWITH ({})", parameters(&table.options)));
        }
        let mut statements = vec![sql];
        // What a table descends from may ask for these.
        statements.extend(self.late_not_nulls(at, what, &name));
        statements.extend(self.descend(at, object, table, descent));
        let alter = |changes: Vec<String>| {
            let list = changes.join(",\n    ");
            (!changes.is_empty()).then(|| format!("ALTER {what} ONLY {name}\n    {list}"))
        };
        statements.extend(alter(
            self.alter_columns(at, &self.of_parents(table, descent)),
        ));
        statements.extend(alter(table_settings(table)));
        statements.extend(self.identity_settings(at, table));
        statements
    }

    /// The columns of the parents, where the table is written as their child.
    fn of_parents(&self, table: &Table, descent: Descent) -> Vec<(usize, &Object, &Column)> {
        match descent {
            Descent::Partition | Descent::Child => self.layout.columns_of(&table.parents),
            Descent::None | Descent::Later => Vec::new(),
        }
    }

    fn column_items(&self, at: usize, table: &Table, descent: Descent) -> Vec<String> {
        if descent == Descent::Partition {
            return Vec::new();
        }
        let parents = self.of_parents(table, descent);
        let is_inherited = |name: &str| {
            let mut parents = parents.iter();
            parents.any(|(_, object, _)| object.identity.name() == name)
        };
        let mut items = Vec::new();
        for (position, object, column) in self.layout.columns(at) {
            let name = object.identity.name();
            if is_inherited(name) && !column.local {
                continue;
            }
            let said = match column.generated.is_some() && is_inherited(name) {
                // Up to PostgreSQL 15 a child must not say again how a column is generated.
                true => String::new(),
                false => self.expression(position, column),
            };
            let mut said = said + &self.column_constraints(object, column);
            if descent == Descent::Later && self.is_let_go(object, column, table) {
                said.push_str(" NOT NULL");
            }
            if table.of_type.is_some() && descent == Descent::None {
                if !said.is_empty() {
                    items.push(format!("{} WITH OPTIONS{said}", ident(name)));
                }
                continue;
            }
            let options = server_options(&column.server_options);
            let of_type = match options.as_str() {
                "" => type_of(column),
                options => {
                    let collation = column.collation.as_ref();
                    let collation = collation.map(|name| format!(" COLLATE {name}"));
                    let collation = collation.unwrap_or_default();
                    format!(" {}{options}{collation}", column.r#type)
                }
            };
            items.push(format!("{}{of_type}{said}", ident(name)));
        }
        items
    }

    /// How a column comes by a value, where nobody gives one.
    fn expression(&self, position: usize, column: &Column) -> String {
        match (&column.generated, &column.default) {
            (Some(generated), _) => format!(" GENERATED ALWAYS AS {generated}"),
            (None, Some(default)) if !self.is_late(position) => format!(" DEFAULT {default}"),
            (None, _) => String::new(),
        }
    }

    /// What follows a column's type and expression.
    fn column_constraints(&self, object: &Object, column: &Column) -> String {
        let mut sql = String::new();
        if let Some(when) = &column.identity
            && let Some((owner, sequence)) = self.layout.identity_sequence(object)
        {
            sql.push_str(&format!(" GENERATED {when} AS IDENTITY"));
            let options = identity_options(object, &owner.identity.path, sequence);
            if !options.is_empty() {
                sql.push_str(&format!(" ({})", options.join(" ")));
            }
        }
        if column.not_null && !column.not_null_not_valid {
            sql.push_str(&self.not_null(object, column));
        }
        sql
    }

    /// The name of what refuses NULL, where it has to be said: the server would look for another one
    /// where another table has it.
    fn said_name(&self, object: &Object, column: &Column) -> Option<String> {
        let is_said = column.not_null_name.is_some() || self.layout.is_name_taken(object);
        is_said.then(|| ident(&not_null_name(object, column)))
    }

    /// How a table is altered that has the column from its parents, and refuses NULL by itself.
    fn refuse_null(&self, object: &Object, column: &Column) -> String {
        let name = ident(object.identity.name());
        match self.said_name(object, column) {
            Some(constraint) => format!("ADD CONSTRAINT {constraint} NOT NULL {name}"),
            None => format!("ALTER COLUMN {name} SET NOT NULL"),
        }
    }

    fn not_null(&self, object: &Object, column: &Column) -> String {
        let mut sql = String::new();
        if let Some(name) = self.said_name(object, column) {
            sql.push_str(&format!(" CONSTRAINT {name}"));
        }
        sql.push_str(" NOT NULL");
        if column.not_null_no_inherit {
            sql.push_str(" NO INHERIT");
        }
        sql
    }

    fn constraint_items(&self, at: usize, table: &Table, descent: Descent) -> Vec<String> {
        let own = self.constraints(at);
        let mut items: Vec<String> = own
            .iter()
            .map(|(object, constraint)| {
                let name = ident(object.identity.name());
                format!("CONSTRAINT {name} {}", definition(constraint))
            })
            .collect();
        if descent == Descent::Later && table.bound.is_some() {
            // What is attached must have its parents' checks already.
            for parent in self.layout.ancestors(table) {
                for (object, constraint) in self.layout.checks(parent) {
                    let name = object.identity.name();
                    let mut own = own.iter();
                    if own.all(|(object, _)| object.identity.name() != name) {
                        let check = constraint.definition.trim_end_matches(" NOT VALID");
                        items.push(format!("CONSTRAINT {} {check}", ident(name)));
                    }
                }
            }
        }
        items
    }

    /// What follows a table that is created whole and has parents, or is created as their child and
    /// differs from them.
    fn descend(&self, at: usize, object: &Object, table: &Table, descent: Descent) -> Vec<String> {
        let name = &object.identity;
        match descent {
            Descent::None => Vec::new(),
            Descent::Later => {
                let parents = table.parents.iter().map(|path| qualified(path));
                let descend = parents.map(|parent| match &table.bound {
                    Some(bound) => {
                        format!("ALTER TABLE ONLY {parent} ATTACH PARTITION {name}\n    {bound}")
                    }
                    None => format!("ALTER TABLE ONLY {name} INHERIT {parent}"),
                });
                descend.chain(self.allow_null(at, table)).collect()
            }
            Descent::Partition | Descent::Child => {
                let parents = self.layout.columns_of(&table.parents);
                let mut statements = Vec::new();
                for (position, object, column) in self.layout.columns(at) {
                    let inherited: Vec<&Column> = parents
                        .iter()
                        .filter(|(_, parent, _)| parent.identity.name() == object.identity.name())
                        .map(|(_, _, column)| *column)
                        .collect();
                    let is_said = descent == Descent::Child && column.local;
                    if inherited.is_empty() || is_said || self.is_late(position) {
                        continue;
                    }
                    if inherited
                        .iter()
                        .any(|parent| parent.default != column.default)
                    {
                        statements.extend(set_default(object));
                    }
                    if column.not_null && inherited.iter().all(|parent| !parent.not_null) {
                        let refused = self.refuse_null(object, column);
                        statements.push(format!("ALTER TABLE ONLY {name} {refused}"));
                    }
                }
                statements.extend(self.allow_null(at, table));
                statements
            }
        }
    }

    /// Lets columns be NULL that are not in a parent, as up to PostgreSQL 17 they may: a child must
    /// refuse NULL when it becomes one.
    fn allow_null(&self, at: usize, table: &Table) -> Option<String> {
        let columns = self.layout.columns(at).into_iter();
        let columns = columns.filter(|(_, object, column)| self.is_let_go(object, column, table));
        let changes: Vec<String> = columns
            .map(|(_, object, _)| {
                let name = ident(object.identity.name());
                format!("ALTER COLUMN {name} DROP NOT NULL")
            })
            .collect();
        let name = &self.object(at).identity;
        let list = changes.join(",\n    ");
        (!changes.is_empty()).then(|| format!("ALTER TABLE ONLY {name}\n    {list}"))
    }

    /// Returns whether a parent refuses NULL in a column that may be NULL here.
    fn is_let_go(&self, object: &Object, column: &Column, table: &Table) -> bool {
        let parents = self.layout.columns_of(&table.parents).into_iter();
        let mut parents =
            parents.filter(|(_, parent, _)| parent.identity.name() == object.identity.name());
        !column.not_null && parents.any(|(_, _, parent)| parent.not_null)
    }

    /// Settings of columns that have no place in the parentheses, or not in every version.
    pub(super) fn alter_columns(
        &self,
        at: usize,
        inherited: &[(usize, &Object, &Column)],
    ) -> Vec<String> {
        let mut changes = Vec::new();
        for (_, object, column) in self.layout.columns(at) {
            let name = object.identity.name();
            let mut parents = inherited.iter();
            let is_inherited = parents.any(|(_, object, _)| object.identity.name() == name);
            let alter = format!("ALTER COLUMN {}", ident(name));
            if let (Some(storage), false) = (&column.storage, is_inherited) {
                changes.push(format!("{alter} SET STORAGE {storage}"));
            }
            if let (Some(compression), false) = (&column.compression, is_inherited) {
                changes.push(format!("{alter} SET COMPRESSION {compression}"));
            }
            if let Some(statistics) = column.statistics {
                changes.push(format!("{alter} SET STATISTICS {statistics}"));
            }
            if !column.options.is_empty() {
                changes.push(format!("{alter} SET ({})", parameters(&column.options)));
            }
        }
        changes
    }

    /// What the sequences of identity columns do not have from the table, from PostgreSQL 15 on.
    fn identity_settings(&self, at: usize, table: &Table) -> Vec<String> {
        let columns = self.layout.columns(at).into_iter();
        let sequences = columns.filter_map(|(_, column, _)| self.layout.identity_sequence(column));
        sequences
            .filter(|(_, sequence)| {
                self.layout.model.server >= 15 && sequence.unlogged != table.unlogged
            })
            .map(|(object, sequence)| {
                let logged = match sequence.unlogged {
                    true => "UNLOGGED",
                    false => "LOGGED",
                };
                format!("ALTER SEQUENCE {} SET {logged}", object.identity)
            })
            .collect()
    }

    /// Constraints that were not checked for all rows.
    fn late_not_nulls(&self, at: usize, what: &str, table: &str) -> Vec<String> {
        let columns = self.layout.columns(at).into_iter();
        columns
            .filter(|(_, _, column)| column.not_null && column.not_null_not_valid)
            .map(|(_, object, column)| {
                let constraint = ident(&not_null_name(object, column));
                let column = ident(object.identity.name());
                format!(
                    "ALTER {what} {table} ADD CONSTRAINT {constraint} NOT NULL {column} NOT VALID"
                )
            })
            .collect()
    }
}

/// Returns what the constraint is called that refuses NULL.
pub(super) fn not_null_name(object: &Object, column: &Column) -> String {
    let usual = match &object.identity.path[..] {
        [_, table, name] => format!("{table}_{name}_not_null"),
        _ => String::new(),
    };
    column.not_null_name.clone().unwrap_or(usual)
}

/// Returns what is not as an identity has it by default.
fn identity_options(object: &Object, path: &[String], sequence: &model::Sequence) -> Vec<String> {
    let mut words = Vec::new();
    if let [schema, table, column] = &object.identity.path[..]
        && *path != [schema.clone(), format!("{table}_{column}_seq")]
    {
        words.push(format!("SEQUENCE NAME {}", qualified(path)));
    }
    words.extend(number_options(sequence));
    words
}

fn table_settings(table: &Table) -> Vec<String> {
    let mut settings = Vec::new();
    if let Some(identity) = &table.replica_identity {
        settings.push(format!("REPLICA IDENTITY {identity}"));
    }
    if table.row_security {
        settings.push("ENABLE ROW LEVEL SECURITY".to_owned());
    }
    if table.force_row_security {
        settings.push("FORCE ROW LEVEL SECURITY".to_owned());
    }
    settings
}
