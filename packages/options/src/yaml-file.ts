import type { Problem } from './problems.ts'

export interface YamlDocument {
  /** {} when there are problems. */
  readonly values: unknown
  readonly problems: readonly Problem[]
  lineOf(path: string): number | undefined
}

/** Reads a YAML file. A missing, empty, unreadable or malformed file and a duplicate key are problems, not exceptions. */
export declare function readYamlFile(file: string): YamlDocument
