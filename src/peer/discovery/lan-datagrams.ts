/**
 * Messages by datagram and their delivery status. Invariant: each send() settles once, when LSNP says what became of
 * the datagram or the peer stops; a group is sent to once per message, whichever member is asked for first.
 */
import { BoundedMap } from '../../chat/bounded.ts'
import { LIMITS } from '../../chat/limits.ts'
import { ChatError } from '../../chat/errors.ts'
import { outcomeOf } from './lan-adapter.ts'
import type { Group, LanCommand, LanEvent } from '../../udp/node/model.ts'
import type { DeliveryResult } from '../messages/delivery/delivery-result.ts'

/** What carries a command out. Throws ChatError. */
interface Commanded {
  command(command: LanCommand): void
}

export class LanDatagrams {
  readonly #link: Commanded
  /** Sends whose result is open, by message id and recipient. */
  readonly #open = new Map<string, (result: DeliveryResult) => void>()
  /** Results of group messages, by id and recipient; the oldest are forgotten. */
  readonly #inGroups = new BoundedMap<string, Map<string, DeliveryResult>>(LIMITS.outbox)

  constructor(link: Commanded) {
    this.#link = link
  }

  /** The result of most datagrams is known at once; whether a DM is acknowledged is known later. */
  send(kind: 'dm' | 'post', id: string, to: string, text: string): DeliveryResult {
    let known: DeliveryResult | undefined
    const later = new Promise<DeliveryResult>((resolve) => {
      this.#open.set(`${id} ${to}`, (result) => {
        known = result
        resolve(result)
      })
    })
    try {
      this.#link.command({ kind, id, to, text })
    } catch (error) {
      this.#settle(id, to, refusedAs(error))
    }
    return known ?? { ok: true, unconfirmed: true, later }
  }

  /** Sends to all members of a group when the first of them is asked for; the others have their results then. */
  async sendInGroup(group: Group, to: string, id: string, text: string): Promise<DeliveryResult> {
    const results = this.#inGroups.get(id) ?? this.#sendToAll(group, id, text)
    // The results in a group are reported in the turn in which the datagrams are sent.
    await Promise.resolve()
    return results.get(to) ?? { ok: false, final: true, reason: 'it is no longer in this channel' }
  }

  #sendToAll(group: Group, id: string, text: string): Map<string, DeliveryResult> {
    const results = new Map<string, DeliveryResult>()
    this.#inGroups.set(id, results)
    try {
      this.#link.command({ kind: 'group-message', id, group: group.id, text })
    } catch (error) {
      for (const member of group.members) results.set(member, refusedAs(error))
    }
    return results
  }

  /** LSNP reports what became of a datagram. */
  sent(event: Extract<LanEvent, { kind: 'sent' }>): void {
    const { id, to } = event
    const result = outcomeOf(event)
    // A message in a group is not sent again for one member.
    const final = result.ok ? result : { ok: false, final: true, reason: result.reason }
    this.#inGroups.get(id)?.set(to, final)
    this.#settle(id, to, result)
  }

  stop(): void {
    for (const settle of this.#open.values()) settle({ ok: false, final: false, reason: 'leaving' })
  }

  #settle(id: string, to: string, result: DeliveryResult): void {
    const key = `${id} ${to}`
    this.#open.get(key)?.(result)
    this.#open.delete(key)
  }
}

/** A peer that is not there may come back; every other refusal would come again. */
function refusedAs(error: unknown): DeliveryResult {
  if (!(error instanceof ChatError)) throw error
  return { ok: false, final: error.code !== 'unknown_peer', reason: error.message }
}
