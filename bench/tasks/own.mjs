// Tasks about contacts, notes and reminders. The format is in README.md.

export const TASKS = [
  {
    id: "contact-phone",
    touches: ["contacts"],
    language: "fr",
    turns: [
      {
        owner: "Quel est le numéro du plombier ?",
        plan: [
          { tool: "contacts_find", args: { query: "plombier" }, as: "people" },
          { tool: "show", args: { handle: "$people" } },
        ],
        said: ["06 39 98 05 60"],
      },
    ],
  },
  {
    id: "contact-who",
    touches: ["contacts", "mail", "calendar"],
    turns: [
      {
        owner: "Who is Sofia again? Show me her contact, her mails and what I have planned with her.",
        plan: [
          [
            { tool: "contacts_find", args: { query: "Sofia" }, as: "people" },
            { tool: "mail_list", args: { from: "Sofia" }, as: "mails" },
            { tool: "calendar_find", args: { query: "Sofia" }, as: "events" },
          ],
          [
            { tool: "show", args: { handle: "$people" } },
            { tool: "show", args: { handle: "$mails" } },
            { tool: "show", args: { handle: "$events" } },
          ],
        ],
        said: ["sofia.rossi@example.org", "Climbing on Saturday?", "Les Ondes"],
      },
    ],
  },
  {
    id: "contact-add",
    touches: ["contacts"],
    turns: [
      {
        owner: "Save a contact: Lea Blanc, lea.blanc@example.org, 06 39 98 00 11.",
        plan: [{ tool: "contacts_add", args: { name: "Lea Blanc", address: "lea.blanc@example.org", phone: "06 39 98 00 11" } }],
      },
    ],
    changes: { contacts: [{ name: "Lea Blanc", address: "lea.blanc@example.org", phone: "06 39 98 00 11" }] },
  },
  {
    id: "contact-add-then-write",
    touches: ["contacts", "mail"],
    turns: [
      {
        owner: "New colleague: Omar Haddad, omar.haddad@example.com. Please keep him in my contacts.",
        plan: [{ tool: "contacts_add", args: { name: "Omar Haddad", address: "omar.haddad@example.com" } }],
      },
      {
        owner: "Write Omar a short welcome.",
        plan: [
          { tool: "contacts_find", args: { query: "Omar" }, as: "people" },
          { tool: "mail_send", args: { to: "$people[1].address", subject: "Welcome", body: "Welcome to the team, Omar! Alex" } },
        ],
      },
    ],
    changes: {
      contacts: [{ name: "Omar Haddad", address: "omar.haddad@example.com" }],
      sent: [{ to: "omar.haddad@example.com", body: "welcome" }],
    },
  },
  {
    id: "contact-from-mail",
    touches: ["mail", "contacts"],
    turns: [
      {
        owner: "Add the people team to my contacts, with the address they write from.",
        plan: [
          { tool: "mail_list", args: { from: "People team" }, as: "mails" },
          { tool: "contacts_add", args: { name: "People team", address: "$mails[1].sender" } },
        ],
      },
    ],
    changes: { contacts: [{ name: "People team", address: "people@example.com" }] },
  },
  {
    id: "note-add",
    touches: ["notes"],
    language: "fr",
    turns: [
      {
        owner: "Note : le code de la cave est 4417.",
        plan: [{ tool: "notes_add", args: { text: "Le code de la cave est 4417." } }],
      },
    ],
    changes: { notes: [["cave", "4417"]] },
  },
  {
    id: "note-from-mail",
    touches: ["mail", "notes"],
    turns: [
      {
        owner: "Note down the booking reference of my train to Lyon and the seat on the way back.",
        plan: [
          { tool: "mail_list", args: { query: "Northline Lyon" }, as: "mails" },
          {
            tool: "ask",
            args: { handles: ["$mails[1].body"], question: "What is the booking reference, and which coach and seat is it on the return?", as: "text" },
            as: "booking",
            answer: "Booking QX7P2M, return in coach 7, seat 15.",
          },
          { tool: "notes_add", args: { text: "$booking" } },
        ],
      },
    ],
    changes: { notes: [["QX7P2M", "15"]] },
  },
  {
    id: "note-find",
    touches: ["notes"],
    before: ["/note The blue folder is in the attic.", "/note Buy a present for Claire."],
    turns: [
      {
        owner: "Where did I put the blue folder?",
        plan: [
          { tool: "notes_list", args: { query: "blue folder" }, as: "notes" },
          { tool: "show", args: { handle: "$notes" } },
        ],
        said: ["attic"],
        unsaid: ["present for Claire"],
      },
    ],
    changes: { notes: [["blue folder"], ["present"]] },
  },
  {
    id: "note-delete",
    touches: ["notes"],
    before: ["/note The blue folder is in the attic.", "/note Buy a present for Claire."],
    turns: [
      {
        owner: "The present for Claire is bought, delete that note.",
        plan: [
          { tool: "notes_list", args: { query: "present Claire" }, as: "notes" },
          { tool: "notes_delete", args: { note: "$notes[1]" } },
        ],
      },
    ],
    changes: { notes: [["blue folder"]] },
  },
  {
    id: "note-mail",
    touches: ["notes", "mail", "contacts"],
    before: ["/note For the launch: 60 chairs, two microphones, name tags."],
    turns: [
      {
        owner: "Send my note about the launch to Tom.",
        plan: [
          [
            { tool: "notes_list", args: { query: "launch" }, as: "notes" },
            { tool: "contacts_find", args: { query: "Tom" }, as: "people" },
          ],
          { tool: "mail_send", args: { to: "$people[1].address", subject: "For the launch", body: "$notes[1].text" } },
        ],
      },
    ],
    changes: { notes: [["60 chairs"]], sent: [{ to: "tom.whitfield@example.com", body: "60 chairs" }] },
  },
  {
    id: "remind-at",
    touches: ["reminders"],
    turns: [
      {
        owner: "Remind me on {{1.mon en}} at 8:15 to take the car to the garage.",
        plan: [{ tool: "remind", args: { text: "Take the car to the garage", at: "{{1.mon 08:15}}" } }],
      },
    ],
    changes: { reminders: [{ text: "car", at: "{{1.mon 08:15}}" }] },
  },
  {
    id: "remind-every-week",
    touches: ["reminders"],
    language: "fr",
    turns: [
      {
        owner: "Rappelle-moi toutes les semaines, à partir du {{1.wed fr}} à 19 h, de sortir les poubelles.",
        plan: [{ tool: "remind", args: { text: "Sortir les poubelles", at: "{{1.wed 19:00}}", repeat: "weekly" } }],
      },
    ],
    changes: { reminders: [{ text: "poubelles", at: "{{1.wed 19:00}}", repeat: "weekly" }] },
  },
  {
    id: "remind-cancel",
    touches: ["reminders"],
    before: ["/remind {{+2}} 9:00 call the dentist", "/remind {{+3}} 9:00 pay the rent"],
    turns: [
      {
        owner: "I have called the dentist. You need not remind me any more.",
        plan: [
          { tool: "reminders_list", args: {}, as: "reminders" },
          { tool: "select", args: { list: "$reminders", criterion: "calling the dentist" }, as: "dentist", picks: "dentist" },
          { tool: "reminder_cancel", args: { reminder: "$dentist" } },
        ],
      },
    ],
    changes: { reminders: [{ text: "rent", at: "{{+3 09:00}}" }] },
  },
  {
    id: "remind-list",
    touches: ["reminders"],
    before: ["/remind {{+2}} 9:00 call the dentist", "/remind {{+3}} 9:00 pay the rent"],
    turns: [
      {
        owner: "What are you going to remind me of?",
        plan: [
          { tool: "reminders_list", args: {}, as: "reminders" },
          { tool: "show", args: { handle: "$reminders" } },
        ],
        said: ["dentist", "rent"],
      },
    ],
    changes: {
      reminders: [
        { text: "dentist", at: "{{+2 09:00}}" },
        { text: "rent", at: "{{+3 09:00}}" },
      ],
    },
  },
  {
    id: "remind-from-mail",
    touches: ["mail", "reminders"],
    turns: [
      {
        owner: "Remind me at 18:00 on the evening before the appointment that the practice of Dr Moreau confirmed.",
        plan: [
          { tool: "mail_list", args: { from: "Moreau" }, as: "mails" },
          {
            tool: "ask",
            args: { handles: ["$mails[1]"], question: "What is 18:00 on the evening before the appointment?", as: "time" },
            as: "evening",
            answer: "{{1.mon 18:00}}",
          },
          { tool: "remind", args: { text: "Tomorrow: Dr Moreau", at: "$evening" } },
        ],
      },
    ],
    changes: { reminders: [{ text: "Moreau", at: "{{1.mon 18:00}}" }] },
  },
  {
    id: "remind-before-event",
    touches: ["calendar", "reminders"],
    language: "fr",
    turns: [
      {
        owner: "Rappelle-moi une demi-heure avant la réunion parents-professeurs de prendre le cahier de liaison.",
        plan: [
          { tool: "calendar_find", args: { query: "réunion parents" }, as: "events" },
          {
            tool: "ask",
            args: { handles: ["$events[1].start"], question: "Quelle heure est-il une demi-heure avant ?", as: "time" },
            as: "before",
            answer: "{{1.fri 17:00}}",
          },
          { tool: "remind", args: { text: "Prendre le cahier de liaison", at: "$before" } },
        ],
      },
    ],
    changes: { reminders: [{ text: "cahier", at: "{{1.fri 17:00}}" }] },
  },
];
