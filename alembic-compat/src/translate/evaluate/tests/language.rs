//! Python itself: each script executes texts that it computes.

use super::{check, follow, source};
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

#[test]
fn statements_are_followed_in_order() {
    check(
        "
        total = 0
        for index, name in enumerate(['a', 'b', 'c', 'd']):
            if name == 'b':
                continue
            elif name == 'd':
                break
            total += index
        else:
            op.execute('never')
        while total < 5:
            total += 2
        else:
            op.execute(str(total))
        first, *rest = ['x', 'y', 'z']
        (a, b), c = (1, 2), 3
        op.execute(f'{first} {rest} {a}{b}{c}')
        ",
        "
        execute '6'
        execute 'x ['y', 'z'] 123'
        ",
    );
}

#[test]
fn functions_see_what_python_lets_them_see() {
    check(
        "
        PREFIX = 'app_'
        names = []

        def note(name, *rest, sep='-', **more):
            names.append(PREFIX + sep.join((name, *rest)) + str(more))

        def counter():
            count = 0
            def next_one():
                nonlocal count
                count += 1
                return count
            return next_one

        def set_global():
            global PREFIX
            PREFIX = 'new_'

        def keeps(value, seen=[]):
            seen.append(value)
            return seen
        ---
        note('a')
        note('b', 'c', sep='+', d=1)
        set_global()
        note(**{'name': 'e'})
        one = counter()
        one()
        keeps(1)
        op.execute(f'{names} {one()} {keeps(2)}')
        ",
        "
        execute '['app_a{}', \"app_b+c{'d': 1}\", 'new_e{}'] 2 [1, 2]'
        ",
    );
}

#[test]
fn a_local_name_is_local_before_it_is_set() {
    check(
        "
        name = 'outer'
        ---
        op.execute(name)
        name = 'inner'
        ",
        "6: raises `UnboundLocalError`: cannot access local variable 'name'",
    );
}

#[test]
fn exceptions_are_raised_and_caught() {
    check(
        "
        class Wrong(Exception):
            pass
        ---
        try:
            {}['x']
        except (IndexError, KeyError) as error:
            op.execute(f'caught {error}')
        try:
            raise Wrong('why')
        except ValueError:
            op.execute('never')
        except Wrong:
            op.execute('right')
        else:
            op.execute('never')
        finally:
            op.execute('at last')
        raise NotImplementedError('cannot go on')
        ",
        "21: raises `NotImplementedError`: cannot go on",
    );
    check(
        "
        try:
            import json
        except ImportError:
            json = None
        try:
            x = int('no')
        except LookupError:
            x = 1
        except ValueError:
            x = 2
        op.execute(str(x))
        ",
        "execute '2'",
    );
}

#[test]
fn classes_enumerations_and_records() {
    check(
        "
        import enum
        from dataclasses import dataclass
        from typing import NamedTuple

        class Colour(enum.Enum):
            RED = 'r'
            BLUE = 'b'

        class Texts(str, enum.Enum):
            pass

        class Level(Texts):
            LOW = 'low'
            high: str
            _PRIVATE = 'p'
            _ignore_ = []

        @dataclass
        class Pair:
            left: str
            COUNT = 3
            right: int = 7

        class Row(NamedTuple):
            name: str

        class Base:
            def __init__(self, name):
                self.name = name
            def shown(self):
                return f'<{self.name}>'
            @property
            def loud(self):
                return self.name.upper()
            @staticmethod
            def one():
                return 1

        class Derived(Base):
            def __init__(self):
                super().__init__('derived')
            def shown(self):
                return 'a ' + super().shown()
        ---
        op.execute(' '.join(c.value + c.name for c in Colour))
        op.execute(str(Colour.RED) + Colour('b').name + Colour['RED'].value + str(len(Colour)))
        op.execute(','.join(Level) + str(Level.LOW == 'low'))
        pair = Pair('l')
        op.execute(f'{pair.left}{pair.right}{Row(\"n\").name}')
        thing = Derived()
        op.execute(thing.shown() + thing.loud + str(Derived.one()))
        op.create_table('t', sa.Column('c', sa.Enum(Colour)), sa.Column('d', sa.Enum(
            Colour, values_callable=lambda e: [m.value for m in e], name='own')))
        ",
        "
        execute 'rRED bBLUE'
        execute 'Colour.REDBLUEr2'
        execute 'low,pTrue'
        execute 'l7n'
        execute 'a <derived>DERIVED1'
        create_table('t', sa.Column('c', sa.Enum('RED', 'BLUE', name='colour')), \
sa.Column('d', sa.Enum('r', 'b', name='own')))
        ",
    );
}

