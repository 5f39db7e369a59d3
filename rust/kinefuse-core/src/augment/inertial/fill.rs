//! What stands where values went missing.

use serde::Deserialize;

use crate::error::{Error, Result};

/// What a masked value becomes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Fill {
    /// NaN: missing.
    #[default]
    Nan,
    /// 0, which is the mean of standardised windows.
    Zero,
    /// The mean of the channel's values in the window that were there before.
    Mean,
    /// The last value before it, as a device that repeats itself; at the start the first after it.
    Hold,
}

impl Fill {
    /// Refuses `hold` for steps that leave nothing to hold.
    pub(super) fn check_whole(self) -> Result<()> {
        if self == Fill::Hold {
            return Err(Error::Config(
                "fill: expected 'nan', 'zero' or 'mean', got 'hold': nothing is left to hold"
                    .into(),
            ));
        }
        Ok(())
    }

    /// Masks a whole channel.
    pub(super) fn mask_channel(self, channel: &mut [f32]) {
        let value = self.value(channel);
        channel.fill(value);
    }

    /// Masks the samples of a channel that are `lost`.
    pub(super) fn mask(self, channel: &mut [f32], lost: &[bool]) {
        if self == Fill::Hold {
            let kept = lost.iter().position(|l| !l);
            let mut held = kept.map_or(f32::NAN, |t| channel[t]);
            for (x, lost) in channel.iter_mut().zip(lost) {
                if *lost {
                    *x = held;
                }
                held = *x;
            }
            return;
        }
        let value = self.value(channel);
        for (x, lost) in channel.iter_mut().zip(lost) {
            if *lost {
                *x = value;
            }
        }
    }

    fn value(self, channel: &[f32]) -> f32 {
        match self {
            Fill::Nan | Fill::Hold => f32::NAN,
            Fill::Zero => 0.0,
            Fill::Mean => {
                let known = channel.iter().filter(|v| v.is_finite());
                let (sum, n) = known.fold((0f64, 0f64), |(s, n), v| (s + f64::from(*v), n + 1.0));
                (sum / n) as f32
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Fill;

    #[test]
    fn each_fill_says_what_it_does() {
        let lost = [true, false, false, true, true, false];
        let masked = |fill: Fill| {
            let mut x = [9.0, 1.0, f32::NAN, 9.0, 9.0, 4.0];
            fill.mask(&mut x, &lost);
            x.map(|v| if v.is_nan() { -1.0 } else { v })
        };
        assert_eq!(masked(Fill::Nan), [-1.0, 1.0, -1.0, -1.0, -1.0, 4.0]);
        assert_eq!(masked(Fill::Zero), [0.0, 1.0, -1.0, 0.0, 0.0, 4.0]);
        assert_eq!(masked(Fill::Mean), [6.4, 1.0, -1.0, 6.4, 6.4, 4.0]);
        assert_eq!(masked(Fill::Hold), [1.0, 1.0, -1.0, -1.0, -1.0, 4.0]);
    }

    #[test]
    fn nothing_left_is_missing() {
        for fill in [Fill::Nan, Fill::Hold] {
            let mut x = [1.0, 2.0];
            fill.mask(&mut x, &[true, true]);
            assert!(x.iter().all(|v| v.is_nan()));
        }
        let mut x = [f32::NAN; 3];
        Fill::Mean.mask_channel(&mut x);
        assert!(x.iter().all(|v| v.is_nan()));
    }
}
