//! What was done to a clock, with rows and times.

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
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Events {
    kept: Vec<Event>,
    counts: [usize; 6],
}

impl Events {
    pub(super) fn push(&mut self, kind: EventKind, row: usize, time_s: f64, length_s: f64) {
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
