//! Laws of windows.

use kinefuse_core::window::{
    Around, Index, LabelRule, Labels, SharedStep, Step, Timeline, UNLABELLED, index, index_events,
    index_shared, windows_into,
};
use proptest::prelude::*;

fn plain(rows: usize, length: usize, stride: f64, gaps: &[[i64; 2]]) -> Index {
    let step = Some(Step { length, stride });
    index(rows, step, gaps, Labels::NONE).unwrap()
}

/// Gaps before some of the rows.
fn gaps(rows: usize) -> impl Strategy<Value = Vec<[i64; 2]>> {
    prop::collection::btree_set(0..=rows as i64, 0..6)
        .prop_map(|rows| rows.into_iter().map(|row| [row, 3]).collect())
}

fn recording() -> impl Strategy<Value = (usize, Vec<[i64; 2]>)> {
    (0usize..200).prop_flat_map(|rows| (Just(rows), gaps(rows)))
}

proptest! {
    #[test]
    fn windows_lie_in_their_segment_and_rows_are_accounted_for(
        (rows, gaps) in recording(), length in 1usize..30, stride in 1.0f64..40.0,
    ) {
        let found = plain(rows, length, stride, &gaps);
        let mut covered = vec![false; rows];
        for (&start, &n) in found.start.iter().zip(&found.length) {
            prop_assert_eq!(n as usize, length);
            let (start, end) = (start as usize, start as usize + length);
            prop_assert!(end <= rows);
            let apart = |&[row, _]: &[i64; 2]| row as usize <= start || row as usize >= end;
            prop_assert!(gaps.iter().all(apart));
            covered[start..end].fill(true);
        }
        prop_assert_eq!(found.report.unused_rows, covered.iter().filter(|c| !**c).count());
        prop_assert!(found.start.is_sorted());
    }

    #[test]
    fn whole_segments_use_every_row((rows, gaps) in recording()) {
        let found = index(rows, None, &gaps, Labels::NONE).unwrap();
        prop_assert_eq!(found.length.iter().sum::<i64>(), rows as i64);
        prop_assert_eq!(found.report.unused_rows, 0);
        prop_assert_eq!(found.start.len(), found.report.segments);
    }

    #[test]
    fn labels_are_those_of_a_plain_count(
        labels in prop::collection::vec(-1i32..3, 1..80), length in 1usize..20,
        min_share in 0.0f64..1.0,
    ) {
        let step = Some(Step { length, stride: 1.0 });
        let with = |min_share| Labels { rows: Some(&labels), rule: LabelRule::Majority, min_share };
        let all = index(labels.len(), step, &[], with(0.0)).unwrap();
        for i in 0..all.start.len() {
            let window = &labels[all.start[i] as usize..][..length];
            let counts: Vec<usize> =
                (0..3).map(|l| window.iter().filter(|&&v| v == l).count()).collect();
            let most = *counts.iter().max().unwrap();
            let winners: Vec<i32> =
                (0..3).filter(|&l| most > 0 && counts[l as usize] == most).collect();
            let expected = if winners.len() == 1 { winners[0] } else { UNLABELLED };
            prop_assert_eq!(all.label[i], expected);
            prop_assert_eq!(all.share[i], most as f64 / length as f64);
        }
        let kept = index(labels.len(), step, &[], with(min_share)).unwrap();
        prop_assert_eq!(kept.start.len() + kept.report.below_share, all.start.len());
        prop_assert!(kept.share.iter().all(|s| *s >= min_share));
    }

    #[test]
    fn windows_put_together_are_the_signal(
        rows in 1usize..100, row_bytes in 1usize..9, length in 1usize..20,
    ) {
        let x: Vec<u8> = (0..rows * row_bytes).map(|i| i as u8).collect();
        let found = plain(rows, length, length as f64, &[]);
        let mut out = vec![0; found.start.len() * length * row_bytes];
        windows_into(&x, row_bytes, &found.start, length, &mut out).unwrap();
        prop_assert_eq!(&out[..], &x[..out.len()]);
        prop_assert!(x.len() - out.len() < length * row_bytes);
    }
}

