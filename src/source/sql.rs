//! The SQL revision format: a header of `-- key: value` lines, then sections.
//!
//! [`declare`] looks at the header alone and does not touch the rest of the text; [`script`] reads
//! the whole. [`sections`] writes what [`script`] reads.

use std::path::Path;

use chrono::DateTime;

use super::error::{Problem, SourceError, suggest};
use crate::declaration::{Claim, Declaration, Format};
use crate::script::{Body, Mode, Script, Segment, Statement};
use crate::sql::classify;
use crate::sql::split::{block_comment_length, split_at, terminated};

const KEYS: [&str; 6] = [
    "revision",
    "down_revision",
    "branch_labels",
    "depends_on",
    "created",
    "message",
];

/// A section of a SQL revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// From the parents to this revision.
    Upgrade,
    /// From this revision to the parents.
    Downgrade,
    /// Queries that must hold afterwards.
    Verify,
}

impl Section {
    /// Returns the word that a section line has.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Upgrade => "upgrade",
            Self::Downgrade => "downgrade",
            Self::Verify => "verify",
        }
    }
}

/// Returns what follows `-- limbeck:` where a comment is a section line.
pub(super) fn marker(comment: &str) -> Option<&str> {
    let words = comment.strip_prefix("--")?.trim_start();
    Some(words.strip_prefix("limbeck:")?.trim())
}

/// How a section stands to the one before it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Joint {
    /// It is part of the same transaction.
    Goes,
    /// A transaction that begins with it.
    Begins,
    /// It runs outside of transactions.
    Outside,
}

impl Joint {
    const fn mode(self) -> Mode {
        match self {
            Self::Goes | Self::Begins => Mode::Transaction,
            Self::Outside => Mode::NoTransaction,
        }
    }

    /// Returns what a section line says of it.
    const fn words(self) -> &'static str {
        match self {
            Self::Goes => "",
            Self::Begins => " new-transaction",
            Self::Outside => " no-transaction",
        }
    }
}

fn section(words: &str) -> Result<(Section, Joint), Problem> {
    let mut list = words.split_whitespace();
    let section = match list.next() {
        Some("upgrade") => Some(Section::Upgrade),
        Some("downgrade") => Some(Section::Downgrade),
        Some("verify") => Some(Section::Verify),
        _ => None,
    };
    let joint = match (list.next(), list.next()) {
        (None, _) => Some(Joint::Goes),
        (Some("new-transaction"), None) => Some(Joint::Begins),
        (Some("no-transaction"), None) => Some(Joint::Outside),
        _ => None,
    };
    let found = match (section, joint) {
        (Some(Section::Verify), Some(Joint::Goes)) => (Section::Verify, Joint::Goes),
        (Some(section @ (Section::Upgrade | Section::Downgrade)), Some(joint)) => (section, joint),
        _ => {
            let all = [
                "upgrade",
                "downgrade",
                "upgrade no-transaction",
                "downgrade no-transaction",
                "upgrade new-transaction",
                "downgrade new-transaction",
                "verify",
            ];
            return Err(Problem::UnknownSection {
                words: words.to_owned(),
                suggestion: suggest(words, &all),
            });
        }
    };
    Ok(found)
}

/// Reads the header of a revision file whose line ends are plain.
///
/// Returns a declaration where the revision's id is known, errors or not.
pub(super) fn declare(
    path: &Path,
    text: &str,
    errors: &mut Vec<SourceError>,
) -> Option<Declaration> {
    let mut header = Header::default();
    let mut first = None;
    let mut has_section = false;
    for Row { text, line, .. } in rows(text) {
        first.get_or_insert((text, line));
        if let Some(comment) = text.strip_prefix("--") {
            if marker(text).is_some() {
                has_section = true;
                break;
            }
            if let Err(problem) = header.take(comment.trim(), line) {
                errors.push(SourceError::new(path, line, problem));
            }
        } else if !text.starts_with("/*") {
            if header.revision.is_some() {
                errors.push(SourceError::new(path, line, Problem::BeforeSection));
            }
            has_section = true;
            break;
        }
    }
    let Some((first, first_line)) = first else {
        errors.push(SourceError::new(path, 0, Problem::Empty));
        return None;
    };
    if let Some(revision) = header.revision {
        if !has_section {
            errors.push(SourceError::new(path, 0, Problem::NoUpgrade));
        }
        return Some(header.declaration(revision, path));
    }
    let has_several = |error: &SourceError| {
        matches!(error.problem, Problem::SeveralIds { .. }) && error.path == path
    };
    if errors.iter().any(has_several) {
        return None;
    }
    // One error says it all where a plain SQL file was put among the revisions.
    let is_plain = header.lines.iter().all(|line| *line == 0);
    let problem = if is_plain {
        errors.retain(|error| error.path != path);
        let first = first.chars().take(60).collect();
        Problem::NoHeader { first }
    } else {
        Problem::NoId
    };
    errors.push(SourceError::new(path, first_line, problem));
    None
}

