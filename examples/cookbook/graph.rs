//! The graph: Kamaelia's cookbook example, corrected.
//!
//! The fourteen components and their names are the cookbook's. What is new: every way a command can
//! fail leads to `answerSplitter`, as answers do, so that each command has one answer and all who listen
//! hear it; `fileNamer` and `httpNamer` put
//! what was fetched together with the command it was fetched for; `torrentHolder` holds a torrent back
//! until its file is written, so that whoever reads the answer finds the file; and two components write
//! to standard error, `complaints` and `bars`.

use axon_core::{CAPACITY_DEFAULT, Graph, LinkPolicy, Services, WiringErrors, graphline};
use kamaelia_io::view::LiveView;
use kamaelia_io::{
    ConsoleEchoer, ConsoleReader, Fanout, PureTransformer, SimpleHTTPClient, TriggeredFileReader,
    TwoSourceListifier, WholeFileWriter,
};
use kamaelia_torrent::components::messages::MakeTorrent;
use kamaelia_torrent::components::{
    ClientConfig, Format, InstructionParser, Leave, MonitorParser, Tally, TorrentMaker,
    TorrentPatron,
};

use super::Torrents;
use super::bars::Bars;
use super::conversions::{
    fetched_torrent, file_request, made_torrent, make_failure, metadata_file, opened_torrent,
    suffixed, too_long_line, torrent_file, unwritten, url_request, with_newline, written_torrent,
};

/// What is not the same in every program that is made like this.
pub struct Cookbook {
    /// Where commands come from.
    pub commands: ConsoleReader,
    /// Where results go.
    pub results: ConsoleEchoer<String>,
    /// Where failures go that are not among the results.
    pub complaints: ConsoleEchoer<String>,
    /// What shows a person how it goes.
    pub bars: Bars,
    /// The page on which all of it is seen, and a second source of commands: as long as it is there,
    /// more of them may come.
    pub view: Option<LiveView<Torrents>>,
    /// How results are written.
    pub format: Format,
    /// When all is done.
    pub leave: Leave,
    /// The trackers that published torrents name.
    pub trackers: Vec<String>,
    /// What fetches a `torrent:URL`.
    pub web: SimpleHTTPClient,
    /// The client, whose directory is also that of the `.torrent` files.
    pub client: ClientConfig,
}

impl Cookbook {
    /// The graph, ready to run, and the count of what went wrong in it.
    pub fn build(self) -> Result<(Graph, Tally), WiringErrors> {
        let dir = self.client.directory.clone();
        let (torrentdir, makerdir, metadatadir) = (dir.clone(), dir.clone(), dir.clone());
        let file_request = move |request| file_request(&makerdir, request);
        let metadata_file = move |message| metadata_file(&metadatadir, message);
        let services = Services::new();
        let monitor = MonitorParser::new(self.format);
        let tally = monitor.tally();
        let to_view = self.view.as_ref().map(|_| "view");

        let graph = graphline! {
            components {
                reader: self.commands,
                parser: InstructionParser::default().counted_by(tally.clone()),
                fnsplitter: Fanout::new(["torrentmaker", "torrentwriter"]),
                suffixtorrent: PureTransformer::map(move |make: MakeTorrent| suffixed(&torrentdir, &make.srcfile)),
                torrentNamer: TwoSourceListifier::new(),
                torrentMaker: TorrentMaker::new(self.trackers),
                torrentWriter: WholeFileWriter::new(),
                metasplitter: Fanout::new(["torrentwriter", "patron", "failures"]),
                torrentHolder: TwoSourceListifier::new(),
                fileReader: TriggeredFileReader::in_directory(&dir),
                fileNamer: TwoSourceListifier::new(),
                httpReader: self.web,
                httpNamer: TwoSourceListifier::new(),
                patron: TorrentPatron::new(&services, self.client).leave(self.leave),
                answerSplitter: Fanout::new(["monitor", "torrentwriter"].into_iter().chain(to_view)),
                metadataWriter: WholeFileWriter::new(),
                console: self.results,
                monitor: monitor,
                addCR: PureTransformer::map(|line: String| line + "\n"),
                complaints: self.complaints,
                bars: self.bars,
            }
            links {
                reader.outbox                    => parser.inbox,
                reader.too_long                  => too_long_line => answerSplitter.inbox,

                parser.outbox                    => fnsplitter.inbox,
                parser.retrieve_html             => url_request => httpReader.inbox,
                parser.html_tokens               => httpNamer.a,
                parser.retrieve_file             => fileReader.inbox,
                parser.file_tokens               => fileNamer.a,
                parser.orders                    => patron.inbox,
                parser.quit                      => patron.quit,
                parser.rejected                  => answerSplitter.inbox,

                fnsplitter.to("torrentmaker")    => file_request => torrentMaker.inbox,
                fnsplitter.to("torrentwriter")   => suffixtorrent.inbox,

                torrentMaker.outbox              => metasplitter.inbox,
                torrentMaker.progress            => bars.making,
                metasplitter.to("torrentwriter") => torrentNamer.b,
                metasplitter.to("patron")        => made_torrent => torrentHolder.a,
                metasplitter.to("failures")      => make_failure => answerSplitter.inbox,

                suffixtorrent.outbox             => torrentNamer.a,
                torrentNamer.outbox              => torrent_file => torrentWriter.inbox,
                torrentWriter.outbox             => torrentHolder.b,
                torrentHolder.outbox             => written_torrent => patron.inbox,

                httpReader.outbox                => httpNamer.b,
                httpNamer.outbox                 => fetched_torrent => patron.inbox,
                fileReader.outbox                => fileNamer.b,
                fileNamer.outbox                 => opened_torrent => patron.inbox,

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
        let graph = match self.view {
            None => graph,
            Some(view) => graph
                .add("view", view)
                // The page turns a command away rather than wait, so the circle cannot fill up.
                .link_with(LinkPolicy::fail(CAPACITY_DEFAULT), "view.commands", "parser.inbox")
                .link("answerSplitter.view", "view.inbox"),
        };
        Ok((graph.build()?, tally))
    }
}
