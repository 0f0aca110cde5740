//! Folders of revision files, SQL, Rust and Alembic mixed, in one order: names sorted within a
//! folder, files before sub-folders, folders as given.
//!
//! How files are read is the reader's concern, what stands in them the formats'.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use super::error::{Problem, SourceError};
use super::gate::Gate;
use super::read::{self, is_python, is_sql, unreadable};
use super::{Code, Loaded, Loading, Python, Source, alembic, declare_compiled, normal};
use crate::op::{CompiledCode, CompiledRevision};

/// A folder of revision files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    path: PathBuf,
    recursive: bool,
}

impl Location {
    /// The files of a folder, without its sub-folders.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        let recursive = false;
        Self { path, recursive }
    }

    /// The files of the folder and of every folder in it.
    #[must_use]
    pub fn recursive(self) -> Self {
        let recursive = true;
        Self { recursive, ..self }
    }

    /// Returns the folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns whether a file with this path below the folder is one of its revisions.
    #[must_use]
    pub fn takes(&self, below: &Path) -> bool {
        let folders = below.parent().into_iter().flat_map(Path::components);
        let is_hidden = |folder: Component<'_>| {
            let name = folder.as_os_str().as_encoded_bytes();
            name.starts_with(b".")
        };
        let mut folders = folders.peekable();
        let is_in_reach = self.recursive || folders.peek().is_none();
        is_in_reach && !folders.any(is_hidden) && below.file_name().is_some_and(is_revision)
    }
}

/// The revisions in some folders, and those that this program was compiled with.
///
/// A Rust file that the program was compiled with can be run; it must then be the same file. Where
/// a folder does not exist, as where the program was deployed without it, what was compiled from it
/// stands in its place.
#[derive(Clone, Debug, Default)]
pub struct Folders {
    locations: Vec<Location>,
    compiled: &'static [CompiledRevision],
    python: Option<Arc<Python>>,
    gate: Option<Gate>,
}

impl Folders {
    /// Some folders and `limbeck::versions!()`, or an empty table.
    #[must_use]
    pub const fn new(locations: Vec<Location>, compiled: &'static [CompiledRevision]) -> Self {
        Self {
            locations,
            compiled,
            python: None,
            gate: None,
        }
    }

    /// Reads revisions in Python with what is known of their project.
    #[must_use]
    pub fn with_python(self, python: Python) -> Self {
        let python = Some(Arc::new(python));
        Self { python, ..self }
    }

    /// Leaves a processor free until the gate opens.
    #[must_use]
    pub fn behind(self, gate: Gate) -> Self {
        let gate = Some(gate);
        Self { gate, ..self }
    }
}

impl Source for Folders {
    fn load(&self) -> Loading {
        let mut table = Table::new(self.compiled);
        let mut loading = Loading::default();
        for location in &self.locations {
            let mut lists = Vec::new();
            match list(&location.path, location.recursive, &mut lists) {
                Ok(()) => {
                    for list in lists {
                        self.load_list(&list, &mut table, &mut loading);
                    }
                    // A SQL revision is its file: where there is a folder, the folder is right.
                    let gone = table.take_under(&location.path).into_iter();
                    for gone in gone.filter(|gone| !matches!(gone.code, CompiledCode::Sql)) {
                        let path = Path::new(gone.path);
                        let error = SourceError::new(path, 0, Problem::Gone);
                        loading.errors.push(error);
                    }
                }
                Err(error) => {
                    let is_missing = matches!(error.problem, Problem::NoFolder);
                    let compiled = table.take_under(&location.path);
                    if compiled.is_empty() || !is_missing {
                        loading.errors.push(error);
                    }
                    load_compiled(compiled, &mut loading);
                }
            }
        }
        load_compiled(table.take_rest(), &mut loading);
        alembic::tell_changes(&mut loading.loaded);
        loading
    }
}

fn load_compiled(entries: Vec<&'static CompiledRevision>, loading: &mut Loading) {
    for entry in entries {
        let code = Code::Compiled(entry);
        if let Some(declaration) = declare_compiled(entry, &mut loading.errors) {
            let declaration = Box::new(declaration);
            loading.loaded.push(Loaded { declaration, code });
        }
    }
}

/// The revision files of one folder, sorted.
struct List {
    folder: PathBuf,
    names: Vec<OsString>,
}

