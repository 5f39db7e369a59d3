//! The cascade against its definition: a difference equation, one section and channel at a time.

use proptest::prelude::{prop_assert, prop_assert_eq, proptest};

use super::butterworth::{Band, design};
use super::{Filter, SECTION};

fn noise(n: usize, seed: usize) -> Vec<f64> {
    (0..n)
        .map(|i| ((i * i + 7 * seed) as f64 * 0.618).sin() + 0.5)
        .collect()
}

/// `y[i] = b0 x[i] + b1 x[i-1] + b2 x[i-2] - a1 y[i-1] - a2 y[i-2]`, from rest.
fn difference_equation(x: &[f64], sos: &[[f64; SECTION]]) -> Vec<f64> {
    let mut x = x.to_vec();
    for s in sos {
        let mut y: Vec<f64> = Vec::new();
        let before = |v: &[f64], i: usize, k: usize| i.checked_sub(k).map_or(0.0, |i| v[i]);
        for i in 0..x.len() {
            y.push(
                s[0] * x[i] + s[1] * before(&x, i, 1) + s[2] * before(&x, i, 2)
                    - s[4] * before(&y, i, 1)
                    - s[5] * before(&y, i, 2),
            );
        }
        x = y;
    }
    x
}

/// Extended so far that the start is forgotten, then the difference equation both ways.
fn both_ways(x: &[f64], sos: &[[f64; SECTION]], padding: usize) -> Vec<f64> {
    let p = padding.min(x.len() - 1);
    let (first, last) = (x[0], x[x.len() - 1]);
    let mut whole: Vec<f64> = (1..=p).rev().map(|i| 2.0 * first - x[i]).collect();
    whole.extend(x);
    whole.extend((0..p).map(|i| 2.0 * last - x[x.len() - 2 - i]));
    for _ in 0..2 {
        let mut settled = vec![whole[0]; 3000];
        settled.extend(&whole);
        whole = difference_equation(&settled, sos)[3000..].to_vec();
        whole.reverse();
    }
    whole[p..p + x.len()].to_vec()
}

fn column(x: &[f64], c: usize, channel: usize) -> Vec<f64> {
    x.iter().skip(channel).step_by(c).copied().collect()
}

fn some_filter(kind: usize, order: usize) -> Vec<[f64; SECTION]> {
    let band = [
        Band::Lowpass(12.0),
        Band::Highpass(7.0),
        Band::Bandpass(5.0, 20.0),
        Band::Bandstop(8.0, 30.0),
    ][kind % 4];
    design(order, band, 100.0).unwrap()
}

#[test]
fn bad_sections_are_refused() {
    let good = [1.0, 0.0, 0.0, 1.0, 0.0, 0.0];
    assert!(Filter::new(&[]).is_err());
    for (at, value) in [
        (0, f64::NAN),
        (3, 2.0),
        (4, 1.0),
        (5, 1.0),
        (4, f64::INFINITY),
    ] {
        let mut bad = good;
        bad[at] = value;
        assert!(Filter::new(&[good, bad]).is_err());
    }
    let filter = Filter::new(&[good]).unwrap();
    let (x, mut out, mut state) = ([1f32; 6], [0f32; 6], [0.0; 4]);
    assert!(
        filter
            .run_into(&x, 1, 3, 2, &[], &mut state, &mut out)
            .is_ok()
    );
    assert!(
        filter
            .run_into(&x, 1, 3, 2, &[], &mut [0.0; 3], &mut out)
            .is_err()
    );
    assert!(
        filter
            .run_into(&x, 1, 4, 2, &[], &mut state, &mut out)
            .is_err()
    );
    assert!(
        filter
            .run_into(&x, 1, 3, 2, &[4], &mut state, &mut out)
            .is_err()
    );
    assert!(
        filter
            .zero_phase_into(&x, 1, 3, 2, &[2, 1], &mut out)
            .is_err()
    );
    assert!(filter.zero_phase_into(&x, 3, 1, 2, &[1], &mut out).is_err());
    assert!(
        filter
            .zero_phase_into(&x, 1, 3, 2, &[], &mut out[..5])
            .is_err()
    );
}

