//! Queries: `select(…)`, `union(…)` and what they are made of.

use std::rc::Rc;

use super::expression::{Context, Expression, Node, Operator};
use super::from::{From, Join};
use super::refusal::{Result, refuse};

/// A query.
#[derive(Clone, Debug, Default)]
pub(super) struct Select {
    pub columns: Vec<Expression>,
    /// What is named to be selected from, by itself or as the left side of joins.
    pub froms: Vec<From>,
    pub joins: Vec<Joined>,
    pub conditions: Vec<Expression>,
    pub groups: Vec<Expression>,
    pub having: Vec<Expression>,
    pub order: Vec<Expression>,
    pub limit: Option<Expression>,
    pub offset: Option<Expression>,
    pub distinct: Distinct,
    /// `FOR UPDATE` and the like, as it is written.
    pub locking: Option<String>,
    /// What it leaves to the query around it, where that is said.
    pub correlated: Option<Vec<From>>,
    /// Queries put together, and the word between them.
    pub compound: Option<(&'static str, Vec<Rc<Select>>)>,
}

/// What `join(…)` of a query was told.
#[derive(Clone, Debug)]
pub(super) struct Joined {
    pub left: Option<From>,
    pub right: From,
    pub condition: Expression,
    pub word: &'static str,
}

/// Whether rows are told apart.
#[derive(Clone, Debug, Default)]
pub(super) enum Distinct {
    #[default]
    No,
    Yes,
    On(Vec<Expression>),
}

impl Select {
    /// Returns the columns of its result; those of the first query of several.
    pub fn outcome(&self) -> Result<Vec<Expression>> {
        match &self.compound {
            Some((_, parts)) => match parts.first() {
                Some(first) => first.outcome(),
                None => refuse("puts no queries together"),
            },
            None => Ok(self.columns.clone()),
        }
    }

    /// Writes it as a statement, or as a part of an expression.
    pub fn write(&self, context: &mut Context) -> Result<String> {
        self.written(context, false)
    }

    /// Writes it as it stands in a `FROM`, where each column has its name.
    pub fn write_in_from(&self, context: &mut Context) -> Result<String> {
        self.written(context, true)
    }

    fn written(&self, context: &mut Context, in_from: bool) -> Result<String> {
        let outer = std::mem::replace(&mut context.qualified, true);
        let written = match &self.compound {
            Some((word, parts)) => self.write_compound(word, parts, context, in_from),
            None => self.write_simple(context, in_from),
        };
        context.qualified = outer;
        written
    }

    fn write_compound(
        &self,
        word: &str,
        parts: &[Rc<Self>],
        context: &mut Context,
        in_from: bool,
    ) -> Result<String> {
        let mut written = Vec::new();
        let width = self.outcome()?.len();
        for part in parts {
            if part.outcome()?.len() != width {
                return refuse("puts queries with unequal numbers of columns together");
            }
            let sql = part.written(context, in_from)?;
            let own = part.limit.is_some()
                || part.offset.is_some()
                || !part.order.is_empty()
                || part.compound.is_some();
            written.push(if own { format!("({sql})") } else { sql });
        }
        let mut sql = written.join(&format!(" {word} "));
        sql.push_str(&self.ending(context)?);
        Ok(sql)
    }

    fn write_simple(&self, context: &mut Context, in_from: bool) -> Result<String> {
        let froms = self.display(context, in_from)?;
        let parts = froms.iter().flat_map(From::parts).collect();
        context.enclosing.push(parts);
        let written = self.write_body(&froms, context, in_from);
        context.enclosing.pop();
        written
    }

