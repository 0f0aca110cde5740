//! What a revision runs, to be looked at and not to be run.

use crate::catalog::Catalog;
use crate::execute::{Options, entry};
use crate::id::RevisionId;
use crate::op::Arguments;
use crate::script::Body;
use crate::source::{Section, sections};

/// What there is to see of a revision.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// Its SQL, as far as it is known without a database.
    pub sections: Vec<(Section, String)>,
    /// The text of its file, where that is more than the SQL.
    pub source: Option<String>,
}

/// Shows a revision: the sections of a SQL file as they are written, and of any other its text with
/// what it sends, as far as this program can tell without a database.
#[must_use]
pub fn show(catalog: &Catalog, revision: &RevisionId, arguments: &Arguments) -> Shown {
    if let Some(sections) = catalog.sections(revision) {
        let source = None;
        return Shown { sections, source };
    }
    Shown {
        sections: recorded(catalog, revision, arguments),
        source: catalog.text(revision).map(Into::into),
    }
}

fn recorded(
    catalog: &Catalog,
    revision: &RevisionId,
    arguments: &Arguments,
) -> Vec<(Section, String)> {
    let Ok(script) = catalog.script(revision) else {
        return Vec::new();
    };
    let options = Options {
        arguments: arguments.clone(),
        ..Options::default()
    };
    let ways = [
        (script.upgrade, Section::Upgrade),
        (script.downgrade, Section::Downgrade),
    ];
    let record = |(body, section): (Body, Section)| {
        let segments = entry::offline(&body, &options)?.ok()?;
        let text = sections(&segments, section);
        // As in a file, where its heading says it already.
        let heading = format!("-- limbeck: {}\n", section.as_str());
        let text = text.strip_prefix(&heading).unwrap_or(&text);
        Some((section, text.trim_end().to_owned()))
    };
    ways.into_iter().filter_map(record).collect()
}
