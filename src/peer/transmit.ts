/** One attempt to hand a message to a peer, and what its answer means. */
import { ClientError } from '../http/client-connection.ts'
import { USER_AGENT } from './version.ts'
import type { Peer } from '../chat/model.ts'
import type { Client } from '../http/client.ts'
import type { ReceivedResponse } from '../http/message.ts'
import type { Outcome, Parcel } from './delivery.ts'

const FIELDS = Object.freeze({ 'Content-Type': 'application/json', 'User-Agent': USER_AGENT })

const DELIVERED: Outcome = { ok: true }

/** Transmits by POST /p2p/receive. A repeat is safe: the message carries its id. */
export function transmitter(client: Client): (to: Peer, parcel: Parcel) => Promise<Outcome> {
  return ({ ip, port }, { body }) =>
    client
      .request(
        { host: ip, port },
        { method: 'POST', target: '/p2p/receive', headers: FIELDS, body, repeatable: true },
      )
      .then(judge, unanswered)
}

function judge({ status, body }: ReceivedResponse): Outcome {
  if (status === 200) return DELIVERED
  const reason = `refused with ${status}${detail(body)}`
  // Busy or in trouble: another time. Everything else will be refused again.
  return { ok: false, final: status < 500 && status !== 429 && status !== 408, reason }
}

function unanswered(error: unknown): Outcome {
  if (error instanceof ClientError) return { ok: false, final: false, reason: error.message }
  throw error
}

function detail(body: Uint8Array): string {
  try {
    const { detail } = JSON.parse(Buffer.from(body).toString()) as { detail?: unknown }
    return typeof detail === 'string' ? `: ${detail.slice(0, 200)}` : ''
  } catch {
    return ''
  }
}
