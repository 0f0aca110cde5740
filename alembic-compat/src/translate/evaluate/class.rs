//! Classes of the script: enumerations, records, exceptions, and those that stay unknown.

use std::cell::RefCell;
use std::rc::Rc;

use ruff_python_ast::name::Name;
use ruff_python_ast::{Expr, Stmt, StmtClassDef};

use super::Evaluator;
use super::compare::equal;
use super::local::{Class, Exception, Form, Instance, Known, Local, Role, describe, path, text};
use super::model::of_library;
use super::scope::{Kind, Scope};
use crate::translate::value::{Arguments, Kind as Written, Value};

/// Where a class notes the order in which its names were set.
pub(super) const ORDER: &str = "__order__";

/// Where a class notes the names that it annotates.
const FIELDS: &str = "__fields__";

/// Methods that change what is elsewhere taken for granted.
const SPECIAL: [&str; 14] = [
    "__class_getitem__",
    "__delattr__",
    "__delete__",
    "__get__",
    "__getattribute__",
    "__init_subclass__",
    "__instancecheck__",
    "__mro_entries__",
    "__post_init__",
    "__prepare__",
    "__set__",
    "__set_name__",
    "__setattr__",
    "__subclasscheck__",
];

/// Methods that change what the members of an enumeration are.
const SPECIAL_MEMBERS: [&str; 19] = [
    "__add__",
    "__bool__",
    "__contains__",
    "__eq__",
    "__ge__",
    "__getattr__",
    "__getitem__",
    "__gt__",
    "__hash__",
    "__iter__",
    "__le__",
    "__len__",
    "__lt__",
    "__mod__",
    "__ne__",
    "__new__",
    "__radd__",
    "_generate_next_value_",
    "_missing_",
];

/// What makes an annotation more than a type.
const NOTES: [&str; 3] = ["ClassVar", "InitVar", "KW_ONLY"];

