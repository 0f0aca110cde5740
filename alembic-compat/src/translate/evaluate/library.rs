//! What is known of the names that scripts import or that Python has built in.

/// What Python has built in beside its exceptions.
const BUILTINS: [&str; 84] = [
    "ArithmeticError",
    "BaseException",
    "BaseExceptionGroup",
    "Ellipsis",
    "ExceptionGroup",
    "NotImplemented",
    "__build_class__",
    "__debug__",
    "__import__",
    "__package__",
    "__path__",
    "__spec__",
    "__loader__",
    "__builtins__",
    "abs",
    "aiter",
    "all",
    "anext",
    "any",
    "ascii",
    "bin",
    "bool",
    "breakpoint",
    "bytearray",
    "bytes",
    "callable",
    "chr",
    "classmethod",
    "compile",
    "complex",
    "copyright",
    "credits",
    "delattr",
    "dict",
    "dir",
    "divmod",
    "enumerate",
    "eval",
    "exec",
    "exit",
    "filter",
    "float",
    "format",
    "frozenset",
    "getattr",
    "globals",
    "hasattr",
    "hash",
    "help",
    "hex",
    "id",
    "input",
    "int",
    "isinstance",
    "issubclass",
    "iter",
    "len",
    "license",
    "list",
    "locals",
    "map",
    "max",
    "memoryview",
    "min",
    "next",
    "object",
    "oct",
    "open",
    "ord",
    "pow",
    "print",
    "property",
    "quit",
    "range",
    "repr",
    "reversed",
    "round",
    "set",
    "setattr",
    "slice",
    "sorted",
    "staticmethod",
    "str",
    "sum",
];

/// Tells whether Python has a name built in.
pub(super) fn is_builtin(name: &str) -> bool {
    BUILTINS.contains(&name)
        || matches!(
            name,
            "super" | "tuple" | "type" | "vars" | "zip" | "__annotations__"
        )
        || parent_of(&format!("builtins.{name}")).is_some()
}

/// Returns the class that an exception descends from.
pub(super) fn parent_of(class: &str) -> Option<&'static str> {
    let builtin = class.strip_prefix("builtins.");
    Some(match builtin {
        Some(name) => match name {
            "Exception" | "KeyboardInterrupt" | "SystemExit" | "GeneratorExit" => {
                "builtins.BaseException"
            }
            "ArithmeticError" | "AssertionError" | "AttributeError" | "EOFError"
            | "ImportError" | "LookupError" | "MemoryError" | "NameError" | "OSError"
            | "RuntimeError" | "StopIteration" | "SyntaxError" | "SystemError" | "TypeError"
            | "ValueError" | "Warning" => "builtins.Exception",
            "IndexError" | "KeyError" => "builtins.LookupError",
            "ModuleNotFoundError" => "builtins.ImportError",
            "NotImplementedError" | "RecursionError" => "builtins.RuntimeError",
            "UnboundLocalError" => "builtins.NameError",
            "UnicodeError" => "builtins.ValueError",
            "UnicodeDecodeError" | "UnicodeEncodeError" => "builtins.UnicodeError",
            "ZeroDivisionError" | "OverflowError" => "builtins.ArithmeticError",
            "BlockingIOError" | "ChildProcessError" | "ConnectionError" | "FileExistsError"
            | "FileNotFoundError" | "InterruptedError" | "IsADirectoryError"
            | "NotADirectoryError" | "PermissionError" | "ProcessLookupError" | "TimeoutError"
            | "IOError" | "EnvironmentError" => "builtins.OSError",
            "BrokenPipeError"
            | "ConnectionAbortedError"
            | "ConnectionRefusedError"
            | "ConnectionResetError" => "builtins.ConnectionError",
            "IndentationError" => "builtins.SyntaxError",
            "TabError" => "builtins.IndentationError",
            "BufferError" | "ReferenceError" | "StopAsyncIteration" => "builtins.Exception",
            "FloatingPointError" => "builtins.ArithmeticError",
            "UnicodeTranslateError" => "builtins.UnicodeError",
            "BytesWarning"
            | "DeprecationWarning"
            | "EncodingWarning"
            | "FutureWarning"
            | "ImportWarning"
            | "PendingDeprecationWarning"
            | "ResourceWarning"
            | "RuntimeWarning"
            | "SyntaxWarning"
            | "UnicodeWarning"
            | "UserWarning" => "builtins.Warning",
            _ => return None,
        },
        None => match class {
            "sqlalchemy.exc.NoSuchTableError" => "sqlalchemy.exc.InvalidRequestError",
            "sqlalchemy.exc.InvalidRequestError"
            | "sqlalchemy.exc.DBAPIError"
            | "sqlalchemy.exc.CompileError" => "sqlalchemy.exc.SQLAlchemyError",
            "sqlalchemy.exc.OperationalError"
            | "sqlalchemy.exc.ProgrammingError"
            | "sqlalchemy.exc.InternalError"
            | "sqlalchemy.exc.IntegrityError"
            | "sqlalchemy.exc.DataError"
            | "sqlalchemy.exc.NotSupportedError" => "sqlalchemy.exc.DBAPIError",
            "sqlalchemy.exc.NoResultFound" | "sqlalchemy.exc.MultipleResultsFound" => {
                "sqlalchemy.exc.InvalidRequestError"
            }
            "sqlalchemy.exc.SQLAlchemyError" => "builtins.Exception",
            _ => return None,
        },
    })
}