/// As [`str::split_once`] at an ASCII character that is near: a plain loop finds it the soonest.
fn split_near(text: &str, at: u8) -> Option<(&str, &str)> {
    let end = text.bytes().position(|byte| byte == at)?;
    Some((&text[..end], &text[end + 1..]))
}

/// A line that is not empty, or the first line of a block comment.
pub(super) struct Row<'t> {
    /// Without the white space round it.
    pub(super) text: &'t str,
    /// The line of the file (1-based).
    pub(super) line: u32,
    /// Where `text` begins in the file's text.
    pub(super) start: usize,
}

/// Takes a text apart as far as it is a header: what a block comment holds is no row.
pub(super) fn rows(text: &str) -> impl Iterator<Item = Row<'_>> {
    let mut rest = text;
    let mut next = 1;
    std::iter::from_fn(move || {
        loop {
            let (row, after) = split_near(rest, b'\n').unwrap_or((rest, ""));
            let line = next;
            let words = row.trim_ascii_start();
            let start = text.len() - rest.len() + row.len() - words.len();
            let words = words.trim_ascii_end();
            if words.starts_with("/*") {
                let comment = &text[start..];
                let (comment, behind) = comment.split_at(block_comment_length(comment));
                next += u32::try_from(comment.matches('\n').count()).unwrap_or(u32::MAX);
                // What follows on the comment's last line is looked at as a line of its own.
                rest = match behind.strip_prefix('\n') {
                    Some(behind) => {
                        next += 1;
                        behind
                    }
                    None => behind,
                };
            } else if rest.is_empty() {
                return None;
            } else {
                rest = after;
                next += 1;
                if words.is_empty() {
                    continue;
                }
            }
            return Some(Row {
                text: words,
                line,
                start,
            });
        }
    })
}

/// Returns the key and the value of a comment that looks like `key: value`.
pub(super) fn key_value(comment: &str) -> Option<(&str, &str)> {
    let (key, value) = split_near(comment, b':')?;
    let is_key =
        !key.contains(char::is_whitespace) && (value.is_empty() || value.starts_with([' ', '\t']));
    is_key.then_some((key, value))
}

#[derive(Default)]
struct Header<'t> {
    revision: Option<(&'t str, u32)>,
    lists: [Vec<Claim>; 3],
    created: Option<DateTime<chrono::FixedOffset>>,
    message: &'t str,
    /// The line of each key; 0 where it has not come.
    lines: [u32; KEYS.len()],
}

