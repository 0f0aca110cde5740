//! Lists a folder of Rust-coded revisions for the compiler.
