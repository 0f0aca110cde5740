//! What can be told of a statement by its first words.

/// Tells whether a statement returns rows.
pub(super) fn returns_rows(sql: &str) -> bool {
    let mut words = Words {
        rest: sql,
        depth: 0,
    };
    let first = words.next_at_top();
    let verb = match first.as_deref() {
        Some("with") => loop {
            match words.next_at_top() {
                Some(word) if VERBS.contains(&&*word) => break Some(word),
                Some(_) => {}
                None => break None,
            }
        },
        _ => first,
    };
    match verb.as_deref() {
        Some("insert" | "update" | "delete" | "merge") => {
            std::iter::from_fn(|| words.next_at_top()).any(|word| word == "returning")
        }
        Some("select" | "values" | "table" | "show" | "explain" | "fetch" | "execute") => true,
        // A query in parentheses has no word outside of them.
        None => true,
        Some(_) => false,
    }
}

/// What a statement can be after its `WITH`.
const VERBS: [&str; 6] = ["select", "insert", "update", "delete", "values", "merge"];

/// The words of a statement, in lower case; comments and quoted texts are none.
struct Words<'a> {
    rest: &'a str,
    depth: u32,
}

impl Words<'_> {
    /// Returns the next word that is not in parentheses.
    fn next_at_top(&mut self) -> Option<String> {
        loop {
            let c = self.rest.chars().next()?;
            if c.is_alphabetic() || c == '_' {
                let end = self
                    .rest
                    .find(|c: char| !c.is_alphanumeric() && c != '_' && c != '$');
                let (word, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
                self.rest = rest;
                if self.depth == 0 {
                    return Some(word.to_ascii_lowercase());
                }
                continue;
            }
            let skipped = match c {
                '\'' | '"' => self.rest[1..].find(c).map(|end| end + 2),
                '-' if self.rest.starts_with("--") => self.rest.find('\n'),
                '/' if self.rest.starts_with("/*") => self.rest.find("*/").map(|end| end + 2),
                '$' => self.rest[1..].find('$').and_then(|end| {
                    let (quote, rest) = self.rest.split_at(end + 2);
                    let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$');
                    match quote.chars().all(plain) {
                        true => rest.find(quote).map(|at| at + 2 * quote.len()),
                        false => Some(1),
                    }
                }),
                _ => Some(c.len_utf8()),
            };
            match c {
                '(' => self.depth += 1,
                ')' => self.depth = self.depth.saturating_sub(1),
                _ => {}
            }
            self.rest = &self.rest[skipped.unwrap_or(self.rest.len())..];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::returns_rows;

    #[test]
    fn the_verb_tells() {
        for sql in [
            "select 1",
            "  -- update\n SELECT 1",
            "/* delete */ (select 1)",
            "with a as (update t set x = 1 returning x) select * from a",
            "WITH RECURSIVE a (n) AS (VALUES (1)) SELECT n FROM a",
            "insert into t values ('returning') returning id",
            "update t set a = 1 RETURNING a",
            "show server_version",
            "values (1)",
            "",
        ] {
            assert!(returns_rows(sql), "{sql}");
        }
        for sql in [
            "update t set a = (select 1)",
            "with a as (select 1) update t set x = 1",
            "insert into t values ('returning')",
            "insert into t select \"returning\" from (select 1 as returning) x",
            "delete from t where a = $$ returning $$",
            "alter table t add a int",
            "lock table t",
            "do $x$ begin select 1; end $x$",
        ] {
            assert!(!returns_rows(sql), "{sql}");
        }
    }
}
