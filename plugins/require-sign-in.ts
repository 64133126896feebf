import type { User } from '../lib/model/user.js'

/** The app, of which a sign-in needs to know where its page is. */
interface SignInApp {
  readonly flows: { signInPage (next: string): string | undefined }
}

interface SignInRequest {
  readonly flowUser: User | null
  readonly method: string
  readonly url: string
  readonly headers: { readonly accept?: string | undefined }
}

interface SignInReply {
  statusCode: number
  header (name: string, value: string): unknown
  redirect (url: string): unknown
  send (body: unknown): unknown
}

/**
 * A preHandler that sends whoever is not signed in into the sign-in flow, and back afterwards. Its types ask for no more than it
 * uses: Fastify's own differ with the app's server, and it is to fit the routes of them all, over HTTP/2 too.
 */
export type RequireSignIn = (this: SignInApp, request: SignInRequest, reply: SignInReply) => Promise<void>

/** Sends whoever is not signed in into the sign-in flow, and back afterwards; an API client gets a 401. */
export const requireSignIn: RequireSignIn = async function (request, reply) {
  if (request.flowUser !== null) return
  reply.header('cache-control', 'no-store')
  const isPage = request.method === 'GET' && request.headers.accept?.includes('text/html') === true
  const page = isPage ? this.flows.signInPage(request.url) : undefined
  if (page !== undefined) {
    await reply.redirect(page)
    return
  }
  reply.statusCode = 401
  await reply.send({ detail: 'Sign in first.', code: 'not_authenticated' })
}
