import { isField, type OptionField, type OptionSchema } from './schema.ts'

/** One option with its place. */
export interface OptionDoc {
  /** `redis.url` */
  readonly path: string
  /** The environment variable it is read from; undefined when it has none. */
  readonly env: string | undefined
  readonly field: OptionField
}

/** Every option of a schema, depth first in declaration order: what the reference page and the example YAML are made of. */
export function describeOptions(schema: OptionSchema, envPrefix?: string): readonly OptionDoc[] {
  return Object.entries(schema).flatMap(([name, node]): readonly OptionDoc[] => {
    const env = envPrefix === undefined ? undefined : environmentName(envPrefix, name)
    if (isField(node)) return [{ path: name, env: node.env ?? env, field: node }]
    return describeOptions(node, env).map(doc => ({ ...doc, path: `${name}.${doc.path}` }))
  })
}

/** (`PUMPHOUSE`, `purgeDelay`) → `PUMPHOUSE_PURGE_DELAY`; what an environment variable's name cannot hold becomes an underscore. */
export function environmentName(prefix: string, name: string): string {
  const words = name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').replace(/[^A-Za-z0-9]/g, '_')
  return `${prefix}_${words.toUpperCase()}`
}
