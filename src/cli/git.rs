//! What git knows of the revision files: as they are on another branch, and as they were where that
//! branch and this one parted.
//!
//! The `git` program is asked, so that its settings, its worktrees and what a hook has set in the
//! environment all hold. Nothing is fetched, and nothing in the repository is changed.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::thread;

use super::environment::Environment;
use crate::check::Upstream;
use crate::source::{Location, Python, Snapshot};

/// What a file holds; nothing for a link that leads nowhere.
type Content = Option<Vec<u8>>;

/// Why git did not say what was asked.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// Occurs when there is no git, or it cannot be run.
    #[error("cannot start `git`: {source}")]
    Start {
        /// Why not.
        source: io::Error,
    },
    /// Occurs when the revisions are not in a repository.
    #[error("`{}` is in no git repository", folder.display())]
    NoRepository {
        /// Where it was looked for.
        folder: PathBuf,
    },
    /// Occurs when a folder of revisions is elsewhere.
    #[error("`{}` is not in the git repository `{}`", folder.display(), top.display())]
    Outside {
        /// The folder.
        folder: PathBuf,
        /// The repository.
        top: PathBuf,
    },
    /// Occurs when what should be a branch or a commit is none.
    #[error("git knows no branch and no commit `{reference}`")]
    UnknownReference {
        /// What was typed.
        reference: String,
        /// References that look like it.
        similar: Vec<String>,
        /// Whether the repository was cut off when it was cloned.
        shallow: bool,
    },
    /// Occurs when git fails.
    #[error("`git {command}` failed")]
    Failed {
        /// What it was asked.
        command: &'static str,
        /// What it said.
        said: String,
    },
}

impl GitError {
    /// Returns the kind of error as a word for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Start { .. }
            | Self::NoRepository { .. }
            | Self::Outside { .. }
            | Self::Failed { .. } => "git",
            Self::UnknownReference { .. } => "unknown_git_base",
        }
    }
}

/// What was compared.
#[derive(Clone, Debug)]
pub struct Commits {
    /// The other side's.
    pub theirs: String,
    /// Where the two sides parted; none where that is not known.
    pub base: Option<String>,
    /// Whether the repository was cut off when it was cloned.
    pub shallow: bool,
}

/// Reads the revision files of another branch.
///
/// # Errors
/// Fails when git cannot be asked, does not know the branch, or the folders are not in a repository.
pub fn upstream(
    environment: &Environment,
    locations: &[Location],
    python: Python,
    reference: &str,
) -> Result<(Upstream, Commits), GitError> {
    let git = Git::of(environment, locations);
    let top = git.top()?;
    let folders = git.folders(locations, &top)?;
    let theirs = git.commit(reference)?;
    let base = git.merge_base(&theirs)?;
    let commits = Commits {
        shallow: git.is_shallow()?,
        theirs,
        base,
    };
    let mut listed = git.list(&commits.theirs, &folders)?;
    let count = listed.len();
    if let Some(base) = &commits.base {
        listed.extend(git.list(base, &folders)?);
    }
    let mut read = git.read(listed)?;
    let python = Arc::new(python);
    let snapshot = |files: Vec<(PathBuf, Content)>| {
        let mut snapshot = Snapshot::new(Arc::clone(&python));
        for (path, content) in files {
            if let Some(content) = content {
                snapshot.insert(path, content);
            }
        }
        snapshot
    };
    let base = snapshot(read.split_off(count));
    let upstream = Upstream {
        reference: reference.to_owned(),
        ours: Snapshot::of(locations, Arc::clone(&python)),
        theirs: snapshot(read),
        base: commits.base.as_ref().map(|_| base),
    };
    Ok((upstream, commits))
}

/// A folder of revisions, and where it is in the repository.
struct Folder<'a> {
    location: &'a Location,
    below_top: PathBuf,
}

/// A revision file of a commit.
struct Listed {
    /// As it is shown.
    path: PathBuf,
    /// The id of its content, or for a link what has it followed: `commit:path`.
    object: Vec<u8>,
    is_link: bool,
}

struct Git<'a> {
    environment: &'a Environment,
    /// Where it is run.
    directory: PathBuf,
}

impl<'a> Git<'a> {
    fn of(environment: &'a Environment, locations: &[Location]) -> Self {
        // In a hook, GIT_DIR may be relative to where the hook runs.
        let folder = match environment.get("GIT_DIR") {
            Some(_) => None,
            None => locations
                .first()
                .map(|it| environment.directory.join(it.path())),
        };
        let folder = folder.filter(|folder| folder.is_dir());
        Self {
            environment,
            directory: folder.unwrap_or_else(|| environment.directory.clone()),
        }
    }

    fn command(&self, words: &[&OsStr]) -> Command {
        let mut command = Command::new("git");
        command
            .args(words)
            .current_dir(&self.directory)
            .env("LC_ALL", "C")
            .stdin(Stdio::null());
        command
    }

    fn ask(&self, words: &[&str]) -> Result<Output, GitError> {
        let words: Vec<_> = words.iter().map(OsStr::new).collect();
        self.run(&words)
    }

