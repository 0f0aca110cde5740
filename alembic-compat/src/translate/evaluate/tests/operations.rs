//! What scripts do with Alembic and SQLAlchemy.

use super::{check, check_with};
use crate::translate::Settings;

#[test]
fn operations_are_recorded_with_what_they_are_given() {
    check(
        "
        op.create_table(
            'account',
            sa.Column('id', sa.Integer(), nullable=False),
            sa.Column('made', postgresql.TIMESTAMP(timezone=True), server_default=sa.func.now()),
            sa.PrimaryKeyConstraint('id', name=op.f('pk_account')),
            schema='s',
        )
        op.create_index(op.f('ix'), 'account', ['made'], postgresql_where=sa.text('made > now()'))
        op.drop_column('account', 'made')
        ",
        "
        create_table('account', sa.Column('id', sa.Integer(), nullable=False), \
sa.Column('made', sa.dialects.postgresql.TIMESTAMP(timezone=True), server_default=sa.func.now()), \
sa.PrimaryKeyConstraint('id', name=op.f('pk_account')), schema='s')
        create_index(op.f('ix'), 'account', ['made'], postgresql_where=sa.text('made > now()'))
        drop_column('account', 'made')
        ",
    );
}

#[test]
fn imports_lead_to_the_same_names() {
    check(
        "
        import alembic.op
        import sqlalchemy.dialects.postgresql as pg
        from alembic import op as operations
        from sqlalchemy import Column as C, types
        from sqlalchemy.sql import func
        ---
        operations.add_column('t', C('a', types.String(3)))
        alembic.op.add_column('t', C('b', pg.JSONB(), default=func.x()))
        from sqlalchemy import Text
        op.add_column('t', C('c', Text))
        ",
        "
        add_column('t', sa.Column('a', sa.types.String(3)))
        add_column('t', sa.Column('b', sa.dialects.postgresql.JSONB(), default=sa.sql.func.x()))
        add_column('t', sa.Column('c', sa.Text))
        ",
    );
}

#[test]
fn a_batch_is_done_when_its_block_ends() {
    check(
        "
        with op.batch_alter_table('t', schema=None) as batch_op:
            batch_op.add_column(sa.Column('a', sa.Integer()))
            op.execute('at once')
            batch_op.execute('at once, too')
            batch_op.create_index(batch_op.f('ix'), ['a'], unique=False)
        op.execute('then')
        ",
        "
        execute 'at once'
        execute 'at once, too'
        ('t', schema=None).add_column(sa.Column('a', sa.Integer()))
        ('t', schema=None).create_index(op.f('ix'), ['a'], unique=False)
        execute 'then'
        ",
    );
    check(
        "
        with op.batch_alter_table('t', recreate='always') as batch_op:
            pass
        ",
        "5: recreates a table with `batch_alter_table`",
    );
}

#[test]
fn statements_outside_of_transactions() {
    check(
        "
        with op.get_context().autocommit_block():
            op.execute('ALTER TYPE')
        op.execute('between')
        op.execute('COMMIT')
        op.create_index('ix', 't', ['a'], postgresql_concurrently=True)
        op.execute('begin;')
        op.execute('after')
        ",
        "
        autocommit {
        execute 'ALTER TYPE'
        }
        execute 'between'
        autocommit {
        create_index('ix', 't', ['a'], postgresql_concurrently=True)
        }
        execute 'after'
        ",
    );
    check("op.execute('ROLLBACK')", "5: rolls its transaction back");
}

#[test]
fn the_dialect_and_the_mode_are_known() {
    let script = "
        bind = op.get_bind()
        if bind.dialect.name == 'sqlite':
            raise NotImplementedError
        if op.get_context().dialect.name != 'postgresql' or context.get_context().bind is None:
            raise NotImplementedError
        op.execute('offline' if context.is_offline_mode() else 'online')
        ";
    check(script, "execute 'online'");
    let settings = Settings {
        offline: true,
        ..Settings::default()
    };
    check_with(script, &settings, "execute 'offline'");
}

