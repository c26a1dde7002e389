// What the console shows: messages, approvals, the side panel, all drawn from `known`. One thing to know: text
// reaches the page only as text nodes (no HTML is ever parsed) and nothing becomes a link, because words from
// outside are shown here. It deliberately talks to nobody: app.js does, and fills `known`.

import { dayName, isWord, locale, sourceName, t, time, trustName, word } from './text.js';

export const byId = (id) => document.getElementById(id);

// Builds an element; children that are strings become text nodes.
export function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(key, value);
    else if (value === true) element.setAttribute(key, '');
    else if (value !== false && value != null) element.setAttribute(key, value);
  }
  element.append(...children.flat().filter((child) => child != null && child !== ''));
  return element;
}
// Characters that are invisible or turn text around could make a value read as another one: they are spelt out.
export const spellOut = (text) => String(text ?? '').replace(
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]|[\u{e0000}-\u{e007f}]/gu,
  (found) => (found === '\r' ? '' : `⟨U+${found.codePointAt(0).toString(16).toUpperCase().padStart(4, '0')}⟩`))
  // Newsletters pad with hundreds of these.
  .replace(/(⟨U\+[0-9A-F]+⟩)(?:\s?\1)+/g, '$1…');
const foreign = (text) => make('bdi', {}, spellOut(text));

// What the server has told us, and what we have yet to tell it.
export const known = { budget: null, state: {}, messages: new Map(), approvals: new Map(), turns: new Map(), streams: new Map(), outbox: new Map() };
export const nodes = new Map();
// The element for `key`, built once. One that cannot be built must not take the rest of the page with it.
function node(key, build) {
  if (!nodes.has(key)) {
    let built;
    try { built = build(); } catch { built = make('p', { class: 'problem' }, t('failed', key)); }
    nodes.set(key, built);
  }
  return nodes.get(key);
}
// Makes `parent` hold exactly `wanted`, touching only what differs, so that focus and scrolling survive.
function arrange(parent, wanted) {
  let cursor = parent.firstChild;
  for (const element of wanted) {
    if (element === cursor) cursor = cursor.nextSibling;
    else parent.insertBefore(element, cursor);
  }
  while (cursor) {
    const next = cursor.nextSibling;
    cursor.remove();
    cursor = next;
  }
}

