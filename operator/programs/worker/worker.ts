import { service } from '../service.ts'

export const worker = service({
  name: 'worker',
  meaning: 'reads topics: --flows says what it does with them',
  about:
    'Reads Kafka topics and does something with each message. --flows says what; docs/guide/workers.md says what each needs.',
  async start(settings, host) {
    const { runWorker } = await import('./run-worker.ts') // an operator needs none of its libraries
    return runWorker(settings, host)
  },
})
