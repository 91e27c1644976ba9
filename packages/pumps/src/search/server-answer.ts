/** Answers that are no success, in words for a person: what was said, and what to look at. */
import type { SearchAnswer } from './nodes.ts'
import { errorMessage, serverErrorOf } from './server-error.ts'

const WHAT_TO_DO: Readonly<Record<number, string>> = {
  401: 'it does not accept the credentials: look at username and password, apiKey or bearer',
  403: 'it forbids this: the user lacks a right, or the cluster is blocked for writing',
  404: 'it knows no such path: look at the path of the address',
  405: 'it does not let this be asked: look at the path of the address',
  406: 'it does not understand us: is the type of this pump (elasticsearch, opensearch) what it is?',
  413: 'the request is too large for it',
  429: 'it has too much to do',
  502: 'a gateway before it reaches no node',
  503: 'it is not ready',
  504: 'a gateway before it waited too long',
}
const FIRST_REDIRECT = 300
const FIRST_CLIENT_ERROR = 400

/** `answers 401, it does not accept …: security_exception: …` */
export function answerInWords({ status, json, location }: SearchAnswer): string {
  const error = serverErrorOf(json)
  const said = error === undefined ? '' : `: ${errorMessage(error)}`
  if (status >= FIRST_REDIRECT && status < FIRST_CLIENT_ERROR) {
    return `answers ${status} and redirects to ${location ?? 'another address'}; redirects are not followed: name the final address in nodes`
  }
  const what = WHAT_TO_DO[status]
  return `answers ${status}${what === undefined ? '' : `, ${what}`}${said}`
}
