use std::{error::Error, ops::Deref, time::Duration};

use devnet::Entry;

use super::faulty::Faulty;

/// A namespace of the local chain that takes its time, so that calls one after the other are told from calls at once.
pub(crate) struct Trips(Faulty);

impl Trips {
    pub(crate) async fn begin() -> Result<Self, Box<dyn Error>> {
        let faulty = Faulty::begin().await?;
        faulty.latency(Duration::from_millis(200)).await?;
        Ok(Self(faulty))
    }

    /// The longest row of calls, each begun after the one before it was answered, up to the first that sends.
    pub(crate) async fn to_send(&self) -> Result<Vec<String>, Box<dyn Error>> {
        let mut calls = self.log().await?;
        let send = calls
            .iter()
            .position(|call| call.methods == ["eth_sendUserOperation"]);
        calls.truncate(send.ok_or("nothing was sent")? + 1);
        // Whichever ends first leaves the most room for others.
        let end = |call: &Entry| call.end_ms.unwrap_or(f64::INFINITY);
        calls.sort_by(|a, b| end(a).total_cmp(&end(b)));
        let (mut row, mut last) = (Vec::new(), 0.0);
        for call in calls {
            if call.start_ms >= last {
                last = end(&call);
                row.push(call.methods.join(" + "));
            }
        }
        Ok(row)
    }
}

impl Deref for Trips {
    type Target = Faulty;

    fn deref(&self) -> &Faulty {
        &self.0
    }
}
