//! What components are at.

use std::time::Duration;

use axon_core::{
    Address, Asked, Closed, Component, Control, Graph, Graphline, Inbox, Outbox, Part, Restarts,
    sleep, yield_now,
};

use crate::books::{Books, Message};
use crate::cell::{Home, Situation};

impl Home {
    fn of(self, part: impl Into<Part>) -> Part {
        match self {
            Home::Here => part.into(),
            Home::There => part.into().on("there"),
            Home::OwnThread => part.into().on_thread(),
        }
    }
}

impl Situation {
    /// Components of which some are at it, on this home.
    pub(crate) fn graph(self, home: Home, books: &Books) -> Graphline {
        let talks = || home.of(Talks { outbox: Outbox::new(), books: books.clone() });
        let graph = Graphline::new();
        match self {
            Situation::ForRoom => graph
                .add("talks", talks())
                .add("deaf", Deaf::default())
                .link_with(2, "talks.outbox", "deaf.inbox"),
            Situation::ForRoomAtAddress => {
                let mut deaf = Deaf::default();
                let puts = |to| home.of(Puts { to, books: books.clone() });
                let graph = graph.add("one", puts(deaf.inbox.address()));
                let graph = graph.add("another", puts(deaf.inbox.address()));
                graph.add("deaf", deaf)
            }
            Situation::ForMessage => {
                let mut takes = HeldOpen::default();
                takes.held_open = Some(takes.inbox.address());
                graph.add("takes", home.of(takes))
            }
            Situation::ForEachOther => {
                let mut one = Passes::default();
                one.held_open = Some(one.inbox.address());
                graph
                    .add("one", home.of(one))
                    .add("another", Passes::default())
                    .link_with(1, "one.outbox", "another.inbox")
                    .link_with(1, "another.outbox", "one.inbox")
            }
            Situation::ForChild => graph.add("parent", home.of(Parent::default())),
            Situation::ForClosed => graph
                .add("clings", home.of(Clings::default()))
                .add("deaf", Deaf::default())
                .link("clings.outbox", "deaf.inbox"),
            Situation::ForTomorrow => graph.add("sleeps", home.of(Sleeps::default())),
            Situation::Busy => graph
                .add("talks", talks())
                .add("passes", home.of(Passes::default()))
                .add("takes", Takes::default())
                .link_with(3, "talks.outbox", "passes.inbox")
                .link_with(1, "passes.outbox", "takes.inbox"),
            Situation::Adopting => {
                let control = Control::default();
                graph.add("adopts", home.of(Adopts { control, home, books: books.clone() }))
            }
            Situation::BeginningAgain => {
                let fails = Part::restarting(Restarts::at_most(usize::MAX), Fails::default);
                graph.add("talks", talks()).add("fails", home.of(fails)).link_with(
                    2,
                    "talks.outbox",
                    "fails.inbox",
                )
            }
            Situation::Beginning => (0..8).fold(graph, |graph, number| {
                let (from, to) = (format!("talks {number}"), format!("takes {number}"));
                graph
                    .link_with(1, &*format!("{from}.outbox"), &*format!("{to}.inbox"))
                    .add(from, talks())
                    .add(to, Part::from(Takes::default()).on(format!("worker {}", number % 3)))
            }),
            Situation::Nested => {
                let inner = |part| {
                    Graphline::new()
                        .add("it", part)
                        .link("self.inbox", "it.inbox")
                        .link("it.outbox", "self.outbox")
                };
                let nested = Graphline::new()
                    .nest("one", inner(home.of(Passes::default())).isolated())
                    .nest("another", inner(Passes::default().into()))
                    .link("self.inbox", "one.inbox")
                    .link_with(1, "one.outbox", "another.inbox")
                    .link("another.outbox", "self.outbox");
                graph
                    .add("talks", talks())
                    .nest("nested", nested)
                    .add("takes", Takes::default())
                    .link_with(1, "talks.outbox", "nested.inbox")
                    .link_with(1, "nested.outbox", "takes.inbox")
            }
            Situation::LookingOn => {
                graph.add("looks", home.of(Looks::default())).add("sleeps", Sleeps::default())
            }
            Situation::Rewiring => graph
                .add("talks", talks())
                .add("one", home.of(Takes::default()))
                .add("another", Takes::default())
                .add("nothing", Silent::default())
                .add("rewires", home.of(Rewires::default()))
                .link_with(1, "talks.outbox", "one.inbox")
                .link("nothing.outbox", "another.inbox"),
        }
    }
}

/// Sends without end.
#[derive(Component)]
struct Talks {
    pub outbox: Outbox<Message>,
    books: Books,
}

impl Talks {
    async fn main(mut self) -> Result<(), Closed> {
        for number in 0.. {
            self.outbox.send(self.books.message(number)).await?;
        }
        Ok(())
    }
}

/// The same to an address.
#[derive(Component)]
struct Puts {
    to: Address<Message>,
    books: Books,
}

impl Puts {
    async fn main(self) -> Result<(), Closed> {
        for number in 0.. {
            self.to.send(self.books.message(number)).await?;
        }
        Ok(())
    }
}

