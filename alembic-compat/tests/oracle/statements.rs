//! Statements, as they are compared.

use std::collections::BTreeMap;

use alembic_compat::translate::render::Renderer;
use alembic_compat::translate::value::Deed;
use alembic_compat::translate::{Direction, Settings, Translator};

/// Returns the statements that a function of a script makes, or why it is not translated.
pub fn translated(
    script: &str,
    direction: Direction,
    convention: &BTreeMap<String, String>,
) -> Result<Vec<String>, String> {
    let mut settings = Settings::default();
    settings.naming_convention = convention.clone();
    let translator = Translator::new(settings.clone());
    let actions = translator
        .actions(script, direction)
        .map_err(|refused| refused.to_string())?;
    let mut renderer = Renderer::new(&settings);
    let mut statements = Vec::new();
    for action in &actions {
        match action.deed {
            Deed::AutocommitBegins => statements.push("COMMIT".to_owned()),
            Deed::AutocommitEnds => statements.push("BEGIN".to_owned()),
            _ => {
                let written = renderer.render(action);
                statements.extend(written.map_err(|refused| refused.to_string())?);
            }
        }
    }
    Ok(statements)
}

/// Brings statements to the form in which they are compared: white space is one blank, and what
/// SQLAlchemy writes in the order of a set is sorted.
pub fn comparable(statements: &[String]) -> Vec<String> {
    let mut plain: Vec<String> = statements
        .iter()
        .map(|statement| {
            let words = statement.split_whitespace().collect::<Vec<_>>().join(" ");
            checked(&words.replace("( ", "(").replace(" )", ")"))
        })
        .collect();
    let kind = |statement: &String| {
        if statement.starts_with("CREATE INDEX") || statement.starts_with("CREATE UNIQUE INDEX") {
            1
        } else if statement.starts_with("ALTER TABLE") && added(statement) {
            2
        } else {
            0
        }
    };
    let mut from = 0;
    while from < plain.len() {
        let kind_of = kind(&plain[from]);
        let mut to = from + 1;
        while kind_of != 0 && to < plain.len() && kind(&plain[to]) == kind_of {
            to += 1;
        }
        plain[from..to].sort();
        from = to;
    }
    plain
}

fn added(statement: &str) -> bool {
    ["CONSTRAINT ", "UNIQUE ", "CHECK ", "FOREIGN KEY"]
        .iter()
        .any(|what| statement.contains(&format!(" ADD {what}")))
}

/// Takes the question whether a thing is there off a statement that asks it.
fn checked(statement: &str) -> String {
    let inner = statement
        .strip_prefix("DO $")
        .and_then(|it| it.split_once(" THEN "))
        .and_then(|(_, it)| it.rsplit_once("; END IF; END "));
    match inner {
        Some((inner, _)) => format!("checked: {inner}"),
        None => statement.to_owned(),
    }
}
