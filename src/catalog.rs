//! The graph with the scripts that its nodes own.
//!
//! Loads every source once; afterwards there are only questions. A body is taken apart when it is
//! asked for, so that a command which runs nothing pays for headers alone.

use std::borrow::Cow;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::thread;

use crate::declaration::{Declaration, Format};
use crate::graph::{Fault, Node, Place, RevisionGraph};
use crate::id::RevisionId;
use crate::script::{Checksum, Script, Untranslated};
use crate::source::{
    Code, Draft, LedgerRevision, Legacy, Loaded, Loading, Repeatable, Section, Source, SourceError,
    SourceErrors,
};
use crate::sql::objects::Touched;

/// Why a revision has no script.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ScriptError {
    /// Occurs when no source and no ledger entry has the revision.
    #[error("no source has a revision `{revision}`")]
    Unknown {
        /// The id.
        revision: RevisionId,
    },
    /// Occurs when the revision's file cannot be run as it stands.
    #[error(transparent)]
    Source(#[from] SourceError),
}

/// Every revision that is known, as a graph and with its code.
#[derive(Clone, Debug)]
pub struct Catalog {
    graph: RevisionGraph,
    faults: Vec<Fault>,
    errors: Vec<SourceError>,
    /// Files that have no place in the graph.
    repeatables: Vec<Repeatable>,
    stored: Vec<Stored>,
    /// Revisions in Python that others stand in for.
    replaced: Vec<Loaded>,
    /// The positions of the entries that the graph does not have.
    left_out: Vec<(Box<Declaration>, usize)>,
}

/// A revision as its source has it, whether or not it fits into the graph.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'c> {
    declaration: &'c Declaration,
    code: &'c Code,
}

impl<'c> Entry<'c> {
    /// Returns the id that it claims.
    #[must_use]
    pub fn id(self) -> &'c str {
        &self.declaration.revision.value
    }

    /// Returns all that it claims.
    #[must_use]
    pub fn declaration(self) -> &'c Declaration {
        self.declaration
    }

    /// Returns the place of its id.
    #[must_use]
    pub fn place(self) -> Place {
        self.place_of_line(self.declaration.revision.line)
    }

    /// Returns a line of its file.
    #[must_use]
    pub fn place_of_line(self, line: u32) -> Place {
        let path = self.declaration.path.clone();
        Place { path, line }
    }

    /// Returns its code.
    #[must_use]
    pub fn code(self) -> &'c Code {
        self.code
    }

    /// Takes its code apart.
    ///
    /// # Errors
    /// Fails with the first thing wrong in its body, and when this program was compiled with
    /// another text of it.
    pub fn script(self) -> Result<Script, SourceError> {
        self.code.script(self.path())
    }

    /// Tells why its script has no way down, where its file has one that cannot be used.
    ///
    /// # Errors
    /// Fails with the first thing wrong in it.
    pub fn check_downgrade(self) -> Result<(), SourceError> {
        self.code.check_downgrade()
    }

    /// Returns the objects that its way up creates, changes or drops.
    #[must_use]
    pub fn touched(self) -> Touched {
        self.code.touched(self.path())
    }

    fn path(self) -> &'c Path {
        path_or_ledger(self.declaration.path.as_deref())
    }
}

/// What is kept beside the graph.
#[derive(Clone, Debug)]
struct Stored {
    path: Option<Arc<Path>>,
    code: Code,
    checksum: OnceLock<Checksum>,
}

impl Stored {
    fn path(&self) -> &Path {
        path_or_ledger(self.path.as_deref())
    }

    fn checksum(&self) -> &Checksum {
        self.checksum.get_or_init(|| self.code.checksum())
    }
}

/// How many checksums are worth a thread.
const SHARE: usize = 512;

/// What stands for the path of a revision that has no file.
const LEDGER: &str = "<ledger>";

fn path_or_ledger(path: Option<&Path>) -> &Path {
    path.unwrap_or_else(|| Path::new(LEDGER))
}

impl Catalog {
    /// Loads sources, in order.
    ///
    /// # Errors
    /// Fails with everything that is wrong in their files. Faults of the graph are no error here:
    /// see [`Catalog::faults`].
    pub fn load(sources: &[&dyn Source]) -> Result<Self, SourceErrors> {
        let catalog = Self::load_healthy(sources);
        if catalog.errors.is_empty() {
            return Ok(catalog);
        }
        Err(SourceErrors(catalog.errors))
    }

    /// Loads what can be loaded; [`Catalog::errors`] tells what was wrong.
    #[must_use]
    pub fn load_healthy(sources: &[&dyn Source]) -> Self {
        let mut all = Loading::default();
        for source in sources {
            all.join(source.load());
        }
        let replaced = all.let_stand_in();
        let mut catalog = Self::build(all.loaded);
        catalog.errors = all.errors;
        catalog.repeatables = all.repeatables;
        catalog.replaced = replaced;
        catalog
    }

