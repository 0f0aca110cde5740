//! Expressions, small and large.

use super::python::{Python, text};
use super::random::Random;

/// A column of the tables that scripts use for expressions, by itself.
fn leaf(random: &mut Random) -> String {
    (*random.pick(&[
        "sa.column('a')",
        "sa.column('n', sa.Integer)",
        "sa.column('s', sa.String)",
        "sa.column('B', sa.Boolean)",
        "sa.column('d', sa.DateTime)",
        "sa.column('j', postgresql.JSONB)",
        "sa.column('arr', postgresql.ARRAY(sa.Integer))",
        "sa.column('f', sa.Float)",
    ]))
    .to_owned()
}

fn plain(random: &mut Random) -> String {
    (*random.pick(&[
        "1", "5", "'x'", "\"it's\"", "'50%'", "1.5", "True", "None", "'a_b'",
    ]))
    .to_owned()
}

/// Something that has a value.
pub fn value(random: &mut Random, depth: usize) -> String {
    if depth == 0 {
        return leaf(random);
    }
    let mut inner = || value(random, depth - 1);
    let (one, two) = (inner(), inner());
    let plain = plain(random);
    match random.below(16) {
        0 => format!("({one} + {two})"),
        1 => format!("({one} - {})", random.below(9)),
        2 => format!("({one} * {two})"),
        3 => format!("({one} / {})", 1 + random.below(9)),
        4 => format!("({one} + 'x')"),
        5 => format!("sa.func.lower({one})"),
        6 => format!("sa.func.coalesce({one}, {plain})"),
        7 => format!("sa.cast({one}, sa.Text)"),
        8 => format!(
            "sa.case(({}, {one}), else_={plain})",
            clause(random, depth - 1)
        ),
        9 => "sa.column('j', postgresql.JSONB)['k']".to_owned(),
        10 => "sa.column('j', postgresql.JSONB)['k'].astext".to_owned(),
        11 => format!("sa.func.schema.My_Func({one}, {plain})"),
        12 => format!("-{one}"),
        13 => format!("{one}.op('||')({plain})"),
        14 => format!("sa.type_coerce({one}, sa.String)"),
        _ => one,
    }
}

/// Something that is true or false.
pub fn clause(random: &mut Random, depth: usize) -> String {
    let one = value(random, depth);
    let plain = plain(random);
    if depth > 0 && random.percent(40) {
        let (left, right) = (clause(random, depth - 1), clause(random, depth - 1));
        return match random.below(5) {
            0 => format!("sa.and_({left}, {right})"),
            1 => format!("sa.or_({left}, {right})"),
            2 => format!("(({left}) & ({right}))"),
            3 => format!("sa.not_({left})"),
            _ => format!("~({left})"),
        };
    }
    let number = random.below(9);
    match random.below(16) {
        0 | 1 => format!("({one} == {plain})"),
        2 => format!("({one} != {plain})"),
        3 => format!("({one} > {number})"),
        4 => format!("({number} <= {one})"),
        5 => format!("{one}.in_([1, 2])"),
        6 => format!("{one}.notin_(['a', 'b'])"),
        7 => format!("{one}.is_(None)"),
        8 => format!("{one}.isnot(None)"),
        9 => format!("{one}.like('a%', escape='/')"),
        10 => format!("{one}.between(1, {number})"),
        11 => "sa.column('s', sa.String).startswith('a')".to_owned(),
        12 => format!("({one} == {})", value(random, 0)),
        13 => "sa.column('B', sa.Boolean)".to_owned(),
        14 => format!("{one}.is_distinct_from({number})"),
        _ => "sa.text('a = 1')".to_owned(),
    }
}

/// A condition of a constraint or an index.
pub fn condition(random: &mut Random) -> Python {
    if random.percent(50) {
        return text(*random.pick(&[
            "sa.text('a > 1')",
            "'deleted = false'",
            "sa.text(\"s = 'it''s' AND a IS NOT NULL\")",
            "\"a LIKE '50%%'\"",
            "sa.text('x::int > 1')",
        ]));
    }
    let depth = random.below(3);
    text(clause(random, depth))
}

/// An expression that stands as a default.
pub fn default_expression(random: &mut Random) -> Python {
    text(*random.pick(&[
        "sa.func.now()",
        "sa.func.current_timestamp()",
        "sa.func.gen_random_uuid()",
        "sa.true()",
        "sa.false()",
        "sa.null()",
        "sa.literal('x')",
        "sa.literal(5)",
        "sa.literal(True)",
        "sa.literal_column(\"'y'\")",
        "sa.cast('z', sa.Text)",
        "sa.func.timezone('utc', sa.func.now())",
        "sa.func.now() + sa.text(\"interval '1 day'\")",
        "sa.Sequence('seq').next_value()",
        "sa.func.nextval('s')",
        "sa.func.foo(1, None, True, 1.5)",
        "op.inline_literal('w')",
        "sa.sql.expression.false()",
        "sa.cast('1', sa.Integer) + 1",
        "sa.func.concat('a', 'b')",
    ]))
}
