//! The words of a written deadline: dates, times, zones, weekdays, and the words that mean nothing here.

use chrono::{NaiveDate, NaiveTime, Weekday};

use super::doubt::ReadError;
use super::zone::ZonePolicy;

/// One meaningful piece of a written deadline.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// A complete date.
    Date(NaiveDate),
    /// A date in figures whose day and month could be exchanged: day first, month first.
    EitherDate(NaiveDate, NaiveDate),
    Month(u32),
    Day(u32),
    Year(i32),
    /// One or two digits without more: a day, or an hour when `am` or `pm` follows.
    Number(u32),
    Weekday(Weekday),
    /// Hour, minute, second; the half of the day may follow as a token of its own.
    Time(u32, u32, u32),
    /// `am` (false) or `pm` (true).
    Half(bool),
    Noon,
    Midnight,
    Zone(ZonePolicy),
    /// A zone by a common name that hides whether daylight saving applies, such as `EST`.
    NamedZone(ZonePolicy, String),
    EndOfDay,
    Start,
}

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

const IGNORED: [&str; 22] = [
    "a", "and", "at", "before", "by", "clock", "close", "closes", "cut-off", "cutoff", "date", "deadline",
    "due", "ends", "from", "in", "of", "on", "record", "the", "time", "until",
];

/// Splits a text into tokens.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, ReadError> {
    let mut found = Vec::new();
    let lower = text.to_lowercase();
    let spaced: String = lower.chars().map(|c| if ",;()[]\"“”".contains(c) { ' ' } else { c }).collect();
    let mut rest = spaced.trim();
    while !rest.is_empty() {
        if let Some((token, after)) = phrase(rest) {
            found.push(token);
            rest = after.trim_start();
            continue;
        }
        let (word, after) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        read_word(word.trim_end_matches('.'), &mut found)?;
        rest = after.trim_start();
    }
    Ok(found)
}

/// Phrases of more than one word.
fn phrase(rest: &str) -> Option<(Token, &str)> {
    let iana = |zone: chrono_tz::Tz, name: &str| Token::NamedZone(ZonePolicy::Iana(zone), name.to_owned());
    let phrases = [
        ("anywhere on earth", Token::Zone(ZonePolicy::AnywhereOnEarth)),
        ("baker island", Token::Zone(ZonePolicy::AnywhereOnEarth)),
        ("end of the day", Token::EndOfDay),
        ("end of day", Token::EndOfDay),
        ("start of the day", Token::Start),
        ("start of day", Token::Start),
        ("eastern", iana(chrono_tz::America::New_York, "Eastern")),
        ("us central", iana(chrono_tz::America::Chicago, "US Central")),
        ("mountain", iana(chrono_tz::America::Denver, "Mountain")),
        ("pacific", iana(chrono_tz::America::Los_Angeles, "Pacific")),
        ("central european", iana(chrono_tz::Europe::Brussels, "Central European")),
    ];
    phrases.into_iter().find_map(|(words, token)| {
        let after = rest.strip_prefix(words)?;
        (after.is_empty() || after.starts_with(char::is_whitespace)).then_some((token, after))
    })
}

fn read_word(word: &str, found: &mut Vec<Token>) -> Result<(), ReadError> {
    if word.is_empty() || IGNORED.contains(&word) {
        return Ok(());
    }
    if word.starts_with(|c: char| c.is_ascii_digit()) {
        return read_figures(word, found);
    }
    if let Some(token) = month(word).or_else(|| weekday(word)).or_else(|| simple(word)) {
        found.push(token);
        return Ok(());
    }
    found.push(zone(word)?);
    Ok(())
}

fn month(word: &str) -> Option<Token> {
    let place = MONTHS.iter().position(|name| abbreviates(word, name))?;
    u32::try_from(place).ok().map(|place| Token::Month(place.saturating_add(1)))
}

fn weekday(word: &str) -> Option<Token> {
    const DAYS: [(&str, Weekday); 7] = [
        ("monday", Weekday::Mon),
        ("tuesday", Weekday::Tue),
        ("wednesday", Weekday::Wed),
        ("thursday", Weekday::Thu),
        ("friday", Weekday::Fri),
        ("saturday", Weekday::Sat),
        ("sunday", Weekday::Sun),
    ];
    DAYS.iter().find(|(name, _)| abbreviates(word, name)).map(|(_, day)| Token::Weekday(*day))
}

