//! Progress bars for a person at a terminal.

use std::time::{Duration, Instant};

use axon_core::{Component, Either, Inbox, either, now, sleep_until};
use kamaelia_torrent::components::messages::{MakeProgress, TorrentMessage};

use super::board::{Board, Picture};
use super::screen::Screen;

/// Often enough for bars to move, and seldom enough to cost nothing.
const PAUSE: Duration = Duration::from_millis(100);

/// How long bars may stand where others have written meanwhile, or the terminal has another size.
const STAND: Duration = Duration::from_millis(250);

/// Shows a bar for what is made and for each torrent that is not complete, as many as fit the terminal,
/// and below them how all stands.
#[derive(Component)]
pub struct Bars {
    /// What the patron says.
    pub inbox: Inbox<TorrentMessage>,
    /// How far the making of torrents is.
    pub making: Inbox<MakeProgress>,
    screen: Screen,
    board: Board,
    /// More may come of what is made.
    is_making: bool,
}

impl Bars {
    /// Bars on this screen, or none.
    pub fn new(screen: &Screen) -> Self {
        Bars {
            inbox: Inbox::new(),
            making: Inbox::new(),
            screen: screen.clone(),
            board: Board::default(),
            is_making: true,
        }
    }

    async fn main(mut self) {
        let Some(mut drawing) = self.screen.drawing() else {
            return while self.news().await.is_some() {};
        };
        let mut picture = Picture::default();
        while self.news_while_shown(&picture).await.is_some() {
            if self.news_until(now() + PAUSE).await.is_none() {
                return;
            }
            picture = self.board.picture(drawing.lines_max());
            drawing.draw(&picture);
        }
    }

    /// Waits for news, but not for long if something is shown. `None` if nothing will come any more.
    async fn news_while_shown(&mut self, picture: &Picture) -> Option<()> {
        if *picture == Picture::default() {
            return self.news().await;
        }
        match either(sleep_until(now() + STAND), self.news()).await {
            Either::First(()) => Some(()),
            Either::Second(news) => news,
        }
    }

    /// Notes what comes until then. `None` if nothing will come any more.
    async fn news_until(&mut self, due: Instant) -> Option<()> {
        while let Either::Second(news) = either(sleep_until(due), self.news()).await {
            news?;
        }
        Some(())
    }

    /// Notes what comes next. `None` if nothing will come any more.
    async fn news(&mut self) -> Option<()> {
        if !self.is_making {
            let message = self.inbox.recv().await?;
            self.board.note(message);
            return Some(());
        }
        match either(self.inbox.recv(), self.making.recv()).await {
            Either::First(message) => {
                // What was told of a torrent's making goes before its answer.
                while let Ok(progress) = self.making.try_recv() {
                    self.board.note_making(progress);
                }
                self.board.note(message?);
            }
            Either::Second(Some(progress)) => self.board.note_making(progress),
            Either::Second(None) => self.is_making = false,
        }
        Some(())
    }
}
