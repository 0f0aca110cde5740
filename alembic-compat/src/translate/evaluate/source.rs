//! The texts of Python that a translation reads: the revision, and modules of the project.

use std::cell::{OnceCell, RefCell};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use ruff_python_ast::name::Name;
use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{Expr, ModModule, Stmt};
use ruff_python_parser::Parsed;
use ruff_text_size::TextSize;
use rustc_hash::{FxHashMap as HashMap, FxHashSet as HashSet};

use super::reach::Reach;
use super::scope::names_set_by;

use crate::translate::Untranslated;

/// A module, parsed.
#[derive(Debug)]
pub(in crate::translate) struct Source {
    /// Its full name; empty for the revision itself.
    pub(super) name: String,
    /// Whether it is a package, to which its relative imports are relative.
    pub(super) package: bool,
    parsed: Parsed<ModModule>,
    /// The offsets of the line breaks.
    breaks: Vec<u32>,
    contents: OnceLock<Contents>,
    reach: OnceLock<Reach>,
    tampers: OnceLock<Option<(TextSize, String)>>,
    rolls_back: bool,
}

/// Which statements of a module set a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// One alone, by its number, and nothing else there touches it.
    One(usize),
    /// Several, or one in a block: the whole module has to be followed.
    All,
    Nowhere,
}

#[derive(Debug, Default)]
struct Contents {
    places: HashMap<Name, Place>,
    /// Whether it has names that only another module knows.
    star: bool,
}

impl Source {
    /// Parses a text; what is not Python 3 is refused.
    pub(in crate::translate) fn parse(
        name: &str,
        package: bool,
        text: &str,
    ) -> Result<Self, Untranslated> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let parsed = crate::python::parse(text)
            .map_err(|deep| Untranslated::new(deep.line, format!("is not read, since {deep}")))?;
        let offsets = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let breaks = offsets.filter_map(|(offset, _)| u32::try_from(offset).ok());
        let source = Self {
            name: name.to_owned(),
            package,
            breaks: breaks.collect(),
            parsed,
            contents: OnceLock::new(),
            reach: OnceLock::new(),
            tampers: OnceLock::new(),
            rolls_back: mentions(text, "rollback"),
        };
        match source.parsed.errors().first() {
            Some(error) => Err(Untranslated::new(
                source.line(error.location.start()),
                format!("is not valid Python: {}", error.error),
            )),
            None => Ok(source),
        }
    }

    /// Returns how far its functions reach.
    pub(super) fn reach(&self) -> &Reach {
        self.reach.get_or_init(|| Reach::of(self.body()))
    }

    /// Says what it changes of a library when it is imported, and where.
    pub(super) fn tampers(&self) -> Option<&(TextSize, String)> {
        let found = || super::reach::tampers(self.body());
        self.tampers.get_or_init(found).as_ref()
    }

    /// Tells whether anything in it may roll a transaction back.
    pub(super) fn rolls_back(&self) -> bool {
        self.rolls_back
    }

    pub(in crate::translate) fn body(&self) -> &[Stmt] {
        self.parsed.suite()
    }

    /// Returns the line of an offset (1-based).
    pub(in crate::translate) fn line(&self, offset: TextSize) -> u32 {
        let before = self.breaks.partition_point(|at| *at < offset.to_u32());
        u32::try_from(before).unwrap_or(u32::MAX).saturating_add(1)
    }

    /// Tells where a name is set.
    pub(super) fn place(&self, name: &str) -> Place {
        let contents = self.contents.get_or_init(|| Contents::of(self.body()));
        match contents.places.get(name) {
            Some(place) => *place,
            None if contents.star => Place::All,
            None => Place::Nowhere,
        }
    }
}

/// Tells whether a text has a word, in whatever case.
fn mentions(text: &str, word: &str) -> bool {
    let mut windows = text.as_bytes().windows(word.len());
    windows.any(|window| window.eq_ignore_ascii_case(word.as_bytes()))
}

impl Contents {
    fn of(body: &[Stmt]) -> Self {
        let mut contents = Self::default();
        let mut touched = Touched::default();
        for (number, statement) in body.iter().enumerate() {
            let plain = match statement {
                Stmt::Import(_) | Stmt::FunctionDef(_) | Stmt::ClassDef(_) => true,
                Stmt::ImportFrom(import) => {
                    contents.star |= import.names.iter().any(|alias| alias.name.as_str() == "*");
                    true
                }
                Stmt::Assign(assign) => assign.targets.iter().all(Expr::is_name_expr),
                Stmt::AnnAssign(assign) => assign.target.is_name_expr(),
                Stmt::Expr(expression) if expression.value.is_string_literal_expr() => true,
                _ => false,
            };
            if !plain {
                touched.visit_stmt(statement);
            }
            for name in names_set_by(statement) {
                let place = match contents.places.contains_key(&name) || !plain {
                    true => Place::All,
                    false => Place::One(number),
                };
                contents.places.insert(name, place);
            }
        }
        for (name, place) in &mut contents.places {
            let changeable = match place {
                Place::One(number) => is_container(&body[*number]),
                _ => false,
            };
            // A function that is called for its effect may change what it does not mention here.
            if touched.names.contains(name) || changeable && touched.calls {
                *place = Place::All;
            }
        }
        contents
    }
}

/// Tells whether a statement makes something that can be changed later.
fn is_container(statement: &Stmt) -> bool {
    let value = match statement {
        Stmt::Assign(assign) => &*assign.value,
        Stmt::AnnAssign(assign) => match &assign.value {
            Some(value) => value,
            None => return false,
        },
        _ => return false,
    };
    !(value.is_literal_expr() || value.is_tuple_expr() || value.is_f_string_expr())
}

/// What the statements that are more than definitions mention.
#[derive(Default)]
struct Touched {
    names: HashSet<Name>,
    calls: bool,
}

impl<'a> Visitor<'a> for Touched {
    fn visit_expr(&mut self, expression: &'a Expr) {
        match expression {
            Expr::Name(name) => _ = self.names.insert(name.id.clone()),
            Expr::Call(_) => self.calls = true,
            _ => {}
        }
        visitor::walk_expr(self, expression);
    }
}

/// The modules that were read, which stay where they are.
#[derive(Debug, Default)]
pub(in crate::translate) struct Library {
    first: OnceCell<Box<Entry>>,
    /// The modules that are not there, or not to be read.
    missing: RefCell<HashSet<String>>,
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

    /// Returns a module of the project, which is read where it was not yet.
    pub(super) fn module(&self, folders: &[PathBuf], name: &str) -> Option<&Source> {
        let mut next = &self.first;
        while let Some(entry) = next.get() {
            if entry.source.name == name {
                return Some(&entry.source);
            }
            next = &entry.next;
        }
        if self.missing.borrow().contains(name) {
            return None;
        }
        let source = find(folders, name).and_then(|(file, package)| {
            let text = fs::read_to_string(file).ok()?;
            Source::parse(name, package, &text).ok()
        });
        match source {
            Some(source) => Some(self.add(source)),
            None => {
                self.missing.borrow_mut().insert(name.to_owned());
                None
            }
        }
    }
}

/// Finds the file of a module; tells whether it is a package.
fn find(folders: &[PathBuf], module: &str) -> Option<(PathBuf, bool)> {
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
