//! The schema: a database that limbeck took to the heads of a tree, and all the way back, is the one
//! that Alembic makes; and so is one that a baseline of it makes.
//!
//! Most trees belong to an application whose modules their revisions import. Some can be run while
//! objects that are anything stand in for these; for others `tests/installed.sh` installs all that the
//! application needs. Each goes up and down as far as Alembic itself comes on an empty database.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

use super::{Tree, trees};
use crate::support::limbeck::Project;
use crate::support::{Database, Server, database, oracle, project};

/// How a tree is run.
struct Way {
    name: &'static str,
    /// Whether limbeck needs the project's own Alembic for some revisions.
    bridged: bool,
    /// Where Alembic stops on the way up, since what follows does not run on PostgreSQL; else nothing.
    up_to: &'static [&'static str],
    /// How far the revisions lead back; nothing where the first step does not.
    down_to: Option<&'static str>,
    /// What belongs below `[alembic]`.
    settings: &'static str,
    /// The naming convention of the application's tables, as JSON.
    naming: &'static str,
    /// What must be installed, with all that it needs; nothing where stand-ins will do.
    installed: &'static [&'static str],
    /// What the application does before it starts Alembic.
    setup: &'static str,
    /// The driver that the application uses.
    driver: &'static str,
}

/// A tree that needs nothing.
const PLAIN: Way = Way {
    name: "",
    bridged: false,
    up_to: &[],
    down_to: None,
    settings: "",
    naming: "{}",
    installed: &[],
    setup: "",
    driver: "psycopg",
};

/// Those that every run of the tests goes through.
const QUICK: [Way; 6] = [
    Way {
        name: "apache-airflow-providers-fab",
        down_to: Some("base"),
        ..PLAIN
    },
    Way {
        name: "argilla-server",
        down_to: Some("base"),
        ..PLAIN
    },
    Way {
        name: "blazar",
        bridged: true,
        // The next one names a column after its table, with a colon.
        up_to: &["f4084140f608"],
        down_to: Some("base"),
        ..PLAIN
    },
    Way {
        name: "ckan",
        bridged: true,
        down_to: Some("fd6622e3d964"),
        settings: "ignore = ['ckan.migration.skip_based_on_legacy_engine_version']",
        ..PLAIN
    },
    Way {
        name: "evidently",
        down_to: Some("base"),
        ..PLAIN
    },
    Way {
        name: "sahara",
        ..PLAIN
    },
];

/// The applications of one platform, which can be installed together.
const OPENSTACK: &[&str] = &[
    "cinder==29.0.0",
    "glance==33.0.0",
    "keystone==30.0.0",
    "mistral==23.0.0",
    "neutron==29.0.0",
    "nova==34.0.0",
];

/// Those that take minutes: much is installed, and Alembic is started many times.
const SLOW: [Way; 12] = [
    Way {
        name: "manila",
        bridged: true,
        ..PLAIN
    },
    Way {
        name: "octavia",
        // The next one drops a constraint by the name that MySQL gives it.
        up_to: &["8c0851bdf6c3"],
        ..PLAIN
    },
    Way {
        name: "openstack-heat",
        ..PLAIN
    },
    Way {
        name: "tacker",
        bridged: true,
        ..PLAIN
    },
    Way {
        name: "apache-airflow-core",
        bridged: true,
        // The next step drops an index that is not there any more.
        down_to: Some("4bc4d934e2bc"),
        naming: r#"{"ix": "idx_%(column_0_N_label)s", "uq": "%(table_name)s_%(column_0_N_name)s_uq",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "%(table_name)s_%(column_0_name)s_fkey", "pk": "%(table_name)s_pkey"}"#,
        installed: &["apache-airflow-core==3.3.2"],
        driver: "psycopg2",
        ..PLAIN
    },
    Way {
        name: "arize-phoenix",
        bridged: true,
        down_to: Some("base"),
        naming: r#"{"ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_`%(constraint_name)s`",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s"}"#,
        installed: &["arize-phoenix==20.26.1"],
        ..PLAIN
    },
    Way {
        name: "cinder",
        bridged: true,
        installed: OPENSTACK,
        ..PLAIN
    },
    Way {
        name: "glance",
        bridged: true,
        installed: OPENSTACK,
        ..PLAIN
    },
    Way {
        name: "keystone",
        bridged: true,
        installed: OPENSTACK,
        setup: "import keystone.conf; keystone.conf.configure()",
        ..PLAIN
    },
    Way {
        name: "mistral",
        bridged: true,
        installed: OPENSTACK,
        ..PLAIN
    },
    Way {
        name: "neutron",
        bridged: true,
        // What follows is MySQL's SQL.
        up_to: &["5c85685d616d", "ad80a9f07c5c"],
        installed: OPENSTACK,
        ..PLAIN
    },
    Way {
        name: "nova",
        bridged: true,
        installed: OPENSTACK,
        ..PLAIN
    },
];

#[test]
fn trees_make_the_schema_that_alembic_makes() {
    let trees: BTreeMap<String, Tree> = trees()
        .into_iter()
        .map(|it| (it.name.clone(), it))
        .collect();
    let which = std::env::var("LIMBECK_TREES").unwrap_or_default();
    let ways = QUICK.iter().chain(&SLOW);
    let is_wanted = |way: &&Way| match which.as_str() {
        "" => QUICK.iter().any(|it| it.name == way.name),
        "all" => true,
        name => name == way.name,
    };
    for way in ways.filter(is_wanted) {
        way.go(&trees[way.name]);
    }
}

