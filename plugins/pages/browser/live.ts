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

  /**
   * There is a run: it can be listened to. The browser connects again by itself, unless the server has refused; only where that
   * fails has the line been cut. What happened in between was not heard.
   */
  connect (): void {
    if (this.#source !== undefined && this.#source.readyState !== EventSource.CLOSED) return
    const source = new EventSource(this.#url)
    let failures = 0
    source.addEventListener('open', () => {
      failures = 0
      this.#listener.changed('live')
      this.#listener.moved()
    })
    source.addEventListener('run', () => this.#listener.moved())
    source.addEventListener('error', () => {
      failures += 1
      if (failures > 1 || source.readyState === EventSource.CLOSED) this.#listener.changed('polling')
    })
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
