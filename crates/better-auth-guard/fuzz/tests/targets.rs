//! Runs each target on seeds, mutated seeds and random bytes.

mod support;

use support::run;

const CREDENTIALS: [&str; 5] = [
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbGljZSIsImV4cCI6NDEwMjQ0NDgwMH0.c2lnbmF0dXJl",
    "tok00000000000000000000000000000.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA%3D",
    "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2Q0JDLUhTNTEyIn0..AAAAAAAAAAAAAAAAAAAAAA.AAAA.AAAA",
    r#"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"ed","x":"c_dmVmXMDublX5t1vf57O93lanbu6jbGa2cbDqX4usA"}]}"#,
    r#"{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB","alg":"RS256"}]}"#,
];

#[test]
fn header() {
    run(better_auth_guard_fuzz::header, &CREDENTIALS);
}

#[test]
fn cookie() {
    run(better_auth_guard_fuzz::cookie, &CREDENTIALS);
}

#[test]
fn key_set() {
    run(better_auth_guard_fuzz::key_set, &CREDENTIALS);
}

#[test]
fn session_data() {
    run(better_auth_guard_fuzz::session_data, &CREDENTIALS);
}
