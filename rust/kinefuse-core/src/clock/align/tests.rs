use super::{AlignSettings, Alignment, Recorded, align};

const SETTINGS: AlignSettings = AlignSettings {
    max_offset_s: 15.0,
    window_s: 10.0,
    max_gap_s: 1.0,
    drift: true,
};

/// How hard a body moves at `t`: sines whose phases wander, so that nothing repeats.
fn movement(t: f64) -> f64 {
    let wander = (0.031 * t).sin() * 40.0 + (0.0173 * t * t).sin() * 3.0;
    let burst = (0.11 * t + 0.3).sin().abs();
    1.0 + burst * ((7.0 * t + wander).sin() * 0.5 + (11.3 * t + 2.0 * wander).cos() * 0.3)
}

fn device(hz: f64, from: f64, to: f64, clock: impl Fn(f64) -> f64) -> (Vec<f64>, Vec<f64>) {
    let n = ((to - from) * hz) as usize;
    let taken = (0..n).map(|i| from + i as f64 / hz);
    (
        taken.clone().map(clock).collect(),
        taken.map(movement).collect(),
    )
}

fn run(a: &(Vec<f64>, Vec<f64>), b: &(Vec<f64>, Vec<f64>)) -> Alignment {
    let recorded = |(time_s, x)| Recorded { time_s, x, c: 1 };
    align(recorded((&a.0, &a.1)), recorded((&b.0, &b.1)), SETTINGS).unwrap()
}

#[test]
fn offset_and_drift_of_two_clocks() {
    for (offset, drift) in [(0.0, 0.0), (7.3217, 80e-6), (-11.004, -150e-6)] {
        let a = device(50.0, 0.0, 600.0, |t| t);
        let b = device(64.0, 20.0, 590.0, |t| (t - offset) / (1.0 + drift));
        let found = run(&a, &b);
        let at = |t: f64| t + found.offset_s + found.drift * (t - found.reference_s);
        for t in [30.0, 300.0, 580.0] {
            let seen = at((t - offset) / (1.0 + drift));
            assert!((seen - t).abs() < 2e-3, "{offset} {drift}: {seen} for {t}");
        }
        assert!((found.drift - drift).abs() < 5e-6, "{}", found.drift);
        assert!(found.confidence > 0.9 && found.rival < 0.6, "{found:?}");
    }
}

#[test]
fn gaps_and_what_has_nothing_in_common() {
    let keep = |d: (Vec<f64>, Vec<f64>)| {
        let kept = (0..d.0.len()).filter(|i| !(4000..9000).contains(i));
        kept.map(|i| (d.0[i], d.1[i])).unzip()
    };
    let a = keep(device(50.0, 0.0, 600.0, |t| t));
    let b = device(50.0, 0.0, 600.0, |t| t - 3.25);
    let found = run(&a, &b);
    assert!((found.offset_s - 3.25).abs() < 2e-3, "{found:?}");

    let still = (b.0.clone(), vec![1.0; b.0.len()]);
    let recorded = |d: &'static (Vec<f64>, Vec<f64>)| Recorded {
        time_s: &d.0,
        x: &d.1,
        c: 1,
    };
    let (a, still) = (Box::leak(Box::new(a)), Box::leak(Box::new(still)));
    assert!(align(recorded(a), recorded(still), SETTINGS).is_err());
    let late = Box::leak(Box::new(device(50.0, 5000.0, 5100.0, |t| t)));
    assert!(align(recorded(a), recorded(late), SETTINGS).is_err());
}

#[test]
fn a_short_recording_has_an_offset_and_no_drift() {
    let a = device(100.0, 10.0, 16.0, |t| t);
    let b = device(100.0, 10.0, 16.0, |t| t + 0.5);
    let found = run(&a, &b);
    assert!((found.offset_s + 0.5).abs() < 3e-3, "{found:?}");
}
