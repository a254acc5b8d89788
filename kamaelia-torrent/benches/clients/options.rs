//! What the command line says.

/// Which rows, and how.
#[derive(Default)]
pub(crate) struct Options {
    /// Words without `=`: the rows; none means all.
    pub(crate) rows: Vec<String>,
    /// `rounds=N`.
    rounds: Option<usize>,
    /// `mib=N`: the size of what is moved or hashed.
    mib: Option<u64>,
    /// `only=NAME,NAME`: no clients but these.
    only: Option<Vec<String>>,
}

impl Options {
    /// From the words after the program's name.
    pub(crate) fn parse(words: &[String]) -> Result<Self, String> {
        let mut options = Options::default();
        for word in words {
            let number =
                |text: &str| text.parse::<u64>().map_err(|_| format!("`{word}` has no number"));
            match word.split_once('=') {
                None => options.rows.push(word.clone()),
                Some(("rounds", text)) => options.rounds = Some(number(text)?.max(1) as usize),
                Some(("mib", text)) => options.mib = Some(number(text)?.max(1)),
                Some(("only", names)) => {
                    options.only = Some(names.split(',').map(str::to_owned).collect());
                }
                Some(_) => return Err(format!("`{word}` is none of rounds=, mib= and only=")),
            }
        }
        Ok(options)
    }

    /// How often each does its work.
    pub(crate) fn rounds(&self, otherwise: usize) -> usize {
        self.rounds.unwrap_or(otherwise)
    }

    /// Bytes.
    pub(crate) fn size(&self, otherwise_mib: u64) -> u64 {
        self.mib.unwrap_or(otherwise_mib) << 20
    }

    /// Whether one of this name takes part.
    pub(crate) fn wants(&self, name: &str) -> bool {
        self.only.as_ref().is_none_or(|only| only.iter().any(|wanted| wanted == name))
    }
}
