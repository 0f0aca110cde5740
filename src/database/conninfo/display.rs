//! Connection settings as a URL that can be shown: without the password.

use std::fmt;

use super::{ConnectInfo, Place};

impl fmt::Display for ConnectInfo {
    /// A URL, with `***` in place of a password that was given.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "postgresql://{}", Escaped(&self.user))?;
        if self.password.is_some() {
            f.write_str(":***")?;
        }
        let mut separator = '@';
        for host in &self.hosts {
            write!(f, "{separator}")?;
            match &host.place {
                Place::Socket(directory) => {
                    let directory = directory.display().to_string();
                    write!(f, "{}:{}", Escaped(&directory), host.port)?;
                }
                Place::Tcp { .. } => write!(f, "{host}")?,
            }
            separator = ',';
        }
        write!(f, "/{}", Escaped(&self.database))?;
        let mut separator = '?';
        for (keyword, value) in &self.others {
            write!(f, "{separator}{keyword}={}", Escaped(value))?;
            separator = '&';
        }
        Ok(())
    }
}

impl fmt::Debug for ConnectInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ConnectInfo")
            .field(&self.to_string())
            .finish()
    }
}

/// Text as it stands in a URL.
struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for byte in self.0.bytes() {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                    write!(f, "{}", char::from(byte))?;
                }
                _ => write!(f, "%{byte:02X}")?,
            }
        }
        Ok(())
    }
}
