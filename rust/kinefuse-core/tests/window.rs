//! Laws of windows.

use kinefuse_core::window::{Index, LabelRule, Step, UNLABELLED, index, windows_into};
use proptest::prelude::*;

fn plain(rows: usize, length: usize, stride: f64, gaps: &[[i64; 2]]) -> Index {
    let step = Some(Step { length, stride });
    index(rows, step, gaps, None, LabelRule::Majority, 0.0).unwrap()
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
        let found = index(rows, None, &gaps, None, LabelRule::Majority, 0.0).unwrap();
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
        let all = index(labels.len(), step, &[], Some(&labels), LabelRule::Majority, 0.0).unwrap();
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
        let kept =
            index(labels.len(), step, &[], Some(&labels), LabelRule::Majority, min_share).unwrap();
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
    let run = |rows, step, gaps: &[[i64; 2]], labels: Option<&[i32]>, share| {
        index(rows, step, gaps, labels, LabelRule::Last, share)
            .unwrap_err()
            .to_string()
    };
    assert!(run(9, step(0, 1.0), &[], None, 0.0).contains("at least 1 row"));
    assert!(run(9, step(1, 0.5), &[], None, 0.0).contains("at least 1 row"));
    assert!(run(9, step(1, f64::NAN), &[], None, 0.0).contains("at least 1 row"));
    assert!(run(9, None, &[[4, 1], [4, 1]], None, 0.0).contains("gaps, number 1"));
    assert!(run(9, None, &[[10, 1]], None, 0.0).contains("from 0 to 9"));
    assert!(run(9, None, &[[4, 0]], None, 0.0).contains("[4, 0]"));
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
