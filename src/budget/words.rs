//! What the owner is told: why something stopped, and what is used of what.
//!
//! Texts are put together from parts, which takes less of the upload than formatting them.

use super::{Limit, Period, Shortfall, Span, Unit};
use crate::message::Locale;

/// One limit with what is used of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The limit.
    pub limit: Limit,
    /// The connector, where the limit is that of one.
    pub connector: Option<String>,
    /// What is used, open reservations included. Of a turn: by the largest of today.
    pub used: u64,
    /// What may be used; `None` where there is no limit.
    pub most: Option<u64>,
}

/// What is used of every limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The present day and month.
    pub period: Period,
    /// The limits in the order of [`Limit::ALL`]; last that on requests, for each connector that was
    /// used today.
    pub limits: Vec<Line>,
    /// What each of the latest days took, oldest first, as a JSON document; a day on which nothing
    /// was spent is not in it.
    pub days: String,
    /// The models that have no price, so that money is not limited for them.
    pub unpriced: Vec<String>,
}

impl Account {
    /// The same for a program, as a JSON document. Money is in micro-dollars.
    pub fn json(&self) -> String {
        let mut text = String::from("{\"limits\":[");
        for (n, line) in self.limits.iter().enumerate() {
            next(&mut text, n);
            text.push_str("{\"limit\":");
            quoted(&mut text, line.limit.key());
            if let Some(connector) = &line.connector {
                text.push_str(",\"connector\":");
                quoted(&mut text, connector);
            }
            number(&mut text, ",\"used\":", line.used);
            match line.most {
                Some(most) => number(&mut text, ",\"most\":", most),
                None => text.push_str(",\"most\":null"),
            }
            text.push('}');
        }
        text.push_str("],\"days\":");
        text.push_str(&self.days);
        text.push_str(",\"unpriced\":[");
        for (n, model) in self.unpriced.iter().enumerate() {
            next(&mut text, n);
            quoted(&mut text, model);
        }
        text.push_str("],\"zone\":");
        quoted(&mut text, self.period.zone());
        let ends = [self.period.day_ends(), self.period.month_ends()];
        let [day, month] = ends.map(|at| u64::try_from(at.millis()).unwrap_or(0));
        number(&mut text, ",\"day_ends\":", day);
        number(&mut text, ",\"month_ends\":", month);
        text.push('}');
        text
    }

    /// A few lines for the owner.
    pub fn text(&self, locale: Locale) -> String {
        let mut text = locale
            .pick("Budget, used of limit:", "Budget, utilisé sur limite :")
            .to_owned();
        for line in &self.limits {
            text.push_str("\n- ");
            text.push_str(line.limit.name(locale));
            if let Some(connector) = &line.connector {
                text.push(' ');
                text.push_str(connector);
            }
            text.push_str(locale.pick(": ", " : "));
            let (used, unit) = (line.used, line.limit.unit());
            text.push_str(&written(used, unit, locale));
            match line.most {
                Some(most) => {
                    text.push_str(locale.pick(" of ", " sur "));
                    text.push_str(&written(most, unit, locale));
                }
                None => text.push_str(locale.pick(", no limit", ", sans limite")),
            }
        }
        let period = &self.period;
        let parts = [
            locale.pick("\nThe day ends ", "\nLe jour finit "),
            &period.clock(period.day_ends()),
            locale.pick(", the month ", ", le mois "),
            &period.clock(period.month_ends()),
            " (",
            period.zone(),
            ").",
        ];
        text.push_str(&parts.concat());
        for model in &self.unpriced {
            text.push('\n');
            text.push_str(model);
            text.push_str(locale.pick(
                " has no price, so money is not limited for it.",
                " n'a pas de prix : l'argent n'est pas limité pour lui.",
            ));
        }
        text
    }
}

fn next(text: &mut String, n: usize) {
    if n > 0 {
        text.push(',');
    }
}

/// A name as a JSON text.
fn quoted(text: &mut String, name: &str) {
    text.push_str(&serde_json::Value::from(name).to_string());
}