    fn write_body(&self, froms: &[From], context: &mut Context, in_from: bool) -> Result<String> {
        let mut sql = "SELECT ".to_owned();
        match &self.distinct {
            Distinct::No => {}
            Distinct::Yes => sql.push_str("DISTINCT "),
            Distinct::On(parts) => {
                let parts = list(parts, context)?;
                sql.push_str(&format!("DISTINCT ON ({parts}) "));
            }
        }
        sql.push_str(&labelled(&self.columns, context, in_from)?);
        if !froms.is_empty() {
            let froms: Result<Vec<_>> = froms.iter().map(|from| from.write(context)).collect();
            sql.push_str(&format!("\nFROM {}", froms?.join(", ")));
        }
        if let Some(condition) = written_conditions(&self.conditions, context)? {
            sql.push_str(&format!("\nWHERE {condition}"));
        }
        if !self.groups.is_empty() {
            sql.push_str(&format!("\nGROUP BY {}", list(&self.groups, context)?));
        }
        if let Some(having) = written_conditions(&self.having, context)? {
            sql.push_str(&format!("\nHAVING {having}"));
        }
        sql.push_str(&self.ending(context)?);
        Ok(sql)
    }

    /// Writes `ORDER BY` and what follows it.
    fn ending(&self, context: &mut Context) -> Result<String> {
        let mut sql = String::new();
        if !self.order.is_empty() {
            let outcome = self.outcome()?;
            let mut parts = Vec::new();
            for part in &self.order {
                parts.push(by_label(part, &outcome).write(context)?);
            }
            sql.push_str(&format!("\nORDER BY {}", parts.join(", ")));
        }
        if let Some(limit) = &self.limit {
            sql.push_str(&format!("\nLIMIT {}", limit.write(context)?));
        }
        if let Some(offset) = &self.offset {
            if self.limit.is_none() {
                sql.push_str("\nLIMIT ALL");
            }
            sql.push_str(&format!(" OFFSET {}", offset.write(context)?));
        }
        if let Some(locking) = &self.locking {
            sql.push_str(&format!(" {locking}"));
        }
        Ok(sql)
    }

    /// Returns what its `FROM` names: what is said, then what columns and conditions need, without what
    /// a join holds already and what the query around it has.
    fn display(&self, context: &Context, in_from: bool) -> Result<Vec<From>> {
        let mut froms = self.joined()?;
        let needed = self
            .columns
            .iter()
            .chain(&self.conditions)
            .flat_map(Expression::froms);
        for from in needed {
            froms.push(from);
        }
        let mut kept: Vec<From> = Vec::new();
        for from in &froms {
            let hidden = froms
                .iter()
                .any(|other| !other.is(from) && other.parts().iter().any(|part| part.is(from)));
            if !hidden && !kept.iter().any(|known| known.is(from)) {
                kept.push(from.clone());
            }
        }
        if let Some(correlated) = &self.correlated {
            let around: Vec<_> = context.enclosing.iter().flatten().collect();
            kept.retain(|from| {
                let outside = around.iter().any(|it| it.is(from));
                !(outside && correlated.iter().any(|it| it.is(from)))
            });
        } else if !in_from
            && kept.len() > 1
            && let Some(around) = context.enclosing.last()
        {
            kept.retain(|from| !around.iter().any(|it| it.is(from)));
            if kept.is_empty() {
                return refuse("writes a subquery that selects from nothing of its own");
            }
        }
        Ok(kept)
    }

    /// Whether it selects from something, or from what has it within.
    pub fn selects(&self, other: &From) -> bool {
        if let Some((_, parts)) = &self.compound {
            return parts.iter().any(|part| part.selects(other));
        }
        let said = self.froms.iter().cloned();
        let joined = self.joins.iter().map(|joined| joined.right.clone());
        let needed = self.columns.iter().chain(&self.conditions);
        said.chain(joined)
            .chain(needed.flat_map(Expression::froms))
            .any(|from| from.derives_from(other))
    }

