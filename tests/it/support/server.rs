//! Real PostgreSQL servers, each in a directory of its own and on a free port.
//!
//! One server is shared by all tests of the process and each test has its own database in it. A test
//! that kills, restarts or configures a server starts one for itself. Every server hangs on a pipe
//! from this process through a small supervising shell: when the pipe ends, by whatever death, the
//! shell stops the server and removes its directory. No test is skipped because a server is missing.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use postgres::{Client, NoTls};

use super::words::quoted;

/// How long a server may take to answer before a test gives up on it.
const PATIENCE: Duration = Duration::from_secs(60);

/// Reads one line of shell at a time, runs it, answers its status, and cleans up when the lines end.
///
/// `$1` is the server's directory. The server itself is a background job named by `$server`. SIGPIPE
/// is ignored: who asked may be dead when the answer is written, and cleaning up comes after it.
const SUPERVISOR: &str = r#"
dir=$1 server=
trap '' PIPE
while IFS= read -r line; do
    eval "$line" </dev/null >>"$dir/log" 2>&1
    echo $?
done
[ -n "$server" ] && kill -QUIT "$server" 2>/dev/null && wait "$server"
rm -rf "$dir"
"#;

/// One PostgreSQL server of the tests.
#[derive(Clone)]
pub struct Server(Arc<Inner>);

struct Inner {
    dir: PathBuf,
    port: u16,
    supervisor: Mutex<Supervisor>,
}

struct Supervisor {
    child: Child,
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

/// What a server of one's own is started with.
#[derive(Default)]
pub struct Settings {
    settings: Vec<(String, String)>,
    rules: Vec<String>,
    tls: bool,
}

impl Settings {
    /// Adds a line to `postgresql.conf`.
    pub fn set(mut self, name: &str, value: &str) -> Self {
        self.settings.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Adds a line to the head of `pg_hba.conf`, where the first line that matches decides.
    pub fn rule(mut self, line: &str) -> Self {
        self.rules.push(line.to_owned());
        self
    }

    /// Makes the server accept nothing but TLS on TCP, with certificates made for it: see
    /// [`Server::file`] for their names. The user `certain` must show a client certificate.
    pub fn tls(mut self) -> Self {
        self.tls = true;
        self
    }

    /// Starts the server.
    #[track_caller]
    pub fn start(self) -> Server {
        Server::create(&self).unwrap_or_else(|problem| panic!("{problem}"))
    }
}

impl Server {
    /// Returns the server that all tests of this process share.
    ///
    /// A test must not change what another test can see of it: no `ALTER SYSTEM`, no fixed role names.
    #[track_caller]
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Result<Server, String>> = OnceLock::new();
        let settings = || Settings::default().set("autovacuum", "off");
        match SHARED.get_or_init(|| Self::create(&settings())) {
            Ok(server) => server,
            Err(problem) => panic!("{problem}"),
        }
    }

    /// Starts a server for one test, which may kill it.
    #[track_caller]
    pub fn start_own() -> Self {
        Settings::default().start()
    }

    /// Starts a server with TLS for one test.
    #[track_caller]
    pub fn start_tls() -> Self {
        Settings::default().tls().start()
    }

    /// Starts a read-only replica of this server, as it is now and from now on.
    #[track_caller]
    pub fn start_replica(&self) -> Self {
        let build = || -> Result<Self, String> {
            let (server, bin) = Self::prepare()?;
            let data = server.0.dir.join("data");
            let source = format!("host=127.0.0.1 port={} user=postgres", self.port());
            server.order(&format!(
                "{} -d {} -D {} -R -X stream -c fast",
                quoted(bin.join("pg_basebackup")),
                quoted(&source),
                quoted(&data)
            ))?;
            // The copy brings its primary's settings along; the later line counts.
            server.configure(&Settings::default())?;
            server.boot(&bin)?;
            Ok(server)
        };
        build().unwrap_or_else(|problem| panic!("{problem}"))
    }

    /// Returns the TCP port.
    pub fn port(&self) -> u16 {
        self.0.port
    }

    /// Returns the directory of the unix socket, for `host=` in a connection string.
    pub fn socket_dir(&self) -> &Path {
        &self.0.dir
    }

    /// Returns the path of a file of the server's directory.
    ///
    /// A server with TLS has `ca.crt`, `server.crt` (for `localhost` and 127.0.0.1, not for
    /// 127.0.0.2, where it listens too), `client.crt` and `client.key` (for the user `certain`), and
    /// `other-ca.crt`, which signed nothing.
    pub fn file(&self, name: &str) -> PathBuf {
        self.0.dir.join(name)
    }

