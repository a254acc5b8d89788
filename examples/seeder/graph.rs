//! The cookbook's graph, with what the options say of it.

use std::io;
use std::time::Duration;

use axon_core::{Graph, WiringErrors};
use examples::Unminded;
use examples::cookbook::{Bars, Cookbook, Screen, Torrents};
use kamaelia_io::view::LiveView;
use kamaelia_io::{ConsoleEchoer, ConsoleReader, SimpleHTTPClient};
use kamaelia_torrent::components::{ClientConfig, Leave, Tally};
use kamaelia_torrent::engine::outlet::Outlet;
use kamaelia_torrent::engine::{RateLimits, WantedFiles};
use kamaelia_torrent::swarm::{Factory, Sequential};

use crate::options::Options;
use crate::values;

/// The seeder, ready to run, and the count of what went wrong in it. With so many peers at a time, of all
/// torrents together.
pub(crate) fn seeder(
    options: &Options,
    peers_max: usize,
    outlet: Outlet,
    trackers: Vec<String>,
    view: Option<LiveView<Torrents>>,
    screen: &Screen,
) -> Result<(Graph, Tally), WiringErrors> {
    Cookbook {
        commands: ConsoleReader::new(""),
        // Whoever drives us and dies takes us along, though there be nothing to say.
        results: ConsoleEchoer::to_writer(screen.beside(io::stdout()))
            .named("standard output")
            .watching(&io::stdout()),
        complaints: ConsoleEchoer::to_writer(Unminded(screen.beside(io::stderr()))),
        bars: Bars::new(screen),
        view,
        format: options.format(),
        leave: if options.keep { Leave::WhenAsked } else { Leave::WhenComplete },
        trackers,
        web: SimpleHTTPClient::new().with_agent(outlet.web_agent()),
        client: client(options, peers_max, outlet),
    }
    .build()
}

fn client(options: &Options, peers_max: usize, outlet: Outlet) -> ClientConfig {
    let mut config = ClientConfig::default();
    config.directory.clone_from(&options.dir);
    config.tick_interval = Duration::from_millis(500);
    config.engine.listen.clone_from(&options.listen);
    config.engine.peers.clone_from(&options.peer);
    config.engine.local_discovery = options.local_discovery();
    config.engine.map_port = options.map_port;
    config.engine.state.clone_from(&options.state);
    config.engine.swarm.connections_max = options.max_peers;
    config.engine.sockets_max = peers_max;
    config.engine.encryption = options.encryption;
    config.engine.outlet = outlet;
    config.engine.limits = RateLimits { up: options.max_up, down: options.max_down };
    config.engine.wanted_files = WantedFiles::new(options.select.clone());
    config.engine.until = values::any_of(&options.until);
    if options.sequential {
        config.engine.swarm.picker = Factory::picker(Sequential::default);
    }
    config
}
