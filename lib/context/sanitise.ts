import { objectOf, shapeOf, type Encoded, type EncodedContext, type EncodedObject, type EncodedShape } from './encoded.js'
import { MASK } from './sensitive.js'

/** Keys whose values nobody is shown, and the keys that only look like them: contract, section 6. */
const SECRET_KEY = /API|TOKEN|KEY|SECRET|PASS|SIGNATURE|HTTP_COOKIE/i
const HARMLESS_KEY = /passing|password_change_date/i

/** Tells whether a value under this key is shown as the mask. */
export function isSecretKey (key: string): boolean {
  return SECRET_KEY.test(key) && !HARMLESS_KEY.test(key)
}

function bytesText (base64: string): string {
  const padding = base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0
  return `${base64.length / 4 * 3 - padding} bytes`
}

/** What a map's key is shown as: an object's keys are texts. */
function keyText (key: Encoded): string {
  const shown = sanitise(key)
  return typeof shown === 'string' ? shown : JSON.stringify(shown)
}

function members (entries: Iterable<readonly [string, Encoded]>): Record<string, unknown> {
  const shown: Array<readonly [string, unknown]> = []
  for (const [key, value] of entries) shown.push([key, isSecretKey(key) ? MASK : sanitise(value)])
  return objectOf(shown)
}

function subject ({ username, email }: EncodedObject): Record<string, unknown> {
  return { pk: null, username, email }
}

function show (shape: EncodedShape): unknown {
  switch (shape.kind) {
    case 'scalar': return shape.value
    case 'list': return shape.items.map(sanitise)
    case 'members': return members(Object.entries(shape.members))
    case 'user': return { pk: shape.pk, username: shape.username, email: shape.email }
    case 'subject': return subject(shape.subject)
    case 'secret': return MASK
    case 'model': return { app: shape.model.app, model_name: shape.model.modelName, pk: shape.model.pk, name: shape.model.name }
    case 'date': return shape.iso
    case 'bytes': return bytesText(shape.base64)
    case 'bigint': return shape.digits
    case 'set': return shape.items.map(sanitise)
    case 'map': return members(shape.entries.map(([key, value]) => [keyText(key), value]))
    case 'opaque': return shape.text
    case 'unreadable': return 'unreadable'
  }
}

function sanitise (value: Encoded): unknown {
  return show(shapeOf(value))
}

/**
 * A stored context as the inspector shows it: what a key or a schema calls secret is the mask, users and models are told
 * by a few members, and everything else is plain JSON in the order that it had. A set is a list, a map an object.
 */
export function sanitiseContext (encoded: EncodedContext): Record<string, unknown> {
  return members(Object.entries(encoded))
}
