import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { onTestFinished } from 'vitest'

export interface ChildProgram {
  readonly process: ChildProcess
  /** Everything it wrote to stderr so far: where the programs of these tests say what they did. */
  said(): string
  /** Its exit code, or the signal that ended it. */
  ended(): Promise<number | string>
}

const PUMPS = new URL('../dist/index.js', import.meta.url).href

/**
 * Runs a small program in a process of its own, killed when the test ends. `builtInPumps`, `createPump`, `log`, `noLimit` and `say` are there
 * for it. Its stdout is a pipe that nobody reads unless the test does. `shell` goes before the command: `ulimit -f 8;`.
 */
export function childProgram(code: string, shell = ''): ChildProgram {
  const program = `
    import { builtInPumps, createPump } from ${JSON.stringify(PUMPS)}
    const log = { debug() {}, info() {}, warn() {}, error() {} }
    const noLimit = new AbortController().signal
    const say = text => process.stderr.write(text + '\\n')
    const open = (type, meta) => createPump(builtInPumps.find(one => one.type === type), meta, { name: 'child', log })
    ${code}`
  const child = spawn('sh', ['-c', `${shell} exec "$0" --input-type=module -e "$1"`, process.execPath, program], {
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', text => {
    said += text
  })
  const exit = once(child, 'exit')
  onTestFinished(() => void child.kill('SIGKILL'))
  return {
    process: child,
    said: () => said,
    ended: async () => {
      const [code, signal] = await exit
      return code ?? signal
    },
  }
}