#[test]
fn cuts_are_recordings_of_their_own() {
    let filter = Filter::new(&some_filter(0, 4)).unwrap();
    let x = noise(90, 1);
    let (mut whole, mut parts) = (vec![0.0; 90], vec![0.0; 90]);
    filter
        .zero_phase_into(&x, 1, 30, 3, &[4, 20], &mut whole)
        .unwrap();
    for rows in [0..4, 4..20, 20..30] {
        let part = rows.start * 3..rows.end * 3;
        let out = &mut parts[part.clone()];
        filter
            .zero_phase_into(&x[part], 1, rows.len(), 3, &[], out)
            .unwrap();
    }
    assert_eq!(whole, parts);
}

proptest! {
    #[test]
    fn forward_is_the_difference_equation(
        t in 1usize..200, c in 1usize..12, items in 1usize..3, kind in 0usize..4,
        order in 1usize..7,
    ) {
        let sos = some_filter(kind, order);
        let filter = Filter::new(&sos).unwrap();
        let x = noise(items * t * c, t);
        let mut state = vec![0.0; items * filter.len() * 2 * c];
        let mut out = vec![f64::NAN; x.len()];
        filter.run_into(&x, items, t, c, &[], &mut state, &mut out).unwrap();
        for item in 0..items {
            let part = item * t * c..(item + 1) * t * c;
            for channel in 0..c {
                let expected = difference_equation(&column(&x[part.clone()], c, channel), &sos);
                for (a, b) in column(&out[part.clone()], c, channel).iter().zip(expected) {
                    prop_assert!((a - b).abs() < 1e-11, "{} {}", a, b);
                }
            }
        }
    }

    #[test]
    fn any_blocks_give_the_same_bytes(
        blocks in proptest::collection::vec(0usize..90, 1..6), c in 1usize..10, missing: u16,
    ) {
        let filter = Filter::new(&some_filter(0, 4)).unwrap();
        let t: usize = blocks.iter().sum();
        let mut x = noise(t * c, 3);
        if !x.is_empty() {
            let at = missing as usize % x.len();
            x[at] = f64::NAN;
        }
        let start = vec![f64::NAN; filter.len() * 2 * c];
        let (mut whole, mut parts) = (vec![0.0; t * c], vec![0.0; t * c]);
        filter.run_into(&x, 1, t, c, &[], &mut start.clone(), &mut whole).unwrap();
        let (mut state, mut row) = (start, 0);
        for rows in blocks {
            let part = row * c..(row + rows) * c;
            let out = &mut parts[part.clone()];
            filter.run_into(&x[part], 1, rows, c, &[], &mut state, out).unwrap();
            row += rows;
        }
        let bits = |x: &[f64]| x.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
        prop_assert_eq!(bits(&whole), bits(&parts));
        prop_assert_eq!(whole.iter().filter(|v| v.is_nan()).count(), usize::from(t > 0));
    }

    #[test]
    fn zero_phase_is_both_ways(
        t in 1usize..300, c in 1usize..12, kind in 0usize..4, order in 1usize..6,
    ) {
        let sos = some_filter(kind, order);
        let filter = Filter::new(&sos).unwrap();
        let x = noise(t * c, t);
        let mut out = vec![f64::NAN; x.len()];
        filter.zero_phase_into(&x, 1, t, c, &[], &mut out).unwrap();
        for channel in 0..c {
            let expected = both_ways(&column(&x, c, channel), &sos, filter.padding());
            for (a, b) in column(&out, c, channel).iter().zip(expected) {
                prop_assert!((a - b).abs() < 1e-10, "{} {}", a, b);
            }
        }
    }

    #[test]
    fn missing_values_split_their_channel_alone(
        t in 1usize..200, c in 1usize..10, at in proptest::collection::vec(0usize..2000, 0..5),
    ) {
        let filter = Filter::new(&some_filter(0, 3)).unwrap();
        let mut x = noise(t * c, 2);
        for at in at {
            let at = at % x.len();
            x[at] = f64::INFINITY;
        }
        let mut out = vec![0.0; x.len()];
        filter.zero_phase_into(&x, 1, t, c, &[], &mut out).unwrap();
        for channel in 0..c {
            let own = column(&x, c, channel);
            let mut expected = vec![f64::NAN; t];
            let mut row = 0;
            for run in own.split(|v| !v.is_finite()) {
                let place = &mut expected[row..row + run.len()];
                filter.zero_phase_into(run, 1, run.len(), 1, &[], place).unwrap();
                row += run.len() + 1;
            }
            for (a, b) in column(&out, c, channel).iter().zip(expected) {
                prop_assert_eq!(a.to_bits(), b.to_bits());
            }
        }
    }
}
