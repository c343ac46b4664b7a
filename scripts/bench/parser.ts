/**
 * The request parser alone: ns per request and MB/s for small, typical and large heads, and for a chat message.
 *
 *   npm run bench:parser -- [--milliseconds 500] [--rounds 5]
 */
import { DEFAULT_LIMITS } from '../../src/http/message.ts'
import { RequestParser } from '../../src/http/codec/request-parser.ts'
import { Measurements } from './harness/measurements.ts'
import { scenario } from './harness/scenario.ts'

const BODY = JSON.stringify({
  id: 'c0ffee-1',
  from: { ip: '127.0.0.1', port: 8000, name: 'alice' },
  channel: 'general',
  message: 'x'.repeat(180),
})
const BROWSER = [
  'Host: 192.168.1.5:8080',
  'User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/147.0.0.0 Safari/537.36',
  'Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8',
  'Accept-Language: en-GB,en;q=0.9,de;q=0.8',
  'Accept-Encoding: gzip, deflate, br',
  'Connection: keep-alive',
  'Sec-Fetch-Dest: document',
  'Sec-Fetch-Mode: navigate',
  'Sec-Fetch-Site: none',
  'Cache-Control: max-age=0',
]
const LARGE = Array.from({ length: 90 }, (_, index) => `X-Field-${index}: ${'v'.repeat(120)}\r\n`)
const INPUTS: Readonly<Record<string, string>> = {
  small: 'GET / HTTP/1.1\r\nHost: a\r\n\r\n',
  'chat message': `POST /p2p/receive HTTP/1.1\r\nHost: 127.0.0.1:8000\r\nContent-Type: application/json\r\nUser-Agent: parley/0.1.0\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`,
  typical: `GET /chat HTTP/1.1\r\n${BROWSER.join('\r\n')}\r\n\r\n`,
  large: `GET / HTTP/1.1\r\nHost: a\r\n${LARGE.join('')}\r\n`,
}

export default scenario({
  title: 'The request parser alone',
  numbers: { milliseconds: [500, 10], rounds: [5, 1] },
  run: async (bench) => {
    const { milliseconds, rounds } = bench.numbers
    const names = Object.keys(INPUTS)
    const nanoseconds = new Measurements()
    // The first round is for the compiler.
    await bench.rounds(
      names,
      (name, round) => {
        const each = nanosecondsPerRequest(Buffer.from(INPUTS[name] ?? ''), milliseconds)
        if (round > 1) nanoseconds.add(name, each)
      },
      rounds + 1,
    )
    const rows = Object.entries(INPUTS).map(([name, { length }]) => [
      name,
      length,
      nanoseconds.spread(name),
      (length / nanoseconds.median(name)) * 1000,
    ])
    return {
      about: [
        `The same request again and again, ${milliseconds} ms a round, ${rounds} rounds: repeated heads are looked up, as they are on a kept connection.`,
      ],
      tables: [{ title: 'By request', columns: ['request', 'bytes', 'ns/request', 'MB/s'], rows }],
    }
  },
})

function nanosecondsPerRequest(bytes: Buffer, milliseconds: number): number {
  const parser = new RequestParser(DEFAULT_LIMITS)
  const until = performance.now() + milliseconds
  const begin = process.hrtime.bigint()
  let requests = 0
  while (performance.now() < until) {
    for (let index = 0; index < 200; index++) {
      parser.push(bytes)
      if (parser.next() === undefined) throw new Error('not a whole request')
    }
    requests += 200
  }
  return Number(process.hrtime.bigint() - begin) / requests
}
