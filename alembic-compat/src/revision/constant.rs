//! What the variables of a module are worth, as far as that can be known without running it.
//!
//! Statements are followed in order. A literal, a name set before, a concatenation and an f-string of
//! such have a value; whatever is set inside a block that may or may not run has none, and why is kept.

use std::collections::HashMap;
use std::fmt;

use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{
    ConversionFlag, Expr, ExprContext, ExprFString, FStringPart, InterpolatedStringElement,
    Operator, Stmt,
};
use ruff_text_size::{Ranged, TextSize};

/// A value that is known, with the place it was written at.
#[derive(Clone, Debug)]
pub(super) enum Value {
    None {
        offset: TextSize,
    },
    Text {
        offset: TextSize,
        text: String,
    },
    Several {
        offset: TextSize,
        items: Vec<Value>,
        /// Whether code may change it after it was made.
        mutable: bool,
    },
    Number {
        offset: TextSize,
    },
}

impl Value {
    pub(super) fn offset(&self) -> TextSize {
        match self {
            Self::None { offset }
            | Self::Text { offset, .. }
            | Self::Several { offset, .. }
            | Self::Number { offset } => *offset,
        }
    }

    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::None { .. } => "None",
            Self::Text { .. } => "a string",
            Self::Several { .. } => "a list",
            Self::Number { .. } => "a number",
        }
    }
}

/// Why a value is not known, and where that stands.
#[derive(Clone, Debug)]
pub(super) struct Unknown {
    pub(super) offset: TextSize,
    pub(super) reason: Reason,
}

/// What stands in the way of a value.
#[derive(Clone, Debug)]
pub(super) enum Reason {
    Imported { name: String, module: String },
    Undefined { name: String },
    Definition { name: String },
    Block { name: String },
    Changed { name: String },
    Expression { what: &'static str },
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Imported { name, module } => {
                write!(f, "`{name}` is imported from `{module}`")
            }
            Self::Undefined { name } => write!(f, "`{name}` is not set in this file"),
            Self::Definition { name } => write!(f, "`{name}` is a function or class"),
            Self::Block { name } => write!(f, "`{name}` is set inside a block"),
            Self::Changed { name } => write!(f, "`{name}` may be changed here"),
            Self::Expression { what } => write!(f, "{what} has to be evaluated"),
        }
    }
}

type Known = Result<Value, Unknown>;

/// The variables of a module after its last statement.
#[derive(Debug, Default)]
pub(super) struct Scope(HashMap<String, Known>);

impl Scope {
    pub(super) fn of(body: &[Stmt]) -> Self {
        let mut scope = Self::default();
        for statement in body {
            scope.statement(statement);
        }
        scope
    }

    /// Returns what a variable is worth; none where it is never set.
    pub(super) fn get(&self, name: &str) -> Option<&Known> {
        self.0.get(name)
    }

    fn statement(&mut self, statement: &Stmt) {
        match statement {
            Stmt::Assign(assign) => {
                let value = self.value(&assign.value);
                for target in &assign.targets {
                    self.assign(target, &value);
                }
            }
            Stmt::AnnAssign(assign) => {
                if let Some(value) = &assign.value {
                    let value = self.value(value);
                    self.assign(&assign.target, &value);
                }
            }
            Stmt::AugAssign(assign) => {
                let left = self.value(&assign.target);
                let right = self.value(&assign.value);
                let sum = match (left, right) {
                    (Ok(left), Ok(right)) if assign.op == Operator::Add => {
                        add(left, right, statement.start())
                    }
                    (Err(unknown), _) | (_, Err(unknown)) => Err(unknown),
                    _ => Err(expression(statement.start(), "an assignment like this")),
                };
                self.assign(&assign.target, &sum);
            }
            Stmt::Expr(expression) => self.calls(&expression.value),
            Stmt::Pass(_) | Stmt::Assert(_) | Stmt::Global(_) | Stmt::Raise(_) => {}
            Stmt::Import(import) => {
                for alias in &import.names {
                    let module = alias.name.as_str();
                    let first = module.split('.').next().unwrap_or(module);
                    let name = alias.asname.as_ref().map_or(first, |name| name.as_str());
                    self.imported(name, module, alias.start());
                }
            }
            Stmt::ImportFrom(import) => {
                let module = import.module.as_ref().map_or("", |name| name.as_str());
                let module = format!("{}{module}", ".".repeat(import.level as usize));
                for alias in &import.names {
                    let name = alias.asname.as_ref().unwrap_or(&alias.name).as_str();
                    self.imported(name, &module, alias.start());
                }
            }
            Stmt::FunctionDef(def) => self.defined(def.name.as_str(), def.name.start()),
            Stmt::ClassDef(def) => self.defined(def.name.as_str(), def.name.start()),
            other => {
                for (name, offset) in names_set_by(other) {
                    let reason = Reason::Block { name: name.clone() };
                    self.0.insert(name, Err(Unknown { offset, reason }));
                }
                let mut calls = Calls::default();
                calls.visit_stmt(other);
                self.changed(calls);
            }
        }
    }

