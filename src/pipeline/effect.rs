//! What the pipeline asks of its host.

use crate::{
    domain::{Approved, Order, Record},
    units::{Bps, Timestamp, TokenAmount},
};

#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Write to the journal. Comes before the [`Effect::Submit`] that it announces; a host
    /// that cannot write must not submit.
    Record(Record),
    Submit(Approved<Order>),
    /// Tell a person.
    Alert(Alert),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Alert {
    /// The drawdown halt went on: positions are being closed and none is opened again. Nothing
    /// lifts it but a new journal.
    Halted { ts: Timestamp, equity: TokenAmount, peak: TokenAmount, drawdown: Bps },
}
