//! The embedded PostgreSQL: `embedded:PATH` in a program with the feature, and in one without.
//!
//! Most of this file is there only with the feature: `cargo test --features embedded --test it embedded`.
//! What a server of its own shows as well, the other files show.

#[cfg(not(feature = "embedded"))]
mod without {
    use insta::assert_snapshot;

    use crate::support::project;

    #[test]
    fn a_program_without_it_says_how_to_get_one_that_has_it() {
        let system = |name: &str| format!("{}-{name}", std::env::consts::ARCH);
        let project = project()
            .line_of_revisions(1)
            .masked(system("unknown-linux-gnu"), "[MACHINE]")
            .masked(system("apple-darwin"), "[MACHINE]");
        assert_snapshot!(project.run("upgrade heads --url embedded:data"), @r"
        ------- stderr -------
        error: this program was built without the embedded PostgreSQL
        hint: `PGLITE_LIB_DIR=../pglite-rs-lib-[MACHINE]-0.2.7/lib cargo install limbeck --features embedded` builds one that has it
        [exit status: 1]
        ");
        assert_eq!(project.files(), ["versions/r0001.sql"]);
    }

    #[test]
    fn whoever_names_the_artifact_names_the_one_that_is_built() {
        let read = |path: &str| {
            let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
            std::fs::read_to_string(root.join(path)).unwrap()
        };
        let lock = read("Cargo.lock");
        let built = lock
            .split_once("name = \"pglite-rs-sys\"\nversion = \"")
            .and_then(|(_, rest)| rest.split_once('"'))
            .expect("the lock file has it")
            .0;
        let named = regex::Regex::new(r"pglite-rs-lib-[^ /]*-([0-9.]+)/lib").unwrap();
        for path in [
            ".cargo/config.toml",
            "docs/embedded.md",
            "src/cli/hint/database.rs",
        ] {
            let text = read(path);
            let mut versions = named.captures_iter(&text).map(|found| found[1].to_owned());
            assert!(versions.any(|version| version == built), "{path}: {built}");
        }
    }
}

#[cfg(feature = "embedded")]
mod with {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;
    use std::process::Command;
    use std::thread;
    use std::time::{Duration, Instant};

    use insta::assert_snapshot;
    use limbeck::catalog::Catalog;
    use limbeck::database::embedded::{Embedded, EmbeddedError};
    use limbeck::database::{Database, Location, Settings};
    use limbeck::execute::{Options, Request, Silent, run};
    use limbeck::heads::Heads;
    use limbeck::script::Direction;
    use limbeck::source::{Folders, Location as Versions};
    use limbeck::target::Target;

    use crate::support::{Project, database, project};

    const AT: &str = "--url embedded:data";

    /// A project whose runs unpack the server where this process does.
    fn embedded() -> Project {
        let project = project();
        match std::env::var_os("PGLITE_RUNTIME_DIR") {
            Some(folder) => project.env("PGLITE_RUNTIME_DIR", folder),
            None => project,
        }
    }

    fn ask(project: &Project, command: &str) -> String {
        project.ok(&format!("--quiet {command} {AT}")).to_string()
    }

    /// The process id of the server that runs on the project's database.
    fn server(project: &Project) -> Option<u32> {
        let data = fs::read_to_string(project.path("data/current")).ok()?;
        let file = project.path("data").join(data).join("postmaster.pid");
        let text = fs::read_to_string(file).ok()?;
        text.lines().next()?.parse().ok()
    }

    #[test]
    fn the_graph_goes_up_and_down_and_the_data_stays_between_runs() {
        let project = embedded().line_of_revisions(3).file(
            "versions/r0004.sql",
            "-- revision: r0004\n-- down_revision: r0003\n\n\
             -- limbeck: upgrade no-transaction\n\
             CREATE INDEX CONCURRENTLY t_id_idx ON public.t_r0003 (id);\n\n\
             -- limbeck: downgrade no-transaction\n\
             DROP INDEX CONCURRENTLY public.t_id_idx;\n",
        );
        ask(&project, "upgrade heads");
        assert_eq!(ask(&project, "current"), "r0004 (head)\n");
        ask(&project, "downgrade -2");
        assert_eq!(ask(&project, "current"), "r0002\n");
        ask(&project, "upgrade heads");
        ask(&project, "downgrade base");
        assert_eq!(ask(&project, "current"), "");
        assert_eq!(server(&project), None, "no server stays behind");
    }

