/** Milliseconds between questions where the server cannot call. */
const POLLING = 3000

export type Liveness = 'live' | 'polling'

/** Who is told. */
export interface Listener {
  /** The run may have moved. */
  moved (): void
  changed (liveness: Liveness): void
}

/**
 * Watches a run: by server-sent events once there is a run to watch, and until then, or where they are cut, by asking every few
 * seconds while the page can be seen.
 */
export class RunWatch {
  readonly #url: string
  readonly #listener: Listener
  readonly #timer: ReturnType<typeof setInterval>
  #source: EventSource | undefined

  constructor (url: string, listener: Listener) {
    this.#url = url
    this.#listener = listener
    this.#timer = setInterval(() => {
      if (!this.#isLive && document.visibilityState === 'visible') listener.moved()
    }, POLLING)
  }

  /** There is a run: it can be listened to. The browser connects again by itself, unless the server has refused. */
  connect (): void {
    if (this.#source !== undefined && this.#source.readyState !== EventSource.CLOSED) return
    const source = new EventSource(this.#url)
    source.addEventListener('open', () => this.#listener.changed('live'))
    source.addEventListener('run', () => this.#listener.moved())
    source.addEventListener('error', () => this.#listener.changed('polling'))
    this.#source = source
  }

  close (): void {
    clearInterval(this.#timer)
    this.#source?.close()
  }

  get #isLive (): boolean {
    return this.#source?.readyState === EventSource.OPEN
  }
}
