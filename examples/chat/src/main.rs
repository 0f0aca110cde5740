//! The chat application's own `limbeck`, with its Rust-coded revisions compiled in.

use std::process::ExitCode;

fn main() -> ExitCode {
    limbeck::cli::main(limbeck::versions!())
}
