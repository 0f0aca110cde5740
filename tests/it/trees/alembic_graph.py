"""Prints what Alembic makes of a folder of revisions, as one JSON object.

`python alembic_graph.py FOLDER ROOT` loads the folder as Alembic does. Modules of the application
and of others that are not installed are stood in for.
"""

import json
import logging
import sys
import warnings
from pathlib import Path

import sqlalchemy.dialects.mysql  # noqa: F401 (found before anything is stood in for)
from alembic.script.base import ScriptDirectory

import stand_in

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)

FOLDER, ROOT = sys.argv[1], Path(sys.argv[2])
stand_in.install(ROOT)
script = ScriptDirectory(
    str(Path(FOLDER).parent),
    version_locations=[FOLDER],
    recursive_version_locations=True,
    messaging_opts={"quiet": True},
)
revisions = [
    {
        "revision": revision.revision,
        "down_revision": sorted(revision._versioned_down_revisions),
        "depends_on": sorted(revision._resolved_dependencies),
        "branch_labels": sorted(revision._orig_branch_labels or ()),
        "head": revision.is_head,
        "base": revision.is_base,
        "message": " ".join(revision.doc.split()),
    }
    for revision in script.walk_revisions()
]
json.dump(revisions, sys.stdout)
