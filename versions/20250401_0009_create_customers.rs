//! create customers and their tags
use limbeck::prelude::*;

pub const REVISION: Revision = Revision::new("0009")
    .down_revision("0007")
    .created("2025-04-01T13:20:08Z");

pub fn upgrade(op: &mut Op) -> Result<()> {
    op.create_table(
        table("customers")
            .column(column("id", "bigint").identity().primary_key())
            .column(column("tenant_id", "bigint").not_null())
            .column(column("jid", "varchar(128)").not_null())
            .column(column("phone", "varchar(20)"))
            .column(column("name", "text"))
            .column(column("notes", "text").not_null().default("''"))
            .column(column("opted_out_at", "timestamptz"))
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
                    .named("customers_tenant_id_fkey")
                    .on_delete(Action::Cascade),
            )
            .constraint(unique(["tenant_id", "jid"]).named("customers_tenant_id_jid_key")),
    )?;
    op.create_table(
        table("tags")
            .column(column("id", "bigint").identity().primary_key())
            .column(column("tenant_id", "bigint").not_null())
            .column(column("label", "varchar(50)").not_null())
            .column(column("colour", "char(7)").check("colour ~ '^#[0-9a-f]{6}$'"))
            .constraint(
                foreign_key("tenant_id", "tenants", "id")
                    .named("tags_tenant_id_fkey")
                    .on_delete(Action::Cascade),
            ),
    )?;
    op.create_index(
        index("tags_label_key", "tags")
            .unique()
            .on("tenant_id")
            .on(expression("lower(label)")),
    )?;
    op.create_table(
        table("customer_tags")
            .column(column("customer_id", "bigint").not_null())
            .column(column("tag_id", "bigint").not_null())
            .column(
                column("tagged_at", "timestamptz")
                    .not_null()
                    .default("now()"),
            )
            .primary_key(["customer_id", "tag_id"])
            .constraint(
                foreign_key("customer_id", "customers", "id")
                    .named("customer_tags_customer_id_fkey")
                    .on_delete(Action::Cascade),
            )
            .constraint(
                foreign_key("tag_id", "tags", "id")
                    .named("customer_tags_tag_id_fkey")
                    .on_delete(Action::Cascade),
            ),
    )?;
    op.create_index(index("customer_tags_tag_id_idx", "customer_tags").on("tag_id"))
}

pub fn downgrade(op: &mut Op) -> Result<()> {
    op.drop_table("customer_tags")?;
    op.drop_table("tags")?;
    op.drop_table("customers")
}
