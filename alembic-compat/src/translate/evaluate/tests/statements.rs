//! Statements, functions and classes: each script executes texts that it computes.

use super::{check, follow};
use crate::translate::Settings;

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
