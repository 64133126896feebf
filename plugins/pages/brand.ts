import type { Theme } from './theme.js'

/** Whose pages these are. */
export interface Brand {
  readonly title?: string
  /** URL of the logo: same origin, https or data, or the page's policy refuses it. */
  readonly logo?: string
  /** How the pages look. */
  readonly theme?: Theme
}
