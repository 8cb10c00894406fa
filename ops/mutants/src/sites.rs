//! Where the mutants of one file stand, and the file's text with all of them in it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::ops::Range;

use syn::spanned::Spanned;
use syn::visit::{self, Visit};

use crate::{Mutant, Place};

/// A piece of the text that changes with a mutant. Ranges are bytes of the file.
struct Site {
    range: Range<usize>,
    kind: Kind,
}

enum Kind {
    /// At the beginning of a function's body.
    Body(Vec<(usize, String)>),
    /// `left operator right`.
    Binary { left: Range<usize>, operator: String, right: Range<usize>, others: Vec<(usize, String)> },
    /// An operator that goes away.
    Unary { operand: Range<usize>, number: usize },
    /// A match guard, replaced.
    Guard(Vec<(usize, String)>),
    /// A match arm that goes away: the place behind its pattern, or its guard.
    Arm { guard: bool, number: usize },
}

struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    fn new(text: &'t str) -> Self {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { text, starts }
    }

    /// The byte at which a place stands.
    fn byte(&self, place: Place) -> usize {
        let start = self.starts.get(place.line.saturating_sub(1)).copied().unwrap_or(self.text.len());
        let rest = &self.text[start..];
        start + rest.char_indices().nth(place.column.saturating_sub(1)).map_or(rest.len(), |(at, _)| at)
    }

    fn range(&self, span: proc_macro2::Span) -> Range<usize> {
        let place = |at: proc_macro2::LineColumn| self.byte(Place { line: at.line, column: at.column + 1 });
        place(span.start())..place(span.end())
    }
}

struct Finder<'t, 'm> {
    lines: &'t Lines<'t>,
    /// By genre and first byte.
    wanted: BTreeMap<(&'m str, usize), Vec<&'m Mutant>>,
    sites: Vec<Site>,
    placed: BTreeSet<usize>,
}

impl Finder<'_, '_> {
    fn take(&mut self, genre: &str, at: usize) -> Vec<(usize, String)> {
        let found = self.wanted.get(&(genre, at)).into_iter().flatten();
        let found: Vec<(usize, String)> = found.map(|m| (m.number, m.replacement.clone())).collect();
        self.placed.extend(found.iter().map(|(number, _)| *number));
        found
    }
}

/// Whether an expression is a chain of conditions with `let`, which only stands where it stands.
fn has_let(expr: &syn::Expr) -> bool {
    match expr {
        syn::Expr::Let(_) => true,
        syn::Expr::Binary(binary) => has_let(&binary.left) || has_let(&binary.right),
        _ => false,
    }
}

impl<'ast> Visit<'ast> for Finder<'_, '_> {
    fn visit_expr_binary(&mut self, node: &'ast syn::ExprBinary) {
        let operator = self.lines.range(node.op.span());
        if !has_let(&node.left) && !has_let(&node.right) {
            let others = self.take("BinaryOperator", operator.start);
            if !others.is_empty() {
                let (left, right) = (self.lines.range(node.left.span()), self.lines.range(node.right.span()));
                let operator = self.lines.text[operator].to_owned();
                self.sites.push(Site {
                    range: self.lines.range(node.span()),
                    kind: Kind::Binary { left, operator, right, others },
                });
            }
        }
        visit::visit_expr_binary(self, node);
    }

    fn visit_expr_unary(&mut self, node: &'ast syn::ExprUnary) {
        let at = self.lines.range(node.op.span()).start;
        for (number, _) in self.take("UnaryOperator", at) {
            let operand = self.lines.range(node.expr.span());
            self.sites.push(Site { range: self.lines.range(node.span()), kind: Kind::Unary { operand, number } });
        }
        visit::visit_expr_unary(self, node);
    }

