//! Alembic itself, for the tests that ask it for the right answer.
//!
//! Prepared by `tests/oracle.sh` the first time a test asks, and kept below `target/`. A test that
//! needs it fails without Python; none is skipped.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// Returns the path of a Python that has Alembic and psycopg.
#[track_caller]
pub fn python() -> &'static Path {
    static PYTHON: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let prepared = PYTHON.get_or_init(|| {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracle.sh");
        let output = Command::new("sh").arg(script).output();
        let output = output.map_err(|error| error.to_string())?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned());
        }
        Ok(String::from_utf8_lossy(&output.stdout).trim().into())
    });
    match prepared {
        Ok(python) => python,
        Err(problem) => panic!("{problem}"),
    }
}
