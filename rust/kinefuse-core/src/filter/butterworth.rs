//! Butterworth filters: maximally flat, designed as `scipy.signal.butter(output="sos")` does.
//!
//! An analogue prototype with its poles on half a circle is scaled to the band, brought to discrete
//! time by the bilinear transform (frequencies warped beforehand), and cut into sections.

use super::angle::{sin_cos_pi, tan_pi};
use super::complex::Complex;
use super::pairing::{Zpk, into_sections};
use super::{Filter, SECTION};
use crate::error::{Error, Result, bail_input};

/// The highest order that is designed.
pub const MAX_ORDER: usize = 20;
/// Twice the rate at which the analogue filter is warped; SciPy's choice.
const WARP: f64 = 4.0;

/// What passes, with its edges in Hz (where half the power is left).
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Band {
    /// Below the edge.
    Lowpass(f64),
    /// Above the edge.
    Highpass(f64),
    /// Between the edges.
    Bandpass(f64, f64),
    /// Outside the edges.
    Bandstop(f64, f64),
}

impl Band {
    /// From its name and edges: one for `lowpass` and `highpass`, two for `bandpass` and `bandstop`.
    pub fn parse(kind: &str, edges_hz: &[f64]) -> Result<Self> {
        match (kind, edges_hz) {
            ("lowpass", &[hz]) => Ok(Band::Lowpass(hz)),
            ("highpass", &[hz]) => Ok(Band::Highpass(hz)),
            ("bandpass", &[low, high]) => Ok(Band::Bandpass(low, high)),
            ("bandstop", &[low, high]) => Ok(Band::Bandstop(low, high)),
            ("lowpass" | "highpass" | "bandpass" | "bandstop", _) => bail_input!(
                "cutoff_hz: expected one frequency for 'lowpass' and 'highpass', two for \
                 'bandpass' and 'bandstop', got {} for '{kind}'",
                edges_hz.len()
            ),
            _ => Err(Error::Config(format!(
                "kind: expected 'lowpass', 'highpass', 'bandpass' or 'bandstop', got '{kind}'"
            ))),
        }
    }
}

/// The second-order sections of a Butterworth filter, `[b0, b1, b2, 1, a1, a2]` each.
///
/// An order `n` low- or highpass has `ceil(n / 2)` sections, a bandpass or bandstop `n`.
pub fn design(order: usize, band: Band, rate_hz: f64) -> Result<Vec<[f64; SECTION]>> {
    if !(1..=MAX_ORDER).contains(&order) {
        bail_input!("order: expected 1 to {MAX_ORDER}, got {order}");
    }
    if !(rate_hz > 0.0 && rate_hz.is_finite()) {
        bail_input!("rate_hz: expected a finite rate above 0, got {rate_hz}");
    }
    let edge = |hz: f64| {
        let share = hz / rate_hz;
        if !(share > 0.0 && share < 0.5) {
            bail_input!(
                "cutoff_hz: expected frequencies above 0 and under half the rate ({} Hz), got {hz}",
                rate_hz / 2.0
            );
        }
        Ok(WARP * tan_pi(share))
    };
    let edges = |low: f64, high: f64| {
        let (low_hz, high_hz) = (low, high);
        let (low, high) = (edge(low)?, edge(high)?);
        if low >= high {
            bail_input!("cutoff_hz: expected the lower edge first, got {low_hz} and {high_hz}");
        }
        Ok(((low * high).sqrt(), high - low))
    };
    let poles = prototype(order);
    let analogue = match band {
        Band::Lowpass(hz) => lowpass(&poles, edge(hz)?),
        Band::Highpass(hz) => highpass(&poles, edge(hz)?),
        Band::Bandpass(low, high) => {
            let (center, width) = edges(low, high)?;
            bandpass(&poles, center, width)
        }
        Band::Bandstop(low, high) => {
            let (center, width) = edges(low, high)?;
            bandstop(&poles, center, width)
        }
    };
    let sections = into_sections(bilinear(analogue));
    if Filter::new(&sections).is_err() {
        bail_input!(
            "cutoff_hz: expected frequencies that a filter of order {order} at {rate_hz} Hz can \
             tell from 0 and from each other, got {band:?}: resample to a lower rate first"
        );
    }
    Ok(sections)
}

/// Poles of the lowpass of edge 1.
fn prototype(order: usize) -> Vec<Complex> {
    (0..order)
        .map(|i| {
            let m = 2.0 * i as f64 + 1.0 - order as f64;
            let (sin, cos) = sin_cos_pi(m / (2.0 * order as f64));
            Complex::new(-cos, -sin)
        })
        .collect()
}

fn lowpass(poles: &[Complex], edge: f64) -> Zpk {
    Zpk {
        zeros: Vec::new(),
        poles: poles.iter().map(|&p| p * edge).collect(),
        gain: edge.powi(poles.len() as i32),
    }
}

fn highpass(poles: &[Complex], edge: f64) -> Zpk {
    Zpk {
        zeros: vec![Complex::real(0.0); poles.len()],
        poles: poles.iter().map(|&p| Complex::real(edge) / p).collect(),
        gain: 1.0,
    }
}

fn bandpass(poles: &[Complex], center: f64, width: f64) -> Zpk {
    Zpk {
        zeros: vec![Complex::real(0.0); poles.len()],
        poles: split(poles.iter().map(|&p| p * (width / 2.0)), center),
        gain: width.powi(poles.len() as i32),
    }
}

