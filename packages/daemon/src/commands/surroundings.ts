import type { HangUps } from '../hang-ups.ts'

/** What a command gets from the process it runs in. */
export interface CommandSurroundings {
  readonly env: Readonly<Record<string, string | undefined>>
  /** To stdout; resolves when it is written. */
  print(text: string): Promise<void>
  /** To stderr; resolves when it is written. */
  complain(text: string): Promise<void>
  /** Held until a command heeds them, or lets go of them. */
  readonly hangUps: HangUps
}