    #[test]
    fn revisions_are_replayed_beside_an_embedded_database_or_on_one() {
        let database = database();
        let project = embedded()
            .file("limbeck.toml", "[[source]]\npath = 'migrations'\n")
            .file("migrations/001_a.sql", "CREATE TABLE a (id int PRIMARY KEY);")
            .file("migrations/002_b.sql", "CREATE TABLE b (id int);")
            .file(
                "versions/c1.sql",
                "-- revision: c1\n-- depends_on: 001\n\n-- limbeck: upgrade\nCREATE TABLE c (id int);\n",
            );
        ask(&project, "upgrade 001 c1");
        assert_snapshot!(project.run(&format!("detect {AT}")), @"
        <base>             5 objects differ
        001, a             2 objects differ
        002, b             4 objects differ
        c1, empty message  the same
        002, c1            2 objects differ
        ------- stderr -------
        the schema is that of revision c1
        next: limbeck stamp c1
        ");
        assert_snapshot!(project.run(&format!("diff {AT}")), @"
        ------- stderr -------
        the database is as revision c1
        ");
        assert_snapshot!(project.run(&format!("stamp --verify 002 {AT}")), @"
        -  table  public.b  1 column
        ------- stderr -------
        1 difference between revisions 002, c1 and the database
        nothing was stamped
        [exit status: 4]
        ");
        assert_snapshot!(project.run(&format!("detect {AT} --scratch embedded:data")), @"
        ------- stderr -------
        error: the embedded database in [PROJECT]/data is already open
        hint: without `--scratch` it is made beside the database itself
        [exit status: 1]
        ");

        // For a server, the throw-away database is made inside the program.
        database.execute("CREATE TABLE a (id int PRIMARY KEY)");
        let at = format!("--url {} --scratch embedded:scratch", database.url());
        for command in [
            "detect",
            "diff 001",
            "adopt --detect --apply",
            "stamp --verify 001",
        ] {
            project.ok(&format!("{command} {at}"));
        }
        assert_eq!(database.heads(), ["001"]);
        assert_eq!(project.run(&format!("diff 002 {at}")).code(), Some(4));
        let said = project.run(&format!("stamp --verify 002 {at}"));
        assert!(said.to_string().contains("nothing was stamped"), "{said}");
    }

    #[test]
    fn an_application_upgrades_its_own_database_at_every_start() {
        let folder = tempfile::tempdir().unwrap();
        let versions = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/at_start/versions");
        let start = || {
            let versions = vec![Versions::new(&versions)];
            let catalog = Catalog::load(&[&Folders::new(versions, &[])]).unwrap();
            let location = Location::Embedded(folder.path().join("data"));
            let mut database = Database::connect(Settings::new(location)).unwrap();
            let request = Request::new(Direction::Upgrade, vec![Target::parse("heads").unwrap()]);
            let options = Options::default();
            let report = run(&mut database, &catalog, &request, &options, &mut Silent).unwrap();
            let written: Heads = catalog
                .graph()
                .heads()
                .iter()
                .map(|n| n.id().clone())
                .collect();
            assert_eq!(database.heads().unwrap(), written);
            report.plan.steps.len()
        };
        assert_eq!(start(), 2);
        assert_eq!(start(), 0);
    }

    #[test]
    fn one_process_at_a_time_has_it_open() {
        let project = embedded().line_of_revisions(1);
        let open = Embedded::open(&project.path("data")).unwrap();
        let refused = Embedded::open(&project.path("data"));
        assert!(
            matches!(refused, Err(EmbeddedError::InUse(_))),
            "{refused:?}"
        );
        assert_snapshot!(project.run(&format!("current {AT}")), @r"
        ------- stderr -------
        error: the embedded database in [PROJECT]/data is already open
        [exit status: 1]
        ");
        drop(open);
        assert_eq!(ask(&project, "current"), "");
    }

    #[test]
    fn a_server_whose_program_was_killed_stops_and_the_next_run_goes_on() {
        let project = embedded().line_of_revisions(1).file(
            "versions/r0002.sql",
            "-- revision: r0002\n-- down_revision: r0001\n\n\
             -- limbeck: upgrade\nCREATE TABLE half_done ();\nSELECT pg_sleep(60);\n",
        );
        ask(&project, "upgrade r0001");
        let mut running = project.spawn(&format!("upgrade heads {AT}"));
        let begun = Instant::now();
        let pid = loop {
            assert!(
                begun.elapsed() < Duration::from_secs(60),
                "no server came up"
            );
            if let Some(pid) = server(&project) {
                break pid;
            }
            thread::sleep(Duration::from_millis(10));
        };
        // Where in the run it is hit does not matter to what is asserted; here, mostly the sleep.
        thread::sleep(Duration::from_millis(500));
        running.kill();
        running.wait();
        // Empty once it has ended, even where nobody takes note of its end; on a system without
        // /proc, the next run is what shows it.
        let command = format!("/proc/{pid}/cmdline");
        while fs::read(&command).is_ok_and(|words| !words.is_empty()) {
            assert!(
                begun.elapsed() < Duration::from_secs(60),
                "server {pid} stayed"
            );
            thread::sleep(Duration::from_millis(10));
        }
        assert_eq!(ask(&project, "current"), "r0001\n");
        ask(&project, "downgrade base");
    }

    #[test]
    fn a_database_whose_making_was_interrupted_is_made_anew() {
        let project = embedded().line_of_revisions(1);
        let made = || {
            let entries = fs::read_dir(project.path("data")).into_iter().flatten();
            let names = entries.map(|entry| entry.unwrap().file_name());
            names
                .filter(|name| name.to_string_lossy().starts_with("data-"))
                .count()
        };
        let mut running = project.spawn(&format!("current {AT}"));
        let begun = Instant::now();
        while made() == 0 {
            assert!(
                begun.elapsed() < Duration::from_secs(60),
                "nothing was begun"
            );
            thread::sleep(Duration::from_millis(5));
        }
        running.kill();
        running.wait();
        ask(&project, "upgrade heads");
        // What was making the first one may have outlived its program for a moment.
        while made() > 1 {
            assert!(
                begun.elapsed() < Duration::from_secs(60),
                "the first one stayed"
            );
            thread::sleep(Duration::from_millis(100));
            ask(&project, "current");
        }
        assert_eq!(ask(&project, "current"), "r0001 (head)\n");
    }

    #[test]
    fn timeouts_fire_though_the_server_has_no_timer_of_its_own() {
        let project = embedded().file(
            "versions/r0001.sql",
            "-- revision: r0001\n\n-- limbeck: upgrade\nSELECT pg_sleep(60);\n",
        );
        let project = project.env("LIMBECK_STATEMENT_TIMEOUT", "200ms");
        let failed = project.run(&format!("upgrade heads {AT}")).to_string();
        assert!(failed.contains("57014"), "{failed}");
    }

    #[test]
    fn a_server_that_others_could_have_changed_is_not_run() {
        let project = embedded().line_of_revisions(1);
        let folder = project.path("server");
        let project = project.env("PGLITE_RUNTIME_DIR", &folder);
        let limbeck = project.command();
        let variables = limbeck.get_envs();
        let script = format!("umask 002; exec \"$0\" current {AT}");
        let mut command = Command::new("sh");
        command
            .args(["-c", &script])
            .arg(limbeck.get_program())
            .current_dir(project.path(""))
            .env_clear()
            .envs(variables.filter_map(|(name, value)| Some((name, value?))));
        // Twice: what the first run unpacks, the second one finds. The umask is many a system's own.
        for _ in 0..2 {
            assert!(command.status().unwrap().success());
        }
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o777)).unwrap();
        assert_snapshot!(project.run(&format!("current {AT}")), @r"
        ------- stderr -------
        error: the unpacked server in [PROJECT]/server can be changed by another user; remove it or set PGLITE_RUNTIME_DIR
        [exit status: 1]
        ");
    }
}
