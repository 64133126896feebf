/** Shared by all lists that have nothing in them and never will. */
export const NONE: readonly never[] = Object.freeze([])
