import type { LineCounter, Node } from 'yaml'
import { BlueprintError } from '../errors.js'

/** The part of a file that a message is about. */
export interface Place {
  readonly path: string
  readonly lines: LineCounter
  /** Which entry, such as `entry 3 (authentik_flows.flow)`; undefined outside of entries. */
  readonly entry?: string | undefined
}

type Positioned = Pick<Node, 'range'> | number | null | undefined

/** How many characters of the text stand before something. */
export function offsetOf (at: Positioned): number {
  return typeof at === 'number' ? at : at?.range?.[0] ?? 0
}

/** Writes a place as `file:line:column: entry`, the line being that of the node. */
export function describePlace (place: Place, at: Positioned): string {
  const { line, col } = place.lines.linePos(offsetOf(at))
  const position = `${place.path}:${Math.max(line, 1)}:${Math.max(col, 1)}`
  return place.entry === undefined ? position : `${position}: ${place.entry}`
}

/**
 * Refuses what stands at a place.
 *
 * @throws BlueprintError
 */
export function refuse (place: Place, at: Positioned, what: string): never {
  throw new BlueprintError(describePlace(place, at), what)
}
