//! A `Cookie` header, and the value of the session cookie in one.
#![no_main]

#[allow(dead_code)]
mod judge;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    judge::expect_nobody(&[], &[bytes]);
    judge::expect_nobody(&[], &[&[b"better-auth.session_token=".as_slice(), bytes].concat()]);
});
