//! Reads many small files with as few system calls as there can be, on several threads.
//!
//! A command that does nothing must not cost more than reading the files: each one is opened from
//! its folder's handle, which spares the kernel the way there, read into one buffer and closed.
//! Most of the time is the kernel's, so where there are many files, threads share them. What was
//! found comes in the order of the names, whichever thread was faster.

use std::borrow::Cow;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::error::{Problem, SourceError};
use super::gate::Gate;
use super::{Python, alembic, normal, rust, sql};
use crate::declaration::Declaration;

/// How many files a thread takes at a time.
const BLOCK: usize = 64;
/// How many files are worth another thread, which takes as long to start as a few files to read.
const SHARE: usize = 256;
/// More threads than this wait for each other in the kernel.
const MOST_THREADS: usize = 4;

/// The unit in which file systems read.
const PAGE: usize = 4096;

/// What was found in one file.
#[derive(Default)]
pub(super) struct Found {
    /// Where the id is known.
    pub(super) declaration: Option<Box<Declaration>>,
    /// With plain line ends; none where the file cannot be read.
    pub(super) text: Option<Box<str>>,
    pub(super) errors: Vec<SourceError>,
}

pub(super) fn is_sql(name: &OsStr) -> bool {
    name.as_encoded_bytes().ends_with(b".sql")
}

/// Tells whether a file is a revision of an Alembic project.
pub(super) fn is_python(name: &OsStr) -> bool {
    name.to_str()
        .is_some_and(alembic_compat::folder::is_revision)
}

/// A file's text with plain line ends, and as it was written where that is another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Text {
    pub(super) plain: Box<str>,
    written: Option<Box<str>>,
}

impl Text {
    /// Returns the text as it was written, over whose bytes other programs make their checksums.
    pub(super) fn written(&self) -> &str {
        self.written.as_deref().unwrap_or(&self.plain)
    }
}

/// Reads the revision files of a folder; what was found comes in the same order.
pub(super) fn all(
    path: &Path,
    names: &[OsString],
    python: &Python,
    gate: Option<&Gate>,
) -> io::Result<impl Iterator<Item = Found>> {
    each(path, names, gate, |reader, folder, name| {
        one(reader, folder, path, name, python)
    })
}

/// Reads the texts of files, which may lie in folders below; a text that cannot be read is the line
/// and what is wrong there.
pub(super) fn texts(
    path: &Path,
    names: &[OsString],
    gate: Option<&Gate>,
) -> io::Result<impl Iterator<Item = Result<Text, (u32, Problem)>>> {
    each(path, names, gate, Reader::text)
}

