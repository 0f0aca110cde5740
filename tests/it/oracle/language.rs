//! The graph language: random targets in random graphs, answered by Alembic and by limbeck.
//!
//! `LIMBECK_GRAPHS=2000` asks about more graphs, `LIMBECK_SEED=17` about one.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use limbeck::catalog::Catalog;
use limbeck::graph::RevisionGraph;
use limbeck::source::{Folders, Location};
use serde_json::Value;

use super::alembic::{Alembic, TEMPLATE};
use super::answers;
use super::cases::{Ask, Question};
use super::differences::{Case, Verdict, judge, kind};
use super::graphs::Graph;
use super::random::Random;
use crate::support::{Project, project};

/// How many graphs each run of the tests asks about.
const GRAPHS: u64 = 200;

/// How many questions the library is asked about each.
const QUESTIONS: usize = 50;

/// Returns a number from the environment.
pub fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap())
}

/// A difference that nothing explains, by the first graph that showed it.
struct Finding {
    seed: u64,
    times: usize,
    graph: Graph,
    question: Question,
}

#[derive(Default)]
struct Tally {
    graphs: usize,
    questions: usize,
    verdicts: BTreeMap<Verdict, usize>,
    findings: BTreeMap<String, Finding>,
}

#[test]
fn every_target_means_what_it_means_to_alembic() {
    let seeds = match number("LIMBECK_SEED") {
        Some(seed) => seed..seed + 1,
        None => 1..1 + number("LIMBECK_GRAPHS").unwrap_or(GRAPHS),
    };
    let mut alembic = Alembic::start();
    let mut tally = Tally::default();
    for seed in seeds {
        ask_about_one_graph(seed, &mut alembic, &mut tally);
    }
    let report = tally.report(&mut alembic);
    println!("{report}");
    assert!(tally.findings.is_empty(), "{report}");
}

fn ask_about_one_graph(seed: u64, alembic: &mut Alembic, tally: &mut Tally) {
    let mut random = Random::new(seed);
    let graph = Graph::random(&mut random);
    let mut questions = vec![Question::facts()];
    questions.extend((0..QUESTIONS).map(|_| Question::random(&mut random, &graph)));
    let written = seed.is_multiple_of(4).then(|| written(&graph));
    if written.is_some() {
        questions.extend((0..3).map(|_| Question::of_new_file(&mut random, &graph)));
    }
    let folder = written.as_ref().map(scripts);
    tally.graphs += 1;
    tally.questions += questions.len();
    let theirs = alembic.ask(&graph, folder.as_deref(), &questions, &[]);
    let ours = limbeck(&graph, written.as_ref(), &questions);
    for (question, (theirs, ours)) in questions.iter().zip(theirs.iter().zip(&ours)) {
        let case = Case {
            graph: &graph,
            folder: folder.as_deref(),
            question,
            alembic: theirs,
            limbeck: ours,
        };
        let verdict = judge(alembic, &case);
        *tally.verdicts.entry(verdict).or_default() += 1;
        if verdict == Verdict::Different {
            let finding = tally.findings.entry(kind(&case));
            let finding = finding.or_insert_with(|| Finding {
                seed,
                times: 0,
                graph: graph.clone(),
                question: question.clone(),
            });
            finding.times += 1;
        }
    }
}

/// Writes a graph down as a script folder of Alembic and as SQL revisions.
fn written(graph: &Graph) -> Project {
    let mut project = project().file("alembic/script.py.mako", TEMPLATE);
    fs::create_dir_all(project.path("alembic/versions")).unwrap();
    fs::create_dir_all(project.path("versions")).unwrap();
    for (name, revision) in graph.files() {
        let python = revision.python(&[], &[]);
        project.write(&format!("alembic/versions/{name}.py"), python);
        project.write(&format!("versions/{name}.sql"), revision.sql(&[], &[]));
    }
    project
}

fn scripts(project: &Project) -> String {
    project.path("alembic").display().to_string()
}

fn read(folder: &Path) -> RevisionGraph {
    let folders = Folders::new(vec![Location::new(folder)], &[]);
    let catalog = Catalog::load(&[&folders]).unwrap();
    assert_eq!(catalog.faults(), []);
    catalog.graph().clone()
}

