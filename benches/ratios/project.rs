//! Projects of many SQL revisions, the same in every run, and the same SQL for the peer.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use tempfile::TempDir;

/// The percentage of a random graph's revisions that begin a branch, and of those that merge two.
const BRANCHES: u64 = 15;
const MERGES: u64 = 15;

/// Revisions and their parents, parents first.
pub struct Tree(Vec<Revision>);

struct Revision {
    id: String,
    parents: Vec<usize>,
}

impl Tree {
    /// A straight line.
    pub fn line(count: usize) -> Self {
        let mut random = Random(1);
        let revision = |index: usize| Revision {
            id: random.id(),
            parents: index.checked_sub(1).into_iter().collect(),
        };
        Self((0..count).map(revision).collect())
    }

    /// A graph that branches and merges.
    pub fn random(count: usize) -> Self {
        let mut random = Random(2);
        let mut revisions: Vec<Revision> = Vec::with_capacity(count);
        let mut heads: Vec<usize> = Vec::new();
        for index in 0..count {
            let chance = random.below(100);
            let parents = if index == 0 {
                Vec::new()
            } else if chance < BRANCHES {
                vec![random.below(index as u64) as usize]
            } else if chance < BRANCHES + MERGES && heads.len() > 1 {
                let mut head = || heads[random.below(heads.len() as u64) as usize];
                let (one, mut other) = (head(), head());
                while other == one {
                    other = head();
                }
                vec![one, other]
            } else {
                vec![heads[random.below(heads.len() as u64) as usize]]
            };
            heads.retain(|head| !parents.contains(head));
            heads.push(index);
            let id = random.id();
            revisions.push(Revision { id, parents });
        }
        Self(revisions)
    }

    /// The SQL of all revisions as psql is given it: each in a transaction that moves the head.
    pub fn peer(&self) -> String {
        let mut text = String::from(
            "CREATE TABLE alembic_version (version_num varchar(32) NOT NULL, \
             CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num));\n",
        );
        for (index, Revision { id, parents }) in self.0.iter().enumerate() {
            let edit = match parents[..] {
                [] => format!("INSERT INTO alembic_version (version_num) VALUES ('{id}')"),
                [parent, ..] => format!(
                    "UPDATE alembic_version SET version_num = '{id}' WHERE version_num = '{}'",
                    self.0[parent].id
                ),
            };
            write!(text, "BEGIN;\n{}{edit};\nCOMMIT;\n", up(index)).unwrap();
        }
        text
    }
}

/// What a revision does.
fn up(index: usize) -> String {
    format!(
        "CREATE TABLE item_{index} (\n    id bigint PRIMARY KEY,\n    name text NOT NULL,\n    \
         created_at timestamptz NOT NULL DEFAULT now()\n);\n\
         CREATE INDEX item_{index}_name_idx ON item_{index} (name);\n"
    )
}

/// A folder with revisions, removed in the end.
pub struct Project(TempDir);

impl Project {
    /// Writes a tree down, on the disk that the build is on.
    pub fn of(tree: &Tree) -> Self {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let project = Self(folder);
        project.write("limbeck.toml", "version_locations = [\"versions\"]\n");
        fs::create_dir(project.path().join("versions")).unwrap();
        for (index, Revision { id, parents }) in tree.0.iter().enumerate() {
            let parents: Vec<_> = parents.iter().map(|&p| tree.0[p].id.as_str()).collect();
            let text = format!(
                "-- revision: {id}\n-- down_revision: {}\n-- created: 2026-01-02T03:04:05Z\n\
                 -- message: add item {index}\n\n-- limbeck: upgrade\n{}\n\
                 -- limbeck: downgrade\nDROP TABLE item_{index};\n",
                parents.join(", "),
                up(index)
            );
            project.write(&format!("versions/{id}_add_item_{index}.sql"), &text);
        }
        project
    }

    /// Writes a file.
    pub fn write(&self, path: &str, text: &str) {
        fs::write(self.path().join(path), text).unwrap();
    }

    /// Returns the folder.
    pub fn path(&self) -> &Path {
        self.0.path()
    }
}

/// SplitMix64: the same numbers in every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    fn id(&mut self) -> String {
        format!("{:012x}", self.next() >> 16)
    }
}

/// Returns SQL for tables as an application has them: ten columns, keys, checks, indexes, comments.
pub fn tables(count: usize) -> String {
    let mut sql = String::new();
    for i in 0..count {
        let parent = match i {
            0 => String::new(),
            _ => format!(" REFERENCES t{}", i - 1),
        };
        let _ = writeln!(
            sql,
            "CREATE TABLE t{i} (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a text NOT NULL, \
             b integer DEFAULT {i}, c timestamptz DEFAULT now() NOT NULL, d numeric(10, 2) CHECK (d > \
             0), e jsonb, f boolean DEFAULT false NOT NULL, g date, h uuid UNIQUE, parent_id \
             bigint{parent}); CREATE INDEX ON t{i} (b); CREATE INDEX ON t{i} (lower(a)) WHERE f; \
             COMMENT ON TABLE t{i} IS 'table {i}'; COMMENT ON COLUMN t{i}.a IS 'a'; COMMIT;"
        );
    }
    sql
}
