//! Reads Alembic projects without Python: plain data out.