#[test]
fn arguments_and_options_of_the_run_are_known() {
    let settings = Settings {
        x_arguments: vec!["tenant=a".to_owned(), "flag".to_owned()],
        options: [("repair".to_owned(), "yes".to_owned())].into(),
        ..Settings::default()
    };
    check_with(
        "
        x = context.get_x_argument(as_dictionary=True)
        op.execute(x.get('tenant', 'none') + x['flag'] + str(context.get_x_argument()))
        op.execute(context.config.get_main_option('repair'))
        ",
        &settings,
        "
        execute 'a['tenant=a', 'flag']'
        execute 'yes'
        ",
    );
    check(
        "op.execute(context.config.get_main_option('repair'))",
        "5: asks for the option `repair`, which only `env.py` knows",
    );
}

#[test]
fn statements_on_the_connection() {
    check(
        "
        conn = op.get_bind()
        conn.execute(sa.text('update t set a = :a'), {'a': 1})
        conn.execute('as it stands %')
        conn.exec_driver_sql('driver')
        t = sa.table('t', sa.column('a', sa.Integer))
        conn.execute(t.update().where(t.c.a == 1).values(a=t.c.a + 1))
        op.execute(sa.delete(t).where(~t.c.a.in_([1, 2]) & (t.c.a > 3)))
        session = sa.orm.Session(bind=conn)
        session.execute(sa.text('select setval(1)'))
        session.commit()
        with conn.begin_nested():
            op.execute('inside')
        ",
        "
        execute sa.text('update t set a = :a') with {'a': 1}
        execute sa.engine.Connection.exec_driver_sql('as it stands %')
        execute sa.engine.Connection.exec_driver_sql('driver')
        execute sa.table('t', sa.column('a', sa.Integer)).update().where(\
(sa.table('t', sa.column('a', sa.Integer)).c.a == 1)).values(\
a=(sa.table('t', sa.column('a', sa.Integer)).c.a + 1))
        execute sa.delete(sa.table('t', sa.column('a', sa.Integer))).where((\
~sa.table('t', sa.column('a', sa.Integer)).c.a.in_([1, 2]) & \
(sa.table('t', sa.column('a', sa.Integer)).c.a > 3)))
        execute sa.text('select setval(1)')
        execute 'SAVEPOINT sa_savepoint_1'
        execute 'inside'
        execute 'RELEASE SAVEPOINT sa_savepoint_1'
        ",
    );
}

#[test]
fn types_and_tables_are_made_and_dropped() {
    check(
        "
        mood = postgresql.ENUM('x', name='mood')
        mood.create(op.get_bind(), checkfirst=True)
        mood.drop(bind=op.get_bind())
        meta = sa.MetaData()
        sa.Table('b', meta, sa.Column('a_id', sa.Integer, sa.ForeignKey('a.id')))
        sa.Table('a', meta, sa.Column('id', sa.Integer, primary_key=True))
        meta.create_all(op.get_bind())
        ",
        "
        create sa.dialects.postgresql.ENUM('x', name='mood') (checkfirst=True)
        drop sa.dialects.postgresql.ENUM('x', name='mood') ()
        create sa.Table('a', sa.MetaData(), sa.Column('id', sa.Integer, primary_key=True)) \
(checkfirst=True)
        create sa.Table('b', sa.MetaData(), sa.Column('a_id', sa.Integer, sa.ForeignKey('a.id'))) \
(checkfirst=True)
        ",
    );
    check(
        "sa.Enum('x', name='e').create(checkfirst=True)",
        "5: calls `create()` of `sqlalchemy.Enum()` without a connection",
    );
}

#[test]
fn mapped_classes_are_tables() {
    check(
        "
        from sqlalchemy.orm import declarative_base
        Base = declarative_base()

        class User(Base):
            __tablename__ = 'users'
            id = sa.Column(sa.Integer, primary_key=True)
            mail = sa.Column('e_mail', sa.String)
        ---
        op.execute(sa.update(User).where(User.mail == 'a').values(mail='b'))
        op.execute(User.__tablename__)
        ",
        "
        execute sa.update(sa.Table('users', sa.MetaData(), \
sa.Column('id', sa.Integer, primary_key=True), sa.Column('e_mail', sa.String))).where((\
sa.Table('users', sa.MetaData(), sa.Column('id', sa.Integer, primary_key=True), \
sa.Column('e_mail', sa.String)).c.e_mail == 'a')).values(mail='b')
        execute 'users'
        ",
    );
    check(
        "
        from sqlalchemy.orm import declarative_base, Session
        Base = declarative_base()
        class User(Base):
            __tablename__ = 'users'
        ---
        session = Session(bind=op.get_bind())
        session.query(User).all()
        ",
        "10: calls `query()` of the ORM session",
    );
}

