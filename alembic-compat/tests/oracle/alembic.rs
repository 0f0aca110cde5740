//! Alembic as a process that writes the SQL of a script.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

/// Such a process; it ends with its input.
pub struct Alembic {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Alembic {
    /// Starts one with this version of SQLAlchemy.
    #[track_caller]
    pub fn start(sqlalchemy: &str) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let prepared = Command::new("sh")
            .arg(root.join("tests/oracle.sh"))
            .arg(sqlalchemy)
            .output();
        let prepared = prepared.expect("`sh` runs");
        let told = String::from_utf8_lossy(&prepared.stderr).into_owned();
        assert!(prepared.status.success(), "{told}");
        let python = String::from_utf8_lossy(&prepared.stdout);
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracle/alembic_sql.py");
        let mut child = Command::new(python.trim())
            .arg(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("Python runs");
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().expect("it is piped"));
        Self {
            child,
            input,
            output,
        }
    }

    /// Returns the statements that a function of a script makes, or why it fails.
    pub fn ask(
        &mut self,
        script: &str,
        function: &str,
        convention: &BTreeMap<String, String>,
    ) -> Result<Vec<String>, String> {
        self.request(&json!({
            "script": script,
            "function": function,
            "convention": convention,
        }))
    }

    /// Returns the statements that are asked for, or why there are none.
    pub fn request(&mut self, request: &Value) -> Result<Vec<String>, String> {
        let input = self.input.as_mut().expect("it is open");
        writeln!(input, "{request}").expect("Python reads");
        input.flush().expect("Python reads");
        let mut line = String::new();
        self.output.read_line(&mut line).expect("Python answers");
        let answer: Value = serde_json::from_str(&line).expect("Python answers in JSON");
        match &answer["error"] {
            Value::String(error) => Err(error.clone()),
            _ => Ok(answer["statements"]
                .as_array()
                .expect("statements")
                .iter()
                .map(|statement| statement.as_str().unwrap_or_default().to_owned())
                .collect()),
        }
    }
}

impl Drop for Alembic {
    fn drop(&mut self) {
        self.input = None;
        let _ = self.child.wait();
    }
}
