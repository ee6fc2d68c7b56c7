//! Runs a target on seeds, mutated seeds and random bytes. The fuzz targets of `task-api` also use this file.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::TestRunner;

type Target = fn(&[u8]);

/// Generates mutated seeds: the start of one seed followed by the end of another, with or without a changed byte. One input in five is
/// random.
fn input(seeds: &[&'static str]) -> impl Strategy<Value = Vec<u8>> + use<> {
    let seeds = seeds.to_vec();
    let (one, two) = (select(seeds.clone()), select(seeds));
    let mixed = (one, two, any::<Index>(), any::<Index>(), any::<Index>(), any::<u8>());
    let mixed = mixed.prop_map(|(one, two, end, start, index, byte)| {
        let (one, two) = (one.as_bytes(), two.as_bytes());
        let mut bytes = [&one[..end.index(one.len() + 1)], &two[start.index(two.len() + 1)..]].concat();
        if byte % 2 == 0 && !bytes.is_empty() {
            let index = index.index(bytes.len());
            bytes[index] = byte;
        }
        bytes
    });
    prop_oneof![4 => mixed, 1 => vec(any::<u8>(), 0..200)]
}

/// Runs a target on each seed, on each seed repeated 300 times, and on 300 generated inputs.
pub fn run(target: Target, seeds: &[&'static str]) {
    target(b"");
    for seed in seeds {
        target(seed.as_bytes());
        target(seed.repeat(300).as_bytes());
    }
    let config = ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() };
    let outcome = TestRunner::new(config).run(&input(seeds), |bytes| {
        target(&bytes);
        Ok(())
    });
    outcome.unwrap();
}
