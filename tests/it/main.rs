//! The integration tests, in one binary: one build, one PostgreSQL server, and every test in parallel.
//!
//! A test of the library's own parts stands beside them in `src/`. What stands here needs the built
//! program, a server, or the whole source tree.

#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test stops the test where something it needs is missing"
)]

mod adopt;
mod alembic_bridge;
mod alembic_project;
mod back_and_forth;
mod bad_input;
mod check;
mod connect;
mod database_commands;
mod db_commands;
mod documents;
mod eject;
mod embedded;
mod execute;
mod faults;
mod graph_commands;
mod graph_pictures;
mod harness;
mod layers;
mod new_files;
mod oracle;
mod peers;
mod rebase;
mod reset;
mod resolve;
mod schema;
mod support;
mod takeover;
mod trees;
mod turns;
mod verify_tables;
