import assert from 'node:assert/strict'

/** What a server answered, as far as both sides must agree in it. */
export interface Answer {
  readonly status: number
  readonly type: string | null
  readonly cacheControl: string | null
  readonly text: string
}

/** A browser without a window: it keeps its cookie. */
export class Browser {
  readonly #url: string
  #cookie: string | undefined

  constructor (url: string) {
    this.#url = url
  }

  /** The headers of a request of this browser. */
  get headers (): Record<string, string> {
    return this.#cookie === undefined ? {} : { cookie: this.#cookie }
  }

  async get (path: string): Promise<Answer> {
    return await this.#send(path, {})
  }

  async post (path: string, body: string): Promise<Answer> {
    return await this.#send(path, { method: 'POST', body, headers: { 'content-type': 'application/json' } })
  }

  async #send (path: string, init: { method?: string, body?: string, headers?: Record<string, string> }): Promise<Answer> {
    const response = await fetch(this.#url + path, { ...init, redirect: 'manual', headers: { ...init.headers, ...this.headers } })
    this.#cookie = response.headers.getSetCookie()[0]?.split(';', 1)[0] ?? this.#cookie
    return {
      status: response.status,
      type: response.headers.get('content-type'),
      cacheControl: response.headers.get('cache-control'),
      text: await response.text()
    }
  }
}

/** Refuses to measure two sides that do not answer alike. */
export function requireAlike (ours: readonly Answer[], beside: readonly Answer[]): void {
  assert.deepEqual(beside.map(comparable), ours.map(comparable), 'both sides must answer alike')
}

/** A step token is different each time, so only its length is compared. */
function comparable (answer: Answer): Answer {
  return { ...answer, text: answer.text.replace(/"step_token":"([^"]*)"/, (_, token: string) => `"step_token":${token.length}`) }
}
