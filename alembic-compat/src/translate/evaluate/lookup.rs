//! What an inspector says of the database, asked of PostgreSQL's catalogs.

use ruff_python_ast::name::Name;

use super::Evaluator;
use super::local::Known;
use crate::translate::value::Arguments;

impl Evaluator<'_, '_> {
    /// Calls a method of an inspector.
    pub(super) fn look(&mut self, name: &Name, _arguments: Arguments) -> Known {
        match self.database {
            None => Err(self.unanswered()),
            Some(_) => Err(self.refuse(format!("calls `{name}()` of the inspector"))),
        }
    }
}
