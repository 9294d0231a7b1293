//! Forms: fields with labels, hints and what is wrong with them.

use askama::Template;

use crate::error::FieldError;
use crate::pages::Html;
use crate::pages::reader::once;
use crate::pages::shell::Shell;
use crate::pages::texts::Called;

/// What a field takes.
#[derive(Clone, Debug)]
pub enum Kind {
    /// An `input` of this type.
    Input(&'static str),
    /// One of these: value and name.
    Choice(Vec<(String, String)>),
    /// A `textarea` of this look.
    Area(&'static str),
    /// Whatever follows, folded away under a name.
    Fold,
    /// Something that is only said.
    Said(Html),
    /// A value that only travels along.
    Hidden,
}

/// A field.
#[derive(Clone, Debug)]
pub struct Field {
    name: &'static str,
    label: &'static str,
    kind: Kind,
    value: String,
    hint: String,
    required: bool,
    complete: &'static str,
    /// What a phone's keyboard is for, as HTML names it.
    mode: &'static str,
    list: Vec<String>,
    error: Option<String>,
    /// Whether whoever looks begins here.
    first: bool,
}

/// What every control has: its names, and what the page tells of it.
#[derive(Template)]
#[template(
    source = r#" id="{{ id }}-{{ field.name }}" name="{{ field.name }}"{% if field.required %} required{% endif %}{% if field.first %} autofocus{% endif %}{% if field.error.is_some() %} aria-invalid="true"{% endif %}{% if !told.is_empty() %} aria-describedby="{{ told }}"{% endif %}"#,
    ext = "html"
)]
struct Marks<'a> {
    id: &'a str,
    field: &'a Field,
    told: String,
}

/// What stands below a control: what is wrong with it, and what it is for.
#[derive(Template)]
#[template(
    source = r#"{% if let Some(error) = field.error %}<p class="error" id="{{ id }}-{{ field.name }}-error">{{ error }}</p>{% endif %}{% if !field.hint.is_empty() %}<p class="hint" id="{{ id }}-{{ field.name }}-hint">{{ field.hint }}</p>{% endif %}"#,
    ext = "html"
)]
struct Below<'a> {
    id: &'a str,
    field: &'a Field,
}

/// What is wrong with a form as a whole; where that is all, whoever looks begins there.
#[derive(Template)]
#[template(
    source = r#"{% if !said.is_empty() %}<div class="problems" role="alert"{% if first %} tabindex="-1" autofocus{% endif %}>{% for problem in said %}<p>{{ problem }}</p>{% endfor %}</div>{% endif %}"#,
    ext = "html"
)]
struct Above {
    said: Vec<String>,
    first: bool,
}

/// What is wrong with a form as a whole; `first` where that is all that is.
pub(super) fn above(said: Vec<String>, first: bool) -> Html {
    Html::of(&Above { said, first })
}

/// Which of the texts below a control tell of it, by their ids.
pub(super) fn told(id: &str, error: bool, hint: bool) -> String {
    let all = [(hint, "hint"), (error, "error")].into_iter().filter(|(there, _)| *there);
    all.map(|(_, what)| format!("{id}-{what}")).collect::<Vec<_>>().join(" ")
}

impl Field {
    /// An `input` of this type.
    pub fn input(kind: &'static str, name: &'static str, label: &'static str) -> Field {
        let complete = if kind == "password" { "current-password" } else { "off" };
        let (value, hint) = (String::new(), String::new());
        let (list, error) = (Vec::new(), None);
        Field {
            name,
            label,
            kind: Kind::Input(kind),
            value,
            hint,
            required: false,
            complete,
            mode: "",
            list,
            error,
            first: false,
        }
    }

    /// A line of text.
    pub fn text(name: &'static str, label: &'static str) -> Field {
        Field::input("text", name, label)
    }

    /// The address of a page, which need not say `https://`.
    pub fn address(name: &'static str, label: &'static str) -> Field {
        Field { mode: "url", ..Field::text(name, label) }
    }

    /// A number or an amount, as the reader writes it.
    pub fn number(name: &'static str, label: &'static str) -> Field {
        Field { mode: "decimal", ..Field::text(name, label) }
    }

    /// Several lines of text; `look` is empty, or `rows` for what stands in columns.
    pub fn area(name: &'static str, label: &'static str, look: &'static str) -> Field {
        Field { kind: Kind::Area(look), ..Field::text(name, label) }
    }

    /// Folds every field that follows away under a name; open when one of them has something to say.
    pub fn fold(label: &'static str) -> Field {
        Field { kind: Kind::Fold, ..Field::text("", label) }
    }

    /// Something that is only said.
    pub fn said(said: Html) -> Field {
        Field { kind: Kind::Said(said), ..Field::text("", "") }
    }

    /// One of several: value and name.
    pub fn choice(name: &'static str, label: &'static str, choices: Vec<(String, String)>) -> Field {
        Field { kind: Kind::Choice(choices), ..Field::text(name, label) }
    }

