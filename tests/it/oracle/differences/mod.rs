//! Which answers count as equal, and where limbeck differs from Alembic: by name, with the reason.
//!
//! Alembic's own faults are told apart from differences of opinion: a fault has a least change to
//! Alembic that puts it right (`alembic_oracle.py`), after which both answer alike.

mod names;
mod rephrased;

use limbeck::graph::RevisionGraph;
use limbeck::resolve;
use limbeck::target::Target;
use serde_json::Value;

use super::alembic::Alembic;
use super::cases::{Ask, Question};
use super::graphs::Graph;

/// How two answers compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    Same,
    /// Both refuse, for the same reason.
    BothRefuse,
    /// Alembic's own answer changes with the order of a Python set; the same revisions are named.
    SetOrder,
    /// A difference that has a name.
    OnPurpose(&'static str),
    Different,
}

/// Two answers to one question.
#[derive(Clone, Copy)]
pub struct Case<'a> {
    pub graph: &'a Graph,
    pub folder: Option<&'a str>,
    pub question: &'a Question,
    pub alembic: &'a Value,
    pub limbeck: &'a Value,
}

/// A fault of Alembic that the test can put right.
struct Fault {
    mend: &'static str,
    /// What limbeck does instead.
    name: &'static str,
}

/// Faults, each by itself and then all together.
const FAULTS: &[Fault] = &[
    Fault {
        mend: "declared_order",
        name: "several depends_on of one revision run in the order written, not in a set's",
    },
    Fault {
        mend: "rows_that_are_there",
        name: "a merge, or its undoing, of revisions of which one is below another: Alembic \
               changes rows that are not there, or makes rows that another implies",
    },
    Fault {
        mend: "stamp_own_line",
        name: "a stamp moves the rows of its own line: Alembic also removes rows that merely \
               depend on it, and counts the rows of all targets for each",
    },
];

