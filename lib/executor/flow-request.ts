import type { MaybePromise } from '../maybe-promise.js'
import type { User } from '../model/user.js'
import type { RequestFacts } from '../request-facts.js'
import type { BrowserSession } from '../stages/stage-kind.js'

/** The browser session as the executor sees it. */
export interface Browser extends BrowserSession {
  /** Names the session; changes with the session's id. */
  readonly key: string
  /** Who is signed in. */
  readonly user: User | null
  /** Notes that the session has a run of this flow, so that the run can be ended with the session. */
  remember (flow: string): MaybePromise<void>
  /**
   * Takes back that this request has signed somebody in, where its run is not written: nobody is signed in by its reply.
   *
   * @param isRunThere whether the run is still at the session's old id. The session has that again then, so that whoever tries
   *   again finds the run; where another request has moved it on, the old id stays dead.
   */
  withdraw? (isRunThere: boolean): void
}

/** A request to a flow. */
export interface FlowRequest {
  readonly slug: string
  readonly browser: Browser
  /** The page's query string; undefined where the request does not say. */
  readonly query: string | undefined
  readonly http: RequestFacts
  /** When it arrived, by the executor's clock. */
  readonly arrivedAt: number
  /** Whether the browser says that something other than a page of this origin has caused it. */
  readonly fromElsewhere: boolean
  /** Calls back when the reply has been sent: from then on the client can know what it says. */
  whenReplied (callback: () => void): void
}

/** What the executor answers. */
export interface FlowReply {
  readonly status: 200 | 409 | 429
  /** The challenge, as it goes on the wire. */
  readonly body: Readonly<Record<string, unknown>>
  /** With status 429: seconds after which the next attempt may be made. */
  readonly retryAfter?: number
  /**
   * Whether requests that have reached this machine should be read before the reply is sent: what is among them of the same
   * client was sent without knowledge of it.
   */
  readonly settles?: boolean
}
