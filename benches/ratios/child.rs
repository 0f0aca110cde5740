//! Running a program once, and what that cost: time that passed, CPU time, memory.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use wait4::Wait4;

/// What one run cost.
#[derive(Clone, Copy, Debug)]
pub struct Usage {
    /// From before the process was started until it had ended.
    pub wall: Duration,
    /// The CPU time of the process itself.
    pub user: Duration,
    /// The CPU time that the kernel spent for it.
    pub system: Duration,
    /// The most memory it held, in bytes.
    pub peak: u64,
}

impl Usage {
    /// The CPU time of the process and of the kernel for it.
    pub fn cpu(&self) -> Duration {
        self.user + self.system
    }
}

/// Runs a program, which must succeed; its output is thrown away.
pub fn run(command: &mut Command) -> Usage {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let begun = Instant::now();
    let ended = command.spawn().unwrap().wait4().unwrap();
    let wall = begun.elapsed();
    if !ended.status.success() {
        let output = command.stderr(Stdio::piped()).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        panic!("{command:?}\n{}\nonce more it said: {said}", ended.status);
    }
    Usage {
        wall,
        user: ended.rusage.utime,
        system: ended.rusage.stime,
        peak: ended.rusage.maxrss,
    }
}

/// Measures so many times, and once before that which does not count.
pub fn rounds<T>(count: usize, mut measure: impl FnMut() -> T) -> Vec<T> {
    measure();
    (0..count).map(|_| measure()).collect()
}

/// Returns the median, the upper one of two.
pub fn median(times: impl Iterator<Item = Duration>) -> Duration {
    let mut times: Vec<_> = times.collect();
    times.sort_unstable();
    times[times.len() / 2]
}