#[test]
fn large_copies_take_the_threads_and_are_the_same() {
    let (rows, row_bytes, length) = (50_000, 24, 100);
    let x: Vec<u8> = (0..rows * row_bytes).map(|i| (i % 251) as u8).collect();
    let starts: Vec<i64> = (0..2000)
        .map(|i| (i * 7919) % (rows - length) as i64)
        .collect();
    let mut out = vec![0; starts.len() * length * row_bytes];
    windows_into(&x, row_bytes, &starts, length, &mut out).unwrap();
    for (window, &start) in out.chunks(length * row_bytes).zip(&starts) {
        assert_eq!(
            window,
            &x[start as usize * row_bytes..][..length * row_bytes]
        );
    }
}

#[test]
fn the_stride_does_not_drift() {
    // 0.5 s at 31.25 Hz are 15.625 rows: the thousandth window starts at 500 s.
    let found = plain(20_000, 31, 15.625, &[]);
    assert_eq!(found.start[..4], [0, 16, 31, 47]);
    assert_eq!(found.start[1000], 15_625);
}

#[test]
fn what_makes_no_sense_is_refused() {
    let step = |length, stride| Some(Step { length, stride });
    let run = |n, step, gaps: &[[i64; 2]], rows: Option<&[i32]>, min_share| {
        let rule = LabelRule::Last;
        let labels = Labels {
            rows,
            rule,
            min_share,
        };
        index(n, step, gaps, labels).unwrap_err().to_string()
    };
    assert!(run(9, step(0, 1.0), &[], None, 0.0).contains("at least 1 row"));
    assert!(run(9, step(1, 0.5), &[], None, 0.0).contains("at least 1 row"));
    assert!(run(9, step(1, f64::NAN), &[], None, 0.0).contains("at least 1 row"));
    assert!(run(9, None, &[[4, 1], [4, 1]], None, 0.0).contains("gaps, number 1"));
    assert!(run(9, None, &[[10, 1]], None, 0.0).contains("from 0 to 9"));
    assert!(run(9, None, &[[4, -1]], None, 0.0).contains("[4, -1]"));
    assert!(run(2, None, &[], Some(&[0]), 0.0).contains("one for each of 2 rows, got 1"));
    assert!(run(2, None, &[], Some(&[0, -2]), 0.0).contains("row 1"));
    assert!(run(2, None, &[], Some(&[0, 1]), 1.5).contains("0 to 1"));
    assert!(run(2, None, &[], None, 0.5).contains("expected labels"));
    assert!(run(usize::MAX, None, &[], None, 0.0).contains("2^53"));
    for starts in [[-1], [7], [i64::MAX]] {
        let refused = windows_into(&[0; 9], 1, &starts, 3, &mut [0; 3])
            .unwrap_err()
            .to_string();
        assert!(refused.contains("starts, number 0"), "{refused}");
    }
    assert!(windows_into(&[0; 9], 1, &[0], 3, &mut [0; 4]).is_err());
    assert!(windows_into(&[0; 9], 2, &[0], 3, &mut [0; 6]).is_err());
    assert!(windows_into(&[0; 9], 1, &[0], usize::MAX, &mut [0; 6]).is_err());
}

#[test]
fn a_stride_beyond_all_rows_makes_one_window() {
    assert_eq!(plain(9, 3, 1e300, &[]).start, [0]);
}

