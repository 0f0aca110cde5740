//! What a run writes into the tables of other tools, decided before anything runs.

use std::collections::HashSet;

use super::keep::{Keeper, Runner, check};
use super::make::{Place, make, makes_schema, schema_query};
use super::{Row, Table, TrackingError, find, rows};
use crate::database::session::Session;
use crate::declaration::Tool;
use crate::id::RevisionId;
use crate::source::Legacy;

/// Why rows come or go.
#[derive(Clone, Copy)]
pub enum Occasion<'a> {
    /// Revisions run. The tables must be in step: what is applied has its row, what is to be applied
    /// has none.
    Run {
        /// What is applied already.
        applied: &'a [Change],
        /// Finds what makes a table that is missing.
        maker: Maker<'a>,
    },
    /// Files run again that have no version: there is one more row where the file is another by now.
    Again,
    /// Revisions are noted down, whatever the tables have of them.
    Stamp,
}

/// Whether a row comes or goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// The revision becomes applied.
    Up,
    /// It becomes not applied.
    Down,
}

/// A revision whose tool is to know of what becomes of it.
#[derive(Clone, Debug)]
pub struct Change {
    /// The revision.
    pub revision: RevisionId,
    /// What its tool knows of it.
    pub legacy: Legacy,
    /// What becomes of it.
    pub way: Way,
}

/// The statements that keep the tables of other tools in step.
#[derive(Clone, Debug, Default)]
pub struct Mirror {
    /// What creates tables that are missing.
    pub tables: Vec<String>,
    /// For each change, in order, what notes it down; nothing where there is none.
    pub rows: Vec<Vec<String>>,
}

impl Mirror {
    /// Returns what notes down the change at this place.
    pub fn of(&self, position: usize) -> impl Iterator<Item = &String> {
        self.rows.get(position).into_iter().flatten()
    }
}

/// Finds the statement, among those that are about to run, that makes a table of that name.
pub type Maker<'m> = &'m dyn Fn(&str) -> Option<String>;

/// Looks at the tables that the changes concern, and decides what is written to them. Asks nothing
/// where there is no change.
///
/// A table that a program of the project's own keeps may be made by the first migration itself: then
/// the server is asked what comes out of that statement, which it forgets again.
///
/// # Errors
/// Fails when a table is not as its tool makes it, may not be written, or is not in step.
pub fn look(
    session: &mut Session,
    changes: &[Option<Change>],
    occasion: Occasion<'_>,
) -> Result<Mirror, TrackingError> {
    let mut found = Vec::new();
    for group in groups(changes) {
        found.push(Folder::look(session, &group, occasion)?);
    }
    refuse_shared(&found)?;
    Ok(mirror(&found, changes, occasion))
}

/// Decides what is written where there is no database: tables are made where the first file of a
/// folder runs.
///
/// # Errors
/// Fails for a table of which only the database knows what it looks like.
pub fn offline(
    changes: &[Option<Change>],
    occasion: Occasion<'_>,
) -> Result<Mirror, TrackingError> {
    let mut found = Vec::new();
    for group in groups(changes) {
        found.push(Folder::imagine(&group)?);
    }
    refuse_shared(&found)?;
    Ok(mirror(&found, changes, occasion))
}

/// The changes of each folder, in order.
fn groups(changes: &[Option<Change>]) -> Vec<Vec<&Change>> {
    let mut groups: Vec<Vec<&Change>> = Vec::new();
    for change in changes.iter().flatten() {
        let is_its = |group: &&mut Vec<&Change>| group[0].legacy.label == change.legacy.label;
        match groups.iter_mut().find(is_its) {
            Some(group) => group.push(change),
            None => groups.push(vec![change]),
        }
    }
    groups
}

fn mirror(folders: &[Folder], changes: &[Option<Change>], occasion: Occasion<'_>) -> Mirror {
    let mut mirror = Mirror::default();
    for statement in folders.iter().flat_map(|folder| &folder.make) {
        if !mirror.tables.contains(statement) {
            mirror.tables.push(statement.clone());
        }
    }
    mirror.rows = changes
        .iter()
        .map(|change| {
            let Some(Change { legacy, way, .. }) = change else {
                return Vec::new();
            };
            let folder = folders.iter().find(|it| it.label == legacy.label);
            let folder = folder.expect("each folder was looked at");
            let Some(keeper) = &folder.keeper else {
                return Vec::new();
            };
            match way {
                Way::Up => keeper.applied(legacy, occasion),
                Way::Down => keeper.taken_back(legacy),
            }
        })
        .collect();
    mirror
}

