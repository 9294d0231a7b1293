//! What handlers take, and how it is read from a request: path, query, body. What does not fit is refused with its name.

use std::fmt::Display;
use std::marker::PhantomData;
use std::str::FromStr;

use percent_encoding::percent_decode_str;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_path_to_error::Segment;
use utoipa::ToSchema;
use utoipa::openapi::schema::Type;
use utoipa::openapi::{ObjectBuilder, RefOr, Schema};
use uuid::Uuid;

use crate::error::{Code, Error, FieldError, Problems, Result};
use crate::http::api::output::Page;
use crate::http::api::sketch::{Param, Sketch};
use crate::store::Slice;

/// Rows of a list when the caller does not say.
const LIMIT_DEFAULT: i64 = 50;
/// The most rows of a list: a page that is written and read in a few milliseconds.
const LIMIT_MAX: i64 = 200;
/// The most misfits that are looked for: each costs another look at the body, which may be megabytes.
const MISFITS_MAX: usize = 20;
const MISSING: &str = "is missing";

/// The parts of a request that inputs are read from.
pub(super) struct Raw<'a> {
    /// What stands for `{id}` in the path.
    pub id: &'a str,
    /// The decoded query; only names the endpoint knows, none twice.
    pub query: &'a [(String, String)],
    /// The body.
    pub body: &'a [u8],
}

impl Raw<'_> {
    /// The value of a query parameter; empty counts as absent.
    fn param<T: FromStr<Err: Display>>(&self, name: &str, problems: &mut Problems) -> Option<T> {
        let (_, value) = self.query.iter().find(|(n, value)| n == name && !value.is_empty())?;
        problems.keep(name, value.parse())
    }
}

/// What a handler may take.
pub(super) trait Input: Sized + Send + 'static {
    /// Reads it.
    fn read(raw: &Raw<'_>) -> Result<Self>;
    /// Tells the document what is read.
    fn describe(sketch: &mut Sketch);
}

impl Input for () {
    fn read(_: &Raw<'_>) -> Result<Self> {
        Ok(())
    }

    fn describe(_: &mut Sketch) {}
}

impl<A: Input, B: Input> Input for (A, B) {
    fn read(raw: &Raw<'_>) -> Result<Self> {
        Ok((A::read(raw)?, B::read(raw)?))
    }

    fn describe(sketch: &mut Sketch) {
        A::describe(sketch);
        B::describe(sketch);
    }
}

/// The `{id}` of the path.
pub(super) struct Id<T>(pub T);

impl<T: FromStr<Err: Display> + Send + 'static> Input for Id<T> {
    fn read(raw: &Raw<'_>) -> Result<Self> {
        let unknown = |why| Error::new(Code::NotFound, format!("there is nothing under {:?}: it {why}", raw.id));
        let id = percent_decode_str(raw.id).decode_utf8_lossy();
        id.parse().map(Id).map_err(unknown)
    }

    fn describe(_: &mut Sketch) {}
}

/// A JSON body.
pub(super) struct Body<T>(pub T);

impl<T: DeserializeOwned + ToSchema + Send + 'static> Input for Body<T> {
    fn read(raw: &Raw<'_>) -> Result<Self> {
        let text = raw.body.trim_ascii();
        if text.is_empty() {
            return Err(Error::new(Code::Malformed, "the body is empty; a JSON object is expected"));
        }
        // First the whole as JSON: what fails after that is the fault of a field.
        let malformed = |why| Error::new(Code::Malformed, format!("the body is not JSON: {why}"));
        serde_json::from_slice::<serde::de::IgnoredAny>(text).map_err(malformed)?;
        if text.first() != Some(&b'{') {
            return Err(Error::invalid("body", "must be a JSON object")); // serde would take a list of the fields' values, too
        }
        let body = serde_path_to_error::deserialize(&mut serde_json::Deserializer::from_slice(text));
        body.map(Body).map_err(|error| match serde_json::from_slice(text) {
            Ok(value) => all_misfits::<T>(value, misfit(&error)),
            Err(why) => malformed(why),
        })
    }

    fn describe(sketch: &mut Sketch) {
        sketch.body = Some(sketch.refer::<T>());
    }
}

/// Turns what serde says into the field at fault and a sentence.
fn misfit(error: &serde_path_to_error::Error<serde_json::Error>) -> Error {
    let (path, why) = (error.path().to_string(), error.inner().to_string());
    let text = why.rsplit_once(" at line ").map_or(why.as_str(), |(text, _)| text);
    // These two serde tells of the object around the field.
    let around = missing(text).map(|name| (name, MISSING));
    let around = around.or_else(|| Some((quoted(text, "duplicate field `")?, "is given twice")));
    if let Some((name, message)) = around {
        let field = if path == "." { name.to_owned() } else { format!("{path}.{name}") };
        return Error::invalid(&field, message);
    }
    let field = if path == "." { "body" } else { &path };
    // What serde_json says of a `null` or a number where one of a set of names belongs.
    let text = if text == "expected value" { "must be one of the names in the schema, as a string" } else { text };
    let text = text.replace("expected i64", "expected an integer").replace("expected u32", "expected an integer from 0");
    Error::invalid(field, text.replace("expected f64", "expected a number"))
}

