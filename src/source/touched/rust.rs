//! The objects of a Rust-coded revision, from the method calls in it.
//!
//! Works on tokens, so that a file which does not compile at the moment can still be read. Builders
//! are followed to the name they begin with: `table("users").column(…)`.

use std::collections::HashMap;
use std::str::FromStr;

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

use super::{TABLE, add};
use crate::sql::objects::{Kind, Touched};

const INDEX: Kind = Kind::Relation("index");
const VIEW: Kind = Kind::Relation("view");
const TYPE: Kind = Kind::Type("type");
const FUNCTION: Kind = Kind::Routine("function");

pub(super) fn touched(source: &str) -> Touched {
    let mut reader = Reader::default();
    match TokenStream::from_str(source) {
        Ok(tokens) => {
            let tokens: Vec<_> = tokens.into_iter().collect();
            reader.constants(&tokens);
            reader.calls(&tokens);
        }
        Err(_) => reader.touched.unread.push(1),
    }
    // The parser keeps every text it has seen on this thread until told to forget.
    proc_macro2::extra::invalidate_current_thread_spans();
    reader.touched
}

#[derive(Default)]
struct Reader {
    /// The constants of the file that are texts.
    constants: HashMap<String, (String, u32)>,
    touched: Touched,
}

/// What an expression is, as far as it matters here.
enum Value {
    Text(String, u32),
    /// A tuple of two texts: a schema and a name.
    Pair(String, String),
    Call {
        function: String,
        arguments: Vec<Vec<TokenTree>>,
        /// What `.schema("…")` was called with.
        schema: Option<String>,
    },
    Unknown,
}

type Name = (Option<String>, String);

impl Reader {
    /// Collects `const X: &str = "…";`.
    fn constants(&mut self, tokens: &[TokenTree]) {
        for (at, token) in tokens.iter().enumerate() {
            match token {
                TokenTree::Group(group) => {
                    let inner: Vec<_> = group.stream().into_iter().collect();
                    self.constants(&inner);
                }
                TokenTree::Ident(word) if *word == "const" || *word == "static" => {
                    let rest = &tokens[at + 1..];
                    let end = rest.iter().position(|token| is(token, ';'));
                    let item = &rest[..end.unwrap_or(rest.len())];
                    if let [
                        TokenTree::Ident(name),
                        ..,
                        equals,
                        TokenTree::Literal(value),
                    ] = item
                        && is(equals, '=')
                        && let Some(text) = text(value)
                    {
                        let value = (text, line(value.span()));
                        self.constants.insert(name.to_string(), value);
                    }
                }
                _ => {}
            }
        }
    }

