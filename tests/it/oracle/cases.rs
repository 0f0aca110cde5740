//! Random questions about a graph, in every form that the target language has.

use std::fmt;

use serde_json::{Value, json};

use super::graphs::Graph;
use super::random::Random;

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    Upgrade,
    Downgrade,
    Stamp,
    Show,
    /// What a relative target means, whichever command it is given to.
    Meaning,
    History,
    /// Everything that needs no target: order, heads, bases, branches, labels.
    Facts,
    /// Whether a new revision may go there; the last two ask for a splice and a merge.
    Revision,
    Splice,
    Merge,
}

/// One question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    pub ask: Ask,
    /// The rows of the version table, sorted.
    pub heads: Vec<String>,
    pub targets: Vec<String>,
}

impl Ask {
    fn name(self) -> &'static str {
        match self {
            Self::Upgrade => "upgrade",
            Self::Downgrade => "downgrade",
            Self::Stamp => "stamp",
            Self::Show => "show",
            Self::Meaning => "meaning",
            Self::History => "history",
            Self::Facts => "facts",
            Self::Revision => "revision",
            Self::Splice => "splice",
            Self::Merge => "merge",
        }
    }
}

impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.ask.name();
        let targets = self.targets.join(" ");
        write!(f, "{name} {targets} at `{}`", self.heads.join(" "))
    }
}

impl Question {
    /// The question that has no target.
    pub fn facts() -> Self {
        Self {
            ask: Ask::Facts,
            heads: Vec::new(),
            targets: Vec::new(),
        }
    }

    /// Returns a question that the library answers.
    pub fn random(random: &mut Random, graph: &Graph) -> Self {
        let ask = *random.pick(&[
            Ask::Upgrade,
            Ask::Upgrade,
            Ask::Upgrade,
            Ask::Downgrade,
            Ask::Downgrade,
            Ask::Downgrade,
            Ask::Stamp,
            Ask::Stamp,
            Ask::Show,
            Ask::History,
            Ask::History,
        ]);
        let heads = graph.random_heads(random);
        let targets = match ask {
            Ask::History => {
                let mut end = || match random.below(10) {
                    0..3 => String::new(),
                    3 => "current".to_owned(),
                    _ => target(random, graph),
                };
                vec![format!("{}:{}", end(), end())]
            }
            Ask::Stamp if random.percent(20) => {
                vec![target(random, graph), target(random, graph)]
            }
            Ask::Show if random.percent(10) => vec!["current".to_owned()],
            _ => vec![target(random, graph)],
        };
        Self {
            ask,
            heads,
            targets,
        }
    }

    /// Returns a question whose answer writes a file, and so needs real folders.
    pub fn of_new_file(random: &mut Random, graph: &Graph) -> Self {
        let ask = *random.pick(&[Ask::Revision, Ask::Splice, Ask::Merge]);
        let mut targets = vec![target(random, graph)];
        if ask == Ask::Merge && random.percent(80) {
            targets.push(target(random, graph));
        }
        Self {
            ask,
            heads: Vec::new(),
            targets,
        }
    }

    /// Returns the same with something else asked.
    pub fn asking(&self, ask: Ask) -> Self {
        Self {
            ask,
            ..self.clone()
        }
    }

    pub fn to_json(&self) -> Value {
        json!({ "ask": self.ask.name(), "heads": self.heads, "targets": self.targets })
    }
}

/// Returns a target: mostly one that means something, in each form of the language.
fn target(random: &mut Random, graph: &Graph) -> String {
    let steps = match random.below(30) {
        0 => "0",
        1..3 => "5",
        3..7 => "3",
        7..16 => "2",
        _ => "1",
    };
    let sign = *random.pick(&["+", "-"]);
    match random.below(100) {
        0..7 => "head".to_owned(),
        7..13 => "heads".to_owned(),
        13..17 => "base".to_owned(),
        17..31 => name(random, graph),
        31..37 => format!("{}@head", branch(random, graph)),
        37..41 => format!("{}@heads", branch(random, graph)),
        41..45 => format!("{}@base", branch(random, graph)),
        45..55 => format!("{}@{}", branch(random, graph), name(random, graph)),
        55..65 => format!("{sign}{steps}"),
        65..75 => format!("{}@{sign}{steps}", branch(random, graph)),
        75..86 => format!("{}{sign}{steps}", name(random, graph)),
        86..90 => format!("head{sign}{steps}"),
        90..93 => format!("{}@head{sign}{steps}", branch(random, graph)),
        93..96 => {
            let branch = branch(random, graph);
            format!("{branch}@{}{sign}{steps}", name(random, graph))
        }
        96..99 => "current".to_owned(),
        _ => (*random.pick(&["nowhere", "nowhere@head", "zz@+1", "a@b@head", "@head"])).to_owned(),
    }
}

/// An id or a label, whole or its beginning.
fn name(random: &mut Random, graph: &Graph) -> String {
    let mut names = graph.ids();
    names.extend(graph.labels());
    let mut name = random.pick(&names).clone();
    if random.percent(25) {
        name.truncate(1 + random.below(name.len()));
    }
    name
}

fn branch(random: &mut Random, graph: &Graph) -> String {
    let labels = graph.labels();
    if labels.is_empty() || random.percent(30) {
        return name(random, graph);
    }
    random.pick(&labels).clone()
}
