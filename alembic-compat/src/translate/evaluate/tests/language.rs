//! What expressions are worth.

use super::{follow, source};
use crate::translate::Settings;

/// Checks what one expression is worth, by what is made of it.
#[track_caller]
fn worth(expression: &str, expected: &str) {
    let script = format!("op.rename_table({expression}, None)");
    let found = follow(&source(&script), &Settings::default());
    assert_eq!(
        found,
        format!("rename_table({expected}, None)"),
        "{expression}"
    );
}

/// Checks that an expression is refused.
#[track_caller]
fn refused(expression: &str, expected: &str) {
    let script = format!("op.rename_table({expression}, None)");
    let found = follow(&source(&script), &Settings::default());
    assert_eq!(found, format!("5: {expected}"), "{expression}");
}

#[test]
fn literals_and_operators() {
    for (expression, expected) in [
        ("'a' 'b'", "'ab'"),
        ("'a' + 'b' * 2", "'abb'"),
        ("1 + 2 * 3 - 4 // 3", "6"),
        ("-7 // 2", "-4"),
        ("-7 % 3", "2"),
        ("7 % -3", "-2"),
        ("2 ** 10", "1024"),
        ("7 / 2", "3.5"),
        ("1 << 4 | 1", "17"),
        ("[1] + [2]", "[1, 2]"),
        ("(1,) + (2,)", "(1, 2)"),
        ("[*'ab', *[1]]", "['a', 'b', 1]"),
        ("{'a': 1, **{'b': 2}, 'a': 3}", "{'a': 3, 'b': 2}"),
        ("{1, 2, 1}", "{1, 2}"),
        ("{1, 2} - {2}", "{1}"),
        ("{'a': 1} | {'a': 2}", "{'a': 2}"),
        ("[0] * 3", "[0, 0, 0]"),
        ("None or 'x'", "'x'"),
        ("'' and 'x'", "''"),
        ("not []", "True"),
        ("1 < 2 < 3", "True"),
        ("1 < 2 > 3", "False"),
        ("'a' in 'abc' and 'x' not in ['a']", "True"),
        ("1 == 1.0 == True", "True"),
        ("None is None", "True"),
        ("[] is not None", "True"),
        ("'a' if 0 else 'b'", "'b'"),
        ("9007199254740993 == 9007199254740992", "False"),
        ("(lambda a, b=2: a + b)(1)", "3"),
        ("[x for x in range(5) if x % 2 if x > 1]", "[3]"),
        (
            "[(x, y) for x in 'ab' for y in range(x == 'b')]",
            "[('b', 0)]",
        ),
        ("{k: v for k, v in {'a': 1}.items()}", "{'a': 1}"),
        ("(y := 3) + y", "6"),
        ("'abc'[1:] + 'abc'[::-1] + 'abc'[-1]", "'bccbac'"),
        ("[1, 2, 3, 4][::2]", "[1, 3]"),
        ("(1, 2, 3)[-2:]", "(2, 3)"),
        ("op.f('x') + 'y'", "'xy'"),
        ("op.f('x')", "op.f('x')"),
    ] {
        worth(expression, expected);
    }
}

#[test]
fn texts() {
    for (expression, expected) in [
        ("', '.join(['a', 'b'])", "'a, b'"),
        ("', '.join(c for c in 'ab')", "'a, b'"),
        ("'a b  c'.split()", "['a', 'b', 'c']"),
        ("'a,b,c'.split(',', 1)", "['a', 'b,c']"),
        ("'a,b,c'.rsplit(',', maxsplit=1)", "['a,b', 'c']"),
        ("' x '.strip() + '--x'.lstrip('-')", "'xx'"),
        ("'aXb'.lower() + 'aXb'.upper()", "'axbAXB'"),
        ("'hello world'.title()", "'Hello World'"),
        ("'a.b'.replace('.', '_')", "'a_b'"),
        ("'users'.startswith(('u', 'x'))", "True"),
        ("'users'.removesuffix('s')", "'user'"),
        ("'7'.zfill(3) + '-7'.zfill(3)", "'007-07'"),
        ("'x'.ljust(3) + '|' + 'x'.center(3, '.')", "'x  |.x.'"),
        ("'{} {}'.format(1, 'a')", "'1 a'"),
        ("'{1} {0} {x}'.format(1, 2, x=3)", "'2 1 3'"),
        ("'{{}} {0[a]} {1[0]}'.format({'a': 1}, [2])", "'{} 1 2'"),
        (
            "'{:>4}|{:04d}|{:.2f}|{:,}'.format('a', 7, 1.005, 1234567)",
            "'   a|0007|1.00|1,234,567'",
        ),
        ("'{!r}'.format('a')", "''a''"),
        ("'%s-%05d-%%-%r' % ('a', 42, 'b')", "'a-00042-%-'b''"),
        ("'%(a)s %(b)s' % {'a': 1, 'b': None}", "'1 None'"),
        ("f'{1 + 1} {\"a\"!r:>5} {3:03}'", "'2   'a' 003'"),
        (
            "f'{[1, \"a\", None, True]} {(1,)} {{}}'",
            "'[1, 'a', None, True] (1,) {}'",
        ),
        ("f'{{\"a\": {1.0}}}'", "'{\"a\": 1.0}'"),
        ("str(1e20) + str(0.1) + str(1e-7)", "'1e+200.11e-07'"),
        ("repr(\"it's\")", "'\"it's\"'"),
        ("'abc'.find('c') + 'abc'.index('b')", "3"),
        ("'a=b'.partition('=')", "('a', '=', 'b')"),
        ("sorted(['b', 'a'], reverse=True)", "['b', 'a']"),
        (
            "sorted([('b', 1), ('a', 2)], key=lambda p: p[1])",
            "[('b', 1), ('a', 2)]",
        ),
    ] {
        worth(expression, expected);
    }
}

