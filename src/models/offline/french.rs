//! French: what is understood and what is answered. Tables only; `grammar` explains each.

use super::grammar::{Answers, Grammar, Intent, Rule, Times, Unit};
use super::when::{Again, Day, Part};
use crate::message::Locale;
use crate::time::{Place, Repeat, Rule as Every, Unit as Of};

/// The tables.
#[rustfmt::skip]
pub static GRAMMAR: Grammar = Grammar {
    locale: Locale::Fr,
    marks: &[
        "le", "la", "les", "l'", "d'", "de", "du", "des", "un", "une", "mes", "mon", "ma", "moi",
        "je", "j'", "tu", "qu'", "que", "est", "ce", "a", "et", "pour", "dans", "demain", "hier",
        "aujourd'hui", "rappelle", "lis", "ouvre", "montre", "affiche", "s'", "plait", "svp",
        "stp", "quelle", "quel", "quels", "non", "lus", "bonjour", "salut", "merci", "vendredi",
        "lundi", "mardi", "mercredi", "jeudi", "samedi", "dimanche", "cherche", "ajoute", "suis",
        "au", "en", "chaque", "tous", "toutes", "rappels", "aide", "soir", "matin", "deuxieme",
    ],
    before: &[
        "s' il te|vous plait", "stp|svp", "bonjour|bonsoir|salut|coucou", "ok|alors|et|puis|dis",
        "est ce que tu peux|pourrais", "peux|pourrais|veux|tu tu|peux", "pouvez|pourriez vous",
        "je veux|voudrais|aimerais", "je veux|voudrais|aimerais que tu", "merci de", "peux",
    ],
    after: &[
        "s' il te|vous plait", "stp|svp", "merci", "merci beaucoup|bien", "merci d' avance",
        "pour moi", "si tu peux",
    ],
    refusals: &["ne", "n'", "pas", "surtout pas", "non", "jamais", "arrete", "rien", "inutile"],
    sets: &[
        ("show", &[
            "montre", "montrer", "affiche", "afficher", "liste", "lister", "donne", "donner",
            "voir", "vois", "regarde", "verifie", "consulte", "quels", "quelles",
        ]),
        ("my", &[
            "mes", "mon", "ma", "le", "la", "les", "l'", "des", "de", "du", "d'", "un", "une",
            "moi", "me", "m'", "tous", "toutes", "sont", "est",
        ]),
        ("art", &[
            "le", "la", "les", "l'", "un", "une", "des", "du", "mon", "ma", "mes", "ce", "cet",
            "cette",
        ]),
        ("mail", &[
            "mail", "mails", "courriel", "courriels", "email", "emails", "courrier", "courriers",
            "message", "messages",
        ]),
        ("letter", &["mail", "courriel", "email", "message", "courrier"]),
        ("new", &["nouveau", "nouveaux", "nouvel", "nouvelle", "nouvelles"]),
        ("unread", &["lu", "lus", "lue", "lues"]),
        ("item", &["mail", "courriel", "email", "message", "numero", "no", "note", "element", "n"]),
        ("last", &["dernier", "derniere"]),
        ("agenda", &["agenda", "calendrier", "planning", "programme"]),
        ("meet", &["reunion", "reunions", "evenement", "evenements", "rdv"]),
        ("info", &[
            "numero", "telephone", "adresse", "mail", "email", "courriel", "coordonnees",
            "portable", "electronique",
        ]),
        ("to", &["de", "d'", "que", "qu'", "pour", "a", ":"]),
        ("at", &["a", "au", "aux"]),
        ("of", &["de", "d'", "du"]),
        ("him", &["lui", "leur"]),
        ("write", &["ecris", "ecrire", "ecrivez"]),
        ("send", &["envoie", "envoyer", "envoyez", "envoies", "adresse"]),
        ("cancel", &["annule", "annuler", "supprime", "supprimer", "efface", "enleve", "retire"]),
        ("add", &[
            "ajoute", "ajouter", "planifie", "planifier", "mets", "mettre", "inscris", "cree",
        ]),
        ("find", &["cherche", "chercher", "trouve", "trouver", "recherche", "retrouve"]),
        ("read", &["lis", "lire", "ouvre", "ouvrir", "montre", "affiche", "lisez"]),
    ],
    rules: RULES,
    dangling: &[
        "et", "ou", "de", "d'", "du", "a", "au", "avant", "apres", "depuis", "jusqu'", "jusqu'a",
        "des", "sauf", "pas", "que", "le", "la", "les", "l'", "par", "vers",
    ],
    nobody: &[
        "lui", "elle", "eux", "moi", "nous", "tous", "tout", "un", "une", "le", "la", "les", "l'",
        "mon", "ma", "mes", "personne", "quelqu'un",
    ],
    places: &[
        ("londres", "Europe/London"), ("bruxelles", "Europe/Brussels"),
        ("belgique", "Europe/Brussels"), ("suisse", "Europe/Zurich"), ("geneve", "Europe/Zurich"),
        ("lisbonne", "Europe/Lisbon"), ("athenes", "Europe/Athens"), ("vienne", "Europe/Vienna"),
        ("varsovie", "Europe/Warsaw"), ("moscou", "Europe/Moscow"), ("alger", "Africa/Algiers"),
        ("le caire", "Africa/Cairo"), ("quebec", "America/Toronto"),
        ("montreal", "America/Toronto"), ("la reunion", "Indian/Reunion"), ("lyon", "Europe/Paris"),
        ("marseille", "Europe/Paris"),
    ],
    place_leads: &[
        "je suis a|en|au", "j' habite a|en|au", "je vis a|en|au", "a", "en", "c' est",
        "mon fuseau horaire? est", "le fuseau horaire? est",
    ],
    ordinals: &[
        ("premier", 1), ("premiere", 1), ("deuxieme", 2), ("second", 2), ("seconde", 2),
        ("troisieme", 3), ("quatrieme", 4), ("cinquieme", 5), ("sixieme", 6), ("septieme", 7),
        ("huitieme", 8), ("neuvieme", 9), ("dixieme", 10), ("deux", 2), ("trois", 3),
        ("quatre", 4), ("cinq", 5),
    ],
    ordinal_ends: &["ieme", "eme", "ere", "er", "nde", "nd", "re", "e"],
    times: TIMES,
    answers: ANSWERS,
};

