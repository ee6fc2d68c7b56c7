//! The table of set-ups: one good deployment of each kind, and deployments with one thing wrong.

mod postgres;
mod requests;
mod secrets;
mod stores;

use super::set_up::SetUp;

/// A secret that Better Auth does not have.
const OTHER_SECRET: &str = "Nn3vQe9sKk1XyZ7pTt5uWw8bRr2cMm4d";

/// Makes a row: name, needs, exit code, lines of the output, and how the set-up is made.
macro_rules! set_up {
    ($name:literal, $needs:ident, $code:literal, [$($says:expr),* $(,)?], $make:expr $(,)?) => {
        SetUp { name: $name, needs: Needs::$needs, code: $code, says: &[$($says),*], make: $make }
    };
}
use set_up;

/// Returns all set-ups, in the order of the page.
pub fn all() -> impl Iterator<Item = &'static SetUp> {
    [secrets::SET_UPS, stores::SET_UPS, requests::SET_UPS, postgres::SET_UPS].into_iter().flatten()
}
