//! The measures that limbeck promises to keep, each as a ratio to its peer or as a figure of its
//! own, with the bound beside it: `just bench`, or `cargo bench --bench ratios -- --quick` for
//! fewer rounds.
//!
//! Everything is measured on the built program, whole processes from start to end, on files that
//! are in the page cache and a server that this run starts for itself. Ours and the peer take
//! turns, so that what else the machine does falls on both; medians are compared. No bound fails
//! the run: whether one holds here is for a person to judge.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench stops where something it needs is missing, and prints what it measured"
)]

mod child;
mod project;
mod report;
#[path = "../../tests/it/support/mod.rs"]
mod support;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use child::{Usage, median, rounds, run};
use project::{Project, Tree};
use report::{Bound, Report};
use support::{Database, Server, Settings};

/// The program under test.
const LIMBECK: &str = env!("CARGO_BIN_EXE_limbeck");

fn main() {
    let quick = std::env::args().any(|argument| argument == "--quick");
    let bench = Bench {
        // More WAL than any measure writes: no checkpoint falls on one side only.
        server: Settings::default()
            .set("autovacuum", "off")
            .set("max_wal_size", "8GB")
            .start(),
        psql: psql(),
        divisor: if quick { 5 } else { 1 },
    };
    println!("limbeck  {LIMBECK}");
    println!("psql     {}", bench.psql.display());
    println!("machine  {}\n", machine());
    let mut report = Report::begin();
    bench.size(&mut report);
    bench.version(&mut report);
    bench.nothing_to_do(1_000, (1.2, 1.5), &mut report);
    bench.nothing_to_do(5_000, (3.5, 4.0), &mut report);
    bench.graphs(20_000, &mut report);
    bench.upgrade(1_000, &mut report);
    bench.distance(100, &mut report);
    bench.schema(2_000, &mut report);
    report.end();
}

/// What all measures are taken with.
struct Bench {
    server: Server,
    psql: PathBuf,
    /// By how much the numbers of rounds are reduced.
    divisor: usize,
}

impl Bench {
    fn rounds(&self, full: usize) -> usize {
        (full / self.divisor).max(3)
    }

    fn limbeck(&self, project: &Project, url: &str, line: &str) -> Command {
        let mut command = self.command(Path::new(LIMBECK));
        command.current_dir(project.path());
        command.env("DATABASE_URL", url);
        command.args(line.split(' '));
        command
    }

    /// The peer, as lean as it can be started.
    fn psql(&self, url: &str) -> Command {
        let mut command = self.command(&self.psql);
        command.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", url]);
        command
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.env_clear().env("HOME", "/nonexistent");
        command
    }

    fn size(&self, report: &mut Report) {
        let bytes = std::fs::metadata(LIMBECK).unwrap().len();
        let what = if cfg!(feature = "embedded") {
            "size of the program, with `embedded`"
        } else {
            "size of the program"
        };
        report.megabytes(what, bytes, Bound::of(15.0));
    }

    fn version(&self, report: &mut Report) {
        let mut command = self.command(Path::new(LIMBECK));
        command.arg("--version");
        let usages = rounds(self.rounds(100), || run(&mut command));
        let cpu = median(usages.iter().map(Usage::cpu));
        report.time("`--version`, CPU", cpu, Bound::of(5.0));
    }

    /// What a deploy pays that changes nothing.
    fn nothing_to_do(&self, count: usize, bounds: (f64, f64), report: &mut Report) {
        let project = Project::of(&Tree::line(count));
        let database = self.server.database();
        let url = database.url();
        run(&mut self.limbeck(&project, &url, "upgrade head"));
        let mut select = self.psql(&url);
        select.args(["-c", "select 1"]);
        for (line, bound) in [("upgrade head", bounds.0), ("status", bounds.1)] {
            let mut command = self.limbeck(&project, &url, line);
            let pairs = rounds(self.rounds(60), || (run(&mut command), run(&mut select)));
            let ours = median(pairs.iter().map(|(ours, _)| ours.wall));
            let peer = median(pairs.iter().map(|(_, peer)| peer.wall));
            let what = format!("no-op `{line}`, {count} revisions / psql -c 'select 1'");
            report.ratio(&what, (ours, peer), Bound::of(bound));
            if count == 1_000 && line == "upgrade head" {
                let peak = pairs.iter().map(|(ours, _)| ours.peak).max().unwrap_or(0);
                report.megabytes("peak memory of the same", peak, Bound::of(15.0));
            }
        }
    }

