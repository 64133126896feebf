import { fill } from '../../../lib/fill-text.js'
import { isJson, type Json, textOf } from './wire.js'
import type { Texts, Words } from './words.js'

/** What came of a request: a challenge, or a message for people. */
export type Outcome =
  | { readonly kind: 'challenge', readonly challenge: Json, readonly movedOn: boolean }
  | { readonly kind: 'failure', readonly message: string }

/** Milliseconds after which nobody waits any longer. */
const PATIENCE = 30_000

/** Statuses that come with a challenge: all is well, the run has moved on, too many tries. */
const ANSWERS = new Set([200, 409, 429])

async function readJson (response: Response): Promise<Json | null> {
  try {
    const body: unknown = await response.json()
    return isJson(body) ? body : null
  } catch {
    return null
  }
}

/** How long to wait, in the words of the page's language; undefined where the server does not say. */
function waitingTime (response: Response): string | undefined {
  const seconds = Number(response.headers.get('retry-after') ?? '')
  if (!(seconds > 0)) return undefined
  const [value, unit] = seconds < 100 ? [seconds, 'second'] : [seconds / 60, 'minute']
  return new Intl.NumberFormat(document.documentElement.lang, { style: 'unit', unit, unitDisplay: 'long' }).format(Math.ceil(value))
}

/** What people can do about it goes before what the server says of it. */
function messageFor (response: Response, body: Json | null, { texts, say }: Words): string {
  const { status } = response
  const time = waitingTime(response)
  if (status === 429) return time === undefined ? texts.tooMany : fill(texts.tooManyFor, { time })
  if (status === 502 || status === 503 || status === 504) return texts.unavailable
  const detail = body === null ? '' : textOf(body, 'detail') || textOf(body, 'message')
  if (status < 500 && detail !== '') return say(detail)
  return fill(plainMessage(status, texts), { status })
}

function plainMessage (status: number, texts: Texts): string {
  if (status === 401) return texts.notSignedIn
  if (status === 403) return texts.refused
  if (status === 404) return texts.notFound
  return status < 400 ? texts.badAnswer : texts.serverFault
}

function isTimeout (error: unknown): boolean {
  return error instanceof DOMException && error.name === 'TimeoutError'
}

/** A GET, or with an answer a POST, to the executor. Never rejects. */
export async function askExecutor (url: string, answer: Json | null, words: Words): Promise<Outcome> {
  const init: RequestInit = answer === null
    ? {}
    : { method: 'POST', body: JSON.stringify(answer) }
  const headers = { accept: 'application/json', ...answer === null ? {} : { 'content-type': 'application/json' } }
  let response: Response
  try {
    response = await fetch(url, {
      ...init, headers, credentials: 'same-origin', cache: 'no-store', signal: AbortSignal.timeout(PATIENCE)
    })
  } catch (error) {
    return { kind: 'failure', message: isTimeout(error) ? words.texts.timedOut : words.texts.noConnection }
  }
  const body = await readJson(response)
  if (ANSWERS.has(response.status) && body !== null && textOf(body, 'component') !== '') {
    return { kind: 'challenge', challenge: body, movedOn: response.status === 409 }
  }
  return { kind: 'failure', message: messageFor(response, body, words) }
}
