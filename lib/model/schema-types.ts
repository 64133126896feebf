import { FormatRegistry, TypeRegistry, type TSchema } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import { validate as isUuid } from 'uuid'

/** What this package's copy of TypeBox knows: formats and types in schemas of the app's own kinds are to be registered here. */
export { FormatRegistry, TypeRegistry }

/** What a copy of TypeBox knows beside its own types, as it exports it. */
export interface TypeRegistries {
  readonly FormatRegistry: Pick<typeof FormatRegistry, 'Set'>
  readonly TypeRegistry: Pick<typeof TypeRegistry, 'Set'>
}

/**
 * Makes a copy of TypeBox know the types of this package's schemas, so that it can check values by them. The package has a copy
 * to itself, which knows them; an app that has installed TypeBox has another.
 */
export function registerTypes (registries: TypeRegistries): void {
  registries.FormatRegistry.Set('uuid', isUuid)
  registries.TypeRegistry.Set<{ enum: readonly string[] }>('StringEnum', (schema, value) =>
    typeof value === 'string' && schema.enum.includes(value))
  registries.TypeRegistry.Set<{ allOf: readonly [TSchema] }>('Annotated', (schema, value) => Value.Check(schema.allOf[0], value))
  registries.TypeRegistry.Set('AnyObject', (_schema, value) => typeof value === 'object' && value !== null && !Array.isArray(value))
}

registerTypes({ FormatRegistry, TypeRegistry })