// ---- messages
// The agent's own words with a little Markdown. `values` are elements that stand for \uE000 and up.
function inline(text, values) {
  return text.split(/(\*\*[^*\n]+\*\*|`[^`\n]+`|[\uE000-\uF8FF])/).map((part) => {
    if (/^[\uE000-\uF8FF]$/.test(part)) return values[part.charCodeAt(0) - 0xE000];
    if (/^\*\*.+\*\*$/.test(part)) return make('strong', {}, inline(part.slice(2, -2), values));
    if (/^`.+`$/.test(part)) return make('code', {}, inline(part.slice(1, -1), values));
    return part;
  });
}
function rich(text, values = []) {
  const out = [];
  let open = null;
  const begin = (name) => { if (open?.localName !== name) out.push(open = make(name)); };
  for (const line of text.split('\n')) {
    const item = /^\s*(?:[-*•]|(\d{1,4})[.)])\s+(.*)$/.exec(line);
    if (/^\s*```/.test(line)) {
      if (open?.localName === 'pre') open = null; else begin('pre');
    } else if (open?.localName === 'pre') {
      open.append(...inline(line, values).filter(Boolean), '\n');
    } else if (line.trim() === '') {
      open = null;
    } else if (item) {
      begin(item[1] ? 'ol' : 'ul');
      open.append(make('li', { value: item[1] }, inline(item[2], values)));
    } else {
      if (open?.localName === 'p') open.append('\n');
      begin('p');
      const heading = /^#{1,6}\s+(.*)$/.exec(line);
      open.append(...(heading ? [make('strong', {}, inline(heading[1], values))] : inline(line, values).filter(Boolean)));
    }
  }
  return out;
}
// A short value stays in the sentence that it was put into; it is still boxed and marked with its source.
const isShort = (quote) => quote && quote.text.length <= 90 && !quote.text.includes('\n');
function messageBody(message) {
  if (message.role === 'owner') return [make('p', {}, spellOut(message.text))];
  const blocks = message.blocks?.length ? message.blocks : [{ say: { text: message.text } }];
  // What somebody else says here is as foreign as a mail, whatever the block calls it.
  if (message.role === 'guest') {
    return blocks.map((block) => (block.shown ? shownFigure(block.shown) : outsideFigure(block.quote || { source: 'chat', ...block.say })));
  }
  const out = [];
  let words = '';
  let values = [];
  const flush = () => { out.push(...rich(words, values)); words = ''; values = []; };
  for (const block of blocks) {
    if (block.say) {
      words += spellOut(block.say.text).replace(/[\uE000-\uF8FF]/g, '');
    } else if (isShort(block.quote) && values.length < 6000) {
      words += String.fromCharCode(0xE000 + values.length);
      values.push(make('span', { class: 'outside-inline' }, foreign(block.quote.text),
        make('small', { title: t('from', sourceName(block.quote.source), t('untrusted')) }, sourceName(block.quote.source))));
    } else {
      flush();
      if (block.quote) out.push(outsideFigure(block.quote));
      if (block.shown) out.push(shownFigure(block.shown));
    }
  }
  flush();
  return out;
}
const origin = (source, trust) => make('figcaption', { class: 'origin' }, t('from', sourceName(source), trustName(trust)));
function outsideFigure(quote) {
  return make('figure', { class: 'outside', 'data-trust': 'untrusted' }, origin(quote.source, 'untrusted'),
    make('blockquote', {}, foreign(quote.text)));
}
function shownFigure(shown) {
  const trust = ['owner', 'attested'].includes(shown.trust) ? shown.trust : 'untrusted';
  const items = (shown.items || []).map((item) => {
    const [headline, ...rest] = (item.fields || []).filter((field) => field.value);
    return make('li', { value: item.n }, make('span', { class: 'number' }, String(item.n)),
      make('div', {}, make('p', { class: 'headline' }, foreign(headline?.value)),
        rest.length ? make('dl', {}, rest.map((field) => make('div', { class: String(field.value).length > 90 ? 'long' : null },
          make('dt', {}, spellOut(field.name)), make('dd', {}, foreign(field.value))))) : null));
  });
  return make('figure', { class: 'outside shown', 'data-trust': trust }, origin(shown.source, trust),
    shown.title ? make('p', { class: 'shown-title' }, spellOut(shown.title)) : null,
    make('ol', { class: items.length === 1 ? 'single' : null }, items),
    shown.more > 0 ? make('p', { class: 'more' }, t('more', shown.more)) : null);
}
function messageArticle(message, unsent = false) {
  const role = ['owner', 'agent', 'guest'].includes(message.role) ? message.role : 'guest';
  return make('article', { class: 'message', 'data-role': role, 'data-turn': message.turn, 'data-id': message.id, 'data-unsent': unsent },
    make('h2', { class: 'hidden' }, t(role)), make('div', { class: 'body' }, messageBody({ ...message, role })),
    make('p', { class: 'when' }, unsent ? t('unsent') : make('time', { datetime: new Date(message.at).toISOString() }, time(message.at))));
}
function renderLog() {
  const scroller = byId('scroller');
  const atEnd = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 90;
  const messages = [...known.messages.values()].sort((left, right) => left.id - right.id);
  const lastOfTurn = new Map(messages.map((message) => [message.turn, message.id]));
  const cards = [...known.approvals.values()];
  const wanted = [];
  let day = '';
  for (const message of messages) {
    const date = new Date(message.at).toDateString();
    if (date !== day) wanted.push(node('day ' + message.id, () => make('p', { class: 'day' }, dayName(message.at))));
    day = date;
    wanted.push(node('message ' + message.id, () => messageArticle(message)));
    wanted.push(...cards.filter((card) => lastOfTurn.get(card.turn) === message.id).map((card) => approvalCard(card, 'chat')));
  }
  wanted.push(...cards.filter((card) => !lastOfTurn.has(card.turn)).map((card) => approvalCard(card, 'chat')));
  for (const item of known.outbox.values()) {
    wanted.push(node(`outbox ${item.id} ${item.turn}`, () => messageArticle({ ...item, role: 'owner' }, !item.turn)));
  }
  const grown = byId('messages').lastChild !== wanted.at(-1);
  arrange(byId('messages'), wanted);
  byId('empty').hidden = wanted.length > 0;
  const live = [...known.streams].map(([turn, text]) => {
    const element = node('stream ' + turn, () => make('article', { class: 'message', 'data-role': 'agent' }, make('div', { class: 'body' })));
    element.firstChild.replaceChildren(...rich(spellOut(text).replace(/[\uE000-\uF8FF]/g, '')));
    return element;
  });
  arrange(byId('streaming'), live);
  byId('typing').hidden = live.length > 0 || ![...known.turns.values()].some((turn) =>
    ['queued', 'running'].includes(turn.status) && turn.conversation === known.state.conversation);
  if (atEnd) {
    scroller.scrollTop = scroller.scrollHeight;
    // An answer that is taller than the window is read from its beginning, below the end of the question.
    const hidden = grown && wanted.length ? wanted.at(-1).getBoundingClientRect().top - scroller.getBoundingClientRect().top : 0;
    if (hidden < 0) scroller.scrollTop += hidden - 96;
  } else if (grown) byId('latest').hidden = false;
}

