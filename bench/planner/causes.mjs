// Why a task was not solved: one word of a closed list, the first that holds.

export const CAUSES = {
  no_model: "a model's server did not answer or refused",
  cut_off: "the turn ended at a limit of its time, steps or length",
  no_call: "the planner called no tool at all",
  bad_call: "a call was malformed and was not corrected",
  no_answer: "the quarantined model gave no answer that fits",
  wrong_effect: "something was changed or sent that was not asked for",
  no_effect: "something that was asked for was not done",
  wrong_words: "the right thing was done and says something else",
  not_told: "the owner was not told what they asked for",
  told_too_much: "the owner was told what they did not ask for",
};

/** The cause of a run that did not solve its task; `null` if it did. */
export function causeOf({ judged, missing, surplus, calls, statuses, errors, refusals, told }) {
  const cut = /cut off at its length|coupée à sa limite|longer than one turn|dépasse ce qu'un tour|I stopped here|Je m'arrête ici/;
  const holds = {
    no_model: refusals.length > 0 || statuses.includes("failed") && /could not use the model|pas pu utiliser le modèle/.test(told),
    cut_off: statuses.some((status) => status !== "done") || cut.test(told),
    no_call: calls.length === 0,
    bad_call: errors.includes("invalid"),
    no_answer: calls.some((call) => ["ask", "extract", "classify", "summarise", "draft", "select", "filter"].includes(call.tool) && call.status === "failed"),
    wrong_effect: judged.unexpected.length > 0,
    no_effect: judged.missing.length > 0,
    wrong_words: judged.reworded.length > 0,
    not_told: missing.length > 0,
    told_too_much: surplus.length > 0,
  };
  const failed = ["wrong_effect", "no_effect", "wrong_words", "not_told", "told_too_much"].some((word) => holds[word]);
  return failed ? Object.keys(CAUSES).find((word) => holds[word]) : null;
}
