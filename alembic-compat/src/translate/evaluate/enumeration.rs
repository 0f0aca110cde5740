//! Enumerations of the script: their members, and what is known of them.

use ruff_python_ast::name::Name;

use super::Evaluator;
use super::class::ORDER;
use super::compare::equal;
use super::local::{Class, Form, Local, Member, path, text};
use crate::translate::value::Value;

impl Evaluator<'_, '_> {
    /// Returns the members of an enumeration, in order; none of another class.
    pub(super) fn members(&self, class: &Class) -> Option<Vec<Value>> {
        let Form::Enum { mixed, shows_value } = class.form else {
            return None;
        };
        let Some(Ok(Value::Tuple(order))) = class.scope.own(ORDER) else {
            return None;
        };
        match class.scope.own("_ignore_") {
            None => {}
            Some(Ok(Value::List(names))) if names.borrow().is_empty() => {}
            Some(_) => return None,
        }
        let mut members: Vec<Value> = Vec::new();
        let (mut number, mut decreases) = (0, false);
        let custom = self.shows_itself(class);
        for name in order.iter() {
            let name = Name::new(text(name)?);
            if name.starts_with("__") || name.starts_with('_') && name.ends_with('_') {
                continue;
            }
            // An annotation alone makes no member.
            let Some(value) = class.scope.own(&name) else {
                continue;
            };
            let mut value = value.ok()?;
            if super::call::root(&value) == Some("enum.auto") {
                if decreases {
                    return None;
                }
                let str_enum = class
                    .bases
                    .iter()
                    .any(|base| path(base) == Some("enum.StrEnum"));
                value = match str_enum {
                    true => Value::Text(name.to_lowercase().into()),
                    false => Value::Int(number + 1),
                };
            }
            if let Value::Int(given) = value {
                // Before Python 3.13 the last one counted, since then the greatest.
                decreases |= given < number;
                number = given;
            }
            let alias = members.iter().any(|known| match Local::of(known) {
                Some(Local::Member(known)) => equal(&known.value, &value),
                _ => false,
            });
            if !alias {
                members.push(
                    Local::Member(Member {
                        class: class.name.clone(),
                        name,
                        value,
                        mixed,
                        shows_value,
                        custom,
                    })
                    .into(),
                );
            }
        }
        Some(members)
    }

    /// Tells whether a class says how its members are written into a text.
    fn shows_itself(&self, class: &Class) -> bool {
        let own = |name: &&str| class.scope.own(name).is_some();
        ["__str__", "__format__", "__repr__"].iter().any(own)
            || class.bases.iter().any(|base| match Local::of(base) {
                Some(Local::Class(base)) => self.shows_itself(base),
                _ => false,
            })
    }

    /// Returns a member of an enumeration by its name.
    pub(super) fn member(&self, class: &Class, name: &str) -> Option<Value> {
        let members = self.members(class)?;
        let value = class.scope.own(name)?.ok()?;
        members.into_iter().find(|member| match Local::of(member) {
            // Another name of the same value is the same member.
            Some(Local::Member(member)) => member.name == *name || equal(&member.value, &value),
            _ => false,
        })
    }
}
