//! A real PostgreSQL 17 without an installed server.
//!
//! [`Embedded::open`] starts the PostgreSQL that the `pglite-rs` crate carries
//! as a child process on a private unix socket (mode 0700 directory, no TCP)
//! and keeps its data under one directory. Every connection made with
//! [`Embedded::connect_info`] is an ordinary session of that server:
//! advisory locks, `CREATE INDEX CONCURRENTLY`, `COPY` and cancel requests
//! behave as in production.
//!
//! Guarantees this module adds to the crate:
//!
//! * one opener at a time: an OS file lock, taken before `initdb` can run;
//! * no server is left behind: dropping stops it in the "fast" mode, and if
//!   this process dies (even by `SIGKILL`) a tiny watchdog stops it;
//! * a server orphaned in spite of that is stopped by the next open;
//! * nothing is printed, and the server's log file does not stay behind;
//! * server-side timers work: the crate's build of PostgreSQL has its
//!   `setitimer` stubbed out, so that by itself neither `lock_timeout` nor
//!   `statement_timeout` ever fires and a deadlock lasts for ever. A thread
//!   here sends the missing alarm signals, so timers fire up to 50 ms late.
//!
//! Opening and dropping block the thread (first open about half a second):
//! inside an async runtime use `spawn_blocking` for both.

mod clock;

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use pglite::{MultiProcessOptions, PGlite};
use rustix::process::{Pid, Signal, geteuid, kill_process};

use clock::{Clock, block_on};

use crate::database::conninfo::{ConnectInfo, Environment};

const USER: &str = "postgres";
const DATABASE: &str = "postgres";
const PORT: u16 = 5432;
/// Sessions that clients may hold at once.
const SESSIONS: usize = 20;
const ORPHAN_WAIT: Duration = Duration::from_secs(5);
/// A killed process holds its lock until the kernel has taken it down.
const LOCK_WAIT: Duration = Duration::from_millis(500);
const POLL: Duration = Duration::from_millis(20);
/// Ends quietly on a line of input; stops the server if its input just ends.
const WATCHDOG: &str = r#"read -r _ || { kill -INT "$1"; rm -rf "$2" "$2.log"; }"#;

/// Serialises starts, so that the log file of a failed start can be named.
static STARTING: Mutex<()> = Mutex::new(());

/// Why the embedded PostgreSQL could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddedError {
    /// Another process, or another value in this one, has the directory open.
    #[error("the embedded database in {} is already open", .0.display())]
    InUse(PathBuf),
    /// A server of an earlier run still owns the directory and does not stop.
    #[error("a server left by an earlier run (process {pid}) still uses {} and does not stop", path.display())]
    Orphan {
        /// The database directory.
        path: PathBuf,
        /// Process id of that server.
        pid: i32,
    },
    /// The unpacked server programs could have been altered by someone else.
    #[error("the unpacked server in {} can be changed by another user; remove it or set PGLITE_RUNTIME_DIR", .0.display())]
    UntrustedRuntime(PathBuf),
    /// A file operation failed.
    #[error("{action} {}: {source}", path.display())]
    Io {
        /// What was being done.
        action: &'static str,
        /// To which file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// The server did not start.
    #[error("the embedded PostgreSQL did not start: {message}{}", detail(log))]
    Start {
        /// What the start reported.
        message: String,
        /// The last lines of the server's own log; may be empty.
        log: String,
    },
}

fn detail(log: &str) -> String {
    if log.is_empty() {
        String::new()
    } else {
        format!(" ({log})")
    }
}

/// A running embedded PostgreSQL; dropping it stops the server.
#[derive(Debug)]
pub struct Embedded {
    // Dropped in this order by `Drop`, except for the lock, which goes last.
    db: Option<Db>,
    clock: Option<Clock>,
    watchdog: Option<Child>,
    socket_dir: PathBuf,
    _lock: File,
}

struct Db(PGlite);

impl std::fmt::Debug for Db {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PGlite")
    }
}

