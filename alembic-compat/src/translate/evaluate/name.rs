//! Names: looked up, set, unpacked into and deleted.

use std::rc::Rc;

use ruff_python_ast::Expr;
use ruff_python_ast::name::Name;

use super::Evaluator;
use super::local::{Known, Stop, list, named};
use super::scope::{Kind, Scope};
use crate::translate::value::Value;

impl<'a> Evaluator<'a, '_> {
    /// Looks a name up as Python does: here, around here, in the module, among what is built in.
    pub(super) fn look_up(&mut self, name: &Name, scope: &Rc<Scope>) -> Known {
        if let Some(reads) = self.reads.last_mut() {
            reads.insert(name.clone());
        }
        let mut here = Some(scope);
        let mut innermost = true;
        while let Some(current) = here {
            if innermost || current.kind != Kind::Class {
                if let Some(binding) = current.own(name) {
                    return self.resolved(binding, name, current);
                }
                match current.kind {
                    Kind::Function(definition)
                        if self.definitions[definition].locals.contains(name) =>
                    {
                        let message = format!("cannot access local variable '{name}'");
                        return Err(self.fails("UnboundLocalError", message));
                    }
                    Kind::Module(number) => {
                        if let Some(binding) = self.name_of_module(number, name)? {
                            return self.resolved(binding, name, current);
                        }
                    }
                    _ => {}
                }
            }
            innermost = false;
            here = current.outer.as_ref();
        }
        if let Some(Err(refused)) = scope.module().own("*") {
            return Err(Box::new(Stop::Refused(refused)));
        }
        match super::library::is_builtin(name) {
            true => Ok(named(self.line, format!("builtins.{name}"))),
            false => Err(self.raise("NameError", format!("name '{name}' is not defined"))),
        }
    }

    /// Gives a name a value.
    pub(super) fn bind(&mut self, name: &Name, value: Value, scope: &Rc<Scope>) {
        self.name_changes(name);
        let owner = self.owner_of(name, scope);
        let owner = owner.as_ref().unwrap_or(scope);
        if !Rc::ptr_eq(owner, scope) || matches!(scope.kind, Kind::Module(_)) {
            self.change_happens();
        }
        owner.set(name.clone(), Ok(value));
    }

    pub(super) fn assign(
        &mut self,
        target: &'a Expr,
        value: Value,
        scope: &Rc<Scope>,
    ) -> Known<()> {
        match target {
            Expr::Name(name) => {
                self.bind(&name.id, value, scope);
                Ok(())
            }
            Expr::Tuple(targets) => self.unpack(&targets.elts, &value, scope),
            Expr::List(targets) => self.unpack(&targets.elts, &value, scope),
            Expr::Subscript(target) => {
                let of = self.evaluate(&target.value, scope)?;
                let index = self.evaluate(&target.slice, scope)?;
                self.set_item(&of, index, value)
            }
            Expr::Attribute(target) => {
                let of = self.evaluate(&target.value, scope)?;
                self.set_attribute(&of, &target.attr.id, value)
            }
            _ => Err(self.refuse("assigns to what is no variable")),
        }
    }

    fn unpack(&mut self, targets: &'a [Expr], value: &Value, scope: &Rc<Scope>) -> Known<()> {
        let items = self.spread(value)?;
        let star = targets
            .iter()
            .position(|target| matches!(target, Expr::Starred(_)));
        let fits = match star {
            Some(_) => items.len() + 1 >= targets.len(),
            None => items.len() == targets.len(),
        };
        if !fits {
            let message = format!("{} values to unpack for {}", items.len(), targets.len());
            return Err(self.raise("ValueError", message));
        }
        let after = star.map_or(0, |star| targets.len() - star - 1);
        let many = items.len();
        let mut items = items.into_iter();
        for (index, target) in targets.iter().enumerate() {
            match target {
                Expr::Starred(target) => {
                    let taken = items.by_ref().take(many - index - after).collect();
                    self.assign(&target.value, list(taken), scope)?;
                }
                target => {
                    let item = items.next().unwrap_or(Value::None);
                    self.assign(target, item, scope)?;
                }
            }
        }
        Ok(())
    }

    pub(super) fn delete(&mut self, target: &'a Expr, scope: &Rc<Scope>) -> Known<()> {
        match target {
            Expr::Name(name) => match self.owner_of(&name.id, scope) {
                Some(owner) if owner.forget(&name.id) => {
                    self.change_happens();
                    Ok(())
                }
                _ => Err(self.refuse(format!("deletes `{}`", name.id))),
            },
            Expr::Subscript(target) => {
                let of = self.evaluate(&target.value, scope)?;
                let index = self.evaluate(&target.slice, scope)?;
                self.delete_item(&of, &index)
            }
            _ => Err(self.refuse("deletes something else than a variable or an item")),
        }
    }
}
