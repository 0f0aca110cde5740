//! The text that goes over the wire: several revisions, each in its own transaction, in one message.
//!
//! The server runs a simple-query message statement by statement and skips the rest at the first
//! error, a failing COMMIT included. So what is committed stays, and the number of statements that
//! were completed says which one failed. A [`Message`] remembers for each statement whose it is.

use crate::database::session::ServerError;
use crate::script::Statement;

/// What a statement of a message is there for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Opens a transaction and sets the session straight.
    Open,
    /// A statement of the revision.
    Body(Statement),
    /// A query of the revision's `verify` section, `shift` characters into what is sent.
    Verify {
        /// The query as written.
        statement: Statement,
        /// How many characters were put before it.
        shift: usize,
    },
    /// Creates the version table or the ledger.
    Tables,
    /// Moves the heads and writes the ledger.
    Edit,
    /// Tells another tool, in its own table.
    Mirror,
    /// Commits.
    Commit,
}

#[derive(Clone, Debug)]
struct Mark {
    step: usize,
    part: Part,
    begin: usize,
}

/// A message under construction.
#[derive(Clone, Debug, Default)]
pub struct Message {
    text: String,
    marks: Vec<Mark>,
}

/// Where a message failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The step of the plan.
    pub step: usize,
    /// The statement's purpose.
    pub part: Part,
    /// The character within [`Part::Body`]'s or [`Part::Verify`]'s statement, from 1.
    pub position: Option<usize>,
    /// Whether the server refused to read the message at all, so that nothing of it ran.
    pub unread: bool,
}

impl Message {
    /// Returns true where there is nothing to send.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.marks.is_empty()
    }

    /// Returns the text to send.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Adds one statement, which must be exactly one.
    pub fn push(&mut self, step: usize, part: Part, sql: &str) {
        self.marks.push(Mark {
            step,
            part,
            begin: self.text.len(),
        });
        self.text.push_str(sql);
        // On a line of its own: the statement may end in a comment.
        self.text.push_str("\n;\n");
    }

    /// Returns the part of the message that is one step's.
    #[must_use]
    pub fn only(&self, step: usize) -> Self {
        let mut message = Self::default();
        for (i, mark) in self.marks.iter().enumerate() {
            if mark.step == step {
                let end = self.marks.get(i + 1).map_or(self.text.len(), |m| m.begin);
                let begin = message.text.len();
                message.text.push_str(&self.text[mark.begin..end]);
                message.marks.push(Mark {
                    begin,
                    ..mark.clone()
                });
            }
        }
        message
    }

    /// Leaves out this step and those after it.
    pub fn truncate(&mut self, step: usize) {
        if let Some(first) = self.marks.iter().position(|mark| mark.step >= step) {
            self.text.truncate(self.marks[first].begin);
            self.marks.truncate(first);
        }
    }

    /// Adds a statement of a revision.
    pub fn push_body(&mut self, step: usize, statement: &Statement) {
        self.push(step, Part::Body(statement.clone()), &statement.text);
    }

    /// Returns how many steps were committed once this many statements are completed.
    #[must_use]
    pub fn committed(&self, completed: usize) -> usize {
        self.marks[..completed.min(self.marks.len())]
            .iter()
            .filter(|mark| mark.part == Part::Commit)
            .count()
    }

    /// Finds the statement that failed after `completed` others.
    #[must_use]
    pub fn place(&self, completed: usize, error: Option<&ServerError>) -> Option<Place> {
        let position = error.and_then(|e| e.position);
        let byte = position.and_then(|at| byte_of(&self.text, at));
        let at_position = byte.and_then(|byte| self.marks.iter().rposition(|m| m.begin <= byte));
        // The server reads the whole message before it runs any of it; a text that it cannot read
        // is reported with its position while nothing is completed.
        // One that holds what is no text in its encoding is reported without.
        let unread = completed == 0 && error.is_some() && at_position != Some(0);
        let index = match at_position {
            Some(at) if unread => at,
            _ => completed.min(self.marks.len().checked_sub(1)?),
        };
        let mark = &self.marks[index];
        let shift = match mark.part {
            Part::Verify { shift, .. } => shift,
            _ => 0,
        };
        let position = (at_position == Some(index))
            .then(|| {
                self.text[mark.begin..byte?]
                    .chars()
                    .count()
                    .checked_sub(shift)
            })
            .flatten()
            .map(|before| before + 1);
        Some(Place {
            step: mark.step,
            part: mark.part.clone(),
            position,
            unread,
        })
    }
}

/// The byte at which a character (from 1) begins.
fn byte_of(text: &str, character: usize) -> Option<usize> {
    text.char_indices()
        .nth(character.checked_sub(1)?)
        .map(|(byte, _)| byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statement(text: &str) -> Statement {
        Statement {
            text: text.to_owned(),
            line: 1,
        }
    }

    fn two_steps() -> Message {
        let mut message = Message::default();
        for (step, body) in ["SELECT 'é'", "SELECT oops"].iter().enumerate() {
            message.push(step, Part::Open, "BEGIN");
            message.push_body(step, &statement(body));
            message.push(step, Part::Edit, "UPDATE");
            message.push(step, Part::Commit, "COMMIT");
        }
        message
    }

    fn error_at(position: Option<usize>) -> ServerError {
        ServerError {
            code: "42601".to_owned(),
            message: String::new(),
            detail: None,
            hint: None,
            position,
            query: None,
            context: None,
        }
    }

    #[test]
    fn the_completed_statements_name_the_failing_step() {
        let message = two_steps();
        let place = message.place(5, Some(&error_at(None))).unwrap();
        assert_eq!((place.step, place.unread), (1, false));
        assert_eq!(place.part, Part::Body(statement("SELECT oops")));
        assert_eq!(message.committed(5), 1);
        assert_eq!(message.committed(3), 0);
        assert_eq!(message.committed(4), 1);
    }

    #[test]
    fn a_position_is_counted_in_characters_within_the_statement() {
        let message = two_steps();
        let at = message.text().chars().position(|c| c == 'o').unwrap() + 1;
        let place = message.place(5, Some(&error_at(Some(at)))).unwrap();
        assert_eq!(place.position, Some(8));
    }

    #[test]
    fn a_text_that_cannot_be_read_is_found_by_its_position() {
        let message = two_steps();
        let at = message.text().chars().position(|c| c == 'o').unwrap() + 1;
        let place = message.place(0, Some(&error_at(Some(at)))).unwrap();
        assert_eq!((place.step, place.unread), (1, true));
        let place = message.place(0, Some(&error_at(None))).unwrap();
        assert_eq!((place.step, place.unread), (0, true));
        let only = message.only(1);
        assert_eq!(
            only.text(),
            "BEGIN\n;\nSELECT oops\n;\nUPDATE\n;\nCOMMIT\n;\n"
        );
        assert_eq!(only.place(2, None).unwrap().part, Part::Edit);
    }

    #[test]
    fn a_failing_commit_is_the_commit_of_its_step() {
        let place = two_steps().place(3, Some(&error_at(None))).unwrap();
        assert_eq!((place.step, place.part), (0, Part::Commit));
    }
}