    fn run(&self, words: &[&OsStr]) -> Result<Output, GitError> {
        let output = self.command(words).output();
        output.map_err(|source| GitError::Start { source })
    }

    /// Returns the repository's folder.
    fn top(&self) -> Result<PathBuf, GitError> {
        let output = self.ask(&["rev-parse", "--show-toplevel"])?;
        if !output.status.success() {
            let said = said(&output);
            return Err(match said.contains("not a git repository") {
                true => GitError::NoRepository {
                    folder: self.directory.clone(),
                },
                false => GitError::Failed {
                    command: "rev-parse",
                    said,
                },
            });
        }
        Ok(PathBuf::from(os_string(line(&output.stdout))))
    }

    /// Finds the folders in the repository.
    fn folders<'l>(
        &self,
        locations: &'l [Location],
        top: &Path,
    ) -> Result<Vec<Folder<'l>>, GitError> {
        let real_top = top.canonicalize().unwrap_or_else(|_| top.to_owned());
        let find = |location: &'l Location| {
            let real = self
                .environment
                .directory
                .join(location.path())
                .canonicalize();
            let below_top = real.ok().and_then(|real| {
                let below = real.strip_prefix(&real_top).ok()?;
                Some(below.to_owned())
            });
            match below_top {
                Some(below_top) => Ok(Folder {
                    location,
                    below_top,
                }),
                None => Err(GitError::Outside {
                    folder: location.path().to_owned(),
                    top: top.to_owned(),
                }),
            }
        };
        locations.iter().map(find).collect()
    }

    fn commit(&self, reference: &str) -> Result<String, GitError> {
        // What begins with a dash would be an option.
        if !reference.starts_with('-') {
            let commit = format!("{reference}^{{commit}}");
            let output = self.ask(&["rev-parse", "--verify", "--quiet", &commit])?;
            if output.status.success() {
                return Ok(text(line(&output.stdout)));
            }
        }
        let references = self.ask(&["for-each-ref", "--format=%(refname:short)"])?;
        let references = text(&references.stdout);
        Err(GitError::UnknownReference {
            reference: reference.to_owned(),
            similar: similar(reference, references.lines()),
            shallow: self.is_shallow()?,
        })
    }

    /// Returns where HEAD and a commit parted; none where their histories do not meet.
    fn merge_base(&self, commit: &str) -> Result<Option<String>, GitError> {
        let output = self.ask(&["merge-base", "HEAD", commit])?;
        let found = output.status.success();
        Ok(found.then(|| text(line(&output.stdout))))
    }

    fn is_shallow(&self) -> Result<bool, GitError> {
        let output = self.ask(&["rev-parse", "--is-shallow-repository"])?;
        Ok(line(&output.stdout) == b"true")
    }

    /// Lists the revision files of a commit.
    fn list(&self, commit: &str, folders: &[Folder<'_>]) -> Result<Vec<Listed>, GitError> {
        let mut listed = Vec::new();
        for folder in folders {
            let mut words: Vec<&OsStr> = ["ls-tree", "-r", "-z", "--full-tree", commit, "--"]
                .map(OsStr::new)
                .to_vec();
            if !folder.below_top.as_os_str().is_empty() {
                words.push(folder.below_top.as_os_str());
            }
            let output = self.run(&words)?;
            if !output.status.success() {
                return Err(GitError::Failed {
                    command: "ls-tree",
                    said: said(&output),
                });
            }
            let lines = output.stdout.split(|byte| *byte == 0);
            listed.extend(lines.filter_map(|line| folder.listed(commit, line)));
        }
        Ok(listed)
    }

    /// Reads files, each content once; none for what is missing, as where a link leads nowhere.
    fn read(&self, listed: Vec<Listed>) -> Result<Vec<(PathBuf, Content)>, GitError> {
        let mut contents: [BTreeMap<Vec<u8>, Content>; 2] = Default::default();
        for (contents, is_link) in contents.iter_mut().zip([false, true]) {
            let wanted = listed.iter().filter(|file| file.is_link == is_link);
            let wanted = wanted.map(|file| (file.object.clone(), None));
            contents.extend(wanted);
            let option = match is_link {
                true => Some("--follow-symlinks"),
                false => None,
            };
            self.contents(contents, option)?;
        }
        let [files, links] = contents;
        let content = |file: Listed| {
            let of_kind = if file.is_link { &links } else { &files };
            let content = of_kind.get(&file.object).cloned().flatten();
            (file.path, content)
        };
        Ok(listed.into_iter().map(content).collect())
    }

    /// Fills in the contents of objects, with one process for all.
    fn contents(
        &self,
        objects: &mut BTreeMap<Vec<u8>, Content>,
        option: Option<&str>,
    ) -> Result<(), GitError> {
        if objects.is_empty() {
            return Ok(());
        }
        let start = |source| GitError::Start { source };
        let failed = |error: io::Error| GitError::Failed {
            command: "cat-file",
            said: error.to_string(),
        };
        let mut words = vec!["cat-file", "--batch"];
        words.extend(option);
        let words: Vec<_> = words.into_iter().map(OsStr::new).collect();
        let mut command = self.command(&words);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.stderr(Stdio::null()).spawn().map_err(start)?;
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
        let (Some(mut stdin), Some(stdout)) = (stdin, stdout) else {
            return Ok(());
        };
        let mut asked = Vec::new();
        for object in objects.keys() {
            asked.extend_from_slice(object);
            asked.push(b'\n');
        }
        let read = thread::scope(|scope| {
            // git answers while it is asked: neither may wait until the other is done.
            let asking = scope.spawn(move || stdin.write_all(&asked));
            let mut stdout = BufReader::new(stdout);
            let read = objects.values_mut().try_for_each(|content| {
                *content = next_content(&mut stdout)?;
                Ok(())
            });
            drop(stdout);
            let asked = asking.join().unwrap_or(Ok(()));
            read.and(asked)
        });
        child.wait().map_err(failed)?;
        read.map_err(failed)
    }
}

