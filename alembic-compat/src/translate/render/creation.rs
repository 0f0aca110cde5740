//! Tables as they are created: the statements, in SQLAlchemy's order.

use std::rc::Rc;

use super::column::Column;
use super::constraint::{Check, Common, Constraint, Draft};
use super::index::Index;
use super::quote::string;
use super::refusal::{Result, refuse};
use super::table::Table;
use super::types::{NamedType, Sort, Type};

impl Table {
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
    pub fn check_own_keys(&self) -> Result<()> {
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
    pub fn typed(&self, column: &Rc<Column>) -> Result<Rc<Column>> {
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

    pub fn comments(&self) -> Result<Vec<String>> {
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
