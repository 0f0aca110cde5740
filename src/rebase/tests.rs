//! What may go where, on graphs of files.

use super::*;
use crate::source::{Folders, Location};

/// A folder of SQL revisions drawn as `c <- a, b ~ x`, and what they make.
struct Files {
    folder: tempfile::TempDir,
    catalog: Catalog,
}

impl Files {
    fn new(picture: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for line in picture
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
        {
            let (line, depends_on) = line.split_once(" ~ ").unwrap_or((line, ""));
            let (id, parents) = line.split_once(" <- ").unwrap_or((line, ""));
            let text = format!(
                "-- revision: {id}\n-- down_revision: {parents}\n-- depends_on: {depends_on}\n\n\
                 -- limbeck: upgrade\n"
            );
            std::fs::write(folder.path().join(format!("{id}.sql")), text).unwrap();
        }
        let folders = Folders::new(vec![Location::new(folder.path())], &[]);
        let catalog = Catalog::load(&[&folders]).unwrap();
        assert!(catalog.faults().is_empty());
        Self { folder, catalog }
    }

    fn node(&self, id: &str) -> &Node {
        self.catalog.node(id).unwrap()
    }

    fn decide(
        &self,
        id: &str,
        onto: &str,
        replaced: &[&str],
    ) -> Result<Option<Rebase>, RebaseError> {
        let replaced: Vec<_> = replaced.iter().map(|id| self.node(id)).collect();
        let onto = (onto != "base").then(|| self.node(onto));
        decide(&self.catalog, self.node(id), onto, &replaced)
    }

    /// The parents afterwards, or why not.
    fn to(&self, id: &str, onto: &str, replaced: &[&str]) -> String {
        match self.decide(id, onto, replaced) {
            Ok(Some(rebase)) => {
                let node = rebase.after.node(id).unwrap();
                assert_eq!(node.down_revisions(), rebase.to);
                let parents = rebase.to.iter().map(ToString::to_string);
                format!("<- {}", parents.collect::<Vec<_>>().join(", "))
            }
            Ok(None) => "nothing to do".to_owned(),
            Err(error) => error.to_string(),
        }
    }

    fn refused(&self, id: &str, heads: &[&str], half_done: &[&str]) -> String {
        let ids = |names: &[&str]| -> Vec<RevisionId> {
            names
                .iter()
                .map(|name| RevisionId::from_database(name))
                .collect()
        };
        let heads = ids(heads).into_iter().collect();
        let id = RevisionId::from_database(id);
        match refuse_applied(self.catalog.graph(), &id, &heads, &ids(half_done)) {
            Ok(()) => "free".to_owned(),
            Err(error) => format!("{error} {:?}", error.candidates()),
        }
    }
}

const TWO_HEADS: &str = "
    a
    b1 <- a
    b2 <- b1
    c1 <- a
    c2 <- c1 ~ x
    x
";

#[test]
fn the_file_changes_when_it_is_written_and_not_before() {
    let files = Files::new(TWO_HEADS);
    let path = files.folder.path().join("b1.sql");
    let text = || std::fs::read_to_string(&path).unwrap();
    let before = text();
    let rebase = files.decide("b1", "c2", &[]).unwrap().unwrap();
    assert_eq!(text(), before);
    let heads: Vec<_> = rebase
        .after
        .graph()
        .real_heads()
        .iter()
        .map(|n| n.id().to_string())
        .collect();
    assert_eq!(heads, ["b2"]);
    rebase.write().unwrap();
    assert_eq!(
        text(),
        before.replace("down_revision: a", "down_revision: c2")
    );
    // What was decided on the old text is not written twice.
    assert_eq!(rebase.write().unwrap_err().code(), "file_changed");
}

#[test]
fn a_revision_goes_anywhere_but_above_itself() {
    let files = Files::new(TWO_HEADS);
    assert_eq!(files.to("b2", "c2", &[]), "<- c2");
    assert_eq!(files.to("b1", "base", &[]), "<- ");
    assert_eq!(files.to("a", "x", &[]), "<- x");
    assert_eq!(files.to("b1", "a", &[]), "nothing to do");
    assert_eq!(files.to("a", "base", &[]), "nothing to do");
    assert_eq!(
        files.to("b1", "b1", &[]),
        "revision `b1` cannot go onto itself"
    );
    assert_eq!(
        files.to("b1", "b2", &[]),
        "`b2` stands on top of `b1`, so `b1` cannot go onto it"
    );
    assert_eq!(
        files.to("x", "c2", &[]),
        "`c2` depends on `x`, so `x` cannot go onto it"
    );
    assert_eq!(files.to("b1", "c1", &["c1"]), "`c1` is no parent of `b1`");
}

#[test]
fn of_a_merge_it_must_be_clear_which_parent_goes() {
    let files = Files::new(
        "
        a
        b1 <- a
        b2 <- b1
        c1 <- a
        m <- b1, c1
        n <- b2, c1
        ",
    );
    // Only one of its parents is below.
    assert_eq!(files.to("m", "b2", &[]), "<- b2, c1");
    let unclear = "`m` is a merge, and it is not clear which parent";
    assert_eq!(
        files.to("m", "n", &[]),
        format!("{unclear} `n` is to replace")
    );
    assert_eq!(
        files.to("m", "a", &[]),
        format!("{unclear} `a` is to replace")
    );
    assert_eq!(
        files.to("m", "b1", &[]),
        format!("{unclear} `b1` is to replace")
    );
    assert_eq!(
        files.to("m", "base", &[]),
        format!("{unclear} `base` is to replace")
    );
    assert_eq!(files.to("m", "n", &["b1", "c1"]), "<- n");
    assert_eq!(files.to("m", "b1", &["c1"]), "<- b1");
    assert_eq!(files.to("m", "base", &["c1"]), "<- b1");
    assert_eq!(files.to("m", "base", &["b1", "c1"]), "<- ");
    assert_eq!(
        files.to("m", "n", &["b1"]),
        "`c1` is below `n`, so `m` would have nothing to join"
    );
    assert_eq!(
        files.to("m", "a", &["b1"]),
        "`a` is below `c1`, so `m` would have nothing to join"
    );
}

#[test]
fn what_a_database_has_stays_where_it_is() {
    let files = Files::new(TWO_HEADS);
    assert_eq!(files.refused("b1", &[], &[]), "free");
    assert_eq!(files.refused("b1", &["c2"], &[]), "free");
    assert_eq!(
        files.refused("b1", &["b2"], &[]),
        "revision `b1` is applied, as is 1 on top of it, so its parents stay as they are [\"b2\"]"
    );
    assert_eq!(
        files.refused("x", &["c2"], &[]),
        "revision `x` is applied, as is 1 on top of it, so its parents stay as they are [\"c2\"]"
    );
    assert_eq!(
        files.refused("b1", &["a"], &["b2"]),
        "revision `b2` is half-done in the database []"
    );
    assert_eq!(files.refused("c1", &["a"], &["b2"]), "free");
    assert_eq!(
        files.refused("b1", &["gone"], &[]),
        "the database stands at `gone`, which is in no revision file: what is below it is not \
         known []"
    );
}
