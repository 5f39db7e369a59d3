//! Which rows of a recording have a usable stamp.

use super::burst::{Shared, Spread, spread};
use super::events::{EventKind, Events};
use crate::error::{Error, Result};

/// A clock with more than this share of its stamps out of order is refused.
const MAX_BACKWARD: f64 = 0.1;

/// The rows whose stamps are finite and increase, and why others are not among them.
#[derive(Debug, Clone, PartialEq)]
pub struct Repaired {
    /// Rows kept, in order; `None` if that is all of them.
    pub rows: Option<Vec<usize>>,
    /// Their stamps, where some were moved: the first, and the seconds after it.
    pub moved: Option<(f64, Vec<f64>)>,
    /// The rows that were dropped or moved.
    pub events: Events,
}

/// Drops the fewest rows that leave the stamps finite and in order: one stamp far ahead costs one
/// row, not all that follow. Of rows that share a stamp `shared` says what becomes.
///
/// Fails if fewer than two rows are left, or if more than a tenth of the stamps (and more than one)
/// are out of order: then the clock was set back or two recordings are interleaved, and no row can
/// be trusted.
pub fn repair(time_s: &[f64], shared: Shared) -> Result<Repaired> {
    repair_noting(time_s, shared, Events::default())
}

/// [`repair`], with the events noted in `events`.
pub(super) fn repair_noting(
    time_s: &[f64],
    shared: Shared,
    mut events: Events,
) -> Result<Repaired> {
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
            moved: None,
            events,
        });
    }
    let finite: Vec<usize> = (0..time_s.len())
        .filter(|&row| time_s[row].is_finite())
        .collect();
    for row in (0..time_s.len()).filter(|&row| !time_s[row].is_finite()) {
        events.push(EventKind::Nonfinite, row, time_s[row], f64::NAN);
    }
    if shared != Shared::Drop {
        let order = longest_in_order(time_s, &finite, |a, b| a <= b);
        if let Some(found) = spread(time_s, &order, shared == Shared::Spread) {
            account_spread(time_s, &finite, &found, &mut events);
            refuse_disorder(time_s, &finite, &found.rows, &events)?;
            let all = found.rows.len() == time_s.len();
            return Ok(Repaired {
                rows: (!all).then_some(found.rows),
                moved: Some((found.start_s, found.elapsed_s)),
                events,
            });
        }
    }
    let rows = longest_in_order(time_s, &finite, |a, b| a < b);
    account_dropped(time_s, &finite, &rows, &mut events);
    refuse_disorder(time_s, &finite, &rows, &events)?;
    if rows.len() < 2 {
        return Err(Error::Time {
            message: format!(
                "time_s: expected at least 2 different finite stamps among {}, got {} \
                 ({} are NaN or infinite, {} repeat another)",
                time_s.len(),
                rows.len(),
                events.count(EventKind::Nonfinite),
                events.count(EventKind::Repeated)
            ),
            row: 0,
            time_s: time_s[0],
        });
    }
    Ok(Repaired {
        rows: Some(rows),
        moved: None,
        events,
    })
}

/// Notes the rows of `finite` that are not among `rows`: repeats of a kept stamp, or out of order.
fn account_dropped(time_s: &[f64], finite: &[usize], rows: &[usize], events: &mut Events) {
    let mut kept = rows.iter().copied().peekable();
    let mut last = f64::NAN;
    for &row in finite {
        let stamp = time_s[row];
        let next = kept.peek().map_or(f64::NAN, |&r| time_s[r]);
        if kept.next_if_eq(&row).is_some() {
            last = stamp;
        } else if stamp == last || stamp == next {
            events.push(EventKind::Repeated, row, stamp, f64::NAN);
        } else {
            events.push(EventKind::Backward, row, stamp, f64::NAN);
        }
    }
}

/// Notes the rows whose stamps were moved, and those that were dropped all the same.
fn account_spread(time_s: &[f64], finite: &[usize], found: &Spread, events: &mut Events) {
    let mut kept = found.rows.iter().zip(&found.elapsed_s).peekable();
    let mut close = found.too_close.iter().peekable();
    let mut last = f64::NAN;
    for &row in finite {
        let stamp = time_s[row];
        if let Some((_, elapsed)) = kept.next_if(|(kept, _)| **kept == row) {
            if stamp == last {
                let moved = elapsed - (stamp - found.start_s);
                events.push(EventKind::Spread, row, stamp, moved);
            }
            last = stamp;
        } else if close.next_if_eq(&&row).is_some() {
            events.push(EventKind::Repeated, row, stamp, f64::NAN);
        } else {
            events.push(EventKind::Backward, row, stamp, f64::NAN);
        }
    }
}

fn refuse_disorder(
    time_s: &[f64],
    finite: &[usize],
    rows: &[usize],
    events: &Events,
) -> Result<()> {
    let backward = events.count(EventKind::Backward);
    if backward <= 1 || backward as f64 <= MAX_BACKWARD * time_s.len() as f64 {
        return Ok(());
    }
    let mut kept = rows.iter().copied().peekable();
    let mut last = f64::NAN;
    let first = finite.iter().copied().find(|&row| {
        let next = kept.peek().map_or(f64::NAN, |&r| time_s[r]);
        if kept.next_if_eq(&row).is_some() {
            last = time_s[row];
            return false;
        }
        time_s[row] != last && time_s[row] != next
    });
    let row = first.unwrap_or(0);
    Err(Error::Time {
        message: format!(
            "time_s: {backward} of {} stamps are out of order, the first of them here; \
             split the recording where its clock was set back, or sort its rows",
            time_s.len()
        ),
        row,
        time_s: time_s[row],
    })
}

