//! Scripts written without a database: limbeck's and Alembic's, statement by statement.
//!
//! The guard and the ledger are limbeck's own and left out; white space is not compared.

use std::fs;

use serde_json::{Value, json};

use super::alembic::{Alembic, ENVIRONMENT, TEMPLATE};
use super::graphs::{Graph, Revision, is_outside};
use super::language::number;
use super::random::Random;
use crate::support::{Project, project};

/// How many trees each run of the tests writes scripts for.
const TREES: u64 = 40;

/// How many scripts are compared for each.
const SCRIPTS: usize = 8;

struct Tree {
    project: Project,
    settings: Value,
    /// The rows where all is applied.
    heads: Vec<String>,
}

/// One script that is asked for.
#[derive(Clone)]
struct Script {
    command: &'static str,
    targets: Vec<String>,
}

#[test]
fn scripts_equal_alembics_statement_by_statement() {
    let seeds = match number("LIMBECK_SEED") {
        Some(seed) => seed..seed + 1,
        None => 1..1 + number("LIMBECK_GRAPHS").map_or(TREES, |graphs| graphs / 10),
    };
    let mut alembic = Alembic::start();
    let (mut scripts, mut refused) = (0, 0);
    for seed in seeds {
        let mut random = Random::new(seed);
        let graph = Graph::random(&mut random);
        let tree = Tree::write(&mut random, &graph);
        for _ in 0..SCRIPTS {
            let script = Script::random(&mut random, &graph);
            scripts += 1;
            if let Err(difference) = tree.compare(&mut alembic, &script) {
                let Script { command, targets } = &script;
                panic!(
                    "{command} {} --sql\n{}{graph}{difference}\nagain: LIMBECK_SEED={seed} cargo \
                     test --test it scripts_equal",
                    targets.join(" "),
                    format_args!("{}\n", tree.settings)
                );
            }
            refused += usize::from(tree.refuses(&script));
        }
    }
    println!("{scripts} scripts, of which {refused} are refused by both");
    assert!(refused * 4 < scripts, "most scripts are written");
}

impl Script {
    fn random(random: &mut Random, graph: &Graph) -> Self {
        let ids = graph.ids();
        let place = |random: &mut Random| match random.below(10) {
            0..2 => "heads".to_owned(),
            2 => "base".to_owned(),
            _ => random.pick(&ids).clone(),
        };
        match random.below(10) {
            0..5 => {
                let target = place(random);
                let targets = if random.percent(50) {
                    // From somewhere below, so that there is mostly a way.
                    let below: Vec<String> = graph.below(&target).into_iter().collect();
                    let from = if below.is_empty() { &ids } else { &below };
                    vec![format!("{}:{target}", random.pick(from))]
                } else {
                    vec![target]
                };
                let command = "upgrade";
                Self { command, targets }
            }
            5..8 => {
                let from = place(random);
                let below: Vec<String> = graph.below(&from).into_iter().collect();
                let target = match random.below(3) {
                    0 => "base",
                    _ if below.is_empty() => random.pick(&ids),
                    _ => random.pick(&below),
                };
                let targets = vec![format!("{from}:{target}")];
                let command = "downgrade";
                Self { command, targets }
            }
            _ => {
                let target = place(random);
                let targets = match random.percent(50) {
                    true => vec![format!("{}:{target}", random.pick(&ids))],
                    false => vec![target],
                };
                let command = "stamp";
                Self { command, targets }
            }
        }
    }
}

type Written = Result<String, String>;

impl Script {
    fn is_equal(&self, theirs: &Written, ours: &Written) -> bool {
        let (Ok(theirs), Ok(ours)) = (theirs, ours) else {
            return theirs.is_err() && ours.is_err();
        };
        let (mut theirs, mut ours) = (lines(theirs), lines(ours));
        if self.command == "stamp" {
            // The rows of a stamp change together; Alembic may give each its own transaction.
            for lines in [&mut theirs, &mut ours] {
                lines.retain(|line| line != "BEGIN" && line != "COMMIT");
            }
        }
        theirs == ours
    }
}

