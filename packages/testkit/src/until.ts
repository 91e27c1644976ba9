/** Waits until `condition` returns something truthy and returns that; throws, saying `what`, after timeoutMs (default 10000). */
export declare function until<T>(
  what: string,
  condition: () => T | Promise<T>,
  timeoutMs?: number,
): Promise<NonNullable<T>>
