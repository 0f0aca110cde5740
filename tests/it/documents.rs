//! The documents: what a page shows is what happens, and what it links to is there.
//!
//! The `console` blocks of one page are one session of a shell, in an empty project with an empty
//! database. A block whose opening line names a file after the language is written to it on the way. What a
//! command prints is compared with the lines below it; times, dates and checksums may differ, a line
//! `...` stands for any lines, and JSON may be spread over several lines.
//!
//! `LIMBECK_DOCUMENTS=write tests/run.sh documents` writes what was printed into the pages.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use clap::{CommandFactory, Parser};
use limbeck::cli::args::Cli;
use regex::Regex;

use crate::support::limbeck::Project;
use crate::support::tokens::root;
use crate::support::words::split;
use crate::support::{database, project};

const FENCE: &str = "```";

/// The pages of the repository, by their path in it.
fn pages() -> BTreeMap<PathBuf, String> {
    let mut pages = BTreeMap::new();
    for folder in ["", "docs", "limbeck-build", "alembic-compat"] {
        for entry in fs::read_dir(root().join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|ending| ending == "md") {
                let text = fs::read_to_string(&path).unwrap();
                pages.insert(path.strip_prefix(root()).unwrap().to_owned(), text);
            }
        }
    }
    pages
}

#[test]
fn what_a_page_shows_is_what_happens() {
    let write = env::var_os("LIMBECK_DOCUMENTS").is_some_and(|value| value == "write");
    let pages = pages();
    let sessions: Vec<_> = thread::scope(|scope| {
        let shown = pages.iter().filter(|(_, text)| text.contains("```console"));
        let running: Vec<_> = shown
            .map(|(path, text)| (path, scope.spawn(|| Session::of(text))))
            .collect();
        let ended =
            |(path, session): (_, thread::ScopedJoinHandle<_>)| (path, session.join().unwrap());
        running.into_iter().map(ended).collect()
    });
    let mut wrong = String::new();
    for (path, session) in sessions {
        if write {
            fs::write(root().join(path), session.told).unwrap();
        } else if !session.wrong.is_empty() {
            let _ = write!(wrong, "--- {}\n{}", path.display(), session.wrong);
        }
    }
    assert!(
        wrong.is_empty(),
        "pages show what does not happen:\n{wrong}"
    );
}

#[test]
fn what_differs_from_run_to_run_may_differ_from_the_page() {
    let shown = "upgrade a -> b, add b  (3.1 ms)\n1 step done in 12 ms\n";
    assert!(matches(
        shown,
        "upgrade a -> b, add b\n1 step done in 1.5 s\n"
    ));
    assert!(!matches(
        shown,
        "upgrade a -> c, add b\n1 step done in 12 ms\n"
    ));
    assert!(!matches(shown, "upgrade a -> b, add b\n"));
    assert!(matches(
        "BEGIN;\n...\nCOMMIT;\n",
        "BEGIN;\nSELECT 1;\n\nCOMMIT;\n"
    ));
    assert!(!matches("...\nCOMMIT;\n", "BEGIN;\nROLLBACK;\n"));
    assert_eq!(
        as_shown("{\"a\":[\"b\",\"c\"]}\n", ""),
        "{\n  \"a\": [\"b\", \"c\"]\n}\n"
    );
}

/// A page while its commands are run.
struct Session {
    project: Project,
    /// What the page calls otherwise: the server and the database that the test happens to have.
    names: Vec<(String, &'static str)>,
    /// The page as it would have to be.
    told: String,
    /// What it shows and what happened.
    wrong: String,
}

impl Session {
    /// Runs a page from its first line to its last.
    fn of(page: &str) -> Self {
        let database = database();
        let version = database.rows("SHOW server_version").remove(0);
        let server = format!("127.0.0.1:{}", database.server().port());
        let names = [
            (server, "localhost:5432"),
            (database.name().to_owned(), "shop"),
            (version, "17.6"),
        ];
        let mut session = Self {
            project: project().database(&database),
            names: names.into(),
            told: String::new(),
            wrong: String::new(),
        };
        session.play(page);
        session
    }

    fn play(&mut self, page: &str) {
        let mut lines = page.lines();
        while let Some(line) = lines.next() {
            let _ = writeln!(self.told, "{line}");
            let Some(info) = line.strip_prefix(FENCE) else {
                continue;
            };
            let block: Vec<_> = lines.by_ref().take_while(|line| *line != FENCE).collect();
            if info == "console" {
                self.block(&block);
            } else {
                let text: String = block.iter().flat_map(|line| [line, "\n"]).collect();
                self.told.push_str(&text);
                if let Some((_, path)) = info.split_once(' ') {
                    self.project.write(path, text);
                }
            }
            let _ = writeln!(self.told, "{FENCE}");
        }
    }

