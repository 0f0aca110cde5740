//! Queries as scripts write them: `select(…)` and its methods, aliases and joins.

use std::rc::Rc;

use super::Reader;
use super::expression::{Expression, Node, Operator};
use super::from::{Alias, Aliased, From, Join};
use super::given::{Given, items, name_of};
use super::literal::describe;
use super::refusal::{Result, refuse};
use super::select::{Distinct, Joined, Select};
use super::thing::{Thing, scalar};
use super::types::Type;
use crate::translate::value::{Arguments, Value};

impl Reader<'_> {
    /// Reads `select(…)`, `union(…)` and their like.
    pub fn query(&mut self, name: &str, arguments: &Arguments) -> Result<Rc<Select>> {
        let mut given = Given::new(format!("sa.{name}"), arguments);
        let parts = given.rest();
        given.finish()?;
        if name != "select" {
            let parts: Result<Vec<_>> = parts.iter().map(|part| self.a_query(part)).collect();
            return Ok(Rc::new(Select {
                compound: Some((compound_word(name), parts?)),
                ..Select::default()
            }));
        }
        let parts = match parts.as_slice() {
            // As SQLAlchemy 1.4 had it.
            [only] => items(only).unwrap_or(parts),
            _ => parts,
        };
        Ok(Rc::new(Select {
            columns: self.selected(&parts)?,
            ..Select::default()
        }))
    }

    /// Reads what a query returns; a table is all its columns.
    pub fn selected(&mut self, parts: &[Value]) -> Result<Vec<Expression>> {
        let mut columns = Vec::new();
        for part in parts {
            match part {
                Value::Object(object) => match self.thing(object) {
                    Ok(Thing::From(from) | Thing::Columns(from)) => columns.extend(from.columns()?),
                    Ok(Thing::Select(select)) => columns.push(scalar(&select)),
                    _ => columns.push(self.argument(part)?),
                },
                Value::None | Value::Bool(_) | Value::Int(_) | Value::Float(_) => {
                    columns.push(self.argument(part)?);
                }
                other => return refuse(format!("selects {}", describe(other))),
            }
        }
        Ok(columns)
    }

    pub fn a_query(&mut self, value: &Value) -> Result<Rc<Select>> {
        let Value::Object(object) = value else {
            return refuse(format!("uses {} as a query", describe(value)));
        };
        match self.thing(object)? {
            Thing::Select(select) => Ok(select),
            Thing::Expression(of) => match &*of.node {
                Node::Scalar(select) => Ok(select.clone()),
                _ => refuse("uses an expression as a query"),
            },
            _ => refuse("uses something else as a query"),
        }
    }

    /// Reads a method of a query.
    pub fn select_method(
        &mut self,
        of: &Rc<Select>,
        name: &str,
        arguments: &Arguments,
    ) -> Result<Thing> {
        let mut given = Given::new(name, arguments);
        let mut select = Select::clone(of);
        match name {
            "where" | "filter" => {
                for part in given.rest() {
                    select.conditions.push(self.clause(&part)?);
                }
            }
            "having" => {
                for part in given.rest() {
                    select.having.push(self.clause(&part)?);
                }
            }
            "filter_by" => {
                if !select.joins.is_empty() || select.froms.len() > 1 {
                    return refuse("calls `filter_by` of a query that selects from several");
                }
                let from = match select.froms.first() {
                    Some(from) => from.clone(),
                    None => match select.columns.iter().flat_map(Expression::froms).next() {
                        Some(from) => from,
                        None => return refuse("filters a query that selects from nothing"),
                    },
                };
                for (key, value) in given.rest_named() {
                    let column = from.column(&key)?;
                    let condition = self.compare(&column, Operator::Equal, &value)?;
                    select.conditions.push(condition);
                }
            }
            "select_from" => {
                for part in given.rest() {
                    select.froms.push(self.from(&part)?);
                }
            }
            "join" | "outerjoin" | "join_from" => {
                let left = match name {
                    "join_from" => {
                        let left = given.need("from_")?;
                        Some(self.from(&left)?)
                    }
                    _ => None,
                };
                let right = given.need("target")?;
                let right = self.from(&right)?;
                let condition = given.take("onclause")?;
                let word = join_word(&mut given, name)?;
                let Some(condition) = condition else {
                    return refuse("joins tables without a condition");
                };
                let condition = self.clause(&condition)?.grouped(Operator::AsBoolean);
                select.joins.push(Joined {
                    left,
                    right,
                    condition,
                    word,
                });
            }
            "group_by" => {
                for part in given.rest() {
                    select.groups.push(self.order_part(&part)?);
                }
            }
            "order_by" => {
                for part in given.rest() {
                    let part = self.order_of(&select, &part)?;
                    select.order.push(part);
                }
            }
            "limit" | "offset" => {
                let value = given.need(name)?;
                let bound = match value {
                    Value::None => None,
                    Value::Int(_) => Some(Expression::bind(value, Type::integer())),
                    Value::Object(_) => Some(self.argument(&value)?),
                    _ => return given.strange(name),
                };
                match name {
                    "limit" => select.limit = bound,
                    _ => select.offset = bound,
                }
            }
            "distinct" => {
                let parts: Result<Vec<_>> = given
                    .rest()
                    .iter()
                    .map(|part| self.order_part(part))
                    .collect();
                let parts = parts?;
                select.distinct = match parts.is_empty() {
                    true => Distinct::Yes,
                    false => Distinct::On(parts),
                };
            }
            "with_only_columns" => {
                let parts = given.rest();
                select.columns = self.selected(&parts)?;
            }
            "add_columns" => {
                let parts = given.rest();
                select.columns.extend(self.selected(&parts)?);
            }
            "with_for_update" => select.locking = Some(self.locking(&mut given)?),
            "correlate" => {
                let mut froms = Vec::new();
                for part in given.rest() {
                    match part {
                        Value::None | Value::Bool(false) => {}
                        part => froms.push(self.from(&part)?),
                    }
                }
                select.correlated = Some(froms);
            }
            "union" | "union_all" | "intersect" | "intersect_all" | "except_" | "except_all" => {
                let mut parts = vec![of.clone()];
                for part in given.rest() {
                    parts.push(self.a_query(&part)?);
                }
                select = Select {
                    compound: Some((compound_word(name), parts)),
                    ..Select::default()
                };
            }
            "scalar_subquery" | "as_scalar" => {
                given.finish()?;
                return Ok(Thing::Expression(scalar(of)));
            }
            "label" => {
                let name = given.name("name")?;
                given.finish()?;
                let of = scalar(of);
                let kind = of.of.clone();
                let node = Node::Label { name, of };
                return Ok(Thing::Expression(Expression::new(node, kind)));
            }
            "exists" => {
                given.finish()?;
                let inner = Expression::new(Node::Scalar(of.clone()), Type::null());
                let node = Node::Unary {
                    operator: Operator::Exists,
                    of: inner,
                };
                return Ok(Thing::Expression(Expression::new(node, Type::boolean())));
            }
            "alias" | "subquery" | "cte" => {
                let label = given.maybe_name("name")?;
                let recursive = given.take("recursive")?;
                let recursive = matches!(recursive, Some(Value::Bool(true)));
                given.finish()?;
                let of = match name {
                    "cte" => Aliased::Cte {
                        query: of.clone(),
                        recursive,
                    },
                    _ => Aliased::Query(of.clone()),
                };
                let alias = Alias { name: label, of };
                return Ok(Thing::From(From::Alias(Rc::new(alias))));
            }
            "execution_options" => return Ok(Thing::Select(of.clone())),
            _ => return refuse(format!("calls `{name}` of a query")),
        }
        given.finish()?;
        Ok(Thing::Select(Rc::new(select)))
    }

    /// Reads what a query is ordered by; a text names a column of its result.
    fn order_of(&mut self, select: &Select, value: &Value) -> Result<Expression> {
        let Some(name) = name_of(value) else {
            return self.order_part(value);
        };
        let outcome = select.outcome()?;
        for column in &outcome {
            match &*column.node {
                Node::Label { name: label, .. } if label.text == name.text => {
                    return Ok(column.clone());
                }
                Node::Column(it) if it.name.text == name.text => {
                    return Ok(match select.compound {
                        Some(_) => self.free_column(name),
                        None => column.clone(),
                    });
                }
                _ => {}
            }
        }
        for from in outcome.iter().flat_map(Expression::froms) {
            if let Ok(column) = from.column(&name.text) {
                return Ok(column);
            }
        }
        refuse(format!(
            "orders by `{}`, which is no column of the query",
            name.text
        ))
    }

    fn locking(&mut self, given: &mut Given) -> Result<String> {
        let mut sql = match (
            given.flag("read")?.unwrap_or(false),
            given.flag("key_share")?.unwrap_or(false),
        ) {
            (true, true) => "FOR KEY SHARE",
            (true, false) => "FOR SHARE",
            (false, true) => "FOR NO KEY UPDATE",
            (false, false) => "FOR UPDATE",
        }
        .to_owned();
        if let Some(of) = given.named("of").filter(|it| !matches!(it, Value::None)) {
            let parts = items(&of).unwrap_or_else(|| vec![of]);
            let mut names = Vec::new();
            for part in &parts {
                match self.from(part)? {
                    From::Table(table) => names.push(table.name.name.sql()?),
                    _ => return refuse("locks something else than tables"),
                }
            }
            sql.push_str(&format!(" OF {}", names.join(", ")));
        }
        if given.flag("nowait")?.unwrap_or(false) {
            sql.push_str(" NOWAIT");
        }
        if given.flag("skip_locked")?.unwrap_or(false) {
            sql.push_str(" SKIP LOCKED");
        }
        Ok(sql)
    }

    /// Reads `alias(…)`, `join(…)` and `outerjoin(…)`.
    pub fn source_of_call(&mut self, name: &str, arguments: &Arguments) -> Result<From> {
        let mut given = Given::new(format!("sa.{name}"), arguments);
        let left = given.need(if name == "alias" {
            "selectable"
        } else {
            "left"
        })?;
        let left = self.from(&left)?;
        self.joined(&left, name, given)
    }

    /// Reads a method of a table or an alias.
    pub fn source_of_method(
        &mut self,
        of: &From,
        name: &str,
        arguments: &Arguments,
    ) -> Result<Thing> {
        let mut given = Given::new(name, arguments);
        match name {
            "insert" | "update" | "delete" => {
                given.finish()?;
                match name {
                    "insert" => self.insert_into(of).map(Thing::Insert),
                    _ => self.update_of(name, of).map(Thing::Update),
                }
            }
            "select" => {
                given.finish()?;
                Ok(Thing::Select(Rc::new(Select {
                    columns: of.columns()?,
                    froms: vec![of.clone()],
                    ..Select::default()
                })))
            }
            "alias" | "join" | "outerjoin" => self.joined(of, name, given).map(Thing::From),
            "get" => {
                let Value::Text(key) = given.need("key")? else {
                    return given.strange("key");
                };
                given.finish()?;
                of.column(&key).map(Thing::Expression)
            }
            _ => refuse(format!("calls `{name}` of a table")),
        }
    }

    fn joined(&mut self, left: &From, name: &str, mut given: Given) -> Result<From> {
        if name == "alias" {
            let label = given.maybe_name("name")?;
            given.finish()?;
            return Ok(From::Alias(Rc::new(Alias {
                name: label,
                of: Aliased::From(left.clone()),
            })));
        }
        let right = given.need("right")?;
        let right = self.from(&right)?;
        let condition = given.take("onclause")?;
        let word = join_word(&mut given, name)?;
        given.finish()?;
        let Some(condition) = condition else {
            return refuse("joins tables without a condition");
        };
        let condition = self.clause(&condition)?.grouped(Operator::AsBoolean);
        Ok(From::Join(Rc::new(Join {
            left: left.clone(),
            right,
            condition,
            word,
        })))
    }

    /// Reads a method of `exists(…)`.
    pub fn exists_method(
        &mut self,
        of: &Expression,
        name: &str,
        arguments: &Arguments,
    ) -> Result<Expression> {
        let Node::Unary {
            operator: Operator::Exists,
            of: inner,
        } = &*of.node
        else {
            return refuse(format!("calls `{name}` of an expression"));
        };
        let Node::Scalar(select) = &*inner.node else {
            return refuse(format!("calls `{name}` of an expression"));
        };
        match self.select_method(select, name, arguments)? {
            Thing::Select(select) => {
                let of = Expression::new(Node::Scalar(select), Type::null());
                let node = Node::Unary {
                    operator: Operator::Exists,
                    of,
                };
                Ok(Expression::new(node, Type::boolean()))
            }
            _ => refuse(format!("calls `{name}` of an expression")),
        }
    }
}

fn compound_word(name: &str) -> &'static str {
    match name {
        "union" => "UNION",
        "union_all" => "UNION ALL",
        "intersect" => "INTERSECT",
        "intersect_all" => "INTERSECT ALL",
        "except_" => "EXCEPT",
        _ => "EXCEPT ALL",
    }
}

fn join_word(given: &mut Given, name: &str) -> Result<&'static str> {
    let outer = match name {
        "outerjoin" => true,
        _ => matches!(given.take("isouter")?, Some(Value::Bool(true))),
    };
    let full = matches!(given.take("full")?, Some(Value::Bool(true)));
    Ok(match (full, outer) {
        (true, _) => "FULL OUTER JOIN",
        (false, true) => "LEFT OUTER JOIN",
        (false, false) => "JOIN",
    })
}
