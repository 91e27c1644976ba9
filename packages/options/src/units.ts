/** `10s` → 10000. Units: ms, s, m, h, d. A bare 0 needs none. Throws when it cannot be read. */
export declare function parseDuration(text: string | number): number
/** `8MiB` → 8388608. Units: B, KB, MB, GB, KiB, MiB, GiB. A bare 0 needs none. */
export declare function parseSize(text: string | number): number
export declare function formatDuration(ms: number): string
export declare function formatSize(bytes: number): string
