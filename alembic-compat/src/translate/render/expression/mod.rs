//! Expressions of SQLAlchemy: what they are made of, and how they are put together.
//!
//! [`read`] takes them from a script, [`method`] and [`function`] know what can be done with them, and
//! [`write`] writes them. This file brackets operands as SQLAlchemy does, at the moment an expression
//! is made.

mod context;
mod function;
mod method;
mod operation;
pub(super) mod operator;
mod read;
mod text;
mod write;

use std::rc::Rc;

pub(super) use self::context::Context;
pub(super) use self::operator::Operator;
pub(super) use self::text::Text;

use super::from::From;
use super::quote::Name;
use super::select::Select;
use super::types::{Class, Type};
use crate::translate::value::Value;

/// An expression and its type.
#[derive(Clone, Debug)]
pub(super) struct Expression {
    pub node: Rc<Node>,
    pub of: Rc<Type>,
}

/// What an expression is.
#[derive(Debug)]
pub(super) enum Node {
    Column(Column),
    /// `text(…)`
    Text(Text),
    /// A value, or a parameter that is given one later.
    Bind(Bind),
    Null,
    True,
    False,
    Function {
        /// With its packages before it.
        names: Vec<String>,
        arguments: Vec<Expression>,
    },
    Cast(Expression),
    /// Something taken to be of another type.
    Coerce(Expression),
    Binary {
        left: Expression,
        operator: Operator,
        /// The word of an operator that SQLAlchemy does not know.
        word: Option<Rc<str>>,
        right: Expression,
        /// `ESCAPE`
        escape: Option<Rc<str>>,
    },
    Unary {
        operator: Operator,
        of: Expression,
    },
    /// What follows an expression in `ORDER BY`.
    Ordered {
        of: Expression,
        how: &'static str,
    },
    /// `AND` or `OR`
    Junction {
        operator: Operator,
        parts: Vec<Expression>,
    },
    /// A truth value where one is asked for, or its opposite.
    Truth {
        of: Expression,
        positive: bool,
    },
    /// `a, b`, or `a AND b` of a `BETWEEN`.
    List {
        parts: Vec<Expression>,
        separator: &'static str,
    },
    /// `(a, b)`
    Tuple(Vec<Expression>),
    Group(Expression),
    Case {
        of: Option<Expression>,
        whens: Vec<(Expression, Expression)>,
        otherwise: Option<Expression>,
    },
    Label {
        name: Name,
        of: Expression,
    },
    /// A subquery that is one value.
    Scalar(Rc<Select>),
    Extract {
        field: Rc<str>,
        of: Expression,
    },
    Array(Vec<Expression>),
    Over {
        of: Expression,
        partition: Vec<Expression>,
        order: Vec<Expression>,
    },
    Filter {
        of: Expression,
        condition: Expression,
    },
    /// `a ORDER BY b` inside of an aggregate.
    AggregateOrder {
        of: Expression,
        order: Vec<Expression>,
    },
    /// `nextval('…')`, of a sequence as it is written.
    NextValue(String),
    /// The name of a collation.
    Collation(Name),
}

/// A column, of a table or by itself.
#[derive(Clone, Debug)]
pub(super) struct Column {
    pub from: Option<From>,
    pub name: Name,
    pub key: Rc<str>,
    /// `literal_column(…)`, which is written as it is.
    pub raw: bool,
}

/// A value, or a parameter that is given one later.
#[derive(Clone, Debug)]
pub(super) struct Bind {
    pub key: Option<Rc<str>>,
    pub value: Option<Value>,
    /// Whether it is the list of an `IN`.
    pub expanding: bool,
}

impl Expression {
    pub fn new(node: Node, of: Rc<Type>) -> Self {
        let node = Rc::new(node);
        Self { node, of }
    }

    pub fn bind(value: Value, of: Rc<Type>) -> Self {
        let bind = Bind {
            key: None,
            value: Some(value),
            expanding: false,
        };
        Self::new(Node::Bind(bind), of)
    }

    pub fn null() -> Self {
        Self::new(Node::Null, Type::null())
    }

    pub fn truth(positive: bool) -> Self {
        let node = if positive { Node::True } else { Node::False };
        Self::new(node, Type::boolean())
    }

    pub fn binary(left: &Self, operator: Operator, right: &Self, of: Rc<Type>) -> Self {
        Self::binary_with(left, operator, right, of, None, None)
    }

    pub fn binary_with(
        left: &Self,
        operator: Operator,
        right: &Self,
        of: Rc<Type>,
        word: Option<Rc<str>>,
        escape: Option<Rc<str>>,
    ) -> Self {
        let node = Node::Binary {
            left: left.grouped(operator),
            operator,
            word,
            right: right.grouped(operator),
            escape,
        };
        Self::new(node, of)
    }

    pub fn unary(operator: Operator, operand: &Self, of: Rc<Type>) -> Self {
        let node = Node::Unary {
            operator,
            of: operand.grouped(operator),
        };
        Self::new(node, of)
    }

    pub fn ordered(&self, how: &'static str) -> Self {
        let against = match how {
            "DESC" => Operator::Descending,
            "ASC" => Operator::Ascending,
            _ => Operator::NullsOrder,
        };
        let node = Node::Ordered {
            of: self.grouped(against),
            how,
        };
        Self::new(node, Type::null())
    }

