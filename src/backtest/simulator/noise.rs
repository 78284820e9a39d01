//! Random numbers and an exponential from exactly rounded operations only.

use rand_chacha::{
    ChaCha8Rng,
    rand_core::{RngCore, SeedableRng},
};

pub(super) struct Noise(ChaCha8Rng);

impl Noise {
    pub(super) fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// Uniform on `[0, 1)` in steps of 2^-32.
    pub(super) fn uniform(&mut self) -> f64 {
        f64::from(self.0.next_u32()) / 4_294_967_296.0
    }

    pub(super) fn chance(&mut self, probability: f64) -> bool {
        self.uniform() < probability
    }

    /// Nearly standard normal: twelve uniforms less six (mean 0, variance 1, kurtosis 2.9).
    pub(super) fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
    }

    /// Student's t with four degrees of freedom, scaled to variance one.
    pub(super) fn fat_tailed(&mut self) -> f64 {
        let chi_square: f64 = (0..4).map(|_| self.normal()).map(|normal| normal * normal).sum();
        // t = z / sqrt(chi2 / 4) has variance 2.
        self.normal() / (chi_square.max(1e-3) / 2.0).sqrt()
    }
}

/// `e^x` for `|x| < 64` to about 1e-13: Taylor's series of `x / 1024`, squared ten times.
pub(super) fn exp(x: f64) -> f64 {
    let x = x / 1_024.0;
    let series = 1.0 + x * (1.0 + x / 2.0 * (1.0 + x / 3.0 * (1.0 + x / 4.0 * (1.0 + x / 5.0))));
    (0..10).fold(series, |power, _| power * power)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exponential_is_close() {
        for tenths in -80..80 {
            let x = f64::from(tenths) / 10.0;
            assert!((exp(x) / x.exp() - 1.0).abs() < 1e-12, "{x}");
        }
    }

    #[test]
    fn the_noise_has_its_moments() {
        let mut noise = Noise::new(7);
        let moments = |draws: Vec<f64>| {
            let mean = draws.iter().sum::<f64>() / draws.len() as f64;
            (mean, draws.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / draws.len() as f64)
        };
        let (mean, variance) = moments((0..50_000).map(|_| noise.normal()).collect());
        assert!(mean.abs() < 0.02 && (variance - 1.0).abs() < 0.03, "{mean} {variance}");
        let (mean, variance) = moments((0..50_000).map(|_| noise.fat_tailed()).collect());
        assert!(mean.abs() < 0.03 && (0.8..1.3).contains(&variance), "{mean} {variance}");
    }
}
