//! A key set.
#![no_main]

use task_api::auth::KeySet;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = KeySet::from_json(bytes);
});
