//! Runs a command on a terminal of its own, with the program `script` of util-linux.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};

/// A command on a terminal. Its standard output and standard error are one.
pub struct Terminal {
    process: Child,
    output: BufReader<std::process::ChildStdout>,
}

impl Terminal {
    /// Starts the command, with its folder and variables.
    pub fn start(command: &Command) -> Self {
        let words = std::iter::once(command.get_program()).chain(command.get_args());
        let words: Vec<String> = words.map(|word| format!("'{}'", word.to_str().unwrap())).collect();
        let mut script = Command::new("/usr/bin/script");
        script.args(["--quiet", "--return", "--command", &format!("exec {}", words.join(" ")), "/dev/null"]);
        script.env_clear().envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        script.current_dir(command.get_current_dir().expect("the command has a folder"));
        let mut process = script
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("this test needs the program script of util-linux (Debian: apt-get install bsdutils)");
        let output = BufReader::new(process.stdout.take().unwrap());
        Self { process, output }
    }

    /// Reads until the output contains this text. It need not end with a line break.
    pub fn read_until(&mut self, part: &str) -> String {
        let mut text = Vec::new();
        while !String::from_utf8_lossy(&text).contains(part) {
            let read = self.output.fill_buf().unwrap();
            assert!(!read.is_empty(), "no {part} in {}", String::from_utf8_lossy(&text));
            text.push(read[0]);
            self.output.consume(1);
        }
        String::from_utf8(text).unwrap()
    }

    /// Types a line.
    pub fn type_line(&mut self, line: &str) {
        writeln!(self.process.stdin.as_mut().unwrap(), "{line}").unwrap();
    }

    /// Presses Ctrl-C.
    pub fn interrupt(&mut self) {
        self.process.stdin.as_mut().unwrap().write_all(b"\x03").unwrap();
    }

    /// Reads to the end. Returns the rest of the output and the exit code of the command.
    pub fn wait(mut self) -> (String, Option<i32>) {
        let mut rest = String::new();
        std::io::Read::read_to_string(&mut self.output, &mut rest).unwrap();
        (rest, self.process.wait().unwrap().code())
    }
}

impl Drop for Terminal {
    /// Stops the command also when a test fails.
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
