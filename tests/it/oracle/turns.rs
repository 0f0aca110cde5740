//! One database, two tools in turn: what either did, the other goes on from.
//!
//! Real Alembic and limbeck upgrade, downgrade, stamp and merge the same graph on the same server.
//! After every step both must name the same revisions as current.

use std::collections::BTreeSet;
use std::fs;

use serde_json::{Value, json};

use super::alembic::{Alembic, ENVIRONMENT, TEMPLATE};
use super::graphs::{Graph, Revision};
use super::language::number;
use super::random::Random;
use crate::support::{Database, Project, database, project};

/// How many databases each run of the tests goes through.
const DATABASES: u64 = 10;

/// How many commands each database is given.
const TURNS: usize = 16;

#[test]
fn either_tool_goes_on_from_where_the_other_stopped() {
    let seeds = match number("LIMBECK_SEED") {
        Some(seed) => seed..seed + 1,
        None => 1..1 + number("LIMBECK_GRAPHS").map_or(DATABASES, |graphs| graphs / 20),
    };
    let mut alembic = Alembic::start();
    let (mut done, mut refused) = (0, 0);
    for seed in seeds {
        let mut random = Random::new(seed);
        let mut turns = Turns::begin(&mut random, seed);
        for _ in 0..TURNS {
            match turns.next(&mut random, &mut alembic) {
                true => done += 1,
                false => refused += 1,
            }
        }
    }
    println!("{done} commands done, {refused} refused");
    assert!(done > refused, "most commands are done");
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tool {
    Alembic,
    Limbeck,
}

struct Turns {
    seed: u64,
    graph: Graph,
    database: Database,
    project: Project,
    /// Whether the tables are those of the applied revisions: no stamp told otherwise.
    honest: bool,
    /// What was done so far, to be shown.
    story: String,
}

impl Turns {
    fn begin(random: &mut Random, seed: u64) -> Self {
        let graph = Graph::random(random);
        let database = database();
        let mut project = project()
            .database(&database)
            .file("alembic/script.py.mako", TEMPLATE)
            .file("alembic/env.py", ENVIRONMENT);
        fs::create_dir_all(project.path("alembic/versions")).unwrap();
        fs::create_dir_all(project.path("versions")).unwrap();
        for (name, revision) in graph.files() {
            write(&mut project, &name, revision);
        }
        Self {
            seed,
            story: graph.to_string(),
            graph,
            database,
            project,
            honest: true,
        }
    }

    /// Has one tool do something, and asks both where the database stands.
    fn next(&mut self, random: &mut Random, alembic: &mut Alembic) -> bool {
        let tool = *random.pick(&[Tool::Alembic, Tool::Limbeck]);
        let before = self.database.heads();
        let (command, target) = self.choose(random);
        let result = match (tool, command) {
            (tool, "merge") => self.merge(tool, alembic),
            (Tool::Alembic, _) => self.alembic(alembic, command, &json!([target])).map(|_| ()),
            (Tool::Limbeck, _) => self.limbeck(&format!("{command} '{target}'")).map(|_| ()),
        };
        let after = self.database.heads();
        let outcome = match &result {
            Ok(()) => after.join(" "),
            Err(error) => format!("refused: {}", error.lines().next().unwrap_or_default()),
        };
        self.story += &format!("{tool:?}: {command} {target} => {outcome}\n");
        if result.is_err() {
            self.check(before == after, "what is refused changes nothing");
            return false;
        }
        self.honest &= command != "stamp";
        self.compare(alembic, &after);
        if after != self.graph.only_tips(&after) {
            // A fault of Alembic's: rows of which one implies another, at which it stops.
            self.limbeck("stamp --purge heads").unwrap();
            self.story += "limbeck: stamp --purge heads\n";
            self.honest = false;
        }
        true
    }

    fn choose(&self, random: &mut Random) -> (&'static str, String) {
        let ids = self.graph.ids();
        let rows = self.database.heads();
        let any = random.pick(&ids).clone();
        match random.below(20) {
            0..6 => ("upgrade", any),
            6..8 => ("upgrade", "heads".to_owned()),
            8 => ("upgrade", format!("{any}@head")),
            9..11 if !rows.is_empty() => ("upgrade", format!("{}@+1", random.pick(&rows))),
            11..15 if !rows.is_empty() => {
                let row = random.pick(&rows).as_str();
                let below: Vec<String> = self.graph.below(row).into_iter().collect();
                ("downgrade", random.pick(&below).clone())
            }
            15 if !rows.is_empty() => ("downgrade", format!("{}@-1", random.pick(&rows))),
            16 => ("downgrade", "base".to_owned()),
            17..19 => ("stamp", any),
            19 => ("merge", "heads".to_owned()),
            _ => ("upgrade", any),
        }
    }

    fn alembic(
        &self,
        alembic: &mut Alembic,
        command: &str,
        args: &Value,
    ) -> Result<String, String> {
        let url = self.database.url();
        let (_, place) = url.split_once("://").unwrap();
        let done = alembic.run(&json!({
            "folder": self.project.path("alembic").display().to_string(),
            "command": command,
            "args": args,
            "options": {},
            "settings": { "url": format!("postgresql+psycopg://{place}") },
        }));
        done.error.map_or(Ok(done.out), Err)
    }

    fn limbeck(&self, line: &str) -> Result<String, String> {
        let output = self.project.run(line);
        match output.status.success() {
            true => Ok(output.stdout),
            false => Err(output.stderr),
        }
    }

    /// Has one tool write a merge, and gives it to the other as well.
    fn merge(&mut self, tool: Tool, alembic: &mut Alembic) -> Result<(), String> {
        let number = self.graph.revisions.len();
        let id = format!("m{number}");
        let folder = match tool {
            Tool::Alembic => "alembic/versions",
            Tool::Limbeck => "versions",
        };
        let files = |project: &Project| -> BTreeSet<String> {
            let files = project.files().into_iter();
            files.filter(|file| file.starts_with(folder)).collect()
        };
        let before = files(&self.project);
        match tool {
            Tool::Alembic => {
                let args = json!(["heads", "join", null, id]);
                self.alembic(alembic, "merge", &args)?;
            }
            Tool::Limbeck => {
                self.limbeck(&format!("merge heads -m join --rev-id {id}"))?;
            }
        }
        let written = files(&self.project);
        let written: Vec<&String> = written.difference(&before).collect();
        let text = self.project.read(written[0]);
        fs::remove_file(self.project.path(written[0])).unwrap();
        let declared = text.lines().find(|line| line.contains("down_revision"));
        let names = declared
            .unwrap_or_default()
            .split_once(['=', ':'])
            .unwrap()
            .1;
        let plain = |name: &str| {
            name.trim_matches(|c: char| " ,'\"()".contains(c))
                .to_owned()
        };
        let down: Vec<String> = names
            .split(',')
            .map(plain)
            .filter(|n| !n.is_empty())
            .collect();
        let revision = Revision {
            id: id.clone(),
            down,
            depends_on: Vec::new(),
            labels: Vec::new(),
        };
        write(&mut self.project, &format!("{number:03}_{id}"), &revision);
        self.graph.revisions.push(revision);
        Ok(())
    }

    /// Both name the same revisions as current, and the tables are those of what is applied.
    fn compare(&self, alembic: &mut Alembic, rows: &[String]) {
        let first_words = |text: String| -> BTreeSet<String> {
            let words = text
                .lines()
                .filter_map(|line| line.split_whitespace().next());
            words.map(ToString::to_string).collect()
        };
        let theirs = first_words(self.alembic(alembic, "current", &json!([])).unwrap());
        let ours = first_words(self.limbeck("current").unwrap());
        if rows == self.graph.only_tips(rows) {
            self.check(
                theirs == ours,
                &format!("Alembic: {theirs:?}, limbeck: {ours:?}"),
            );
        }
        if self.honest {
            let applied = rows.iter().flat_map(|row| self.graph.below(row));
            let expected: BTreeSet<String> = applied.map(|id| format!("public.t_{id}")).collect();
            let tables = self.database.tables().into_iter();
            let tables = tables.filter(|table| table.starts_with("public.t_"));
            let tables: BTreeSet<String> = tables.collect();
            self.check(tables == expected, &format!("tables: {tables:?}"));
        }
    }

    #[track_caller]
    fn check(&self, holds: bool, what: &str) {
        let Self { seed, story, .. } = self;
        assert!(
            holds,
            "{what}\n{story}again: LIMBECK_SEED={seed} cargo test --test it either_tool"
        );
    }
}

fn write(project: &mut Project, name: &str, revision: &Revision) {
    let table = format!("public.\"t_{}\"", revision.id);
    // After a stamp a table may be there already, or not any more.
    let up = [format!("CREATE TABLE IF NOT EXISTS {table} (id bigint)")];
    let down = [format!("DROP TABLE IF EXISTS {table}")];
    let python = revision.python(&up, &down);
    project.write(&format!("alembic/versions/{name}.py"), python);
    project.write(&format!("versions/{name}.sql"), revision.sql(&up, &down));
}
