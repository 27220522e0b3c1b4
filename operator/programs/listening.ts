import type { WebServer } from '../infrastructure/http/web-server.ts'

/** The port that a server listens on; where it can't, names the setting and the flag that choose another. */
export async function listening(
  server: Pick<WebServer, 'listen'>,
  { setting, flag, port }: { readonly setting: string; readonly flag: string; readonly port: number | undefined },
): Promise<number> {
  try {
    return await server.listen()
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const why = code === 'EADDRINUSE' ? 'another program listens on it' : message
    throw new Error(`${setting} ${port}: ${why}; --${flag} sets another one, 0 takes any that is free`)
  }
}
