let lastId = 0

/** Records with ids that no other record has. */
export function withIds(...records: readonly object[]): readonly (object & { readonly id: string })[] {
  return records.map(record => Object.freeze({ id: (++lastId).toString(16).padStart(24, '0'), ...record }))
}
