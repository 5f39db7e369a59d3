//! Laws of what is derived from skeletons and of how missing joints are filled.

use kinefuse_core::skeleton::{
    FILLED, Fill, FillCounts, MEASURED, MISSING, Rule, Stream, angles_into, convert_into,
    fill_missing_into, score_persons, stream_into,
};
use proptest::prelude::*;

const J: usize = 4;
const PARENTS: [usize; J] = [0, 0, 1, 1];

fn frames() -> impl Strategy<Value = Vec<f64>> {
    (1usize..9).prop_flat_map(|t| prop::collection::vec(-5.0f64..5.0, t * J * 3))
}

/// Some joints NaN, some zero.
fn holed() -> impl Strategy<Value = Vec<f64>> {
    let joint = prop_oneof![
        3 => prop::array::uniform3(0.5f64..5.0),
        1 => Just([f64::NAN; 3]),
        1 => Just([0.0; 3]),
    ];
    (1usize..30).prop_flat_map(move |t| {
        prop::collection::vec(joint.clone(), t * J)
            .prop_map(|joints| joints.as_flattened().to_vec())
    })
}

fn stream(x: &[f64], t: usize, stream: Stream) -> Vec<f64> {
    let mut out = vec![0.0; x.len()];
    stream_into(x, t, 3, &PARENTS, stream, &mut out).unwrap();
    out
}

fn fill(x: &[f64], max_gap: usize) -> (Vec<f64>, Vec<u8>, FillCounts) {
    let spec = Fill {
        joints: J,
        dims: 3,
        zero_frames: true,
        zero_joints: true,
        max_gap,
        min_confidence: 0.0,
    };
    let (mut out, mut status) = (vec![0.0; x.len()], vec![9; x.len() / 3]);
    let t = status.len() / J;
    let counts = fill_missing_into(x, &[], t, &spec, &mut out, &mut status).unwrap();
    (out, status, counts)
}