fn number(text: &mut String, before: &str, number: u64) {
    text.push_str(before);
    text.push_str(&number.to_string());
}

/// An amount as a person reads it.
fn written(amount: u64, unit: Unit, locale: Locale) -> String {
    // Never less than was spent: parts are rounded up.
    let (scaled, places) = match unit {
        Unit::Tokens | Unit::Count => (amount, 0),
        Unit::Microusd => (amount.div_ceil(10_000), 2),
        Unit::Bytes => (amount.div_ceil(100_000), 1),
    };
    let mut text = scaled.to_string();
    while text.len() <= places {
        text.insert(0, '0');
    }
    let mut at = text.len().saturating_sub(places);
    if places > 0 {
        text.insert_str(at, locale.pick(".", ","));
    }
    while at > 3 {
        at = at.saturating_sub(3);
        text.insert_str(at, locale.pick(",", "\u{a0}"));
    }
    match (unit, locale) {
        (Unit::Microusd, Locale::En) => text.insert(0, '$'),
        (Unit::Microusd, Locale::Fr) => text.push_str(" $"),
        (Unit::Bytes, _) => text.push_str(locale.pick(" MB", " Mo")),
        (Unit::Tokens | Unit::Count, _) => {}
    }
    text
}

impl Limit {
    /// What is limited, in a few words.
    pub fn name(self, locale: Locale) -> &'static str {
        let (english, french) = match self {
            Self::TokensTurn => ("Tokens of one message", "Jetons d'un message"),
            Self::UsdTurn => ("Money for one message", "Argent pour un message"),
            Self::TokensDay => ("Tokens today", "Jetons du jour"),
            Self::UsdDay => ("Money today", "Argent du jour"),
            Self::TokensMonth => ("Tokens this month", "Jetons du mois"),
            Self::UsdMonth => ("Money this month", "Argent du mois"),
            Self::RequestsDay => ("Requests today to", "Requêtes du jour vers"),
            Self::SendsDay => ("Messages to others today", "Messages à autrui du jour"),
            Self::PaysDay => ("Payments today", "Paiements du jour"),
            Self::BytesDay => ("Data sent out today", "Données envoyées du jour"),
        };
        locale.pick(english, french)
    }
}

impl Shortfall {
    /// Which limit it is, what was used, when it is free again, and where to raise it.
    pub fn sentence(&self, locale: Locale, period: &Period) -> String {
        let unit = self.limit.unit();
        let connector = self.connector.as_deref();
        let ends = match self.limit.span() {
            Span::Turn => None,
            Span::Day => Some(period.day_ends()),
            Span::Month => Some(period.month_ends()),
        };
        let free = match ends {
            Some(at) => [
                locale.pick("It is free again ", "C'est de nouveau libre "),
                &period.clock(at),
                " (",
                period.zone(),
                ").",
            ]
            .concat(),
            None => locale
                .pick(
                    "Your next message counts anew.",
                    "Votre prochain message repart de zéro.",
                )
                .to_owned(),
        };
        let place = if self.lowered {
            self.limit.binding()
        } else {
            let file = locale.pick(" in connections.toml", " dans connections.toml");
            [self.limit.key(), file].concat()
        };
        [
            locale.pick(
                "I stopped here to stay within the budget. ",
                "Je m'arrête ici pour rester dans le budget. ",
            ),
            self.limit.name(locale),
            if connector.is_some() { " " } else { "" },
            connector.unwrap_or_default(),
            locale.pick(": ", " : "),
            &written(self.used, unit, locale),
            locale.pick(" of ", " sur "),
            &written(self.most, unit, locale),
            locale.pick(
                " used, and the next step may take ",
                " utilisés, et la suite peut prendre ",
            ),
            &written(self.needs, unit, locale),
            ". ",
            &free,
            locale.pick(
                " /budget shows all limits; this one is raised by ",
                " /budget montre toutes les limites ; celle-ci se relève par ",
            ),
            &place,
            ".",
        ]
        .concat()
    }
}
