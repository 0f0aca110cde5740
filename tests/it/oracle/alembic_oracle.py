"""Alembic as a process that answers: one JSON object per line in, one per line out.

`{"graph": […], "folder": …, "mend": […], "questions": […]}` is answered with `{"answers": […]}`.
A graph is taken from its script folder where one is given, else from the declarations themselves.
Nothing here knows limbeck: each answer is what Alembic's own classes return or raise. `mend` names
faults of Alembic that are put right for this one request, so that a test can tell whether a
difference comes from that fault alone. A line with `command` runs one of `alembic.command`.
"""

import contextlib
import io
import json
import logging
import os
import sys
import traceback
import types
import warnings

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import HeadMaintainer, RevisionStep, StampStep
from alembic.script.base import ScriptDirectory
from alembic.script.revision import Revision, RevisionError, RevisionMap
from alembic.util import CommandError

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)


# Declarations instead of files


class Declared(Revision):
    """A revision without a file; the steps look for its functions."""

    doc = ""
    module = types.SimpleNamespace(upgrade=lambda: None, downgrade=lambda: None)


class Declarations(ScriptDirectory):
    """A script folder whose revisions were never written down."""

    def __init__(self, graph):
        self.revision_map = RevisionMap(
            lambda: [
                Declared(
                    revision["id"],
                    tuple(revision["down"]) or None,
                    tuple(revision["depends_on"]) or None,
                    tuple(revision["labels"]) or None,
                )
                for revision in graph
            ]
        )


def script_directory(request):
    if request.get("folder"):
        return ScriptDirectory(request["folder"], messaging_opts={"quiet": True})
    return Declarations(request["graph"])


class Rows(HeadMaintainer):
    """The version table as a set; which row changes is decided by Alembic."""

    def __init__(self, heads):
        self.heads = set(heads)

    def _insert_version(self, version):
        assert version not in self.heads
        self.heads.add(version)

    def _delete_version(self, version):
        self.heads.remove(version)

    def _update_version(self, from_, to_):
        assert to_ not in self.heads
        self.heads.remove(from_)
        self.heads.add(to_)


# Faults put right, each by the least change that does it


def below(revision_map, names):
    nodes = revision_map.get_revisions(tuple(names))
    return {node.revision for node in revision_map._get_ancestor_nodes(nodes)}


def declared_order():
    """Several dependencies are kept in the order they were written in, not in that of a set."""
    original = RevisionMap._normalize_depends_on

    def normalize(self, revisions, map_):
        original(self, revisions, map_)
        for revision in revisions:
            kept = set(revision._normalized_resolved_dependencies)
            revision._normalized_resolved_dependencies = tuple(
                name for name in dict.fromkeys(revision._resolved_dependencies) if name in kept
            )

    return [(RevisionMap, "_normalize_depends_on", normalize)]


def rows_that_are_there():
    """A merge takes rows that exist, in the order declared; its undoing makes none below another."""

    def merged(self, heads):
        rows = [name for name in self.from_revisions if name in heads]
        return rows[:-1], rows[-1], self.to_revisions[0]

    def unmerged(self, heads):
        revision_map = self.revision_map
        applied = below(revision_map, set(heads) - {self.revision.revision})
        for name in self.to_revisions:
            applied |= below(revision_map, [name]) - {name}
        return tuple(name for name in self.to_revisions if name not in applied)

    return [
        (RevisionStep, "merge_branch_idents", merged),
        (RevisionStep, "_unmerge_to_revisions", unmerged),
    ]


def stamp_own_line():
    """A stamp moves the rows of its own line and what it depends on, for each target anew."""

    def stamp(self, targets, heads):
        revision_map = self.revision_map
        with self._catch_revision_errors(
            multiple_heads="Multiple heads are present; please specify a single target revision"
        ):
            rows = [node.revision for node in self.get_revisions(heads)]
            goals, steps = [], []
            for target in targets:
                branch = target.rpartition("@")[0]
                found = [node for node in self.get_revisions(target) if node is not None]
                goals += [node for node in found if node not in goals]
                if not found:
                    for row in list(rows):
                        line = revision_map.filter_for_lineage([row], branch) if branch else [row]
                        if line:
                            rows.remove(row)
                            steps.append(StampStep(row, None, False, True, revision_map))
            # Refuses what overlaps.
            list(revision_map._get_ancestor_nodes(goals, check=True, include_dependencies=False))
            kept = {goal.revision for goal in goals}
            for goal in goals:
                if goal.revision in rows:
                    continue
                own = below(revision_map, [goal.revision])
                moved = [
                    row
                    for row in rows
                    if row not in kept
                    and (row in own or revision_map._shares_lineage(row, [goal.revision]))
                ]
                rows = [row for row in rows if row not in moved] + [goal.revision]
                steps.append(StampStep(moved, goal.revision, True, not moved, revision_map))
            return steps

    return [(ScriptDirectory, "_stamp_revs", stamp)]


MENDS = {
    mend.__name__: mend for mend in (declared_order, rows_that_are_there, stamp_own_line)
}


@contextlib.contextmanager
def mended(names):
    changes = [change for name in names for change in MENDS[name]()]
    before = [(owner, name, getattr(owner, name)) for owner, name, _ in changes]
    try:
        for owner, name, new in changes:
            setattr(owner, name, new)
        yield
    finally:
        for owner, name, old in before:
            setattr(owner, name, old)


# Questions


