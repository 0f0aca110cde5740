//! Scripts that a seed repeats, of every operation, type and option in every mixture, each held against
//! Alembic.
//!
//! `LIMBECK_SEED=17` asks about one script, `LIMBECK_SCRIPTS=1000` about many. What differs fails with
//! the smallest script that shows it.

mod columns;
mod data;
mod expressions;
mod names;
mod operations;
mod python;
#[path = "../../../../tests/it/oracle/random.rs"]
#[allow(dead_code)]
mod random;
mod types;

use std::collections::BTreeMap;
use std::env;

use alembic_compat::translate::Direction;

use self::python::Python;
use self::random::Random;
use crate::alembic::Alembic;
use crate::cases::difference;
use crate::scripts::script;
use crate::statements::{comparable, translated};

/// How many scripts are tried unasked.
const SCRIPTS: u64 = 150;

#[test]
fn generated_scripts_are_written_as_alembic_writes_them() {
    let number = |name: &str| env::var(name).ok().and_then(|it| it.parse::<u64>().ok());
    let seeds = match number("LIMBECK_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("LIMBECK_SCRIPTS").unwrap_or(SCRIPTS),
    };
    let mut both = Both {
        older: Alembic::start("2.0"),
        newer: Alembic::start("2.1"),
    };
    let mut wrong = Vec::new();
    let mut refused = 0;
    for seed in seeds.clone() {
        let mut generated = Generated::new(seed);
        match both.verdict(&generated) {
            Verdict::Same => {}
            Verdict::Neither => refused += 1,
            Verdict::Different(_) => {
                generated.shrink(|smaller| matches!(both.verdict(smaller), Verdict::Different(_)));
                if let Verdict::Different(how) = both.verdict(&generated) {
                    let convention = &generated.convention;
                    wrong.push(format!("seed {seed}, {convention:?}\n{how}"));
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "\n{}\n{} of {seeds:?} differ, {refused} say nothing",
        wrong.join("\n"),
        wrong.len()
    );
    // Some scripts ask for what cannot be; most must say something.
    let tried = seeds.end - seeds.start;
    assert!(refused <= 1 + tried / 5, "{refused} of {tried} say nothing");
}

/// A script and the naming convention of its project.
struct Generated {
    statements: Vec<Python>,
    convention: BTreeMap<String, String>,
}

impl Generated {
    fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let convention = names::convention(&mut random);
        let count = 1 + random.below(4);
        let statements = (0..count)
            .map(|_| operations::statement(&mut random))
            .collect();
        Self {
            statements,
            convention,
        }
    }

    fn body(&self) -> String {
        let lines: Vec<_> = self.statements.iter().map(Python::to_string).collect();
        lines.join("\n")
    }

    /// Leaves out what can be left out while the script still shows what it shows.
    fn shrink(&mut self, mut shows: impl FnMut(&Self) -> bool) {
        let mut at = 0;
        while at < self.statements.len() {
            let removed = self.statements.remove(at);
            if self.statements.is_empty() || !shows(self) {
                self.statements.insert(at, removed);
                at += 1;
            }
        }
        let convention = std::mem::take(&mut self.convention);
        if !shows(self) {
            self.convention = convention;
        }
        for at in 0..self.statements.len() {
            let mut option = 0;
            while option < self.statements[at].options() {
                let smaller = self.statements[at].without(option);
                let larger = std::mem::replace(&mut self.statements[at], smaller);
                if !shows(self) {
                    self.statements[at] = larger;
                    option += 1;
                }
            }
        }
    }
}

enum Verdict {
    Same,
    /// Nobody writes anything.
    Neither,
    Different(String),
}

struct Both {
    older: Alembic,
    newer: Alembic,
}

impl Both {
    fn verdict(&mut self, generated: &Generated) -> Verdict {
        let body = generated.body();
        let text = script(&body);
        let older = self.older.ask(&text, "upgrade", &generated.convention);
        let newer = self.newer.ask(&text, "upgrade", &generated.convention);
        let ours = translated(&text, Direction::Upgrade, &generated.convention);
        match (older, newer, ours) {
            (Err(_), _, Err(_)) | (_, Err(_), Err(_)) => Verdict::Neither,
            (Ok(older), newer, Ok(ours)) => {
                let alike = comparable(&older) == comparable(&ours)
                    || newer.is_ok_and(|newer| comparable(&newer) == comparable(&ours));
                match alike {
                    true => Verdict::Same,
                    false => Verdict::Different(difference(&body, &older, &ours)),
                }
            }
            (Ok(older), Ok(newer), Err(refusal)) => {
                match comparable(&older) == comparable(&newer) {
                    // Where the two differ, nobody can say what is right.
                    false => Verdict::Neither,
                    true => {
                        let refusal = vec![format!("refused: {refusal}")];
                        Verdict::Different(difference(&body, &older, &refusal))
                    }
                }
            }
            (Err(error), _, Ok(ours)) => {
                let error = vec![format!("error: {error}")];
                Verdict::Different(difference(&body, &error, &ours))
            }
        }
    }
}
