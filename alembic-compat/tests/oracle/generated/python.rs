//! Python text of which some parts can be left out, so that a script can be made smaller.

use std::fmt;

/// A piece of Python.
#[derive(Clone, Debug)]
pub enum Python {
    Text(String),
    /// A call; what is optional may be left out.
    Call {
        name: String,
        required: Vec<Python>,
        optional: Vec<Python>,
    },
    /// `name=value`
    Named(String, Box<Python>),
    /// Lines below a line.
    Block {
        head: Box<Python>,
        lines: Vec<Python>,
    },
    /// One after another.
    Lines(Vec<Python>),
}

/// A piece of text.
pub fn text(text: impl Into<String>) -> Python {
    Python::Text(text.into())
}

/// `name=value`
pub fn named(name: &str, value: impl Into<Python>) -> Python {
    Python::Named(name.to_owned(), Box::new(value.into()))
}

/// A call of what must be given and what may be.
pub fn call(name: impl Into<String>, required: Vec<Python>, optional: Vec<Python>) -> Python {
    Python::Call {
        name: name.into(),
        required,
        optional,
    }
}

impl From<String> for Python {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Python {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl Python {
    /// Returns how many parts can be left out, one at a time.
    pub fn options(&self) -> usize {
        match self {
            Self::Text(_) => 0,
            Self::Call {
                required, optional, ..
            } => {
                let inside = required
                    .iter()
                    .chain(optional)
                    .map(Self::options)
                    .sum::<usize>();
                optional.len() + inside
            }
            Self::Named(_, value) => value.options(),
            Self::Block { head, lines } => {
                let inside = lines.iter().map(Self::options).sum::<usize>();
                head.options() + lines.len().saturating_sub(1) + inside
            }
            Self::Lines(lines) => lines.iter().map(Self::options).sum(),
        }
    }

    /// Returns it without one of those parts.
    pub fn without(&self, mut option: usize) -> Self {
        let mut smaller = self.clone();
        smaller.leave_out(&mut option);
        smaller
    }

    /// Leaves out the part that the number counts down to; whether it was found.
    fn leave_out(&mut self, option: &mut usize) -> bool {
        match self {
            Self::Text(_) => false,
            Self::Call {
                required, optional, ..
            } => {
                if *option < optional.len() {
                    optional.remove(*option);
                    return true;
                }
                *option -= optional.len();
                let mut inside = required.iter_mut().chain(optional);
                inside.any(|it| it.leave_out(option))
            }
            Self::Named(_, value) => value.leave_out(option),
            Self::Block { head, lines } => {
                let count = lines.len().saturating_sub(1);
                if *option < count {
                    lines.remove(*option);
                    return true;
                }
                *option -= count;
                head.leave_out(option) || lines.iter_mut().any(|it| it.leave_out(option))
            }
            Self::Lines(lines) => lines.iter_mut().any(|it| it.leave_out(option)),
        }
    }
}

impl fmt::Display for Python {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Call {
                name,
                required,
                optional,
            } => {
                let parts: Vec<_> = required
                    .iter()
                    .chain(optional)
                    .map(Self::to_string)
                    .collect();
                // What has a name stands behind what has none.
                let (named, plain): (Vec<_>, Vec<_>) = required
                    .iter()
                    .chain(optional)
                    .zip(parts)
                    .partition(|(part, _)| matches!(part, Self::Named(..)));
                let parts: Vec<_> = plain.into_iter().chain(named).map(|(_, it)| it).collect();
                write!(f, "{name}({})", parts.join(", "))
            }
            Self::Named(name, value) => write!(f, "{name}={value}"),
            Self::Block { head, lines } => {
                write!(f, "{head}:")?;
                for line in lines {
                    for line in line.to_string().lines() {
                        write!(f, "\n    {line}")?;
                    }
                }
                Ok(())
            }
            Self::Lines(lines) => {
                let lines: Vec<_> = lines.iter().map(Self::to_string).collect();
                f.write_str(&lines.join("\n"))
            }
        }
    }
}