impl<'t> Header<'t> {
    /// Takes a comment's text; one that does not look like `key: value` says nothing.
    fn take(&mut self, comment: &'t str, line: u32) -> Result<(), Problem> {
        let Some((key, value)) = key_value(comment) else {
            return Ok(());
        };
        let Some(index) = KEYS.iter().position(|known| *known == key) else {
            let suggestion = suggest(key, &KEYS);
            // `NOTE: …` is a comment like any other; `down_revison: …` is not.
            if suggestion.is_none() && !key.bytes().all(|b| b.is_ascii_lowercase() || b == b'_') {
                return Ok(());
            }
            let key = key.to_owned();
            return Err(Problem::UnknownKey { key, suggestion });
        };
        if self.lines[index] > 0 {
            let key = KEYS[index];
            let first = self.lines[index];
            return Err(Problem::DuplicateKey { key, first });
        }
        self.lines[index] = line;
        let value = value.trim();
        match index {
            0 if value.contains(',') => {
                let value = value.to_owned();
                return Err(Problem::SeveralIds { value });
            }
            0 if !value.is_empty() => self.revision = Some((value, line)),
            0 => {}
            1..=3 => {
                let names = value.split(',').map(str::trim).filter(|n| !n.is_empty());
                let claims = names.map(|name| Claim::new(name, line));
                // Nearly always one; a list that is left to itself begins with room for four.
                self.lists[index - 1].reserve_exact(usize::from(!value.is_empty()));
                self.lists[index - 1].extend(claims);
            }
            4 if value.is_empty() => {}
            4 => {
                let time = DateTime::parse_from_rfc3339(value).map_err(|_| {
                    let value = value.to_owned();
                    Problem::Created { value }
                })?;
                self.created = Some(time);
            }
            _ => self.message = value,
        }
        Ok(())
    }

    fn declaration(self, (id, line): (&str, u32), path: &Path) -> Declaration {
        let [down_revision, branch_labels, depends_on] = self.lists;
        Declaration {
            down_revision,
            branch_labels,
            depends_on,
            message: self.message.to_owned(),
            created: self.created,
            path: Some(path.into()),
            ..Declaration::new(Claim::new(id, line), Format::Sql)
        }
    }
}

/// Reads the sections of a revision file; the checksum is left empty.
///
/// # Errors
/// Fails with the first thing that cannot be run as the file says.
pub(super) fn script(path: &Path, text: &str) -> Result<Script, SourceError> {
    let error = |line, problem| SourceError::new(path, line, problem);
    let bodies = bodies(text).map_err(|Fault { line, problem }| error(line, problem))?;
    let check = |segments: &Option<Vec<Segment>>, section: Section| {
        check(segments.as_deref().unwrap_or_default(), section)
            .map_err(|Fault { line, problem }| error(line, problem))
    };
    check(&bodies.upgrade, Section::Upgrade)?;
    check(&bodies.downgrade, Section::Downgrade)?;
    let Some(upgrade) = bodies.upgrade else {
        return Err(error(0, Problem::NoUpgrade));
    };
    Ok(Script {
        upgrade: Body::Sql(upgrade),
        downgrade: bodies.downgrade.map_or(Body::Absent, Body::Sql),
        downgrade_path: None,
        verify: bodies.verify,
        checksum: String::new(),
    })
}

/// What is wrong, before it is known in which file.
pub(super) struct Fault {
    pub(super) line: u32,
    pub(super) problem: Problem,
}

/// The sections of a text; none where it has no such section.
#[derive(Default)]
pub(super) struct Bodies {
    pub(super) upgrade: Option<Vec<Segment>>,
    pub(super) downgrade: Option<Vec<Segment>>,
    pub(super) verify: Vec<Statement>,
}

pub(super) fn bodies(text: &str) -> Result<Bodies, Fault> {
    let parts = split_at(text, 1, |comment| marker(comment).is_some()).map_err(|error| Fault {
        line: error.line(),
        problem: Problem::Split(error),
    })?;
    let mut bodies = Bodies::default();
    for part in parts {
        let Some(line) = part.marker else {
            if let Some(statement) = part.statements.first() {
                let line = statement.line;
                let problem = Problem::BeforeSection;
                return Err(Fault { line, problem });
            }
            continue;
        };
        let words = marker(line.text).unwrap_or_default();
        let (section, joint) = section(words).map_err(|problem| Fault {
            line: line.line,
            problem,
        })?;
        let body = match section {
            Section::Upgrade => bodies.upgrade.get_or_insert_default(),
            Section::Downgrade => bodies.downgrade.get_or_insert_default(),
            Section::Verify => {
                bodies.verify.extend(part.statements);
                continue;
            }
        };
        let mode = joint.mode();
        match body.last_mut() {
            _ if part.statements.is_empty() => {}
            Some(last) if last.mode == mode && joint != Joint::Begins => {
                last.statements.extend(part.statements);
            }
            _ => body.push(Segment {
                mode,
                statements: part.statements,
            }),
        }
    }
    Ok(bodies)
}

