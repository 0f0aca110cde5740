//! give every bot and chat a tenant
//!
//! Reads the owners of bots without a tenant, makes a tenant for each with a slug that is free, and
//! lets the database insist on one from here on.
use std::collections::BTreeSet;

use limbeck::prelude::*;

pub const REVISION: Revision = Revision::new("0006")
    .down_revision("0005")
    .created("2025-03-04T08:30:00Z");

pub fn upgrade(op: &mut Op) -> Result<()> {
    let mut slugs = BTreeSet::new();
    for row in op.query("SELECT slug FROM tenants", &[])? {
        slugs.insert(row.try_get::<_, String>("slug")?);
    }

    let owners = op.query(
        "SELECT DISTINCT owner_email FROM bots
          WHERE tenant_id IS NULL
            AND NOT EXISTS (SELECT FROM tenants WHERE tenants.owner_email = bots.owner_email)
          ORDER BY owner_email",
        &[],
    )?;
    let mut tenants = rows(["slug", "name", "owner_email", "settings"]);
    for row in owners {
        let owner: String = row.try_get("owner_email")?;
        let slug = free_slug(&owner, &mut slugs);
        tenants = tenants.row((slug, &owner, &owner, r#"{"origin": "0006"}"#));
    }
    op.bulk_insert("tenants", tenants)?;

    op.execute(
        "UPDATE bots
            SET tenant_id = (SELECT min(id) FROM tenants WHERE owner_email = bots.owner_email)
          WHERE tenant_id IS NULL;
         UPDATE chats
            SET tenant_id = bots.tenant_id
           FROM bots
          WHERE bots.id = chats.bot_id AND chats.tenant_id IS NULL;",
    )?;
    op.alter_column("bots", alter("tenant_id").set_not_null())?;
    op.alter_column("chats", alter("tenant_id").set_not_null())
}

pub fn downgrade(op: &mut Op) -> Result<()> {
    op.alter_column("chats", alter("tenant_id").drop_not_null())?;
    op.alter_column("bots", alter("tenant_id").drop_not_null())?;
    op.execute(
        "UPDATE chats SET tenant_id = NULL
           FROM tenants
          WHERE tenants.id = chats.tenant_id AND tenants.settings ->> 'origin' = '0006';
         UPDATE bots SET tenant_id = NULL
           FROM tenants
          WHERE tenants.id = bots.tenant_id AND tenants.settings ->> 'origin' = '0006';
         DELETE FROM tenants WHERE settings ->> 'origin' = '0006';",
    )
}

/// The part of an address before the `@` as a slug, numbered when others have it.
fn free_slug(email: &str, taken: &mut BTreeSet<String>) -> String {
    let name = email.split('@').next().unwrap_or_default();
    let mut slug: String = name
        .chars()
        .map(|c| c.to_ascii_lowercase())
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .take(50)
        .collect();
    if !slug.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        slug.insert(0, 't');
    }
    let free = std::iter::once(slug.clone())
        .chain((2u64..).map(|n| format!("{slug}-{n}")))
        .find(|candidate| !taken.contains(candidate))
        .unwrap_or(slug);
    taken.insert(free.clone());
    free
}