/// Where one row, or the newest, speaks for a whole folder, there cannot be two of them.
fn refuse_shared(folders: &[Folder]) -> Result<(), TrackingError> {
    for (at, second) in folders.iter().enumerate() {
        let Some(keeper) = &second.keeper else {
            continue;
        };
        let speaks_for_all = matches!(keeper.tool, Tool::GolangMigrate | Tool::Drizzle);
        let is_shared = |first: &&Folder| {
            let first = first.keeper.as_ref();
            first.is_some_and(|first| {
                first.table == keeper.table && (speaks_for_all || first.tool != keeper.tool)
            })
        };
        if let Some(first) = folders[..at].iter().find(is_shared) {
            return Err(TrackingError::Shared {
                table: keeper.table.clone(),
                first: first.label.clone(),
                second: second.label.clone(),
            });
        }
    }
    Ok(())
}

/// A folder, and how its table is kept.
struct Folder {
    label: String,
    /// None where there is nothing to take a row from.
    keeper: Option<Keeper>,
    /// What makes the table.
    make: Vec<String>,
}

impl Folder {
    fn look(
        session: &mut Session,
        group: &[&Change],
        occasion: Occasion<'_>,
    ) -> Result<Self, TrackingError> {
        let legacy = &group[0].legacy;
        let Some(table) = find(session, &legacy.table)? else {
            if let Occasion::Run { applied, .. } = occasion {
                refuse_behind(&legacy.table, &[], of_folder(applied, legacy))?;
            }
            return Self::missing(session, group, occasion);
        };
        let rows = rows(session, &table, legacy.tool, &legacy.label)?;
        let folder = Self::kept(&table, &rows, group)?;
        if !table.is_writable {
            let table = table.name;
            return Err(TrackingError::Rights { table });
        }
        // A person who notes such a revision down says what became of it.
        let is_declared = |row: &Row| {
            let mut of_it = group.iter().filter(|change| row.is_of(&change.legacy));
            matches!(occasion, Occasion::Stamp) && of_it.next().is_some()
        };
        if let Some(row) = rows.iter().find(|row| row.is_dirty && !is_declared(row)) {
            return Err(TrackingError::Dirty {
                table: table.name,
                tool: legacy.tool,
                version: row.key.clone(),
            });
        }
        if let Occasion::Run { applied, .. } = occasion {
            refuse_behind(&table.name, &rows, of_folder(applied, legacy))?;
            refuse_ahead(&table, &rows, group)?;
        }
        Ok(folder)
    }

    /// Finds out how a table is kept.
    fn kept(table: &Table, rows: &[Row], group: &[&Change]) -> Result<Self, TrackingError> {
        let legacy = &group[0].legacy;
        let keeper = Keeper {
            table: table.name.clone(),
            tool: legacy.tool,
            runner: Runner::of(&table.columns, rows),
            is_named: table.columns.names("name"),
        };
        for change in group {
            check(table, &keeper, &change.legacy)?;
        }
        Ok(Self {
            label: legacy.label.clone(),
            keeper: Some(keeper),
            make: Vec::new(),
        })
    }

    /// One whose table is made by a statement that is about to run.
    fn foreseen(
        session: &mut Session,
        group: &[&Change],
        statement: &str,
    ) -> Result<Option<Self>, TrackingError> {
        let legacy = &group[0].legacy;
        let made = session.send(&format!("BEGIN;\n{statement}\n;"));
        let table = match made {
            Ok(()) => find(session, &legacy.table),
            // It fails when it runs, with its file and its line.
            Err(_) => Ok(None),
        };
        let rows = match &table {
            Ok(Some(table)) => rows(session, table, legacy.tool, &legacy.label),
            _ => Ok(Vec::new()),
        };
        session.roll_back();
        match table? {
            Some(table) => Ok(Some(Self::kept(&table, &rows?, group)?)),
            None => Ok(None),
        }
    }

    fn missing(
        session: &mut Session,
        group: &[&Change],
        occasion: Occasion<'_>,
    ) -> Result<Self, TrackingError> {
        let legacy = &group[0].legacy;
        let table = || legacy.table.clone();
        if group.iter().all(|change| change.way == Way::Down) {
            return Ok(Self {
                label: legacy.label.clone(),
                keeper: None,
                make: Vec::new(),
            });
        }
        let mut place = place(legacy)?;
        let sets = session.rows(&schema_query(&place))?;
        let schema = sets
            .first()
            .and_then(|set| set.rows.first()?.first()?.clone());
        let makes_it = place.schema.is_some() && makes_schema(legacy.tool);
        if schema.is_none() && !makes_it {
            return Err(TrackingError::NoSchema { table: table() });
        }
        let is_missing = schema.is_none();
        place.schema = schema.or(place.schema);
        let Some(make) = make_for(group, &place, is_missing) else {
            if let Occasion::Run { maker, .. } = occasion
                && let Some(statement) = maker(&place.name)
                && let Some(folder) = Self::foreseen(session, group, &statement)?
            {
                return Ok(folder);
            }
            return Err(TrackingError::Missing {
                table: table(),
                label: legacy.label.clone(),
            });
        };
        Ok(Self::new(legacy, &place, make))
    }

