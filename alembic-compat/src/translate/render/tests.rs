//! What is written of the types of other packages and of the project, and of queries.

use std::cell::RefCell;
use std::rc::Rc;

use super::Renderer;
use crate::translate::value::{Arguments, Kind, Object, Value};
use crate::translate::{Direction, Settings, Translator};

/// Returns the type that a column of an expression has, or why it has none.
fn column_type(settings: &Settings, import: &str, expression: &str) -> String {
    let script = format!(
        "import sqlalchemy as sa\nfrom alembic import op\n{import}\n\n\
         def upgrade():\n    op.add_column('t', sa.Column('c', {expression}))\n"
    );
    let translator = Translator::new(settings.clone());
    let actions = match translator.actions(&script, Direction::Upgrade) {
        Ok(actions) => actions,
        Err(refused) => return refused.to_string(),
    };
    match Renderer::new(settings).render(&actions[0]) {
        Ok(statements) => statements[0]
            .strip_prefix("ALTER TABLE t ADD COLUMN c ")
            .map_or_else(|| statements[0].clone(), str::to_owned),
        Err(refused) => refused.reason,
    }
}

#[test]
fn types_of_other_packages_are_what_they_are_in_postgresql() {
    let cases = [
        (
            "import sqlmodel",
            "sqlmodel.sql.sqltypes.AutoString()",
            "VARCHAR",
        ),
        (
            "import sqlmodel",
            "sqlmodel.AutoString(length=40)",
            "VARCHAR(40)",
        ),
        ("import sqlmodel", "sqlmodel.sql.sqltypes.GUID()", "UUID"),
        (
            "import sqlalchemy_utils",
            "sqlalchemy_utils.UUIDType(binary=False)",
            "UUID",
        ),
        (
            "import sqlalchemy_utils as su",
            "su.types.uuid.UUIDType()",
            "UUID",
        ),
        (
            "import sqlalchemy_utils as su",
            "su.UUIDType(False, False)",
            "CHAR(32)",
        ),
        (
            "import sqlalchemy_utils as su",
            "su.EmailType()",
            "VARCHAR(255)",
        ),
        (
            "import sqlalchemy_utils as su",
            "su.EmailType(80)",
            "VARCHAR(80)",
        ),
        ("import sqlalchemy_utils as su", "su.URLType", "TEXT"),
        ("import sqlalchemy_utils as su", "su.JSONType()", "JSON"),
        (
            "import sqlalchemy_utils as su",
            "su.TSVectorType('a', 'b')",
            "TSVECTOR",
        ),
        (
            "import sqlalchemy_utils as su",
            "su.ChoiceType([('a', 'b')])",
            "VARCHAR(255)",
        ),
        (
            "import sqlalchemy_utils as su",
            "su.ChoiceType(X, impl=sa.Integer())",
            "INTEGER",
        ),
        (
            "import sqlalchemy_utils as su",
            "su.StringEncryptedType(sa.String, 'k')",
            "VARCHAR",
        ),
        (
            "import sqlalchemy_utils as su",
            "su.StringEncryptedType(length=9)",
            "VARCHAR(9)",
        ),
        (
            "import sqlalchemy_utils as su",
            "su.PhoneNumberType()",
            "VARCHAR(20)",
        ),
        (
            "from fastapi_users_db_sqlalchemy.generics import GUID",
            "GUID()",
            "UUID",
        ),
        (
            "import fastapi_users_db_sqlalchemy as fu",
            "fu.generics.TIMESTAMPAware(timezone=True)",
            "TIMESTAMP WITH TIME ZONE",
        ),
        (
            "import pgvector",
            "pgvector.sqlalchemy.Vector(3)",
            "VECTOR(3)",
        ),
        (
            "from pgvector.sqlalchemy import VECTOR",
            "VECTOR(dim=3)",
            "VECTOR(3)",
        ),
        (
            "from pgvector.sqlalchemy import HALFVEC",
            "HALFVEC()",
            "HALFVEC",
        ),
        (
            "from advanced_alchemy.types import GUID, DateTimeUTC",
            "DateTimeUTC(timezone=True)",
            "TIMESTAMP WITH TIME ZONE",
        ),
        (
            "from advanced_alchemy.types import EncryptedString",
            "EncryptedString(key='k', length=50)",
            "VARCHAR",
        ),
        (
            "import sqlalchemy_json as sj\nfrom sqlalchemy.dialects import postgresql",
            "sj.mutable_json_type(dbtype=postgresql.JSONB, nested=True)",
            "JSONB",
        ),
        (
            "from oslo_db.sqlalchemy import types",
            "types.SoftDeleteInteger()",
            "INTEGER",
        ),
        (
            "from geoalchemy2 import Geometry",
            "Geometry('POINT', srid=4326, spatial_index=False, from_text='ST_GeomFromEWKT', \
             name='geometry')",
            "geometry(POINT,4326)",
        ),
        (
            "from geoalchemy2 import Geography",
            "Geography(spatial_index=False)",
            "geography(GEOMETRY,-1)",
        ),
        (
            "from geoalchemy2 import Geometry",
            "Geometry('POINT')",
            "uses `Geometry` with the index that it makes by itself",
        ),
        (
            "from geoalchemy2 import Geometry",
            "Geometry('POINT', spatial_index=False, use_typmod=False)",
            "uses `Geometry` with `use_typmod`",
        ),
    ];
    let settings = Settings::default();
    for (import, expression, expected) in cases {
        let import = format!("{import}\nX = [('a', 'b')]");
        assert_eq!(
            column_type(&settings, &import, expression),
            expected,
            "{expression}"
        );
    }
}

