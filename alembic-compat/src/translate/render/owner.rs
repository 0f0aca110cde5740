//! Constraints as their table makes them: named, with the columns that their keys stand for.

use std::rc::Rc;

use super::column::Column;
use super::constraint::{
    Check, Common, Constraint, Draft, ForeignKey, Target, column_list, delete_phrase, name_list,
    phrase,
};
use super::naming::{Labelled, Naming, Subject};
use super::quote::Name;
use super::refusal::{Result, refuse};
use super::table::TableName;

impl ForeignKey {
    /// Returns its name, the columns that refer and what it refers to, for a table.
    pub fn constraint(&self, table: &Owner, columns: &[Rc<Column>]) -> Result<Constraint> {
        let Some(first) = self.targets.first() else {
            return refuse("makes a foreign key without columns");
        };
        let same_table = |target: &Target| {
            target.table.name.text == first.table.name.text
                && target.table.schema.as_ref().map(|it| &it.text)
                    == first.table.schema.as_ref().map(|it| &it.text)
        };
        if !self.targets.iter().all(same_table) {
            return refuse("makes a foreign key to several tables");
        }
        if columns.len() != self.targets.len() {
            return refuse("makes a foreign key with unequal numbers of columns");
        }
        let own = table.name.is(&first.table);
        let mut referred = Vec::new();
        for target in &self.targets {
            let known = table.columns.iter().find(|it| it.key == target.column.text);
            referred.push(match known {
                Some(known) if own => known.name.clone(),
                _ => target.column.clone(),
            });
        }
        // A convention cannot tell a dotted schema from a table.
        let dotted = first
            .table
            .schema
            .as_ref()
            .is_some_and(|it| it.text.contains('.'));
        let name = table.named(
            "fk",
            self.common.name.as_ref(),
            Some(columns),
            (!dotted).then(|| (first.table.name.clone(), referred.clone())),
        )?;
        let mut body = format!(
            "FOREIGN KEY({}) REFERENCES {} ({})",
            column_list(columns)?,
            first.table.sql()?,
            name_list(&referred)?
        );
        if let Some(matching) = &self.matching {
            body.push_str(&format!(" MATCH {}", phrase(matching)?));
        }
        if let Some(ondelete) = &self.ondelete {
            body.push_str(&format!(" ON DELETE {}", delete_phrase(ondelete)?));
        }
        if let Some(onupdate) = &self.onupdate {
            body.push_str(&format!(" ON UPDATE {}", phrase(onupdate)?));
        }
        body.push_str(&self.common.deferral()?);
        body.push_str(self.common.validity());
        Ok(Constraint { name, body })
    }

    /// Writes what stands beside a column of which it is the only foreign key.
    pub fn inline(&self) -> Result<String> {
        let Some(target) = self.targets.first() else {
            return refuse("makes a foreign key without columns");
        };
        let mut sql = format!(
            " REFERENCES {} ({})",
            target.table.sql()?,
            target.column.sql()?
        );
        if let Some(matching) = &self.matching {
            sql.push_str(&format!(" MATCH {}", phrase(matching)?));
        }
        if let Some(ondelete) = &self.ondelete {
            sql.push_str(&format!(" ON DELETE {}", delete_phrase(ondelete)?));
        }
        if let Some(onupdate) = &self.onupdate {
            sql.push_str(&format!(" ON UPDATE {}", phrase(onupdate)?));
        }
        sql.push_str(&self.common.deferral()?);
        Ok(sql)
    }
}

/// The table that a constraint is made for.
pub(super) struct Owner<'a> {
    pub name: &'a TableName,
    pub columns: &'a [Rc<Column>],
    pub naming: &'a Naming,
}

