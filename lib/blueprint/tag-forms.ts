import { isScalar, isSeq, type Node } from 'yaml'
import { refuse, type Place } from './place.js'

type Form = 'scalar' | 'list' | 'either'

/** The tags of a blueprint, and what may follow each. */
const FORMS: Readonly<Record<string, Form>> = {
  '!KeyOf': 'scalar',
  '!Find': 'list',
  '!Context': 'either',
  '!Env': 'either',
  '!File': 'either',
  '!Format': 'list',
  '!If': 'list',
  '!Condition': 'list',
  '!Enumerate': 'list',
  '!Index': 'scalar',
  '!Value': 'scalar'
}

/** All tags of a blueprint. */
export const BLUEPRINT_TAGS: readonly string[] = Object.keys(FORMS)

const WORDS: Readonly<Record<Form, string>> = {
  scalar: 'a single value', list: 'a list', either: 'a single value or a list'
}

const PLAIN_TYPES: ReadonlySet<string> = new Set(
  ['str', 'int', 'float', 'bool', 'null', 'map', 'seq'].map((name) => `tag:yaml.org,2002:${name}`))

/** The tag that a node has to be resolved by, or undefined where it stands for itself. */
export function tagOf (node: Node): string | undefined {
  return node.tag?.startsWith('!') === true && node.tag !== '!' ? node.tag : undefined
}

/**
 * Refuses a tag that no blueprint knows, and one that is followed by the wrong thing.
 *
 * @throws BlueprintError
 */
export function checkTagForm (node: Node, place: Place): void {
  if (node.tag === undefined || node.tag === '!' || PLAIN_TYPES.has(node.tag)) return
  const form = Object.hasOwn(FORMS, node.tag) ? FORMS[node.tag] : undefined
  if (form === undefined) refuse(place, node, `unknown tag '${node.tag}', there are ${BLUEPRINT_TAGS.join(', ')}`)
  const fits = (form !== 'list' && isScalar(node)) || (form !== 'scalar' && isSeq(node))
  if (!fits) refuse(place, node, `the tag ${node.tag} takes ${WORDS[form]}`)
}
