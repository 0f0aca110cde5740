//! The database as limbeck reaches it: where it is, how it is encrypted, and a session with it.
//!
//! This is the only door to `tokio_postgres` and to rustls. It knows nothing of graphs and plans:
//! whoever calls it says what to send. It reads no environment; what variables say comes in as
//! [`conninfo::Environment`].

pub mod connect;
pub mod conninfo;
pub mod tls;