impl Embedded {
    /// Opens the database kept in `path`, creating it if it does not exist.
    ///
    /// # Errors
    ///
    /// See [`EmbeddedError`]; a directory that is open elsewhere is refused
    /// after half a second and is never touched.
    pub fn open(path: &Path) -> Result<Self, EmbeddedError> {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
            .map_err(|source| io_error("create", path, source))?;
        // The server's working directory is its data directory.
        let path = fs::canonicalize(path).map_err(|source| io_error("resolve", path, source))?;
        let lock = lock(&path)?;
        check_runtime()?;
        let current = path.join("current");
        let (data, new) =
            cluster(&path, &current).map_err(|source| io_error("read", &current, source))?;
        stop_orphan(&path, &data)?;

        let starting = STARTING.lock().unwrap_or_else(PoisonError::into_inner);
        let options = MultiProcessOptions {
            username: USER.to_owned(),
            database: DATABASE.to_owned(),
            max_connections: 1,
            extra_connections: SESSIONS,
            port: Some(PORT),
            start_params: vec![
                // The log may hold SQL, and it lies outside our directory.
                "log_min_messages=fatal".to_owned(),
                "log_min_error_statement=panic".to_owned(),
            ],
            ..MultiProcessOptions::default()
        };
        let db = block_on(PGlite::open_multi_process(&data, options)).map_err(|error| {
            EmbeddedError::Start {
                message: error.to_string(),
                log: take_logs(),
            }
        })?;
        drop(starting);

        let socket_dir = db
            .socket_path()
            .and_then(Path::parent)
            .map(Path::to_path_buf);
        let mut this = Self {
            db: Some(Db(db)),
            clock: None,
            watchdog: None,
            socket_dir: socket_dir.unwrap_or_default(),
            _lock: lock,
        };
        let pidfile = data.join("postmaster.pid");
        let server = Postmaster::read(&data)
            .map_err(|source| io_error("read", &pidfile, source))?
            .ok_or_else(|| io_error("read", &pidfile, io::ErrorKind::InvalidData.into()))?;
        this.watchdog = Some(watchdog(server.pid, &this.socket_dir)?);
        this.clock = match &this.db {
            Some(Db(db)) => Some(Clock::start(db.clone())?),
            None => None,
        };
        if new {
            adopt(&data, &current).map_err(|source| io_error("write", &current, source))?;
        }
        Ok(this)
    }

    /// Returns how to connect, any number of times up to the server's limit of sessions.
    ///
    /// # Errors
    /// Fails when the socket's folder cannot be written in a connection string.
    pub fn connect_info(&self) -> Result<ConnectInfo, EmbeddedError> {
        let host = self.socket_dir.display();
        let text =
            format!("host='{host}' port={PORT} user={USER} dbname={DATABASE} sslmode=disable");
        ConnectInfo::parse(&text, &Environment::default()).map_err(|error| EmbeddedError::Start {
            message: error.to_string(),
            log: String::new(),
        })
    }

    /// The directory of the server's unix socket (for `psql -h`, port 5432).
    #[must_use]
    pub fn socket_dir(&self) -> &Path {
        &self.socket_dir
    }
}

impl Drop for Embedded {
    fn drop(&mut self) {
        if let Some(clock) = self.clock.take() {
            clock.stop();
        }
        if let Some(Db(db)) = self.db.take() {
            // Without this the crate's own drop kills the server after 200 ms.
            let _ = block_on(db.shutdown());
            // What is left is a pool thread that may sleep for half a second.
            let _ = thread::Builder::new().spawn(move || drop(db));
        }
        if let Some(mut dog) = self.watchdog.take() {
            if let Some(mut input) = dog.stdin.take() {
                let _ = input.write_all(b"\n");
            }
            let _ = dog.wait();
        }
        let _ = fs::remove_file(self.socket_dir.with_extension("log"));
    }
}

