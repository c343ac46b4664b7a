/** `GET /stats` and `GET /metrics`: their content, and which clients may read it. */
import { describe, expect, test } from 'vitest'
import { Counters } from '../../src/chat/counters.ts'
import { Router } from '../../src/http/router.ts'
import { statsRoutes, type StatsOptions } from '../../src/metrics/stats.ts'
import { request } from '../http/values.ts'
import type { Context, Response } from '../../src/http/message.ts'

function from(remote: string, local = '10.0.0.1'): Context {
  return {
    signal: new AbortController().signal,
    remote: { host: remote, port: 50_000 },
    local: { host: local, port: 9001 },
  }
}

const HERE = from('127.0.0.1')

function counted(): Counters {
  const counters = new Counters()
  counters.count('refused.bad_request', 3)
  counters.count('refused.content_too_large')
  counters.count('requests.get-list', 12)
  counters.count('errors', 2)
  return counters
}

async function ask(
  path: string,
  options: Partial<StatsOptions> = {},
  { context = HERE, headers = {} }: { context?: Context; headers?: Record<string, string> } = {},
): Promise<Response & { text: string }> {
  const router = new Router(statsRoutes({ counters: new Counters(), gauges: {}, ...options }))
  const answer = await router.handle(request({ path, headers }), context)
  if (typeof answer.body !== 'string') throw new Error('not a text')
  return { ...answer, text: answer.body }
}

describe('which programs may ask', () => {
  test.each([
    ['loopback', from('127.0.0.1')],
    ['another loopback address', from('127.0.0.9')],
    ['loopback in IPv6', from('::1', '::1')],
    ['the address that it was sent to', from('10.0.0.1', '10.0.0.1')],
  ])('%s: may', async (_name, context) => {
    for (const path of ['/stats', '/metrics'])
      expect((await ask(path, {}, { context })).status, path).toBe(200)
  })

  test.each([
    ['another host', from('10.0.0.2')],
    ['another host, asking at loopback', from('10.0.0.2', '127.0.0.1')],
    ['nobody', from('')],
  ])('%s: may not, and the refusal says why', async (_name, context) => {
    for (const path of ['/stats', '/metrics']) {
      const { status, text } = await ask(path, {}, { context })
      expect(status, path).toBe(403)
      expect(JSON.parse(text)).toEqual({
        error: 'local_only',
        detail: 'only programs on this machine may ask how it is doing',
      })
    }
  })

  test.each(['http://evil.example', 'null', 'http://127.0.0.1:9001'])(
    'a web page of %s: may not',
    async (origin) => {
      for (const path of ['/stats', '/metrics']) {
        const { status, text } = await ask(path, {}, { headers: { Origin: origin } })
        expect(status, path).toBe(403)
        expect(JSON.parse(text)).toMatchObject({ error: 'forbidden_origin' })
      }
    },
  )

  test('the caller can decide which requests are local', async () => {
    const isLocal = ({ remote }: Context): boolean => remote.host === '10.0.0.2'
    expect((await ask('/stats', { isLocal }, { context: from('10.0.0.2') })).status).toBe(200)
    expect((await ask('/stats', { isLocal })).status).toBe(403)
  })
})

describe('GET /stats', () => {
  test('has the process, every gauge and every counter', async () => {
    const gauges = { peers: () => 4, 'outbox.waiting': () => 2, 'outbox.bytes': () => 300 }
    const answer = await ask('/stats', { counters: counted(), gauges, version: '1.2.3' })
    expect(answer.headers).toMatchObject({
      'Content-Type': 'application/json; charset=utf-8',
      'Cache-Control': 'no-store',
    })
    const number = expect.any(Number) as number
    expect(JSON.parse(answer.text)).toEqual({
      status: 'ok',
      version: '1.2.3',
      uptime: number,
      process: {
        id: process.pid,
        node: process.version,
        memory: { rss: number, heapTotal: number, heapUsed: number, external: number, arrayBuffers: number },
        processor: { user: number, system: number },
      },
      gauges: { peers: 4, outbox: { waiting: 2, bytes: 300 } },
      counters: {
        refused: { bad_request: 3, content_too_large: 1 },
        requests: { 'get-list': 12 },
        errors: 2,
      },
    })
  })

  test('leaves out an unknown version', async () => {
    expect(JSON.parse((await ask('/stats')).text)).not.toHaveProperty('version')
  })
})

