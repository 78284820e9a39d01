//! The pool mathematics and our transactions against Uniswap's own contracts, on a fork.
//!
//! The fork is of the offline replica, or of the node that `SHOAL_FORK_URL` names. The tests
//! share it one after the other, each from the same state.

mod chain_amm {
    mod gas;
    mod host;
    mod quotes;
    mod swaps;
    mod tracking;
}
