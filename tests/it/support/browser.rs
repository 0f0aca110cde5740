//! A real browser, for the one thing here that only a browser can judge.
//!
//! Chromium without a window, driven over WebDriver: HTTP with JSON, for which a socket is enough.
//! Like the servers, it hangs on a pipe from this process through a small shell, and ends with it. No
//! test is skipped because there is no browser.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

/// Stops the driver when its own input ends; the browser ends with the driver's end of the pipe.
const SUPERVISOR: &str = r#"
chromedriver --port=0 </dev/null &
driver=$!
read -r _
kill "$driver"
wait "$driver"
"#;

/// How long the browser may take for one answer.
const PATIENCE: Duration = Duration::from_secs(60);

/// What WebDriver calls an element in its answers.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// Key codes of WebDriver.
pub const ENTER: &str = "\u{e007}";
pub const ESCAPE: &str = "\u{e00c}";
pub const DOWN: &str = "\u{e015}";

/// A browser with one window.
pub struct Browser {
    supervisor: Child,
    port: u16,
    session: String,
    _profile: TempDir,
}

/// An element of the page.
pub struct Element<'b> {
    browser: &'b Browser,
    id: String,
}

impl Browser {
    /// Starts one with an empty profile.
    #[track_caller]
    pub fn start() -> Self {
        let profile = tempfile::tempdir().unwrap();
        let mut supervisor = Command::new("sh")
            .args(["-c", SUPERVISOR])
            .env("HOME", profile.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(supervisor.stdout.take().unwrap()).lines();
        let port = lines.by_ref().map_while(Result::ok).find_map(|line| {
            let (_, port) = line.split_once("successfully on port ")?;
            port.trim_end_matches('.').parse().ok()
        });
        let Some(port) = port else {
            panic!("there is no chromedriver: `sudo apt-get install -y chromium chromium-driver`");
        };
        // What else it says is not waited for, and must not fill the pipe.
        thread::spawn(move || lines.for_each(drop));
        let mut browser = Self {
            supervisor,
            port,
            session: String::new(),
            _profile: profile,
        };
        let capabilities = browser.capabilities();
        let session = browser.ask("POST", "/session", Some(capabilities));
        browser.session = session["sessionId"].as_str().unwrap().to_owned();
        browser.go("about:blank");
        browser.requests();
        browser
    }

    fn capabilities(&self) -> Value {
        let profile = format!("--user-data-dir={}", self._profile.path().display());
        let arguments = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--no-first-run",
            "--remote-debugging-pipe",
            "--window-size=1280,800",
            &profile,
        ];
        json!({ "capabilities": { "alwaysMatch": {
            "browserName": "chrome",
            "goog:chromeOptions": { "args": arguments },
            "goog:loggingPrefs": { "browser": "ALL", "performance": "ALL" },
        } } })
    }

    /// Opens a file.
    #[track_caller]
    pub fn open(&self, file: &Path) {
        self.go(&format!("file://{}", file.display()));
    }

    /// Goes to an address.
    #[track_caller]
    pub fn go(&self, url: &str) {
        self.post("/url", json!({ "url": url }));
    }

    /// Returns the address.
    #[track_caller]
    pub fn url(&self) -> String {
        self.get("/url").as_str().unwrap().to_owned()
    }

