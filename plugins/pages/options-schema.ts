import { Type } from '@sinclair/typebox'
import { english } from './texts/english.js'

/** A CSS value that stays one: it neither ends its declaration nor loads anything. */
const CssValue = Type.Optional(Type.String({ pattern: '^(?!.*([uU][rR][lL]\\s*\\(|\\/\\*))[^;{}<>@\\\\\\n\\r]{1,200}$' }))

const closed = { additionalProperties: false }

const colours = {
  accent: CssValue,
  onAccent: CssValue,
  surface: CssValue,
  text: CssValue,
  danger: CssValue,
  success: CssValue,
  backdrop: CssValue
}

/** What a brand may state. */
export const BrandSchema = Type.Object({
  title: Type.Optional(Type.String()),
  logo: Type.Optional(Type.String()),
  theme: Type.Optional(Type.Object({
    ...colours,
    dark: Type.Optional(Type.Object(colours, closed)),
    radius: CssValue,
    width: CssValue,
    font: CssValue
  }, closed))
}, closed)

/** A language tag: it becomes part of a file's name. */
export const LANGUAGE_TAG = '^[a-zA-Z]{2,8}(-[a-zA-Z0-9]{1,8})*$'

const names = Object.keys(english).map((name) => [name, Type.Optional(Type.String())])

/** The dictionary of the pages. A text that the pages do not have is refused: it is a slip of the pen. */
export const LanguagesSchema = Type.Record(Type.String({ pattern: LANGUAGE_TAG }), Type.Object({
  texts: Type.Optional(Type.Object(Object.fromEntries(names), closed)),
  messages: Type.Optional(Type.Record(Type.String(), Type.String()))
}, closed), closed)
