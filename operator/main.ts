import { join } from 'node:path'
import manifest from '../package.json' with { type: 'json' }
import { gateway } from './programs/gateway/gateway.ts'
import { operator } from './programs/operator/operator.ts'
import { prepareUninstall } from './programs/prepare-uninstall/prepare-uninstall.ts'
import { start } from './programs/start.ts'
import { worker } from './programs/worker/worker.ts'

/** The programs of the image, the one that needs no name first. */
await start([operator, gateway, worker, prepareUninstall], {
  argv: process.argv.slice(2),
  env: process.env,
  version: manifest.version,
  home: join(import.meta.dirname, '..'),
})
