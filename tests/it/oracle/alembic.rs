//! Alembic as a process that stays: a JSON object per line in, one per line out.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

use super::cases::Question;
use super::graphs::Graph;
use crate::support::oracle;

/// What a script folder needs beside its revisions.
pub const ENVIRONMENT: &str = include_str!("env.py");

/// The template of Alembic's new revisions, with what is read back of it.
pub const TEMPLATE: &str = "revision = ${repr(up_revision)}\n\
                            down_revision = ${repr(down_revision)}\n\
                            branch_labels = ${repr(branch_labels)}\n\
                            depends_on = ${repr(depends_on)}\n";

/// The process.
pub struct Alembic {
    process: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

/// What one of Alembic's commands did.
pub struct Done {
    /// What it printed.
    pub out: String,
    /// The script that it wrote.
    pub sql: String,
    /// Why it failed.
    pub error: Option<String>,
}

impl Alembic {
    /// Starts the process.
    #[track_caller]
    pub fn start() -> Self {
        let script = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/it/oracle/alembic_oracle.py"
        );
        let mut process = Command::new(oracle::python())
            .args(["-u", script])
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("PYTHONHASHSEED", "0")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        Self {
            questions: process.stdin.take().unwrap(),
            answers: BufReader::new(process.stdout.take().unwrap()),
            process,
        }
    }

    /// Asks questions about a graph, from its script folder where one is given; some of Alembic's
    /// own faults may be put right.
    #[track_caller]
    pub fn ask(
        &mut self,
        graph: &Graph,
        folder: Option<&str>,
        questions: &[Question],
        mend: &[&str],
    ) -> Vec<Value> {
        let questions: Vec<Value> = questions.iter().map(Question::to_json).collect();
        let mut reply = self.send(&json!({
            "graph": graph.to_json(), "folder": folder, "questions": questions, "mend": mend,
        }));
        let Value::Array(answers) = reply["answers"].take() else {
            panic!("no answers: {reply}");
        };
        answers
    }

    /// Has a graph read, and returns the error and the warnings.
    #[track_caller]
    pub fn read(&mut self, graph: &Graph) -> Value {
        self.send(&json!({ "graph": graph.to_json() }))
    }

    /// Runs a command in a script folder.
    #[track_caller]
    pub fn run(&mut self, request: &Value) -> Done {
        let reply = self.send(request);
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let error = &reply["error"];
        Done {
            out: text(&reply["out"]),
            sql: text(&reply["sql"]),
            error: (!error.is_null()).then(|| {
                let class = text(&error["class"]);
                format!(
                    "{class}: {}\n{}",
                    text(&error["message"]),
                    text(&error["trace"])
                )
            }),
        }
    }

    #[track_caller]
    fn send(&mut self, request: &Value) -> Value {
        writeln!(self.questions, "{request}").unwrap();
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}\n{request}\n{line}"))
    }
}

impl Drop for Alembic {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