#[test]
fn errors_of_the_database_are_never_gone_on_after() {
    // Within a transaction nothing more succeeds after an error: the handler does not matter.
    check(
        "
        try:
            op.drop_index('ix')
        except Exception:
            pass
        ",
        "drop_index('ix')",
    );
    check(
        "
        try:
            op.drop_index('ix')
        except Exception as error:
            print(error)
            raise RuntimeError('no') from error
        ",
        "drop_index('ix')",
    );
    let goes_on = "goes on after an error of the database, which `except` catches";
    check(
        "
        try:
            with op.get_bind().begin_nested():
                op.drop_index('ix')
        except Exception:
            pass
        ",
        &format!("5: {goes_on}"),
    );
    check(
        "
        with op.get_context().autocommit_block():
            try:
                op.drop_index('ix')
            except Exception:
                pass
        ",
        &format!("6: {goes_on}"),
    );
    check(
        "
        try:
            op.drop_index('ix')
        except Exception:
            op.get_bind().rollback()
        ",
        &format!("5: {goes_on}"),
    );
}

#[test]
fn what_differs_each_time_is_refused() {
    for (line, expected) in [
        (
            "op.execute(str(uuid.uuid4()))",
            "calls `uuid4()`, whose result differs each time",
        ),
        (
            "op.execute(str(datetime.datetime.now()))",
            "calls `now()`, whose result differs each time",
        ),
        (
            "op.execute(os.environ['X'])",
            "uses `os.environ`, which reads the environment",
        ),
        (
            "op.execute(os.getenv('X'))",
            "uses `os.getenv`, which reads the environment",
        ),
        (
            "op.execute(str(random.random()))",
            "calls `random()`, whose result differs each time",
        ),
        (
            "op.execute(pathlib.Path('x').read_text())",
            "calls `Path()`, which works on files",
        ),
        (
            "importlib.import_module('x')",
            "calls `import_module()`, which runs a module",
        ),
        (
            "op.get_bind().commit()",
            "calls `commit()` of the connection",
        ),
        ("sa.create_engine('x')", "connects to a database by itself"),
        (
            "op.invoke(x)",
            "raises `NameError`: name 'x' is not defined",
        ),
        (
            "op.create_entity(1)",
            "calls `op.create_entity()`, which is not known",
        ),
        (
            "op.execute(re.sub('a', 'b', 'c'))",
            "uses a regular expression",
        ),
    ] {
        let script =
            format!("import datetime, importlib, os, pathlib, random, re, uuid\n---\n{line}");
        check(&script, &format!("6: {expected}"));
    }
}

#[test]
fn what_is_only_printed_or_logged_does_not_matter() {
    check(
        "
        import logging, uuid
        from datetime import datetime
        logger = logging.getLogger(__name__)
        log = logging.getLogger('alembic').getChild('x')
        ---
        logger.info('at %s', datetime.now())
        print(f'{op.get_bind().engine.url}', sa.Integer)
        log.warning('x')
        logging.error('y')
        op.execute('a')
        ",
        "execute 'a'",
    );
}

#[test]
fn standard_functions_on_known_values() {
    check(
        r#"
        import itertools, json, textwrap
        from functools import partial
        ---
        op.execute(textwrap.dedent('''
            a
              b
        ''').strip())
        op.execute(json.dumps({'b': [1, 2.5, None, True], 'a': 'é"'}))
        op.execute(json.dumps({'b': 1, 'a': 2}, sort_keys=True))
        op.execute(str(json.loads('{"a": [1, "\\u00e9", null]}')['a']))
        op.execute(''.join(itertools.chain('a', ['b'])))
        drop = partial(op.drop_column, 'users')
        drop('name')
        "#,
        r#"
        execute 'a\n  b'
        execute '{"b": [1, 2.5, null, true], "a": "\u00e9\""}'
        execute '{"a": 2, "b": 1}'
        execute '[1, 'é', None]'
        execute 'ab'
        drop_column('users', 'name')
        "#,
    );
}
