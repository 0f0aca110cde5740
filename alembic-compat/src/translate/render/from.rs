//! What stands in a `FROM`: tables, aliases, joins, subqueries.

use std::rc::Rc;

use super::expression::{self, Context, Expression, Node, Text};
use super::quote::Name;
use super::refusal::{Result, refuse};
use super::select::Select;
use super::table::Table;
use super::types::Type;

/// Something with columns. It is the same thing where it is the same `Rc`.
#[derive(Clone, Debug)]
pub(super) enum From {
    Table(Rc<Table>),
    Alias(Rc<Alias>),
    Join(Rc<Join>),
    Text(Rc<Text>),
}

/// A table or a query under another name.
#[derive(Debug)]
pub(super) struct Alias {
    pub name: Option<Name>,
    pub of: Aliased,
}

/// What an alias names.
#[derive(Debug)]
pub(super) enum Aliased {
    From(From),
    Query(Rc<Select>),
    /// A query that stands before the statement.
    Cte {
        query: Rc<Select>,
        recursive: bool,
    },
}

/// Two things joined.
#[derive(Debug)]
pub(super) struct Join {
    pub left: From,
    pub right: From,
    pub condition: Expression,
    /// `JOIN`, `LEFT OUTER JOIN` or `FULL OUTER JOIN`.
    pub word: &'static str,
}

impl From {
    /// Returns where it is kept, by which it is known.
    pub fn address(&self) -> *const () {
        match self {
            Self::Table(it) => Rc::as_ptr(it).cast(),
            Self::Alias(it) => Rc::as_ptr(it).cast(),
            Self::Join(it) => Rc::as_ptr(it).cast(),
            Self::Text(it) => Rc::as_ptr(it).cast(),
        }
    }

    pub fn is(&self, other: &Self) -> bool {
        self.address() == other.address()
    }

    /// Returns the table, if it is one.
    pub fn table(&self) -> Option<&Rc<Table>> {
        match self {
            Self::Table(table) => Some(table),
            _ => None,
        }
    }

    /// Writes what stands before the dot of a column.
    pub fn qualifier(&self, context: &mut Context) -> Result<String> {
        match self {
            Self::Table(table) => table.name.sql(),
            Self::Alias(alias) => alias.label(context),
            Self::Join(_) | Self::Text(_) => refuse("uses a column of a join or a text"),
        }
    }

    /// Writes it as it stands in a `FROM`.
    pub fn write(&self, context: &mut Context) -> Result<String> {
        match self {
            Self::Table(table) => table.name.sql(),
            Self::Alias(alias) => {
                let name = alias.label(context)?;
                Ok(match &alias.of {
                    Aliased::From(from) => format!("{} AS {name}", from.write(context)?),
                    Aliased::Query(query) => {
                        format!("({}) AS {name}", query.write_in_from(context)?)
                    }
                    Aliased::Cte { query, recursive } => {
                        context.with(alias, &name, query, *recursive)?;
                        name
                    }
                })
            }
            Self::Join(join) => {
                let left = join.left.write(context)?;
                let right = match &join.right {
                    Self::Join(_) => format!("({})", join.right.write(context)?),
                    right => right.write(context)?,
                };
                let condition = join.condition.write(context)?;
                Ok(format!("{left} {} {right} ON {condition}", join.word))
            }
            Self::Text(text) => text.write(context),
        }
    }

    /// Returns its columns, in order.
    pub fn columns(&self) -> Result<Vec<Expression>> {
        match self {
            Self::Table(table) => Ok(table
                .columns
                .iter()
                .map(|column| {
                    self.column_of(column.name.clone(), column.key.clone(), column.of.clone())
                })
                .collect()),
            Self::Alias(alias) => match &alias.of {
                Aliased::From(from) => Ok(from
                    .columns()?
                    .iter()
                    .filter_map(|column| match &*column.node {
                        Node::Column(it) => {
                            Some(self.column_of(it.name.clone(), it.key.clone(), column.of.clone()))
                        }
                        _ => None,
                    })
                    .collect()),
                Aliased::Query(query) | Aliased::Cte { query, .. } => {
                    let mut columns = Vec::new();
                    for column in query.outcome()? {
                        let name = match &*column.node {
                            Node::Column(it) => it.name.clone(),
                            Node::Label { name, .. } => name.clone(),
                            _ => continue,
                        };
                        let key = name.text.clone();
                        columns.push(self.column_of(name, key, column.of.clone()));
                    }
                    Ok(columns)
                }
            },
            Self::Join(join) => {
                let mut columns = join.left.columns()?;
                columns.extend(join.right.columns()?);
                Ok(columns)
            }
            Self::Text(_) => refuse("uses the columns of a text"),
        }
    }

