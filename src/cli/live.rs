//! The commands' way to the database: the only file here that names `database` and `execute`.
//!
//! Each function connects, does one thing and tells of it; what comes out is data for the
//! commands to print.
