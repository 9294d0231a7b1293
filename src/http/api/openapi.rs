//! The OpenAPI 3.1 document, made from the table: what is routed is documented, and nothing else.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use hyper::Method;
use utoipa::openapi::path::{HttpMethod, Operation, OperationBuilder, ParameterBuilder, ParameterIn};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::response::ResponseBuilder;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    ComponentsBuilder, Content, InfoBuilder, OpenApiBuilder, PathItem, PathsBuilder, RefOr, Required, Schema, ServerBuilder,
};

use crate::domain::key::Scope;
use crate::error::Result;
use crate::http::api::endpoint::Endpoint;
use crate::http::api::output::{Answer, Output};
use crate::http::api::repeat;
use crate::http::api::sketch::Sketch;
use crate::http::api::table::endpoints;
use crate::http::reply::Problem;

/// The scheme under which keys are sent.
const SECURITY: &str = "key";

const DESCRIPTION: &str = "Partner attribution. Errors are RFC 9457 problem documents with a stable `code`. Lists are newest \
    first. Money is integer minor units and an ISO 4217 code; times are UTC. A POST may carry an `Idempotency-Key`: the same \
    request under the same key is carried out once, and its answer given again.";

/// The document, as JSON.
pub fn document() -> &'static str {
    static DOCUMENT: LazyLock<String> = LazyLock::new(build);
    &DOCUMENT
}

fn build() -> String {
    let mut problem = Sketch::default();
    let problem_schema = problem.refer::<Problem>();
    let mut paths = PathsBuilder::new();
    let mut schemas: BTreeMap<String, RefOr<Schema>> = problem.schemas.into_iter().collect();
    for endpoint in endpoints() {
        let item = PathItem::new(http_method(&endpoint.method), operation(endpoint, &problem_schema));
        paths = paths.path(endpoint.path, item);
        schemas.extend(endpoint.sketch.schemas.iter().cloned());
    }
    open_parts(&mut schemas);
    let components = ComponentsBuilder::new().schemas_from_iter(schemas);
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some("A key, as `kudos_..`")).build();
    let info = InfoBuilder::new().title("Kudos").version(env!("CARGO_PKG_VERSION")).description(Some(DESCRIPTION));
    let document = OpenApiBuilder::new()
        .info(info)
        .servers(Some([ServerBuilder::new().url("/api/v1").build()]))
        .paths(paths)
        .components(Some(components.security_scheme(SECURITY, SecurityScheme::Http(bearer)).build()))
        .build();
    // Maps with text keys, numbers and texts: it can always be written.
    document.to_json().unwrap_or_default()
}

/// A schema that is one part of several (`allOf`) must not forbid what the other parts allow.
fn open_parts(schemas: &mut BTreeMap<String, RefOr<Schema>>) {
    let mut parts = Vec::new();
    for schema in schemas.values() {
        if let RefOr::T(Schema::AllOf(whole)) = schema {
            parts.extend(whole.items.iter().filter_map(|item| match item {
                RefOr::Ref(part) => part.ref_location.rsplit('/').next().map(str::to_owned),
                RefOr::T(_) => None,
            }));
        }
    }
    for part in parts {
        if let Some(RefOr::T(Schema::Object(object))) = schemas.get_mut(&part) {
            object.additional_properties = None;
        }
    }
}

fn operation(endpoint: &Endpoint, problem: &RefOr<Schema>) -> Operation {
    let sketch = &endpoint.sketch;
    let noun = endpoint.path.split('/').nth(1).unwrap_or_default();
    let mut operation = OperationBuilder::new()
        .operation_id(Some(operation_id(endpoint)))
        .tag(noun.split('.').next().unwrap_or_default())
        .summary(Some(endpoint.summary))
        .description(endpoint.scope.map(scope_sentence));
    operation = match endpoint.scope {
        Some(_) => operation.security(SecurityRequirement::new(SECURITY, Vec::<String>::new())),
        None => operation.security(SecurityRequirement::default()),
    };
    let text = || ObjectBuilder::new().schema_type(Type::String);
    let parameter = |name, place, required| ParameterBuilder::new().name(name).parameter_in(place).required(required);
    if endpoint.path.contains("{id}") {
        operation = operation.parameter(parameter("id", ParameterIn::Path, Required::True).schema(Some(text())));
    }
    let named = sketch.params.iter().map(|param| (ParameterIn::Query, param));
    for (place, param) in named.chain(sketch.headers.iter().map(|header| (ParameterIn::Header, header))) {
        let optional = parameter(param.name, place, Required::False).description(Some(param.description));
        operation = operation.parameter(optional.schema(Some(param.schema.clone())));
    }
    if endpoint.method == Method::POST {
        let key = text().min_length(Some(1)).max_length(Some(255));
        operation = operation.parameter(parameter(repeat::HEADER, ParameterIn::Header, Required::False).schema(Some(key)));
    }
    if let Some(body) = &sketch.body {
        let body = RequestBodyBuilder::new().content("application/json", Content::new(Some(body.clone())));
        operation = operation.request_body(Some(body.required(Some(Required::True)).build()));
    }
    for reply in &sketch.replies {
        let mut response = ResponseBuilder::new().description(reply.description);
        if let Some(body) = &reply.body {
            response = response.content("application/json", Content::new(Some(body.clone())));
        }
        operation = operation.response(reply.status.to_string(), response.build());
    }
    let refused = ResponseBuilder::new()
        .description("It was not done; `code` and `detail` say why, `errors` which fields.")
        .content("application/problem+json", Content::new(Some(problem.clone())));
    operation.response("default", refused.build()).build()
}

fn scope_sentence(scope: Scope) -> String {
    match scope {
        Scope::Admin => "Needs a key of scope `admin`.".into(),
        scope => format!("Needs a key of scope `{scope}` or `admin`."),
    }
}

/// `get_links_id` and the like: unique, because method and path are.
fn operation_id(endpoint: &Endpoint) -> String {
    let words = endpoint.path.split(['/', '.']).filter(|word| !word.is_empty()).map(|word| word.trim_matches(['{', '}']));
    let path = words.collect::<Vec<_>>().join("_");
    format!("{}_{path}", endpoint.method.as_str().to_ascii_lowercase())
}

fn http_method(method: &Method) -> HttpMethod {
    match *method {
        Method::POST => HttpMethod::Post,
        Method::PATCH => HttpMethod::Patch,
        Method::DELETE => HttpMethod::Delete,
        _ => HttpMethod::Get,
    }
}

/// The document itself, as an answer.
pub(super) struct Described;

impl Output for Described {
    fn answer(self) -> Result<Answer> {
        Ok(Answer::text(200, document().to_owned()))
    }

    fn describe(sketch: &mut Sketch) {
        let body = ObjectBuilder::new().schema_type(Type::Object);
        sketch.reply(200, "An OpenAPI 3.1 document.", Some(Schema::from(body).into()));
    }
}
