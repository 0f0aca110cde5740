"""Alembic as a process that writes SQL: one JSON object per line in, one per line out.

`{"script": …, "function": "upgrade", "convention": {…}}` is answered with `{"statements": […]}` or
`{"error": …}`. The script is loaded and its function called as `alembic upgrade --sql` does; what a
script asks of `op.get_bind()` is written down, too, as a connection would have sent it. With `path`
instead of `script` it is a file, and `python_path` says where its project is; a module that is
nowhere is there, but nothing in it is worth anything. The functions named in `ignore` do nothing.

Where offline SQL says something else than what a connection sends, the connection is right; each
mend stands below with its reason.
"""

import builtins
import importlib
import importlib.abc
import importlib.machinery
import json
import logging
import os
import sys
import traceback
import types
import warnings

import sqlalchemy as sa
import sqlalchemy.dialects.mysql
import sqlalchemy.dialects.sqlite
import sqlalchemy.ext.mutable
import sqlalchemy.orm  # The models of a project load all of these.
from alembic.config import Config
from alembic.operations import Operations
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql.psycopg2 import dialect as Dialect
from sqlalchemy.engine.mock import MockConnection
from sqlalchemy.sql import dml, elements, functions, sqltypes

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)


# Mends


def quoted(value):
    return "'%s'" % str(value).replace("'", "''")


def json_literal(self, dialect):
    """JSON has no literals; a connection sends what `json.dumps` makes."""

    def process(value):
        if value is self.NULL:
            value = None
        return quoted(json.dumps(value))

    return process


def binary_literal(self, dialect):
    """Bytes are written as text, which they need not be; a connection sends them as they are."""
    return lambda value: "'\\x%s'" % value.hex()


def array_literal(original):
    """Items of an array are taken for texts; a connection names the type."""

    def literal_processor(self, dialect):
        process = original(self, dialect)
        return lambda value: f"{process(value)}::{self.compile(dialect)}"

    return literal_processor


def null_literal(self, dialect):
    """A column without a type takes any value."""

    def process(value):
        found = sqltypes._resolve_value_to_type(value)
        if found._isnull:
            raise TypeError(f"no literal for {value!r}")
        return found._cached_literal_processor(dialect)(value)

    return process


def text_literal(self, dialect):
    """Types that only PostgreSQL knows are sent as texts."""

    def process(value):
        if not isinstance(value, str):
            raise TypeError(f"no literal for {value!r}")
        return quoted(value)

    return process


sqltypes.JSON.literal_processor = json_literal
sqltypes._Binary.literal_processor = binary_literal
sqltypes.NullType.literal_processor = null_literal
postgresql.ARRAY.literal_processor = array_literal(postgresql.ARRAY.literal_processor)
for kind in (
    "INET CIDR MACADDR MACADDR8 TSVECTOR TSQUERY REGCONFIG REGCLASS MONEY HSTORE BIT OID "
    "INT4RANGE INT8RANGE NUMRANGE DATERANGE TSRANGE TSTZRANGE"
).split():
    getattr(postgresql, kind).literal_processor = text_literal


def with_defaults(statement):
    """Offline, a default that the program fills in becomes NULL."""
    if not isinstance(statement, dml.Insert) or not isinstance(statement.table, sa.Table):
        return statement
    if statement.select is not None or statement._multi_values:
        return statement
    given = {getattr(key, "key", key) for key in (statement._values or {})}
    for column in statement.table.columns:
        if column.default is not None and column.key not in given:
            if not column.default.is_scalar:
                raise TypeError(f"default of {column.name}")
            statement = statement.values({column.key: column.default.arg})
    return statement


def without_gaps(statement):
    """Offline, a parameter without a value becomes NULL; a connection refuses it."""
    found = []

    def gap(bind):
        if bind.required and bind.callable is None and bind.value is None:
            found.append(bind.key)

    sa.sql.visitors.traverse(statement, {}, {"bindparam": gap})
    if found:
        raise TypeError(f"no value for {found}")
    return statement


class Compiler(Dialect.statement_compiler):
    def render_literal_bindparam(self, bindparam, render_literal_value=None, **kw):
        # Offline, `None` is NULL also where a connection sends the `null` of JSON.
        absent = bindparam.value is None and bindparam.callable is None
        if absent and bindparam.type.should_evaluate_none:
            return "'null'"
        if render_literal_value is not None:
            kw["render_literal_value"] = render_literal_value
        return super().render_literal_bindparam(bindparam, **kw)


class Writer(Dialect):
    statement_compiler = Compiler
    # The server says so when it is connected to.
    _backslash_escapes = False


def written(statement, dialect):
    if isinstance(statement, str):
        statement = sa.text(statement)
    if isinstance(statement, sa.schema.ExecutableDDLElement):
        compiled = statement.compile(dialect=dialect)
    else:
        if isinstance(statement, functions.FunctionElement):
            # A connection selects it.
            statement = statement.select()
        statement = without_gaps(with_defaults(statement))
        compiled = statement.compile(dialect=dialect, compile_kwargs={"literal_binds": True})
    return str(compiled).strip()