    /// Returns one of its columns.
    pub fn column(&self, key: &str) -> Result<Expression> {
        let columns = self.columns()?;
        let found = columns.into_iter().find(|column| column.key() == Some(key));
        match found {
            Some(column) => Ok(column),
            None => refuse(format!(
                "uses a column `{key}` that its table does not have"
            )),
        }
    }

    fn column_of(&self, name: Name, key: Rc<str>, of: Rc<Type>) -> Expression {
        let column = expression::Column {
            from: Some(self.clone()),
            name,
            key,
            raw: false,
        };
        Expression::new(Node::Column(column), of)
    }

    /// Whether it is something, or has it within: as a side of a join, or under another name.
    pub fn derives_from(&self, other: &Self) -> bool {
        self.is(other)
            || match self {
                Self::Alias(alias) => match &alias.of {
                    Aliased::From(from) => from.derives_from(other),
                    Aliased::Query(query) | Aliased::Cte { query, .. } => query.selects(other),
                },
                Self::Join(join) => join.left.derives_from(other) || join.right.derives_from(other),
                Self::Table(_) | Self::Text(_) => false,
            }
    }

    /// Returns what it is made of: a join's two sides and all within.
    pub fn parts(&self) -> Vec<From> {
        match self {
            Self::Join(join) => {
                let mut parts = join.left.parts();
                parts.extend(join.right.parts());
                parts
            }
            other => vec![other.clone()],
        }
    }
}

impl Alias {
    /// Writes its name, which is made up where it has none.
    fn label(self: &Rc<Self>, context: &mut Context) -> Result<String> {
        match &self.name {
            Some(name) => name.sql(),
            None => {
                let begins = match &self.of {
                    Aliased::From(From::Table(table)) => table.name.name.text.to_string(),
                    _ => "anon".to_owned(),
                };
                let name = context.alias(Rc::as_ptr(self).cast(), &begins);
                super::quote::ident(&name)
            }
        }
    }
}

impl Expression {
    /// Calls something with each column in it, outside of subqueries: the outer ones first, as
    /// SQLAlchemy finds them.
    pub fn each_column(&self, found: &mut dyn FnMut(&expression::Column)) {
        let mut columns: Vec<(usize, expression::Column)> = Vec::new();
        self.collect_columns(0, &mut columns);
        columns.sort_by_key(|(depth, _)| *depth);
        for (_, column) in &columns {
            found(column);
        }
    }

    fn collect_columns(&self, depth: usize, columns: &mut Vec<(usize, expression::Column)>) {
        let inner = depth
            + match &*self.node {
                Node::Column(column) => {
                    columns.push((depth, column.clone()));
                    return;
                }
                // Arguments stand in a list in parentheses.
                Node::Function { .. } => 3,
                _ => 1,
            };
        self.each_part(&mut |part| part.collect_columns(inner, columns));
    }

    /// Returns what it takes its columns from, in order, each once.
    pub fn froms(&self) -> Vec<From> {
        let mut froms: Vec<From> = Vec::new();
        self.collect_froms(&mut froms);
        froms
    }

    fn collect_froms(&self, froms: &mut Vec<From>) {
        match &*self.node {
            Node::Column(column) => {
                if let Some(from) = &column.from
                    && !froms.iter().any(|known| known.is(from))
                {
                    froms.push(from.clone());
                }
            }
            _ => self.each_part(&mut |part| part.collect_froms(froms)),
        }
    }

    /// Calls something with each expression that it is directly made of.
    pub fn each_part(&self, with: &mut dyn FnMut(&Expression)) {
        match &*self.node {
            Node::Column(_)
            | Node::Text(_)
            | Node::Bind(_)
            | Node::Null
            | Node::True
            | Node::False
            | Node::Scalar(_)
            | Node::NextValue(_)
            | Node::Collation(_) => {}
            Node::Function { arguments, .. } => arguments.iter().for_each(with),
            Node::Binary { left, right, .. } => {
                with(left);
                with(right);
            }
            Node::Cast(of)
            | Node::Unary { of, .. }
            | Node::Ordered { of, .. }
            | Node::Truth { of, .. }
            | Node::Group(of)
            | Node::Coerce(of)
            | Node::Label { of, .. }
            | Node::Extract { of, .. } => with(of),
            Node::Junction { parts, .. }
            | Node::List { parts, .. }
            | Node::Tuple(parts)
            | Node::Array(parts) => parts.iter().for_each(with),
            Node::Case {
                of,
                whens,
                otherwise,
            } => {
                of.iter().for_each(&mut *with);
                for (when, then) in whens {
                    with(when);
                    with(then);
                }
                otherwise.iter().for_each(with);
            }
            Node::Over {
                of,
                partition,
                order,
            } => {
                with(of);
                partition.iter().chain(order).for_each(with);
            }
            Node::Filter { of, condition } => {
                with(of);
                with(condition);
            }
            Node::AggregateOrder { of, order } => {
                with(of);
                order.iter().for_each(with);
            }
        }
    }
}
