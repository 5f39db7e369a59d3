//! What to normalise, in joint numbers.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result, bail_input, bail_shape};

/// A point of the body: a joint, or the mean of several (a layout without a hip centre has two hips).
pub type Point = Vec<usize>;

/// What to normalise. `None` leaves a step out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Normalize {
    /// Joints of a frame, `J`.
    pub joints: usize,
    /// Coordinates of a joint, `D`: 2 or 3.
    pub dims: usize,
    /// What messages call the joints; their numbers, if empty.
    #[serde(default)]
    pub names: Vec<String>,
    /// What becomes the origin.
    #[serde(default)]
    pub center: Option<Center>,
    /// What becomes 1 long.
    #[serde(default)]
    pub scale: Option<Scale>,
    /// How the floor is levelled; three dimensions only, before `align`.
    #[serde(default)]
    pub ground: Option<Ground>,
    /// How the body is turned; three dimensions only.
    #[serde(default)]
    pub align: Option<Align>,
}

/// The point that becomes the origin.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Center {
    /// That point.
    pub point: Point,
    /// Where it is measured.
    pub over: Over,
}

/// The frames in which a centre or a direction is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Over {
    /// The first that have it: how the body moves and turns in the room is kept.
    #[default]
    First,
    /// Each frame its own: how the body moves and turns in the room is removed.
    Each,
}

/// The length that becomes 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scale {
    /// One end.
    pub from: Point,
    /// The other.
    pub to: Point,
    /// Where it is measured.
    pub over: ScaleOver,
}

/// The frames in which the length is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ScaleOver {
    /// The first frame that has it.
    First,
    /// The mean over all frames that have it.
    Mean,
}

/// The vertical: the axis that it should be, and where it is measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "from", rename_all = "lowercase", deny_unknown_fields)]
pub enum Ground {
    /// Upright on the plane that the feet touch.
    Feet {
        /// The joints that touch the floor.
        feet: Vec<usize>,
        /// The axis that should be vertical: 1 (y) or 2 (z).
        up: usize,
        /// That axis points to the floor.
        #[serde(default)]
        down: bool,
    },
    /// Known beforehand.
    Normal {
        /// The direction that is up, of any length.
        normal: [f64; 3],
        /// As above.
        up: usize,
        /// As above.
        #[serde(default)]
        down: bool,
    },
}

/// How the body is turned. Directions are means over the first `frames` frames that have them, unless
/// each frame is turned by itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "to", rename_all = "lowercase", deny_unknown_fields)]
pub enum Align {
    /// About the vertical only, until the lines from left to right point along x.
    Yaw {
        /// (left, right): hips, shoulders.
        lines: Vec<[Point; 2]>,
        /// The vertical coordinate: 1 (y) or 2 (z).
        up: usize,
        /// Frames to average over.
        frames: usize,
        /// Where the directions are measured.
        #[serde(default)]
        over: Over,
    },
    /// Wholly: the spine points along z, the lines from left to right along x as far as they can.
    Body {
        /// (left, right): hips, shoulders.
        lines: Vec<[Point; 2]>,
        /// (lower, upper) end.
        spine: [Point; 2],
        /// Frames to average over.
        frames: usize,
        /// Where the directions are measured.
        #[serde(default)]
        over: Over,
    },
}

impl Align {
    pub(super) fn over(&self) -> Over {
        let (Align::Yaw { over, .. } | Align::Body { over, .. }) = self;
        *over
    }

    pub(super) fn lines(&self) -> &[[Point; 2]] {
        let (Align::Yaw { lines, .. } | Align::Body { lines, .. }) = self;
        lines
    }

    pub(super) fn frames(&self) -> usize {
        let (Align::Yaw { frames, .. } | Align::Body { frames, .. }) = self;
        *frames
    }
}

impl Normalize {
    /// Reads a specification and checks it.
    pub fn parse(json: &str) -> Result<Self> {
        let spec: Self = serde_json::from_str(json)
            .map_err(|e| Error::Config(format!("skeleton normalisation: {e}")))?;
        spec.check()?;
        Ok(spec)
    }

    /// Refuses joints that do not exist and settings that make no sense.
    pub fn check(&self) -> Result<()> {
        if self.joints == 0 || !(2..=3).contains(&self.dims) {
            bail_shape!(
                "skeleton: expected at least 1 joint and 2 or 3 coordinates, got {} and {}",
                self.joints,
                self.dims
            );
        }
        if !(self.names.is_empty() || self.names.len() == self.joints) {
            bail_input!(
                "skeleton: expected no names or {}, got {}",
                self.joints,
                self.names.len()
            );
        }
        if self.dims != 3 && (self.align.is_some() || self.ground.is_some()) {
            bail_shape!(
                "skeleton: alignment needs 3 coordinates a joint, got {}",
                self.dims
            );
        }
        self.check_ground()?;
        self.check_align()?;
        for point in self.points() {
            if point.is_empty() {
                bail_input!("skeleton: a point is the mean of at least 1 joint, got none");
            }
            if let Some(j) = point.iter().find(|&&j| j >= self.joints) {
                bail_input!(
                    "skeleton: joint {j} does not exist, there are {}",
                    self.joints
                );
            }
        }
        Ok(())
    }

    fn check_ground(&self) -> Result<()> {
        let Some(Ground::Feet { up, .. } | Ground::Normal { up, .. }) = &self.ground else {
            return Ok(());
        };
        check_up(*up)?;
        match &self.ground {
            Some(Ground::Normal { normal, .. }) => {
                let length = super::measure::norm(*normal);
                if !(length > 0.0 && length.is_finite()) {
                    bail_input!("ground: expected a direction, got {normal:?}");
                }
            }
            Some(Ground::Feet { feet, .. }) if feet.is_empty() => {
                bail_input!("ground: the layout names no feet to find it by");
            }
            _ => {}
        }
        Ok(())
    }

    fn check_align(&self) -> Result<()> {
        let Some(align) = &self.align else {
            return Ok(());
        };
        if let Align::Yaw { up, .. } = align {
            check_up(*up)?;
        }
        if align.lines().is_empty() || align.frames() == 0 {
            bail_input!(
                "skeleton: alignment needs a line from left to right and at least 1 frame, \
                 got {} lines and {} frames",
                align.lines().len(),
                align.frames()
            );
        }
        Ok(())
    }

    fn points(&self) -> Vec<&Point> {
        let mut points: Vec<&Point> = self.center.iter().map(|c| &c.point).collect();
        points.extend(self.scale.iter().flat_map(|s| [&s.from, &s.to]));
        points.extend(self.align.iter().flat_map(|a| a.lines().iter().flatten()));
        if let Some(Align::Body { spine, .. }) = &self.align {
            points.extend(spine);
        }
        if let Some(Ground::Feet { feet, .. }) = &self.ground {
            points.push(feet);
        }
        points
    }

    pub(super) fn frame_len(&self) -> usize {
        self.joints * self.dims
    }

    /// A point for a message: its joints by name, or by number if they have none.
    pub(super) fn describe(&self, point: &Point) -> String {
        let name = |&j: &usize| match self.names.get(j) {
            Some(name) => name.clone(),
            None => format!("joint {j}"),
        };
        point.iter().map(name).collect::<Vec<_>>().join(" and ")
    }
}

fn check_up(up: usize) -> Result<()> {
    if !(1..=2).contains(&up) {
        bail_input!("up: expected 1 (y) or 2 (z), got {up}");
    }
    Ok(())
}