    /// What questions about a large graph cost that need no database.
    fn graphs(&self, count: usize, report: &mut Report) {
        let [whole, half] = [count, count / 2].map(|count| Project::of(&Tree::random(count)));
        for line in ["heads", "history", "plan upgrade heads --from base"] {
            let mut large = self.limbeck(&whole, "", line);
            let mut small = self.limbeck(&half, "", line);
            let pairs = rounds(self.rounds(20), || (run(&mut large), run(&mut small)));
            let large = median(pairs.iter().map(|(large, _)| large.cpu()));
            let small = median(pairs.iter().map(|(_, small)| small.cpu()));
            let what = format!("`{line}`, {count} revisions, CPU");
            report.time(&what, large, Bound::of(200.0));
            let what = format!("the same / {} revisions", count / 2);
            report.ratio(&what, (large, small), Bound::of(2.3));
        }
    }

    /// What applying costs, from an empty database.
    fn upgrade(&self, count: usize, report: &mut Report) {
        let tree = Tree::line(count);
        let project = Project::of(&tree);
        project.write("peer.sql", &tree.peer());
        let script = project.path().join("peer.sql");
        let pairs = rounds(self.rounds(10), || {
            let database = self.server.database();
            let ours = run(&mut self.limbeck(&project, &database.url(), "upgrade head"));
            assert_eq!(tables(&database), count);
            let database = self.server.database();
            let peer = run(self.psql(&database.url()).arg("-f").arg(&script));
            assert_eq!(tables(&database), count);
            (ours, peer)
        });
        let ours = median(pairs.iter().map(|(ours, _)| ours.wall));
        let peer = median(pairs.iter().map(|(_, peer)| peer.wall));
        let what = format!("`upgrade head`, {count} revisions / psql -f of their SQL");
        report.ratio(&what, (ours, peer), Bound::of(0.95));
    }

    /// What a server far away costs: each turn takes 10 ms.
    fn distance(&self, count: usize, report: &mut Report) {
        let project = Project::of(&Tree::line(count));
        let usages = rounds(self.rounds(5), || {
            let database = self.server.database();
            let proxy = database.proxy();
            proxy.set_latency(Duration::from_millis(5));
            let url = database.url_through(&proxy);
            run(&mut self.limbeck(&project, &url, "upgrade head"))
        });
        let wall = median(usages.iter().map(|usage| usage.wall));
        let what = format!("`upgrade head`, {count} revisions, 5 ms each way");
        report.time(&what, wall, Bound::of(500.0));
    }

    /// What reading a large schema costs.
    fn schema(&self, count: usize, report: &mut Report) {
        let database = self.server.database();
        database.execute(&project::tables(count));
        database.execute("VACUUM ANALYZE");
        let url = database.url();
        let project = Project::of(&Tree::line(1));
        let mut dump = self.command(&Server::program("pg_dump"));
        dump.args(["--schema-only", "--file", "/dev/null", "-d", &url]);
        for line in ["fingerprint", "introspect -o /dev/null"] {
            let mut read = self.limbeck(&project, &url, line);
            let pairs = rounds(self.rounds(10), || (run(&mut read), run(&mut dump)));
            let ours = median(pairs.iter().map(|(ours, _)| ours.wall));
            let peer = median(pairs.iter().map(|(_, peer)| peer.wall));
            report.time(
                &format!("`{line}`, {count} tables"),
                ours,
                Bound::of(2_000.0),
            );
            report.ratio(
                "the same / pg_dump --schema-only",
                (ours, peer),
                Bound::of(2.0),
            );
        }
    }
}

/// How many of the revisions' tables there are, so that no side is fast by doing nothing.
fn tables(database: &Database) -> usize {
    let tables = database.tables();
    tables.iter().filter(|name| name.contains("item_")).count()
}

/// Returns how busy the machine is before it is measured: times on a busy one say little.
fn machine() -> String {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or("unknown");
    format!("{processors} processors, load {load}")
}

/// Finds the program itself: what Debian puts on the `PATH` is a script that looks for it.
fn psql() -> PathBuf {
    let installed = std::fs::read_dir("/usr/lib/postgresql").into_iter();
    installed
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse::<u32>().ok()?, entry)))
        .map(|(major, entry)| (major, entry.path().join("bin/psql")))
        .filter(|(_, path)| path.exists())
        .max()
        .map_or_else(|| PathBuf::from("psql"), |(_, path)| path)
}
