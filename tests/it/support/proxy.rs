//! A line between the program and a server that counts turns, adds latency and can be cut.
//!
//! A turn is what a line of some length makes one wait for: the client speaks, the server answers.
//! The proxy reads the PostgreSQL protocol far enough to know when all that was asked is answered;
//! what a client then says next begins a turn, and messages sent without waiting share one. To close
//! a prepared statement, for which no client waits, is none. Inside TLS it can see only who speaks.
//! It changes nothing of what passes.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// Where the line is cut: every connection of the proxy at once, and once.
///
/// Turns and bytes are counted from the moment the cut is ordered, over all connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// The n-th turn's request does not reach the server.
    BeforeRequest(usize),
    /// The n-th turn's request reaches the server, its answer does not reach the client.
    BeforeAnswer(usize),
    /// The client's byte after the n-th does not reach the server.
    AfterBytes(usize),
}

/// A proxy that listens on a port of its own until it is dropped.
pub struct Proxy {
    port: u16,
    line: Arc<Line>,
}

/// What the threads of a proxy share.
struct Line {
    server: u16,
    closed: AtomicBool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    latency: Duration,
    major: Option<String>,
    cut: Option<Cut>,
    turns_of_cut: usize,
    bytes_of_cut: usize,
    connections: Vec<Connection>,
    streams: Vec<TcpStream>,
}

#[derive(Default)]
struct Connection {
    turns: Vec<String>,
}