fn limbeck(graph: &Graph, written: Option<&Project>, questions: &[Question]) -> Vec<Value> {
    let built = match written {
        Some(project) => read(&project.path("versions")),
        None => {
            let built = RevisionGraph::build(graph.declarations());
            assert_eq!(built.faults, [], "{graph}");
            built.graph
        }
    };
    let answer = |question: &Question| match (question.ask, written) {
        (Ask::Revision | Ask::Splice | Ask::Merge, Some(project)) => {
            answers::of_program(project, question)
        }
        _ => answers::of_library(&built, question),
    };
    questions.iter().map(answer).collect()
}

/// Asks both once more; none where they agree.
fn difference(alembic: &mut Alembic, graph: &Graph, question: &Question) -> Option<Shown> {
    let is_new_file = matches!(question.ask, Ask::Revision | Ask::Splice | Ask::Merge);
    let written = is_new_file.then(|| written(graph));
    if !RevisionGraph::build(graph.declarations()).faults.is_empty() {
        return None;
    }
    let folder = written.as_ref().map(scripts);
    let question = question.clone();
    let questions = std::slice::from_ref(&question);
    let theirs = alembic
        .ask(graph, folder.as_deref(), questions, &[])
        .remove(0);
    let ours = limbeck(graph, written.as_ref(), questions).remove(0);
    let case = Case {
        graph,
        folder: folder.as_deref(),
        question: &question,
        alembic: &theirs,
        limbeck: &ours,
    };
    if judge(alembic, &case) != Verdict::Different {
        return None;
    }
    let kind = kind(&case);
    Some(Shown { kind, theirs, ours })
}

struct Shown {
    kind: String,
    theirs: Value,
    ours: Value,
}

/// Leaves out whatever does not matter for a difference.
fn shrink(alembic: &mut Alembic, finding: &Finding, kind: &str) -> (Graph, Question) {
    let mut smallest = (finding.graph.clone(), finding.question.clone());
    'smaller: loop {
        for (graph, mut question) in smaller(&smallest.0, &smallest.1) {
            question.heads = graph.only_tips(&question.heads);
            let shown = difference(alembic, &graph, &question);
            if shown.is_some_and(|shown| shown.kind == kind) {
                smallest = (graph, question);
                continue 'smaller;
            }
        }
        return smallest;
    }
}

fn smaller(graph: &Graph, question: &Question) -> Vec<(Graph, Question)> {
    let mut all = Vec::new();
    for id in graph.ids() {
        all.push((graph.without(&id), question.clone()));
    }
    for row in 0..question.heads.len() {
        let mut question = question.clone();
        question.heads.remove(row);
        all.push((graph.clone(), question));
    }
    for position in 0..graph.revisions.len() {
        let revision = &graph.revisions[position];
        let lists = [&revision.down, &revision.depends_on, &revision.labels];
        for (which, list) in lists.into_iter().enumerate() {
            for edge in 0..list.len() {
                let mut graph = graph.clone();
                let revision = &mut graph.revisions[position];
                let list = match which {
                    0 => &mut revision.down,
                    1 => &mut revision.depends_on,
                    _ => &mut revision.labels,
                };
                list.remove(edge);
                all.push((graph, question.clone()));
            }
        }
    }
    all
}

impl Tally {
    fn report(&self, alembic: &mut Alembic) -> String {
        let mut text = format!("{} graphs, {} questions\n", self.graphs, self.questions);
        for (verdict, times) in &self.verdicts {
            let name = match verdict {
                Verdict::Same => "the same answer",
                Verdict::BothRefuse => "refused by both for one reason",
                Verdict::SetOrder => "the same set, where Alembic's order is a Python set's",
                Verdict::OnPurpose(name) => name,
                Verdict::Different => "UNEXPLAINED",
            };
            writeln!(text, "{times:>8} {name}").unwrap();
        }
        for (kind, finding) in &self.findings {
            let (graph, question) = shrink(alembic, finding, kind);
            writeln!(text, "\n{} times, {kind}\n{graph}{question}", finding.times).unwrap();
            if let Some(shown) = difference(alembic, &graph, &question) {
                writeln!(text, "Alembic: {}\nlimbeck: {}", shown.theirs, shown.ours).unwrap();
            }
            writeln!(
                text,
                "again: LIMBECK_SEED={} cargo test --test it every_target_means",
                finding.seed
            )
            .unwrap();
        }
        text
    }
}
