//! What is fuzzed: whatever the bytes, an answer that keeps its promises or one of our errors.
//!
//! Used by the fuzzers in `fuzz_targets/` and by `rust/kinefuse-core/tests/fuzz.rs`.

#![allow(dead_code)]

use std::path::PathBuf;

use kinefuse_core::augment::{Plan, Shape, View};
use kinefuse_core::clock::{
    Unit, estimate_rate, guess_unit, infer_rate, parse_iso, unwrap_counter, usable,
    whole_to_seconds,
};
use kinefuse_core::resample::regrid::{Interpolation, Regrid};
use kinefuse_core::rng::Key;
use kinefuse_core::store::{Shard, parse_header};

/// Most grid points that a fuzzed clock may ask for.
const MAX_ROWS: usize = 1 << 16;

/// The first byte says how the others are stamps: 0, float64 as they are; else 16-bit steps of
/// that many ticks of 0.1 ms, which lead to clocks that are almost right.
pub(crate) fn clock(bytes: &[u8]) {
    let Some((&kind, bytes)) = bytes.split_first() else {
        return;
    };
    let time_s: Vec<f64> = if kind == 0 {
        let (words, _) = bytes.as_chunks::<8>();
        words.iter().map(|&word| f64::from_le_bytes(word)).collect()
    } else {
        let mut ticks = 0i64;
        let (words, _) = bytes.as_chunks::<2>();
        let steps = words
            .iter()
            .map(|&word| i64::from(i16::from_le_bytes(word)));
        steps
            .map(|step| {
                ticks += step * i64::from(kind);
                ticks as f64 / 1e4
            })
            .collect()
    };
    if let Ok(rate) = infer_rate(&time_s) {
        assert!(rate.hz.is_normal() && rate.hz > 0.0 && rate.jitter_s >= 0.0);
    }
    let _ = guess_unit(&time_s);
    if let Ok(rate) = estimate_rate(&time_s, 1.0) {
        assert!(rate.hz.is_finite() && rate.hz > 0.0);
    }
    for max_gap_s in [0.05, 1.0, f64::INFINITY] {
        let Ok(clock) = usable(&time_s, max_gap_s) else {
            continue;
        };
        assert!(clock.elapsed_s.iter().all(|t| t.is_finite()));
        assert!(clock.elapsed_s.is_sorted_by(|a, b| a < b));
        assert!(clock.gaps.is_sorted_by(|a, b| a < b));
        assert!(
            clock
                .gaps
                .iter()
                .all(|&g| 0 < g && g < clock.elapsed_s.len())
        );
        assert_eq!(clock.report.rows_in, time_s.len());
        let kept = clock.rows.as_ref().map_or(time_s.len(), Vec::len);
        assert_eq!(clock.elapsed_s.len(), kept);
        let Ok(grid) = Regrid::new(&time_s, 100.0, max_gap_s, None, true) else {
            continue;
        };
        if grid.rows() <= MAX_ROWS {
            let mut out = vec![0.0f32; grid.rows()];
            grid.run_into(
                &vec![1.0f32; time_s.len()],
                1,
                Interpolation::Linear,
                &mut out,
            )
            .unwrap();
            assert!(
                out.iter().all(|v| (v - 1.0).abs() < 0.1),
                "a constant changed"
            );
        }
    }
}

/// Lines of text as times, and the same bytes as a counter that wraps.
pub(crate) fn times(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        let lines = text.lines().map(Some);
        if let Ok(times) = parse_iso(lines) {
            assert_eq!(times.ns.len(), text.lines().count());
            let seconds = whole_to_seconds(&times.ns, Unit::Ns, None).unwrap();
            let missing = seconds.time_s.iter().filter(|t| t.is_nan()).count();
            assert_eq!(missing, seconds.missing);
        }
    }
    for modulus in [2, 256, 65_536] {
        let mut counter: Vec<i64> = bytes.iter().map(|&b| i64::from(b)).collect();
        let before = counter.clone();
        if unwrap_counter(&mut counter, modulus).is_ok() {
            let same = |(a, b): (&i64, &i64)| a.rem_euclid(modulus) == *b;
            assert!(counter.iter().zip(&before).all(same));
        }
    }
}

/// A plan's description, for both kinds of data.
pub(crate) fn plan(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    for (kind, points) in [("inertial", 1), ("skeleton", 20)] {
        let Ok(plan) = Plan::parse(kind, text) else {
            continue;
        };
        let channels = if points == 1 { 6 } else { 3 };
        for time in [0, 1, 17] {
            let shape = Shape {
                channels,
                time,
                points,
            };
            if plan.check_shape(shape).is_err() {
                continue;
            }
            let mut data: Vec<f32> = (0..shape.len()).map(|i| (i % 13) as f32 - 6.0).collect();
            let (before, mut scratch) = (data.len(), Vec::new());
            let mut view = View {
                data: &mut data,
                shape,
                scratch: &mut scratch,
            };
            plan.apply(&mut view, Key::new(7), 0);
            assert_eq!(data.len(), before);
        }
    }
}

/// A shard: its header, and the whole file.
pub(crate) fn store(bytes: &[u8]) {
    let Ok(header) = parse_header(bytes) else {
        return;
    };
    assert!(header.offset <= bytes.len());
    let path = scratch_file();
    std::fs::write(&path, bytes).unwrap();
    if let Ok(shard) = Shard::open(&path) {
        assert_eq!(shard.shape(), header.shape);
        let mut out = Vec::new();
        shard.read_into(0, shard.rows(), &mut out);
        assert_eq!(out.len(), shard.rows() * shard.width());
    }
    std::fs::remove_file(&path).unwrap();
}

fn scratch_file() -> PathBuf {
    let thread = std::thread::current().id();
    std::env::temp_dir().join(format!(
        "kinefuse-fuzz-{}-{thread:?}.npy",
        std::process::id()
    ))
}
