//! `limbeck introspect`: the schema of a live database as a baseline revision.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use crate::cli::commands::revision::announce;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::live;
use crate::cli::new_revision::{self, NewRevision};
use crate::cli::project;
use crate::cli::schema::{self, ScopeArgs};
use crate::cli::text::count;
use crate::database::Interrupt;
use crate::declaration::{Claim, Declaration, Format};
use crate::id::RevisionId;
use crate::schema::model::{Body, Identity, Kind, Model, Object};
use crate::schema::{Aspects, Baseline, LeftOut, Statement, Style, fingerprint, write};
use crate::source::{is_section_line, template};
use crate::sql::split::terminated;

/// Write the schema of the database down as a first revision
#[derive(Debug, Args)]
pub struct IntrospectArgs {
    /// What part of the database
    #[command(flatten)]
    pub scope: ScopeArgs,

    /// Say what it is for, in one line
    #[arg(short, long, value_name = "TEXT", default_value = "baseline")]
    pub message: String,

    /// Use this id instead of one made from the schema
    #[arg(long, value_name = "ID")]
    pub rev_id: Option<String>,

    /// Give the line that begins here a label; needed where there are revisions already
    #[arg(long, value_name = "LABEL")]
    pub branch_label: Option<String>,

    /// Write to this file instead of the folder of revisions; - is stdout
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// Write owners, too
    #[arg(long)]
    pub owners: bool,

    /// Leave out privileges
    #[arg(long)]
    pub no_grants: bool,
}

/// A transaction that takes more locks than this may find no room for them on a server with usual
/// settings, which has 6,400.
const LOCKS: usize = 4_000;

/// How much of the fingerprint makes an id.
const ID_LENGTH: usize = 12;

/// Runs the command.
///
/// # Errors
/// Fails when there are revisions already and no label is given, when the database cannot be read,
/// or the file cannot be written.
pub fn run(args: &IntrospectArgs, context: &mut Context<'_>) -> Result<Exit, Failure> {
    let catalog = match &args.output {
        None => Some(project::whole(context)?),
        Some(_) => None,
    };
    if let Some(catalog) = &catalog
        && !catalog.graph().is_empty()
        && args.branch_label.is_none()
    {
        let message = match catalog.graph().len() {
            1 => "there is a revision already".to_owned(),
            revisions => format!("there are {revisions} revisions already"),
        };
        let message = format!("{message}, and a baseline begins a line of its own");
        return Err(Failure::new("has_revisions", message)
            .hint("`--branch-label LABEL` gives its line a label beside theirs")
            .hint("`-o -` prints the baseline"));
    }
    let scope = args.scope.scope();
    let mut database = live::open(context, Interrupt::default())?;
    let model = schema::read(&mut database, &scope)?;
    schema::refuse_unknown(&model, &scope)?;
    let style = Style {
        owners: args.owners,
        no_grants: args.no_grants,
        search_path: context.config.search_path.clone(),
        kept_schema: context.config.version_table_schema.clone(),
    };
    let mut baseline = write(&model, &style);
    baseline
        .left_out
        .extend(left_out_by_scope(&model, &scope.schemas));
    let written = Written {
        fingerprint: fingerprint(&model, &Aspects::default()),
        sections: sections(&baseline),
        baseline,
        model,
    };
    match (catalog, &args.output) {
        (Some(catalog), _) => {
            let graph = catalog.graph();
            let labels: Vec<String> = args.branch_label.iter().cloned().collect();
            let new = NewRevision {
                labels: &labels,
                id: Some(&written.id(args)),
                message: Some(&args.message),
                format: Some(Format::Sql),
                sections: Some(&written.sections),
                ..NewRevision::default()
            };
            let file = new_revision::write(context, graph, &new)?;
            written.tell(file.id.as_str(), Some(&file.path), None, context)?;
            context.ui.talk(&format!("next: limbeck stamp {}", file.id));
            if !context.ui.json {
                announce(context.ui, &file)?;
            }
        }
        (None, Some(path)) => written.output(args, path, context)?,
        (None, None) => {}
    }
    Ok(Exit::Done)
}

