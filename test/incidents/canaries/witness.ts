import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { get } from 'node:http'
import { Writable } from 'node:stream'
import { trace } from '@opentelemetry/api'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import type { Test } from 'tap'
import { CHANNELS, MemoryRunStore, type RunState, type RunStore, type StoredRun } from '../../../plugins/index.js'
import type { Secret } from './secrets.js'

/** Something that was said somewhere; `component` is that of a challenge. */
interface Said {
  readonly text: string
  readonly component?: string
}

/** Hears and keeps everything that comes out of an app, by where it came out. */
export class Witness {
  readonly heard = new Map<string, Said[]>()
  readonly #spans = new InMemorySpanExporter()

  /** Listens to the channels and makes spans, until the test ends. */
  constructor (t: Test) {
    const listener = (message: unknown) => this.hear('channels', JSON.stringify(message))
    for (const name of Object.values(CHANNELS)) {
      subscribe(name, listener)
      t.teardown(() => unsubscribe(name, listener))
    }
    trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(this.#spans)] }))
    t.teardown(() => trace.disable())
  }

  hear (where: string, text: string, component?: unknown): void {
    const said = { text, ...typeof component === 'string' ? { component } : {} }
    this.heard.set(where, [...this.heard.get(where) ?? [], said])
  }

  /** A logger's options: everything is logged, and heard. */
  get logger () {
    const write: Writable['_write'] = (chunk, _encoding, done) => {
      this.hear('log', String(chunk))
      done()
    }
    return { level: 'trace', stream: new Writable({ write }) }
  }

  /** Opens a stream of events, and hears it until the test ends. */
  async listen (t: Test, url: string, cookie: string): Promise<void> {
    const request = get(url, { headers: { cookie: `sessionId=${cookie}` } })
    t.teardown(() => request.destroy())
    await new Promise<void>((resolve, reject) => {
      request.on('error', reject)
      request.on('response', (response) => {
        response.setEncoding('utf8').on('error', () => {}).on('data', (text: string) => this.hear('events', text))
        resolve()
      })
    })
  }

  /** Where a secret was heard that may not be, as `where: what was said`. */
  leaksOf ({ text, shownIn, byName }: Secret, keptInClear: readonly string[]): string[] {
    return [...this.heard].flatMap(([where, said]) => {
      if (byName && keptInClear.includes(where)) return []
      const isShown = ({ component }: Said) => where === 'challenges' && component !== undefined && shownIn.includes(component)
      return said.filter((one) => one.text.includes(text) && !isShown(one)).map((one) => `${where}: ${one.text}`)
    })
  }

  /** Takes the spans over, which come in no particular form. */
  hearSpans (): void {
    for (const { name, attributes, events, status } of this.#spans.getFinishedSpans()) {
      this.hear('spans', JSON.stringify({ name, attributes, events, status }))
    }
  }
}

/** A run store in memory that tells all that is written to it. */
export class ToldRuns implements RunStore {
  readonly shared = false
  readonly #inner: MemoryRunStore
  readonly #witness: Witness

  constructor (witness: Witness, now: () => number) {
    this.#witness = witness
    this.#inner = new MemoryRunStore({ now })
  }

  load (id: string): StoredRun | undefined { return this.#inner.load(id) }

  create (id: string, state: RunState): boolean {
    this.#witness.hear('runs', JSON.stringify(state))
    return this.#inner.create(id, state)
  }

  compareAndSet (id: string, revision: number, state: RunState): boolean {
    this.#witness.hear('runs', JSON.stringify(state))
    return this.#inner.compareAndSet(id, revision, state)
  }

  delete (id: string): void { this.#inner.delete(id) }
}
