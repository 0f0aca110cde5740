//! `limbeck check`: what is wrong with the revision files, for a CI job.

use clap::Args;
use serde_json::{Value, json};

use crate::catalog::Catalog;
use crate::check::{self, Applied, Finding, Report, Rules, Site};
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::git::{self, Commits};
use crate::cli::hint::check::{Advice, not_checked};
use crate::cli::live;
use crate::cli::project::{self, Kept};
use crate::cli::text::count;
use crate::database::Interrupt;
use crate::graph::Place;

/// Check the revision files, for a CI job
///
/// No database is asked unless --database or --url is given. Exits with 4 where something is found.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// Ask the database of the settings, too: whether files have changed since they were applied
    #[arg(long)]
    pub database: bool,

    /// See what a merge into this branch or commit would make of the revisions
    #[arg(long, value_name = "REF")]
    pub git_base: Option<String>,
}

/// Runs the command.
///
/// # Errors
/// Fails when the revisions, the database or the other branch cannot be read.
pub fn run(args: &CheckArgs, context: &mut Context<'_>) -> Result<Exit, Failure> {
    let rules = rules(context);
    let asks_database = args.database || context.global.url.is_some();
    let (catalog, of_database) = match asks_database {
        true => read_with_database(context)?,
        false => (project::Reading::of(context).load()?, Vec::new()),
    };
    let compared = match &args.git_base {
        Some(reference) => {
            let locations = project::Reading::of(context).locations()?;
            let x = &context.global.x;
            let python = context.config.python.source(false, x);
            let compared = git::upstream(context.environment, &locations, python, reference);
            Some(compared.map_err(|error| Failure::of_git(&error))?)
        }
        None => None,
    };
    let (upstream, commits) = compared.unzip();
    let mut report = check::check(&catalog, &rules, upstream.as_ref());
    report.add(of_database, &rules);
    let answer = Answer {
        catalog: &catalog,
        open: not_checked(&report, asks_database, commits.as_ref()),
        report: &report,
        advice: Advice {
            config: context.config,
            catalog: &catalog,
        },
        reference: args.git_base.as_deref(),
        commits: commits.as_ref(),
    };
    if context.ui.json {
        context.ui.answer_json(&answer.object())?;
    } else {
        answer.tell(context)?;
    }
    Ok(match report.findings.is_empty() {
        true => Exit::Done,
        false => Exit::No,
    })
}

fn rules(context: &Context<'_>) -> Rules {
    let config = context.config;
    let mut ignored = config.check_ignore.clone();
    // Where new files are not named after their ids, nobody expects it of the others.
    if !config.file_template.names_revision() {
        ignored.push(check::Ignored {
            code: "file_name".to_owned(),
            revision: None,
        });
    }
    Rules {
        heads: config.check_heads.clone(),
        ignored,
        arguments: context.global.x.iter().cloned().collect(),
        bridged: config.python.bridge.is_some(),
    }
}

fn read_with_database(context: &Context<'_>) -> Result<(Kept, Vec<Finding>), Failure> {
    let interrupt = Interrupt::default();
    let (catalog, opening) =
        live::read_and_open(context, interrupt, live::ask, Catalog::make_checksums)?;
    let (mut database, told) = opening.finish()?;
    let extended = live::extended(&mut database, &told.state, &catalog)?;
    let applied = Applied {
        heads: &told.state.heads,
        records: &told.records,
        extended: extended.as_ref(),
    };
    let findings = check::applied(&catalog, applied);
    Ok((catalog, findings))
}

/// What is told of a report.
struct Answer<'a> {
    catalog: &'a Catalog,
    report: &'a Report,
    advice: Advice<'a>,
    /// What was not looked at: a word for programs, and a sentence.
    open: Vec<(&'static str, String)>,
    reference: Option<&'a str>,
    commits: Option<&'a Commits>,
}

impl Answer<'_> {
    fn object(&self) -> Value {
        let findings = self.report.findings.iter().map(|finding| {
            let place = finding.place();
            let related = finding.related();
            json!({
                "code": finding.code(),
                "message": finding.to_string(),
                "revision": finding.revision(),
                "path": path(&place),
                "line": line(&place),
                "object": finding.object().map(ToString::to_string),
                "related": related.iter().map(related_object).collect::<Vec<_>>(),
                "hints": self.advice.on(finding),
            })
        });
        let open = self.open.iter();
        let open = open.map(|(what, message)| json!({ "what": what, "message": message }));
        let git_base = self
            .commits
            .zip(self.reference)
            .map(|(commits, reference)| {
                json!({
                    "ref": reference,
                    "commit": commits.theirs,
                    "merge_base": commits.base,
                })
            });
        json!({
            "ok": self.report.findings.is_empty(),
            "revisions": self.catalog.entries().len(),
            "findings": findings.collect::<Vec<_>>(),
            "not_checked": open.collect::<Vec<_>>(),
            "git_base": git_base,
        })
    }

    /// One line for each finding on stdout; advice and what was not looked at on stderr.
    fn tell(&self, context: &mut Context<'_>) -> Result<(), Failure> {
        let mut told: Vec<String> = Vec::new();
        for finding in &self.report.findings {
            let code = context.ui.paint.warning(finding.code()).to_string();
            let place = finding.place();
            let place = match place.path {
                Some(_) => format!("{place}: "),
                None => String::new(),
            };
            let line = one_line(&format!("{place}{code}: {finding}"));
            context.ui.answer(&format!("{line}\n"))?;
            for hint in self.advice.on(finding) {
                // What was said of one finding need not be said of a hundred.
                if !told.contains(&hint) {
                    context.ui.advise(&hint);
                    told.push(hint);
                }
            }
        }
        let revisions = count(self.catalog.entries().len(), "revision");
        let findings = match self.report.findings.len() {
            0 => "nothing found".to_owned(),
            found => count(found, "finding"),
        };
        context.ui.talk(&format!("{findings} in {revisions}"));
        for (_, message) in &self.open {
            context.ui.talk(&format!("not checked: {message}"));
        }
        Ok(())
    }
}

/// The name of a file may have a line end in it.
fn one_line(text: &str) -> String {
    let escaped = |c: char| match c {
        '\n' | '\r' => c.escape_default().to_string(),
        c => c.to_string(),
    };
    text.chars().map(escaped).collect()
}

fn related_object(site: &Site) -> Value {
    json!({
        "revision": site.revision,
        "path": path(&site.place),
        "line": line(&site.place),
    })
}

fn path(place: &Place) -> Option<String> {
    let path = place.path.as_ref()?;
    Some(path.display().to_string())
}

fn line(place: &Place) -> Option<u32> {
    (place.line > 0).then_some(place.line)
}
