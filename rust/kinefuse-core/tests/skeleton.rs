//! Laws of skeleton normalisation.

use kinefuse_core::Error;
use kinefuse_core::skeleton::normalize::{Align, Ground, Over};
use kinefuse_core::skeleton::{Normalize, normalize_batch_into, normalize_into};
use proptest::prelude::*;

const J: usize = 6;

/// Joints: 0 hip centre, 1 neck, 2 and 3 left and right hip, 4 and 5 left and right shoulder.
fn spec(center: &str, scale: &str, align: &str) -> Normalize {
    let lines = "\"lines\": [[[2], [3]], [[4], [5]]], \"frames\": 3";
    let align = match align {
        "yaw" => format!(", \"align\": {{\"to\": \"yaw\", \"up\": 1, {lines}}}"),
        "body" => format!(", \"align\": {{\"to\": \"body\", \"spine\": [[0], [1]], {lines}}}"),
        _ => String::new(),
    };
    Normalize::parse(&format!(
        "{{\"joints\": {J}, \"dims\": 3, \
          \"center\": {{\"point\": [2, 3], \"over\": \"{center}\"}}, \
          \"scale\": {{\"from\": [0], \"to\": [1], \"over\": \"{scale}\"}}{align}}}"
    ))
    .unwrap()
}

fn normalize(x: &[f64], spec: &Normalize) -> Vec<f64> {
    let mut out = vec![0.0; x.len()];
    normalize_into(x, x.len() / (J * 3), spec, &mut out).unwrap();
    out
}

/// Turns by `angles` about z, then y, then x.
fn rotate(x: &[f64], angles: [f64; 3]) -> Vec<f64> {
    let mut out = x.to_vec();
    for p in out.chunks_exact_mut(3) {
        for (angle, a, b) in [(angles[0], 0, 1), (angles[1], 2, 0), (angles[2], 1, 2)] {
            let (s, c) = angle.sin_cos();
            (p[a], p[b]) = (c * p[a] - s * p[b], s * p[a] + c * p[b]);
        }
    }
    out
}

fn close(a: &[f64], b: &[f64]) -> Result<(), TestCaseError> {
    for (a, b) in a.iter().zip(b) {
        prop_assert!((a - b).abs() < 1e-9 * (1.0 + b.abs()), "{} != {}", a, b);
    }
    Ok(())
}

/// A body that stands, with noise well below its own size.
fn body() -> impl Strategy<Value = Vec<f64>> {
    let standing = [
        [0.0, 0.0, 3.0],
        [0.0, 0.6, 3.0],
        [-0.2, 0.0, 3.0],
        [0.2, 0.0, 3.0],
        [-0.3, 0.6, 3.0],
        [0.3, 0.6, 3.0],
    ];
    (1usize..8)
        .prop_flat_map(|t| prop::collection::vec(-0.1f64..0.1, t * J * 3))
        .prop_map(move |noise| {
            let flat = standing.as_flattened();
            noise
                .iter()
                .zip(flat.iter().cycle())
                .map(|(n, s)| n + s)
                .collect()
        })
}

fn center() -> impl Strategy<Value = &'static str> {
    prop_oneof![Just("first"), Just("each")]
}

fn scale() -> impl Strategy<Value = &'static str> {
    prop_oneof![Just("first"), Just("mean")]
}

fn align() -> impl Strategy<Value = &'static str> {
    prop_oneof![Just("none"), Just("yaw"), Just("body")]
}

