// Tasks about the calendar and invitations. The format is in README.md.

export const TASKS = [
  {
    id: "calendar-day",
    touches: ["calendar"],
    turns: [
      {
        owner: "What is on next week on {{1.tue en}}?",
        plan: [
          { tool: "calendar_list", args: { from: "{{1.tue}}" }, as: "events" },
          { tool: "show", args: { handle: "$events" } },
        ],
        said: ["Dr Moreau"],
        unsaid: ["Deck review"],
      },
    ],
  },
  {
    id: "calendar-week",
    touches: ["calendar"],
    language: "fr",
    turns: [
      {
        owner: "Montre-moi ma semaine à partir du {{1.mon fr}}.",
        plan: [
          { tool: "calendar_list", args: { from: "{{1.mon}}", days: 7 }, as: "events" },
          { tool: "show", args: { handle: "$events" } },
        ],
        said: ["Dr Moreau", "Chauffagiste", "Les Ondes", "Marché"],
      },
    ],
  },
  {
    id: "calendar-where",
    touches: ["calendar"],
    language: "fr",
    turns: [
      {
        owner: "Où et quand a lieu la réunion parents-professeurs ?",
        plan: [
          { tool: "calendar_find", args: { query: "réunion parents" }, as: "events" },
          { tool: "show", args: { handle: "$events" } },
        ],
        said: ["salle 4", "17:30|17h30|17 h 30"],
      },
    ],
  },
  {
    id: "calendar-clash",
    touches: ["calendar"],
    turns: [
      {
        owner: "Somebody wants to call me on {{1.thu en}} at 10:30. Does that clash with anything?",
        plan: [
          { tool: "calendar_list", args: { from: "{{1.thu}}" }, as: "events" },
          { tool: "ask", args: { handles: ["$events"], question: "Is there an event that lasts over 10:30?", as: "flag" }, as: "clash", answer: true },
          [
            { tool: "reply", args: { parts: ["A clash at 10:30: ", "$clash"] } },
            { tool: "show", args: { handle: "$events" } },
          ],
        ],
        said: ["Chauffagiste"],
      },
    ],
  },
  {
    id: "calendar-add",
    touches: ["calendar"],
    turns: [
      {
        owner: "Put the dentist into my calendar: {{1.fri en}}, 9:30, 45 minutes.",
        plan: [{ tool: "calendar_add", args: { title: "Dentist", start: "{{1.fri 09:30}}", minutes: 45 } }],
      },
    ],
    changes: { events: [{ title: "dentist", start: "{{1.fri 09:30}}", minutes: 45 }] },
  },
  {
    id: "calendar-add-place",
    touches: ["calendar"],
    language: "fr",
    turns: [
      {
        owner: "Ajoute un dîner avec Paul le {{2.sat fr}} à 20 h, au Petit Zinc.",
        plan: [{ tool: "calendar_add", args: { title: "Dîner avec Paul", start: "{{2.sat 20:00}}", place: "Le Petit Zinc" } }],
      },
    ],
    changes: { events: [{ title: "paul", start: "{{2.sat 20:00}}", place: "Petit Zinc" }] },
  },
  {
    id: "calendar-correction",
    touches: ["calendar"],
    turns: [
      {
        owner: "Add running with Claire on {{1.mon en}} at 7.",
        plan: [{ tool: "calendar_add", args: { title: "Running with Claire", start: "{{1.mon 07:00}}" }, as: "event" }],
      },
      {
        owner: "No, at half past seven.",
        plan: [{ tool: "calendar_move", args: { event: "$event", start: "{{1.mon 07:30}}" } }],
      },
    ],
    changes: { events: [{ title: "claire", start: "{{1.mon 07:30}}" }] },
  },
  {
    id: "calendar-move-own",
    touches: ["calendar"],
    turns: [
      {
        owner: "The doctor's appointment with Moreau is now on {{1.wed en}} at 9:00. Change it in my calendar.",
        plan: [
          { tool: "calendar_find", args: { query: "Moreau" }, as: "events" },
          { tool: "calendar_move", args: { event: "$events[1]", start: "{{1.wed 09:00}}" } },
        ],
      },
    ],
    changes: { moved: { "demo-e13": "{{1.wed 09:00}}" } },
  },
  {
    id: "calendar-move-shared",
    touches: ["calendar"],
    language: "fr",
    turns: [
      {
        owner: "Décale le week-end à Saint-Malo : on part le {{3.sat fr}} à 11 h seulement.",
        plan: [
          { tool: "calendar_find", args: { query: "Saint-Malo" }, as: "events" },
          { tool: "calendar_move", args: { event: "$events[1]", start: "{{3.sat 11:00}}" } },
        ],
      },
    ],
    changes: { moved: { "demo-e22": "{{3.sat 11:00}}" } },
  },
  {
    id: "calendar-cancel",
    touches: ["calendar"],
    turns: [
      {
        owner: "I am not going to the market next Sunday, take it out of my calendar.",
        plan: [
          { tool: "calendar_find", args: { query: "Marché" }, as: "events" },
          { tool: "calendar_cancel", args: { event: "$events[1]" } },
        ],
      },
    ],
    changes: { cancelled: ["demo-e18"] },
  },
  {
    id: "calendar-cancel-and-tell",
    touches: ["calendar", "mail"],
    turns: [
      {
        owner: "Cancel the concert with Sofia, I have to work. Tell her by mail that I am sorry.",
        plan: [
          [
            { tool: "calendar_find", args: { query: "concert" }, as: "events" },
            { tool: "contacts_find", args: { query: "Sofia" }, as: "people" },
          ],
          [
            { tool: "calendar_cancel", args: { event: "$events[1]" } },
            { tool: "mail_send", args: { to: "$people[1].address", subject: "The concert", body: "Dear Sofia, I am sorry, I have to work and cannot come to the concert. Alex" } },
          ],
        ],
      },
    ],
    changes: { cancelled: ["demo-e17"], sent: [{ to: "sofia.rossi@example.org", body: "sorry" }] },
  },
  {
    id: "calendar-invite",
    touches: ["calendar", "contacts"],
    turns: [
      {
        owner: "Invite Claire to the concert, too.",
        plan: [
          [
            { tool: "calendar_find", args: { query: "concert" }, as: "events" },
            { tool: "contacts_find", args: { query: "Claire" }, as: "people" },
          ],
          { tool: "calendar_invite", args: { event: "$events[1]", attendees: ["$people[1].address"] } },
        ],
      },
    ],
    changes: { invited: { "demo-e17": ["claire.dumas@example.org"] } },
  },
  {
    id: "calendar-schedule",
    touches: ["calendar", "contacts"],
    turns: [
      {
        owner: "Set up an hour with Nadia and Tom on {{1.tue en}} at 14:00 in Room Mistral to go through slide 7, and invite them.",
        plan: [
          [
            { tool: "contacts_find", args: { query: "Nadia" }, as: "nadia" },
            { tool: "contacts_find", args: { query: "Tom" }, as: "tom" },
          ],
          {
            tool: "calendar_schedule",
            args: { title: "Slide 7", start: "{{1.tue 14:00}}", minutes: 60, place: "Room Mistral", attendees: ["$nadia[1].address", "$tom[1].address"] },
          },
        ],
      },
    ],
    changes: {
      events: [{ title: "slide 7", start: "{{1.tue 14:00}}", minutes: 60, place: "Mistral", attendees: ["nadia.benali@example.com", "tom.whitfield@example.com"] }],
    },
  },
  {
    id: "calendar-schedule-literal",
    touches: ["calendar"],
    language: "fr",
    turns: [
      {
        owner: "Planifie un café avec claire.dumas@example.org le {{2.mon fr}} à 8 h 30 et envoie-lui l'invitation.",
        plan: [{ tool: "calendar_schedule", args: { title: "Café", start: "{{2.mon 08:30}}", attendees: ["claire.dumas@example.org"] } }],
      },
    ],
    changes: { events: [{ title: "café", start: "{{2.mon 08:30}}", attendees: ["claire.dumas@example.org"] }] },
  },
  {
    id: "calendar-free-hour",
    touches: ["calendar", "contacts"],
    turns: [
      {
        owner: "Find the first free hour on {{1.wed en}} after 14:00 and invite Tom to a call then.",
        plan: [
          [
            { tool: "calendar_list", args: { from: "{{1.wed}}" }, as: "events" },
            { tool: "contacts_find", args: { query: "Tom" }, as: "people" },
          ],
          {
            tool: "ask",
            args: { handles: ["$events"], question: "When on {{1.wed}} does the first free hour after 14:00 begin?", as: "time" },
            as: "free",
            answer: "{{1.wed 14:00}}",
          },
          { tool: "calendar_schedule", args: { title: "Call", start: "$free", minutes: 60, attendees: ["$people[1].address"] } },
        ],
      },
    ],
    changes: { events: [{ title: "call", start: "{{1.wed 14:00}}", minutes: 60, attendees: ["tom.whitfield@example.com"] }] },
  },
  {
    id: "calendar-from-mail",
    touches: ["mail", "calendar"],
    turns: [
      {
        owner: "Mum wrote when Paul's train arrives on Saturday. Put that into my calendar as Paul at the station.",
        plan: [
          { tool: "mail_list", args: { from: "francoise.martin@example.net" }, as: "mails" },
          {
            tool: "ask",
            args: { handles: ["$mails[1].body"], question: "When does Paul's train arrive on {{0.sat}}?", as: "time" },
            as: "arrival",
            answer: "{{0.sat 19:12}}",
          },
          { tool: "calendar_add", args: { title: "Paul at the station", start: "$arrival", minutes: 30 } },
        ],
      },
    ],
    changes: { events: [{ title: "paul", start: "{{0.sat 19:12}}" }] },
  },
  {
    id: "calendar-clear-saturday",
    touches: ["calendar"],
    turns: [
      {
        owner: "What do I have on {{1.sat en}}?",
        plan: [
          { tool: "calendar_list", args: { from: "{{1.sat}}" }, as: "events" },
          { tool: "show", args: { handle: "$events" } },
        ],
        said: ["Les Ondes"],
      },
      {
        owner: "Move it an hour later, to 21:00.",
        plan: [{ tool: "calendar_move", args: { event: "$events[1]", start: "{{1.sat 21:00}}" } }],
      },
    ],
    changes: { moved: { "demo-e17": "{{1.sat 21:00}}" } },
  },
];
