import type { FastifyRequest } from 'fastify'

/** What is to be called when the reply to a request has been sent. */
export type RepliedCallbacks = (() => void)[]

declare module 'fastify' {
  interface FastifyRequest {
    /** Undefined where nobody waits for the reply, or it has been sent. */
    repliedCallbacks: RepliedCallbacks | undefined
  }
}

/** Calls back once the reply to a request has been sent, or its client has gone. */
export function whenReplied (request: FastifyRequest, callback: () => void): void {
  if (request.repliedCallbacks === undefined) request.repliedCallbacks = [callback]
  else request.repliedCallbacks.push(callback)
}

/** The reply to a request has been sent, or never will be. */
export function tellReplied (request: FastifyRequest): void {
  const callbacks = request.repliedCallbacks ?? []
  request.repliedCallbacks = undefined
  for (const callback of callbacks) callback()
}
