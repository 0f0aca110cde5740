"""The env.py of every tree: it runs revisions on the database of `APP_URL`, over the driver `DRIVER`.

`TREES` is the folder of this file, `TREE_ROOT` that of the application's modules, which are loaded
as they are; what they import and is not installed is stood in for, unless `INSTALLED` says that all
of it is there. `SETUP` is what the application does before it starts Alembic, and `NAMING` the naming
convention of its tables.
"""

import json
import os
import sys
from pathlib import Path

import psycopg.types.json  # noqa: F401 (all of these are found before anything is stood in for)
import sqlalchemy.dialects.mysql  # noqa: F401
import sqlalchemy.dialects.postgresql.psycopg  # noqa: F401
import sqlalchemy.dialects.sqlite  # noqa: F401
import sqlalchemy.orm  # noqa: F401
from alembic import context
from sqlalchemy import MetaData, create_engine

sys.path.append(os.environ["TREES"])
sys.path.append(os.environ["TREE_ROOT"])

if "INSTALLED" not in os.environ:
    import stand_in

    stand_in.install(Path(os.environ["TREE_ROOT"]))
exec(os.environ["SETUP"])

naming = json.loads(os.environ["NAMING"])
url = f"postgresql+{os.environ['DRIVER']}://" + os.environ["APP_URL"].split("://", 1)[1]
with create_engine(url).connect() as connection:
    context.configure(
        connection=connection,
        transaction_per_migration=True,
        target_metadata=MetaData(naming_convention=naming),
    )
    with context.begin_transaction():
        context.run_migrations()
