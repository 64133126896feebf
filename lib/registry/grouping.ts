/** Adds a value to the list of its key. */
export function addTo<K, V> (groups: Map<K, V[]>, key: K, value: V): void {
  const group = groups.get(key)
  if (group === undefined) groups.set(key, [value])
  else group.push(value)
}

/** Objects by key, those of one key in the order in which they came. */
export function grouped<T> (objects: readonly T[], key: (object: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const object of objects) addTo(groups, key(object), object)
  return groups
}
