import type { Question } from './question.ts'

/** Name on the command line → the question's file. Adding a question = one file and one line here. */
export const questions: Readonly<Record<string, () => Promise<Question>>> = {
  codec: async () => (await import('./codec.ts')).codec,
  'drain-null': async () => (await import('./drain-null.ts')).drainNull,
  'drain-lines': async () => (await import('./drain-lines.ts')).drainLines,
  'drain-elasticsearch': async () => (await import('./drain-elasticsearch.ts')).drainElasticsearch,
  'drain-mongo': async () => (await import('./drain-mongo.ts')).drainMongo,
  'failing-neighbour': async () => (await import('./failing-neighbour.ts')).failingNeighbour,
  'frame-size': async () => (await import('./frame-size.ts')).frameSize,
  policies: async () => (await import('./policies.ts')).policies,
  'pump-count': async () => (await import('./pump-count.ts')).pumpCount,
  'overhead-http': async () => (await import('./overhead.ts')).overheadHttp,
  'overhead-fastify': async () => (await import('./overhead.ts')).overheadFastify,
  'overhead-waiting': async () => (await import('./overhead.ts')).overheadWaiting,
  'overhead-express': async () => (await import('./overhead.ts')).overheadExpress,
  'overhead-koa': async () => (await import('./overhead.ts')).overheadKoa,
  push: async () => (await import('./push.ts')).push,
  'redis-away': async () => (await import('./redis-away.ts')).redisAway,
  reporter: async () => (await import('./reporter.ts')).reporter,
  safety: async () => (await import('./safety.ts')).safety,
  spool: async () => (await import('./spool.ts')).spool,
}
