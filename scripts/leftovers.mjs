import { existsSync, readdirSync, rmSync } from 'node:fs'
import { inRepository } from './repository.mjs'

/**
 * Removes built files whose source is gone. The compiler leaves them behind; they would be published, and could still be imported.
 */
export const removeLeftovers = () => {
  for (const name of readdirSync(inRepository('packages'))) {
    const built = inRepository('packages', name, 'dist')
    if (!existsSync(built)) continue
    for (const file of readdirSync(built, { recursive: true, encoding: 'utf8' })) {
      if (!/\.(js|js\.map|d\.ts)$/.test(file)) continue
      const source = file.replace(/(\.d\.ts|\.js|\.js\.map)$/, '.ts')
      if (!existsSync(inRepository('packages', name, 'src', source))) rmSync(`${built}/${file}`)
    }
  }
}
