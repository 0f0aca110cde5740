//! The texts of Python that a translation reads: the revision, and modules of the project.

use std::cell::OnceCell;
use std::path::{Path, PathBuf};

use ruff_python_ast::{ModModule, PySourceType, Stmt};
use ruff_python_parser::{Parsed, parse_unchecked_source};
use ruff_text_size::TextSize;

use crate::translate::Untranslated;

/// A module, parsed.
#[derive(Debug)]
pub(super) struct Source {
    /// Its full name; empty for the revision itself.
    pub(super) name: String,
    /// Whether it is a package, to which its relative imports are relative.
    pub(super) package: bool,
    parsed: Parsed<ModModule>,
    /// The offsets of the line breaks.
    breaks: Vec<u32>,
}

impl Source {
    /// Parses a text; what is not Python 3 is refused.
    pub(super) fn parse(name: &str, package: bool, text: &str) -> Result<Self, Untranslated> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let parsed = parse_unchecked_source(text, PySourceType::Python);
        let offsets = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let breaks = offsets.filter_map(|(offset, _)| u32::try_from(offset).ok());
        let source = Self {
            name: name.to_owned(),
            package,
            breaks: breaks.collect(),
            parsed,
        };
        match source.parsed.errors().first() {
            Some(error) => Err(Untranslated::new(
                source.line(error.location.start()),
                format!("is not valid Python: {}", error.error),
            )),
            None => Ok(source),
        }
    }

    pub(super) fn body(&self) -> &[Stmt] {
        self.parsed.suite()
    }

    /// Returns the line of an offset (1-based).
    pub(super) fn line(&self, offset: TextSize) -> u32 {
        let before = self.breaks.partition_point(|at| *at < offset.to_u32());
        u32::try_from(before).unwrap_or(u32::MAX).saturating_add(1)
    }
}

/// The modules that were read, which stay where they are while a translation lasts.
#[derive(Debug, Default)]
pub(super) struct Library {
    first: OnceCell<Box<Entry>>,
}

#[derive(Debug)]
struct Entry {
    source: Source,
    next: OnceCell<Box<Self>>,
}

impl Library {
    /// Keeps a module.
    pub(super) fn add(&self, source: Source) -> &Source {
        let mut end = &self.first;
        while let Some(entry) = end.get() {
            end = &entry.next;
        }
        let entry = end.get_or_init(|| {
            let next = OnceCell::new();
            Box::new(Entry { source, next })
        });
        &entry.source
    }
}

/// Finds the file of a module; tells whether it is a package.
pub(super) fn find(folders: &[PathBuf], module: &str) -> Option<(PathBuf, bool)> {
    let valid = |part: &str| !part.is_empty() && !part.contains(['/', '\\']);
    if !module.split('.').all(valid) {
        return None;
    }
    let relative: PathBuf = module.split('.').collect();
    let is_file = |path: &Path| path.is_file();
    folders.iter().find_map(|folder| {
        let package = folder.join(&relative).join("__init__.py");
        if is_file(&package) {
            return Some((package, true));
        }
        let plain = folder.join(&relative).with_extension("py");
        is_file(&plain).then_some((plain, false))
    })
}
