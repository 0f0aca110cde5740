//! Privileges, as what differs from those on a new object.
//!
//! The server keeps a list for each object; here it becomes the `GRANT`s and `REVOKE`s that lead
//! there from the privileges that a new object has. Who granted is left out, and the owner, whose
//! name may be another one elsewhere, is only `the owner`.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Serialize, Serializer};

use crate::sql::quote::ident;

/// Whom a privilege is granted to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grantee {
    /// The object's owner, whatever the name.
    Owner,
    /// Everybody.
    Public,
    /// A role.
    Role(String),
}

impl fmt::Display for Grantee {
    /// As SQL has it; the owner is the one who is at work.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Owner => f.write_str("CURRENT_USER"),
            Self::Public => f.write_str("PUBLIC"),
            Self::Role(name) => f.write_str(&ident(name)),
        }
    }
}

/// What is done to a privilege.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// It is taken away.
    Revoke,
    /// It is given.
    Grant,
    /// It is given together with the right to give it on.
    GrantWithOption,
}

/// One step from the privileges on a new object to those on this one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Grant {
    /// What is done.
    pub change: Change,
    /// The privileges, or `ALL`.
    pub privileges: Vec<&'static str>,
    /// Whom to.
    pub grantee: Grantee,
}

impl Grant {
    /// Returns the statement for an object such as `TABLE orders`; `columns` stands behind each
    /// privilege.
    #[must_use]
    pub fn to_sql(&self, object: &str, columns: &str) -> String {
        let privileges: Vec<_> = self
            .privileges
            .iter()
            .map(|privilege| format!("{privilege}{columns}"))
            .collect();
        let privileges = privileges.join(", ");
        let on = match object {
            "" => String::new(),
            object => format!(" ON {object}"),
        };
        let grantee = &self.grantee;
        match self.change {
            Change::Revoke => format!("REVOKE {privileges}{on} FROM {grantee}"),
            Change::Grant => format!("GRANT {privileges}{on} TO {grantee}"),
            Change::GrantWithOption => {
                format!("GRANT {privileges}{on} TO {grantee} WITH GRANT OPTION")
            }
        }
    }

    /// Returns what takes the step back.
    #[must_use]
    pub fn reversed(&self) -> Self {
        let change = match self.change {
            Change::Revoke => Change::Grant,
            Change::Grant | Change::GrantWithOption => Change::Revoke,
        };
        Self {
            change,
            ..self.clone()
        }
    }
}

impl fmt::Display for Grant {
    /// The statement without its object.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.grantee {
            Grantee::Owner => {
                f.write_str(&self.to_sql("", "").replace("CURRENT_USER", "the owner"))
            }
            Grantee::Public | Grantee::Role(_) => f.write_str(&self.to_sql("", "")),
        }
    }
}

impl Serialize for Grant {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

/// The privileges of one grantee, by the server's letters; true with grant option.
type Letters = BTreeMap<char, bool>;

/// A list of privileges as the server keeps it.
#[derive(Clone, Debug, Default)]
pub(super) struct List(BTreeMap<Grantee, Letters>);

impl List {
    /// Reads the server's texts, such as `"a role"=arw*/postgres`.
    pub(super) fn parse<S: AsRef<str>>(items: &[S], owner: &str) -> Self {
        let mut list = Self::default();
        for item in items {
            let (name, rest) = name(item.as_ref());
            let letters = rest.strip_prefix('=').unwrap_or(rest);
            let letters = letters.split('/').next().unwrap_or_default();
            let grantee = match name {
                name if name.is_empty() => Grantee::Public,
                name if name == owner => Grantee::Owner,
                name => Grantee::Role(name),
            };
            let of_grantee = list.0.entry(grantee).or_default();
            let mut chars = letters.chars().peekable();
            while let Some(letter) = chars.next() {
                let option = chars.next_if_eq(&'*').is_some();
                *of_grantee.entry(letter).or_default() |= option;
            }
        }
        // What owners hold they may give on, whether or not the list says so.
        if let Some(letters) = list.0.get_mut(&Grantee::Owner) {
            letters.values_mut().for_each(|option| *option = false);
        }
        list
    }

    /// Returns the privileges that the schema `public` has in a new database.
    pub(super) fn of_public_schema(major: u32) -> Self {
        // Up to PostgreSQL 14 everybody may create in it.
        let public = if major >= 15 { "=U/o" } else { "=UC/o" };
        Self::parse(&["o=UC/o", public], "o")
    }

