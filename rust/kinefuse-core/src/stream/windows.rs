//! The whole road of a stream.

use super::clock::ClockCounts;
use super::cutter::{CutCounts, Cutter, Ready};
use super::grid::{Grid, GridSettings};
use super::state::State;
use crate::error::{Result, bail_input, bail_shape};
use crate::resample::Sample;
use crate::resample::stream::PolyphaseStream;
use crate::window::Step;

/// How rows come to the rate of the windows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Rate {
    /// They have it.
    Same,
    /// By an anti-aliasing filter, `up / down` in whole numbers, as [`crate::resample::polyphase`].
    Ratio {
        /// Rows of the windows for `down` rows that come in.
        up: usize,
        /// Rows that come in for `up` rows of the windows.
        down: usize,
    },
    /// By their stamps, as [`crate::resample::regrid`].
    Stamps(GridSettings),
}

/// What a stream has done so far.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Counts {
    /// Of the rows that came in.
    pub clock: ClockCounts,
    /// Of the rows at the rate of the windows.
    pub cut: CutCounts,
}

enum Source<F> {
    Same,
    Ratio(Box<PolyphaseStream<F>>),
    Stamps(Box<Grid<F>>),
}

/// Windows of a signal that is still coming.
pub struct StreamingWindows<F> {
    rate_hz: f64,
    start_s: f64,
    c: usize,
    source: Source<F>,
    cutter: Cutter<F>,
    rows_in: usize,
    ended: bool,
}

impl<F: Sample> StreamingWindows<F> {
    /// Windows of rows of `c` values at `rate_hz`. `start_s`: the time of the first row where rows
    /// have no stamps.
    pub fn new(rate_hz: f64, c: usize, step: Step, rate: Rate, start_s: f64) -> Result<Self> {
        if !(rate_hz.is_finite() && rate_hz > 0.0) {
            bail_input!("rate_hz: expected a finite rate above 0, got {rate_hz}");
        }
        if !start_s.is_finite() {
            bail_input!("start_s: expected a finite time, got {start_s}");
        }
        if c == 0 {
            bail_shape!("sample_shape: expected at least one value, got none");
        }
        Ok(StreamingWindows {
            rate_hz,
            start_s,
            c,
            source: match rate {
                Rate::Same => Source::Same,
                Rate::Ratio { up, down } => {
                    Source::Ratio(Box::new(PolyphaseStream::new(up, down, c)?))
                }
                Rate::Stamps(settings) => {
                    Source::Stamps(Box::new(Grid::new(rate_hz, c, settings)?))
                }
            },
            cutter: Cutter::new(step, c)?,
            rows_in: 0,
            ended: false,
        })
    }

    /// Takes rows, with a stamp each or without as was said, and adds the windows that they complete
    /// to `out`. Where it fails nothing has changed.
    pub fn push(&mut self, x: &[F], time_s: Option<&[f64]>, out: &mut Ready<F>) -> Result<()> {
        if self.ended {
            bail_input!("push: the stream was flushed; expected a reset before the next row");
        }
        if !x.len().is_multiple_of(self.c) {
            bail_shape!("x: expected rows of {} values, got {}", self.c, x.len());
        }
        let rows = x.len() / self.c;
        let (rate_hz, start_s) = (self.rate_hz, self.start_s);
        let at_s = |row: usize| start_s + row as f64 / rate_hz;
        let cutter = &mut self.cutter;
        match (&mut self.source, time_s) {
            (Source::Stamps(grid), Some(time_s)) if time_s.len() == rows => {
                grid.check(x, time_s)?;
                grid.push(x, time_s, cutter, out)?;
            }
            (Source::Stamps(_), Some(time_s)) => {
                bail_shape!("time_s: expected {rows}, one a row, got {}", time_s.len());
            }
            (Source::Stamps(_), None) => bail_input!("time_s: expected a stamp for each row"),
            (_, Some(_)) => bail_input!(
                "time_s: expected none, the stream has a uniform rate; give max_gap_s for one with \
                 stamps"
            ),
            (Source::Same, None) => cutter.push(x, at_s, out),
            (Source::Ratio(resampler), None) => resampler.push(x, |frame| {
                cutter.push(frame, at_s, out);
                Ok(())
            })?,
        }
        self.rows_in += rows;
        Ok(())
    }

    /// There is no more: adds the last windows to `out`.
    pub fn flush(&mut self, out: &mut Ready<F>) -> Result<()> {
        if self.ended {
            return Ok(());
        }
        let (rate_hz, start_s) = (self.rate_hz, self.start_s);
        let at_s = |row: usize| start_s + row as f64 / rate_hz;
        let cutter = &mut self.cutter;
        match &mut self.source {
            Source::Same => {}
            Source::Ratio(resampler) => resampler.flush(|frame| {
                cutter.push(frame, at_s, out);
                Ok(())
            })?,
            Source::Stamps(grid) => grid.flush(cutter, out),
        }
        cutter.end_segment();
        self.ended = true;
        Ok(())
    }

    /// What happened so far.
    pub fn counts(&self) -> Counts {
        let clock = match &self.source {
            Source::Stamps(grid) => grid.clock.counts,
            _ => ClockCounts {
                rows_in: self.rows_in,
                ..ClockCounts::default()
            },
        };
        Counts {
            clock,
            cut: self.cutter.counts,
        }
    }

    /// All that must be remembered to go on from here.
    pub fn state(&self) -> State<F> {
        let mut state = State {
            integers: Vec::new(),
            reals: Vec::new(),
            samples: Vec::new(),
        };
        state.integer(self.rows_in);
        state.integer(usize::from(self.ended));
        self.cutter.save(&mut state);
        match &self.source {
            Source::Same => {}
            Source::Ratio(resampler) => {
                let (frames, history) = resampler.state();
                state.integers.push(frames);
                state.samples(history);
            }
            Source::Stamps(grid) => grid.save(&mut state),
        }
        state
    }

    /// Goes on from a [`StreamingWindows::state`] of a stream of the same settings. Where it fails
    /// the stream is of no use.
    pub fn restore(&mut self, state: &State<F>) -> Result<()> {
        let mut reader = state.reader();
        self.rows_in = reader.count()?;
        self.ended = reader.count()? > 0;
        self.cutter.load(&mut reader)?;
        match &mut self.source {
            Source::Same => {}
            Source::Ratio(resampler) => {
                let frames = reader.place()?;
                resampler.restore(frames, &reader.samples()?)?;
            }
            Source::Stamps(grid) => grid.load(&mut reader)?,
        }
        reader.end()
    }
}
