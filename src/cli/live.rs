//! The commands' way to the database: the only file here that names `database` and `execute`.
use super::context::Context; use super::failure::Failure; use crate::heads::Heads; use super::config::Config; use crate::catalog::Catalog; use super::commands::status::Standing;
pub fn heads(_: &mut Context<'_>) -> Result<Heads, Failure> { Err(Failure::new("connection", "x")) }
pub fn place(_: &mut Context<'_>) -> Result<String, Failure> { Err(Failure::new("connection", "x")) }
pub fn ensure_version(_: &mut Context<'_>) -> Result<bool, Failure> { Err(Failure::new("connection", "x")) }
pub fn version_table_sql(_: &Config) -> String { String::new() }
pub fn standing<'c>(_: &mut Context<'_>, _: &'c Catalog) -> Result<Standing<'c>, Failure> { Err(Failure::new("connection", "x")) }