#[test]
fn built_in_functions() {
    for (expression, expected) in [
        ("len('äb')", "2"),
        ("list(enumerate('ab', 1))", "[(1, 'a'), (2, 'b')]"),
        ("list(zip('ab', [1, 2, 3]))", "[('a', 1), ('b', 2)]"),
        ("dict(zip('ab', [1, 2]))", "{'a': 1, 'b': 2}"),
        ("dict(a=1, **{'b': 2})", "{'a': 1, 'b': 2}"),
        ("list(map(str.upper, ['a']))", "['A']"),
        ("dict.fromkeys('ab', 1)", "{'a': 1, 'b': 1}"),
        ("list(map(str, [1, 2]))", "['1', '2']"),
        ("list(filter(None, ['', 'a']))", "['a']"),
        ("any(x > 1 for x in [1, 2])", "True"),
        ("all([])", "True"),
        ("sum([1, 2]) + max(1, 5) + min([3, 4])", "11"),
        ("int('12') + int(3.9)", "15"),
        (
            "isinstance('a', str) and not isinstance(1, (str, list))",
            "True",
        ),
        ("tuple(reversed([1, 2]))", "(2, 1)"),
        ("set('aab')", "{'a', 'b'}"),
        (
            "list({'a': 1}.keys()) + list({'a': 1}.values())",
            "['a', 1]",
        ),
        ("{'a': 1}.get('b', 2)", "2"),
        ("next(iter([5]))", "5"),
        ("next((x for x in [] if x), 'none')", "'none'"),
        ("getattr('a', 'upper')()", "'A'"),
        ("bool([0]) and callable(len)", "False"),
        ("abs(-3) + round(2.0) if False else 3", "3"),
    ] {
        worth(expression, expected);
    }
}

#[test]
fn what_is_not_known_is_refused() {
    for (expression, expected) in [
        ("1 << 70", "computes a number of more than 64 bits"),
        (
            "99999999999999999999",
            "holds a number of more than 64 bits",
        ),
        ("'a' * 10 ** 9", "repeats something too often"),
        ("list(range(10 ** 9))", "counts to more than a million"),
        ("str({1, 2})", "writes a set into a text"),
        ("str(len)", "writes `len` into a text, which is not known"),
        (
            "eval('1')",
            "calls `eval()`, which runs a text as a program",
        ),
        ("open('x').read()", "calls `open()`, which reads a file"),
        (
            "__import__('os')",
            "calls `__import__()`, which runs a module",
        ),
        (
            "undefined",
            "raises `NameError`: name 'undefined' is not defined",
        ),
        ("[1][3]", "raises `IndexError`: index out of range"),
        ("{'a': 1}['b']", "raises `KeyError`: b"),
        ("1 / 0", "raises `ZeroDivisionError`: division by zero"),
        ("'a' + 1", "uses `+` between a text and a number"),
        ("'a' is 'a'", "compares values with `is`"),
        (
            "f'{sa.Integer}'",
            "writes `sqlalchemy.Integer` into a text, which is not known",
        ),
        (
            "'x' if sa.Integer else 'y'",
            "depends on `sqlalchemy.Integer`, which is not known",
        ),
        (
            "[x for x in sa.Table]",
            "goes through `sqlalchemy.Table`, which is not known",
        ),
        (
            "await_me()",
            "raises `NameError`: name 'await_me' is not defined",
        ),
    ] {
        refused(expression, expected);
    }
}
