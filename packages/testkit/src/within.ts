/** What `promise` settles with; throws, saying `what`, when that takes longer than boundMs. */
export async function within<T>(boundMs: number, what: string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took longer than ${boundMs} ms`)), boundMs)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

/** Resolves when the promise has settled, either way. */
export async function settled(promise: Promise<unknown> | undefined): Promise<void> {
  await promise?.then(
    () => undefined,
    () => undefined,
  )
}
