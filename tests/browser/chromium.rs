//! A browser, told what to do over its own protocol.

use serde_json::{Value, json};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tungstenite::{Message, WebSocket};

/// How long anything may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A browser with one tab.
pub(crate) struct Browser {
    child: Child,
    socket: WebSocket<TcpStream>,
    session: String,
    calls: u64,
    /// What the browser complained of: errors, and what the policy forbade.
    pub(crate) complaints: Vec<String>,
    _profile: TempDir,
}

/// Finds the browser's program.
fn program() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("CHROME").filter(|named| !named.is_empty()) {
        return Some(named.into());
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
    let found = |name| std::env::split_paths(&path).map(move |folder| folder.join(name));
    names.into_iter().flat_map(found).find(|program| program.is_file())
}

impl Browser {
    /// Starts it; says that the test is skipped where there is none.
    pub(crate) fn start(test: &str) -> Option<Self> {
        let Some(program) = program() else {
            eprintln!("skipped: browser {test}: no chromium in PATH, and CHROME is not set");
            return None;
        };
        let profile = tempfile::tempdir().unwrap();
        let data = format!("--user-data-dir={}", profile.path().display());
        let child = Command::new(program)
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"])
            .args(["--no-first-run", "--remote-debugging-port=0", "--hide-scrollbars", &data])
            .arg("about:blank")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let asked = Instant::now();
        let (port, path) = loop {
            let file = profile.path().join("DevToolsActivePort");
            let told = std::fs::read_to_string(file).unwrap_or_default();
            if let Some((port, path)) = told.split_once('\n')
                && path.starts_with('/')
            {
                break (port.parse::<u16>().unwrap(), path.trim().to_owned());
            }
            assert!(asked.elapsed() < PATIENCE, "the browser does not start");
            std::thread::sleep(Duration::from_millis(20));
        };
        let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let address = format!("ws://127.0.0.1:{port}{path}");
        let (socket, _) = tungstenite::client(address, stream).unwrap();
        let mut browser = Self {
            child,
            socket,
            session: String::new(),
            calls: 0,
            complaints: Vec::new(),
            _profile: profile,
        };
        browser.tab();
        Some(browser)
    }

    /// Opens a further tab, and goes on in it.
    pub(crate) fn tab(&mut self) {
        self.session.clear();
        let target = self.call("Target.createTarget", &json!({"url": "about:blank"}));
        let ask = json!({"targetId": target["targetId"], "flatten": true});
        let session = self.call("Target.attachToTarget", &ask);
        self.session = session["sessionId"].as_str().map(str::to_owned).unwrap();
        for domain in ["Page.enable", "Runtime.enable", "Log.enable"] {
            self.call(domain, &json!({}));
        }
        // A tab behind another gets no clicks.
        self.call("Page.bringToFront", &json!({}));
        self.size(1280, 900);
    }

    /// Calls the browser, and waits for its answer.
    pub(crate) fn call(&mut self, method: &str, params: &Value) -> Value {
        self.calls += 1;
        let id = self.calls;
        let mut message = json!({"id": id, "method": method, "params": params});
        if !self.session.is_empty() {
            message["sessionId"] = self.session.as_str().into();
        }
        self.socket.send(Message::text(message.to_string())).unwrap();
        loop {
            let answer = self.receive(&format!("{method} {params}"));
            if answer["id"] == id {
                assert!(answer["error"].is_null(), "{method}: {}", answer["error"]);
                return answer["result"].clone();
            }
        }
    }

    fn receive(&mut self, call: &str) -> Value {
        let read = self.socket.read().unwrap_or_else(|error| panic!("{call}: {error}"));
        let Message::Text(text) = read else { return Value::Null };
        let told: Value = serde_json::from_str(&text).unwrap();
        let complaint = match told["method"].as_str() {
            Some("Runtime.exceptionThrown") => &told["params"]["exceptionDetails"],
            Some("Log.entryAdded") if told["params"]["entry"]["level"] == "error" => {
                &told["params"]["entry"]["text"]
            }
            _ => &Value::Null,
        };
        if !complaint.is_null() {
            self.complaints.push(complaint.to_string());
        }
        told
    }

