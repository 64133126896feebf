/**
 * The bound of an `LRUCache` of so many entries that takes memory for those only that are there. With its option `max` it
 * would set aside, when it is made, what all of them need: 60 MB and a quarter of a second for a million.
 */
export function atMostEntries (count: number): { readonly maxSize: number, readonly sizeCalculation: () => number } {
  return { maxSize: count, sizeCalculation: () => 1 }
}
