//! Labels at other times.

use rayon::prelude::*;

use super::check_stamps;
use crate::error::{Result, bail_input, bail_shape};

/// No label.
pub const UNLABELLED: i32 = -1;
const PIECE: usize = 4096;

/// How a time gets its label from the samples around it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum LabelRule {
    /// That of the sample nearest in time; the earlier of two that are equally near.
    Nearest,
    /// The most frequent one of the samples up to half of `width_s` away, those that end the span
    /// not counted; of equally frequent ones that of the nearest sample, else the first. The
    /// nearest one where the span holds no label.
    Majority {
        /// The span's length, in seconds.
        width_s: f64,
    },
}

/// For each of `when_s` a label, from the samples at `time_s` (finite, none before the one that
/// precedes it). None where no sample lies within `max_distance_s`, or at a NaN.
pub fn resample_labels_into(
    time_s: &[f64],
    labels: &[i32],
    when_s: &[f64],
    rule: LabelRule,
    max_distance_s: f64,
    out: &mut [i32],
) -> Result<()> {
    if labels.len() != time_s.len() || out.len() != when_s.len() {
        bail_shape!(
            "labels, out: expected {} and {} values, one for each time, got {} and {}",
            time_s.len(),
            when_s.len(),
            labels.len(),
            out.len()
        );
    }
    if max_distance_s.is_nan() || max_distance_s < 0.0 {
        bail_input!("max_distance_s: expected 0 seconds or more, got {max_distance_s}");
    }
    if let LabelRule::Majority { width_s } = rule
        && !(width_s > 0.0 && width_s.is_finite())
    {
        bail_input!("width_s: expected a finite time above 0 seconds, got {width_s}");
    }
    check_stamps(time_s, false)?;
    if let Some(row) = labels.iter().position(|&label| label < UNLABELLED) {
        bail_input!(
            "labels, row {row}: expected -1 (none), 0 or more, got {}",
            labels[row]
        );
    }
    out.par_chunks_mut(PIECE)
        .zip(when_s.par_chunks(PIECE))
        .for_each(|(out, when)| {
            for (out, &when) in out.iter_mut().zip(when) {
                *out = label_at(time_s, labels, when, rule, max_distance_s);
            }
        });
    Ok(())
}

fn label_at(time: &[f64], labels: &[i32], when: f64, rule: LabelRule, max_distance_s: f64) -> i32 {
    let Some(nearest) = nearest(time, when).filter(|&k| (time[k] - when).abs() <= max_distance_s)
    else {
        return UNLABELLED;
    };
    let LabelRule::Majority { width_s } = rule else {
        return labels[nearest];
    };
    let from = time.partition_point(|&t| t <= when - width_s / 2.0);
    let to = time.partition_point(|&t| t < when + width_s / 2.0);
    let mut counts: Vec<(i32, usize)> = Vec::new();
    for &label in labels.get(from..to).unwrap_or_default() {
        if label == UNLABELLED {
            continue;
        }
        match counts.iter_mut().find(|(known, _)| *known == label) {
            Some((_, count)) => *count += 1,
            None => counts.push((label, 1)),
        }
    }
    let most = counts.iter().map(|&(_, count)| count).max();
    let mut winners = counts.iter().filter(|&&(_, count)| Some(count) == most);
    let first = winners.clone().next();
    match winners
        .find(|&&(label, _)| label == labels[nearest])
        .or(first)
    {
        Some(&(label, _)) => label,
        None => labels[nearest],
    }
}

/// The row nearest to a time; none at a NaN or without rows.
fn nearest(time: &[f64], when: f64) -> Option<usize> {
    if when.is_nan() {
        return None;
    }
    let after = time.partition_point(|&t| t < when);
    let before = after.checked_sub(1);
    match (before, time.get(after)) {
        (Some(a), Some(&t)) if t - when < when - time[a] => Some(after),
        (Some(a), _) => Some(a),
        (None, Some(_)) => Some(after),
        (None, None) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{LabelRule, resample_labels_into};
    use proptest::prelude::{prop_assert_eq, proptest};

    fn labelled(time: &[f64], labels: &[i32], when: &[f64], rule: LabelRule, far: f64) -> Vec<i32> {
        let mut out = vec![9; when.len()];
        resample_labels_into(time, labels, when, rule, far, &mut out).unwrap();
        out
    }

    #[test]
    fn nearest_earlier_and_none() {
        let (time, labels) = ([0.0, 1.0, 2.0, 5.0], [3, 4, -1, 6]);
        let when = [-9.0, 0.5, 0.6, 1.8, 3.4, 3.6, f64::NAN, f64::INFINITY];
        let found = labelled(&time, &labels, &when, LabelRule::Nearest, 1.5);
        assert_eq!(found, [-1, 3, 4, -1, -1, 6, -1, -1]);
        let found = labelled(
            &time,
            &labels,
            &when[..1],
            LabelRule::Nearest,
            f64::INFINITY,
        );
        assert_eq!(found, [3]);
    }

    #[test]
    fn majority_ties_and_empty_spans() {
        let time: Vec<f64> = (0..8).map(f64::from).collect();
        let labels = [1, 1, 2, 2, -1, -1, 2, 7];
        let rule = LabelRule::Majority { width_s: 4.5 };
        let found = labelled(
            &time,
            &labels,
            &[1.0, 1.4, 1.6, 4.0, 30.0],
            rule,
            f64::INFINITY,
        );
        assert_eq!(found, [1, 1, 2, 2, 7]);
    }

    #[test]
    fn bad_arguments_are_refused() {
        let mut out = [0; 2];
        let when = [0.0, 1.0];
        let mut run = |time: &[f64], labels: &[i32], rule, far| {
            resample_labels_into(time, labels, &when, rule, far, &mut out).is_err()
        };
        let (good, near) = ([0.0, 1.0], LabelRule::Nearest);
        assert!(!run(&good, &[0, 1], near, 1.0));
        assert!(run(&good, &[0], near, 1.0));
        assert!(run(&good, &[0, -2], near, 1.0));
        assert!(run(&[1.0, 0.0], &[0, 1], near, 1.0));
        assert!(run(&[0.0, f64::NAN], &[0, 1], near, 1.0));
        assert!(run(&good, &[0, 1], near, f64::NAN));
        assert!(run(
            &good,
            &[0, 1],
            LabelRule::Majority { width_s: 0.0 },
            1.0
        ));
    }

    proptest! {
        #[test]
        fn agrees_with_looking_at_every_sample(
            steps in proptest::collection::vec(0u8..4, 1..30),
            labels in proptest::collection::vec(-1i32..3, 30),
            when in proptest::collection::vec(-5f64..60.0, 1..20),
        ) {
            let time: Vec<f64> = steps.iter().scan(0.0, |t, &step| {
                *t += f64::from(step);
                Some(*t)
            }).collect();
            let labels = &labels[..time.len()];
            let found = labelled(&time, labels, &when, LabelRule::Nearest, 4.0);
            for (&found, &when) in found.iter().zip(&when) {
                let distance = |k: usize| (time[k] - when).abs();
                let least = (0..time.len()).map(distance).fold(f64::INFINITY, f64::min);
                let earliest = (0..time.len()).filter(|&k| distance(k) == least).collect::<Vec<_>>();
                // Of equal stamps, the last before the time or the first after it.
                let expected = match earliest.iter().rev().find(|&&k| time[k] < when) {
                    Some(&k) => labels[k],
                    None => labels[earliest[0]],
                };
                prop_assert_eq!(found, if least <= 4.0 { expected } else { -1 });
            }
        }
    }
}