#[rustfmt::skip]
const MAIL_TAILS: &[&str] = &[
    "<at> {who} au sujet <of> {about} : {body}",
    "<at> {who} a propos <of> {about} : {body}",
    "<at> {who} sur {about} : {body}",
    "<at> {who} pour <him>? dire :? que|qu'? {body}",
    "<at> {who} en <him>? disant :? que|qu'? {body}",
    "<at> {who} disant :? que|qu'? {body}",
    "<at> {who} que|qu' {body}",
    "<at> {who} : {body}",
    "<at> {who} au sujet <of> {about}",
    "<at> {who}", "",
];

#[rustfmt::skip]
const REPLY_TAILS: &[&str] = &[
    "<at>? <art>? <item>? {n} <item>? :? que|qu' {body}",
    "<at>? <art>? <item>? {n} <item>? : {body}",
    "<him> :? que|qu' {body}",
    "<him> : {body}",
    "<at> <art>? <letter> : {body}",
    "que|qu' {body}",
    ": {body}",
    "<at>? <art>? <item>? {n} <item>?", "<him>?",
];

#[rustfmt::skip]
const RULES: &[Rule] = &[
    Rule { intent: Intent::Greet, heads: &["bonjour|bonsoir|salut|coucou"], tails: &[
        "", "toi|a toi",
    ] },
    Rule { intent: Intent::Thank, heads: &[
        "merci", "parfait|super|genial|ok|bien|tres|d'accord bien?", "d' accord",
    ], tails: &["", "beaucoup|bien", "a toi", "pour tout|ca"] },
    Rule { intent: Intent::Help, heads: &[
        "aide", "aide moi", "que peux tu faire", "que sais tu faire", "qui es tu",
    ], tails: &["", "pour moi"] },
    Rule { intent: Intent::Time, heads: &[
        "quelle heure est il", "il est quelle heure", "l'? heure", "quel jour sommes nous",
        "quel jour est on", "on est quel jour", "quelle est la date", "quelle heure il est",
    ], tails: &["", "maintenant", "d' aujourd'hui", "aujourd'hui"] },
    Rule { intent: Intent::Zone, heads: &[
        "mets|change|regle <my>* fuseau horaire? a|sur|en", "mon fuseau horaire? est",
    ], tails: &["{zone}"] },
    Rule { intent: Intent::TellMail, heads: &[
        "previens|avertis|dis moi quand|si|lorsque|lorsqu'|des",
        "fais|fait moi savoir quand|si|lorsque",
    ], tails: &[
        "<art>? {from} m'? ecrit au sujet <of> <art>? {query}", "<art>? {from} m'? ecrit",
        "je recois <art>? <new>? <letter> <of> <art>? {from}", "je recois <art>? <new>? <letter> sur <art>? {query}",
        "<art>? <new>? <letter> <of> <art>? {from} arrive",
    ] },
    Rule { intent: Intent::TellEvent, heads: &["previens|avertis|rappelle moi"], tails: &[
        "{span} avant chaque|toute|mes|tous|toutes|les <my>* <meet>",
        "{span} avant chaque rendez vous",
    ] },
    Rule { intent: Intent::FollowUp, heads: &["rappelle|previens|avertis moi si|s'"], tails: &[
        "{who} ne m'? repond|repondu pas dans|sous|d'ici|avant {span}",
        "{who} n' a pas repondu dans|sous|d'ici|avant {span}",
    ] },
    Rule { intent: Intent::Snooze, heads: &[
        "snooze le|ca|cela?", "repousse|reporte|decale le|la|ca|cela?",
        "rappelle le moi", "rappelle moi ca|cela", "me le rappeler",
    ], tails: &[
        "", "dans|de {span}", "a nouveau dans {span}", "encore dans {span}", "{span}",
        "jusqu' a|au? {when}",
    ] },
    Rule { intent: Intent::Remind, heads: &[
        "rappelle|rappelez|rappeler moi", "me rappeler|rappelles", "fais|fait moi penser",
        "<add> moi? <art>? rappel", "rappel",
    ], tails: &[
        "cron :? {cron}", "pour? {time} <to> {text} {time}", "pour? {time} <to> {text}", "<to> {text} {time}",
        "<to> {text}", "pour? {time}", "",
    ] },
    Rule { intent: Intent::Note, heads: &[
        "note|notez|noter moi?", "<add>|prends|prendre|ecris <art>? note", "retiens|souviens toi?",
    ], tails: &[": {body}", "que|qu' :? {body}", "ceci : {body}"] },
    Rule { intent: Intent::Note, heads: &[
        "note", "<add> <art>? note", "prends|prendre <art>? note",
    ], tails: &[""] },
    Rule { intent: Intent::SendDraft, heads: &["<send>", "l' envoyer"], tails: &[
        "le|la|ca|cela", "<art> brouillon", "le maintenant",
    ] },
    Rule { intent: Intent::SendDraft, heads: &["l' envoyer"], tails: &[""] },
    Rule { intent: Intent::DraftReply, heads: &[
        "prepare|redige|rediger|preparer <art>? reponse",
    ], tails: REPLY_TAILS },
    Rule { intent: Intent::Draft, heads: &[
        "prepare|redige|rediger|preparer <art>? <letter>",
        "prepare|redige|rediger|preparer|fais|cree <art>? brouillon <of>? <letter>?", "brouillon",
    ], tails: MAIL_TAILS },
    Rule { intent: Intent::Reply, heads: &[
        "reponds|repondre|repond|repondez", "<send> <art>? reponse",
    ], tails: REPLY_TAILS },
    Rule { intent: Intent::Unread, heads: &[
        "<show>? <my>* <mail> non <unread>", "<show>? <my>* <new> <mail>",
        "ai je recu? <my>* <new> <mail>", "est ce que j' ai recu? <my>* <new> <mail>",
        "j' ai recu? <my>* <new> <mail>", "y a t il <my>* <new> <mail>",
        "il y a <my>* <new> <mail>", "ai je <my>* <mail> non <unread>",
        "y a t il <my>* <mail> non <unread>", "quoi de neuf dans <my>* <mail>", "du <new> <mail>?",
    ], tails: &[
        "", "aujourd'hui", "de la part <of> <art>? {from}", "<of> <art>? {from}",
        "sur <art>? {query}",
    ] },
    Rule { intent: Intent::ReadFound, heads: &["<read> moi? <art>? <last>? <letter>"], tails: &[
        "de la part <of> <art>? {from}", "sur|concernant <art>? {query}",
        "a propos <of> <art>? {query}", "au sujet <of> <art>? {query}", "<of> <art>? {from}",
    ] },
    Rule { intent: Intent::ReadLatest, heads: &["<read> moi? <art>?"], tails: &[
        "<last> <letter>", "<letter> le plus recent",
    ] },
    Rule { intent: Intent::Search, heads: &[
        "<find> moi? <my>* <mail>", "<find> dans <my>* <mail>",
    ], tails: &[
        "de la part <of> <art>? {from}", "sur|avec|contenant|concernant <art>? {query}",
        "a propos <of> <art>? {query}", "au sujet <of> <art>? {query}",
        "qui parle|parlent <of> <art>? {query}", "<of> <art>? {from}", "<art>? {query}",
    ] },
    Rule { intent: Intent::Inbox, heads: &[
        "<show>? <my>* <mail>", "lis|lire|ouvre mes <mail>",
        "<show>? <my>* boite <of>? reception|mail|mails?", "y a t il <my>* <mail>",
        "il y a <my>* <mail>", "ai je recu? <my>* <mail>", "j' ai recu? <my>* <mail>",
        "est ce que j' ai recu? <my>* <mail>",
        "qu' y a t il dans <my>* boite <of>? reception|mail|mails",
        "qu' y a t il dans <my>* <mail>|boite",
        "qu' est ce que j' ai recu",
    ], tails: &[
        "", "aujourd'hui", "de la part <of> <art>? {from}", "<of> <art>? {from}",
        "sur <art>? {query}",
    ] },
    Rule { intent: Intent::Sent, heads: &[
        "<show>? <my>* <mail> envoyes", "qu' ai je envoye",
    ], tails: &["", "a {query}"] },
    Rule { intent: Intent::Drafts, heads: &["<show>? <my>* brouillons"], tails: &[""] },
    Rule { intent: Intent::Read, heads: &["<read> moi?"], tails: &[
        "<art>? <item>? {n} <item>?", "le|la|l'|ca|cela", "<art> <letter>",
    ] },
    Rule { intent: Intent::FindEvent, heads: &[
        "quand est <my>* prochain|prochaine?", "c' est quand <my>*",
    ], tails: &["<meet> avec|chez {query}", "rendez vous avec|chez {query}"] },
    Rule { intent: Intent::Agenda, heads: &[
        "qu' ai je de? prevu?", "qu' est ce que j' ai de? prevu?", "que fais je",
        "j' ai quoi de? prevu?", "quoi de prevu", "qu' est ce qui est prevu",
        "qu' est ce qu' il y a de prevu", "<show>? <my>* <agenda>", "<show>? <my>* <meet>",
        "<show>? <my>* rendez vous", "suis je libre|occupe|disponible|dispo|pris",
        "est ce que je suis libre|occupe|disponible|dispo|pris", "je suis libre|dispo|pris",
        "ai je quelque chose de? prevu?", "ai je <my>* rendez? vous|<meet>",
        "quel est <my>* <agenda>",
    ], tails: &[
        "", "{when}", "de|du|d'|pour {when}", "pour? les {n} prochains jours", "de {when}",
    ] },
    Rule { intent: Intent::CancelReminder, heads: &["<cancel>", "oublie"], tails: &[
        "<art>? rappel numero? {n}", "<art>? {n} rappel",
    ] },
    Rule { intent: Intent::CancelShown, heads: &["annule|annuler"], tails: &[
        "<art>? numero? {n}", "le",
    ] },
    Rule { intent: Intent::WhichReminder, heads: &["<cancel> <my>* rappel|rappels"], tails: &[
        "", "<to> {query}",
    ] },
    Rule { intent: Intent::PastReminders, heads: &[
        "<show>? <my>* rappels passes|recus|remis|anciens", "quels rappels ai je recus|eus",
    ], tails: &[""] },
    Rule { intent: Intent::Reminders, heads: &[
        "<show>? <my>* rappels", "ai je <my>* rappels",
    ], tails: &["", "aujourd'hui"] },
    Rule { intent: Intent::Notes, heads: &[
        "<show>? <my>* notes", "<find> dans? <my>* notes", "qu' ai je note",
    ], tails: &[
        "", "sur|avec|contenant|concernant <art>? {query}", "a propos <of> <art>? {query}",
    ] },
    Rule { intent: Intent::Contacts, heads: &[
        "<show>? <my>* <info> de <info>", "<show>? <my>* <info> <info>?",
        "quel|quelle est <my>* <info> de <info>", "quel|quelle est <my>* <info> <info>?",
        "c' est quoi <my>* <info> <info>?", "<find> <my>* <info> de <info>",
        "<find> <my>* <info> <info>?",
    ], tails: &["<of> {query}"] },
    Rule { intent: Intent::Contacts, heads: &[
        "<show>? <my>* contacts", "qui est dans <my>* contacts", "<find>|montre <my>* contact",
    ], tails: &["", "{query}"] },
    Rule { intent: Intent::Send, heads: &[
        "<write>", "<write>|<send> moi? <art>? <letter>", "<send> <art>? <letter>",
    ], tails: MAIL_TAILS },
    Rule { intent: Intent::AddEvent, heads: &[
        "<add> moi? <art>? <meet> :", "<add> moi? <art>?",
    ], tails: &[
        "{title} {when}", "{title} {when} <at>|dans|sur <my>* <agenda>",
        "{title} <at>|dans|sur <my>* <agenda> {when}", "{title} {when} avec {with}",
        "{title} {when} <at>|chez|dans|en {place}", "{when} :? {title}",
        "{title} <at>|dans|sur <my>* <agenda>",
    ] },
];