    fn block(&mut self, lines: &[&str]) {
        let mut lines = lines.iter().peekable();
        while let Some(line) = lines.next() {
            let Some(command) = line.strip_prefix("$ ") else {
                panic!("a block begins with a command, not with `{line}`");
            };
            let mut shown = String::new();
            while let Some(line) = lines.next_if(|line| !line.starts_with("$ ")) {
                let _ = writeln!(shown, "{line}");
            }
            let mut typed = command.to_owned();
            for (name, on_page) in &self.names {
                let option = |name: &str| format!("--database-name {name}");
                typed = typed.replace(&option(on_page), &option(name));
            }
            let mut printed = self.run(&typed);
            for (name, on_page) in &self.names {
                printed = printed.replace(name, on_page);
            }
            let printed = as_shown(&printed, &shown);
            if !matches(&shown, &printed) {
                let _ = write!(
                    self.wrong,
                    "$ {command}\n{shown}... but it printed\n{printed}"
                );
            }
            let keep = if matches(&shown, &printed) {
                &shown
            } else {
                &printed
            };
            let _ = write!(self.told, "$ {command}\n{keep}");
        }
    }

    /// Runs a command as a shell at a terminal does, with all it says in one stream.
    fn run(&self, line: &str) -> String {
        let limbeck = self.project.command();
        let program = Path::new(limbeck.get_program()).parent().unwrap();
        let path = env::join_paths(
            [program.to_owned()]
                .into_iter()
                .chain(env::split_paths(&env::var_os("PATH").unwrap_or_default())),
        );
        let mut shell = Command::new("sh");
        shell
            .args(["-c", &format!("exec 2>&1\n{line}")])
            .current_dir(limbeck.get_current_dir().unwrap())
            .env_clear()
            .envs(
                limbeck
                    .get_envs()
                    .filter_map(|(name, value)| Some((name, value?))),
            )
            .env("PATH", path.unwrap());
        let output = self.project.start(shell, line).wait();
        assert!(
            output.status.success() || output.stdout.contains("error"),
            "a page must show that this fails, and how: {line}\n{output}"
        );
        output.stdout
    }
}

/// Spreads JSON over several lines where the page does, or shows nothing yet.
fn as_shown(printed: &str, shown: &str) -> String {
    let spread = shown.is_empty() || shown.lines().count() > 1;
    match serde_json::from_str::<serde_json::Value>(printed) {
        Ok(value) if spread && value.is_object() => {
            let mut text = serde_json::to_string_pretty(&value).unwrap();
            text.push('\n');
            // Short lists stay on their line.
            let list = Regex::new(r#"\[\s+("[^"]*"(,\s+"[^"]*")*)\s+\]"#).unwrap();
            list.replace_all(&text, |found: &regex::Captures<'_>| {
                let items: Vec<_> = found[1].split(',').map(str::trim).collect();
                format!("[{}]", items.join(", "))
            })
            .into_owned()
        }
        _ => printed.to_owned(),
    }
}

fn matches(shown: &str, printed: &str) -> bool {
    let mut pattern = String::from("^");
    for line in masked(shown).lines() {
        if line == "..." {
            pattern.push_str("(?s:.*)");
        } else {
            pattern.push_str(&regex::escape(line));
            pattern.push('\n');
        }
    }
    pattern.push('$');
    Regex::new(&pattern).unwrap().is_match(&masked(printed))
}

/// Replaces what differs from run to run.
fn masked(text: &str) -> String {
    let mut text = text.to_owned();
    for (pattern, name) in [
        (
            r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?",
            "[DATE]",
        ),
        // A step that travelled with others has no time of its own, and which do is chance.
        (r"  \((< )?\d+(\.\d+)? (ms|s)\)", ""),
        (r"(< )?\b\d+(\.\d+)? (ms|s|min)\b", "[TIME]"),
        (
            r#""duration_ms": ?([\d.]+|null)"#,
            r#""duration_ms": [TIME]"#,
        ),
        (r"\b[0-9a-f]{64}\b", "[CHECKSUM]"),
    ] {
        let found = Regex::new(pattern).unwrap();
        text = found.replace_all(&text, name).into_owned();
    }
    text
}

#[test]
fn every_link_leads_somewhere() {
    let link = Regex::new(r"\]\(([^)\s]+)\)").unwrap();
    let pages = pages();
    let mut broken = Vec::new();
    for (path, text) in &pages {
        for found in link.captures_iter(&without_code(text)) {
            let target = &found[1];
            if target.contains("://") {
                continue;
            }
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            let file = match file {
                "" => path.clone(),
                file => flat(&path.with_file_name(file)),
            };
            let there = root().join(&file).exists();
            let headings = pages.get(&file).map(|text| anchors(text));
            if !there || !anchor.is_empty() && !headings.is_some_and(|set| set.contains(anchor)) {
                broken.push(format!("{}: {target}", path.display()));
            }
        }
    }
    assert!(broken.is_empty(), "broken links:\n{}", broken.join("\n"));
}

#[test]
fn every_command_that_stands_for_one_of_another_tool_is_one() {
    let command = Regex::new("`limbeck ([^`]+)`").unwrap();
    let mut read = 0;
    let mut wrong = Vec::new();
    for (path, text) in pages() {
        let text = without_code(&text);
        let rows = text.lines().filter(|line| line.starts_with('|'));
        for row in rows.filter(|_| path.to_string_lossy().contains("coming-from-")) {
            for found in command.captures_iter(row) {
                read += 1;
                let line = ["limbeck".to_owned()].into_iter().chain(split(&found[1]));
                let refused = Cli::try_parse_from(line).err();
                // In a sentence a command may stand without its arguments.
                let is_short = |error: &clap::Error| {
                    error.kind() == clap::error::ErrorKind::MissingRequiredArgument
                };
                if let Some(error) = refused.filter(|error| !is_short(error)) {
                    wrong.push(format!("{}: {}: {error}", path.display(), &found[1]));
                }
            }
        }
    }
    assert!(read > 50, "only {read} commands found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Takes the `..` out of a path.
fn flat(path: &Path) -> PathBuf {
    let mut flat = PathBuf::new();
    for part in path {
        if part == ".." {
            flat.pop();
        } else {
            flat.push(part);
        }
    }
    flat
}

fn without_code(text: &str) -> String {
    let mut code = false;
    let mut kept = String::new();
    for line in text.lines() {
        if line.starts_with(FENCE) {
            code = !code;
        } else if !code {
            let _ = writeln!(kept, "{line}");
        }
    }
    kept
}

/// The anchors of a page's headings, made as GitHub makes them.
fn anchors(text: &str) -> BTreeSet<String> {
    let headings = without_code(text);
    let headings = headings.lines().filter_map(|line| {
        let title = line.trim_start_matches('#');
        (title.len() < line.len())
            .then(|| title.strip_prefix(' '))
            .flatten()
    });
    let sign = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
    headings
        .map(|title| {
            title
                .to_lowercase()
                .chars()
                .filter(sign)
                .collect::<String>()
        })
        .map(|title| title.replace(' ', "-"))
        .collect()
}

/// `docs/commands.md` in its sections: the name of each, and its text.
fn sections(page: &str) -> BTreeMap<&str, &str> {
    let parts = page.split("\n### ").skip(1);
    parts
        .map(|part| part.split_once('\n').unwrap())
        .map(|(name, text)| (name, text.split("\n## ").next().unwrap_or_default()))
        .collect()
}

/// The options that the tables of a section begin their rows with.
fn documented(section: &str) -> BTreeSet<String> {
    let option = Regex::new(r"(^|[ `])(--?[a-zA-Z][a-z-]*)").unwrap();
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `-"));
    let cells: Vec<_> = rows
        .map(|row| {
            format!(
                "`-{}",
                row.replace("\\|", "/")
                    .split('|')
                    .next()
                    .unwrap_or_default()
            )
        })
        .collect();
    cells
        .iter()
        .flat_map(|cell| option.captures_iter(cell).map(|found| found[2].to_owned()))
        .collect()
}

