//! index the messages of a chat, newest first
//!
//! The table is large and written to all day, so the index is built without keeping writers out,
//! and is dropped in the same way by the derived downgrade.
use limbeck::prelude::*;

pub const REVISION: Revision = Revision::new("0007")
    .down_revision("0006")
    .created("2025-03-11T22:00:12Z");

pub fn upgrade(op: &mut Op) -> Result<()> {
    op.no_transaction(|op| {
        op.create_index(
            index("messages_chat_id_sent_at_idx", "messages")
                .on("chat_id")
                .on(key("sent_at").desc())
                .include("sender")
                .concurrently(),
        )
    })
}
