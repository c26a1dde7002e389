//! What a handle looks like to the owner: rendered by code, inert, with its source.

use crate::inert::inert_capped;
use crate::message::{Block, Locale, ShownField, ShownItem};
use crate::time::{Timestamp, Zone};
use crate::tool::Kind;
use crate::value::{Item, Value};

/// The most items of a list that are shown at once.
const ITEMS_MAX: usize = 25;
/// The most bytes of one field in a list; a record shows more.
const LIST_FIELD_BYTES_MAX: usize = 300;
const RECORD_FIELD_BYTES_MAX: usize = 16 * 1024;

/// What it takes to write a value for a person.
#[derive(Debug, Clone, Copy)]
pub struct Manner<'a> {
    /// The owner's language.
    pub locale: Locale,
    /// The owner's zone; without one, times are in UTC and say so.
    pub zone: Option<&'a Zone>,
}

/// The words of a source that may be told; what a label's source begins with.
const SOURCES: &[&str] = &[
    "mail",
    "calendar",
    "contacts",
    "notes",
    "reminders",
    "chat",
    "file",
    "files",
    "web",
    "bank",
    "travel",
    "service",
];

/// The closed word for where a value is from, as its label says.
pub fn source_of(item: &Item) -> Option<&'static str> {
    let sources = &item.label().sources;
    let begins = |word: &&&str| {
        sources
            .iter()
            .any(|source| source.split(':').next() == Some(word))
    };
    SOURCES.iter().find(begins).copied()
}

/// A list or a record as a block.
pub fn shown(kind: Kind, item: &Item, manner: Manner<'_>) -> Block {
    let open = matches!(kind, Kind::Data | Kind::Done);
    let listed = kind.item().is_some() || (open && matches!(item.peek(), Value::List(_)));
    let items: Vec<ShownItem> = if listed {
        let shown = item.items().iter().take(ITEMS_MAX);
        shown
            .enumerate()
            .map(|(n, item)| one(kind, item, n, true, manner))
            .collect()
    } else {
        vec![one(kind, item, 0, false, manner)]
    };
    let empty = listed && items.is_empty();
    Block::Shown {
        title: title(kind, empty, manner.locale).to_owned(),
        source: source_word(
            source_of(item).filter(|_| open).unwrap_or(kind.source()),
            manner.locale,
        )
        .to_owned(),
        trust: item.total_label().integrity.word().to_owned(),
        more: if listed {
            item.items().len().saturating_sub(ITEMS_MAX)
        } else {
            0
        },
        items,
    }
}

/// A field as a quoted value.
pub fn quoted(source: &str, item: &Item, manner: Manner<'_>) -> Block {
    Block::Quote {
        source: source_word(source, manner.locale).to_owned(),
        text: value(item, RECORD_FIELD_BYTES_MAX, manner),
    }
}

fn one(kind: Kind, item: &Item, n: usize, brief: bool, manner: Manner<'_>) -> ShownItem {
    let mut fields = Vec::new();
    if kind.fields().is_empty() {
        return ShownItem {
            n: n.saturating_add(1),
            fields: open_fields(item, brief, manner),
        };
    }
    for name in kind.fields() {
        if matches!(*name, "sender") || brief && matches!(*name, "body" | "about" | "to") {
            continue;
        }
        let Some(part) = item.field(name) else {
            continue;
        };
        let bytes_max = if brief {
            LIST_FIELD_BYTES_MAX
        } else {
            RECORD_FIELD_BYTES_MAX
        };
        let text = value(part, bytes_max, manner);
        let headline = fields.is_empty();
        if !text.is_empty() || headline {
            fields.push(ShownField {
                name: field_word(name, manner.locale).to_owned(),
                value: text,
            });
        }
    }
    ShownItem {
        n: n.saturating_add(1),
        fields,
    }
}

/// The fields of a thing whose shape only its service knows: the most telling one first.
fn open_fields(item: &Item, brief: bool, manner: Manner<'_>) -> Vec<ShownField> {
    const HEADLINES: &[&str] = &["title", "subject", "name", "filename", "key"];
    let bytes_max = if brief {
        LIST_FIELD_BYTES_MAX
    } else {
        RECORD_FIELD_BYTES_MAX
    };
    let Value::Record(parts) = item.peek() else {
        return vec![ShownField {
            name: String::new(),
            value: value(item, bytes_max, manner),
        }];
    };
    let headline = HEADLINES.iter().find(|name| parts.contains_key(**name));
    let first = headline.and_then(|name| parts.get_key_value(*name));
    let others = parts
        .iter()
        .filter(|(name, _)| headline.is_none_or(|headline| name != headline));
    let shown = first
        .into_iter()
        .chain(others)
        .map(|(name, part)| ShownField {
            // A service chose the name, so it is made harmless like the value.
            name: inert_capped(name, 64),
            value: value(part, bytes_max, manner),
        });
    shown.filter(|field| !field.value.is_empty()).collect()
}

fn value(item: &Item, bytes_max: usize, manner: Manner<'_>) -> String {
    match item.peek() {
        Value::Null => String::new(),
        Value::Bool(flag) => match (flag, manner.locale) {
            (true, Locale::En) => "yes".to_owned(),
            (true, Locale::Fr) => "oui".to_owned(),
            (false, _) => String::new(),
        },
        Value::Int(number) => number.to_string(),
        Value::Number(number) => number.to_string(),
        Value::Text(text) => inert_capped(text, bytes_max),
        Value::Time(at) => moment(*at, manner),
        Value::List(items) => items
            .iter()
            .map(|item| value(item, bytes_max, manner))
            .collect::<Vec<_>>()
            .join(", "),
        Value::Record(fields) => fields
            .values()
            .map(|item| value(item, bytes_max, manner))
            .collect::<Vec<_>>()
            .join(", "),
    }
}

