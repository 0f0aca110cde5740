//! What limbeck answers, in the form of Alembic's answers.

use std::collections::BTreeMap;

use limbeck::graph::{Node, RevisionGraph};
use limbeck::heads::Heads;
use limbeck::id::RevisionId;
use limbeck::plan::{self, Plan, PlanError, Purge, Way};
use limbeck::resolve;
use limbeck::target::{Range, Target, TargetError};
use serde_json::{Value, json};

use super::cases::{Ask, Question};
use crate::support::Project;

/// Returns the library's answer.
pub fn of_library(graph: &RevisionGraph, question: &Question) -> Value {
    let answer = match question.ask {
        Ask::Upgrade | Ask::Downgrade | Ask::Stamp => steps(graph, question),
        Ask::Show | Ask::Meaning => show(graph, question),
        Ask::History => history(graph, question),
        Ask::Facts => Ok(facts(graph)),
        Ask::Revision | Ask::Splice | Ask::Merge => panic!("{question} is for the program"),
    };
    answer.unwrap_or_else(|(code, message)| refused(code, &message))
}

/// Returns the program's answer to a question that writes a file, which is removed again.
pub fn of_program(project: &Project, question: &Question) -> Value {
    let target = &question.targets[0];
    let line = match question.ask {
        Ask::Revision => format!("revision --sql --head='{target}'"),
        Ask::Splice => format!("revision --sql --head='{target}' --splice"),
        _ => format!("merge -- '{}'", question.targets.join("' '")),
    };
    let (command, rest) = line.split_once(' ').unwrap();
    let line = format!("{command} --rev-id new000000000 -m new --format json {rest}");
    let output = project.run(&line);
    if !output.status.success() {
        let error = &output.json_error()["error"];
        let text = |name: &str| error[name].as_str().unwrap_or_default();
        return refused(text("code"), text("message"));
    }
    let answer = output.json();
    let path = answer["path"].as_str().unwrap();
    let text = project.read(path);
    std::fs::remove_file(project.path(path)).unwrap();
    let line = text
        .lines()
        .find_map(|l| l.strip_prefix("-- down_revision:"));
    let names = line.unwrap_or_default().split(',').map(str::trim);
    json!({ "revisions": names.filter(|name| !name.is_empty()).collect::<Vec<_>>() })
}

fn refused(code: &str, message: &str) -> Value {
    json!({ "error": { "code": code, "message": message } })
}

type Refusal = (&'static str, String);

fn no_target(error: &TargetError) -> Refusal {
    (error.code(), error.to_string())
}

fn rows(question: &Question) -> Heads {
    let rows = question.heads.iter();
    rows.map(|id| RevisionId::from_database(id)).collect()
}

fn targets(question: &Question) -> Result<Vec<Target>, Refusal> {
    let targets = question.targets.iter().map(|target| Target::parse(target));
    let targets: Result<Vec<Target>, TargetError> = targets.collect();
    targets.map_err(|error| no_target(&error))
}

fn steps(graph: &RevisionGraph, question: &Question) -> Result<Value, Refusal> {
    let (rows, targets) = (rows(question), targets(question)?);
    let plan = match question.ask {
        Ask::Upgrade => plan::upgrade(graph, &rows, &targets),
        Ask::Downgrade => plan::downgrade(graph, &rows, &targets),
        _ => plan::stamp(graph, &rows, &targets, Purge::Keep),
    };
    let plan = plan.map_err(|error: PlanError| (error.code(), error.to_string()))?;
    let after = plan.walk().map(|walked| sorted(walked.after.iter()));
    Ok(json!({
        "steps": plan.steps.iter().map(|step| name(&plan, step)).collect::<Vec<_>>(),
        "heads": after.collect::<Vec<_>>(),
        "broken": null,
    }))
}

/// The revision that runs; a stamp runs none, and is told by its rows.
fn name(plan: &Plan, step: &plan::Step) -> Value {
    if plan.way != Way::Stamp {
        return step.revision.as_str().into();
    }
    let mut rows = sorted(step.edit.removed());
    rows.push("->".to_owned());
    rows.extend(sorted(step.edit.added()));
    rows.into()
}

fn sorted<'a>(ids: impl Iterator<Item = &'a RevisionId>) -> Vec<String> {
    let mut ids: Vec<String> = ids.map(ToString::to_string).collect();
    ids.sort();
    ids
}

fn ids(nodes: &[&Node]) -> Vec<String> {
    nodes.iter().map(|node| node.id().to_string()).collect()
}

fn show(graph: &RevisionGraph, question: &Question) -> Result<Value, Refusal> {
    let targets = targets(question)?;
    let nodes = resolve::revisions(graph, Some(&rows(question)), &targets[0])
        .map_err(|error| (error.code(), error.to_string()))?;
    Ok(json!({ "revisions": ids(&nodes) }))
}

fn history(graph: &RevisionGraph, question: &Question) -> Result<Value, Refusal> {
    let range = Range::parse(&question.targets[0]).map_err(|error| no_target(&error))?;
    let nodes = resolve::range(graph, Some(&rows(question)), &range)
        .map_err(|error| (error.code(), error.to_string()))?;
    Ok(json!({ "revisions": ids(&nodes) }))
}

fn facts(graph: &RevisionGraph) -> Value {
    let listed: Vec<&Node> = graph.revisions().rev().collect();
    let those = |what: fn(&Node) -> bool| {
        let nodes = listed.iter().copied().filter(|node| what(node));
        ids(&nodes.collect::<Vec<_>>())
    };
    let mut branches: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let mut labels: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for node in &listed {
        if node.is_branch_point() {
            let children = graph.children(node).map(Node::id);
            branches.insert(node.id().as_str(), sorted(children));
        }
        let mut names: Vec<&str> = node.branch_names().iter().map(AsRef::as_ref).collect();
        names.sort_unstable();
        if !names.is_empty() {
            labels.insert(node.id().as_str(), names);
        }
    }
    json!({
        "history": ids(&listed),
        "heads": ids(&graph.heads()),
        "heads_resolved": ids(&graph.real_heads()),
        "bases": ids(&graph.bases()),
        "branches": branches,
        "merges": those(Node::is_merge_point),
        "labels": labels,
        "effective": those(Node::is_effective_head),
    })
}
