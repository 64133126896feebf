import { encodeContext } from '../context/codec.js'
import { sanitiseContext } from '../context/sanitise.js'
import { toWireName } from '../wire/names.js'

/** Something that a walk would have changed outside its run. */
export interface Effect {
  /** Such as `create_user`, `sign_in` or `reputation`; a host kind's own effects have the names that it gives them. */
  readonly effect: string
  /** What it would have been done to and with, masked; the keys are the wire's. */
  readonly details: Readonly<Record<string, unknown>>
}

/** The effects of a dry walk, in order. */
export class EffectLog {
  readonly #effects: Effect[] = []

  note (effect: string, details: Readonly<Record<string, unknown>> = {}): void {
    const wire = Object.fromEntries(Object.entries(details).map(([key, value]) => [toWireName(key), value]))
    this.#effects.push({ effect, details: sanitiseContext(encodeContext(wire, { keep: () => 'masked' })) })
  }

  get effects (): readonly Effect[] {
    return [...this.#effects]
  }
}
