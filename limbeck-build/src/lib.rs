//! Lists a folder of limbeck revisions, coded in Rust or SQL, for the compiler.
//!
//! Call [`versions`] from `build.rs`; `limbeck::versions!()` then names every revision of the
//! folder. A file that is added, changed or deleted is seen by a plain `cargo build`, a compile
//! error points at the revision's own file, and a missing item is an error that names the file.
//!
//! ```no_run
//! // in `main` of build.rs
//! limbeck_build::versions("versions");
//! ```

mod outline;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

pub use outline::{Item, Outline, outline};

/// The name of the file in `OUT_DIR` that `limbeck::versions!()` includes.
pub const TABLE: &str = "limbeck_versions.rs";

/// Lists the revisions of one folder, relative to the package's `Cargo.toml`.
///
/// For use in `build.rs`: it reads cargo's environment and prints cargo's instructions. What is
/// wrong is printed as `cargo::error`, which fails the build.
pub fn versions(folder: impl AsRef<Path>) {
    Versions::new().folder(folder).emit();
}

/// Several folders, or folders with sub-folders, to be listed together.
///
/// ```no_run
/// limbeck_build::Versions::new()
///     .folder("versions")
///     .folder("billing/versions")
///     .recursive()
///     .emit();
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Versions {
    folders: Vec<PathBuf>,
    recursive: bool,
}

impl Versions {
    /// No folder yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a folder, relative to the package's `Cargo.toml`.
    pub fn folder(mut self, folder: impl AsRef<Path>) -> Self {
        self.folders.push(folder.as_ref().to_owned());
        self
    }

    /// Takes the files of sub-folders too.
    pub fn recursive(mut self) -> Self {
        self.recursive = true;
        self
    }

    /// Writes the table into `OUT_DIR` and prints what cargo must know.
    #[expect(
        clippy::print_stdout,
        reason = "a build script speaks to cargo through stdout"
    )]
    pub fn emit(&self) {
        let package = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
        let output = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
        let mut listing = self.list(&package);
        if let Err(error) = write_where_changed(&output.join(TABLE), &listing.table()) {
            let path = output.join(TABLE);
            listing
                .errors
                .push(format!("cannot write {}: {error}", path.display()));
        }
        for path in &listing.watched {
            println!("cargo::rerun-if-changed={}", path.display());
        }
        for error in &listing.errors {
            println!("cargo::error={error}");
        }
    }

    fn list(&self, package: &Path) -> Listing {
        let mut listing = Listing::default();
        for folder in &self.folders {
            let path = package.join(folder);
            // Canonical, so that compiler messages do not show `examples/chat/../../versions`.
            let path = path.canonicalize().unwrap_or(path);
            self.list_folder(&path, &shown(folder), &mut listing);
        }
        listing
    }

    fn list_folder(&self, path: &Path, shown: &str, listing: &mut Listing) {
        listing.watched.push(path.to_owned());
        let (files, folders) = match read_folder(path) {
            Ok(names) => names,
            Err(error) => {
                let path = path.display();
                let message = format!("cannot read the folder of revisions {path}: {error}");
                listing.errors.push(message);
                return;
            }
        };
        for name in &files {
            if is_rust_revision(name) {
                listing.add(path.join(name), join(shown, name));
            } else if name.ends_with(".sql") {
                listing.add_sql(path.join(name), join(shown, name));
            }
        }
        for name in folders.iter().filter(|_| self.recursive) {
            self.list_folder(&path.join(name), &join(shown, name), listing);
        }
    }
}

/// Tells whether a file of this name is a Rust-coded revision.
///
/// Hidden files and `mod.rs` are not.
#[must_use]
pub fn is_rust_revision(name: &str) -> bool {
    name.ends_with(".rs") && !name.starts_with('.') && name != "mod.rs"
}

/// Returns the file names and the folder names, each sorted, hidden ones left out.
fn read_folder(path: &Path) -> io::Result<(Vec<String>, Vec<String>)> {
    let mut files = Vec::new();
    let mut folders = Vec::new();
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        if name.starts_with('.') {
            continue;
        }
        // A link to a folder is not followed, since links can make a tree endless.
        if entry.file_type()?.is_dir() {
            folders.push(name);
        } else if !entry.path().is_dir() {
            files.push(name);
        }
    }
    files.sort_unstable();
    folders.sort_unstable();
    Ok((files, folders))
}

/// Leaves the table alone where it says the same, so that nothing is compiled again.
fn write_where_changed(path: &Path, text: &str) -> io::Result<()> {
    if fs::read_to_string(path).is_ok_and(|before| before == text) {
        return Ok(());
    }
    fs::write(path, text)
}

/// The folder as a person should see it: without leading `.` and `..`, with `/` between names.
fn shown(folder: &Path) -> String {
    let names = folder.components().filter_map(|part| match part {
        std::path::Component::Normal(name) => Some(name.to_string_lossy()),
        _ => None,
    });
    names.collect::<Vec<_>>().join("/")
}

fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() {
        return name.to_owned();
    }
    format!("{folder}/{name}")
}

