//! The cookie cache beside a good session token, in whatever form.
#![no_main]

#[allow(dead_code)]
mod judge;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let cookie = [judge::session_cookie().as_bytes(), b"; better-auth.session_data=", bytes].concat();
    judge::expect_nobody(&[], &[&cookie]);
});