/// At least the first three letters of a name.
fn abbreviates(word: &str, name: &str) -> bool {
    word.len() >= 3 && name.starts_with(word)
}

fn simple(word: &str) -> Option<Token> {
    Some(match word {
        "am" | "a.m" => Token::Half(false),
        "pm" | "p.m" => Token::Half(true),
        "noon" => Token::Noon,
        "midnight" => Token::Midnight,
        "eod" | "end-of-day" => Token::EndOfDay,
        "start" | "starts" | "starting" | "begin" | "begins" | "beginning" | "open" | "opens" | "opening"
        | "start-of-day" => Token::Start,
        _ => return None,
    })
}

fn zone(word: &str) -> Result<Token, ReadError> {
    use chrono_tz::{America, Europe};
    let named = |zone: chrono_tz::Tz| Token::NamedZone(ZonePolicy::Iana(zone), word.to_uppercase());
    Ok(match word {
        "utc" | "gmt" | "z" | "zulu" => Token::Zone(ZonePolicy::Utc),
        "aoe" => Token::Zone(ZonePolicy::AnywhereOnEarth),
        "et" | "est" | "edt" => named(America::New_York),
        "cdt" => named(America::Chicago),
        "mdt" | "mst" => named(America::Denver),
        "pt" | "pst" | "pdt" => named(America::Los_Angeles),
        "cet" | "cest" => named(Europe::Brussels),
        "eet" | "eest" => named(Europe::Helsinki),
        "cst" | "ct" | "ist" | "bst" | "ast" | "sst" | "gst" | "wst" | "amt" => {
            return Err(ReadError::AmbiguousZone(word.to_uppercase()));
        }
        _ => {
            let offset = word.strip_prefix("utc").or_else(|| word.strip_prefix("gmt"));
            if let Some(offset) = offset.or_else(|| word.starts_with(['+', '-', '−']).then_some(word)) {
                return offset_zone(offset).map(Token::Zone);
            }
            match word.parse::<ZonePolicy>() {
                Ok(zone) if word.contains('/') => Token::Zone(zone),
                _ => return Err(ReadError::UnknownWord(word.chars().take(40).collect())),
            }
        }
    })
}

/// `+2`, `-12`, `+05:00`: whole hours only, as the IANA zones `Etc/GMT…` (whose sign is the other way round).
fn offset_zone(offset: &str) -> Result<ZonePolicy, ReadError> {
    let wrong = || ReadError::UnknownOffset(offset.chars().take(12).collect());
    let (ahead, figures) = match offset.strip_prefix('+') {
        Some(figures) => (true, figures),
        None => (false, offset.strip_prefix(['-', '−']).ok_or_else(wrong)?),
    };
    let hours = figures
        .strip_suffix(":00")
        .or_else(|| (figures.len() == 4).then(|| figures.strip_suffix("00")).flatten());
    let hours: u32 = hours.unwrap_or(figures).parse().map_err(|_| wrong())?;
    match (hours, ahead) {
        (0, _) => Ok(ZonePolicy::Utc),
        (12, false) => Ok(ZonePolicy::AnywhereOnEarth),
        (1..=14, true) => format!("Etc/GMT-{hours}").parse().map_err(|_| wrong()),
        (1..=11, false) => format!("Etc/GMT+{hours}").parse().map_err(|_| wrong()),
        _ => Err(wrong()),
    }
}