    fn calls(&mut self, tokens: &[TokenTree]) {
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            match &tokens[at..] {
                [TokenTree::Ident(word), TokenTree::Ident(name), ..]
                    if *word == "fn" && *name == "downgrade" =>
                {
                    let body = |token: &TokenTree| matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace);
                    let end = tokens[at..].iter().position(body);
                    at += end.unwrap_or(tokens.len());
                }
                [dot, TokenTree::Ident(method), TokenTree::Group(group), ..]
                    if is(dot, '.') && group.delimiter() == Delimiter::Parenthesis =>
                {
                    let line = line(method.span());
                    self.call(&method.to_string(), &arguments(group), line);
                }
                _ => {
                    if let TokenTree::Group(group) = token {
                        let inner: Vec<_> = group.stream().into_iter().collect();
                        self.calls(&inner);
                    }
                }
            }
            at += 1;
        }
    }

    fn call(&mut self, method: &str, arguments: &[Vec<TokenTree>], line: u32) {
        let mut first = |kind| self.named(arguments.first(), kind, line);
        match method {
            "create_table"
            | "drop_table"
            | "add_column"
            | "drop_column"
            | "alter_column"
            | "create_table_comment"
            | "drop_table_comment"
            | "create_column_comment"
            | "drop_column_comment"
            | "bulk_insert"
            | "create_constraint"
            | "create_primary_key"
            | "create_unique_constraint"
            | "create_check_constraint"
            | "create_foreign_key"
            | "create_exclude_constraint"
            | "drop_constraint"
            | "rename_constraint"
            | "validate_constraint"
            | "drop_trigger" => {
                first(TABLE);
            }
            "create_enum" | "drop_enum" | "add_enum_value" | "rename_enum_value" => {
                first(TYPE);
            }
            "create_view" | "drop_view" | "drop_materialized_view" => {
                first(VIEW);
            }
            "create_function" | "drop_function" => {
                first(FUNCTION);
            }
            "create_schema" | "drop_schema" => {
                first(Kind::Other("schema"));
            }
            "create_extension" | "drop_extension" => {
                first(Kind::Other("extension"));
            }
            "rename_table" => self.renamed(arguments, TABLE, line),
            "rename_index" => self.renamed(arguments, INDEX, line),
            "rename_type" => self.renamed(arguments, TYPE, line),
            "create_index" | "drop_index" => {
                first(INDEX);
                self.second_of("index", arguments, line);
            }
            "create_trigger" => self.second_of("trigger", arguments, line),
            "execute" | "query" => self.sql(arguments.first(), line),
            "record" => self.touched.unread.push(line),
            _ => {}
        }
    }

    fn named(&mut self, argument: Option<&Vec<TokenTree>>, kind: Kind, line: u32) -> Option<Name> {
        let name = argument.and_then(|argument| self.name(argument));
        match &name {
            Some(name) => add(&mut self.touched, kind, name.clone(), line),
            None => self.touched.unread.push(line),
        }
        name
    }

    /// The old name and the new one, which is in the same schema.
    fn renamed(&mut self, arguments: &[Vec<TokenTree>], kind: Kind, line: u32) {
        let schema = self.named(arguments.first(), kind, line);
        let to = arguments.get(1).and_then(|argument| self.name(argument));
        if let (Some((schema, _)), Some((_, name))) = (schema, to) {
            add(&mut self.touched, kind, (schema, name), line);
        }
    }

    /// The table that `index("…", "…")` and `trigger("…", "…")` have as their second argument.
    fn second_of(&mut self, builder: &str, arguments: &[Vec<TokenTree>], line: u32) {
        let mut tokens = arguments.first().cloned().unwrap_or_default();
        while let Value::Call {
            function,
            arguments,
            ..
        } = self.value(&tokens)
        {
            if function == builder {
                self.named(arguments.get(1), TABLE, line);
                return;
            }
            tokens = arguments.first().cloned().unwrap_or_default();
        }
    }

    fn sql(&mut self, argument: Option<&Vec<TokenTree>>, line: u32) {
        let mut tokens = argument.cloned().unwrap_or_default();
        loop {
            match self.value(&tokens) {
                Value::Text(text, line) => return self.touched.add_text(&text, line),
                Value::Call {
                    function,
                    arguments,
                    ..
                } if function == "sql" || function == "from" => {
                    tokens = arguments.first().cloned().unwrap_or_default();
                }
                _ => return self.touched.unread.push(line),
            }
        }
    }

    /// Returns the name that an expression is, or that the builder in it begins with.
    fn name(&self, tokens: &[TokenTree]) -> Option<Name> {
        match self.value(tokens) {
            Value::Text(name, _) => Some((None, name)),
            Value::Pair(schema, name) => Some((Some(schema), name)),
            Value::Call {
                arguments, schema, ..
            } => {
                let (of_name, name) = self.name(arguments.first()?)?;
                Some((schema.or(of_name), name))
            }
            Value::Unknown => None,
        }
    }

    fn value(&self, tokens: &[TokenTree]) -> Value {
        match tokens {
            [and, rest @ ..] if is(and, '&') => self.value(rest),
            [TokenTree::Literal(literal), ..] => match text(literal) {
                Some(text) => Value::Text(text, line(literal.span())),
                None => Value::Unknown,
            },
            [TokenTree::Group(group), ..] if group.delimiter() == Delimiter::Parenthesis => {
                match arguments(group).as_slice() {
                    [one] => self.value(one),
                    [schema, name] => match (self.value(schema), self.value(name)) {
                        (Value::Text(schema, _), Value::Text(name, _)) => Value::Pair(schema, name),
                        _ => Value::Unknown,
                    },
                    _ => Value::Unknown,
                }
            }
            [TokenTree::Ident(word), ..] => self.path(&word.to_string(), &tokens[1..]),
            _ => Value::Unknown,
        }
    }

    /// A path by its last word: a constant, or a function that is called.
    fn path(&self, word: &str, rest: &[TokenTree]) -> Value {
        match rest {
            [one, two, TokenTree::Ident(next), rest @ ..] if is(one, ':') && is(two, ':') => {
                self.path(&next.to_string(), rest)
            }
            [TokenTree::Group(group), chain @ ..]
                if group.delimiter() == Delimiter::Parenthesis =>
            {
                Value::Call {
                    function: word.to_owned(),
                    arguments: arguments(group),
                    schema: self.schema(chain),
                }
            }
            [] => self.constant(word),
            [dot, ..] if is(dot, '.') => self.constant(word),
            _ => Value::Unknown,
        }
    }

    fn constant(&self, name: &str) -> Value {
        match self.constants.get(name) {
            Some((text, line)) => Value::Text(text.clone(), *line),
            None => Value::Unknown,
        }
    }

    fn schema(&self, chain: &[TokenTree]) -> Option<String> {
        chain.windows(3).find_map(|window| match window {
            [dot, TokenTree::Ident(method), TokenTree::Group(group)]
                if is(dot, '.') && *method == "schema" =>
            {
                match self.value(arguments(group).first()?) {
                    Value::Text(schema, _) => Some(schema),
                    _ => None,
                }
            }
            _ => None,
        })
    }
}

