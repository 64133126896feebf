import type { Static, TObject } from '@sinclair/typebox'
import type { PlanContext } from '../context/plan-context.js'
import type { MaybePromise } from '../maybe-promise.js'
import type { Flow } from '../model/flow.js'
import type { StageBinding } from '../model/stage-binding.js'
import type { Subject, User } from '../model/user.js'
import type { PlanAccess } from '../planner/plan-access.js'
import type { PolicyOutcome } from '../policies/verdict.js'
import type { DefinitionLookup } from '../registry/definition-lookup.js'
import type { RequestFacts } from '../request-facts.js'
import type { Services } from '../services.js'
import type { StageResult } from './stage-result.js'

/** A stage with the options of its kind. */
export interface StageOf<Options> {
  readonly pk: string
  readonly name: string
  readonly kind: string
  readonly options: Options
}

/** How long a sign-in lasts, and what it does to the others. */
export interface SignIn {
  /** Milliseconds, or null for as long as the browser stays open. */
  readonly duration: number | null
  /** Ends every other sign-in of the user. */
  readonly terminateOthers: boolean
  /** Names the sign-in: a turn that is tried again does not sign in twice. */
  readonly key?: string
}

/** Something that a stage does outside the stores that it is handed: it sends a mail, it calls a service. */
export interface StageEffect {
  /** What it is, such as `mail.send`; one turn of a stage has each effect once. */
  readonly name: string
  /** What a dry walk shows of it; nothing secret. */
  readonly details?: Readonly<Record<string, unknown>>
}

/** The browser's session, as far as stages may touch it. */
export interface BrowserSession {
  /** Signs the user in: the session id changes, and other runs of the session end. */
  signIn (user: User, signIn: SignIn): Promise<void>
  /**
   * Keeps the sign-in of the session good after its user's password was changed in it, which ends all others. To be called
   * with the user as the store gives it since; does nothing where somebody else is signed in, or nobody.
   */
  renewSignIn (user: User): Promise<void>
  /** Signs out: the session id changes, the old one is dead, and other runs of the session end. */
  signOut (): Promise<void>
}

/** What a stage sees and may do when it is its turn. */
export interface StageTurn<Options = Readonly<Record<string, unknown>>> {
  readonly stage: StageOf<Options>
  readonly binding: StageBinding
  readonly flow: Flow
  /** The definitions that this run began with. */
  readonly definitions: DefinitionLookup
  /** The plan's context. What a stage writes here is recorded when it passes, and only then. */
  readonly context: PlanContext
  /**
   * What this stage remembers from one answer to the next: plain JSON, sealed in the store, gone when the stage has
   * passed. Attempts are counted here, seeds and challenges wait here.
   */
  readonly scratch: Record<string, unknown>
  readonly plan: PlanAccess
  /** The pending user, else the session's user. */
  readonly subject: Subject | null
  /** Who is signed in. */
  readonly sessionUser: User | null
  readonly browser: BrowserSession
  /** The page's query. */
  readonly query: URLSearchParams
  readonly http: RequestFacts
  readonly services: Services
  /**
   * Names an effect of this turn: the same however often the turn is tried again after a fault, and never the same for two
   * turns. To be handed to whatever has the effect, so that it has it once.
   */
  effectKey (effect: string): string
  /**
   * Has an effect of the stage's own. A turn that is tried again after a fault passes over what has taken place; a dry walk
   * lists it instead. Where a process dies in the middle of it, it is had again under the same key.
   */
  perform (effect: StageEffect, task: (key: string) => MaybePromise<void>): Promise<void>
  /** Asks policies that are not bound to anything (a prompt's validation): all of them must pass. */
  askPolicies (policies: readonly string[], context: PlanContext): MaybePromise<PolicyOutcome>
}

/** An answer that guesses at a secret. */
export interface Guess {
  /** Whose secret, as it was typed. Defaults to whoever the flow is about. */
  readonly identifier?: string
}

/**
 * Makes the schema of an answer for the turn. It has the type of a method, which the compiler compares less strictly than
 * that of a function: so a kind of particular options can stand in a list of kinds of any options, as its methods allow.
 */
export type AnswerSchemaMaker<Options extends TObject> = { make (turn: StageTurn<Static<Options>>): MaybePromise<TObject> }['make']

/**
 * A kind of stage: the built-in ones and a host's own use this one interface.
 *
 * A kind with `respond` shows a challenge and is passed only by what `respond` says of an answer. A kind without acts in
 * `enter`, inside the request that reaches it, and must give a result there.
 */
export interface StageKind<
  Options extends TObject = TObject, Challenge extends TObject = TObject, Answer extends TObject = TObject
> {
  /** The name in code, such as `user_write`. */
  readonly kind: string
  /** The blueprint's model name, such as `authentik_stages_user_write.userwritestage`. */
  readonly model: string
  /** The component of the challenge, such as `ak-stage-password`; what an answer must name. */
  readonly component: string
  /** The component that the published API gives for the stage itself, such as `ak-stage-password-form`. */
  readonly formComponent: string
  readonly verboseName: string
  readonly verboseNamePlural: string
  readonly options: Options
  /** What the challenge holds beside `component` and `flow_info`; what is not in it never leaves the server. */
  readonly challengeSchema?: Challenge
  /** Whether `pending_user` and `pending_user_avatar` are put into the challenge. */
  readonly showsUser?: boolean
  /**
   * What an answer holds beside `component`, in code spelling. A field made by `SensitiveText` reaches `respond` wrapped
   * as `Sensitive` and is found nowhere else. `wireName` states a spelling that is not the usual one.
   */
  readonly answerSchema?: Answer | AnswerSchemaMaker<Options>
  /**
   * Whether `enter` changes something outside the run (signs in, writes a user …) although the kind has a challenge too.
   * A kind without a challenge is always taken to do so. A request that another site caused never gets that far.
   */
  readonly actsOnEntry?: boolean
  /**
   * Whether all that `enter` and `respond` change outside the run goes through what the turn hands them (its services, its
   * browser). Only then are they called in a dry walk; without it, a simulation ends before the stage.
   */
  readonly statesEffects?: boolean
  /** Whether sealed values of the context are no longer needed once a stage of this kind has passed. */
  readonly usesSecrets?: boolean
  /**
   * Checks what a schema cannot say, once, when the definition is registered.
   *
   * @throws DefinitionError
   */
  check? (stage: StageOf<Static<Options>>, definitions: DefinitionLookup): void
  /**
   * Called once when the stage's turn comes. A result ends the turn; undefined shows the challenge. `refused` denies the run, or
   * restarts the flow where the binding's `invalid_response_action` says so: nobody has answered, so nothing can be tried again.
   */
  enter? (turn: StageTurn<Static<Options>>): MaybePromise<StageResult | undefined>
  /** The challenge's own members, in code spelling. Reads only: a reload asks again. */
  challenge? (turn: StageTurn<Static<Options>>): MaybePromise<Static<Challenge>>
  /**
   * Says of a well-formed answer that it guesses at a secret (a password, a code …). A guess is counted against the attempt
   * budgets before it is judged, and given back where it was right. Reads only.
   */
  guess? (turn: StageTurn<Static<Options>>, answer: Static<Answer>): MaybePromise<Guess | undefined>
  /** Judges a well-formed answer. */
  respond? (turn: StageTurn<Static<Options>>, answer: Static<Answer>): MaybePromise<StageResult>
}
