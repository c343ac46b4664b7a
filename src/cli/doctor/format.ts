/** Values as text for the user. */
import { addressKey } from '../../chat/model.ts'
import type { Address } from '../../http/message.ts'
import type { CheckReason } from '../../peer/self/reach-check.ts'
import type { Holder, Outcome, PeerFinding } from './findings.ts'

export function label({ host, port }: Address): string {
  return addressKey({ ip: host, port })
}

/** `a`, `a and b`, `a, b and c`; a long list is cut after `most` words. */
export function listed(words: readonly string[], most = 3): string {
  const shown = words.length > most ? [...words.slice(0, most), `${words.length - most} more`] : words
  const last = shown.at(-1) ?? ''
  return shown.length > 1 ? `${shown.slice(0, -1).join(', ')} and ${last}` : last
}

/** A duration in milliseconds. */
export function duration(milliseconds: number): string {
  const seconds = Math.round(Math.abs(milliseconds) / 1_000)
  if (seconds < 120) return `${seconds} s`
  if (seconds < 3_570) return `${Math.round(seconds / 60)} min`
  if (seconds < 172_800) return `${Math.round(seconds / 360) / 10} h`
  return `${Math.round(seconds / 86_400)} days`
}

/** A latency in milliseconds. */
export function latency(milliseconds: number | undefined): string {
  if (milliseconds === undefined) return 'answers'
  return milliseconds < 1 ? 'answers in under 1 ms' : `answers in ${Math.round(milliseconds)} ms`
}

/** The command that lists the ports that Windows reserves, for Hyper-V, WSL or Docker. */
export function reservedPorts(protocol: 'tcp' | 'udp'): string {
  return `netsh int ipv4 show excludedportrange protocol=${protocol}   # what Windows keeps back`
}

export function held(holder: Holder | undefined): string {
  return holder === undefined ? 'another program' : `${holder.program} (process ${holder.pid})`
}

type Reason = CheckReason | Exclude<Outcome, 'answers'> | 'not_peer'

const REASONS: Readonly<Record<Reason, string>> = {
  refused: 'the connection is refused',
  timeout: 'no answer in time',
  unreachable: 'there is no way to that address',
  closed: 'the connection is cut off',
  other_program: 'another program answers',
  not_http: 'it does not speak HTTP',
  other_network: 'it is in another network',
  not_peer: 'what answers there is no peer',
}

export function because(reason: Reason): string {
  return REASONS[reason]
}

/** The name and the address of a peer. */
export function named({ name, address }: Pick<PeerFinding, 'name' | 'address'>): string {
  return name === undefined || name === label(address) ? label(address) : `${name} (${label(address)})`
}
