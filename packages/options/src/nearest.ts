/** The known name a mistyped one most likely meant, if any is near. */
export declare function nearest(name: string, known: readonly string[]): string | undefined