fn missing(text: &str) -> Option<&str> {
    quoted(text, "missing field `")
}

fn quoted<'a>(text: &'a str, phrase: &str) -> Option<&'a str> {
    text.strip_prefix(phrase)?.strip_suffix('`')
}

/// Serde stops at the first misfit. Takes that field away and looks again, so that the caller sees all of them at once.
fn all_misfits<T: DeserializeOwned + ToSchema>(mut value: serde_json::Value, first: Error) -> Error {
    let mut problems = Problems::default();
    let mut seen: Vec<String> = Vec::new();
    let mut note = |field: FieldError| {
        if !seen.contains(&field.field) {
            problems.add(field.field.clone(), field.message);
            seen.push(field.field);
        }
    };
    for _ in 0..MISFITS_MAX {
        let Err(error) = serde_path_to_error::deserialize::<_, T>(&value) else { break };
        let at_top = error.path().iter().next().is_none();
        misfit(&error).fields.into_iter().for_each(&mut note);
        if missing(&error.inner().to_string()).is_some() && at_top {
            let absent = required::<T>().into_iter().filter(|name| value.get(name).is_none());
            absent.for_each(|field| note(FieldError { field, message: MISSING.into() }));
        }
        if !take_away(&mut value, error.path()) {
            break;
        }
    }
    if problems.is_empty() { first } else { problems.into() }
}

/// The fields without which there is no `T`.
fn required<T: ToSchema>() -> Vec<String> {
    match T::schema() {
        RefOr::T(Schema::Object(object)) => object.required,
        _ => Vec::new(),
    }
}

/// Takes the member at `path` out of its object; false when it is none, or not there.
fn take_away(value: &mut serde_json::Value, path: &serde_path_to_error::Path) -> bool {
    let segments: Vec<&Segment> = path.iter().collect();
    let Some((Segment::Map { key }, parents)) = segments.split_last() else { return false };
    let mut parent = value;
    for segment in parents {
        let child = match (parent, segment) {
            (serde_json::Value::Object(object), Segment::Map { key }) => object.get_mut(key),
            (serde_json::Value::Array(list), Segment::Seq { index }) => list.get_mut(*index),
            _ => None,
        };
        let Some(child) = child else { return false };
        parent = child;
    }
    parent.as_object_mut().is_some_and(|parent| parent.remove(key).is_some())
}

/// Reads a value that sits inside a body, with the same care as a body.
pub(super) fn from_value<T: DeserializeOwned + ToSchema>(value: serde_json::Value) -> Result<T> {
    let read = serde_path_to_error::deserialize(&value).map_err(|error| misfit(&error));
    read.map_err(|first| all_misfits::<T>(value, first))
}

/// For fields of a PATCH that cannot be cleared: absent leaves them, `null` is refused.
pub(super) fn some<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> std::result::Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// For fields of a PATCH that can be cleared: absent leaves them, `null` clears.
pub(super) fn clearable<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> std::result::Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(deserializer).map(Some)
}

/// Named query parameters, each optional.
pub(super) trait Params: Sized + Send + 'static {
    /// Reads them, noting each that does not fit.
    fn read(raw: &ParamReader<'_>, problems: &mut Problems) -> Self;
    /// Tells of them.
    fn describe() -> Vec<Param>;
}

/// Reads one parameter after the other.
pub(super) struct ParamReader<'a>(&'a Raw<'a>);

impl ParamReader<'_> {
    /// The value of a parameter, if it is there and fits.
    pub fn get<T: FromStr<Err: Display>>(&self, name: &str, problems: &mut Problems) -> Option<T> {
        self.0.param(name, problems)
    }
}

/// `params! { LinkFilter { partner_id: PartnerId, "Only links of this partner."; } }` reads a struct of options.
macro_rules! params {
    ($target:ty { $($name:ident: $value:ty, $description:literal;)* }) => {
        impl crate::http::api::input::Params for $target {
            #[allow(unused_variables, reason = "a struct without parameters reads none")]
            fn read(
                reader: &crate::http::api::input::ParamReader<'_>, problems: &mut crate::error::Problems,
            ) -> Self {
                Self { $($name: reader.get::<$value>(stringify!($name), problems),)* }
            }

            fn describe() -> Vec<crate::http::api::sketch::Param> {
                vec![$(crate::http::api::sketch::Param {
                    name: stringify!($name),
                    description: $description,
                    schema: <$value as utoipa::PartialSchema>::schema(),
                },)*]
            }
        }
    };
}
pub(super) use params;