proptest! {
    #[test]
    fn position_and_size_do_not_matter(
        x in body(), center in center(), scale in scale(), align in align(),
        by in prop::array::uniform3(-5.0f64..5.0), size in 0.1f64..10.0,
    ) {
        let spec = spec(center, scale, align);
        let moved: Vec<f64> = x.iter().enumerate().map(|(i, v)| size * v + by[i % 3]).collect();
        close(&normalize(&moved, &spec), &normalize(&x, &spec))?;
    }

    #[test]
    fn the_heading_does_not_matter_after_yaw_alignment(
        x in body(), center in center(), scale in scale(), angle in -3.0f64..3.0,
    ) {
        let spec = spec(center, scale, "yaw");
        close(&normalize(&rotate(&x, [0.0, angle, 0.0]), &spec), &normalize(&x, &spec))?;
    }

    #[test]
    fn no_rotation_matters_after_body_alignment(
        x in body(), center in center(), scale in scale(),
        angles in prop::array::uniform3(-3.0f64..3.0),
    ) {
        let spec = spec(center, scale, "body");
        close(&normalize(&rotate(&x, angles), &spec), &normalize(&x, &spec))?;
    }

    #[test]
    fn twice_is_once(x in body(), center in center(), scale in scale(), align in align()) {
        let spec = spec(center, scale, align);
        let once = normalize(&x, &spec);
        close(&normalize(&once, &spec), &once)?;
    }

    #[test]
    fn unknown_joints_stay_unknown_and_change_no_other(
        x in body(), align in align(), missing in prop::collection::vec(any::<bool>(), 8 * J),
    ) {
        // Frame 0 is whole, so what is measured there stays.
        let spec = spec("first", "first", align);
        let spec = Normalize { align: spec.align.map(one_frame), ..spec };
        let mut holed = x.clone();
        for (i, v) in holed.iter_mut().enumerate().skip(3 * J) {
            if missing[i / 3] {
                *v = f64::NAN;
            }
        }
        let (whole, holed_out) = (normalize(&x, &spec), normalize(&holed, &spec));
        for i in 0..x.len() {
            prop_assert_eq!(holed_out[i].is_nan(), holed[i].is_nan());
            if !holed[i].is_nan() {
                prop_assert_eq!(holed_out[i], whole[i]);
            }
        }
    }
}

fn one_frame(mut align: Align) -> Align {
    let (Align::Yaw { frames, .. } | Align::Body { frames, .. }) = &mut align;
    *frames = 1;
    align
}

#[test]
fn what_it_says_is_what_comes_out() {
    let x: Vec<f64> = rotate(
        &[
            [1.0, 2.0, 3.0],
            [1.0, 2.5, 3.0],
            [0.8, 2.0, 3.0],
            [1.2, 2.0, 3.0],
            [0.7, 2.5, 3.0],
            [1.3, 2.5, 3.0],
        ]
        .concat(),
        [0.3, 1.0, -0.5],
    );
    let out = normalize(&x, &spec("first", "first", "body"));
    // The hips' middle is the origin, the spine is 1 long and points to z, left to right to x.
    let expected = [
        [0.0, 0.0, 0.0],
        [0.0, 0.0, 1.0],
        [-0.4, 0.0, 0.0],
        [0.4, 0.0, 0.0],
        [-0.6, 0.0, 1.0],
        [0.6, 0.0, 1.0],
    ]
    .concat();
    for (a, b) in out.iter().zip(&expected) {
        assert!((a - b).abs() < 1e-12, "{out:?}");
    }
}

#[test]
fn the_first_frame_that_knows_is_taken() {
    let mut x = vec![0.5; 3 * J * 3];
    for frame in x.chunks_exact_mut(J * 3) {
        frame[3..6].copy_from_slice(&[0.5, 2.5, 0.5]);
    }
    x[6] = f64::NAN;
    x[3 * J + 6] = 0.7;
    let out = normalize(&x, &spec("first", "first", "none"));
    // Frame 1 has the hips at x = 0.7 and 0.5, the spine is 2 long everywhere.
    assert!(out[6].is_nan());
    assert!((out[0] - (0.5 - 0.6) / 2.0).abs() < 1e-12);
}

#[test]
fn a_frame_without_its_centre_is_lost_and_counted() {
    let mut x: Vec<f64> = (0..3 * J * 3).map(|i| (i as f64 * 0.7).sin()).collect();
    x[3 * J + 6] = f64::NAN;
    x[6 * J..].fill(f64::NAN);
    let mut out = vec![0.0; x.len()];
    let lost = normalize_into(&x, 3, &spec("each", "mean", "none"), &mut out).unwrap();
    assert_eq!(lost, 1);
    assert!(out[3 * J..].iter().all(|v| v.is_nan()));
    assert!(out[..3 * J].iter().all(|v| v.is_finite()));
}

#[test]
fn a_window_of_which_nothing_is_known_stays_so() {
    let x = vec![f32::NAN; 2 * J * 3];
    let mut out = vec![0.0; x.len()];
    assert_eq!(
        normalize_into(&x, 2, &spec("first", "mean", "body"), &mut out),
        Ok(0)
    );
    assert!(out.iter().all(|v| v.is_nan()));
}

