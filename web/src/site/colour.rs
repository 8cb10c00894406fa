//! The organisation's colour, checked for contrast before it is kept (WCAG 2.2, 1.4.3: at least 4.5 to 1).

/// A colour as red, green and blue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Colour([u8; 3]);

/// Grounds the colour must stand out from: white letters on buttons, and links on the darkest light surface
/// (`--sunken` in the style sheet).
const GROUNDS: [(Colour, &str); 2] =
    [(Colour([255, 255, 255]), "white letters"), (Colour([0xf2, 0xec, 0xdf]), "the paper of the pages")];

/// Smallest contrast.
const ENOUGH: f64 = 4.5;

impl Colour {
    /// Parses `#0b5563`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let hex = text.strip_prefix('#').filter(|h| h.len() == 6 && h.is_ascii())?;
        let part = |at: usize| u8::from_str_radix(hex.get(at..at + 2)?, 16).ok();
        Some(Self([part(0)?, part(2)?, part(4)?]))
    }

    /// The form `#0b5563`.
    #[must_use]
    pub fn hex(self) -> String {
        let [r, g, b] = self.0;
        format!("#{r:02x}{g:02x}{b:02x}")
    }

    /// Relative luminance, 0 to 1, as WCAG defines it.
    fn luminance(self) -> f64 {
        let linear = |c: u8| {
            let c = f64::from(c) / 255.0;
            if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        };
        let [r, g, b] = self.0;
        0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
    }

    /// Contrast of two colours, 1 to 21.
    #[must_use]
    pub fn contrast(self, other: Self) -> f64 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    fn weakest(self) -> (f64, &'static str) {
        GROUNDS
            .iter()
            .map(|(ground, words)| (self.contrast(*ground), *words))
            .fold((f64::INFINITY, ""), |least, next| if next.0 < least.0 { next } else { least })
    }

    /// The colour itself when it stands out enough.
    ///
    /// # Errors
    /// A sentence with the contrast found and a darker colour that would do.
    pub fn readable(self) -> Result<Self, String> {
        let (found, ground) = self.weakest();
        if found >= ENOUGH {
            return Ok(self);
        }
        let darker = |c: Self| Self(c.0.map(|v| u8::try_from(u16::from(v) * 96 / 100).unwrap_or(0)));
        let mut good = self;
        while good.weakest().0 < ENOUGH {
            good = darker(good);
        }
        Err(format!(
            "This colour has a contrast of {found:.1} to 1 against {ground}; 4.5 is needed. {} would do.",
            good.hex()
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contrast_is_that_of_the_standard() {
        let colour = |t| Colour::parse(t).unwrap();
        assert!((colour("#000000").contrast(colour("#ffffff")) - 21.0).abs() < 1e-9);
        assert!((colour("#767676").contrast(colour("#ffffff")) - 4.54).abs() < 0.01);
        assert!((colour("#ff0000").contrast(colour("#ffffff")) - 3.998).abs() < 0.01);
        for wrong in ["", "red", "#fff", "#12345g", "123456", "#1234567", "#é1234"] {
            assert_eq!(Colour::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn pale_colours_are_refused_with_one_that_would_do() {
        assert!(Colour::parse("#0b5563").unwrap().readable().is_ok());
        assert!(
            Colour::parse("#767676").unwrap().readable().is_err(),
            "enough on white, too little on paper"
        );
        for pale in ["#ffdd00", "#ffffff", "#ff0000", "#00aaff", "#f2ecdf"] {
            let why = Colour::parse(pale).unwrap().readable().unwrap_err();
            let offered = why.split_whitespace().find_map(Colour::parse).unwrap();
            assert!(offered.readable().is_ok(), "{pale}: {why}");
        }
    }
}
