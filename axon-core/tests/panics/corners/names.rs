//! Names that a thread cannot have.

use axon_core::{Arrange, Graphline};

use super::{goes_well, run_each};
use crate::common::{Collect, Count, Pass, ThreadedPass};

#[test]
fn a_component_and_a_worker_may_have_any_name() {
    for name in ["a\0b", "\0", "", "a name of a component that is longer than any thread's may be"]
    {
        run_each(
            || {
                let (count, pass) = (Count::to(5), Pass::default());
                let (threaded, collect) = (ThreadedPass::default(), Collect::default());
                Graphline::new()
                    .link(&count.outbox, &pass.inbox)
                    .link(&pass.outbox, &threaded.inbox)
                    .link(&threaded.outbox, &collect.inbox)
                    .add("count", count)
                    .add(format!("{name} awaits"), pass.on_thread())
                    .add(format!("{name} blocks"), threaded)
                    .add("collect", collect.on(name))
            },
            goes_well,
        );
    }
}
