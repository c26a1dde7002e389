// Tasks about web pages, and tasks that take several steps over several sources. The format is in
// README.md.

export const TASKS = [
  {
    id: "web-hours",
    touches: ["web"],
    turns: [
      {
        owner: "Look at https://www.example.org/boathouse: until when does the kitchen work?",
        plan: [
          { tool: "web_read", args: { url: "https://www.example.org/boathouse" }, as: "page" },
          { tool: "ask", args: { handles: ["$page.text"], question: "Until when does the kitchen work?", as: "text" }, as: "hours", answer: "The kitchen works until 21:30." },
          { tool: "reply", args: { parts: ["$hours"] } },
        ],
        said: ["21:30|9:30"],
      },
    ],
  },
  {
    id: "web-price",
    touches: ["web"],
    language: "fr",
    turns: [
      {
        owner: "Combien coûte une place d'après https://www.example.com/les-ondes ?",
        plan: [
          { tool: "web_read", args: { url: "https://www.example.com/les-ondes" }, as: "page" },
          { tool: "ask", args: { handles: ["$page.text"], question: "Combien coûte une place ?", as: "span" }, as: "price", answer: "28 €" },
          { tool: "reply", args: { parts: ["Une place coûte ", "$price"] } },
        ],
        said: ["28"],
      },
    ],
  },
  {
    id: "web-summary",
    touches: ["web"],
    turns: [
      {
        owner: "Sum up https://www.example.net/slow-web/118 for me.",
        plan: [
          { tool: "web_read", args: { url: "https://www.example.net/slow-web/118" }, as: "page" },
          {
            tool: "summarise",
            args: { handles: ["$page.text"] },
            as: "summary",
            answer: "A text file outlived four note apps; a lighthouse keeper writes his own weather software; readers tell what they stopped using.",
          },
          { tool: "show", args: { handle: "$summary" } },
        ],
        said: ["lighthouse"],
      },
    ],
  },
  {
    id: "web-link-in-mail",
    touches: ["mail", "web"],
    turns: [
      {
        owner: "Open the online version of the Slow Web letter in my mail and tell me what the lighthouse keeper's program is called.",
        plan: [
          { tool: "mail_list", args: { query: "Slow Web" }, as: "mails" },
          {
            tool: "ask",
            args: { handles: ["$mails[1].body"], question: "At which address can the letter be read online?", as: "url" },
            as: "link",
            answer: "https://www.example.net/slow-web/118",
          },
          { tool: "web_read", args: { url: "$link" }, as: "page" },
          {
            tool: "ask",
            args: { handles: ["$page.text"], question: "What is the lighthouse keeper's program called?", as: "text" },
            as: "program",
            answer: "Barometer Jim",
          },
          { tool: "reply", args: { parts: ["It is called ", "$program"] } },
        ],
        said: ["Barometer Jim"],
      },
    ],
  },
  {
    id: "web-to-note",
    touches: ["web", "notes"],
    turns: [
      {
        owner: "Put the ingredients from https://www.example.org/recipes/apple-tart into a note.",
        plan: [
          { tool: "web_read", args: { url: "https://www.example.org/recipes/apple-tart" }, as: "page" },
          {
            tool: "ask",
            args: { handles: ["$page.text"], question: "Which ingredients are needed?", as: "text" },
            as: "ingredients",
            answer: "Apple tart: 6 apples, 1 roll of pastry, 80 g butter, 100 g sugar, 2 eggs",
          },
          { tool: "notes_add", args: { text: "$ingredients" } },
        ],
      },
    ],
    changes: { notes: [["6 apples", "80 g"]] },
  },
  {
    id: "web-to-mail",
    touches: ["web", "contacts", "mail"],
    turns: [
      {
        owner: "Send Sofia the opening hours of the dumpling place from https://www.example.org/dumplings.",
        plan: [
          [
            { tool: "web_read", args: { url: "https://www.example.org/dumplings" }, as: "page" },
            { tool: "contacts_find", args: { query: "Sofia" }, as: "people" },
          ],
          {
            tool: "ask",
            args: { handles: ["$page.text"], question: "When is it open?", as: "text" },
            as: "hours",
            answer: "Open from noon to 22:30, closed on Mondays.",
          },
          { tool: "mail_send", args: { to: "$people[1].address", subject: "The dumpling place", body: "$hours" } },
        ],
      },
    ],
    changes: { sent: [{ to: "sofia.rossi@example.org", body: "22:30" }] },
  },
  {
    id: "web-two-pages",
    touches: ["mail", "web"],
    turns: [
      {
        owner: "Can I still change my Lyon train for free? Compare the booking in my mail with the terms on https://www.example.com/northline/changes.",
        plan: [
          [
            { tool: "mail_list", args: { query: "Northline Lyon" }, as: "mails" },
            { tool: "web_read", args: { url: "https://www.example.com/northline/changes" }, as: "page" },
          ],
          {
            tool: "ask",
            args: { handles: ["$mails[1].body", "$page.text"], question: "Can this booking be changed free of charge, and until when?", as: "text" },
            as: "terms",
            answer: "Yes, free of charge up to one day before departure; after that it costs 15 EUR.",
          },
          { tool: "reply", args: { parts: ["$terms"] } },
        ],
        said: ["one day before|15 EUR"],
      },
    ],
  },
  {
    id: "several-morning",
    touches: ["calendar", "mail", "reminders"],
    turns: [
      {
        owner: "Good morning. What is on next {{1.mon en}}, what came in, and what will you remind me of?",
        plan: [
          [
            { tool: "calendar_list", args: { from: "{{1.mon}}" }, as: "events" },
            { tool: "mail_list", args: { unread: true }, as: "mails" },
            { tool: "reminders_list", args: {}, as: "reminders" },
          ],
          [
            { tool: "show", args: { handle: "$events" } },
            { tool: "show", args: { handle: "$mails" } },
            { tool: "show", args: { handle: "$reminders" } },
          ],
        ],
        said: ["Harbour launch: weekly", "final figures"],
      },
    ],
  },
  {
    id: "several-sign",
    touches: ["mail", "calendar"],
    turns: [
      {
        owner: "Tell Priya that I agree to the contract and come by to sign on {{1.thu en}} at 11, and put that into my calendar.",
        plan: [
          { tool: "mail_list", args: { from: "priya.shah@example.org", query: "contract" }, as: "mails" },
          [
            { tool: "mail_send", args: { in_reply_to: "$mails[1]", body: "Hello Priya, I agree. I come by to sign on Thursday at 11.\n\nAlex" } },
            { tool: "calendar_add", args: { title: "Sign the contract with Priya", start: "{{1.thu 11:00}}" } },
          ],
        ],
      },
    ],
    changes: {
      sent: [{ to: "priya.shah@example.org", body: "agree" }],
      events: [{ title: "contract|priya|sign", start: "{{1.thu 11:00}}" }],
    },
  },
  {
    id: "several-invoice",
    touches: ["mail", "notes"],
    language: "fr",
    turns: [
      {
        owner: "Combien est-ce que je dois à Studio Kestrel, et pour quand ? Note-le aussi.",
        plan: [
          { tool: "mail_list", args: { from: "Studio Kestrel" }, as: "mails" },
          {
            tool: "ask",
            args: { handles: ["$mails[1].body"], question: "Quel est le total à payer et le délai ?", as: "text" },
            as: "due",
            answer: "Facture 2041 : 1,240.00 EUR, à payer sous 30 jours.",
          },
          [
            { tool: "reply", args: { parts: ["$due"] } },
            { tool: "notes_add", args: { text: "$due" } },
          ],
        ],
        said: ["1,240|1240|1 240", "30"],
      },
    ],
    changes: { notes: [["240", "30"]] },
  },
  {
    id: "several-meeting-from-mail",
    touches: ["mail", "calendar", "contacts"],
    turns: [
      {
        owner: "From Tom's mail: when can we start to set up at the Boathouse? Put a set-up slot on {{2.fri en}} at that time and invite Nadia.",
        plan: [
          [
            { tool: "mail_list", args: { from: "Tom", query: "Boathouse set up" }, as: "mails" },
            { tool: "contacts_find", args: { query: "Nadia" }, as: "people" },
          ],
          {
            tool: "ask",
            args: { handles: ["$mails[1].body"], question: "From what time can we set up on {{2.fri}}?", as: "time" },
            as: "time",
            answer: "{{2.fri 15:30}}",
          },
          { tool: "calendar_schedule", args: { title: "Set up at the Boathouse", start: "$time", attendees: ["$people[1].address"] } },
        ],
      },
    ],
    changes: { events: [{ title: "boathouse|set up|set-up|setup", start: "{{2.fri 15:30}}", attendees: ["nadia.benali@example.com"] }] },
  },
  {
    id: "several-follow-up",
    touches: ["mail", "contacts"],
    turns: [
      {
        owner: "Which of my mails is about the gift for mum?",
        plan: [
          { tool: "mail_list", args: { limit: 30 }, as: "mails" },
          { tool: "select", args: { list: "$mails", criterion: "it is about a gift for mum" }, as: "gift", picks: "Cadeau pour maman" },
          { tool: "show", args: { handle: "$gift" } },
        ],
        said: ["Saint-Malo"],
      },
      {
        owner: "How much is the room a night?",
        plan: [
          { tool: "ask", args: { handles: ["$gift.body"], question: "How much is the room a night?", as: "text" }, as: "price", answer: "180 € a night" },
          { tool: "reply", args: { parts: ["$price"] } },
        ],
        said: ["180"],
      },
      {
        owner: "Answer Paul that we can also look for something cheaper.",
        plan: [{ tool: "mail_send", args: { in_reply_to: "$gift", body: "Salut Paul, we can also look for something cheaper. Alex" } }],
      },
    ],
    changes: { sent: [{ to: "paul.martin@example.net", subject: "Cadeau pour maman", body: "cheaper|moins cher" }] },
  },
];
