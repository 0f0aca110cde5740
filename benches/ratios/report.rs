//! The table that a run prints: what was measured, the figure, its bound, whether it holds.

use std::time::Duration;

/// What a figure may be at most.
#[derive(Clone, Copy, Debug)]
pub struct Bound(f64);

impl Bound {
    /// At most this, in the unit of the figure.
    pub fn of(most: f64) -> Self {
        Self(most)
    }
}

/// Prints a line for each measure as soon as it is taken.
pub struct Report {
    held: usize,
    broken: usize,
}

impl Report {
    /// Prints the head of the table.
    pub fn begin() -> Self {
        row(["measure", "ours", "peer", "figure", "bound", "holds"]);
        Self { held: 0, broken: 0 }
    }

    /// A figure relative to another one.
    pub fn ratio(&mut self, what: &str, (ours, peer): (Duration, Duration), bound: Bound) {
        let ratio = ours.as_secs_f64() / peer.as_secs_f64();
        let figure = format!("{ratio:.2} x");
        let bound_text = format!("{} x", bound.0);
        let sides = [milliseconds(ours), milliseconds(peer)];
        self.line(what, sides, (figure, bound_text), ratio <= bound.0);
    }

    /// A time, its bound in milliseconds.
    pub fn time(&mut self, what: &str, time: Duration, bound: Bound) {
        let figure = milliseconds(time);
        let bound_text = format!("{} ms", bound.0);
        let holds = time.as_secs_f64() * 1e3 <= bound.0;
        self.line(what, Default::default(), (figure, bound_text), holds);
    }

    /// An amount of bytes, its bound in megabytes.
    pub fn megabytes(&mut self, what: &str, bytes: u64, bound: Bound) {
        let megabytes = bytes as f64 / 1e6;
        let figure = format!("{megabytes:.1} MB");
        let bound_text = format!("{} MB", bound.0);
        let holds = megabytes <= bound.0;
        self.line(what, Default::default(), (figure, bound_text), holds);
    }

    /// Prints the sum.
    pub fn end(self) {
        println!("\n{} hold, {} do not", self.held, self.broken);
    }

    fn line(
        &mut self,
        what: &str,
        [ours, peer]: [String; 2],
        (figure, bound): (String, String),
        holds: bool,
    ) {
        let verdict = if holds { "yes" } else { "NO" };
        self.held += usize::from(holds);
        self.broken += usize::from(!holds);
        row([what, &ours, &peer, &figure, &bound, verdict]);
    }
}

fn milliseconds(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1e3)
}

fn row([what, ours, peer, figure, bound, holds]: [&str; 6]) {
    println!("{what:<68} {ours:>10} {peer:>10} {figure:>10}  <= {bound:<7} {holds}");
}