    /// Returns what is said to be selected from, with the joins made.
    fn joined(&self) -> Result<Vec<From>> {
        let mut froms = self.froms.clone();
        for joined in &self.joins {
            let (left, at) = match &joined.left {
                Some(left) => (left.clone(), place(&froms, left)?),
                None if froms.is_empty() => {
                    let mut needed: Vec<From> = Vec::new();
                    let parts = self.columns.iter().chain(&self.conditions);
                    for from in parts.flat_map(Expression::froms) {
                        if !needed.iter().any(|known| known.is(&from)) {
                            needed.push(from);
                        }
                    }
                    let at = joined.left_of(&needed)?;
                    (needed[at].clone(), None)
                }
                None => {
                    let at = joined.left_of(&froms)?;
                    (froms[at].clone(), Some(at))
                }
            };
            let join = |left| {
                From::Join(Rc::new(Join {
                    left,
                    right: joined.right.clone(),
                    condition: joined.condition.clone(),
                    word: joined.word,
                }))
            };
            match at {
                Some(at) => froms[at] = join(froms[at].clone()),
                None => froms.push(join(left)),
            }
        }
        Ok(froms)
    }
}

impl Joined {
    /// Returns which of several is joined, where that is not said.
    fn left_of(&self, froms: &[From]) -> Result<usize> {
        let others = || (0..froms.len()).filter(|at| !froms[*at].is(&self.right));
        let mut found: Vec<usize> = others().collect();
        if froms.len() > 1 {
            let right = self.right.parts();
            let holds = |at: &usize| {
                let parts = froms[*at].parts();
                let mut all = true;
                self.condition.each_column(&mut |column| {
                    let known = |from: &From| parts.iter().chain(&right).any(|it| it.is(from));
                    all &= column.from.as_ref().is_some_and(known);
                });
                all
            };
            found.retain(holds);
            let hidden = |at: &usize| {
                let within = |from: &From| {
                    matches!(from, From::Join(_))
                        && from.parts().iter().any(|it| it.is(&froms[*at]))
                };
                froms.iter().any(within)
            };
            if found.len() > 1 {
                found.retain(|at| !hidden(at));
            }
        }
        match (found.as_slice(), froms) {
            ([only], _) => Ok(*only),
            ([], [_]) => Ok(0),
            ([], []) => refuse("joins a table to nothing"),
            _ => refuse("joins a table to one of several, and does not say to which"),
        }
    }
}

/// Returns where something is among what is selected from, by itself or within.
fn place(froms: &[From], left: &From) -> Result<Option<usize>> {
    let those = |is: &dyn Fn(&From) -> bool| -> Vec<usize> {
        (0..froms.len()).filter(|at| is(&froms[*at])).collect()
    };
    let mut found = those(&|from| left.parts().iter().any(|part| from.derives_from(part)));
    if found.len() > 1 {
        let holds = |from: &From| {
            let parts = from.parts();
            left.parts()
                .iter()
                .any(|it| parts.iter().any(|part| part.is(it)))
        };
        let exact = those(&holds);
        if !exact.is_empty() {
            found = exact;
        }
    }
    match found.as_slice() {
        [] => Ok(None),
        [only] => Ok(Some(*only)),
        _ => refuse("joins a table to one of several that are alike"),
    }
}

/// Writes conditions that were given one by one, which are no operands of an `AND`.
pub(super) fn written_conditions(
    conditions: &[Expression],
    context: &mut Context,
) -> Result<Option<String>> {
    if conditions.is_empty() {
        return Ok(None);
    }
    let deciding = Expression::deciding(Operator::And, conditions);
    let written: Result<Vec<_>> = deciding.iter().map(|part| part.write(context)).collect();
    Ok(Some(written?.join(" AND ")))
}

/// Returns the name of a column of the result where an order is by that column.
fn by_label(part: &Expression, outcome: &[Expression]) -> Expression {
    match &*part.node {
        Node::Ordered { of, how } => {
            let of = by_label(of, outcome);
            Expression::new(Node::Ordered { of, how }, part.of.clone())
        }
        Node::Label { name, .. } => {
            let selected = outcome.iter().any(|it| Rc::ptr_eq(&it.node, &part.node));
            match selected {
                true => {
                    let column = super::expression::Column {
                        from: None,
                        name: name.clone(),
                        key: name.text.clone(),
                        raw: false,
                    };
                    Expression::new(Node::Column(column), part.of.clone())
                }
                false => part.clone(),
            }
        }
        _ => part.clone(),
    }
}

/// Writes the columns of a result, each with the name that SQLAlchemy gives it.
pub(super) fn labelled(
    columns: &[Expression],
    context: &mut Context,
    in_from: bool,
) -> Result<String> {
    let mut written = Vec::new();
    let mut seen: Vec<(String, &Expression)> = Vec::new();
    let mut repeated = 0;
    for column in columns {
        let name = column.result_name();
        let sql = column.write(context)?;
        let label = match &name {
            Some(name) => match seen.iter().find(|(known, _)| known == name) {
                Some((_, first)) if first.is_same(column) => {
                    repeated += 1;
                    Some(format!("{name}__{repeated}"))
                }
                Some(_) => Some(context.fresh(name)),
                None => {
                    seen.push((name.clone(), column));
                    let says = match &*column.node {
                        Node::Column(it) => in_from && !it.raw && it.from.is_some(),
                        Node::Text(_) => false,
                        Node::Label { .. } => true,
                        _ => column.needs_label() || in_from,
                    };
                    says.then(|| name.clone())
                }
            },
            None if column.needs_label() || in_from && column.is_unary() => {
                Some(context.fresh(&column.label_base()))
            }
            None => None,
        };
        written.push(match label {
            Some(label) => format!("{sql} AS {}", super::quote::ident(&label)?),
            None => sql,
        });
    }
    Ok(written.join(", "))
}

fn list(parts: &[Expression], context: &mut Context) -> Result<String> {
    let written: Result<Vec<_>> = parts.iter().map(|part| part.write(context)).collect();
    Ok(written?.join(", "))
}

impl Expression {
    /// Returns the name that it has in a result by itself.
    fn result_name(&self) -> Option<String> {
        match &*self.node {
            Node::Column(column) => Some(column.name.text.to_string()),
            Node::Label { name, .. } => Some(name.text.to_string()),
            Node::Cast(of) | Node::Coerce(of) => of.result_name(),
            Node::Truth { of, .. } => of.result_name(),
            _ => None,
        }
    }

