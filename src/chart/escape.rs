//! Text inside of markup: nothing that a revision says may become a tag, a quote or a script.

/// Returns a text for XML and HTML, inside of elements and of quoted attributes.
///
/// Characters that XML cannot hold become the one that stands for unknown ones.
pub(super) fn markup(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\t' | '\n' => out.push(character),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// Returns JSON that can stand in a script of a page: `<` would end or open what it must not.
pub(super) fn script(json: &str) -> String {
    json.replace('<', "\\u003c")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_is_markup() {
        assert_eq!(
            markup("<b title=\"a\">&'\u{1}é</b>"),
            "&lt;b title=&quot;a&quot;&gt;&amp;&#39;\u{fffd}é&lt;/b&gt;"
        );
        assert_eq!(
            script("[\"</script><!--\"]"),
            "[\"\\u003c/script>\\u003c!--\"]"
        );
    }
}
