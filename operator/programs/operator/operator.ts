import { service } from '../service.ts'

export const operator = service({
  name: 'operator',
  meaning: 'leads the stocks, or stands by until it may',
  async start(settings, host) {
    const { runOperator } = await import('./run-operator.ts') // others of the image need none of its libraries
    const running = await runOperator(settings, host)
    process.on('SIGUSR2', running.lookInside)
    return running
  },
})
