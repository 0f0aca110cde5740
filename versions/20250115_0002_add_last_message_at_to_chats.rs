//! add last_message_at to chats
use limbeck::prelude::*;

pub const REVISION: Revision = Revision::new("0002")
    .down_revision("0001")
    .created("2025-01-15T00:02:00Z");

pub fn upgrade(op: &mut Op) -> Result<()> {
    op.add_column("chats", column("last_message_at", "timestamptz"))
}

pub fn downgrade(op: &mut Op) -> Result<()> {
    op.drop_column("chats", "last_message_at")
}
