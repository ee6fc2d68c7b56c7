//! Runs the binary as a process.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use super::client::Request;
use super::{BETTER_AUTH_URL, SECRET, credentials};

/// Returns a command that runs the binary in this folder, with only these variables. Rate limits are off by default.
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

/// Returns the variables of a deployment.
pub fn production(url: &str) -> [(&str, &str); 3] {
    [("DATABASE_URL", url), ("BETTER_AUTH_SECRET", SECRET), ("BETTER_AUTH_URL", BETTER_AUTH_URL)]
}

/// A running service and its log.
pub struct Service {
    process: Child,
    pub address: SocketAddr,
    /// Lines of the log before the service listened.
    pub startup_log: Vec<String>,
    log: Receiver<String>,
}

impl Service {
    /// Starts the service and waits until it listens.
    pub fn start(mut command: Command) -> Self {
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let (sender, log) = channel();
        // reads all lines, because the service would wait on a full pipe
        std::thread::spawn(move || lines.map_while(Result::ok).try_for_each(|line| sender.send(line)));
        let mut startup_log = Vec::new();
        let address = loop {
            let line = log.recv().unwrap_or_else(|_| panic!("the service does not listen: {startup_log:?}"));
            if let Some(rest) = line.split("listening on http://").nth(1) {
                break rest.split(',').next().unwrap().parse().unwrap();
            }
            startup_log.push(line);
        };
        Self { process, address, startup_log, log }
    }

    /// Builds a request.
    pub fn request(&self, method: &str, path: &str) -> Request {
        Request::new(self.address, method, path)
    }

    /// Builds a request with a valid JWT of this user.
    pub fn request_as(&self, user: &str, method: &str, path: &str) -> Request {
        self.request(method, path).bearer(&credentials::jwt(user))
    }

    /// Polls `/readyz` until it returns this status. The service checks its readiness at most once a second.
    #[track_caller]
    pub fn wait_for_readiness(&self, status: u16) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while self.request("GET", "/readyz").send().status != status {
            assert!(Instant::now() < deadline, "/readyz does not return {status}");
            std::thread::yield_now();
        }
    }

    /// Returns the process id.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Sends a signal to the process.
    pub fn signal(&self, signal: &str) {
        // the shell's builtin: a minimal system has no program `kill`
        let kill = Command::new("sh").args(["-c", &format!("kill {signal} {}", self.process.id())]).status().unwrap();
        assert!(kill.success());
    }

    /// Waits for the next line of the log that contains this text.
    pub fn wait_for_line(&self, part: &str) -> String {
        self.log.iter().find(|line| line.contains(part)).unwrap_or_else(|| panic!("the log has no line with {part}"))
    }

    /// Waits for the end of the process. Returns the rest of the log and the exit code.
    pub fn wait(mut self) -> (Vec<String>, Option<i32>) {
        let log = self.log.iter().collect();
        (log, self.process.wait().unwrap().code())
    }

    /// Sends the signal and waits as [`Service::wait`] does.
    pub fn stop(self, signal: &str) -> (Vec<String>, Option<i32>) {
        self.signal(signal);
        self.wait()
    }
}

impl Drop for Service {
    /// Stops the service also when a test fails.
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
