//! Sections to settings.

pub(super) mod catalog;
pub(super) mod chain;
pub(super) mod stages;
