/**
 * What explain says of a run, in English; pages have it in other languages. Most names are made of a kind of code and a code of
 * the wire, by which `codeText` finds them; `{name}` stands for a value.
 */
export const explainTexts = {
  statePassed: 'passed',
  stateCurrent: 'here',
  statePlanned: 'planned',
  stateLeftOut: 'left out',
  stateTakenOut: 'taken out',
  stateNotReached: 'not reached',
  verdictPass: 'passed',
  verdictFail: 'failed',
  verdictError: 'error',
  verdictCancelled: 'cancelled',
  verdictNotAsked: 'not asked',
  negated: 'negated:',
  flowEnd: 'End',
  requires: 'Requires {requirement}',
  requirementNone: 'nothing',
  requirementRequireAuthenticated: 'that somebody is signed in',
  requirementRequireUnauthenticated: 'that nobody is signed in',
  requirementRequireSuperuser: 'a superuser',
  requirementRequireRedirect: 'a stage of another flow that leads to it',
  requirementRequireOutpost: 'a trusted outpost',
  saidPass: "'{policy}' passed{negated}",
  saidFail: "'{policy}' failed{negated}",
  saidError: "'{policy}' could not answer{negated}",
  saidNegated: ' (negated)',
  planningPlanned: 'The flow applies.',
  planningPlannedSaid: 'The flow applies: {said}.',
  planningEmpty: 'The flow applies, but no stage is left.',
  planningRequirement: 'The flow does not apply: it requires {requirement} ({code}).',
  planningPolicy: 'The flow does not apply: {said}.',
  planningPolicyError: 'The flow does not apply, because it could not be checked: {said}.',
  planningPolicyErrorStage: "The flow does not apply, because its stage '{stage}' could not be checked: {said}.",
  reasonPassed: 'Passed.',
  reasonPassedInserted: 'Put into the plan, and passed.',
  reasonLeftOut: 'Left out while the flow was planned: {said}.',
  reasonTakenOut: 'Taken out when its turn came: {said}.',
  reasonPlanned: 'Planned.',
  reasonPlannedToAsk: 'Planned; its policies are asked when its turn comes.',
  reasonCurrent: 'Its turn has come.',
  reasonCurrentUnchecked: 'The run was denied here, because it could not be checked: {said}.',
  reasonCurrentDenied: 'The run was denied here: {message}',
  reasonCurrentCancelled: 'The run was cancelled here.',
  reasonNotReached: 'Not reached: the run ended before.',
  reasonNotReachedRefused: 'Not reached: the flow was refused.',
  eventStarted: 'Started.',
  eventChallenge: "'{stage}' was shown.",
  eventRefused: "An answer to '{stage}' was refused: {faults}",
  eventPassed: "'{stage}' passed.",
  eventTakenOut: "'{stage}' was taken out.",
  eventFailed: "'{stage}' failed; request {request} in the log says how.",
  eventRestarted: "Planned anew at '{stage}', from the beginning.",
  eventRestartedKept: "Planned anew at '{stage}', with the context that it had.",
  eventDenied: 'Denied: {message}',
  eventDeniedAt: "Denied at '{stage}': {message}",
  eventEnded: 'Ended at {to}',
  eventCancelled: 'Cancelled.'
}

/** What explain says, by name, in one language. */
export type ExplainTexts = Readonly<Record<keyof typeof explainTexts, string>>

/** A language as explain speaks it. */
export interface ExplainWords {
  readonly texts: ExplainTexts
  /** Translates what stages and policies say. */
  readonly say: (text: string) => string
}

/** The language of the wire. */
export const ENGLISH: ExplainWords = { texts: explainTexts, say: (text) => text }