fn offered<'a>(arguments: impl Iterator<Item = &'a clap::Arg>) -> BTreeSet<String> {
    arguments
        .filter(|argument| !argument.is_hide_set())
        .filter(|argument| !matches!(argument.get_id().as_str(), "help" | "version"))
        .flat_map(|argument| {
            let short = argument.get_short().map(|name| format!("-{name}"));
            let long = argument.get_long().map(|name| format!("--{name}"));
            short.into_iter().chain(long)
        })
        .collect()
}

#[test]
fn every_command_and_option_has_its_place_in_the_page() {
    let page = fs::read_to_string(root().join("docs/commands.md")).unwrap();
    let sections = sections(&page);
    let mut program = Cli::command();
    program.build();
    let global = offered(program.get_arguments());
    let every = page
        .split("\n## ")
        .find(|part| part.starts_with("Options of every command"));
    assert_eq!(documented(every.unwrap()), global);

    let commands: BTreeMap<_, _> = program
        .get_subcommands()
        .map(|command| (command.get_name(), command))
        .filter(|(name, _)| *name != "help")
        .collect();
    assert!(sections.keys().eq(commands.keys()), "{:?}", sections.keys());
    for (name, command) in commands {
        let section = sections[name];
        // One that has commands of its own tells of all of them.
        let own: Vec<_> = command.get_subcommands().collect();
        let with_arguments = if own.is_empty() { vec![command] } else { own };
        let arguments = with_arguments.iter().flat_map(|own| own.get_arguments());
        let mut options = offered(arguments.chain(command.get_arguments()));
        // Two options mean more, or something else, behind a command than they do elsewhere.
        let own = [("current", "-c"), ("graph", "--format")];
        options.retain(|option| own.contains(&(name, option)) || !global.contains(option));
        assert_eq!(documented(section), options, "{name}");
        for command in with_arguments {
            let usage = command.clone().render_usage().to_string();
            let usage = usage.replace("Usage: ", "");
            assert!(
                section.contains(&usage),
                "{name}: the page does not show `{usage}`"
            );
        }
    }
}
