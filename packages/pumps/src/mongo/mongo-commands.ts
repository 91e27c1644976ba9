/** Sorts a batch into the inserts it goes out in: one collection each, and none larger than the server takes at once. */
import type { AnalyticsRecord } from '@pumphouse/record'
import type { Document } from 'mongodb'
import { RejectedError } from '../errors.ts'
import type { NamePattern } from '../name-pattern.ts'
import type { Rejection } from '../pump.ts'
import type { Driver } from './mongo-connection.ts'
import { createDocumentMaker, type DocumentNeeds } from './mongo-document.ts'
import { cutLargestFields, DOCUMENT_BYTES_LIMIT, documentBytes } from './mongo-oversize.ts'

/**
 * The driver cuts an insert into commands of this size and count. Cutting it here keeps one insert one command, which either fails as a
 * whole or tells of each document.
 */
const COMMAND_BYTES_LIMIT = DOCUMENT_BYTES_LIMIT
const MAX_COMMAND_DOCUMENTS = 100_000

/** How records become documents, and where they go. */
export interface InsertPlan extends DocumentNeeds {
  readonly names: NamePattern
  /** Called with the fields of a document that were too large for the server. */
  onCut(fields: readonly string[]): void
}

/** Some documents of a batch that go out together, and their positions in the batch. */
export interface Command {
  readonly collection: string
  readonly documents: Document[]
  readonly positions: number[]
}

/** What cannot be stored at all is rejected here, alone. */
export function planCommands(
  driver: Driver,
  batch: readonly AnalyticsRecord[],
  plan: InsertPlan,
): { commands: Command[]; rejected: Rejection[] } {
  const maker = createDocumentMaker(driver.ObjectId, plan)
  const commands: Command[] = []
  const open = new Map<string, OpenCommand>()
  const rejected: Rejection[] = []
  for (let position = 0; position < batch.length; position++) {
    try {
      const record = batch[position]!
      const document = maker.make(record)
      let bytes = maker.maxBytes
      if (bytes >= DOCUMENT_BYTES_LIMIT) bytes = fit(driver, document, plan)
      const collection = plan.names.nameOf(record)
      const current = open.get(collection)
      if (current?.takes(document, bytes)) current.add(document, position, bytes)
      else {
        const next = openCommand(driver, collection)
        open.set(collection, next)
        commands.push(next.command)
        next.add(document, position, bytes)
      }
    } catch (error) {
      if (!(error instanceof RejectedError)) throw error
      rejected.push({ index: position, reason: error.reason, message: error.message })
    }
  }
  return { commands, rejected }
}

/** The driver refuses a whole batch for one document that is too large, so it must be found before. Resolves with its real size. */
function fit(driver: Driver, document: Document, { onCut }: InsertPlan): number {
  const bytes = documentBytes(driver, document)
  if (bytes < DOCUMENT_BYTES_LIMIT) return bytes
  onCut(cutLargestFields(driver, document, bytes))
  return documentBytes(driver, document)
}

interface OpenCommand {
  readonly command: Command
  takes(document: Document, maxBytes: number): boolean
  add(document: Document, position: number, maxBytes: number): void
}

/** Sizes are overestimated until that would make the command too large; then they are counted. */
function openCommand(driver: Driver, collection: string): OpenCommand {
  const command: Command = { collection, documents: [], positions: [] }
  let bytes = 0
  let isCounted = false

  return {
    command,
    takes(document, maxBytes) {
      if (command.documents.length === MAX_COMMAND_DOCUMENTS) return false
      if (bytes + maxBytes < COMMAND_BYTES_LIMIT) return true
      if (!isCounted) bytes = command.documents.reduce((sum, one) => sum + documentBytes(driver, one), 0)
      isCounted = true
      return bytes + documentBytes(driver, document) < COMMAND_BYTES_LIMIT
    },
    add(document, position, maxBytes) {
      command.documents.push(document)
      command.positions.push(position)
      bytes += isCounted ? documentBytes(driver, document) : maxBytes
    },
  }
}
