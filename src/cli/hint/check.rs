//! What to do about what a check found, and about what it could not look at.

use std::path::Path;

use crate::catalog::Catalog;
use crate::check::{Finding, Rebase, Report, Site, Unchecked};
use crate::cli::config::Config;
use crate::cli::failure::{Candidate, Failure};
use crate::cli::file_name::slug;
use crate::cli::git::{Commits, GitError};
use crate::cli::hint::run::who_runs_python;
use crate::declaration::Format;
use crate::graph::Fault;

/// Gives advice on findings.
pub struct Advice<'a> {
    /// The settings.
    pub config: &'a Config,
    /// The revisions that were checked.
    pub catalog: &'a Catalog,
}

impl Advice<'_> {
    /// Returns what to do about a finding.
    #[must_use]
    pub fn on(&self, finding: &Finding) -> Vec<String> {
        match finding {
            Finding::Source(error) => error.hint().into_iter().collect(),
            Finding::Fault(fault) => Failure::of_fault(fault).hints,
            Finding::MultipleHeads {
                branch,
                heads,
                rebase,
            } => self.several_heads(branch.as_deref(), heads, rebase.as_ref()),
            Finding::UnexpectedHead { head, .. } => vec![
                format!(
                    "`limbeck merge {} … -m \"…\"` joins it with another",
                    head.revision
                ),
                "`check.heads` lists the lines that may have a head".to_owned(),
            ],
            Finding::UnknownLine { candidates, .. } => match candidates.as_slice() {
                [] => vec!["no revision has a branch label".to_owned()],
                [one] => vec![format!("did you mean `{one}`?")],
                several => vec![format!(
                    "did you mean one of these: {}?",
                    several.join(", ")
                )],
            },
            Finding::MissingDowngrade { site, .. } => vec![
                self.how_to_go_down(site).to_owned(),
                "`check.ignore` in limbeck.toml names what is not to be reported".to_owned(),
            ],
            Finding::NotTranslated { .. } | Finding::MayStop { .. } => vec![
                who_runs_python("REVISION"),
                "`check.ignore` in limbeck.toml names what is not to be reported".to_owned(),
            ],
            Finding::FileName { site } => self.file_name(site).into_iter().collect(),
            Finding::ChangedSinceApplied { .. } => {
                vec!["undo the edit; what is to be changed goes into a new revision".to_owned()]
            }
            Finding::AppliedWithoutFile { site } => vec![
                "this checkout may be older than the database, or the file was deleted".to_owned(),
                format!(
                    "`limbeck downgrade {}@-1` takes it back with what the ledger kept of it",
                    site.revision
                ),
            ],
            Finding::UnknownInDatabase { .. } => vec![
                "this checkout may be older than the database: update it".to_owned(),
                "`limbeck status` shows what is known".to_owned(),
            ],
            Finding::ChangedRevision { site, reference }
            | Finding::DeletedRevision { site, reference } => {
                let back = site
                    .place
                    .path
                    .as_deref()
                    .and_then(|path| restore(reference, path));
                let mut hints: Vec<String> = back.into_iter().collect();
                if matches!(finding, Finding::ChangedRevision { .. }) {
                    hints.push("what is to be changed goes into a new revision".to_owned());
                }
                hints
            }
            Finding::SharedObject { .. } => vec![
                "read both: nothing says which of them runs first, unless one stands on the other"
                    .to_owned(),
            ],
            Finding::AfterMerge { reference, finding } => match &**finding {
                Finding::MultipleHeads { heads, rebase, .. } => {
                    after_merge(reference, heads, rebase.as_ref())
                }
                Finding::Fault(Fault::MissingParent { .. } | Fault::MissingDependency { .. }) => {
                    vec!["one side builds on what the other deletes".to_owned()]
                }
                other => self.on(other),
            },
        }
    }

    fn several_heads(
        &self,
        branch: Option<&str>,
        heads: &[Site],
        rebase: Option<&Rebase>,
    ) -> Vec<String> {
        let all = match branch {
            Some(branch) => format!("{branch}@heads"),
            None => "heads".to_owned(),
        };
        let mut hints = Vec::new();
        if let Some(Rebase { revision, onto }) = rebase {
            hints.push(format!(
                "`limbeck rebase {revision} --onto {onto}` puts one line on top of the other"
            ));
        }
        hints.push(format!("`limbeck merge {all} -m \"…\"` joins them"));
        let is_labelled = |head: &Site| {
            let node = self.catalog.node(&head.revision);
            node.is_some_and(|node| !node.branch_names().is_empty())
        };
        if branch.is_none() && heads.iter().all(is_labelled) {
            hints.push(
                "where the lines are to stay apart, `check.heads` in limbeck.toml lists their labels"
                    .to_owned(),
            );
        }
        hints
    }

    fn how_to_go_down(&self, site: &Site) -> &'static str {
        let mut entries = self.catalog.entries().into_iter();
        let format = entries
            .find(|entry| entry.place() == site.place)
            .map_or(Format::Sql, |entry| entry.declaration().format);
        match format {
            Format::Rust => "write `pub fn downgrade`; it may do nothing",
            Format::Alembic => "write `def downgrade()`; it may do nothing",
            Format::Tool(_) => "mend what leads back; nobody is kept from going up",
            Format::Sql | Format::Ledger => {
                "write a section `-- limbeck: downgrade`; it may be empty"
            }
        }
    }

    /// Says what the template would call the file.
    fn file_name(&self, site: &Site) -> Option<String> {
        let path = site.place.path.as_deref()?;
        let node = self.catalog.node(&site.revision)?;
        let template = &self.config.file_template;
        if template.makes_folders() {
            return None;
        }
        let created = match node.created() {
            None if template.names_date() => return None,
            created => created.unwrap_or_default(),
        };
        let slug = slug(node.message(), self.config.truncate_slug_length);
        let clock = self.config.timezone.clock(created.to_utc());
        let mut name = template.name(&site.revision, &slug, &clock);
        if let Some(ending) = path.extension() {
            name = format!("{name}.{}", ending.to_string_lossy());
        }
        let renamed = path.with_file_name(name);
        Some(format!("`{}` would be its name", renamed.display()))
    }
}

