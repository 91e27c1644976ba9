import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'

/** Enough of the host's name to find it: the instance is part of the names of frames in Redis and stands in every frame. */
const MAX_HOST_LENGTH = 40
/** Lanes must never meet: two processes of one host, or of two hosts of one name, have other random parts. */
const RANDOM_BYTES = 8

/** Names one start of a reporter: host, process id, and 16 random hex digits. */
export function instanceName(): string {
  const host = hostname()
    .replaceAll(/[^A-Za-z0-9.-]/g, '-')
    .slice(0, MAX_HOST_LENGTH)
  return `${host}-${process.pid}-${randomBytes(RANDOM_BYTES).toString('hex')}`
}
