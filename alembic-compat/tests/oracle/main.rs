//! What a translation says, held against what Alembic itself writes.
//!
//! Alembic runs as a process beside the tests, in the environments that `tests/oracle.sh` of the
//! workspace prepares: one with SQLAlchemy 2.0, one with 2.1. What both write is what is wanted; where
//! they differ, a translation refuses or suits both. A test that needs Python fails without it; none
//! is skipped.

mod alembic;
mod cases;
mod generated;
mod scripts;
mod statements;
mod trees;
mod whole;
