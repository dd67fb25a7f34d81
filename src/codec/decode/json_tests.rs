//! The reader of JSON reads what serde_json reads, or falls back.

use std::borrow::Cow;

use proptest::prelude::*;
use serde_json::Value;

use super::json::{DEEPEST, Json, Kind, Number, plain_length};
use crate::codec::fall_back::FallBack;

fn value(json: &mut Json<'_>) -> Result<Value, FallBack> {
    let text = |bytes: Cow<'_, [u8]>| String::from_utf8(bytes.into_owned()).unwrap();
    Ok(match json.kind()? {
        Kind::Object => {
            let mut object = serde_json::Map::new();
            json.object(|json, key| {
                object.insert(text(key), value(json)?);
                Ok(())
            })?;
            Value::Object(object)
        }
        Kind::Array => {
            let mut array = Vec::new();
            json.array(|json| value(json).map(|item| array.push(item)))?;
            Value::Array(array)
        }
        Kind::String => Value::String(text(json.string()?)),
        Kind::Number => match json.number()? {
            Number::Integer(integer) => {
                i64::try_from(integer).map_or_else(|_| (integer as u64).into(), Value::from)
            }
            Number::Float(float) => float.into(),
        },
        Kind::True => json.literal("true").map(|()| Value::Bool(true))?,
        Kind::False => json.literal("false").map(|()| Value::Bool(false))?,
        Kind::Null => json.literal("null").map(|()| Value::Null)?,
    })
}

fn read(text: &[u8]) -> Result<Value, FallBack> {
    let mut json = Json::new(text)?;
    let read = value(&mut json)?;
    json.end()?;
    let mut json = Json::new(text)?;
    json.skip_value()?;
    json.end()?;
    Ok(read)
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>()
            .prop_filter("serde_json has no others", |float| float.is_finite())
            .prop_map(Value::from),
        "[a-z\"\\\\\n\u{0}é🙂 ]{0,40}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 30, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map("[a-z\"\\\\é]{0,20}", inner, 0..5)
                .prop_map(|object| Value::Object(object.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn what_serde_json_writes_is_read(value in any_value(), is_pretty in any::<bool>()) {
        let write = if is_pretty { serde_json::to_vec_pretty } else { serde_json::to_vec };
        prop_assert_eq!(read(&write(&value).unwrap()), Ok(value));
    }

    #[test]
    fn what_is_read_is_what_serde_json_reads(
        value in any_value(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut text = serde_json::to_vec(&value).unwrap();
        for (index, byte) in changes {
            let index = index.index(text.len());
            // Half of the time a character that means something.
            text[index] =
                if byte < 128 { b"{}[]\",:\\-+.eE0 \n"[usize::from(byte) % 16] } else { byte };
        }
        if let Ok(value) = read(&text) {
            prop_assert_eq!(serde_json::from_slice::<Value>(&text).unwrap(), value);
        }
    }
}

#[test]
fn oddities_fall_back() {
    for text in [
        "",
        " ",
        "{",
        "[1",
        "[1,]",
        "{\"a\":1,}",
        "{\"a\" 1}",
        "{a:1}",
        "[1 2]",
        "01",
        "-",
        "-0",
        "+1",
        "1.",
        ".5",
        "1e",
        "1e+",
        "NaN",
        "nul",
        "truee",
        "\"a",
        "\"\\",
        "\"\n\"",
        "\"\\x\"",
        "\"\\ud800\"",
        "18446744073709551616",
        "-9223372036854775809",
        "1 1",
        "'a'",
    ] {
        assert_eq!(read(text.as_bytes()), Err(FallBack), "{text}");
    }
    assert_eq!(read(b"\"\xff\""), Err(FallBack));
    for (depth, is_read) in [(DEEPEST, true), (DEEPEST + 1, false), (1_000_000, false)] {
        let text = "[".repeat(depth) + &"]".repeat(depth);
        assert_eq!(Json::new(text.as_bytes()).unwrap().skip_value().is_ok(), is_read);
    }
}

#[test]
fn the_end_of_a_string_is_found_at_every_place() {
    for end in [b'"', b'\\', b'\n', 0, 0x1f] {
        for length in 0..40 {
            let mut text = vec![b'a'; length];
            assert_eq!(plain_length(&text), length);
            text.extend([end, b'"', b'b', 0x80]);
            assert_eq!(plain_length(&text), length, "{end}");
        }
    }
}
