//! Names of all kinds, and conventions for those that are not given.

use std::collections::BTreeMap;

use super::python::{Python, text};
use super::random::Random;

const PLAIN: &[&str] = &[
    "a",
    "b",
    "c",
    "user_id",
    "created_at",
    "name",
    "x1",
    "_y",
    "z$",
];

const STRANGE: &[&str] = &[
    "User",
    "select",
    "order",
    "a b",
    "a\"b",
    "it's",
    "a%b",
    "1a",
    "$a",
    "é",
    "window",
    "off",
    "a-b",
    "CamelCase",
    "table",
    "group",
    "a%(b)s",
    "back\\slash",
    "user",
    "end",
];

/// The name of a table or a column.
pub fn name(random: &mut Random) -> String {
    let from = if random.percent(75) { PLAIN } else { STRANGE };
    (*random.pick(from)).to_owned()
}

/// Several different names.
pub fn names(random: &mut Random, count: usize) -> Vec<String> {
    let mut all: Vec<String> = PLAIN.iter().map(|it| (*it).to_owned()).collect();
    all.extend(random.some(STRANGE, 3).into_iter().map(str::to_owned));
    random.some(&all, count)
}

/// The name of a constraint or an index; it may be too long.
pub fn rule_name(random: &mut Random) -> String {
    match random.below(12) {
        0 => format!("{}_{}", name(random), "x".repeat(62)),
        1 => format!("ix_{}", name(random)),
        _ => name(random),
    }
}

/// Python's literal of a text.
pub fn literal(of: &str) -> String {
    format!(
        "'{}'",
        of.replace('\\', "\\\\")
            .replace('\'', "\\'")
            .replace('\n', "\\n")
    )
}

/// Python's literal of a name.
pub fn quoted(of: &str) -> Python {
    text(literal(of))
}

/// A name that may be settled, or left to the convention.
pub fn maybe_settled(random: &mut Random) -> Python {
    let name = literal(&rule_name(random));
    match random.below(6) {
        0 => text("None"),
        1 | 2 => text(format!("op.f({name})")),
        _ => text(name),
    }
}

/// A schema.
pub fn schema(random: &mut Random) -> Python {
    quoted(random.pick::<&str>(&["s", "public", "S", "a.b", "select", "my schema"]))
}

/// A text for people.
pub fn comment(random: &mut Random) -> Python {
    quoted(random.pick::<&str>(&[
        "plain",
        "it's",
        "50% of :x",
        "back\\slash",
        "two\nlines",
        "",
        "\"quoted\"",
        "ünï",
        "$$ dollar $$",
    ]))
}

/// A naming convention; most projects have none.
pub fn convention(random: &mut Random) -> BTreeMap<String, String> {
    let mut convention = BTreeMap::new();
    if random.percent(60) {
        return convention;
    }
    let rules: &[(&str, &[&str])] = &[
        (
            "ix",
            &[
                "ix_%(column_0_label)s",
                "%(table_name)s_%(column_0_N_name)s_idx",
                "ix_%(column_0N_label)s",
                "ix_%(table_name)s_%(column_0_key)s%%",
            ],
        ),
        (
            "uq",
            &[
                "uq_%(table_name)s_%(column_0_name)s",
                "uq_%(table_name)s_%(column_0_N_name)s",
                "%(column_0_N_label)s_%(column_1_name)s",
            ],
        ),
        (
            "ck",
            &[
                "ck_%(table_name)s_%(constraint_name)s",
                "ck_%(table_name)s_%(column_0_name)s",
            ],
        ),
        (
            "fk",
            &[
                "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
                "fk_%(column_0N_key)s_%(referred_table_name)s_%(table_name)s",
            ],
        ),
        (
            "pk",
            &[
                "pk_%(table_name)s",
                "%(column_0_name)s_pkey_of_%(table_name)s",
            ],
        ),
    ];
    for (kind, forms) in rules {
        if random.percent(80) {
            let rule = *random.pick(forms);
            convention.insert((*kind).to_owned(), rule.to_owned());
        }
    }
    convention
}
