//! The tables `[[source]]`: folders of other migration tools.

use std::path::{Path, PathBuf};

use super::file::{Value, Values};
use super::taker::Taker;
use super::{ConfigError, Origin, keys};
use crate::declaration::Tool;
use crate::id::Label;
use crate::source::{Repeat, Takeover};

/// Has the tool of a folder recognised.
const AUTO: &str = "auto";

impl Taker {
    pub(super) fn takeovers(
        &mut self,
        version_locations: &[PathBuf],
    ) -> Result<Vec<Takeover>, ConfigError> {
        match self.values.remove(keys::SOURCE) {
            Some((Value::Sources(tables), _)) => read(tables, &self.root, version_locations),
            _ => Ok(Vec::new()),
        }
    }
}

/// Turns the tables into folders; `root` is what paths of the file are relative to.
fn read(
    tables: Vec<(Values, Origin)>,
    root: &Path,
    version_locations: &[PathBuf],
) -> Result<Vec<Takeover>, ConfigError> {
    let mut takeovers: Vec<Takeover> = Vec::with_capacity(tables.len());
    for (values, origin) in tables {
        let folder = Table { values, root }.takeover(&origin)?;
        let is_ours = |location: &PathBuf| location.components().eq(folder.path.components());
        if version_locations.iter().any(is_ours) {
            let path = folder.path;
            return Err(ConfigError::SourceIsLocation { path, origin });
        }
        let label = folder.label();
        if takeovers.iter().any(|other| other.label() == label) {
            return Err(ConfigError::SameLabel { label, origin });
        }
        takeovers.push(folder);
    }
    Ok(takeovers)
}

struct Table<'a> {
    values: Values,
    root: &'a Path,
}

