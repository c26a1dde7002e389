// The console's words, in English and French, and how values from closed lists, times and days are said.
// One thing to know: t() is the only way to a word. It deliberately knows nothing of what is shown where.

// Every string, as [English, French]. The space before French double punctuation is made unbreakable by t().
const TEXT = {
  tagline: ['Your own agent, with a hard shell.', 'Votre agent, à la carapace dure.'],
  loginLink: ['For a fresh login link, run this where Sclerite is installed and open the link it prints:',
    'Pour un nouveau lien de connexion, lancez ceci là où Sclerite est installé et ouvrez le lien affiché :'],
  loginToken: ['Or enter your console token', 'Ou saisissez votre jeton de console'],
  loginButton: ['Log in', 'Se connecter'],
  loginBusy: ['Logging in…', 'Connexion…'],
  loginBadToken: ['That token is not right. It is the CONSOLE_TOKEN of this deployment.',
    'Ce jeton n’est pas le bon. C’est le CONSOLE_TOKEN de ce déploiement.'],
  loginBadCode: ['That link was already used or is too old. Get a fresh one.',
    'Ce lien a déjà servi ou a expiré. Demandez-en un nouveau.'],
  loginSlow: ['Too many attempts. Wait a minute and try again.', 'Trop d’essais. Attendez une minute, puis réessayez.'],
  loginEnded: ['Your session has ended. Please log in again.', 'Votre session est terminée. Reconnectez-vous.'],
  unreachable: ['The server cannot be reached. Check your connection and try again.',
    'Le serveur est injoignable. Vérifiez votre connexion et réessayez.'],
  failed: ['That did not work ({0}).', 'Cela n’a pas fonctionné ({0}).'],
  language: ['Language', 'Langue'],
  skip: ['Skip to the message box', 'Aller à la zone de message'],
  panel: ['Overview', 'Aperçu'],
  close: ['Close', 'Fermer'],
  chat: ['Conversation', 'Conversation'],
  composer: ['Write a message…', 'Écrivez un message…'],
  send: ['Send', 'Envoyer'],
  hint: ['Enter sends · Shift+Enter starts a new line · ↑ recalls your last message',
    'Entrée envoie · Maj+Entrée va à la ligne · ↑ rappelle votre dernier message'],
  working: ['Working…', 'Au travail…'],
  latest: ['↓ New messages', '↓ Nouveaux messages'],
  emptyTitle: ['Good to see you.', 'Ravi de vous voir.'],
  emptyText: ['Ask for anything in your mail or calendar. You will be asked before anything risky happens.',
    'Demandez ce que vous voulez sur vos messages ou votre agenda. Rien de risqué ne se fait sans votre accord.'],
  example1: ['What’s in my inbox?', 'Qu’y a-t-il dans ma boîte de réception ?'],
  example2: ['What’s on tomorrow?', 'Qu’est-ce qui est prévu demain ?'],
  example3: ['Remind me in 20 minutes to call the dentist', 'Rappelle-moi dans 20 minutes d’appeler le dentiste'],
  example4: ['/help', '/help'],
  connecting: ['Connecting…', 'Connexion…'],
  online: ['Connected', 'Connecté'],
  offline: ['Offline. Trying again…', 'Hors ligne. Nouvel essai…'],
  unsent: ['Not sent yet', 'Pas encore envoyé'],
  owner: ['You', 'Vous'],
  agent: ['Sclerite', 'Sclerite'],
  guest: ['Someone else', 'Quelqu’un d’autre'],
  from: ['from {0}, {1}', '{0}, {1}'],
  untrusted: ['not verified', 'non vérifié'],
  attested: ['confirmed by the service', 'confirmé par le service'],
  trustedOwner: ['yours', 'de vous'],
  source_mail: ['mail', 'courrier'],
  source_calendar: ['calendar', 'agenda'],
  source_contacts: ['contacts', 'contacts'],
  source_chat: ['chat', 'discussion'],
  source_web: ['the web', 'le web'],
  source_file: ['a file', 'un fichier'],
  source_memory: ['memory', 'mémoire'],
  source_owner: ['you', 'vous'],
  more: ['and {0} more', 'et {0} de plus'],
  approvals: ['Waiting for you', 'En attente de vous'],
  approvalsNone: ['Nothing needs your approval.', 'Rien n’attend votre accord.'],
  approvalTitle: ['Your approval is needed', 'Votre accord est nécessaire'],
  approve: ['Yes, do it', 'Oui, fais-le'],
  deny: ['No', 'Non'],
  expiresIn: ['Expires in {0}', 'Expire dans {0}'],
  status_sending: ['Sending your answer…', 'Envoi de votre réponse…'],
  status_approved: ['You said yes.', 'Vous avez dit oui.'],
  status_denied: ['You said no. Nothing was done.', 'Vous avez dit non. Rien n’a été fait.'],
  status_expired: ['Expired. Nothing was done; ask again if you still want it.',
    'Expiré. Rien n’a été fait ; redemandez si vous le voulez encore.'],
  status_closed: ['No longer waiting: it changed, or was answered elsewhere.',
    'N’attend plus : cela a changé, ou a été répondu ailleurs.'],
  lookalike: ['Contains letters that can look like other letters. Check it closely.',
    'Contient des lettres qui peuvent ressembler à d’autres. Regardez bien.'],
  effect_read: ['reads', 'lecture'],
  effect_draft: ['drafts', 'brouillon'],
  effect_write: ['changes your data', 'modifie vos données'],
  effect_send: ['others will see this', 'visible par d’autres'],
  effect_delete: ['deletes', 'suppression'],
  effect_pay: ['spends money', 'paiement'],
  effect_admin: ['changes settings', 'réglages'],
  status: ['Status', 'État'],
  running: ['Agent', 'Agent'],
  isRunning: ['Running', 'En marche'],
  isStopped: ['Stopped', 'Arrêté'],
  stoppedBanner: ['Stopped. Nothing runs until you resume.', 'Arrêté. Rien ne se fait avant la reprise.'],
  model: ['Model', 'Modèle'],
  zone: ['Time zone', 'Fuseau'],
  zoneUnknown: ['not known yet', 'pas encore connu'],
  version: ['Version', 'Version'],
  stop: ['Stop everything', 'Tout arrêter'],
  resume: ['Resume', 'Reprendre'],
  budget: ['Budget', 'Budget'],
  limit_tokens_turn: ['Largest turn today', 'Plus grand tour du jour'],
  limit_tokens_day: ['Tokens today', 'Jetons du jour'],
  limit_tokens_month: ['Tokens this month', 'Jetons du mois'],
  limit_usd_turn: ['Dearest turn today', 'Tour le plus cher du jour'],
  limit_usd_day: ['Money today', 'Argent du jour'],
  limit_usd_month: ['Money this month', 'Argent du mois'],
  limit_requests_day: ['Requests today: {0}', 'Requêtes du jour : {0}'],
  limit_sends_day: ['Messages to others today', 'Messages à autrui du jour'],
  limit_pays_day: ['Payments today', 'Paiements du jour'],
  limit_bytes_day: ['Data sent today', 'Données envoyées du jour'],
  usedOf: ['{0} of {1}', '{0} sur {1}'],
  spentDays: ['{0} on each of the last 14 days, at most {1}', '{0} par jour depuis 14 jours, au plus {1}'],
  money: ['Money', 'Argent'],
  tokens: ['Tokens', 'Jetons'],
  budgetNote: ['A new day begins {0}.', 'Un nouveau jour commence à {0}.'],
  unpriced: ['{0} has no price, so money is not limited for it.', '{0} n’a pas de prix : l’argent n’est pas limité pour lui.'],
  turns: ['Recent turns', 'Tours récents'],
  turnsNone: ['Nothing yet.', 'Rien pour l’instant.'],
  turnNoCalls: ['No tool was used.', 'Aucun outil utilisé.'],
  turnShow: ['Show in the conversation', 'Voir dans la conversation'],
  turnUsage: ['{0} model calls · {1} tokens in, {2} out · {3}', '{0} appels au modèle · {1} jetons lus, {2} écrits · {3}'],
  turn_queued: ['queued', 'en file'],
  turn_running: ['running', 'en cours'],
  turn_waiting: ['waiting for you', 'vous attend'],
  turn_done: ['done', 'fini'],
  turn_failed: ['failed', 'échec'],
  turn_cancelled: ['cancelled', 'annulé'],
  turn_pending: ['pending', 'à venir'],
  turn_denied: ['refused', 'refusé'],
  decision_allow: ['allowed', 'permis'],
  decision_ask: ['asked you', 'vous a demandé'],
  decision_deny: ['refused', 'refusé'],
  logout: ['Log out', 'Se déconnecter'],
};
const LANGUAGES = ['en', 'fr'];

