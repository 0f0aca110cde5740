//! The `limbeck` program: everything is in the library, so that a project can build its own.

use std::process::ExitCode;

fn main() -> ExitCode {
    limbeck::cli::main(&[])
}