impl Table<'_> {
    fn takeover(mut self, origin: &Origin) -> Result<Takeover, ConfigError> {
        let path = self.text("source.path");
        let Some((path, place)) = path.filter(|(path, _)| !path.is_empty()) else {
            let origin = origin.clone();
            return Err(ConfigError::NoSourcePath { origin });
        };
        let mut takeover = Takeover::new(self.path(&path, &place));
        takeover.project = Some(match self.root.as_os_str().is_empty() {
            true => PathBuf::from("."),
            false => self.root.to_owned(),
        });
        if let Some((name, origin)) = self.text("source.format") {
            takeover.tool = Tool::named(&name);
            if takeover.tool.is_none() && name != AUTO {
                return Err(ConfigError::Format { name, origin });
            }
        }
        if let Some((label, origin)) = self.text("source.label") {
            let checked = Label::parse(&label);
            let error = |source| ConfigError::SourceLabel { origin, source };
            takeover.label = Some(checked.map_err(error)?.to_string());
        }
        if let Some((Value::List(names), _)) = self.values.remove("source.depends_on") {
            takeover.depends_on = names;
        }
        if let Some((word, origin)) = self.text("source.repeat") {
            takeover.repeat = Some(match word.as_str() {
                "always" => Repeat::Always,
                "on-change" => Repeat::OnChange,
                _ => {
                    return Err(ConfigError::Value {
                        key: "source.repeat",
                        origin,
                        expected: "\"always\" or \"on-change\"",
                    });
                }
            });
        }
        takeover.table = self.text("source.table").map(|(table, _)| table);
        takeover.rollbacks = self.text("source.rollbacks").map(|(path, _)| path.into());
        if let Some((Value::List(paths), place)) = self.values.remove("source.locations") {
            let paths = paths.iter().map(|path| self.path(path, &place));
            takeover.locations = paths.collect();
        }
        if let Some((Value::Switch(on), _)) = self.values.remove("source.multi_statement") {
            takeover.multi_statement = on;
        }
        if let Some((Value::Switch(on), _)) = self.values.remove("source.mirror") {
            takeover.mirror = on;
        }
        if let Some((Value::Table(pairs), _)) = self.values.remove("source.placeholders") {
            takeover.placeholders = pairs;
        }
        Ok(takeover)
    }

    fn text(&mut self, key: &str) -> Option<(String, Origin)> {
        match self.values.remove(key) {
            Some((Value::Text(text), origin)) => Some((text, origin)),
            _ => None,
        }
    }

    /// As every path: one of the file is relative to it, one of a variable to the working directory.
    fn path(&self, path: &str, origin: &Origin) -> PathBuf {
        let path = match origin {
            Origin::File { .. } => self.root.join(path),
            _ => PathBuf::from(path),
        };
        // `./` and an ending `/` would be shown with each file.
        let path: PathBuf = path.components().collect();
        match path.as_os_str().is_empty() {
            true => PathBuf::from("."),
            false => path,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::config::file;

    fn takeovers(text: &str) -> Result<Vec<Takeover>, String> {
        let path = Path::new("limbeck.toml");
        let mut values = file::read(path, text, None).map_err(|error| error.to_string())?;
        let Some((Value::Sources(tables), _)) = values.remove(keys::SOURCE) else {
            return Ok(Vec::new());
        };
        let locations = [PathBuf::from("db/versions")];
        read(tables, Path::new("db"), &locations).map_err(|error| error.to_string())
    }

    #[test]
    fn a_source_has_a_folder_and_may_have_more() {
        let text = "[[source]]\npath = './old/'\n\n[[source]]\npath = 'x/y'\nformat = 'goose'\n\
                    label = 'legacy'\ntable = 't'\nrollbacks = '../back'\nmulti_statement = true\n\
                    locations = ['z']\ndepends_on = ['old']\nplaceholders = { a = 'b' }\n";
        let read = takeovers(text).unwrap();
        assert_eq!(read[0].path, Path::new("db/old"));
        assert_eq!((read[0].label().as_str(), read[0].tool), ("old", None));
        assert_eq!(read[1].path, Path::new("db/x/y"));
        assert_eq!(
            (read[1].label().as_str(), read[1].tool),
            ("legacy", Some(Tool::Goose))
        );
        assert_eq!(read[1].locations, [PathBuf::from("db/z")]);
        assert_eq!(read[1].rollbacks, Some(PathBuf::from("../back")));
        assert!(read[1].multi_statement);
        assert_eq!(read[1].depends_on, ["old"]);
        assert_eq!(read[1].placeholders["a"], "b");
        assert_eq!(takeovers("source = [{ path = 'a' }]").unwrap().len(), 1);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        let refused = |text: &str| takeovers(text).unwrap_err();
        let all = [
            "[[source]]\nformat = 'goose'\n",
            "[[source]]\npath = ''\n",
            "[[source]]\npath = 'a'\nformat = 'golang_migrate'\n",
            "[[source]]\npath = 'a'\nlabel = 'a-b'\n",
            "[[source]]\npath = 'x/a'\n[[source]]\npath = 'y/a'\n",
            "[[source]]\npath = 'versions'\n",
            "[[source]]\npaht = 'a'\n",
            "[[source]]\npath = 1\n",
            "source = 'a'\n",
            "[source]\npath = 'a'\n",
        ]
        .map(refused);
        insta::assert_snapshot!(all.join("\n"), @r"
        limbeck.toml:1: a [[source]] has no `path`
        limbeck.toml:1: a [[source]] has no `path`
        limbeck.toml:3: `source.format`: there is no format `golang_migrate`
        limbeck.toml:3: `source.label`: character '-' is not allowed in the name `a-b`
        limbeck.toml:3: another [[source]] has the label `a` already
        limbeck.toml:1: `db/versions` is among the `version_locations`, and cannot be a [[source]] as well
        limbeck.toml:2: there is no key `source.paht`
        limbeck.toml:2: `source.path` takes a string
        limbeck.toml:1: `source` takes tables, each written `[[source]]` and with a `path`
        limbeck.toml:1: `source` takes tables, each written `[[source]]` and with a `path`
        ");
    }
}
