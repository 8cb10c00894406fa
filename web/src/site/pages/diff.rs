//! What changed between two versions of a text, line by line.

/// A line of a comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiffLine {
    /// `same`, `gone` or `new`.
    pub kind: &'static str,
    /// The line.
    pub text: String,
}

/// Longer texts are shown as wholly replaced; the table below would grow too large.
const LINES: usize = 1_500;

/// Compares `old` with `new` by their longest common sequence of lines.
#[must_use]
pub fn lines(old: &str, new: &str) -> Vec<DiffLine> {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let head = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let (same, old, new) = (
        old.get(..head).unwrap_or_default(),
        old.get(head..).unwrap_or_default(),
        new.get(head..).unwrap_or_default(),
    );
    let mut out: Vec<DiffLine> = same.iter().map(|t| line("same", t)).collect();
    if old.len() > LINES || new.len() > LINES {
        out.extend(old.iter().map(|t| line("gone", t)));
        out.extend(new.iter().map(|t| line("new", t)));
        return out;
    }
    let table = common(old, new);
    let at = |i: usize, j: usize| table.get(i * (new.len() + 1) + j).copied().unwrap_or(0);
    let (mut i, mut j) = (0, 0);
    loop {
        match (old.get(i), new.get(j)) {
            (Some(a), Some(b)) if a == b => {
                out.push(line("same", a));
                (i, j) = (i + 1, j + 1);
            }
            (Some(a), b) if b.is_none() || at(i + 1, j) >= at(i, j + 1) => {
                out.push(line("gone", a));
                i += 1;
            }
            (_, Some(b)) => {
                out.push(line("new", b));
                j += 1;
            }
            (Some(_) | None, None) => return out,
        }
    }
}

fn line(kind: &'static str, text: &str) -> DiffLine {
    DiffLine { kind, text: text.to_owned() }
}

/// `table[i * (new + 1) + j]`: length of the longest sequence common to `old[i..]` and `new[j..]`.
fn common(old: &[&str], new: &[&str]) -> Vec<u16> {
    let width = new.len() + 1;
    let mut table = vec![0_u16; (old.len() + 1) * width];
    for (i, a) in old.iter().enumerate().rev() {
        for (j, b) in new.iter().enumerate().rev() {
            let get = |k: usize| table.get(k).copied().unwrap_or(0);
            let best = if a == b {
                get((i + 1) * width + j + 1).saturating_add(1)
            } else {
                get((i + 1) * width + j).max(get(i * width + j + 1))
            };
            if let Some(cell) = table.get_mut(i * width + j) {
                *cell = best;
            }
        }
    }
    table
}

/// The changed lines with two lines around each; `…` stands for what was left out.
#[must_use]
pub fn shortened(all: &[DiffLine]) -> Vec<DiffLine> {
    let near = |i: usize| {
        all.iter()
            .enumerate()
            .skip(i.saturating_sub(2))
            .take_while(|(k, _)| *k <= i + 2)
            .any(|(_, l)| l.kind != "same")
    };
    let mut out: Vec<DiffLine> = Vec::new();
    for (i, l) in all.iter().enumerate() {
        if near(i) {
            out.push(l.clone());
        } else if out.last().is_none_or(|last| last.kind != "skip") {
            out.push(line("skip", "…"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(old: &str, new: &str) -> String {
        let mark = |l: &DiffLine| {
            format!(
                "{}{}",
                match l.kind {
                    "gone" => "-",
                    "new" => "+",
                    "skip" => "~",
                    _ => " ",
                },
                l.text
            )
        };
        shortened(&lines(old, new)).iter().map(mark).collect::<Vec<_>>().join("|")
    }

    #[test]
    fn changes_are_found_and_the_rest_left_out() {
        assert_eq!(marks("a\nb\nc", "a\nB\nc"), " a|-b|+B| c");
        assert_eq!(marks("", "x"), "+x");
        assert_eq!(marks("x\ny", ""), "-x|-y");
        assert_eq!(marks("1\n2\n3\n4\n5\n6\n7", "1\n2\n3\n4\n5\n6\n7\n8"), "~…| 6| 7|+8");
        assert_eq!(marks("a\nb\nc\nd", "b\nc\ne\nd"), "-a| b| c|+e| d");
        assert_eq!(marks("same", "same"), "~…");
    }

    #[test]
    fn a_comparison_rebuilds_both_texts() {
        let texts = ["", "a", "a\nb\na\nc", "b\na\nb\nc\nc", "c\nc\nc\na", "x\ny"];
        for old in texts {
            for new in texts {
                let all = lines(old, new);
                let keep = |not: &str| {
                    all.iter()
                        .filter(|l| l.kind != not)
                        .map(|l| l.text.as_str())
                        .collect::<Vec<_>>()
                        .join("\n")
                };
                assert_eq!((keep("new").as_str(), keep("gone").as_str()), (old, new));
            }
        }
    }
}
