//! The shapes that programs read: fields may be added to them, never renamed.

use std::time::Duration;

use serde::Serialize;
use serde_json::{Value, json};

use super::failure::Failure;
use crate::catalog::Catalog;
use crate::execute::{Repeated, Report};
use crate::graph::{Node, RevisionGraph};
use crate::heads::Heads;
use crate::id::{Label, RevisionId};
use crate::plan::{Plan, Walked};
use crate::script::Untranslated;
use crate::source::{Legacy, Repeatable};

/// Returns a failure, or a warning, under its kind.
#[must_use]
pub fn failure(kind: &str, failure: &Failure) -> Value {
    let candidates = failure.candidates.iter().map(|c| c.name.as_str());
    let mut content = json!({
        "code": failure.code,
        "message": failure.message,
        "candidates": candidates.collect::<Vec<_>>(),
        "hints": failure.hints,
    });
    if !failure.details.is_empty() {
        content["details"] = json!(failure.details);
    }
    json!({ kind: content })
}

/// One revision, as `history`, `heads`, `branches` and `show` print it.
#[derive(Debug, Serialize)]
pub struct Revision<'a> {
    revision: &'a str,
    down_revision: Vec<&'a str>,
    depends_on: Vec<&'a str>,
    branch_labels: Vec<&'a str>,
    message: &'a str,
    created: Option<String>,
    path: Option<String>,
    format: String,
    head: bool,
    base: bool,
    branch_point: bool,
    merge_point: bool,
    applied: Option<bool>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    untranslated: Vec<Value>,
}

impl<'a> Revision<'a> {
    /// Describes a revision; `applied` is none where no database was asked.
    #[must_use]
    pub fn new(catalog: &Catalog, node: &'a Node, applied: Option<bool>) -> Self {
        let untranslated = catalog.untranslated(node).into_iter();
        let untranslated = untranslated.map(|it| self::untranslated(node, &it));
        Self {
            revision: node.id().as_str(),
            down_revision: node
                .down_revisions()
                .iter()
                .map(RevisionId::as_str)
                .collect(),
            depends_on: node.depends_on().iter().map(RevisionId::as_str).collect(),
            branch_labels: node.labels().iter().map(Label::as_str).collect(),
            message: node.message(),
            created: node.created().map(|date| date.to_rfc3339()),
            path: node.path().map(|path| path.display().to_string()),
            format: node.format().to_string(),
            head: node.is_head(),
            base: node.is_base(),
            branch_point: node.is_branch_point(),
            merge_point: node.is_merge_point(),
            applied,
            untranslated: untranslated.collect(),
        }
    }
}

/// Returns why a function of a revision in Python is not translated.
#[must_use]
pub fn untranslated(node: &Node, it: &Untranslated) -> Value {
    json!({
        "revision": node.id().as_str(),
        "direction": it.direction.to_string(),
        "file": node.path().map(|path| path.display().to_string()),
        "line": it.why.line,
        "reason": it.why.reason,
        "certain": it.certain,
    })
}

/// Returns the object that holds several revisions.
#[must_use]
pub fn revisions<'a>(nodes: impl IntoIterator<Item = Revision<'a>>) -> String {
    #[derive(Serialize)]
    struct Revisions<'a> {
        revisions: Vec<Revision<'a>>,
    }
    let revisions = nodes.into_iter().collect();
    line(&Revisions { revisions })
}

/// Returns a plan with the database's heads before and after each step, why a step in Python is not
/// translated, which tool is told of a step, and the files that run again after it.
#[must_use]
pub fn plan(
    plan: &Plan,
    graph: &RevisionGraph,
    untranslated: &[Option<Untranslated>],
    mirrored: &[Option<Legacy>],
    due: &[&Repeatable],
) -> String {
    #[derive(Serialize)]
    struct Whole {
        direction: String,
        from: Vec<String>,
        to: Vec<String>,
        steps: Vec<Step>,
        repeat: Vec<String>,
    }
    #[derive(Serialize)]
    struct Step {
        revision: String,
        direction: String,
        from: Vec<String>,
        to: Vec<String>,
        message: String,
        path: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        untranslated: Option<Value>,
        #[serde(skip_serializing_if = "Option::is_none")]
        mirror: Option<Value>,
    }
    let steps = plan.walk().zip(untranslated).zip(mirrored);
    let steps = steps.map(|((walked, why), legacy)| {
        let Walked {
            step,
            before,
            after,
        } = walked;
        let node = graph.get(step.revision.as_str());
        Step {
            revision: step.revision.to_string(),
            direction: step.direction.to_string(),
            from: ids(&before),
            to: ids(&after),
            message: node.map(|n| n.message().to_owned()).unwrap_or_default(),
            path: node
                .and_then(Node::path)
                .map(|path| path.display().to_string()),
            untranslated: node
                .zip(why.as_ref())
                .map(|(node, why)| self::untranslated(node, why)),
            mirror: legacy
                .as_ref()
                .map(|it| json!({ "format": it.tool.as_str(), "table": it.table })),
        }
    });
    line(&Whole {
        direction: plan.way.to_string(),
        from: ids(&plan.from),
        to: ids(&plan.to),
        steps: steps.collect(),
        repeat: due.iter().map(|file| file.name().to_owned()).collect(),
    })
}

/// Returns what a run did.
#[must_use]
pub fn report(report: &Report, durations: &[Option<Duration>]) -> Value {
    let steps = report.plan.steps.iter().enumerate().map(|(i, step)| {
        let took = durations.get(i).copied().flatten();
        json!({
            "revision": step.revision.as_str(),
            "direction": step.direction.to_string(),
            "duration_ms": took.map(milliseconds),
        })
    });
    json!({
        "direction": report.plan.way.to_string(),
        "from": ids(&report.plan.from),
        "to": ids(&report.heads),
        "steps": steps.collect::<Vec<_>>(),
        "applied_before": report.applied_before,
        "applied_after": report.applied_after,
        "total": report.total,
        "repeated": report.repeated.iter().map(repeated).collect::<Vec<_>>(),
        "verified": report.verified,
        "duration_ms": milliseconds(report.duration),
    })
}

fn repeated(repeated: &Repeated) -> Value {
    json!({
        "name": repeated.name,
        "path": repeated.path.display().to_string(),
        "state": repeated.state.as_str(),
        "reason": repeated.reason,
        "already_there": repeated.already_there,
        "statements": repeated.statements,
        "duration_ms": milliseconds(repeated.duration),
    })
}

/// Returns a time in whole milliseconds, rounded.
#[must_use]
pub fn milliseconds(time: Duration) -> u64 {
    u64::try_from((time.as_micros() + 500) / 1000).unwrap_or(u64::MAX)
}

fn ids(heads: &Heads) -> Vec<String> {
    heads.iter().map(ToString::to_string).collect()
}

fn line(object: &impl Serialize) -> String {
    let mut text = serde_json::to_string(object).expect("these have string keys only");
    text.push('\n');
    text
}
