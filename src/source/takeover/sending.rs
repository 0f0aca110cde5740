//! What became of a file's own `BEGIN` and `COMMIT` when its tool sent it, as segments.
//!
//! A tool sends a file whole or in pieces, within a transaction of its own or not. PostgreSQL runs
//! the statements of one message in one transaction unless they say otherwise; a message of one
//! statement is a transaction of its own, and nothing is around it. A `COMMIT` also ends what the
//! tool began. What comes out here is the same division: a file whose own `BEGIN … COMMIT` is around
//! everything is simply the transaction, and a bare `COMMIT` before a `CREATE INDEX CONCURRENTLY`
//! lets that run outside of one.

use super::TakeoverProblem;
use crate::declaration::Tool;
use crate::script::{Mode, Segment, Statement};
use crate::source::sql::Fault;
use crate::sql::classify::{
    Control, adds_enum_value, control, is_session_setting, may_commit, needs_no_transaction,
};

/// How a tool sends the statements of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sending {
    /// All in one message, in a transaction that the tool began.
    Wrapped,
    /// One by one, in a transaction that the tool began.
    WrappedEach,
    /// All in one message and no more.
    Whole,
    /// One by one where a statement cannot be in a transaction, and otherwise in one message.
    Divided,
    /// As [`Sending::Divided`] by a tool that was told to do without a transaction.
    Outside,
    /// One by one by a tool that was told to do without a transaction.
    Each,
}

/// Divides the statements of a file.
pub(super) fn segments(
    statements: Vec<Statement>,
    sending: Sending,
    tool: Tool,
) -> Result<Vec<Segment>, Fault> {
    let several = statements.len() > 1;
    let by_itself = |Statement { text, .. }: &Statement| {
        needs_no_transaction(text).is_some()
            || may_commit(text)
            || (several && adds_enum_value(text))
    };
    let needs_it = statements.iter().any(by_itself);
    let (begun, each) = match sending {
        Sending::Wrapped => (true, false),
        Sending::WrappedEach => (true, true),
        // One statement alone is a transaction of its own, which may as well be ours.
        Sending::Whole | Sending::Divided if !several => (!needs_it, true),
        Sending::Whole => (false, false),
        Sending::Divided | Sending::Outside => (false, needs_it),
        Sending::Each => (false, true),
    };
    let messages = if each {
        statements.into_iter().map(|one| vec![one]).collect()
    } else {
        vec![statements]
    };
    of_messages(messages, begun, tool)
}

/// Divides what a tool sends in several messages, after it began a transaction or not.
pub(super) fn of_messages(
    messages: Vec<Vec<Statement>>,
    begun: bool,
    tool: Tool,
) -> Result<Vec<Segment>, Fault> {
    let mut divider = Divider {
        tool,
        segments: Vec::new(),
        settings: Vec::new(),
        open: begun.then(Vec::new),
    };
    for message in messages {
        divider.message(message)?;
    }
    divider.close();
    Ok(divider.segments)
}

struct Divider {
    tool: Tool,
    segments: Vec<Segment>,
    /// What was set for the session so far: every segment has a session of its own.
    settings: Vec<Statement>,
    /// The transaction under way.
    open: Option<Vec<Statement>>,
}

impl Divider {
    fn message(&mut self, message: Vec<Statement>) -> Result<(), Fault> {
        let several = message.len() > 1;
        // Several statements make a transaction, which ends with their message.
        let mut implicit = several && self.open.is_none();
        if implicit {
            self.open = Some(Vec::new());
        }
        for statement in message {
            match control(&statement.text) {
                Some(Control::Begin) => {
                    self.open.get_or_insert_default();
                    implicit = false;
                }
                Some(Control::Commit) => {
                    self.close();
                    if several {
                        self.open = Some(Vec::new());
                        implicit = true;
                    }
                }
                Some(Control::Other) => {
                    return Err(fault(&statement, |text| TakeoverProblem::Control {
                        statement: text.chars().take(40).collect(),
                    }));
                }
                None => self.statement(statement)?,
            }
        }
        if implicit {
            self.close();
        }
        Ok(())
    }

