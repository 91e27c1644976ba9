import { dispatch } from '../src/commands/dispatch.ts'

/** What a command said, and its exit code. */
export interface Said {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** Runs a command in this process: for those that look at a configuration and start nothing. */
export async function pumphouse(args: readonly string[], env: Record<string, string> = {}): Promise<Said> {
  const said = { out: '', err: '' }
  const code = await dispatch(args, {
    env,
    async print(text) {
      said.out += text
    },
    async complain(text) {
      said.err += text
    },
    hangUps: { heed() {}, letGo() {} },
  })
  return { code, ...said }
}
