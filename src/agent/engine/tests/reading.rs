//! What planners do with handles, from the first call to the end of the turn.