    fn statement(&mut self, statement: Statement) -> Result<(), Fault> {
        if let Some(open) = &mut self.open {
            if let Some(what) = needs_no_transaction(&statement.text) {
                let tool = self.tool;
                return Err(fault(&statement, |_| TakeoverProblem::NeedsNoTransaction {
                    what,
                    tool,
                }));
            }
            open.push(statement);
            return Ok(());
        }
        let sets = is_session_setting(&statement.text).then(|| statement.clone());
        match self.outside() {
            Some(last) => last.push(statement),
            None => self.push(Mode::NoTransaction, vec![statement]),
        }
        self.settings.extend(sets);
        Ok(())
    }

    /// Ends the transaction under way.
    fn close(&mut self) {
        let statements = self.open.take().unwrap_or_default();
        let sets = |statement: &&Statement| is_session_setting(&statement.text);
        let settings: Vec<Statement> = statements.iter().filter(sets).cloned().collect();
        if settings.len() < statements.len() {
            self.push(Mode::Transaction, statements);
        } else if let Some(last) = self.outside() {
            last.extend(statements);
        }
        self.settings.extend(settings);
    }

    /// The statements outside of transactions that go on.
    fn outside(&mut self) -> Option<&mut Vec<Statement>> {
        let last = self.segments.last_mut()?;
        (last.mode == Mode::NoTransaction).then_some(&mut last.statements)
    }

    fn push(&mut self, mode: Mode, statements: Vec<Statement>) {
        let before = self.settings.iter().cloned();
        let statements = before.chain(statements).collect();
        self.segments.push(Segment { mode, statements });
    }
}

