//! For the tests of the formats: a folder written down as a list, and what is read from it as text.

use std::fs;
use std::path::Path;

use super::{Takeover, Takeovers};
use crate::script::{Body, Mode};
use crate::source::{Loading, Source};

/// A folder of files in a folder of its own.
pub(super) struct Folder(tempfile::TempDir);

pub(super) fn folder(files: &[(&str, &str)]) -> Folder {
    let folder = Folder(tempfile::tempdir().unwrap());
    for (name, text) in files {
        folder.write(name, text);
    }
    folder
}

impl Folder {
    pub(super) fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.0.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(super) fn path(&self) -> &Path {
        self.0.path()
    }

    /// The folder `m` in it as a source.
    pub(super) fn source(&self) -> Takeover {
        Takeover::new(self.0.path().join("m"))
    }

    /// What is read from `m`, recognised by itself.
    pub(super) fn read(&self) -> String {
        self.read_as(self.source())
    }

    pub(super) fn read_as(&self, source: Takeover) -> String {
        self.drawn(&Takeovers::new(vec![source]).load())
    }

    /// One revision a line: its parent and its id, its label, its message, and what runs up and
    /// down, `[…]` in a transaction and `(…)` outside; then what is wrong.
    pub(super) fn drawn(&self, loading: &Loading) -> String {
        let mut lines = Vec::new();
        for loaded in &loading.loaded {
            let declaration = &loaded.declaration;
            let parents: Vec<&str> = declaration
                .down_revision
                .iter()
                .chain(&declaration.depends_on)
                .map(|claim| claim.value.as_str())
                .collect();
            let labels = declaration.branch_labels.iter();
            let labels: String = labels.map(|label| format!(" @{}", label.value)).collect();
            let script = match loaded.code.script(Path::new("?")) {
                Ok(script) => {
                    let down = match loaded.code.check_downgrade() {
                        Ok(()) => drawn(&script.downgrade),
                        Err(error) => error.to_string(),
                    };
                    format!("{} / {down}", drawn(&script.upgrade))
                }
                Err(error) => {
                    let hint = error.hint().unwrap_or_default();
                    format!("{error}; {hint}")
                }
            };
            lines.push(format!(
                "{} > {}{labels} {}, {}: {script}",
                parents.join("+"),
                declaration.revision.value,
                declaration.format,
                declaration.message,
            ));
        }
        lines.extend(loading.errors.iter().map(|error| match error.hint() {
            Some(hint) => format!("{error}\n  {hint}"),
            None => error.to_string(),
        }));
        let path = format!("{}/", self.0.path().display());
        lines.join("\n").replace(&path, "")
    }

    /// The tool's version, name and checksum of each revision.
    pub(super) fn legacies(&self, source: Takeover) -> Vec<super::Legacy> {
        let loading = Takeovers::new(vec![source]).load();
        let legacies = loading.loaded.iter().map(|loaded| loaded.code.legacy());
        legacies.map(Option::unwrap).collect()
    }
}

fn drawn(body: &Body) -> String {
    let segments = match body {
        Body::Sql(segments) => segments,
        Body::Absent => return "none".to_owned(),
        Body::Foreign(foreign) => return format!("{} (line {})", foreign.reason, foreign.line),
        other => return format!("{other:?}"),
    };
    let drawn = segments.iter().map(|segment| {
        let statements = segment.statements.iter();
        let texts: Vec<_> = statements
            .map(|statement| format!("{}:{}", statement.line, statement.text.replace('\n', " ")))
            .collect();
        match segment.mode {
            Mode::Transaction => format!("[{}]", texts.join("; ")),
            Mode::NoTransaction => format!("({})", texts.join("; ")),
        }
    });
    match segments.len() {
        0 => "nothing".to_owned(),
        _ => drawn.collect::<Vec<_>>().join(" "),
    }
}
