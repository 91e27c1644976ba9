import { access, constants, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fileError } from './file-error.ts'
import { exists } from './rotation.ts'

/**
 * Throws when the file, or the nearest folder of it that exists, may not be written to, or when there is a folder in its place. With
 * `folder` the path is one that is to hold files. Changes nothing.
 */
export async function checkWritable(path: string, what: 'file' | 'folder'): Promise<void> {
  try {
    for (let place = path; ; place = dirname(place)) {
      if (place !== dirname(place) && !(await exists(place))) continue
      const isFolder = (await stat(place)).isDirectory()
      if (place === path && what === 'file' && isFolder) throw systemError('EISDIR')
      if ((place !== path || what === 'folder') && !isFolder) throw systemError('ENOTDIR')
      await access(place, constants.W_OK)
      return
    }
  } catch (error) {
    throw fileError(path, error)
  }
}

/** As the system would say it of a write. */
function systemError(code: string): Error {
  return Object.assign(new Error(code), { code })
}
