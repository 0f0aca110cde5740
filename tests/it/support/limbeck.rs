//! Running the built program in a project of its own, and its whole answer as one text.
//!
//! A test writes a project down as a sentence — `project().database(&db).file(…).run("upgrade head")`
//! — and holds the answer against one snapshot: stdout, stderr and exit status together, with what
//! differs from run to run (paths, ports, times, generated ids) replaced by names in brackets.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::fs;
use std::io::Read;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use regex::Regex;
use tempfile::TempDir;

use super::database::Database;
use super::server::scratch;
use super::words;

/// How long the program may run before a test calls it hung.
const PATIENCE: Duration = Duration::from_secs(120);

/// Makes an empty project: an empty directory, an empty home, and no environment.
pub fn project() -> Project {
    let home = tempfile::Builder::new()
        .prefix("limbeck-it-")
        .tempdir_in(scratch())
        .unwrap();
    let root = home.path().canonicalize().unwrap();
    fs::create_dir(root.join("home")).unwrap();
    fs::create_dir(root.join("project")).unwrap();
    Project {
        _root: home,
        dir: root.join("project"),
        home: root.join("home"),
        subdir: PathBuf::new(),
        env: BTreeMap::new(),
        secrets: Vec::new(),
        known: Mutex::default(),
    }
}

/// A directory in which the program is run.
pub struct Project {
    _root: TempDir,
    dir: PathBuf,
    home: PathBuf,
    subdir: PathBuf,
    env: BTreeMap<String, OsString>,
    /// Texts of this project that differ from run to run, and their names in a snapshot.
    secrets: Vec<(String, &'static str)>,
    /// All that the test itself has written or typed: ids in it are not replaced.
    known: Mutex<String>,
}

impl Project {
    /// Writes a file.
    pub fn file(mut self, path: &str, text: impl AsRef<[u8]>) -> Self {
        self.write(path, text);
        self
    }

    /// Writes a file of a project that is in use already.
    pub fn write(&mut self, path: &str, text: impl AsRef<[u8]>) {
        let full = self.path(path);
        fs::create_dir_all(full.parent().expect("a file stands in a folder")).unwrap();
        fs::write(&full, text.as_ref()).unwrap();
        let text = String::from_utf8_lossy(text.as_ref());
        let known = self.known.get_mut().unwrap();
        known.extend([path, "\n", &text, "\n"]);
    }

    /// Writes SQL revisions into `versions/`, given as id, down_revision and further header lines.
    ///
    /// Each creates and drops a table `t_<id>`. Ids are separated by commas; a third text such as
    /// `depends_on: x` or `branch_labels: y` is copied into the header.
    pub fn revisions(mut self, revisions: &[(&str, &str, &str)]) -> Self {
        for (id, down, header) in revisions {
            self.write(&format!("versions/{id}.sql"), revision(id, down, header));
        }
        self
    }

    /// Writes a straight line of revisions, `r0001` first.
    pub fn line_of_revisions(mut self, count: usize) -> Self {
        for number in 1..=count {
            let down = match number {
                1 => String::new(),
                _ => format!("r{:04}", number - 1),
            };
            let id = format!("r{number:04}");
            self.write(&format!("versions/{id}.sql"), revision(&id, &down, ""));
        }
        self
    }

    /// Sets `DATABASE_URL` to a database.
    pub fn database(self, database: &Database) -> Self {
        let socket = database.server().socket_dir().display().to_string();
        let port = database.server().port().to_string();
        self.env("DATABASE_URL", database.url())
            .masked(socket, "[SOCKET]")
            .masked(port, "[PORT]")
            .masked(database.name(), "[DATABASE]")
    }

    /// Sets a variable of the environment, which is otherwise empty but for PATH, HOME and NO_COLOR.
    pub fn env(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.env.insert(name.to_owned(), value.into());
        self
    }

    /// Runs the program in a folder of the project.
    pub fn within(mut self, folder: &str) -> Self {
        fs::create_dir_all(self.dir.join(folder)).unwrap();
        self.subdir = folder.into();
        self
    }

    /// Has a text replaced in snapshots: a role's name, say.
    pub fn masked(mut self, text: impl Into<String>, name: &'static str) -> Self {
        self.secrets.push((text.into(), name));
        self
    }

    /// Returns the path of a file of the project.
    pub fn path(&self, path: &str) -> PathBuf {
        self.dir.join(path)
    }

    /// Returns the path of the home directory that the program sees.
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// Reads a file of the project.
    #[track_caller]
    pub fn read(&self, path: &str) -> String {
        match fs::read_to_string(self.path(path)) {
            Ok(text) => text,
            Err(error) => panic!("{path}: {error}\n{}", self.files().join("\n")),
        }
    }

