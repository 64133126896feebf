/** The colours of the pages, each a CSS colour. What else is shown is mixed from them. */
export interface Colours {
  /** Buttons and links. */
  readonly accent?: string
  /** Text on buttons. */
  readonly onAccent?: string
  /** The card, and what stands beside it. */
  readonly surface?: string
  readonly text?: string
  readonly danger?: string
  readonly success?: string
  /** Behind the card, where there is no picture. */
  readonly backdrop?: string
}

/** How the pages look: a handful of CSS custom properties. */
export interface Theme extends Colours {
  /** Colours that differ where the browser is set to dark. */
  readonly dark?: Colours
  /** Corners of the card, a CSS length. */
  readonly radius?: string
  /** Width of the card, a CSS length. */
  readonly width?: string
  /** Font families, as in CSS. */
  readonly font?: string
}

function propertiesOf (values: object): string {
  return Object.entries(values)
    .filter(([, value]) => typeof value === 'string')
    .map(([name, value]) => `--flow-${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}:${value}`)
    .join(';')
}

/** The style sheet that puts a theme over the pages' own. */
export function themeSheet ({ dark = {}, ...theme }: Theme): string {
  return `:root{${propertiesOf(theme)}}\n@media (prefers-color-scheme:dark){:root{${propertiesOf(dark)}}}\n`
}
