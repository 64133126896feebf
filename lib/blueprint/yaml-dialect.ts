import { Scalar, type DocumentOptions, type ParseOptions, type ScalarTag, type SchemaOptions, type Tags } from 'yaml'
import { BLUEPRINT_TAGS } from './tag-forms.js'

const BOOLEAN = 'tag:yaml.org,2002:bool'

/** Types of YAML 1.1 that have no counterpart in JSON, which is all that a definition may hold. */
const LEFT_OUT: ReadonlySet<string> = new Set(['timestamp', 'binary', 'omap', 'pairs', 'set'].map(
  (name) => `tag:yaml.org,2002:${name}`))

function booleanTag (value: boolean, test: RegExp): ScalarTag {
  return {
    identify: (candidate) => candidate === value,
    default: true,
    tag: BOOLEAN,
    test,
    resolve: () => new Scalar(value),
    stringify: () => String(value)
  }
}

const BOOLEANS: Tags = [
  booleanTag(true, /^(?:yes|Yes|YES|true|True|TRUE|on|On|ON)$/),
  booleanTag(false, /^(?:no|No|NO|false|False|FALSE|off|Off|OFF)$/)
]

/** A value behind a blueprint's tag is the text as it stands. Of each tag that it does not know, `yaml` makes a warning. */
const TAGGED: Tags = BLUEPRINT_TAGS.map((tag) => ({ tag, resolve: (text: string) => text }))

function dialect (leftOut: ReadonlySet<string>, more: Tags = []): DocumentOptions & ParseOptions & SchemaOptions {
  return {
    version: '1.1',
    schema: 'yaml-1.1',
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'silent',
    customTags: (tags) => [
      ...BOOLEANS,
      ...more,
      ...tags.filter((tag) => typeof tag === 'string' || (tag.tag !== BOOLEAN && !leftOut.has(tag.tag)))
    ]
  }
}

/**
 * YAML 1.1 as the original's loader reads it: `yes` and `on` are booleans, a lone `y` is a text, and `<<` merges.
 * Dates stay text. Duplicate keys are looked for elsewhere, as this option compares each key with every other.
 */
export const READ_DIALECT = dialect(LEFT_OUT, TAGGED)

/** The same for writing: nothing is merged, so that a key `<<` is quoted as it was asked for. */
export const WRITE_DIALECT = dialect(new Set([...LEFT_OUT, 'tag:yaml.org,2002:merge']))
