//! What the objects of a script are, once they are looked at.

use std::rc::Rc;

use super::Reader;
use super::expression::{Expression, Node, Text};
use super::from::From;
use super::given::{Given, call, on_line};
use super::identity::Sequence;
use super::insert::Insert;
use super::refusal::{Result, refuse};
use super::select::Select;
use super::symbol::Symbol;
use super::update::Update;
use crate::translate::value::{Arguments, Kind, Object, Value};

/// What an object is.
#[derive(Clone, Debug)]
pub(super) enum Thing {
    Expression(Expression),
    From(From),
    Select(Rc<Select>),
    Insert(Rc<Insert>),
    /// `update(…)` or `delete(…)`
    Update(Rc<Update>),
    /// `table.c`
    Columns(From),
    Sequence(Rc<Sequence>),
    /// A method that is not called yet.
    Method(Rc<Thing>, String),
    /// `column.op('…')`, not called yet.
    Operator(Expression, super::expression::Operator, Rc<str>),
}

impl Thing {
    fn describe(&self) -> &'static str {
        match self {
            Self::Expression(_) => "an expression",
            Self::From(_) => "a table",
            Self::Select(_) => "a query",
            Self::Insert(_) => "an insert",
            Self::Update(_) => "an update",
            Self::Columns(_) => "the columns of a table",
            Self::Sequence(_) => "a sequence",
            Self::Method(..) | Self::Operator(..) => "a method",
        }
    }
}

