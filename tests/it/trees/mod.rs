//! Public Alembic trees as they are: what limbeck makes of them, held against Alembic itself.
//!
//! The trees are packages of `tests/trees.txt`, brought by `tests/trees.sh`; nothing of them is kept
//! in this repository. Modules that their revisions import are not installed: where Alembic loads
//! the files, objects that are anything stand in for them.

mod graph;
mod schema;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::support::oracle;

/// A tree.
struct Tree {
    /// The package.
    name: String,
    /// The folder of the package, in which its modules are found.
    root: PathBuf,
    /// The folder of the revisions.
    versions: PathBuf,
}

impl Tree {
    /// Declarations that are constants of the application, as settings.
    fn declarations(&self) -> &'static str {
        match self.name.as_str() {
            "glance" => {
                "[alembic.declarations]\n'ocata_contract01.branch_labels' = 'ocata01, contract'\n\
                 'ocata_expand01.branch_labels' = 'expand'\n"
            }
            "neutron" => {
                "[alembic.declarations]\n'30018084ec99.branch_labels' = 'contract'\n\
                 '599c6a226151.branch_labels' = 'expand'\n"
            }
            _ => "",
        }
    }
}

/// Returns all trees, in the order of their list.
#[track_caller]
fn trees() -> Vec<Tree> {
    let all = unpacked();
    let list = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/trees.txt");
    let list = fs::read_to_string(list).unwrap();
    let trees = list.lines().filter_map(|line| {
        let (package, folder) = line.split_once('#')?;
        let (name, _) = package.trim().split_once("==")?;
        let root = all.join(name);
        let versions = root.join(folder.trim());
        assert!(versions.is_dir(), "{}", versions.display());
        let name = name.to_owned();
        Some(Tree {
            name,
            root,
            versions,
        })
    });
    trees.collect()
}

#[track_caller]
fn unpacked() -> &'static Path {
    static UNPACKED: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let unpacked = UNPACKED.get_or_init(|| {
        oracle::python();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/trees.sh");
        let output = Command::new("sh").arg(script).output();
        let output = output.map_err(|error| error.to_string())?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned());
        }
        Ok(String::from_utf8_lossy(&output.stdout).trim().into())
    });
    match unpacked {
        Ok(path) => path,
        Err(problem) => panic!("{problem}"),
    }
}