fn bandstop(poles: &[Complex], center: f64, width: f64) -> Zpk {
    let notch = Complex::new(0.0, center);
    Zpk {
        zeros: [vec![notch; poles.len()], vec![-notch; poles.len()]].concat(),
        poles: split(
            poles.iter().map(|&p| Complex::real(width / 2.0) / p),
            center,
        ),
        gain: 1.0,
    }
}

/// Each pole of a lowpass becomes two, about the centre of the band.
fn split(poles: impl Iterator<Item = Complex> + Clone, center: f64) -> Vec<Complex> {
    let root = |p: Complex| (p * p - Complex::real(center * center)).sqrt();
    let above = poles.clone().map(|p| p + root(p));
    above.chain(poles.map(|p| p - root(p))).collect()
}

/// To discrete time. Zeros at infinity arrive at half the rate.
fn bilinear(analogue: Zpk) -> Zpk {
    let moved = |s: &Complex| (Complex::real(WARP) + *s) / (Complex::real(WARP) - *s);
    let product = |roots: &[Complex]| {
        roots.iter().fold(Complex::real(1.0), |product, &s| {
            product * (Complex::real(WARP) - s)
        })
    };
    let gain = analogue.gain * (product(&analogue.zeros) / product(&analogue.poles)).re;
    let mut zeros: Vec<Complex> = analogue.zeros.iter().map(moved).collect();
    zeros.resize(analogue.poles.len(), Complex::real(-1.0));
    Zpk {
        zeros,
        poles: analogue.poles.iter().map(moved).collect(),
        gain,
    }
}

#[cfg(test)]
mod tests {
    use super::super::complex::Complex;
    use super::{Band, SECTION, design, sin_cos_pi};
    use proptest::prelude::{prop_assert, proptest};

    /// Power that passes at `hz`.
    fn power(sos: &[[f64; SECTION]], hz: f64, rate_hz: f64) -> f64 {
        let (sin, cos) = sin_cos_pi(2.0 * hz / rate_hz);
        let back = Complex::new(cos, -sin);
        let at = |c: &[f64]| Complex::real(c[0]) + (Complex::real(c[1]) + back * c[2]) * back;
        sos.iter()
            .map(|s| (at(&s[..3]) / at(&s[3..])).abs().powi(2))
            .product()
    }

    #[test]
    fn an_order_2_lowpass_by_hand() {
        // At a quarter of the rate the bilinear transform gives b = [1, 2, 1] / (2 + sqrt 2).
        let sos = design(2, Band::Lowpass(25.0), 100.0).unwrap();
        let gain = 1.0 / (2.0 + 2f64.sqrt());
        let expected = [gain, 2.0 * gain, gain, 1.0, 0.0, 3.0 - 2.0 * 2f64.sqrt()];
        for (found, expected) in sos[0].iter().zip(expected) {
            assert!((found - expected).abs() < 1e-15, "{sos:?}");
        }
    }

    #[test]
    fn sections_by_order() {
        for order in 1..=20 {
            let low = design(order, Band::Lowpass(20.0), 100.0).unwrap();
            assert_eq!(low.len(), order.div_ceil(2));
            let band = design(order, Band::Bandpass(10.0, 30.0), 100.0).unwrap();
            assert_eq!(band.len(), order);
        }
    }

    #[test]
    fn bands_by_name() {
        assert_eq!(Band::parse("lowpass", &[3.0]).unwrap(), Band::Lowpass(3.0));
        assert_eq!(
            Band::parse("bandstop", &[3.0, 4.0]).unwrap(),
            Band::Bandstop(3.0, 4.0)
        );
        assert!(Band::parse("bandpass", &[3.0]).is_err());
        assert!(Band::parse("low", &[3.0]).is_err());
    }

    #[test]
    fn bad_arguments_are_refused() {
        for (order, band, rate) in [
            (0, Band::Lowpass(1.0), 10.0),
            (21, Band::Lowpass(1.0), 10.0),
            (2, Band::Lowpass(5.0), 10.0),
            (2, Band::Highpass(0.0), 10.0),
            (2, Band::Highpass(f64::NAN), 10.0),
            (2, Band::Lowpass(1.0), f64::INFINITY),
            (2, Band::Lowpass(1e-12), 1.0),
            (2, Band::Bandpass(3.0, 3.0), 10.0),
            (2, Band::Bandstop(3.0, 2.0), 10.0),
        ] {
            assert!(
                design(order, band, rate).is_err(),
                "{order} {band:?} {rate}"
            );
        }
    }

    proptest! {
        #[test]
        fn half_the_power_passes_at_the_edges(
            order in 1usize..9, low in 1f64..20.0, width in 2f64..25.0,
        ) {
            let high = low + width;
            for band in [
                Band::Lowpass(low),
                Band::Highpass(high),
                Band::Bandpass(low, high),
                Band::Bandstop(low, high),
            ] {
                let sos = design(order, band, 100.0).unwrap();
                let (edges, passes) = match band {
                    Band::Lowpass(hz) => (vec![hz], 0.0),
                    Band::Highpass(hz) => (vec![hz], 50.0),
                    Band::Bandpass(low, high) => (vec![low, high], f64::NAN),
                    Band::Bandstop(low, high) => (vec![low, high], 0.0),
                };
                for hz in edges {
                    prop_assert!((power(&sos, hz, 100.0) - 0.5).abs() < 1e-6, "{:?}", band);
                }
                if passes.is_finite() {
                    prop_assert!((power(&sos, passes, 100.0) - 1.0).abs() < 1e-6, "{:?}", band);
                }
            }
        }
    }
}
