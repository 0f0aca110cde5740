//! create the knowledge base
//!
//! Documents of a tenant, cut into chunks that are found by full-text search. The downgrade is
//! derived.
use limbeck::prelude::*;

pub const REVISION: Revision = Revision::new("0010")
    .down_revision("0008")
    .created("2025-04-08T15:47:31Z");

pub fn upgrade(op: &mut Op) -> Result<()> {
    op.create_table(
        table("knowledge_documents")
            .column(column("id", "bigint").identity().primary_key())
            .column(column("tenant_id", "bigint").not_null())
            .column(column("title", "text").not_null())
            .column(column("source_url", "text"))
            .column(column("checksum", "bytea").not_null())
            .column(
                column("created_at", "timestamptz")
                    .not_null()
                    .default("now()"),
            )
            .constraint(
                foreign_key("tenant_id", "tenants", "id")
                    .named("knowledge_documents_tenant_id_fkey")
                    .on_delete(Action::Cascade),
            )
            .constraint(
                unique(["tenant_id", "checksum"]).named("knowledge_documents_checksum_key"),
            ),
    )?;
    op.create_table(
        table("knowledge_chunks")
            .column(column("document_id", "bigint").not_null())
            .column(column("position", "integer").not_null())
            .column(column("content", "text").not_null())
            .column(column("search", "tsvector").generated("to_tsvector('simple', content)"))
            .primary_key(["document_id", "position"])
            .constraint(
                foreign_key("document_id", "knowledge_documents", "id")
                    .named("knowledge_chunks_document_id_fkey")
                    .on_delete(Action::Cascade),
            ),
    )?;
    op.create_index(
        index("knowledge_chunks_search_idx", "knowledge_chunks")
            .using("gin")
            .on("search")
            .with("fastupdate", "off"),
    )
}
