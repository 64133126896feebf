import { createHash } from 'node:crypto'

const DEFAULT_AVATAR = '/static/dist/assets/images/user_default.png'
const MAX_NAME = 200

/** The first letters or digits of the first and the last word; nothing else can be in them, so nothing needs escaping. */
function initialsOf (name: string): string {
  const initials = name.split(/\s+/u).map((word) => /[\p{L}\p{N}]/u.exec(word)?.[0]).filter((initial) => initial !== undefined)
  const [first = '', ...others] = initials
  return `${first}${others.at(-1) ?? ''}`.toUpperCase()
}

/** A hue of its own for each name, dark enough for white letters. */
function colourOf (name: string): string {
  const hue = createHash('sha256').update(name).digest().readUInt16BE() % 360
  return `hsl(${hue},45%,35%)`
}

/**
 * The picture shown beside a name: a data URL of a square of 64 by 64 with up to two initials, or the default picture's
 * path where there is no name. It is made from the name alone, so that it tells nobody whether a user of this name exists.
 */
export function avatarFor (displayName: string): string {
  const name = displayName.slice(0, MAX_NAME).trim()
  if (name === '') return DEFAULT_AVATAR
  const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64" viewBox="0 0 64 64">' +
    `<rect width="64" height="64" fill="${colourOf(name)}"/>` +
    '<text x="32" y="33" fill="#fff" font-family="sans-serif" font-size="28" text-anchor="middle" dominant-baseline="central">' +
    `${initialsOf(name)}</text></svg>`
  return `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`
}
