//! Column types of all kinds.

use super::names::{literal, name, schema};
use super::python::{Python, call, named, text};
use super::random::Random;

const PLAIN: &[&str] = &[
    "sa.Integer",
    "sa.Integer()",
    "sa.INTEGER()",
    "sa.SmallInteger()",
    "sa.BigInteger()",
    "sa.BIGINT",
    "sa.String()",
    "sa.String(50)",
    "sa.String(length=5)",
    "sa.VARCHAR(7)",
    "sa.Unicode(3)",
    "sa.String(length=9, collation='C')",
    "sa.Text()",
    "sa.Text",
    "sa.TEXT()",
    "sa.UnicodeText()",
    "sa.Text(collation='de_DE')",
    "sa.CHAR(3)",
    "sa.CHAR()",
    "sa.NVARCHAR(2)",
    "sa.NCHAR(2)",
    "sa.Boolean()",
    "sa.BOOLEAN",
    "sa.Boolean(name='bool', create_constraint=True)",
    "sa.Date()",
    "sa.DATE",
    "sa.DateTime()",
    "sa.DateTime(timezone=True)",
    "sa.TIMESTAMP(timezone=True)",
    "sa.TIMESTAMP()",
    "sa.Time()",
    "sa.Time(timezone=True)",
    "sa.TIME()",
    "sa.Interval()",
    "sa.Interval(second_precision=3)",
    "sa.Numeric()",
    "sa.Numeric(10, 2)",
    "sa.Numeric(precision=5)",
    "sa.NUMERIC(3, 1)",
    "sa.DECIMAL(4)",
    "sa.Numeric(scale=2)",
    "sa.Numeric(5, asdecimal=False)",
    "sa.Float()",
    "sa.Float(53)",
    "sa.Float(precision=24)",
    "sa.REAL()",
    "sa.Double()",
    "sa.DOUBLE_PRECISION(53)",
    "sa.LargeBinary()",
    "sa.LargeBinary(length=5)",
    "sa.PickleType()",
    "sa.JSON()",
    "sa.JSON(none_as_null=True)",
    "sa.Uuid()",
    "sa.Uuid(as_uuid=False)",
    "sa.UUID()",
    "sa.Uuid(native_uuid=False)",
    "sa.types.String(4)",
    "sa.sql.sqltypes.Text()",
    "postgresql.JSONB()",
    "postgresql.JSONB",
    "postgresql.JSON(astext_type=sa.Text())",
    "postgresql.JSONB(astext_type=sa.Text())",
    "postgresql.UUID()",
    "postgresql.UUID(as_uuid=True)",
    "postgresql.TIMESTAMP(precision=3)",
    "postgresql.TIMESTAMP(timezone=True, precision=6)",
    "postgresql.TIME(True, 0)",
    "postgresql.INTERVAL()",
    "postgresql.INTERVAL(fields='DAY TO SECOND')",
    "postgresql.INTERVAL(precision=2)",
    "postgresql.BYTEA()",
    "postgresql.INET()",
    "postgresql.CIDR()",
    "postgresql.MACADDR()",
    "postgresql.MACADDR8()",
    "postgresql.MONEY()",
    "postgresql.OID()",
    "postgresql.REGCLASS()",
    "postgresql.TSVECTOR()",
    "postgresql.TSQUERY()",
    "postgresql.HSTORE()",
    "postgresql.HSTORE(text_type=sa.Text())",
    "postgresql.CITEXT()",
    "postgresql.BIT()",
    "postgresql.BIT(length=4)",
    "postgresql.BIT(varying=True)",
    "postgresql.BIT(3, varying=True)",
    "postgresql.DOUBLE_PRECISION()",
    "postgresql.DOUBLE_PRECISION(precision=53)",
    "postgresql.INT4RANGE()",
    "postgresql.INT8RANGE()",
    "postgresql.NUMRANGE()",
    "postgresql.DATERANGE()",
    "postgresql.TSRANGE()",
    "postgresql.TSTZRANGE()",
    "postgresql.TSTZMULTIRANGE()",
    "postgresql.JSONPATH()",
    "postgresql.VARCHAR(2)",
    "postgresql.TEXT()",
    "postgresql.NUMERIC(3)",
    "postgresql.BOOLEAN()",
    "postgresql.REAL()",
];

/// A type.
pub fn kind(random: &mut Random) -> Python {
    match random.below(20) {
        0 | 1 => enumeration(random),
        2 => {
            let item = match random.percent(20) {
                true => enumeration(random),
                false => text(*random.pick(PLAIN)),
            };
            let class = *random.pick(&["sa.ARRAY", "postgresql.ARRAY"]);
            let optional = match random.below(4) {
                0 => vec![named("dimensions", "2")],
                1 => vec![named("as_tuple", "True")],
                _ => Vec::new(),
            };
            call(class, vec![item], optional)
        }
        3 => {
            let base = *random.pick(&["sa.String(9)", "sa.JSON()", "sa.Text()", "sa.BigInteger()"]);
            let other = text(*random.pick(PLAIN));
            let dialect = *random.pick(&["'postgresql'", "'sqlite'", "'mysql', 'postgresql'"]);
            call(
                format!("{base}.with_variant"),
                vec![other, text(dialect)],
                Vec::new(),
            )
        }
        _ => text(*random.pick(PLAIN)),
    }
}

/// A type for a column that counts or may count.
pub fn whole(random: &mut Random) -> Python {
    text(*random.pick(&[
        "sa.Integer()",
        "sa.BigInteger()",
        "sa.SmallInteger()",
        "sa.Integer",
    ]))
}

/// An `Enum` or `ENUM`.
pub fn enumeration(random: &mut Random) -> Python {
    let labels: &[&str] = &["a", "b", "it's", "C d", "50%", "e\\f", "ü"];
    let count = 1 + random.below(3);
    let labels = random.some(labels, count);
    let mut required: Vec<Python> = labels.iter().map(|it| text(literal(it))).collect();
    required.push(named("name", literal(&name(random))));
    let mut optional = Vec::new();
    if random.percent(15) {
        optional.push(named("schema", schema(random)));
    }
    if random.percent(10) {
        optional.push(named("inherit_schema", "True"));
    }
    if random.percent(15) {
        optional.push(named("validate_strings", "True"));
    }
    if random.percent(35) {
        if random.percent(25) {
            optional.push(named("create_type", *random.pick(&["True", "False"])));
        }
        return call("postgresql.ENUM", required, optional);
    }
    if random.percent(25) {
        optional.push(named("native_enum", "False"));
        if random.percent(50) {
            optional.push(named("create_constraint", "True"));
        }
        if random.percent(30) {
            optional.push(named("length", "40"));
        }
    }
    call("sa.Enum", required, optional)
}
