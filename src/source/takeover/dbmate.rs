//! dbmate: `20250101000000_name.sql` with `-- migrate:up` and `-- migrate:down`.
//!
//! A section is sent whole, in a transaction unless it says `transaction:false`. A file may have
//! several pairs of sections; each is a transaction, in the order of the file on both ways.

use super::line::{Draft, Order, digits};
use super::recognise::Claim;
use super::sending::{Sending, segments};
use super::tree::Tree;
use super::{Bodies, Step, Takeover, TakeoverProblem, ToolFormat, split_fault};
use crate::declaration::Tool;
use crate::script::{Body, Segment};
use crate::source::error::SourceError;
use crate::source::sql::Fault;
use crate::sql::split::split_at;

const HINT: &str =
    "`-- migrate:up` stands above the statements, and `-- migrate:down` above those that lead back";

pub(super) struct Dbmate;

impl ToolFormat for Dbmate {
    fn claim(&self, tree: &Tree) -> Option<Claim> {
        let mut files = tree.top().filter(|(_, name)| stem(name).is_some());
        files
            .any(|(file, _)| file.plain().lines().any(|line| mark(line).is_some()))
            .then_some(Claim::Marked)
    }

    fn drafts(&self, _: &Takeover, tree: &Tree, errors: &mut Vec<SourceError>) -> Vec<Draft> {
        let files = tree.top().filter_map(|(file, name)| {
            let (version, title) = stem(name)?;
            Some(Draft {
                // Files are sorted by name, and only the number is known to the table.
                order: Some(Order::text(version)),
                number: version.to_owned(),
                title: title.to_owned(),
                version: version.to_owned(),
                name: name.to_owned(),
                ..Draft::of(file, errors)
            })
        });
        files.collect()
    }

    fn bodies(&self, step: &Step) -> Bodies {
        let part = &step.draft.up;
        let at = |Fault { line, problem }| SourceError::new(&part.path, line, problem);
        let [up, down] = match sections(part.plain()) {
            Ok(ways) => ways,
            Err(fault) => return Bodies::broken(at(fault)),
        };
        let body = |way: Option<Result<Vec<Segment>, Fault>>| match way {
            Some(segments) => segments.map(Body::Sql).map_err(at),
            None => Ok(Body::Absent),
        };
        Bodies {
            up: body(up),
            down: body(down),
        }
    }

    fn table(&self) -> &'static str {
        "schema_migrations"
    }
}

/// A name in its parts: `^(\d+).*\.sql$`.
fn stem(name: &str) -> Option<(&str, &str)> {
    let (version, title) = digits(name.strip_suffix(".sql")?)?;
    Some((version, title.trim_start_matches(['_', '-'])))
}

/// A line that begins a section: whether it leads up, and its options.
fn mark(line: &str) -> Option<(bool, &str)> {
    let words = line.strip_prefix("--")?.trim_start();
    let words = words.strip_prefix("migrate:")?;
    let up = words.strip_prefix("up").map(|options| (true, options));
    let found = up.or_else(|| Some((false, words.strip_prefix("down")?)));
    found.filter(|(_, options)| options.is_empty() || options.starts_with(char::is_whitespace))
}

/// The two ways, each with what is wrong in its sections.
type Ways = [Option<Result<Vec<Segment>, Fault>>; 2];

