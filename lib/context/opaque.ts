/**
 * Stands for a value of a plan's context that could not be stored: a function, a class, a cycle, something too deep or
 * too large. Stored and loaded again it stays what it is.
 */
export class Opaque {
  /** Says what was there, such as `function notify` or `too large`. */
  readonly text: string

  constructor (text: string) {
    this.text = text
  }
}
