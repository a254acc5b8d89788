//! Two components of our own and one from the shelf, in a line.
//!
//!     cargo run --bin hello_pipeline

use axon_core::{Closed, Component, Inbox, Outbox, Pipeline, RunError};
use kamaelia_io::ConsoleEchoer;

/// Names, one after the other.
#[derive(Component, Default)]
struct Names {
    /// A name a message.
    pub outbox: Outbox<&'static str>,
}

impl Names {
    async fn main(mut self) -> Result<(), Closed> {
        for name in ["Ada", "Grace", "Barbara"] {
            self.outbox.send(name).await?;
        }
        Ok(())
    }
}

/// Makes a greeting of each name.
#[derive(Component, Default)]
struct Greeter {
    /// Names.
    pub inbox: Inbox<&'static str>,
    /// Greetings, a line each.
    pub outbox: Outbox<String>,
}

impl Greeter {
    async fn main(mut self) -> Result<(), Closed> {
        while let Some(name) = self.inbox.recv().await {
            self.outbox.send(format!("Hello, {name}!\n")).await?;
        }
        Ok(())
    }
}

fn main() -> Result<(), RunError> {
    pipeline().run()?;
    Ok(())
}

pub(crate) fn pipeline() -> Pipeline<ConsoleEchoer<String>> {
    Pipeline::new(Names::default()).then(Greeter::default()).then(ConsoleEchoer::new())
}
