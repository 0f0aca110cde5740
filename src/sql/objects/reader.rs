//! The words of a statement as far as they lead to the names of objects.

use super::{Kind, Made, Object, Touched};
use crate::script::Statement;
use crate::sql::split::split;
use crate::sql::words::{Word, Words};

/// Adds the objects of a statement.
pub(super) fn read(statement: &Statement, touched: &mut Touched) {
    let mut reader = Reader {
        whole: &statement.text,
        line: statement.line,
        in_block: false,
        touched,
    };
    reader.statement(Words::new(&statement.text));
}

/// What stands after CREATE, ALTER, DROP and COMMENT ON; longer ones first.
#[rustfmt::skip]
const KINDS: [(&[&str], Kind); 31] = [
    (&["foreign", "data", "wrapper"], Kind::Other("foreign data wrapper")),
    (&["text", "search", "configuration"], Kind::Other("text search configuration")),
    (&["text", "search", "dictionary"], Kind::Other("text search dictionary")),
    (&["text", "search", "parser"], Kind::Other("text search parser")),
    (&["text", "search", "template"], Kind::Other("text search template")),
    (&["foreign", "table"], Kind::Relation("table")),
    (&["materialized", "view"], Kind::Relation("view")),
    (&["event", "trigger"], Kind::Other("event trigger")),
    (&["access", "method"], Kind::Other("access method")),
    (&["table"], Kind::Relation("table")),
    (&["view"], Kind::Relation("view")),
    (&["index"], Kind::Relation("index")),
    (&["sequence"], Kind::Relation("sequence")),
    (&["type"], Kind::Type("type")),
    (&["domain"], Kind::Type("domain")),
    (&["function"], Kind::Routine("function")),
    (&["procedure"], Kind::Routine("procedure")),
    (&["routine"], Kind::Routine("routine")),
    (&["aggregate"], Kind::Routine("aggregate")),
    (&["schema"], Kind::Other("schema")),
    (&["extension"], Kind::Other("extension")),
    (&["role"], Kind::Other("role")),
    (&["user"], Kind::Other("role")),
    (&["group"], Kind::Other("role")),
    (&["publication"], Kind::Other("publication")),
    (&["subscription"], Kind::Other("subscription")),
    (&["collation"], Kind::Other("collation")),
    (&["statistics"], Kind::Other("statistics")),
    (&["server"], Kind::Other("server")),
    (&["language"], Kind::Other("language")),
    (&["database"], Kind::Other("database")),
];

const TABLE: Kind = Kind::Relation("table");

/// What belongs to a table and is named after it: `DROP TRIGGER t ON users`.
const ON_TABLE: [&str; 4] = ["trigger", "policy", "rule", "constraint"];

struct Reader<'t> {
    whole: &'t str,
    /// The line of what is looked at.
    line: u32,
    /// Whether it stands in the body of a `DO`, behind who knows which condition.
    in_block: bool,
    touched: &'t mut Touched,
}

type Name = (Option<String>, String);

