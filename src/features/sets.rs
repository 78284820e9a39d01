//! Which columns each specialist reads, by name and group.

use super::{
    blocks::own::DEVIATION_BARS,
    engine::catalogue,
    sink::{Column, Group},
};

/// The catalogue, and a way to choose from it.
#[derive(Clone, Debug)]
pub struct Sets {
    columns: &'static [Column],
}

/// Short momentum and what reverses: few columns for a linear model of direction.
const LINEAR_DIRECTION: [&str; 25] = [
    "R_72", "R_168", "zs23", "zs_d20", "mk_1", "id_1", "id_s6", "id_s48", "L1_d1", "upw", "dnw", "clv2", "obv_6",
    "obv_24", "z_5", "z_2", "z_3", "L1_rel4", "L1_rel24", "L2_rel4", "rnds10", "rnds100", "qlra", "volr", "nlv_s24",
];
/// How much a forecast of direction is worth: it turns where volume surprises and ranges are wide, and
/// where moves go on.
const DIRECTION_SCALE: [&str; 10] =
    ["nv_sur", "lhl_e240", "qL1_1", "L1_xr24", "ac1_48", "ac1_240", "ac2_48", "ac2_240", "ac3_48", "ac3_240"];
/// Of prices, what tells of the coming volume.
const VOLUME_PRICES: [&str; 23] = [
    "z_1", "z_2", "clv2", "upw", "dnw", "de_4", "de_12", "de_48", "Ep1", "Ep3", "Ep6", "Ep24", "o_clv", "L1_z1",
    "L1_d1", "L1_p1", "L1_rel4", "L2_z1", "L2_p1", "L1_R12", "L2_rel4", "mk_disp", "mk_1",
];
/// What ranges usually do next, which volume follows.
const SEASONS: [&str; 4] = ["lhl_s24", "lhl_s168", "lhl_f3", "lhl_f24"];
/// What corrects the formula of the deviation's window.
const WINDOW: [&str; 21] = [
    "hour", "dow", "z_1", "Ep1", "Ep6", "Ep24", "lhl_1", "lhl_e4", "lhl_e24", "lhl_e240", "lhl_s24", "std20r",
    "std19r", "L1_z1", "mom_e", "mom_l", "bas_72", "dlv_e8", "R_12", "xm24", "L1_lhl",
];
/// What corrects the formula of the paths: nothing that tells how far prices move as such.
const PATH: [&str; 18] = [
    "hour", "dow", "z_1", "Ep1", "Ep6", "Ep24", "qlhl_1", "qlhl_e4", "qlhl_e24", "qlhl_e72", "lhl_s24", "L1_z1",
    "mom_e", "mom_l", "bas_72", "dlv_e8", "R_12", "xm24",
];
/// The mean of the own and the first leader's (`S`) tells a sum nothing that both do not.
const MOMENTA: [&str; 4] = ["E", "L1_", "L2_", "M"];

impl Default for Sets {
    fn default() -> Self {
        Self::new()
    }
}

impl Sets {
    pub fn new() -> Self {
        Self { columns: catalogue() }
    }

    /// Every column, in the order of a row.
    pub fn columns(&self) -> &[Column] {
        self.columns
    }

    /// The place of a column in a row; the last place and one where there is none of this name,
    /// which a test rules out for every name used here.
    pub fn place(&self, name: &str) -> u16 {
        self.columns.iter().position(|column| column.name == name).unwrap_or(self.columns.len()) as u16
    }

    /// All prices: own, leaders', market's, basis.
    pub fn direction(&self) -> Vec<u16> {
        use Group::{Basis, Direction, Leaders, Market};
        self.choose(|column| matches!(column.group, Direction | Leaders | Market | Basis) || column.name == "lhl_e240")
    }

    /// The own prices and the basis.
    pub fn own(&self) -> Vec<u16> {
        let round = |column: &Column| column.name.starts_with("rnd");
        self.choose(|column| {
            matches!(column.group, Group::Direction | Group::Basis) && !round(column) || column.name == "lhl_e240"
        })
    }

    pub fn linear_direction(&self) -> Vec<u16> {
        let momentum = |name: &str| {
            let rest = MOMENTA.iter().find_map(|prefix| name.strip_prefix(prefix));
            let stem = rest.map(|rest| rest.trim_end_matches(|c: char| c.is_ascii_digit()));
            matches!(stem, Some("p" | "t" | "vw" | "mid" | "sm" | "lg"))
        };
        self.choose(|column| {
            let name = column.name.as_str();
            momentum(name)
                || name.starts_with("mom_")
                || matches!(column.group, Group::Basis | Group::Funding)
                || LINEAR_DIRECTION.contains(&name)
        })
    }

    /// Of these the own prices, as their group tells.
    pub fn linear_own(&self) -> Vec<u16> {
        self.linear_of(|group| group == Group::Direction)
    }

    /// Of these the others: what leaders, the market and the other venue do, and the own surprise of
    /// range and volume.
    pub fn linear_cross(&self) -> Vec<u16> {
        self.linear_of(|group| group != Group::Direction)
    }

