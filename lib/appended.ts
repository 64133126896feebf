/** A list with one item more, and no room for others: `[...list, item]` has some for sixteen, for as long as the list is kept. */
export function appended<T> (list: readonly T[], item: T): T[] {
  return list.concat([item])
}