class Recorder(MockConnection):
    """A connection that writes down what it is asked."""

    def __init__(self, dialect, statements):
        self.statements = statements
        super().__init__(dialect, lambda *arguments: None)

    def execute(self, statement, parameters=None, execution_options=None):
        for row in parameters if isinstance(parameters, (list, tuple)) else [parameters]:
            self.send(statement, row)

    def send(self, statement, row):
        if isinstance(statement, str):
            raise TypeError("a text is no statement")
        if row:
            if isinstance(statement, elements.TextClause):
                known = {
                    key: value for key, value in row.items() if key in statement._bindparams
                }
                statement = statement.bindparams(**known)
            elif isinstance(statement, (dml.Insert, dml.Update)):
                columns = {key for key in row if key in statement.table.c}
                others = {key: value for key, value in row.items() if key not in columns}
                given = {getattr(key, "key", key) for key in (statement._values or {})}
                if isinstance(statement, dml.Insert) or not given:
                    statement = statement.values(**{key: row[key] for key in columns})
                statement = elements.ClauseElement.params(statement, others)
            else:
                statement = statement.params(**row)
        self.statements.append(written(statement, self.dialect))

    def exec_driver_sql(self, statement, parameters=None, execution_options=None):
        assert not parameters
        self.statements.append((statement % ()).strip())

    def scalar(self, statement, *arguments):
        raise TypeError("no answers here")

    def _run_ddl_visitor(self, visitor, element, **kw):
        first = len(self.statements)
        checkfirst = kw.get("checkfirst", False)
        super()._run_ddl_visitor(visitor, element, **kw)
        if checkfirst and len(self.statements) > first:
            self.statements[first:] = [
                "checked: " + "; ".join(self.statements[first:]),
            ]


class Session:
    """A session of the ORM on such a connection, as far as it sends statements."""

    def __init__(self, bind=None, **options):
        self.bind = bind

    def execute(self, statement, params=None, **options):
        return self.bind.execute(statement, params)

    def commit(self):
        """The transaction is that of the connection."""

    def __enter__(self):
        return self

    def __exit__(self, *raised):
        pass


sqlalchemy.orm.Session = Session


# Modules that are not there


class Nothing:
    """What a module that is not there holds: it can be named, called and inherited, no more."""

    def __init__(self, path):
        self.__dict__["path"] = path

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Nothing(f"{self.path}.{name}")

    def __call__(self, *arguments, **named):
        if len(arguments) == 1 and callable(arguments[0]) and not named:
            return arguments[0]
        return Nothing(f"{self.path}()")

    def __mro_entries__(self, bases):
        return (object,)

    def __str__(self):
        raise TypeError(f"{self.path} is not there")

    __repr__ = __format__ = __iter__ = __bool__ = __len__ = __int__ = __str__


class Absent(types.ModuleType):
    __path__ = []

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        if (self.__name__, name) == ("sqlmodel", "Session"):
            return Session
        return Nothing(f"{self.__name__}.{name}")


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds what nobody else does, for as long as a script is loaded."""

    def find_spec(self, name, path=None, target=None):
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec):
        return Absent(spec.name)

    def exec_module(self, module):
        pass


def loaded(request):
    """Returns the module of a script."""
    module = types.ModuleType("revision")
    sys.modules["revision"] = module
    if "script" in request:
        source, path = request["script"], "revision.py"
    else:
        path = request["path"]
        module.__file__ = path
        with open(path, encoding="utf-8") as file:
            source = file.read()
    folders = request.get("python_path", [])
    sys.path[:0] = folders
    finder = Finder()
    if "path" in request:
        sys.meta_path.append(finder)
    known = set(sys.modules)
    try:
        for name in request.get("ignore", []):
            ignored = importlib.import_module(name.rpartition(".")[0])
            setattr(ignored, name.rpartition(".")[2], lambda *arguments, **named: None)
        exec(compile(source, path, "exec"), module.__dict__)
    except BaseException:
        # What is there by halves is to be found anew.
        for name in set(sys.modules) - known:
            file = getattr(sys.modules[name], "__file__", None) or ""
            if isinstance(sys.modules[name], Absent) or file.startswith(tuple(folders)):
                del sys.modules[name]
        raise
    finally:
        if finder in sys.meta_path:
            sys.meta_path.remove(finder)
        del sys.path[: len(folders)]
    return module


def answer(request):
    statements = []
    dialect = Writer(paramstyle="named")
    options = {"as_sql": True, "literal_binds": True, "output_buffer": sys.stderr}
    if request.get("convention"):
        options["target_metadata"] = sa.MetaData(naming_convention=request["convention"])
    context = MigrationContext.configure(dialect=dialect, opts=options)
    recorder = Recorder(dialect, statements)
    context.connection = context.impl.connection = recorder

    def execute(construct, execution_options=None, multiparams=None, params=None):
        statements.append(written(construct, dialect))

    def bulk_insert(table, rows, multiinsert=True):
        # Offline, a value of JSON is not asked for its `None`.
        for row in rows:
            execute(table.insert().inline().values(row))

    context.impl._exec = execute
    context.impl.bulk_insert = bulk_insert
    context.impl.static_output = lambda text: statements.append(text.strip().rstrip(";"))
    environment = EnvironmentContext(Config(), None, as_sql=False)
    environment._migration_context = context
    with environment, Operations.context(context):
        getattr(loaded(request), request["function"])()
    return statements


def reply(request):
    python = dict(vars(builtins))
    try:
        found = {"statements": answer(request)}
    except (Exception, SystemExit) as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        found = {"error": f"{type(error).__name__}: {error} ({where.name})"}
    vars(builtins).update(python)
    print(json.dumps(found), file=answers, flush=True)


answers, sys.stdout = sys.stdout, sys.stderr
for line in sys.stdin:
    request = json.loads(line)
    # What a script changes in Python or SQLAlchemy is not to reach the next one. Those of a project
    # share the modules that they import, and their time.
    if "path" in request:
        reply(request)
    elif child := os.fork():
        os.waitpid(child, 0)
    else:
        reply(request)
        os._exit(0)