    /// `AND` or `OR` of several.
    pub fn junction(operator: Operator, parts: &[Self]) -> Self {
        let mut deciding = Self::deciding(operator, parts);
        match deciding.pop() {
            None => Self::truth(operator == Operator::And),
            Some(only) if deciding.is_empty() => only,
            Some(last) => {
                let mut flat: Vec<Self> = Vec::new();
                for part in deciding.into_iter().chain([last]) {
                    match &*part.node {
                        Node::Junction {
                            operator: inner,
                            parts,
                        } if *inner == operator => flat.extend(parts.iter().cloned()),
                        _ => flat.push(part),
                    }
                }
                let parts = flat;
                Self::new(Node::Junction { operator, parts }, Type::boolean())
            }
        }
    }

    /// Returns the parts of an `AND` or `OR` without the constants that decide nothing, each bracketed
    /// as it stands there.
    pub fn deciding(operator: Operator, parts: &[Self]) -> Vec<Self> {
        let mut kept: Vec<&Self> = Vec::new();
        for part in parts {
            match (&*part.node, operator) {
                (Node::True, Operator::And) | (Node::False, Operator::Or) => {}
                (Node::False, Operator::And) | (Node::True, Operator::Or) => {
                    kept = vec![part];
                    break;
                }
                _ => kept.push(part),
            }
        }
        if kept.is_empty() {
            kept.extend(parts.first());
        }
        let against = match kept.len() {
            1 => Operator::AsBoolean,
            _ => operator,
        };
        kept.iter().map(|part| part.grouped(against)).collect()
    }

    /// The opposite of it.
    pub fn negated(&self) -> Self {
        match &*self.node {
            Node::Binary {
                left,
                operator,
                word,
                right,
                escape,
            } if operator.negation().is_some() && !right.is_collection() => {
                let node = Node::Binary {
                    left: left.clone(),
                    operator: operator.negation().unwrap_or(*operator),
                    word: word.clone(),
                    right: right.clone(),
                    escape: escape.clone(),
                };
                Self::new(node, self.of.clone())
            }
            Node::Binary { .. } => self.group().negated(),
            Node::Junction { .. } => self.inverted(Type::null()),
            Node::True => Self::truth(false),
            Node::False => Self::truth(true),
            Node::Label { of, .. } => of.negated(),
            Node::Truth { of, positive } => Self::new(
                Node::Truth {
                    of: of.clone(),
                    positive: !positive,
                },
                Type::boolean(),
            ),
            Node::Unary { .. } if self.of.class() == Class::Boolean => {
                self.inverted(Type::boolean())
            }
            _ if self.of.class() == Class::Boolean => Self::new(
                Node::Truth {
                    of: self.clone(),
                    positive: false,
                },
                Type::boolean(),
            ),
            _ => self.inverted(Type::null()),
        }
    }

    fn inverted(&self, of: Rc<Type>) -> Self {
        let node = Node::Unary {
            operator: Operator::Not,
            of: self.grouped(Operator::Not),
        };
        Self::new(node, of)
    }

    /// Whether it is `ANY` or `ALL` of an array.
    pub fn is_collection(&self) -> bool {
        let node = match &*self.node {
            Node::Group(of) => &of.node,
            _ => &self.node,
        };
        matches!(
            &**node,
            Node::Unary {
                operator: Operator::Any | Operator::All,
                ..
            }
        )
    }

    pub fn group(&self) -> Self {
        Self::new(Node::Group(self.clone()), self.of.clone())
    }

    /// Brackets it as an operand of an operator, if SQLAlchemy does.
    pub fn grouped(&self, against: Operator) -> Self {
        match &*self.node {
            Node::Binary { operator, .. } | Node::Junction { operator, .. } => {
                let looser = against == Operator::Not && !operator.is_boolean();
                match operator.yields_to(against) || looser {
                    true => self.group(),
                    false => self.clone(),
                }
            }
            Node::Unary { operator, .. } if operator.yields_to(against) => self.group(),
            Node::Filter { .. } if Operator::Filter.yields_to(against) => self.group(),
            Node::Text(_) if against == Operator::In => self.group(),
            Node::Coerce(of) => {
                let inner = of.grouped(against);
                match Rc::ptr_eq(&inner.node, &of.node) {
                    true => self.clone(),
                    false => Self::new(Node::Coerce(inner), self.of.clone()),
                }
            }
            Node::Label { name, of } => {
                let inner = of.grouped(against);
                match Rc::ptr_eq(&inner.node, &of.node) {
                    true => self.clone(),
                    false => {
                        let name = name.clone();
                        Self::new(Node::Label { name, of: inner }, self.of.clone())
                    }
                }
            }
            Node::Unary { .. }
            | Node::Ordered { .. }
            | Node::Truth { .. }
            | Node::List { .. }
            | Node::Tuple(_)
            | Node::Filter { .. }
            | Node::Text(_)
            | Node::Scalar(_)
            | Node::AggregateOrder { .. }
            | Node::Collation(_)
            | Node::Group(_) => self.clone(),
            Node::Array(_) => match against {
                Operator::Any | Operator::All | Operator::Item => self.group(),
                _ => self.clone(),
            },
            Node::Function { .. }
                if against == Operator::Item && self.of.class() == Class::Array =>
            {
                self.group()
            }
            _ => match against {
                Operator::And | Operator::Or | Operator::AsBoolean
                    if self.of.class() == Class::Boolean =>
                {
                    let node = Node::Truth {
                        of: self.clone(),
                        positive: true,
                    };
                    Self::new(node, Type::boolean())
                }
                Operator::Any | Operator::All => self.group(),
                _ => self.clone(),
            },
        }
    }
}
