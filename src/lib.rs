//! limbeck takes a PostgreSQL database from one revision of its schema to another, up and down.
//!
//! Revisions, written in SQL or Rust, name their parents and form one graph, as Alembic's do, and
//! the database's place in it is kept in Alembic's version table. Upgrading when a program starts:
//!
//! ```no_run
//! use limbeck::catalog::Catalog;
//! use limbeck::database::conninfo::Environment;
//! use limbeck::database::{Database, Location, Settings};
//! use limbeck::execute::{Options, Request, Silent, run};
//! use limbeck::script::Direction;
//! use limbeck::source::{Folders, Location as Versions};
//! use limbeck::target::Target;
//!
//! # fn main() -> Result<(), limbeck::Error> {
//! let catalog = Catalog::load(&[&Folders::new(vec![Versions::new("versions")], &[])])?;
//! let location = Location::parse("postgresql:///shop", &Environment::default())?;
//! let mut database = Database::connect(Settings::new(location))?;
//! let request = Request::new(Direction::Upgrade, vec![Target::parse("heads")?]);
//! let report = run(&mut database, &catalog, &request, &Options::default(), &mut Silent)?;
//! assert_eq!(report.plan.to, report.heads);
//! # Ok(())
//! # }
//! ```
//!
//! The calls block. In an async program they go to a thread of their own, `spawn_blocking` with
//! tokio: on a thread of the runtime they would panic. Nothing here prints, exits or reads the
//! environment, except for [`cli`], which is the `limbeck` program; [`cli::main`] with
//! [`versions!`] makes one that has a project's own revisions compiled in.
//!
//! # Features
//!
//! | feature | default | adds |
//! |---|---|---|
//! | `embedded` | no | a whole PostgreSQL in the program, for the location `embedded:PATH` |
//!
//! # Modules
//!
//! In the order in which a run needs them:
//!
//! - [`source`] reads revision files; [`catalog`] is the [`graph`] with the [`script`]s of its nodes
//! - [`database`] connects and reads the version table's [`heads`]
//! - [`target`] reads what was typed, [`resolve`] finds what it names, [`plan`] writes every step down
//! - [`execute`] carries a plan out, or writes it as a SQL script
//! - [`tracking`] reads the tables of other migration tools and keeps them in step; [`adopt`] says what
//!   they have applied
//! - [`rebase`] gives a revision that is not applied yet another parent, in its file
//! - [`chart`] draws the graph, as an image or as a page
//! - [`check`] reports what is wrong without running anything
//! - [`schema`] reads a live schema, compares two and writes one down; [`replay`] tells what a graph
//!   makes of an empty database, on a [`scratch`] one
//! - [`op`] is what revisions in Rust are written with; [`prelude`] has its names
//! - [`declaration`], [`id`] and [`sql`] are what the others are made of

pub mod adopt;
pub mod catalog;
pub mod chart;
pub mod check;
pub mod cli;
pub mod database;
pub mod declaration;
mod error;
pub mod execute;
pub mod graph;
pub mod heads;
pub mod id;
pub mod op;
pub mod plan;
pub mod prelude;
pub mod rebase;
pub mod replay;
pub mod resolve;
pub mod schema;
pub mod scratch;
pub mod script;
pub mod source;
pub mod sql;
pub mod target;
pub mod tracking;

pub use error::Error;

/// The pages whose Rust is compiled with the tests.
#[cfg(doctest)]
mod pages {
    #[doc = include_str!("../README.md")]
    mod readme {}
    #[doc = include_str!("../docs/file-formats.md")]
    mod file_formats {}
}
