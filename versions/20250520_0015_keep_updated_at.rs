//! keep updated_at and count usage by day
//!
//! The downgrade is derived.
use limbeck::prelude::*;

pub const REVISION: Revision = Revision::new("0015")
    .down_revision("0014")
    .created("2025-05-20T12:18:37Z");

pub fn upgrade(op: &mut Op) -> Result<()> {
    op.create_function(function(
        "touch_updated_at",
        "RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END;
$$",
    ))?;
    for touched in ["tenants", "ai_configs", "customers", "marketing_campaigns"] {
        op.create_trigger(
            trigger(format!("{touched}_touch"), touched)
                .fires("BEFORE UPDATE")
                .executes(
                    "FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*)
EXECUTE FUNCTION touch_updated_at()",
                ),
        )?;
    }

    op.create_view(
        view(
            "usage_by_day",
            "SELECT chats.tenant_id,
       (messages.sent_at AT TIME ZONE 'UTC')::date AS day,
       count(*) AS messages,
       coalesce(sum(messages.total_tokens), 0) AS tokens,
       coalesce(sum(messages.cost), 0) AS cost
  FROM messages
  JOIN chats ON chats.id = messages.chat_id
 GROUP BY chats.tenant_id, day",
        )
        .materialized(),
    )?;
    op.create_index(
        index("usage_by_day_key", "usage_by_day")
            .unique()
            .columns(["tenant_id", "day"]),
    )
}
