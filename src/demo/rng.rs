//! A small deterministic generator: the batch must be the same bytes at every run.

/// Pseudo-random numbers (SplitMix64); for pictures and identifiers of invented people, nothing
/// else.
#[derive(Clone, Debug)]
pub struct Rng(u64);

impl Rng {
    /// A generator that always starts the same way for `seed`.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A generator of its own for `lane`, so that one picture does not depend on how much another
    /// drew.
    #[must_use]
    pub fn lane(seed: u64, lane: &str) -> Self {
        let mixed = lane.bytes().fold(seed ^ 0xCBF2_9CE4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
        });
        Self(mixed)
    }

    /// The next 64 bits.
    pub const fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number in 0..1.
    pub fn unit(&mut self) -> f32 {
        (self.bits() >> 40) as f32 / (1u32 << 24) as f32
    }

    /// A number in `low..high`.
    pub fn between(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.unit()
    }

    /// A number of about normal distribution, mean 0 and deviation 1 (a sum of four uniform
    /// ones).
    pub fn normal(&mut self) -> f32 {
        let sum = self.unit() + self.unit() + self.unit() + self.unit();
        (sum - 2.0) * 1.732
    }

    /// A new UID of the root for UUIDs (`2.25.`), at most 44 characters.
    pub fn uid(&mut self) -> String {
        let number = (u128::from(self.bits()) << 64) | u128::from(self.bits());
        format!("2.25.{number}")
    }
}

#[cfg(test)]
mod tests {
    use super::Rng;

    #[test]
    fn lanes_are_repeatable_and_apart() {
        assert_eq!(Rng::lane(7, "ct").bits(), Rng::lane(7, "ct").bits());
        assert_ne!(Rng::lane(7, "ct").bits(), Rng::lane(7, "mr").bits());
        let mut rng = Rng::new(1);
        let mean = (0..4000).map(|_| rng.normal()).sum::<f32>() / 4000.0;
        assert!(mean.abs() < 0.1, "mean {mean}");
        assert!(rng.uid().len() <= 64);
    }
}