/// Tells whether importing a module always succeeds, and does nothing to the database.
pub(super) fn is_standard(module: &str) -> bool {
    let root = module.split('.').next().unwrap_or(module);
    matches!(
        root,
        "__future__"
            | "abc"
            | "alembic"
            | "argparse"
            | "base64"
            | "binascii"
            | "collections"
            | "contextlib"
            | "copy"
            | "csv"
            | "dataclasses"
            | "datetime"
            | "decimal"
            | "enum"
            | "functools"
            | "gc"
            | "getpass"
            | "glob"
            | "hashlib"
            | "hmac"
            | "html"
            | "importlib"
            | "inspect"
            | "io"
            | "ipaddress"
            | "itertools"
            | "json"
            | "locale"
            | "logging"
            | "math"
            | "numbers"
            | "operator"
            | "os"
            | "pathlib"
            | "pickle"
            | "pprint"
            | "random"
            | "re"
            | "secrets"
            | "shutil"
            | "signal"
            | "socket"
            | "sqlalchemy"
            | "string"
            | "struct"
            | "subprocess"
            | "sys"
            | "tempfile"
            | "textwrap"
            | "threading"
            | "time"
            | "traceback"
            | "types"
            | "typing"
            | "unicodedata"
            | "urllib"
            | "uuid"
            | "warnings"
            | "weakref"
            | "zlib"
            | "zoneinfo"
    )
}

/// Tells whether every version of SQLAlchemy that Alembic works with has a module.
pub(super) fn is_module(path: &str) -> bool {
    matches!(
        path,
        "sqlalchemy.dialects"
            | "sqlalchemy.dialects.postgresql"
            | "sqlalchemy.engine"
            | "sqlalchemy.exc"
            | "sqlalchemy.ext.declarative"
            | "sqlalchemy.orm"
            | "sqlalchemy.schema"
            | "sqlalchemy.sql"
            | "sqlalchemy.types"
    )
}

/// Tells whether every version of SQLAlchemy that Alembic works with has a name.
pub(super) fn is_there(path: &str) -> bool {
    const NAMES: [&str; 12] = [
        "sqlalchemy.Column",
        "sqlalchemy.ext.declarative.declarative_base",
        "sqlalchemy.ext.declarative.declared_attr",
        "sqlalchemy.inspect",
        "sqlalchemy.orm.Session",
        "sqlalchemy.orm.declarative_base",
        "sqlalchemy.orm.declared_attr",
        "sqlalchemy.orm.relationship",
        "sqlalchemy.orm.sessionmaker",
        "sqlalchemy.select",
        "sqlalchemy.text",
        "sqlalchemy.update",
    ];
    NAMES.contains(&path) || super::decorated::is_type(path)
}