fn sections(text: &str) -> Result<Ways, Fault> {
    let parts = split_at(text, 1, |comment| mark(comment).is_some()).map_err(split_fault)?;
    let marks = |line, message: &str| Fault {
        line,
        problem: TakeoverProblem::Marks {
            message: message.to_owned(),
            hint: HINT,
        }
        .into(),
    };
    let mut ways: Ways = [None, None];
    let mut last = None;
    for part in parts {
        let Some(marker) = part.marker else {
            if let Some(statement) = part.statements.first() {
                let message = "a statement stands before `-- migrate:up`";
                return Err(marks(statement.line, message));
            }
            continue;
        };
        let (up, options) = mark(marker.text).unwrap_or((true, ""));
        if !up && last.replace(up) != Some(true) {
            let message = "a `-- migrate:down` does not follow a `-- migrate:up`";
            return Err(marks(marker.line, message));
        }
        last = Some(up);
        let outside = options.split_whitespace().any(|o| o == "transaction:false");
        let sending = match outside {
            true => Sending::Outside,
            false => Sending::Wrapped,
        };
        let way = ways[usize::from(!up)].get_or_insert_with(|| Ok(Vec::new()));
        match (segments(part.statements, sending, Tool::Dbmate), &mut *way) {
            (Ok(segments), Ok(all)) => all.extend(segments),
            (Err(fault), Ok(_)) => *way = Err(fault),
            (_, Err(_)) => {}
        }
    }
    if ways[0].is_none() {
        return Err(marks(0, "the file has no `-- migrate:up`"));
    }
    Ok(ways)
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::super::testing::folder;

    #[test]
    fn sections_are_read_with_their_options() {
        let folder = folder(&[
            (
                "m/20250101000000_create_users.sql",
                "-- migrate:up\nCREATE TABLE users ();\nSELECT 1;\n\n-- migrate:down\nDROP TABLE users;\n",
            ),
            (
                "m/20250102000000_index.sql",
                "-- about\n-- migrate:up transaction:false\nCREATE INDEX CONCURRENTLY i ON t (a);\n\
                 -- migrate:down\n",
            ),
            (
                "m/20250103000000_pairs.sql",
                "--migrate:up\nSELECT 1;\n-- migrate:down\nSELECT -1;\n\
                 -- migrate:up\nSELECT 2;\n-- migrate:down\nSELECT -2;\n",
            ),
            (
                "m/20250104000000_no_way_back.sql",
                "-- migrate:up\nSELECT 1;\n",
            ),
            ("m/schema.sql", "SELECT 'stray'"),
        ]);
        assert_snapshot!(folder.read(), @r"
         > 20250101000000 @m dbmate, create users: [2:CREATE TABLE users (); 3:SELECT 1] / [6:DROP TABLE users]
        20250101000000 > 20250102000000 dbmate, index: (3:CREATE INDEX CONCURRENTLY i ON t (a)) / nothing
        20250102000000 > 20250103000000 dbmate, pairs: [2:SELECT 1] [6:SELECT 2] / [4:SELECT -1] [8:SELECT -2]
        20250103000000 > 20250104000000 dbmate, no way back: [2:SELECT 1] / none
        ");
    }

    #[test]
    fn marks_in_a_wrong_order_are_refused() {
        let folder = folder(&[
            ("m/1_a.sql", "SELECT 1;\n-- migrate:up\n"),
            ("m/2_b.sql", "-- migrate:down\n-- migrate:up\n"),
            (
                "m/3_c.sql",
                "-- migrate:up\n-- migrate:down\n-- migrate:down\n",
            ),
            ("m/4_d.sql", "SELECT 1;\n"),
            ("m/5_e.sql", "-- migrate:up\nVACUUM;\n-- migrate:down\n"),
            (
                "m/6_f.sql",
                "-- migrate:up\nSELECT 1;\nROLLBACK;\n-- migrate:down\n",
            ),
            ("m/6_g.sql", "-- migrate:up\n-- migrate:down\n"),
        ]);
        assert_snapshot!(folder.read(), @r"
         > 1 @m dbmate, a: m/1_a.sql:1: a statement stands before `-- migrate:up`; `-- migrate:up` stands above the statements, and `-- migrate:down` above those that lead back
        1 > 2 dbmate, b: m/2_b.sql:1: a `-- migrate:down` does not follow a `-- migrate:up`; `-- migrate:up` stands above the statements, and `-- migrate:down` above those that lead back
        2 > 3 dbmate, c: m/3_c.sql:3: a `-- migrate:down` does not follow a `-- migrate:up`; `-- migrate:up` stands above the statements, and `-- migrate:down` above those that lead back
        3 > 4 dbmate, d: m/4_d.sql:1: a statement stands before `-- migrate:up`; `-- migrate:up` stands above the statements, and `-- migrate:down` above those that lead back
        4 > 5 dbmate, e: m/5_e.sql:2: VACUUM cannot run inside a transaction, in which dbmate runs it; write `transaction:false` behind `-- migrate:up` or `-- migrate:down`
        5 > 6 dbmate, f: m/6_f.sql:3: `ROLLBACK` inside a file cannot be followed; only a plain `BEGIN` and a plain `COMMIT` can be: they divide a file into transactions
        m/6_g.sql: the number 6 is already that of `6_f.sql`
          the order of two files with one number is not known: number one of them anew
        ");
    }
}
