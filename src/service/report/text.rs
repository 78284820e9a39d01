//! The report as text: ASCII tables that read the same on a terminal and in a pipe.

use comfy_table::{CellAlignment, Table, presets::ASCII_MARKDOWN};

use super::{
    RunReport, Trade,
    format::{minute, money, number, or_none, percent, price, reason, signed, signed_percent},
    signals,
};

/// Trades shown; earlier ones are counted only.
const TRADES: usize = 20;

/// The whole report. It ends with a line break.
pub fn text(report: &RunReport) -> String {
    let mut out = Lines::default();
    out.banner(report);
    out.line(&report.title);
    let (from, to, hours) = (minute(report.from), minute(report.to), report.hours);
    let capital = money(report.summary.capital, report.quote.decimals);
    out.line(&format!("{from} to {to} UTC, {hours} hours, capital {capital} {}", report.quote.symbol));
    out.section("Summary", Some(&summary(report)));
    out.section("Costs", Some(&costs(report)));
    trades(&mut out, report);
    if let Some(quality) = &report.forecast {
        let mut table = table(&[&format!("{} forecasts", quality.samples), "model", "base rate"], 1);
        table.add_row(["accuracy".to_owned(), percent(quality.accuracy), percent(quality.base_rate_accuracy)]);
        table.add_row(["log loss".to_owned(), number(quality.log_loss, 4), number(quality.base_rate_log_loss, 4)]);
        out.section("Forecasts on the trading range", Some(&table));
    }
    for section in signals::sections(&report.signals) {
        let mut table = table(&section.header, section.texts);
        for row in section.rows {
            table.add_row(row);
        }
        out.section(&section.title, Some(&table));
    }
    for (name, lines) in [("Training", &report.training), ("Notes", &report.notes)] {
        if !lines.is_empty() {
            out.section(name, None);
            lines.iter().for_each(|line| out.line(&format!("- {line}")));
        }
    }
    if !report.timing.is_empty() {
        let stages = report.timing.iter().map(|timing| format!("{} {} s", timing.stage, number(timing.seconds, 2)));
        out.line("");
        out.line(&format!("Time: {}", stages.collect::<Vec<_>>().join(", ")));
    }
    if report.source.is_simulated() {
        out.line("");
        out.banner(report);
    }
    out.0
}

fn summary(report: &RunReport) -> Table {
    let (s, decimals) = (&report.summary, report.quote.decimals);
    let ratio = |value: Option<f64>| or_none(value, |value| number(value, 2));
    let mut table = table(&["", "strategy", "buy and hold"], 1);
    let rows = [
        (
            format!("final value, {}", report.quote.symbol),
            money(s.final_equity, decimals),
            money(s.final_hold, decimals),
        ),
        ("profit".to_owned(), signed(s.profit.to_f64(decimals), 2), signed(s.hold_profit.to_f64(decimals), 2)),
        ("return".to_owned(), or_none(s.total_return, signed_percent), or_none(s.hold_return, signed_percent)),
        ("max drawdown".to_owned(), percent(s.max_drawdown), percent(s.hold_max_drawdown)),
        ("Sharpe ratio, annual".to_owned(), ratio(s.sharpe), ratio(s.hold_sharpe)),
        ("time in the market".to_owned(), or_none(s.exposure, percent), String::new()),
        ("trades closed".to_owned(), s.closed_trades.to_string(), String::new()),
        ("trades open".to_owned(), s.open_trades.to_string(), String::new()),
        ("win rate".to_owned(), or_none(s.win_rate, percent), String::new()),
        ("profit factor".to_owned(), ratio(s.profit_factor), String::new()),
    ];
    for (name, strategy, hold) in rows {
        table.add_row([name, strategy, hold]);
    }
    table
}

fn costs(report: &RunReport) -> Table {
    let (costs, decimals) = (&report.costs, report.quote.decimals);
    let mut table = table(&["", &report.quote.symbol], 1);
    table.add_row(["pool fees".to_owned(), money(costs.pool_fee, decimals)]);
    table.add_row(["price impact".to_owned(), money(costs.price_impact, decimals)]);
    table.add_row(["gas".to_owned(), money(costs.gas, decimals)]);
    if costs.failed_orders > 0 {
        let name = format!("gas of failed orders ({})", costs.failed_orders);
        table.add_row([name, money(costs.failed_gas, decimals)]);
    }
    table.add_row(["total".to_owned(), money(costs.total, decimals)]);
    table.add_row(["of the capital".to_owned(), or_none(costs.of_capital, percent)]);
    table
}

fn trades(out: &mut Lines, report: &RunReport) {
    if report.trades.is_empty() {
        out.section("Trades", None);
        out.line("none");
        return;
    }
    let decimals = report.quote.decimals;
    let mut table = table(
        &["asset", "entry", "exit", "paid", "entry price", "exit price", "gas", "profit", "return", "why left"],
        1,
    );
    for column in [0, 1, 2, 9] {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Left);
        }
    }
    let hidden = report.trades.len().saturating_sub(TRADES);
    let row = |trade: &Trade| {
        [
            trade.asset.to_string(),
            minute(trade.entry_ts),
            trade.exit_ts.map_or_else(|| "open".to_owned(), minute),
            money(trade.paid, decimals),
            price(trade.entry_price),
            or_none(trade.exit_price, price),
            money(trade.gas, decimals),
            or_none(trade.profit, |profit| signed(profit.to_f64(decimals), 2)),
            or_none(trade.profit_fraction, signed_percent),
            or_none(trade.reason, |why| reason(why).to_owned()),
        ]
    };
    for trade in report.trades.iter().skip(hidden) {
        table.add_row(row(trade));
    }
    out.section(&format!("Trades, in {} after costs", report.quote.symbol), Some(&table));
    if hidden > 0 {
        out.line(&format!("({hidden} earlier trades are not shown here; the JSON has all.)"));
    }
}

/// The first `texts` columns are words, the others numbers.
fn table(header: &[&str], texts: usize) -> Table {
    let mut table = Table::new();
    table.load_style(ASCII_MARKDOWN).set_header(header);
    for column in table.column_iter_mut().skip(texts) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

#[derive(Default)]
struct Lines(String);

impl Lines {
    /// Control characters of names and paths would steer a terminal: they become `?`.
    fn line(&mut self, text: &str) {
        self.0.extend(text.trim_end().chars().map(|c| if c.is_control() { '?' } else { c }));
        self.0.push('\n');
    }

    fn banner(&mut self, report: &RunReport) {
        let rule = "=".repeat(72);
        if report.source.is_simulated() {
            self.line(&rule);
            self.line(&format!("{}: no price below is real", report.banner));
            self.line(&rule);
        } else {
            self.line(&report.banner);
        }
    }

    fn section(&mut self, name: &str, table: Option<&Table>) {
        self.line("");
        self.line(name);
        if let Some(table) = table {
            table.to_string().lines().for_each(|line| self.line(line));
        }
    }
}
