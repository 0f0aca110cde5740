//! Python as text: how deep it nests, looked at before it is parsed.
//!
//! A syntax tree is walked by functions that call themselves. What nests without end would end them, and
//! the program with them, so it is refused before there is a tree.

use ruff_python_ast::{ModModule, PySourceType};
use ruff_python_parser::{Parsed, parse_unchecked_source};

/// How deep a file may nest: brackets, blocks, and operators between two commas.
const DEEPEST: usize = 400;

/// How much a level weighs against an operator between two operands, whose tree is only walked.
const LEVEL: usize = 4;

/// Where a file nests too deep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the file nests more than {DEEPEST} levels deep")]
pub(crate) struct TooDeep {
    /// The line (1-based).
    pub(crate) line: u32,
}

/// Parses a file, whatever errors it has.
pub(crate) fn parse(text: &str) -> Result<Parsed<ModModule>, TooDeep> {
    check(text)?;
    Ok(parse_unchecked_source(text, PySourceType::Python))
}

/// Counts levels without parsing, rather too many than too few.
fn check(text: &str) -> Result<(), TooDeep> {
    // Every level takes a character, and few files are as long as that on one line.
    if text.len() <= DEEPEST * LEVEL {
        return Ok(());
    }
    let mut scan = Scan::new(text);
    while let Some(byte) = scan.next() {
        match byte {
            b'#' => scan.skip_line(),
            b'\'' | b'"' => {
                scan.skip_text(byte);
                scan.operand = true;
            }
            b'\\' => _ = scan.next(),
            b'\n' => scan.end_line(),
            b'(' | b'[' | b'{' => {
                scan.operator();
                scan.around.push(std::mem::take(&mut scan.levels));
            }
            b')' | b']' | b'}' => {
                let around = scan.around.pop();
                scan.deep -= scan.levels;
                scan.levels = around.unwrap_or_default();
                scan.operand = true;
            }
            b',' | b';' => {
                scan.reset();
                scan.operand = false;
            }
            byte if byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80 => {
                scan.skip_word();
            }
            byte if byte.is_ascii_whitespace() => {}
            byte if byte.is_ascii_digit() => scan.operand = true,
            _ => scan.operator(),
        }
        if scan.deep + scan.blocks.len() * LEVEL > DEEPEST * LEVEL {
            return Err(TooDeep { line: scan.line });
        }
    }
    Ok(())
}

/// A text that is gone through byte by byte.
struct Scan<'a> {
    text: &'a [u8],
    at: usize,
    line: u32,
    /// The levels that are open, those of all brackets together.
    deep: usize,
    /// Those since the last comma within the innermost bracket.
    levels: usize,
    /// Those of the brackets around it.
    around: Vec<usize>,
    /// How far the blocks around this line are indented.
    blocks: Vec<usize>,
    /// Whether an operator would have something before it.
    operand: bool,
}

