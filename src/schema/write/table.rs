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
        statements.extend(self.descend(at, object, table, descent));
        let alter = |changes: Vec<String>| {
            let list = changes.join(",\n    ");
            (!changes.is_empty()).then(|| format!("ALTER {what} ONLY {name}\n    {list}"))
        };
        statements.extend(alter(
            self.alter_columns(at, &self.of_parents(table, descent)),
        ));
        statements.extend(self.late_not_nulls(at, what, &name));
        statements.extend(alter(table_settings(table)));
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
            let said = self.column_constraints(position, object, column);
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

    /// What follows a column's type.
    fn column_constraints(&self, position: usize, object: &Object, column: &Column) -> String {
        let mut sql = String::new();
        if let Some(generated) = &column.generated {
            sql.push_str(&format!(" GENERATED ALWAYS AS {generated}"));
        } else if let Some(default) = &column.default
            && !self.is_late(position)
        {
            sql.push_str(&format!(" DEFAULT {default}"));
        }
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
            sql.push_str(&not_null(column));
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
                parents
                    .map(|parent| match &table.bound {
                        Some(bound) => format!(
                            "ALTER TABLE ONLY {parent} ATTACH PARTITION {name}\n    {bound}"
                        ),
                        None => format!("ALTER TABLE ONLY {name} INHERIT {parent}"),
                    })
                    .collect()
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
                        let column = ident(object.identity.name());
                        statements.push(format!(
                            "ALTER TABLE ONLY {name} ALTER COLUMN {column} SET NOT NULL"
                        ));
                    }
                }
                statements
            }
        }
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

fn not_null(column: &Column) -> String {
    let name = column.not_null_name.as_ref();
    let name = name.map(|name| format!(" CONSTRAINT {}", ident(name)));
    let name = name.unwrap_or_default();
    let inherit = match column.not_null_no_inherit {
        true => " NO INHERIT",
        false => "",
    };
    format!("{name} NOT NULL{inherit}")
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