def of_steps(heads, steps):
    rows, after, broken = Rows(heads), [], None
    for step in steps:
        try:
            rows.update_to_step(step)
        except Exception as error:
            broken = type(error).__name__
            break
        after.append(sorted(rows.heads))
    names = [
        sorted(step.from_revisions) + ["->"] + sorted(step.to_revisions)
        if isinstance(step, StampStep)
        else step.revision.revision
        for step in steps
    ]
    return {"steps": names, "heads": after, "broken": broken}


def names(nodes):
    return [node if node == "base" else node.revision for node in nodes if node is not None]


def upgrade(scripts, heads, targets):
    return of_steps(heads, scripts._upgrade_revs(targets[0], tuple(heads)))


def downgrade(scripts, heads, targets):
    return of_steps(heads, scripts._downgrade_revs(targets[0], tuple(heads)))


def stamp(scripts, heads, targets):
    return of_steps(heads, scripts._stamp_revs(tuple(targets), tuple(heads)))


def show(scripts, heads, targets):
    # `alembic show current` asks the database for its rows and shows each.
    if targets[0] == "current":
        return {"revisions": names(scripts.get_revisions(tuple(heads)))}
    return {"revisions": names(scripts.get_revisions(targets[0]))}


def meaning(scripts, heads, targets):
    # What a relative target means to the commands that take it.
    revision_map = scripts.revision_map
    if "-" in targets[0]:
        found = [revision_map._parse_downgrade_target(tuple(heads), targets[0], True)[1]]
    else:
        found = revision_map._parse_upgrade_target(tuple(heads), targets[0], True)
    if None in found:
        raise RevisionError("Walked too far")
    return {"revisions": [name for name in names(found) if name != "base"]}


def history(scripts, heads, targets):
    # As `alembic.command.history` does, the end before the start.
    base, head = targets[0].split(":")
    if head == "current":
        head = tuple(heads)
    elif base == "current":
        base = tuple(heads)
    listed = scripts.walk_revisions(base=base or "base", head=head or "heads")
    return {"revisions": names(listed)}


def facts(scripts, heads, targets):
    listed = list(scripts.walk_revisions())
    return {
        "history": names(listed),
        "heads": scripts.get_heads(),
        "heads_resolved": scripts.get_heads(consider_depends_on=True),
        "bases": scripts.get_bases(),
        "branches": {
            node.revision: sorted(node.nextrev) for node in listed if node.is_branch_point
        },
        "merges": [node.revision for node in listed if node.is_merge_point],
        "labels": {
            node.revision: sorted(node.branch_labels) for node in listed if node.branch_labels
        },
        "effective": [
            node.revision for node in listed if node.is_head and not node._is_real_head
        ],
    }


def generate(scripts, head, splice):
    script = scripts.generate_revision(
        "new000000000", "new", refresh=True, head=head, splice=splice
    )
    os.remove(script.path)
    down = script.down_revision or ()
    return {"revisions": [down] if isinstance(down, str) else list(down)}


def revision(scripts, heads, targets):
    return generate(scripts, targets[0], False)


def splice(scripts, heads, targets):
    return generate(scripts, targets[0], True)


def merge(scripts, heads, targets):
    return generate(scripts, tuple(targets), False)


ASK = {
    function.__name__: function
    for function in (
        upgrade, downgrade, stamp, show, meaning, history, facts, revision, splice, merge,
    )
}

# These add what they write to the graph.
WRITING = ("revision", "splice", "merge")


def refusal(error):
    """The error that began it tells more than the sentence Alembic prints."""
    deepest = error
    while isinstance(deepest.__cause__, (RevisionError, CommandError)):
        deepest = deepest.__cause__
    return {
        "class": type(error).__name__,
        "kind": type(deepest).__name__,
        "message": str(error),
        "reason": str(deepest),
        "place": traceback.extract_tb(error.__traceback__)[-1].name,
    }


def answer(request, scripts, question):
    if question["ask"] in WRITING:
        scripts = script_directory(request)
    try:
        ask = ASK[question["ask"]]
        return ask(scripts, question["heads"], question["targets"])
    except Exception as error:
        return {"error": refusal(error)}


def warned(request):
    """What Alembic says while it reads the graph."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            script_directory(request).revision_map._revision_map
            error = None
        except Exception as problem:
            error = refusal(problem)
    said = [str(warning.message) for warning in caught]
    return {"error": error, "warnings": said}


# Whole commands


def run(request):
    out, buffer = io.StringIO(), io.StringIO()
    config = Config(stdout=out, output_buffer=buffer)
    config.set_main_option("script_location", request["folder"])
    config.attributes.update(request.get("settings", {}))
    try:
        getattr(command, request["command"])(config, *request["args"], **request["options"])
        error = None
    except Exception as problem:
        error = refusal(problem)
        error["trace"] = traceback.format_exc()
    return {"out": out.getvalue(), "sql": buffer.getvalue(), "error": error}


def reply(request):
    with mended(request.get("mend", [])):
        if "command" in request:
            return run(request)
        if "questions" not in request:
            return warned(request)
        scripts = script_directory(request)
        return {"answers": [answer(request, scripts, one) for one in request["questions"]]}


def main():
    # What Alembic tells a person would stand between the answers.
    lines, sys.stdout = sys.stdout, open(os.devnull, "w")
    for line in sys.stdin:
        lines.write(json.dumps(reply(json.loads(line))) + "\n")
        lines.flush()


main()
