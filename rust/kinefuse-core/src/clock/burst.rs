//! Stamps that several rows share: sent twice, or one stamp for a packet of samples.

use std::str::FromStr;

use super::judge::{Group, Side, judge, typical};
use super::rate::LONG_STEP;
use crate::error::{Error, Result};

/// What becomes of rows that share a stamp.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Shared {
    /// Spread where the clock has room for them, dropped but for the first where it has not.
    #[default]
    Auto,
    /// Spread over the time since the stamp before.
    Spread,
    /// The first stays.
    Drop,
}

impl FromStr for Shared {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        match name {
            "auto" => Ok(Shared::Auto),
            "spread" => Ok(Shared::Spread),
            "drop" => Ok(Shared::Drop),
            _ => Err(Error::Input(format!(
                "repeats: expected \"auto\", \"spread\" or \"drop\", got {name:?}"
            ))),
        }
    }
}

/// Stamps that were spread.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Spread {
    /// The rows kept, in order.
    pub rows: Vec<usize>,
    /// Where the clock starts, in seconds.
    pub start_s: f64,
    /// Stamps in seconds after that, strictly increasing.
    pub elapsed_s: Vec<f64>,
    /// Rows dropped because so large a stamp cannot be told from its neighbour.
    pub too_close: Vec<usize>,
}

/// Spreads the stamps of `order`, rows whose stamps never fall, so that they strictly increase;
/// `None` if no stamp repeats or (unless `always`) the rows that share one look like copies.
pub(super) fn spread(time_s: &[f64], order: &[usize], always: bool) -> Option<Spread> {
    let groups = groups(time_s, order);
    if groups.len() == order.len() || groups.len() < 2 {
        return None;
    }
    let (step, side) =
        judge(&groups, order.len()).or_else(|| always.then(|| (typical(&groups), Side::Before)))?;
    let magnitude = time_s[order[0]]
        .abs()
        .max(groups[groups.len() - 1].stamp.abs());
    let resolution = 4.0 * f64::EPSILON * magnitude;
    let mut out = Spread {
        rows: Vec::with_capacity(order.len()),
        start_s: groups[0].stamp,
        elapsed_s: Vec::with_capacity(order.len()),
        too_close: Vec::new(),
    };
    for (k, group) in groups.iter().enumerate() {
        let rows = &order[group.first..group.first + group.n];
        let room = match side {
            Side::Before if k > 0 => group.stamp - groups[k - 1].stamp,
            Side::After if k + 1 < groups.len() => groups[k + 1].stamp - group.stamp,
            _ => group.n as f64 * step,
        };
        let even = room / group.n as f64;
        let apart = if even <= LONG_STEP * step { even } else { step };
        let at = group.stamp - groups[0].stamp;
        if group.n > 1 && apart <= resolution {
            out.rows.push(rows[0]);
            out.elapsed_s.push(at);
            out.too_close.extend(&rows[1..]);
            continue;
        }
        out.rows.extend(rows);
        out.elapsed_s.extend((0..group.n).map(|j| match side {
            Side::Before => at - (group.n - 1 - j) as f64 * apart,
            Side::After => at + j as f64 * apart,
        }));
    }
    let lead = out.elapsed_s[0];
    if lead != 0.0 {
        out.start_s += lead;
        out.elapsed_s.iter_mut().for_each(|t| *t -= lead);
    }
    let told_apart = |w: &[f64]| w[0] < w[1] && out.start_s + w[0] < out.start_s + w[1];
    out.elapsed_s.windows(2).all(told_apart).then_some(out)
}

