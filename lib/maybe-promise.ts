/** A value that is there, or will be: what is there already costs no promise. */
export type MaybePromise<T> = T | Promise<T>

/** Tells whether a value is still to come. */
export function isPromise<T> (value: T | PromiseLike<T>): value is PromiseLike<T> {
  if ((typeof value !== 'object' || value === null) && typeof value !== 'function') return false
  // Taken out at once: to ask with `in` first takes longer than all else here, and this is asked some thirty times in a request.
  const { then }: { readonly then?: unknown } = value
  return typeof then === 'function'
}

/** Goes on with a value: at once where it is there, so that no promise is made for it. */
export function andThen<T, Result> (value: MaybePromise<T>, next: (value: T) => MaybePromise<Result>): MaybePromise<Result> {
  return isPromise(value) ? Promise.resolve(value).then(next) : next(value)
}

/** Runs a task; `failed` takes its place where it throws, or what it gives rejects. */
export function attempt<T> (task: () => MaybePromise<T>, failed: (error: unknown) => MaybePromise<T>): MaybePromise<T> {
  try {
    const value = task()
    return isPromise(value) ? Promise.resolve(value).catch(failed) : value
  } catch (error) {
    return failed(error)
  }
}