    /// Goes to an address, and waits until it is there.
    pub(crate) fn open(&mut self, address: &str) {
        self.call("Page.navigate", &json!({"url": address}));
        self.wait("document.readyState === 'complete' && location.href !== 'about:blank'");
    }

    /// Evaluates an expression in the page.
    pub(crate) fn eval(&mut self, expression: &str) -> Value {
        let ask = json!({
            "expression": expression, "returnByValue": true, "awaitPromise": true,
            "userGesture": true,
        });
        let answer = self.call("Runtime.evaluate", &ask);
        let failed = &answer["exceptionDetails"];
        assert!(failed.is_null(), "{expression}: {failed}");
        answer["result"]["value"].clone()
    }

    /// Evaluates an expression that is a text.
    pub(crate) fn text(&mut self, expression: &str) -> String {
        self.eval(expression).as_str().unwrap_or_default().to_owned()
    }

    /// Waits until an expression holds.
    pub(crate) fn wait(&mut self, expression: &str) {
        self.wait_for(expression, PATIENCE);
    }

    /// Waits until an expression holds, for so long.
    pub(crate) fn wait_for(&mut self, expression: &str, patience: Duration) {
        let asked = Instant::now();
        let guarded = format!(
            "(() => {{ try {{ return Boolean({expression}) }} catch {{ return false }} }})()"
        );
        while self.eval(&guarded) != true {
            if asked.elapsed() > patience {
                let shown = self.text("document.body.innerText");
                panic!("never: {expression}\n{shown}");
            }
            std::thread::sleep(Duration::from_millis(25));
        }
    }

    /// Presses a key.
    pub(crate) fn press(&mut self, key: &str) {
        let (code, text) = match key {
            "Enter" => (13, "\r"),
            "Tab" => (9, ""),
            " " => (32, " "),
            other => panic!("{other}: no such key here"),
        };
        let mut down = json!({
            "type": "keyDown", "key": key, "windowsVirtualKeyCode": code,
            "code": if key == " " { "Space" } else { key },
        });
        if !text.is_empty() {
            down["text"] = text.into();
        }
        self.call("Input.dispatchKeyEvent", &down);
        down["type"] = "keyUp".into();
        self.call("Input.dispatchKeyEvent", &down);
    }

    /// Types a text where the focus is.
    pub(crate) fn write(&mut self, text: &str) {
        self.call("Input.insertText", &json!({"text": text}));
    }

    /// Clicks on the first element that a selector names, as a mouse does.
    pub(crate) fn click(&mut self, selector: &str) {
        let asked = Instant::now();
        let place = format!(
            "(() => {{ const one = document.readyState === 'complete' && document.querySelector({selector:?}); \
             if (!one) return null; one.scrollIntoView({{block: 'center'}}); const box = one.getClientRects()[0]; \
             return box ? [box.x + box.width / 2, box.y + box.height / 2] : null }})()"
        );
        // A page may be left while it is looked at.
        let at = loop {
            let at = self.eval(&place);
            if at.is_array() {
                break at;
            }
            assert!(asked.elapsed() < PATIENCE, "nothing to click on: {selector}");
            std::thread::sleep(Duration::from_millis(25));
        };
        for kind in ["mousePressed", "mouseReleased"] {
            let ask = json!({
                "type": kind, "x": at[0], "y": at[1], "button": "left", "clickCount": 1,
            });
            self.call("Input.dispatchMouseEvent", &ask);
        }
    }

    /// Sets the size of the window.
    pub(crate) fn size(&mut self, width: u32, height: u32) {
        let ask =
            json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.call("Emulation.setDeviceMetricsOverride", &ask);
    }

    /// Sets what the page is shown on, and in which colours.
    pub(crate) fn medium(&mut self, medium: &str, scheme: &str) {
        let feature = json!([{"name": "prefers-color-scheme", "value": scheme}]);
        self.call("Emulation.setEmulatedMedia", &json!({"media": medium, "features": feature}));
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        self.child.kill().unwrap_or_default();
        self.child.wait().map(drop).unwrap_or_default();
    }
}
