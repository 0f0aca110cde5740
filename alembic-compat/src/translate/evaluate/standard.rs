//! The functions of Python's standard library that scripts use on known values.

use super::Evaluator;
use super::lazy::{Lazy, lazy};
use super::local::{Decorates, Known, Local, describe, dict, list, text};
use crate::translate::value::{Arguments, Value};

impl Evaluator<'_, '_> {
    /// Calls a function of the standard library; nothing where it is not known.
    pub(super) fn call_standard(&mut self, name: &str, given: &Arguments) -> Known<Option<Value>> {
        let made = |text: String| Ok(Some(Value::Text(text.into())));
        match (name, given.positional.as_slice()) {
            ("textwrap.dedent", [of]) => {
                let of = self.inner_text(of, "dedents")?;
                made(dedent(&of))
            }
            ("inspect.cleandoc", [of]) => {
                let of = self.inner_text(of, "dedents")?;
                match of.contains('\t') {
                    true => Err(self.refuse("dedents a text with tabs")),
                    false => made(cleandoc(&of)),
                }
            }
            ("json.dumps", [of]) => {
                let sorted = matches!(
                    given.named.iter().find(|(name, _)| name == "sort_keys"),
                    Some((_, Value::Bool(true)))
                );
                let known = |(name, value): &(String, Value)| {
                    matches!(
                        (name.as_str(), value),
                        ("sort_keys", Value::Bool(_)) | ("ensure_ascii", Value::Bool(true))
                    )
                };
                if !given.named.iter().all(known) {
                    return Err(self.refuse("calls `json.dumps()` in a way that is not known"));
                }
                let mut out = String::new();
                self.json(of, sorted, &mut out, 0)?;
                made(out)
            }
            ("json.loads", [of]) if given.named.is_empty() => {
                let Some(of) = text(of) else {
                    let what = describe(of);
                    return Err(self.refuse(format!("reads {what} as JSON")));
                };
                match super::json::parse(&of) {
                    Some(value) => Ok(Some(value)),
                    None => Err(self.refuse("reads a text as JSON that is not known to be such")),
                }
            }
            ("itertools.chain", many) => {
                let rest = many.iter().cloned().collect();
                Ok(Some(lazy(Lazy::Chain(None, rest))))
            }
            ("itertools.chain.from_iterable", [over]) => {
                let ahead = self.ahead();
                let mut items = Vec::new();
                for over in self.spread(over)? {
                    items.extend(self.spread(&over)?);
                }
                self.exhausted(Ok(items), &ahead).map(Some)
            }
            ("itertools.product", many) if given.named.is_empty() => {
                let mut rows: Vec<Vec<Value>> = vec![Vec::new()];
                for over in many {
                    let items = self.spread(over)?;
                    let longer = rows.iter().flat_map(|row| {
                        items.iter().map(|item| {
                            row.iter()
                                .cloned()
                                .chain(std::iter::once(item.clone()))
                                .collect()
                        })
                    });
                    rows = longer.collect();
                    if rows.len() > 100_000 {
                        return Err(self.refuse("combines too many values"));
                    }
                }
                let rows = rows.into_iter().map(|row| Value::Tuple(row.into()));
                Ok(Some(lazy(Lazy::Items(rows.collect()))))
            }
            ("collections.OrderedDict", _) => self.call_builtin("dict", given.clone()).map(Some),
            ("functools.partial", [function, rest @ ..]) => Ok(Some(
                Local::Partial {
                    function: function.clone(),
                    arguments: Arguments {
                        positional: rest.to_vec(),
                        named: given.named.clone(),
                    },
                }
                .into(),
            )),
            ("functools.lru_cache", []) => Ok(Some(Local::Decorator(Decorates::Keeps).into())),
            ("functools.wraps", [of]) => match Local::of(of) {
                Some(Local::Function(function)) => {
                    let name = function.name.clone();
                    Ok(Some(Local::Decorator(Decorates::Names(name)).into()))
                }
                _ => Ok(None),
            },
            ("copy.deepcopy" | "copy.copy", [of]) => match of {
                Value::List(items) if name == "copy.copy" => Ok(Some(list(items.borrow().clone()))),
                Value::Dict(pairs) if name == "copy.copy" => Ok(Some(dict(pairs.borrow().clone()))),
                _ => Ok(Some(self.frozen(of, 0)?)),
            },
            ("contextlib.suppress", classes) => Ok(Some(Local::Suppress(classes.to_vec()).into())),
            ("contextlib.nullcontext", []) => Ok(Some(Local::Ignored.into())),
            ("typing.cast", [_, value]) => Ok(Some(value.clone())),
            ("typing.TypeVar" | "typing.NewType", _) => Ok(Some(Local::Ignored.into())),
            ("re.sub" | "re.match" | "re.compile" | "re.search" | "re.split" | "re.findall", _) => {
                Err(self.refuse("uses a regular expression"))
            }
            (
                "uuid.UUID"
                | "datetime.timedelta"
                | "datetime.datetime"
                | "datetime.date"
                | "datetime.time"
                | "decimal.Decimal"
                | "datetime.timezone"
                | "enum.auto"
                | "dataclasses.dataclass"
                | "dataclasses.field",
                _,
            ) => {
                let line = self.line;
                let callee = super::local::named(line, name);
                self.symbol(&callee, given.clone()).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// Copies lists and dictionaries to the bottom, so that what is recorded stays as it is.
    pub(super) fn frozen(&mut self, value: &Value, depth: u32) -> Known {
        if depth > super::DEPTH {
            return Err(self.refuse("nests lists too deeply"));
        }
        let mut all = |items: &[Value]| {
            let items = items.iter().map(|item| self.frozen(item, depth + 1));
            items.collect::<Known<Vec<Value>>>()
        };
        Ok(match value {
            Value::List(items) => list(all(&items.borrow())?),
            Value::Tuple(items) => Value::Tuple(all(items)?.into()),
            Value::Set(items) => Value::Set(std::rc::Rc::new(std::cell::RefCell::new(all(
                &items.borrow(),
            )?))),
            Value::Dict(pairs) => {
                let mut copied = Vec::new();
                for (key, value) in pairs.borrow().iter() {
                    copied.push((key.clone(), self.frozen(value, depth + 1)?));
                }
                dict(copied)
            }
            _ => match Local::of(value) {
                Some(Local::Iterator(_)) => {
                    let items = self.spread(value)?;
                    self.frozen(&list(items), depth + 1)?
                }
                Some(Local::View(view)) => list(all(&view.items())?),
                Some(Local::Row(row)) => Value::Tuple(all(&row.values)?.into()),
                _ => value.clone(),
            },
        })
    }

    /// Writes a value as `json.dumps` does.
    fn json(&self, value: &Value, sorted: bool, out: &mut String, depth: u32) -> Known<()> {
        use std::fmt::Write;
        if depth > super::DEPTH {
            return Err(self.refuse("nests lists too deeply"));
        }
        match value {
            Value::None => out.push_str("null"),
            Value::Bool(truth) => _ = write!(out, "{truth}"),
            Value::Int(number) => _ = write!(out, "{number}"),
            Value::Float(number) => out.push_str(&super::text::float(*number)),
            Value::List(items) => self.json_list(&items.borrow(), sorted, out, depth)?,
            Value::Tuple(items) => self.json_list(items, sorted, out, depth)?,
            Value::Dict(pairs) => {
                let mut written = Vec::new();
                for (key, value) in pairs.borrow().iter() {
                    let Some(key) = text(key) else {
                        return Err(self.refuse("writes a key as JSON that is no text"));
                    };
                    written.push((key, value.clone()));
                }
                if sorted {
                    written.sort_by(|(left, _), (right, _)| left.cmp(right));
                }
                out.push('{');
                for (index, (key, value)) in written.iter().enumerate() {
                    if index > 0 {
                        out.push_str(", ");
                    }
                    super::json::quoted(key, out);
                    out.push_str(": ");
                    self.json(value, sorted, out, depth + 1)?;
                }
                out.push('}');
            }
            _ => match text(value) {
                Some(text) => super::json::quoted(&text, out),
                None => {
                    let what = describe(value);
                    return Err(self.refuse(format!("writes {what} as JSON")));
                }
            },
        }
        Ok(())
    }

    fn json_list(&self, items: &[Value], sorted: bool, out: &mut String, depth: u32) -> Known<()> {
        out.push('[');
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                out.push_str(", ");
            }
            self.json(item, sorted, out, depth + 1)?;
        }
        out.push(']');
        Ok(())
    }
}

/// `textwrap.dedent`
fn dedent(text: &str) -> String {
    let blank = |line: &str| line.trim_matches([' ', '\t']).is_empty();
    let mut margin: Option<&str> = None;
    for line in text.split('\n') {
        if blank(line) {
            continue;
        }
        let indent = &line[..line.len() - line.trim_start_matches([' ', '\t']).len()];
        margin = Some(match margin {
            None => indent,
            Some(margin) => {
                let same = margin
                    .bytes()
                    .zip(indent.bytes())
                    .take_while(|(a, b)| a == b);
                &margin[..same.count()]
            }
        });
    }
    let margin = margin.unwrap_or_default();
    let lines = text.split('\n').map(|line| match blank(line) {
        true => "",
        false => line.strip_prefix(margin).unwrap_or(line),
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// `inspect.cleandoc`
fn cleandoc(text: &str) -> String {
    let mut lines = text.split('\n');
    let first = lines.next().unwrap_or_default().trim_start().to_owned();
    let rest: Vec<&str> = lines.collect();
    let indent = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let margin = rest
        .iter()
        .filter(|line| !line.trim().is_empty())
        .map(|line| indent(line))
        .min();
    let margin = margin.unwrap_or(0);
    let mut out = vec![first];
    out.extend(
        rest.iter()
            .map(|line| line.get(margin..).unwrap_or("").to_owned()),
    );
    while out.last().is_some_and(String::is_empty) {
        out.pop();
    }
    let start = out.iter().take_while(|line| line.is_empty()).count();
    out[start..].join("\n")
}