/// A baseline on its way into a file.
struct Written {
    model: Model,
    baseline: Baseline,
    sections: String,
    fingerprint: String,
}

impl Written {
    fn id(&self, args: &IntrospectArgs) -> String {
        let of_schema = || self.fingerprint[..ID_LENGTH].to_owned();
        args.rev_id.clone().unwrap_or_else(of_schema)
    }

    /// Writes a whole revision where the person said.
    fn output(
        &self,
        args: &IntrospectArgs,
        path: &Path,
        context: &mut Context<'_>,
    ) -> Result<(), Failure> {
        let id = RevisionId::parse(&self.id(args)).map_err(|error| Failure::of_id(&error))?;
        let mut declaration = Declaration::new(Claim::new(id.as_str(), 0), Format::Sql);
        declaration.message.clone_from(&args.message);
        let labels = args.branch_label.iter();
        declaration.branch_labels = labels.map(|label| Claim::new(label, 0)).collect();
        let text = template::header(&declaration) + "\n" + &self.sections;
        if path == Path::new("-") {
            if context.ui.json {
                return self.tell(id.as_str(), None, Some(&text), context);
            }
            context.ui.answer(&text)?;
            return self.tell(id.as_str(), None, None, context);
        }
        let full = context.environment.directory.join(path);
        std::fs::write(full, &text).map_err(|error| Failure::io("write", path, &error))?;
        self.tell(id.as_str(), Some(path), None, context)
    }

    /// Tells what was written, and what was not.
    fn tell(
        &self,
        id: &str,
        path: Option<&Path>,
        text: Option<&str>,
        context: &mut Context<'_>,
    ) -> Result<(), Failure> {
        let ui = &mut *context.ui;
        if ui.json {
            let left_out = self.baseline.left_out.iter().map(|left_out| {
                json!({
                    "kind": left_out.identity.kind_name(),
                    "name": left_out.identity.to_string(),
                    "reason": left_out.reason,
                })
            });
            let mut object = json!({
                "revision": id,
                "path": path.map(|path| path.display().to_string()),
                "fingerprint": self.fingerprint,
                "objects": counts(&self.model),
                "left_out": left_out.collect::<Vec<_>>(),
            });
            if let Some(text) = text {
                object["text"] = text.into();
            }
            return ui.answer_json(&object);
        }
        if !self.baseline.left_out.is_empty() {
            let count = count(self.baseline.left_out.len(), "object");
            let mut failure = Failure::new("left_out", format!("{count} not written"));
            failure
                .details
                .extend(self.baseline.left_out.iter().map(line));
            ui.warn(&failure);
        }
        if !self.model.outside.is_empty() {
            let message = "what was written needs something that was not asked for";
            let mut failure = Failure::new("left_out", message);
            let lines = self.model.outside.iter().map(|outside| {
                let (object, needs) = (&outside.object, &outside.needs);
                format!(
                    "{} {object} needs {} {needs}",
                    object.kind_name(),
                    needs.kind_name()
                )
            });
            failure.details.extend(lines);
            ui.warn(&failure);
        }
        ui.talk(&format!("written: {}", self.contents()));
        Ok(())
    }
}

impl Written {
    /// What a person would count.
    fn contents(&self) -> String {
        let mut counts: BTreeMap<Kind, usize> = BTreeMap::new();
        for Object { identity, body, .. } in &self.baseline.written.objects {
            let is_public = identity.kind == Kind::Schema && identity.name() == "public";
            let is_detail = matches!(
                identity.kind,
                Kind::Column | Kind::Member | Kind::DefaultPrivileges
            );
            let is_identity = matches!(body, Body::Sequence(sequence) if sequence.identity);
            if !is_public && !is_detail && !is_identity {
                *counts.entry(identity.kind).or_default() += 1;
            }
        }
        let counts = counts.iter();
        let counts = counts.map(|(kind, number)| count(*number, kind.as_str()));
        match counts.collect::<Vec<_>>().join(", ") {
            nothing if nothing.is_empty() => "nothing, for there is nothing".to_owned(),
            counts => counts,
        }
    }
}

