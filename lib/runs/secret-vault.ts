import type { SecretSink } from '../context/encode.js'
import type { Sealer } from '../context/seal.js'
import { Sensitive } from '../context/sensitive.js'

/** Shared by all runs without secrets. */
const NO_BOXES: Readonly<Record<string, string>> = Object.freeze({})

/** The sensitive values of one run: sealed in its state, wrapped in its context. */
export class SecretVault implements SecretSink {
  readonly #sealer: Sealer
  readonly #boundTo: string
  readonly #newId: () => string
  #boxes: Readonly<Record<string, string>>
  /** Most runs have no secret. */
  #ids: Map<Sensitive, string> | undefined
  #isClosed = false

  /** @param boundTo the run's own id: a box taken from another run does not open. */
  constructor (sealer: Sealer, boundTo: string, newId: () => string, boxes: Readonly<Record<string, string>> = NO_BOXES) {
    this.#sealer = sealer
    this.#boundTo = boundTo
    this.#newId = newId
    this.#boxes = boxes
  }

  keep (secret: Sensitive, value: string): string {
    const known = this.#ids?.get(secret)
    if (known !== undefined) return known
    const id = this.#newId()
    this.#remember(secret, id)
    if (!this.#isClosed) this.#boxes = { ...this.#boxes, [id]: this.#sealer.seal(value, this.#boundTo) }
    return id
  }

  /**
   * Opens what is kept under an id; undefined where it has been dropped.
   *
   * @throws SealError
   */
  open (id: string): Sensitive | undefined {
    const box = Object.hasOwn(this.#boxes, id) ? this.#boxes[id] : undefined
    if (box === undefined) return undefined
    const secret = new Sensitive(this.#sealer.open(box, this.#boundTo))
    this.#remember(secret, id)
    return secret
  }

  #remember (secret: Sensitive, id: string): void {
    this.#ids ??= new Map()
    this.#ids.set(secret, id)
  }

  /** Drops what is kept: its ids stay known, so that it is not sealed again, and open nothing from now on. */
  dropAll (): void {
    this.#boxes = NO_BOXES
  }

  /** Drops what is kept and takes nothing more. */
  close (): void {
    this.#isClosed = true
    this.dropAll()
  }

  /** What is still sealed. */
  get boxes (): Readonly<Record<string, string>> {
    return this.#boxes
  }
}
