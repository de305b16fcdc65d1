//! Services that run in a profile and have no place in it any more: renamed or taken out of the manifest while they ran.

use super::world::World;
use crate::builtin::status::{Look, Target};
use crate::supervisor::{self, State};

/// A service that runs below the state folder of a profile, and that the profile does not know.
pub struct Stray {
    /// The name of its folder, which was its own.
    pub service: String,
    /// Its state.
    pub state: State,
}

/// All of a profile, by name.
pub fn all(world: &World<'_>) -> Vec<Stray> {
    let running = supervisor::running_below(&world.profile_state()).into_iter();
    let strays = running.filter(|(service, _)| world.placement(service).is_none());
    strays.map(|(service, state)| Stray { service, state }).collect()
}

impl Stray {
    /// What a person should know, and what to type.
    pub fn told(&self, world: &World<'_>) -> String {
        let option = world.profile_option(&world.profile.name.value);
        format!("it runs and is in the manifest no more; `gladys stop {}{option}` ends it", self.service)
    }

    /// What is looked at.
    pub fn target(&self, world: &World<'_>) -> Target {
        Target {
            profile: world.profile.name.value.clone(),
            service: self.service.clone(),
            port: None,
            probe: None,
            present: None,
            stray: Some(self.told(world)),
            look: Look::Supervised(world.state(&self.service)),
        }
    }
}