/// A list without filters.
pub(super) struct Unfiltered {}
params! { Unfiltered {} }

/// Query parameters that are not a list's.
pub(super) struct Query<Q>(pub Q);

impl<Q: Params> Input for Query<Q> {
    fn read(raw: &Raw<'_>) -> Result<Self> {
        let mut problems = Problems::default();
        let query = Q::read(&ParamReader(raw), &mut problems);
        problems.finish()?;
        Ok(Query(query))
    }

    fn describe(sketch: &mut Sketch) {
        sketch.params.extend(Q::describe());
    }
}

/// Which part of which list: filters, `limit` and `cursor`. `I` is the type of the rows' ids.
pub(super) struct List<I, F = Unfiltered> {
    /// The filters.
    pub filter: F,
    /// The part, with one row more than asked for, to see whether there is a next part.
    pub slice: Slice,
    rows: PhantomData<fn() -> I>,
}

impl<I, F: Params> Input for List<I, F>
where
    I: FromStr + Into<Uuid> + 'static,
{
    fn read(raw: &Raw<'_>) -> Result<Self> {
        let mut problems = Problems::default();
        let filter = F::read(&ParamReader(raw), &mut problems);
        let limit = raw.param::<i64>("limit", &mut problems).unwrap_or(LIMIT_DEFAULT);
        if !(1..=LIMIT_MAX).contains(&limit) {
            problems.add("limit", format!("must be between 1 and {LIMIT_MAX}"));
        }
        let cursor = raw.param::<String>("cursor", &mut problems).and_then(|cursor| {
            let id = cursor.parse::<I>().map_err(|_| "is not a next_cursor of this list");
            problems.keep("cursor", id).map(Into::into)
        });
        problems.finish()?;
        Ok(List { filter, slice: Slice { before: cursor.unwrap_or(Uuid::max()), limit: limit + 1 }, rows: PhantomData })
    }

    fn describe(sketch: &mut Sketch) {
        sketch.params.extend(F::describe());
        let limit = ObjectBuilder::new()
            .schema_type(Type::Integer)
            .minimum(Some(1))
            .maximum(Some(LIMIT_MAX as f64))
            .default(Some(LIMIT_DEFAULT.into()));
        sketch.params.push(Param { name: "limit", description: "How many rows at most.", schema: limit.into() });
        let cursor = ObjectBuilder::new().schema_type(Type::String);
        let description = "The `next_cursor` of the part before.";
        sketch.params.push(Param { name: "cursor", description, schema: cursor.into() });
    }
}

impl<I: Display, F> List<I, F> {
    /// The page that these rows make.
    pub fn page<T>(&self, mut rows: Vec<T>, id: impl Fn(&T) -> I) -> Page<T> {
        let limit = usize::try_from(self.slice.limit - 1).unwrap_or(0);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next_cursor = rows.last().filter(|_| more).map(|row| id(row).to_string());
        Page { data: rows, next_cursor }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::key::Scope;

    #[derive(Debug, Deserialize, ToSchema)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read")]
    struct Outer {
        inner: Vec<Inner>,
        #[serde(default, deserialize_with = "some")]
        scope: Option<Scope>,
    }

    #[derive(Debug, Deserialize, ToSchema)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read")]
    struct Inner {
        amount: i64,
    }

    #[test]
    fn bodies_that_do_not_fit_name_the_field() {
        for (body, code, field) in [
            ("", Code::Malformed, None),
            ("{", Code::Malformed, None),
            ("{}x", Code::Malformed, None),
            ("[[]]", Code::Invalid, Some("body")),
            ("5", Code::Invalid, Some("body")),
            ("{}", Code::Invalid, Some("inner")),
            (r#"{"inner":[{"amount":1},{}]}"#, Code::Invalid, Some("inner[1].amount")),
            (r#"{"inner":[{"amount":1.5}]}"#, Code::Invalid, Some("inner[0].amount")),
            (r#"{"inner":[{"amount":1,"more":2}]}"#, Code::Invalid, Some("inner[0].more")),
            (r#"{"inner":[],"inner":[]}"#, Code::Invalid, Some("inner")),
            (r#"{"inner":[],"scope":null}"#, Code::Invalid, Some("scope")),
            (r#"{"inner":[],"scope":"all"}"#, Code::Invalid, Some("scope")),
        ] {
            let raw = Raw { id: "", query: &[], body: body.as_bytes() };
            let error = Body::<Outer>::read(&raw).map(|body| format!("{:?}", body.0)).unwrap_err();
            assert_eq!((error.code, error.fields.first().map(|f| f.field.as_str())), (code, field), "{body}: {error}");
        }
        let raw = Raw { id: "", query: &[], body: br#" {"inner":[{"amount":1}],"scope":"read"} "# };
        assert!(Body::<Outer>::read(&raw).is_ok());
    }
}
