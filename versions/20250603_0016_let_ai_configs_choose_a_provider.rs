//! let ai_configs choose a provider
use limbeck::prelude::*;

pub const REVISION: Revision = Revision::new("0016")
    .down_revision("0015")
    .created("2025-06-03T17:25:54Z");

pub fn upgrade(op: &mut Op) -> Result<()> {
    op.add_column(
        "ai_configs",
        column("provider", "varchar(50)")
            .not_null()
            .default("'openai'"),
    )?;
    op.create_check_constraint(
        "ai_configs",
        check("provider IN ('openai', 'anthropic', 'mistral', 'ollama')")
            .named("ai_configs_provider_check")
            .not_valid(),
    )?;
    op.validate_constraint("ai_configs", "ai_configs_provider_check")?;
    op.alter_column("ai_configs", alter("provider").drop_default())?;

    op.alter_column(
        "ai_configs",
        alter("temperature")
            .set_type("numeric(3, 2)")
            .using("round(temperature::numeric, 2)"),
    )?;
    op.alter_column(
        "ai_configs",
        alter("max_tokens").rename("max_output_tokens"),
    )
}

pub fn downgrade(op: &mut Op) -> Result<()> {
    op.alter_column(
        "ai_configs",
        alter("max_output_tokens").rename("max_tokens"),
    )?;
    op.alter_column("ai_configs", alter("temperature").set_type("real"))?;
    op.drop_constraint("ai_configs", "ai_configs_provider_check")?;
    op.drop_column("ai_configs", "provider")
}
