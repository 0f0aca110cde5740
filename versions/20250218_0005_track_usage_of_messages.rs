//! track what a message cost
//!
//! Only answers that a model wrote have these. The downgrade is derived.
use limbeck::prelude::*;

pub const REVISION: Revision = Revision::new("0005")
    .down_revision("0004")
    .created("2025-02-18T11:05:51Z");

pub fn upgrade(op: &mut Op) -> Result<()> {
    op.add_column("messages", column("provider", "varchar(50)"))?;
    op.add_column("messages", column("model", "varchar(100)"))?;
    op.add_column("messages", column("prompt_tokens", "integer"))?;
    op.add_column("messages", column("completion_tokens", "integer"))?;
    op.add_column(
        "messages",
        column("total_tokens", "integer").generated("prompt_tokens + completion_tokens"),
    )?;
    op.add_column(
        "messages",
        column("cost", "numeric(12, 6)").comment("in US dollars"),
    )?;
    op.add_column("messages", column("latency_ms", "integer"))?;
    op.create_check_constraint(
        "messages",
        check("prompt_tokens >= 0 AND completion_tokens >= 0 AND cost >= 0 AND latency_ms >= 0")
            .named("messages_usage_check"),
    )
}