/// Returns the sections of a text as they are written, those of one kind together; none where it
/// cannot be taken apart.
///
/// The line that opens a section is left out where it says no more than the kind.
pub(super) fn written(text: &str) -> Option<Vec<(Section, String)>> {
    let parts = split_at(text, 1, |comment| marker(comment).is_some()).ok()?;
    let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1));
    let starts: Vec<usize> = starts.chain([text.len()]).collect();
    let start_of = |line: u32| starts.get(line as usize - 1).copied();
    let markers: Vec<_> = parts
        .iter()
        .filter_map(|part| part.marker.as_ref())
        .collect();
    let mut written: Vec<(Section, String)> = Vec::new();
    for (index, opening) in markers.iter().enumerate() {
        let (section, joint) = section(marker(opening.text)?).ok()?;
        let from = match joint {
            Joint::Goes => start_of(opening.line + 1)?,
            Joint::Begins | Joint::Outside => start_of(opening.line)?,
        };
        let to = match markers.get(index + 1) {
            Some(next) => start_of(next.line)?,
            None => text.len(),
        };
        let body = text.get(from..to)?.trim_matches('\n');
        match written.iter_mut().find(|(known, _)| *known == section) {
            Some((_, text)) => {
                text.push_str("\n\n");
                text.push_str(body);
            }
            None => written.push((section, body.to_owned())),
        }
    }
    Some(written)
}

/// Refuses what would go wrong halfway: PostgreSQL notices it only when it gets there.
fn check(segments: &[Segment], section: Section) -> Result<(), Fault> {
    for segment in segments {
        for Statement { text, line } in &segment.statements {
            let line = *line;
            if classify::is_transaction_control(text) {
                let statement = text.chars().take(40).collect();
                let problem = Problem::TransactionControl { statement };
                return Err(Fault { line, problem });
            }
            if segment.mode == Mode::Transaction
                && let Some(what) = classify::needs_no_transaction(text)
            {
                let section = section.as_str();
                let problem = Problem::NeedsNoTransaction { what, section };
                return Err(Fault { line, problem });
            }
        }
    }
    Ok(())
}

/// Returns whether a comment opens a section.
#[must_use]
pub fn is_section_line(comment: &str) -> bool {
    marker(comment).is_some()
}

