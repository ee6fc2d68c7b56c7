//! The binary itself, run as a process.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use super::client::Request;
use super::{BETTER_AUTH_URL, SECRET, credentials};

/// The binary in this folder, with these variables and no others; nobody is limited unless they say so.
pub fn task_api(folder: &Path, variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_task-api"));
    command
        .current_dir(folder)
        .env_clear()
        .env("PORT", "0")
        .env("RATE_LIMIT", "off")
        .env("REFUSAL_LIMIT", "off")
        .envs(variables.iter().copied());
    command.stdin(Stdio::null());
    command
}

/// The variables that a deployment sets.
pub fn production(url: &str) -> [(&str, &str); 3] {
    [("DATABASE_URL", url), ("BETTER_AUTH_SECRET", SECRET), ("BETTER_AUTH_URL", BETTER_AUTH_URL)]
}

/// A service that runs, and what it says.
pub struct Service {
    process: Child,
    pub address: SocketAddr,
    /// What it said before it listened.
    pub began_with: Vec<String>,
    log: Receiver<String>,
}

impl Service {
    /// Starts it, and waits until it listens.
    pub fn start(mut command: Command) -> Self {
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let (say, log) = channel();
        // read on without end, so that it never waits for somebody to read what it says
        std::thread::spawn(move || lines.map_while(Result::ok).try_for_each(|line| say.send(line)));
        let mut began_with = Vec::new();
        let address = loop {
            let line = log.recv().unwrap_or_else(|_| panic!("it does not listen: {began_with:?}"));
            if let Some(rest) = line.split("listening on http://").nth(1) {
                break rest.split(',').next().unwrap().parse().unwrap();
            }
            began_with.push(line);
        };
        Self { process, address, began_with, log }
    }

    /// A request that is not sent yet.
    pub fn request(&self, method: &str, path: &str) -> Request {
        Request::new(self.address, method, path)
    }

    /// A request with a good JWT of this user.
    pub fn by(&self, user: &str, method: &str, path: &str) -> Request {
        self.request(method, path).bearer(&credentials::jwt(user))
    }

    /// Asks for its readiness until the answer has this status: the service checks at most once a second.
    #[track_caller]
    pub fn wait_for_readiness(&self, status: u16) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while self.request("GET", "/readyz").send().status != status {
            assert!(Instant::now() < deadline, "it is never answered {status}");
            std::thread::yield_now();
        }
    }

    /// The process's id.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: &str) {
        // the shell's own: a small system has no program of this name
        let kill = Command::new("sh").args(["-c", &format!("kill {signal} {}", self.process.id())]).status().unwrap();
        assert!(kill.success());
    }

    /// The next line of the log with this in it.
    pub fn line(&self, part: &str) -> String {
        self.log.iter().find(|line| line.contains(part)).unwrap_or_else(|| panic!("it never said {part}"))
    }

    /// Waits for its end; gives the rest of the log and the exit code.
    pub fn wait(mut self) -> (Vec<String>, Option<i32>) {
        let log = self.log.iter().collect();
        (log, self.process.wait().unwrap().code())
    }

    /// Sends the signal, and gives the rest of the log and the exit code.
    pub fn stop(self, signal: &str) -> (Vec<String>, Option<i32>) {
        self.signal(signal);
        self.wait()
    }
}

impl Drop for Service {
    /// A test that fails leaves no service behind.
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