    /// Returns the paths of all files, sorted.
    pub fn files(&self) -> Vec<String> {
        let mut files = Vec::new();
        let mut folders = vec![self.dir.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let path = path.strip_prefix(&self.dir).unwrap();
                    files.push(path.display().to_string());
                }
            }
        }
        files.sort();
        files
    }

    /// Runs the program with a line of arguments, quoted as in a shell.
    #[track_caller]
    pub fn run(&self, line: &str) -> Output {
        self.spawn(line).wait()
    }

    /// Runs the program, and stops the test with all it said unless it succeeds.
    #[track_caller]
    pub fn ok(&self, line: &str) -> Output {
        let output = self.run(line);
        assert!(output.status.success(), "limbeck {line}\n{output}");
        output
    }

    /// Starts the program and returns while it runs.
    #[track_caller]
    pub fn spawn(&self, line: &str) -> Running {
        let mut command = self.command();
        command.args(words::split(line));
        self.start(command, line)
    }

    /// Starts the program so many times at once, and returns the answers when all have ended.
    #[track_caller]
    pub fn run_at_once(&self, times: usize, line: &str) -> Vec<Output> {
        let running: Vec<_> = (0..times).map(|_| self.spawn(line)).collect();
        running.into_iter().map(Running::wait).collect()
    }

    /// Returns the program as a command of this project, to add to before it is started.
    pub fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_limbeck"));
        command
            .current_dir(self.dir.join(&self.subdir))
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", &self.home)
            .env("NO_COLOR", "1")
            .env("COLUMNS", "100")
            .envs(&self.env);
        command
    }

    /// Starts a command, which may be another program than limbeck, and collects its answer.
    #[track_caller]
    pub fn start(&self, mut command: Command, line: &str) -> Running {
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = match command.spawn() {
            Ok(child) => child,
            Err(error) => panic!("{command:?}: {error}"),
        };
        Running {
            stdout: Some(Collector::of(child.stdout.take().unwrap())),
            stderr: Some(Collector::of(child.stderr.take().unwrap())),
            child,
            masks: self.masks(line),
            line: line.to_owned(),
        }
    }

    fn masks(&self, line: &str) -> Masks {
        let mut texts = vec![
            (self.dir.display().to_string(), "[PROJECT]"),
            (self.home.display().to_string(), "[HOME]"),
        ];
        texts.extend(self.secrets.iter().cloned());
        let mut known = self.known.lock().unwrap();
        known.extend([line, "\n"]);
        let known = known.clone();
        Masks { texts, known }
    }
}

/// Returns the text of a SQL revision that creates and drops a table `t_<id>`.
pub fn revision(id: &str, down: &str, header: &str) -> String {
    let mut text = format!("-- revision: {id}\n-- down_revision: {down}\n");
    if !header.is_empty() {
        for line in header.lines() {
            text.push_str("-- ");
            text.push_str(line);
            text.push('\n');
        }
    }
    text + &format!(
        "-- created: 2026-01-02T03:04:05Z\n-- message: add t_{id}\n\n\
         -- limbeck: upgrade\nCREATE TABLE public.\"t_{id}\" (id bigint PRIMARY KEY);\n\n\
         -- limbeck: downgrade\nDROP TABLE public.\"t_{id}\";\n"
    )
}

/// The program while it runs; killed when dropped.
pub struct Running {
    child: Child,
    stdout: Option<Collector>,
    stderr: Option<Collector>,
    masks: Masks,
    line: String,
}