#[test]
fn trees_written_in_sql_make_the_schema_that_their_python_makes() {
    let trees: BTreeMap<String, Tree> = trees()
        .into_iter()
        .map(|it| (it.name.clone(), it))
        .collect();
    let which = std::env::var("LIMBECK_TREES").unwrap_or_default();
    let quick = ["apache-airflow-providers-fab", "blazar", "openstack-heat"];
    let asking = [&quick[..], &["glance", "mistral", "tacker"]].concat();
    let ways = QUICK.iter().chain(&SLOW);
    for way in ways.filter(|way| match which.as_str() {
        "" => quick.contains(&way.name),
        "all" => asking.contains(&way.name),
        name => name == way.name,
    }) {
        way.eject(&trees[way.name]);
    }
}

impl Way {
    /// Writes all revisions in SQL, and compares what these make with what those in Python make; what
    /// is left to a person is in Python on both sides.
    fn eject(&self, tree: &Tree) {
        let python = self.python();
        let (theirs, ours) = (database(), database());
        let their = self.project(tree, &theirs, &python);
        let eject = "alembic eject --all --version-path sql --format json --scratch";
        let written = run(their.command(), &format!("{eject} {}", theirs.url()));
        let written: Value = serde_json::from_slice(&written.stdout).unwrap();
        let mut tried = 0;
        for file in written["ejected"].as_array().unwrap() {
            tried += file["tried"].as_array().unwrap().len();
            if file["finished"] == false {
                std::fs::remove_file(their.path(file["path"].as_str().unwrap())).unwrap();
            }
        }
        assert!(tried > 0, "{}: {written:#}", self.name);
        let ini = their.read("alembic.ini");
        let both = format!("version_locations = {}:", their.path("sql").display());
        let our = self
            .project(tree, &ours, &python)
            .file("alembic.ini", ini.replace("version_locations = ", &both));
        let heads: &[&str] = match self.up_to {
            [] => &["heads"],
            some => some,
        };
        let up = format!("upgrade {}", heads.join(" "));
        let down = self.down_to.map(|end| format!("downgrade {end}"));
        for way in std::iter::once(up).chain(down) {
            run(their.command(), &way);
            run(our.command(), &way);
            assert_eq!(theirs.heads(), ours.heads(), "{}", self.name);
            self.compare(&way, &theirs, &ours);
        }
        let in_sql = "SELECT count(*) > 0 FROM limbeck_ledger WHERE format = 'sql'";
        assert_eq!(ours.rows(in_sql), ["t"], "{}", self.name);
    }

    fn go(&self, tree: &Tree) {
        let python = self.python();
        let (theirs, ours) = (database(), database());
        let (their, our) = (
            self.project(tree, &theirs, &python),
            self.project(tree, &ours, &python),
        );
        let heads: &[&str] = match self.up_to {
            [] => &["heads"],
            some => some,
        };
        for head in heads {
            alembic(&their, &python, &format!("upgrade {head}"));
        }
        run(our.command(), &format!("upgrade {}", heads.join(" ")));
        assert_eq!(theirs.heads(), ours.heads(), "{}", self.name);
        self.compare("up", &theirs, &ours);
        self.compare("by its baseline", &theirs, &baseline(&our, &ours));
        if let Some(end) = self.down_to {
            alembic(&their, &python, &format!("downgrade {end}"));
            run(our.command(), &format!("downgrade {end}"));
            assert_eq!(theirs.heads(), ours.heads(), "{}", self.name);
            self.compare("down", &theirs, &ours);
        }
    }

    /// Returns a Python that can run the revisions.
    fn python(&self) -> PathBuf {
        if self.installed.is_empty() {
            return oracle::python().to_owned();
        }
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/installed.sh");
        let output = Command::new("sh").arg(script).args(self.installed).output();
        let output = output.unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{errors}");
        String::from_utf8_lossy(&output.stdout).trim().into()
    }

    fn project(&self, tree: &Tree, database: &Database, python: &Path) -> Project {
        let here = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/trees");
        let versions = tree.versions.display();
        let bridge = match self.bridged {
            true => format!("bridge = \"'{}' -m alembic\"", python.display()),
            false => String::new(),
        };
        let project = project()
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
                    "[alembic]\nconfig = 'alembic.ini'\npython_path = ['{}']\n{bridge}\n{}\n{}{}\n",
                    tree.root.display(),
                    self.settings,
                    tree.declarations(),
                    self.naming_convention()
                ),
            )
            .env("TREES", here)
            .env("TREE_ROOT", &tree.root)
            .env("APP_URL", database.url())
            .env("DRIVER", self.driver)
            .env("NAMING", self.naming)
            .env("SETUP", self.setup)
            .env("PYTHONDONTWRITEBYTECODE", "1");
        match self.installed {
            [] => project,
            _ => project.env("INSTALLED", ""),
        }
    }

    fn naming_convention(&self) -> String {
        let naming: BTreeMap<String, Value> = serde_json::from_str(self.naming).unwrap();
        let lines = naming.iter().map(|(key, form)| format!("{key} = {form}\n"));
        format!("[alembic.naming_convention]\n{}", lines.collect::<String>())
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
fn alembic(project: &Project, python: &Path, line: &str) {
    let command = project.command();
    let mut alembic = Command::new(python);
    alembic.args(["-m", "alembic"]);
    alembic.current_dir(command.get_current_dir().unwrap());
    alembic.env_clear();
    for (name, value) in command.get_envs() {
        alembic.env(name, value.unwrap_or_default());
    }
    run(alembic, line);
}

/// Runs a program, however long it takes: limbeck may start Alembic a hundred times.
fn run(mut command: Command, line: &str) -> Output {
    let output = command.args(line.split(' ')).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{line}: {}\n{said}", output.status);
    output
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
