//! Revision scripts around what is to be tried.

/// Returns a script whose `upgrade()` is these lines.
pub fn script(body: &str) -> String {
    let body: String = body.lines().map(|line| format!("    {line}\n")).collect();
    format!("{HEAD}def upgrade():\n{body}\n\ndef downgrade():\n    pass\n")
}

const HEAD: &str = "\
import datetime
import decimal
import uuid

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = \"a\"
down_revision = None


def T():
    return sa.table(
        \"t\", sa.column(\"x\"), sa.column(\"s\", sa.String), sa.column(\"n\", sa.Integer),
        sa.column(\"b\", sa.Boolean), sa.column(\"j\", postgresql.JSONB),
        sa.column(\"j1\", sa.JSON), sa.column(\"a\", postgresql.ARRAY(sa.Text)),
        sa.column(\"d\", sa.DateTime), sa.column(\"f\", sa.Float),
    )


def TT():
    return (
        sa.table(
            \"t\", sa.column(\"id\", sa.Integer), sa.column(\"x\"), sa.column(\"s\", sa.String),
            schema=\"S\",
        ),
        sa.table(\"o\", sa.column(\"id\", sa.Integer), sa.column(\"tid\"), sa.column(\"v\", sa.JSON)),
        sa.Table(
            \"T\", sa.MetaData(), sa.Column(\"id\", sa.Integer, primary_key=True),
            sa.Column(\"name\", sa.String, default=\"dflt\"),
            sa.Column(\"flag\", sa.Boolean, server_default=sa.true()),
            sa.Column(\"K\", sa.Text, key=\"kk\"),
        ),
        sa.select,
    )

";
