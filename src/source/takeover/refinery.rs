//! refinery: `V1__name.sql`, and `U1__name.sql` for what may be applied out of order.
//!
//! Files are found, named and summed up by refinery itself. It sends a file whole, in a transaction.
//! Migrations coded in Rust have their place in the line and cannot be run here.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::path::Path;

use ::refinery::Migration;
use refinery_core::{MigrationType, find_migration_files};
use siphasher::sip::SipHasher13;

use super::flyway::undoes;
use super::line::{Draft, Order, bad_version, digits};
use super::recognise::Claim;
use super::sending::Sending;
use super::tree::{File, Tree};
use super::{Bodies, Step, Takeover, ToolFormat};
use crate::declaration::Tool;
use crate::script::Foreign;
use crate::source::error::{Problem, SourceError};

pub(super) struct Refinery;

impl ToolFormat for Refinery {
    fn claim(&self, tree: &Tree) -> Option<Claim> {
        let ours: Vec<_> = tree
            .files
            .iter()
            .filter_map(|file| parts(file.split().1))
            .collect();
        let has_unversioned = || ours.iter().any(|name| name.sign == 'U');
        if ours.iter().any(|name| name.is_code) || has_unversioned() && !undoes(tree) {
            return Some(Claim::Marked);
        }
        (!ours.is_empty()).then_some(Claim::Named)
    }

    fn is_deep(&self) -> bool {
        true
    }

    fn drafts(&self, source: &Takeover, tree: &Tree, errors: &mut Vec<SourceError>) -> Vec<Draft> {
        let mut drafts = Vec::new();
        let by_path: HashMap<&Path, &File> = tree
            .files
            .iter()
            .map(|file| (file.path.as_path(), file))
            .collect();
        for location in [&source.path].into_iter().chain(&source.locations) {
            match found(location) {
                Ok(paths) => {
                    let files = paths
                        .iter()
                        .filter_map(|path| by_path.get(path.as_path()).copied());
                    drafts.extend(files.filter_map(|file| draft(file, errors)));
                }
                Err(error) => errors.push(error),
            }
        }
        drafts
    }

    fn bodies(&self, step: &Step) -> Bodies {
        step.two_files(|_| Sending::Wrapped)
    }

    fn checksum(&self, step: &Step) -> Option<String> {
        let draft = &step.draft;
        if draft.foreign.is_some() {
            return None;
        }
        let text = draft.up.text.written();
        let name = super::file_name(&draft.up.path);
        let name = name.trim_end_matches(".sql");
        let checksum = match Migration::unapplied(name, text) {
            Ok(migration) => migration.checksum(),
            // With its feature `int8-versions` refinery sums up a longer number in the same way.
            Err(_) => {
                let version: i64 = draft.version.parse().ok()?;
                let mut hasher = SipHasher13::new();
                draft.name.hash(&mut hasher);
                version.hash(&mut hasher);
                text.hash(&mut hasher);
                hasher.finish()
            }
        };
        Some(checksum.to_string())
    }

    fn table(&self) -> &'static str {
        "refinery_schema_history"
    }
}

/// The files that refinery finds, below the folder as it was named.
fn found(location: &Path) -> Result<Vec<std::path::PathBuf>, SourceError> {
    let fail = |message: String| {
        let kind = std::io::ErrorKind::Other;
        SourceError::new(location, 0, Problem::Unreadable { kind, message })
    };
    let real = location
        .canonicalize()
        .map_err(|error| fail(error.to_string()))?;
    let paths = find_migration_files(location, MigrationType::All)
        .map_err(|error| fail(error.to_string()))?;
    let below = paths.filter_map(|path| Some(location.join(path.strip_prefix(&real).ok()?)));
    Ok(below.collect())
}

struct Name<'n> {
    sign: char,
    version: &'n str,
    title: &'n str,
    is_code: bool,
}

