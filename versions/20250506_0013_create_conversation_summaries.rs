//! create conversation summaries
use limbeck::prelude::*;

pub const REVISION: Revision = Revision::new("0013")
    .down_revision("0010")
    .created("2025-05-06T10:31:22Z");

pub fn upgrade(op: &mut Op) -> Result<()> {
    op.create_table(
        table("conversation_summaries")
            .column(column("id", "bigint").identity().primary_key())
            .column(column("chat_id", "bigint").not_null())
            .column(column("first_message_id", "bigint").not_null())
            .column(column("last_message_id", "bigint").not_null())
            .column(column("summary", "text").not_null())
            .column(column("model", "varchar(100)").not_null())
            .column(
                column("created_at", "timestamptz")
                    .not_null()
                    .default("now()"),
            )
            .constraint(
                foreign_key("chat_id", "chats", "id")
                    .named("conversation_summaries_chat_id_fkey")
                    .on_delete(Action::Cascade),
            )
            .constraint(
                exclude()
                    .with(
                        expression("int8range(first_message_id, last_message_id, '[]')"),
                        "&&",
                    )
                    .with(expression("int8range(chat_id, chat_id, '[]')"), "&&")
                    .named("conversation_summaries_overlap_excl"),
            ),
    )?;
    op.create_table_comment(
        "conversation_summaries",
        "what stands for older messages in a prompt; no message is summed up twice",
    )
}

pub fn downgrade(op: &mut Op) -> Result<()> {
    op.drop_table("conversation_summaries")
}
