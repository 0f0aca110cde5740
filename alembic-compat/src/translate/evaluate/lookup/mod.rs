//! What SQLAlchemy's inspector says of the database, asked of PostgreSQL's catalogs.
//!
//! An inspector remembers what it was told, as SQLAlchemy's does: asked again, it gives the same
//! answer, whatever was done meanwhile.

mod catalog;
mod kind;

use std::cell::RefCell;

use ruff_python_ast::name::Name;

use super::Evaluator;
use super::local::{Exception, Known, Stop, named, text};
use crate::translate::value::{Arguments, Value};

/// What an inspector was told, by question.
pub(super) type Memory = RefCell<Vec<(String, Value)>>;

/// Ordinary and partitioned tables.
const TABLES: &str = "'r', 'p'";

impl Evaluator<'_, '_> {
    /// Calls a method of an inspector.
    pub(super) fn look(&mut self, memory: &Memory, name: &Name, arguments: Arguments) -> Known {
        let names: &[&str] = match name.as_str() {
            "get_table_names"
            | "get_view_names"
            | "get_materialized_view_names"
            | "get_sequence_names"
            | "get_enums" => &["schema"],
            "get_schema_names" | "clear_cache" => &[],
            "has_schema" => &["schema_name"],
            "has_sequence" => &["sequence_name", "schema"],
            "has_index" => &["table_name", "index_name", "schema"],
            "has_table"
            | "get_columns"
            | "get_pk_constraint"
            | "get_foreign_keys"
            | "get_indexes"
            | "get_unique_constraints"
            | "get_check_constraints"
            | "get_table_comment" => &["table_name", "schema"],
            _ => return Err(self.refuse(format!("calls `{name}()` of the inspector"))),
        };
        let given = self.asked(name, arguments, names)?;
        if name == "clear_cache" {
            memory.borrow_mut().clear();
            return Ok(Value::None);
        }
        let of = |index: usize| given.get(index).and_then(Option::as_deref);
        let first = || of(0).unwrap_or_default();
        let what = match name.as_str() {
            "get_table_names" => catalog::relations(TABLES, of(0)),
            "get_view_names" => catalog::relations("'v'", of(0)),
            "get_materialized_view_names" => catalog::relations("'m'", of(0)),
            "get_sequence_names" => catalog::relations("'S'", of(0)),
            "get_enums" => catalog::enums(of(0)),
            "get_schema_names" => catalog::SCHEMAS.to_owned(),
            "has_schema" => catalog::has_schema(first()),
            "has_sequence" => catalog::has_relation("'S'", first(), of(1)),
            "has_table" => catalog::has_relation("'r', 'p', 'f', 'v', 'm'", first(), of(1)),
            "has_index" => {
                let indexes = self.of_table(memory, "get_indexes", first(), of(2))?;
                let Value::List(indexes) = indexes else {
                    return Ok(Value::Bool(false));
                };
                let wanted = Value::Text(of(1).unwrap_or_default().into());
                for index in indexes.borrow().iter() {
                    let found = self.item(index, Value::Text("name".into()))?;
                    if super::compare::equal(&found, &wanted) {
                        return Ok(Value::Bool(true));
                    }
                }
                return Ok(Value::Bool(false));
            }
            _ => return self.of_table(memory, name, first(), of(1)),
        };
        self.told(memory, what, None)
    }

    /// Asks what a table has.
    fn of_table(
        &mut self,
        memory: &Memory,
        name: &str,
        table: &str,
        schema: Option<&str>,
    ) -> Known {
        let what = match name {
            "get_columns" => catalog::COLUMNS.to_owned(),
            "get_pk_constraint" => catalog::primary_key(),
            "get_foreign_keys" => catalog::foreign_keys(schema),
            "get_indexes" => catalog::indexes(),
            "get_unique_constraints" => catalog::unique_constraints(),
            "get_check_constraints" => catalog::CHECK_CONSTRAINTS.to_owned(),
            _ => catalog::COMMENT.to_owned(),
        };
        let query = catalog::of_table(&what, table, schema);
        let told = self.told(memory, query, Some(table))?;
        match name {
            "get_columns" => self.typed(&told),
            _ => Ok(told),
        }
    }

    /// Reads the arguments of a question: texts, or none.
    fn asked(
        &self,
        method: &str,
        arguments: Arguments,
        names: &[&str],
    ) -> Known<Vec<Option<String>>> {
        let mut given = vec![None; names.len()];
        let by_position = arguments.positional.into_iter().enumerate();
        let by_name = arguments.named.into_iter().map(|(name, value)| {
            let at = names.iter().position(|known| *known == name);
            (at.unwrap_or(usize::MAX), value)
        });
        for (at, value) in by_position.chain(by_name) {
            let Some(place) = given.get_mut(at) else {
                return Err(self.refuse(format!("calls `{method}()` in a way that is not known")));
            };
            *place = match value {
                Value::None => None,
                value => Some(self.inner_text(&value, "asks for")?.to_string()),
            };
        }
        Ok(given)
    }

    /// Asks a question that was not asked before.
    fn told(&mut self, memory: &Memory, query: String, table: Option<&str>) -> Known {
        let known = memory
            .borrow()
            .iter()
            .find(|(asked, _)| *asked == query)
            .cloned();
        if let Some((_, told)) = known {
            return self.frozen(&told, 0);
        }
        let rows = self.ask_catalog(&query)?;
        let answer = match rows.rows.first().map(Vec::as_slice) {
            Some([Some(answer)]) => super::json::parse(answer),
            None => {
                return Err(Box::new(Stop::Raised(Exception {
                    line: self.line,
                    class: named(self.line, "sqlalchemy.exc.NoSuchTableError"),
                    arguments: vec![Value::Text(table.unwrap_or_default().into())],
                })));
            }
            Some(_) => None,
        };
        let Some(answer) = answer else {
            return Err(self.refuse("asks for what the database does not tell"));
        };
        memory.borrow_mut().push((query, answer.clone()));
        self.frozen(&answer, 0)
    }

    /// Puts SQLAlchemy's types in the place of PostgreSQL's.
    fn typed(&mut self, columns: &Value) -> Known {
        for column in self.spread(columns)? {
            let written = self.item(&column, Value::Text("type".into()))?;
            let labels = self.item(&column, Value::Text("labels".into()))?;
            self.delete_item(&column, &Value::Text("labels".into()))?;
            let kind = kind::of(&text(&written).unwrap_or_default(), &labels, self.line);
            self.set_item(&column, Value::Text("type".into()), kind)?;
        }
        Ok(columns.clone())
    }
}