proptest! {
    #[test]
    fn an_event_lies_at_its_row_of_its_window(
        (rows, gaps) in recording(), events in prop::collection::vec(-5f64..220.0, 0..20),
        before in 0usize..8, after in 1usize..8,
    ) {
        let line = Timeline::new(rows, 1.0, 0.0, &gaps).unwrap();
        let around = Around { before_s: before as f64, after_s: after as f64 };
        let found = index_events(&line, &events, around, Labels::NONE).unwrap();
        let steps: Vec<i64> = (0..rows as i64)
            .map(|row| row + gaps.iter().filter(|g| g[0] <= row).map(|g| g[1]).sum::<i64>())
            .collect();
        let mut windows = found.event.iter().zip(&found.index.start);
        for (number, &time) in events.iter().enumerate() {
            let at = time.round() as i64;
            let wanted: Vec<i64> = (at - before as i64..at + after as i64).collect();
            let whole = steps.windows(before + after).position(|w| w == wanted);
            // A gap with the row after it joined to the one before would still be a gap.
            let cut = |start: usize| gaps.iter()
                .any(|g| (start + 1..start + before + after).contains(&(g[0] as usize)));
            if let Some(start) = whole.filter(|&start| !cut(start)) {
                let (event, found) = windows.next().unwrap();
                prop_assert_eq!((*event as usize, *found as usize), (number, start));
            }
        }
        prop_assert!(windows.next().is_none());
        prop_assert_eq!(found.event.len() + found.outside + found.across_gaps, events.len());
    }

    #[test]
    fn shared_windows_hold_the_rows_of_their_time(
        (rows, gaps) in recording(), start_s in -3f64..3.0, stride_s in 1f64..9.0,
        length_s in 2f64..6.0, min_overlap in 0.1f64..=1.0,
    ) {
        let lines = [
            Timeline::new(rows, 2.0, start_s, &gaps).unwrap(),
            Timeline::new(90, 1.0, 0.0, &[]).unwrap(),
        ];
        let step = SharedStep {
            length_s, stride_s, origin_s: None, min_overlap, min_present: 1,
        };
        let found = index_shared(&lines, step, 0, Labels::NONE).unwrap();
        let origin = if rows > 0 { lines[0].span_s().0.min(0.0) } else { 0.0 };
        let time = |row: i64| {
            let missing: i64 = gaps.iter().filter(|g| g[0] <= row).map(|g| g[1]).sum();
            start_s + (row + missing) as f64 / 2.0
        };
        let wanted = (length_s * 2.0).round();
        for (i, &begin) in found.start_s.iter().enumerate() {
            let k = (begin - origin) / stride_s;
            prop_assert!((k - k.round()).abs() < 1e-9);
            let (start, n) = (found.start[0][i], found.rows[0][i]);
            let cut = |g: &[i64; 2]| (start + 1..start + n).contains(&g[0]);
            prop_assert!(n == 0 || n as f64 >= min_overlap * wanted);
            prop_assert!(n == 0 || !gaps.iter().any(cut));
            for row in start..start + n {
                prop_assert!(time(row) > begin - 0.3 && time(row) < begin + length_s + 0.3);
            }
            prop_assert!(n > 0 || found.rows[1][i] > 0);
        }
        prop_assert!(found.start_s.is_sorted());
    }
}

#[test]
fn years_without_a_row_cost_nothing() {
    let lines = [Timeline::new(200, 100.0, 0.0, &[[100, 300_000_000_000]]).unwrap()];
    let step = SharedStep {
        length_s: 0.5,
        stride_s: 0.01,
        origin_s: Some(-1e6),
        min_overlap: 1.0,
        min_present: 1,
    };
    let found = index_shared(&lines, step, 0, Labels::NONE).unwrap();
    assert_eq!(found.start_s.len(), 102);
    let far = SharedStep {
        origin_s: Some(-1e300),
        ..step
    };
    assert!(index_shared(&lines, far, 0, Labels::NONE).is_err());
}

#[test]
fn any_takes_the_only_label_there_is() {
    let rows = [-1, -1, 4, -1, 4, 2, -1, -1, -1];
    let labels = Labels {
        rows: Some(&rows),
        rule: LabelRule::Any,
        min_share: 0.0,
    };
    let step = Some(Step {
        length: 3,
        stride: 3.0,
    });
    let found = index(9, step, &[], labels).unwrap();
    assert_eq!(found.label, [4, UNLABELLED, UNLABELLED]);
    assert_eq!(found.share, [1.0 / 3.0, 1.0 / 3.0, 0.0]);
    assert_eq!((found.report.ambiguous, found.report.unlabelled), (1, 1));
}