impl Folder<'_> {
    /// Reads a line of `git ls-tree`: `mode type object⇥path`.
    fn listed(&self, commit: &str, line: &[u8]) -> Option<Listed> {
        let tab = line.iter().position(|byte| *byte == b'\t')?;
        let (head, name) = (text(&line[..tab]), &line[tab + 1..]);
        let mut head = head.split(' ');
        let (mode, kind, object) = (head.next()?, head.next()?, head.next()?);
        let path = PathBuf::from(os_string(name));
        let below = path.strip_prefix(&self.below_top).ok()?;
        if kind != "blob" || !self.location.takes(below) {
            return None;
        }
        let is_link = mode == "120000";
        let object = match is_link {
            true => [commit.as_bytes(), b":", name].concat(),
            false => object.as_bytes().to_vec(),
        };
        // Names are asked for line by line.
        let is_one_line = !object.contains(&b'\n');
        is_one_line.then(|| Listed {
            path: self.location.path().join(below),
            object,
            is_link,
        })
    }
}

/// Reads one answer of `git cat-file --batch`; none where it says that there is nothing.
fn next_content(stdout: &mut impl BufRead) -> io::Result<Content> {
    let mut head = Vec::new();
    stdout.read_until(b'\n', &mut head)?;
    let head = text(line(&head));
    let mut words = head.rsplit(' ');
    let (last, before) = (words.next().unwrap_or_default(), words.next());
    if last == "missing" {
        return Ok(None);
    }
    let Ok(length) = last.parse::<u64>() else {
        return Err(io::Error::other(format!("git said `{head}`")));
    };
    let mut content = Vec::new();
    // With the line end that follows.
    stdout.take(length + 1).read_to_end(&mut content)?;
    if content.pop() != Some(b'\n') {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok((before == Some("blob")).then_some(content))
}

/// Returns up to three references that may have been meant, those of a remote first.
fn similar<'a>(typed: &str, references: impl Iterator<Item = &'a str>) -> Vec<String> {
    let of_remote = format!("/{typed}");
    let most = (typed.chars().count() / 3).clamp(1, 3);
    let distance = |name: &str| match name.ends_with(&of_remote) {
        true => 0,
        false => strsim::osa_distance(typed, name),
    };
    let mut near: Vec<_> = references
        .map(|name| (distance(name), name))
        .filter(|(distance, _)| *distance <= most)
        .collect();
    near.sort_unstable();
    let near = near.into_iter().take(3);
    near.map(|(_, name)| name.to_owned()).collect()
}

/// Returns what git said, without the word that it begins with.
fn said(output: &Output) -> String {
    let said = text(&output.stderr);
    let said = said.trim();
    said.strip_prefix("fatal: ").unwrap_or(said).to_owned()
}

fn line(bytes: &[u8]) -> &[u8] {
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    bytes.strip_suffix(b"\r").unwrap_or(bytes)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(unix)]
fn os_string(bytes: &[u8]) -> OsString {
    use std::os::unix::ffi::OsStrExt;
    OsStr::from_bytes(bytes).to_owned()
}

#[cfg(not(unix))]
fn os_string(bytes: &[u8]) -> OsString {
    text(bytes).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_answer_is_read() {
        let mut answers: &[u8] =
            b"abc blob 3\nx\ny\nabc missing\nsymlink 4\n../x\nabc blob 0\n\nhm\n";
        let mut next = || next_content(&mut answers);
        assert_eq!(next().unwrap().as_deref(), Some(b"x\ny".as_slice()));
        assert_eq!(next().unwrap(), None);
        assert_eq!(next().unwrap(), None);
        assert_eq!(next().unwrap().as_deref(), Some(b"".as_slice()));
        assert!(next().is_err());
    }

    #[test]
    fn a_branch_of_a_remote_is_found_by_its_own_name() {
        let references = ["main", "origin/main", "origin/mail", "topic"];
        let similar = |typed| similar(typed, references.into_iter());
        assert_eq!(similar("orgin/main"), ["origin/main", "origin/mail"]);
        assert_eq!(similar("mian"), ["main"]);
        assert_eq!(similar("nothing"), Vec::<String>::new());
    }
}
