//! Expressions, names and attributes.

use std::cell::RefCell;
use std::rc::Rc;

use ruff_python_ast::{
    BoolOp, Comprehension, Expr, ExprBinOp, ExprCompare, ExprDict, ExprSubscript, Number, UnaryOp,
};

use super::compare::equal;
use super::local::{Known, Local, describe, list, named};
use super::scope::{Kind, Scope};
use super::{DEPTH, Evaluator};
use crate::translate::value::{Kind as Written, Object, Value};

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
                    return Err(self.too_deep("expressions"));
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
                if !Rc::ptr_eq(target, scope) {
                    self.change_happens();
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
                let ahead = self.ahead();
                let items = self.comprehend(&inner.generators, scope, |this, scope| {
                    this.evaluate(&inner.elt, scope)
                });
                self.exhausted(items, &ahead)
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
        'items: while let Some(item) = self.next(&mut walk)? {
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
            self.put(&of, key, value)?;
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
