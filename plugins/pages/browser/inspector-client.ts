import { fill } from '../../../lib/fill-text.js'
import type { Place } from './page.js'
import { isJson, type Json, textOf } from './wire.js'
import type { Words } from './words.js'

/** Milliseconds after which an answer is no longer waited for. */
const PATIENCE = 30_000

/** What is known of a run. */
export interface Sight {
  /** The published body of the inspector; undefined where there was no plan to publish, because the run never began. */
  readonly body: Json | undefined
  readonly explanation: Json
  /** The run as SVG. */
  readonly picture: string
}

/** What an inspector's request came to: `missing` where there is no run. */
export type Look<Seen> = { readonly seen: Seen } | { readonly missing: string } | { readonly error: string }

/** Asks the inspector's routes. Nothing here rejects. */
export class InspectorClient {
  readonly #base: string
  readonly #words: Words

  constructor ({ apiPrefix, slug }: Place, words: Words) {
    this.#base = `${apiPrefix}/flows/inspector/${encodeURIComponent(slug)}/`
    this.#words = words
  }

  /** URL of one of the routes of the flow. */
  url (name: string): string {
    return `${this.#base}${name}`
  }

  /** How the run stands now, as three views of it. */
  async look (): Promise<Look<Sight>> {
    const [body, explanation, picture] = await Promise.all([this.#json(''), this.#json('explain/'), this.#ask('picture/', (answer) => answer.text())])
    if ('error' in body) return body
    if (!('seen' in explanation)) return explanation
    if (!('seen' in picture)) return picture
    return { seen: { body: 'seen' in body ? body.seen : undefined, explanation: explanation.seen, picture: picture.seen } }
  }

  /** What would happen. */
  async simulate (question: Json): Promise<Look<Json>> {
    return await this.#json('simulate/', {
      method: 'POST', body: JSON.stringify(question), headers: { 'content-type': 'application/json' }
    })
  }

  async #json (name: string, init: RequestInit = {}): Promise<Look<Json>> {
    const look = await this.#ask(name, (answer) => answer.json() as Promise<unknown>, init)
    if (!('seen' in look)) return look
    return isJson(look.seen) ? { seen: look.seen } : { error: fill(this.#words.texts.badAnswer, { status: 200 }) }
  }

  async #ask<Seen> (name: string, read: (answer: Response) => Promise<Seen>, init: RequestInit = {}): Promise<Look<Seen>> {
    const { texts, say } = this.#words
    try {
      const answer = await fetch(this.url(name), { ...init, credentials: 'same-origin', cache: 'no-store', signal: AbortSignal.timeout(PATIENCE) })
      if (answer.ok) return { seen: await read(answer) }
      const body: unknown = await answer.json()
      const detail = isJson(body) ? say(textOf(body, 'detail')) : ''
      return answer.status === 400 && init.method !== 'POST'
        ? { missing: detail }
        : { error: detail || fill(texts.badAnswer, { status: answer.status }) }
    } catch {
      return { error: texts.noConnection }
    }
  }
}
