import { freePorts } from '../src/cli/system/free-port.ts'

/** A port of 127.0.0.1 that is free: no outgoing connection takes it before it is used, or while its program is down. */
export async function freePort(): Promise<number> {
  const [port] = await freePorts(1)
  if (port === undefined) throw new Error('no port is free')
  return port
}
