//! Looking names up once more, in the plainest way: is what limbeck says of a name true?

use std::collections::BTreeSet;

use super::Case;
use crate::oracle::cases::Question;
use crate::oracle::graphs::Graph;

/// Returns whether limbeck refuses because of a name, and is right to.
pub fn is_at_fault(case: &Case<'_>) -> bool {
    let Some(code) = case.refusal() else {
        return false;
    };
    let targets = case.question.targets.iter();
    let mut targets = targets.flat_map(|target| target.split(':'));
    targets.any(|target| {
        let (branch, symbol) = match target.split_once('@') {
            Some((branch, symbol)) => (Some(branch), symbol),
            None => (None, target),
        };
        let symbol = symbol.split(['+', '-']).next().unwrap_or_default();
        let symbol =
            Some(symbol).filter(|s| !matches!(*s, "" | "head" | "heads" | "base" | "current"));
        let on = branch.map(|branch| lookup(case.graph, branch, None));
        let line = on.as_ref().and_then(|found| match found.as_slice() {
            [one] => Some(lineage(case.graph, one)),
            _ => None,
        });
        let found = symbol.map(|symbol| lookup(case.graph, symbol, line.as_ref()));
        let several = |found: &Option<Vec<String>>| found.as_ref().is_some_and(|f| f.len() > 1);
        let none = |found: &Option<Vec<String>>| found.as_ref().is_some_and(Vec::is_empty);
        match code {
            "invalid_target" => branch == Some("") || target.matches('@').count() > 1,
            "unknown_branch" => none(&on),
            "unknown_revision" => none(&found),
            "ambiguous_revision" => several(&on) || several(&found),
            "not_in_branch" => match (found.as_deref(), &line) {
                (Some([one]), Some(line)) => !line.contains(one),
                _ => false,
            },
            _ => false,
        }
    })
}

/// Returns the question with each beginning that stands for one revision written as its id.
pub fn spelt_out(case: &Case<'_>) -> Question {
    let mut question = case.question.clone();
    for target in &mut question.targets {
        let mut text = String::new();
        let mut line: Option<BTreeSet<String>> = None;
        let mut rest = target.as_str();
        while !rest.is_empty() {
            let signs = ['@', ':', '+', '-'];
            let end = rest.find(signs).unwrap_or(rest.len());
            let name = &rest[..end];
            let found = lookup(case.graph, name, line.as_ref());
            let is_count = text.ends_with(['+', '-']);
            text += match found.as_slice() {
                [one] if !name.is_empty() && !is_count => one,
                _ => name,
            };
            let next = rest[end..].chars().next();
            line = match found.as_slice() {
                [one] if next == Some('@') => Some(lineage(case.graph, one)),
                _ => None,
            };
            text.extend(next);
            rest = &rest[end + next.map_or(0, char::len_utf8)..];
        }
        *target = text;
    }
    question
}

/// The ids that a name can stand for; those on a line are preferred where it is a beginning.
fn lookup(graph: &Graph, name: &str, line: Option<&BTreeSet<String>>) -> Vec<String> {
    let all = || {
        graph.revisions.iter().flat_map(|revision| {
            let labels = revision.labels.iter();
            labels
                .chain([&revision.id])
                .map(move |name| (name.as_str(), &revision.id))
        })
    };
    if let Some((_, id)) = all().find(|(whole, _)| *whole == name) {
        return vec![id.clone()];
    }
    let begins = |(whole, _): &(&str, &String)| whole.starts_with(name) && whole.len() > 3;
    let found: BTreeSet<String> = all().filter(begins).map(|(_, id)| id.clone()).collect();
    let on_line = |id: &&String| line.is_some_and(|line| line.contains(*id));
    if found.iter().any(|id| on_line(&id)) {
        return found.iter().filter(on_line).cloned().collect();
    }
    found.into_iter().collect()
}

/// A revision with all below and all above it, by `down_revision`.
fn lineage(graph: &Graph, id: &str) -> BTreeSet<String> {
    let mut line = BTreeSet::new();
    let mut open = vec![id.to_owned()];
    while let Some(id) = open.pop() {
        if line.insert(id.clone())
            && let Some(revision) = graph.get(&id)
        {
            open.extend(revision.down.iter().cloned());
        }
    }
    let mut above: BTreeSet<String> = BTreeSet::from([id.to_owned()]);
    loop {
        let next = graph.revisions.iter().find(|revision| {
            !above.contains(&revision.id) && revision.down.iter().any(|down| above.contains(down))
        });
        let Some(next) = next else {
            break;
        };
        above.insert(next.id.clone());
    }
    line.append(&mut above);
    line
}
