/** The package manager, run through npx. Pinned: pnpm 11 does not start on Node 20. */
export const pnpm = 'pnpm@10.34.9'
