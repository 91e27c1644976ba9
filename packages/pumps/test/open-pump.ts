import { createPump, type Pump, type PumpDefinition } from '@pumphouse/pumps'
import { onTestFinished } from 'vitest'

/** A line that a pump logged. */
export interface Logged {
  readonly level: string
  readonly fields: object
  readonly message: string
}

/** A pump that is closed when the test ends, and what it logs. Not started. */
export function openPump(definition: PumpDefinition, meta: unknown): Pump & { readonly logged: readonly Logged[] } {
  const logged: Logged[] = []
  const at = (level: string) => (fields: object, message: string) => void logged.push({ level, fields, message })
  const log = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
  const pump = createPump(definition, meta, { name: 'tested', log })
  onTestFinished(() => pump.close())
  return Object.assign(pump, { logged })
}

/** A signal that nobody aborts. */
export function noLimit(): AbortSignal {
  return new AbortController().signal
}