/// What a listing found.
#[derive(Default)]
struct Listing {
    files: Vec<File>,
    watched: Vec<PathBuf>,
    errors: Vec<String>,
}

struct File {
    path: PathBuf,
    shown: String,
    kind: Kind,
}

enum Kind {
    Sql,
    Rust,
    /// With a `downgrade` of its own.
    RustWithDowngrade,
}

impl Listing {
    fn add(&mut self, path: PathBuf, shown: String) {
        self.watched.push(path.clone());
        let source = match fs::read_to_string(&path) {
            Ok(source) => source,
            Err(error) => {
                self.errors.push(format!("cannot read {shown}: {error}"));
                return;
            }
        };
        let outline = outline(&source);
        let required = [
            (&outline.revision, "pub const REVISION: Revision"),
            (
                &outline.upgrade,
                "pub fn upgrade(op: &mut Op) -> Result<()>",
            ),
        ];
        for (item, wanted) in required {
            if item.is_none() {
                self.errors.push(format!("{shown} has no `{wanted}`"));
            }
        }
        let found = [
            (&outline.revision, "const REVISION"),
            (&outline.upgrade, "fn upgrade"),
            (&outline.downgrade, "fn downgrade"),
        ];
        for (item, name) in found {
            if let Some(item) = item.as_ref().filter(|item| !item.public) {
                let line = item.line;
                let message = format!("{shown}:{line}: `{name}` must be public: `pub {name}`");
                self.errors.push(message);
            }
        }
        let kind = match outline.downgrade {
            Some(_) => Kind::RustWithDowngrade,
            None => Kind::Rust,
        };
        self.files.push(File { path, shown, kind });
    }

    /// A SQL revision is taken as it is; what is wrong in it is said when the program reads it.
    fn add_sql(&mut self, path: PathBuf, shown: String) {
        self.watched.push(path.clone());
        let kind = Kind::Sql;
        self.files.push(File { path, shown, kind });
    }

    fn table(&self) -> String {
        let mut text = String::from("// Written by limbeck-build from the folder of revisions.\n");
        let mut rows = String::new();
        for (index, file) in self.files.iter().enumerate() {
            let path = file.path.to_string_lossy();
            let shown = &file.shown;
            let module = module_name(index, shown);
            let downgrade = match file.kind {
                Kind::Sql => None,
                Kind::Rust => Some("None".to_owned()),
                Kind::RustWithDowngrade => Some(format!("Some({module}::downgrade)")),
            };
            // `{path:?}` is a Rust string literal whatever the path holds.
            let code = match downgrade {
                None => "Sql".to_owned(),
                Some(downgrade) => {
                    let _ = writeln!(text, "#[path = {path:?}]\npub mod {module};");
                    format!(
                        "Rust {{\n            revision: {module}::REVISION,\n            \
                         upgrade: {module}::upgrade,\n            downgrade: {downgrade},\n        }}"
                    )
                }
            };
            let _ = writeln!(
                rows,
                "    ::limbeck::op::CompiledRevision {{\n        path: {shown:?},\n        \
                 source: include_str!({path:?}),\n        \
                 code: ::limbeck::op::CompiledCode::{code},\n    }},"
            );
        }
        let _ = writeln!(
            text,
            "\n/// Every revision, in the order of the files.\n\
             pub static VERSIONS: &[::limbeck::op::CompiledRevision] = &[\n{rows}];"
        );
        text
    }
}

/// A module name that is unique and still tells the file in a backtrace.
fn module_name(index: usize, shown: &str) -> String {
    let stem = shown.rsplit('/').next().unwrap_or(shown);
    let stem = stem.strip_suffix(".rs").unwrap_or(stem);
    let word = |c: char| {
        if c.is_ascii_alphanumeric() {
            c.to_ascii_lowercase()
        } else {
            '_'
        }
    };
    let mut name = format!("r{index}_");
    for c in stem.chars().map(word) {
        // Two underscores in a row would be no snake case to the compiler's lint.
        if !(c == '_' && name.ends_with('_')) {
            name.push(c);
        }
    }
    name.truncate(name.trim_end_matches('_').len());
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn module_names_are_identifiers_and_paths_are_literals() {
        assert_eq!(module_name(3, "a/b/0001 It's--é.rs"), "r3_0001_it_s");
        assert_eq!(module_name(0, "é.rs"), "r0");
        let mut listing = Listing::default();
        listing.files.push(File {
            path: PathBuf::from("/a b/\"q\"\\.rs"),
            shown: "a.rs".to_owned(),
            kind: Kind::Rust,
        });
        let table = listing.table();
        assert!(table.contains(r#"#[path = "/a b/\"q\"\\.rs"]"#), "{table}");
        assert!(table.contains("downgrade: None"), "{table}");
    }

    #[test]
    fn a_folder_is_shown_without_dots() {
        assert_eq!(shown(Path::new("../../db/versions")), "db/versions");
        assert_eq!(shown(Path::new("./versions/")), "versions");
        assert_eq!(join(&shown(Path::new(".")), "a.rs"), "a.rs");
    }
}