impl Folders {
    fn load_list(&self, list: &List, table: &mut Table, loading: &mut Loading) {
        let python = self.python.clone().unwrap_or_default();
        let found = match read::all(&list.folder, &list.names, &python, self.gate.as_ref()) {
            Ok(found) => found,
            Err(error) => {
                let error = SourceError::new(&list.folder, 0, unreadable(&error));
                loading.errors.push(error);
                return;
            }
        };
        loading.loaded.reserve(list.names.len());
        for (name, mut found) in list.names.iter().zip(found) {
            loading.errors.append(&mut found.errors);
            let Some(text) = found.text else {
                continue;
            };
            let code = match Code::of_file(name, text, &python) {
                Code::NotCompiled(text) => rust_code(&list.folder.join(name), text, table, loading),
                code => code,
            };
            if let Some(declaration) = found.declaration {
                loading.loaded.push(Loaded { declaration, code });
            }
        }
    }
}

fn rust_code(path: &Path, text: Box<str>, table: &mut Table, loading: &mut Loading) -> Code {
    match table.take(path) {
        Some(compiled) if *normal(compiled.source) == *text => Code::Compiled(compiled),
        Some(_) => {
            let error = SourceError::new(path, 0, Problem::Stale);
            loading.errors.push(error);
            Code::Stale(text)
        }
        None => Code::NotCompiled(text),
    }
}

/// Hands over the path of each revision file; those of folders that cannot be read are left out.
pub(super) fn each_file(location: &Location, mut file: impl FnMut(PathBuf)) {
    let mut lists = Vec::new();
    // Whoever loads the folder is told what is wrong with it.
    let _ = list(&location.path, location.recursive, &mut lists);
    for List { folder, names } in lists {
        for name in names {
            file(folder.join(name));
        }
    }
}

/// Lists the revision files of a folder, and of those in it, in their order.
fn list(folder: &Path, recursive: bool, lists: &mut Vec<List>) -> Result<(), SourceError> {
    let fail = |error: io::Error| {
        let problem = match error.kind() {
            io::ErrorKind::NotFound => Problem::NoFolder,
            _ => unreadable(&error),
        };
        SourceError::new(folder, 0, problem)
    };
    let mut names: Vec<OsString> = Vec::new();
    let mut folders: Vec<OsString> = Vec::new();
    for entry in fs::read_dir(folder).map_err(fail)? {
        let entry = entry.map_err(fail)?;
        let name = entry.file_name();
        let is_revision = is_revision(&name);
        if name.as_encoded_bytes().starts_with(b".") && !is_revision {
            continue;
        }
        if !is_revision && !recursive {
            continue;
        }
        let kind = entry.file_type().map_err(fail)?;
        if kind.is_dir() {
            folders.push(name);
        } else if is_revision && is_file(&entry, kind) {
            names.push(name);
        }
    }
    names.sort_unstable();
    lists.push(List {
        folder: folder.to_owned(),
        names,
    });
    if recursive {
        folders.sort_unstable();
        for name in folders {
            list(&folder.join(name), recursive, lists)?;
        }
    }
    Ok(())
}

/// Tells whether there is a file to read: no pipe, and no link to a folder, since links can make a
/// tree endless. A link that leads nowhere counts, so that it is reported.
fn is_file(entry: &fs::DirEntry, kind: fs::FileType) -> bool {
    kind.is_file() || (kind.is_symlink() && !entry.path().is_dir())
}

fn is_revision(name: &OsStr) -> bool {
    let is_hidden = name.as_encoded_bytes().starts_with(b".");
    // Alembic reads hidden files, too, and a revision that it knows must not be missing here.
    is_python(name)
        || !is_hidden
            && (is_sql(name) || name.to_str().is_some_and(limbeck_build::is_rust_revision))
}

/// The entries of the compiled table that no file has claimed yet.
struct Table {
    entries: Vec<Option<&'static CompiledRevision>>,
    by_name: HashMap<&'static OsStr, Vec<usize>>,
}

impl Table {
    fn new(compiled: &'static [CompiledRevision]) -> Self {
        let mut by_name: HashMap<_, Vec<usize>> = HashMap::new();
        for (index, entry) in compiled.iter().enumerate() {
            if let Some(name) = Path::new(entry.path).file_name() {
                by_name.entry(name).or_default().push(index);
            }
        }
        let entries = compiled.iter().map(Some).collect();
        Self { entries, by_name }
    }

