//! What an expression is written in.

use std::rc::Rc;

use super::Expression;
use crate::translate::render::from::{Alias, From};
use crate::translate::render::refusal::Result;
use crate::translate::render::select::Select;
use crate::translate::value::Value;

/// What an expression is written in.
#[derive(Debug, Default)]
pub(in crate::translate::render) struct Context<'a> {
    /// Whether columns carry the names of their tables.
    pub qualified: bool,
    /// Whether it is an operand of an operator that brackets those of JSON.
    pub in_operator: bool,
    /// What the statement was executed with.
    parameters: &'a [(Rc<str>, Value)],
    /// How often a name was made up, by what it begins with.
    counters: Vec<(String, u32)>,
    /// The names made up for aliases, by what they name.
    aliases: Vec<(*const (), String)>,
    /// What the queries around name in their `FROM`, innermost last.
    pub enclosing: Vec<Vec<From>>,
    /// The queries that stand before the statement, by what they are, in order.
    before: Vec<(*const (), String)>,
    recursive: bool,
}

impl<'a> Context<'a> {
    /// Inside of a statement.
    pub fn statement(parameters: &'a [(Rc<str>, Value)]) -> Self {
        Self {
            qualified: true,
            parameters,
            ..Self::default()
        }
    }

    /// Inside of a definition, where only one table is meant.
    pub fn definition() -> Self {
        Self::default()
    }

    pub fn parameter(&self, name: &str) -> Option<Value> {
        let found = self.parameters.iter().find(|(given, _)| **given == *name);
        found.map(|(_, value)| value.clone())
    }

    /// Makes up a name, such as `anon_1`.
    pub fn fresh(&mut self, begins: &str) -> String {
        let known = self.counters.iter().position(|(known, _)| known == begins);
        let at = known.unwrap_or_else(|| {
            self.counters.push((begins.to_owned(), 0));
            self.counters.len() - 1
        });
        let count = &mut self.counters[at].1;
        *count += 1;
        format!("{begins}_{count}")
    }

    /// Returns the name made up for something, always the same.
    pub fn alias(&mut self, of: *const (), begins: &str) -> String {
        match self.aliases.iter().find(|(known, _)| *known == of) {
            Some((_, name)) => name.clone(),
            None => {
                let name = self.fresh(begins);
                self.aliases.push((of, name.clone()));
                name
            }
        }
    }

    /// Writes something as an operand of an operator.
    pub fn operand(&mut self, of: &Expression) -> Result<String> {
        let outer = std::mem::replace(&mut self.in_operator, true);
        let written = of.write(self);
        self.in_operator = outer;
        written
    }

    /// Puts a query before the statement, once.
    pub fn with(
        &mut self,
        alias: &Rc<Alias>,
        name: &str,
        query: &Select,
        recursive: bool,
    ) -> Result<()> {
        let address: *const () = Rc::as_ptr(alias).cast();
        if self.before.iter().any(|(known, _)| *known == address) {
            return Ok(());
        }
        // A recursive query names itself.
        self.before.push((address, String::new()));
        let enclosing = std::mem::take(&mut self.enclosing);
        let in_operator = std::mem::replace(&mut self.in_operator, false);
        let written = query.write_in_from(self);
        self.enclosing = enclosing;
        self.in_operator = in_operator;
        let written = written?;
        // What it needs itself was put behind it and must stand before it.
        let at = self.before.iter().position(|(known, _)| *known == address);
        let (_, _) = self.before.remove(at.unwrap_or(0));
        self.before
            .push((address, format!("{name} AS (\n{written}\n)")));
        self.recursive |= recursive;
        Ok(())
    }

    /// Writes a statement with the queries that stand before it.
    pub fn complete(&mut self, statement: String) -> String {
        if self.before.is_empty() {
            return statement;
        }
        let word = if self.recursive {
            "WITH RECURSIVE"
        } else {
            "WITH"
        };
        let before: Vec<_> = self.before.drain(..).map(|(_, sql)| sql).collect();
        format!("{word} {}\n{statement}", before.join(",\n"))
    }
}
