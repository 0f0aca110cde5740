//! Reads Alembic projects without Python: plain data out.
//!
//! [`config`] reads `alembic.ini` and `[tool.alembic]` of `pyproject.toml`, [`folder`] finds the
//! revision files where Alembic would, [`revision`] reads what each of them declares, and
//! [`translate`] turns what they do into SQL. Nothing of Python is ever executed: what cannot be known
//! from the text alone is an error that says where and why.
//!
//! ```
//! use alembic_compat::revision;
//!
//! let read = revision::read(
//!     "1975ea_add_users.py",
//!     "\"\"\"add users\"\"\"\nrevision = \"1975ea\"\ndown_revision = None\n\ndef upgrade():\n    pass\n",
//! );
//! let revision = read.revision.unwrap();
//! assert_eq!(revision.id.value, "1975ea");
//! assert_eq!(revision.message(), "add users");
//! assert!(read.faults.is_empty());
//! ```

mod python;

pub mod config;
pub mod folder;
pub mod revision;
pub mod translate;
