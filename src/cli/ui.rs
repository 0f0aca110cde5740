//! The only thing that speaks with a person: stdout gets what was asked for, stderr the talk, and
//! stdin is read where a question is asked.
//!
//! Whether there are colours, whether talk is wanted and whether a program is listening is decided
//! once, when the [`Ui`] is made. A reader that goes away (`limbeck history | head`) is no error.

use std::fmt::Write as _;
use std::io::{self, BufRead, Write};
use std::sync::{Arc, Mutex};

use clap::ColorChoice;

use super::args::{Global, OutputFormat};
use super::environment::Environment;
use super::failure::{Candidate, Failure};
use super::json;
use super::paint::Paint;

/// A stream that is written to.
pub type Stream = Box<dyn Write + Send>;

/// Says things on stderr; may be handed to whatever has something to say while a call goes on.
#[derive(Clone)]
pub struct Talker {
    stderr: Arc<Mutex<Stderr>>,
    wanted: bool,
}

struct Stderr {
    stream: Stream,
    /// Whether a line stands there that the next one replaces.
    status_shown: bool,
}

impl Talker {
    /// Says something by the way, unless nobody wants to hear it.
    pub fn talk(&self, line: &str) {
        if self.wanted {
            self.say(&format!("{line}\n"), false);
        }
    }

    /// Talk that cannot be heard is no reason to stop.
    fn say(&self, text: &str, status: bool) {
        let Ok(mut stderr) = self.stderr.lock() else {
            return;
        };
        if stderr.status_shown {
            // To the start of the line, and clear it.
            let _ = stderr.stream.write_all(b"\r\x1b[2K");
        }
        stderr.status_shown = status;
        let _ = stderr.stream.write_all(text.as_bytes());
        let _ = stderr.stream.flush();
    }
}

/// Writes to the person or program that started the run.
pub struct Ui {
    stdout: Stream,
    talker: Talker,
    /// The colours of stdout.
    pub paint: Paint,
    /// The colours of stderr.
    pub talk_paint: Paint,
    /// Whether stdout is a terminal.
    pub terminal: bool,
    /// Whether the answer is to be one JSON object.
    pub json: bool,
    /// Whether stderr is a terminal.
    live: bool,
    /// Whether somebody is there who can be asked.
    can_ask: bool,
    /// Whether all that led to an error is told.
    raiseerr: bool,
}

impl Ui {
    /// Makes the one that writes to this process's streams.
    #[must_use]
    pub fn of_process(global: &Global, environment: &Environment) -> Self {
        Self::new(
            (Box::new(io::stdout()), Box::new(io::stderr())),
            global,
            environment,
        )
    }

    /// Makes one that writes to the given stdout and stderr.
    #[must_use]
    pub fn new(
        (stdout, stderr): (Stream, Stream),
        global: &Global,
        environment: &Environment,
    ) -> Self {
        let color = |terminal| match global.color {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => environment.wants_color(terminal),
        };
        let json = global.format == OutputFormat::Json;
        let stderr = Stderr {
            stream: stderr,
            status_shown: false,
        };
        Self {
            stdout,
            talker: Talker {
                stderr: Arc::new(Mutex::new(stderr)),
                wanted: !global.quiet && !json,
            },
            paint: Paint::new(color(environment.stdout_terminal)),
            talk_paint: Paint::new(color(environment.stderr_terminal)),
            terminal: environment.stdout_terminal,
            json,
            live: environment.stderr_terminal,
            can_ask: environment.stdin_terminal && environment.stderr_terminal && !json,
            raiseerr: global.raiseerr,
        }
    }

    /// Writes what was asked for.
    ///
    /// # Errors
    /// Fails when stdout cannot be written, except when nobody reads it any more.
    pub fn answer(&mut self, text: &str) -> Result<(), Failure> {
        self.answer_bytes(text.as_bytes())
    }