    /// Takes the entry that a file was compiled into.
    fn take(&mut self, file: &Path) -> Option<&'static CompiledRevision> {
        let indices = self.by_name.get(file.file_name()?)?;
        let index = indices.iter().copied().find(|index| {
            self.entries[*index].is_some_and(|entry| is_same(file, Path::new(entry.path)))
        })?;
        self.entries[index].take()
    }

    /// Takes the entries of a folder's files.
    fn take_under(&mut self, folder: &Path) -> Vec<&'static CompiledRevision> {
        let is_under = |entry: &CompiledRevision| {
            let mut folders = Path::new(entry.path).ancestors().skip(1);
            folders.any(|above| above != Path::new("") && is_same(folder, above))
        };
        let taken = self.entries.iter_mut().filter_map(|slot| {
            let entry = (*slot)?;
            if is_under(entry) { slot.take() } else { None }
        });
        taken.collect()
    }

    fn take_rest(&mut self) -> Vec<&'static CompiledRevision> {
        self.entries.iter_mut().filter_map(Option::take).collect()
    }
}

/// Tells whether two paths mean one file: the table's is relative to a package, the other one to
/// wherever the program was started, so the shorter one must be the end of the longer.
fn is_same(path: &Path, compiled: &Path) -> bool {
    let is_dots = |part: &Component<'_>| matches!(part, Component::CurDir | Component::ParentDir);
    let path: PathBuf = path.components().skip_while(is_dots).collect();
    let is_empty = path.as_os_str().is_empty();
    !is_empty && (path.ends_with(compiled) || compiled.ends_with(&path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::op::{Op, Result, Revision};
    use crate::script::Body;

    const RUST: &str =
        "const REVISION: Revision = Revision::new(\"r\");\npub fn upgrade(op: &mut Op) {}\n";

    fn tree(files: &[(&str, &[u8])]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        folder
    }

    fn sql(id: &str) -> Vec<u8> {
        format!("-- revision: {id}\n-- limbeck: upgrade\n").into_bytes()
    }

    fn ids(loading: &Loading) -> Vec<&str> {
        let ids = loading.loaded.iter();
        ids.map(|l| l.declaration.revision.value.as_str()).collect()
    }

    fn errors(loading: &Loading, folder: &Path) -> Vec<String> {
        let folder = format!("{}/", folder.display());
        let errors = loading.errors.iter().map(ToString::to_string);
        errors.map(|error| error.replace(&folder, "")).collect()
    }

    fn entry(path: &'static str, source: &'static str) -> CompiledRevision {
        fn upgrade(_: &mut Op<'_>) -> Result<()> {
            Ok(())
        }
        CompiledRevision {
            path,
            source,
            code: CompiledCode::Rust {
                revision: Revision::new("r"),
                upgrade,
                downgrade: None,
            },
        }
    }

    fn sql_entry(path: &'static str, source: &'static str) -> CompiledRevision {
        let code = CompiledCode::Sql;
        CompiledRevision { path, source, code }
    }

    fn table(entries: &[CompiledRevision]) -> &'static [CompiledRevision] {
        Box::leak(entries.to_vec().into_boxed_slice())
    }

    #[test]
    fn files_come_in_name_order_and_before_those_of_sub_folders() {
        let folder = tree(&[
            ("v/b.sql", &sql("b")),
            ("v/a/z.sql", &sql("z")),
            ("v/a.b/y.sql", &sql("y")),
            ("v/é.sql", &sql("e")),
            ("v/Z.sql", &sql("Z")),
            ("v/a.rs", RUST.as_bytes()),
            ("v/.hidden.sql", b"x"),
            ("v/mod.rs", b"x"),
            ("v/b.sql~", b"x"),
            ("v/b.sql.orig", b"x"),
            ("v/README.md", b"x"),
            ("w/one.sql", &sql("one")),
        ]);
        #[cfg(unix)]
        {
            let v = folder.path().join("v");
            std::os::unix::fs::symlink("..", v.join("loop")).unwrap();
            std::os::unix::fs::symlink("..", v.join("loop.sql")).unwrap();
            std::os::unix::fs::symlink("b.sql", v.join("c.sql")).unwrap();
        }
        let [v, w] = ["v", "w"].map(|name| Location::new(folder.path().join(name)));
        let loading = Folders::new(vec![w, v.clone().recursive()], &[]).load();
        assert_eq!(ids(&loading), ["one", "Z", "r", "b", "b", "e", "z", "y"]);
        assert_eq!(loading.errors, []);
        let loading = Folders::new(vec![v], &[]).load();
        assert_eq!(ids(&loading), ["Z", "r", "b", "b", "e"]);
    }

    #[test]
    fn everything_that_is_wrong_is_reported_and_the_rest_is_loaded() {
        let folder = tree(&[
            (
                "a.sql",
                b"-- revision: a\n-- tags: x\n-- limbeck: upgrade\n",
            ),
            (
                "b.sql",
                b"-- revision: b\n-- message: caf\xe9\n-- limbeck: upgrade\n",
            ),
            ("c.sql", b""),
            ("d.rs", b"fn upgrade() {}"),
            ("e.sql", &sql("e")),
        ]);
        let gone = Location::new(folder.path().join("gone"));
        let here = Location::new(folder.path());
        let loading = Folders::new(vec![gone, here], &[]).load();
        assert_eq!(
            errors(&loading, folder.path()),
            [
                "gone: there is no such folder of revisions",
                "a.sql:2: unknown header key `tags`",
                "b.sql:2: the file is not UTF-8: byte 30 begins no character",
                "c.sql: the file is empty",
                "d.rs: the file has no `const REVISION`",
            ]
        );
        assert_eq!(ids(&loading), ["a", "e"]);
    }

    #[test]
    fn line_ends_and_a_byte_order_mark_change_nothing() {
        let plain = "-- revision: a\n-- message: x\n\n-- limbeck: upgrade\nSELECT\n1;\n";
        let marked = format!("\u{feff}{}", plain.replace('\n', "\r\n"));
        let folder = tree(&[("a.sql", plain.as_bytes()), ("b.sql", marked.as_bytes())]);
        let loading = Folders::new(vec![Location::new(folder.path())], &[]).load();
        let [a, b] = &loading.loaded[..] else {
            panic!("{:?}", loading.errors);
        };
        assert_eq!(a.declaration.revision, b.declaration.revision);
        assert_eq!(b.declaration.message, "x");
        let [a, b] = [a, b].map(|l| l.code.script(folder.path()).unwrap());
        assert_eq!(a.checksum, b.checksum);
        assert_eq!(a.checksum.len(), 64);
        let (Body::Sql(a), Body::Sql(b)) = (a.upgrade, b.upgrade) else {
            panic!("no SQL");
        };
        assert_eq!(a, b);
        assert_eq!(b[0].statements[0].line, 5);
    }

    #[test]
    fn what_one_revision_in_python_changes_of_sqlalchemy_is_told_to_the_others() {
        let revision = |id: &str, more: &str| {
            format!(
                "import sqlalchemy as sa\nfrom alembic import op\nfrom sqlalchemy.ext import compiler\n\
                 revision = '{id}'\ndown_revision = None\n{more}\n\
                 def upgrade():\n    op.add_column('t', sa.Column('c', sa.String))\n"
            )
        };
        let upgrades = |more: &str| {
            let (a, b) = (revision("a", more), revision("b", ""));
            let folder = tree(&[("a.py", a.as_bytes()), ("b.py", b.as_bytes())]);
            let loading = Folders::new(vec![Location::new(folder.path())], &[]).load();
            let shown = loading.loaded.iter().map(|loaded| {
                match loaded.code.script(folder.path()).unwrap().upgrade {
                    Body::Sql(segments) => segments[0].statements[0].text.to_string(),
                    Body::Foreign(foreign) => format!("{}: {}", foreign.line, foreign.reason),
                    _ => "something else".to_owned(),
                }
            });
            shown.collect::<Vec<_>>()
        };
        let plain = "ALTER TABLE t ADD COLUMN c VARCHAR";
        assert_eq!(upgrades("sa.GUID = sa.Uuid"), [plain, plain]);
        assert_eq!(
            upgrades("sa.String = sa.Text"),
            [
                "ALTER TABLE t ADD COLUMN c TEXT",
                "0: is loaded beside `a.py`, line 6, which sets `String` of `sa`"
            ]
        );
        let compiles = "@compiler.compiles(sa.String, 'postgresql')\n\
                        def string(element, compiler, **kw):\n    return 'X'";
        assert_eq!(
            upgrades(compiles),
            [
                "6: calls `compiles()`, which changes what others of SQLAlchemy or Alembic do",
                "0: is loaded beside `a.py`, line 6, which calls `compiles()` for `String`"
            ]
        );
        assert_eq!(
            upgrades(&compiles.replace("postgresql", "sqlite")),
            [plain, plain]
        );
    }

    #[test]
    fn a_file_longer_than_the_buffer_is_read_whole() {
        let mut text = sql("a");
        while text.len() < 1 << 20 {
            text.extend_from_slice(b"INSERT INTO t VALUES ('x');\n");
        }
        let folder = tree(&[("a.sql", &text), ("b.sql", &sql("b"))]);
        let loading = Folders::new(vec![Location::new(folder.path())], &[]).load();
        assert_eq!(ids(&loading), ["a", "b"]);
        let script = loading.loaded[0].code.script(folder.path()).unwrap();
        let Body::Sql(segments) = script.upgrade else {
            panic!("no SQL");
        };
        assert!(segments[0].statements.len() > 37_000);
    }

    #[test]
    fn a_compiled_file_must_be_the_file_on_disk() {
        let folder = tree(&[
            ("versions/a.rs", RUST.replace('\n', "\r\n").as_bytes()),
            ("versions/b.rs", format!("// new\n{RUST}").as_bytes()),
            ("versions/c.rs", RUST.as_bytes()),
        ]);
        let compiled = table(&[
            entry("versions/a.rs", RUST),
            entry("versions/b.rs", RUST),
            entry("versions/d.rs", RUST),
        ]);
        let location = Location::new(folder.path().join("versions"));
        let loading = Folders::new(vec![location], compiled).load();
        let codes: Vec<_> = loading.loaded.iter().map(|l| &l.code).collect();
        assert!(
            matches!(
                codes[..],
                [Code::Compiled(_), Code::Stale(_), Code::NotCompiled(_)]
            ),
            "{codes:?}"
        );
        let script = codes[0].script(folder.path()).unwrap();
        assert!(matches!(script.upgrade, Body::Code(_)));
        assert!(matches!(script.downgrade, Body::Reversed(_)));
        assert!(codes[1].script(folder.path()).is_err());
        let script = codes[2].script(folder.path()).unwrap();
        assert!(matches!(script.upgrade, Body::NotCompiled));
        assert_eq!(
            errors(&loading, folder.path()),
            [
                "versions/b.rs: the file has changed since this program was compiled",
                "versions/d.rs: this program was compiled with this file, and the file is gone",
            ]
        );
    }

    #[test]
    fn compiled_sql_stands_in_for_a_folder_that_is_not_there_and_gives_way_to_one_that_is() {
        const SQL: &str = "-- revision: s\n-- limbeck: upgrade\nSELECT 1;\n";
        let folder = tree(&[("versions/a.sql", &sql("s"))]);
        let compiled = table(&[
            sql_entry("versions/a.sql", SQL),
            sql_entry("versions/b.sql", SQL),
        ]);
        let loading = |path: PathBuf| Folders::new(vec![Location::new(path)], compiled).load();
        let there = loading(folder.path().join("versions"));
        assert_eq!((ids(&there), there.errors.len()), (vec!["s"], 0));
        assert!(matches!(there.loaded[0].code, Code::Sql(_)));
        let gone = loading("/nowhere/versions".into());
        assert_eq!((ids(&gone), gone.errors.len()), (vec!["s", "s"], 0));
        let script = gone.loaded[0].code.script(Path::new("a.sql")).unwrap();
        assert!(matches!(script.upgrade, Body::Sql(segments) if segments.len() == 1));
        assert_eq!(
            gone.loaded[0].code.checksum(),
            Code::Sql(SQL.into()).checksum()
        );
    }

    #[test]
    fn what_was_compiled_stands_in_for_a_folder_that_is_not_there() {
        let compiled = table(&[entry("db/gone/a.rs", RUST), entry("other/b.rs", RUST)]);
        for location in ["/nowhere/db/gone", "gone", "../db/gone"] {
            let loading = Folders::new(vec![Location::new(location)], compiled).load();
            assert_eq!(loading.errors, []);
            let paths = loading.loaded.iter().map(|l| l.declaration.path.clone());
            let paths: Vec<_> = paths.map(|path| path.unwrap().to_path_buf()).collect();
            assert_eq!(paths, ["db/gone/a.rs", "other/b.rs"].map(PathBuf::from));
        }
        let loading = Folders::new(vec![Location::new("/nowhere/else")], compiled).load();
        assert_eq!(loading.errors.len(), 1);
    }
}
