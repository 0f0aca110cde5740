//! create marketing campaigns
//!
//! A campaign can be written by a bot from a document of the knowledge base, so that must exist,
//! though it is on another line.
use limbeck::prelude::*;

pub const REVISION: Revision = Revision::new("0012")
    .down_revision("0011")
    .depends_on(&["0010"])
    .created("2025-04-22T14:55:40Z");

pub fn upgrade(op: &mut Op) -> Result<()> {
    op.create_enum(enum_type(
        "campaign_status",
        ["draft", "scheduled", "sending", "sent", "cancelled"],
    ))?;
    op.create_table(
        table("marketing_campaigns")
            .column(column("id", "bigint").identity().primary_key())
            .column(column("tenant_id", "bigint").not_null())
            .column(column("template_id", "bigint"))
            .column(column("document_id", "bigint"))
            .column(column("name", "text").not_null())
            .column(
                column("status", "campaign_status")
                    .not_null()
                    .default("'draft'"),
            )
            .column(
                column("content_source", "varchar(20)")
                    .not_null()
                    .default("'template'"),
            )
            .column(column("image_urls", "jsonb").not_null().default("'[]'"))
            .column(column("sends_at", "timestamptz"))
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
                    .named("marketing_campaigns_tenant_id_fkey")
                    .on_delete(Action::Cascade),
            )
            .constraint(
                foreign_key("template_id", "message_templates", "id")
                    .named("marketing_campaigns_template_id_fkey")
                    .on_delete(Action::Restrict),
            )
            .constraint(
                foreign_key("document_id", "knowledge_documents", "id")
                    .named("marketing_campaigns_document_id_fkey")
                    .on_delete(Action::Restrict),
            )
            .constraint(
                check(
                    "CASE content_source
                         WHEN 'template' THEN template_id IS NOT NULL OR status = 'draft'
                         WHEN 'ai' THEN document_id IS NOT NULL
                         ELSE false
                     END",
                )
                .named("marketing_campaigns_content_source_check"),
            ),
    )?;
    op.create_index(
        index("marketing_campaigns_sends_at_idx", "marketing_campaigns")
            .on("sends_at")
            .where_("status = 'scheduled'"),
    )?;
    op.create_table(
        table("campaign_recipients")
            .column(column("campaign_id", "bigint").not_null())
            .column(column("customer_id", "bigint").not_null())
            .column(column("message_id", "bigint"))
            .column(column("failed_reason", "text"))
            .primary_key(["campaign_id", "customer_id"])
            .constraint(
                foreign_key("campaign_id", "marketing_campaigns", "id")
                    .named("campaign_recipients_campaign_id_fkey")
                    .on_delete(Action::Cascade),
            )
            .constraint(
                foreign_key("customer_id", "customers", "id")
                    .named("campaign_recipients_customer_id_fkey")
                    .on_delete(Action::Cascade),
            )
            .constraint(
                foreign_key("message_id", "messages", "id")
                    .named("campaign_recipients_message_id_fkey")
                    .on_delete(Action::SetNull),
            ),
    )
}

pub fn downgrade(op: &mut Op) -> Result<()> {
    op.drop_table("campaign_recipients")?;
    op.drop_table("marketing_campaigns")?;
    op.drop_enum("campaign_status")
}
