//! Reads many small files with as few system calls as there can be.
//!
//! A command that does nothing must not cost more than reading the files: each one is opened from
//! its folder's handle, which spares the kernel the way there, read into one buffer and closed.

use std::borrow::Cow;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::error::Problem;
use super::normal;

/// An open folder.
pub(super) struct Folder {
    #[cfg(unix)]
    handle: std::os::fd::OwnedFd,
    #[cfg(not(unix))]
    path: std::path::PathBuf,
}

impl Folder {
    #[cfg(unix)]
    pub(super) fn open(path: &Path) -> io::Result<Self> {
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
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let path = path.to_owned();
        Ok(Self { path })
    }

    #[cfg(not(unix))]
    fn file(&self, name: &OsStr) -> io::Result<File> {
        File::open(self.path.join(name))
    }
}

/// Reads one file after the other into the same buffer.
pub(super) struct Reader {
    buffer: Vec<u8>,
    normal: String,
}

impl Reader {
    pub(super) fn new() -> Self {
        Self {
            buffer: vec![0; 1 << 16],
            normal: String::new(),
        }
    }

    /// Returns a file's text with plain line ends, or the line and what is wrong there.
    pub(super) fn read(&mut self, folder: &Folder, name: &OsStr) -> Result<&str, (u32, Problem)> {
        let length = self
            .fill(folder, name)
            .map_err(|error| (0, unreadable(&error)))?;
        let bytes = &self.buffer[..length];
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let offset = error.valid_up_to();
            let ends = bytes[..offset].iter().filter(|b| **b == b'\n').count();
            let line = u32::try_from(ends + 1).unwrap_or(u32::MAX);
            (line, Problem::NotUtf8 { offset })
        })?;
        match normal(text) {
            Cow::Borrowed(text) => Ok(text),
            Cow::Owned(text) => {
                self.normal = text;
                Ok(&self.normal)
            }
        }
    }

    fn fill(&mut self, folder: &Folder, name: &OsStr) -> io::Result<usize> {
        let mut file = folder.file(name)?;
        let mut length = 0;
        loop {
            // Only a read of nothing is the end: some file systems read short before it.
            match file.read(&mut self.buffer[length..]) {
                Ok(0) => return Ok(length),
                Ok(count) => length += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
            if length == self.buffer.len() {
                self.buffer.resize(length * 4, 0);
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
