import { existsSync, readFileSync } from 'node:fs'
import type { ReporterOptions } from '../src/options.ts'

/** A program that records for ever, 20 every 5 ms, and writes beside it what was accepted: number and time. */
export function keepsRecording(given: ReporterOptions, ledger: string): string {
  return `
    import { openSync, writeSync } from 'node:fs'
    const reporter = createReporter({ ...${JSON.stringify(given)}, onWarning: () => undefined })
    const ledger = openSync(${JSON.stringify(ledger)}, 'a')
    let n = 0
    setInterval(() => {
      let lines = ''
      for (let i = 0; i < 20; i++) if (reporter.record({ n })) lines += n++ + ' ' + Date.now() + '\\n'
      writeSync(ledger, lines)
    }, 5)`
}

/** What such a program wrote: ms since epoch beside each number. */
export function accepted(ledger: string): { n: number; atMs: number }[] {
  const lines = existsSync(ledger) ? readFileSync(ledger, 'utf8').trimEnd().split('\n') : []
  return lines.map(line => line.split(' ').map(Number)).map(([n = 0, atMs = 0]) => ({ n, atMs }))
}