/// Tells whether a name stands for itself: it is of Python, of SQLAlchemy, or of a library whose column
/// types are known.
pub(super) fn is_known(path: &str) -> bool {
    let root = path.split('.').next().unwrap_or(path);
    is_standard(path)
        || matches!(
            root,
            "advanced_alchemy"
                | "builtins"
                | "click"
                | "loguru"
                | "oslo_log"
                | "structlog"
                | "citext"
                | "fastapi_users_db_sqlalchemy"
                | "fastapi_users_db_sqlmodel"
                | "geoalchemy2"
                | "pgvector"
                | "sqlalchemy_json"
                | "sqlalchemy_utils"
                | "sqlmodel"
        )
}

/// Gives what a library hands on of SQLAlchemy its name there.
pub(super) fn brought_home(path: String) -> String {
    const HANDED_ON: [&str; 3] = [
        "sqlmodel.sql.sqltypes.types.",
        "sqlmodel.sql.sqltypes.sqltypes.",
        "sqlmodel.sql.sqltypes.sa.",
    ];
    match HANDED_ON
        .iter()
        .find_map(|module| path.strip_prefix(module))
    {
        Some(name) => format!("sqlalchemy.types.{name}"),
        None => path,
    }
}

/// Tells whether calling a name only writes for people to read.
pub(super) fn is_idle(path: &str) -> bool {
    let root = path.split('.').next().unwrap_or(path);
    let last = path.rsplit('.').next().unwrap_or(path);
    match root {
        "logging" | "loguru" | "oslo_log" | "structlog" | "warnings" | "traceback" | "pprint"
        | "gc" => true,
        "time" => last == "sleep",
        "click" => matches!(last, "echo" | "secho"),
        "alembic" => path.starts_with("alembic.util.") && matches!(last, "msg" | "warn" | "status"),
        "sys" => matches!(last, "exc_info" | "write" | "flush"),
        _ => false,
    }
}

/// Tells whether the result of a function differs each time.
pub(super) fn differs(path: &str) -> bool {
    let root = path.split('.').next().unwrap_or(path);
    let last = path.rsplit('.').next().unwrap_or(path);
    matches!(
        (root, last),
        ("uuid", "uuid1" | "uuid4")
            | ("random" | "secrets" | "time", _)
            | ("datetime", "now" | "utcnow" | "today")
            | ("os", "urandom" | "getpid")
    )
}

/// Says why what a name is worth, or what its call returns, is not the same on every day and machine.
pub(super) fn varies(path: &str) -> Option<&'static str> {
    let root = path.split('.').next().unwrap_or(path);
    let last = path.rsplit('.').next().unwrap_or(path);
    match (root, last) {
        ("os", "environ" | "getenv") => Some("which reads the environment"),
        ("os" | "pathlib" | "io" | "glob" | "shutil" | "tempfile", _) => {
            Some("which works on files")
        }
        ("builtins", "open") => Some("which reads a file"),
        ("builtins", "eval" | "exec" | "compile") => Some("which runs a text as a program"),
        ("builtins", "__import__") | ("importlib", _) => Some("which runs a module"),
        ("builtins", "input") | ("getpass", _) => Some("which asks a person"),
        ("builtins", "globals" | "locals" | "vars" | "dir" | "id" | "hash") => {
            Some("which looks into the interpreter")
        }
        ("subprocess" | "socket" | "threading" | "signal", _) => Some("which leaves the script"),
        ("sys", _) => Some("which looks into the interpreter"),
        _ => None,
    }
}
