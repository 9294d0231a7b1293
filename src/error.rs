//! One error for the whole program: a stable code for machines, a sentence for people, the cause for the log.
//!
//! The rooms return [`Error`]; `http/reply.rs` is the one place that turns a [`Code`] into a status.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// `Result` with the program's [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

type Cause = Box<dyn std::error::Error + Send + Sync>;

/// What went wrong, as a closed set that clients may match on. [`Code::as_str`] is stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// A field is missing or does not fit; `fields` says which.
    Invalid,
    /// The body, the query or the path cannot be read at all.
    Malformed,
    /// No key, or one that is unknown or revoked.
    Unauthorized,
    /// The key's scope does not reach this far.
    Forbidden,
    /// Nothing is stored under that id or path.
    NotFound,
    /// The path exists, but not for this method.
    MethodNotAllowed,
    /// Something with that name, slug or code exists already, or the state forbids it.
    Conflict,
    /// The idempotency key was used for a different request.
    IdempotencyKeyReused,
    /// Too many attempts; wait, then try again.
    TooManyRequests,
    /// The body is larger than the limit.
    TooLarge,
    /// The body did not arrive in time.
    Timeout,
    /// It cannot be recorded durably now; try again later.
    Unavailable,
    /// A defect or a broken machine; details are in the log only.
    Internal,
}

impl Code {
    /// The stable name used in problem documents.
    pub fn as_str(self) -> &'static str {
        match self {
            Code::Invalid => "invalid",
            Code::Malformed => "malformed",
            Code::Unauthorized => "unauthorized",
            Code::Forbidden => "forbidden",
            Code::NotFound => "not_found",
            Code::MethodNotAllowed => "method_not_allowed",
            Code::Conflict => "conflict",
            Code::IdempotencyKeyReused => "idempotency_key_reused",
            Code::TooManyRequests => "too_many_requests",
            Code::TooLarge => "too_large",
            Code::Timeout => "timeout",
            Code::Unavailable => "unavailable",
            Code::Internal => "internal",
        }
    }
}

/// One field that does not fit, and how to mend it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FieldError {
    /// Name of the field as the caller wrote it; nested ones as `utm.source`, `links[3].slug`.
    pub field: String,
    /// A sentence that says what is wrong and what would be right.
    pub message: String,
}

/// The program's error.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    /// The stable code.
    pub code: Code,
    /// A sentence for a person; never secret, never an internal detail.
    pub message: String,
    /// The fields at fault; empty unless the code is [`Code::Invalid`] or [`Code::Conflict`].
    pub fields: Vec<FieldError>,
    #[source]
    cause: Option<Cause>,
}

/// What an error says, then what each of its causes adds: one that repeats the end of what was said before is left out, as some
/// libraries write their cause into their own sentence.
pub fn sentences(error: &dyn std::error::Error) -> Vec<String> {
    let mut said = vec![error.to_string()];
    let mut cause = error.source();
    while let Some(why) = cause {
        let text = why.to_string();
        if said.last().is_none_or(|last| !last.ends_with(&text)) {
            said.push(text);
        }
        cause = why.source();
    }
    said
}

impl Error {
    /// An error without a cause.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Error { code, message: message.into(), fields: Vec::new(), cause: None }
    }

    /// A defect or a broken machine, with its cause.
    pub fn internal(message: impl Into<String>, cause: impl Into<Cause>) -> Self {
        Error { cause: Some(cause.into()), ..Error::new(Code::Internal, message) }
    }

    /// Nothing is stored under that id; `noun` as in "partner".
    pub fn not_found(noun: &str, id: impl fmt::Display) -> Self {
        Error::new(Code::NotFound, format!("there is no {noun} {id}"))
    }

    /// A field collides with what is stored.
    pub fn conflict(field: &str, message: impl Into<String>) -> Self {
        let message = message.into();
        let fields = vec![FieldError { field: field.into(), message: message.clone() }];
        Error { fields, ..Error::new(Code::Conflict, message) }
    }

    /// The same error of a part of the input: the bad fields prefixed with `prefix`.
    pub fn within(self, prefix: &str) -> Self {
        if self.code != Code::Invalid {
            return self;
        }
        let mut whole = Problems::default();
        whole.extend(prefix, Problems(self.fields));
        Error { cause: self.cause, ..whole.into() }
    }

    /// The same conflict, told as that of a field; every other error stays what it is.
    pub fn at_field(self, field: &str, message: impl Into<String>) -> Self {
        if self.code == Code::Conflict { Error { cause: self.cause, ..Error::conflict(field, message) } } else { self }
    }

    /// A single bad field.
    pub fn invalid(field: &str, message: impl Into<String>) -> Self {
        Problems::one(field, message).into()
    }

    /// The fields at fault, or the whole as one without a name.
    pub fn into_fields(self) -> Vec<FieldError> {
        match self.fields.is_empty() {
            true => vec![FieldError { field: String::new(), message: self.message }],
            false => self.fields,
        }
    }

    /// The same error, with the cause kept for the log.
    pub fn because(self, cause: impl Into<Cause>) -> Self {
        Error { cause: Some(cause.into()), ..self }
    }
}

/// Collects every bad field of one input, so that the caller sees all of them at once.
#[derive(Debug, Default)]
pub struct Problems(Vec<FieldError>);

impl Problems {
    /// A collection that holds one.
    pub fn one(field: &str, message: impl Into<String>) -> Self {
        let mut problems = Problems::default();
        problems.add(field, message);
        problems
    }

    /// A collection of these.
    pub fn of(fields: Vec<FieldError>) -> Self {
        Problems(fields)
    }

    /// Notes that `field` does not fit.
    pub fn add(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.0.push(FieldError { field: field.into(), message: message.into() });
    }

    /// The value of a result, or `None` after noting why there is none.
    pub fn keep<T>(&mut self, field: &str, parsed: std::result::Result<T, impl fmt::Display>) -> Option<T> {
        parsed.map_err(|why| self.add(field, why.to_string())).ok()
    }

    /// Takes over the problems of a part, each name prefixed with `prefix`.
    pub fn extend(&mut self, prefix: &str, part: Problems) {
        self.0.extend(part.0.into_iter().map(|e| FieldError { field: format!("{prefix}{}", e.field), ..e }));
    }

    /// Whether something was noted of this field.
    pub fn is_at(&self, field: &str) -> bool {
        self.0.iter().any(|problem| problem.field == field)
    }

    /// True when nothing was noted.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// `Ok` when nothing was noted.
    pub fn finish(self) -> std::result::Result<(), Problems> {
        if self.is_empty() { Ok(()) } else { Err(self) }
    }

    /// `Ok` when nothing was noted here, nor of what is `taken` already. All of it is told at once; it is a conflict where that is
    /// all there is.
    ///
    /// # Errors
    /// [`Code::Invalid`] or [`Code::Conflict`], with the fields at fault.
    pub fn finish_beside(mut self, taken: Problems) -> Result<()> {
        if self.is_empty()
            && let Some(first) = taken.0.first()
        {
            return Err(Error { fields: taken.0.clone(), ..Error::new(Code::Conflict, first.message.clone()) });
        }
        self.extend("", taken);
        Ok(self.finish()?)
    }

    /// The fields at fault.
    pub fn into_fields(self) -> Vec<FieldError> {
        self.0
    }
}

impl From<Problems> for Error {
    fn from(problems: Problems) -> Self {
        let message = match problems.0.as_slice() {
            [one] => format!("{}: {}", one.field, one.message),
            many => format!("{} fields do not fit; see errors", many.len()),
        };
        Error { fields: problems.0, ..Error::new(Code::Invalid, message) }
    }
}
