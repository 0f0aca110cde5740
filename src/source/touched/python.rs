//! The objects of an Alembic revision, from the calls of `op` in it.

use alembic_compat::revision::{Argument, Call, calls};

use super::{TABLE, add};
use crate::sql::objects::{Kind, Touched};

/// What stands for the name that it is given.
const NAMES: [&str; 4] = ["f", "quoted_name", "table", "Table"];
/// What stands for the SQL that it is given.
const TEXTS: [&str; 2] = ["text", "DDL"];

/// Where a method has the name of what it touches: its place, its keyword, and what it is.
type Named = (usize, &'static str, Kind);

const INDEX: Kind = Kind::Relation("index");

pub(super) fn touched(source: &str) -> Touched {
    let mut touched = Touched::default();
    for call in calls(source) {
        let names: &[Named] = match call.method.as_str() {
            "create_table"
            | "drop_table"
            | "create_table_comment"
            | "drop_table_comment"
            | "add_column"
            | "drop_column"
            | "alter_column"
            | "batch_alter_table" => &[(0, "table_name", TABLE)],
            "bulk_insert" => &[(0, "table", TABLE)],
            "rename_table" => &[(0, "old_table_name", TABLE), (1, "new_table_name", TABLE)],
            "create_index" => &[(0, "index_name", INDEX), (1, "table_name", TABLE)],
            "drop_index" => match call.argument(1, "table_name") {
                Some(Argument::None) | None => &[(0, "index_name", INDEX)],
                Some(_) => &[(0, "index_name", INDEX), (1, "table_name", TABLE)],
            },
            "create_primary_key"
            | "create_unique_constraint"
            | "create_check_constraint"
            | "create_exclude_constraint"
            | "drop_constraint" => &[(1, "table_name", TABLE)],
            "create_foreign_key" => &[(1, "source_table", TABLE)],
            "execute" => {
                // On a connection it has another name.
                let sql = call.argument(0, "sqltext");
                let sql = sql.or_else(|| call.argument(0, "statement"));
                match sql.and_then(|sql| sql.text(&TEXTS)) {
                    Some((text, line)) => touched.add_text(text, line),
                    None => touched.unread.push(call.line),
                }
                continue;
            }
            // What is done with these can be anything.
            "run_async" | "invoke" | "get_bind" => {
                touched.unread.push(call.line);
                continue;
            }
            _ => continue,
        };
        for name in names {
            named(&call, *name, &mut touched);
        }
    }
    touched
}

fn named(call: &Call, (place, keyword, kind): Named, touched: &mut Touched) {
    // A foreign key has a schema at both of its ends.
    let schema = match call.method.as_str() {
        "create_foreign_key" => "source_schema",
        _ => "schema",
    };
    let name = call.argument(place, keyword).and_then(|it| it.text(&NAMES));
    let schema = match call.keywords.iter().find(|(name, _)| name == schema) {
        None | Some((_, Argument::None)) => Some(None),
        Some((_, schema)) => schema
            .text(&NAMES)
            .map(|(schema, _)| Some(schema.to_owned())),
    };
    match (name, schema) {
        (Some((name, _)), Some(schema)) => add(touched, kind, (schema, name.to_owned()), call.line),
        _ => touched.unread.push(call.line),
    }
}

#[cfg(test)]
mod tests {
    use super::super::told;
    use super::*;

    #[test]
    fn the_calls_of_op_name_what_they_touch() {
        let source = "from alembic import op\nimport sqlalchemy as sa\n\
                      users = sa.table('users', schema='x')\n\ndef upgrade():\n\
                      \x20   op.create_table('a', sa.ForeignKey('z.id'), schema='app')\n\
                      \x20   op.add_column('b', sa.Column('c'))\n\
                      \x20   op.rename_table('c', 'd')\n\
                      \x20   op.create_index(op.f('ix'), 'e', ['x'])\n\
                      \x20   op.drop_index('ix', table_name='f')\n    op.drop_index('iy')\n\
                      \x20   op.create_foreign_key(None, 'g', 'h', ['a'], ['b'], source_schema='s')\n\
                      \x20   op.execute(sa.text('UPDATE i SET a = 1'))\n\
                      \x20   op.execute('''\n      ALTER TYPE mood ADD VALUE 'x';\n      DROP VIEW v''')\n\
                      \x20   op.bulk_insert(users, [])\n\
                      \x20   c = op.get_bind()\n    c.execute(sa.text('DROP TYPE t'))\n\
                      \x20   op.execute(users.update())\n    op.drop_table(NAME)\n\
                      def downgrade():\n    op.drop_table('z')\n";
        assert_eq!(
            told(&touched(source)),
            [
                "6 table `app.a`",
                "7 table `b`",
                "8 table `c`",
                "8 table `d`",
                "9 index `ix`",
                "9 table `e`",
                "10 index `ix`",
                "10 table `f`",
                "11 index `iy`",
                "12 table `s.g`",
                "13 table `i`",
                "15 type `mood`",
                "16 view `v`",
                "17 table `users`",
                "19 type `t`",
                "18 ?",
                "20 ?",
                "21 ?",
            ]
        );
    }
}
