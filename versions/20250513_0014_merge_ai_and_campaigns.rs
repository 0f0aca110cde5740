//! merge ai and campaigns
use limbeck::prelude::*;

pub const REVISION: Revision = Revision::new("0014")
    .down_revisions(&["0012", "0013"])
    .created("2025-05-13T09:00:00Z");

pub fn upgrade(_: &mut Op) -> Result<()> {
    Ok(())
}
