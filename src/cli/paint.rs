//! Colours, by what they stand for; every text is understandable without them.

use std::fmt::{self, Display};

use anstyle::{AnsiColor, Style};

/// Puts colours round text, or does not.
#[derive(Clone, Copy, Debug, Default)]
pub struct Paint {
    on: bool,
}

/// A text with the colour it gets.
pub struct Painted<T> {
    style: Style,
    on: bool,
    text: T,
}

impl<T: Display> Display for Painted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.on {
            return self.text.fmt(f);
        }
        write!(f, "{}", self.style.render())?;
        self.text.fmt(f)?;
        write!(f, "{}", self.style.render_reset())
    }
}

macro_rules! paints {
    ($($(#[$doc:meta])* $name:ident => $style:expr;)*) => {
        $(
            $(#[$doc])*
            pub fn $name<T>(self, text: T) -> Painted<T> {
                Painted { style: $style, on: self.on, text }
            }
        )*
    };
}

impl Paint {
    /// A paint that is on or off.
    #[must_use]
    pub fn new(on: bool) -> Self {
        Self { on }
    }

    /// Returns whether there are colours.
    #[must_use]
    pub fn is_on(self) -> bool {
        self.on
    }

    paints! {
        /// The word `error`.
        error => AnsiColor::Red.on_default().bold();
        /// The word `warning`.
        warning => AnsiColor::Yellow.on_default().bold();
        /// The word `hint`.
        hint => AnsiColor::Cyan.on_default().bold();
        /// The id of a revision.
        revision => AnsiColor::Yellow.on_default();
        /// The labels of a branch.
        label => AnsiColor::Green.on_default();
        /// What a revision is: head, branch point and so on.
        mark => AnsiColor::Cyan.on_default();
        /// Where the database stands.
        current => AnsiColor::Magenta.on_default().bold();
        /// What is less important than what stands round it.
        dim => Style::new().dimmed();
    }
}
