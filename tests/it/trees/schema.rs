//! The schema: a database that limbeck took to the heads of a tree, and all the way back, is the one
//! that Alembic makes; and so is one that a baseline of it makes.
//!
//! Only few trees can be run without the application that they belong to; these can.

use std::collections::BTreeMap;
use std::process::Command;

use super::{Tree, trees};
use crate::support::limbeck::Project;
use crate::support::{Database, Server, database, oracle, project};

/// How a tree is run.
struct Way {
    name: &'static str,
    /// Whether limbeck needs the project's own Alembic for some revisions.
    bridged: bool,
    /// Whether every revision leads back.
    back: bool,
    /// What belongs below `[alembic]`.
    settings: &'static str,
}

/// Those that every run of the tests goes through.
const QUICK: [Way; 3] = [
    Way {
        name: "argilla-server",
        bridged: false,
        back: true,
        settings: "",
    },
    Way {
        name: "sahara",
        bridged: false,
        back: false,
        settings: "",
    },
    Way {
        name: "ckan",
        bridged: true,
        back: false,
        settings: "ignore = ['ckan.migration.skip_based_on_legacy_engine_version']",
    },
];

/// Those that take a minute: Alembic is started many times.
const SLOW: [Way; 2] = [
    Way {
        name: "manila",
        bridged: true,
        back: false,
        settings: "",
    },
    Way {
        name: "tacker",
        bridged: true,
        back: false,
        settings: "",
    },
];

#[test]
fn trees_make_the_schema_that_alembic_makes() {
    let trees: BTreeMap<String, Tree> = trees()
        .into_iter()
        .map(|it| (it.name.clone(), it))
        .collect();
    let all = std::env::var("LIMBECK_TREES").is_ok_and(|which| which == "all");
    let slow = SLOW.iter().filter(|_| all);
    for way in QUICK.iter().chain(slow) {
        way.go(&trees[way.name]);
    }
}

impl Way {
    fn go(&self, tree: &Tree) {
        let (theirs, ours) = (database(), database());
        let alembic = self.project(tree, &theirs);
        run(&alembic, "upgrade heads");
        let limbeck = self.project(tree, &ours);
        limbeck.ok("upgrade heads");
        assert_eq!(theirs.heads(), ours.heads(), "{}", self.name);
        self.compare("up", &theirs, &ours);
        self.compare("by its baseline", &theirs, &baseline(&limbeck, &ours));
        if self.back {
            run(&alembic, "downgrade base");
            limbeck.ok("downgrade base");
            self.compare("down", &theirs, &ours);
        }
    }

    fn project(&self, tree: &Tree, database: &Database) -> Project {
        let here = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/trees");
        let versions = tree.versions.display();
        let bridge = match self.bridged {
            true => format!("bridge = \"'{}' -m alembic\"", oracle::python().display()),
            false => String::new(),
        };
        project()
            .database(database)
            .file("db/env.py", include_str!("env.py"))
            .file(
                "alembic.ini",
                format!(
                    "[alembic]\nscript_location = db\nversion_locations = {versions}\n\
                     recursive_version_locations = true\npath_separator = os\n"
                ),
            )
            .file(
                "limbeck.toml",
                format!(
                    "[alembic]\nconfig = 'alembic.ini'\npython_path = ['{}']\n{bridge}\n{}\n",
                    tree.root.display(),
                    self.settings
                ),
            )
            .env("TREES", here)
            .env("TREE_ROOT", &tree.root)
            .env("APP_URL", database.url())
            .env("PYTHONDONTWRITEBYTECODE", "1")
    }

    fn compare(&self, way: &str, theirs: &Database, ours: &Database) {
        let (theirs, ours) = (dump(theirs), dump(ours));
        if theirs != ours {
            let expected: Vec<&str> = theirs.lines().filter(|it| !ours.contains(it)).collect();
            let found: Vec<&str> = ours.lines().filter(|it| !theirs.contains(it)).collect();
            panic!("{} {way}: {expected:#?}\nbecame {found:#?}", self.name);
        }
    }
}

/// A database that a baseline of another one made.
fn baseline(project: &Project, database: &Database) -> Database {
    let copy = database.server().database_from("template0");
    project.ok("introspect --rev-id base1 -o baseline.sql");
    let text = project.read("baseline.sql");
    let project = self::project()
        .database(&copy)
        .file("limbeck.toml", "")
        .file("versions/base1.sql", text);
    project.ok("upgrade head");
    project.ok(&format!("diff --against {}", database.url()));
    copy
}

/// Runs Alembic in a project.
fn run(project: &Project, line: &str) {
    let command = project.command();
    let mut alembic = Command::new(oracle::python());
    alembic.args(["-m", "alembic"]).args(line.split(' '));
    alembic.current_dir(command.get_current_dir().unwrap());
    alembic.env_clear();
    for (name, value) in command.get_envs() {
        alembic.env(name, value.unwrap_or_default());
    }
    let output = project.start(alembic, line).wait();
    assert_eq!(output.code(), Some(0), "{output}");
}

/// The schema without what limbeck keeps for itself.
fn dump(database: &Database) -> String {
    let output = Command::new(Server::program("pg_dump"))
        .args(["--schema-only", "--no-owner", "--exclude-table=limbeck_*"])
        .arg(database.url())
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    let text = String::from_utf8(output.stdout).unwrap();
    // Two lines have a key that is drawn anew for each dump.
    let lines = text.lines().filter(|line| !line.contains("restrict "));
    lines.collect::<Vec<_>>().join("\n")
}
