//! SQL as text: the one place that quotes, renders, splits and classifies it.

pub mod classify;
pub mod locate;
pub mod split;

pub use split::split;