/// Never looks at its box.
#[derive(Component, Default)]
struct Deaf {
    #[optional]
    pub inbox: Inbox<Message>,
    control: Control,
}

impl Deaf {
    async fn main(self) {
        self.control.until_asked(Asked::Stop).await;
    }
}

/// Takes all there is.
#[derive(Component, Default)]
struct Takes {
    pub inbox: Inbox<Message>,
}

impl Takes {
    async fn main(mut self) {
        while self.inbox.recv().await.is_some() {}
    }
}

/// The same, and nobody sends.
#[derive(Component, Default)]
struct HeldOpen {
    #[optional]
    pub inbox: Inbox<Message>,
    held_open: Option<Address<Message>>,
}

impl HeldOpen {
    async fn main(mut self) {
        while self.inbox.recv().await.is_some() {}
        drop(self.held_open);
    }
}

#[derive(Component, Default)]
struct Passes {
    pub inbox: Inbox<Message>,
    pub outbox: Outbox<Message>,
    held_open: Option<Address<Message>>,
}

impl Passes {
    async fn main(mut self) -> Result<(), Closed> {
        while let Some(message) = self.inbox.recv().await {
            self.outbox.send(message).await?;
        }
        drop(self.held_open);
        Ok(())
    }
}

/// Has nothing to say.
#[derive(Component, Default)]
struct Silent {
    pub outbox: Outbox<Message>,
    control: Control,
}

impl Silent {
    async fn main(self) {
        self.control.until_asked(Asked::Stop).await;
        drop(self.outbox);
    }
}

/// Adopts one that waits, and waits for it.
#[derive(Component, Default)]
struct Parent {
    control: Control,
}

impl Parent {
    async fn main(self) {
        let child = Graphline::new().add("deaf", Deaf::default());
        if let Ok(mut children) = self.control.adopt(child) {
            children.all_ended().await;
        }
    }
}

/// Waits for its receiver to end.
#[derive(Component, Default)]
struct Clings {
    pub outbox: Outbox<Message>,
}

impl Clings {
    async fn main(self) {
        self.outbox.until_closed().await;
    }
}

/// Until tomorrow, or until it is asked to stop.
#[derive(Component, Default)]
struct Sleeps {
    control: Control,
}

impl Sleeps {
    async fn main(self) {
        let tomorrow = sleep(Duration::from_secs(24 * 60 * 60));
        axon_core::either(self.control.until_asked(Asked::Stop), tomorrow).await;
    }
}

/// Adopts a few that talk with each other, again and again.
#[derive(Component)]
struct Adopts {
    control: Control,
    home: Home,
    books: Books,
}

impl Adopts {
    async fn main(self) {
        while self.control.asked() < Asked::Stop {
            let talks = Talks { outbox: Outbox::new(), books: self.books.clone() };
            let few = Few { left: 5, ..Few::default() };
            let graph = Graphline::new()
                .link_with(1, &talks.outbox, &few.inbox)
                .add("talks", self.home.of(talks))
                .add("few", few);
            let Ok(mut children) = self.control.adopt(graph) else { break };
            children.all_ended().await;
        }
    }
}

/// Takes so many.
#[derive(Component, Default)]
struct Few {
    pub inbox: Inbox<Message>,
    left: u64,
}

impl Few {
    async fn main(mut self) {
        while self.left > 0 && self.inbox.recv().await.is_some() {
            self.left -= 1;
        }
    }
}

/// Fails over each message.
#[derive(Component, Default)]
struct Fails {
    pub inbox: Inbox<Message>,
}

impl Fails {
    async fn main(mut self) -> Result<(), String> {
        match self.inbox.recv().await {
            Some(message) => Err(format!("over {}", message.number)),
            None => Ok(()),
        }
    }
}

/// Takes snapshots until it is asked to finish.
#[derive(Component, Default)]
struct Looks {
    control: Control,
}

impl Looks {
    async fn main(self) {
        self.control.look_on();
        let graph = self.control.graph().expect("it runs");
        while self.control.asked() < Asked::Finish {
            graph.snapshot();
            yield_now().await;
        }
    }
}

/// Leads what is sent now to the one and now to the other.
#[derive(Component, Default)]
struct Rewires {
    control: Control,
}

impl Rewires {
    async fn main(self) {
        let graph = self.control.graph().expect("it runs");
        for to in ["another.inbox", "one.inbox"].into_iter().cycle() {
            // Boxes are gone when their components are.
            let _ = graph.unlink("talks.outbox");
            let _ = graph.link_with(2, "talks.outbox", to);
            yield_now().await;
            if self.control.asked() >= Asked::Finish {
                break;
            }
        }
    }
}

/// One who asks the graph to end from within, after so many turns.
#[derive(Component)]
pub(crate) struct Ends {
    pub(crate) control: Control,
    pub(crate) turns: u64,
}

impl Ends {
    async fn main(self) {
        for _ in 0..self.turns {
            yield_now().await;
        }
        self.control.graph().expect("it runs").stop();
    }
}

/// Whatever the situation: ready to run.
pub(crate) fn build(graph: Graphline) -> Graph {
    graph.build().unwrap_or_else(|errors| panic!("{errors}"))
}
