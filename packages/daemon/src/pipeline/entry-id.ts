/** Ids of stream entries: `<milliseconds>-<sequence>`, ascending in both parts. */

/** The milliseconds of an id, by Redis' clock. */
export function entryTime(id: string): number {
  return Number(id.slice(0, id.indexOf('-')))
}

/** True when entry `a` stands before entry `b` in their stream. */
export function isBefore(a: string, b: string): boolean {
  const [timeA, timeB] = [entryTime(a), entryTime(b)]
  if (timeA !== timeB) return timeA < timeB
  return Number(a.slice(a.indexOf('-') + 1)) < Number(b.slice(b.indexOf('-') + 1))
}
