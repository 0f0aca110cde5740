//! What the tests stand on: a server, a line to it that can be measured and cut, and the program.
//!
//! A test begins with [`database`] and [`project`]; the rest is for the few that need more.

// A helper is kept for the next test even while no test of today calls it.
#![allow(dead_code, unused_imports)]

pub mod browser;
pub mod database;
pub mod limbeck;
pub mod oracle;
pub mod proxy;
pub mod server;
pub mod tokens;
pub mod words;

pub use database::{Database, Role, database};
pub use limbeck::{Output, Project, Running, project};
pub use proxy::{Cut, Proxy};
pub use server::{Server, Settings};