fn groups(time_s: &[f64], order: &[usize]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for (i, &row) in order.iter().enumerate() {
        match groups.last_mut() {
            Some(last) if last.stamp == time_s[row] => last.n += 1,
            _ => groups.push(Group {
                first: i,
                n: 1,
                stamp: time_s[row],
            }),
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::{Spread, spread};
    use proptest::prelude::{Strategy, any, prop_assert, prop_assert_eq, proptest};

    fn run(time: &[f64], always: bool) -> Option<Spread> {
        let rows: Vec<usize> = (0..time.len()).collect();
        spread(time, &rows, always)
    }

    /// `n` samples at 100 Hz, each stamped like the last of its packet.
    fn packets(sizes: &[usize]) -> Vec<f64> {
        let mut time = Vec::new();
        for &n in sizes {
            let last = time.len() + n - 1;
            time.extend(std::iter::repeat_n(last as f64 * 0.01, n));
        }
        time
    }

    #[test]
    fn packets_get_their_samples_times_back() {
        for sizes in [vec![10; 30], vec![7, 1, 3, 1, 1, 12, 5, 2, 1, 1, 1, 9]] {
            let found = run(&packets(&sizes), false).unwrap();
            for (i, t) in found.elapsed_s.iter().enumerate() {
                assert!(
                    (found.start_s + t - i as f64 * 0.01).abs() < 1e-9,
                    "{i}: {t}"
                );
            }
        }
    }

    #[test]
    fn packets_stamped_first() {
        let mut time: Vec<f64> = (0..200).map(|i| f64::from(i) * 0.01).collect();
        for i in [20, 61, 62, 63, 150] {
            time[i] = time[i - 1];
        }
        let found = run(&time, false).unwrap();
        for (i, t) in found.elapsed_s.iter().enumerate() {
            assert!((t - i as f64 * 0.01).abs() < 1e-9);
        }
    }

    #[test]
    fn copies_are_no_packets() {
        let mut time: Vec<f64> = (0..500).map(|i| f64::from(i) * 0.01).collect();
        for i in (0..28).map(|k| 3 + k * k * 37 % 470) {
            time.insert(i, time[i]);
        }
        assert_eq!(run(&time, false), None);
        let forced = run(&time, true).unwrap();
        assert_eq!(forced.rows.len(), time.len());
        assert!(forced.elapsed_s.windows(2).all(|w| w[0] < w[1]));
    }

    #[test]
    fn a_clock_coarser_than_its_samples() {
        let time: Vec<f64> = (0..900)
            .map(|i| (f64::from(i) / 1.5).floor() / 1000.0)
            .collect();
        let found = run(&time, false).unwrap();
        for (i, t) in found.elapsed_s.iter().enumerate() {
            assert!((found.start_s + t - i as f64 / 1500.0).abs() < 1.1e-3);
        }
    }

    #[test]
    fn samples_held_up_and_stamped_on_arrival() {
        // A hold-up of a tenth of a second now and then; what was held arrives within it or so.
        let (mut time, mut free) = (Vec::new(), 0.0f64);
        for i in 0..1200 {
            let taken = f64::from(i) * 0.01;
            if i * 7919 % 61 == 0 {
                free = taken + 0.06 + f64::from(i * 31 % 50) / 1000.0;
            }
            time.push((taken.max(free) * 500.0).round() / 500.0);
            free = time[time.len() - 1] + if i % 3 == 0 { 0.002 } else { 0.0 };
        }
        let repeats = time.windows(2).filter(|w| w[0] == w[1]).count();
        assert!(repeats > 50, "{repeats}");
        let found = run(&time, false).unwrap();
        assert_eq!(found.rows.len(), 1200);
        for (i, t) in found.elapsed_s.iter().enumerate() {
            assert!((found.start_s + t - i as f64 * 0.01).abs() < 0.12);
        }
    }

    #[test]
    fn a_gap_is_not_filled_with_a_packet() {
        let mut time = packets(&[10; 20]);
        time[100..].iter_mut().for_each(|t| *t += 60.0);
        let found = run(&time, false).unwrap();
        assert!((found.elapsed_s[100] - found.elapsed_s[99] - 60.01).abs() < 1e-9);
    }

    #[test]
    fn stamps_too_large_to_be_told_apart() {
        let time = [1e15, 1e15, 1e15 + 0.125, 1e15 + 0.125, 1e15 + 0.25];
        let found = run(&time, true).unwrap();
        assert_eq!((found.rows.len(), found.too_close.len()), (3, 2));
    }

    proptest! {
        #[test]
        fn order_stays_and_every_row_is_kept(
            steps in proptest::collection::vec((0u8..4).prop_map(f64::from), 2..200),
            start in -1e6f64..1e6,
            always in any::<bool>(),
        ) {
            let time: Vec<f64> = steps.iter().scan(start, |t, s| { *t += s * 0.01; Some(*t) }).collect();
            if let Some(found) = run(&time, always) {
                prop_assert_eq!(found.rows.len() + found.too_close.len(), time.len());
                prop_assert!(found.elapsed_s.windows(2).all(|w| w[0] < w[1]));
                prop_assert_eq!(found.elapsed_s[0], 0.0);
                let absolute: Vec<f64> = found.elapsed_s.iter().map(|t| t + found.start_s).collect();
                prop_assert!(absolute.windows(2).all(|w| w[0] < w[1]));
            }
        }
    }
}