    fn linear_of(&self, wanted: impl Fn(Group) -> bool) -> Vec<u16> {
        let wanted = |place: &u16| self.columns.get(usize::from(*place)).is_some_and(|column| wanted(column.group));
        self.linear_direction().into_iter().filter(wanted).collect()
    }

    pub fn direction_scale(&self) -> Vec<u16> {
        self.choose(|column| DIRECTION_SCALE.contains(&column.name.as_str()))
    }

    /// For the forecast of the coming range.
    pub fn scale(&self) -> Vec<u16> {
        use Group::{Extremes, LeaderActivity, LeaderExtremes, Range};
        self.choose(|column| {
            matches!(column.group, Range | LeaderActivity | Extremes | LeaderExtremes)
                || column.name.starts_with("dlv_e")
                || matches!(column.name.as_str(), "std20r" | "std19r")
        })
    }

    pub fn window(&self) -> Vec<u16> {
        self.choose(|column| WINDOW.contains(&column.name.as_str()))
    }

    /// How much moves, against what is usual: for a forecast that is to hold in years of other
    /// ranges than those learnt from.
    pub fn relative_scale(&self) -> Vec<u16> {
        use Group::{Extremes, LeaderExtremes, RangeNormal};
        self.choose(|column| {
            matches!(column.group, RangeNormal | Extremes | LeaderExtremes)
                || column.name.starts_with("dlv_e")
                || matches!(column.name.as_str(), "lhl_s24" | "lhl_s168")
        })
    }

    /// The closes before this one that are still in the deviation's window `horizon` bars ahead.
    pub fn staying(&self, horizon: u32) -> Vec<u16> {
        let staying = DEVIATION_BARS.saturating_sub(horizon as usize);
        (1..staying).map(|bars| self.place(&format!("w20_{bars}"))).collect()
    }

    pub fn path(&self) -> Vec<u16> {
        self.choose(|column| PATH.contains(&column.name.as_str()))
    }

    /// For the forecast of the change of volume.
    pub fn volume_change(&self) -> Vec<u16> {
        use Group::{Extremes, LeaderExtremes, MarketActivity, RangeNormal, VolumeNormal};
        self.choose(|column| {
            matches!(column.group, MarketActivity | VolumeNormal | RangeNormal | Extremes | LeaderExtremes)
                || SEASONS.contains(&column.name.as_str())
        })
    }

    pub fn volume(&self) -> Vec<u16> {
        use Group::{Calendar, Extremes, LeaderExtremes, MarketActivity, RangeNormal, VolumeNormal};
        let reach = |name: &str| {
            let name = name.trim_start_matches("L1_").trim_start_matches("L2_");
            name.starts_with("xh") || name.starts_with("xl")
        };
        self.choose(|column| {
            let name = column.name.as_str();
            matches!(column.group, Calendar | MarketActivity | VolumeNormal | RangeNormal | Extremes | LeaderExtremes)
                || SEASONS.contains(&name)
                || reach(name)
                || VOLUME_PRICES.contains(&name)
        })
    }

    /// Macro series and what other assets do.
    pub fn macro_and_cross(&self) -> Vec<u16> {
        self.choose(|column| {
            matches!(column.group, Group::Macro | Group::Leaders | Group::Market)
                || column.name.starts_with("bas_")
                || column.name.starts_with("lbas_")
        })
    }

    /// Sentiment, the chain's flows, and the own prices.
    pub fn sentiment_and_own(&self) -> Vec<u16> {
        let prices = |column: &Column| {
            column.group == Group::Direction
                && !["zs", "ac", "rnd"].iter().any(|prefix| column.name.starts_with(prefix))
        };
        self.choose(|column| matches!(column.group, Group::Sentiment | Group::Dex) || prices(column))
    }

    fn choose(&self, wanted: impl Fn(&Column) -> bool) -> Vec<u16> {
        let wanted = self.columns.iter().enumerate().filter(|(_, column)| wanted(column));
        wanted.map(|(place, _)| place as u16).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_that_is_asked_for_is_a_column() {
        let sets = Sets::new();
        for name in LINEAR_DIRECTION
            .iter()
            .chain(&VOLUME_PRICES)
            .chain(&WINDOW)
            .chain(&PATH)
            .chain(&DIRECTION_SCALE)
            .chain(&SEASONS)
            .chain(&["glo", "ghi", "nz", "hour", "dow", "std20r", "lhl_e72", "w20_1", "w20_17"])
        {
            assert!(usize::from(sets.place(name)) < sets.columns().len(), "{name}");
        }
    }

    #[test]
    fn the_sets_are_those_that_were_measured() {
        let sets = Sets::new();
        let sizes = [
            sets.direction().len(),
            sets.own().len(),
            sets.linear_direction().len(),
            sets.linear_own().len(),
            sets.linear_cross().len(),
            sets.direction_scale().len(),
            sets.scale().len(),
            sets.window().len(),
            sets.volume_change().len(),
            sets.volume().len(),
            sets.relative_scale().len(),
            sets.path().len(),
        ];
        assert_eq!(sizes, [238, 93, 139, 39, 100, 10, 70, 21, 101, 155, 54, 18]);
    }
}