/// A difference of opinion, tried when no fault explains the difference.
struct Difference {
    name: &'static str,
    applies: fn(&Case<'_>, &mut Alembic) -> bool,
}

const DIFFERENCES: &[Difference] = &[
    Difference {
        name: "a name that means nothing, or several things, is told apart from all else: Alembic \
               often does not look at the part before `@`, or tells another fault first",
        applies: |case, _| names::is_at_fault(case),
    },
    Difference {
        name: "Alembic ends in a traceback; limbeck refuses and says why",
        applies: |case, _| case.is_traceback() && case.says_what_failed_there(),
    },
    Difference {
        name: "every form of target works in every command: Alembic answers alike when it is given \
               the ids instead",
        applies: rephrased::is_answered_alike,
    },
    Difference {
        name: "`-n` from several heads is refused: Alembic takes whichever row comes first",
        applies: |case, _| {
            let mut targets = case.question.targets.iter();
            let is_relative = targets.any(|target| target.starts_with('-'));
            let several = case.question.heads.len() > 1;
            let plans = !case.asks(Ask::History) && !case.asks(Ask::Upgrade);
            plans && is_relative && several && case.refusal_is("ambiguous_walk")
        },
    },
    Difference {
        name: "one step down from a merge leads to all its parents; Alembic calls it ambiguous",
        applies: |case, alembic| {
            let ambiguous = |reason: &str| reason.contains("Ambiguous walk");
            let meaning = |case: &Case<'_>, alembic: &mut Alembic| {
                let asked = case.question.asking(Ask::Meaning);
                let answer = alembic
                    .ask(case.graph, case.folder, &[asked], &[])
                    .remove(0);
                ambiguous(answer["error"]["reason"].as_str().unwrap_or_default())
            };
            let steps_down = || case.ends_on_parents() || case.asks(Ask::History);
            let one = case.question.targets.len() == 1 && case.question.targets[0].contains('-');
            one && (ambiguous(case.reason()) || meaning(case, alembic)) && steps_down()
        },
    },
    Difference {
        name: "`+0` and `-0` count no steps; Alembic refuses them, or takes them for names",
        applies: |case, _| {
            let mut ends = case
                .question
                .targets
                .iter()
                .flat_map(|target| target.split(':'));
            ends.any(|end| end.ends_with("+0") || end.ends_with("-0"))
        },
    },
    Difference {
        name: "`branch@head` is narrowed to the branch, and `heads` and `current` may be several: \
               a downgrade of Alembic, and all that it counts steps from, look at `head` alone",
        applies: |case, _| {
            let target = &case.question.targets[0];
            let is_several = target.contains("head") || target == "current";
            let does_nothing = case.limbeck["steps"] == serde_json::json!([]);
            let refused =
                case.both_refuse() || target.contains("@head") && case.refusal().is_some();
            match case.question.ask {
                Ask::Downgrade => is_several && (does_nothing || refused),
                Ask::Upgrade if target == "current" => does_nothing,
                _ => {
                    let mut targets = case.question.targets.iter();
                    let counts = targets.any(|target| target.contains("@head+"));
                    let looks_at_head = case.reason().starts_with("Multiple heads");
                    counts && (looks_at_head || !case.asks(Ask::History) && case.both_refuse())
                }
            }
        },
    },
    Difference {
        name: "a relative form that Alembic does not take is refused for what it means",
        applies: |case, alembic| {
            let mut words = case.reason().split('\'');
            let named = words.nth(1).unwrap_or_default();
            let is_relative =
                named.contains(['+', '-']) || case.reason().contains("didn't produce");
            let is_true = match case.question.ask {
                Ask::History => rephrased::is_fault_of_one_end(case, alembic),
                _ => {
                    case.agrees_on_the_meaning(alembic)
                        || rephrased::is_refused_alike(case, alembic)
                }
            };
            case.both_refuse() && is_relative && is_true
        },
    },
    Difference {
        name: "of two targets at fault, the other one is told",
        applies: rephrased::is_fault_of_one_target,
    },
    Difference {
        name: "what is relative to the database is asked of the database, where Alembic counts \
               from the heads of the graph or takes it for nothing",
        applies: |case, alembic| {
            let counts = |target: &String| {
                let symbol = target
                    .split_once('@')
                    .map_or(target.as_str(), |(_, symbol)| symbol);
                symbol.starts_with(['+', '-']) || symbol == "current"
            };
            let relative = case.question.targets.iter().any(counts);
            let agrees = |alembic: &mut Alembic| match case.question.ask {
                Ask::Show => case.agrees_on_the_meaning(alembic),
                Ask::Stamp => {
                    case.agrees_on_the_meaning(alembic)
                        || rephrased::is_alike_with_ids(case, alembic)
                }
                _ => case.refusal_is("connection"),
            };
            relative && agrees(alembic)
        },
    },
    Difference {
        name: "a merge joins two revisions or more",
        applies: |case, _| case.asks(Ask::Merge) && case.refusal_is("nothing_to_merge"),
    },
    Difference {
        name: "`current` in a range is the base where nothing is applied, and may stand at both \
               ends; Alembic lists everything, or takes it for a name",
        applies: |case, _| {
            let (start, end) = case.question.targets[0].split_once(':').unwrap_or_default();
            let at_base = case.question.heads.is_empty() && [start, end].contains(&"current");
            case.asks(Ask::History) && (at_base || [start, end] == ["current"; 2])
        },
    },
    Difference {
        name: "a range is listed even where its end merely depends on its start; Alembic's order \
               ends in a traceback",
        applies: |case, alembic| {
            let place = case.alembic["error"]["place"].as_str();
            let is_relative = case.question.targets[0].contains(['+', '-']);
            case.asks(Ask::History)
                && (place == Some("_topological_sort")
                    || is_relative && rephrased::has_no_order(case, alembic))
        },
    },
    Difference {
        name: "steps down a branch go to where they lead, even at or below the revision that names \
               the branch; Alembic finds no way",
        applies: |case, _| {
            let no_way = case.reason() == "Not a valid downgrade target from current heads";
            no_way && case.question.targets[0].contains("@-")
        },
    },
    Difference {
        name: "`-n:current` counts from where the database stands, as Alembic's manual says; Alembic \
               counts from the heads of the graph",
        applies: |case, _| {
            let (start, end) = case.question.targets[0].split_once(':').unwrap_or_default();
            let symbol = start.split_once('@').map_or(start, |(_, symbol)| symbol);
            case.asks(Ask::History) && end == "current" && symbol.starts_with('-')
        },
    },
    Difference {
        name: "a range whose end counts up from several heads has no clear beginning; Alembic says \
               that there are several heads",
        applies: |case, _| {
            let several = case.reason().starts_with("Multiple heads");
            case.asks(Ask::History) && several && case.refusal_is("ambiguous_walk")
        },
    },
    Difference {
        name: "`branch@heads` may be heads of which one depends on another; Alembic refuses that",
        applies: |case, _| {
            let target = &case.question.targets[0];
            case.reason().contains("overlaps") && target.contains("@heads")
        },
    },
    Difference {
        name: "the beginning of an id and of that revision's own label means the revision; Alembic \
               takes it for two",
        applies: |case, alembic| {
            let spelt_out = names::spelt_out(case);
            case.reason().starts_with("Multiple revisions")
                && spelt_out != *case.question
                && is_explained(&spelt_out, case, alembic)
        },
    },
    Difference {
        name: "`-n` in a range counts from every head, at either end; Alembic takes one head, and \
               only at the start",
        applies: |case, _| {
            let ends = case.question.targets[0].split_once(':').unwrap_or_default();
            let counts = |end: &str| {
                let symbol = end.split_once('@').map_or(end, |(_, symbol)| symbol);
                symbol.starts_with('-')
            };
            let counts = counts(ends.0) || counts(ends.1);
            case.asks(Ask::History) && counts && !case.alembic["error"].is_null()
        },
    },
    Difference {
        name: "an id before `@` names its line in a range too; Alembic knows labels only, and takes \
               all else for the revision's label or the base, or ends in a traceback",
        applies: |case, _| {
            let (start, _) = case.question.targets[0].split_once(':').unwrap_or_default();
            let branch = start.split_once('@').map(|(branch, _)| branch);
            let is_label = |branch| case.graph.labels().iter().any(|label| label == branch);
            case.asks(Ask::History) && branch.is_some_and(|branch| !is_label(branch))
        },
    },
    Difference {
        name: "steps may be counted from a name with a dot; Alembic's pattern knows letters, digits \
               and `_`, and answers alike where the dot is one",
        applies: dotted,
    },
];