fn after_merge(reference: &str, heads: &[Site], rebase: Option<&Rebase>) -> Vec<String> {
    let mut hints = Vec::new();
    if let Some(Rebase { revision, onto }) = rebase {
        hints.push(format!(
            "take `{reference}` in, then `limbeck rebase {revision} --onto {onto}` puts this side on top"
        ));
    }
    if let [one, other] = heads {
        hints.push(format!(
            "or `limbeck merge {} {} -m \"…\"` joins them",
            one.revision, other.revision
        ));
    } else {
        hints.push("`limbeck merge heads -m \"…\"` joins them when both are there".to_owned());
    }
    hints
}

/// A command that takes a file from the other side.
fn restore(reference: &str, path: &Path) -> Option<String> {
    let path = shlex::try_quote(path.to_str()?).ok()?;
    let reference = shlex::try_quote(reference).ok()?;
    Some(format!(
        "`git checkout {reference} -- {path}` brings it back"
    ))
}

/// Returns what was not looked at: a word for programs, and a sentence.
#[must_use]
pub fn not_checked(
    report: &Report,
    asks_database: bool,
    commits: Option<&Commits>,
) -> Vec<(&'static str, String)> {
    let mut open = Vec::new();
    if !asks_database {
        open.push(("database", "a database (`--database`)".to_owned()));
    }
    if commits.is_none() {
        open.push(("git_base", "a merge (`--git-base REF`)".to_owned()));
    }
    for unchecked in &report.unchecked {
        let mut sentence = unchecked.to_string();
        let is_shallow = commits.is_some_and(|commits| commits.shallow);
        if is_shallow && matches!(unchecked, Unchecked::History { .. }) {
            sentence.push_str("; `git fetch --unshallow` brings them");
        }
        open.push((unchecked.what(), sentence));
    }
    open
}

impl Failure {
    /// Tells of a question to git that has no answer.
    #[must_use]
    pub fn of_git(error: &GitError) -> Self {
        let failure = Self::new(error.code(), error.to_string()).because(error);
        match error {
            GitError::Start { .. } => failure.hint("`--git-base` asks the program `git`"),
            GitError::NoRepository { .. } => failure.hint(
                "`--git-base` compares with a branch of the repository that holds the revisions",
            ),
            GitError::Outside { .. } => {
                failure.hint("all folders of revisions must be in the repository of the first")
            }
            GitError::UnknownReference {
                reference,
                similar,
                shallow,
            } => {
                let names = similar.iter().map(Candidate::named).collect();
                let failure = match similar.as_slice() {
                    [] => failure,
                    [one] => failure.hint(format!("did you mean `{one}`?")),
                    _ => failure.hint("did you mean one of these?"),
                };
                let failure = failure.candidates(names);
                let branch = reference.rsplit('/').next().unwrap_or_default();
                match shallow {
                    true => failure.hint(format!(
                        "this clone has only a part: `git fetch origin {branch}`, or clone it whole"
                    )),
                    false if similar.is_empty() => failure.hint(
                        "`git fetch` brings the branches of a remote; `git branch -a` lists them",
                    ),
                    false => failure,
                }
            }
            GitError::Failed { said, .. } => said
                .lines()
                .filter(|line| !line.trim().is_empty())
                .fold(failure, Self::detail),
        }
    }
}
