//! Histograms of durations.

use prometheus_client::metrics::histogram::Histogram;

/// The inclusive upper bounds of the buckets in seconds.
const BOUNDS: [f64; 15] =
    [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0];

/// Creates a histogram of durations in seconds.
pub(crate) fn duration_histogram() -> Histogram {
    Histogram::new(BOUNDS)
}
