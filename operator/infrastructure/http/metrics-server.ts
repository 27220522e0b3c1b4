import { type WebServer, webServer } from './web-server.ts'

interface MetricsText {
  readonly contentType: string
  text(): Promise<string>
}

/** Serves `/metrics` for Prometheus; port 0 takes any free one. */
export function metricsServer(port: number, metrics: MetricsText): WebServer {
  return webServer(port, async ({ pathname }) => {
    if (pathname !== '/metrics') return undefined
    return { status: 200, contentType: metrics.contentType, body: await metrics.text() }
  })
}