// ---- approvals
function approvalLine(line) {
  const text = String(line.value ?? '');
  const lookalike = line.role === 'control' && text.split(/[\s<>,;]+/).some((part) => /@|:\/\/|^\S+\.\S+$/.test(part) && /[^\x20-\x7e]/.test(part));
  const label = `${spellOut(line.name)}: ${t('from', sourceName(line.source), trustName(line.trust))}`;
  const scrolls = line.role === 'content' ? { tabindex: '0', role: 'group', 'aria-label': label } : {};
  return make('div', { class: 'line', 'data-line': line.role, 'data-trust': line.trust || 'untrusted' },
    make('dt', {}, spellOut(line.name), make('small', { class: 'origin' },
      line.trust === 'owner' ? t('trustedOwner') : t('from', sourceName(line.source), trustName(line.trust)))),
    make('dd', {}, make('div', scrolls, foreign(text)), lookalike ? make('p', { class: 'problem' }, t('lookalike')) : null));
}
function approvalCard(approval, place) {
  const { id, status } = approval;
  return node(`${place} approval ${id} ${status} ${approval.problem || ''}`, () => {
    const order = ['control', 'content', 'inert'];
    const lines = [...(approval.card?.lines || [])].sort((left, right) => order.indexOf(left.role) - order.indexOf(right.role));
    const waiting = status === 'waiting';
    const title = `${place}-approval-${id}`;
    const settled = !waiting && status !== 'sending';
    return make('div', { class: settled ? 'approval settled' : 'approval', role: 'group', 'aria-labelledby': title,
      'data-approval': id, 'data-status': status, 'data-turn': approval.turn },
      make('p', { class: 'approval-kind' }, make('span', {}, waiting ? t('approvalTitle') : ''),
        make('span', { class: 'effect', 'data-effect': approval.card?.effect }, word('effect_', approval.card?.effect ?? ''))),
      make('h3', { id: title }, spellOut(approval.summary)),
      approval.summary?.startsWith(approval.card?.tool) ? null : make('p', { class: 'tool' }, spellOut(approval.card?.tool)),
      waiting && approval.why ? make('p', { class: 'reason' }, spellOut(approval.why)) : null,
      make('dl', { class: 'lines' }, lines.map(approvalLine)),
      approval.problem ? make('p', { class: 'problem', role: 'alert' }, spellOut(approval.problem)) : null,
      waiting ? make('div', { class: 'answer' },
        make('button', { type: 'button', class: 'deny', 'data-answer': 'deny' }, t('deny')),
        make('button', { type: 'button', class: 'approve', 'data-answer': 'approve' }, t('approve')),
        make('span', { class: 'expires', 'data-expires': approval.expires_at }, countdown(approval.expires_at)))
        : make('p', { class: 'outcome', role: 'status' }, isWord('status_' + status) ? t('status_' + status) : t('status_closed')));
  });
}
function countdown(expiresAt) {
  const seconds = Math.max(0, Math.floor((expiresAt - Date.now()) / 1000));
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  if (hours > 0) return t('expiresIn', `${hours} h ${minutes} min`);
  return t('expiresIn', minutes > 4 ? `${minutes} min` : `${minutes}:${String(seconds % 60).padStart(2, '0')}`);
}
export function settle(id, change) {
  const approval = known.approvals.get(id);
  if (approval) known.approvals.set(id, { ...approval, ...change });
  render();
}
setInterval(() => {
  for (const element of document.querySelectorAll('[data-expires]')) {
    const text = countdown(Number(element.dataset.expires));
    if (element.textContent !== text) element.textContent = text;
  }
  for (const approval of known.approvals.values()) {
    if (approval.status === 'waiting' && approval.expires_at <= Date.now()) settle(approval.id, { status: 'expired' });
  }
}, 1000);

