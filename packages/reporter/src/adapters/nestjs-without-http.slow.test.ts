import 'reflect-metadata'
import { setTimeout } from 'node:timers/promises'
import { NestFactory } from '@nestjs/core'
import { expect, test } from 'vitest'
import { collectingReporter } from '../../test/collecting-reporter.ts'
import { PUMPHOUSE_REPORTER, PumphouseModule } from './nestjs.ts'

test('an application of Nest without HTTP runs as it does without the module', async () => {
  const uncaught: unknown[] = []
  const onUncaught = (error: unknown): void => void uncaught.push(error)
  process.on('uncaughtException', onUncaught)
  try {
    const reporter = collectingReporter()
    const imports = [PumphouseModule.forRoot({ reporter, server: true })]
    const module = class Application {}
    const context = await NestFactory.createApplicationContext({ module, imports }, { logger: false })
    expect(context.get(PUMPHOUSE_REPORTER)).toBe(reporter)
    // What a subscriber throws, rxjs throws again from a timer.
    await setTimeout(1)
    await context.close()
    expect(uncaught).toEqual([])
  } finally {
    process.off('uncaughtException', onUncaught)
  }
})
