//! Which rows of a recording have a usable stamp.

use crate::error::{Error, Result};

/// A clock with more than this share of its stamps out of order is refused.
const MAX_BACKWARD: f64 = 0.1;

/// The rows whose stamps are finite and strictly increasing, and why others are not among them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repaired {
    /// Rows kept, in order; `None` if that is all of them.
    pub rows: Option<Vec<usize>>,
    /// Stamps that are NaN or infinite.
    pub nonfinite: usize,
    /// Stamps equal to one that was kept: the first of equals stays.
    pub repeated: usize,
    /// Stamps out of order.
    pub backward: usize,
}

/// Drops the fewest rows that leave the stamps finite and strictly increasing: one stamp far ahead
/// costs one row, not all that follow.
///
/// Fails if fewer than two rows are left, or if more than a tenth of the stamps (and more than one)
/// are out of order: then the clock was set back or two recordings are interleaved, and no row can
/// be trusted.
pub fn repair(time_s: &[f64]) -> Result<Repaired> {
    if time_s.len() < 2 {
        return Err(Error::Shape(format!(
            "time_s: expected at least 2 stamps, got {}",
            time_s.len()
        )));
    }
    let bounded = time_s[0].is_finite() && time_s[time_s.len() - 1].is_finite();
    if bounded && time_s.windows(2).all(|w| w[0] < w[1]) {
        return Ok(Repaired {
            rows: None,
            nonfinite: 0,
            repeated: 0,
            backward: 0,
        });
    }
    let finite: Vec<usize> = (0..time_s.len())
        .filter(|&row| time_s[row].is_finite())
        .collect();
    let rows = longest_increasing(time_s, &finite);
    let nonfinite = time_s.len() - finite.len();
    let (mut repeated, mut backward, mut first_backward) = (0, 0, None);
    let mut kept = rows.iter().copied().peekable();
    let mut last = f64::NAN;
    for &row in &finite {
        let next = kept.peek().map_or(f64::NAN, |&r| time_s[r]);
        if kept.next_if_eq(&row).is_some() {
            last = time_s[row];
        } else if time_s[row] == last || time_s[row] == next {
            repeated += 1;
        } else {
            backward += 1;
            first_backward.get_or_insert(row);
        }
    }
    if let Some(row) = first_backward
        && backward > 1
        && backward as f64 > MAX_BACKWARD * time_s.len() as f64
    {
        return Err(Error::Time {
            message: format!(
                "time_s: {backward} of {} stamps are out of order, the first of them here; \
                 split the recording where its clock was set back, or sort its rows",
                time_s.len()
            ),
            row,
            time_s: time_s[row],
        });
    }
    if rows.len() < 2 {
        return Err(Error::Time {
            message: format!(
                "time_s: expected at least 2 different finite stamps among {}, got {} \
                 ({nonfinite} are NaN or infinite, {repeated} repeat another)",
                time_s.len(),
                rows.len()
            ),
            row: 0,
            time_s: time_s[0],
        });
    }
    Ok(Repaired {
        rows: Some(rows),
        nonfinite,
        repeated,
        backward,
    })
}

/// The longest strictly increasing subsequence of `time[rows]` (patience sorting); the first of
/// equals is preferred.
fn longest_increasing(time: &[f64], rows: &[usize]) -> Vec<usize> {
    // ends[l]: the row that ends, with the smallest stamp, an increasing run of length l + 1.
    let mut ends: Vec<usize> = Vec::new();
    let mut before = vec![usize::MAX; time.len()];
    for &row in rows {
        let place = ends.partition_point(|&end| time[end] < time[row]);
        if place > 0 {
            before[row] = ends[place - 1];
        }
        match ends.get_mut(place) {
            None => ends.push(row),
            Some(end) if time[*end] > time[row] => *end = row,
            Some(_) => {}
        }
    }
    let mut kept = Vec::with_capacity(ends.len());
    let mut row = ends.last().copied();
    while let Some(r) = row {
        kept.push(r);
        row = Some(before[r]).filter(|&b| b != usize::MAX);
    }
    kept.reverse();
    kept
}

#[cfg(test)]
mod tests {
    use super::{longest_increasing, repair};
    use crate::Error;
    use proptest::prelude::{Strategy, prop_assert, prop_assert_eq, prop_oneof, proptest};

    const N: f64 = f64::NAN;

    #[test]
    fn counts_and_rows() {
        let steady: Vec<f64> = (0..20).map(f64::from).collect();
        assert_eq!(repair(&steady).unwrap().rows, None);

        let mut time = steady.clone();
        time[3] = N;
        time[7] = time[6];
        time[10] = 1e9;
        time[19] = f64::INFINITY;
        let found = repair(&time).unwrap();
        assert_eq!((found.nonfinite, found.repeated, found.backward), (2, 1, 1));
        let kept: Vec<usize> = (0..20).filter(|r| ![3, 7, 10, 19].contains(r)).collect();
        assert_eq!(found.rows, Some(kept));
    }

    #[test]
    fn hopeless_clocks_are_refused() {
        assert!(matches!(repair(&[]), Err(Error::Shape(_))));
        assert!(matches!(repair(&[1.0]), Err(Error::Shape(_))));
        for bad in [[N, N, N], [1.0, N, N], [2.0, 2.0, 2.0], [3.0, 2.0, 1.0]] {
            assert!(matches!(repair(&bad), Err(Error::Time { .. })), "{bad:?}");
        }
        let mut restarted: Vec<f64> = (0..100).map(|i| f64::from(i % 60)).collect();
        let Err(Error::Time { row: 60, .. }) = repair(&restarted) else {
            panic!("a clock that starts again");
        };
        restarted.truncate(65);
        assert_eq!(repair(&restarted).unwrap().backward, 5);
    }

    fn stamps() -> impl Strategy<Value = Vec<f64>> {
        let stamp = prop_oneof![
            8 => (0i32..12).prop_map(f64::from),
            1 => proptest::sample::select(vec![N, f64::INFINITY, -f64::INFINITY]),
        ];
        proptest::collection::vec(stamp, 0..11)
    }

    proptest! {
        #[test]
        fn drops_the_fewest(time in stamps()) {
            let finite: Vec<usize> = (0..time.len()).filter(|&r| time[r].is_finite()).collect();
            let best = (0u32..1 << finite.len())
                .filter(|subset| {
                    let kept: Vec<f64> = finite.iter().enumerate()
                        .filter(|(bit, _)| subset >> bit & 1 == 1)
                        .map(|(_, &row)| time[row])
                        .collect();
                    kept.windows(2).all(|w| w[0] < w[1])
                })
                .map(u32::count_ones)
                .max()
                .unwrap();
            let kept = longest_increasing(&time, &finite);
            prop_assert_eq!(kept.len(), best as usize);
            prop_assert!(kept.windows(2).all(|w| w[0] < w[1] && time[w[0]] < time[w[1]]));
        }

        #[test]
        fn every_row_is_kept_or_counted(time in stamps()) {
            if let Ok(found) = repair(&time) {
                let kept = found.rows.map_or(time.len(), |rows| rows.len());
                let dropped = found.nonfinite + found.repeated + found.backward;
                prop_assert_eq!(kept + dropped, time.len());
            }
        }
    }
}