impl Reader<'_> {
    /// Reads an object that is not a plain value.
    pub fn thing(&mut self, object: &Rc<Object>) -> Result<Thing> {
        if let Some(known) = self.things.get(&Rc::as_ptr(object)) {
            return Ok(known.1.clone());
        }
        let thing = on_line(object, || self.fresh_thing(object))?;
        let kept = (object.clone(), thing.clone());
        self.things.insert(Rc::as_ptr(object), kept);
        Ok(thing)
    }

    fn fresh_thing(&mut self, object: &Rc<Object>) -> Result<Thing> {
        match &object.kind {
            Kind::Name(_) => refuse(format!("uses `{}` in a statement", name(object))),
            Kind::Call { callee, arguments } => {
                if let Some((symbol, _)) = call(object) {
                    return self.called(&symbol, arguments, object);
                }
                let Value::Object(callee) = callee else {
                    return refuse("calls something that is no function");
                };
                match self.thing(callee)? {
                    Thing::Method(of, name) => self.method(&of, &name, arguments),
                    Thing::Operator(left, operator, word) => {
                        let mut given = Given::new("op", arguments);
                        let right = given.need("other")?;
                        given.finish()?;
                        let right = self.compared(&right, &left)?;
                        let comparison = operator.is_boolean();
                        let of = match comparison {
                            true => super::types::Type::boolean(),
                            false => left.of.clone(),
                        };
                        Ok(Thing::Expression(Expression::binary_with(
                            &left,
                            operator,
                            &right,
                            of,
                            Some(word),
                            None,
                        )))
                    }
                    other => refuse(format!("calls {}", other.describe())),
                }
            }
            Kind::Attribute { of, name } => {
                let Value::Object(of) = of else {
                    return refuse(format!("asks for `{name}` of something else"));
                };
                if self.maybe_column(&Value::Object(of.clone()))?.is_some()
                    && matches!(name.as_str(), "name" | "key" | "type")
                {
                    return refuse(format!("asks for the `{name}` of a column"));
                }
                let of = self.thing(of)?;
                self.attribute(of, name)
            }
            Kind::Item { of, index } => {
                let Value::Object(of) = of else {
                    return refuse("asks for an item of something else");
                };
                match (self.thing(of)?, index) {
                    (Thing::Columns(from), Value::Text(key)) => {
                        from.column(key).map(Thing::Expression)
                    }
                    (Thing::Columns(from), Value::Int(at)) => {
                        let columns = from.columns()?;
                        let found = usize::try_from(*at).ok().and_then(|at| columns.get(at));
                        match found {
                            Some(column) => Ok(Thing::Expression(column.clone())),
                            None => refuse("asks for a column by a number that no column has"),
                        }
                    }
                    (Thing::Expression(of), index) => self.item(&of, index).map(Thing::Expression),
                    (other, _) => refuse(format!("asks for an item of {}", other.describe())),
                }
            }
            Kind::Operation { operator, operands } => {
                self.operation(operator, operands).map(Thing::Expression)
            }
        }
    }

    /// Reads the call of a name.
    fn called(
        &mut self,
        symbol: &Symbol,
        arguments: &Arguments,
        object: &Rc<Object>,
    ) -> Result<Thing> {
        match symbol {
            Symbol::Core(name) => match name.as_str() {
                "Table" => {
                    let table = Rc::new(self.schema_table(arguments)?);
                    Ok(Thing::From(From::Table(table)))
                }
                "table" | "TableClause" => {
                    let table = Rc::new(self.light_table(arguments)?);
                    Ok(Thing::From(From::Table(table)))
                }
                "Sequence" => self
                    .sequence(&Value::Object(object.clone()))
                    .map(Thing::Sequence),
                "select" | "union" | "union_all" | "intersect" | "intersect_all" | "except_"
                | "except_all" => self.query(name, arguments).map(Thing::Select),
                "insert" => self.insert(arguments).map(Thing::Insert),
                "update" | "delete" => self.update(name, arguments).map(Thing::Update),
                "alias" | "join" | "outerjoin" => {
                    self.source_of_call(name, arguments).map(Thing::From)
                }
                "Column" => match self.maybe_column(&Value::Object(object.clone()))? {
                    Some(column) => {
                        let (name, key) = (column.name.clone(), column.key.clone());
                        let column_of = super::expression::Column {
                            from: None,
                            name,
                            key,
                            raw: false,
                        };
                        let node = Node::Column(column_of);
                        Ok(Thing::Expression(Expression::new(node, column.of.clone())))
                    }
                    None => refuse("makes a column that is not understood"),
                },
                _ => self.core_call(name, arguments).map(Thing::Expression),
            },
            Symbol::Op(name) if name == "create_table" => {
                let (table, _) = self.created_table(arguments)?;
                Ok(Thing::From(From::Table(Rc::new(table))))
            }
            Symbol::Op(name) if name == "inline_literal" => {
                let mut given = Given::new("op.inline_literal", arguments);
                let value = given.need("value")?;
                let of = given.take("type_")?;
                given.finish()?;
                let of = match of {
                    None | Some(Value::None) => {
                        super::literal::type_of(&value).unwrap_or_else(super::types::Type::null)
                    }
                    Some(of) => self.a_type(&of)?,
                };
                Ok(Thing::Expression(Expression::bind(value, of)))
            }
            Symbol::Dialect(dialect, name) if dialect == "postgresql" => match name.as_str() {
                "insert" => self.insert(arguments).map(Thing::Insert),
                _ => self.postgresql_call(name, arguments).map(Thing::Expression),
            },
            Symbol::Function(names) => self.function_call(names, arguments).map(Thing::Expression),
            other => refuse(format!("uses `{other}` in a statement")),
        }
    }

    fn attribute(&mut self, of: Thing, name: &str) -> Result<Thing> {
        match (&of, name) {
            (Thing::From(from), "c" | "columns") => Ok(Thing::Columns(from.clone())),
            (Thing::Columns(from), _)
                if !matches!(
                    name,
                    "keys" | "values" | "items" | "get" | "contains_column"
                ) =>
            {
                from.column(name).map(Thing::Expression)
            }
            (Thing::Insert(insert), "excluded") => Ok(Thing::Columns(insert.replaced())),
            (Thing::Expression(of), "astext") => self.as_text(of).map(Thing::Expression),
            (Thing::Select(_), "c" | "columns") => {
                refuse("uses the columns of a query that has no name")
            }
            _ => Ok(Thing::Method(Rc::new(of), name.to_owned())),
        }
    }

    fn method(&mut self, of: &Thing, name: &str, arguments: &Arguments) -> Result<Thing> {
        match of {
            Thing::Expression(of) => self.expression_method(of, name, arguments),
            Thing::From(from) => self.source_of_method(from, name, arguments),
            Thing::Select(select) => self.select_method(select, name, arguments),
            Thing::Insert(insert) => self
                .insert_method(insert, name, arguments)
                .map(Thing::Insert),
            Thing::Update(update) => self
                .update_method(update, name, arguments)
                .map(Thing::Update),
            Thing::Sequence(sequence) if name == "next_value" => {
                let node = Node::NextValue(sequence.literal()?);
                let of = super::types::Type::integer();
                Ok(Thing::Expression(Expression::new(node, of)))
            }
            other => refuse(format!("calls `{name}` of {}", other.describe())),
        }
    }

    /// Reads something with columns.
    pub fn from(&mut self, value: &Value) -> Result<From> {
        let Value::Object(object) = value else {
            return refuse("uses something else as a table");
        };
        match self.thing(object)? {
            Thing::From(from) => Ok(from),
            Thing::Expression(of) => match &*of.node {
                Node::Text(text) => Ok(From::Text(Rc::new(Text::clone(text)))),
                _ => refuse("uses an expression as a table"),
            },
            other => refuse(format!("uses {} as a table", other.describe())),
        }
    }

    /// Reads an expression that is not a plain value.
    pub fn expression(&mut self, value: &Value) -> Result<Expression> {
        let Value::Object(object) = value else {
            return refuse(format!(
                "uses {} where an expression belongs",
                super::literal::describe(value)
            ));
        };
        match self.thing(object)? {
            Thing::Expression(expression) => Ok(expression),
            Thing::Select(select) => Ok(scalar(&select)),
            other => refuse(format!(
                "uses {} where an expression belongs",
                other.describe()
            )),
        }
    }
}

/// Makes a query a value.
pub(super) fn scalar(select: &Rc<Select>) -> Expression {
    let of = match select.outcome().ok().as_deref() {
        Some([only]) => only.of.clone(),
        _ => super::types::Type::null(),
    };
    Expression::new(Node::Scalar(select.clone()), of)
}

fn name(object: &Rc<Object>) -> String {
    super::symbol::symbol(&Value::Object(object.clone()))
        .map(|symbol| symbol.to_string())
        .unwrap_or_default()
}