/// `Tue 24 Nov 2026, 09:00`, in the owner's zone.
pub fn moment(at: Timestamp, manner: Manner<'_>) -> String {
    let utc = Zone::utc();
    let zoned = at.in_zone(manner.zone.unwrap_or(&utc));
    let day = usize::try_from(zoned.weekday().to_monday_zero_offset()).unwrap_or(0);
    let month = usize::try_from(zoned.month())
        .unwrap_or(1)
        .saturating_sub(1);
    let (days, months) = manner
        .locale
        .pick((DAYS_EN, MONTHS_EN), (DAYS_FR, MONTHS_FR));
    let suffix = if manner.zone.is_none() { " UTC" } else { "" };
    format!(
        "{} {} {} {}, {}{suffix}",
        days.get(day).copied().unwrap_or_default(),
        zoned.day(),
        months.get(month).copied().unwrap_or_default(),
        zoned.year(),
        zoned.strftime("%H:%M"),
    )
}

const DAYS_EN: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const DAYS_FR: [&str; 7] = ["lun.", "mar.", "mer.", "jeu.", "ven.", "sam.", "dim."];
const MONTHS_EN: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];
const MONTHS_FR: [&str; 12] = [
    "janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.",
    "déc.",
];

fn title(kind: Kind, empty: bool, locale: Locale) -> &'static str {
    if empty {
        return match kind {
            Kind::Mails => locale.pick("No mail found.", "Aucun message trouvé."),
            Kind::Events => locale.pick("Nothing planned.", "Rien de prévu."),
            Kind::Contacts => locale.pick("No contact found.", "Aucun contact trouvé."),
            Kind::Notes => locale.pick("No notes.", "Aucune note."),
            Kind::Reminders => locale.pick("No reminders.", "Aucun rappel."),
            Kind::Mail
            | Kind::Draft
            | Kind::Event
            | Kind::Contact
            | Kind::Note
            | Kind::Reminder
            | Kind::Message
            | Kind::File
            | Kind::Setting
            | Kind::Page
            | Kind::Data
            | Kind::Answer
            | Kind::Text
            | Kind::Summary
            | Kind::Done => locale.pick("Nothing found.", "Rien trouvé."),
        };
    }
    match kind {
        Kind::Mails => locale.pick("Mail", "Courrier"),
        Kind::Draft => locale.pick("Draft", "Brouillon"),
        Kind::Events => locale.pick("Agenda", "Agenda"),
        Kind::Event => locale.pick("Event", "Événement"),
        Kind::Contacts => locale.pick("Contacts", "Contacts"),
        Kind::Contact => locale.pick("Contact", "Contact"),
        Kind::Notes => locale.pick("Notes", "Notes"),
        Kind::Note => locale.pick("Note", "Note"),
        Kind::Reminders => locale.pick("Reminders", "Rappels"),
        Kind::Reminder => locale.pick("Reminder", "Rappel"),
        Kind::Mail | Kind::Message => "Message",
        Kind::File => locale.pick("File", "Fichier"),
        Kind::Setting => locale.pick("Setting", "Réglage"),
        Kind::Page => "Page",
        Kind::Data | Kind::Done => locale.pick("Result", "Résultat"),
        Kind::Answer => locale.pick("Answer", "Réponse"),
        Kind::Text => locale.pick("Text", "Texte"),
        Kind::Summary => locale.pick("Summary", "Résumé"),
    }
}

fn source_word(source: &str, locale: Locale) -> &str {
    match (locale, source) {
        (Locale::Fr, "mail") => "courrier",
        (Locale::Fr, "calendar") => "agenda",
        (Locale::Fr, "contacts") => "contacts",
        (Locale::Fr, "reminders") => "rappels",
        (Locale::Fr, "chat") => "discussion",
        (Locale::Fr, "file") => "fichier",
        (Locale::Fr, "settings") => "réglages",
        (Locale::Fr, "files") => "fichiers",
        (Locale::Fr, "bank") => "banque",
        (Locale::Fr, "travel") => "voyage",
        (Locale::Fr, "derived") => "lecteur sans outils",
        (Locale::En, "derived") => "a reader without tools",
        _ => source,
    }
}

fn field_word(name: &str, locale: Locale) -> &str {
    match (locale, name) {
        (Locale::Fr, "subject") => "objet",
        (Locale::Fr, "from") => "de",
        (Locale::Fr, "to") => "à",
        (Locale::Fr, "unread") => "non lu",
        (Locale::Fr, "body" | "text") => "texte",
        (Locale::Fr, "state") => "état",
        (Locale::Fr, "title") => "titre",
        (Locale::Fr, "start") => "début",
        (Locale::Fr, "end") => "fin",
        (Locale::Fr, "place") => "lieu",
        (Locale::Fr, "attendees") => "participants",
        (Locale::Fr, "organiser") => "organisateur",
        (Locale::Fr, "about") => "détails",
        (Locale::Fr, "name") => "nom",
        (Locale::Fr, "address") => "adresse",
        (Locale::Fr, "phone") => "téléphone",
        (Locale::Fr, "at") => "quand",
        (Locale::Fr, "repeat") => "répétition",
        (Locale::Fr, "value") => "valeur",
        (Locale::Fr, "told") => "dit",
        (Locale::Fr, "where") => "où",
        (Locale::Fr, "receipt") => "reçu",
        (Locale::En, "at") => "when",
        _ => name,
    }
}
