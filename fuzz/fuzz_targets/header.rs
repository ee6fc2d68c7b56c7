//! An `Authorization` header, and what follows `Bearer` in one: JWTs, session tokens.
#![no_main]

#[allow(dead_code)]
mod judge;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    judge::expect_nobody(&[bytes], &[]);
    judge::expect_nobody(&[&[b"Bearer ".as_slice(), bytes].concat()], &[]);
});
