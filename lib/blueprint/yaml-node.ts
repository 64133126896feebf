import { isNode, Pair, Scalar, YAMLMap, YAMLSeq, type Node } from 'yaml'
import { isPlainObject } from '../plain-object.js'

/** Characters that only a quoted text keeps as they are. */
// eslint-disable-next-line no-control-regex
const FRAGILE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/

/** Writes a value as YAML nodes: keys sorted, no anchors, and quotes wherever a text could be read as something else. */
export function toYamlNode (value: unknown): Node {
  if (isNode(value)) return value
  if (typeof value === 'string') return textNode(value)
  if (Array.isArray(value)) {
    const list = new YAMLSeq()
    list.items = value.map(toYamlNode)
    return list
  }
  if (!isPlainObject(value)) return new Scalar(value)
  const map = new YAMLMap()
  const keys = Object.keys(value).filter((key) => value[key] !== undefined).sort()
  map.items = keys.map((key) => new Pair(textNode(key), toYamlNode(value[key])))
  return map
}

function textNode (text: string): Scalar {
  const scalar = new Scalar(text)
  if (text === '<<' || FRAGILE.test(text)) scalar.type = Scalar.QUOTE_DOUBLE
  return scalar
}