/// Words that start with a digit: dates, times, days, years, and both glued by `T`.
fn read_figures(word: &str, found: &mut Vec<Token>) -> Result<(), ReadError> {
    let wrong = || ReadError::UnknownWord(word.chars().take(40).collect());
    if let Some((date, time)) = word.split_once('t').filter(|(date, _)| date.len() == 10) {
        read_figures(date, found)?;
        return read_figures(time, found);
    }
    let figures_end = word.find(|c: char| !(c.is_ascii_digit() || ":-/.".contains(c))).unwrap_or(word.len());
    let (figures, suffix) = word.split_at_checked(figures_end).ok_or_else(wrong)?;
    if figures.contains(':') {
        // A zone may follow without a space: 14:00z, 14:00+02:00, 14:00-05:00, 2:00pm.
        let (time, minus) = match figures.split_once('-') {
            Some((time, offset)) => (time, Some(format!("-{offset}"))),
            None => (figures, None),
        };
        found.push(time_token(time).ok_or_else(wrong)?);
        let tail = minus.unwrap_or_default() + suffix;
        return if tail.is_empty() { Ok(()) } else { read_word(&tail, found) };
    }
    if figures.contains(['-', '/', '.']) && suffix.is_empty() {
        found.push(date_token(figures)?);
        return Ok(());
    }
    let number: u32 = figures.parse().map_err(|_| wrong())?;
    match (suffix, figures.len()) {
        ("", 1 | 2) => found.push(Token::Number(number)),
        ("", 4) => found.push(Token::Year(i32::try_from(number).map_err(|_| wrong())?)),
        ("st" | "nd" | "rd" | "th", 1 | 2) => found.push(Token::Day(number)),
        ("am" | "pm" | "a.m" | "p.m", 1 | 2) => {
            found.push(Token::Time(number, 0, 0));
            found.push(Token::Half(suffix.starts_with('p')));
        }
        ("h", 1 | 2) => found.push(Token::Time(number, 0, 0)),
        _ => return Err(wrong()),
    }
    Ok(())
}

fn time_token(figures: &str) -> Option<Token> {
    let mut parts = figures.split([':', '.']);
    let hour = parts.next()?.parse().ok()?;
    let minute = two_digits(parts.next()?)?;
    let second = parts.next().map_or(Some(0), two_digits)?;
    parts.next().is_none().then_some(Token::Time(hour, minute, second))
}

fn two_digits(part: &str) -> Option<u32> {
    (part.len() == 2).then(|| part.parse().ok()).flatten()
}

fn date_token(figures: &str) -> Result<Token, ReadError> {
    let wrong = || ReadError::NoSuchDate(figures.chars().take(20).collect());
    let parts: Vec<&str> = figures.split(['-', '/', '.']).collect();
    let [one, two, three] = parts.as_slice() else { return Err(wrong()) };
    let number = |part: &&str| part.parse::<u32>().map_err(|_| wrong());
    let year = |part: &&str| part.parse::<i32>().map_err(|_| wrong());
    if one.len() == 4 {
        let date = NaiveDate::from_ymd_opt(year(one)?, number(two)?, number(three)?);
        return date.map(Token::Date).ok_or_else(wrong);
    }
    if three.len() != 4 {
        return Err(ReadError::ShortYear(figures.chars().take(20).collect()));
    }
    let day_first = NaiveDate::from_ymd_opt(year(three)?, number(two)?, number(one)?);
    let month_first = NaiveDate::from_ymd_opt(year(three)?, number(one)?, number(two)?);
    // 15.06.2022 is always day first; with / and - both orders are in use.
    match (day_first, month_first) {
        (Some(date), _) if figures.contains('.') => Ok(Token::Date(date)),
        (Some(date), Some(other)) if date != other => Ok(Token::EitherDate(date, other)),
        (Some(date), _) | (None, Some(date)) => Ok(Token::Date(date)),
        (None, None) => Err(wrong()),
    }
}

/// A clock time from its parts and the half of the day; the flag tells that it is 24:00.
pub(super) fn clock_time(
    (hour, minute, second): (u32, u32, u32),
    half: Option<bool>,
) -> Result<(NaiveTime, bool), ReadError> {
    let wrong = || ReadError::NoSuchTime(format!("{hour}:{minute:02}"));
    let hour = match (half, hour) {
        (None, 24) if minute == 0 && second == 0 => return Ok((NaiveTime::MIN, true)),
        (None, hour) => hour,
        (Some(false), 12) => 0,
        (Some(false), 1..=11) => hour,
        (Some(true), 12) => 12,
        (Some(true), 1..=11) => hour.saturating_add(12),
        (Some(_), _) => return Err(wrong()),
    };
    NaiveTime::from_hms_opt(hour, minute, second).map(|time| (time, false)).ok_or_else(wrong)
}
