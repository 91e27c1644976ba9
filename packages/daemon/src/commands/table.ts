/** A table for people: the first row is its head. Columns named in `left` are set to the left, the others, numbers, to the right. */
export function renderRows(rows: readonly (readonly string[])[], left: readonly number[]): string {
  const [head = []] = rows
  const widths = head.map((_, column) => Math.max(...rows.map(row => row[column]!.length)))
  const lines = rows.map(row =>
    row
      .map((cell, column) => (left.includes(column) ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join('  ')
      .trimEnd(),
  )
  return `${lines.join('\n')}\n`
}
