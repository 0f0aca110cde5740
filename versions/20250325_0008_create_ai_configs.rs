//! create ai_configs
//!
//! Begins the line `ai`: all that bots need to answer by themselves.
use limbeck::prelude::*;

pub const REVISION: Revision = Revision::new("0008")
    .down_revision("0007")
    .branch_labels(&["ai"])
    .created("2025-03-25T10:12:45Z");

pub fn upgrade(op: &mut Op) -> Result<()> {
    op.create_table(
        table("ai_configs")
            .column(column("id", "bigint").identity().primary_key())
            .column(column("tenant_id", "bigint").not_null())
            .column(column("bot_id", "bigint"))
            .column(column("model", "varchar(100)").not_null())
            .column(column("system_prompt", "text").not_null().default("''"))
            .column(column("temperature", "real").not_null().default("0.7"))
            .column(column("max_tokens", "integer").not_null().default("1024"))
            .column(column("business_description", "text"))
            .column(
                column("created_at", "timestamptz")
                    .not_null()
                    .default("now()"),
            )
            .column(
                column("updated_at", "timestamptz")
                    .not_null()
                    .default("now()"),
            )
            .constraint(
                foreign_key("tenant_id", "tenants", "id")
                    .named("ai_configs_tenant_id_fkey")
                    .on_delete(Action::Cascade),
            )
            .constraint(
                foreign_key("bot_id", "bots", "id")
                    .named("ai_configs_bot_id_fkey")
                    .on_delete(Action::Cascade),
            )
            .constraint(check("temperature BETWEEN 0 AND 2").named("ai_configs_temperature_check"))
            .comment("how bots answer; the row without bot is the tenant's default"),
    )?;
    op.create_index(
        index("ai_configs_bot_id_key", "ai_configs")
            .unique()
            .on("tenant_id")
            .on(expression("coalesce(bot_id, 0)")),
    )
}

pub fn downgrade(op: &mut Op) -> Result<()> {
    op.drop_table("ai_configs")
}
