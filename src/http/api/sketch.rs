//! What the types of a handler tell of an endpoint: the material of the OpenAPI document.

use utoipa::ToSchema;
use utoipa::openapi::{Ref, RefOr, Schema};

/// Schemas by name.
pub(super) type Schemas = Vec<(String, RefOr<Schema>)>;

/// One query parameter, or one request header.
pub(super) struct Param {
    /// Its name.
    pub name: &'static str,
    /// What it does.
    pub description: &'static str,
    /// What it may be.
    pub schema: RefOr<Schema>,
}

/// One answer.
pub(super) struct Told {
    /// The status.
    pub status: u16,
    /// When it is given.
    pub description: &'static str,
    /// Its body.
    pub body: Option<RefOr<Schema>>,
}

/// What an endpoint takes and gives.
#[derive(Default)]
pub(super) struct Sketch {
    /// Query parameters; every other is refused.
    pub params: Vec<Param>,
    /// Request headers that are its own.
    pub headers: Vec<Param>,
    /// The request's body.
    pub body: Option<RefOr<Schema>>,
    /// The answers when all is well.
    pub replies: Vec<Told>,
    /// Every schema the others refer to.
    pub schemas: Schemas,
}

impl Sketch {
    /// A reference to the schema of `T`, which is collected.
    pub fn refer<T: ToSchema>(&mut self) -> RefOr<Schema> {
        self.collect::<T>();
        self.schemas.push((T::name().into(), T::schema()));
        Ref::from_schema_name(T::name()).into()
    }

    /// Collects what the schema of `T` refers to.
    pub fn collect<T: ToSchema>(&mut self) {
        T::schemas(&mut self.schemas);
    }

    /// Notes an answer.
    pub fn reply(&mut self, status: u16, description: &'static str, body: Option<RefOr<Schema>>) {
        self.replies.push(Told { status, description, body });
    }
}