fn io_error(action: &'static str, path: &Path, source: io::Error) -> EmbeddedError {
    EmbeddedError::Io {
        action,
        path: path.to_path_buf(),
        source,
    }
}

/// Takes the lock that the kernel releases when this process ends.
fn lock(path: &Path) -> Result<File, EmbeddedError> {
    let name = path.join("lock");
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&name)
        .map_err(|source| io_error("open", &name, source))?;
    let deadline = Instant::now() + LOCK_WAIT;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) if Instant::now() < deadline => thread::sleep(POLL),
            Err(TryLockError::WouldBlock) => return Err(EmbeddedError::InUse(path.to_path_buf())),
            Err(TryLockError::Error(source)) => return Err(io_error("lock", &name, source)),
        }
    }
}

/// The data directory to use, and whether it is still to be made.
///
/// A new one gets a name of its own and counts only once its server has run:
/// an `initdb` whose opener was killed lives on for a moment and would spoil,
/// or on its failure delete, a directory made anew under the same name. What it
/// leaves behind is removed by the next open, or by one after that.
fn cluster(path: &Path, current: &Path) -> io::Result<(PathBuf, bool)> {
    let adopted = match fs::read_to_string(current) {
        Ok(name) => match Path::new(name.trim()).file_name() {
            Some(name) => Some(name.to_owned()),
            None => return Err(io::ErrorKind::InvalidData.into()),
        },
        Err(e) if e.kind() == io::ErrorKind::NotFound => None,
        Err(e) => return Err(e),
    };
    for entry in fs::read_dir(path)?.flatten() {
        let name = entry.file_name();
        if name.to_string_lossy().starts_with("data-") && adopted.as_ref() != Some(&name) {
            let _ = stop_orphan(path, &entry.path());
            let _ = fs::remove_dir_all(entry.path());
        }
    }
    if let Some(name) = adopted {
        return Ok((path.join(name), false));
    }
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Ok((path.join(format!("data-{}", now.as_nanos())), true))
}

/// Records that `data` is complete.
fn adopt(data: &Path, current: &Path) -> io::Result<()> {
    let draft = current.with_extension("new");
    let mut file = File::create(&draft)?;
    let name = data.file_name().unwrap_or_default();
    file.write_all(name.as_encoded_bytes())?;
    file.sync_all()?;
    fs::rename(&draft, current)
}

/// Refuses programs that another user could have planted: the crate unpacks
/// them under a fixed name in the temporary directory and trusts what is there.
fn check_runtime() -> Result<(), EmbeddedError> {
    let candidates: Vec<PathBuf> = match std::env::var_os("PGLITE_RUNTIME_DIR") {
        Some(dir) => vec![dir.into()],
        None => fs::read_dir(std::env::temp_dir())
            .map(|entries| {
                entries
                    .flatten()
                    .filter(|e| {
                        e.file_name()
                            .to_string_lossy()
                            .starts_with("pglite-rs-runtime-")
                    })
                    .map(|e| e.path())
                    .collect()
            })
            .unwrap_or_default(),
    };
    let me = geteuid().as_raw();
    for dir in candidates {
        let Ok(meta) = fs::symlink_metadata(&dir) else {
            continue;
        };
        // Our own has the rights that our umask gives to all we make; where that lets the group
        // write, it may change this program as well.
        let others = if meta.uid() == me { 0o002 } else { 0o022 };
        if (meta.uid() != me && meta.uid() != 0) || (meta.is_dir() && meta.mode() & others != 0) {
            return Err(EmbeddedError::UntrustedRuntime(dir));
        }
    }
    Ok(())
}

/// What a running server says of itself in `postmaster.pid`.
struct Postmaster {
    pid: i32,
    socket: PathBuf,
}

