//! Alembic itself, from PyPI, asked for the right answer.
//!
//! Random graphs and random questions; what limbeck answers is held against what Alembic answers.
//! Each difference on purpose has a name and a reason in [`differences`]; everything else is a fault
//! of one of the two, and fails with the smallest graph that shows it.

mod alembic;
mod answers;
mod cases;
mod differences;
mod faults;
mod graphs;
mod language;
mod offline;

mod random;
mod turns;
