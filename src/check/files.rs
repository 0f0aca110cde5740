//! What is wrong in single files, and with how they fit together.

use std::collections::HashSet;
use std::path::Path;

use super::finding::{Finding, Site};
use super::{Rules, Unchecked};
use crate::catalog::{Catalog, Entry};
use crate::declaration::Format;
use crate::id::in_a_file_name;
use crate::op::Offline;
use crate::script::{Body, Script, Untranslated};
use crate::sql;

/// Returns everything that is wrong with the files, whatever a graph may be allowed to look like, and
/// what only other programs can say.
pub(super) fn look(catalog: &Catalog, rules: &Rules) -> (Vec<Finding>, Vec<Unchecked>) {
    let mut findings: Vec<Finding> = Vec::new();
    findings.extend(catalog.errors().iter().cloned().map(Finding::Source));
    findings.extend(catalog.faults().iter().cloned().map(Finding::Fault));
    // What a header lacks keeps the body from being read, too.
    let mut told: HashSet<_> = catalog
        .errors()
        .iter()
        .map(|error| (error.path.clone(), error.problem.to_string()))
        .collect();
    let mut bridged = 0;
    for entry in catalog.entries() {
        match entry.script() {
            Ok(script) => {
                findings.extend(missing_downgrade(entry, &script, rules));
                let untranslated = untranslated(entry, script);
                let by_other =
                    |it: &Finding| rules.bridged && matches!(it, Finding::NotTranslated { .. });
                bridged += usize::from(untranslated.iter().any(by_other));
                if !rules.bridged {
                    findings.extend(untranslated);
                }
            }
            Err(error) => {
                if told.insert((error.path.clone(), error.problem.to_string())) {
                    findings.push(Finding::Source(error));
                }
            }
        }
        if !is_named_after(entry) {
            let site = Site::of_entry(entry);
            findings.push(Finding::FileName { site });
        }
    }
    let mut unchecked = Vec::new();
    let derives = |entry: &Entry<'_>| entry.code().derives_downgrade();
    let derived = catalog.entries().into_iter().filter(derives).count();
    if derived > 0 {
        unchecked.push(Unchecked::Downgrades { revisions: derived });
    }
    if bridged > 0 {
        unchecked.push(Unchecked::Bridged { revisions: bridged });
    }
    (findings, unchecked)
}

fn untranslated(entry: Entry<'_>, script: Script) -> Vec<Finding> {
    // What another tool's code does is known to that tool.
    if entry.declaration().format != Format::Alembic {
        return Vec::new();
    }
    let finding = |it: Untranslated| {
        let site = Site {
            revision: entry.id().to_owned(),
            place: entry.place_of_line(it.why.line),
        };
        let (direction, reason) = (it.direction, it.why.reason);
        match it.certain {
            true => Finding::NotTranslated {
                site,
                direction,
                reason,
            },
            false => Finding::MayStop {
                site,
                direction,
                reason,
            },
        }
    };
    script.untranslated().into_iter().map(finding).collect()
}

fn missing_downgrade(entry: Entry<'_>, script: &Script, rules: &Rules) -> Option<Finding> {
    let reason = match &script.downgrade {
        // Whether its files lead back is a tool's own affair; one that should and cannot is not.
        Body::Absent if is_tool(entry) => Some(entry.check_downgrade().err()?.to_string()),
        // One that refuses does so on purpose, and leads back no more than none.
        Body::Absent | Body::Raises { .. } => None,
        Body::Reversed(upgrade) => {
            let arguments = Some(&rules.arguments);
            let reversed = sql::record_reverse(upgrade, Offline { arguments });
            Some(reversed.err()?.to_string())
        }
        Body::Sql(_)
        | Body::Code(_)
        | Body::Asking { .. }
        | Body::NotCompiled
        | Body::Foreign(_) => return None,
    };
    let site = Site::of_entry(entry);
    Some(Finding::MissingDowngrade { site, reason })
}

fn is_tool(entry: Entry<'_>) -> bool {
    matches!(entry.declaration().format, Format::Tool(_))
}

/// Whether the id stands in the file's name, neither in a longer word nor in a longer number.
fn is_named_after(entry: Entry<'_>) -> bool {
    match entry.declaration().format {
        Format::Rust | Format::Sql | Format::Alembic => {}
        // A tool names its files as it does.
        Format::Tool(_) | Format::Ledger => return true,
    }
    let path = entry.declaration().path.as_deref();
    let stem = path.and_then(Path::file_stem);
    stem.is_none_or(|stem| has_word(&stem.to_string_lossy(), &in_a_file_name(entry.id())))
}

fn has_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + word.len()..].chars().next();
        let bounds = [
            (before, word.chars().next()),
            (after, word.chars().next_back()),
        ];
        bounds.iter().all(|(outer, inner)| {
            let joins = |c: &Option<char>| c.is_some_and(char::is_alphanumeric);
            !(joins(outer) && joins(inner))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::op::{CompiledCode, CompiledRevision, Op, OpFn, Result, Revision};
    use crate::source::{Folders, Location};

    /// A program that was compiled with one revision without `fn downgrade`.
    fn compiled(upgrade: OpFn) -> Vec<String> {
        let source = "pub const REVISION: Revision = Revision::new(\"a\");\n\
                      pub fn upgrade(op: &mut Op) -> Result<()> { Ok(()) }\n";
        let code = CompiledCode::Rust {
            revision: Revision::new("a"),
            upgrade,
            downgrade: None,
        };
        let path = "versions/a.rs";
        let table = vec![CompiledRevision { path, source, code }];
        let folders = Folders::new(vec![Location::new("/nowhere/versions")], table.leak());
        let catalog = Catalog::load_healthy(&[&folders]);
        let (findings, unchecked) = look(&catalog, &Rules::default());
        assert_eq!(unchecked, []);
        findings.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_program_tries_the_downgrades_that_it_derives() {
        fn reversible(op: &mut Op<'_>) -> Result<()> {
            op.add_column("t", crate::op::column("a", "int"))
        }
        fn irreversible(op: &mut Op<'_>) -> Result<()> {
            op.execute("DROP TABLE t")
        }
        fn reading(op: &mut Op<'_>) -> Result<()> {
            op.query("SELECT 1", &[]).map(|_| ())
        }
        let told = |upgrade| compiled(upgrade).join("\n");
        assert_eq!(told(reversible), "");
        let told_of = told(irreversible);
        assert!(
            told_of.starts_with("revision `a` has no downgrade: `execute` on line ")
                && told_of.contains(" cannot be reversed: what undoes it is not given"),
            "{told_of}"
        );
        let told_of = told(reading);
        assert!(told_of.contains(" reads rows with `query`"), "{told_of}");
    }

    #[test]
    fn an_id_is_a_word_of_its_own_in_a_name() {
        for (name, id) in [
            ("a1", "a1"),
            ("x_a1", "a1"),
            ("2026-a1-b", "a1"),
            ("v1.2_x", "v1.2"),
        ] {
            assert!(has_word(name, id), "{name} {id}");
        }
        for (name, id) in [("a12", "a1"), ("xa1", "a1"), ("", "a"), ("A1", "a1")] {
            assert!(!has_word(name, id), "{name} {id}");
        }
    }
}
