//! What was done to a clock, with rows and times.

use std::ops::Range;

/// So many of each kind are kept with their rows; all are counted.
pub const KEPT_OF_A_KIND: usize = 20;

/// What was found at a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EventKind {
    /// The stamp is NaN or infinite: the row was dropped.
    Nonfinite,
    /// The stamp repeats another: the row was dropped.
    Repeated,
    /// The stamp is out of order: the row was dropped.
    Backward,
    /// The stamp repeats another: it was moved.
    Spread,
    /// A hole no longer than the limit ends here.
    Bridged,
    /// A gap ends here.
    Gap,
}

impl EventKind {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            EventKind::Nonfinite => "nonfinite",
            EventKind::Repeated => "repeated",
            EventKind::Backward => "backward",
            EventKind::Spread => "spread",
            EventKind::Bridged => "bridged",
            EventKind::Gap => "gap",
        }
    }
}

/// One of them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Event {
    /// What.
    pub kind: EventKind,
    /// Where: the row as it came in, from 0.
    pub row: usize,
    /// The stamp of that row as it came in, in seconds.
    pub time_s: f64,
    /// Of a gap or hole, its length; of a stamp that was moved, by how much; else NaN. Seconds.
    pub length_s: f64,
}

/// The first events of each kind.
#[derive(Debug, Clone, PartialEq)]
pub struct Events {
    kept: Vec<Event>,
    counts: [usize; 6],
    /// The rows whose events the account counts, and how many of each kind there were.
    reported: Range<usize>,
    reports: [usize; 6],
}

impl Default for Events {
    fn default() -> Self {
        Self::of(0..usize::MAX)
    }
}

impl Events {
    /// No event yet; only those of the rows `reported` will be in the account.
    pub fn of(reported: Range<usize>) -> Self {
        Events {
            kept: Vec::new(),
            counts: [0; 6],
            reported,
            reports: [0; 6],
        }
    }

    pub(super) fn push(&mut self, kind: EventKind, row: usize, time_s: f64, length_s: f64) {
        self.reports[kind as usize] += usize::from(self.reported.contains(&row));
        let count = &mut self.counts[kind as usize];
        *count += 1;
        if *count <= KEPT_OF_A_KIND {
            self.kept.push(Event {
                kind,
                row,
                time_s,
                length_s,
            });
        }
    }

    /// How many there were of a kind, whether kept or not.
    pub fn count(&self, kind: EventKind) -> usize {
        self.counts[kind as usize]
    }

    /// How many there were of a kind at the rows that the account is about.
    pub fn reported(&self, kind: EventKind) -> usize {
        self.reports[kind as usize]
    }

    /// Whether the account is about this row.
    pub fn reports(&self, row: usize) -> bool {
        self.reported.contains(&row)
    }

    /// The kept ones, by row.
    pub fn by_row(&self) -> Vec<Event> {
        let mut events = self.kept.clone();
        events.sort_by_key(|event| (event.row, event.kind));
        events
    }
}

#[cfg(test)]
mod tests {
    use super::{EventKind, Events, KEPT_OF_A_KIND};

    #[test]
    fn the_account_is_of_the_rows_asked_for() {
        let mut events = Events::of(10..20);
        for row in 0..100 {
            events.push(EventKind::Gap, row, row as f64, 1.0);
        }
        let gap = EventKind::Gap;
        assert_eq!((events.count(gap), events.reported(gap)), (100, 10));
        assert!(events.reports(10) && !events.reports(20));
    }

    #[test]
    fn the_first_of_each_kind_are_kept_and_all_are_counted() {
        let mut events = Events::default();
        for row in 0..100 {
            events.push(EventKind::Gap, 100 - row, row as f64, 1.0);
            if row % 10 == 0 {
                events.push(EventKind::Backward, row, row as f64, f64::NAN);
            }
        }
        assert_eq!(events.count(EventKind::Gap), 100);
        assert_eq!(events.count(EventKind::Backward), 10);
        assert_eq!(events.count(EventKind::Spread), 0);
        let kept = events.by_row();
        assert_eq!(kept.len(), KEPT_OF_A_KIND + 10);
        assert!(kept.is_sorted_by_key(|event| event.row));
    }
}
