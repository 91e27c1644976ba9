import { access, constants } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fileError } from './file-error.ts'
import { exists } from './rotation.ts'

/** Throws when the file, or the nearest folder of it that exists, may not be written to. Changes nothing. */
export async function checkWritable(path: string): Promise<void> {
  try {
    for (let place = path; ; place = dirname(place)) {
      if (place !== dirname(place) && !(await exists(place))) continue
      await access(place, constants.W_OK)
      return
    }
  } catch (error) {
    throw fileError(path, error)
  }
}