impl Owner<'_> {
    /// Returns the column of a key.
    pub fn by_key(&self, key: &Name) -> Result<Rc<Column>> {
        match self.columns.iter().find(|column| column.key == key.text) {
            Some(column) => Ok(column.clone()),
            None => refuse(format!(
                "makes a constraint with the column `{}`, which `{}` does not have",
                key.text, self.name.name.text
            )),
        }
    }

    pub fn by_keys(&self, keys: &[Name]) -> Result<Vec<Rc<Column>>> {
        let mut columns: Vec<Rc<Column>> = Vec::new();
        for key in keys {
            let column = self.by_key(key)?;
            if !columns.iter().any(|known| known.key == column.key) {
                columns.push(column);
            }
        }
        Ok(columns)
    }

    /// Returns what something is called by the naming convention.
    pub fn named(
        &self,
        kind: &'static str,
        name: Option<&Name>,
        columns: Option<&[Rc<Column>]>,
        referred: Option<(Name, Vec<Name>)>,
    ) -> Result<Option<Name>> {
        let labelled = |column: &Rc<Column>| Labelled {
            name: column.name.text.to_string(),
            key: column.key.to_string(),
            of_table: true,
            raw: false,
        };
        self.naming.name(&Subject {
            kind,
            name,
            table: &self.name.name,
            schema: self.name.schema.as_ref(),
            columns: columns.map(|columns| columns.iter().map(labelled).collect()),
            referred,
        })
    }

    /// Makes a constraint of what a script says.
    pub fn constraint(&self, draft: &Draft) -> Result<Constraint> {
        match draft {
            Draft::Primary {
                common,
                columns,
                include,
            } => {
                let columns = self.by_keys(columns)?;
                self.primary(common, &columns, include)
            }
            Draft::Unique {
                common,
                columns,
                include,
                nulls_not_distinct,
            } => {
                let columns = self.by_keys(columns)?;
                self.unique(common, &columns, include, *nulls_not_distinct)
            }
            Draft::Foreign(key) => {
                let columns = self.by_keys(&key.columns)?;
                key.constraint(self, &columns)
            }
            Draft::Check(check) => self.check(check),
            Draft::Exclude(exclude) => exclude.constraint(Some(self)),
        }
    }

    pub fn foreign(&self, key: &ForeignKey, column: &Rc<Column>) -> Result<Constraint> {
        key.constraint(self, std::slice::from_ref(column))
    }

    pub fn primary(
        &self,
        common: &Common,
        columns: &[Rc<Column>],
        include: &[Name],
    ) -> Result<Constraint> {
        let name = self.named("pk", common.name.as_ref(), Some(columns), None)?;
        let mut body = format!("PRIMARY KEY ({})", column_list(columns)?);
        body.push_str(&self.included(include)?);
        body.push_str(&common.deferral()?);
        Ok(Constraint { name, body })
    }

    /// The primary key that columns say of themselves; the one that counts comes first.
    pub fn implied_primary(
        &self,
        columns: &[Rc<Column>],
        counting: Option<&Rc<Column>>,
    ) -> Result<Constraint> {
        let name = self.named("pk", None, Some(columns), None)?;
        let counts = |column: &&Rc<Column>| counting.is_some_and(|it| Rc::ptr_eq(it, column));
        let first = columns.iter().filter(counts);
        let rest = columns.iter().filter(|column| !counts(column));
        let columns: Vec<_> = first.chain(rest).cloned().collect();
        let body = format!("PRIMARY KEY ({})", column_list(&columns)?);
        Ok(Constraint { name, body })
    }

    pub fn unique(
        &self,
        common: &Common,
        columns: &[Rc<Column>],
        include: &[Name],
        nulls_not_distinct: Option<bool>,
    ) -> Result<Constraint> {
        let name = self.named("uq", common.name.as_ref(), Some(columns), None)?;
        let nulls = match nulls_not_distinct {
            Some(true) => "NULLS NOT DISTINCT ",
            Some(false) => "NULLS DISTINCT ",
            None => "",
        };
        let mut body = format!("UNIQUE {nulls}({})", column_list(columns)?);
        body.push_str(&self.included(include)?);
        body.push_str(&common.deferral()?);
        Ok(Constraint { name, body })
    }

    pub fn check(&self, check: &Check) -> Result<Constraint> {
        let columns: Vec<Labelled> = check.columns.iter().map(Labelled::plain).collect();
        let name = self.naming.name(&Subject {
            kind: "ck",
            name: check.common.name.as_ref(),
            table: &self.name.name,
            schema: self.name.schema.as_ref(),
            columns: Some(columns),
            referred: None,
        })?;
        let mut body = format!("CHECK ({})", check.sql);
        body.push_str(&check.common.deferral()?);
        body.push_str(check.common.validity());
        Ok(Constraint { name, body })
    }

    /// Writes a check that stands with its column, where it is always valid.
    pub fn column_check(&self, check: &Check) -> Result<String> {
        let mut constraint = self.check(check)?;
        if let Some(valid) = constraint.body.strip_suffix(check.common.validity()) {
            constraint.body = valid.to_owned();
        }
        constraint.sql()
    }

    pub fn included(&self, include: &[Name]) -> Result<String> {
        if include.is_empty() {
            return Ok(String::new());
        }
        let columns: Result<Vec<_>> = include.iter().map(|key| self.by_key(key)).collect();
        Ok(format!(" INCLUDE ({})", column_list(&columns?)?))
    }
}
