//! Scenario `descriptors`: two hundred clients at once, at a server whose process may hold 64 descriptors.

use crate::{
    census::TOO_FEW,
    clients::{ALL, behave, hold, misbehave},
    hub::Hub,
    random::Random,
    scenario::{Done, Part, Scenario, at_once},
};

const CLIENTS: usize = 200;

/// So many of them only hold a connection: more than there are descriptors.
const HOLDING: usize = 70;

pub struct Descriptors(Hub);

impl Scenario for Descriptors {
    async fn begin() -> Result<Descriptors, String> {
        Hub::start("ulimit -n 64").map(Descriptors)
    }

    async fn round(&mut self, random: &mut Random) -> Result<Done, String> {
        let address = self.0.address;
        let mut clients: Vec<Part> = Vec::new();
        for n in 0..CLIENTS {
            match n % 4 {
                // Those that come first have all descriptors for a while, in which the server has nothing to do.
                _ if n < HOLDING => clients.push(Box::pin(hold(address))),
                0 => {
                    let random = Random::new(random.number());
                    clients.push(Box::pin(misbehave(ALL[n / 4 % ALL.len()], address, random)));
                }
                _ => clients.push(Box::pin(behave(address, 1_000))),
            }
        }
        at_once(clients).await
    }

    async fn half(&mut self) -> Result<(), String> {
        self.0.half()
    }

    async fn end(self) -> Result<String, String> {
        let well = self.0.end(0)?;
        match well.contains(TOO_FEW) {
            true => Ok(well),
            false => Err("is no scenario: there were descriptors enough".into()),
        }
    }
}
