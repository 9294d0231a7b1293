//! Nouns and rules of partner attribution. No async, no I/O, no database, no HTTP: what is here can be tried on paper.

pub mod account;
pub mod attribution;
pub mod audit;
pub mod conversion;
pub mod customer;
pub mod deal;
pub mod destination;
pub mod discrepancy;
pub mod heard;
pub mod hiding;
pub mod hit;
pub mod id;
pub mod import;
pub mod interpret;
pub mod key;
pub mod kind;
pub mod link;
pub mod manual_credit;
pub mod money;
pub mod partner;
pub mod pipeline;
pub mod policy;
pub mod registration;
pub mod report;
pub mod sealing;
pub mod target;
pub mod time;
pub mod touchpoint;
pub mod user;
pub mod verdict;
pub mod whatif;

/// Declares a closed set with one stable name for each value, used alike in JSON, in the databases and in messages.
macro_rules! named {
    ($(#[$doc:meta])* pub enum $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $text)] $variant,)+ }

        impl $name {
            /// Every value, in order of declaration.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            /// The stable name.
            pub const fn as_str(self) -> &'static str {
                match self { $($name::$variant => $text,)+ }
            }
        }

        // By hand: the derive does not see names that a macro passes on.
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .enum_values(Some($name::ALL.iter().map(|value| value.as_str())))
                    .into()
            }
        }

        impl utoipa::ToSchema for $name {}

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = String;
            fn from_str(text: &str) -> std::result::Result<Self, String> {
                match text {
                    $($text => Ok($name::$variant),)+
                    _ => Err(format!("{text:?} is not one of {}", [$($text),+].join(", "))),
                }
            }
        }
    };
}
pub(crate) use named;