    /// Returns the programs that were installed with the server, where there are more than its own.
    #[track_caller]
    pub fn program(name: &str) -> PathBuf {
        let bin = installed().unwrap_or_else(|problem| panic!("{problem}"));
        match bin.join(name) {
            program if program.exists() => program,
            // A server by itself; the system's clients will do.
            _ => PathBuf::from(name),
        }
    }

    /// Returns what the server wrote to its log.
    pub fn log(&self) -> String {
        fs::read_to_string(self.file("log")).unwrap_or_default()
    }

    /// Returns a URL of a database of this server for the superuser.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port())
    }

    /// Connects as superuser through the unix socket, where every server lets one in.
    #[track_caller]
    pub fn client(&self, database: &str) -> Client {
        match self.connect(database) {
            Ok(client) => client,
            Err(error) => panic!("no connection to `{database}`: {error:?}\n{}", self.log()),
        }
    }

    /// Kills the server with SIGKILL, as a machine that loses power would.
    #[track_caller]
    pub fn kill(&self) {
        self.end("KILL");
    }

    /// Stops the server; it ends the sessions that are open with FATAL messages.
    #[track_caller]
    pub fn stop(&self) {
        self.end("INT");
    }

    /// Starts the server again on the same data and the same port, after [`kill`](Self::kill) or
    /// [`stop`](Self::stop), and waits until it answers.
    #[track_caller]
    pub fn start_again(&self) {
        let started = installed().and_then(|bin| self.boot(&bin));
        started.unwrap_or_else(|problem| panic!("{problem}"));
    }

    /// Starts the server again and returns before it answers.
    #[track_caller]
    pub fn begin_again(&self) {
        let launched = installed().and_then(|bin| self.launch(&bin));
        launched.unwrap_or_else(|problem| panic!("{problem}"));
    }

    /// Returns the directory that `initdb` made: the servers of this process begin as its copies,
    /// which takes a tenth of the time.
    fn pristine() -> Result<PathBuf, String> {
        static PRISTINE: OnceLock<Result<Server, String>> = OnceLock::new();
        let made = PRISTINE.get_or_init(|| {
            let (server, bin) = Self::prepare()?;
            server.order(&format!(
                "{} -D data -U postgres -A trust -E UTF8 --locale=C --no-sync",
                quoted(bin.join("initdb")),
            ))?;
            Ok(server)
        });
        made.as_ref()
            .map(|server| server.file("data"))
            .map_err(String::clone)
    }

    fn create(settings: &Settings) -> Result<Self, String> {
        let data = Self::pristine()?;
        let (server, bin) = Self::prepare()?;
        server.order(&format!("cp -a {} data", quoted(data)))?;
        if settings.tls {
            server.make_certificates()?;
        }
        server.configure(settings)?;
        server.boot(&bin)?;
        let mut client = server.connect("postgres").map_err(|e| format!("{e:?}"))?;
        client
            .batch_execute("CREATE ROLE by_password NOLOGIN")
            .map_err(|error| format!("{error:?}"))?;
        if settings.tls {
            client
                .batch_execute("CREATE ROLE certain LOGIN")
                .map_err(|error| format!("{error:?}"))?;
        }
        Ok(server)
    }

    /// Makes the directory and its supervisor; nothing runs yet.
    fn prepare() -> Result<(Self, PathBuf), String> {
        let bin = installed()?;
        let dir = tempfile::Builder::new()
            .prefix("limbeck-pg-")
            .tempdir_in(scratch())
            .map_err(|error| format!("no directory for a server: {error}"))?
            .keep();
        let mut shell = Command::new("sh");
        if is_root() {
            let (uid, gid) = postgres_user()?;
            chown(&dir, Some(uid), Some(gid)).map_err(|error| error.to_string())?;
            shell = Command::new("setpriv");
            shell.args([&format!("--reuid={uid}"), &format!("--regid={gid}")]);
            shell.args(["--clear-groups", "sh"]);
        }
        let mut child = shell
            .args(["-c", SUPERVISOR, "sh"])
            .arg(&dir)
            .current_dir(&dir)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            // Ctrl-C in a terminal is for the tests; the end of their pipe is for the server.
            .process_group(0)
            .spawn()
            .map_err(|error| format!("the server's supervisor did not start: {error}"))?;
        let orders = child.stdin.take();
        let answers = BufReader::new(child.stdout.take().expect("stdout is piped"));
        let port = free_port()?;
        let supervisor = Mutex::new(Supervisor {
            child,
            orders,
            answers,
        });
        let server = Self(Arc::new(Inner {
            dir,
            port,
            supervisor,
        }));
        Ok((server, bin))
    }

