import type { OptionField, OptionSchema } from './schema.ts'

export interface OptionDoc {
  readonly path: string
  readonly env: string | undefined
  readonly field: OptionField
}

/** Every option of a schema, depth first in declaration order: what the reference page and the example YAML are made of. */
export declare function describeOptions(schema: OptionSchema, envPrefix?: string): readonly OptionDoc[]
