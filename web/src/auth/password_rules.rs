//! Which new passwords are accepted: 8 to 128 characters of any kind, but not one that guessers try first.

/// Words people build passwords from. Compared after digits, signs and look-alike characters are put aside.
const COMMON: &[&str] = &[
    "password",
    "passwort",
    "motdepasse",
    "contrasena",
    "senha",
    "parola",
    "haslo",
    "wachtwoord",
    "salasana",
    "lozenka",
    "letmein",
    "welcome",
    "willkommen",
    "bienvenue",
    "admin",
    "administrator",
    "root",
    "user",
    "guest",
    "login",
    "signin",
    "master",
    "secret",
    "changeme",
    "default",
    "access",
    "trustno",
    "iloveyou",
    "loveyou",
    "lovely",
    "sunshine",
    "princess",
    "dragon",
    "monkey",
    "shadow",
    "football",
    "baseball",
    "basketball",
    "soccer",
    "hockey",
    "superman",
    "batman",
    "spiderman",
    "pokemon",
    "starwars",
    "jordan",
    "michael",
    "jennifer",
    "jessica",
    "charlie",
    "thomas",
    "daniel",
    "andrew",
    "joshua",
    "ashley",
    "nicole",
    "robert",
    "matthew",
    "hunter",
    "killer",
    "freedom",
    "whatever",
    "computer",
    "internet",
    "samsung",
    "google",
    "facebook",
    "linkedin",
    "twitter",
    "instagram",
    "windows",
    "linux",
    "ubuntu",
    "debian",
    "python",
    "summer",
    "winter",
    "spring",
    "autumn",
    "january",
    "february",
    "march",
    "april",
    "august",
    "september",
    "october",
    "november",
    "december",
    "monday",
    "friday",
    "sunday",
    "qwerty",
    "qwertz",
    "azerty",
    "asdfgh",
    "zxcvbn",
    "yxcvbn",
    "qazwsx",
    "abcdef",
    "test",
    "testing",
    "demo",
    "example",
    "sample",
    "vote",
    "voting",
    "election",
    "ballot",
    "folkmoot",
    "member",
    "foundation",
    "community",
    "correcthorsebatterystaple",
];

const ROWS: &[&str] = &[
    "qwertyuiop",
    "qwertzuiop",
    "azertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
];

/// Accepts a new password or says why not. `context` holds words a guesser would know: name, address, organisation.
///
/// # Errors
/// One sentence for the form.
pub fn check_new(password: &str, context: &[&str]) -> Result<(), String> {
    let length = password.chars().count();
    if length < 8 {
        return Err("Use at least 8 characters; 15 or more are better.".into());
    }
    if length > 128 {
        return Err("Use at most 128 characters.".into());
    }
    let core = core_letters(password);
    if core.chars().count() < length / 4 && is_monotonous(password) {
        return Err("This password is among the first to be guessed. Choose another.".into());
    }
    if COMMON.contains(&core.as_str()) || is_monotonous(password) {
        return Err("This password is among the first to be guessed. Choose another.".into());
    }
    for word in context.iter().flat_map(|c| c.split(|c: char| !c.is_alphanumeric())) {
        let word = core_letters(word);
        if word.chars().count() >= 3 && core == word {
            return Err("This password is made of your name, address or organisation. Choose another.".into());
        }
    }
    Ok(())
}

/// Lower case, look-alike characters replaced, everything but letters removed.
fn core_letters(text: &str) -> String {
    let trimmed = text.trim_end_matches(|c: char| c.is_ascii_digit() || c.is_ascii_punctuation());
    trimmed
        .to_lowercase()
        .chars()
        .map(|c| match c {
            '0' => 'o',
            '1' | '!' => 'i',
            '3' => 'e',
            '4' | '@' => 'a',
            '5' | '$' => 's',
            '7' => 't',
            other => other,
        })
        .filter(|c| c.is_alphabetic())
        .collect()
}

/// One character or one pair repeated, or a walk along a row of keys, the alphabet or the digits.
fn is_monotonous(text: &str) -> bool {
    let lower = text.to_lowercase();
    let chars: Vec<char> = lower.chars().collect();
    let repeats = |n: usize| chars.iter().zip(chars.iter().skip(n)).all(|(a, b)| a == b);
    if (1..=2).any(repeats) {
        return true;
    }
    let back: String = chars.iter().rev().collect();
    ROWS.iter().any(|row| {
        let twice = row.repeat(2);
        twice.contains(&lower) || twice.contains(&back)
    })
}

#[cfg(test)]
mod tests {
    use super::check_new;

    #[test]
    fn what_guessers_try_first_is_refused() {
        let context = ["Ann Arbour", "ann.arbour@meadow.example", "Meadow Foundation"];
        for wrong in [
            "short",
            "password",
            "Password1!",
            "p@ssw0rd2026",
            "qwertyuiop",
            "12345678",
            "aaaaaaaaaa",
            "abababab",
            "87654321",
            "Arbour2026!",
            "meadow123",
            "Sunshine99",
            &"x".repeat(129),
        ] {
            assert!(check_new(wrong, &context).is_err(), "{wrong}");
        }
        for good in ["tram lantern 9 soup", "kZ8#vq!m", "ночной поезд домой", "meadow lark at seven"]
        {
            assert_eq!(check_new(good, &context), Ok(()), "{good}");
        }
    }
}