#[test]
fn generators_and_context_managers() {
    check(
        "
        from contextlib import contextmanager, suppress

        def numbers():
            yield 1
            yield from [2, 3]

        @contextmanager
        def around(name):
            op.execute('before ' + name)
            try:
                yield name.upper()
            finally:
                op.execute('after ' + name)

        @contextmanager
        def forgiving():
            try:
                yield
            except KeyError:
                op.execute('forgiven')

        def early():
            with forgiving():
                {}['a']
            with around('x') as shown:
                op.execute(shown)
                return 'back'
        ---
        op.execute(str([n * 2 for n in numbers()]))
        op.execute(early())
        with suppress(KeyError):
            {}['a']
        ",
        "
        execute '[2, 4, 6]'
        execute 'forgiven'
        execute 'before x'
        execute 'X'
        execute 'after x'
        execute 'back'
        ",
    );
}

#[test]
fn lists_and_dictionaries_change_where_they_are() {
    check(
        "
        one = other = [3, 1]
        one.append(2)
        other.sort()
        other += [9]
        table = {}
        table.setdefault('a', []).append(1)
        table['b'] = table.pop('a')
        table.update(c=2)
        del table['c']
        op.execute(f'{one} {table} {one.pop(0)} {one.index(9)} {sorted(table.items())}')
        ",
        "execute '[1, 2, 3, 9] {'b': [1]} 1 2 [('b', [1])]'",
    );
}

#[test]
fn what_is_recorded_stays_as_it_was() {
    check(
        "
        rows = [{'a': 1}]
        t = sa.table('t', sa.column('a'))
        op.bulk_insert(t, rows)
        rows[0]['a'] = 2
        rows.clear()
        op.bulk_insert(t, rows)
        ",
        "
        bulk_insert(sa.table('t', sa.column('a')), [{'a': 1}])
        bulk_insert(sa.table('t', sa.column('a')), [])
        ",
    );
}

#[test]
fn everything_comes_to_an_end() {
    let forever = "
        while True:
            pass
        ";
    check(forever, "5: does not end within 2000000 steps");
    let script = "
        def down(n):
            return down(n + 1)
        ---
        down(0)
        ";
    // A test has a small stack, which is what this is about.
    check(script, "5: nests expressions too deeply");
    let sum = format!("op.execute({})", vec!["'a'"; 800].join(" + "));
    check(&sum, &format!("execute '{}'", "a".repeat(800)));
    let nested = format!("op.execute({}'a'{})", "[".repeat(190), "]".repeat(190));
    check(&nested, "5: nests expressions too deeply");
    let holds_itself = "
        x = []
        x.append(x)
        op.bulk_insert(sa.table('t'), x)
        ";
    check(holds_itself, "7: nests lists too deeply");
    let compared = "
        x = []
        x.append(x)
        y = []
        y.append(y)
        op.execute(str(x == y))
        sa.Enum(x)
        ";
    check(compared, "10: nests lists too deeply");
}

#[test]
fn bad_files_are_refused_with_their_line() {
    let settings = Settings::default();
    for (file, expected) in [
        (
            "print 'python 2'\n",
            "1: is not valid Python: Simple statements must be separated by newlines or semicolons",
        ),
        (
            "def upgrade():\n    x = (\n",
            "3: is not valid Python: unexpected EOF while parsing",
        ),
        ("x = 1\n", "0: has no `upgrade()`"),
        (
            "upgrade = 1\n",
            "0: has something else than a function to run",
        ),
        (
            "async def upgrade():\n    pass\n",
            "1: defines `upgrade` as `async`",
        ),
        (
            "def upgrade(op, tables):\n    pass\n",
            "1: takes an argument `op` that only `env.py` knows",
        ),
        ("def upgrade(engine_name='x'):\n    pass\n", ""),
        ("def upgrade():\n    yield 1\n", "1: is a generator"),
        (
            "raise RuntimeError('no')\ndef upgrade():\n    pass\n",
            "1: raises `RuntimeError`: no",
        ),
        ("", "0: has no `upgrade()`"),
    ] {
        assert_eq!(follow(file, &settings), expected, "{file}");
    }
}
