import { fill, type Texts } from './texts.js'
import { isJson, type Json, textOf } from './wire.js'

/** What came of a request: a challenge, or a message for people. */
export type Outcome =
  | { readonly kind: 'challenge', readonly challenge: Json, readonly movedOn: boolean }
  | { readonly kind: 'failure', readonly message: string }

async function readJson (response: Response): Promise<Json | null> {
  try {
    const body: unknown = await response.json()
    return isJson(body) ? body : null
  } catch {
    return null
  }
}

function messageFor (status: number, body: Json | null, texts: Texts): string {
  const detail = body === null ? '' : textOf(body, 'detail') || textOf(body, 'message')
  if (status < 500 && detail !== '') return detail
  if (status === 403) return texts.refused
  if (status === 404) return texts.notFound
  return fill(status < 400 ? texts.badAnswer : texts.serverFault, { status })
}

/** A GET, or with an answer a POST, to the executor. Never rejects. */
export async function askExecutor (url: string, answer: Json | null, texts: Texts): Promise<Outcome> {
  const init: RequestInit = answer === null
    ? {}
    : { method: 'POST', body: JSON.stringify(answer) }
  const headers = { accept: 'application/json', ...answer === null ? {} : { 'content-type': 'application/json' } }
  let response: Response
  try {
    response = await fetch(url, { ...init, headers, credentials: 'same-origin', cache: 'no-store' })
  } catch {
    return { kind: 'failure', message: texts.noConnection }
  }
  const body = await readJson(response)
  const isAnswer = response.ok || response.status === 409
  if (isAnswer && body !== null && textOf(body, 'component') !== '') {
    return { kind: 'challenge', challenge: body, movedOn: response.status === 409 }
  }
  return { kind: 'failure', message: messageFor(response.status, body, texts) }
}