impl Proxy {
    /// Starts a proxy to a port of this machine.
    pub fn to(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let line = Arc::new(Line {
            server,
            closed: AtomicBool::new(false),
            state: Mutex::default(),
        });
        let shared = Arc::clone(&line);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if shared.closed.load(Ordering::Relaxed) {
                    return;
                }
                shared.accept(client);
            }
        });
        Self { port, line }
    }

    /// Returns the port that clients connect to.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Delays every byte, in both directions, from now on.
    pub fn set_latency(&self, each_way: Duration) {
        self.line.state().latency = each_way;
    }

    /// Has the server say from now on that it is of another major version, of as many digits.
    pub fn pose_as(&self, major: String) {
        self.line.state().major = Some(major);
    }

    /// Orders a cut.
    pub fn cut(&self, cut: Cut) {
        let mut state = self.line.state();
        state.cut = Some(cut);
        state.turns_of_cut = 0;
        state.bytes_of_cut = 0;
    }

    /// Returns whether no ordered cut is still ahead.
    pub fn was_cut(&self) -> bool {
        self.line.state().cut.is_none()
    }

    /// Returns the turns of all connections so far.
    pub fn turns(&self) -> usize {
        self.turns_of_connections().iter().sum()
    }

    /// Returns the turns of each connection so far, in the order in which they were opened.
    pub fn turns_of_connections(&self) -> Vec<usize> {
        let state = self.line.state();
        state.connections.iter().map(|it| it.turns.len()).collect()
    }

    /// Returns what began each turn, one line per turn, to show beside a count that is too high.
    pub fn story(&self) -> String {
        let mut story = String::new();
        for (number, connection) in self.line.state().connections.iter().enumerate() {
            for turn in &connection.turns {
                writeln!(story, "connection {number}: {turn}").unwrap();
            }
        }
        story
    }

    /// Forgets the turns so far.
    pub fn reset(&self) {
        let mut state = self.line.state();
        for connection in &mut state.connections {
            connection.turns.clear();
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.line.closed.store(true, Ordering::Relaxed);
        self.line.state().hang_up();
        // Wakes the thread that accepts, so that it sees the flag.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

impl Line {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn accept(self: &Arc<Self>, client: TcpStream) {
        // Refusing is what a client sees of a server that is down.
        let Ok(server) = TcpStream::connect(("127.0.0.1", self.server)) else {
            return;
        };
        for stream in [&client, &server] {
            stream.set_nodelay(true).unwrap();
        }
        let number = {
            let mut state = self.state();
            state.connections.push(Connection::default());
            state.streams.push(client.try_clone().unwrap());
            state.streams.push(server.try_clone().unwrap());
            state.connections.len() - 1
        };
        let talk = Arc::new(Mutex::new(Talk::default()));
        for (from, to, speaker) in [
            (
                client.try_clone().unwrap(),
                server.try_clone().unwrap(),
                Speaker::Client,
            ),
            (server, client, Speaker::Server),
        ] {
            let (sender, receiver) = channel();
            thread::spawn(move || deliver(&receiver, to));
            let (line, talk) = (Arc::clone(self), Arc::clone(&talk));
            thread::spawn(move || line.listen(from, speaker, number, &talk, &sender));
        }
    }

    /// Reads one direction until it ends.
    fn listen(
        &self,
        mut from: TcpStream,
        speaker: Speaker,
        number: usize,
        talk: &Mutex<Talk>,
        sender: &Sender<(Instant, Vec<u8>)>,
    ) {
        let mut buffer = vec![0; 65_536];
        while let Ok(length) = from.read(&mut buffer) {
            let bytes = &buffer[..length];
            let mut state = self.state();
            let due = Instant::now() + state.latency;
            if length == 0
                || !state.hear(speaker, number, bytes, talk, |passing| {
                    let _ = sender.send((due, passing.to_vec()));
                })
            {
                return;
            }
        }
    }
}

impl State {
    /// Takes note of what was said and lets it pass; returns false after a cut.
    fn hear(
        &mut self,
        speaker: Speaker,
        number: usize,
        bytes: &[u8],
        talk: &Mutex<Talk>,
        pass: impl FnOnce(&[u8]),
    ) -> bool {
        let mut talk = talk.lock().unwrap_or_else(PoisonError::into_inner);
        if speaker == Speaker::Server {
            if matches!(self.cut, Some(Cut::BeforeAnswer(n)) if self.turns_of_cut >= n) {
                self.hang_up();
                return false;
            }
            talk.server(bytes);
            match &self.major {
                Some(major) => pass(&of_version(bytes, major)),
                None => pass(bytes),
            }
            return true;
        }
        let begun = talk.client(bytes);
        self.turns_of_cut += begun.len();
        if let Some(connection) = self.connections.get_mut(number) {
            connection.turns.extend(begun);
        }
        let room = match self.cut {
            Some(Cut::AfterBytes(n)) => n.saturating_sub(self.bytes_of_cut),
            Some(Cut::BeforeRequest(n)) if self.turns_of_cut >= n => 0,
            _ => bytes.len(),
        };
        self.bytes_of_cut += bytes.len();
        if room >= bytes.len() {
            pass(bytes);
            return true;
        }
        pass(&bytes[..room]);
        self.hang_up();
        false
    }

    /// Closes what is open.
    fn hang_up(&mut self) {
        self.cut = None;
        for stream in self.streams.drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

/// The same bytes with another major version where the server says its own.
fn of_version(bytes: &[u8], major: &str) -> Vec<u8> {
    const NAME: &[u8] = b"server_version\0";
    let mut bytes = bytes.to_vec();
    let found = bytes.windows(NAME.len()).position(|part| part == NAME);
    if let Some(at) = found {
        let begin = at + NAME.len();
        bytes[begin..begin + major.len()].copy_from_slice(major.as_bytes());
    }
    bytes
}

/// Writes what is due, in order, and hands on the end.
fn deliver(receiver: &Receiver<(Instant, Vec<u8>)>, mut to: TcpStream) {
    for (due, bytes) in receiver {
        thread::sleep(due.saturating_duration_since(Instant::now()));
        if to.write_all(&bytes).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Speaker {
    Client,
    Server,
}

/// What is known of one connection's conversation.
#[derive(Default)]
struct Talk {
    phase: Phase,
    /// Questions that the server has not answered to their end, oldest first, and whether the
    /// client waits: it does not for the end of a prepared statement.
    open: VecDeque<bool>,
    /// The last question was a simple query, whose COPY ends without a further Sync.
    simple: bool,
    /// The client has spoken since the last answer, without asking for one yet.
    speaking: bool,
    /// What it said is only that a prepared statement may go.
    closing: bool,
    client: Reader,
    server: Reader,
}

#[derive(Default, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Before the startup message: what the client sends has no type yet.
    #[default]
    Startup,
    /// The server answers a question for encryption with one byte and no length.
    Asked,
    Plain,
    /// Encrypted: only who speaks can be seen.
    Opaque,
}

impl Talk {
    /// Returns what began the turns that begin in these bytes.
    fn client(&mut self, bytes: &[u8]) -> Vec<String> {
        let mut begun = Vec::new();
        if self.phase == Phase::Opaque {
            if !std::mem::replace(&mut self.speaking, true) {
                begun.push(format!("{} encrypted bytes", bytes.len()));
            }
            return begun;
        }
        for &byte in bytes {
            let typed = self.phase != Phase::Startup;
            let Some((kind, body)) = self.client.read(byte, typed) else {
                continue;
            };
            let idle = !self.open.contains(&true) && !self.speaking;
            match kind {
                0 => match body.get(..4) {
                    Some([4, 210, 22, 46]) => continue, // a cancel request: nobody answers it
                    Some([4, 210, 22, 47 | 48]) => {
                        self.phase = Phase::Asked;
                        self.open.push_back(true);
                    }
                    _ => {
                        self.phase = Phase::Plain;
                        self.open.push_back(true);
                    }
                },
                b'X' => continue,
                b'C' if !self.speaking => {
                    self.closing = true;
                    continue;
                }
                b'S' if std::mem::take(&mut self.closing) => {
                    self.open.push_back(false);
                    continue;
                }
                b'Q' | b'S' | b'F' => {
                    self.open.push_back(true);
                    self.simple = kind == b'Q';
                    self.speaking = false;
                }
                b'p' => self.open.push_back(true),
                b'c' | b'f' if self.simple => {
                    self.open.push_back(true);
                    self.speaking = false;
                }
                _ => {
                    self.speaking = true;
                    self.closing = false;
                }
            }
            if idle {
                begun.push(title(kind, body));
            }
        }
        begun
    }

    fn server(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            match self.phase {
                Phase::Opaque => self.speaking = false,
                Phase::Asked | Phase::Startup => {
                    self.open.clear();
                    self.phase = match byte {
                        b'S' => Phase::Opaque,
                        _ => Phase::Startup,
                    };
                }
                Phase::Plain => match self.server.read(byte, true) {
                    // A COPY waits for the client's data, and a Sync sent before it counts for nothing.
                    Some((b'Z' | b'G', _)) => {
                        self.open.pop_front();
                    }
                    // All but "ok" and the last word of SCRAM wait for the client.
                    Some((b'R', body)) if !matches!(body.get(..4), Some([0, 0, 0, 0 | 12])) => {
                        self.open.clear();
                    }
                    _ => {}
                },
            }
        }
    }
}

/// Returns a line on what a client's message is.
fn title(kind: u8, body: &[u8]) -> String {
    let text: String = String::from_utf8_lossy(body)
        .chars()
        .map(|char| if char.is_control() { ' ' } else { char })
        .collect();
    let text: Vec<_> = text.split_whitespace().collect();
    match kind {
        0 => "startup".to_owned(),
        b'p' => "password".to_owned(),
        _ => format!("{} {}", char::from(kind), text.join(" ")),
    }
}

/// Finds the messages in a stream of bytes and keeps the beginning of each.
#[derive(Default)]
struct Reader {
    head: Vec<u8>,
    body: Vec<u8>,
    left: Option<usize>,
}

impl Reader {
    /// How much of a body is kept.
    const KEPT: usize = 200;

    /// Takes a byte; returns type and body's beginning when it was a message's last one.
    fn read(&mut self, byte: u8, typed: bool) -> Option<(u8, &[u8])> {
        let left = match self.left {
            Some(left) => {
                if self.body.len() < Self::KEPT {
                    self.body.push(byte);
                }
                left - 1
            }
            None => {
                if self.head.is_empty() {
                    self.body.clear();
                    if !typed {
                        self.head.push(0);
                    }
                }
                self.head.push(byte);
                let &[_, a, b, c, d] = self.head.as_slice() else {
                    return None;
                };
                usize::try_from(u32::from_be_bytes([a, b, c, d]))
                    .ok()?
                    .saturating_sub(4)
            }
        };
        if left > 0 {
            self.left = Some(left);
            return None;
        }
        self.left = None;
        let kind = self.head[0];
        self.head.clear();
        Some((kind, &self.body))
    }
}