test('gauges are read at each request, and only then', async () => {
  let reads = 0
  const gauges = { peers: () => ++reads }
  const router = new Router(statsRoutes({ counters: new Counters(), gauges }))
  expect(reads).toBe(0)
  await router.handle(request({ path: '/stats' }), from('10.0.0.2'))
  expect(reads).toBe(0)
  await router.handle(request({ path: '/stats' }), HERE)
  expect(reads).toBe(1)
  await router.handle(request({ path: '/metrics' }), HERE)
  expect(reads).toBe(2)
})

describe('GET /metrics', () => {
  const lines = async (options: Partial<StatsOptions>): Promise<string[]> =>
    (await ask('/metrics', options)).text.split('\n')

  test('is Prometheus text, kinds as labels', async () => {
    const gauges = { peers: () => 4, 'outbox.waiting': () => 2 }
    const answer = await ask('/metrics', { counters: counted(), gauges })
    expect(answer.headers).toMatchObject({ 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8' })
    const ours = answer.text.split('\n').filter((line) => line.includes('parley'))
    expect(ours).toEqual([
      '# HELP parley_errors_total Since the start: errors.',
      '# TYPE parley_errors_total counter',
      'parley_errors_total 2',
      '# HELP parley_refused_total Since the start: refused.',
      '# TYPE parley_refused_total counter',
      'parley_refused_total{kind="bad_request"} 3',
      'parley_refused_total{kind="content_too_large"} 1',
      '# HELP parley_requests_total Since the start: requests.',
      '# TYPE parley_requests_total counter',
      'parley_requests_total{kind="get-list"} 12',
      '# HELP parley_peers At this moment: peers.',
      '# TYPE parley_peers gauge',
      'parley_peers 4',
      '# HELP parley_outbox At this moment: outbox.',
      '# TYPE parley_outbox gauge',
      'parley_outbox{kind="waiting"} 2',
    ])
  })

  test('has metrics of the process', async () => {
    const text = (await lines({})).join('\n')
    for (const name of [
      'process_resident_memory_bytes',
      'process_cpu_seconds_total',
      'nodejs_eventloop_lag_seconds',
    ])
      expect(text).toContain(`# TYPE ${name} `)
  })

  test('counters go on between two requests', async () => {
    const counters = counted()
    const router = new Router(statsRoutes({ counters, gauges: {} }))
    await router.handle(request({ path: '/metrics' }), HERE)
    counters.count('errors')
    const { body } = await router.handle(request({ path: '/metrics' }), HERE)
    expect(body).toContain('\nparley_errors_total 3\n')
  })

  test('each instance has numbers of its own', async () => {
    const one = await lines({ gauges: { peers: () => 1 } })
    const other = await lines({ gauges: { peers: () => 2 } })
    expect(one).toContain('parley_peers 1')
    expect(other).toContain('parley_peers 2')
    expect(other).not.toContain('parley_peers 1')
  })

  test('no metric is there twice', async () => {
    const types = (await lines({ counters: counted(), gauges: { errors: () => 1 } })).filter((line) =>
      line.startsWith('# TYPE'),
    )
    expect(new Set(types).size).toBe(types.length)
  })

  test('many requests at once', async () => {
    const router = new Router(statsRoutes({ counters: counted(), gauges: {} }))
    const asked = Array.from({ length: 20 }, async () => router.handle(request({ path: '/metrics' }), HERE))
    for (const { status } of await Promise.all(asked)) expect(status).toBe(200)
  })
})
