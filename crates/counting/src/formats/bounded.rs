//! A JSON value of unknown content, with a limit on how many nodes it may have: a value in memory takes many times
//! the bytes of its text.

use std::fmt;

use serde::Deserializer;
use serde::de::{DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::marks::{Shape, twice};

/// What a node costs, in marks of four bytes.
const NODE: usize = 16;

/// Reads one value within the memory of the file.
pub(super) struct Bounded<'s>(&'s Shape);

impl<'s> Bounded<'s> {
    pub(super) fn new(shape: &'s Shape) -> Self {
        Bounded(shape)
    }

    fn value<E: serde::de::Error>(&self, value: impl Into<Value>) -> Result<Value, E> {
        self.0.spend(NODE)?;
        Ok(value.into())
    }
}

impl<'de> DeserializeSeed<'de> for Bounded<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Bounded<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E: serde::de::Error>(self, v: bool) -> Result<Value, E> {
        self.value(v)
    }

    fn visit_u64<E: serde::de::Error>(self, v: u64) -> Result<Value, E> {
        self.value(v)
    }

    fn visit_i64<E: serde::de::Error>(self, v: i64) -> Result<Value, E> {
        self.value(v)
    }

    fn visit_f64<E: serde::de::Error>(self, _: f64) -> Result<Value, E> {
        // Settings are exact; a fraction is written as text or as a pair of whole numbers.
        Err(self.0.refuse_text("numbers are whole here; write a fraction as text, for example \"2/3\""))
    }

    fn visit_str<E: serde::de::Error>(self, v: &str) -> Result<Value, E> {
        self.value(v)
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<Value, E> {
        self.value(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        self.0.spend(NODE)?;
        let mut list = Vec::new();
        while let Some(value) = seq.next_element_seed(Bounded(self.0))? {
            list.push(value);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        self.0.spend(NODE)?;
        let mut object = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            self.0.spend(NODE)?;
            let value = map.next_value_seed(Bounded(self.0))?;
            if object.contains_key(&key) {
                return Err(twice(&key));
            }
            object.insert(key, value);
        }
        Ok(Value::Object(object))
    }
}