    fn build(loaded: Vec<Loaded>) -> Self {
        let mut stored = Vec::with_capacity(loaded.len());
        let built = RevisionGraph::build(loaded.into_iter().map(|Loaded { declaration, code }| {
            stored.push(Stored {
                path: declaration.path.clone(),
                code,
                checksum: OnceLock::new(),
            });
            declaration
        }));
        Self {
            graph: built.graph,
            faults: built.faults,
            errors: Vec::new(),
            repeatables: Vec::new(),
            stored,
            replaced: Vec::new(),
            left_out: built.left_out,
        }
    }

    /// Adds what only the ledger still knows; revisions that a source has stay as they are.
    #[must_use]
    pub fn with_ledger(&self, entries: Vec<LedgerRevision>) -> Self {
        let mut entries = entries;
        entries.retain(|entry| self.position(&entry.revision).is_none());
        let kept = self
            .stored
            .iter()
            .map(|entry| (entry.path.clone(), entry.code.clone()));
        let added = entries
            .into_iter()
            .map(|entry| (None, Code::Ledger(Box::new(entry))));
        let loaded = kept.chain(added).filter_map(|(path, code)| {
            let declaration = code.declare(path_or_ledger(path.as_deref()))?;
            Some(Loaded { declaration, code })
        });
        let mut catalog = Self::build(loaded.collect());
        catalog.errors.clone_from(&self.errors);
        catalog.repeatables.clone_from(&self.repeatables);
        catalog.replaced.clone_from(&self.replaced);
        catalog
    }

    /// Returns the revisions with another text of one file, its line ends plain.
    ///
    /// A Rust-coded revision whose text is another than this program was compiled with is stale.
    #[must_use]
    pub fn with_text(&self, id: &RevisionId, text: &str) -> Self {
        let index = self.position(id.as_str());
        let entries = self.stored.iter().enumerate();
        let loaded = entries.filter_map(|(at, entry)| {
            let code = match Some(at) == index {
                true => entry.code.with_text(text),
                false => entry.code.clone(),
            };
            let declaration = code.declare(path_or_ledger(entry.path.as_deref()))?;
            Some(Loaded { declaration, code })
        });
        let mut catalog = Self::build(loaded.collect());
        catalog.errors.clone_from(&self.errors);
        catalog.repeatables.clone_from(&self.repeatables);
        catalog.replaced.clone_from(&self.replaced);
        catalog
    }

    /// Takes the code of Rust-coded revisions that this program was not compiled with from what the
    /// ledger kept of them, where it kept a way down; the graph stays as it is.
    #[must_use]
    pub fn with_code_from(&self, kept: Vec<LedgerRevision>) -> Self {
        let mut catalog = self.clone();
        for revision in kept {
            let Some(index) = self.position(&revision.revision) else {
                continue;
            };
            let entry = &mut catalog.stored[index];
            if matches!(entry.code, Code::NotCompiled(_)) && revision.downgrade.is_some() {
                entry.code = Code::Ledger(Box::new(revision));
                entry.checksum = OnceLock::new();
            }
        }
        catalog
    }

    /// Returns the graph.
    #[must_use]
    pub const fn graph(&self) -> &RevisionGraph {
        &self.graph
    }

    /// Returns what keeps declarations from fitting together, with file and line.
    #[must_use]
    pub fn faults(&self) -> &[Fault] {
        &self.faults
    }

    /// Returns what is wrong in single files; empty after [`Catalog::load`].
    #[must_use]
    pub fn errors(&self) -> &[SourceError] {
        &self.errors
    }

    /// Returns the files that run again and again after an upgrade, in the order in which they do.
    #[must_use]
    pub fn repeatables(&self) -> &[Repeatable] {
        &self.repeatables
    }

    /// Returns the revisions without what runs again and again.
    #[must_use]
    pub fn without_repeatables(&self) -> Self {
        Self {
            repeatables: Vec::new(),
            ..self.clone()
        }
    }

