//! A plan: augmentations in order, each with its probability, from a declarative description.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::path::{Path, follow};
use super::{Augmentation, Shape, View, inertial, skeleton};
use crate::error::{Error, Result};
use crate::rng::{Key, Rng};

/// Builds one augmentation from its parameters.
pub(super) type Build = fn(Value) -> Result<Box<dyn Augmentation>>;

/// The [`Build`] of a type: deserialise, then check.
pub(super) fn build<A>(parameters: Value) -> Result<Box<dyn Augmentation>>
where
    A: Augmentation + DeserializeOwned + 'static,
{
    let step: A = serde_json::from_value(parameters).map_err(|e| Error::Config(e.to_string()))?;
    step.check()?;
    Ok(Box::new(step))
}

/// Streams of shared steps start here, so that they never meet those of a modality's own steps.
const SHARED: u64 = 1 << 32;

/// Most paths that are composed before the view is interpolated.
const PATHS: usize = 4;

#[derive(Debug)]
struct Step {
    /// Where it stands and what it is called, for messages.
    at: String,
    p: f32,
    shared: bool,
    stream: u64,
    augmentation: Box<dyn Augmentation>,
}

/// What all steps have besides their own parameters.
#[derive(Deserialize)]
struct Common {
    name: String,
    #[serde(default = "always")]
    p: f32,
    /// Draws the same for every modality of a sample, so that its views stay synchronous.
    #[serde(default)]
    shared: bool,
}

fn always() -> f32 {
    1.0
}

/// Augmentations in order, each with its probability.
#[derive(Debug, Default)]
pub struct Plan {
    steps: Vec<Step>,
}

impl Plan {
    /// Reads a plan for a kind of modality (`inertial` or `skeleton`) from its JSON description:
    /// `[{"name": "jitter", "p": 0.8, "sigma": 0.05}, …]`.
    pub fn parse(kind: &str, json: &str) -> Result<Plan> {
        let known = match kind {
            "inertial" => inertial::STEPS,
            "skeleton" => skeleton::STEPS,
            _ => {
                return Err(Error::Config(format!(
                    "augment: expected a plan for 'inertial' or 'skeleton', got {kind:?}"
                )));
            }
        };
        let described: Vec<Map<String, Value>> = serde_json::from_str(json)
            .map_err(|e| Error::Config(format!("augment: expected a list of steps: {e}")))?;
        let mut own = 0;
        let mut steps: Vec<Step> = Vec::with_capacity(described.len());
        for (i, mut step) in described.into_iter().enumerate() {
            let common: Map<String, Value> = ["name", "p", "shared"]
                .into_iter()
                .filter_map(|key| step.remove_entry(key))
                .collect();
            let common: Common = serde_json::from_value(Value::Object(common))
                .map_err(|e| Error::Config(format!("augment, step {i}: {e}")))?;
            let at = format!("augment, step {i} ({kind} {})", common.name);
            if !(0.0..=1.0).contains(&common.p) {
                return Err(Error::Config(format!(
                    "{at}: p: expected 0 to 1, got {}",
                    common.p
                )));
            }
            let (_, build) = known
                .iter()
                .find(|(n, _)| *n == common.name)
                .ok_or_else(|| {
                    let names: Vec<_> = known.iter().map(|(n, _)| *n).collect();
                    Error::Config(format!("{at}: no such step; known: {}", names.join(", ")))
                })?;
            let augmentation = build(Value::Object(step)).map_err(|e| match e {
                Error::Config(message) => Error::Config(format!("{at}: {message}")),
                other => other,
            })?;
            let stream = if common.shared {
                let Some(id) = augmentation.shared_id() else {
                    return Err(Error::Config(format!(
                        "{at}: shared: this step draws nothing that modalities could share"
                    )));
                };
                // The n-th shared step of a name is the same in every modality's plan.
                let first = SHARED + (id << 16);
                let before = steps.iter().filter(|s| s.stream >> 16 == first >> 16);
                first + before.count() as u64
            } else {
                own += 1;
                own - 1
            };
            steps.push(Step {
                at,
                p: common.p,
                shared: common.shared,
                stream,
                augmentation,
            });
        }
        Ok(Plan { steps })
    }

    /// Refuses data that one of the steps cannot work on.
    pub fn check_shape(&self, shape: Shape) -> Result<()> {
        self.steps.iter().try_for_each(|s| {
            s.augmentation.check_shape(shape).map_err(|e| match e {
                Error::Shape(message) => Error::Shape(format!("{}: {message}", s.at)),
                other => other,
            })
        })
    }

    /// Whether the plan leaves a view as it is.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// Makes a view. `sample` is the key of the sample and view; `modality` the modality's number
    /// in it, on which every draw but those of shared steps depends.
    pub fn apply(&self, view: &mut View<'_>, sample: Key, modality: u64) {
        if view.data.is_empty() {
            return;
        }
        let own = sample.with(modality);
        let mut paths = [Path::Crop {
            start: 0.0,
            share: 1.0,
        }; PATHS];
        let mut waiting = 0;
        for step in &self.steps {
            let mut rng = Rng::new(if step.shared { sample } else { own }, step.stream);
            if rng.uniform() >= step.p {
                continue;
            }
            if let Some(path) = step.augmentation.draw_path(&mut rng) {
                if waiting == PATHS {
                    follow(view, &paths);
                    waiting = 0;
                }
                paths[waiting] = path;
                waiting += 1;
                continue;
            }
            follow(view, &paths[..waiting]);
            waiting = 0;
            step.augmentation.apply(view, &mut rng);
        }
        follow(view, &paths[..waiting]);
    }
}
