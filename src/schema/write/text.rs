//! Pieces of SQL that several statements have.

use crate::sql::quote::{ident, literal};

/// Returns storage parameters for the parentheses of `WITH (…)` or `SET (…)`.
pub(super) fn parameters(options: &[String]) -> String {
    let list: Vec<String> = options
        .iter()
        .map(|option| match option.split_once('=') {
            Some((name, value)) => format!("{name} = {}", parameter(value)),
            None => option.clone(),
        })
        .collect();
    list.join(", ")
}

/// Writes a value plainly where the grammar has a word or number for it.
fn parameter(value: &str) -> String {
    let digits = value.strip_prefix('-').unwrap_or(value);
    let is_number =
        digits.parse::<f64>().is_ok() && digits.starts_with(|c: char| c.is_ascii_digit());
    if is_number || ["true", "false", "on", "off"].contains(&value) {
        return value.to_owned();
    }
    literal(value)
}

/// Returns ` OPTIONS (…)` for a foreign server, where there are any.
pub(super) fn server_options(options: &[String]) -> String {
    if options.is_empty() {
        return String::new();
    }
    let list: Vec<String> = options
        .iter()
        .filter_map(|option| option.split_once('='))
        .map(|(name, value)| format!("{} {}", ident(name), literal(value)))
        .collect();
    format!(" OPTIONS ({})", list.join(", "))
}

/// Returns a list on lines of its own in parentheses.
pub(super) fn block(items: &[String]) -> String {
    if items.is_empty() {
        return "()".to_owned();
    }
    format!("(\n    {}\n)", items.join(",\n    "))
}

/// Returns a definition of the server's without what ends it.
pub(super) fn trimmed(definition: &str) -> &str {
    definition.trim_end().trim_end_matches(';').trim_end()
}
