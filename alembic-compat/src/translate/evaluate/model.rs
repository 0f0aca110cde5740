//! Classes that SQLAlchemy maps to tables: seen as the tables, never as objects.

use std::rc::Rc;

use ruff_python_ast::name::Name;

use super::Evaluator;
use super::class::ORDER;
use super::decorated::is_call_of;
use super::local::{Class, Form, Known, Local, named, text};
use crate::translate::value::{Arguments, Kind, Object, Value};

/// What a column is written as in such a class.
const COLUMNS: [&str; 2] = ["Column", "mapped_column"];

impl Evaluator<'_, '_> {
    /// Returns the table of a class, or what stands for one of its columns; nothing for what else
    /// the class has.
    pub(super) fn mapped(
        &mut self,
        of: &Value,
        class: &Class,
        name: &Name,
    ) -> Known<Option<Value>> {
        if name == "__table__" {
            return self.table(of, class);
        }
        let Some(own) = self.inherited(class, name)? else {
            return Ok(None);
        };
        if !is_call_of(&own, &COLUMNS) {
            return Ok(None);
        }
        let Some(table) = self.table(of, class)? else {
            return Ok(None);
        };
        let column = column_name(&own).unwrap_or_else(|| name.as_str().into());
        let columns = self.object(Kind::Attribute {
            of: table,
            name: "c".to_owned(),
        });
        Ok(Some(self.object(Kind::Attribute {
            of: columns,
            name: column.to_string(),
        })))
    }

    /// Returns the table of a class that names one; always the same.
    pub(super) fn table(&mut self, of: &Value, class: &Class) -> Known<Option<Value>> {
        if class.form != Form::Model {
            return Ok(None);
        }
        match class.scope.own("__table__") {
            Some(Ok(table)) => return Ok(Some(table)),
            Some(Err(_)) => return Ok(None),
            None => {}
        }
        let Some(name) = self
            .inherited(class, "__tablename__")?
            .as_ref()
            .and_then(text)
        else {
            return Ok(None);
        };
        let mut columns = Vec::new();
        let metadata = match self.metadata_of(class)? {
            Some(metadata) if self.columns(of, &mut columns)? => metadata,
            _ => return Ok(None),
        };
        let mut positional = vec![Value::Text(name), metadata];
        for (name, column) in columns {
            match self.named_column(&name, &column) {
                Some(column) => positional.push(column),
                None => return Ok(None),
            }
        }
        let mut by_name = Vec::new();
        match self.inherited(class, "__table_args__")? {
            None => {}
            Some(Value::Tuple(items)) => {
                for item in items.iter() {
                    match item {
                        Value::Dict(pairs) => by_name.extend(pairs.borrow().iter().cloned()),
                        item => positional.push(item.clone()),
                    }
                }
            }
            Some(Value::Dict(pairs)) => by_name.extend(pairs.borrow().iter().cloned()),
            Some(_) => return Ok(None),
        }
        let by_name = by_name
            .into_iter()
            .filter_map(|(key, value)| Some((text(&key)?.to_string(), value)));
        let callee = named(self.line, "sqlalchemy.Table");
        let arguments = Arguments {
            positional,
            named: by_name.collect(),
        };
        let table = self.symbol(&callee, arguments)?;
        class.scope.set("__table__".into(), Ok(table.clone()));
        Ok(Some(table))
    }

    /// Returns the `MetaData` of a class; none where that is not known.
    fn metadata_of(&mut self, class: &Class) -> Known<Option<Value>> {
        if let Some(metadata) = self.inherited(class, "metadata")? {
            return Ok(Some(metadata));
        }
        let mut base = class;
        loop {
            let above = base.bases.iter();
            let mut above = above.filter_map(|base| match Local::of(base) {
                Some(Local::Class(class)) if class.form == Form::Model => Some(class),
                _ => None,
            });
            match above.next() {
                Some(class) => base = class,
                None => break,
            }
        }
        for base in &base.bases {
            let Value::Object(object) = base else {
                continue;
            };
            match &object.kind {
                Kind::Call { arguments, .. } if is_call_of(base, &["declarative_base"]) => {
                    for (name, value) in &arguments.named {
                        match name.as_str() {
                            "metadata" => return Ok(Some(value.clone())),
                            "name" | "class_registry" => {}
                            _ => return Ok(None),
                        }
                    }
                    if !arguments.positional.is_empty() {
                        return Ok(None);
                    }
                }
                _ => {}
            }
        }
        let metadata = named(self.line, "sqlalchemy.MetaData");
        self.symbol(&metadata, Arguments::default()).map(Some)
    }

