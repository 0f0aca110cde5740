"""The environment of the script folders that the tests write; the settings come with each command."""

from alembic import context
from sqlalchemy import create_engine, pool

settings = context.config.attributes
shared = {
    name: settings[name]
    for name in ("transaction_per_migration", "version_table_schema", "version_table")
    if name in settings
}

if context.is_offline_mode():
    # A script for a database with several rows; the command line can name one.
    if "starting_rev" in settings:
        shared["starting_rev"] = settings["starting_rev"]
    context.configure(
        url="postgresql://",
        literal_binds=True,
        dialect_opts={"paramstyle": "named"},
        output_buffer=context.config.output_buffer,
        **shared,
    )
    with context.begin_transaction():
        context.run_migrations()
else:
    engine = create_engine(settings["url"], poolclass=pool.NullPool)
    with engine.connect() as connection:
        context.configure(connection=connection, **shared)
        with context.begin_transaction():
            context.run_migrations()