    fn imported(&mut self, name: &str, module: &str, offset: TextSize) {
        let reason = Reason::Imported {
            name: name.to_owned(),
            module: module.to_owned(),
        };
        self.0
            .insert(name.to_owned(), Err(Unknown { offset, reason }));
    }

    fn defined(&mut self, name: &str, offset: TextSize) {
        let name = name.to_owned();
        let reason = Reason::Definition { name: name.clone() };
        self.0.insert(name, Err(Unknown { offset, reason }));
    }

    fn assign(&mut self, target: &Expr, value: &Known) {
        match target {
            Expr::Name(name) => {
                self.0.insert(name.id.to_string(), value.clone());
            }
            Expr::Tuple(targets) => self.unpack(&targets.elts, value),
            Expr::List(targets) => self.unpack(&targets.elts, value),
            // `a.b = …` and `a[0] = …` may change what `a` holds.
            other => self.calls(other),
        }
    }

    fn unpack(&mut self, targets: &[Expr], value: &Known) {
        match value {
            Ok(Value::Several { items, .. }) if items.len() == targets.len() => {
                for (target, item) in targets.iter().zip(items) {
                    self.assign(target, &Ok(item.clone()));
                }
            }
            _ => {
                for target in targets {
                    let unknown = expression(target.start(), "an assignment like this");
                    self.assign(target, &Err(unknown));
                }
            }
        }
    }

    /// A call may change any list that is handed to it or that it is a method of.
    fn calls(&mut self, expression: &Expr) {
        let mut calls = Calls::default();
        calls.visit_expr(expression);
        self.changed(calls);
    }

    fn changed(&mut self, calls: Calls) {
        for (name, offset) in calls.0 {
            if let Some(Ok(Value::Several { mutable: true, .. })) = self.0.get(&name) {
                let reason = Reason::Changed { name: name.clone() };
                self.0.insert(name, Err(Unknown { offset, reason }));
            }
        }
    }

    fn value(&self, expr: &Expr) -> Known {
        let offset = expr.start();
        match expr {
            Expr::NoneLiteral(_) => Ok(Value::None { offset }),
            Expr::StringLiteral(literal) => {
                let text = literal.value.to_str().to_owned();
                Ok(Value::Text { offset, text })
            }
            Expr::FString(string) => self.interpolated(string),
            Expr::NumberLiteral(_) | Expr::BooleanLiteral(_) => Ok(Value::Number { offset }),
            Expr::Tuple(tuple) => self.several(&tuple.elts, offset, false),
            Expr::List(list) => self.several(&list.elts, offset, true),
            Expr::Set(set) => self.several(&set.elts, offset, true),
            Expr::Name(name) => match self.0.get(name.id.as_str()) {
                Some(Ok(value)) => Ok(value.clone()),
                // The place of the name is what a person has to look at, not that of an import.
                Some(Err(unknown)) => Err(Unknown {
                    offset,
                    reason: unknown.reason.clone(),
                }),
                None => {
                    let name = name.id.to_string();
                    let reason = Reason::Undefined { name };
                    Err(Unknown { offset, reason })
                }
            },
            Expr::BinOp(operation) if operation.op == Operator::Add => add(
                self.value(&operation.left)?,
                self.value(&operation.right)?,
                offset,
            ),
            Expr::Attribute(attribute) => match self.value(&attribute.value) {
                Err(unknown) if matches!(unknown.reason, Reason::Imported { .. }) => Err(unknown),
                _ => Err(expression(offset, "an attribute")),
            },
            Expr::Call(call) if call.arguments.keywords.is_empty() => {
                self.call(&call.func, &call.arguments.args, offset)
            }
            Expr::Call(_) => Err(expression(offset, "a call")),
            _ => Err(expression(offset, "an expression")),
        }
    }

    /// `tuple(…)`, `list(…)` and `str(…)` of what is known, where nothing else has that name.
    fn call(&self, function: &Expr, arguments: &[Expr], offset: TextSize) -> Known {
        let ([argument], Expr::Name(name)) = (arguments, function) else {
            return Err(expression(offset, "a call"));
        };
        if self.0.contains_key(name.id.as_str()) {
            return Err(expression(offset, "a call"));
        }
        match (name.id.as_str(), self.value(argument)?) {
            ("tuple", Value::Several { items, .. }) => Ok(Value::Several {
                offset,
                items,
                mutable: false,
            }),
            ("list", Value::Several { items, .. }) => Ok(Value::Several {
                offset,
                items,
                mutable: true,
            }),
            ("str", text @ Value::Text { .. }) => Ok(text),
            _ => Err(expression(offset, "a call")),
        }
    }