#[rustfmt::skip]
const TIMES: Times = Times {
    day_leads: &["ce", "cette", "le", "les", "pour", "pour le"],
    clock_leads: &["a", "vers", "des"],
    days: &[
        ("apres demain", Day::Offset(2)), ("demain", Day::Offset(1)),
        ("aujourd'hui", Day::Offset(0)), ("hier", Day::Offset(-1)),
        ("la? semaine prochaine", Day::Week(1)), ("cette semaine", Day::Week(0)),
        ("week end", Day::Weekend), ("weekend", Day::Weekend),
    ],
    parts: &[
        ("le matin", Part::Morning), ("dans la matinee", Part::Morning),
        ("l' apres midi", Part::Afternoon), ("dans l' apres midi", Part::Afternoon),
        ("le soir", Part::Evening), ("dans la soiree", Part::Evening),
    ],
    parts_behind: &[
        ("matin", Part::Morning), ("du matin", Part::Morning), ("apres midi", Part::Afternoon),
        ("de l' apres midi", Part::Afternoon), ("soir", Part::Evening), ("du soir", Part::Evening),
    ],
    today_parts: &[
        ("ce matin", Part::Morning), ("cet|cette apres midi", Part::Afternoon),
        ("ce soir", Part::Evening), ("cette nuit", Part::Evening),
    ],
    clocks: &[
        ("midi et demi|demie", 12, 30), ("midi et quart", 12, 15), ("midi", 12, 0),
        ("minuit", 0, 0),
    ],
    minutes_before: &[],
    minutes_after: &[
        ("et demie|demi", 30), ("et quart", 15), ("moins le? quart", -15), ("moins dix", -10),
        ("moins cinq", -5),
    ],
    hour_words: &["heures", "heure", "h"],
    twelve_hours: false,
    every: &["tous les", "toutes les", "chaque"],
    places: &[
        ("premier|premiers|1er", Place::First), ("deuxieme|deuxiemes|second", Place::Second),
        ("troisieme|troisiemes", Place::Third), ("quatrieme|quatriemes", Place::Fourth),
        ("dernier|derniers", Place::Last),
    ],
    place_days: &["jours", "jour"],
    of_months: &[
        ("du mois tous|chaque les? mois", true), ("de? tous|chaque les? mois", true),
        ("du mois", false),
    ],
    until: &["jusqu' au", "jusqu' a"],
    often: &["fois"],
    repeats: &[
        ("tous les jours ouvres|ouvrables", Again::Calendar(Repeat::Weekdays)),
        ("chaque jour ouvre|ouvrable", Again::Calendar(Repeat::Weekdays)),
        ("du lundi au vendredi", Again::Calendar(Repeat::Weekdays)),
        ("en semaine", Again::Calendar(Repeat::Weekdays)),
        ("un jour sur deux", Again::Calendar(Repeat::On(Every::every(2, Of::Day)))),
        ("une semaine sur deux", Again::Calendar(Repeat::On(Every::every(2, Of::Week)))),
        ("un mois sur deux", Again::Calendar(Repeat::On(Every::every(2, Of::Month)))),
        ("tous|chaque les? jours|jour", Again::Calendar(Repeat::Daily)),
        ("tous|chaque les? matins|matin", Again::DailyPart(Part::Morning)),
        ("tous|chaque les? apres midi", Again::DailyPart(Part::Afternoon)),
        ("tous|chaque les? soirs|soir", Again::DailyPart(Part::Evening)),
        ("toutes|chaque les? semaines|semaine", Again::Calendar(Repeat::Weekly)),
        ("de? tous|chaque les? mois", Again::Calendar(Repeat::Monthly)),
        ("tous|chaque les? ans|an|annee", Again::Calendar(Repeat::Yearly)),
    ],
    weekdays: &[
        ("lundi", 1), ("mardi", 2), ("mercredi", 3), ("jeudi", 4), ("vendredi", 5), ("samedi", 6),
        ("dimanche", 7),
    ],
    next_before: &[],
    next_after: &["prochain", "qui vient"],
    months: &[
        ("janvier", 1), ("fevrier", 2), ("mars", 3), ("avril", 4), ("mai", 5), ("juin", 6),
        ("juillet", 7), ("aout", 8), ("septembre", 9), ("octobre", 10), ("novembre", 11),
        ("decembre", 12),
    ],
    month_links: &[],
    day_first: true,
    month_day_leads: &["le"],
    ahead: &["dans", "d' ici"],
    lasting: &["pendant", "durant", "pour"],
    range: (&["de", "entre"], &["a", "et", "jusqu' a"]),
    spans: &[("une? demi heure", 30), ("trois quarts d' heure", 45), ("un? quart d' heure", 15)],
    units: &[
        ("secondes|seconde|sec|s", Unit::Seconds(1)), ("minutes|minute|min|mn|m", Unit::Minutes(1)),
        ("heures|heure|h", Unit::Minutes(60)), ("jours|jour|j", Unit::Minutes(1440)),
        ("semaines|semaine", Unit::Minutes(10_080)), ("mois", Unit::Months(1)),
        ("ans|an|annees|annee", Unit::Months(12)),
    ],
    halves: &["et demie", "et demi"],
    and: &["et"],
    numbers: &[
        ("un", 1), ("une", 1), ("deux", 2), ("trois", 3), ("quatre", 4), ("cinq", 5), ("six", 6),
        ("sept", 7), ("huit", 8), ("neuf", 9), ("dix", 10), ("onze", 11), ("douze", 12),
        ("quinze", 15), ("vingt", 20), ("trente", 30), ("quarante", 40), ("cinquante", 50),
        ("soixante", 60),
    ],
    weekday_names: ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"],
    month_names: [
        "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre",
        "octobre", "novembre", "décembre",
    ],
};

