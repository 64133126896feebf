import { Type, type Static } from '@sinclair/typebox'
import { Int32, StringEnum, Text, Uuid } from './scalars.js'

/** The kinds of field that a prompt stage can show. */
export const PromptType = StringEnum([
  'text', 'text_area', 'text_read_only', 'text_area_read_only', 'username', 'email', 'password', 'number', 'checkbox',
  'radio-button-group', 'dropdown', 'date', 'date-time', 'file', 'separator', 'hidden', 'static', 'ak-locale'
] as const)

/** A field of a prompt stage. */
export const PromptSchema = Type.Object({
  pk: Uuid(),
  name: Text(),
  fieldKey: Text(),
  label: Text(),
  type: PromptType,
  required: Type.Boolean({ default: true }),
  placeholder: Type.String({ default: '' }),
  initialValue: Type.String({ default: '' }),
  subText: Type.String({ default: '' }),
  order: Int32({ default: 0 }),
  placeholderExpression: Type.Boolean({ default: false }),
  initialValueExpression: Type.Boolean({ default: false }),
  /** `cel` where the expressions of this prompt are CEL; without it the host supplies functions. */
  language: Type.Optional(StringEnum(['cel'] as const))
}, { additionalProperties: false })

export interface Prompt extends Static<typeof PromptSchema> {}
