//! create tenants and the plans they pay for
//!
//! Bots and chats may belong to a tenant from here on; 0006 finds one for those that exist. There
//! is no `downgrade`: it is derived, the plans being found again by their key.
use limbeck::prelude::*;

pub const REVISION: Revision = Revision::new("0003")
    .down_revision("0002")
    .created("2025-02-03T09:14:27Z");

pub fn upgrade(op: &mut Op) -> Result<()> {
    op.create_table(
        table("plans")
            .column(column("code", "varchar(32)").primary_key())
            .column(column("label", "text").not_null())
            .column(column("monthly_messages", "integer").check("monthly_messages > 0"))
            .column(column("price", "numeric(10, 2)").not_null())
            .column(column("features", "jsonb").not_null().default("'{}'"))
            .comment("what a tenant can subscribe to; no limit where monthly_messages is null"),
    )?;
    op.bulk_insert(
        "plans",
        rows(["code", "label", "monthly_messages", "price"])
            .row(("free", "Free", 500, 0))
            .row(("team", "Team", 20_000, 29.5))
            .row(("business", "Business", None::<i32>, 190))
            .key("code"),
    )?;

    op.create_table(
        table("tenants")
            .column(column("id", "bigint").identity().primary_key())
            .column(column("slug", "varchar(63)").not_null())
            .column(column("name", "text").not_null())
            .column(column("owner_email", "text").not_null())
            .column(column("plan", "varchar(32)").not_null().default("'free'"))
            .column(column("settings", "jsonb").not_null().default("'{}'"))
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
            .constraint(unique("slug").named("tenants_slug_key"))
            .constraint(foreign_key("plan", "plans", "code").named("tenants_plan_fkey"))
            .constraint(check("slug ~ '^[a-z0-9][a-z0-9-]*$'").named("tenants_slug_check")),
    )?;
    op.create_index(
        index("tenants_owner_email_idx", "tenants").on(expression("lower(owner_email)")),
    )?;

    for owned in ["bots", "chats"] {
        op.add_column(owned, column("tenant_id", "bigint"))?;
        op.create_foreign_key(
            owned,
            foreign_key("tenant_id", "tenants", "id")
                .named(format!("{owned}_tenant_id_fkey"))
                .on_delete(Action::Cascade),
        )?;
        op.create_index(index(format!("{owned}_tenant_id_idx"), owned).on("tenant_id"))?;
    }
    Ok(())
}