impl Running {
    /// Returns the process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Kills it with SIGKILL.
    #[track_caller]
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
    }

    /// Sends a signal by its name: `INT`, `TERM`, `STOP`, …
    #[track_caller]
    pub fn signal(&self, name: &str) {
        // The process is a child that was not waited for, so its id cannot be another's by now.
        let status = Command::new("sh")
            .args(["-c", "kill -s \"$0\" \"$1\"", name])
            .arg(self.pid().to_string())
            .status()
            .unwrap();
        assert!(
            status.success(),
            "no signal {name} to process {}",
            self.pid()
        );
    }

    /// Returns whether it still runs.
    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Waits until stdout or stderr holds a text.
    #[track_caller]
    pub fn wait_for(&mut self, text: &str) {
        let begun = Instant::now();
        loop {
            // Asked before the texts are read: what a dead process wrote is complete soon after.
            let running = self.is_running();
            let said = format!("{}{}", self.said(true), self.said(false));
            if said.contains(text) {
                return;
            }
            assert!(
                running && begun.elapsed() < PATIENCE,
                "`limbeck {}` did not say `{text}`:\n{said}",
                self.line
            );
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Waits for its end.
    #[track_caller]
    pub fn wait(mut self) -> Output {
        let begun = Instant::now();
        let mut pause = Duration::from_micros(500);
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            if begun.elapsed() > PATIENCE {
                let said = format!("{}{}", self.said(true), self.said(false));
                panic!("`limbeck {}` hangs:\n{said}", self.line);
            }
            thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(10));
        };
        Output {
            status,
            stdout: self
                .stdout
                .take()
                .map(Collector::finish)
                .unwrap_or_default(),
            stderr: self
                .stderr
                .take()
                .map(Collector::finish)
                .unwrap_or_default(),
            masks: self.masks.clone(),
        }
    }

    fn said(&self, stderr: bool) -> String {
        let collector = if stderr { &self.stderr } else { &self.stdout };
        collector
            .as_ref()
            .map(Collector::so_far)
            .unwrap_or_default()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads a pipe to its end, so that the program never waits for its reader.
struct Collector {
    bytes: Arc<Mutex<Vec<u8>>>,
    thread: JoinHandle<()>,
}

impl Collector {
    fn of(mut pipe: impl Read + Send + 'static) -> Self {
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let shared = Arc::clone(&bytes);
        let thread = thread::spawn(move || {
            let mut buffer = [0; 8192];
            while let Ok(length @ 1..) = pipe.read(&mut buffer) {
                shared.lock().unwrap().extend_from_slice(&buffer[..length]);
            }
        });
        Self { bytes, thread }
    }

    fn so_far(&self) -> String {
        String::from_utf8_lossy(&self.bytes.lock().unwrap()).into_owned()
    }

    fn finish(self) -> String {
        self.thread.join().unwrap();
        String::from_utf8_lossy(&self.bytes.lock().unwrap()).into_owned()
    }
}

/// What the program answered. Its Display is what a snapshot holds.
pub struct Output {
    /// How it ended.
    pub status: ExitStatus,
    /// What it printed, to the letter.
    pub stdout: String,
    /// What it said, to the letter.
    pub stderr: String,
    masks: Masks,
}

impl Output {
    /// Returns the exit code; none after a signal.
    pub fn code(&self) -> Option<i32> {
        self.status.code()
    }

    /// Returns stdout as JSON.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        match serde_json::from_str(&self.stdout) {
            Ok(value) => value,
            Err(error) => panic!("stdout is not JSON: {error}\n{self}"),
        }
    }

    /// Returns stderr's one line as JSON, as a failure under `--format json` writes it.
    #[track_caller]
    pub fn json_error(&self) -> serde_json::Value {
        match serde_json::from_str(&self.stderr) {
            Ok(value) => value,
            Err(error) => panic!("stderr is not JSON: {error}\n{self}"),
        }
    }
}

impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = self.stdout.clone();
        let rule = |text: &mut String, line: &str| {
            if !text.is_empty() && !text.ends_with('\n') {
                text.push_str("[no newline]\n");
            }
            text.push_str(line);
        };
        if !self.stderr.is_empty() {
            rule(&mut text, "------- stderr -------\n");
            text.push_str(&self.stderr);
        }
        match (self.status.code(), self.status.signal()) {
            (Some(0), _) => {}
            (Some(code), _) => rule(&mut text, &format!("[exit status: {code}]\n")),
            (None, signal) => rule(&mut text, &format!("[signal: {}]\n", signal.unwrap_or(0))),
        }
        f.write_str(&self.masks.apply(&text))
    }
}

/// What is replaced in a snapshot.
#[derive(Clone)]
struct Masks {
    texts: Vec<(String, &'static str)>,
    known: String,
}

impl Masks {
    fn apply(&self, text: &str) -> String {
        let mut text = text.to_owned();
        let mut texts: Vec<_> = self.texts.iter().collect();
        texts.sort_by_key(|(text, _)| std::cmp::Reverse(text.len()));
        for (from, to) in texts {
            text = text.replace(from, to);
        }
        for (pattern, name) in [
            (
                r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?( ?(Z|UTC|[+-]\d\d(:?\d\d)?))?",
                "[DATE]",
            ),
            (r"(< )?\b\d+(\.\d+)? ?(ns|µs|us|ms|s|min)\b", "[TIME]"),
            (r#"("(duration|elapsed)_ms": ?)\d+(\.\d+)?"#, "${1}[TIME]"),
        ] {
            let found = Regex::new(pattern).unwrap();
            text = found
                .replace_all(&text, |captures: &regex::Captures<'_>| {
                    let whole = &captures[0];
                    if self.known.contains(whole) {
                        return whole.to_owned();
                    }
                    let mut masked = String::new();
                    captures.expand(name, &mut masked);
                    masked
                })
                .into_owned();
        }
        self.name_ids(&text)
    }

    /// Replaces each id that the test did not write by a number, the same one at every place.
    fn name_ids(&self, text: &str) -> String {
        let mut names = BTreeMap::new();
        Regex::new(r"\b[0-9a-f]{12}\b")
            .unwrap()
            .replace_all(text, |captures: &regex::Captures<'_>| {
                let id = captures[0].to_owned();
                if self.known.contains(&id) {
                    return id;
                }
                let next = names.len() + 1;
                let number = names.entry(id).or_insert(next);
                format!("[ID{number}]")
            })
            .into_owned()
    }
}
