//! Random graphs of revisions, and the three ways in which they are written down.
//!
//! Every shape that a project grows into comes up: lines, fans, ladders of merges, several bases,
//! labels, dependencies across branches; and names that are easily mistaken for one another.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write as _};
use std::path::Path;

use limbeck::declaration::{Claim, Declaration, Format};
use serde_json::{Value, json};

use super::random::Random;

/// One revision of a graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision {
    pub id: String,
    pub down: Vec<String>,
    /// Ids or labels.
    pub depends_on: Vec<String>,
    pub labels: Vec<String>,
}

/// The revisions in the order of their files. Its Display is the picture that a test prints.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Graph {
    pub revisions: Vec<Revision>,
}

#[derive(Clone, Copy)]
enum Shape {
    Line,
    Fan,
    Ladder,
    Mixed,
}

#[derive(Clone, Copy)]
enum Names {
    Random,
    /// Ids of which some are the beginning of others.
    Nested,
    /// Ids that no beginning finds, since they are too short.
    Short,
    Numbered,
    /// Names that Alembic's pattern for steps does not take.
    Dotted,
}

impl Names {
    fn id(self, random: &mut Random, number: usize) -> String {
        match self {
            Self::Random => format!("{:06x}{:06x}", random.below(1 << 24), random.below(1 << 24)),
            Self::Nested => {
                let digits = 1 + random.below(4);
                format!("ab{:0digits$x}", random.below(1 << (4 * digits)))
            }
            Self::Short => format!("{}{number}", random.pick(&["a", "b", "c"])),
            Self::Numbered => format!("{:04}", number + 1),
            Self::Dotted => format!("v{}.{}", random.below(3), random.below(1000)),
        }
    }
}

impl Graph {
    /// Returns a graph without a fault.
    pub fn random(random: &mut Random) -> Self {
        let most = *random.pick(&[4, 8, 8, 12, 12, 20, 30]);
        let size = 1 + random.below(most);
        let shape = *random.pick(&[
            Shape::Line,
            Shape::Fan,
            Shape::Ladder,
            Shape::Mixed,
            Shape::Mixed,
            Shape::Mixed,
        ]);
        let names = *random.pick(&[
            Names::Random,
            Names::Random,
            Names::Nested,
            Names::Nested,
            Names::Short,
            Names::Numbered,
            Names::Numbered,
            Names::Dotted,
        ]);
        let bases = *random.pick(&[0, 0, 5, 15]);
        let dependencies = *random.pick(&[0, 10, 15, 30]);
        let mut graph = Self::default();
        let mut heads: Vec<String> = Vec::new();
        while graph.revisions.len() < size {
            let id = names.id(random, graph.revisions.len());
            if graph.get(&id).is_some() {
                continue;
            }
            let down = graph.parents(random, shape, &heads, bases);
            heads.retain(|head| !down.contains(head));
            heads.push(id.clone());
            let depends_on = graph.dependencies(random, dependencies, &down);
            graph.revisions.push(Revision {
                id,
                down,
                depends_on,
                labels: Vec::new(),
            });
        }
        graph.label(random, names);
        if random.percent(50) {
            random.shuffle(&mut graph.revisions);
        }
        graph
    }

    fn parents(
        &self,
        random: &mut Random,
        shape: Shape,
        heads: &[String],
        bases: usize,
    ) -> Vec<String> {
        let ids: Vec<String> = self.ids();
        if ids.is_empty() || random.percent(bases) {
            return Vec::new();
        }
        let newest = ids[ids.len() - 1].clone();
        match shape {
            Shape::Line => vec![newest],
            Shape::Fan => vec![random.pick(&ids[..ids.len().min(4)]).clone()],
            Shape::Ladder => match heads {
                [one] if random.percent(50) => vec![one.clone()],
                [one] => {
                    let below = self.get(one).and_then(|head| head.down.first());
                    vec![below.unwrap_or(one).clone()]
                }
                [_, _, ..] if random.percent(60) => random.some(heads, 2),
                several => vec![random.pick(several).clone()],
            },
            Shape::Mixed => match random.below(100) {
                0..20 => vec![random.pick(&ids).clone()],
                20..38 if heads.len() > 1 => {
                    let count = *random.pick(&[2, 2, 2, 3]);
                    random.some(heads, count)
                }
                38..42 if ids.len() > 1 => random.some(&ids, 2),
                _ => vec![random.pick(heads).clone()],
            },
        }
    }

