//! What handlers return, and how it becomes an answer.

use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::schema::{SchemaType, Type};
use utoipa::openapi::{ArrayBuilder, ObjectBuilder, Schema};

use crate::error::{Error, Result};
use crate::http::api::sketch::Sketch;

/// An answer, before it is put into HTTP.
#[derive(Debug)]
pub(super) struct Answer {
    /// The status.
    pub status: u16,
    /// JSON; empty for 204.
    pub body: String,
    /// What a repeated request gets, where that is not the body.
    pub kept: Option<String>,
    /// Nothing was found: an empty list.
    pub hollow: bool,
    /// It was given before, to the same request.
    pub replayed: bool,
}

impl Answer {
    /// An answer that shows `body`.
    pub fn of(status: u16, body: &impl Serialize) -> Result<Answer> {
        Ok(Answer::text(status, text(body)?))
    }

    /// An answer from a text that is JSON already.
    pub fn text(status: u16, body: String) -> Answer {
        Answer { status, body, kept: None, hollow: false, replayed: false }
    }
}

/// JSON text.
pub(super) fn text(body: &impl Serialize) -> Result<String> {
    serde_json::to_string(body).map_err(|why| Error::internal("the answer could not be written", why))
}

/// What a handler may return.
pub(super) trait Output: Sized + Send + 'static {
    /// The answer.
    fn answer(self) -> Result<Answer>;
    /// Tells the document what it will be.
    fn describe(sketch: &mut Sketch);
}

/// 200 with a thing.
pub(super) struct Shown<T>(pub T);

impl<T: Serialize + ToSchema + Send + 'static> Output for Shown<T> {
    fn answer(self) -> Result<Answer> {
        Answer::of(200, &self.0)
    }

    fn describe(sketch: &mut Sketch) {
        let body = sketch.refer::<T>();
        sketch.reply(200, "As asked.", Some(body));
    }
}

/// 201 with the new thing.
pub(super) struct Created<T>(pub T);

impl<T: Serialize + ToSchema + Send + 'static> Output for Created<T> {
    fn answer(self) -> Result<Answer> {
        Answer::of(201, &self.0)
    }

    fn describe(sketch: &mut Sketch) {
        let body = sketch.refer::<T>();
        sketch.reply(201, "It was made.", Some(body));
    }
}

/// 204.
pub(super) struct Done;

impl Output for Done {
    fn answer(self) -> Result<Answer> {
        Ok(Answer::text(204, String::new()))
    }

    fn describe(sketch: &mut Sketch) {
        sketch.reply(204, "It is done.", None);
    }
}

/// 200 with a part of a list, newest first.
#[derive(Serialize)]
pub(super) struct Page<T> {
    /// The rows.
    pub data: Vec<T>,
    /// Where the next part begins; none at the end.
    pub next_cursor: Option<String>,
}

impl<T: Serialize + ToSchema + Send + 'static> Output for Page<T> {
    fn answer(self) -> Result<Answer> {
        Ok(Answer { hollow: self.data.is_empty(), ..Answer::of(200, &self)? })
    }

    fn describe(sketch: &mut Sketch) {
        let cursor = SchemaType::from_iter([Type::String, Type::Null]);
        let row = sketch.refer::<T>();
        let body = ObjectBuilder::new()
            .property("data", ArrayBuilder::new().items(row))
            .required("data")
            .property("next_cursor", ObjectBuilder::new().schema_type(cursor))
            .required("next_cursor");
        sketch.reply(200, "A part of the list, newest first.", Some(Schema::from(body).into()));
    }
}

/// 200 with every row there is.
#[derive(Serialize)]
pub(super) struct Rows<T> {
    /// The rows.
    pub data: Vec<T>,
}

impl<T: Serialize + ToSchema> Rows<T> {
    /// Tells the document of `{"data": [...]}`.
    pub fn tell(sketch: &mut Sketch, status: u16, description: &'static str) {
        let row = sketch.refer::<T>();
        let body = ObjectBuilder::new().property("data", ArrayBuilder::new().items(row)).required("data");
        sketch.reply(status, description, Some(Schema::from(body).into()));
    }
}

impl<T: Serialize + ToSchema + Send + 'static> Output for Rows<T> {
    fn answer(self) -> Result<Answer> {
        Answer::of(200, &self)
    }

    fn describe(sketch: &mut Sketch) {
        Rows::<T>::tell(sketch, 200, "Every row.");
    }
}

/// 201 with all the new things.
pub(super) struct AllCreated<T>(pub Vec<T>);

impl<T: Serialize + ToSchema + Send + 'static> Output for AllCreated<T> {
    fn answer(self) -> Result<Answer> {
        Answer::of(201, &Rows { data: self.0 })
    }

    fn describe(sketch: &mut Sketch) {
        Rows::<T>::tell(sketch, 201, "All of them were made, in the order given.");
    }
}
