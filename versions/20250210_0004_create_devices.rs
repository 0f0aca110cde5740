//! create devices
use limbeck::prelude::*;

pub const REVISION: Revision = Revision::new("0004")
    .down_revision("0003")
    .created("2025-02-10T16:40:03Z");

pub fn upgrade(op: &mut Op) -> Result<()> {
    op.create_enum(enum_type(
        "device_status",
        ["pairing", "connected", "disconnected", "banned"],
    ))?;
    op.create_table(
        table("devices")
            .column(
                column("id", "uuid")
                    .primary_key()
                    .default("gen_random_uuid()"),
            )
            .column(column("tenant_id", "bigint").not_null())
            .column(column("phone", "varchar(20)").not_null())
            .column(column("jid", "varchar(128)"))
            .column(
                column("status", "device_status")
                    .not_null()
                    .default("'pairing'"),
            )
            .column(column("session_key", "bytea").comment("encrypted by the application"))
            .column(column("last_seen_at", "timestamptz"))
            .column(
                column("created_at", "timestamptz")
                    .not_null()
                    .default("now()"),
            )
            .constraint(
                foreign_key("tenant_id", "tenants", "id")
                    .named("devices_tenant_id_fkey")
                    .on_delete(Action::Cascade),
            )
            .constraint(unique(["tenant_id", "phone"]).named("devices_tenant_id_phone_key")),
    )?;
    op.create_index(
        index("devices_jid_key", "devices")
            .unique()
            .on("jid")
            .where_("status <> 'banned'"),
    )?;
    op.add_column(
        "bots",
        column("device_id", "uuid")
            .references("devices", "id")
            .on_delete(Action::SetNull),
    )
}

pub fn downgrade(op: &mut Op) -> Result<()> {
    op.drop_column("bots", "device_id")?;
    op.drop_table("devices")?;
    op.drop_enum("device_status")
}