    fn configure(&self, settings: &Settings) -> Result<(), String> {
        let port = self.port().to_string();
        let dir = self.0.dir.display().to_string();
        let addresses = if settings.tls {
            "127.0.0.1, 127.0.0.2"
        } else {
            "127.0.0.1"
        };
        let mut lines = String::new();
        let fixed = [
            ("port", port.as_str()),
            ("listen_addresses", addresses),
            ("unix_socket_directories", &dir),
            ("max_connections", "200"),
            ("shared_buffers", "32MB"),
            // A killed server keeps what it handed to the kernel; only a machine that dies does not.
            ("fsync", "off"),
            ("password_encryption", "scram-sha-256"),
            ("timezone", "UTC"),
            ("log_timezone", "UTC"),
        ];
        for (name, value) in fixed {
            writeln!(lines, "{name} = '{value}'").unwrap();
        }
        if settings.tls {
            lines.push_str("ssl = on\n");
            for (name, file) in [
                ("ssl_cert_file", "server.crt"),
                ("ssl_key_file", "server.key"),
                ("ssl_ca_file", "ca.crt"),
            ] {
                writeln!(lines, "{name} = '{dir}/{file}'").unwrap();
            }
        }
        for (name, value) in &settings.settings {
            writeln!(lines, "{name} = '{}'", value.replace('\'', "''")).unwrap();
        }
        let mut rules = settings.rules.clone();
        rules.push("local all all trust".to_owned());
        let kind = if settings.tls { "hostssl" } else { "host" };
        if settings.tls {
            rules.push("hostssl all certain all cert clientcert=verify-full".to_owned());
        }
        rules.push(format!("{kind} all +by_password all scram-sha-256"));
        rules.push(format!("{kind} all all all trust"));
        rules.push("local replication all trust".to_owned());
        rules.push("host replication all all trust".to_owned());

        // Written through the shell, which is the user that owns them.
        let conf = self.file("data/postgresql.conf");
        let hba = self.file("data/pg_hba.conf");
        self.order(&format!("{} >> {}", printing(&lines), quoted(&conf)))?;
        let rules = rules.join("\n");
        self.order(&format!("{} > {}", printing(&rules), quoted(&hba)))
    }

    fn make_certificates(&self) -> Result<(), String> {
        let names = "subjectAltName=DNS:localhost,IP:127.0.0.1";
        let key = "openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
        let authority = "-x509 -days 30 -addext keyUsage=critical,keyCertSign";
        let sign = "-CA ca.crt -CAkey ca.key -CAcreateserial -days 30";
        self.order("command -v openssl")
            .map_err(|_| "a server with TLS needs `openssl`: apt-get install openssl".to_owned())?;
        for line in [
            format!("{key} {authority} -subj /CN=limbeck-ca -keyout ca.key -out ca.crt"),
            format!("{key} {authority} -subj /CN=other-ca -keyout other.key -out other-ca.crt"),
            format!("{key} -subj /CN=localhost -keyout server.key -out server.csr"),
            format!("echo {names} > server.ext"),
            format!("openssl x509 -req -in server.csr {sign} -extfile server.ext -out server.crt"),
            format!("{key} -subj /CN=certain -keyout client.key -out client.csr"),
            "echo extendedKeyUsage=clientAuth > client.ext".to_owned(),
            format!("openssl x509 -req -in client.csr {sign} -extfile client.ext -out client.crt"),
            "chmod 600 server.key client.key".to_owned(),
        ] {
            self.order(&line)?;
        }
        Ok(())
    }

    fn launch(&self, bin: &Path) -> Result<(), String> {
        self.order(&format!(
            "{} -D {} & server=$!; echo $server > pid",
            quoted(bin.join("postgres")),
            quoted(self.file("data"))
        ))
    }

