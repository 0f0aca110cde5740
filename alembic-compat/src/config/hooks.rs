//! Programs to run on a new revision file, as either file lists them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::ini::{Fault, Ini};

/// The section of an INI file that lists them.
pub(super) const SECTION: &str = "post_write_hooks";

/// A program to run on a new revision file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hook {
    /// The name, for messages.
    pub name: String,
    /// What else is said of it: `type`, `entrypoint`, `executable`, `module`, `options`, `cwd`.
    pub options: BTreeMap<String, String>,
    /// The file it stands in.
    pub path: PathBuf,
    /// The line.
    pub line: u32,
}

/// Reads `hooks = a, b` and the keys `a.type`, `a.options` and so on.
pub(super) fn of_ini(path: &Path, ini: &Ini) -> Result<Vec<Hook>, Fault> {
    let Some(names) = ini.get(SECTION, "hooks")? else {
        return Ok(Vec::new());
    };
    let mut hooks = Vec::new();
    for name in names
        .value
        .split([' ', ','])
        .filter(|name| !name.is_empty())
    {
        let prefix = format!("{name}.");
        let mut hook = Hook {
            name: name.to_owned(),
            options: BTreeMap::new(),
            path: path.to_owned(),
            line: names.line,
        };
        for key in ini.keys(SECTION) {
            let Some(option) = key.strip_prefix(&prefix) else {
                continue;
            };
            if let Some(value) = ini.get(SECTION, key)? {
                hook.options.insert(option.to_owned(), value.value);
            }
        }
        hooks.push(hook);
    }
    Ok(hooks)
}