    fn dependencies(&self, random: &mut Random, chance: usize, down: &[String]) -> Vec<String> {
        if !random.percent(chance) {
            return Vec::new();
        }
        let count = *random.pick(&[1, 1, 1, 2]);
        let mut depends_on = random.some(&self.ids(), count);
        depends_on.retain(|id| !down.contains(id));
        depends_on
    }

    /// Labels some revisions, and lets some dependencies name the label.
    fn label(&mut self, random: &mut Random, names: Names) {
        let chance = *random.pick(&[0, 10, 25]);
        for position in 0..self.revisions.len() {
            if !random.percent(chance) {
                continue;
            }
            let likeness = random.pick(&self.revisions).id.clone();
            let label = match random.below(4) {
                0 => format!("lab{position}"),
                1 => (*random.pick(&["users", "usage", "use", "net", "n"])).to_owned(),
                2 => names.id(random, 700 + position),
                _ => likeness[..1 + random.below(likeness.len())].to_owned(),
            };
            let taken = self
                .revisions
                .iter()
                .any(|revision| revision.id == label || revision.labels.contains(&label));
            if !taken {
                self.revisions[position].labels.push(label);
            }
        }
        let labelled: BTreeMap<String, String> = self
            .revisions
            .iter()
            .flat_map(|r| r.labels.iter().map(|label| (r.id.clone(), label.clone())))
            .collect();
        for revision in &mut self.revisions {
            for name in &mut revision.depends_on {
                if let Some(label) = labelled.get(name)
                    && random.percent(30)
                {
                    name.clone_from(label);
                }
            }
        }
    }

    /// Returns the revision with exactly this id.
    pub fn get(&self, id: &str) -> Option<&Revision> {
        self.revisions.iter().find(|revision| revision.id == id)
    }

    /// Returns the ids in file order.
    pub fn ids(&self) -> Vec<String> {
        self.revisions.iter().map(|r| r.id.clone()).collect()
    }

    /// Returns the labels in file order.
    pub fn labels(&self) -> Vec<String> {
        let labels = self.revisions.iter().flat_map(|r| r.labels.iter());
        labels.cloned().collect()
    }

    /// Returns the id that an id or a label stands for.
    fn named<'a>(&'a self, name: &'a str) -> &'a str {
        let labelled = |revision: &&Revision| revision.labels.iter().any(|label| label == name);
        let labelled = self.revisions.iter().find(labelled);
        labelled.map_or(name, |revision| &revision.id)
    }

    /// Returns a revision and all that it needs.
    pub fn below(&self, id: &str) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut open = vec![id.to_owned()];
        while let Some(id) = open.pop() {
            if let Some(revision) = self.get(&id)
                && found.insert(id)
            {
                let names = revision.down.iter().chain(&revision.depends_on);
                open.extend(names.map(|name| self.named(name).to_owned()));
            }
        }
        found
    }

    /// Leaves out the rows that others imply, as no database that was only upgraded has them.
    pub fn only_tips(&self, rows: &[String]) -> Vec<String> {
        let mut tips: Vec<String> = rows.to_vec();
        tips.sort();
        tips.dedup();
        let all = tips.clone();
        tips.retain(|row| {
            let implied = |other: &String| other != row && self.below(other).contains(row);
            self.get(row).is_some() && !all.iter().any(implied)
        });
        tips
    }

    /// Returns rows that a database can stand on, sorted.
    pub fn random_heads(&self, random: &mut Random) -> Vec<String> {
        if random.percent(15) {
            return self.only_tips(&self.ids());
        }
        let count = *random.pick(&[0, 1, 1, 2, 2, 3]);
        self.only_tips(&random.some(&self.ids(), count))
    }

    /// Leaves a revision out, and with it all that names it.
    pub fn without(&self, id: &str) -> Self {
        let mut graph = self.clone();
        let gone = self.get(id).map(|revision| revision.labels.clone());
        let gone = gone.unwrap_or_default();
        graph.revisions.retain(|revision| revision.id != id);
        for revision in &mut graph.revisions {
            revision.down.retain(|down| down != id);
            let stays = |name: &String| name != id && !gone.contains(name);
            revision.depends_on.retain(stays);
        }
        graph
    }

    /// Returns the declarations for Alembic's in-memory map.
    pub fn to_json(&self) -> Value {
        let revision = |r: &Revision| json!({ "id": r.id, "down": r.down, "depends_on": r.depends_on, "labels": r.labels });
        self.revisions.iter().map(revision).collect()
    }

    /// Returns the declarations as limbeck's sources hand them in.
    pub fn declarations(&self) -> Vec<Declaration> {
        let claims = |names: &[String]| names.iter().map(|name| Claim::new(name, 1)).collect();
        let declaration = |(number, revision): (usize, &Revision)| {
            let id = Claim::new(&revision.id, 1);
            let mut declaration = Declaration::new(id, Format::Sql);
            declaration.down_revision = claims(&revision.down);
            declaration.depends_on = claims(&revision.depends_on);
            declaration.branch_labels = claims(&revision.labels);
            declaration.path = Some(Path::new(&format!("{number:03}.sql")).into());
            declaration
        };
        self.revisions.iter().enumerate().map(declaration).collect()
    }

    /// Returns each revision with the name of its file without its ending: file order is kept.
    pub fn files(&self) -> impl Iterator<Item = (String, &Revision)> {
        let name = |(number, revision): (usize, &Revision)| format!("{number:03}_{}", revision.id);
        self.revisions
            .iter()
            .enumerate()
            .map(move |pair| (name(pair), pair.1))
    }
}