impl<'a> Scan<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            text: text.as_bytes(),
            at: 0,
            line: 1,
            deep: 0,
            levels: 0,
            around: Vec::new(),
            blocks: Vec::new(),
            operand: false,
        }
    }

    fn next(&mut self) -> Option<u8> {
        let byte = *self.text.get(self.at)?;
        self.at += 1;
        self.line += u32::from(byte == b'\n');
        Some(byte)
    }

    fn level(&mut self, weight: usize) {
        self.levels += weight;
        self.deep += weight;
        self.operand = false;
    }

    fn operator(&mut self) {
        match self.operand {
            true => self.level(1),
            false => self.level(LEVEL),
        }
    }

    fn reset(&mut self) {
        self.deep -= self.levels;
        self.levels = 0;
    }

    fn skip_line(&mut self) {
        let rest = self.text[self.at..].iter();
        self.at += rest.take_while(|byte| **byte != b'\n').count();
    }

    /// Ends a line, which outside of brackets ends a statement.
    fn end_line(&mut self) {
        if !self.around.is_empty() {
            return;
        }
        self.reset();
        self.operand = false;
        let rest = &self.text[self.at..];
        let indent = rest
            .iter()
            .take_while(|it| matches!(it, b' ' | b'\t'))
            .count();
        if rest
            .get(indent)
            .is_some_and(|it| !matches!(it, b'\n' | b'\r' | b'#'))
        {
            while self.blocks.last().is_some_and(|block| *block >= indent) {
                self.blocks.pop();
            }
            if indent > 0 {
                self.blocks.push(indent);
            }
        }
    }

    /// Skips a word; that it may be an operator counts as a level.
    fn skip_word(&mut self) {
        let start = self.at - 1;
        let rest = self.text[self.at..].iter();
        let part = |byte: &&u8| byte.is_ascii_alphanumeric() || **byte == b'_' || **byte >= 0x80;
        self.at += rest.take_while(part).count();
        let word = &self.text[start..self.at];
        let quote = self.text.get(self.at).copied();
        match (word, quote) {
            // What an f-string holds in braces is an expression.
            (
                b"f" | b"F" | b"rf" | b"fr" | b"Rf" | b"fR" | b"rF" | b"Fr" | b"RF" | b"FR",
                Some(quote @ (b'\'' | b'"')),
            ) => {
                self.at += 1;
                let from = self.at;
                self.skip_text(quote);
                for byte in &self.text[from..self.at] {
                    if *byte == b'{' {
                        self.level(1);
                    }
                }
                self.operand = true;
            }
            (
                b"r" | b"R" | b"b" | b"B" | b"u" | b"U" | b"br" | b"rb" | b"Br" | b"bR" | b"BR"
                | b"Rb" | b"rB" | b"RB",
                Some(quote @ (b'\'' | b'"')),
            ) => {
                self.at += 1;
                self.skip_text(quote);
                self.operand = true;
            }
            (
                b"not" | b"lambda" | b"await" | b"yield" | b"if" | b"else" | b"and" | b"or" | b"in"
                | b"is" | b"for" | b"elif",
                _,
            ) => {
                self.level(LEVEL);
            }
            _ => self.operand = true,
        }
    }

    /// Skips a string, of which the first quote is read.
    fn skip_text(&mut self, quote: u8) {
        let triple = self.text[self.at..].starts_with(&[quote, quote]);
        if triple {
            self.at += 2;
        }
        while let Some(byte) = self.next() {
            match byte {
                b'\\' => _ = self.next(),
                byte if byte == quote => {
                    if !triple {
                        return;
                    }
                    if self.text[self.at..].starts_with(&[quote, quote]) {
                        self.at += 2;
                        return;
                    }
                }
                b'\n' if !triple => return,
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nests_without_end_is_refused_with_its_line() {
        let many = |one: &str| one.repeat(20_000);
        for text in [
            format!("x = {}1", many("-")),
            format!("x = {}1", many("not ")),
            format!("x = {}1{}", many("("), many(")")),
            format!("x = {}{}", many("["), many("]")),
            format!("x = {}1", many("lambda: ")),
            format!("x = 1{}", many(" + 1")),
            format!("x = a{}", many(".a")),
            format!("x = a{}", many("()")),
            format!("x = a{}", many("[0]")),
            format!("x = {}1", many("1 if 1 else ")),
            format!("x = {}1", many("2 ** ")),
            format!("x = f'{}'", many("{a}")),
            format!("x = (\n{}1)", many("-")),
            format!("x = [1, {}1]", many("-")),
            (0..2000)
                .map(|at| format!("{}if 1:\n", " ".repeat(at)))
                .collect(),
        ] {
            let text = format!("revision = 'a'\n{text}\n");
            let refused = parse(&text).map(|_| ());
            assert!(
                matches!(refused, Err(TooDeep { line: 2.. })),
                "{}",
                &text[..60]
            );
        }
    }

    #[test]
    fn what_is_only_long_is_parsed() {
        let many = |one: &str| one.repeat(20_000);
        for text in [
            format!("x = [{}]", many("-1, ")),
            format!("x = [{}]", many("(1, [2]), ")),
            format!("x = '''{}'''", many("((- \n")),
            format!("x = '{}' # {}", many("(("), many("((")),
            many("x = -1\n"),
            many("if x:\n  y()\n"),
            format!("x({})", many("a=f'{b}',\n")),
            format!("x = ({})", many("'a' \n")),
        ] {
            let parsed = parse(&text).unwrap();
            assert!(parsed.errors().is_empty(), "{}", &text[..40]);
        }
    }

    #[test]
    fn what_nests_as_deep_as_may_be_is_walked() {
        let many = |one: &str| one.repeat(DEEPEST - 10);
        for text in [
            format!("x = {}1", many("-")),
            format!("x = {}1{}", many("("), many(")")),
            format!("x = {}1", many("lambda: ")),
            format!("x = 1{}", many(" + 1")),
            format!("x = {}{}", many("["), many("]")),
            format!("x = {}{}", many("{1:"), many("}")),
            format!("x = a{}", many(".a")),
        ] {
            let text =
                format!("revision = 'a'\ndown_revision = None\n{text}\ndef upgrade():\n  y = x\n");
            let _ = crate::revision::read("a.py", &text);
            let _ = crate::revision::calls(&text);
            let translator = crate::translate::Translator::default();
            let _ = translator.actions(&text, crate::translate::Direction::Upgrade);
        }
    }
}
