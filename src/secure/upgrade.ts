/**
 * How a connection becomes a secure one: the first request asks for it, and 101 answers (RFC 9110, section 7.8).
 *
 *     GET /p2p/secure HTTP/1.1                  HTTP/1.1 101 Switching Protocols
 *     Host: ADDRESS                             Connection: Upgrade
 *     Connection: Upgrade                       Upgrade: parley-noise/1
 *     Upgrade: parley-noise/1                   Sec-Parley-Noise: message 2
 *     Sec-Parley-Noise: message 1
 *
 * Message 3 follows as its length (u16) and its bytes: the first of the client behind the 101. Both heads are read
 * strictly: each field once, nothing else that could be understood in two ways. Pure.
 */
import type { Headers } from '../http/headers.ts'
import type { Request } from '../http/message.ts'

export const SECURE_PATH = '/p2p/secure'
export const PROTOCOL = 'parley-noise/1'
const NOISE_FIELD = 'sec-parley-noise'

/** Bytes of the three handshake messages. In a closed network the first has a tag, which only a member can make. */
export const MESSAGE_BYTES = { first: 32, firstInClosed: 48, second: 195, third: 163 } as const

const BASE64URL = /^[A-Za-z0-9_-]+$/

/** Fields that a browser adds and that no page can take away. */
const OF_BROWSERS = ['origin', 'sec-fetch-mode', 'sec-fetch-site', 'sec-fetch-dest']

/** Why a request for a secure connection is none; undefined when it is one. */
export function upgradeProblem(
  request: Pick<Request, 'method' | 'version' | 'query' | 'headers' | 'body'>,
): string | undefined {
  const { method, version, query, headers, body } = request
  if (method !== 'GET' || version !== '1.1') return 'a secure connection begins with GET in HTTP/1.1'
  if (query !== '') return `${SECURE_PATH} takes no query`
  if (body.length > 0 || headers.has('content-length') || headers.has('transfer-encoding'))
    return 'a request for a secure connection has no body'
  if (OF_BROWSERS.some((name) => headers.has(name))) return 'a web page makes no secure connection'
  if (!isOnce(headers, 'connection', 'upgrade')) return 'Connection must be Upgrade'
  if (!isOnce(headers, 'upgrade', PROTOCOL)) return `Upgrade must be ${PROTOCOL}`
  return undefined
}

/** A handshake message of this length from its field; undefined when it is not there exactly once and exact. */
export function noiseMessage(headers: Headers, length: number): Buffer | undefined {
  const [text, ...others] = headers.getAll(NOISE_FIELD)
  if (text === undefined || others.length > 0 || !BASE64URL.test(text)) return undefined
  const bytes = Buffer.from(text, 'base64url')
  return bytes.length === length && bytes.toString('base64url') === text ? bytes : undefined
}

/** Whether this head of an answer switches to our protocol. */
export function isSwitch({ status, version, headers }: Switch): boolean {
  return (
    status === 101 &&
    version === '1.1' &&
    isOnce(headers, 'connection', 'upgrade') &&
    isOnce(headers, 'upgrade', PROTOCOL) &&
    !headers.has('content-length') &&
    !headers.has('transfer-encoding')
  )
}

interface Switch {
  readonly status: number
  readonly version: string
  readonly headers: Headers
}

export function upgradeRequest(authority: string, message: Buffer): string {
  return `GET ${SECURE_PATH} HTTP/1.1\r\nHost: ${authority}\r\n${switchFields(message)}\r\n`
}

export function switchFields(message: Buffer): string {
  return `Connection: Upgrade\r\nUpgrade: ${PROTOCOL}\r\nSec-Parley-Noise: ${message.toString('base64url')}\r\n`
}

function isOnce(headers: Headers, name: string, value: string): boolean {
  const [only, ...others] = headers.getAll(name)
  return others.length === 0 && only?.toLowerCase() === value
}
