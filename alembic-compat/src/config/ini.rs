//! The INI format as Python's `configparser` reads it, with the line that each value begins on.
//!
//! The rules are those of its `ConfigParser` as Alembic makes one: `=` or `:` after a key, whole-line
//! comments that begin with `#` or `;` and none after a value, values that go on while lines are
//! indented more deeply, `[DEFAULT]`, and `%(name)s` replaced when a value is asked for.

use std::collections::BTreeMap;

use super::{Problem, Text};

/// The section whose values stand in for those that another one lacks.
const DEFAULT: &str = "DEFAULT";

/// How deep a value may refer to values that refer to values.
const DEPTH: usize = 10;

/// What went wrong, and on which line.
pub(super) type Fault = (u32, Problem);

/// A file, taken apart and not yet interpolated.
#[derive(Clone, Debug, Default)]
pub(super) struct Ini {
    defaults: BTreeMap<String, Text>,
    sections: Vec<(String, BTreeMap<String, Text>)>,
}

impl Ini {
    /// Takes a text apart.
    pub(super) fn parse(text: &str) -> Result<Self, Fault> {
        let mut parser = Parser::default();
        for (index, line) in text.lines().enumerate() {
            let number = u32::try_from(index + 1).unwrap_or(u32::MAX);
            parser.line(line, number)?;
        }
        parser.end_option();
        Ok(parser.ini)
    }

    /// Sets what stands in for a key that no section has.
    pub(super) fn set_default(&mut self, key: &str, value: &str) {
        let value = Text::new(value, 0);
        self.defaults.entry(key.to_owned()).or_insert(value);
    }

    pub(super) fn has_section(&self, section: &str) -> bool {
        self.section(section).is_some()
    }

    /// Returns the names of the sections, in the order of the file.
    pub(super) fn sections(&self) -> impl Iterator<Item = &str> {
        self.sections.iter().map(|(name, _)| name.as_str())
    }

    /// Returns the keys of a section and of the defaults, sorted.
    pub(super) fn keys(&self, section: &str) -> Vec<&str> {
        let own = self.section(section).into_iter().flat_map(BTreeMap::keys);
        let mut keys: Vec<&str> = own
            .chain(self.defaults.keys())
            .map(String::as_str)
            .collect();
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    /// Returns a value with all references replaced; none where neither the section nor the
    /// defaults have it, or there is no such section.
    pub(super) fn get(&self, section: &str, key: &str) -> Result<Option<Text>, Fault> {
        let Some(values) = self.section(section) else {
            return Ok(None);
        };
        let Some(raw) = values.get(key).or_else(|| self.defaults.get(key)) else {
            return Ok(None);
        };
        let mut value = String::new();
        self.interpolate(values, &raw.value, 1, &mut value)
            .map_err(|problem| (raw.line, problem))?;
        Ok(Some(Text::new(value, raw.line)))
    }

    fn section(&self, name: &str) -> Option<&BTreeMap<String, Text>> {
        let found = self.sections.iter().find(|(section, _)| section == name);
        found.map(|(_, values)| values)
    }

    fn interpolate(
        &self,
        values: &BTreeMap<String, Text>,
        raw: &str,
        depth: usize,
        out: &mut String,
    ) -> Result<(), Problem> {
        if depth > DEPTH {
            return Err(Problem::Depth);
        }
        let mut rest = raw;
        while let Some((before, after)) = rest.split_once('%') {
            out.push_str(before);
            if let Some(after) = after.strip_prefix('%') {
                out.push('%');
                rest = after;
                continue;
            }
            let reference = after
                .strip_prefix('(')
                .and_then(|after| after.split_once(")s"));
            let Some((name, after)) = reference.filter(|(name, _)| !name.contains(')')) else {
                let excerpt = format!("%{after}").chars().take(20).collect();
                return Err(Problem::Percent { excerpt });
            };
            let key = name.to_lowercase();
            let Some(value) = values.get(&key).or_else(|| self.defaults.get(&key)) else {
                let name = name.to_owned();
                return Err(Problem::Reference { name });
            };
            if value.value.contains('%') {
                self.interpolate(values, &value.value, depth + 1, out)?;
            } else {
                out.push_str(&value.value);
            }
            rest = after;
        }
        out.push_str(rest);
        Ok(())
    }
}

/// Where values go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    #[default]
    Nowhere,
    Defaults,
    Section(usize),
}

/// A value that may go on.
#[derive(Debug)]
struct Option_ {
    key: String,
    lines: Vec<String>,
    line: u32,
}

#[derive(Debug, Default)]
struct Parser {
    ini: Ini,
    place: Place,
    option: Option<Option_>,
    /// How deeply the last line that began something was indented.
    indent: usize,
}

impl Parser {
    fn line(&mut self, line: &str, number: u32) -> Result<(), Fault> {
        let value = line.trim();
        if value.is_empty() {
            if let Some(option) = &mut self.option {
                option.lines.push(String::new());
            }
            return Ok(());
        }
        if value.starts_with(['#', ';']) {
            return Ok(());
        }
        let indent = line.chars().take_while(|c| c.is_whitespace()).count();
        if let Some(option) = &mut self.option
            && indent > self.indent
        {
            option.lines.push(value.to_owned());
            return Ok(());
        }
        self.indent = indent;
        self.end_option();
        match header(value) {
            Some(name) => self.begin_section(name, number),
            None => self.begin_option(value, number),
        }
    }

