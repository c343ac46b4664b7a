/** The announcement of programs that know no LSNP: `{"ip", "port", "name"}` as JSON. */
import { portProblem } from '../../../chat/address.ts'
import { peerName } from '../../../chat/wire/fields.ts'

export interface JsonAnnouncement {
  /** Where the program takes messages over HTTP. */
  readonly port: number
  readonly name: string
}

const MAX_BYTES = 1_024

/** Undefined if the datagram is none. `ip` is not read: the address that the datagram came from counts. */
export function readJsonAnnouncement(bytes: Buffer): JsonAnnouncement | undefined {
  if (bytes.length > MAX_BYTES) return undefined
  try {
    const { port, name } = JSON.parse(bytes.toString()) as { port?: unknown; name?: unknown }
    if (typeof port !== 'number' || !Number.isInteger(port) || port > 65_535) return undefined
    return portProblem(port) === undefined ? { port, name: peerName(name) } : undefined
  } catch {
    return undefined
  }
}