impl Revision {
    /// Returns a revision file of Alembic; each statement is a line of the function's body.
    pub fn python(&self, upgrade: &[String], downgrade: &[String]) -> String {
        let tuple = |names: &[String]| match names {
            [] => "None".to_owned(),
            [one] => format!("{one:?}"),
            several => format!(
                "({})",
                several
                    .iter()
                    .map(|n| format!("{n:?}, "))
                    .collect::<String>()
            ),
        };
        let body = |statements: &[String]| {
            let mut text = String::new();
            for statement in statements {
                let literal = serde_json::to_string(statement).unwrap();
                let mut indent = "    ";
                if is_outside(statement) {
                    text.push_str("    with op.get_context().autocommit_block():\n");
                    indent = "        ";
                }
                writeln!(text, "{indent}op.execute({literal})").unwrap();
            }
            text + "    pass\n"
        };
        format!(
            "\"\"\"make {}\"\"\"\nfrom alembic import op\n\nrevision = {:?}\ndown_revision = {}\n\
             branch_labels = {}\ndepends_on = {}\n\n\ndef upgrade():\n{}\n\ndef downgrade():\n{}",
            self.id,
            self.id,
            tuple(&self.down),
            tuple(&self.labels),
            tuple(&self.depends_on),
            body(upgrade),
            body(downgrade)
        )
    }

    /// Returns a SQL revision of limbeck.
    pub fn sql(&self, upgrade: &[String], downgrade: &[String]) -> String {
        let mut text = format!("-- revision: {}\n", self.id);
        for (key, names) in [
            ("down_revision", &self.down),
            ("branch_labels", &self.labels),
            ("depends_on", &self.depends_on),
        ] {
            if !names.is_empty() {
                writeln!(text, "-- {key}: {}", names.join(", ")).unwrap();
            }
        }
        writeln!(text, "-- message: make {}", self.id).unwrap();
        for (section, statements) in [("upgrade", upgrade), ("downgrade", downgrade)] {
            writeln!(text, "\n-- limbeck: {section}").unwrap();
            for statement in statements {
                if is_outside(statement) {
                    writeln!(text, "\n-- limbeck: {section} no-transaction").unwrap();
                    writeln!(text, "{statement};\n\n-- limbeck: {section}").unwrap();
                } else {
                    writeln!(text, "{statement};").unwrap();
                }
            }
        }
        text
    }
}

/// Returns whether a statement cannot run in a transaction.
pub fn is_outside(statement: &str) -> bool {
    statement.contains(" CONCURRENTLY ")
}

impl fmt::Display for Graph {
    /// One revision per line, as the pictures of the unit tests: `c (users) <- a, b ~ x`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for revision in &self.revisions {
            write!(f, "{}", revision.id)?;
            if !revision.labels.is_empty() {
                write!(f, " ({})", revision.labels.join(", "))?;
            }
            if !revision.down.is_empty() {
                write!(f, " <- {}", revision.down.join(", "))?;
            }
            if !revision.depends_on.is_empty() {
                write!(f, " ~ {}", revision.depends_on.join(", "))?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}