impl Reader<'_> {
    fn statement(&mut self, mut words: Words<'_>) {
        let Some(first) = words.word() else {
            return;
        };
        match first.text.to_ascii_lowercase().as_str() {
            "create" => self.create(words),
            "alter" => self.alter(words),
            "drop" => self.drop(words),
            "comment" if words.take("on") => self.labelled(words),
            "security" if words.take("label") && words.take_past(&["on"]) => self.labelled(words),
            "grant" | "revoke" => self.rights(words),
            "insert" | "merge" if words.take("into") => {
                words.take("only");
                self.one(TABLE, &mut words);
            }
            // The `UPDATE SET` of a MERGE has its table elsewhere.
            "update" if !words.next_is("set") => {
                words.take("only");
                self.one(TABLE, &mut words);
            }
            "delete" if words.take("from") => {
                words.take("only");
                self.one(TABLE, &mut words);
            }
            "truncate" | "lock" => {
                words.take("table");
                self.list(TABLE, words);
            }
            "copy" if !words.next_is("(") => {
                self.one(TABLE, &mut words);
            }
            "refresh" if words.take_all(&["materialized", "view"]) => {
                words.take("concurrently");
                self.one(Kind::Relation("view"), &mut words);
            }
            "with" => self.with(words),
            "do" => self.anonymous(words),
            _ => {}
        }
    }

    fn create(&mut self, mut words: Words<'_>) {
        words.take_all(&["or", "replace"]);
        words.take_one(&["global", "local"]);
        if words.take_one(&["temp", "temporary"]) {
            return;
        }
        while words.take_one(&[
            "unlogged",
            "recursive",
            "trusted",
            "procedural",
            "unique",
            "constraint",
            "default",
        ]) {}
        if words.take_all(&["user", "mapping"]) {
            return;
        }
        let Some(kind) = kind(&mut words) else {
            self.create_on_table(words);
            return;
        };
        words.take("concurrently");
        let unless_there = words.take_all(&["if", "not", "exists"]);
        if kind == Kind::Other("schema") {
            words.take("authorization");
        }
        let is_named = !words.next_is("on");
        let mut schema = None;
        if is_named && let Some((of_name, _)) = self.one(kind, &mut words) {
            schema = of_name;
            self.made(unless_there);
        }
        match kind {
            Kind::Relation("index") if words.take("on") => {
                words.take("only");
                let table = self.one(TABLE, &mut words);
                // An index has the schema of its table.
                if let (Some((Some(of_table), _)), None) = (table, schema)
                    && is_named
                    && let [.., (index, _), _] = self.touched.objects.as_mut_slice()
                {
                    index.schema = Some(of_table.clone());
                    if let Some(made) = self.touched.made.last_mut() {
                        made.object.schema = Some(of_table);
                    }
                }
            }
            Kind::Relation("table") if words.take_all(&["partition", "of"]) => {
                self.one(TABLE, &mut words);
            }
            Kind::Other("statistics") if words.take_past(&["from"]) => {
                self.one(TABLE, &mut words);
            }
            _ => {}
        }
    }

    /// `CREATE TRIGGER t … ON users`, and `CREATE RULE r AS ON UPDATE TO users`
    fn create_on_table(&mut self, mut words: Words<'_>) {
        let is_rule = words.take("rule");
        let found = match is_rule {
            true => words.take_past(&["to"]),
            false => words.take_one(&ON_TABLE) && words.take_past(&["on"]),
        };
        if found {
            self.one(TABLE, &mut words);
        }
    }

    fn alter(&mut self, mut words: Words<'_>) {
        if words.take_all(&["user", "mapping"]) {
            return;
        }
        if words.take_one(&ON_TABLE) {
            if words.take_past(&["on"]) {
                self.one(TABLE, &mut words);
            }
            return;
        }
        let Some(kind) = kind(&mut words) else {
            return;
        };
        words.take_all(&["if", "exists"]);
        words.take("only");
        // `ALTER TABLE ALL IN TABLESPACE`
        if words.take_all(&["all", "in"]) {
            return;
        }
        let Some((schema, name)) = self.one(kind, &mut words) else {
            return;
        };
        words.take("*");
        words.take_parentheses();
        if words.take_all(&["rename", "to"]) {
            if let Some((_, name)) = qualified(&mut words) {
                self.touch(kind, (schema, name));
                self.made(false);
            }
        } else if words.take_all(&["set", "schema"]) {
            if let Some((_, schema)) = qualified(&mut words) {
                self.touch(kind, (Some(schema), name));
                self.made(false);
            }
        } else if words.take_one(&["attach", "detach"]) && words.take("partition") {
            self.one(kind, &mut words);
        }
    }

    fn drop(&mut self, mut words: Words<'_>) {
        if words.take_all(&["user", "mapping"]) {
            return;
        }
        if words.take_one(&ON_TABLE) {
            if words.take_past(&["on"]) {
                self.one(TABLE, &mut words);
            }
            return;
        }
        words.take("procedural");
        if let Some(kind) = kind(&mut words) {
            words.take("concurrently");
            words.take_all(&["if", "exists"]);
            self.list(kind, words);
        }
    }

    /// What follows `COMMENT ON`.
    fn labelled(&mut self, mut words: Words<'_>) {
        if words.take_one(&ON_TABLE) {
            if words.take_past(&["on"]) {
                let kind = if words.take("domain") {
                    Kind::Type("domain")
                } else {
                    TABLE
                };
                self.one(kind, &mut words);
            }
        } else if words.take("column") {
            let mut parts = parts(&mut words);
            // The last one is the column.
            parts.pop();
            if let Some(name) = of_parts(parts) {
                self.touch(TABLE, name);
            }
        } else if let Some(kind) = kind(&mut words) {
            self.one(kind, &mut words);
        }
    }

    /// What follows `GRANT` or `REVOKE`: rights on something, or the membership in a role.
    fn rights(&mut self, mut words: Words<'_>) {
        if !words.take_past(&["on"]) || words.take_one(&["all", "large", "parameter"]) {
            return;
        }
        if words.take_all(&["foreign", "server"]) {
            self.list(Kind::Other("server"), words);
            return;
        }
        let kind = kind(&mut words).unwrap_or(TABLE);
        self.list(kind, words);
    }

    /// A statement whose parts in parentheses, and the main one after them, may change rows.
    fn with(&mut self, mut words: Words<'_>) {
        let mut after_parenthesis = false;
        loop {
            let here = words;
            let Some(word) = words.word() else {
                return;
            };
            let verbs = ["insert", "update", "delete", "merge"];
            if after_parenthesis && verbs.iter().any(|verb| word.is(verb)) {
                self.statement(here);
            }
            after_parenthesis = matches!(word.text, "(" | ")");
        }
    }

    /// What follows `DO`: a body, and perhaps the language that it is written in.
    fn anonymous(&mut self, mut words: Words<'_>) {
        while let Some(word) = words.word() {
            if word.is("language") {
                words.word();
            } else if let Some(body) = word.string() {
                let line = self.line_of(word, words);
                match split(&body, line) {
                    Ok(statements) => {
                        for statement in &statements {
                            self.of_block(statement);
                        }
                    }
                    Err(_) => self.touched.unread.push(line),
                }
            } else {
                // A string whose escapes hide what it says.
                self.touched.unread.push(self.line);
                return;
            }
        }
    }

    /// A piece of a procedural body between two semicolons: statements stand at its beginning and
    /// after the words that open a block.
    fn of_block(&mut self, piece: &Statement) {
        let mut reader = Reader {
            whole: &piece.text,
            line: piece.line,
            in_block: true,
            touched: self.touched,
        };
        let mut words = Words::new(&piece.text);
        loop {
            let mut next = words;
            let Some(first) = next.word() else {
                return;
            };
            reader.line = piece.line;
            reader.line = reader.line_of(first, next);
            if first.is("execute") {
                reader.execute(next);
                return;
            }
            reader.statement(words);
            if !words.take_past(&["begin", "then", "else", "loop"]) {
                return;
            }
        }
    }

    /// What follows `EXECUTE` in a body: SQL where it is one literal.
    fn execute(&mut self, mut words: Words<'_>) {
        let text = words.word().and_then(|word| word.string());
        let is_all = words
            .peek()
            .is_none_or(|word| word.is("using") || word.is("into"));
        match text {
            Some(text) if is_all => self.touched.add_text(&text, self.line),
            _ => self.touched.unread.push(self.line),
        }
    }

    /// Returns the line of a word behind which `rest` goes on.
    fn line_of(&self, word: Word<'_>, rest: Words<'_>) -> u32 {
        let end = self.whole.len() - rest.rest().len();
        let before = &self.whole.as_bytes()[..end - word.text.len()];
        let breaks = before.iter().filter(|byte| **byte == b'\n').count();
        // Where there is no file, there is no line to count from.
        match self.line {
            0 => 0,
            line => line.saturating_add(u32::try_from(breaks).unwrap_or(u32::MAX)),
        }
    }

    fn one(&mut self, kind: Kind, words: &mut Words<'_>) -> Option<Name> {
        let name = qualified(words)?;
        self.touch(kind, name.clone());
        Some(name)
    }

    /// Names separated by commas, functions with their arguments.
    fn list(&mut self, kind: Kind, mut words: Words<'_>) {
        loop {
            words.take("only");
            if self.one(kind, &mut words).is_none() {
                return;
            }
            words.take("*");
            words.take_parentheses();
            if !words.take(",") {
                return;
            }
        }
    }

    fn touch(&mut self, kind: Kind, (schema, name): Name) {
        let object = Object { kind, schema, name };
        self.touched.objects.push((object, self.line));
    }

    /// Says of the object that was touched last that it comes into being.
    fn made(&mut self, unless_there: bool) {
        if let Some((object, _)) = self.touched.objects.last() {
            self.touched.made.push(Made {
                object: object.clone(),
                unless_there: unless_there || self.in_block,
            });
        }
    }
}

fn kind(words: &mut Words<'_>) -> Option<Kind> {
    let found = KINDS.iter().find(|(keywords, _)| words.take_all(keywords));
    found.map(|(_, kind)| *kind)
}

fn parts(words: &mut Words<'_>) -> Vec<String> {
    let mut parts = Vec::new();
    while let Some(name) = words.peek().as_ref().and_then(Word::name) {
        words.word();
        parts.push(name);
        if !words.take(".") {
            break;
        }
    }
    parts
}

fn of_parts(mut parts: Vec<String>) -> Option<Name> {
    let name = parts.pop()?;
    Some((parts.pop(), name))
}

fn qualified(words: &mut Words<'_>) -> Option<Name> {
    of_parts(parts(words))
}
