//! Folders as Alembic names them: a path, or `package:path` within a Python package.

use std::fmt;
use std::path::{Path, PathBuf};

/// Where a folder lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// A path; Alembic takes a relative one from the working directory.
    Path(PathBuf),
    /// A folder within a Python package.
    Package {
        /// The package's name, with dots.
        package: String,
        /// The way from the package's folder.
        path: PathBuf,
    },
}

impl Location {
    /// Reads a location: what is not absolute and has a colon is one within a package.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        match text.split_once(':') {
            Some((package, path)) if !Path::new(text).is_absolute() => Self::Package {
                package: package.to_owned(),
                path: path.split(':').collect(),
            },
            _ => Self::Path(text.into()),
        }
    }

    /// Returns the location of something below it.
    #[must_use]
    pub fn join(self, below: &str) -> Self {
        match self {
            Self::Path(path) => Self::Path(path.join(below)),
            Self::Package { package, path } => Self::Package {
                package,
                path: path.join(below),
            },
        }
    }

    /// Returns the path, for a package that of the first root in which its folder lies.
    ///
    /// Python's own search has more to it, such as packages put together of several folders; what
    /// is not found this way is `None`.
    #[must_use]
    pub fn resolve(&self, roots: &[PathBuf], is_folder: impl Fn(&Path) -> bool) -> Option<PathBuf> {
        match self {
            Self::Path(path) => Some(path.clone()),
            Self::Package { package, path } => {
                let folder: PathBuf = package.split('.').collect();
                let candidates = roots.iter().map(|root| root.join(&folder));
                let found = candidates.into_iter().find(|folder| is_folder(folder))?;
                Some(found.join(path))
            }
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => write!(f, "{}", path.display()),
            Self::Package { package, path } => write!(f, "{package}:{}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colon_begins_a_path_within_a_package() {
        let location = Location::parse("my.app:db/migrations").join("versions");
        assert_eq!(location.to_string(), "my.app:db/migrations/versions");
        let roots = [PathBuf::new(), PathBuf::from("src")];
        let found = location.resolve(&roots, |path| path == Path::new("src/my/app"));
        assert_eq!(
            found.unwrap(),
            Path::new("src/my/app/db/migrations/versions")
        );
        assert_eq!(location.resolve(&roots, |_| false), None);
    }

    #[cfg(unix)]
    #[test]
    fn anything_else_is_a_path() {
        for text in ["/abs:olute", "relative/path", "."] {
            assert_eq!(Location::parse(text), Location::Path(text.into()));
        }
    }
}
