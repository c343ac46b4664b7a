/** Bytes through a RequestParser as plain values that can be compared. */
import { DEFAULT_LIMITS, ProtocolError, type Limits, type Request } from '../../src/http/message.ts'
import { RequestParser, type RequestHead } from '../../src/http/codec/request-parser.ts'
import type { HeadCache } from '../../src/http/codec/head-cache.ts'

type Described = ReturnType<typeof describeRequest>

export interface Outcome {
  readonly requests: Described[]
  /** The status of the ProtocolError that ended it. */
  readonly error: number | undefined
}

export function describeRequest(request: Request) {
  const { method, target, path, query, host, version, keepAlive } = request
  const headers = [...request.headers]
  const trailers = [...request.trailers]
  const body = Buffer.from(request.body).toString('latin1')
  return { method, target, path, query, host, version, keepAlive, headers, body, trailers }
}

export interface FeedOptions {
  readonly fin?: boolean | undefined
  readonly limits?: Partial<Limits> | undefined
  readonly knownHeads?: HeadCache<RequestHead>
}

/** Whatever is no ProtocolError is thrown: the parser promises that there is nothing else. */
export function feed(
  pieces: Iterable<string>,
  { fin = false, limits = {}, knownHeads }: FeedOptions = {},
): Outcome {
  const parser = new RequestParser({ ...DEFAULT_LIMITS, ...limits }, knownHeads)
  const requests: Described[] = []
  try {
    for (const piece of pieces) {
      parser.push(Buffer.from(piece, 'latin1'))
      for (let request = parser.next(); request !== undefined; request = parser.next()) {
        requests.push(describeRequest(request))
      }
    }
    if (fin) parser.end()
    return { requests, error: undefined }
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
    return { requests, error: error.status }
  }
}

export function* byteByByte(bytes: string): Generator<string> {
  for (let at = 0; at < bytes.length; at++) yield bytes.charAt(at)
}
