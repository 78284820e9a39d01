//! Bars on a terminal; nothing in a pipe and with `--json`.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::Context;

/// A bar whose length is told later.
pub(super) fn bar(context: &Context, template: &str) -> ProgressBar {
    shown(context, ProgressBar::new(0).with_style(style(template)))
}

/// For work of unknown length.
pub(super) fn spinner(context: &Context, message: &'static str) -> ProgressBar {
    let spinner = shown(context, ProgressBar::new_spinner().with_message(message));
    spinner.enable_steady_tick(Duration::from_millis(200));
    spinner
}

pub(super) fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

fn shown(context: &Context, bar: ProgressBar) -> ProgressBar {
    if context.global.json {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    bar
}