    /// Returns every revision that a source has, in the order of the files.
    #[must_use]
    pub fn entries(&self) -> Vec<Entry<'_>> {
        let nodes = self.graph.in_file_order();
        let nodes = nodes.map(|node| (node.position(), node.declaration()));
        let left_out = self.left_out.iter();
        let left_out = left_out.map(|(declaration, position)| (*position, &**declaration));
        let mut all: Vec<_> = nodes.chain(left_out).collect();
        all.sort_unstable_by_key(|(position, _)| *position);
        let entry = |(position, declaration): (usize, _)| Entry {
            declaration,
            code: &self.stored[position].code,
        };
        all.into_iter().map(entry).collect()
    }

    /// Returns the node of a revision, by its whole id.
    #[must_use]
    pub fn node(&self, id: &str) -> Option<&Node> {
        self.graph.get(id)
    }

    /// Takes a revision's code apart.
    ///
    /// # Errors
    /// Fails when the revision is unknown, with the first thing wrong in its body, and when this
    /// program was compiled with another text of it.
    pub fn script(&self, id: &RevisionId) -> Result<Script, ScriptError> {
        let entry = self.entry(id)?;
        Ok(entry.code.script(entry.path())?)
    }

    /// Returns the checksum that the revision's script has, without taking the code apart.
    #[must_use]
    pub fn checksum(&self, id: &RevisionId) -> Option<&Checksum> {
        Some(self.entry(id).ok()?.checksum())
    }

    /// Tells whether a revision's script has this checksum, or the one in Python that it stands in for;
    /// none where no source has the revision.
    #[must_use]
    pub fn has_checksum(&self, id: &RevisionId, checksum: &Checksum) -> Option<bool> {
        let is_own = *self.checksum(id)? == *checksum;
        let mut files = self.files(id);
        Some(is_own || files.any(|(_, code)| code.checksum() == *checksum))
    }

    /// Makes all checksums, for a caller that will ask for most of them and has nothing else to do
    /// until then.
    pub fn make_checksums(&self) {
        let threads = thread::available_parallelism().map_or(1, usize::from);
        let share = self.stored.len().div_ceil(threads).max(SHARE);
        thread::scope(|scope| {
            let mut shares = self.stored.chunks(share);
            let own = shares.next().unwrap_or_default();
            for share in shares {
                scope.spawn(move || {
                    for entry in share {
                        entry.checksum();
                    }
                });
            }
            for entry in own {
                entry.checksum();
            }
        });
    }

    /// Returns all that a revision's author wrote of it, where that is more than its message.
    #[must_use]
    pub fn doc(&self, id: &RevisionId) -> Option<String> {
        let entry = self.entry(id).ok()?;
        entry.code.doc(entry.path())
    }

    /// Returns the functions of a revision in Python that are not translated, `upgrade()` first;
    /// nothing for other revisions, which are not taken apart for it.
    #[must_use]
    pub fn untranslated(&self, node: &Node) -> Vec<Untranslated> {
        if node.format() != Format::Alembic {
            return Vec::new();
        }
        self.script(node.id())
            .map_or_else(|_| Vec::new(), |script| script.untranslated())
    }

    /// Returns what is known of the two functions of a revision in Python, `upgrade()` first; none for
    /// other revisions.
    #[must_use]
    pub fn drafts(&self, id: &RevisionId) -> Option<[Option<Draft>; 2]> {
        let entry = self.entry(id).ok()?;
        entry.code.drafts()
    }

    /// Returns the sections of a SQL revision as its file has them, comments included; none for any
    /// other revision.
    #[must_use]
    pub fn sections(&self, id: &RevisionId) -> Option<Vec<(Section, String)>> {
        self.entry(id).ok()?.code.sections()
    }

    /// Returns the text of a revision's file, its line ends plain; none where only the ledger has it.
    #[must_use]
    pub fn text(&self, id: &RevisionId) -> Option<Cow<'_, str>> {
        self.entry(id).ok()?.code.text()
    }

    /// Returns the files that a revision is written in, with what they are read as: its own, and the
    /// one in Python that it stands in for. None where only the ledger has it.
    pub fn files(&self, id: &RevisionId) -> impl Iterator<Item = (&Path, &Code)> {
        let own = self.entry(id).ok().into_iter();
        let own = own.filter_map(|entry| Some((entry.path.as_deref()?, &entry.code)));
        let replaced = self.replaced.iter();
        let replaced = replaced.filter(move |loaded| *id == *loaded.declaration.revision.value);
        own.chain(replaced.filter_map(|loaded| {
            let path = loaded.declaration.path.as_deref()?;
            Some((path, &loaded.code))
        }))
    }

    /// Tells why a revision's script has no way down, where its file has one that cannot be used:
    /// until somebody wants to go there, that keeps nobody from going up.
    ///
    /// # Errors
    /// Fails with the first thing wrong in it, and when the revision is unknown.
    pub fn check_downgrade(&self, id: &RevisionId) -> Result<(), ScriptError> {
        Ok(self.entry(id)?.code.check_downgrade()?)
    }

    /// Returns the revisions of other tools' folders, as they were read.
    pub(crate) fn taken_over(&self) -> Loading {
        let tools = self
            .stored
            .iter()
            .filter(|stored| matches!(stored.code, Code::Tool(_)));
        let loaded = tools.filter_map(|stored| {
            let declaration = stored.code.declare(stored.path())?;
            let code = stored.code.clone();
            Some(Loaded { declaration, code })
        });
        Loading {
            loaded: loaded.collect(),
            ..Loading::default()
        }
    }

    /// Returns what the tool that a revision comes from knows of it; none for revisions of no tool.
    #[must_use]
    pub fn legacy(&self, id: &RevisionId) -> Option<Legacy> {
        self.entry(id).ok()?.code.legacy()
    }

    /// Returns what the tool that a revision comes from is to be told of it; none where its table is
    /// not kept in step.
    #[must_use]
    pub fn mirrored(&self, id: &RevisionId) -> Option<Legacy> {
        let code = &self.entry(id).ok()?.code;
        code.is_mirrored().then(|| code.legacy())?
    }

    fn entry(&self, id: &RevisionId) -> Result<&Stored, ScriptError> {
        self.position(id.as_str())
            .map(|index| &self.stored[index])
            .ok_or_else(|| ScriptError::Unknown {
                revision: id.clone(),
            })
    }

    fn position(&self, id: &str) -> Option<usize> {
        if let Some(node) = self.graph.get(id) {
            return Some(node.position());
        }
        let mut left_out = self.left_out.iter();
        let (_, position) = left_out.find(|(left_out, _)| left_out.revision.value == id)?;
        Some(*position)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::Body;
    use crate::source::{Folders, Location};

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        folder
    }

    fn load(folder: &tempfile::TempDir) -> Result<Catalog, SourceErrors> {
        let folders = Folders::new(vec![Location::new(folder.path())], &[]);
        Catalog::load(&[&folders])
    }

    fn id(name: &str) -> RevisionId {
        RevisionId::from_database(name)
    }

    #[test]
    fn sql_and_rust_files_are_one_graph() {
        let folder = folder(&[
            ("1.sql", "-- revision: a\n-- limbeck: upgrade\nSELECT 1;\n"),
            (
                "2.rs",
                "//! two\npub const REVISION: Revision = Revision::new(\"b\").down_revision(\"a\");\n\
                 pub fn upgrade(op: &mut Op) -> Result<()> {}",
            ),
            (
                "3.sql",
                "-- revision: c\n-- down_revision: b\n-- limbeck: upgrade\nSELECT ';\n",
            ),
        ]);
        let catalog = load(&folder).unwrap();
        assert!(catalog.faults().is_empty());
        let heads: Vec<_> = catalog.graph().heads().iter().map(|n| n.id()).collect();
        assert_eq!(heads, [&id("c")]);
        let script = catalog.script(&id("a")).unwrap();
        assert!(matches!(script.upgrade, Body::Sql(ref s) if s[0].statements.len() == 1));
        let checksum = || catalog.checksum(&id("a")).map(ToString::to_string);
        assert_eq!(checksum().as_ref(), Some(&script.checksum));
        catalog.make_checksums();
        assert_eq!(checksum().as_ref(), Some(&script.checksum));
        assert!(matches!(
            catalog.script(&id("b")).unwrap().upgrade,
            Body::NotCompiled
        ));
        let error = catalog.script(&id("c")).unwrap_err().to_string();
        assert!(
            error.ends_with("3.sql:4: the string that begins here has no end"),
            "{error}"
        );
        assert!(matches!(
            catalog.script(&id("x")),
            Err(ScriptError::Unknown { .. })
        ));
    }

    #[test]
    fn the_errors_of_all_files_are_reported_together() {
        let folder = folder(&[("1.sql", ""), ("2.sql", "SELECT 1"), ("3.rs", "")]);
        let errors = load(&folder).unwrap_err();
        assert_eq!(errors.0.len(), 3);
        assert_eq!(errors.to_string().lines().count(), 3);
    }

    #[test]
    fn the_ledger_adds_only_what_no_file_has() {
        let folder = folder(&[("1.sql", "-- revision: a\n-- limbeck: upgrade\n")]);
        let entry = |name: &str, parent: Option<&str>| LedgerRevision {
            revision: name.to_owned(),
            down_revision: parent.into_iter().map(str::to_owned).collect(),
            message: "gone".to_owned(),
            checksum: "c".to_owned(),
            downgrade: Some("-- limbeck: downgrade\nDROP TABLE t;\n".to_owned()),
            ..LedgerRevision::default()
        };
        let catalog = load(&folder).unwrap();
        let catalog = catalog.with_ledger(vec![entry("a", None), entry("b", Some("a"))]);
        assert_eq!(catalog.graph().len(), 2);
        assert_eq!(catalog.node("a").map(Node::message), Some(""));
        assert_eq!(catalog.node("b").map(Node::message), Some("gone"));
        let script = catalog.script(&id("b")).unwrap();
        assert!(matches!(script.upgrade, Body::Absent));
        let Body::Sql(segments) = script.downgrade else {
            panic!("no SQL");
        };
        assert_eq!(segments[0].statements[0].text, "DROP TABLE t");
        assert_eq!(segments[0].statements[0].line, 0);
    }
}