// Storage may be switched off in the browser; drafts are then simply not kept.
export const storage = {
  get: (key) => { try { return localStorage.getItem('sclerite.' + key); } catch { return null; } },
  set: (key, value) => { try { localStorage.setItem('sclerite.' + key, value); } catch { /* not kept */ } },
  remove: (key) => { try { localStorage.removeItem('sclerite.' + key); } catch { /* not kept */ } },
  keys: () => { try { return Object.keys(localStorage).map((key) => key.replace(/^sclerite\./, '')); } catch { return []; } },
};
export let language = storage.get('language') || (navigator.language || 'en').slice(0, 2);
if (!LANGUAGES.includes(language)) language = 'en';
export function speak(chosen) {
  language = chosen;
  storage.set('language', chosen);
}
export const isWord = (key) => Object.hasOwn(TEXT, key);

export function t(key, ...values) {
  let text = isWord(key) ? TEXT[key][LANGUAGES.indexOf(language)] : key;
  if (language === 'fr') text = text.replace(/ ([?!:;»])/g, '\u00a0$1');
  return text.replace(/\{(\d)\}/g, (_, index) => values[index]);
}
// The words for a value from a closed list; a value that this page does not know yet is shown as it is.
export const word = (prefix, value) => (isWord(prefix + value) ? t(prefix + value) : String(value));
export const sourceName = (source) => {
  const [kind, ...rest] = String(source || '').split(':');
  return [word('source_', kind), ...rest].join(': ');
};
export const trustName = (trust) => (trust === 'owner' ? t('trustedOwner') : word('', trust || 'untrusted'));

// The browser's own region decides between 14:30 and 2:30 PM.
export const locale = () => (navigator.languages || []).find((one) => one.startsWith(language)) || language;
export const time = (at) => new Date(at).toLocaleTimeString(locale(), { timeStyle: 'short' });
export const dayName = (at) => new Date(at).toLocaleDateString(locale(), { weekday: 'long', day: 'numeric', month: 'long' });
