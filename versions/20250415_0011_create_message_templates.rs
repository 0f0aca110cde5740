//! create message templates
use limbeck::prelude::*;

pub const REVISION: Revision = Revision::new("0011")
    .down_revision("0009")
    .created("2025-04-15T09:02:19Z");

pub fn upgrade(op: &mut Op) -> Result<()> {
    op.create_table(
        table("message_templates")
            .column(column("id", "bigint").identity().primary_key())
            .column(
                column("tenant_id", "bigint").comment("none for those that come with the product"),
            )
            .column(column("name", "varchar(100)").not_null())
            .column(column("language", "varchar(8)").not_null().default("'en'"))
            .column(column("body", "text").not_null())
            .column(column("variables", "text[]").not_null().default("'{}'"))
            .column(
                column("created_at", "timestamptz")
                    .not_null()
                    .default("now()"),
            )
            .constraint(
                foreign_key("tenant_id", "tenants", "id")
                    .named("message_templates_tenant_id_fkey")
                    .on_delete(Action::Cascade),
            ),
    )?;
    op.create_index(
        index("message_templates_name_key", "message_templates")
            .unique()
            .on(expression("coalesce(tenant_id, 0)"))
            .columns(["name", "language"]),
    )?;
    op.bulk_insert(
        "message_templates",
        rows(["name", "language", "body", "variables"])
            .row((
                "welcome",
                "en",
                "Hello {{name}}, how can we help?",
                "{name}",
            ))
            .row((
                "welcome",
                "fr",
                "Bonjour {{name}}, comment pouvons-nous aider ?",
                "{name}",
            ))
            .row(("away", "en", "We're back at {{time}}.", "{time}"))
            .row(("away", "fr", "Nous sommes de retour à {{time}}.", "{time}")),
    )
}

pub fn downgrade(op: &mut Op) -> Result<()> {
    op.drop_table("message_templates")
}