    fn visit_arm(&mut self, node: &'ast syn::Arm) {
        let pattern = self.lines.range(node.pat.span());
        let guard = node.guard.as_ref().map(|(_, guard)| self.lines.range(guard.span()));
        let at = self.lines.range(node.span()).start;
        for (number, _) in self.take("MatchArm", at) {
            let range = guard.clone().unwrap_or(pattern.end..pattern.end);
            self.sites.push(Site { range, kind: Kind::Arm { guard: guard.is_some(), number } });
        }
        if let Some(guard) = guard {
            let others = self.take("MatchArmGuard", guard.start);
            if !others.is_empty() {
                self.sites.push(Site { range: guard, kind: Kind::Guard(others) });
            }
        }
        visit::visit_arm(self, node);
    }
}

/// The text with all `mutants` in it, and the numbers of those that found no place.
pub fn rewrite(text: &str, mutants: &[Mutant]) -> syn::Result<(String, Vec<usize>)> {
    let lines = Lines::new(text);
    let mut wanted: BTreeMap<(&str, usize), Vec<&Mutant>> = BTreeMap::new();
    let mut bodies: BTreeMap<usize, Vec<(usize, String)>> = BTreeMap::new();
    for mutant in mutants {
        let at = lines.byte(mutant.span.start);
        if mutant.genre == "FnValue" {
            bodies.entry(at).or_default().push((mutant.number, mutant.replacement.clone()));
        } else {
            wanted.entry((&mutant.genre, at)).or_default().push(mutant);
        }
    }
    let mut finder = Finder { lines: &lines, wanted, sites: Vec::new(), placed: BTreeSet::new() };
    finder.visit_file(&syn::parse_file(text)?);
    let Finder { mut sites, placed, .. } = finder;
    let in_bodies: Vec<usize> = bodies.values().flatten().map(|(number, _)| *number).collect();
    sites.extend(bodies.into_iter().map(|(at, values)| Site { range: at..at, kind: Kind::Body(values) }));
    // Outer before inner; what stands before an expression is not inside of it.
    sites.sort_by_key(|site| (site.range.start, !matches!(site.kind, Kind::Body(_)), usize::MAX - site.range.end));
    let without = mutants.iter().map(|m| m.number).filter(|n| !placed.contains(n) && !in_bodies.contains(n)).collect();
    Ok((render(text, 0..text.len(), &sites), without))
}

/// The text of `range`, which holds all `sites`.
fn render(text: &str, range: Range<usize>, sites: &[Site]) -> String {
    let mut out = String::new();
    let (mut at, mut next) = (range.start, 0);
    while let Some(site) = sites.get(next) {
        out.push_str(&text[at..site.range.start]);
        let inner = sites[next + 1..].iter().take_while(|s| s.range.start < site.range.end && s.range.end <= site.range.end);
        let inner = &sites[next + 1..next + 1 + inner.count()];
        next += 1 + inner.len();
        at = site.range.end;
        let part = |range: &Range<usize>| {
            let from = inner.iter().position(|s| s.range.start >= range.start).unwrap_or(inner.len());
            let held = inner[from..].iter().take_while(|s| s.range.end <= range.end && s.range.start <= range.end).count();
            render(text, range.clone(), &inner[from..from + held])
        };
        // Writing to a String cannot fail.
        let _ = match &site.kind {
            Kind::Body(values) => values.iter().try_for_each(|(number, value)| {
                write!(out, "\n/*m{number}*/ if crate::mutant::on({number}) {{ return {value}; }} /*m0*/\n")
            }),
            Kind::Binary { left, operator, right, others } => {
                let (left, right) = (part(left), part(right));
                out.push('(');
                for (number, other) in others {
                    let _ = write!(
                        out,
                        "\n/*m{number}*/ if crate::mutant::on({number}) {{ {left} /*m{number}*/ {other} {right} /*m{number}*/ }} else /*m0*/\n"
                    );
                }
                write!(out, "{{ {left} {operator} {right} }})")
            }
            Kind::Unary { operand, number } => {
                let inside = part(operand);
                let operator = &text[site.range.start..operand.start];
                write!(
                    out,
                    "(\n/*m{number}*/ if crate::mutant::on({number}) {{ {inside} /*m{number}*/ }} else /*m0*/\n{{ {operator}{inside} }})"
                )
            }
            Kind::Guard(others) => {
                let inside = part(&site.range);
                for (number, other) in others {
                    let _ = write!(out, "\n/*m{number}*/ if crate::mutant::on({number}) {{ {other} }} else /*m0*/\n");
                }
                write!(out, "{{ {inside} }}")
            }
            Kind::Arm { guard: false, number } => write!(out, "\n/*m{number}*/ if !crate::mutant::on({number}) /*m0*/\n"),
            Kind::Arm { guard: true, number } => {
                let inside = part(&site.range);
                write!(out, "\n/*m{number}*/ !crate::mutant::on({number}) && /*m0*/\n({inside})")
            }
        };
    }
    out.push_str(&text[at..range.end]);
    out
}