    /// Whether a result gives it a name that it does not have.
    fn needs_label(&self) -> bool {
        match &*self.node {
            Node::Column(_) | Node::Text(_) | Node::Truth { .. } | Node::Ordered { .. } => false,
            Node::Unary { operator, of } => match operator {
                Operator::Exists => true,
                _ => of.ungrouped_name().is_none(),
            },
            _ => true,
        }
    }

    fn is_unary(&self) -> bool {
        matches!(&*self.node, Node::Unary { .. } | Node::Ordered { .. })
    }

    fn ungrouped_name(&self) -> Option<String> {
        match &*self.node {
            Node::Group(of) => of.ungrouped_name(),
            Node::Column(column) => Some(column.name.text.to_string()),
            Node::Label { name, .. } => Some(name.text.to_string()),
            _ => None,
        }
    }

    /// Returns what its made-up name begins with.
    fn label_base(&self) -> String {
        match &*self.node {
            Node::Function { names, .. } => names.last().cloned().unwrap_or_default(),
            Node::NextValue(_) => "next_value".to_owned(),
            _ => "anon".to_owned(),
        }
    }

    /// Whether it is the very same column or expression.
    fn is_same(&self, other: &Self) -> bool {
        match (&*self.node, &*other.node) {
            (Node::Column(one), Node::Column(two)) => {
                let from = match (&one.from, &two.from) {
                    (Some(one), Some(two)) => one.is(two),
                    (None, None) => Rc::ptr_eq(&self.node, &other.node),
                    _ => false,
                };
                from && one.key == two.key
            }
            _ => Rc::ptr_eq(&self.node, &other.node),
        }
    }
}
