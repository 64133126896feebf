/// <reference types="@fastify/session" preserve="true" />
/// <reference types="@fastify/cookie" preserve="true" />
import type { FastifyRequest } from 'fastify'
import { appended } from '../lib/appended.js'
import { StoreUnavailableError } from '../lib/errors.js'
import type { Browser } from '../lib/executor/flow-request.js'
import { andThen, type MaybePromise } from '../lib/maybe-promise.js'
import type { User } from '../lib/model/user.js'
import type { SignInStore } from '../lib/sign-in/sign-in-store.js'
import type { SignIn } from '../lib/stages/stage-kind.js'
import { NoSessionError } from './errors.js'
import { whenReplied } from './replied.js'
import { hasSession, keepInSession, keysOfOthers, sessionData, type FlowSessionData } from './session-data.js'

/** Flows that one session may have a run of; the run that was begun first goes. */
const MAX_RUNS = 5

/** Milliseconds for which a sign-in lasts that is to last as long as the browser stays open. */
const OPEN_ENDED = 30 * 86_400_000

export interface SessionBrowserTools {
  readonly signIns: SignInStore
  readonly now: () => number
  readonly newId: () => string
  /** Forgets the runs of these flows in a session. */
  readonly discard: (sessionKey: string, flows: readonly string[]) => Promise<void>
  /** Is told the key that a session had, once its browser has been sent another one. */
  readonly onKeyLeft: (key: string) => void
}

/** The browser behind a request, by its `@fastify/session` session. */
export class SessionBrowser implements Browser {
  readonly #request: FastifyRequest
  readonly #tools: SessionBrowserTools
  /** The flow that the request is about: its run goes on when the session changes hands. */
  readonly #flow: string | undefined
  #user: User | null
  #isChanged = false
  /** The session as it was before this request signed somebody in, and who was signed in then. */
  #before: { readonly session: FastifyRequest['session'], readonly user: User | null } | undefined

  /** @throws NoSessionError where the request has no session. */
  constructor (request: FastifyRequest, user: User | null, flow: string | undefined, tools: SessionBrowserTools) {
    if (!hasSession(request)) throw new NoSessionError()
    this.#request = request
    this.#user = user
    this.#flow = flow
    this.#tools = tools
  }

  get key (): string {
    return this.#request.session.sessionId
  }

  get user (): User | null {
    return this.#user
  }

  /** Whether the session must be written at the end of the request. */
  get isChanged (): boolean {
    return this.#isChanged
  }

  remember (flow: string): MaybePromise<void> {
    const { user, runs } = sessionData(this.#request)
    if (runs.includes(flow)) return
    const tooMany = Math.max(0, runs.length + 1 - MAX_RUNS)
    const first = runs.filter((run) => run !== this.#flow).slice(0, tooMany)
    // A run that the session does not know of would outlive its end.
    return andThen(first.length === 0 ? undefined : this.#tools.discard(this.key, first), () =>
      this.#write({ user, runs: appended(runs.filter((run) => !first.includes(run)), flow) }))
  }

  async signIn (user: User, { duration, terminateOthers, key }: SignIn): Promise<void> {
    const { signIns, now, newId } = this.#tools
    await this.#endOthers()
    if (terminateOthers) await signIns.deleteAllOf(user.pk)
    const signIn = key ?? newId()
    const signedInAt = now()
    const { pk, passwordChangeDate } = user
    await signIns.create(signIn, { user: pk, signedInAt, expiresAt: signedInAt + (duration ?? OPEN_ENDED), passwordChangeDate })
    const { encryptedSessionId } = this.#request.session
    this.#before ??= { session: this.#request.session, user: this.#user }
    try {
      // What the app itself keeps in the session stays when somebody signs in.
      await this.#changeKey(keysOfOthers(this.#request))
      if (duration !== null) this.#request.session.options({ maxAge: duration })
      this.#user = user
      this.#write({ user: { pk, signIn }, runs: this.#flow === undefined ? [] : [this.#flow] })
      // Not with the reply: what fails after the run was moved on could not be taken back.
      if (isToBeSent(this.#request)) {
        await stored(this.#request.session.save())
        replaceCookie(this.#request, encryptedSessionId)
      }
    } catch (error) {
      this.withdraw(true)
      throw error
    }
  }

  withdraw (isRunThere: boolean): void {
    if (this.#before === undefined) return
    const { session, user } = this.#before
    const { session: signedIn } = this.#request
    this.#before = undefined
    this.#user = user
    this.#isChanged = false
    this.#request.session = session
    replaceCookie(this.#request, signedIn.encryptedSessionId)
    // Nobody waits for it: the store may be away. Where it stays away, nobody is signed in and the flow begins anew.
    if (isRunThere) session.save().catch(() => {})
    if (signedIn !== session) this.#request.sessionStore.destroy(signedIn.sessionId, () => {})
  }

  async renewSignIn (user: User): Promise<void> {
    const signIn = this.#user?.pk === user.pk ? sessionData(this.#request).user?.signIn : undefined
    if (signIn === undefined) return
    const { signIns } = this.#tools
    const record = await signIns.load(signIn)
    if (record?.user !== user.pk) return
    await signIns.replace(signIn, { ...record, passwordChangeDate: user.passwordChangeDate })
    this.#user = user
  }

  async signOut (): Promise<void> {
    await this.#endOthers()
    await this.#changeKey([])
    this.#user = null
    this.#write({ runs: [] })
  }

  /** Gives the session another key, and keeps these members of it. */
  async #changeKey (kept: string[]): Promise<void> {
    const { key } = this
    await stored(this.#request.session.regenerate(kept))
    whenReplied(this.#request, () => this.#tools.onKeyLeft(key))
  }

  /** Ends the sign-in of the session as it is, and the runs of other flows. */
  async #endOthers (): Promise<void> {
    const { user, runs } = sessionData(this.#request)
    if (user !== undefined) await this.#tools.signIns.delete(user.signIn)
    await this.#tools.discard(this.key, runs.filter((flow) => flow !== this.#flow))
  }

  #write (data: FlowSessionData): void {
    this.#isChanged = true
    keepInSession(this.#request, data)
  }
}

/** Whether the session's cookie is sent over this connection: one that is for TLS only is not, nor is its session stored. */
function isToBeSent ({ session, protocol }: FastifyRequest): boolean {
  return session.cookie.secure !== true || protocol === 'https'
}

/**
 * Waits for a session to be stored, whatever the app's store is.
 *
 * @throws StoreUnavailableError where it could not be.
 */
async function stored (session: Promise<void>): Promise<void> {
  try {
    await session
  } catch (cause) {
    throw cause instanceof StoreUnavailableError ? cause : new StoreUnavailableError('the session could not be stored', { cause })
  }
}

/**
 * Puts the session's cookie in place of the one that has come with the request. The session is saved, so the session plugin would
 * otherwise tell the browser to forget the cookie that it is about to replace.
 */
function replaceCookie ({ cookies, session }: FastifyRequest, before: string): void {
  for (const [name, value = ''] of Object.entries(cookies)) {
    // The plugin's option `cookiePrefix` stands in front.
    if (value.endsWith(before)) cookies[name] = value.slice(0, -before.length) + session.encryptedSessionId
  }
}