#[rustfmt::skip]
const ANSWERS: Answers = Answers {
    greeting: "Bonjour ! Demandez-moi votre courrier, votre agenda, une note ou un rappel. \
        /help en dit plus.",
    welcome: "Avec plaisir.",
    abilities: "Voici ce que je sais faire :\n\
        - courrier : « mes mails non lus », « lis le deuxième », « réponds au 2 : merci ! »\n\
        - agenda : « qu'ai-je demain ? », « ajoute déjeuner avec Léa vendredi à 12h30 »\n\
        - rappels : « rappelle-moi dans 20 minutes d'appeler le dentiste »\n\
        - notes et contacts : « note : acheter du lait », « numéro de Léa »",
    no_model: "Il me faudrait un modèle de langue pour comprendre cela, et aucun n'est configuré \
        (le réglage MODEL_PROVIDER). Je n'ai rien fait. {}",
    too_long: "C'est trop long pour que je le comprenne sans modèle de langue. Je n'ai rien fait. \
        « note : … » garde un long texte.",
    part_too_long: "C'est plus long que ce que je peux transmettre. Raccourcissez, s'il vous plaît.",
    nothing_done: "D'accord, je ne fais rien.",
    unknown_command: "Je ne connais pas cette commande. /help les montre toutes.",
    time_is: "Nous sommes le {}.",
    which_zone: "Dans quel fuseau horaire êtes-vous ? Répondez par un nom comme Europe/Paris.",
    zone_unknown: "Je ne connais pas de fuseau horaire de ce nom.",
    zone_is: "Votre fuseau horaire est réglé.",
    which_time: "Quand ? Dites par exemple « demain à 9h » ou « dans 20 minutes ».",
    which_clock: "À quelle heure ? Dites par exemple « à 14h30 ».",
    morning_or_afternoon: "Avant ou après midi ? Dites par exemple « 15h » ou « 03:00 ».",
    day_or_month: "Le jour ou le mois en premier ? Dites-le avec le nom du mois, par exemple \
        « 5 juin ».",
    time_past: "Cette heure est déjà passée. Quand, alors ?",
    no_such_date: "Cette date n'existe pas. Quand, alors ?",
    too_far: "C'est trop loin. Un rappel après une durée attend au plus un an.",
    too_often: "Je peux répéter toutes les cinq minutes au plus.",
    repeat_unclear: "Je peux répéter toutes les tant de minutes, tous les tant de jours, semaines, \
        mois ou années, certains jours de la semaine, ou un jour du mois comme son premier lundi. \
        Dites-le ainsi, s'il vous plaît.",
    no_repeating_event: "Je ne sais pas répéter un événement. Un rappel, si : « rappelle-moi tous \
        les lundis à 9h de … ».",
    which_day: "Quel jour ? Dites par exemple « agenda demain » ou « agenda 24 novembre ».",
    which_mail: "Quel mail ? Affichez d'abord votre courrier, puis dites par exemple « réponds \
        au 2 : merci ! ».",
    which_item: "Lequel ? Affichez d'abord une liste, puis dites par exemple « lis le 2 ».",
    which_reminder: "Lequel ? Dites par exemple « annule le rappel 2 ».",
    which_person: "À qui ? Nommez une personne de vos contacts, ou une adresse.",
    no_draft: "Il n'y a pas de brouillon à envoyer dans cette conversation.",
    what_to_write: "Que dois-je écrire ? Dites par exemple « écris à lea@example.org : je \
        serai en retard ».",
    what_to_note: "Que dois-je noter ? Dites par exemple « note : acheter du lait ».",
    what_about: "À quel sujet ? Dites par exemple « rappelle-moi dans 20 minutes d'appeler \
        le dentiste ».",
    agenda: "Votre agenda du {} :",
    agenda_days: "Votre agenda à partir du {} :",
    reminder_set: "C'est noté. Je vous le rappellerai.",
    snoozed: "Je vous le rappellerai à nouveau.",
    watching: "Je vous préviendrai. /routines montre ce que je surveille.",
    following_up: "Je regarderai s'il y a une réponse, et vous le rappellerai s'il n'y en a pas.",
    watch_span: "Je peux prévenir de 5 minutes à un jour avant un événement, et attendre une réponse \
        jusqu'à 60 jours.",
    past_reminders: "Ce que je vous ai rappelé :",
    cron_unclear: "Une ligne cron a cinq champs, puis le sujet. Elle revient toutes les cinq \
        minutes au plus. Par exemple : /remind cron 30 8 * * mon-fri point du matin",
    cancelled: "Annulé.",
    noted: "C'est noté.",
    added: "Ajouté à votre agenda.",
    drafted: "Voici le brouillon. « Envoie-le » l'envoie.",
    sent: "Envoyé.",
    failed_auth: "Le service refuse mes identifiants. Il faut les renouveler.",
    failed_offline: "Le service est injoignable pour le moment. Réessayez plus tard.",
    failed_rate: "Le service me demande de ralentir. Réessayez dans quelques minutes.",
    failed_refused: "Cela a été refusé, je ne l'ai donc pas fait.",
    failed_invalid: "Je n'ai pas pu le faire : un détail ne convient pas.",
    failed_unavailable: "Cela n'a pas marché : ce n'est pas là, ou pas disponible.",
    with: "avec",
    date: |weekday, day, month, year| {
        let ordinal = if day == 1 { "er" } else { "" };
        format!("{weekday} {day}{ordinal} {month} {year}")
    },
};
