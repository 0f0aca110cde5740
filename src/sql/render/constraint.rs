//! Constraints, as they stand in a new table and after `ADD`.

use super::super::quote::{ident, qualified};
use super::table::key;
use super::{clause, columns, include};
use crate::op::{
    Action, Backing, Check, Columns, Constraint, Deferrable, Exclude, ForeignKey, Match,
    PrimaryKey, QualifiedName, Unique,
};

pub(super) fn definition(constraint: &Constraint) -> String {
    let name = constraint.name();
    let name = name.map_or_else(String::new, |name| format!("CONSTRAINT {} ", ident(name)));
    let body = match constraint {
        Constraint::PrimaryKey(constraint) => primary_key(constraint),
        Constraint::Unique(constraint) => unique(constraint),
        Constraint::Check(constraint) => check(constraint),
        Constraint::ForeignKey(constraint) => foreign_key(constraint),
        Constraint::Exclude(constraint) => exclude(constraint),
    };
    name + &body
}

/// ` REFERENCES t (a, b)`.
pub(super) fn references(table: &QualifiedName, to: &Columns) -> String {
    format!(" REFERENCES {} ({})", qualified(table), columns(to))
}

/// ` ON DELETE … ON UPDATE …`, each where it is given.
pub(super) fn actions(on_delete: Option<Action>, on_update: Option<Action>) -> String {
    let part = |event: &str, action: Option<Action>| {
        action.map_or_else(String::new, |it| format!(" ON {event} {}", action_text(it)))
    };
    part("DELETE", on_delete) + &part("UPDATE", on_update)
}

fn action_text(action: Action) -> &'static str {
    match action {
        Action::NoAction => "NO ACTION",
        Action::Restrict => "RESTRICT",
        Action::Cascade => "CASCADE",
        Action::SetNull => "SET NULL",
        Action::SetDefault => "SET DEFAULT",
    }
}

fn backing(backing: &Backing) -> String {
    match backing {
        Backing::Columns(of) => format!("({})", columns(of)),
        Backing::Index(index) => format!("USING INDEX {}", ident(index)),
    }
}

fn deferrable(deferrable: Deferrable) -> &'static str {
    match deferrable {
        Deferrable::Not => "",
        Deferrable::InitiallyImmediate => " DEFERRABLE",
        Deferrable::InitiallyDeferred => " DEFERRABLE INITIALLY DEFERRED",
    }
}

fn primary_key(constraint: &PrimaryKey) -> String {
    format!(
        "PRIMARY KEY {}{}{}",
        backing(&constraint.backing),
        include(&constraint.include),
        deferrable(constraint.deferrable)
    )
}

fn unique(constraint: &Unique) -> String {
    format!(
        "UNIQUE {}{}{}{}",
        clause(constraint.nulls_not_distinct, "NULLS NOT DISTINCT "),
        backing(&constraint.backing),
        include(&constraint.include),
        deferrable(constraint.deferrable)
    )
}

fn check(constraint: &Check) -> String {
    format!(
        "CHECK ({}){}{}",
        constraint.condition,
        clause(constraint.no_inherit, " NO INHERIT"),
        clause(constraint.not_valid, " NOT VALID")
    )
}

fn foreign_key(constraint: &ForeignKey) -> String {
    format!(
        "FOREIGN KEY ({}){}{}{}{}{}",
        columns(&constraint.columns),
        references(&constraint.table, &constraint.referenced),
        match constraint.matching {
            Some(Match::Simple) => " MATCH SIMPLE",
            Some(Match::Full) => " MATCH FULL",
            None => "",
        },
        actions(constraint.on_delete, constraint.on_update),
        deferrable(constraint.deferrable),
        clause(constraint.not_valid, " NOT VALID")
    )
}

fn exclude(constraint: &Exclude) -> String {
    let elements: Vec<String> = constraint
        .elements
        .iter()
        .map(|(element, operator)| format!("{} WITH {operator}", key(element)))
        .collect();
    let condition = constraint.condition.as_ref();
    format!(
        "EXCLUDE USING {} ({}){}{}",
        ident(&constraint.method),
        elements.join(", "),
        condition.map_or_else(String::new, |condition| format!(" WHERE ({condition})")),
        deferrable(constraint.deferrable)
    )
}
