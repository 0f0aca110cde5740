//! What is wrong with an operation whatever the database holds.
//!
//! Only mistakes that PostgreSQL would report late, badly or not at all are looked for here: empty
//! and overlong names, a dot that was meant as a schema, parts that contradict each other.

use super::column::{AlterColumn, Column};
use super::constraint::{Backing, Constraint};
use super::dropping::Dropping;
use super::index::{Index, Key, KeyPart};
use super::name::{Columns, QualifiedName};
use super::object::{Position, Trigger, View};
use super::operation::{Commented, Operation};
use super::table::Table;
use super::value::{Rows, Value};

/// The number of bytes of a name that PostgreSQL keeps; it cuts off the rest without an error.
const NAME_BYTES: usize = 63;

type Checked = Result<(), String>;

impl Operation {
    pub(super) fn check(&self) -> Checked {
        match self {
            Self::CreateTable(table) => check_table(table),
            Self::DropTable(table) => check_dropping(table, "table"),
            Self::RenameTable { table, to } => {
                qualified(table, "table")?;
                name(to, "new name")
            }
            Self::AddColumn { table, column } => {
                qualified(table, "table")?;
                check_column(column)
            }
            Self::DropColumn { table, column } => {
                qualified(table, "table")?;
                check_dropping(column, "column")
            }
            Self::AlterColumn { table, change } => {
                qualified(table, "table")?;
                check_change(change)
            }
            Self::CreateIndex(index) => check_index(index),
            Self::DropIndex(index) => {
                if index.cascade && index.concurrently {
                    return Err("`concurrently` and `cascade` exclude each other".to_owned());
                }
                check_dropping(index, "index")
            }
            Self::RenameIndex { index, to } => {
                qualified(index, "index")?;
                name(to, "new name")
            }
            Self::CreateConstraint { table, constraint } => {
                qualified(table, "table")?;
                check_constraint(constraint)
            }
            Self::DropConstraint { table, constraint } => {
                qualified(table, "table")?;
                check_dropping(constraint, "constraint")
            }
            Self::RenameConstraint { table, name: n, to } => {
                qualified(table, "table")?;
                name(n, "constraint")?;
                name(to, "new name")
            }
            Self::ValidateConstraint { table, name: n } => {
                qualified(table, "table")?;
                name(n, "constraint")
            }
            Self::Comment {
                on, text: comment, ..
            } => {
                match on {
                    Commented::Table(table) => qualified(table, "table")?,
                    Commented::Column(table, column) => {
                        qualified(table, "table")?;
                        name(column, "column")?;
                    }
                }
                comment.as_deref().map_or(Ok(()), literal)
            }
            Self::CreateEnum(definition) => {
                qualified(&definition.name, "type")?;
                each(&definition.values, |value| name(value, "enum value"))
            }
            Self::DropEnum(dropping) => check_dropping(dropping, "type"),
            Self::AddEnumValue { name: n, value } => {
                qualified(n, "type")?;
                name(&value.value, "enum value")?;
                match &value.position {
                    Position::Last => Ok(()),
                    Position::Before(other) | Position::After(other) => name(other, "enum value"),
                }
            }
            Self::RenameEnumValue { name: n, value, to } => {
                qualified(n, "type")?;
                name(value, "enum value")?;
                name(to, "enum value")
            }
            Self::RenameType { name: n, to } => {
                qualified(n, "type")?;
                name(to, "new name")
            }
            Self::CreateSchema(schema) => name(&schema.name, "schema"),
            Self::DropSchema(dropping) => check_dropping(dropping, "schema"),
            Self::CreateExtension(extension) => name(&extension.name, "extension"),
            Self::DropExtension(dropping) => check_dropping(dropping, "extension"),
            Self::CreateView(view) => check_view(view),
            Self::DropView { view, .. } => check_dropping(view, "view"),
            Self::CreateFunction(function) => {
                qualified(&function.name, "function")?;
                text(&function.definition, "definition")
            }
            Self::DropFunction(dropping) => check_dropping(dropping, "function"),
            Self::CreateTrigger(trigger) => check_trigger(trigger),
            Self::DropTrigger { table, trigger } => {
                qualified(table, "table")?;
                check_dropping(trigger, "trigger")
            }
            Self::BulkInsert { table, rows } | Self::BulkDelete { table, rows } => {
                qualified(table, "table")?;
                check_rows(rows)
            }
            Self::Execute(execute) => text(&execute.text, "SQL text"),
        }
    }
}