/// Does something with each file of a folder; what comes of it comes in the same order.
///
/// One thread fewer reads until the gate opens, which the end of the files does too.
fn each<T: Send>(
    path: &Path,
    names: &[OsString],
    gate: Option<&Gate>,
    read: impl Fn(&mut Reader, &Folder, &OsStr) -> T + Copy + Send + Sync,
) -> io::Result<impl Iterator<Item = T>> {
    let folder = &Folder::open(path)?;
    let blocks: &Vec<_> = &names.chunks(BLOCK).collect();
    let next = &AtomicUsize::new(0);
    let work = move || {
        let mut reader = Reader::new();
        let mut done = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(block) = blocks.get(at) else {
                return done;
            };
            let found = block.iter().map(|name| read(&mut reader, folder, name));
            done.push((at, found.collect::<Vec<_>>()));
        }
    };
    let mut done = thread::scope(|scope| {
        let helpers = (0..helpers(names.len())).rev().filter_map(|behind| {
            let help = move || {
                if let (0, Some(gate)) = (behind, gate) {
                    gate.pass();
                }
                work()
            };
            // Where the system gives no other thread, this one does all the work.
            thread::Builder::new().spawn_scoped(scope, help).ok()
        });
        let helpers: Vec<_> = helpers.collect();
        let opener = gate.map(Gate::opener);
        let mut done = work();
        drop(opener);
        for helper in helpers {
            match helper.join() {
                Ok(blocks) => done.extend(blocks),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        done
    });
    done.sort_unstable_by_key(|(at, _)| *at);
    Ok(done.into_iter().flat_map(|(_, found)| found))
}

/// Returns how many threads beside this one are worth their start.
fn helpers(files: usize) -> usize {
    let wanted = (files / SHARE).min(MOST_THREADS);
    if wanted < 2 {
        return 0;
    }
    let most = thread::available_parallelism().map_or(1, usize::from);
    wanted.min(most) - 1
}

/// As [`Path::join`], in one allocation.
fn joined(folder: &Path, name: &OsStr) -> PathBuf {
    let mut path = PathBuf::with_capacity(folder.as_os_str().len() + 1 + name.len());
    path.push(folder);
    path.push(name);
    path
}

fn one(reader: &mut Reader, folder: &Folder, path: &Path, name: &OsStr, python: &Python) -> Found {
    let path = &joined(path, name);
    let mut found = Found::default();
    match reader.read(folder, name) {
        Ok(text) => {
            let declaration = declare(path, text, python, &mut found.errors);
            found.declaration = declaration.map(Box::new);
            found.text = Some(text.into());
        }
        Err((line, problem)) => found.errors.push(SourceError::new(path, line, problem)),
    }
    found
}

/// Reads what a text says of itself, in the format that its name stands for.
pub(super) fn declare(
    path: &Path,
    text: &str,
    python: &Python,
    errors: &mut Vec<SourceError>,
) -> Option<Declaration> {
    let name = path.file_name().unwrap_or_default();
    if is_sql(name) {
        sql::declare(path, text, errors)
    } else if is_python(name) {
        alembic::declare(path, text, python, errors)
    } else {
        rust::declare(path, text, errors)
    }
}

/// Returns a file's text, or the line and what is wrong there.
pub(super) fn decode(bytes: &[u8]) -> Result<&str, (u32, Problem)> {
    std::str::from_utf8(bytes).map_err(|error| {
        let offset = error.valid_up_to();
        let ends = bytes[..offset].iter().filter(|b| **b == b'\n').count();
        let line = u32::try_from(ends + 1).unwrap_or(u32::MAX);
        (line, Problem::NotUtf8 { offset })
    })
}

/// An open folder.
struct Folder {
    #[cfg(unix)]
    handle: std::os::fd::OwnedFd,
    #[cfg(not(unix))]
    path: std::path::PathBuf,
}

impl Folder {
    #[cfg(unix)]
    fn open(path: &Path) -> io::Result<Self> {
        use rustix::fs::{Mode, OFlags, open};
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let handle = open(path, flags, Mode::empty())?;
        Ok(Self { handle })
    }

    #[cfg(unix)]
    fn file(&self, name: &OsStr) -> io::Result<File> {
        use rustix::fs::{Mode, OFlags, openat};
        let flags = OFlags::RDONLY | OFlags::CLOEXEC;
        Ok(openat(&self.handle, name, flags, Mode::empty())?.into())
    }

    #[cfg(not(unix))]
    fn open(path: &Path) -> io::Result<Self> {
        let path = path.to_owned();
        Ok(Self { path })
    }

    #[cfg(not(unix))]
    fn file(&self, name: &OsStr) -> io::Result<File> {
        File::open(self.path.join(name))
    }
}

/// Reads one file after the other into the same buffer.
struct Reader {
    buffer: Vec<u8>,
    /// Of what the last file left in the buffer.
    length: usize,
    normal: String,
}

impl Reader {
    fn new() -> Self {
        Self {
            buffer: vec![0; 1 << 16],
            length: 0,
            normal: String::new(),
        }
    }

    /// Returns a file's text with plain line ends, or the line and what is wrong there.
    fn read(&mut self, folder: &Folder, name: &OsStr) -> Result<&str, (u32, Problem)> {
        let length = self
            .fill(folder, name)
            .map_err(|error| (0, unreadable(&error)))?;
        self.length = length;
        let text = decode(&self.buffer[..length])?;
        match normal(text) {
            Cow::Borrowed(text) => Ok(text),
            Cow::Owned(text) => {
                self.normal = text;
                Ok(&self.normal)
            }
        }
    }

    /// Returns a file's text, or the line and what is wrong there.
    fn text(&mut self, folder: &Folder, name: &OsStr) -> Result<Text, (u32, Problem)> {
        let plain: Box<str> = self.read(folder, name)?.into();
        // Nothing is ever added to what was written.
        let written = if plain.len() == self.length {
            None
        } else {
            let written = String::from_utf8_lossy(&self.buffer[..self.length]);
            Some(written.into_owned().into())
        };
        Ok(Text { plain, written })
    }

    fn fill(&mut self, folder: &Folder, name: &OsStr) -> io::Result<usize> {
        let mut file = folder.file(name)?;
        let mut length = 0;
        loop {
            match file.read(&mut self.buffer[length..]) {
                Ok(0) => return Ok(length),
                Ok(count) => length += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
            if length == self.buffer.len() {
                self.buffer.resize(length * 4, 0);
            } else if !length.is_multiple_of(PAGE) {
                // Some file systems read short before the end of a file, but none within a page.
                return Ok(length);
            }
        }
    }
}

pub(super) fn unreadable(error: &io::Error) -> Problem {
    Problem::Unreadable {
        kind: error.kind(),
        message: error.to_string(),
    }
}