    /// A value that only travels along.
    pub fn hidden(name: &'static str, value: impl Into<String>) -> Field {
        Field { kind: Kind::Hidden, ..Field::text(name, "") }.value(value)
    }

    /// What stands in it.
    pub fn value(self, value: impl Into<String>) -> Field {
        Field { value: value.into(), ..self }
    }

    /// A sentence below it.
    pub fn hint(self, hint: impl Into<String>) -> Field {
        Field { hint: hint.into(), ..self }
    }

    /// What is suggested.
    pub fn suggest(self, list: &[String]) -> Field {
        Field { list: list.to_vec(), ..self }
    }

    /// It must not be empty.
    pub fn required(self) -> Field {
        Field { required: true, ..self }
    }

    /// What a browser may fill in, as HTML names it.
    pub fn complete(self, complete: &'static str) -> Field {
        Field { complete, ..self }
    }

    fn marks(&self, id: &str) -> Html {
        let told = told(&format!("{id}-{}", self.name), self.error.is_some(), !self.hint.is_empty());
        Html::of(&Marks { id, field: self, told })
    }

    fn below(&self, id: &str) -> Html {
        Html::of(&Below { id, field: self })
    }
}

/// What somebody sent that did not fit, and why.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sent<'a> {
    /// The fields as they were sent.
    pub fields: &'a [(String, String)],
    /// What is wrong.
    pub problems: &'a [FieldError],
}

/// A form.
#[derive(Clone, Debug)]
pub struct Form {
    /// Its heading; none when it is one line.
    pub title: String,
    /// Where it goes.
    pub action: String,
    /// Its fields.
    pub fields: Vec<Field>,
    /// What the button says.
    pub submit: &'static str,
    /// `card`, `line` (fields side by side) or `bare` (nothing but the button).
    pub look: &'static str,
}

#[derive(Template)]
#[template(path = "form.html")]
struct Shown<'a> {
    shell: &'a Shell,
    form: &'a Form,
    id: String,
    folded: bool,
    open: bool,
    above: Html,
}

impl Form {
    /// As a page shows it: with what was sent, where that did not fit.
    pub fn html(mut self, shell: &Shell, sent: Sent<'_>) -> Html {
        let mut rest: Vec<&FieldError> = sent.problems.iter().collect();
        for field in &mut self.fields {
            let is_secret = matches!(field.kind, Kind::Input("password"));
            if let Some((_, value)) = sent.fields.iter().find(|(name, _)| name == field.name && !is_secret)
                && !sent.problems.is_empty()
            {
                field.value.clone_from(value);
            }
            if matches!(field.kind, Kind::Input(_) | Kind::Choice(_) | Kind::Area(_)) {
                let (own, others): (Vec<_>, Vec<_>) = rest.into_iter().partition(|problem| problem.field == field.name);
                (field.error, rest) = (at_field(shell, &own), others);
            }
        }
        if let Some(field) = self.fields.iter_mut().find(|field| field.error.is_some()) {
            field.first = true;
        }
        let none_first = self.fields.iter().all(|field| !field.first);
        // What hinders something that is only confirmed is a whole sentence.
        let bare = |problem: &FieldError| shell.reader.said(&problem.message);
        let is_sure = self.look == "sure";
        let problems = rest.into_iter().map(|problem| if is_sure { bare(problem) } else { said(shell, problem) }).collect();
        let above = above(problems, none_first);
        let id = self.action.split('?').next().unwrap_or_default().replace(['/', '_'], "-");
        let folded = self.fields.iter().position(|field| matches!(field.kind, Kind::Fold));
        let says = |field: &Field| field.error.is_some() || matches!(field.kind, Kind::Said(_)) && !sent.fields.is_empty();
        let open = folded.is_some_and(|place| self.fields[place..].iter().any(says));
        Html::of(&Shown { shell, form: &self, id: format!("f{id}"), folded: folded.is_some(), open, above })
    }
}

/// All that is wrong with one field.
pub(super) fn at_field(shell: &Shell, own: &[&FieldError]) -> Option<String> {
    let mut said: Vec<String> = own.iter().map(|problem| shell.reader.said(&problem.message)).collect();
    once(&mut said);
    (!said.is_empty()).then(|| said.join("; "))
}

/// What is wrong, with the name of the field.
pub(super) fn said(shell: &Shell, problem: &FieldError) -> String {
    let text = shell.reader.said(&problem.message);
    if problem.field.is_empty() { text } else { format!("{}: {text}", shell.words::<Called>().field(&problem.field)) }
}

/// A button that does something at once.
pub fn act(shell: &Shell, action: impl Into<String>, submit: &'static str) -> Html {
    let form = Form { title: String::new(), action: action.into(), fields: Vec::new(), submit, look: "bare" };
    form.html(shell, Sent::default())
}
