//! Expressions, names and attributes.

use std::cell::RefCell;
use std::rc::Rc;

use ruff_python_ast::name::Name;
use ruff_python_ast::{
    BoolOp, Comprehension, Expr, ExprBinOp, ExprCall, ExprCompare, ExprDict, ExprSubscript, Number,
    UnaryOp,
};

use super::compare::equal;
use super::local::{Handle, Known, Local, Stop, describe, list, named};
use super::scope::{Kind, Scope};
use super::{DEPTH, Evaluator};
use crate::translate::value::{Arguments, Kind as Written, Object, Value};

impl<'a> Evaluator<'a, '_> {
    pub(super) fn evaluate(&mut self, expression: &'a Expr, scope: &Rc<Scope>) -> Known {
        self.step()?;
        match expression {
            Expr::StringLiteral(literal) => Ok(Value::Text(literal.value.to_str().into())),
            Expr::NoneLiteral(_) => Ok(Value::None),
            Expr::BooleanLiteral(literal) => Ok(Value::Bool(literal.value)),
            Expr::NumberLiteral(literal) => match &literal.value {
                Number::Int(number) => match number.as_i64() {
                    Some(number) => Ok(Value::Int(number)),
                    None => Err(self.refuse("holds a number of more than 64 bits")),
                },
                Number::Float(number) => Ok(Value::Float(*number)),
                Number::Complex { .. } => Err(self.refuse("holds a complex number")),
            },
            Expr::Name(name) => self.look_up(&name.id, scope),
            _ => {
                if self.depth >= DEPTH {
                    return Err(self.refuse("nests expressions too deeply"));
                }
                self.depth += 1;
                let value = self.compound(expression, scope);
                self.depth -= 1;
                value
            }
        }
    }

    fn compound(&mut self, expression: &'a Expr, scope: &Rc<Scope>) -> Known {
        match expression {
            Expr::Call(call) => self.called(call, scope, false),
            Expr::Attribute(attribute) => {
                let of = self.evaluate(&attribute.value, scope)?;
                self.attribute(&of, &attribute.attr.id)
            }
            Expr::Subscript(subscript) => self.subscript(subscript, scope),
            Expr::List(inner) => Ok(list(self.elements(&inner.elts, scope)?)),
            Expr::Tuple(inner) => Ok(Value::Tuple(self.elements(&inner.elts, scope)?.into())),
            Expr::Set(inner) => {
                let items = self.elements(&inner.elts, scope)?;
                self.set_of(items)
            }
            Expr::Dict(inner) => self.dictionary(inner, scope),
            Expr::FString(inner) => self.interpolate(inner, scope),
            Expr::BinOp(inner) => self.binary(inner, scope),
            Expr::UnaryOp(inner) => {
                let operand = self.evaluate(&inner.operand, scope)?;
                match inner.op {
                    UnaryOp::Not => Ok(Value::Bool(!self.truth(&operand)?)),
                    operator => self.unary(operator, operand),
                }
            }
            Expr::BoolOp(inner) => {
                let mut value = Value::None;
                for part in &inner.values {
                    value = self.evaluate(part, scope)?;
                    if std::ptr::eq(part, &raw const inner.values[inner.values.len() - 1]) {
                        break;
                    }
                    let decided = match inner.op {
                        BoolOp::And => !self.truth(&value)?,
                        BoolOp::Or => self.truth(&value)?,
                    };
                    if decided {
                        break;
                    }
                }
                Ok(value)
            }
            Expr::Compare(inner) => self.comparison(inner, scope),
            Expr::If(inner) => match self.holds(&inner.test, scope)? {
                true => self.evaluate(&inner.body, scope),
                false => self.evaluate(&inner.orelse, scope),
            },
            Expr::Lambda(inner) => self.lambda(inner, scope),
            Expr::Named(inner) => {
                let value = self.evaluate(&inner.value, scope)?;
                let mut target = scope;
                while target.kind == Kind::Comprehension
                    && let Some(outer) = &target.outer
                {
                    target = outer;
                }
                self.assign(&inner.target, value.clone(), target)?;
                Ok(value)
            }
            Expr::ListComp(inner) => {
                let items = self.comprehend(&inner.generators, scope, |this, scope| {
                    this.evaluate(&inner.elt, scope)
                })?;
                Ok(list(items))
            }
            Expr::SetComp(inner) => {
                let items = self.comprehend(&inner.generators, scope, |this, scope| {
                    this.evaluate(&inner.elt, scope)
                })?;
                self.set_of(items)
            }
            Expr::Generator(inner) => {
                let before = self.deeds;
                let items = self.comprehend(&inner.generators, scope, |this, scope| {
                    this.evaluate(&inner.elt, scope)
                })?;
                self.exhausted(items, before)
            }
            Expr::DictComp(inner) => {
                let Some(key) = &inner.key else {
                    return Err(self.refuse("spreads dictionaries in a comprehension"));
                };
                let pairs = self.comprehend(&inner.generators, scope, |this, scope| {
                    let key = this.evaluate(key, scope)?;
                    Ok((key, this.evaluate(&inner.value, scope)?))
                })?;
                self.dict_of(pairs)
            }
            Expr::BytesLiteral(literal) => {
                let bytes: Vec<u8> = literal.value.bytes().collect();
                Ok(Value::Bytes(bytes.into()))
            }
            Expr::EllipsisLiteral(_) => Ok(named(self.line, "builtins.Ellipsis")),
            Expr::Yield(inner) => {
                let value = match &inner.value {
                    Some(value) => self.evaluate(value, scope)?,
                    None => Value::None,
                };
                self.yielded(value)
            }
            Expr::YieldFrom(inner) => {
                let over = self.evaluate(&inner.value, scope)?;
                for item in self.spread(&over)? {
                    self.yielded(item)?;
                }
                Ok(Value::None)
            }
            Expr::Await(_) => Err(self.refuse("uses `await`")),
            Expr::TString(_) => Err(self.refuse("uses a template string")),
            Expr::Starred(_) => Err(self.refuse("spreads a list where none can be")),
            Expr::Slice(_) => Err(self.refuse("slices something else than a sequence")),
            Expr::IpyEscapeCommand(_) => Err(self.refuse("holds an IPython command")),
            Expr::StringLiteral(_)
            | Expr::NoneLiteral(_)
            | Expr::BooleanLiteral(_)
            | Expr::NumberLiteral(_)
            | Expr::Name(_) => self.evaluate(expression, scope),
        }
    }

    /// Looks a name up as Python does: here, around here, in the module, among what is built in.
    pub(super) fn look_up(&mut self, name: &Name, scope: &Rc<Scope>) -> Known {
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
        if let Kind::Function(definition) = scope.kind {
            let definition = &self.definitions[definition];
            if definition.globals.contains(name) {
                scope.module().set(name.clone(), Ok(value));
                return;
            }
            if definition.nonlocals.contains(name) {
                let mut outer = scope.outer.as_ref();
                while let Some(scope) = outer {
                    if scope.own(name).is_some() {
                        scope.set(name.clone(), Ok(value));
                        return;
                    }
                    outer = scope.outer.as_ref();
                }
            }
        }
        scope.set(name.clone(), Ok(value));
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
                match Local::of(&of) {
                    Some(Local::Instance(instance)) => {
                        let name = &target.attr.id;
                        let mut attributes = instance.attributes.borrow_mut();
                        match attributes.iter_mut().find(|(known, _)| known == name) {
                            Some((_, known)) => *known = value,
                            None => attributes.push((name.clone(), value)),
                        }
                        Ok(())
                    }
                    Some(Local::Ignored) => Ok(()),
                    // `metadata.bind = op.get_bind()`, as SQLAlchemy 1 had it.
                    _ if target.attr.id == "bind"
                        && super::decorated::is_call_of(&of, &["MetaData"])
                        && matches!(Local::handle(&value), Some(Handle::Connection)) =>
                    {
                        Ok(())
                    }
                    _ => {
                        let what = describe(&of);
                        let name = &target.attr.id;
                        Err(self.refuse(format!("sets `{name}` of {what}")))
                    }
                }
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
            Expr::Name(name) => match scope.forget(&name.id) {
                true => Ok(()),
                false => Err(self.refuse(format!("deletes `{}`", name.id))),
            },
            Expr::Subscript(target) => {
                let of = self.evaluate(&target.value, scope)?;
                let index = self.evaluate(&target.slice, scope)?;
                self.delete_item(&of, &index)
            }
            _ => Err(self.refuse("deletes something else than a variable or an item")),
        }
    }

    /// Evaluates the elements of a display or a call, `*` spread out.
    pub(super) fn elements(
        &mut self,
        elements: &'a [Expr],
        scope: &Rc<Scope>,
    ) -> Known<Vec<Value>> {
        let mut items = Vec::with_capacity(elements.len());
        for element in elements {
            match element {
                Expr::Starred(starred) => {
                    let value = self.evaluate(&starred.value, scope)?;
                    items.extend(self.spread(&value)?);
                }
                other => items.push(self.evaluate(other, scope)?),
            }
        }
        Ok(items)
    }

    fn dictionary(&mut self, inner: &'a ExprDict, scope: &Rc<Scope>) -> Known {
        let mut pairs = Vec::with_capacity(inner.items.len());
        for item in &inner.items {
            match &item.key {
                Some(key) => {
                    let key = self.evaluate(key, scope)?;
                    pairs.push((key, self.evaluate(&item.value, scope)?));
                }
                None => {
                    let spread = self.evaluate(&item.value, scope)?;
                    pairs.extend(self.pairs(&spread)?);
                }
            }
        }
        self.dict_of(pairs)
    }

    fn comprehend<T>(
        &mut self,
        generators: &'a [Comprehension],
        scope: &Rc<Scope>,
        mut element: impl FnMut(&mut Self, &Rc<Scope>) -> Known<T>,
    ) -> Known<Vec<T>> {
        let inner = Scope::new(Kind::Comprehension, Some(Rc::clone(scope)));
        let mut items = Vec::new();
        self.generate(generators, scope, &inner, &mut |this, scope| {
            items.push(element(this, scope)?);
            Ok(())
        })?;
        Ok(items)
    }

    fn generate(
        &mut self,
        generators: &'a [Comprehension],
        around: &Rc<Scope>,
        inner: &Rc<Scope>,
        element: &mut dyn FnMut(&mut Self, &Rc<Scope>) -> Known<()>,
    ) -> Known<()> {
        let [generator, rest @ ..] = generators else {
            return element(self, inner);
        };
        if generator.is_async {
            return Err(self.refuse("uses `async for`"));
        }
        // Only the first is evaluated outside of the comprehension.
        let over = self.evaluate(&generator.iter, around)?;
        let mut walk = self.walker(&over)?;
        'items: while let Some(item) = walk.next() {
            self.step()?;
            self.assign(&generator.target, item, inner)?;
            for condition in &generator.ifs {
                if !self.holds(condition, inner)? {
                    continue 'items;
                }
            }
            self.generate(rest, inner, inner, element)?;
        }
        Ok(())
    }

    /// Evaluates `a + b + c` from the left, without descending for each operator.
    fn binary(&mut self, inner: &'a ExprBinOp, scope: &Rc<Scope>) -> Known {
        let mut chain = vec![inner];
        let mut first = &*inner.left;
        while let Expr::BinOp(next) = first {
            chain.push(next);
            first = &next.left;
        }
        let mut value = self.evaluate(first, scope)?;
        for operation in chain.into_iter().rev() {
            let right = self.evaluate(&operation.right, scope)?;
            value = self.operate(operation.op, value, right)?;
        }
        Ok(value)
    }

    fn comparison(&mut self, inner: &'a ExprCompare, scope: &Rc<Scope>) -> Known {
        let mut left = self.evaluate(&inner.left, scope)?;
        let mut result = Value::Bool(true);
        let count = inner.ops.len();
        for (index, (operator, right)) in inner.ops.iter().zip(&inner.comparators).enumerate() {
            let right = self.evaluate(right, scope)?;
            result = self.compare(*operator, &left, &right)?;
            if index + 1 < count && !self.truth(&result)? {
                break;
            }
            left = right;
        }
        Ok(result)
    }

    fn subscript(&mut self, inner: &'a ExprSubscript, scope: &Rc<Scope>) -> Known {
        let of = self.evaluate(&inner.value, scope)?;
        if let Expr::Slice(slice) = &*inner.slice {
            let mut bounds = [None, None, None];
            let parts = [&slice.lower, &slice.upper, &slice.step];
            for (bound, part) in bounds.iter_mut().zip(parts) {
                if let Some(part) = part {
                    *bound = match self.evaluate(part, scope)? {
                        Value::None => None,
                        Value::Int(number) => Some(number),
                        _ => return Err(self.fails("TypeError", "slice indices must be integers")),
                    };
                }
            }
            return self.slice(&of, bounds);
        }
        let index = self.evaluate(&inner.slice, scope)?;
        self.item(&of, index)
    }

    /// Calls what an expression names, and tells the callee whether its value is looked at.
    pub(super) fn called(
        &mut self,
        call: &'a ExprCall,
        scope: &Rc<Scope>,
        discarded: bool,
    ) -> Known {
        let line = self.at(call.range_start);
        if let Expr::Attribute(function) = &*call.func {
            let of = self.evaluate(&function.value, scope)?;
            if super::library::is_ignored(&of, &function.attr.id) {
                self.idle(&call.arguments, scope)?;
                return Ok(Local::Ignored.into());
            }
            if !matches!(of, Value::Object(_)) || super::local::text(&of).is_some() {
                let arguments = self.arguments(&call.arguments, scope)?;
                self.line = line;
                self.discarded = discarded;
                return self.method(&of, &function.attr.id, arguments);
            }
            let callee = self.attribute(&of, &function.attr.id)?;
            let arguments = self.arguments(&call.arguments, scope)?;
            self.line = line;
            self.discarded = discarded;
            return self.apply(&callee, arguments);
        }
        let callee = self.evaluate(&call.func, scope)?;
        if super::local::path(&callee) == Some("builtins.print") {
            self.idle(&call.arguments, scope)?;
            return Ok(Value::None);
        }
        if super::local::path(&callee) == Some("builtins.super") {
            return self.parent(scope);
        }
        let arguments = self.arguments(&call.arguments, scope)?;
        self.line = line;
        self.discarded = discarded;
        self.apply(&callee, arguments)
    }

    fn arguments(
        &mut self,
        written: &'a ruff_python_ast::Arguments,
        scope: &Rc<Scope>,
    ) -> Known<Arguments> {
        let positional = self.elements(&written.args, scope)?;
        let mut named: Vec<(String, Value)> = Vec::with_capacity(written.keywords.len());
        for keyword in &written.keywords {
            match &keyword.arg {
                Some(name) => {
                    let value = self.evaluate(&keyword.value, scope)?;
                    named.push((name.id.to_string(), value));
                }
                None => {
                    let spread = self.evaluate(&keyword.value, scope)?;
                    for (key, value) in self.pairs(&spread)? {
                        let Some(name) = super::local::text(&key) else {
                            return Err(self.fails("TypeError", "keywords must be strings"));
                        };
                        named.push((name.to_string(), value));
                    }
                }
            }
        }
        let twice = |(index, (name, _)): (usize, &(String, Value))| {
            named[..index].iter().any(|(other, _)| other == name)
        };
        if named.iter().enumerate().any(twice) {
            return Err(self.fails("TypeError", "got multiple values for a keyword argument"));
        }
        Ok(Arguments { positional, named })
    }

    /// Evaluates what is only printed or logged: that it is not known does not matter.
    fn idle(&mut self, written: &'a ruff_python_ast::Arguments, scope: &Rc<Scope>) -> Known<()> {
        let before = self.deeds;
        match self.arguments(written, scope) {
            Ok(_) => Ok(()),
            Err(stop) => match *stop {
                Stop::Refused(_) if before == self.deeds && plain(written) => Ok(()),
                other => Err(Box::new(other)),
            },
        }
    }

    /// Makes an object of what a script wrote.
    pub(super) fn object(&self, kind: Written) -> Value {
        let line = self.line;
        Value::Object(Rc::new(Object { line, kind }))
    }

    /// Makes a dictionary; a later pair replaces an earlier one with the same key.
    pub(super) fn dict_of(&mut self, pairs: Vec<(Value, Value)>) -> Known {
        let known: Vec<(Value, Value)> = Vec::with_capacity(pairs.len());
        let of = Value::Dict(Rc::new(RefCell::new(known)));
        for (key, value) in pairs {
            self.step()?;
            self.set_item(&of, key, value)?;
        }
        Ok(of)
    }

    /// Makes a set.
    pub(super) fn set_of(&mut self, items: Vec<Value>) -> Known {
        let mut known: Vec<Value> = Vec::with_capacity(items.len());
        for item in items {
            self.hashable(&item)?;
            self.steps = self
                .steps
                .saturating_add(u32::try_from(known.len() / 32).unwrap_or(u32::MAX));
            self.step()?;
            if !known.iter().any(|other| equal(other, &item)) {
                known.push(item);
            }
        }
        Ok(Value::Set(Rc::new(RefCell::new(known))))
    }

    /// Returns the pairs of a dictionary, of a row, or of a list of pairs.
    pub(super) fn pairs(&mut self, value: &Value) -> Known<Vec<(Value, Value)>> {
        match value {
            Value::Dict(pairs) => Ok(pairs.borrow().clone()),
            _ => match Local::of(value) {
                Some(Local::Row(row)) => Ok(row
                    .columns
                    .iter()
                    .map(|name| Value::Text(Rc::clone(name)))
                    .zip(row.values.iter().cloned())
                    .collect()),
                _ => {
                    let what = describe(value);
                    Err(self.refuse(format!("uses {what} as a dictionary")))
                }
            },
        }
    }
}

/// Tells whether evaluating arguments again and again would change nothing.
fn plain(written: &ruff_python_ast::Arguments) -> bool {
    use ruff_python_ast::visitor::{self, Visitor};
    struct Changes(bool);
    impl<'a> Visitor<'a> for Changes {
        fn visit_expr(&mut self, expression: &'a Expr) {
            match expression {
                Expr::Call(call) => {
                    let known = match &*call.func {
                        Expr::Name(name) => matches!(
                            name.id.as_str(),
                            "len" | "str" | "repr" | "type" | "list" | "sorted" | "int"
                        ),
                        Expr::Attribute(attribute) => matches!(
                            attribute.attr.as_str(),
                            "format"
                                | "join"
                                | "keys"
                                | "values"
                                | "upper"
                                | "lower"
                                | "now"
                                | "utcnow"
                                | "time"
                        ),
                        _ => false,
                    };
                    self.0 |= !known;
                }
                Expr::Named(_) => self.0 = true,
                _ => {}
            }
            visitor::walk_expr(self, expression);
        }
    }
    let mut found = Changes(false);
    for argument in &written.args {
        found.visit_expr(argument);
    }
    for keyword in &written.keywords {
        found.visit_expr(&keyword.value);
    }
    !found.0
}