    /// Collects the columns of a class and of those it descends from; tells whether all are known.
    fn columns(&mut self, of: &Value, found: &mut Vec<(Name, Value)>) -> Known<bool> {
        let Some(Local::Class(class)) = Local::of(of) else {
            return Ok(true);
        };
        let mut ordered = Vec::new();
        if let Some(Ok(Value::Tuple(order))) = class.scope.own(ORDER) {
            ordered = order.iter().filter_map(text).map(Name::new).collect();
        }
        for name in class.scope.names() {
            let column = match class.scope.own(&name) {
                Some(Ok(value)) => is_call_of(&value, &COLUMNS),
                _ => false,
            };
            // In what order it comes is not known.
            if column && !ordered.contains(&name) {
                return Ok(false);
            }
        }
        for name in ordered {
            let known = found.iter().any(|(known, _)| *known == name);
            match class.scope.own(&name) {
                Some(Ok(value)) if is_call_of(&value, &COLUMNS) => {
                    found.extend((!known).then_some((name, value)));
                }
                Some(Ok(value)) if may_be_column(&value) => return Ok(false),
                Some(Err(_)) if !name.starts_with("__") => return Ok(false),
                _ => {}
            }
        }
        for base in &class.bases {
            // What is mapped to a table of its own keeps its columns there.
            let mapped = match Local::of(base) {
                Some(Local::Class(class)) => class.scope.own("__tablename__").is_some(),
                _ => false,
            };
            if !mapped && !self.columns(base, found)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Notes that the table of a class above has the columns of this one, too.
    pub(super) fn joins_table(&mut self, class: &Class) {
        let own = |name: &str| class.scope.own(name).is_some();
        if class.form != Form::Model || own("__tablename__") || own("__abstract__") {
            return;
        }
        let line = self.line;
        for base in &class.bases {
            if let Some(Local::Class(base)) = Local::of(base)
                && base.scope.own("__tablename__").is_some()
            {
                let name = &class.name;
                let reason = format!("maps the class `{name}` to the table of another");
                let refused = crate::translate::Untranslated::new(line, reason);
                base.scope.set("__table__".into(), Err(refused));
            }
        }
    }

    /// Gives a column the name that it has in its class, where it has none of its own; nothing where
    /// its type is in an annotation.
    fn named_column(&self, name: &str, column: &Value) -> Option<Value> {
        let Value::Object(object) = column else {
            return None;
        };
        let Kind::Call { arguments, .. } = &object.kind else {
            return None;
        };
        let mut arguments = arguments.clone();
        if column_name(column).is_none() {
            arguments.positional.insert(0, Value::Text(name.into()));
        }
        let typed = |value: &Value| matches!(value, Value::Object(_));
        let is_typed = arguments.positional.get(1).is_some_and(typed)
            || arguments.named.iter().any(|(name, _)| name == "type_");
        if !is_typed {
            return None;
        }
        let kind = Kind::Call {
            callee: named(object.line, "sqlalchemy.Column"),
            arguments,
        };
        let line = object.line;
        Some(Value::Object(Rc::new(Object { line, kind })))
    }

    /// Puts tables in the place of the classes that are mapped to them, and objects in the place of
    /// the classes of column types, as SQLAlchemy does.
    pub(super) fn without_classes(&mut self, mut arguments: Arguments) -> Known<Arguments> {
        let by_name = arguments.named.iter_mut().map(|(_, value)| value);
        for value in arguments.positional.iter_mut().chain(by_name) {
            let class = value.clone();
            let Some(Local::Class(inner)) = Local::of(&class) else {
                continue;
            };
            match inner.form {
                Form::Type => *value = self.local_type(&class, inner, Arguments::default())?,
                _ => {
                    if let Some(table) = self.table(&class, inner)? {
                        *value = table;
                    } else if inner.form == Form::Model && inner.bases.iter().any(of_library) {
                        let path = self.path_of(inner);
                        *value = named(self.line, path);
                    }
                }
            }
        }
        Ok(arguments)
    }
}

/// Tells whether a class is one of SQLAlchemy's or of a library of column types.
pub(super) fn of_library(class: &Value) -> bool {
    let root = super::call::root(class);
    root.is_some_and(|path| super::library::is_known(path) && !path.starts_with("builtins."))
}

/// Returns the name that a column is given in its first argument.
fn column_name(column: &Value) -> Option<Rc<str>> {
    let Value::Object(object) = column else {
        return None;
    };
    match &object.kind {
        Kind::Call { arguments, .. } => arguments.positional.first().and_then(text),
        _ => None,
    }
}

/// Tells whether what a class has under a name may be a column, under a name that is not known here.
pub(super) fn may_be_column(value: &Value) -> bool {
    const OTHERS: [&str; 10] = [
        "association_proxy",
        "backref",
        "column_property",
        "composite",
        "hybrid_property",
        "query_expression",
        "relation",
        "relationship",
        "synonym",
        "viewonly",
    ];
    match value {
        Value::Object(object) => match &object.kind {
            Kind::Call { callee, arguments } => {
                let path = super::local::path(callee).unwrap_or_default();
                let last = path.rsplit('.').next().unwrap_or(path);
                let columns = arguments.positional.iter();
                let mut columns = columns.filter(|value| is_call_of(value, &COLUMNS));
                !OTHERS.contains(&last) || columns.next().is_some()
            }
            _ => false,
        },
        _ => false,
    }
}
