/** Lists of peers and of stored messages, and the address of one peer. */
import { LIMITS } from '../../chat/limits.ts'
import { addressKey } from '../../chat/model.ts'
import { ChatError } from '../../chat/errors.ts'
import { channelField, countField, sinceField, type Fields } from '../../chat/wire/fields.ts'
import { target } from '../../chat/wire/peers.ts'
import { json } from '../../http/router.ts'
import { asMap, longForm, pageOf, shortForm } from '../legacy/peer-json.ts'
import { ResponseCache } from '../legacy/response-cache.ts'
import { fitSmallAnswer } from '../legacy/truncate.ts'
import { asksForPart, fitting, readsEverything, type Asked, type Endpoints } from './asked.ts'
import type { Response } from '../../http/message.ts'
import type { Page, Registry } from '../registry.ts'

/** Channels in an answer to a client that may read no more than 8 KiB. */
const FEW_CHANNELS = 20

export class ListRoutes {
  readonly #registry: Registry
  readonly #cache = new ResponseCache()

  constructor(registry: Registry) {
    this.#registry = registry
  }

  get endpoints(): Endpoints {
    return {
      'GET /get-list': (asked) => this.#getList(asked),
      'POST /get-list': (asked) => this.#getList(asked),
      'POST /connect-peer': (asked) => this.#connectPeer(asked),
    }
  }

  #getList(asked: Asked): Response {
    const wanted = { ...asked.query, ...asked.fields }
    const channel = channelField(wanted)
    if (asksForPart(wanted)) return this.#list(asked, wanted, channel)
    const question = `${readsEverything(asked) ? 'whole' : 'small'} ${channel ?? ''}`
    const { revision } = this.#registry
    return this.#cache.answer(question, revision, asked.now, () => this.#list(asked, wanted, channel))
  }

  #list(asked: Asked, wanted: Fields, channel: string | undefined): Response {
    const { now } = asked
    const registry = this.#registry
    const members = channel === undefined ? undefined : registry.members(channel, now)
    const pageFrom = (limit: number, cursor?: number): Page =>
      members === undefined
        ? registry.page(now, Math.min(limit, LIMITS.peersPerAnswer), cursor)
        : pageOf(members, limit, cursor)
    const limit = countField(wanted, 'limit')
    const page = pageFrom(limit ?? LIMITS.peersPerAnswer, countField(wanted, 'cursor'))
    const map = wanted['format'] === 'map'
    const answer = {
      status: 'ok',
      channel,
      peers: map ? asMap(page.entries) : page.entries.map(longForm),
      peer_count: members?.length ?? registry.count(now),
      total_peers: registry.size,
      next: page.next,
      channels: registry.channels.slice(0, LIMITS.peersPerAnswer),
      messages: channel === undefined ? undefined : this.#messages(channel, wanted, limit),
    }
    if (map || readsEverything(asked)) return json(200, answer)
    const small = fitSmallAnswer({ ...answer, channels: registry.channels.slice(0, FEW_CHANNELS) }, [
      { field: 'peers', brief: page.entries.map(shortForm) },
      { field: 'messages', newest: true },
    ])
    return json(200, { ...small, next: pageFrom(Object.keys(small.peers).length).next })
  }

  #messages(channel: string, wanted: Fields, limit: number = LIMITS.storedPerChannel): object[] {
    const since = sinceField(wanted) ?? 0
    return this.#registry
      .messages(channel)
      .filter(({ at }) => at > since)
      .slice(-limit)
      .map(({ from, message, at }) => ({ from, message, ts: at / 1000 }))
  }

  #connectPeer(asked: Asked): Response {
    const wanted = target(asked.fields, asked.from)
    const registry = this.#registry
    const entry = 'port' in wanted ? registry.get(addressKey(wanted)) : registry.named(wanted.name)[0]
    if (entry === undefined)
      throw new ChatError(404, 'peer_not_found', 'no such peer is registered here', { field: 'to' })
    const found = longForm(entry)
    const peers = registry.page(asked.now, 20).entries.map(shortForm)
    return fitting(asked, { status: 'ok', peer: found, to: found, peers }, [{ field: 'peers' }])
  }
}