impl<'a> Evaluator<'a, '_> {
    /// `class`
    pub(super) fn define_class(&mut self, def: &'a StmtClassDef, scope: &Rc<Scope>) -> Known<()> {
        let bases = match &def.arguments {
            Some(arguments) => self.elements(&arguments.args, scope)?,
            None => Vec::new(),
        };
        let name = &def.name.id;
        for keyword in def.arguments.iter().flat_map(|it| &it.keywords) {
            let value = self.evaluate(&keyword.value, scope)?;
            if !matches!(path(&value), Some("abc.ABCMeta" | "enum.EnumMeta")) {
                let what = describe(&value);
                return Err(self.refuse(format!("gives the class `{name}` {what}")));
            }
        }
        let mut form = Self::form(&bases);
        for decorator in &def.decorator_list {
            let decorator = self.evaluate(&decorator.expression, scope)?;
            match super::call::root(&decorator) {
                Some("dataclasses.dataclass") => form = Form::Record,
                Some("enum.unique" | "functools.total_ordering" | "typing.final") => {}
                _ => {
                    let what = describe(&decorator);
                    let name = &def.name.id;
                    return Err(self.refuse(format!("decorates the class `{name}` with {what}")));
                }
            }
        }
        let inner = Scope::new(Kind::Class, Some(Rc::clone(scope)));
        let (mut order, mut fields) = (Vec::new(), Vec::new());
        for statement in &def.body {
            let (target, field) = match statement {
                Stmt::Assign(assign) => (assign.targets.first(), false),
                Stmt::AnnAssign(assign) => (Some(&*assign.target), true),
                _ => continue,
            };
            if let Some(Expr::Name(name)) = target {
                let name = Value::Text(name.id.as_str().into());
                if field && form == Form::Record && noted(statement) {
                    let class = &def.name.id;
                    let reason = format!("notes more than a type in the data class `{class}`");
                    return Err(self.refuse(reason));
                }
                if field {
                    fields.push(name.clone());
                }
                order.push(name);
            }
        }
        self.all(&def.body, &inner)?;
        let further: &[&str] = match form {
            Form::Enum { .. } => &SPECIAL_MEMBERS,
            _ => &[],
        };
        let mut special = SPECIAL.iter().chain(further);
        if let Some(special) = special.find(|it| inner.own(it).is_some()) {
            return Err(self.refuse(format!("defines `{special}` in the class `{name}`")));
        }
        if let Some(line) = self.two_ways_up(&bases) {
            let above = format!("`{name}`, which descends from `{line}` in two ways");
            return Err(self.refuse(format!("defines the class {above}")));
        }
        inner.set(ORDER.into(), Ok(Value::Tuple(order.into())));
        inner.set(FIELDS.into(), Ok(Value::Tuple(fields.into())));
        let class = Class {
            name: def.name.id.clone(),
            module: self.module,
            bases,
            scope: inner,
            form,
        };
        self.captured.push(Rc::clone(&class.scope));
        self.maps_classes |= class.form == Form::Model;
        self.joins_table(&class);
        self.bind(&def.name.id, Local::Class(class).into(), scope);
        Ok(())
    }

    /// Names the class that several of some bases descend from.
    fn two_ways_up(&self, bases: &[Value]) -> Option<Name> {
        let mut met: Vec<(Rc<Scope>, Name)> = Vec::new();
        for base in bases {
            let mut above = Vec::new();
            ancestors(base, &mut above);
            for (scope, name) in &above {
                if met.iter().any(|(known, _)| Rc::ptr_eq(known, scope)) {
                    return Some(name.clone());
                }
            }
            met.extend(above);
        }
        None
    }

    /// Tells what a class is for by what it descends from.
    fn form(bases: &[Value]) -> Form {
        let mut form = Form::Plain;
        let mut mixed_in = false;
        for base in bases {
            match Local::of(base) {
                Some(Local::Class(class)) => {
                    form = class.form;
                    continue;
                }
                Some(_) => continue,
                None => {}
            }
            // `TypeDecorator[str]` says of a type what it holds.
            let base = match base {
                Value::Object(object) => match &object.kind {
                    Written::Item { of, .. } => of,
                    _ => base,
                },
                _ => base,
            };
            let Some(path) = path(base) else {
                form = Form::Model;
                continue;
            };
            form = match path {
                "enum.Enum" | "enum.IntEnum" | "enum.StrEnum" => Form::Enum {
                    mixed: path != "enum.Enum",
                    // What `str()` makes of an `IntEnum` changed with Python 3.11.
                    shows_value: path == "enum.StrEnum",
                },
                "typing.NamedTuple" => Form::Record,
                "builtins.str" | "builtins.int" => {
                    mixed_in = true;
                    form
                }
                "builtins.object" | "abc.ABC" | "typing.Protocol" | "typing.Generic" => form,
                _ if super::library::parent_of(path).is_some() => Form::Exception,
                _ if path.ends_with("TypeDecorator") || path.ends_with("UserDefinedType") => {
                    Form::Type
                }
                _ => Form::Model,
            };
        }
        match form {
            Form::Enum { mixed, shows_value } => Form::Enum {
                mixed: mixed || mixed_in,
                shows_value,
            },
            // A text or a number with more to it.
            Form::Plain if mixed_in => Form::Model,
            form => form,
        }
    }

    pub(super) fn class_attribute(&mut self, of: &Value, class: &Class, name: &Name) -> Known {
        match name.as_str() {
            "__name__" | "__qualname__" => return Ok(Value::Text(class.name.as_str().into())),
            "__members__" => {
                if let Some(members) = self.members(class) {
                    let pairs = members.into_iter().filter_map(|member| {
                        let name = match Local::of(&member) {
                            Some(Local::Member(member)) => member.name.as_str().into(),
                            _ => return None,
                        };
                        Some((Value::Text(name), member))
                    });
                    return self.dict_of(pairs.collect());
                }
            }
            _ => {}
        }
        if let Some(member) = self.member(class, name) {
            return Ok(member);
        }
        if matches!(class.form, Form::Enum { .. }) && self.members(class).is_none() {
            return Err(self.refuse(format!("uses the enumeration `{}`", class.name)));
        }
        if class.form == Form::Model
            && let Some(found) = self.mapped(of, class, name)?
        {
            return Ok(found);
        }
        if name == "as_mutable" && class.bases.iter().any(of_library) {
            let line = self.line;
            return Ok(super::local::named(
                line,
                "sqlalchemy.ext.mutable.Mutable.as_mutable",
            ));
        }
        match self.inherited(class, name)? {
            Some(found) => match Local::of(&found) {
                Some(Local::Function(function)) if function.role == Role::OfClass => {
                    self.bound(of, of, found)
                }
                _ => Ok(found),
            },
            None => {
                let what = describe(of);
                Err(self.refuse(format!("uses `{name}` of {what}, which is not known")))
            }
        }
    }

    /// Looks a name up in a class and those it descends from.
    pub(super) fn inherited(&mut self, class: &Class, name: &str) -> Known<Option<Value>> {
        match class.scope.own(name) {
            Some(Ok(value)) => return Ok(Some(value)),
            Some(Err(refused)) => {
                return Err(Box::new(super::local::Stop::Refused(refused)));
            }
            None => {}
        }
        for base in &class.bases {
            if let Some(Local::Class(base)) = Local::of(base)
                && let Some(found) = self.inherited(base, name)?
            {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    pub(super) fn instance_attribute(
        &mut self,
        of: &Value,
        instance: &Instance,
        name: &Name,
    ) -> Known {
        let own = instance.attributes.borrow();
        if let Some((_, value)) = own.iter().find(|(known, _)| known == name) {
            return Ok(value.clone());
        }
        drop(own);
        let class = instance.class.clone();
        let Some(Local::Class(inner)) = Local::of(&class) else {
            return Err(self.refuse("uses an object of an unknown class"));
        };
        match self.inherited(inner, name)? {
            Some(found) => self.bound(of, &class, found),
            None => {
                let what = describe(of);
                Err(self.refuse(format!("uses `{name}` of {what}, which is not known")))
            }
        }
    }

    /// `Class(…)`
    pub(super) fn instantiate(
        &mut self,
        callee: &Value,
        class: &Class,
        arguments: Arguments,
    ) -> Known {
        match class.form {
            Form::Enum { .. } => {
                let Some(members) = self.members(class) else {
                    return Err(self.refuse(format!("uses the enumeration `{}`", class.name)));
                };
                let wanted = arguments.positional.first();
                let found = members.into_iter().find(|member| match Local::of(member) {
                    Some(Local::Member(known)) => wanted
                        .is_some_and(|wanted| equal(&known.value, wanted) || equal(member, wanted)),
                    _ => false,
                });
                return match found {
                    Some(member) => Ok(member),
                    None => Err(self.raise("ValueError", "is not a valid member")),
                };
            }
            Form::Exception => {
                return Ok(Local::Exception(Exception {
                    line: self.line,
                    class: callee.clone(),
                    arguments: arguments.positional,
                })
                .into());
            }
            Form::Type => return self.local_type(callee, class, arguments),
            Form::Model => return self.own_type(class, arguments),
            Form::Plain | Form::Record => {}
        }
        if self.inherited(class, "__new__")?.is_some() {
            return Err(self.refuse(format!("uses the class `{}`", class.name)));
        }
        let instance: Value = Local::Instance(Instance {
            class: callee.clone(),
            attributes: RefCell::default(),
        })
        .into();
        match self.inherited(class, "__init__")? {
            Some(function) => {
                let function = self.bound(&instance, callee, function)?;
                self.apply(&function, arguments)?;
            }
            None if class.form == Form::Record => self.fill(&instance, class, arguments)?,
            None if arguments.positional.is_empty() && arguments.named.is_empty() => {}
            None => {
                return Err(self.fails("TypeError", format!("{}() takes no arguments", class.name)));
            }
        }
        Ok(instance)
    }

    /// Gives a record its fields.
    fn fill(&mut self, instance: &Value, class: &Class, arguments: Arguments) -> Known<()> {
        let Some(Ok(Value::Tuple(order))) = class.scope.own(FIELDS) else {
            return Ok(());
        };
        if class
            .bases
            .iter()
            .any(|base| matches!(Local::of(base), Some(Local::Class(_))))
        {
            return Err(self.refuse(format!("uses the class `{}`, which inherits", class.name)));
        }
        let mut positional = arguments.positional.into_iter();
        let mut named = arguments.named;
        let mut attributes = Vec::new();
        for field in order.iter() {
            let field = Name::new(text(field).unwrap_or_default());
            let given = named.iter().position(|(name, _)| *name == field);
            let value = match (positional.next(), given) {
                (Some(value), _) => value,
                (None, Some(at)) => named.remove(at).1,
                (None, None) => match class.scope.own(&field) {
                    Some(Ok(value)) if super::call::root(&value) == Some("dataclasses.field") => {
                        return Err(self.refuse("uses `field()` of a data class"));
                    }
                    Some(Ok(value)) => value,
                    _ => {
                        let message = format!("{}() misses '{field}'", class.name);
                        return Err(self.fails("TypeError", message));
                    }
                },
            };
            attributes.push((field, value));
        }
        if positional.next().is_some() || !named.is_empty() {
            return Err(self.fails("TypeError", format!("{}(): too many arguments", class.name)));
        }
        if let Some(Local::Instance(instance)) = Local::of(instance) {
            *instance.attributes.borrow_mut() = attributes;
        }
        Ok(())
    }

    /// An object of a class of which only the name tells what it is.
    fn own_type(&mut self, class: &Class, arguments: Arguments) -> Known {
        let path = self.path_of(class);
        let callee = super::local::named(self.line, path);
        match (class.bases.iter().any(of_library), class.module) {
            // A type of its own: whoever writes it says that it is not known.
            (true, _) => self.symbol(&callee, arguments),
            (false, 0) => {
                let name = &class.name;
                Err(self.refuse(format!("makes an object of the class `{name}`")))
            }
            (false, _) => self.unknown(&callee, arguments),
        }
    }

    /// Returns the full name of a class; of one of the revision itself, its name.
    pub(super) fn path_of(&self, class: &Class) -> String {
        match self.modules[class.module].source.name.as_str() {
            "" => class.name.to_string(),
            module => format!("{module}.{}", class.name),
        }
    }
}

/// Collects a class of the script and those that it descends from.
pub(super) fn ancestors(class: &Value, found: &mut Vec<(Rc<Scope>, Name)>) {
    if let Some(Local::Class(class)) = Local::of(class) {
        found.push((Rc::clone(&class.scope), class.name.clone()));
        for base in &class.bases {
            ancestors(base, found);
        }
    }
}

/// Tells whether an annotation says more than what type a field has.
fn noted(statement: &Stmt) -> bool {
    use ruff_python_ast::visitor::{self, Visitor};
    #[derive(Default)]
    struct Noted(bool);
    impl<'a> Visitor<'a> for Noted {
        fn visit_expr(&mut self, expression: &'a Expr) {
            self.0 |= match expression {
                Expr::Name(name) => NOTES.contains(&name.id.as_str()),
                Expr::Attribute(of) => NOTES.contains(&of.attr.id.as_str()),
                Expr::StringLiteral(text) => {
                    NOTES.iter().any(|note| text.value.to_str().contains(note))
                }
                _ => false,
            };
            visitor::walk_expr(self, expression);
        }
    }
    let mut found = Noted::default();
    if let Stmt::AnnAssign(assign) = statement {
        found.visit_expr(&assign.annotation);
    }
    found.0
}
