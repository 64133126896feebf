import { Duplex } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'

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

/**
 * What is to be sent is there: tells of it once it has been sent, or the client has gone. Who goes away earlier is told of no
 * sooner than that: whoever is called back takes what comes from then on for sent in knowledge of the reply. A hook for responses
 * would not do: where a client goes away before its reply there is none, and Fastify listens to each response for it, which puts
 * listeners into lists that V8 comes to keep, with all of their request, for much longer than that takes.
 */
export function replyIsThere (request: FastifyRequest, { raw }: FastifyReply): void {
  if (request.repliedCallbacks === undefined) return
  if (isClosed(raw)) tellReplied(request)
  else raw.on('close', () => tellReplied(request))
}

/** The reply to a request has been sent, or never will be. */
function tellReplied (request: FastifyRequest): void {
  const callbacks = request.repliedCallbacks ?? []
  request.repliedCallbacks = undefined
  for (const callback of callbacks) callback()
}

/** Whether a response is over already. That of HTTP/2 does not tell by itself, whatever its type says: its stream does. */
function isClosed (raw: FastifyReply['raw']): boolean {
  const { stream }: { readonly stream?: unknown } = Object(raw)
  return raw.closed || (stream instanceof Duplex && stream.closed)
}