#[test]
fn the_settings_say_what_types_of_the_project_are() {
    let mut settings = Settings::default();
    for (name, sql) in [
        ("app.types.GUID", "uuid"),
        ("Email", "varchar({0})"),
        ("app.types.Money", "numeric({precision}, {scale})"),
        ("Tags", "text[]"),
    ] {
        settings.types.insert(name.to_owned(), sql.to_owned());
    }
    let of = |expression| column_type(&settings, "import app.types\nimport app.mail", expression);
    assert_eq!(of("app.types.GUID()"), "uuid");
    assert_eq!(of("app.types.GUID"), "uuid");
    assert_eq!(of("app.mail.Email(80)"), "varchar(80)");
    assert_eq!(
        of("app.types.Money(scale=2, precision=12)"),
        "numeric(12, 2)"
    );
    assert_eq!(of("app.types.Tags()"), "text[]");
    assert_eq!(of("sa.ARRAY(app.types.GUID())"), "uuid[]");
    assert_eq!(
        of("app.mail.Email()"),
        "uses the type `app.mail.Email` without the argument `0` that its line in \
         `[alembic.types]` asks for"
    );
    assert_eq!(
        of("app.types.Other()"),
        "uses the type `app.types.Other`, which is not known here; a line in `[alembic.types]` \
         says what it is"
    );
}

fn object(kind: Kind) -> Value {
    Value::Object(Rc::new(Object { line: 7, kind }))
}

fn called(callee: Value, positional: Vec<Value>) -> Value {
    let named = Vec::new();
    let arguments = Arguments { positional, named };
    object(Kind::Call { callee, arguments })
}

fn name(path: &str) -> Value {
    object(Kind::Name(path.to_owned()))
}

fn text(text: &str) -> Value {
    Value::Text(text.into())
}

fn method(of: Value, method: &str, positional: Vec<Value>) -> Value {
    let name = method.to_owned();
    called(object(Kind::Attribute { of, name }), positional)
}

#[test]
fn queries_are_written_with_their_parameters() {
    let settings = Settings::default();
    let mut renderer = Renderer::new(&settings);
    let sql = called(
        name("sqlalchemy.text"),
        vec![text("SELECT :a, 'x:y', b::int")],
    );
    let parameters = Value::Dict(Rc::new(RefCell::new(vec![(text("a"), text("it's"))])));
    let written = renderer.query(&sql, &parameters, 7);
    assert_eq!(written, Ok("SELECT 'it''s', 'x:y', b::int".to_owned()));
    let refused = renderer.query(&sql, &Value::None, 7).unwrap_err();
    assert_eq!(refused.line, 7);
    assert!(refused.reason.contains("`:a`"), "{}", refused.reason);

    let column = called(name("sqlalchemy.column"), vec![text("id")]);
    let table = called(name("sqlalchemy.table"), vec![text("t"), column]);
    let c = object(Kind::Attribute {
        of: table,
        name: "c".to_owned(),
    });
    let id = object(Kind::Attribute {
        of: c,
        name: "id".to_owned(),
    });
    let condition = object(Kind::Operation {
        operator: ">",
        operands: vec![id.clone(), Value::Int(3)],
    });
    let select = called(name("sqlalchemy.select"), vec![id]);
    let query = method(select, "where", vec![condition]);
    let written = renderer.query(&query, &Value::None, 7);
    assert_eq!(
        written,
        Ok("SELECT t.id\nFROM t\nWHERE t.id > 3".to_owned())
    );
}

#[test]
fn a_type_that_comes_with_tables_is_made_once_for_a_run() {
    let script = "import sqlalchemy as sa\nfrom alembic import op\n\n\
                  def upgrade():\n    \
                  op.create_table('t', sa.Column('k', sa.Enum('a', name='kind')))\n";
    let mut settings = Settings::default();
    let actions = Translator::new(settings.clone())
        .actions(script, Direction::Upgrade)
        .expect("it is translated");
    let mut renderer = Renderer::new(&settings);
    let first = renderer.render(&actions[0]).expect("it is written");
    assert_eq!(first[0], "CREATE TYPE kind AS ENUM ('a')");
    assert_eq!(first.len(), 2);
    let again = renderer.render(&actions[0]).expect("it is written");
    assert_eq!(again, first[1..]);

    settings.amid_others = true;
    let amid = Renderer::new(&settings)
        .render(&actions[0])
        .expect("it is written");
    assert!(amid[0].starts_with("DO $check$"), "{}", amid[0]);
    assert!(amid[0].contains("t.typname = 'kind'"), "{}", amid[0]);
}