    /// Writes what was asked for, whatever it is made of.
    ///
    /// # Errors
    /// As [`Ui::answer`].
    pub fn answer_bytes(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.status("");
        let written = self
            .stdout
            .write_all(bytes)
            .and_then(|()| self.stdout.flush());
        match written {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                let message = format!("cannot write to stdout: {error}");
                Err(Failure::new("io", message))
            }
            _ => Ok(()),
        }
    }

    /// Writes one JSON object and a line end.
    ///
    /// # Errors
    /// As [`Ui::answer`].
    pub fn answer_json(&mut self, object: &serde_json::Value) -> Result<(), Failure> {
        self.answer(&format!("{object}\n"))
    }

    /// Says something by the way, unless nobody wants to hear it.
    pub fn talk(&mut self, line: &str) {
        self.talker.talk(line);
    }

    /// Returns what can say something while a call goes on.
    #[must_use]
    pub fn talker(&self) -> Talker {
        self.talker.clone()
    }

    /// Shows what is going on until something else is said; only on a terminal.
    pub fn status(&mut self, line: &str) {
        if self.live && self.talker.wanted {
            self.talker.say(line, !line.is_empty());
        }
    }

    /// Asks something and returns what was typed, without white space around it; none where nobody
    /// can be asked.
    pub fn ask(&mut self, question: &str) -> Option<String> {
        if !self.can_ask {
            return None;
        }
        self.talker.say(question, false);
        let mut line = String::new();
        // What cannot be read was not typed.
        let _ = io::stdin().lock().read_line(&mut line);
        Some(line.trim().to_owned())
    }

    /// Says that something is wrong that does not stop the command.
    pub fn warn(&mut self, failure: &Failure) {
        let text = if self.json {
            format!("{}\n", json::failure("warning", failure))
        } else {
            let heading = self.talk_paint.warning("warning").to_string();
            self.render(&heading, failure)
        };
        self.talker.say(&text, false);
    }

    /// Says what to do about an error that was told already.
    pub fn hint(&mut self, hint: &str) {
        let heading = self.talk_paint.hint("hint");
        self.talker.say(&format!("{heading}: {hint}\n"), false);
    }

    /// Says by the way what to do about something, unless nobody wants to hear it.
    pub fn advise(&mut self, hint: &str) {
        let heading = self.talk_paint.hint("hint");
        self.talker.talk(&format!("{heading}: {hint}"));
    }

    /// Says why the command did not succeed.
    pub fn fail(&mut self, failure: &Failure) {
        let text = if self.json {
            format!("{}\n", json::failure("error", failure))
        } else {
            let heading = self.talk_paint.error("error").to_string();
            self.render(&heading, failure)
        };
        self.talker.say(&text, false);
    }

    fn render(&self, heading: &str, failure: &Failure) -> String {
        let mut text = format!("{heading}: {}\n", failure.message);
        if self.raiseerr {
            let _ = writeln!(text, "  code: {}", failure.code);
            // The first is the message, in most cases.
            for line in failure.chain.iter().skip(1) {
                let _ = writeln!(text, "  caused by: {line}");
            }
        }
        for line in failure.details.iter().flat_map(|detail| detail.lines()) {
            text.push_str(format!("  {line}").trim_end());
            text.push('\n');
        }
        // A bare name that the message has already would say nothing more.
        let says_more = |candidate: &&Candidate| {
            let bare = candidate.message.is_empty() && candidate.labels.is_empty();
            !(bare && failure.message.contains(&format!("`{}`", candidate.name)))
        };
        let candidates: Vec<_> = failure.candidates.iter().filter(says_more).collect();
        table(&mut text, self.talk_paint, &candidates);
        let hint = self.talk_paint.hint("hint").to_string();
        for line in &failure.hints {
            let _ = writeln!(text, "{hint}: {line}");
        }
        text
    }
}

/// The longest list of candidates that helps a person.
const CANDIDATES: usize = 20;

