//! The service's statements in a loop, on connections like the service's.

use std::error::Error;
use std::hash::{BuildHasher, RandomState};
use std::hint::black_box;
use std::sync::Barrier;
use std::time::{Duration, Instant};

use rusqlite::{Connection, Statement};

/// A failure of one of the threads.
type Failure = Box<dyn Error + Send + Sync>;

/// A user's session token is the user's id, and so much more.
const TO_TOKEN: i64 = 1_000_000_000_000_000_000;

/// Whose tasks there are: user `first + n` has the ids `n + 1`, `n + 1 + users`, `n + 1 + 2 * users` and so on.
#[derive(Clone, Copy)]
pub struct People {
    pub first: i64,
    pub users: u64,
    pub per_user: u64,
}

/// How much of it: on so many connections at once, for so many seconds behind so many that do not count.
#[derive(Clone, Copy)]
pub struct Load {
    pub threads: usize,
    pub seconds: f64,
    pub warm: f64,
}

/// Random numbers that cost next to nothing (xorshift64*); they choose rows, and keep no secret.
struct Dice(u64);

impl Dice {
    /// Other numbers for each thread, and in each run: an id that was given must not come again.
    fn new(thread: u64) -> Self {
        Self(RandomState::new().hash_one(thread) | 1)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        // the multiplication leaves its best bits at the top
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % bound
    }

    /// As long as a UUID, and like one found nowhere else.
    fn uid(&mut self) -> String {
        let mut part = || self.below(1 << 31);
        format!("{:012x}{:012x}{:012x}", part(), part(), part())
    }
}

/// Prints how many rounds were made, in how many seconds.
pub fn run(file: &str, statements: &str, people: People, load: Load) -> Result<(), Box<dyn Error>> {
    let begin = Barrier::new(load.threads);
    let outcomes: Vec<Result<(u64, f64), Failure>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..load.threads as u64)
            .map(|number| {
                let (begin, dice) = (&begin, Dice::new(number));
                scope.spawn(move || work(file, statements, people, load, begin, dice))
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("no thread panics")).collect()
    });
    let (mut rounds, mut seconds) = (0, 0.0_f64);
    for outcome in outcomes {
        let (of_thread, time) = outcome.map_err(|failure| failure.to_string())?;
        rounds += of_thread;
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
    begin: &Barrier,
    mut dice: Dice,
) -> Result<(u64, f64), Failure> {
    let opened = open(file);
    // whatever came of it: the others wait here
    begin.wait();
    let connection = opened?;
    let texts = statements.split(";\n").filter(|text| !text.trim().is_empty());
    let mut prepared = texts.map(|text| Prepared::new(&connection, text)).collect::<Result<Vec<_>, _>>()?;
    let mut rounds_of = |seconds: f64| -> Result<(u64, f64), Failure> {
        let (start, length, mut rounds) = (Instant::now(), Duration::from_secs_f64(seconds), 0);
        while start.elapsed() < length {
            round(&mut prepared, people, &mut dice)?;
            rounds += 1;
        }
        Ok((rounds, start.elapsed().as_secs_f64()))
    };
    rounds_of(load.warm)?;
    rounds_of(load.seconds)
}

/// As the service opens its connections.
fn open(file: &str) -> Result<Connection, Failure> {
    let connection = Connection::open(file)?;
    connection.execute_batch(
        "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;",
    )?;
    Ok(connection)
}

/// What a statement wants to be told.
#[derive(Clone, Copy)]
enum Parameter {
    User,
    Token,
    Id,
    Uid,
}

/// A statement, and what is bound at which place.
struct Prepared<'c> {
    statement: Statement<'c>,
    parameters: Vec<(usize, Parameter)>,
}

impl<'c> Prepared<'c> {
    fn new(connection: &'c Connection, text: &str) -> Result<Self, Failure> {
        let statement = connection.prepare(text)?;
        let name = |number| match statement.parameter_name(number) {
            Some(":user") => Ok((number, Parameter::User)),
            Some(":token") => Ok((number, Parameter::Token)),
            Some(":id") => Ok((number, Parameter::Id)),
            Some(":uid") => Ok((number, Parameter::Uid)),
            other => Err(format!("no value is known for {other:?}").into()),
        };
        let parameters = (1..=statement.parameter_count()).map(name).collect::<Result<_, Failure>>()?;
        Ok(Self { statement, parameters })
    }

    /// Runs it to its end, and looks at every value.
    fn run(&mut self, chosen: Chosen, dice: &mut Dice) -> Result<(), Failure> {
        for &(place, parameter) in &self.parameters {
            match parameter {
                Parameter::User => self.statement.raw_bind_parameter(place, chosen.user.to_string())?,
                Parameter::Token => self.statement.raw_bind_parameter(place, (chosen.user + TO_TOKEN).to_string())?,
                Parameter::Id => self.statement.raw_bind_parameter(place, chosen.id)?,
                Parameter::Uid => self.statement.raw_bind_parameter(place, dice.uid())?,
            }
        }
        let is_answered = self.statement.column_count() > 0;
        let (mut rows, mut seen) = (self.statement.raw_query(), 0);
        while let Some(row) = rows.next()? {
            for column in 0..row.as_ref().column_count() {
                black_box(row.get_ref(column)?);
            }
            seen += 1;
        }
        if is_answered && seen == 0 { Err("a statement found no row".into()) } else { Ok(()) }
    }
}

/// The user and the task of one round.
#[derive(Clone, Copy)]
struct Chosen {
    user: i64,
    id: i64,
}

/// What one request would run, for a random user and task.
fn round(statements: &mut [Prepared<'_>], people: People, dice: &mut Dice) -> Result<(), Failure> {
    let number = dice.below(people.users);
    let id = number + 1 + people.users * dice.below(people.per_user);
    let chosen = Chosen { user: people.first + i64::try_from(number)?, id: i64::try_from(id)? };
    statements.iter_mut().try_for_each(|statement| statement.run(chosen, dice))
}