/// Writes segments as sections of one direction, so that reading them gives the same segments.
///
/// A comment inside a statement that would read as a section line gets a third dash.
#[must_use]
pub fn sections(segments: &[Segment], section: Section) -> String {
    let mut text = String::new();
    let open = |text: &mut String, joint: Joint| {
        for part in ["-- limbeck: ", section.as_str(), joint.words(), "\n"] {
            text.push_str(part);
        }
    };
    if segments.is_empty() {
        open(&mut text, Joint::Goes);
    }
    let mut before = None;
    for segment in segments {
        let joint = match (before.replace(segment.mode), segment.mode) {
            (Some(Mode::Transaction), Mode::Transaction) => Joint::Begins,
            (_, Mode::Transaction) => Joint::Goes,
            (_, Mode::NoTransaction) => Joint::Outside,
        };
        open(&mut text, joint);
        for statement in &segment.statements {
            text.push_str(&terminated(&statement.text, is_section_line));
            text.push('\n');
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATH: &str = "versions/a.sql";

    fn claims(claims: &[Claim]) -> Vec<(&str, u32)> {
        claims.iter().map(|c| (c.value.as_str(), c.line)).collect()
    }

    fn errors(text: &str) -> String {
        let mut errors = Vec::new();
        declare(Path::new(PATH), text, &mut errors);
        let lines = errors.iter().map(|error| {
            let hint = error.hint().map(|hint| format!("\n  {hint}"));
            format!("{error}{}", hint.unwrap_or_default())
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    fn refusal(text: &str) -> String {
        let error = script(Path::new(PATH), text).unwrap_err();
        let hint = error.hint().map(|hint| format!("\n  {hint}"));
        format!("{error}{}", hint.unwrap_or_default())
    }

    fn body(body: &Body) -> Vec<(Mode, Vec<(&str, u32)>)> {
        let Body::Sql(segments) = body else {
            panic!("no SQL: {body:?}");
        };
        segments
            .iter()
            .map(|segment| {
                let statements = segment.statements.iter();
                let statements = statements.map(|s| (s.text.as_str(), s.line)).collect();
                (segment.mode, statements)
            })
            .collect()
    }

    #[test]
    fn a_header_is_read_with_the_line_of_each_claim() {
        let text = "/* licence\n * -- revision: no */\n--revision: c\n-- why: not\n\n\
                    -- down_revision: a, b ,\n-- see https://example.org\n-- NOTE: fine\n\
                    -- branch_labels: users\n--depends_on:x\n-- depends_on: x\n\
                    -- created: 2026-11-20T09:12:44+01:00\n--   message:  add: accounts  \n\n\
                    -- limbeck: upgrade\n-- revision: other\n";
        let mut errors = Vec::new();
        let read = declare(Path::new(PATH), text, &mut errors).unwrap();
        assert_eq!((read.revision.value.as_str(), read.revision.line), ("c", 3));
        assert_eq!(claims(&read.down_revision), [("a", 6), ("b", 6)]);
        assert_eq!(claims(&read.branch_labels), [("users", 9)]);
        assert_eq!(claims(&read.depends_on), [("x", 11)]);
        assert_eq!(read.message, "add: accounts");
        let created = read.created.unwrap().to_rfc3339();
        assert_eq!(created, "2026-11-20T09:12:44+01:00");
        let keys: Vec<_> = errors.iter().map(|e| (e.line, e.problem.clone())).collect();
        let key = "why".to_owned();
        let suggestion = None;
        assert_eq!(keys, [(4, Problem::UnknownKey { key, suggestion })]);
    }

    #[test]
    fn a_block_comment_may_share_its_last_line() {
        let text =
            "/* a\nb */ -- revision: x\n/* c */\n/* d */   \n\n-- message: m\n-- limbeck: upgrade";
        let mut errors = Vec::new();
        let read = declare(Path::new(PATH), text, &mut errors).unwrap();
        assert_eq!((read.revision.line, read.message.as_str()), (2, "m"));
        assert_eq!(errors, []);
        assert_eq!(errors_of("/* never closed\n-- revision: a"), 1);
    }

    fn errors_of(text: &str) -> usize {
        errors(text).lines().filter(|l| !l.starts_with(' ')).count()
    }

    #[test]
    fn what_is_wrong_with_a_header_is_said_with_line_and_advice() {
        insta::assert_snapshot!(errors(""), @r##"
        versions/a.sql: the file is empty
          begin the file with a line such as `-- revision: 9f3c1a7be204`; `limbeck revision --sql -m "…"` writes a whole file
        "##);
        insta::assert_snapshot!(errors("\n \nCREATE TABLE t ();\n"), @r##"
        versions/a.sql:3: the file has no header of a revision; it begins with `CREATE TABLE t ();`
          begin the file with a line such as `-- revision: 9f3c1a7be204`; `limbeck revision --sql -m "…"` writes a whole file
        "##);
        insta::assert_snapshot!(errors("-- PostgreSQL database dump\n\n-- name: x\nSELECT 1"), @r##"
        versions/a.sql:1: the file has no header of a revision; it begins with `-- PostgreSQL database dump`
          begin the file with a line such as `-- revision: 9f3c1a7be204`; `limbeck revision --sql -m "…"` writes a whole file
        "##);
        insta::assert_snapshot!(errors("-- message: x\n-- revision:\n-- limbeck: upgrade"), @r##"
        versions/a.sql:1: the header has no `revision`
          begin the file with a line such as `-- revision: 9f3c1a7be204`; `limbeck revision --sql -m "…"` writes a whole file
        "##);
        insta::assert_snapshot!(errors("-- revision: a\n-- down_revison: b\n-- Depends_On: c\n-- message: x\n-- message: y\n-- created: yesterday\n-- limbeck: upgrade"), @r"
        versions/a.sql:2: unknown header key `down_revison`
          did you mean `down_revision`?
        versions/a.sql:3: unknown header key `Depends_On`
          did you mean `depends_on`?
        versions/a.sql:5: header key `message` is already given on line 4
        versions/a.sql:6: `yesterday` is no date and time with an offset
          write it as 2026-11-20T09:12:44Z
        ");
        insta::assert_snapshot!(errors("-- revision: a, b\n-- limbeck: upgrade"), @"
        versions/a.sql:1: `a, b` is not one revision id: it has a comma
          parents are named by `-- down_revision:`
        ");
        insta::assert_snapshot!(errors("-- revision: a\n\nSELECT 1;\n-- limbeck: upgrade\n"), @r"
        versions/a.sql:3: a statement stands before the first section
          write `-- limbeck: upgrade` on a line above the statements
        ");
        insta::assert_snapshot!(errors("-- revision: a\n"), @r"
        versions/a.sql: the file has no upgrade section
          write `-- limbeck: upgrade` on a line above the statements
        ");
    }

    #[test]
    fn sections_of_one_kind_follow_each_other_and_segments_of_one_mode_are_joined() {
        let text = "-- revision: a\n-- limbeck: upgrade\nSELECT 1; SELECT 2\n\
                    --limbeck:upgrade  no-transaction\nVACUUM;\n-- limbeck: verify\nSELECT true;\n\
                    -- limbeck: upgrade no-transaction\nREINDEX SCHEMA s;\n-- limbeck: upgrade\n\
                    DO $$ BEGIN\n-- limbeck: downgrade\nEND $$;\n-- limbeck: upgrade\nSELECT 4;\n";
        let script = script(Path::new(PATH), text).unwrap();
        assert_eq!(
            body(&script.upgrade),
            [
                (Mode::Transaction, vec![("SELECT 1", 3), ("SELECT 2", 3)]),
                (
                    Mode::NoTransaction,
                    vec![("VACUUM", 5), ("REINDEX SCHEMA s", 9)]
                ),
                (
                    Mode::Transaction,
                    vec![
                        ("DO $$ BEGIN\n-- limbeck: downgrade\nEND $$", 11),
                        ("SELECT 4", 15)
                    ]
                ),
            ]
        );
        assert!(matches!(script.downgrade, Body::Absent));
        assert_eq!(script.verify.len(), 1);
    }

    #[test]
    fn a_section_may_begin_a_transaction_of_its_own() {
        let text = "-- revision: a\n-- limbeck: upgrade\nSELECT 1;\n\
                    -- limbeck: upgrade new-transaction\nSELECT 2;\n\
                    -- limbeck: upgrade\nSELECT 3;\n-- limbeck: upgrade new-transaction\n";
        let script = script(Path::new(PATH), text).unwrap();
        assert_eq!(
            body(&script.upgrade),
            [
                (Mode::Transaction, vec![("SELECT 1", 3)]),
                (Mode::Transaction, vec![("SELECT 2", 5), ("SELECT 3", 7)]),
            ]
        );
    }

    #[test]
    fn an_empty_section_is_there_and_a_missing_one_is_not() {
        let text = "-- revision: a\n-- limbeck: upgrade\n-- limbeck: downgrade\n-- nothing\n";
        let script = script(Path::new(PATH), text).unwrap();
        assert_eq!(body(&script.upgrade), []);
        assert_eq!(body(&script.downgrade), []);
        insta::assert_snapshot!(refusal("-- revision: a\n-- limbeck: downgrade\n"), @r"
        versions/a.sql: the file has no upgrade section
          write `-- limbeck: upgrade` on a line above the statements
        ");
    }

    #[test]
    fn what_would_go_wrong_halfway_is_refused_before_anything_runs() {
        let up = |sql: &str| refusal(&format!("-- revision: a\n-- limbeck: upgrade\n{sql}\n"));
        insta::assert_snapshot!(up("SELECT 1;\n\nCREATE INDEX CONCURRENTLY i ON t (a);"), @r"
        versions/a.sql:5: CREATE INDEX CONCURRENTLY cannot run inside a transaction
          write `-- limbeck: upgrade no-transaction` on a line above it
        ");
        insta::assert_snapshot!(up("-- limbeck: downgrade\nVACUUM;"), @r"
        versions/a.sql:4: VACUUM cannot run inside a transaction
          write `-- limbeck: downgrade no-transaction` on a line above it
        ");
        insta::assert_snapshot!(up("BEGIN;\nSELECT 1;\nCOMMIT;"), @r"
        versions/a.sql:3: `BEGIN` interferes with the transaction that limbeck keeps
          delete it; a section runs in one transaction, or without one after `-- limbeck: upgrade no-transaction`
        ");
        insta::assert_snapshot!(up("SELECT 'it;\n"), @"versions/a.sql:3: the string that begins here has no end");
        insta::assert_snapshot!(up("\\restrict x"), @r"
        versions/a.sql:3: `\restrict` is a command of psql, not SQL
          delete the line; newer versions of pg_dump write it for psql alone
        ");
        insta::assert_snapshot!(up("-- limbeck: upgrade no-transcation"), @r"
        versions/a.sql:3: `upgrade no-transcation` names no section
          did you mean `upgrade no-transaction`?
        ");
        insta::assert_snapshot!(up("-- limbeck: rollback now"), @r"
        versions/a.sql:3: `rollback now` names no section
          the sections are upgrade and downgrade, each also with no-transaction or new-transaction, and verify
        ");
    }

    #[test]
    fn written_sections_read_as_the_same_segments() {
        let statement = |text: &str| Statement {
            text: text.to_owned(),
            line: 0,
        };
        let segments = [
            Segment {
                mode: Mode::Transaction,
                statements: vec![
                    statement("SELECT 1 -- ; limbeck"),
                    statement("DO $$\n-- limbeck: downgrade\n$$"),
                    statement("CREATE FUNCTION f() BEGIN ATOMIC SELECT 1; END"),
                ],
            },
            Segment {
                mode: Mode::NoTransaction,
                statements: vec![statement("VACUUM")],
            },
            Segment {
                mode: Mode::Transaction,
                statements: vec![statement("ALTER TYPE e ADD VALUE 'x'")],
            },
            Segment {
                mode: Mode::Transaction,
                statements: vec![statement("INSERT INTO t VALUES ('x')")],
            },
        ];
        let text = sections(&segments, Section::Downgrade);
        let read = bodies(&text).ok().and_then(|bodies| bodies.downgrade);
        let mut read = read.unwrap();
        for statement in read.iter_mut().flat_map(|s| &mut s.statements) {
            statement.line = 0;
        }
        let mut written = segments.to_vec();
        // A comment behind the last token is no part of the statement.
        written[0].statements[0].text = "SELECT 1".to_owned();
        assert_eq!(read, written);

        let hidden = [Segment {
            mode: Mode::Transaction,
            statements: vec![statement("SELECT 1,\n-- limbeck: verify\n2")],
        }];
        let text = sections(&hidden, Section::Upgrade);
        let read = bodies(&text).ok().unwrap();
        assert_eq!(read.upgrade.map(|s| s[0].statements.len()), Some(1));
        assert_eq!(sections(&[], Section::Upgrade), "-- limbeck: upgrade\n");
    }

    #[test]
    fn sections_are_shown_as_they_are_written() {
        let text = "-- revision: a\n\n-- limbeck: upgrade\n-- why\nSELECT '\n-- limbeck: downgrade\n';\n\n\
                    -- limbeck: downgrade\n-- limbeck: upgrade no-transaction\nSELECT 2;";
        let written = written(text).unwrap();
        let written: Vec<_> = written
            .iter()
            .map(|(s, text)| (s.as_str(), text.as_str()))
            .collect();
        assert_eq!(
            written,
            [
                (
                    "upgrade",
                    "-- why\nSELECT '\n-- limbeck: downgrade\n';\n\n\
                     -- limbeck: upgrade no-transaction\nSELECT 2;"
                ),
                ("downgrade", ""),
            ]
        );
        assert_eq!(super::written("-- limbeck: upgrade\nSELECT '"), None);
    }
}
