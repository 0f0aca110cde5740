//! Operations on indexes.

use std::rc::Rc;

use super::Call;
use crate::translate::render::Reader;
use crate::translate::render::column::Column;
use crate::translate::render::expression::Node;
use crate::translate::render::index::{Index, Part, index_columns};
use crate::translate::render::quote::Name;
use crate::translate::render::refusal::Result;
use crate::translate::render::table::{Table, TableName};
use crate::translate::render::types::Type;

impl Reader<'_> {
    pub(super) fn create_index(&mut self, mut call: Call) -> Result<Vec<String>> {
        let name = call.given.maybe_name("index_name")?;
        let mut table = call.table("table_name")?;
        let columns = index_columns(&mut call.given)?;
        if call.place.is_none() {
            table.schema = call.schema("schema")?;
        }
        let if_not_exists = call.given.flag("if_not_exists")?.unwrap_or(false);
        let quote = call.given.flag("quote")?;
        let name = name.map(|name| Name {
            quote: name.quote.or(quote),
            ..name
        });
        let mut table = self.table_of_index(table, &columns)?;
        let mut index = self.index_of(call.given, name, &columns)?;
        for included in &index.options.include {
            if !table.columns.iter().any(|it| it.key == included.text) {
                let column = Column::bare(included.clone(), Type::null());
                table.columns.push(Rc::new(column));
            }
        }
        for part in &mut index.parts {
            if let Part::Expression(expression) = part
                && let Node::Text(text) = &*expression.node
            {
                let text = text.sql.clone();
                *part = Part::Text(expression.clone(), text);
            }
        }
        Ok(vec![index.create(&table, if_not_exists)?])
    }

    pub(super) fn drop_index(&mut self, mut call: Call) -> Result<Vec<String>> {
        let name = call.given.maybe_name("index_name")?;
        let mut table = match &call.place {
            Some(place) => place.clone(),
            None => TableName {
                name: call
                    .given
                    .maybe_name("table_name")?
                    .unwrap_or_else(|| Name::new("no_table")),
                schema: None,
            },
        };
        if call.place.is_none() {
            table.schema = call.schema("schema")?;
        }
        let if_exists = call.given.flag("if_exists")?.unwrap_or(false);
        call.given.named("unique");
        let options = self.index_options(&mut call.given)?;
        call.finish()?;
        let index = Index {
            name,
            parts: vec![Part::Key(Name::new("x"))],
            unique: false,
            options,
        };
        let column = Column::bare(Name::new("x"), Type::null());
        let table = Table::bare(table, vec![column.into()], self.naming.clone());
        Ok(vec![index.drop(&table, if_exists)?])
    }
}
