/// <reference types="@fastify/session" preserve="true" />
import type { FastifyRequest } from 'fastify'
import type { UserPk } from '../lib/model/user.js'

/** A sign-in that a session names: it is good only as long as the sign-in store has it. */
export interface NamedSignIn {
  readonly pk: UserPk
  readonly signIn: string
}

/** What this package keeps in the browser's session: who is signed in, and which flows have a run. */
export interface FlowSessionData {
  readonly user?: NamedSignIn | undefined
  /** Primary keys of the flows, the latest last. */
  readonly runs: readonly string[]
}

declare module 'fastify' {
  interface Session {
    /** Primary keys of the flows that have a run: one text, as the session plugin goes through all members at each request. */
    flows?: string | undefined
    flowsSignIn?: NamedSignIn | undefined
  }
}

/** The members of a session that are this package's. */
const OURS: ReadonlySet<string> = new Set(['flows', 'flowsSignIn'])

const NOTHING: FlowSessionData = { runs: [] }

/** What this package keeps in a request's session. */
export function sessionData (request: FastifyRequest): FlowSessionData {
  if (!hasSession(request)) return NOTHING
  const { flows, flowsSignIn } = request.session
  return { user: flowsSignIn, runs: typeof flows === 'string' && flows !== '' ? flows.split(' ') : [] }
}

/** Puts this into a session, in place of what this package has kept there before. */
export function keepInSession ({ session }: FastifyRequest, { user, runs }: FlowSessionData): void {
  session.flows = runs.length === 0 ? undefined : runs.join(' ')
  // The session plugin goes through undefined members too.
  if (user !== undefined || 'flowsSignIn' in session) session.flowsSignIn = user
}

/** What the app itself keeps in the session. */
export function keysOfOthers ({ session }: FastifyRequest): string[] {
  return Object.keys(session).filter((key) => key !== 'cookie' && !OURS.has(key))
}

/** Whether the session of a request names a sign-in, which may be over. */
export function isSignedIn (request: FastifyRequest): boolean {
  return hasSession(request) && request.session.flowsSignIn !== undefined
}

/** Whether the request has a session: outside the session cookie's path it has none. */
export function hasSession (request: FastifyRequest): boolean {
  const session: unknown = request.session
  return typeof session === 'object' && session !== null && 'sessionId' in session
}

/**
 * Keeps the session plugin from writing the session and setting its cookie at the end of this request. A late write
 * of what this request has read would bring back what another one has changed meanwhile.
 */
export function leaveSessionAlone (request: { session: unknown }): void {
  request.session = null
}
