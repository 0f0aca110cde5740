//! initial schema
//!
//! Bots, the chats they take part in, the messages of those chats, and what is to be sent later.
use limbeck::prelude::*;

pub const REVISION: Revision = Revision::new("0001").created("2025-01-01T00:01:00Z");

pub fn upgrade(op: &mut Op) -> Result<()> {
    op.create_table(
        table("bots")
            .column(column("id", "bigint").identity().primary_key())
            .column(column("name", "varchar(100)").not_null())
            .column(column("owner_email", "text").not_null())
            .column(column("webhook_url", "text"))
            .column(column("settings", "jsonb").not_null().default("'{}'"))
            .column(column("enabled", "boolean").not_null().default("true"))
            .column(timestamp("created_at"))
            .constraint(unique(["owner_email", "name"]).named("bots_owner_email_name_key")),
    )?;

    op.create_table(
        table("chats")
            .column(column("id", "bigint").identity().primary_key())
            .column(column("bot_id", "bigint").not_null())
            .column(column("jid", "varchar(128)").not_null())
            .column(column("title", "text"))
            .column(column("is_group", "boolean").not_null().default("false"))
            .column(timestamp("created_at"))
            .constraint(
                foreign_key("bot_id", "bots", "id")
                    .named("chats_bot_id_fkey")
                    .on_delete(Action::Cascade),
            )
            .constraint(unique(["bot_id", "jid"]).named("chats_bot_id_jid_key")),
    )?;

    op.create_table(
        table("messages")
            .column(column("id", "bigint").identity().primary_key())
            .column(column("chat_id", "bigint").not_null())
            .column(column("reply_to_id", "bigint"))
            .column(column("sender", "varchar(128)").not_null())
            .column(column("body", "text").not_null().default("''"))
            .column(column("media_url", "text"))
            .column(timestamp("sent_at"))
            .constraint(
                foreign_key("chat_id", "chats", "id")
                    .named("messages_chat_id_fkey")
                    .on_delete(Action::Cascade),
            )
            .constraint(
                foreign_key("reply_to_id", "messages", "id")
                    .named("messages_reply_to_id_fkey")
                    .on_delete(Action::SetNull),
            ),
    )?;

    op.create_table(
        table("schedules")
            .column(column("id", "bigint").identity().primary_key())
            .column(column("chat_id", "bigint").not_null())
            .column(column("body", "text").not_null())
            .column(column("next_run_at", "timestamptz").not_null())
            .column(column("repeat_every", "interval"))
            .column(column("active", "boolean").not_null().default("true"))
            .column(timestamp("created_at"))
            .constraint(
                foreign_key("chat_id", "chats", "id")
                    .named("schedules_chat_id_fkey")
                    .on_delete(Action::Cascade),
            )
            .constraint(check("repeat_every > interval '0'").named("schedules_repeat_every_check")),
    )?;
    op.create_index(
        index("schedules_next_run_at_idx", "schedules")
            .on("next_run_at")
            .where_("active"),
    )
}

pub fn downgrade(op: &mut Op) -> Result<()> {
    op.drop_table("schedules")?;
    op.drop_table("messages")?;
    op.drop_table("chats")?;
    op.drop_table("bots")
}

fn timestamp(name: &str) -> Column {
    column(name, "timestamptz").not_null().default("now()")
}
