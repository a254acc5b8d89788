//! The graph: Kamaelia's cookbook example, corrected.
//!
//! The fourteen components and their names are the cookbook's. What is new: every way a command can
//! fail leads to the monitor too, so that each command has one answer; `torrentHolder` holds a torrent
//! back until its file is written, so that whoever reads the answer finds the file; and two components
//! write to standard error, `complaints` and `bars`.

use std::io;
use std::path::PathBuf;

use axon_core::{Graph, Services, WiringErrors, graphline};
use examples::Unminded;
use kamaelia_io::{
    ConsoleEchoer, ConsoleReader, Fanout, PureTransformer, SimpleHTTPClient, TriggeredFileReader,
    TwoSourceListifier, WholeFileWriter,
};
use kamaelia_torrent::components::{
    ClientConfig, InstructionParser, Leave, MonitorParser, Tally, TorrentMaker, TorrentPatron,
};

use kamaelia_torrent::engine::outlet::Outlet;
use kamaelia_torrent::engine::{RateLimits, WantedFiles};
use kamaelia_torrent::swarm::{Factory, Sequential};

use crate::bars::{Bars, Screen};
use crate::conversions::{
    fetched_torrent, file_request, made_torrent, make_failure, metadata_file, opened_torrent,
    suffixed, too_long_line, torrent_file, unwritten, url_request, with_newline, written_torrent,
};
use crate::options::Options;
use crate::values;

/// The seeder, ready to run, and the count of what went wrong in it.
pub(crate) fn seeder(
    options: &Options,
    outlet: Outlet,
    tracker: Vec<String>,
    screen: &Screen,
) -> Result<(Graph, Tally), WiringErrors> {
    let torrentdir = options.dir.clone();
    let makerdir = options.dir.clone();
    let file_request = move |path| file_request(&makerdir, path);
    let metadatadir = options.dir.clone();
    let metadata_file = move |message| metadata_file(&metadatadir, message);
    let leave = if options.keep { Leave::WhenAsked } else { Leave::WhenComplete };
    let services = Services::new();
    let monitor = MonitorParser::new(options.format());
    let tally = monitor.tally();

    let graph = graphline! {
        components {
            reader: ConsoleReader::new(""),
            parser: InstructionParser::default().counted_by(tally.clone()),
            fnsplitter: Fanout::new(["torrentmaker", "torrentwriter"]),
            suffixtorrent: PureTransformer::map(move |path: PathBuf| suffixed(&torrentdir, &path)),
            torrentNamer: TwoSourceListifier::new(),
            torrentMaker: TorrentMaker::new(tracker),
            torrentWriter: WholeFileWriter::new(),
            metasplitter: Fanout::new(["torrentwriter", "patron", "monitor"]),
            torrentHolder: TwoSourceListifier::new(),
            fileReader: TriggeredFileReader::in_directory(&options.dir),
            httpReader: SimpleHTTPClient::new().with_agent(outlet.web_agent()),
            patron: TorrentPatron::new(&services, client(options, outlet)).leave(leave),
            answerSplitter: Fanout::new(["monitor", "torrentwriter"]),
            metadataWriter: WholeFileWriter::new(),
            console: ConsoleEchoer::to_writer(screen.beside(io::stdout())).named("standard output"),
            monitor: monitor,
            addCR: PureTransformer::map(|line: String| line + "\n"),
            complaints: ConsoleEchoer::to_writer(Unminded(screen.beside(io::stderr()))),
            bars: Bars::new(screen),
        }
        links {
            reader.outbox                    => parser.inbox,
            reader.too_long                  => too_long_line => monitor.inbox,

            parser.outbox                    => fnsplitter.inbox,
            parser.retrieve_html             => url_request => httpReader.inbox,
            parser.retrieve_file             => fileReader.inbox,
            parser.orders                    => patron.inbox,
            parser.quit                      => patron.quit,
            parser.rejected                  => monitor.inbox,

            fnsplitter.to("torrentmaker")    => file_request => torrentMaker.inbox,
            fnsplitter.to("torrentwriter")   => suffixtorrent.inbox,

            torrentMaker.outbox              => metasplitter.inbox,
            metasplitter.to("torrentwriter") => torrentNamer.b,
            metasplitter.to("patron")        => made_torrent => torrentHolder.a,
            metasplitter.to("monitor")       => make_failure => monitor.inbox,

            suffixtorrent.outbox             => torrentNamer.a,
            torrentNamer.outbox              => torrent_file => torrentWriter.inbox,
            torrentWriter.outbox             => torrentHolder.b,
            torrentHolder.outbox             => written_torrent => patron.inbox,

            httpReader.outbox                => fetched_torrent => patron.inbox,
            fileReader.outbox                => opened_torrent => patron.inbox,

            patron.outbox                    => answerSplitter.inbox,
            answerSplitter.to("monitor")     => monitor.inbox,
            answerSplitter.to("torrentwriter") => metadata_file => metadataWriter.inbox,
            metadataWriter.outbox            => unwritten => complaints.inbox,
            monitor.outbox                   => addCR.inbox,
            monitor.complaints               => with_newline => complaints.inbox,
            monitor.passed                   => bars.inbox,
            addCR.outbox                     => console.inbox,
        }
    };
    Ok((graph.build()?, tally))
}

fn client(options: &Options, outlet: Outlet) -> ClientConfig {
    let mut config = ClientConfig::default();
    config.directory.clone_from(&options.dir);
    config.tick_interval = std::time::Duration::from_millis(500);
    config.engine.listen.clone_from(&options.listen);
    config.engine.peers.clone_from(&options.peer);
    config.engine.local_discovery = options.local_discovery();
    config.engine.map_port = options.map_port;
    config.engine.state.clone_from(&options.state);
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