fn table(text: &mut String, paint: Paint, candidates: &[&Candidate]) {
    let width = |get: fn(&Candidate) -> &str| {
        let lengths = candidates.iter().map(|c| get(c).chars().count());
        lengths.max().unwrap_or(0)
    };
    let name_width = width(|c| &c.name);
    let message_width = width(|c| &c.message);
    for Candidate {
        name,
        message,
        labels,
    } in candidates.iter().take(CANDIDATES)
    {
        let pad = |used: usize, width: usize| " ".repeat(width - used + 2);
        let mut line = format!("  {}", paint.revision(name));
        if !message.is_empty() || !labels.is_empty() {
            line.push_str(&pad(name.chars().count(), name_width));
            line.push_str(message);
        }
        if !labels.is_empty() {
            line.push_str(&pad(message.chars().count(), message_width));
            let _ = write!(line, "{}", paint.label(labels));
        }
        text.push_str(&line);
        text.push('\n');
    }
    if candidates.len() > CANDIDATES {
        let more = candidates.len() - CANDIDATES;
        let _ = writeln!(text, "  … and {more} more");
    }
}

#[cfg(test)]
pub(crate) mod tests {

    use clap::Parser;

    use super::*;
    use crate::cli::args::Cli;

    /// A stream that can be read after the [`Ui`] has written to it.
    #[derive(Clone, Default)]
    pub(crate) struct Kept(Arc<Mutex<Vec<u8>>>);

    impl Kept {
        pub(crate) fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }
    }

    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    struct Broken;

    impl Write for Broken {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn ui(options: &str) -> (Ui, Kept, Kept) {
        let line = format!("limbeck {options} heads");
        let global = Cli::parse_from(line.split_whitespace()).global;
        let (stdout, stderr) = (Kept::default(), Kept::default());
        let streams: (Stream, Stream) = (Box::new(stdout.clone()), Box::new(stderr.clone()));
        let ui = Ui::new(streams, &global, &Environment::default());
        (ui, stdout, stderr)
    }

    fn multiple_heads() -> Failure {
        let candidate = |name: &str, message: &str, labels: &str| Candidate {
            name: name.to_owned(),
            message: message.to_owned(),
            labels: labels.to_owned(),
        };
        Failure::new(
            "multiple_heads",
            "`head` names one revision, but there are 2 heads",
        )
        .candidates(vec![
            candidate("1975ea83b712", "create account", "users"),
            candidate("27c6a", "add cart", "shopcart"),
            candidate("z", "no label", ""),
        ])
        .hint("`limbeck upgrade heads` goes to both")
    }

    #[test]
    fn a_failure_lists_its_candidates_in_columns() {
        let (mut ui, stdout, stderr) = ui("");
        ui.fail(&multiple_heads());
        assert_eq!(stdout.text(), "");
        insta::assert_snapshot!(stderr.text(), @r"
        error: `head` names one revision, but there are 2 heads
          1975ea83b712  create account  users
          27c6a         add cart        shopcart
          z             no label
        hint: `limbeck upgrade heads` goes to both
        ");
    }

    #[test]
    fn for_programs_a_failure_is_one_line() {
        let (mut ui, stdout, stderr) = ui("--format json");
        ui.talk("not for programs");
        ui.fail(&multiple_heads());
        assert_eq!(stdout.text(), "");
        insta::assert_snapshot!(stderr.text(), @r#"{"error":{"code":"multiple_heads","message":"`head` names one revision, but there are 2 heads","candidates":["1975ea83b712","27c6a","z"],"hints":["`limbeck upgrade heads` goes to both"]}}"#);
    }

    #[test]
    fn quiet_silences_talk_but_no_failure() {
        let (mut ui, stdout, stderr) = ui("-q");
        ui.talk("by the way");
        ui.answer("asked\n").unwrap();
        assert_eq!(
            (stdout.text().as_str(), stderr.text().as_str()),
            ("asked\n", "")
        );
        ui.fail(&Failure::new("x", "wrong"));
        assert_eq!(stderr.text(), "error: wrong\n");
    }

    #[test]
    fn colours_can_be_had_without_a_terminal() {
        let (mut ui, _, stderr) = ui("--color always");
        ui.fail(&Failure::new("x", "wrong"));
        assert_eq!(stderr.text(), "\u{1b}[1m\u{1b}[31merror\u{1b}[0m: wrong\n");
    }

    #[test]
    fn a_reader_that_went_away_is_no_error() {
        let (mut ui, _, _) = ui("");
        ui.stdout = Box::new(Broken);
        assert!(ui.answer("text").is_ok());
    }
}
