import type { FastifyRequest } from 'fastify'

/** By request: what is to be called when its reply has been sent. */
const waiting = new WeakMap<FastifyRequest, (() => void)[]>()

/** Calls back once the reply to a request has been sent, or its client has gone. */
export function whenReplied (request: FastifyRequest, callback: () => void): void {
  const callbacks = waiting.get(request)
  if (callbacks === undefined) waiting.set(request, [callback])
  else callbacks.push(callback)
}

/** The reply to a request has been sent, or never will be. */
export function tellReplied (request: FastifyRequest): void {
  const callbacks = waiting.get(request) ?? []
  waiting.delete(request)
  for (const callback of callbacks) callback()
}