fn is(token: &TokenTree, mark: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == mark)
}

fn arguments(group: &Group) -> Vec<Vec<TokenTree>> {
    let mut arguments = vec![Vec::new()];
    for token in group.stream() {
        if is(&token, ',') {
            arguments.push(Vec::new());
        } else if let Some(last) = arguments.last_mut() {
            last.push(token);
        }
    }
    // What a comma at the end leaves.
    if arguments.last().is_some_and(Vec::is_empty) {
        arguments.pop();
    }
    arguments
}

fn text(literal: &proc_macro2::Literal) -> Option<String> {
    match syn::Lit::new(literal.clone()) {
        syn::Lit::Str(text) => Some(text.value()),
        _ => None,
    }
}

fn line(span: proc_macro2::Span) -> u32 {
    u32::try_from(span.start().line).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::super::told;
    use super::*;

    #[test]
    fn the_methods_name_what_they_touch() {
        let source = r##"//! x
use limbeck::prelude::*;
const CHATS: &str = "chats";
pub fn upgrade(op: &mut Op) -> Result<()> {
    op.create_table(table("a").column(column("id", "bigint")).schema("app"))?;
    op.create_table(limbeck::op::table(("s", "b")))?;
    op.add_column(CHATS, column("x", "text"))?;
    op.rename_table(("s", "c"), "d".to_owned())?;
    op.create_index(index("ix", &("s", "e")).on("x"))?;
    op.no_transaction(|op| {
        op.drop_index(dropping(index("iy", "f")).concurrently())
    })?;
    op.drop_index("iz")?;
    op.create_trigger(trigger("t", "g").fires("x"))?;
    op.create_view(view("v", "SELECT 1"))?;
    op.execute("UPDATE h SET a = 1")?;
    op.execute(
        sql(r#"
            ALTER TYPE mood ADD VALUE 'x';
            DROP SCHEMA app"#).reversed_by("DROP TABLE no"),
    )?;
    for name in ["i", "j"] {
        op.drop_table(name)?;
        op.execute(format!("DROP TABLE {name}"))?;
    }
    Ok(())
}
pub fn downgrade(op: &mut Op) -> Result<()> {
    op.drop_table("z")
}
"##;
        assert_eq!(
            told(&touched(source)),
            [
                "5 table `app.a`",
                "6 table `s.b`",
                "7 table `chats`",
                "8 table `s.c`",
                "8 table `s.d`",
                "9 index `ix`",
                "9 table `s.e`",
                "11 index `iy`",
                "11 table `f`",
                "13 index `iz`",
                "14 table `g`",
                "15 view `v`",
                "16 table `h`",
                "19 type `mood`",
                "20 schema `app`",
                "23 ?",
                "24 ?",
            ]
        );
        assert_eq!(told(&touched("fn upgrade() {")), ["1 ?"]);
    }
}
