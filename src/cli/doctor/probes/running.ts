/** Peers of this machine that are running now: they are no fault, and one of them may be our own. */
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

/** The peer that listens at one of our addresses. `hosts`: those of this machine, the likeliest first. */
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
 * The port of the peer that keeps its messages in this directory and is running: it has left a file there that says
 * where its page is, and its local API says the rest. Undefined when there is none.
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
    // The file was left behind by one that was killed.
    return undefined
  }
}

interface Page {
  readonly address: Address
  readonly token: string
}

/** Undefined: there is no such file, or nothing of ours is in it. */
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

/** Of an id such as `192.168.1.5:8000`. */
function portIn(id: unknown): number | undefined {
  const digits = typeof id === 'string' ? /:([0-9]{1,5})$/.exec(id)?.[1] : undefined
  const port = Number(digits ?? NaN)
  return port >= 1 && port <= 65_535 ? port : undefined
}
