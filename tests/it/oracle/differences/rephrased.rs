//! The same question in words that Alembic takes: ids instead of what limbeck says they are.

use limbeck::graph::{Node, RevisionGraph};
use limbeck::heads::Heads;
use limbeck::id::RevisionId;
use limbeck::resolve;
use limbeck::target::{Range, Target};

use super::{ALL, Case};
use crate::oracle::alembic::Alembic;
use crate::oracle::cases::{Ask, Question};

/// Returns whether Alembic refuses a form of target, but answers as limbeck does when it is given
/// ids. What a relative target means is then asked of the commands that take it.
pub fn is_answered_alike(case: &Case<'_>, alembic: &mut Alembic) -> bool {
    if case.alembic["error"].is_null()
        || case.refusal().is_some_and(|code| code == "invalid_target")
    {
        return false;
    }
    is_alike_with_ids(case, alembic)
}

/// Returns whether Alembic answers as limbeck does when it is given ids.
pub fn is_alike_with_ids(case: &Case<'_>, alembic: &mut Alembic) -> bool {
    let Some(graph) = case.built() else {
        return false;
    };
    let asked = questions(&graph, case.question);
    let alike = |question: &Question| case.is_equal_after(ALL, question, alembic);
    asked.iter().any(alike)
}

/// Returns whether Alembic finds no order for a range when it is given ids.
pub fn has_no_order(case: &Case<'_>, alembic: &mut Alembic) -> bool {
    let Some(graph) = case.built() else {
        return false;
    };
    let asked = questions(&graph, case.question);
    let answers = alembic.ask(case.graph, case.folder, &asked, ALL);
    let mut places = answers
        .iter()
        .map(|answer| answer["error"]["place"].as_str());
    places.any(|place| place == Some("_topological_sort"))
}

/// The rows of a question.
pub fn rows(question: &Question) -> Heads {
    let rows = question.heads.iter();
    rows.map(|id| RevisionId::from_database(id)).collect()
}

/// Returns whether both refuse alike when Alembic is given ids.
pub fn is_refused_alike(case: &Case<'_>, alembic: &mut Alembic) -> bool {
    case.refusal().is_some() && is_alike_with_ids(case, alembic)
}

/// Returns whether limbeck's refusal is Alembic's for one of several targets.
pub fn is_fault_of_one_target(case: &Case<'_>, alembic: &mut Alembic) -> bool {
    let question = case.question;
    if question.ask == Ask::History {
        return is_fault_of_one_end(case, alembic);
    }
    let alone = |target: &String| Question {
        targets: vec![target.clone()],
        ..question.clone()
    };
    let several = question.targets.len() > 1 && case.refusal().is_some();
    let mut parts = question.targets.iter().map(alone);
    several && parts.any(|part| case.is_equal_after(ALL, &part, alembic))
}

/// Returns whether limbeck's refusal of a range is Alembic's for one of its ends, or for the ids
/// that they mean.
pub fn is_fault_of_one_end(case: &Case<'_>, alembic: &mut Alembic) -> bool {
    let Some(graph) = case.built().filter(|_| case.refusal().is_some()) else {
        return false;
    };
    let question = case.question;
    let (start, end) = question.targets[0].split_once(':').unwrap_or_default();
    let parts = [format!(":{start}"), format!(":{end}"), format!("{start}:")];
    let mut asked: Vec<Question> = parts
        .into_iter()
        .map(|range| Question {
            targets: vec![range],
            ..question.clone()
        })
        .collect();
    for end in [start, end] {
        asked.push(Question {
            ask: Ask::Meaning,
            heads: question.heads.clone(),
            targets: vec![end.to_owned()],
        });
    }
    let with_ids = questions(&graph, question);
    if case.refusal() == Some("not_ancestor") {
        // Given ids, Alembic refuses as well, whatever it calls it.
        let branch = start
            .split_once('@')
            .map(|(branch, _)| format!("{branch}@"));
        let mut with_ids = with_ids;
        with_ids.retain(|asked| {
            let range = &asked.targets[0];
            branch
                .as_ref()
                .is_none_or(|branch| range.starts_with(branch))
        });
        let answers = alembic.ask(case.graph, case.folder, &with_ids, ALL);
        return answers.iter().all(|answer| !answer["error"].is_null());
    }
    asked.extend(with_ids);
    asked
        .iter()
        .any(|part| case.is_equal_after(ALL, part, alembic))
}

/// An end of a range as it is, as the id it means, and as the newest id of the range up to it.
fn ends(graph: &RevisionGraph, heads: &Heads, text: &str) -> Vec<String> {
    let name = |nodes: &[&Node]| match nodes {
        [] => "base".to_owned(),
        [first, ..] => first.id().to_string(),
    };
    let mut ends = vec![text.to_owned()];
    let target = Target::parse(text).ok();
    let branch = target
        .as_ref()
        .and_then(|target| Some(target.branch()?.text.clone()));
    let meant = target.and_then(|target| resolve::revisions(graph, Some(heads), &target).ok());
    ends.extend(
        meant
            .filter(|nodes| nodes.len() < 2)
            .map(|nodes| name(&nodes)),
    );
    if !text.is_empty()
        && let Ok(range) = Range::parse(&format!(":{text}"))
    {
        let listed = resolve::range(graph, Some(heads), &range);
        ends.extend(listed.ok().map(|nodes| name(&nodes)));
    }
    if let Some(branch) = branch {
        let on_branch: Vec<String> = ends[1..]
            .iter()
            .map(|id| format!("{branch}@{id}"))
            .collect();
        ends.extend(on_branch);
    }
    ends.dedup();
    ends
}

fn questions(graph: &RevisionGraph, question: &Question) -> Vec<Question> {
    let heads = rows(question);
    let meant = |target: &Target| resolve::revisions(graph, Some(&heads), target).ok();
    let with = |ask, targets| Question {
        ask,
        heads: question.heads.clone(),
        targets,
    };
    match question.ask {
        Ask::Show => vec![with(Ask::Meaning, question.targets.clone())],
        Ask::History => {
            let (start, end) = question.targets[0].split_once(':').unwrap_or_default();
            let mut asked = Vec::new();
            for start in ends(graph, &heads, start) {
                for end in ends(graph, &heads, end) {
                    asked.push(with(Ask::History, vec![format!("{start}:{end}")]));
                }
            }
            asked
        }
        _ => {
            let mut plain: Vec<String> = Vec::new();
            let mut on_branch: Vec<String> = Vec::new();
            for text in &question.targets {
                let Some((target, nodes)) = Target::parse(text)
                    .ok()
                    .and_then(|t| Some((meant(&t)?, t)))
                    .map(|(n, t)| (t, n))
                else {
                    return Vec::new();
                };
                let branch = target.branch().map(|word| format!("{}@", word.text));
                let branch = branch.unwrap_or_default();
                let ids: Vec<&str> = match nodes.as_slice() {
                    [] => vec!["base"],
                    several => several
                        .iter()
                        .map(|node: &&Node| node.id().as_str())
                        .collect(),
                };
                plain.extend(ids.iter().map(ToString::to_string));
                on_branch.extend(ids.iter().map(|id| format!("{branch}{id}")));
            }
            let single = matches!(question.ask, Ask::Upgrade | Ask::Downgrade);
            if single && plain.len() > 1 {
                return Vec::new();
            }
            vec![with(question.ask, on_branch), with(question.ask, plain)]
        }
    }
}
