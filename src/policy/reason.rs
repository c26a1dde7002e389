//! Why something was decided: a closed list, each with one sentence for the owner.

use serde::{Deserialize, Serialize};

/// Why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// It changes nothing.
    OnlyReads,
    /// It prepares something that nobody sees.
    OnlyDrafts,
    /// It changes the owner's own data and can be undone.
    OwnData,
    /// It goes where the owner said, and shows nobody more than they may read.
    AsYouSaid,
    /// It speaks to the owner or asks a model.
    WithinTheAgent,
    /// A standing rule of the owner's, or the deployment's own policy, covers it.
    Covered,
    /// Whom or what it hits comes from text that anybody may have written.
    UntrustedControl,
    /// Others' text chose whom or what it hits.
    ChosenByOthers,
    /// It shows somebody what they could not read before.
    NewReaders,
    /// The owner's words do not account for it, and others' text was read.
    Improvised,
    /// The planner learned something from others' text and did not announce this before.
    NotAnnounced,
    /// There are many of the same kind.
    InBulk,
    /// The owner wants to see everything before it goes out.
    EachShown,
    /// It cannot be undone, costs money or changes rights.
    Grave,
    /// Others' text chose what it hits or whether it happens.
    Influenced,
    /// The stop switch is on.
    Stopped,
    /// A limit of what may be spent is reached.
    OverBudget,
    /// No rule speaks of it.
    NoRule,
    /// The approval is for another call, or for this one in another state.
    ApprovalDiffers,
    /// The owner said no.
    OwnerSaidNo,
    /// It needed the result of a call that did not happen.
    NoInput,
}

impl Reason {
    /// Every reason.
    pub const ALL: [Self; 21] = [
        Self::OnlyReads,
        Self::OnlyDrafts,
        Self::OwnData,
        Self::AsYouSaid,
        Self::WithinTheAgent,
        Self::Covered,
        Self::UntrustedControl,
        Self::ChosenByOthers,
        Self::NewReaders,
        Self::Improvised,
        Self::NotAnnounced,
        Self::InBulk,
        Self::EachShown,
        Self::Grave,
        Self::Influenced,
        Self::Stopped,
        Self::OverBudget,
        Self::NoRule,
        Self::ApprovalDiffers,
        Self::OwnerSaidNo,
        Self::NoInput,
    ];

    /// One sentence for the owner, in English and French.
    pub fn sentence(self) -> (&'static str, &'static str) {
        match self {
            Self::OnlyReads => ("It only reads.", "Cela ne fait que lire."),
            Self::OnlyDrafts => (
                "It only prepares a draft.",
                "Cela ne prépare qu'un brouillon.",
            ),
            Self::OwnData => (
                "It changes only your own data and can be undone.",
                "Cela ne change que vos propres données et peut être annulé.",
            ),
            Self::AsYouSaid => ("It goes where you said.", "Cela va où vous l'avez dit."),
            Self::WithinTheAgent => ("It stays with you.", "Cela reste entre nous."),
            Self::Covered => (
                "A standing rule of yours covers it.",
                "Une de vos règles permanentes le permet.",
            ),
            Self::UntrustedControl => (
                "Whom or what it hits comes from text that anybody may have written.",
                "Qui ou quoi est visé vient d'un texte que n'importe qui a pu écrire.",
            ),
            Self::ChosenByOthers => (
                "What others wrote had a say in whom or what it hits, and you did not name it.",
                "Ce que d'autres ont écrit a pesé sur la cible, que vous n'avez pas nommée.",
            ),
            Self::NewReaders => (
                "It shows somebody what they could not read before.",
                "Cela montre à quelqu'un ce qu'il ne pouvait pas lire.",
            ),
            Self::Improvised => (
                "Your words do not say so, and others' text was read before.",
                "Vos mots ne le disent pas, et le texte d'autrui a été lu avant.",
            ),
            Self::NotAnnounced => (
                "It was not planned before something was learned from others' text.",
                "Ce n'était pas prévu avant d'avoir appris quelque chose du texte d'autrui.",
            ),
            Self::InBulk => (
                "It is one of many of the same kind.",
                "C'est l'une de nombreuses actions semblables.",
            ),
            Self::EachShown => ("You see all that goes out.", "Vous voyez tout ce qui part."),
            Self::Grave => (
                "It cannot be undone, costs money or changes rights.",
                "C'est irréversible, payant ou cela change des droits.",
            ),
            Self::Influenced => (
                "Others' text had a say in it, and it cannot be undone, costs money or changes rights.",
                "Le texte d'autrui a pesé, et c'est irréversible, payant ou cela change des droits.",
            ),
            Self::Stopped => (
                "The agent is stopped; /resume lets it go on.",
                "L'agent est arrêté ; /resume le relance.",
            ),
            Self::OverBudget => (
                "It would go over a spending limit; /budget shows them.",
                "Cela dépasserait une limite de dépense ; /budget les montre.",
            ),
            Self::NoRule => ("No rule allows it.", "Aucune règle ne l'autorise."),
            Self::ApprovalDiffers => (
                "The approval is for a different call.",
                "L'approbation porte sur un autre appel.",
            ),
            Self::OwnerSaidNo => ("You said no.", "Vous avez dit non."),
            Self::NoInput => (
                "It needed the result of something that did not happen.",
                "Il fallait le résultat d'une action qui n'a pas eu lieu.",
            ),
        }
    }

    /// The stable word in logs and APIs.
    pub fn code(self) -> &'static str {
        match self {
            Self::OnlyReads => "only_reads",
            Self::OnlyDrafts => "only_drafts",
            Self::OwnData => "own_data",
            Self::AsYouSaid => "as_you_said",
            Self::WithinTheAgent => "within_the_agent",
            Self::Covered => "covered",
            Self::UntrustedControl => "untrusted_control",
            Self::ChosenByOthers => "chosen_by_others",
            Self::NewReaders => "new_readers",
            Self::Improvised => "improvised",
            Self::NotAnnounced => "not_announced",
            Self::InBulk => "in_bulk",
            Self::EachShown => "each_shown",
            Self::Grave => "grave",
            Self::Influenced => "influenced",
            Self::Stopped => "stopped",
            Self::OverBudget => "over_budget",
            Self::NoRule => "no_rule",
            Self::ApprovalDiffers => "approval_differs",
            Self::OwnerSaidNo => "owner_said_no",
            Self::NoInput => "no_input",
        }
    }
}