    fn imagine(group: &[&Change]) -> Result<Self, TrackingError> {
        let legacy = &group[0].legacy;
        let place = place(legacy)?;
        let make = make_for(group, &place, place.schema.is_some()).ok_or_else(|| {
            TrackingError::Offline {
                table: legacy.table.clone(),
                label: legacy.label.clone(),
            }
        })?;
        let is_first = |change: &&Change| change.way == Way::Up && change.legacy.before.is_none();
        let make = match group.iter().any(is_first) {
            true => make,
            false => Vec::new(),
        };
        Ok(Self::new(legacy, &place, make))
    }

    fn new(legacy: &Legacy, place: &Place, make: Vec<String>) -> Self {
        Self {
            label: legacy.label.clone(),
            keeper: Some(Keeper {
                table: place.to_sql(),
                tool: legacy.tool,
                runner: None,
                is_named: is_named(legacy),
            }),
            make,
        }
    }
}

fn place(legacy: &Legacy) -> Result<Place, TrackingError> {
    Place::parse(&legacy.table).ok_or_else(|| TrackingError::NoSchema {
        table: legacy.table.clone(),
    })
}

/// From 1.0 on Drizzle's table has the name of the folder, and a folder for each migration.
fn is_named(legacy: &Legacy) -> bool {
    legacy.tool == Tool::Drizzle && legacy.file.contains('/')
}

/// Returns what makes a folder's table, and its schema where that is missing and the tool's to make.
fn make_for(group: &[&Change], place: &Place, is_schema_missing: bool) -> Option<Vec<String>> {
    let legacy = &group[0].legacy;
    let is_long = |change: &&Change| change.legacy.version.parse::<i32>().is_err();
    let is_long = group.iter().any(is_long);
    let mut statements = make(legacy.tool, place, is_named(legacy), is_long)?;
    if is_schema_missing && makes_schema(legacy.tool) {
        statements.splice(0..0, place.make_schema());
    }
    Some(statements)
}

/// What is applied of the folder that this migration is of.
fn of_folder<'c>(applied: &'c [Change], legacy: &Legacy) -> impl Iterator<Item = &'c Change> {
    let label = legacy.label.clone();
    applied.iter().filter(move |it| it.legacy.label == label)
}

/// The tool may have gone back by itself, or it was never told.
fn refuse_behind<'c>(
    table: &str,
    rows: &[Row],
    mut applied: impl Iterator<Item = &'c Change>,
) -> Result<(), TrackingError> {
    let mark = rows.first().map_or(-1, |row| number(&row.key));
    let is_missing = |change: &&Change| {
        let legacy = &change.legacy;
        let is_of = |row: &Row| row.is_of(legacy);
        match legacy.tool {
            Tool::GolangMigrate => number(&legacy.version) > mark,
            // A journal may have been written anew.
            Tool::Drizzle => !rows
                .iter()
                .any(|row| is_of(row) || row.checksum == legacy.checksum),
            // What lies below its baseline has no rows.
            Tool::Flyway => false,
            _ => !rows.iter().any(is_of),
        }
    };
    match applied.find(is_missing) {
        Some(change) => Err(TrackingError::Behind {
            table: table.to_owned(),
            revision: change.revision.clone(),
        }),
        None => Ok(()),
    }
}

fn number(text: &str) -> i128 {
    text.parse().unwrap_or(-1)
}

/// The tool may have gone on by itself: what it has applied must not run again.
fn refuse_ahead(table: &Table, rows: &[Row], group: &[&Change]) -> Result<(), TrackingError> {
    let ahead = |change: &Change, version: &str| TrackingError::Ahead {
        table: table.name.clone(),
        tool: change.legacy.tool,
        revision: change.revision.clone(),
        version: version.to_owned(),
    };
    let mut mark = rows.first().map_or(-1, |row| number(&row.key));
    let mut gone: HashSet<&str> = HashSet::new();
    for change in group {
        let legacy = &change.legacy;
        if change.way == Way::Down {
            let before = legacy.before.as_deref().map_or(-1, number);
            mark = mark.min(before);
            gone.insert(&legacy.version);
        } else if legacy.tool == Tool::GolangMigrate {
            if mark >= number(&legacy.version) {
                return Err(ahead(change, &mark.to_string()));
            }
        } else if !gone.contains(legacy.version.as_str())
            && let Some(row) = rows.iter().find(|row| row.is_of(legacy))
        {
            return Err(ahead(change, &row.key));
        }
    }
    Ok(())
}
