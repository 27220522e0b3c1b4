import { service } from '../service.ts'

export const gateway = service({
  name: 'gateway',
  meaning: 'answers programs over HTTP, beside the operator',
  async start(settings, host) {
    const { runGateway } = await import('./run-gateway.ts') // an operator needs none of its libraries
    return runGateway(settings, host)
  },
})
