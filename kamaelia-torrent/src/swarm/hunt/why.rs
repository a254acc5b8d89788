//! Why metadata is not there yet, in one sentence.

use std::fmt;

/// How a hunt stands. Its text is a sentence without a full stop.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct HuntWhy {
    /// Peers it talks with.
    pub peers: usize,
    /// Those of them that say they have the metadata.
    pub with_metadata: usize,
    /// Those of these that do not refuse it and do not let us wait.
    pub answering: usize,
    /// Peers being called.
    pub calling: usize,
    /// Addresses that are not called now.
    pub to_call: usize,
    /// Peers banned for false metadata.
    pub liars: usize,
    /// Pieces of metadata that are there, and all there are by the word of those who send them.
    pub pieces: Option<(usize, usize)>,
}

impl HuntWhy {
    /// Whether there is nobody to ask, and nobody to call.
    pub fn knows_nobody(&self) -> bool {
        self.peers + self.calling + self.to_call == 0
    }
}

impl fmt::Display for HuntWhy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            HuntWhy { answering: peers @ 1.., pieces: Some((there, all)), .. } => {
                write!(
                    f,
                    "{there} of {all} parts of the metadata are here; {} asked for more",
                    are(peers)
                )?;
            }
            HuntWhy { with_metadata: peers @ 1.., .. } => {
                write!(f, "{} said to have the metadata and not giving it", are(peers))?;
            }
            HuntWhy { peers: peers @ 1.., .. } => {
                write!(f, "{} connected, and none of them has the metadata", are(peers))?;
            }
            HuntWhy { calling: peers @ 1.., .. } => write!(f, "{} being called", are(peers))?,
            HuntWhy { to_call: peers @ 1.., .. } => {
                write!(f, "{} known, and none could be reached; each is called again", are(peers))?;
            }
            _ => f.write_str("no peer is known")?,
        }
        match self.liars {
            0 => Ok(()),
            liars => write!(f, "; {} banned for false metadata", are(liars)),
        }
    }
}

fn are(peers: usize) -> String {
    match peers {
        1 => "1 peer is".to_owned(),
        peers => format!("{peers} peers are"),
    }
}
