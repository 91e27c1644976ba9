/** Programs of this folder that a case runs beside itself, and what they say over IPC. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** Starts the program of this name. Its standard output is ours. */
export function startProgram(name: string, args: readonly string[]): ChildProcess {
  return fork(fileURLToPath(new URL(`./${name}.js`, import.meta.url)), args)
}

/** The next thing that a program says. */
export async function answerOf<T>(child: ChildProcess): Promise<T> {
  const [message] = (await once(child, 'message')) as [T]
  return message
}