    fn begin_section(&mut self, name: &str, line: u32) -> Result<(), Fault> {
        if name == DEFAULT {
            self.place = Place::Defaults;
            return Ok(());
        }
        if self.ini.has_section(name) {
            let section = name.to_owned();
            return Err((line, Problem::DuplicateSection { section }));
        }
        self.place = Place::Section(self.ini.sections.len());
        self.ini.sections.push((name.to_owned(), BTreeMap::new()));
        Ok(())
    }

    fn begin_option(&mut self, text: &str, line: u32) -> Result<(), Fault> {
        let Some(values) = self.values() else {
            return Err((line, Problem::NoSection));
        };
        let (key, value) = match text.split_once(['=', ':']) {
            Some((key, value)) if !key.trim().is_empty() => (key.trim().to_lowercase(), value),
            _ => {
                let text = text.to_owned();
                return Err((line, Problem::NoValue { text }));
            }
        };
        if let Some(first) = values.get(&key) {
            let first = first.line;
            return Err((line, Problem::DuplicateKey { key, first }));
        }
        self.option = Some(Option_ {
            key,
            lines: vec![value.trim().to_owned()],
            line,
        });
        Ok(())
    }

    fn end_option(&mut self) {
        let Some(option) = self.option.take() else {
            return;
        };
        let value = option.lines.join("\n");
        let value = Text::new(value.trim_end(), option.line);
        if let Some(values) = self.values() {
            values.insert(option.key, value);
        }
    }

    fn values(&mut self) -> Option<&mut BTreeMap<String, Text>> {
        match self.place {
            Place::Nowhere => None,
            Place::Defaults => Some(&mut self.ini.defaults),
            Place::Section(index) => self.ini.sections.get_mut(index).map(|(_, values)| values),
        }
    }
}

/// Reads `[name]`; what follows the last bracket is ignored.
fn header(line: &str) -> Option<&str> {
    let (name, _) = line.strip_prefix('[')?.rsplit_once(']')?;
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str, key: &str) -> String {
        let mut ini = Ini::parse(text).unwrap();
        ini.set_default("here", "/srv/app");
        ini.get("alembic", key).unwrap().unwrap().value
    }

    fn fault(text: &str) -> String {
        let fault = Ini::parse(text).and_then(|ini| ini.get("alembic", "a"));
        let (line, problem) = fault.unwrap_err();
        format!("{line}: {problem}")
    }

    #[test]
    fn keys_values_and_comments_are_as_in_python() {
        let text = "# comment\n; comment\n[alembic] ignored\nScript_Location = a # kept\n\
                    b: c = d ; kept\nempty =\n  # no part of it\n";
        assert_eq!(value(text, "script_location"), "a # kept");
        assert_eq!(value(text, "b"), "c = d ; kept");
        assert_eq!(value(text, "empty"), "");
    }

    #[test]
    fn a_value_goes_on_while_lines_are_indented_more() {
        let text = "[alembic]\n  a = one\n    two\n\n  # comment\n\tthree is less than four\n     \
                    [four]\n\n\n  b = c\n";
        // A tab is one column for Python, and so begins a key of its own here.
        assert!(Ini::parse(text).is_err());
        let text = text.replace('\t', "    ");
        assert_eq!(
            value(&text, "a"),
            "one\ntwo\n\nthree is less than four\n[four]"
        );
        assert_eq!(value(&text, "b"), "c");
    }

    #[test]
    fn references_are_replaced_when_asked_for() {
        let text = "[DEFAULT]\nname = x\n[alembic]\na = %(here)s/%(Name)s%%\nname = %(other)s\n\
                    other = y\n[more]\nb = %(name)s %(here)s\n";
        assert_eq!(value(text, "a"), "/srv/app/y%");
        let ini = Ini::parse(text).unwrap();
        assert_eq!(ini.get("none", "name").unwrap(), None);
        assert_eq!(ini.get("more", "name").unwrap().unwrap().value, "x");
        assert_eq!(ini.keys("more"), ["b", "name"]);
        assert_eq!(ini.sections().collect::<Vec<_>>(), ["alembic", "more"]);
    }

    #[test]
    fn what_python_refuses_is_refused_with_its_line() {
        assert_eq!(fault("a = 1"), "1: a value stands above the first section");
        assert_eq!(fault("[x]\n[x]"), "2: there is a section `[x]` already");
        assert_eq!(fault("[x]\na=1\nA=2"), "3: `a` is already set on line 2");
        assert_eq!(
            fault("[x]\njust words"),
            "2: `just words` is no `key = value`"
        );
        assert_eq!(fault("[x]\n= 1"), "2: `= 1` is no `key = value`");
        assert_eq!(
            fault("[alembic]\n\na = %d"),
            "3: `%d` is no reference: a `%` of its own is written `%%`"
        );
        assert_eq!(
            fault("[alembic]\na = %(b)s"),
            "2: there is no value `b` to put in"
        );
        assert_eq!(
            fault("[alembic]\na = %(a)s"),
            "2: the value refers to itself, or goes too deep"
        );
    }
}
