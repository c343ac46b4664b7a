/**
 * Who is at an address: GET /p2p/hello, which changes nothing there. Asked before anything is sent to an address that
 * a third party named, so that no third party aims this peer at a printer, a router or a database.
 */
import { greeting as greetingOf, type Registration } from '../../chat/wire/peers.ts'
import { jsonObject } from '../../http/body.ts'
import type { Address } from '../../http/message.ts'
import { getRequest, ifReadable } from '../self/requests.ts'
import type { HttpClient } from '../../http/network.ts'

export type AtAddress =
  /** A Parley peer, as it describes itself, at the address where it answered. */
  | { readonly kind: 'parley'; readonly node: unknown; readonly greeting: Registration }
  /** A legacy client, as far as its answer to an unknown path can say so. */
  | { readonly kind: 'legacy' }
  | { readonly kind: 'stranger' }

const STRANGER: AtAddress = { kind: 'stranger' }

/** Rejects with ClientError when there is no answer. */
export async function whoIsAt(client: Pick<HttpClient, 'request'>, address: Address): Promise<AtAddress> {
  const answer = await client.request(address, getRequest('/p2p/hello'))
  const fields = ifReadable(() => jsonObject(answer.body.toString()))
  if (answer.status === 200 && fields?.['app'] === 'parley') return parleyAt(address, fields)
  return isLegacy(answer.status, answer.body.toString().trim(), fields) ? { kind: 'legacy' } : STRANGER
}

/** It is met where it answered, whatever address it believes to have. */
function parleyAt(address: Address, fields: Readonly<Record<string, unknown>>): AtAddress {
  const read = ifReadable(() => greetingOf(fields, address.host))
  if (read === undefined) return STRANGER
  const { peer, channels } = read
  const at = { ip: address.host, port: address.port }
  return { kind: 'parley', node: fields['node'], greeting: { peer: { ...peer, ...at }, channels } }
}

/** Legacy clients do not know the path: they say so as JSON with `error`, or as this text. Some answer every path alike. */
function isLegacy(
  status: number,
  text: string,
  fields: Readonly<Record<string, unknown>> | undefined,
): boolean {
  if (status === 200) return fields?.['status'] === 'ok'
  if (![400, 404, 405].includes(status)) return false
  return text === '404 Not Found' || typeof fields?.['error'] === 'string'
}