impl Postmaster {
    fn read(data: &Path) -> io::Result<Option<Self>> {
        let text = match fs::read_to_string(data.join("postmaster.pid")) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            other => other?,
        };
        let mut lines = text.lines();
        // The single-user server of `initdb` writes a negative number.
        let pid = lines
            .next()
            .and_then(|l| l.trim().parse().ok())
            .filter(|pid| *pid > 0);
        let port = lines.nth(2);
        let dir = lines.next();
        Ok(match (pid, port, dir) {
            (Some(pid), Some(port), Some(dir)) => Some(Self {
                pid,
                socket: Path::new(dir).join(format!(".s.PGSQL.{port}")),
            }),
            _ => None,
        })
    }

    /// Asked of the socket, as the process id may have a new owner.
    fn answers(&self) -> bool {
        UnixStream::connect(&self.socket).is_ok()
    }
}

/// Stops a server whose opener died; we hold the lock, so nobody else wants it.
fn stop_orphan(path: &Path, data: &Path) -> Result<(), EmbeddedError> {
    let pidfile = data.join("postmaster.pid");
    let read = || Postmaster::read(data).map_err(|source| io_error("read", &pidfile, source));
    let Some(server) = read()? else { return Ok(()) };
    if let Some(pid) = Pid::from_raw(server.pid).filter(|_| server.answers()) {
        let _ = kill_process(pid, Signal::INT);
    }
    let deadline = Instant::now() + ORPHAN_WAIT;
    while let Some(now) = read()?.filter(|now| now.pid == server.pid && alive(now.pid)) {
        if Instant::now() < deadline {
            thread::sleep(POLL);
        } else if now.answers() {
            return Err(EmbeddedError::Orphan {
                path: path.to_path_buf(),
                pid: now.pid,
            });
        } else {
            // A zombie, or an unrelated process with a reused id, for which the
            // server would refuse to start. It ignores its parent's id, and
            // still checks that no process uses the old shared memory.
            let text = fs::read_to_string(&pidfile)
                .map_err(|source| io_error("read", &pidfile, source))?;
            let rest = text.split_once('\n').map_or("", |(_, rest)| rest);
            fs::write(&pidfile, format!("{}\n{rest}", std::process::id()))
                .map_err(|source| io_error("write", &pidfile, source))?;
            break;
        }
    }
    let ours = |d: &&Path| {
        d.file_name()
            .is_some_and(|n| n.to_string_lossy().starts_with("pgl-"))
    };
    if let Some(dir) = server.socket.parent().filter(ours) {
        let _ = fs::remove_dir_all(dir);
        let _ = fs::remove_file(dir.with_extension("log"));
    }
    Ok(())
}

fn alive(pid: i32) -> bool {
    Pid::from_raw(pid).is_some_and(|pid| rustix::process::test_kill_process(pid).is_ok())
}

/// Starts the process that stops the server should this one die.
fn watchdog(pid: i32, socket_dir: &Path) -> Result<Child, EmbeddedError> {
    let shell = Path::new("/bin/sh");
    Command::new(shell)
        .args(["-c", WATCHDOG, "limbeck-watchdog", &pid.to_string()])
        .arg(socket_dir)
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .map_err(|source| io_error("start", shell, source))
}

/// The tail of the logs of failed starts of this process, which are removed.
fn take_logs() -> String {
    let prefix = format!("pgl-{}-", std::process::id());
    let mut text = String::new();
    for dir in [PathBuf::from("/dev/shm"), std::env::temp_dir()] {
        for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            let log = entry.path();
            // A running server's socket directory has the same name without ".log".
            let live = log
                .with_extension("")
                .join(format!(".s.PGSQL.{PORT}"))
                .exists();
            if name.starts_with(&prefix) && name.ends_with(".log") && !live {
                text = fs::read_to_string(&log).unwrap_or_default();
                let _ = fs::remove_file(&log);
                let _ = fs::remove_dir(log.with_extension(""));
            }
        }
    }
    let lines: Vec<&str> = text
        .lines()
        .map(str::trim)
        .filter(|l| !l.is_empty())
        .collect();
    lines[lines.len().saturating_sub(3)..].join("; ")
}
