//! Two clocks from what both saw: claps, jumps, button presses.

use super::{Alignment, ENOUGH, Match, alignment, line};
use crate::error::{Result, bail_input};

/// Pairs of events beyond which the request is a mistake.
const MAX_PAIRS: usize = 20_000_000;

/// Finds what the clock of `a` says more than that of `b` from the times of events that both saw,
/// some of which either may have missed: the offset at which most of them meet within
/// `tolerance_s`, then a straight line through the pairs.
pub fn align_events(a: &[f64], b: &[f64], tolerance_s: f64, drift: bool) -> Result<Alignment> {
    for (name, events) in [("events_a", a), ("events_b", b)] {
        if events.is_empty() {
            bail_input!("{name}: expected at least one event, got none");
        }
        if let Some(row) = events.iter().position(|t| !t.is_finite()) {
            bail_input!(
                "{name}: event {row}: expected a finite time, got {}",
                events[row]
            );
        }
    }
    if !(tolerance_s.is_finite() && tolerance_s > 0.0) {
        bail_input!("tolerance_s: expected a finite number of seconds above 0, got {tolerance_s}");
    }
    if a.len().saturating_mul(b.len()) > MAX_PAIRS {
        bail_input!(
            "events_a, events_b: {} and {} events are too many to pair",
            a.len(),
            b.len()
        );
    }
    let sorted = |events: &[f64]| {
        let mut events = events.to_vec();
        events.sort_unstable_by(f64::total_cmp);
        events
    };
    let (a, b) = (sorted(a), sorted(b));
    let (common, rival) = meeting(&a, &b, tolerance_s);
    let middle = 0.5 * (b[0] + b[b.len() - 1]);
    let mut line = level(common);
    let mut pairs = Vec::new();
    for _ in 0..3 {
        pairs = paired(&a, &b, tolerance_s, |t| line.at(t - middle));
        if pairs.is_empty() {
            break;
        }
        let points: Vec<(f64, f64)> = pairs
            .iter()
            .map(|m| (m.time_s - middle, m.offset_s))
            .collect();
        let weights = vec![1.0; points.len()];
        line = line::fit(
            &points,
            &weights,
            drift && points.len() >= ENOUGH,
            1e-3 * tolerance_s,
        );
    }
    let fewest = a.len().min(b.len());
    if pairs.is_empty() || (pairs.len() < 2 && fewest > 1) {
        bail_input!(
            "events_a, events_b: of {} and {} events no two pairs are equally far apart within \
             {tolerance_s} s",
            a.len(),
            b.len()
        );
    }
    let near = (4.0 * line.spread).max(0.1 * tolerance_s);
    for m in &mut pairs {
        m.used = (m.offset_s - line.at(m.time_s - middle)).abs() <= near;
    }
    let used = pairs.iter().filter(|m| m.used).count();
    let confidence = used as f64 / fewest as f64;
    Ok(alignment(line, middle, confidence, rival, pairs))
}

fn level(offset_s: f64) -> line::Line {
    line::fit(&[(0.0, offset_s)], &[1.0], false, 1.0)
}

/// The offset around which most differences lie, within `tolerance_s` of each other, and how many
/// lie around the best other one, as a share.
fn meeting(a: &[f64], b: &[f64], tolerance_s: f64) -> (f64, f64) {
    let mut apart: Vec<f64> = a
        .iter()
        .flat_map(|x| b.iter().map(move |y| x - y))
        .collect();
    apart.sort_unstable_by(f64::total_cmp);
    let mut runs: Vec<(usize, f64)> = Vec::new();
    let mut to = 0;
    for from in 0..apart.len() {
        while to < apart.len() && apart[to] - apart[from] <= tolerance_s {
            to += 1;
        }
        // The tightest of the fullest: half the differences are not past the middle one.
        runs.push((to - from, apart[(from + to - 1) / 2]));
    }
    let best = runs
        .iter()
        .copied()
        .fold((0, 0.0), |m, r| if r.0 > m.0 { r } else { m });
    let other = runs
        .iter()
        .filter(|r| (r.1 - best.1).abs() > 2.0 * tolerance_s);
    let rival = other.map(|r| r.0).max().unwrap_or(0);
    (best.1, rival as f64 / best.0 as f64)
}

/// Each event of `b` with the nearest of `a` where that has no nearer one.
fn paired(a: &[f64], b: &[f64], tolerance_s: f64, offset: impl Fn(f64) -> f64) -> Vec<Match> {
    let nearest = |events: &[f64], t: f64| {
        let after = events.partition_point(|&e| e < t);
        let candidates = after.saturating_sub(1)..(after + 1).min(events.len());
        candidates.min_by(|&i, &j| (events[i] - t).abs().total_cmp(&(events[j] - t).abs()))
    };
    let moved: Vec<f64> = b.iter().map(|&t| t + offset(t)).collect();
    let mut pairs = Vec::new();
    for (j, &t) in moved.iter().enumerate() {
        let Some(i) = nearest(a, t) else { continue };
        let off = (a[i] - t).abs();
        if off <= tolerance_s && nearest(&moved, a[i]) == Some(j) {
            pairs.push(Match {
                time_s: b[j],
                offset_s: a[i] - b[j],
                correlation: 1.0 - off / tolerance_s,
                used: false,
            });
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::align_events;
    use proptest::prelude::{prop_assert, proptest};

    #[test]
    fn hopeless_events() {
        assert!(align_events(&[], &[1.0], 0.1, true).is_err());
        assert!(align_events(&[1.0], &[f64::NAN], 0.1, true).is_err());
        assert!(align_events(&[1.0], &[2.0], 0.0, true).is_err());
        assert!(align_events(&[0.0, 10.0], &[0.0, 23.0], 0.1, true).is_err());
        let one = align_events(&[5.0], &[2.0], 0.1, true).unwrap();
        assert!((one.offset_s - 3.0).abs() < 1e-12 && one.drift.is_nan());
    }

    proptest! {
        #[test]
        fn missed_events_do_not_matter(
            gaps in proptest::collection::vec(3.0f64..60.0, 12..40),
            offset in -1e4f64..1e4, drift in -2e-4f64..2e-4, lost in 0usize..1000,
        ) {
            let all: Vec<f64> = gaps.iter().scan(100.0, |t, g| { *t += g; Some(*t) }).collect();
            let keep = |skip: usize| all.iter().copied().enumerate()
                .filter(move |(i, _)| i % 7 != skip).map(|(_, t)| t);
            let a: Vec<f64> = keep(lost % 7).collect();
            let b: Vec<f64> = keep(lost / 7 % 7).map(|t| (t - offset) / (1.0 + drift)).collect();
            let found = align_events(&a, &b, 0.5, true).unwrap();
            for t in [100.0, 400.0] {
                let on_b = (t - offset) / (1.0 + drift);
                let seen = on_b + found.offset_s + found.drift * (on_b - found.reference_s);
                prop_assert!((seen - t).abs() < 1e-3, "{} {:?}", seen - t, found);
            }
        }
    }
}