    /// Returns the steps that lead here from `usual`.
    pub(super) fn since(&self, usual: &Self) -> Vec<Grant> {
        let all = usual.0.get(&Grantee::Owner);
        let nothing = Letters::new();
        let mut grants = Vec::new();
        for (grantee, letters) in &usual.0 {
            let kept = self.0.get(grantee).unwrap_or(&nothing);
            let gone = letters.keys().filter(|letter| !kept.contains_key(letter));
            step(&mut grants, Change::Revoke, grantee, gone.copied(), all);
        }
        for (grantee, letters) in &self.0 {
            let had = usual.0.get(grantee).unwrap_or(&nothing);
            for (change, with_option) in [(Change::Grant, false), (Change::GrantWithOption, true)] {
                let new = letters.iter().filter(|(letter, option)| {
                    **option == with_option && had.get(letter) != Some(option)
                });
                let new = new.map(|(letter, _)| *letter);
                step(&mut grants, change, grantee, new, all);
            }
        }
        grants
    }
}

fn step(
    grants: &mut Vec<Grant>,
    change: Change,
    grantee: &Grantee,
    letters: impl Iterator<Item = char>,
    all: Option<&Letters>,
) {
    let letters: Vec<char> = letters.collect();
    if letters.is_empty() {
        return;
    }
    let is_all = all.is_some_and(|all| all.len() > 1 && all.keys().eq(letters.iter()));
    let mut privileges: Vec<_> = letters.iter().filter_map(|letter| word(*letter)).collect();
    privileges.sort_unstable();
    if is_all {
        privileges = vec!["ALL"];
    }
    grants.push(Grant {
        change,
        privileges,
        grantee: grantee.clone(),
    });
}

/// Splits the name off that an item begins with.
fn name(item: &str) -> (String, &str) {
    let Some(quoted) = item.strip_prefix('"') else {
        let end = item.find('=').unwrap_or(item.len());
        return (item[..end].to_owned(), &item[end..]);
    };
    let mut name = String::new();
    let mut chars = quoted.char_indices();
    while let Some((at, c)) = chars.next() {
        if c != '"' {
            name.push(c);
        } else if quoted[at + 1..].starts_with('"') {
            name.push('"');
            chars.next();
        } else {
            return (name, &quoted[at + 1..]);
        }
    }
    (name, "")
}

const fn word(letter: char) -> Option<&'static str> {
    Some(match letter {
        'r' => "SELECT",
        'a' => "INSERT",
        'w' => "UPDATE",
        'd' => "DELETE",
        'D' => "TRUNCATE",
        'x' => "REFERENCES",
        't' => "TRIGGER",
        'm' => "MAINTAIN",
        'X' => "EXECUTE",
        'U' => "USAGE",
        'C' => "CREATE",
        'c' => "CONNECT",
        'T' => "TEMPORARY",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn since(items: &[&str], usual: &[&str]) -> String {
        let list = List::parse(items, "o");
        let grants = list.since(&List::parse(usual, "o"));
        let lines: Vec<_> = grants
            .iter()
            .map(|grant| grant.to_sql("TABLE t", ""))
            .collect();
        lines.join("\n")
    }

    #[test]
    fn what_a_new_object_has_needs_no_grant() {
        assert_eq!(since(&["o=arw/o"], &["o=arw/o"]), "");
        assert_eq!(since(&["o=X/o", "=X/o"], &["=X/o", "o=X/o"]), "");
    }

    #[test]
    fn what_differs_is_granted_and_revoked() {
        insta::assert_snapshot!(
            since(&["o=rw/o", "=r/o", "a=arw/o", "\"b \"\"x=/\"\"\"=rw*/\"a b\""], &["o=arw/o"]),
            @r#"
        REVOKE INSERT ON TABLE t FROM CURRENT_USER
        GRANT SELECT ON TABLE t TO PUBLIC
        GRANT ALL ON TABLE t TO a
        GRANT SELECT ON TABLE t TO "b ""x=/"""
        GRANT UPDATE ON TABLE t TO "b ""x=/""" WITH GRANT OPTION
        "#
        );
        insta::assert_snapshot!(since(&["o=X/o"], &["=X/o", "o=X/o"]), @"REVOKE EXECUTE ON TABLE t FROM PUBLIC");
    }

    #[test]
    fn the_owner_has_no_name() {
        let mine = List::parse(&["o=r/o"], "o").since(&List::parse(&["o=rw/o"], "o"));
        let yours = List::parse(&["p=r/p"], "p").since(&List::parse(&["p=rw/p"], "p"));
        assert_eq!(mine, yours);
        assert_eq!(mine[0].to_string(), "REVOKE UPDATE FROM the owner");
    }

    #[test]
    fn a_step_can_be_taken_back() {
        let grant = &List::parse(&["a=r*/o"], "o").since(&List::default())[0];
        assert_eq!(
            grant.reversed().to_sql("SCHEMA s", ""),
            "REVOKE SELECT ON SCHEMA s FROM a"
        );
    }
}