/// Compares two answers; Alembic is asked again where they differ.
pub fn judge(alembic: &mut Alembic, case: &Case<'_>) -> Verdict {
    if let Some(verdict) = equal(case.alembic, case.limbeck) {
        return verdict;
    }
    for fault in FAULTS {
        if case.is_equal_after(&[fault.mend], case.question, alembic) {
            let same_set = sorted(&case.alembic["steps"]) == sorted(&case.limbeck["steps"])
                && sorted(&case.alembic["revisions"]) == sorted(&case.limbeck["revisions"]);
            return match fault.mend {
                "declared_order" if same_set => Verdict::SetOrder,
                "declared_order" => Verdict::Different,
                _ => Verdict::OnPurpose(fault.name),
            };
        }
    }
    if case.is_equal_after(ALL, case.question, alembic) {
        return Verdict::OnPurpose("several of Alembic's faults at once");
    }
    let difference = DIFFERENCES.iter().find(|d| (d.applies)(case, alembic));
    difference.map_or(Verdict::Different, |d| Verdict::OnPurpose(d.name))
}

/// Where Alembic fails, and what limbeck may call it.
const TRACEBACKS: &[(&str, &[&str])] = &[
    // It counts down from one row of the branch and finds none, or several.
    (
        "_parse_downgrade_target",
        &["not_applied", "ambiguous_walk"],
    ),
    // It walked past the last revision.
    ("is_revision", &["walked_too_far"]),
];