fn each<T>(items: &[T], check: impl Fn(&T) -> Checked) -> Checked {
    items.iter().try_for_each(check)
}

fn name(name: &str, what: &str) -> Checked {
    if name.is_empty() {
        return Err(format!("the {what} has no name"));
    }
    if name.len() > NAME_BYTES {
        let length = name.len();
        return Err(format!(
            "the {what} `{name}` has {length} bytes; PostgreSQL keeps {NAME_BYTES}"
        ));
    }
    literal(name)
}

fn qualified(qualified: &QualifiedName, what: &str) -> Checked {
    if let Some(schema) = &qualified.schema {
        name(schema, "schema")?;
    }
    if !qualified.dots
        && let Some((schema, rest)) = qualified.name.split_once('.')
    {
        return Err(format!(
            "`{qualified}` holds a dot; write (\"{schema}\", \"{rest}\") for a schema and a name"
        ));
    }
    name(&qualified.name, what)
}

fn text(text: &str, what: &str) -> Checked {
    if text.trim().is_empty() {
        return Err(format!("the {what} is empty"));
    }
    literal(text)
}

fn literal(text: &str) -> Checked {
    if text.contains('\0') {
        return Err("PostgreSQL cannot store the character NUL".to_owned());
    }
    Ok(())
}

fn columns(columns: &Columns, what: &str) -> Checked {
    if columns.0.is_empty() {
        return Err(format!("the {what} has no columns"));
    }
    each(&columns.0, |column| name(column, "column"))
}

fn check_dropping<T>(dropping: &Dropping<T>, what: &str) -> Checked {
    qualified(&dropping.name, what)
}

fn check_table(table: &Table) -> Checked {
    qualified(&table.name, "table")?;
    each(&table.columns, |column| {
        if column.if_not_exists {
            let name = &column.name;
            return Err(format!(
                "`if_not_exists` of column `{name}` is for `add_column` only"
            ));
        }
        check_column(column)
    })?;
    each(&table.constraints, check_constraint)
}

fn check_column(column: &Column) -> Checked {
    name(&column.name, "column")?;
    let name = &column.name;
    if column.data_type.trim().is_empty() {
        return Err(format!("column `{name}` has no type"));
    }
    if column.references.is_none() && (column.on_delete.is_some() || column.on_update.is_some()) {
        return Err(format!(
            "column `{name}` has `on_delete` or `on_update`, but no `references`"
        ));
    }
    let sources = usize::from(column.default.is_some())
        + usize::from(column.identity.is_some())
        + usize::from(column.generated.is_some());
    if sources > 1 {
        return Err(format!(
            "column `{name}` takes one of `default`, `identity` and `generated`"
        ));
    }
    if let Some((table, columns)) = &column.references {
        qualified(table, "table")?;
        self::columns(columns, "reference")?;
    }
    column.default.as_ref().map_or(Ok(()), value)
}

fn check_change(change: &AlterColumn) -> Checked {
    name(&change.name, "column")?;
    if let Some(to) = &change.rename {
        name(to, "new name")?;
    }
    if change.using.is_some() && change.data_type.is_none() {
        return Err("`using` needs `set_type`".to_owned());
    }
    if let Some(data_type) = &change.data_type {
        text(data_type, "type")?;
    }
    let changes = change.rename.is_some()
        || change.data_type.is_some()
        || change.nullability.is_some()
        || change.default.is_some()
        || change.comment.is_some();
    if !changes {
        return Err("nothing is changed".to_owned());
    }
    change.default.iter().flatten().try_for_each(value)
}

