//! Alarm signals for the embedded server, and waiting for its crate's futures.
//!
//! The crate's build of PostgreSQL has its `setitimer` stubbed out, so no timeout of a session would
//! ever fire. The handlers are there; the signals come from here.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, JoinHandle, Thread};
use std::time::Duration;

use pglite::PGlite;
use rustix::process::{Pid, Signal, kill_process};

use super::EmbeddedError;

/// How late a server-side timeout may fire.
const TICK: Duration = Duration::from_millis(50);
/// Reads shared memory only, so that no lock on a catalogue can block it.
const BACKENDS: &str = "SELECT pg_stat_get_backend_pid(b) FROM pg_stat_get_backend_idset() b";

/// The thread that stands in for the alarm timer of the server's sessions.
#[derive(Debug)]
pub(super) struct Clock {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Clock {
    pub(super) fn start(db: PGlite) -> Result<Self, EmbeddedError> {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = thread::Builder::new()
            .name("embedded-clock".to_owned())
            .spawn(move || {
                while !stopped.load(Ordering::Acquire) {
                    // Every server process handles or ignores this signal, and
                    // a handler with no timer due does nothing.
                    for row in block_on(db.query(BACKENDS, &[])).unwrap_or_default() {
                        if let Some(pid) = row
                            .get::<i32>(0)
                            .ok()
                            .filter(|p| *p > 0)
                            .and_then(Pid::from_raw)
                        {
                            let _ = kill_process(pid, Signal::ALARM);
                        }
                    }
                    thread::park_timeout(TICK);
                }
            })
            .map_err(|source| EmbeddedError::Start {
                message: source.to_string(),
                log: String::new(),
            })?;
        Ok(Self { stop, thread })
    }

    pub(super) fn stop(self) {
        self.stop.store(true, Ordering::Release);
        self.thread.thread().unpark();
        let _ = self.thread.join();
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Runs a future of the crate, which needs no runtime of its own.
pub(super) fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}