// ---- the side panel
const filled = new WeakMap();
export const titles = new Map();
function fillTurn(details, turn) {
  const words = [...known.messages.values()].find((message) => message.turn === turn.id && message.role === 'owner');
  // Unchanged rows are left alone: a rebuild would take away the focus and the selection inside.
  if (filled.get(details)?.turn === turn && filled.get(details).words === words) return;
  filled.set(details, { turn, words });
  const calls = turn.calls || [];
  const [summary, body] = details.children;
  const title = words?.text || titles.get(turn.id) || [...new Set(calls.map((call) => call.tool))].join(', ') || turn.channel;
  summary.replaceChildren(make('span', { class: 'turn-title' }, spellOut(title)),
    make('span', { class: 'turn-status' }, `${word('turn_', turn.status)} · ${turn.channel} · ${time(turn.at)}`));
  details.dataset.status = turn.status;
  const usage = turn.usage || {};
  const number = new Intl.NumberFormat(locale());
  const cost = new Intl.NumberFormat(locale(), { style: 'currency', currency: 'USD', maximumFractionDigits: 4 });
  body.replaceChildren(calls.length ? make('ul', {}, calls.map((call) => make('li', {},
    make('p', {}, make('code', {}, spellOut(call.tool)), make('span', { class: 'decision', 'data-decision': call.decision },
      word('decision_', call.decision)), call.decision === 'deny' ? null : make('span', { class: 'call-status' }, word('turn_', call.status))),
    call.reason ? make('p', { class: 'reason' }, spellOut(call.why || call.reason)) : null,
    make('p', { class: 'labels' }, Object.entries(call.labels || {}).map(([name, trust]) =>
      make('span', { 'data-trust': trust }, `${spellOut(name)}: ${trustName(trust)}`))))))
    : make('p', { class: 'none' }, t('turnNoCalls')),
  make('p', { class: 'usage' }, t('turnUsage', number.format(usage.model_calls || 0), number.format(usage.tokens_in || 0),
    number.format(usage.tokens_out || 0), cost.format((usage.cost_microusd || 0) / 1e6))),
  words ? make('button', { type: 'button', class: 'quiet', click: () => showTurn(turn.id) }, t('turnShow')) : '');
}
function turnDetails(turn) {
  return make('details', { class: 'turn', 'data-turn': turn.id }, make('summary'), make('div', { class: 'turn-body' }));
}
function showTurn(id) {
  showPanel(false);
  const article = byId('messages').querySelector(`.message[data-turn="${CSS.escape(id)}"]`);
  article?.setAttribute('tabindex', '-1');
  article?.focus();
}
// ---- what is used of what may be spent
const SVG = 'http://www.w3.org/2000/svg';
function draw(name, attributes, ...children) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}
function amount(limit, value) {
  // Money comes in millionths of a dollar.
  const [scale, style] = limit.startsWith('usd') ? [1e6, { style: 'currency', currency: 'USD' }]
    : limit.startsWith('bytes') ? [1e6, { style: 'unit', unit: 'megabyte', maximumFractionDigits: 1 }] : [1, {}];
  return new Intl.NumberFormat(locale(), style).format(value / scale);
}
function meterRow({ limit, connector, used, most }) {
  const name = t('limit_' + limit, spellOut(connector));
  const words = t('usedOf', amount(limit, used), amount(limit, most));
  // A bar that is three quarters full changes its colour; the words say the same.
  return make('li', {}, make('span', {}, name), make('span', { class: 'amount' }, words),
    make('meter', { min: 0, max: Math.max(most, 1), value: Math.min(used, most), low: most * 0.75, high: most * 0.95, optimum: 0, 'aria-label': name, title: words }, words));
}
// The latest days as bars; a list beside them says the same to those who do not see them.
function daysFigure(spent, end) {
  const days = Array.from({ length: 14 }, (_, at) => {
    // The noon of a day is in that day, whatever its clock change.
    const noon = new Date(end - (13.5 - at) * 864e5);
    const day = new Intl.DateTimeFormat('en-CA', { timeZone: known.budget.zone }).format(noon);
    return spent.find((one) => one.day === day) || { day, tokens: 0, microusd: 0 };
  });
  const limit = days.some((day) => day.microusd > 0) ? 'usd_day' : 'tokens_day';
  const values = days.map((day) => (limit === 'usd_day' ? day.microusd : day.tokens));
  const highest = Math.max(...values);
  if (highest === 0) return [];
  const bars = days.map((day, at) => {
    const height = Math.max(values[at] > 0 ? 1 : 0.4, (values[at] / highest) * 24);
    return draw('rect', { x: at * 10 + 1, y: 24 - height, width: 8, height, rx: 1 }, draw('title', {}, `${day.day}: ${amount(limit, values[at])}`));
  });
  return [draw('svg', { viewBox: `0 0 ${days.length * 10} 24`, 'aria-hidden': 'true' }, ...bars),
    make('figcaption', {}, t('spentDays', t(limit === 'usd_day' ? 'money' : 'tokens'), amount(limit, highest))),
    make('ol', { class: 'hidden' }, days.map((day, at) => make('li', {}, `${day.day}: ${amount(limit, values[at])}`)))];
}
let shownBudget = '';
function renderBudget() {
  const { budget } = known;
  byId('budget-section').hidden = !budget;
  const drawn = JSON.stringify([budget, locale()]);
  if (!budget || drawn === shownBudget) return;
  shownBudget = drawn;
  const rows = budget.limits.filter(({ limit, used, most }) => most !== null && (used > 0 || limit === 'tokens_day') && isWord('limit_' + limit));
  byId('budget').replaceChildren(...rows.map(meterRow));
  byId('spent').replaceChildren(...daysFigure(budget.days, budget.day_ends));
  byId('budget-note').textContent = [t('budgetNote', time(budget.day_ends)), ...budget.unpriced.map((model) => t('unpriced', spellOut(model)))].join(' ');
}
function renderPanel() {
  renderBudget();
  const waiting = [...known.approvals.values()].filter((card) => ['waiting', 'sending'].includes(card.status));
  arrange(byId('approvals'), waiting.map((card) => approvalCard(card, 'panel')));
  byId('approvals-none').hidden = waiting.length > 0;
  for (const badge of document.querySelectorAll('.badge')) {
    badge.hidden = waiting.length === 0;
    badge.textContent = waiting.length;
  }
  document.title = waiting.length ? `(${waiting.length}) Sclerite` : 'Sclerite';
  const turns = [...known.turns.values()].filter((turn) => turn.calls).sort((left, right) => right.at - left.at).slice(0, 30);
  arrange(byId('turns'), turns.map((turn) => {
    const details = node('turn ' + turn.id, () => turnDetails(turn));
    fillTurn(details, turn);
    return details;
  }));
  byId('turns-none').hidden = turns.length > 0;
  const { state } = known;
  const stopped = Boolean(state.stopped);
  byId('status-stopped').textContent = t(stopped ? 'isStopped' : 'isRunning');
  byId('status-stopped').dataset.stopped = stopped;
  byId('status-model').textContent = state.model || '';
  byId('status-zone').textContent = state.zone || t('zoneUnknown');
  byId('status-version').textContent = state.version || '';
  byId('stopped').hidden = byId('resume').hidden = !stopped;
  byId('stop').hidden = stopped;
}
// The panel comes first, because its banner takes room from the conversation.
export function render() {
  renderPanel();
  renderLog();
}
export const narrow = matchMedia('(max-width: 960px)');
export function showPanel(open) {
  const drawer = narrow.matches;
  document.body.classList.toggle('drawer-open', drawer && open);
  byId('panel').inert = drawer && !open;
  byId('chat').inert = drawer && open;
  byId('backdrop').hidden = !(drawer && open);
  if (drawer && open) byId('panel-close').focus();
  else if (byId('panel-button').getAttribute('aria-expanded') === 'true') byId('panel-button').focus();
  byId('panel-button').setAttribute('aria-expanded', String(drawer && open));
}
