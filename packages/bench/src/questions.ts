import type { Question } from './question.ts'

/** Name on the command line → the question's file. Adding a question = one file and one line here. */
export const questions: Readonly<Record<string, () => Promise<Question>>> = {
  codec: async () => (await import('./codec.ts')).codec,
  push: async () => (await import('./push.ts')).push,
}