impl Tree {
    fn write(random: &mut Random, graph: &Graph) -> Self {
        let per_revision = random.percent(50);
        let schema = random.percent(30);
        let mut toml = format!(
            "transaction = \"{}\"\n",
            if per_revision { "revision" } else { "all" }
        );
        let mut settings = json!({ "transaction_per_migration": per_revision });
        if schema {
            toml.push_str("version_table_schema = \"meta\"\n");
            settings["version_table_schema"] = "meta".into();
        }
        let mut project = project()
            .file("limbeck.toml", toml)
            .file("alembic/script.py.mako", TEMPLATE)
            .file("alembic/env.py", ENVIRONMENT);
        fs::create_dir_all(project.path("alembic/versions")).unwrap();
        fs::create_dir_all(project.path("versions")).unwrap();
        for (name, revision) in graph.files() {
            let up = statements(random, revision, ("CREATE", per_revision));
            let down = statements(random, revision, ("DROP", per_revision));
            let python = revision.python(&up, &down);
            project.write(&format!("alembic/versions/{name}.py"), python);
            project.write(&format!("versions/{name}.sql"), revision.sql(&up, &down));
        }
        let heads = graph.only_tips(&graph.ids());
        Self {
            project,
            settings,
            heads,
        }
    }

    fn limbeck(&self, script: &Script) -> Written {
        let Script { command, targets } = script;
        let line = format!(
            "{command} --sql --no-guard --no-ledger '{}'",
            targets.join("' '")
        );
        let output = self.project.run(&line);
        match output.status.success() {
            true => Ok(output.stdout),
            false => Err(output.stderr),
        }
    }

    fn alembic(&self, alembic: &mut Alembic, script: &Script, mend: &[&str]) -> Written {
        // Alembic takes several rows to begin at, but not from the command line.
        let mut settings = self.settings.clone();
        let mut script = script.clone();
        for target in &mut script.targets {
            if let Some(end) = target.strip_prefix("heads:") {
                settings["starting_rev"] = json!(self.heads);
                *target = format!("{}:{end}", self.heads[0]);
            }
        }
        let targets = match script.command {
            "stamp" => json!([script.targets]),
            _ => json!(script.targets),
        };
        let done = alembic.run(&json!({
            "folder": self.project.path("alembic").display().to_string(),
            "command": script.command,
            "args": targets,
            "options": { "sql": true },
            "settings": settings,
            "mend": mend,
        }));
        done.error.map_or(Ok(done.sql), Err)
    }

    fn refuses(&self, script: &Script) -> bool {
        self.limbeck(script).is_err()
    }

    fn compare(&self, alembic: &mut Alembic, script: &Script) -> Result<(), String> {
        let ours = self.limbeck(script);
        let mut theirs = self.alembic(alembic, script, &[]);
        for mend in [
            &["declared_order", "rows_that_are_there"][..],
            &["declared_order", "rows_that_are_there", "stamp_own_line"],
        ] {
            if script.is_equal(&theirs, &ours) {
                break;
            }
            theirs = self.alembic(alembic, script, mend);
        }
        if script.is_equal(&theirs, &ours) {
            return Ok(());
        }
        let text = |script: &Written| match script {
            Ok(script) => lines(script).join("\n"),
            Err(error) => error.clone(),
        };
        Err(format!(
            "Alembic:\n{}\n\nlimbeck:\n{}",
            text(&theirs),
            text(&ours)
        ))
    }
}

/// The statements of a script, white space made even; a transaction with nothing in it is none.
fn lines(script: &str) -> Vec<String> {
    let words: Vec<&str> = script.split_whitespace().collect();
    let text = words.join(" ").replace("( ", "(").replace(" )", ")");
    let mut lines: Vec<String> = Vec::new();
    for statement in text.split("; ") {
        let statement = statement.trim_end_matches(';').to_owned();
        if statement == "COMMIT" && lines.last().is_some_and(|last| last == "BEGIN") {
            lines.pop();
        } else if !statement.is_empty() {
            lines.push(statement);
        }
    }
    lines
}

/// Statements of every kind that a splitter could take for something else.
fn statements(
    random: &mut Random,
    revision: &Revision,
    (verb, per_revision): (&str, bool),
) -> Vec<String> {
    let id = &revision.id;
    let kinds = [
        format!("{verb} TABLE \"t_{id}\" (\n    id bigint,\n    name text\n)"),
        format!("INSERT INTO log (what) VALUES ('{verb}; it''s {id}')"),
        format!("{verb} FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN PERFORM 1; END $$"),
        format!("UPDATE log SET what = E'a\\'; b' /* one; two */ WHERE id = '{id}'"),
        format!("{verb} INDEX CONCURRENTLY i ON log (what)"),
        format!("COMMENT ON TABLE log IS '{id}'"),
    ];
    let count = random.below(3);
    let mut statements = random.some(&kinds, count);
    // Alembic breaks the one transaction of a run without a word; limbeck refuses.
    statements.retain(|statement| per_revision || !is_outside(statement));
    statements
}