    /// Finds an element.
    #[track_caller]
    pub fn find(&self, selector: &str) -> Element<'_> {
        let found = self.post(
            "/element",
            json!({ "using": "css selector", "value": selector }),
        );
        let id = found[ELEMENT].as_str().unwrap().to_owned();
        Element { browser: self, id }
    }

    /// Returns the text of the first such element as it is to be seen; empty where there is none.
    #[track_caller]
    pub fn text(&self, selector: &str) -> String {
        let selector = Value::from(selector);
        let script = format!("return document.querySelector({selector})?.innerText ?? ''");
        self.run(&script).as_str().unwrap().to_owned()
    }

    /// Waits until the text of an element is this one.
    #[track_caller]
    pub fn wait_for(&self, selector: &str, text: &str) {
        let begun = Instant::now();
        while self.text(selector) != text {
            let seen = self.text(selector);
            assert!(
                begun.elapsed() < PATIENCE,
                "{selector}: `{seen}`, not `{text}`"
            );
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Returns what a function of JavaScript returns, given by its body.
    #[track_caller]
    pub fn run(&self, script: &str) -> Value {
        self.post("/execute/sync", json!({ "script": script, "args": [] }))
    }

    /// Types where the focus is.
    #[track_caller]
    pub fn press(&self, key: &str) {
        let press = |kind| json!({ "type": kind, "value": key });
        let keys = json!({
            "type": "key", "id": "keyboard", "actions": [press("keyDown"), press("keyUp")],
        });
        self.post("/actions", json!({ "actions": [keys] }));
    }

    /// Returns the addresses of all that was asked for since the last call, but for the browser's
    /// own pages.
    #[track_caller]
    pub fn requests(&self) -> Vec<String> {
        let events = self.log("performance");
        let request = |event: &Value| {
            let text = event["message"].as_str()?;
            let message: Value = serde_json::from_str(text).ok()?;
            let message = &message["message"];
            let is_request = message["method"] == "Network.requestWillBeSent";
            let url = message["params"]["request"]["url"].as_str()?;
            let is_own = url.starts_with("chrome://");
            (is_request && !is_own).then(|| url.to_owned())
        };
        events.iter().filter_map(request).collect()
    }

    /// Returns what the page complained of since the last call.
    #[track_caller]
    pub fn complaints(&self) -> Vec<String> {
        let entries = self.log("browser");
        entries
            .iter()
            .map(|entry| entry["message"].to_string())
            .collect()
    }

    #[track_caller]
    fn log(&self, kind: &str) -> Vec<Value> {
        let entries = self.post("/se/log", json!({ "type": kind }));
        entries.as_array().cloned().unwrap_or_default()
    }

    #[track_caller]
    fn get(&self, path: &str) -> Value {
        self.ask("GET", &format!("/session/{}{path}", self.session), None)
    }

    #[track_caller]
    fn post(&self, path: &str, body: Value) -> Value {
        let path = format!("/session/{}{path}", self.session);
        self.ask("POST", &path, Some(body))
    }

    #[track_caller]
    fn ask(&self, method: &str, path: &str, body: Option<Value>) -> Value {
        match self.try_to_ask(method, path, body) {
            Ok(answer) if answer["value"]["error"].is_string() => panic!("{path}: {answer}"),
            Ok(mut answer) => answer["value"].take(),
            Err(error) => panic!("{path}: {error}"),
        }
    }

    fn try_to_ask(&self, method: &str, path: &str, body: Option<Value>) -> std::io::Result<Value> {
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.port,
            body.len()
        )?;
        let mut reader = BufReader::new(stream);
        let mut length = 0;
        loop {
            let mut line = String::new();
            reader.read_line(&mut line)?;
            if line.trim().is_empty() {
                break;
            }
            if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap_or_default();
            }
        }
        let mut answer = vec![0; length];
        reader.read_exact(&mut answer)?;
        Ok(serde_json::from_slice(&answer)?)
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Where this fails, the end of the driver ends the browser, too.
        let _ = self.try_to_ask("DELETE", &format!("/session/{}", self.session), None);
        drop(self.supervisor.stdin.take());
        let _ = self.supervisor.wait();
    }
}

impl Element<'_> {
    #[track_caller]
    fn post(&self, path: &str, body: Value) -> Value {
        self.browser
            .post(&format!("/element/{}{path}", self.id), body)
    }

    /// Clicks it, as a person would: it fails where something lies above it.
    #[track_caller]
    pub fn click(&self) {
        self.post("/click", json!({}));
    }

    /// Types into it.
    #[track_caller]
    pub fn type_in(&self, text: &str) {
        self.post("/value", json!({ "text": text }));
    }
}
