import { isPlainObject } from '../plain-object.js'

type Field = Readonly<Record<string, unknown>>

/** What is right where a field of a form takes less than any text. */
const BY_TYPE: Readonly<Record<string, (of: number, field: Field) => unknown>> = {
  number: (of) => of,
  checkbox: () => true,
  email: (of) => `stand-in-${of}@example.com`,
  date: () => '2000-01-01',
  'date-time': () => '2000-01-01T00:00',
  file: () => 'data:text/plain;base64,',
  dropdown: (_of, { choices }) => firstOf(choices),
  'radio-button-group': (_of, { choices }) => firstOf(choices)
}

/** A right stand-in for a field of a form that takes less than any text; undefined where it takes any, or is none. */
export function fieldStandIn (key: string, of: number, { fields }: Readonly<Record<string, unknown>>): unknown {
  const field: unknown = Array.isArray(fields) ? fields.find((one) => isPlainObject(one) && one['field_key'] === key) : undefined
  if (!isPlainObject(field)) return undefined
  const { type } = field
  return typeof type === 'string' && Object.hasOwn(BY_TYPE, type) ? BY_TYPE[type]?.(of, field) : undefined
}

function firstOf (choices: unknown): unknown {
  const first: unknown = Array.isArray(choices) ? choices[0] : undefined
  return first
}
