/** Peers that run on this machine. One of them may be the wanted one. */
import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { join } from 'node:path'
import { jsonObject } from '../../../http/body.ts'
import { ProtocolError, type Address } from '../../../http/message.ts'
import { USER_AGENT } from '../../../peer/self/version.ts'
import { WEB_FILE } from '../../system/paths.ts'
import { httpProbe, type HttpProber, type Fields } from './http-probe.ts'
import { idIn, nameIn } from './peer.ts'
import type { RunningPeer } from '../findings.ts'

/** The peer that listens at this port of this machine. `hosts`: own addresses, the likeliest first. */
export async function peerAt(
  asker: HttpProber,
  hosts: readonly string[],
  port: number,
): Promise<RunningPeer | undefined> {
  for (const host of hosts) {
    const asked = await httpProbe(asker, { host, port }, { target: '/p2p/hello' })
    if (asked.outcome === 'refused') continue
    return asked.outcome === 'answers' ? runningPeer(asked.fields, port) : undefined
  }
  return undefined
}

function runningPeer(fields: Fields = {}, port: number): RunningPeer | undefined {
  const name = nameIn(fields)
  if (fields['app'] !== 'parley' || name === undefined) return undefined
  return { name, port, node: idIn(fields['node']), identity: idIn(fields['identity']) }
}

/**
 * The port of the running peer with this directory: a file there says where its page is, and its local API has the port.
 * Undefined if there is none.
 */
export async function portFromFile({ client }: HttpProber, directory: string): Promise<number | undefined> {
  const page = readPage(join(directory, WEB_FILE))
  if (page === undefined) return undefined
  try {
    const headers = { 'User-Agent': USER_AGENT, Authorization: `Bearer ${page.token}` }
    const { status, body } = await client.request(page.address, {
      method: 'GET',
      target: '/api/state',
      headers,
    })
    const { self } = status === 200 ? (jsonObject(body.toString()) as { readonly self?: unknown }) : {}
    return typeof self === 'object' && self !== null && 'id' in self ? portIn(self.id) : undefined
  } catch {
    // A killed peer left the file behind.
    return undefined
  }
}

interface Page {
  readonly address: Address
  readonly token: string
}

/** Undefined: the file is missing, or not one of Parley. */
function readPage(path: string): Page | undefined {
  try {
    const { url, token } = jsonObject(readFileSync(path, 'utf8'))
    const { hostname, port } = new URL(String(url))
    const host = hostname.replace(/^\[|\]$/g, '')
    if (typeof token !== 'string' || !/^[\w-]{1,128}$/.test(token) || isIP(host) === 0) return undefined
    return { address: { host, port: Number(port) }, token }
  } catch (error) {
    if (error instanceof ProtocolError || error instanceof TypeError || isFileError(error)) return undefined
    throw error
  }
}

function isFileError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error
}

/** The port in an id such as `192.168.1.5:8000`. */
function portIn(id: unknown): number | undefined {
  const digits = typeof id === 'string' ? /:([0-9]{1,5})$/.exec(id)?.[1] : undefined
  const port = Number(digits ?? NaN)
  return port >= 1 && port <= 65_535 ? port : undefined
}