fn fault(statement: &Statement, problem: impl FnOnce(&str) -> TakeoverProblem) -> Fault {
    Fault {
        line: statement.line,
        problem: problem(&statement.text).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::split::split;

    /// Draws segments: `[a; b]` is a transaction, `(a; b)` is outside of one.
    fn drawn(segments: &[Segment]) -> String {
        let drawn = segments.iter().map(|segment| {
            let texts: Vec<_> = segment.statements.iter().map(|s| s.text.as_str()).collect();
            match segment.mode {
                Mode::Transaction => format!("[{}]", texts.join("; ")),
                Mode::NoTransaction => format!("({})", texts.join("; ")),
            }
        });
        drawn.collect::<Vec<_>>().join(" ")
    }

    fn sent(sql: &str, sending: Sending) -> String {
        match segments(split(sql, 1).unwrap(), sending, Tool::GolangMigrate) {
            Ok(segments) => drawn(&segments),
            Err(Fault { line, problem }) => format!("{line}: {problem}"),
        }
    }

    const INDEX: &str = "CREATE INDEX CONCURRENTLY i ON t (a)";

    #[test]
    fn a_file_that_begins_and_commits_itself_is_simply_the_transaction() {
        for sending in [
            Sending::Wrapped,
            Sending::WrappedEach,
            Sending::Whole,
            Sending::Divided,
            Sending::Outside,
            Sending::Each,
        ] {
            assert_eq!(
                sent("BEGIN; SELECT 1; SELECT 2; COMMIT;", sending),
                "[SELECT 1; SELECT 2]",
                "{sending:?}"
            );
        }
        assert_eq!(sent("", Sending::Whole), "");
        assert_eq!(sent("BEGIN; COMMIT", Sending::Wrapped), "");
    }

    #[test]
    fn two_transactions_in_one_file_stay_two() {
        let sql = "BEGIN; SELECT 1; COMMIT; BEGIN; SELECT 2; COMMIT";
        assert_eq!(sent(sql, Sending::Whole), "[SELECT 1] [SELECT 2]");
        assert_eq!(sent(sql, Sending::Wrapped), "[SELECT 1] [SELECT 2]");
        let sql = "SELECT 1; COMMIT; SELECT 2; SELECT 3";
        assert_eq!(
            sent(sql, Sending::Wrapped),
            "[SELECT 1] [SELECT 2; SELECT 3]"
        );
        assert_eq!(
            sent(sql, Sending::WrappedEach),
            "[SELECT 1] (SELECT 2; SELECT 3)"
        );
    }

    #[test]
    fn a_lone_index_needs_no_transaction_and_no_marker_in_a_file_sent_as_it_is() {
        assert_eq!(sent(INDEX, Sending::Whole), format!("({INDEX})"));
        assert_eq!(sent("CALL p()", Sending::Whole), "(CALL p())");
        assert_eq!(sent("SELECT 1", Sending::Whole), "[SELECT 1]");
        assert_eq!(
            sent(&format!("SELECT 1;\n{INDEX}"), Sending::Whole),
            "2: CREATE INDEX CONCURRENTLY cannot run inside a transaction, in which golang-migrate \
             runs it"
        );
        assert!(sent(INDEX, Sending::Wrapped).starts_with("1: CREATE"));
    }

    #[test]
    fn statements_are_outside_only_where_one_of_them_has_to_be() {
        let sql = format!("SELECT 1; {INDEX}");
        for sending in [Sending::Divided, Sending::Outside] {
            assert_eq!(sent(&sql, sending), format!("(SELECT 1; {INDEX})"));
            assert_eq!(sent("SELECT 1; SELECT 2", sending), "[SELECT 1; SELECT 2]");
        }
        // Whoever says so knows more of this statement than can be read off it.
        assert_eq!(sent("SELECT 1", Sending::Outside), "(SELECT 1)");
        assert_eq!(sent("SELECT 1", Sending::Each), "(SELECT 1)");
        assert_eq!(sent("SELECT 1", Sending::Divided), "[SELECT 1]");
        assert_eq!(
            sent("SELECT 1; SELECT 2", Sending::Each),
            "(SELECT 1; SELECT 2)"
        );
        assert_eq!(
            sent(
                "ALTER TYPE e ADD VALUE 'x'; SELECT 'x'::e",
                Sending::Outside
            ),
            "(ALTER TYPE e ADD VALUE 'x'; SELECT 'x'::e)"
        );
        let sql = format!("BEGIN; SELECT 1; COMMIT; {INDEX}");
        assert_eq!(
            sent(&sql, Sending::Outside),
            format!("[SELECT 1] ({INDEX})")
        );
    }

    #[test]
    fn a_bare_commit_lets_what_follows_run_outside() {
        let pieces = ["SELECT 1", "COMMIT", INDEX];
        let messages = pieces.map(|sql| split(sql, 1).unwrap());
        let segments = of_messages(messages.to_vec(), true, Tool::Drizzle);
        assert_eq!(
            drawn(&segments.ok().unwrap()),
            format!("[SELECT 1] ({INDEX})")
        );
    }

    #[test]
    fn what_was_set_for_the_session_is_set_again_for_each_segment() {
        let pieces = [
            "SET search_path = s; SELECT 1",
            "COMMIT",
            "SET lock_timeout = 0",
            INDEX,
            "BEGIN",
            "SET LOCAL x.y = 1",
            "SELECT 2",
        ];
        let messages = pieces.map(|sql| split(sql, 1).unwrap());
        let segments = of_messages(messages.to_vec(), true, Tool::Drizzle);
        assert_eq!(
            drawn(&segments.ok().unwrap()),
            format!(
                "[SET search_path = s; SELECT 1] (SET search_path = s; SET lock_timeout = 0; \
                 {INDEX}) [SET search_path = s; SET lock_timeout = 0; SET LOCAL x.y = 1; SELECT 2]"
            )
        );
        let sql = "SET a.b = 1; COMMIT; SELECT 1; SELECT 2";
        assert_eq!(
            sent(sql, Sending::Wrapped),
            "[SET a.b = 1; SELECT 1; SELECT 2]"
        );
    }

    #[test]
    fn what_cannot_be_followed_is_refused() {
        for sql in [
            "SELECT 1;\nROLLBACK",
            "SELECT 1;\nBEGIN READ ONLY; SELECT 2",
        ] {
            let refused = sent(sql, Sending::Whole);
            assert!(
                refused.ends_with("inside a file cannot be followed"),
                "{refused}"
            );
            assert!(refused.starts_with("2: "), "{refused}");
        }
    }
}
