/**
 * Holds the parsers to their sentence: any bytes, cut anywhere, give messages or a ProtocolError, never another error,
 * the same however they are cut, in bounded memory and linear time. And beside node:http: what both accept, both read
 * as the same requests.
 *
 *   npm run fuzz:http -- [--seconds 10] [--seed N]
 *
 * Prints the seed; a failure prints the bytes and how they were cut. Exit 1 when something was found.
 */
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { isDeepStrictEqual } from 'node:util'
import { DEFAULT_LIMITS, ProtocolError, type ReceivedResponse, type Request } from '../../src/http/message.ts'
import { HeadCache } from '../../src/http/codec/head-cache.ts'
import { RequestParser, type RequestHead } from '../../src/http/codec/request-parser.ts'
import { ResponseParser } from '../../src/http/codec/response-parser.ts'
import { commandLine, refuse } from '../support/command-line.ts'
import { mutate, seededRandom } from './mutate.ts'
import { REQUESTS, RESPONSES } from './http-seeds.ts'

const {
  numbers: { seconds, seed },
} = commandLine({ numbers: { seconds: 10, seed: Date.now() % 2 ** 31 } })
if (seconds === 0) refuse('--seconds 0: must be more than 0, or nothing is tried')
const until = performance.now() + seconds * 1000
const random = seededRandom(seed)
/** Small, so that inputs reach them. */
const LIMITS = {
  ...DEFAULT_LIMITS,
  startLine: 200,
  fieldLine: 200,
  head: 600,
  fields: 12,
  trailers: 300,
  chunkLine: 40,
  chunkExtensions: 120,
  body: 2000,
}
/** How many bytes a parser may keep: a head and a body within their limits, besides the last chunk. */
const MOST_WAITING = LIMITS.head + LIMITS.body
const SLOWEST_MICROS_PER_BYTE = 1000

interface Parser {
  readonly buffered: number
  push(chunk: Buffer): void
  next(): object | undefined
  end(): object | undefined
}

/** The result of a parser for these bytes: its messages in order, then how it ended. */
function read(make: () => Parser, chunks: readonly Buffer[]): unknown[] {
  const parser = make()
  const said: unknown[] = []
  try {
    for (const chunk of chunks) {
      parser.push(chunk)
      for (let message = parser.next(); message !== undefined; message = parser.next())
        said.push(plain(message))
      if (parser.buffered > MOST_WAITING + chunk.length) throw new Error(`keeps ${parser.buffered} bytes`)
    }
    const last = parser.end()
    said.push(last === undefined ? 'end' : plain(last))
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
    said.push(error.status)
  }
  return said
}

/** A message as comparable data. */
function plain(message: object): object {
  const { headers, trailers, body, ...rest } = message as Request & ReceivedResponse
  return {
    ...rest,
    headers: [...headers],
    trailers: [...trailers],
    body: Buffer.from(body).toString('latin1'),
  }
}

function cut(bytes: Buffer, sizes: () => number): Buffer[] {
  const chunks: Buffer[] = []
  for (let at = 0; at < bytes.length;) {
    const size = Math.max(1, sizes())
    chunks.push(Buffer.from(bytes.subarray(at, at + size)))
    at += size
  }
  return chunks
}

/** Checks that the result is the same for the whole input, three cuts of it, and the whole again with cached heads. */
function check(make: () => Parser, bytes: Buffer): unknown[] {
  const cuttings = [
    [bytes],
    cut(bytes, () => 1),
    cut(bytes, () => Math.floor(random() * 20)),
    cut(bytes, () => Math.floor(random() * 200)),
    [bytes],
  ]
  const begin = process.cpuUsage()
  const [whole = [], ...others] = cuttings.map((chunks) => {
    try {
      return read(make, chunks)
    } catch (error) {
      return found(bytes, chunks, error)
    }
  })
  others.forEach((said, index) => {
    if (!isDeepStrictEqual(said, whole)) found(bytes, cuttings[index + 1] ?? [], { whole, said })
  })
  // CPU time instead of the clock, so that a busy machine does not count.
  const { user, system } = process.cpuUsage(begin)
  const micros = user + system
  if (micros > 500_000 && micros / bytes.length > SLOWEST_MICROS_PER_BYTE)
    found(bytes, [bytes], `took ${micros} µs`)
  return whole
}

