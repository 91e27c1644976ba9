/** Every adapter, held to the same rows: what a record says of a request, however the request ends. */

import { adapterContract } from '../../test/adapter-cases/contract.ts'
import {
  express4Target,
  express5Target,
  laterExpress4Target,
  laterExpress5Target,
} from '../../test/adapter-targets/express.ts'
import { fastifyTarget } from '../../test/adapter-targets/fastify.ts'
import { honoTarget } from '../../test/adapter-targets/hono.ts'
import { instrumentTarget, observerTarget } from '../../test/adapter-targets/http.ts'
import { koa2Target, koa3Target } from '../../test/adapter-targets/koa.ts'
import { nestOnExpressTarget, nestOnFastifyTarget } from '../../test/adapter-targets/nestjs.ts'

for (const target of [
  instrumentTarget,
  observerTarget,
  fastifyTarget,
  express4Target,
  express5Target,
  koa2Target,
  koa3Target,
  honoTarget,
  nestOnExpressTarget,
  nestOnFastifyTarget,
]) {
  adapterContract(target)
}
adapterContract(laterExpress4Target, ', after its first request,')
adapterContract(laterExpress5Target, ', after its first request,')
