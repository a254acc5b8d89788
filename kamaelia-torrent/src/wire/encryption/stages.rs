//! A negotiation goes from stage to stage as bytes come in.

/// What a stage comes to, with the bytes there are.
pub(super) enum Step<S, T> {
    /// It is over, and this one begins.
    Next(S),
    /// It goes on when more has come.
    Wait(S),
    /// All is said.
    Over(T),
}

/// Goes on from a stage as far as the bytes lead. Gives the stage that waits for more, or what the
/// negotiation came to; after that or an error there is no stage.
pub(super) fn go_on<S, T, E>(
    mut stage: Option<S>,
    mut step: impl FnMut(S) -> Result<Step<S, T>, E>,
) -> Result<(Option<S>, Option<T>), E> {
    while let Some(current) = stage {
        stage = match step(current)? {
            Step::Next(next) => Some(next),
            Step::Wait(waiting) => return Ok((Some(waiting), None)),
            Step::Over(outcome) => return Ok((None, Some(outcome))),
        };
    }
    Ok((None, None))
}