    fn several(&self, elements: &[Expr], offset: TextSize, mutable: bool) -> Known {
        let mut items = Vec::with_capacity(elements.len());
        for element in elements {
            match element {
                Expr::Starred(starred) => match self.value(&starred.value)? {
                    Value::Several { items: inner, .. } => items.extend(inner),
                    other => return Err(expression(other.offset(), "an expression")),
                },
                other => items.push(self.value(other)?),
            }
        }
        Ok(Value::Several {
            offset,
            items,
            mutable,
        })
    }

    fn interpolated(&self, string: &ExprFString) -> Known {
        let offset = string.range.start();
        let mut text = String::new();
        for part in string.value.as_slice() {
            let string = match part {
                FStringPart::Literal(literal) => {
                    text.push_str(literal.as_str());
                    continue;
                }
                FStringPart::FString(string) => string,
            };
            for element in string.elements.iter() {
                match element {
                    InterpolatedStringElement::Literal(literal) => text.push_str(&literal.value),
                    InterpolatedStringElement::Interpolation(inner) => {
                        let is_plain = inner.format_spec.is_none()
                            && inner.debug_text.is_none()
                            && matches!(
                                inner.conversion,
                                ConversionFlag::None | ConversionFlag::Str
                            );
                        match self.value(&inner.expression)? {
                            Value::Text { text: value, .. } if is_plain => text.push_str(&value),
                            _ => return Err(expression(offset, "an f-string")),
                        }
                    }
                }
            }
        }
        Ok(Value::Text { offset, text })
    }
}

fn expression(offset: TextSize, what: &'static str) -> Unknown {
    let reason = Reason::Expression { what };
    Unknown { offset, reason }
}

fn add(left: Value, right: Value, offset: TextSize) -> Known {
    match (left, right) {
        (Value::Text { text: left, .. }, Value::Text { text: right, .. }) => Ok(Value::Text {
            offset,
            text: left + &right,
        }),
        (
            Value::Several {
                mut items, mutable, ..
            },
            Value::Several {
                items: more,
                mutable: other,
                ..
            },
        ) if mutable == other => {
            items.extend(more);
            Ok(Value::Several {
                offset,
                items,
                mutable,
            })
        }
        _ => Err(expression(offset, "an expression")),
    }
}

/// Returns the names that a statement sets at its own level, in whatever blocks it has.
pub(super) fn names_set_by(statement: &Stmt) -> Vec<(String, TextSize)> {
    let mut names = Names::default();
    names.visit_stmt(statement);
    names.0
}

#[derive(Default)]
struct Names(Vec<(String, TextSize)>);

impl Names {
    fn add(&mut self, name: &str, offset: TextSize) {
        self.0.push((name.to_owned(), offset));
    }
}

impl<'a> Visitor<'a> for Names {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        match statement {
            // What is inside has a scope of its own.
            Stmt::FunctionDef(def) => self.add(def.name.as_str(), def.name.start()),
            Stmt::ClassDef(def) => self.add(def.name.as_str(), def.name.start()),
            other => visitor::walk_stmt(self, other),
        }
    }

    fn visit_expr(&mut self, expression: &'a Expr) {
        match expression {
            Expr::Name(name) if name.ctx != ExprContext::Load => {
                self.add(name.id.as_str(), name.start());
            }
            Expr::Lambda(_) => {}
            other => visitor::walk_expr(self, other),
        }
    }

    fn visit_except_handler(&mut self, handler: &'a ruff_python_ast::ExceptHandler) {
        let ruff_python_ast::ExceptHandler::ExceptHandler(inner) = handler;
        if let Some(name) = &inner.name {
            self.add(name.as_str(), name.start());
        }
        visitor::walk_except_handler(self, handler);
    }

    fn visit_alias(&mut self, alias: &'a ruff_python_ast::Alias) {
        let name = alias.asname.as_ref().unwrap_or(&alias.name).as_str();
        self.add(name.split('.').next().unwrap_or(name), alias.start());
    }
}

/// The names that code mentions, other than to set them.
#[derive(Default)]
struct Calls(Vec<(String, TextSize)>);

impl<'a> Visitor<'a> for Calls {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        if !matches!(statement, Stmt::FunctionDef(_) | Stmt::ClassDef(_)) {
            visitor::walk_stmt(self, statement);
        }
    }

    fn visit_expr(&mut self, expression: &'a Expr) {
        if let Expr::Name(name) = expression
            && name.ctx == ExprContext::Load
        {
            self.0.push((name.id.to_string(), name.start()));
        }
        visitor::walk_expr(self, expression);
    }
}