/// All faults of Alembic.
const ALL: &[&str] = &["declared_order", "rows_that_are_there", "stamp_own_line"];

impl Case<'_> {
    /// Whether a question, asked of Alembic without some of its faults, is answered as by limbeck.
    pub fn is_equal_after(
        &self,
        mend: &[&str],
        question: &Question,
        alembic: &mut Alembic,
    ) -> bool {
        let question = std::slice::from_ref(question);
        let answer = alembic.ask(self.graph, self.folder, question, mend);
        equal(&answer[0], self.limbeck).is_some()
    }

    fn asks(&self, ask: Ask) -> bool {
        self.question.ask == ask
    }

    /// The code of limbeck's refusal.
    pub fn refusal(&self) -> Option<&str> {
        self.limbeck["error"]["code"].as_str()
    }

    fn refusal_is(&self, code: &str) -> bool {
        self.refusal() == Some(code)
    }

    /// Alembic's reason to refuse; empty where it answers.
    fn reason(&self) -> &str {
        self.alembic["error"]["reason"].as_str().unwrap_or_default()
    }

    fn both_refuse(&self) -> bool {
        self.refusal().is_some() && !self.alembic["error"].is_null()
    }

    fn is_traceback(&self) -> bool {
        let class = self.alembic["error"]["class"].as_str();
        class.is_some_and(|class| class != "CommandError")
    }

    /// Whether limbeck refuses for what made Alembic fail at that place.
    fn says_what_failed_there(&self) -> bool {
        let place = self.alembic["error"]["place"].as_str().unwrap_or_default();
        let code = self.refusal().unwrap_or_default();
        let mut known = TRACEBACKS.iter();
        known.any(|(known, codes)| place == *known && codes.contains(&code))
    }

    /// Whether the commands that take a relative target understand it as limbeck does.
    fn agrees_on_the_meaning(&self, alembic: &mut Alembic) -> bool {
        let mut targets = self.question.targets.iter();
        targets.any(|target| {
            let asked = Question {
                ask: Ask::Meaning,
                heads: self.question.heads.clone(),
                targets: vec![target.clone()],
            };
            let answer = alembic
                .ask(self.graph, self.folder, &[asked], &[])
                .remove(0);
            let case = Case {
                alembic: &answer,
                ..*self
            };
            let alike = equal(&answer, self.limbeck).is_some();
            alike || case.is_traceback() && case.says_what_failed_there()
        })
    }

    /// Whether the target counts down to the parents of a merge.
    fn ends_on_parents(&self) -> bool {
        let Some(graph) = self.built() else {
            return false;
        };
        let heads = rephrased::rows(self.question);
        self.question.targets.iter().all(|text| {
            let Ok(target) = Target::parse(text) else {
                return false;
            };
            let points = resolve::revisions(&graph, Some(&heads), &target).unwrap_or_default();
            let mut merges = graph.revisions().filter(|node| node.is_merge_point());
            text.contains('-') && merges.any(|m| graph.parents(m).eq(points.iter().copied()))
        })
    }

    /// The graph as limbeck has it.
    pub fn built(&self) -> Option<RevisionGraph> {
        let built = RevisionGraph::build(self.graph.declarations());
        built.faults.is_empty().then_some(built.graph)
    }
}

/// Whether limbeck's answer is right for a question that means the same.
fn is_explained(question: &Question, case: &Case<'_>, alembic: &mut Alembic) -> bool {
    let asked = std::slice::from_ref(question);
    let theirs = alembic.ask(case.graph, case.folder, asked, &[]).remove(0);
    let case = Case {
        question,
        alembic: &theirs,
        ..*case
    };
    judge(alembic, &case) != Verdict::Different
}