proptest! {
    #[test]
    fn bones_add_up_to_the_joints(x in frames()) {
        let bones = stream(&x, x.len() / (J * 3), Stream::Bone);
        for (frame, bones) in x.chunks_exact(J * 3).zip(bones.chunks_exact(J * 3)) {
            for d in 0..3 {
                let tip = frame[d] + bones[3 + d] + bones[6 + d];
                prop_assert!((tip - frame[6 + d]).abs() < 1e-12);
                prop_assert_eq!(bones[d], 0.0);
            }
        }
    }

    #[test]
    fn the_motion_of_bones_is_the_bone_of_motions(x in frames()) {
        let t = x.len() / (J * 3);
        let motion = stream(&stream(&x, t, Stream::Bone), t, Stream::Motion);
        prop_assert_eq!(&stream(&x, t, Stream::BoneMotion), &motion);
        let bone = stream(&stream(&x, t, Stream::Motion), t, Stream::Bone);
        for (a, b) in bone.iter().zip(&motion) {
            prop_assert!((a - b).abs() < 1e-12);
        }
    }

    #[test]
    fn motion_stays_within_its_window(x in frames()) {
        let t = x.len() / (J * 3);
        let twice = [x.clone(), x.clone()].concat();
        let motion = stream(&twice, t, Stream::Motion);
        let alone = stream(&x, t, Stream::Motion);
        prop_assert_eq!(motion, [alone.clone(), alone].concat());
    }

    #[test]
    fn angles_stay_when_the_body_moves_and_grows(
        x in frames(), by in -3.0f64..3.0, size in 0.1f64..10.0,
    ) {
        let triples = [[0, 1, 2], [2, 1, 0], [0, 1, 3]];
        let angles = |x: &[f64]| {
            let mut out = vec![0.0; x.len() / (J * 3) * 3];
            angles_into(x, J, 3, &triples, &mut out).unwrap();
            out
        };
        let moved: Vec<f64> = x.iter().map(|v| size * v + by).collect();
        let (a, b) = (angles(&x), angles(&moved));
        for (row, moved) in a.chunks_exact(3).zip(b.chunks_exact(3)) {
            prop_assert!((row[0] - row[1]).abs() < 1e-9);
            for (a, b) in row.iter().zip(moved) {
                prop_assert!((a - b).abs() < 1e-4 && (0.0..=180.0).contains(a), "{} {}", a, b);
            }
        }
    }

    #[test]
    fn what_was_measured_stays_and_every_missing_joint_is_counted_once(
        x in holed(), max_gap in 0usize..6,
    ) {
        let (out, status, c) = fill(&x, max_gap);
        prop_assert_eq!(
            c.filled + c.missing,
            c.zero_frames * J + c.zero_joints + c.not_finite + c.unsure
        );
        let count = |s| status.iter().filter(|&&v| v == s).count();
        prop_assert_eq!((count(FILLED), count(MISSING)), (c.filled, c.missing));
        for (i, (joint, was)) in out.chunks_exact(3).zip(x.chunks_exact(3)).enumerate() {
            match status[i] {
                MEASURED => prop_assert_eq!(joint, was),
                FILLED => prop_assert!(joint.iter().all(|v| (0.5..=5.0).contains(v))),
                _ => prop_assert!(joint.iter().all(|v| v.is_nan())),
            }
        }
    }

    #[test]
    fn no_longer_gap_is_filled_and_no_shorter_one_left(x in holed(), max_gap in 0usize..6) {
        let (_, status, _) = fill(&x, max_gap);
        for j in 0..J {
            let joint: Vec<u8> = status.iter().copied().skip(j).step_by(J).collect();
            let mut at = 0;
            while at < joint.len() {
                let run = joint[at..].iter().take_while(|&&s| s == joint[at]).count();
                let inside = at > 0 && at + run < joint.len();
                match joint[at] {
                    FILLED => prop_assert!(inside && run <= max_gap),
                    MISSING => prop_assert!(!inside || run > max_gap),
                    _ => {}
                }
                at += run;
            }
        }
    }

    #[test]
    fn filling_twice_is_filling_once(x in holed(), max_gap in 0usize..6) {
        let (once, _, first) = fill(&x, max_gap);
        let (twice, status, second) = fill(&once, max_gap);
        prop_assert!(once.iter().zip(&twice).all(|(a, b)| a == b || a.is_nan() && b.is_nan()));
        prop_assert_eq!((second.filled, second.missing), (0, first.missing));
        prop_assert!(!status.contains(&FILLED));
    }

    #[test]
    fn motion_and_size_of_a_person_do_not_depend_on_the_place(x in frames(), by in -9.0f64..9.0) {
        let t = x.len() / (J * 3);
        let moved: Vec<f64> = x.iter().map(|v| v + by).collect();
        for rule in [Rule::Motion, Rule::Largest, Rule::Longest, Rule::Ntu] {
            let score = |x: &[f64]| score_persons(x, &[], t, J, 3, rule).unwrap()[0].value;
            let (a, b) = (score(&x), score(&moved));
            prop_assert!((a - b).abs() < 1e-9, "{rule:?}: {} {}", a, b);
        }
    }
}

#[test]
fn joints_that_do_not_exist_are_refused() {
    let x = [0.0f32; 12];
    let mut out = [0.0f32; 12];
    let message = stream_into(&x, 1, 3, &[0, 0, 0, 4], Stream::Bone, &mut out).unwrap_err();
    assert!(message.to_string().contains("joint 4 does not exist"));
    let message = angles_into(&x, 4, 3, &[[0, 1, 4]], &mut out[..1]).unwrap_err();
    assert!(message.to_string().contains("joint 4 does not exist"));
    let message = convert_into(&x, 4, 3, &[vec![4]], &mut out[..3]).unwrap_err();
    assert!(message.to_string().contains("joint 4 does not exist"));
}
