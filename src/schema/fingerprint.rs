//! One number for a whole schema.

use sha2::{Digest, Sha256};

use super::compare::Aspects;
use super::model::Model;

/// Returns the SHA-256 of a schema as lower-case hex: equal for two schemas that compare as equal.
///
/// The order of columns matters unless it is ignored: it is what `SELECT *` and an `INSERT` without
/// column names go by. A later version of limbeck that reads more may return another one.
#[must_use]
pub fn fingerprint(model: &Model, ignored: &Aspects) -> String {
    let mut digest = Sha256::new();
    for object in &model.objects {
        let Some(mut attributes) = ignored.attributes(object) else {
            continue;
        };
        attributes.sort_keys();
        digest.update(object.identity.kind.as_str());
        for name in &object.identity.path {
            digest.update([0]);
            digest.update(name);
        }
        digest.update([1]);
        digest.update(serde_json::Value::Object(attributes).to_string());
        digest.update([2]);
    }
    digest
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
