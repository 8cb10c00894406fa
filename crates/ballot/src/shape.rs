//! Nested arrays: the form of encrypted tallies, decryption factors and decryption proofs.
//!
//! A tally is an array with one entry per question: an array of ciphertexts, or an array of such for Lists.
//! Factors and proofs (`protocol.md` 2.9) repeat exactly the arrays of the tally, so they are read *along* it.

use crate::json::{ReadError, Reader};

/// A value, or an array of such.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape<T> {
    /// An array.
    Array(Vec<Shape<T>>),
    /// A value.
    Leaf(T),
}

impl<T> Shape<T> {
    /// A flat array of values.
    pub fn row(values: impl IntoIterator<Item = T>) -> Self {
        Self::Array(values.into_iter().map(Self::Leaf).collect())
    }

    /// The values in order.
    pub fn leaves(&self) -> Vec<&T> {
        let (mut out, mut stack) = (Vec::new(), vec![self]);
        while let Some(top) = stack.pop() {
            match top {
                Self::Leaf(value) => out.push(value),
                Self::Array(inner) => stack.extend(inner.iter().rev()),
            }
        }
        out
    }

    /// The entries of an array; none of a value.
    pub fn entries(&self) -> &[Self] {
        match self {
            Self::Array(inner) => inner,
            Self::Leaf(_) => &[],
        }
    }

    /// The same arrays with other values.
    ///
    /// # Errors
    /// The first error of `f`.
    pub fn try_map<U, E>(&self, f: &mut dyn FnMut(&T) -> Result<U, E>) -> Result<Shape<U>, E> {
        Ok(match self {
            Self::Leaf(value) => Shape::Leaf(f(value)?),
            Self::Array(inner) => Shape::Array(inner.iter().map(|s| s.try_map(f)).collect::<Result<_, E>>()?),
        })
    }

    /// The same arrays with the values of `list`, in order; nothing when the number of values differs.
    pub fn refill<U>(&self, list: Vec<U>) -> Option<Shape<U>> {
        let mut list = list.into_iter();
        let filled = self.try_map(&mut |_| list.next().ok_or(())).ok()?;
        if list.next().is_some() { None } else { Some(filled) }
    }

    /// Reads values of another kind in the same arrays.
    ///
    /// # Errors
    /// The first error of `value`, and any difference in the lengths of arrays.
    pub fn read_like<'a, U>(
        &self,
        reader: &mut Reader<'a>,
        value: &mut dyn FnMut(&mut Reader<'a>) -> Result<U, ReadError>,
    ) -> Result<Shape<U>, ReadError> {
        match self {
            Self::Leaf(_) => value(reader).map(Shape::Leaf),
            Self::Array(inner) => {
                let mut templates = inner.iter();
                let read = reader.array_of(inner.len(), "entries", |r| match templates.next() {
                    Some(template) => template.read_like(r, value),
                    None => Err(ReadError::shape("more entries than the tally has")),
                })?;
                Ok(Shape::Array(read))
            }
        }
    }

    /// Appends canonical JSON, with `value` to write the values.
    pub fn write(&self, out: &mut String, value: &mut dyn FnMut(&T, &mut String)) {
        match self {
            Self::Leaf(leaf) => value(leaf, out),
            Self::Array(inner) => {
                out.push('[');
                for (i, entry) in inner.iter().enumerate() {
                    if i > 0 {
                        out.push(',');
                    }
                    entry.write(out, value);
                }
                out.push(']');
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Shape<u64> {
        let nested = Shape::Array(vec![Shape::row([3]), Shape::Array(vec![]), Shape::Leaf(4)]);
        Shape::Array(vec![Shape::row([1, 2]), nested])
    }

    fn text(shape: &Shape<u64>) -> String {
        let mut out = String::new();
        shape.write(&mut out, &mut |n, out| out.push_str(&n.to_string()));
        out
    }

    #[test]
    fn values_keep_their_order_and_arrays() {
        let shape = sample();
        assert_eq!(text(&shape), "[[1,2],[[3],[],4]]");
        assert_eq!(shape.leaves(), [&1, &2, &3, &4]);
        assert_eq!(text(&shape.refill(vec![5, 6, 7, 8]).unwrap()), "[[5,6],[[7],[],8]]");
        assert!(shape.refill(vec![0; 3]).is_none() && shape.refill(vec![0; 5]).is_none());
    }

    #[test]
    fn reading_follows_the_template() {
        let read = |t: &str| {
            let mut reader = Reader::new(t);
            let shape = sample().read_like(&mut reader, &mut Reader::natural)?;
            reader.end().map(|()| shape)
        };
        assert_eq!(text(&read("[[9,8],[[7],[],6]]").unwrap()), "[[9,8],[[7],[],6]]");
        for bad in [
            "[[9,8]]",
            "[[9,8],[[7],[1],6]]",
            "[[9,8],[[7],[],6],[]]",
            "[[9],[[7],[],6]]",
            "[[9,8],[7,[],6]]",
            "1",
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