/// A name in its parts: `^([U|V])(\d+(?:\.\d+)?)__(\w+)\.(rs|sql)$`.
fn parts(name: &str) -> Option<Name<'_>> {
    let (stem, is_code) = match name.strip_suffix(".rs") {
        Some(stem) => (stem, true),
        None => (name.strip_suffix(".sql")?, false),
    };
    let sign = stem.chars().next().filter(|c| matches!(c, 'U' | 'V'))?;
    let (version, title) = stem[1..].split_once("__")?;
    let whole = match version.split_once('.') {
        Some((whole, part)) if digits(part) == Some((part, "")) => whole,
        Some(_) => return None,
        None => version,
    };
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let fits =
        digits(whole) == Some((whole, "")) && !title.is_empty() && title.chars().all(is_word);
    fits.then_some(Name {
        sign,
        version,
        title,
        is_code,
    })
}

fn draft(file: &File, errors: &mut Vec<SourceError>) -> Option<Draft> {
    let name = parts(file.split().1)?;
    // The name may have a point; a version must not.
    let Ok(version) = name.version.parse::<i64>() else {
        errors.push(bad_version(name.version, &file.path, Tool::Refinery));
        return None;
    };
    let mut draft = Draft {
        order: Some(Order::number(version.unsigned_abs().into())),
        number: name.version.to_owned(),
        title: name.title.to_owned(),
        version: version.to_string(),
        name: name.title.to_owned(),
        ..Draft::of(file, errors)
    };
    if name.is_code {
        draft.foreign = Some(Foreign {
            line: 1,
            reason: "is written in Rust for refinery, which limbeck does not run".to_owned(),
        });
    }
    Some(draft)
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::super::testing::folder;
    use super::*;

    #[test]
    fn refinery_finds_the_files_and_rust_is_left_to_it() {
        let folder = folder(&[
            ("m/V1__initial.sql", "CREATE TABLE t ();\n"),
            ("m/nested/V3__third.sql", "SELECT 3; SELECT 4"),
            (
                "m/V2__second.rs",
                "pub fn migration() -> String { String::new() }",
            ),
            ("m/U10__late.sql", "SELECT 10"),
            ("m/mod.rs", "// embedded"),
            ("m/V4_no.sql", ""),
        ]);
        assert_snapshot!(folder.read(), @r"
         > 1 @m refinery, initial: [1:CREATE TABLE t ()] / none
        1 > 2 refinery, second: is written in Rust for refinery, which limbeck does not run (line 1) / is written in Rust for refinery, which limbeck does not run (line 1)
        2 > 3 refinery, third: [1:SELECT 3; 1:SELECT 4] / none
        3 > 10 refinery, late: [1:SELECT 10] / none
        ");
        let legacy = folder.legacies(folder.source());
        let known = Migration::unapplied("V1__initial", "CREATE TABLE t ();\n").unwrap();
        assert_eq!(legacy[0].checksum, Some(known.checksum().to_string()));
        assert_eq!(
            (legacy[0].version.as_str(), legacy[0].name.as_str()),
            ("1", "initial")
        );
        assert_eq!(legacy[1].checksum, None);
    }

    #[test]
    fn a_version_beyond_32_bits_is_summed_up_as_refinery_does_with_int8_versions() {
        let folder = folder(&[("m/V20250101000000__initial.sql", "SELECT 1")]);
        let mut source = folder.source();
        source.tool = Some(Tool::Refinery);
        let mut hasher = SipHasher13::new();
        ("initial", 20_250_101_000_000_i64, "SELECT 1").hash(&mut hasher);
        let legacy = &folder.legacies(source)[0];
        assert_eq!(legacy.checksum, Some(hasher.finish().to_string()));
    }

    #[test]
    fn what_refinery_refuses_is_refused() {
        let folder = folder(&[
            ("m/V1__a.sql", ""),
            ("m/U1__b.sql", ""),
            ("m/V1.5__c.sql", ""),
            ("m/V2__d.rs", ""),
            ("m/V3__e.sql", "VACUUM"),
        ]);
        assert_snapshot!(folder.read(), @r#"
        m: the files could be those of refinery or flyway
          write `format = "refinery"` or `format = "flyway"` in its [[source]]
        "#);
    }
}
