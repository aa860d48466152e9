//! Scenario `server`: the site of the examples among clients that misbehave.

use std::{net::SocketAddr, time::Duration};

use glassloop::Server as Listening;

use crate::{
    clients::{ALL, behave, misbehave, never_read, slowloris},
    random::Random,
    scenario::{Done, Part, Scenario, at_once},
    site::{Site, serve},
};

/// A client's answer, large or small, in bytes.
const LARGE: usize = 300_000;
const SMALL: usize = 5_000;

/// Two sites. The clock cuts off none of the clients of `patient`, so that each answer which is due there must come.
/// `strict` has few seats and little patience, which is what ends those that would go on for ever. Who behaves well
/// there has sent all of its request before it is looked at, and has room for all of its answer: so it is never too
/// late, however slow the machine is.
pub struct Server {
    patient: Listening,
    strict: Listening,
}

const STRICT: Site = Site { delay: Duration::ZERO, seats: 4, patience: Duration::from_millis(50) };
const PATIENT: Site = Site { seats: 64, patience: Duration::from_secs(1_000_000), ..STRICT };

impl Scenario for Server {
    async fn begin() -> Result<Server, String> {
        let listen = async |site| {
            let server = serve(("127.0.0.1", 0), site).await;
            server.map_err(|error| format!("can't listen: {error}"))
        };
        Ok(Server { patient: listen(PATIENT).await?, strict: listen(STRICT).await? })
    }

    async fn round(&mut self, random: &mut Random) -> Result<Done, String> {
        let (patient, strict) = (address(&self.patient), address(&self.strict));
        let mut clients: Vec<Part> = Vec::new();
        for how in ALL.into_iter().cycle().take(ALL.len() * 4) {
            let random = Random::new(random.number());
            clients.push(Box::pin(misbehave(how, patient, random)));
        }
        for _ in 0..8 {
            clients.push(Box::pin(behave(patient, LARGE)));
            clients.push(Box::pin(slowloris(strict)));
            clients.push(Box::pin(behave(strict, SMALL)));
        }
        clients.push(Box::pin(never_read(strict)));
        at_once(clients).await
    }
}

fn address(server: &Listening) -> SocketAddr {
    server.local_addrs()[0]
}
