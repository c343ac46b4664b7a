/** One timed HTTP request: its result, and how far the other clock differs from the own one. */
import { jsonObject } from '../../../http/body.ts'
import { ClientError, type ClientErrorCode } from '../../../http/client-connection.ts'
import { httpDate } from '../../../http/conditional.ts'
import { ProtocolError, type Address, type ReceivedResponse } from '../../../http/message.ts'
import { isOfClosedNetwork } from '../../../secure/closed.ts'
import { USER_AGENT } from '../../../peer/self/version.ts'
import type { HttpClient } from '../../../http/network.ts'
import type { Outcome } from '../findings.ts'

export type Fields = Readonly<Record<string, unknown>>

interface Answer {
  readonly status: number
  /** The body, if it is a JSON object. */
  readonly fields: Fields | undefined
  /** Milliseconds from the request to the whole response, with the connection. */
  readonly latency: number
  /** How far its clock is ahead of the own one, in milliseconds; undefined: unknown. */
  readonly clockDifference: number | undefined
}

export type ProbeResult =
  ({ readonly outcome: 'answers' } & Answer) | { readonly outcome: Exclude<Outcome, 'answers'> }

export interface ProbeRequest {
  readonly target: string
  /** Makes it a POST with this JSON; without it, it is a GET. */
  readonly body?: object
}

export interface HttpProber {
  readonly client: Pick<HttpClient, 'request'>
  /** The wall clock of this machine: Unix time in milliseconds. */
  readonly now: () => number
}

const OUTCOMES: Readonly<Record<ClientErrorCode, Exclude<Outcome, 'answers'>>> = {
  refused: 'refused',
  timeout: 'timeout',
  unreachable: 'unreachable',
  closed: 'closed',
  protocol: 'not_http',
  // No probe goes to a key.
  another_key: 'closed',
  own_key: 'closed',
  not_offered: 'closed',
  busy: 'closed',
  not_admitted: 'closed',
  broken_handshake: 'closed',
  other_network: 'other_network',
}

/** Rejects for bugs only. */
export async function httpProbe(
  { client, now }: HttpProber,
  address: Address,
  { target, body }: ProbeRequest,
): Promise<ProbeResult> {
  const begun = now()
  try {
    const response = await client.request(address, {
      method: body === undefined ? 'GET' : 'POST',
      target,
      headers: {
        'User-Agent': USER_AGENT,
        ...(body && { 'Content-Type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
      repeatable: true,
    })
    if (isOfClosedNetwork(response)) return { outcome: 'other_network' }
    const ended = now()
    const fields = jsonIn(response)
    const theirs = timeIn(response, fields, ended)
    return {
      outcome: 'answers',
      status: response.status,
      fields,
      latency: ended - begun,
      clockDifference: theirs === undefined ? undefined : Math.round(theirs - (begun + ended) / 2),
    }
  } catch (error) {
    if (error instanceof ClientError) return { outcome: OUTCOMES[error.code] }
    throw error
  }
}

function jsonIn({ body }: ReceivedResponse): Fields | undefined {
  try {
    return jsonObject(body.toString())
  } catch (error) {
    if (error instanceof ProtocolError) return undefined
    throw error
  }
}

/** Fields with the time in responses of various programs: Unix time in seconds or milliseconds. */
const TIMES = ['now', 'server_time', 'time', 'ts', 'timestamp']

/** The range of a plausible time, 2001 to 2286, in seconds. */
const SECONDS = { first: 1e9, last: 1e10 }

/** The time of the other clock, in milliseconds: from the body, or from the Date field, which has no fraction. */
function timeIn({ headers }: ReceivedResponse, fields: Fields | undefined, now: number): number | undefined {
  const named = TIMES.map((name) => fields?.[name]).find((value) => typeof value === 'number')
  if (named !== undefined && named >= SECONDS.first && named < SECONDS.last) return named * 1_000
  if (named !== undefined && named >= SECONDS.first * 1_000 && named < SECONDS.last * 1_000) return named
  const date = httpDate(headers.get('date'), now)
  return date === undefined ? undefined : date + 500
}
