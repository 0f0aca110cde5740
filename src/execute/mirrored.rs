//! The steps that another tool is to know of, because its table is kept in step.
//!
//! A row comes after the body of its revision and goes before it, so that a migration can be the one
//! that makes the table, and its way back the one that drops it.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::Catalog;
use crate::database::Database;
use crate::database::session::SessionError;
use crate::execute;
use crate::execute::failure::RunError;
use crate::execute::live::Live;
use crate::execute::message::{Message, Part};
use crate::execute::prepare::Prepared;
use crate::execute::stamp;
use crate::id::RevisionId;
use crate::plan::{Direction, Plan};
use crate::script::{Body, Statement};
use crate::source::Repeatable;
use crate::sql::objects::{Kind, Touched};
use crate::tracking::{self, Change, Mirror, Occasion, Way};

/// Returns what each step of a plan has to tell another tool.
fn of_plan(catalog: &Catalog, plan: &Plan) -> Vec<Option<Change>> {
    let changes = plan.steps.iter().map(|step| {
        let way = match step.direction {
            Direction::Downgrade => Way::Down,
            Direction::Upgrade | Direction::Stamp => Way::Up,
        };
        change(catalog, &step.revision, way)
    });
    changes.collect()
}

/// Looks at the tables that the steps concern, and decides what is written to them.
pub(super) fn look(
    database: &mut Database,
    catalog: &Catalog,
    plan: &Plan,
    prepared: &[Prepared],
) -> Result<Mirror, RunError> {
    let changes = of_plan(catalog, plan);
    if changes.iter().all(Option::is_none) {
        return Ok(Mirror::default());
    }
    let applied = stamp::closure(catalog, &plan.from);
    let applied = applied.iter().filter_map(|id| change(catalog, id, Way::Up));
    let applied: Vec<Change> = applied.collect();
    let maker = |name: &str| prepared.iter().find_map(|it| maker(&it.body, name));
    let occasion = Occasion::Run {
        applied: &applied,
        maker: &maker,
    };
    Ok(tracking::look(database.session(), &changes, occasion)?)
}

/// Tells other tools of what is applied already, in a transaction of its own.
pub(super) fn send(database: &mut Database, mirror: Mirror) -> Result<(), RunError> {
    let mut statements = vec!["BEGIN".to_owned()];
    statements.extend(mirror.tables);
    statements.extend(mirror.rows.into_iter().flatten());
    statements.push("COMMIT".to_owned());
    execute::send(database, &statements.join(";\n"))
}

/// Returns the tables of other tools that are kept in step and that are there, with their schemas.
pub(super) fn tables(
    database: &mut Database,
    catalog: &Catalog,
) -> Result<Vec<String>, SessionError> {
    let revisions = catalog.graph().revisions();
    let names = revisions.filter_map(|node| Some(catalog.mirrored(node.id())?.table));
    let names: BTreeSet<String> = names.collect();
    let mut tables = Vec::new();
    for name in names {
        let table = tracking::find(database.session(), &name)?;
        tables.extend(table.map(|table| table.name));
    }
    Ok(tables)
}

/// Finds the statement of a body that makes a table of that name.
fn maker(body: &Body, name: &str) -> Option<String> {
    let Body::Sql(segments) = body else {
        return None;
    };
    let mut statements = segments.iter().flat_map(|segment| &segment.statements);
    let is_it = |statement: &&Statement| {
        let mut touched = Touched::default();
        touched.add(statement);
        touched
            .made
            .iter()
            .any(|made| made.object.kind == Kind::Relation("table") && made.object.name == name)
    };
    Some(statements.find(is_it)?.text.clone())
}

/// Decides what is written where there is no database.
pub(super) fn offline(catalog: &Catalog, plan: &Plan) -> Result<Mirror, RunError> {
    let occasion = Occasion::Run {
        applied: &[],
        maker: &|_| None,
    };
    Ok(tracking::offline(&of_plan(catalog, plan), occasion)?)
}

/// Decides what other tools are told of files that run again, by the names of the files.
pub(super) fn of_files(
    database: &mut Database,
    files: &[&Repeatable],
) -> Result<BTreeMap<String, Vec<String>>, RunError> {
    let changes = files.iter().map(|file| {
        Some(Change {
            revision: RevisionId::from_database(file.name()),
            legacy: file.mirrored()?,
            way: Way::Up,
        })
    });
    let changes: Vec<_> = changes.collect();
    let mirror = tracking::look(database.session(), &changes, Occasion::Again)?;
    let names = files.iter().map(|file| file.name().to_owned());
    // A table that is missing is made by the first of them that runs.
    let rows = mirror.rows.into_iter().map(|rows| match rows.is_empty() {
        true => rows,
        false => mirror.tables.iter().cloned().chain(rows).collect(),
    });
    Ok(names.zip(rows).collect())
}

/// Returns what is to be told of one revision; none where its tool is not kept in step.
pub(super) fn change(catalog: &Catalog, revision: &RevisionId, way: Way) -> Option<Change> {
    let legacy = catalog.mirrored(revision)?;
    let revision = revision.clone();
    Some(Change {
        revision,
        legacy,
        way,
    })
}

impl Live<'_> {
    /// Notes a step down for another tool, where it leads this way.
    pub(super) fn push_mirrored(
        &self,
        message: &mut Message,
        position: usize,
        direction: Direction,
    ) {
        if self.step(position).direction == direction {
            for sql in self.mirror.of(position) {
                message.push(position, Part::Mirror, sql);
            }
        }
    }
}