/// Whether the difference is gone where names have no dots.
fn dotted(case: &Case<'_>, alembic: &mut Alembic) -> bool {
    let plain = |text: &String| text.replace('.', "_");
    let mut graph = case.graph.clone();
    for revision in &mut graph.revisions {
        let lists = [
            &mut revision.down,
            &mut revision.depends_on,
            &mut revision.labels,
        ];
        for name in lists.into_iter().flatten().chain([&mut revision.id]) {
            *name = plain(name);
        }
    }
    if graph == *case.graph {
        return false;
    }
    let writes = matches!(case.question.ask, Ask::Revision | Ask::Splice | Ask::Merge);
    let question = Question {
        ask: if writes {
            Ask::Meaning
        } else {
            case.question.ask
        },
        heads: case.question.heads.iter().map(plain).collect(),
        targets: case.question.targets.iter().map(plain).collect(),
    };
    let theirs = alembic
        .ask(&graph, None, std::slice::from_ref(&question), &[])
        .remove(0);
    let ours = serde_json::from_str(&plain(&case.limbeck.to_string())).unwrap_or_default();
    let case = Case {
        graph: &graph,
        folder: None,
        question: &question,
        alembic: &theirs,
        limbeck: &ours,
    };
    judge(alembic, &case) != Verdict::Different
}

/// Returns a word for the kind of difference, by which examples are grouped.
pub fn kind(case: &Case<'_>) -> String {
    let of = |answer: &Value| match &answer["error"] {
        Value::Null => match answer["broken"].as_str() {
            None => "answers".to_owned(),
            Some(broken) => format!("breaks with {broken}"),
        },
        error => {
            let text = |name: &str| error[name].as_str().unwrap_or_default().to_owned();
            let reason: String = text("reason") + " in " + &text("place").replace('_', "");
            let words = reason.split_whitespace();
            let plain = words.filter(|w| w.chars().all(|c| c.is_ascii_alphabetic()));
            let plain: Vec<&str> = plain.take(6).collect();
            format!("{}{} {}", text("code"), text("kind"), plain.join(" "))
        }
    };
    let (alembic, limbeck) = (of(case.alembic), of(case.limbeck));
    format!(
        "{:?}: Alembic {alembic}, limbeck {limbeck}",
        case.question.ask
    )
}

fn sorted(list: &Value) -> Vec<String> {
    let items = list.as_array().into_iter().flatten();
    let mut items: Vec<String> = items.map(ToString::to_string).collect();
    items.sort();
    items
}

/// Returns none where the answers differ.
fn equal(alembic: &Value, limbeck: &Value) -> Option<Verdict> {
    match (&alembic["error"], &limbeck["error"]) {
        (Value::Null, Value::Null) => (alembic == limbeck).then_some(Verdict::Same),
        (Value::Null, _) | (_, Value::Null) => None,
        (theirs, ours) => {
            let code = ours["code"].as_str().unwrap_or_default();
            codes(theirs).contains(&code).then_some(Verdict::BothRefuse)
        }
    }
}

/// The codes that say what an error of Alembic says.
fn codes(error: &Value) -> &'static [&'static str] {
    let kind = error["kind"].as_str().unwrap_or_default();
    let reason = error["reason"].as_str().unwrap_or_default();
    let says = |words: &str| reason.contains(words);
    match kind {
        "MultipleHeads" => &["multiple_heads"],
        "ResolutionError" if says("No such revision") => &["unknown_revision"],
        "ResolutionError" if says("Multiple revisions") => &["ambiguous_revision"],
        "ResolutionError" if says("No such branch") => &["unknown_branch"],
        "ResolutionError" if says("is not a member") => &["not_in_branch"],
        "RangeNotAncestorError" => &["not_ancestor", "not_applied"],
        "RevisionError" if says("Ambiguous") => &["ambiguous_walk"],
        "RevisionError" if says("didn't produce") => &["walked_too_far", "invalid_target"],
        "RevisionError" if says("Walked too far") => &["walked_too_far"],
        "RevisionError" if says("overlaps") => &["overlapping_targets"],
        "RevisionError" if says("Not a valid downgrade target") => &["not_ancestor"],
        "CommandError" if says("is not a head revision") => &["not_a_head"],
        "CommandError" if says("Duplicate head revisions") => &["duplicate_heads"],
        _ => &[],
    }
}
