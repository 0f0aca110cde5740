//! Writes actions and values in short, for tests to compare.

use crate::translate::value::{Action, Arguments, Deed, Kind, Value};

/// Writes actions, one a line.
pub(super) fn actions(actions: &[Action]) -> String {
    let lines: Vec<String> = actions.iter().map(action).collect();
    lines.join("\n")
}

pub(super) fn action(action: &Action) -> String {
    match &action.deed {
        Deed::Operation {
            name,
            arguments: given,
            batch,
        } => match batch {
            Some(batch) => format!(
                "({}).{name}({})",
                arguments(&batch.arguments),
                arguments(given)
            ),
            None => format!("{name}({})", arguments(given)),
        },
        Deed::Execute {
            statement,
            parameters,
        } => match parameters {
            Value::None => format!("execute {}", value(statement)),
            parameters => format!("execute {} with {}", value(statement), value(parameters)),
        },
        Deed::Create {
            object,
            arguments: given,
        } => {
            format!("create {} ({})", value(object), arguments(given))
        }
        Deed::Drop {
            object,
            arguments: given,
        } => {
            format!("drop {} ({})", value(object), arguments(given))
        }
        Deed::AutocommitBegins => "autocommit {".to_owned(),
        Deed::AutocommitEnds => "}".to_owned(),
    }
}

fn arguments(arguments: &Arguments) -> String {
    let positional = arguments.positional.iter().map(value);
    let named = arguments.named.iter();
    let named = named.map(|(name, given)| format!("{name}={}", value(given)));
    positional.chain(named).collect::<Vec<_>>().join(", ")
}

pub(super) fn value(of: &Value) -> String {
    let list = |items: &[Value]| items.iter().map(value).collect::<Vec<_>>().join(", ");
    match of {
        Value::None => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Int(number) => number.to_string(),
        Value::Float(number) => format!("{number:?}"),
        Value::Text(text) => format!("'{}'", text.replace('\n', "\\n")),
        Value::Bytes(bytes) => format!("b{bytes:?}"),
        Value::Tuple(items) => format!("({})", list(items)),
        Value::List(items) => format!("[{}]", list(&items.borrow())),
        Value::Set(items) => format!("{{{}}}", list(&items.borrow())),
        Value::Dict(pairs) => {
            let pairs = pairs.borrow();
            let pairs = pairs
                .iter()
                .map(|(key, item)| format!("{}: {}", value(key), value(item)));
            format!("{{{}}}", pairs.collect::<Vec<_>>().join(", "))
        }
        Value::Opaque(opaque) => opaque.describe(),
        Value::Object(object) => match &object.kind {
            Kind::Name(path) => path.replace("sqlalchemy.", "sa.").replace("alembic.", ""),
            Kind::Call {
                callee,
                arguments: given,
            } => {
                format!("{}({})", value(callee), arguments(given))
            }
            Kind::Attribute { of, name } => format!("{}.{name}", value(of)),
            Kind::Item { of, index } => format!("{}[{}]", value(of), value(index)),
            Kind::Operation { operator, operands } => match operands.as_slice() {
                [left, right] => format!("({} {operator} {})", value(left), value(right)),
                operands => format!("{operator}{}", list(operands)),
            },
        },
    }
}
