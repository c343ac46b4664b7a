/**
 * A legacy tracker: one recv(8192), one answer, no leases, no feed, and no peer is ever forgotten. Its shapes are those
 * of the wire, and unknown paths are 404.
 */
import { ask, type Json } from '../../support/ask.ts'
import {
  scriptedServer,
  type Asked,
  type Scripted,
  type ScriptedServer,
} from '../../support/scripted-server.ts'

interface SeedPeer {
  readonly ip: unknown
  readonly port: unknown
  readonly name: unknown
  readonly ts?: number
}

const TS = 1_763_771_234.567

export async function seedTracker(port = 0): Promise<ScriptedServer> {
  const peers = new Map<string, SeedPeer>()
  const channels = new Map<string, Map<string, SeedPeer>>()

  const register = (peer: SeedPeer, into: Map<string, SeedPeer>): void => {
    into.set(`${String(peer.ip)}:${String(peer.port)}`, {
      ip: peer.ip,
      port: peer.port,
      name: peer.name,
      ts: TS,
    })
  }

  const answer = ({ method, target, body, whole }: Asked): Scripted => {
    const url = new URL(target, 'http://tracker')
    switch (`${method} ${url.pathname}`) {
      case 'POST /submit-info':
        if (!whole) return [400, { error: 'bad json', detail: 'the body was not there yet' }]
        register(body as unknown as SeedPeer, peers)
        return [200, { status: 'ok', peers_count: peers.size }]
      case 'POST /add-list': {
        const name = String(body['channel'])
        const members = channels.get(name) ?? new Map<string, SeedPeer>()
        channels.set(name, members)
        register(body['peer'] as SeedPeer, members)
        return [200, { status: 'ok' }]
      }
      case 'GET /get-list': {
        const channel = url.searchParams.get('channel')
        if (channel === null) return [200, { peers: [...peers.values()] }]
        return [200, { channel, peers: [...(channels.get(channel)?.values() ?? [])], messages: [] }]
      }
      default:
        return [404, { error: 'not found' }]
    }
  }
  return scriptedServer(answer, port)
}

/** The names in a channel, as another client of this tracker sees them. */
export async function seedMembers({ port }: ScriptedServer, channel: string): Promise<string[]> {
  const { json } = await ask(port, { target: `/get-list?channel=${channel}` })
  return (json['peers'] as Json[]).map(({ name }) => String(name))
}
