//! Private Redis servers. Each stops with its test, or with the process.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

const HOW: &str =
    "these tests need Redis, and redis-server was not found: install it (Debian: apt-get install redis-server)";

/// Runs the server below a shell. The shell's input ends with this process, even when it is killed; the shell then stops the server.
const WATCH: &str = r#""$@" >"$FOLDER/log" 2>&1 </dev/null & read -r _; kill $!; wait"#;

/// A Redis server. It loses its data when it stops.
pub struct RedisServer {
    port: u16,
    folder: TempDir,
    options: Vec<String>,
    shell: Option<Child>,
}

impl RedisServer {
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// As [`RedisServer::start`], with options of `redis-server`.
    pub fn start_with(options: &[&str]) -> Self {
        let free = TcpListener::bind("127.0.0.1:0")
            .and_then(|free| free.local_addr())
            .expect("the system assigns a free port");
        let folder = tempfile::tempdir().expect("a temporary folder can be created");
        let options = options.iter().map(|option| (*option).to_owned()).collect();
        let mut server = Self { port: free.port(), folder, options, shell: None };
        server.resume();
        server
    }

    /// Starts the server, or restarts it on the same port.
    pub fn resume(&mut self) {
        let port = self.port.to_string();
        let shell = Command::new("sh")
            .args(["-c", WATCH, "sh", "redis-server", "--bind", "127.0.0.1", "--port", &port, "--save", ""])
            .args(&self.options)
            .current_dir(self.folder.path())
            .env("FOLDER", self.folder.path())
            .stdin(Stdio::piped())
            .spawn()
            .expect("sh starts");
        self.shell = Some(shell);
        let deadline = Instant::now() + Duration::from_secs(30);
        while !self.is_ready() {
            let log = || std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
            assert!(Instant::now() < deadline && !log().contains("not found"), "{HOW}\n{}", log());
            std::thread::yield_now();
        }
    }

    /// Stops the server and waits for its end.
    pub fn stop(&mut self) {
        if let Some(mut shell) = self.shell.take() {
            drop(shell.stdin.take());
            let _ = shell.wait();
        }
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    pub fn set(&self, key: &str, value: impl ToString) {
        self.run(&["SET", key, &value.to_string()]);
    }

    /// Runs a Redis command.
    pub fn run(&self, words: &[&str]) {
        let mut connection = self.connect().expect("Redis accepts connections");
        redis::cmd(words[0]).arg(&words[1..]).exec(&mut connection).expect("the command succeeds");
    }

    fn connect(&self) -> redis::RedisResult<redis::Connection> {
        redis::Client::open(self.url())?.get_connection_with_timeout(Duration::from_secs(10))
    }

    /// Whether the server responds. A demand for a password counts as a response.
    fn is_ready(&self) -> bool {
        match self.connect().and_then(|mut connection| redis::cmd("PING").exec(&mut connection)) {
            Ok(()) => true,
            Err(error) => error.code() == Some("NOAUTH"),
        }
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.stop();
    }
}