#[test]
fn what_cannot_be_measured_is_an_error_that_names_the_window() {
    let mut x: Vec<f32> = (0..4 * J * 3).map(|i| (i as f32 * 0.7).sin()).collect();
    let mut out = vec![0.0; x.len()];
    let mut run = |x: &[f32], spec: &Normalize| normalize_batch_into(x, 2, 2, spec, &mut out);
    let message = |r: Result<usize, Error>| r.unwrap_err().to_string();

    let zeros = vec![0f32; x.len()];
    let m = message(run(&zeros, &spec("first", "mean", "none")));
    assert!(
        m.contains("window 0") && m.contains("they must be NaN"),
        "{m}"
    );

    for frame in x.chunks_exact_mut(J * 3).skip(2) {
        frame[2 * 3] = f32::NAN;
    }
    let m = message(run(&x, &spec("first", "mean", "none")));
    assert!(m.contains("window 1: cannot center"), "{m}");
}

#[test]
fn wrong_specifications_are_refused() {
    let message = |json: &str| Normalize::parse(json).unwrap_err().to_string();
    let center = |point: &str| {
        format!(
            "{{\"joints\": 6, \"dims\": 3, \"center\": {{\"point\": {point}, \"over\": \"first\"}}}}"
        )
    };
    assert!(message(&center("[6]")).contains("joint 6 does not exist, there are 6"));
    assert!(message(&center("[]")).contains("at least 1 joint"));
    assert!(message("{\"joints\": 6, \"dims\": 4}").contains("2 or 3 coordinates"));
    assert!(message("{\"joints\": 6, \"dims\": 3, \"centre\": null}").contains("centre"));
    let align = "\"align\": {\"to\": \"yaw\", \"lines\": [[[0], [1]]], \"up\": 0, \"frames\": 5}";
    assert!(
        message(&format!("{{\"joints\": 6, \"dims\": 3, {align}}}")).contains("up: expected 1")
    );
    assert!(message(&format!("{{\"joints\": 6, \"dims\": 2, {align}}}")).contains("3 coordinates"));
}

#[test]
fn a_long_recording_does_not_depend_on_the_threads() {
    let t = 5000;
    let x: Vec<f32> = (0..t * J * 3).map(|i| (i as f32 * 0.37).sin()).collect();
    for (center, align) in [("each", "body"), ("first", "none")] {
        let spec = spec(center, "mean", align);
        let (mut one, mut all) = (vec![0.0; x.len()], vec![0.0; x.len()]);
        normalize_into(&x, t, &spec, &mut one).unwrap();
        normalize_batch_into(&x, 1, t, &spec, &mut all).unwrap();
        assert_eq!(one, all);
    }
}

proptest! {
    #[test]
    fn no_rotation_of_a_frame_matters_after_its_own_alignment(
        x in body(), center in center(), scale in scale(),
        angles in prop::collection::vec(prop::array::uniform3(-3.0f64..3.0), 8),
    ) {
        let spec = each(spec(center, scale, "body"));
        let turned: Vec<f64> = x
            .chunks_exact(J * 3)
            .zip(angles)
            .flat_map(|(frame, angles)| rotate(frame, if center == "each" { angles } else { [0.0; 3] }))
            .collect();
        close(&normalize(&turned, &spec), &normalize(&x, &spec))?;
    }

    #[test]
    fn a_frame_alone_is_turned_as_a_window_of_one(x in body(), align in align()) {
        // Forty frames: whole blocks and a part of one.
        let long: Vec<f64> = x.iter().copied().cycle().take(40 * J * 3).collect();
        let single = Normalize { scale: None, ..spec("each", "first", align) };
        let all = normalize(&long, &each(single.clone()));
        for (frame, out) in long.chunks_exact(J * 3).zip(all.chunks_exact(J * 3)) {
            close(out, &normalize(frame, &single))?;
        }
    }

    #[test]
    fn a_tilted_floor_becomes_level(x in body(), tilt in -0.6f64..0.6, angle in -3.0f64..3.0) {
        let axis = rotate(&[0.0, 1.0, 0.0], [tilt, 0.0, 0.0]);
        let up = rotate(&axis, [0.0, angle, 0.0]);
        let ground = Ground::Normal { normal: [up[0], up[1], up[2]], up: 1, down: false };
        let level = Normalize { ground: Some(ground), ..spec("first", "first", "yaw") };
        let tilted = rotate(&rotate(&x, [tilt, 0.0, 0.0]), [0.0, angle, 0.0]);
        close(&normalize(&tilted, &level), &normalize(&x, &spec("first", "first", "yaw")))?;
    }
}

/// The same, each frame turned by itself.
fn each(mut spec: Normalize) -> Normalize {
    if let Some(Align::Yaw { over, .. } | Align::Body { over, .. }) = &mut spec.align {
        *over = Over::Each;
    }
    spec
}
