import { DefinitionError } from '../errors.js'

/** Where objects were defined, by primary key. */
export type Places = ReadonlyMap<string, string>

/**
 * Does what checks one object. A DefinitionError from it comes out with the object's place before its message; where the
 * place is not known, as for definitions in code, the error is left as it is.
 */
export function checkedAt<T> (places: Places | undefined, pk: string, check: () => T): T {
  try {
    return check()
  } catch (error) {
    const place = places?.get(pk)
    if (place === undefined || !(error instanceof DefinitionError)) throw error
    throw new DefinitionError(place, error.message, { cause: error })
  }
}