/// How many objects there are of each kind.
fn counts(model: &Model) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    for object in &model.objects {
        *counts.entry(object.identity.kind_name()).or_default() += 1;
    }
    counts
}

fn line(left_out: &LeftOut) -> String {
    let LeftOut { identity, reason } = left_out;
    format!("{} {identity}: {reason}", identity.kind_name())
}

/// A new database has a schema `public`; where this one has none, the two differ.
fn left_out_by_scope(model: &Model, schemas: &[String]) -> Option<LeftOut> {
    let identity = Identity {
        kind: Kind::Schema,
        path: vec!["public".to_owned()],
    };
    let reason = "it was dropped here, and a new database has it".to_owned();
    (schemas.is_empty() && model.get(&identity).is_none()).then_some(LeftOut { identity, reason })
}

/// Returns the text of a revision below its header.
fn sections(baseline: &Baseline) -> String {
    let mut text = String::new();
    for left_out in &baseline.left_out {
        text.push_str(&format!(
            "-- not in here: {}\n",
            line(left_out).replace('\n', " ")
        ));
    }
    if !baseline.left_out.is_empty() {
        text.push('\n');
    }
    section(&mut text, "upgrade", SETTINGS, &baseline.upgrade);
    text.push('\n');
    section(&mut text, "downgrade", "", &baseline.downgrade);
    text
}

/// What the statements of a baseline are written for: bodies of functions may name what comes later,
/// and all names are qualified.
const SETTINGS: &str = "SET LOCAL check_function_bodies = off;\nSET LOCAL search_path = '';\n";

/// Writes the section of a direction; in several transactions where one would take too many locks.
fn section(text: &mut String, direction: &str, settings: &str, list: &[Statement]) {
    let mut previous: Option<&Statement> = None;
    let mut taken = 0;
    text.push_str(&format!("-- limbeck: {direction}\n{settings}"));
    for statement in list {
        let locks = locks(&statement.text);
        if taken + locks > LOCKS && previous.is_some() {
            text.push_str(&format!(
                "\n-- limbeck: {direction} new-transaction\n{settings}"
            ));
            previous = None;
            taken = 0;
        }
        taken += locks;
        let before = previous.map_or(&None, |previous| &previous.search_path);
        let is_changed = *before != statement.search_path;
        if is_changed && statement.search_path.is_none() {
            text.push_str("SET LOCAL search_path = '';\n");
        }
        let follows = match previous {
            Some(previous) => !is_changed && follows(&previous.text, &statement.text),
            // The first one follows the settings as a paragraph of its own.
            None => settings.is_empty(),
        };
        if !follows {
            text.push('\n');
        }
        if let Some(path) = statement.search_path.as_ref().filter(|_| is_changed) {
            text.push_str(&format!("SET LOCAL search_path = {path};\n"));
        }
        text.push_str(&terminated(&statement.text, is_section_line));
        text.push('\n');
        previous = Some(statement);
    }
}

/// Returns about how many locks a statement takes, rather too many: a table has another one for long
/// values, that one's index, and an index for each key.
fn locks(statement: &str) -> usize {
    let makes = |word: &str| statement.starts_with(word);
    if makes("CREATE TABLE") || makes("CREATE UNLOGGED") || makes("CREATE MATERIALIZED") {
        return 4 + statement.matches("\n    CONSTRAINT ").count();
    }
    if makes("DROP TABLE") || makes("DROP MATERIALIZED") {
        8
    } else {
        2
    }
}

/// Returns whether a statement follows another one without the blank line that the eye needs.
fn follows(previous: &str, statement: &str) -> bool {
    let word = |statement: &str| {
        let word = statement.split(' ').next().unwrap_or_default();
        word.replace("REVOKE", "GRANT")
    };
    let alike = !previous.contains('\n') && word(previous) == word(statement);
    let is_short = !statement.contains('\n');
    is_short && (alike || statement.starts_with("COMMENT ON ") || statement.starts_with("ALTER "))
}
