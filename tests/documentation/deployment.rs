//! Compares the manifests with the limits that the benches check.

use crate::read;

/// The bench `abuse` bounds the service's memory. A pod with a lower limit would be killed during an attack.
#[test]
fn the_memory_limit_of_kubernetes_is_above_that_of_the_abuse_bench() {
    let (deployment, limits) = (read("deploy/kubernetes/base/deployment.yaml"), read("benches/abuse/limits.rs"));
    let number_before = |text: &str, end: &str| -> u64 {
        let (before, _) = text.split_once(end).unwrap_or_else(|| panic!("no {end}"));
        let digits = before.len() - before.bytes().rev().take_while(u8::is_ascii_digit).count();
        before[digits..].parse().unwrap()
    };
    let limit = number_before(deployment.split_once("limits:").unwrap().1, "Mi");
    let bench = number_before(limits.split_once("MEMORY").unwrap().1, " << 20");
    assert!(limit >= bench + bench / 4, "{limit} MiB for the pod, {bench} MiB in the bench");
}