function found(bytes: Buffer, chunks: readonly Buffer[], what: unknown): never {
  console.error(`FOUND with --seed ${seed}`)
  console.error(JSON.stringify(bytes.toString('latin1')))
  console.error(`cut into ${chunks.map(({ length }) => length).join(',')}`)
  console.error(what)
  process.exit(1)
}

// --- beside node:http -------------------------------------------------------------------------------

type Fields = (readonly [name: string, value: string])[]
type Seen = readonly [method: string, target: string, fields: Fields, body: string]

const stranger = createHttpServer({ keepAliveTimeout: 50 })
let strangerSaw: Seen[] = []
/** node:http reports a request with an unknown expectation by another event. */
const sees = (request: IncomingMessage, response: ServerResponse): void => {
  const pieces: Buffer[] = []
  const saw: [string, string, Fields, string] = [
    request.method ?? '',
    request.url ?? '',
    pairs(request.rawHeaders),
    'incomplete',
  ]
  strangerSaw.push(saw)
  request.on('data', (piece: Buffer) => pieces.push(piece))
  request.on('end', () => {
    saw[3] = Buffer.concat(pieces).toString('latin1')
    response.end()
  })
  request.on('error', () => undefined)
}
stranger.on('request', sees)
stranger.on('checkExpectation', sees)
stranger.on('clientError', (_error, socket) => {
  socket.destroy()
})
await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve))

async function beside(bytes: Buffer, said: readonly unknown[]): Promise<boolean> {
  const ours = said.filter((each): each is Request => typeof each === 'object' && each !== null)
  // A method that node:http has and we do not, or the reverse, is no disagreement about framing.
  if (said.at(-1) !== 'end' || ours.length === 0 || ours.some(({ method }) => method === 'CONNECT'))
    return false
  strangerSaw = []
  await new Promise<void>((resolve) => {
    const socket = connect((stranger.address() as AddressInfo).port, '127.0.0.1')
    socket
      .on('error', () => undefined)
      .on('close', () => {
        resolve()
      })
    socket.resume()
    socket.end(bytes)
  })
  const theirs = strangerSaw.filter(([, , , body]) => body !== 'incomplete')
  const shared = Math.min(ours.length, theirs.length)
  for (let index = 0; index < shared; index++) {
    const { method, target, headers, body } = ours[index] as unknown as Record<string, unknown>
    const read = [method, target, headers, body]
    if (!isDeepStrictEqual(read, theirs[index])) found(bytes, [bytes], { ours: read, theirs: theirs[index] })
  }
  return shared > 0
}

function pairs(raw: readonly string[]): Fields {
  return raw.flatMap((name, index) =>
    index % 2 === 0 ? [[name.toLowerCase(), raw[index + 1] ?? ''] as const] : [],
  )
}

// --- the run ----------------------------------------------------------------------------------------

console.log(`seed ${seed}, ${seconds} s`)
const counts = { requests: 0, responses: 0, accepted: 0, compared: 0, bytes: 0 }
while (performance.now() < until) {
  const request = mutate(REQUESTS, random)
  const knownHeads = new HeadCache<RequestHead>()
  const said = check(() => new RequestParser(LIMITS, knownHeads), request)
  counts.requests++
  counts.bytes += request.length
  if (typeof said[0] === 'object') counts.accepted++
  if (counts.requests % 20 === 0 && (await beside(request, said))) counts.compared++
  const response = mutate(RESPONSES, random)
  check(() => responseParser(), response)
  counts.responses++
  counts.bytes += response.length
}
stranger.close()
console.log(
  `${counts.requests} request inputs (${counts.accepted} with at least one request accepted), ${counts.responses} response inputs, ` +
    `${counts.bytes} bytes, each cut in 4 ways and read again; ${counts.compared} beside node:http; nothing found`,
)

function responseParser(): Parser {
  const parser = new ResponseParser(LIMITS)
  parser.expect('GET')
  return parser
}