/// The longest subsequence of `time[rows]` of which each stamp and the next are in order, by
/// patience sorting: `follows` is `<` (of equals the first is preferred) or `<=`.
fn longest_in_order(
    time: &[f64],
    rows: &[usize],
    follows: impl Fn(f64, f64) -> bool,
) -> Vec<usize> {
    if rows.windows(2).all(|w| follows(time[w[0]], time[w[1]])) {
        return rows.to_vec();
    }
    // ends[l]: the row that ends, with the smallest stamp, a run in order of length l + 1.
    let mut ends: Vec<usize> = Vec::new();
    let mut before = vec![usize::MAX; time.len()];
    for &row in rows {
        let place = ends.partition_point(|&end| follows(time[end], time[row]));
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
    use super::{Repaired, longest_in_order, repair};
    use crate::Error;
    use crate::clock::{EventKind, Shared};
    use proptest::prelude::{Strategy, prop_assert, prop_assert_eq, prop_oneof, proptest};

    const N: f64 = f64::NAN;
    const ALL: [Shared; 3] = [Shared::Auto, Shared::Spread, Shared::Drop];

    fn counts(found: &Repaired) -> [usize; 4] {
        use EventKind::{Backward, Nonfinite, Repeated, Spread};
        [Nonfinite, Repeated, Backward, Spread].map(|kind| found.events.count(kind))
    }

    #[test]
    fn counts_and_rows() {
        let steady: Vec<f64> = (0..20).map(f64::from).collect();
        for shared in ALL {
            assert_eq!(repair(&steady, shared).unwrap().rows, None);
        }
        let mut time = steady.clone();
        time[3] = N;
        time[7] = time[6];
        time[10] = 1e9;
        time[19] = f64::INFINITY;
        let found = repair(&time, Shared::Drop).unwrap();
        assert_eq!(counts(&found), [2, 1, 1, 0]);
        let kept: Vec<usize> = (0..20).filter(|r| ![3, 7, 10, 19].contains(r)).collect();
        assert_eq!(found.rows, Some(kept));

        // There is room for row 7 behind its stamp.
        let found = repair(&time, Shared::Auto).unwrap();
        assert_eq!(counts(&found), [2, 0, 1, 1]);
        let (start, elapsed) = found.moved.unwrap();
        assert_eq!((start, elapsed[6]), (0.0, 7.0));
        let events = found.events.by_row();
        let rows: Vec<usize> = events.iter().map(|event| event.row).collect();
        assert_eq!(rows, [3, 7, 10, 19]);
        assert_eq!((events[1].time_s, events[1].length_s), (6.0, 1.0));
    }

    #[test]
    fn hopeless_clocks_are_refused() {
        for shared in ALL {
            assert!(matches!(repair(&[], shared), Err(Error::Shape(_))));
            assert!(matches!(repair(&[1.0], shared), Err(Error::Shape(_))));
            for bad in [[N, N, N], [1.0, N, N], [2.0, 2.0, 2.0], [3.0, 2.0, 1.0]] {
                let found = repair(&bad, shared);
                assert!(matches!(found, Err(Error::Time { .. })), "{bad:?}");
            }
            let mut restarted: Vec<f64> = (0..100).map(|i| f64::from(i % 60)).collect();
            let Err(Error::Time { row: 60, .. }) = repair(&restarted, shared) else {
                panic!("a clock that starts again");
            };
            restarted.truncate(65);
            assert_eq!(counts(&repair(&restarted, shared).unwrap())[2], 5);
        }
    }

    fn stamps() -> impl Strategy<Value = Vec<f64>> {
        let stamp = prop_oneof![
            8 => (0i32..12).prop_map(f64::from),
            1 => proptest::sample::select(vec![N, f64::INFINITY, -f64::INFINITY]),
        ];
        proptest::collection::vec(stamp, 0..11)
    }

    fn most(time: &[f64], finite: &[usize], follows: fn(f64, f64) -> bool) -> usize {
        let subsets = 0u32..1 << finite.len();
        let in_order = |subset: &u32| {
            let kept: Vec<f64> = finite
                .iter()
                .enumerate()
                .filter(|(bit, _)| subset >> bit & 1 == 1)
                .map(|(_, &row)| time[row])
                .collect();
            kept.windows(2).all(|w| follows(w[0], w[1]))
        };
        subsets.filter(in_order).map(u32::count_ones).max().unwrap() as usize
    }

    proptest! {
        #[test]
        fn drops_the_fewest(time in stamps()) {
            let finite: Vec<usize> = (0..time.len()).filter(|&r| time[r].is_finite()).collect();
            for follows in [|a: f64, b: f64| a < b, |a: f64, b: f64| a <= b] {
                let kept = longest_in_order(&time, &finite, follows);
                prop_assert_eq!(kept.len(), most(&time, &finite, follows));
                prop_assert!(kept.windows(2).all(|w| w[0] < w[1] && follows(time[w[0]], time[w[1]])));
            }
        }

        #[test]
        fn every_row_is_kept_or_counted(time in stamps()) {
            for shared in ALL {
                if let Ok(found) = repair(&time, shared) {
                    let [nonfinite, repeated, backward, _] = counts(&found);
                    let kept = found.rows.map_or(time.len(), |rows| rows.len());
                    prop_assert_eq!(kept + nonfinite + repeated + backward, time.len());
                    if let Some((_, elapsed)) = found.moved {
                        prop_assert_eq!(elapsed.len(), kept);
                        prop_assert!(elapsed.windows(2).all(|w| w[0] < w[1]));
                    }
                }
            }
        }
    }
}
