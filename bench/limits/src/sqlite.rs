//! Runs the service's statements in a loop, on connections with the service's options.

use std::error::Error;
use std::hash::{BuildHasher, RandomState};
use std::hint::black_box;
use std::sync::Barrier;
use std::time::{Duration, Instant};

use rusqlite::{Connection, Statement};

/// An error of a thread.
type ThreadError = Box<dyn Error + Send + Sync>;

/// The difference between a user's session token and the user's id.
const TOKEN_OFFSET: i64 = 1_000_000_000_000_000_000;

/// The users and their tasks. User `first + n` has the task ids `n + 1`, `n + 1 + users`, `n + 1 + 2 * users` and so on.
#[derive(Clone, Copy)]
pub struct People {
    pub first: i64,
    pub users: u64,
    pub per_user: u64,
}

/// The number of connections, and the seconds of the measurement and of its warm-up.
#[derive(Clone, Copy)]
pub struct Load {
    pub threads: usize,
    pub seconds: f64,
    pub warm: f64,
}

/// A fast random number generator (xorshift64*) for choosing rows. Not for secrets.
struct Rng(u64);

impl Rng {
    /// Returns a generator with a distinct seed per thread and run. Generated ids must not repeat.
    fn new(thread: u64) -> Self {
        Self(RandomState::new().hash_one(thread) | 1)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        // the high bits have the best quality
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % bound
    }

    /// Returns a unique text with the length of a UUID.
    fn uid(&mut self) -> String {
        let mut part = || self.below(1 << 31);
        format!("{:012x}{:012x}{:012x}", part(), part(), part())
    }
}

/// Runs the statements and prints the number of rounds and the seconds, as JSON.
pub fn run(file: &str, statements: &str, people: People, load: Load) -> Result<(), Box<dyn Error>> {
    let barrier = Barrier::new(load.threads);
    let outcomes: Vec<Result<(u64, f64), ThreadError>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..load.threads as u64)
            .map(|number| {
                let (barrier, rng) = (&barrier, Rng::new(number));
                scope.spawn(move || work(file, statements, people, load, barrier, rng))
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("no thread panics")).collect()
    });
    let (mut rounds, mut seconds) = (0, 0.0_f64);
    for outcome in outcomes {
        let (thread_rounds, time) = outcome.map_err(|failure| failure.to_string())?;
        rounds += thread_rounds;
        seconds = seconds.max(time);
    }
    println!("{{\"rounds\":{rounds},\"seconds\":{seconds}}}");
    Ok(())
}

fn work(
    file: &str,
    statements: &str,
    people: People,
    load: Load,
    barrier: &Barrier,
    mut rng: Rng,
) -> Result<(u64, f64), ThreadError> {
    let opened = open(file);
    // waits even after an error, because the other threads wait at the barrier
    barrier.wait();
    let connection = opened?;
    let texts = statements.split(";\n").filter(|text| !text.trim().is_empty());
    let mut prepared = texts.map(|text| Prepared::new(&connection, text)).collect::<Result<Vec<_>, _>>()?;
    let mut rounds_of = |seconds: f64| -> Result<(u64, f64), ThreadError> {
        let (start, length, mut rounds) = (Instant::now(), Duration::from_secs_f64(seconds), 0);
        while start.elapsed() < length {
            round(&mut prepared, people, &mut rng)?;
            rounds += 1;
        }
        Ok((rounds, start.elapsed().as_secs_f64()))
    };
    rounds_of(load.warm)?;
    rounds_of(load.seconds)
}

/// Opens a connection with the service's options.
fn open(file: &str) -> Result<Connection, ThreadError> {
    let connection = Connection::open(file)?;
    connection.execute_batch(
        "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;",
    )?;
    Ok(connection)
}

/// A parameter of a statement.
#[derive(Clone, Copy)]
enum Parameter {
    User,
    Token,
    Id,
    Uid,
}

/// A prepared statement and its parameters, by index.
struct Prepared<'c> {
    statement: Statement<'c>,
    parameters: Vec<(usize, Parameter)>,
}

impl<'c> Prepared<'c> {
    fn new(connection: &'c Connection, text: &str) -> Result<Self, ThreadError> {
        let statement = connection.prepare(text)?;
        let name = |number| match statement.parameter_name(number) {
            Some(":user") => Ok((number, Parameter::User)),
            Some(":token") => Ok((number, Parameter::Token)),
            Some(":id") => Ok((number, Parameter::Id)),
            Some(":uid") => Ok((number, Parameter::Uid)),
            other => Err(format!("unknown parameter {other:?}; known are :user, :token, :id and :uid").into()),
        };
        let parameters = (1..=statement.parameter_count()).map(name).collect::<Result<_, ThreadError>>()?;
        Ok(Self { statement, parameters })
    }

    /// Runs the statement and reads every value of every row.
    fn run(&mut self, chosen: Chosen, rng: &mut Rng) -> Result<(), ThreadError> {
        for &(index, parameter) in &self.parameters {
            match parameter {
                Parameter::User => self.statement.raw_bind_parameter(index, chosen.user.to_string())?,
                Parameter::Token => self.statement.raw_bind_parameter(index, (chosen.user + TOKEN_OFFSET).to_string())?,
                Parameter::Id => self.statement.raw_bind_parameter(index, chosen.id)?,
                Parameter::Uid => self.statement.raw_bind_parameter(index, rng.uid())?,
            }
        }
        let returns_rows = self.statement.column_count() > 0;
        let (mut rows, mut seen) = (self.statement.raw_query(), 0);
        while let Some(row) = rows.next()? {
            for column in 0..row.as_ref().column_count() {
                black_box(row.get_ref(column)?);
            }
            seen += 1;
        }
        if returns_rows && seen == 0 { Err("a statement returned no row".into()) } else { Ok(()) }
    }
}

/// The user and the task of one round.
#[derive(Clone, Copy)]
struct Chosen {
    user: i64,
    id: i64,
}

/// Runs the statements of one request for a random user and task.
fn round(statements: &mut [Prepared<'_>], people: People, rng: &mut Rng) -> Result<(), ThreadError> {
    let number = rng.below(people.users);
    let id = number + 1 + people.users * rng.below(people.per_user);
    let chosen = Chosen { user: people.first + i64::try_from(number)?, id: i64::try_from(id)? };
    statements.iter_mut().try_for_each(|statement| statement.run(chosen, rng))
}
