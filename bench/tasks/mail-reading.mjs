// Tasks about finding, reading and understanding mail. The format is in README.md.

export const TASKS = [
  {
    id: "mail-new",
    touches: ["mail"],
    turns: [
      {
        owner: "Anything new in my mail?",
        plan: [
          { tool: "mail_list", args: { unread: true }, as: "mails" },
          { tool: "show", args: { handle: "$mails" } },
        ],
        said: ["Harbour launch: final figures", "Réunion parents-professeurs", "Invoice 2041"],
        unsaid: ["small tools that last"],
      },
    ],
  },
  {
    id: "mail-triage",
    touches: ["mail"],
    turns: [
      {
        owner: "Go through my unread mail and show me only what somebody I know is waiting for an answer to.",
        plan: [
          { tool: "mail_list", args: { unread: true, limit: 50 }, as: "mails" },
          {
            tool: "filter",
            args: { list: "$mails", criterion: "a person, not a company or a mailing list, asks the reader something and waits for an answer" },
            as: "waiting",
            picks: ["final figures", "Dimanche midi", "Contract draft"],
          },
          { tool: "show", args: { handle: "$waiting" } },
        ],
        said: ["Harbour launch: final figures", "Dimanche midi", "Contract draft, version 3"],
        unsaid: ["Votre relevé", "lamps, kettles"],
      },
    ],
  },
  {
    id: "mail-digest",
    touches: ["mail"],
    turns: [
      {
        owner: "Sum up my five newest mails in a few lines.",
        plan: [
          { tool: "mail_list", args: { limit: 5 }, as: "mails" },
          {
            tool: "summarise",
            args: { handles: ["$mails"], instruction: "A few lines, what needs to be done first." },
            as: "summary",
            answer: "Nadia needs a yes or no on the catering list today, and the final figures on slide 7. The school asks who comes to the parents' evening. Your mother asks about Sunday. The bank has a new statement.",
          },
          { tool: "show", args: { handle: "$summary" } },
        ],
        said: ["catering"],
      },
    ],
  },
  {
    id: "mail-figure",
    touches: ["mail"],
    turns: [
      {
        owner: "How many sign-ups did we end up with for the harbour launch?",
        plan: [
          { tool: "mail_list", args: { query: "harbour final figures" }, as: "mails" },
          { tool: "ask", args: { handles: ["$mails[1].body"], question: "How many sign-ups are there?", as: "number" }, as: "count", answer: 412 },
          { tool: "reply", args: { parts: ["Sign-ups: ", "$count"] } },
        ],
        said: ["412"],
      },
    ],
  },
  {
    id: "mail-balance",
    touches: ["mail"],
    language: "fr",
    turns: [
      {
        owner: "Combien reste-t-il sur mon compte d'après la banque ?",
        plan: [
          { tool: "mail_list", args: { from: "Banque du Centre" }, as: "mails" },
          { tool: "ask", args: { handles: ["$mails[1].body"], question: "Quel est le solde du compte ?", as: "span" }, as: "balance", answer: "3 214,87 €" },
          { tool: "reply", args: { parts: ["Solde : ", "$balance"] } },
        ],
        said: ["214,87"],
      },
    ],
  },
  {
    id: "mail-train",
    touches: ["mail"],
    turns: [
      {
        owner: "When does my train to Lyon leave and which seat do I have on the way out?",
        plan: [
          { tool: "mail_list", args: { query: "Lyon booking" }, as: "mails" },
          {
            tool: "ask",
            args: { handles: ["$mails[1].body"], question: "When does the outward train leave, and which coach and seat is it?", as: "text" },
            as: "train",
            answer: "It leaves Paris Gare de Lyon at 07:58, coach 12, seat 43.",
          },
          { tool: "reply", args: { parts: ["$train"] } },
        ],
        said: ["07:58|7:58", "43"],
      },
    ],
  },
  {
    id: "mail-decision",
    touches: ["mail"],
    turns: [
      {
        owner: "Which venue did we settle on for the launch, and what is the deposit?",
        plan: [
          { tool: "mail_list", args: { query: "harbour venue" }, as: "mails" },
          {
            tool: "ask",
            args: { handles: ["$mails"], question: "Which venue was chosen in the end, and how much is the deposit?", as: "text" },
            as: "venue",
            answer: "The Boathouse; the deposit is 300 euros.",
          },
          { tool: "reply", args: { parts: ["$venue"] } },
        ],
        said: ["Boathouse", "300"],
      },
    ],
  },
  {
    id: "mail-thread",
    touches: ["mail"],
    turns: [
      {
        owner: "I lost track of the harbour launch. Where do we stand?",
        plan: [
          { tool: "mail_list", args: { query: "harbour launch", limit: 20 }, as: "mails" },
          {
            tool: "summarise",
            args: { handles: ["$mails"], instruction: "Where the project stands and what is open." },
            as: "summary",
            answer: "412 sign-ups and 38 partners. The Boathouse is booked until Friday, deposit 300 euros. Open: a yes or no to the catering list, and the figures on slide 7.",
          },
          { tool: "show", args: { handle: "$summary" } },
        ],
        said: ["Boathouse"],
      },
    ],
  },
  {
    id: "mail-count",
    touches: ["mail"],
    turns: [
      {
        owner: "How many unread mails do I have?",
        plan: [
          { tool: "mail_list", args: { unread: true, limit: 50 }, as: "mails" },
          { tool: "count", args: { list: "$mails" }, as: "count" },
          { tool: "reply", args: { parts: ["Unread: ", "$count"] } },
        ],
        said: ["14"],
      },
    ],
  },
  {
    id: "mail-how-to-unsubscribe",
    touches: ["mail"],
    turns: [
      {
        owner: "How do I get off the list of that Slow Web letter?",
        plan: [
          { tool: "mail_list", args: { query: "Slow Web" }, as: "mails" },
          {
            tool: "ask",
            args: { handles: ["$mails[1].body"], question: "How does one stop getting this letter?", as: "text" },
            as: "how",
            answer: "Write to letters@example.net to stop.",
          },
          { tool: "reply", args: { parts: ["$how"] } },
        ],
        said: ["letters@example.net"],
      },
    ],
  },
  {
    id: "mail-really-from",
    touches: ["mail", "contacts"],
    language: "fr",
    turns: [
      {
        owner: "Le mail sur le changement de RIB vient-il vraiment de mon propriétaire ?",
        plan: [
          [
            { tool: "mail_list", args: { query: "RIB" }, as: "mails" },
            { tool: "contacts_find", args: { query: "propriétaire" }, as: "landlord" },
          ],
          { tool: "reply", args: { parts: ["Expéditeur : ", "$mails[1].sender", ". Votre propriétaire : ", "$landlord[1].address"] } },
        ],
        said: ["h.lefevre@example.com", "h.lefevre@example.net"],
      },
    ],
  },
  {
    id: "mail-kind",
    touches: ["mail"],
    turns: [
      {
        owner: "The mail from the people team: do I have to do something, or is it just for information?",
        plan: [
          { tool: "mail_list", args: { from: "People team" }, as: "mails" },
          { tool: "classify", args: { handle: "$mails[1]", options: ["something to do", "for information"] }, as: "kind", answer: "something to do" },
          { tool: "reply", args: { parts: ["It is: ", "$kind"] } },
        ],
        said: ["something to do"],
      },
    ],
  },
  {
    id: "mail-second-one",
    touches: ["mail"],
    turns: [
      {
        owner: "What did Nadia write lately?",
        plan: [
          { tool: "mail_list", args: { from: "nadia" }, as: "mails" },
          { tool: "show", args: { handle: "$mails" } },
        ],
        said: ["final figures"],
      },
      {
        owner: "Open the first one.",
        plan: [
          { tool: "mail_read", args: { mail: "$mails[1]" }, as: "opened" },
          { tool: "show", args: { handle: "$opened" } },
        ],
        said: ["almost full"],
      },
      {
        owner: "File it under work.",
        plan: [{ tool: "mail_move", args: { mail: "$opened", folder: "work" } }],
      },
    ],
    changes: { mails: { "demo-1": { folder: "work", unread: false } } },
  },
  {
    id: "mail-branch",
    touches: ["mail", "reminders"],
    turns: [
      {
        owner: "If Priya's contract mail wants an answer by a certain day, remind me tomorrow at 9 to answer it.",
        plan: [
          { tool: "mail_list", args: { from: "Priya", query: "contract" }, as: "mails" },
          { tool: "extract", args: { handle: "$mails[1].body", question: "Is there a day by which something should be ready or answered?", as: "flag" }, as: "asks", answer: true },
          { tool: "remind", args: { text: "Answer Priya about the contract", at: "{{+1 09:00}}" } },
        ],
      },
    ],
    changes: { reminders: [{ text: "Priya", at: "{{+1 09:00}}" }] },
  },
];