    /// Launches the server until it answers: just after a kill, the old one's children may still
    /// hold its memory, and the new one ends at once.
    fn boot(&self, bin: &Path) -> Result<(), String> {
        let begun = Instant::now();
        loop {
            self.launch(bin)?;
            while begun.elapsed() < PATIENCE && self.is_alive() {
                if self.connect("postgres").is_ok() {
                    return Ok(());
                }
                std::thread::sleep(Duration::from_millis(20));
            }
            if begun.elapsed() >= PATIENCE || !self.log().contains("shared memory") {
                return Err(format!("the server did not start\n{}", self.log()));
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    fn is_alive(&self) -> bool {
        let pid = fs::read_to_string(self.file("pid")).unwrap_or_default();
        let stat = fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap_or_default();
        !stat.is_empty() && !stat.contains(") Z ")
    }

    /// Connects as [`client`](Self::client) does, where failing is an answer.
    pub fn connect(&self, database: &str) -> Result<Client, postgres::Error> {
        postgres::Config::new()
            .host_path(&self.0.dir)
            .port(self.port())
            .user("postgres")
            .dbname(database)
            .connect(NoTls)
    }

    #[track_caller]
    fn end(&self, signal: &str) {
        let line = format!("kill -{signal} $server; wait $server; :");
        self.order(&line)
            .unwrap_or_else(|problem| panic!("{problem}"));
    }

    /// Has the supervisor run one line of shell.
    fn order(&self, line: &str) -> Result<(), String> {
        match self.0.supervisor().ask(line) {
            Some(0) => Ok(()),
            status => Err(format!("{line}\nfailed ({status:?})\n{}", self.log())),
        }
    }
}

impl Inner {
    fn supervisor(&self) -> MutexGuard<'_, Supervisor> {
        self.supervisor
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Supervisor {
    fn ask(&mut self, line: &str) -> Option<i32> {
        let orders = self.orders.as_mut()?;
        writeln!(orders, "{line}").ok()?;
        let mut answer = String::new();
        self.answers.read_line(&mut answer).ok()?;
        answer.trim().parse().ok()
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        let mut supervisor = self.supervisor();
        supervisor.orders = None;
        // A test that ends does not leave its server behind for the next one to compete with.
        let _ = supervisor.child.wait();
    }
}

/// Returns the folder of `initdb` and `postgres`: `LIMBECK_PG_BIN`, else Debian's newest, else the
/// one on the `PATH`.
fn installed() -> Result<PathBuf, String> {
    if let Some(bin) = std::env::var_os("LIMBECK_PG_BIN") {
        let bin = PathBuf::from(bin);
        return if bin.join("initdb").exists() {
            Ok(bin)
        } else {
            Err(format!("LIMBECK_PG_BIN: no `initdb` in {}", bin.display()))
        };
    }
    let debian = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse::<u32>().ok()?, entry)))
        .map(|(major, entry)| (major, entry.path().join("bin")))
        .filter(|(_, bin)| bin.join("initdb").exists())
        .max();
    if let Some((_, bin)) = debian {
        return Ok(bin);
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .find(|bin| bin.join("initdb").exists() && bin.join("postgres").exists())
        .ok_or_else(|| {
            "these tests need a PostgreSQL server: apt-get install postgresql".to_owned()
        })
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}

/// Returns the ids of the user whom `initdb`, which refuses root, runs as.
fn postgres_user() -> Result<(u32, u32), String> {
    let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let ids = |user: &str| -> Option<(u32, u32)> {
        let line = users
            .lines()
            .find_map(|line| line.strip_prefix(user)?.strip_prefix(':'))?;
        let mut fields = line.split(':').skip(1);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    };
    ids("postgres")
        .or_else(|| ids("nobody"))
        .ok_or_else(|| "PostgreSQL refuses root, and there is no user `postgres`".to_owned())
}

/// Finds a port below the range from which the kernel serves outgoing connections: between the
/// finding and the server's own bind, no client of another test can be given it.
fn free_port() -> Result<u16, String> {
    let (low, high) = (15_000, 32_000);
    let first = std::process::id().wrapping_mul(97) + number();
    (0..high - low)
        .map(|next| low + (first + next) % (high - low))
        .filter_map(|port| u16::try_from(port).ok())
        .find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .ok_or_else(|| "no free port".to_owned())
}

/// Returns one line of shell that prints a text of many lines.
fn printing(text: &str) -> String {
    let lines: Vec<_> = text.lines().map(quoted).collect();
    format!(r"printf '%s\n' {}", lines.join(" "))
}

/// Returns where servers and projects put their files: in memory where there is room, since a
/// cluster and each database are hundreds of small files (eight times faster, measured).
///
/// Never `$TMPDIR`: the path of a unix socket has at most 107 bytes.
pub fn scratch() -> &'static Path {
    static SCRATCH: OnceLock<&Path> = OnceLock::new();
    SCRATCH.get_or_init(|| {
        let memory = Path::new("/dev/shm");
        let needed_kb = 4 << 20;
        let free_kb = Command::new("df").args(["-Pk"]).arg(memory).output().ok();
        let free_kb = free_kb.and_then(|output| {
            let text = String::from_utf8(output.stdout).ok()?;
            let mut fields = text.lines().nth(1)?.split_whitespace();
            fields.nth(3)?.parse::<u64>().ok()
        });
        match free_kb {
            Some(free) if free >= needed_kb => memory,
            _ => Path::new("/tmp"),
        }
    })
}

/// Returns a number that no other test of this process has.
pub fn number() -> u32 {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// Returns whether a process with that id still runs.
pub fn runs(pid: u32) -> bool {
    Path::new(&format!("/proc/{pid}")).exists()
}

/// Makes a file readable by its owner alone, as libpq demands of a key.
pub fn make_private(path: &Path) {
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}
