/// <reference types="@fastify/session" preserve="true" />
import type { FastifyRequest } from 'fastify'
import type { UserPk } from '../lib/model/user.js'

/** What this package keeps in the browser's session: who is signed in, and which flows have a run. */
export interface FlowSessionData {
  /** The sign-in, which is good only as long as the sign-in store has it. */
  readonly user?: { readonly pk: UserPk, readonly signIn: string }
  /** Primary keys of the flows, the latest last. */
  readonly runs?: readonly string[]
}

declare module 'fastify' {
  interface Session {
    flows?: FlowSessionData
  }
}

/** What this package keeps in a request's session. */
export function sessionData (request: FastifyRequest): FlowSessionData {
  return hasSession(request) ? request.session.flows ?? {} : {}
}

/** Whether the session of a request names a sign-in, which may be over. */
export function isSignedIn (request: FastifyRequest): boolean {
  return sessionData(request).user !== undefined
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
