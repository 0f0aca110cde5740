//! Modules of the project, read and never run.

use std::fs;
use std::path::Path;

use super::{check, check_with};
use crate::translate::Settings;

fn write(folder: &Path, files: &[(&str, &str)]) -> Settings {
    for (name, text) in files {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    Settings {
        python_path: vec![folder.to_owned()],
        ..Settings::default()
    }
}

#[test]
fn helpers_are_read_where_their_folder_is_known() {
    let folder = tempfile::tempdir().unwrap();
    let settings = write(
        folder.path(),
        &[
            ("app/__init__.py", "raise RuntimeError('not to be run')\n"),
            (
                "app/helpers.py",
                "from alembic import op\nfrom .names import TABLE as TABLE\nimport app.names\n\
                 from somewhere import anything\n\
                 LIST = [1]\nLIST.append(open('x'))\n\
                 def drop(name):\n    op.drop_table(TABLE + name + app.names.SUFFIX)\n",
            ),
            ("app/names.py", "TABLE = 'app_'\nSUFFIX = '_x'\n"),
        ],
    );
    check_with(
        "
        from app import helpers
        from app.helpers import drop as remove
        import app.helpers as h
        ---
        remove('a')
        helpers.drop('b')
        h.drop('c')
        ",
        &settings,
        "
        drop_table('app_a_x')
        drop_table('app_b_x')
        drop_table('app_c_x')
        ",
    );
    check_with(
        "
        from app.helpers import LIST
        ---
        op.execute(str(LIST))
        ",
        &settings,
        "6: writes `app.helpers.LIST` into a text, which is not known",
    );
}

#[test]
fn column_types_of_the_project() {
    let folder = tempfile::tempdir().unwrap();
    let settings = write(
        folder.path(),
        &[(
            "app/types.py",
            "import sqlalchemy as sa\n\
             from sqlalchemy.dialects.postgresql import UUID\n\
             class Short(sa.TypeDecorator):\n    impl = sa.String\n\
             class Long(Short):\n    impl = sa.Text()\n\
             class Guid(sa.types.TypeDecorator[str]):\n    impl = sa.CHAR\n\
            \x20   def load_dialect_impl(self, dialect):\n\
            \x20       if dialect.name == 'postgresql':\n\
            \x20           return dialect.type_descriptor(UUID())\n\
            \x20       return dialect.type_descriptor(sa.CHAR(32))\n\
            \x20   def process_bind_param(self, value, dialect):\n        return str(value)\n\
             class Made(sa.types.UserDefinedType):\n\
            \x20   def get_col_spec(self):\n        return 'MADE'\n",
        )],
    );
    check_with(
        "
        from app.types import Guid, Long, Short
        ---
        op.add_column('t', sa.Column('a', Short(20)))
        op.add_column('t', sa.Column('b', Long()))
        op.add_column('t', sa.Column('c', Guid()))
        ",
        &settings,
        "
        add_column('t', sa.Column('a', sa.String(20)))
        add_column('t', sa.Column('b', sa.Text()))
        add_column('t', sa.Column('c', sa.types.TypeDecorator(sa.dialects.postgresql.UUID())))
        ",
    );
    check_with(
        "
        from app.types import Made
        ---
        op.add_column('t', sa.Column('a', Made()))
        ",
        &settings,
        "6: makes up the column type `Made`",
    );
    let known = Settings {
        types: [("app.types.Made".to_owned(), "made".to_owned())].into(),
        ..settings
    };
    check_with(
        "
        from app.types import Made
        ---
        op.add_column('t', sa.Column('a', Made()))
        ",
        &known,
        "add_column('t', sa.Column('a', app.types.Made()))",
    );
}

#[test]
fn unknown_functions_are_refused_unless_they_make_part_of_an_operation() {
    check(
        "
        from app import models, types
        ---
        op.add_column('t', sa.Column('a', types.Guid(36)))
        ",
        "add_column('t', sa.Column('a', app.types.Guid(36)))",
    );
    check(
        "
        from app import helpers
        ---
        helpers.migrate()
        ",
        "6: calls `app.helpers.migrate()`, which is not known",
    );
    check(
        "
        from app import helpers
        ---
        done = helpers.migrate()
        op.execute('a')
        ",
        "6: calls `app.helpers.migrate()`, which is not known",
    );
    check(
        "
        from app import helpers
        ---
        helpers.migrate(op.get_bind())
        ",
        "6: hands the connection to `app.helpers.migrate`, which is not known",
    );
    check(
        "
        from app.helpers import is_new
        ---
        if is_new():
            op.execute('a')
        ",
        "6: depends on `app.helpers.is_new()`, which is not known",
    );
}

#[test]
fn functions_that_do_nothing_can_be_named() {
    let settings = Settings {
        ignore: vec!["app.check".to_owned(), "app.transaction".to_owned()],
        ..Settings::default()
    };
    check_with(
        "
        from app import check, transaction
        ---
        check(op, 1)
        if check():
            raise RuntimeError
        with transaction():
            op.execute('a')
        ",
        &settings,
        "execute 'a'",
    );
}

#[test]
fn what_a_module_could_not_set_is_refused_where_it_is_used() {
    check(
        "
        import os
        from app import names
        KNOWN = ['a']
        WHERE = os.environ['HOME']
        for name in names:
            KNOWN.append(name)
        ---
        op.execute('fine')
        ",
        "execute 'fine'",
    );
    let script = |line: &str| {
        format!(
            "import os\nfrom app import names\nKNOWN = ['a']\nWHERE = os.environ['HOME']\n\
             for name in names:\n    KNOWN.append(name)\n---\n{line}\n"
        )
    };
    check(
        &script("op.execute(WHERE)"),
        "7: uses `os.environ`, which reads the environment",
    );
    check(
        &script("op.execute(KNOWN[0])"),
        "8: goes through `app.names`, which is not known",
    );
}

#[test]
fn all_names_of_an_unknown_module() {
    check(
        "
        from app.names import *
        ---
        op.execute(TABLE)
        ",
        "4: imports `*` from `app.names`",
    );
}

#[test]
fn an_import_that_may_fail() {
    check(
        "
        try:
            from psycopg2.extras import Json
        except ImportError:
            Json = None
        try:
            from sqlalchemy import JSON
        except ImportError:
            JSON = None
        from typing import TYPE_CHECKING
        if TYPE_CHECKING:
            raise RuntimeError
        ---
        op.add_column('t', sa.Column('a', JSON))
        op.execute(Json)
        ",
        "4: depends on whether `psycopg2.extras` can be imported",
    );
}

#[test]
fn what_an_imported_module_changes_of_sqlalchemy_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let settings = write(
        folder.path(),
        &[
            ("app/__init__.py", ""),
            (
                "app/sets.py",
                "import sqlalchemy as sa\nsa.String = sa.Text\nX = 'x'\n",
            ),
            (
                "app/compiles.py",
                "from sqlalchemy import Text\nfrom sqlalchemy.ext.compiler import compiles\n\
                 @compiles(Text, 'postgresql')\ndef text(element, compiler, **kw):\n    return 'X'\n\
                 X = 'x'\n",
            ),
            (
                "app/other.py",
                "from sqlalchemy import Text\nfrom sqlalchemy.ext.compiler import compiles\n\
                 @compiles(Text, 'sqlite')\ndef text(element, compiler, **kw):\n    return 'X'\n\
                 X = 'x'\n",
            ),
            (
                "app/state.py",
                "N = 'a'\ndef change():\n    global N\n    N = 'b'\n",
            ),
        ],
    );
    let script = |module: &str, name: &str| {
        format!("\nfrom app.{module} import {name}\n---\nop.drop_table({name})\n")
    };
    for (module, name, expected) in [
        (
            "sets",
            "X",
            "4: imports `app.sets`, line 2, which sets `String` of `sa`",
        ),
        (
            "compiles",
            "X",
            "4: imports `app.compiles`, line 3, which calls `compiles()` for `Text`",
        ),
        ("other", "X", "drop_table('x')"),
        ("state", "N", "6: uses `N` of `app.state`, which changes it"),
    ] {
        check_with(&script(module, name), &settings, expected);
    }
}