fn check_index(index: &Index) -> Checked {
    name(&index.name, "index")?;
    qualified(&index.table, "table")?;
    if index.keys.is_empty() {
        return Err("the index has no keys (`.on(…)`)".to_owned());
    }
    if index.nulls_not_distinct && !index.unique {
        return Err("`nulls_not_distinct` needs `unique`".to_owned());
    }
    each(&index.keys, check_key)?;
    each(&index.include.0, |column| name(column, "column"))
}

fn check_key(key: &Key) -> Checked {
    match &key.part {
        KeyPart::Column(column) => name(column, "column"),
        KeyPart::Expression(sql) => text(sql, "expression"),
    }
}

fn check_backing(backing: &Backing, what: &str) -> Checked {
    match backing {
        Backing::Columns(of) => columns(of, what),
        Backing::Index(index) => name(index, "index"),
    }
}

fn check_constraint(constraint: &Constraint) -> Checked {
    if let Some(n) = constraint.name() {
        name(n, "constraint")?;
    }
    match constraint {
        Constraint::PrimaryKey(primary_key) => check_backing(&primary_key.backing, "primary key"),
        Constraint::Unique(unique) => check_backing(&unique.backing, "unique constraint"),
        Constraint::Check(check) => text(&check.condition, "condition"),
        Constraint::ForeignKey(key) => {
            qualified(&key.table, "table")?;
            columns(&key.columns, "foreign key")?;
            columns(&key.referenced, "reference")?;
            if key.columns.0.len() != key.referenced.0.len() {
                return Err(format!(
                    "{} columns refer to {}",
                    key.columns.0.len(),
                    key.referenced.0.len()
                ));
            }
            Ok(())
        }
        Constraint::Exclude(exclude) => {
            if exclude.elements.is_empty() {
                return Err("the exclusion has no elements (`.with(…)`)".to_owned());
            }
            each(&exclude.elements, |(key, operator)| {
                check_key(key)?;
                text(operator, "operator")
            })
        }
    }
}

fn check_view(view: &View) -> Checked {
    qualified(&view.name, "view")?;
    if view.materialized && view.or_replace {
        return Err("PostgreSQL cannot replace a materialized view".to_owned());
    }
    if view.no_data && !view.materialized {
        return Err("`no_data` needs `materialized`".to_owned());
    }
    text(&view.query, "query")
}

fn check_trigger(trigger: &Trigger) -> Checked {
    name(&trigger.name, "trigger")?;
    qualified(&trigger.table, "table")?;
    text(&trigger.events, "list of events (`.fires(…)`)")?;
    text(&trigger.action, "action (`.executes(…)`)")
}

fn check_rows(rows: &Rows) -> Checked {
    columns(&rows.columns, "insert")?;
    let expected = rows.columns.0.len();
    for (i, row) in rows.rows.iter().enumerate() {
        if row.len() != expected {
            let (at, found) = (i + 1, row.len());
            return Err(format!(
                "row {at} has {found} values for {expected} columns"
            ));
        }
        each(row, value)?;
    }
    for column in rows.key.iter().flat_map(|key| &key.0) {
        if !rows.columns.0.contains(column) {
            return Err(format!("the key `{column}` is not one of the columns"));
        }
    }
    Ok(())
}

fn value(value: &Value) -> Checked {
    match value {
        Value::Text(text) => literal(text),
        // JSON text escapes the character, but `jsonb` refuses the escape.
        Value::Json(json) if json.to_string().contains("\\u0000") => literal("\0"),
        Value::Sql(sql) => text(sql, "expression"),
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_) => Ok(()),
        Value::Json(_) | Value::Bytes(_) => Ok(()),
    }
}
