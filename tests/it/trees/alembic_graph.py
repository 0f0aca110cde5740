"""Prints what Alembic makes of a folder of revisions, as one JSON object.

`python alembic_graph.py FOLDER ROOT` loads the folder as Alembic does. Modules of the application
and of others that are not installed are stood in for by objects that are anything.
"""

import ast
import importlib.abc
import importlib.machinery
import importlib.util
import json
import logging
import sys
import types
import warnings
from pathlib import Path
from unittest import mock

import alembic.script.revision  # noqa: F401 (found before anything is stood in for)
import sqlalchemy.dialects.mysql  # noqa: F401
from alembic.script.base import ScriptDirectory

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)


class Anything(mock.MagicMock):
    """A module, and whatever is asked of it."""

    __path__ = []

    def __mro_entries__(self, bases):
        return (object,)


class StandIn(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds every module that nobody else finds."""

    def find_spec(self, name, path=None, target=None):
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec):
        module = types.ModuleType(spec.name)
        module.__path__ = []
        module.__getattr__ = lambda name: constant(spec.name, name)
        return module

    def exec_module(self, module):
        pass


def constant(module, name):
    """A constant of the application where its own file says it plainly, else anything."""
    if name.startswith("__"):
        raise AttributeError(name)
    path = ROOT.joinpath(*module.split("."))
    if (path / name).is_dir() or (path / f"{name}.py").is_file():
        # A module of its own, which is looked for next.
        raise AttributeError(name)
    path = path.with_suffix(".py")
    if path.is_file():
        for statement in ast.parse(path.read_text()).body:
            if isinstance(statement, ast.Assign):
                for target in statement.targets:
                    if getattr(target, "id", None) == name:
                        try:
                            return ast.literal_eval(statement.value)
                        except ValueError:
                            break
    return Anything()


FOLDER, ROOT = sys.argv[1], Path(sys.argv[2])
sys.meta_path.append(StandIn())
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
